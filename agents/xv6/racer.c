// The program `race`: a parent that, told by a line on the console, brings two racers and one page they share to their start.
//
// A line is three letters: the op of each racer, then 1 if the parent keeps the page too and 0 if it gives it up. The next line
// ends the round. All is done one process after the other: while a round is set up, nobody else is in the kernel.
#include "system.h"

#define MAGIC 0x6563617265636172ul
#define SHARED 4ul

struct turn {
  uint64_t op, at, role, file, end, mark, arguments;
};

// The page of each process's own: what the host writes and reads of it.
struct box {
  volatile uint64_t magic;
  volatile uint32_t go, rounds, ended, own;
  volatile uint64_t page;      // what is raced for
  volatile uint32_t pid[2];
  struct turn turn;
  char *arguments[3];
  char path[8], argument[8], line[16];
};

// What a host with the symbols looks for.
struct box box;

// racer.S
int birth(int fd, void *anywhere);
int bear(int fd, const char *byte);
uint64_t contend(volatile uint32_t *go, struct turn *turn);

static int start[2], told[2], end[2][2];

static void __attribute__((noreturn)) complain(const char *text) {
  sys_write(1, (uint64_t)text, strlen(text));
  sys_exit(1);
}

static void open_pipe(int *ends) {
  if (sys_pipe(ends) < 0) complain("race: no pipe\n");
}

// Waits for the first byte of a pipe and leaves it there for others.
static void await(int fd) { sys_read(fd, (uint64_t)box.line, 0); }

static void take(int fd) { sys_read(fd, (uint64_t)box.line, 1); }

static void tell(int fd) { sys_write(fd, (uint64_t)"!", 1); }

// Its stack and its box become its own.
static void own_pages(uint32_t role) {
  volatile char on_stack = 0;
  on_stack = (char)role;
  box.own = role + (uint32_t)on_stack;
}

// What must be so before an op of this kind can race.
static void prepare(int op, int role) {
  switch (op) {
    case 'G':  // it takes what another gives up
      sys_sbrk(-(int64_t)PAGE, EAGER);
      break;
    case 'R':  // the sharer is a child that has ended
      bear(end[role][1], "!");
      take(end[role][0]);
      own_pages((uint32_t)role);
      sys_sbrk(-(int64_t)PAGE, EAGER);
      break;
    case 'K':  // its file is in memory
      memcpy(box.path, role == 0 ? "racep" : "raceq", 6);
      box.turn.file = (uint64_t)sys_open(box.path, O_RDONLY);
      sys_read((int)box.turn.file, (uint64_t)box.line, 1);
      break;
    case 'E':
      memcpy(box.path, "race", 5);
      box.argument[0] = (char)('0' + role);
      box.argument[1] = (char)('0' + end[role][0]);
      box.argument[2] = 0;
      box.arguments[0] = box.path;
      box.arguments[1] = box.argument;
      box.arguments[2] = 0;
      break;
    default: break;
  }
}

static void __attribute__((noreturn)) race(int op, int role) {
  own_pages((uint32_t)role);
  struct turn *turn = &box.turn;
  prepare(op, role);
  turn->op = (uint64_t)op;
  turn->role = (uint64_t)role;
  turn->at = box.page + 512 * (uint64_t)(2 * role + (op == 'K') + 1);
  turn->end = (uint64_t)end[role][0];
  turn->mark = op == 'E' ? (uint64_t)box.path : 0x51ac0000 + (uint64_t)role;
  turn->arguments = (uint64_t)box.arguments;
  tell(told[1]);
  await(start[0]);
  contend(&box.go, turn);
  await(end[role][0]);
  while (sys_wait(0) >= 0) continue;
  sys_exit(0);
}

static void set_up(const char *line) {
  box.page = sys_sbrk(PAGE, EAGER);
  if ((int64_t)box.page == -1) complain("race: no memory\n");
  for (uint64_t *word = (uint64_t *)box.page; word < (uint64_t *)(box.page + PAGE); word++) *word = MAGIC;
  for (int role = 0; role < 2; role++) {
    box.go = 0;
    int pid = birth(told[0], box.line);
    if (pid == 0) race(line[role], role);
    if (pid < 0) complain("race: no process\n");
    box.pid[role] = (uint32_t)pid;
    take(told[0]);
  }
  if (line[2] == '0') sys_sbrk(-(int64_t)PAGE, EAGER);
  own_pages(2);
  box.rounds++;
  tell(start[1]);
}

// One racer after the other ends, though one may have been killed before.
static void tear_down(int kept) {
  int buried[2] = {0, 0};
  take(start[0]);
  for (int role = 0; role < 2; role++) {
    tell(end[role][1]);
    while (!buried[role]) {
      int pid = sys_wait(0);
      if (pid < 0) break;
      for (int other = 0; other < 2; other++) buried[other] |= pid == (int)box.pid[other];
    }
    take(end[role][0]);
  }
  if (kept) sys_sbrk(-(int64_t)PAGE, EAGER);
  box.ended++;
}

static int read_line(char *line) {
  int got = sys_read(0, (uint64_t)line, 8);
  return got >= 4;
}

void __attribute__((noreturn)) begin(void) {
  char line[8];
  box.own = 2;
  // Pages that are only shared: where a kernel keeps its counts is seen by them.
  char *shared = (char *)sys_sbrk(SHARED * PAGE, EAGER);
  if ((int64_t)shared == -1) complain("race: no memory\n");
  for (uint64_t i = 0; i < SHARED; i++) shared[i * PAGE] = 1;
  open_pipe(start);
  open_pipe(told);
  open_pipe(end[0]);
  open_pipe(end[1]);
  box.magic = MAGIC;
  for (;;) {
    if (!read_line(line)) continue;
    set_up(line);
    int kept = line[2] != '0';
    sys_read(0, (uint64_t)line, 8);
    tear_down(kept);
  }
}
