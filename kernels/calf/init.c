// The first program. It buries orphans; its child is the shell, which starts the program typed at the prompt.

static long system_call(long number, long a, long b, long c)
{
  register long a0 __asm__("a0") = a, a1 __asm__("a1") = b, a2 __asm__("a2") = c, a7 __asm__("a7") = number;
  __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a7) : "memory");
  return a0;
}

enum { FORK = 1, EXIT = 2, WAIT = 3, READ = 5, EXEC = 7, DUP = 10, OPEN = 15, WRITE = 16 };

static void say(const char *text)
{
  long length = 0;
  while (text[length])
    length++;
  system_call(WRITE, 1, (long)text, length);
}

/** Splits the line at blanks. */
static void words(char *line, char **word, int room)
{
  while (*line && room-- > 1) {
    while (*line == ' ')
      *line++ = 0;
    if (*line)
      *word++ = line;
    while (*line && *line != ' ')
      line++;
  }
  *word = 0;
}

static void shell(void)
{
  char line[256], *word[16];
  for (;;) {
    say("$ ");
    long length = system_call(READ, 0, (long)line, sizeof line - 1);
    if (length <= 0)
      system_call(EXIT, 1, 0, 0);
    line[line[length - 1] == '\n' ? length - 1 : length] = 0;
    words(line, word, 16);
    if (word[0] == 0)
      continue;
    long child = system_call(FORK, 0, 0, 0);
    if (child == 0) {
      system_call(EXEC, (long)word[0], (long)word, 0);
      say("there is no program ");
      say(word[0]);
      say("\n");
      system_call(EXIT, 1, 0, 0);
    }
    if (child < 0)
      say("fork failed\n");
    while (child > 0 && system_call(WAIT, 0, 0, 0) != child)
      ;
  }
}

void start(void)
{
  system_call(OPEN, (long)"console", 2, 0);
  system_call(DUP, 0, 0, 0);
  system_call(DUP, 0, 0, 0);
  for (;;) {
    long child = system_call(FORK, 0, 0, 0);
    if (child == 0)
      shell();
    while (system_call(WAIT, 0, 0, 0) != child)
      ;
  }
}
