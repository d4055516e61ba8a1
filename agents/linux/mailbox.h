// The memory that coordinator and workers share: requests, answers, and the workers' stacks.
//
// Workers must not depend on the thing under test. So everything a worker writes between two ops lies in this
// MAP_SHARED mapping, its stack too; a kernel that breaks copy-on-write garbles the arena and not the agent.
// What is left in private memory is libc's errno, which nobody reads later.
#ifndef MAILBOX_H
#define MAILBOX_H

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "../cowcheck.h"

#define SLOTS 64
#define PAGES 576
#define IMAGES 8
#define BUFFER 65536
#define STACK 65536
// Low enough for every 64-bit Linux, far from where programs and their libraries lie.
#define MAIL ((char *)0x1000000000)
#define ARENA ((char *)0x2000000000)
// File numbers that stay open through exec.
#define MAIL_FD 30
#define PIPE_OUT_FD 31
#define PIPE_IN_FD 32
#define IMAGE_FD 33
#define FILE_FD (IMAGE_FD + IMAGES)

enum op {
  FORK, CLONE, VFORK, EXEC, EXIT, WAIT, KILL, READ, WRITE, KREAD, KWRITE, MMAP, MUNMAP, MPROTECT, SBRK, MADVISE, OPS
};
enum mapping { OWN, SHARED, OWN_FILE, SHARED_FILE };
enum result { DONE, SIGNALLED, FAULT, REFUSED, MISSING, REAPED, RUNNING, NO_CHILD };

struct slot {
  _Atomic uint32_t request, answer;  // equal: idle
  enum op op;
  enum result result;
  uint64_t address;
  uint32_t length, value, digest;
  int image, variant, argument, environment, status;
  int slot;         // for fork: where the child goes
  int pid;          // what fork returned; whom to kill; who was reaped
  int in_child;     // what fork returned in the child
  int self;         // getpid() of the process in this slot
  int born;         // pid of a vfork child, written by the kernel before the child runs
  int error;
  uint32_t stands;  // bytes a failed kernel write left
  int has_address;
  int all_writable;  // for a kernel write: none of it should meet a bad page
  uint64_t size, file_offset;  // of a mapping, in bytes
  int mapping, access, grows;
  volatile int guarded;
  volatile int64_t before, faults;
  struct rusage usage;
  siginfo_t ended;
  sigjmp_buf jump;
  char words[5][96];
};

struct header {
  int page, pages, images, shared_arena;
  int watch;  // no process-id namespace holds the workers, so they look after themselves
  char layout[IMAGES][PAGES + 1];
  char program[4096], directory[4096 + 8], missing[4096 + 32];
  char *base, *environment[2];
  struct cc_out out;
};

struct place {
  struct slot slot;
  char pad[4096 - sizeof(struct slot)];
  unsigned char buffer[BUFFER], earlier[BUFFER];
  char stack[STACK];
};

#define HEADER_SIZE ((sizeof(struct header) + 65535) & ~65535UL)
#define MAIL_SIZE (HEADER_SIZE + SLOTS * sizeof(struct place))
#define HEADER ((struct header *)MAIL)
#define PLACE(n) ((struct place *)(MAIL + HEADER_SIZE) + (n))

static inline void map_mailbox(void) {
  void *at = mmap(MAIL, MAIL_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, MAIL_FD, 0);
  if (at == MAP_FAILED) _exit(124);
}

// The coordinator holds a lock for as long as it runs. Asking for its pid would not do: nobody may reap its zombie.
static inline void hold_lock(void) {
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};
  if (fcntl(MAIL_FD, F_SETLK, &lock) < 0) HEADER->watch = 0;
}

static inline int coordinator_lives(void) {
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};
  return fcntl(MAIL_FD, F_GETLK, &lock) < 0 || lock.l_type != F_UNLCK;
}

static inline void futex_wake(_Atomic uint32_t *word) { syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0); }

static inline void futex_wait(_Atomic uint32_t *word, uint32_t seen, int milliseconds) {
  struct timespec patience = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
  syscall(SYS_futex, word, FUTEX_WAIT, seen, milliseconds > 0 ? &patience : NULL, NULL, 0);
}

#endif
