// The workers as the coordinator knows them: who lives, whose child, in which address space, suspended by whom.
#ifndef PROCESSES_H
#define PROCESSES_H

#include <poll.h>
#include <stdarg.h>
#include <sys/wait.h>

#include "inspect.h"

#define NUMBERS 65536
#define INIT -1
#define PATIENCE 8000  // milliseconds for one op; cowcheck itself waits ten seconds

enum life { EMPTY, ALIVE, ZOMBIE };

// By slot.
static struct process {
  enum life life;
  int number, parent, pid, pid_fd;
  struct space *space;
  int lender;  // the slot suspended until this vfork child execs or ends
  int suspended, doomed;
  struct space *listed_space;
  uint32_t listed_version;
} processes[SLOTS];

static int16_t slot_by_number[NUMBERS];
static uint8_t listed_numbers[NUMBERS];
static int gone[NUMBERS], gone_count;
static int running;  // there was a reset

static void die(const char *format, ...) {
  va_list arguments;
  cc_flush();
  va_start(arguments, format);
  fputs("cowcheck linux agent: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  exit(3);
}

static struct slot *slot(int n) { return &PLACE(n)->slot; }

// ---- talking to workers ----

static int has_ended(int n) {
  struct pollfd fd = {.fd = processes[n].pid_fd, .events = POLLIN};
  return processes[n].pid_fd >= 0 && poll(&fd, 1, 0) > 0;
}

static int64_t milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// Waits until slot `n` has answered; false if the process ended instead.
static int answered(int n) {
  struct slot *s = slot(n);
  uint32_t wanted = atomic_load(&s->request);
  int64_t since = milliseconds();
  for (;;) {
    uint32_t seen = atomic_load(&s->answer);
    if (seen == wanted) return 1;
    futex_wait(&s->answer, seen, 20);
    if (atomic_load(&s->answer) == wanted) return 1;
    if (has_ended(n)) return 0;
    if (milliseconds() - since > PATIENCE)
      die("process %d did not finish an op within %d s", processes[n].number, PATIENCE / 1000);
  }
}

static void request(int n) {
  atomic_fetch_add(&slot(n)->request, 1);
  futex_wake(&slot(n)->request);
}

// A worker will start in slot `n` and answer by itself. Whoever was there before may have ended without an answer.
static void expect(int n) { atomic_store(&slot(n)->answer, atomic_fetch_add(&slot(n)->request, 1)); }

static void await_end(int n) {
  struct pollfd fd = {.fd = processes[n].pid_fd, .events = POLLIN};
  if (poll(&fd, 1, PATIENCE) <= 0)
    die("process %d did not end within %d s", processes[n].number, PATIENCE / 1000);
}

// ---- spaces ----

static struct space *new_space(int n) {
  struct space *space = spaces;
  while (space->holders > 0) space++;
  space->holders = 1;
  memset(space->entries, 0, sizeof space->entries);
  space->version++;
  space->pagemap = sees_exclusive ? open_pagemap(processes[n].pid_fd) : -1;
  return space;
}

static void leave_space(int n) {
  struct space *space = processes[n].space;
  if (space != NULL && --space->holders == 0 && space->pagemap >= 0) close(space->pagemap);
  processes[n].space = NULL;
}

// ---- life ----

static int free_slot(void) {
  for (int n = 0; n < SLOTS; n++)
    if (processes[n].life == EMPTY) return n;
  return -1;
}

static void adopt(int n, int number, int parent) {
  struct process *p = &processes[n];
  *p = (struct process){.life = ALIVE, .number = number, .parent = parent, .lender = -1};
  p->pid = slot(n)->self;
  p->pid_fd = (int)syscall(SYS_pidfd_open, p->pid, 0);
  if (p->pid_fd < 0) die("pidfd_open: %s (Linux 5.3 or later is needed)", strerror(errno));
  slot_by_number[number] = (int16_t)n;
}

static void forget(int n) {
  slot_by_number[processes[n].number] = -1;
  processes[n].life = EMPTY;
}

static void ended(int n);

static void kill_and_bury(int n) {
  kill(processes[n].pid, SIGKILL);
  await_end(n);
  ended(n);
}

// The process in slot `n` runs again after its vfork child let go of its memory.
static void resumed(int n) {
  struct process *p = &processes[n];
  p->suspended = 0;
  if (!answered(n)) {
    ended(n);
    return;
  }
  if (slot(n)->pid != slot(n)->born)
    die("vfork returned %d in the parent, and the child is %d", slot(n)->pid, slot(n)->born);
  if (p->doomed) kill_and_bury(n);
}

static void give_back(int n) {
  int lender = processes[n].lender;
  processes[n].lender = -1;
  if (lender >= 0) resumed(lender);
}

// The kernel has finished with the process in slot `n`; its memory is gone.
static void ended(int n) {
  struct process *p = &processes[n];
  if (listed_numbers[p->number]) {
    listed_numbers[p->number] = 0;
    gone[gone_count++ % NUMBERS] = p->number;
  }
  leave_space(n);
  close(p->pid_fd);
  p->life = ZOMBIE;
  for (int c = 0; c < SLOTS; c++) {
    if (processes[c].life == EMPTY || processes[c].parent != n) continue;
    processes[c].parent = INIT;
    if (processes[c].life == ZOMBIE) {
      waitpid(processes[c].pid, NULL, 0);
      forget(c);
    }
  }
  if (p->parent == INIT) {
    waitpid(p->pid, NULL, 0);
    forget(n);
  }
  give_back(n);
}

static void end_all(void) {
  for (int n = 0; n < SLOTS; n++)
    if (processes[n].life == ALIVE) kill(processes[n].pid, SIGKILL);
  while (waitpid(-1, NULL, 0) > 0) continue;
  for (int n = 0; n < SLOTS; n++) {
    if (processes[n].life == EMPTY) continue;
    if (processes[n].life == ALIVE) {
      leave_space(n);
      close(processes[n].pid_fd);
    }
    forget(n);
  }
  memset(listed_numbers, 0, sizeof listed_numbers);
  gone_count = 0;
  forget_frames();
}

static void start_first(void) {
  struct slot *s = slot(0);
  char *argv[] = {(char *)"cowcheck-image", (char *)"resume", (char *)"0", (char *)"0", (char *)"0", NULL};
  s->image = 0;
  expect(0);
  pid_t pid = vfork();
  if (pid == 0) {
    int null = open("/dev/null", O_RDWR);
    for (int fd = 0; fd < 3; fd++) dup2(null, fd);
    if (null > 2) close(null);
    execve(HEADER->program, argv, HEADER->environment);
    _exit(122);
  }
  if (pid < 0) die("vfork: %s", strerror(errno));
  s->self = pid;
  adopt(0, 0, INIT);
  if (!answered(0)) die("the first process could not start (exec of %s)", HEADER->program);
  processes[0].space = new_space(0);
  image_ranges(&processes[0].space->ranges, HEADER->layout[0]);
  running = 1;
}

#endif
