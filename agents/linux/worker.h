// One process under test: takes a request from its slot, performs it, answers.
#ifndef WORKER_H
#define WORKER_H

#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>

#include "mapping.h"

extern char **environ;

static void serve(long number) __attribute__((noreturn));

// ---- measuring ----

static int64_t faults_so_far(struct slot *me) {
  syscall(SYS_getrusage, RUSAGE_THREAD, &me->usage);
  return me->usage.ru_minflt + me->usage.ru_majflt;
}

static void begin(struct slot *me) {
  errno = 0;  // errno's page may be shared since the last fork: let it fault now, not while we count
  me->before = faults_so_far(me);
}

static void end(struct slot *me) { me->faults += faults_so_far(me) - me->before; }

// ---- user accesses ----

static void caught(int signal) {
  (void)signal;
  char here;
  size_t n = (size_t)(&here - (char *)PLACE(0)) / sizeof(struct place);
  if (n >= SLOTS || !PLACE(n)->slot.guarded) _exit(125);
  siglongjmp(PLACE(n)->slot.jump, 1);
}

#define ALONE __attribute__((noinline, noclone))

// The signal may come in the middle of an access; nothing but `me` is used after it.
#define GUARDED(me, access)                              \
  do {                                                   \
    begin(me);                                           \
    (me)->guarded = 1;                                   \
    if (sigsetjmp((me)->jump, 0) == 0) {                 \
      access;                                            \
      (me)->result = DONE;                               \
    } else                                               \
      (me)->result = SIGNALLED;                          \
    (me)->guarded = 0;                                   \
    end(me);                                             \
  } while (0)

static void ALONE copy_in(unsigned char *to, const volatile unsigned char *from, uint32_t length) {
  for (uint32_t i = 0; i < length; i++) to[i] = from[i];
}

static void ALONE fill(volatile unsigned char *to, uint32_t length, uint32_t value) {
  for (uint32_t i = 0; i < length; i++) to[i] = cc_fill_byte(value, i);
}

static uint32_t ALONE digest(const volatile unsigned char *from, uint32_t length) {
  return cc_digest(CC_DIGEST_START, from, length);
}

static void ALONE load(struct slot *me, unsigned char *buffer, uint64_t address, uint32_t length) {
  const volatile unsigned char *from = (const volatile unsigned char *)address;
  if (length <= 64)
    GUARDED(me, copy_in(buffer, from, length));
  else
    GUARDED(me, me->digest = digest(from, length));
}

static void ALONE store(struct slot *me, uint64_t address, uint32_t length, uint32_t value) {
  GUARDED(me, fill((volatile unsigned char *)address, length, value));
}

// ---- accesses by the kernel ----

static void drain(unsigned char *buffer) {
  while (read(PIPE_OUT_FD, buffer, BUFFER) > 0) continue;
}

static void kernel_load(struct slot *me, unsigned char *buffer, uint64_t address, uint32_t length) {
  me->result = DONE;
  for (uint32_t done = 0; done < length;) {
    begin(me);
    ssize_t n = write(PIPE_IN_FD, (const void *)(address + done), length - done);
    end(me);
    if (n <= 0 || read(PIPE_OUT_FD, buffer + done, (size_t)n) != n) {
      me->result = FAULT;
      return;
    }
    done += (uint32_t)n;
  }
  if (length > 64) me->digest = cc_digest(CC_DIGEST_START, buffer, length);
}

static void kernel_store(struct slot *me, unsigned char *buffer, uint64_t address, uint32_t length, uint32_t value) {
  me->result = DONE;
  fill(buffer, length, value);
  for (uint32_t done = 0, ready = 0; done < length;) {
    if (ready == done) {
      ssize_t n = write(PIPE_IN_FD, buffer + done, length - done);
      if (n > 0) ready += (uint32_t)n;
    }
    begin(me);
    ssize_t n = read(PIPE_OUT_FD, (void *)(address + done), ready - done);
    end(me);
    if (n <= 0) {
      me->result = FAULT;
      drain(buffer);
      return;
    }
    done += (uint32_t)n;
  }
}

