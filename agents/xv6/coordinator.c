// The program `cow`: where coordinator, doorbell and keeper begin.
#include "lines.h"

// coordinator.S
int spawn(const char *path, char **argv);
void run_on(void *stack_end, void (*run)(uint64_t), uint64_t with) __attribute__((noreturn));

// What a host with the symbols looks for: where the mailbox is, once there is one.
uint64_t mailbox_at;

// All that the two helpers write. Both are born before there is a heap: of what the coordinator writes later they share nothing.
static char doorbell_stack[1024] __attribute__((aligned(16)));
static char keeper_stack[1536] __attribute__((aligned(16)));

// Waits for lines on the console, and tells the coordinator of each; in console mode with its text.
static void __attribute__((noreturn)) ring(uint64_t with_text) {
  struct reply record = {.slot = DOORBELL, .kind = R_BELL};
  for (;;) {
    int got = sys_read(0, (uint64_t)record.data, sizeof record.data);
    if (got <= 0) sys_exit(0);
    record.length = with_text ? (uint16_t)got : 0;
    sys_write(REPLIES, (uint64_t)&record, REPLY_HEAD + (uint64_t)record.length);
  }
}

// The parent of every process 0. The coordinator itself never forks once there is a mailbox: its frames stay what they are.
static void __attribute__((noreturn)) keep(uint64_t in) {
  struct command command;
  struct reply reply = {.slot = KEEPER, .kind = R_DONE};
  struct arguments arguments;
  while (sys_read((int)in, (uint64_t)&command, sizeof command) == sizeof command) {
    if (command.op == C_SPAWN) {
      prepare(&arguments, 0, command.at, 0, 0);
      reply.value = (uint32_t)spawn(arguments.path, arguments.argv);
    } else if (command.op == C_BURY) {
      reply.value = (uint32_t)sys_wait(0);
    }
    sys_write(REPLIES, (uint64_t)&reply, REPLY_HEAD);
  }
  sys_exit(0);
}

// The console may be closed, and its descriptors be those of pipes.
static void __attribute__((noreturn)) complain(const char *text) {
  sys_close(REPLIES_READ);
  int console = sys_open("console", O_WRONLY);
  sys_write(console < 0 ? 1 : console, (uint64_t)text, strlen(text));
  sys_exit(1);
}

// What there is before the heap.
struct start {
  int ends[SLOTS][2], replies, screen, workers, bell, keeper;
};

static void pipe_for(struct start *start, int slot) {
  if (sys_pipe(start->ends[slot]) < 0) complain("cow: no pipe\n");
}

// Sixteen descriptors are all there are: the console's are given up, but for one in console mode.
static void open_pipes(struct start *start, uint64_t console) {
  int ends[2];
  if (sys_pipe(ends) < 0 || ends[1] != REPLIES) complain("cow: start it from the shell\n");
  start->replies = ends[0];
  start->bell = sys_fork();
  if (start->bell == 0) run_on(doorbell_stack + sizeof doorbell_stack, ring, console);
  start->screen = console ? 1 : -1;
  sys_close(0);
  if (!console) sys_close(1);
  sys_close(2);
  start->workers = console ? WORKERS - 1 : WORKERS;
  pipe_for(start, KEEPER);
  if (start->ends[KEEPER][0] != KEEPER_READ) complain("cow: start it from the shell\n");
  for (int slot = 0; slot < start->workers; slot++) pipe_for(start, slot);
  start->keeper = sys_fork();
  if (start->keeper == 0) run_on(keeper_stack + sizeof keeper_stack, keep, (uint64_t)start->ends[KEEPER][0]);
  if (start->bell < 0 || start->keeper < 0) complain("cow: no process\n");
}

// The coordinator's stack and state are its heap's beginning; the stack first, for some kernels take a store to the page below
// that of sp for one to a guard page. Returns where the stack ends.
static void *make_heap(const struct start *start) {
  uint64_t bytes = (sizeof(struct coordinator) + 2 * PAGE - 1) / PAGE * PAGE;
  char *heap = (char *)sys_sbrk((int64_t)bytes, EAGER);
  if ((int64_t)heap == -1) complain("cow: no memory\n");
  co = (struct coordinator *)(heap + PAGE);
  memset(co, 0, sizeof *co);
  cc_out = &co->out;
  co->replies = start->replies;
  co->screen = start->screen;
  co->workers = start->workers;
  for (int slot = 0; slot < SLOTS; slot++) {
    co->in[slot] = (uint8_t)start->ends[slot][0];
    co->write_end[slot] = (uint8_t)start->ends[slot][1];
  }
  co->box = (struct mailbox *)sys_sbrk(sizeof(struct mailbox), EAGER);
  if ((int64_t)co->box == -1) complain("cow: no memory\n");
  memset(co->box, 0, sizeof *co->box);
  co->box->pid[KEEPER] = (uint32_t)start->keeper;
  co->box->pid[DOORBELL] = (uint32_t)start->bell;
  return heap + PAGE - 16;
}

static void __attribute__((noreturn)) serve_mailbox(void) {
  struct mailbox *box = co->box;
  mailbox_at = (uint64_t)box;
  __sync_synchronize();
  box->magic = MAGIC;
  for (uint32_t seen = 0;;) {
    while (box->request == seen) continue;
    __sync_synchronize();
    seen = box->request;
    box->lines = box->answer_length = 0;
    char *text = box->request_text, *end = text + box->request_length;
    char line[256];
    while (text < end && box->answer_length < ANSWER_BYTES - SLOTS * 256) {
      int length = 0;
      for (; text < end && *text != '\n'; text++)
        if (length < (int)sizeof line - 1) line[length++] = *text;
      text++;
      line[length] = 0;
      obey(line);
    }
    finish_all();
    __sync_synchronize();
    box->answer = seen;
  }
}

static void __attribute__((noreturn)) serve_console(void) {
  char line[256];
  sys_write(co->screen, (uint64_t)"@ready\n", 7);
  for (;;) {
    typed_line(line, sizeof line);
    obey(line);
    finish_all();
  }
}

static void __attribute__((noreturn)) coordinate(uint64_t console) {
  if (console) serve_console();
  serve_mailbox();
}

void __attribute__((noreturn)) begin(int argc, char **argv) {
  uint64_t console = argc == 2 && strcmp(argv[1], "console") == 0;
  struct start start = {.keeper = 0};
  open_pipes(&start, console);
  run_on(make_heap(&start), coordinate, console);
}
