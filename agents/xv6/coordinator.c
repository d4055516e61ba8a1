// The program `cow`: where coordinator, doorbell and keeper begin.
#include "lines.h"

// coordinator.S
int spawn(const char *path, char **argv);
void run_on(void *stack_end, void (*run)(uint64_t), uint64_t with) __attribute__((noreturn));

// What a host with the symbols looks for: where the mailbox is, once there is one.
uint64_t mailbox_at;

// All that the two helpers write. They give up their part of the coordinator's heap.
static char doorbell_stack[1024] __attribute__((aligned(16)));
static char keeper_stack[1536] __attribute__((aligned(16)));
static uint64_t heap_bytes;

// Waits for lines on the console, and tells the coordinator of each; in console mode with its text.
static void __attribute__((noreturn)) ring(uint64_t with_text) {
  struct reply record = {.slot = DOORBELL, .kind = R_BELL};
  sys_sbrk(-(int64_t)heap_bytes, EAGER);
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
  sys_sbrk(-(int64_t)heap_bytes, EAGER);
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

static void __attribute__((noreturn)) complain(const char *text) {
  sys_write(1, (uint64_t)text, strlen(text));
  sys_exit(1);
}

static void pipe_for(int slot) {
  int ends[2];
  if (sys_pipe(ends) < 0) complain("cow: no pipe\n");
  co->in[slot] = (uint8_t)ends[0];
  co->write_end[slot] = (uint8_t)ends[1];
}

// Sixteen descriptors are all there are: the console's are given up, but for one in console mode.
static void open_pipes(uint64_t console) {
  int ends[2];
  if (sys_pipe(ends) < 0 || ends[1] != REPLIES) complain("cow: start it from the shell\n");
  co->replies = ends[0];
  int bell = sys_fork();
  if (bell == 0) run_on(doorbell_stack + sizeof doorbell_stack, ring, console);
  co->screen = console ? 1 : -1;
  sys_close(0);
  if (!console) sys_close(1);
  sys_close(2);
  co->workers = console ? WORKERS - 1 : WORKERS;
  for (int slot = 0; slot < co->workers; slot++) pipe_for(slot);
  pipe_for(KEEPER);
  int keeper = sys_fork();
  if (keeper == 0) run_on(keeper_stack + sizeof keeper_stack, keep, co->in[KEEPER]);
  if (bell < 0 || keeper < 0) complain("cow: no process\n");
  co->box = (struct mailbox *)sys_sbrk(sizeof(struct mailbox), EAGER);
  if ((int64_t)co->box == -1) complain("cow: no memory\n");
  memset(co->box, 0, sizeof *co->box);
  co->box->pid[KEEPER] = (uint32_t)keeper;
  co->box->pid[DOORBELL] = (uint32_t)bell;
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
  cc_out = &co->out;
  open_pipes(console);
  if (console) serve_console();
  serve_mailbox();
}

// The coordinator's stack and state are its heap's beginning; the stack first, for some kernels take a store to the page below
// that of sp for one to a guard page.
void __attribute__((noreturn)) begin(int argc, char **argv) {
  heap_bytes = (sizeof(struct coordinator) + 2 * PAGE - 1) / PAGE * PAGE;
  char *heap = (char *)sys_sbrk((int64_t)heap_bytes, EAGER);
  if ((int64_t)heap == -1) complain("cow: no memory\n");
  co = (struct coordinator *)(heap + PAGE);
  memset(co, 0, sizeof *co);
  run_on(heap + PAGE - 16, coordinate, argc == 2 && strcmp(argv[1], "console") == 0);
}