static int ALONE copied(struct slot *me, unsigned char *to, uint64_t address, uint32_t length) {
  GUARDED(me, copy_in(to, (const volatile unsigned char *)address, length));
  return me->result == DONE;
}

// The bytes of a range as far as they can be read; returns how many.
static uint32_t peek(struct slot *me, unsigned char *to, uint64_t address, uint32_t length) {
  int page = HEADER->page;
  for (uint32_t done = 0; done < length;) {
    uint32_t step = (uint32_t)(page - (int)((address + done) % (uint64_t)page));
    if (step > length - done) step = length - done;
    if (!copied(me, to + done, address + done, step)) return done;
    done += step;
  }
  return length;
}

// The kernel does not tell how much it wrote before it met a bad page. Compare with what was there.
static void bold_kernel_store(struct slot *me, struct place *place, uint64_t address, uint32_t length,
                              uint32_t value) {
  uint32_t readable = peek(me, place->earlier, address, length);
  me->faults = 0;
  me->stands = 0;
  kernel_store(me, place->buffer, address, length, value);
  if (me->result != FAULT) return;
  int64_t faults = me->faults;
  readable = peek(me, place->buffer, address, readable);
  for (uint32_t i = 0; i < readable; i++)
    if (place->buffer[i] != place->earlier[i]) me->stands = i + 1;
  me->faults = faults;
  me->result = FAULT;
}

// Runs every measured path once, so that the faults counted later are the arena's and not the agent's own.
static void warm(struct slot *me, unsigned char *buffer) {
  uint64_t spot = (uint64_t)buffer;
  fill(buffer, BUFFER > 4096 ? 4096 : BUFFER, 0);
  load(me, buffer + 128, spot, 8);
  load(me, buffer + 128, spot, 72);
  load(me, buffer + 128, 0, 8);
  store(me, spot, 8, 1);
  store(me, 0, 8, 1);
  kernel_load(me, buffer + 128, spot, 8);
  kernel_load(me, buffer + 128, 0, 8);
  kernel_store(me, buffer, spot + 128, 8, 1);
  kernel_store(me, buffer, 0, 8, 1);
  me->faults = 0;
}

// ---- life ----

static int child_starts(void *number) {
  PLACE((long)number)->slot.in_child = 0;
  serve((long)number);
}

static char *stack_of(long number) { return PLACE(number)->stack + STACK - 64; }

#if defined(__x86_64__)
static char fork_stack[32768] __attribute__((aligned(64)));

static void __attribute__((used, noreturn)) forked_child(long number, long returned) {
  PLACE(number)->slot.in_child = (int)returned;
  serve(number);
}

// libc's fork() returns twice on one stack, which must then be private memory: the child leaves it at once.
static long libc_fork(long number) {
  long pid = 0;
  char *top = fork_stack + sizeof fork_stack - 64;
  register void *child_stack __asm__("r12") = stack_of(number);
  register long child __asm__("r13") = number;
  register void *call __asm__("r14") = (void *)fork;
  register void *then __asm__("r15") = (void *)forked_child;
  __asm__ volatile(
      "mov %%rsp, %%rbx\n\t"
      "mov %%rdi, %%rsp\n\t"
      "call *%%r14\n\t"
      "test %%eax, %%eax\n\t"
      "jnz 1f\n\t"
      "mov %%r12, %%rsp\n\t"
      "mov %%r13, %%rdi\n\t"
      "movslq %%eax, %%rsi\n\t"
      "xor %%ebp, %%ebp\n\t"
      "call *%%r15\n\t"
      "hlt\n"
      "1:\tmov %%rbx, %%rsp\n\t"
      "movslq %%eax, %%rax\n\t"
      : "+a"(pid), "+D"(top)
      : "r"(child_stack), "r"(child), "r"(call), "r"(then)
      : "rbx", "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "memory", "cc");
  return pid;
}

static void __attribute__((noreturn)) serve_on_slot(long number) {
  __asm__ volatile("mov %0, %%rsp\n\txor %%ebp, %%ebp\n\tcall *%1\n\thlt"
                   :
                   : "r"(stack_of(number)), "r"(serve), "D"(number)
                   : "memory");
  __builtin_unreachable();
}
#define FORK_IS_LIBC 1
#else
#include <ucontext.h>
#define FORK_IS_LIBC 0
static long libc_fork(long number) { return clone(child_starts, stack_of(number), SIGCHLD, (void *)number); }

static void __attribute__((noreturn)) serve_on_slot(long number) {
  static ucontext_t there;
  getcontext(&there);
  there.uc_stack.ss_sp = PLACE(number)->stack;
  there.uc_stack.ss_size = STACK;
  makecontext(&there, (void (*)(void))serve, 1, number);
  setcontext(&there);
  _exit(126);
}
#endif

static void make_child(struct slot *me) {
  long number = me->slot;
  long pid = 0;
  errno = 0;
  if (me->op == FORK) pid = libc_fork(number);
  if (me->op == CLONE) pid = clone(child_starts, stack_of(number), SIGCHLD, (void *)number);
  if (me->op == VFORK)
    pid = clone(child_starts, stack_of(number), CLONE_VM | CLONE_VFORK | CLONE_PARENT_SETTID | SIGCHLD,
                (void *)number, &me->born);
  me->pid = (int)pid;
  me->result = pid < 0 ? REFUSED : DONE;
  if (pid < 0) me->error = errno;
}

static void replace_image(struct slot *me, long number) {
  struct header *h = HEADER;
  int known = me->image < h->images;
  const char *path = known ? h->program : h->missing;
  const char *file = known ? h->base : "no-such-image";
  char(*w)[96] = me->words;
  snprintf(w[0], 96, "%ld", number);
  snprintf(w[1], 96, "%d", me->image);
  snprintf(w[2], 96, "%d", me->argument);
  snprintf(w[3], 96, "COWCHECK_ARGUMENT=%d", me->argument);
  char *argv[] = {"cowcheck-image", "resume", w[0], w[1], w[2], NULL};
  char *envp[] = {h->directory, w[3], NULL};
  environ = h->environment;
  switch (me->variant) {
    case 0: execve(path, argv, envp); break;
    case 1: execv(path, argv); break;
    case 2: execvp(file, argv); break;
    case 3: execl(path, argv[0], argv[1], argv[2], argv[3], argv[4], (char *)NULL); break;
    case 4: execle(path, argv[0], argv[1], argv[2], argv[3], argv[4], (char *)NULL, envp); break;
    default: execlp(file, argv[0], argv[1], argv[2], argv[3], argv[4], (char *)NULL);
  }
  me->error = errno;
  me->result = me->error == ENOENT ? MISSING : REFUSED;
}

// Looks first who has ended, so that it is known even when the status cannot be stored.
static void wait_for_child(struct slot *me) {
  me->ended.si_pid = 0;
  if (waitid(P_ALL, 0, &me->ended, WEXITED | WNOHANG | WNOWAIT) < 0) {
    me->result = NO_CHILD;
    return;
  }
  if (me->ended.si_pid == 0) {
    me->result = RUNNING;
    return;
  }
  me->pid = me->ended.si_pid;
  int *status = me->has_address ? (int *)me->address : &me->status;
  begin(me);
  long got = syscall(SYS_wait4, me->has_address ? me->pid : -1, status, WNOHANG, NULL);
  me->error = errno;
  end(me);
  if (got > 0) {
    me->pid = (int)got;
    me->result = REAPED;
    if (me->has_address)
      me->status = me->ended.si_code == CLD_EXITED ? (me->ended.si_status & 255) << 8 : me->ended.si_status;
  } else
    me->result = FAULT;
}

static void perform(struct slot *me, long number) {
  unsigned char *buffer = PLACE(number)->buffer;
  me->faults = 0;
  switch (me->op) {
    case FORK:
    case CLONE:
    case VFORK: make_child(me); break;
    case EXEC: replace_image(me, number); break;
    case EXIT: _exit(me->status);
    case WAIT: wait_for_child(me); break;
    case KILL: me->error = kill(me->pid, SIGKILL) < 0 ? errno : 0; break;
    case READ: load(me, buffer, me->address, me->length); break;
    case WRITE: store(me, me->address, me->length, me->value); break;
    case KREAD: kernel_load(me, buffer, me->address, me->length); break;
    case KWRITE:
      if (me->all_writable)
        kernel_store(me, buffer, me->address, me->length, me->value);
      else
        bold_kernel_store(me, PLACE(number), me->address, me->length, me->value);
      break;
    default: change_mapping(me);
  }
}

// Pages of files are not inherited by fork as present ones: touch them, so that every process has the image's from the
// start. The parent may have unmapped or closed some.
static void touch_files(struct slot *me, unsigned char *buffer) {
  const char *layout = HEADER->layout[me->image];
  for (int p = 0; layout[p]; p++)
    if (layout[p] == 't' || layout[p] == 'r') copied(me, buffer, (uint64_t)(ARENA + (long)p * HEADER->page), 1);
}

static void serve(long number) {
  struct slot *me = &PLACE(number)->slot;
  me->self = (int)syscall(SYS_getpid);
  touch_files(me, PLACE(number)->buffer);
  warm(me, PLACE(number)->buffer);
  me->result = DONE;
  for (;;) {
    uint32_t seen = atomic_load(&me->request);
    atomic_store(&me->answer, seen);
    futex_wake(&me->answer);
    while (atomic_load(&me->request) == seen) {
      futex_wait(&me->request, seen, HEADER->watch ? 1000 : 0);
      if (HEADER->watch && atomic_load(&me->request) == seen && !coordinator_lives()) _exit(0);
    }
    perform(me, number);
  }
}

// ---- a new image ----

static void map_image(const char *layout, int image) {
  long page = HEADER->page;
  for (int from = 0; layout[from];) {
    int to = from + 1;
    int file = layout[from] == 't' || layout[from] == 'r';
    int own = strchr("dbhs", layout[from]) != NULL;
    while (layout[to] && (own ? strchr("dbhs", layout[to]) != NULL : layout[to] == layout[from])) to++;
    char *at = ARENA + from * page;
    size_t length = (size_t)(to - from) * (size_t)page;
    void *got = at;
    if (file) {
      int access = layout[from] == 't' ? PROT_READ | PROT_EXEC : PROT_READ;
      got = mmap(at, length, access, MAP_PRIVATE | MAP_FIXED, IMAGE_FD + image, from * page);
      if (got == MAP_FAILED)
        got = mmap(at, length, PROT_READ, MAP_PRIVATE | MAP_FIXED, IMAGE_FD + image, from * page);
    } else if (own)
      got = mmap(at, length, PROT_READ | PROT_WRITE,
                 (HEADER->shared_arena ? MAP_SHARED : MAP_PRIVATE) | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    if (got == MAP_FAILED) _exit(123);
    // Every page is written once, so that each has a frame of its own from the start.
    for (int p = from; own && p < to; p++) {
      volatile unsigned char *bytes = (volatile unsigned char *)(ARENA + p * page);
      bytes[0] = 0;
      if (layout[p] == 'd')
        for (int j = 0; j < page; j++) bytes[j] = cc_image_byte(image, p, j);
    }
    from = to;
  }
}

static void resume(char **argv) {
  map_mailbox();
  int number = atoi(argv[2]);
  struct slot *me = &PLACE(number)->slot;
  const char *environment = getenv("COWCHECK_ARGUMENT");
  me->image = atoi(argv[3]);
  me->argument = atoi(argv[4]);
  me->environment = environment == NULL ? 0 : atoi(environment);
  struct sigaction action = {.sa_handler = caught, .sa_flags = SA_NODEFER};
  sigaction(SIGSEGV, &action, NULL);
  sigaction(SIGBUS, &action, NULL);
  map_image(HEADER->layout[me->image], me->image);
  serve_on_slot(number);
}

#endif
