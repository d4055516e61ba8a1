// The Linux agent: drives real processes of the running kernel through fork, exec, faults and exits for cowcheck.
//
// Three roles in one program. The stub is what cowcheck starts: it makes a process-id namespace and waits. The
// coordinator is process 1 of that namespace: it reads lines, tells workers what to do, looks at their page tables.
// A worker is one process of the trace; worker.h says how it lives. When cowcheck ends, for whatever reason, the stub
// and with it the namespace are killed by the kernel, so that no worker is left behind.

#define _GNU_SOURCE
#include "inspect.h"
#include "worker.h"

#include <poll.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/utsname.h>

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
static int inspecting, process_limit = SLOTS, world_known, running, cpu = -1, isolated, own_user_space;
static uid_t user;

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

// ---- inspection ----

static void print_inspection(int64_t faults) {
  round_now++;
  for (struct space *space = spaces; space < spaces + SPACES; space++)
    if (space->holders > 0) look_at(space);
  for (int n = 0; n < SLOTS; n++) {
    struct process *p = &processes[n];
    if (p->life != ALIVE || p->space == NULL) continue;
    if (listed_numbers[p->number] && p->listed_space == p->space && p->listed_version == p->space->version)
      continue;
    listed_numbers[p->number] = 1;
    p->listed_space = p->space;
    p->listed_version = p->space->version;
    cc_text(" ; p ");
    cc_number((uint64_t)p->number);
    cc_text(" ");
    cc_number((uint64_t)(p->space - spaces));
    print_entries(p->space);
  }
  for (int i = 0; i < gone_count; i++) {
    if (listed_numbers[gone[i]]) continue;
    cc_text(" ; p ");
    cc_number((uint64_t)gone[i]);
    cc_text(" -");
  }
  gone_count = 0;
  print_frames();
  if (faults < 0) return;
  cc_text(" ; m ");
  cc_number((uint64_t)faults);
}

static int64_t op_faults = -1;  // only accesses are measured

static void finish(void) {
  if (inspecting && sees_exclusive) print_inspection(op_faults);
  op_faults = -1;
  cc_answered();
}

// ---- ops ----

static const char *const op_names[] = {"fork",  "clone", "vfork",  "exec", "exit",   "wait",     "kill", "read",
                                       "write", "kread", "kwrite", "mmap", "munmap", "mprotect", "sbrk", "madvise"};

static enum op last_op(void) { return sees_exclusive && !sees_zero ? KWRITE : MADVISE; }

static uint64_t address_of(int image, int page, int offset) {
  struct header *h = HEADER;
  uint64_t base = (uint64_t)ARENA;
#if defined(__x86_64__)
  uint64_t top = 0x7ffffffff000;
#else
  uint64_t top = 1ull << 47;
#endif
  int past_heap = h->pages;
  for (int p = 0; p < h->pages; p++)
    if (is_heap(h->layout[image][p])) past_heap = p + 1;
  if (h->layout[image][past_heap] == 'm') past_heap = h->pages;  // something may be mapped there
  if (page < h->pages) return base + (uint64_t)page * (uint64_t)h->page + (uint64_t)offset;
  switch (page - h->pages) {
    case 0: return (uint64_t)offset;
    case 1: return base + (uint64_t)past_heap * (uint64_t)h->page + (uint64_t)offset;
    case 2: return top - 1 + (uint64_t)offset;
    case 3: return top + (uint64_t)offset;
    default: return 0xdead000000000000u + (uint64_t)offset;
  }
}

static void reply_bytes(int n) {
  struct slot *s = slot(n);
  if (s->length <= 64) {
    cc_text("bytes ");
    cc_hex(PLACE(n)->buffer, s->length);
  } else {
    char text[32];
    snprintf(text, sizeof text, "digest %08x", s->digest);
    cc_text(text);
  }
}

static void do_fork(int n, enum op op, int number) {
  struct slot *s = slot(n);
  int c = free_slot(), count = 0;
  for (int i = 0; i < SLOTS; i++) count += processes[i].life != EMPTY;
  if (slot_by_number[number] >= 0) {
    cc_text("taken");
    return;
  }
  if (c < 0 || count >= process_limit) {
    cc_text("refused processes");
    return;
  }
  struct slot *child = slot(c);
  child->image = s->image;
  child->in_child = -1;
  child->self = 0;
  processes[c].pid_fd = -1;
  s->op = op;
  s->slot = c;
  s->born = 0;
  expect(c);
  request(n);
  // The parent of a vfork sleeps in the kernel and only the child answers, unless there is none.
  if (op == VFORK) {
    int64_t since = milliseconds();
    for (;;) {
      uint32_t seen = atomic_load(&child->answer);
      if (seen == atomic_load(&child->request) || atomic_load(&s->answer) == atomic_load(&s->request)) break;
      futex_wait(&child->answer, seen, 20);
      if (has_ended(n) || milliseconds() - since > PATIENCE)
        die("vfork by process %d came to nothing", processes[n].number);
    }
  } else if (!answered(n))
    die("process %d ended in %s", processes[n].number, op_names[op]);
  int refused = op == VFORK ? atomic_load(&s->answer) == atomic_load(&s->request) : s->result == REFUSED;
  if (refused) {
    atomic_store(&child->answer, atomic_load(&child->request));
    // There was room by the world's count: a limit of this machine is no answer of fork's.
    cc_text(s->error == EAGAIN ? "error fork met a limit on processes of this machine: see ulimit -u and the pids cgroup"
                               : "refused memory");
    return;
  }
  if (!answered(c)) die("the child of process %d does not answer", processes[n].number);
  adopt(c, number, n);
  int returned = op == VFORK ? s->born : s->pid;
  if (op == VFORK) {
    processes[n].suspended = 1;
    processes[c].lender = n;
    processes[c].space = processes[n].space;
    processes[c].space->holders++;
  } else {
    processes[c].space = new_space(c);
    processes[c].space->ranges = processes[n].space->ranges;
  }
  cc_text("forked ");
  int named = -1;
  for (int i = 0; i < SLOTS; i++)
    if (processes[i].life != EMPTY && processes[i].pid == returned) named = processes[i].number;
  if (named >= 0)
    cc_number((uint64_t)named);
  else
    cc_text("?");
  cc_text(" ");
  if (child->in_child < 0) cc_text("-");
  cc_number((uint64_t)abs(child->in_child));
}

static void do_exec(int n, int image, const char *variant, int argument) {
  static const char *variants[] = {"execve", "execv", "execvp", "execl", "execle", "execlp"};
  struct slot *s = slot(n);
  int old = s->image;
  s->variant = 0;
  while (s->variant < 6 && strcmp(variant, variants[s->variant]) != 0) s->variant++;
  if (s->variant == 6) {
    cc_text("error no such exec variant");
    return;
  }
  s->op = EXEC;
  s->image = image;
  s->argument = argument;
  s->result = DONE;
  request(n);
  if (!answered(n)) {
    cc_text("killed memory");
    ended(n);
    return;
  }
  if (s->result != DONE) {
    s->image = old;
    cc_text(s->result == MISSING ? "refused missing" : "refused memory");
    return;
  }
  leave_space(n);
  processes[n].space = new_space(n);
  image_ranges(&processes[n].space->ranges, HEADER->layout[s->image]);
  cc_text("executed ");
  cc_number((uint64_t)s->image);
  cc_text(" ");
  cc_number((uint64_t)s->argument);
  cc_text(" ");
  cc_number((uint64_t)s->environment);
  give_back(n);
}

static void do_wait(int n) {
  struct slot *s = slot(n);
  s->op = WAIT;
  request(n);
  if (!answered(n)) {
    cc_text("killed memory");
    ended(n);
    return;
  }
  if (s->has_address) op_faults = s->faults;
  if (s->result == NO_CHILD || s->result == RUNNING) {
    cc_text(s->result == RUNNING ? "running" : "no-child");
    return;
  }
  int c = -1;
  for (int i = 0; i < SLOTS; i++)
    if (processes[i].life == ZOMBIE && processes[i].parent == n && processes[i].pid == s->pid) c = i;
  if (c < 0) die("wait by process %d returned %d, which is no ended child", processes[n].number, s->pid);
  if (s->result == FAULT) {
    cc_text("fault ");
    cc_number((uint64_t)processes[c].number);
  } else {
    cc_text("reaped ");
    cc_number((uint64_t)processes[c].number);
    cc_text(" ");
    if (WIFSIGNALED(s->status))
      cc_text("killed");
    else
      cc_number((uint64_t)WEXITSTATUS(s->status));
  }
  forget(c);
}

static void do_kill(int n, int number) {
  int v = slot_by_number[number];
  if (v < 0) {
    cc_text("absent");
    return;
  }
  cc_text("ok");
  if (processes[v].suspended) {
    processes[v].doomed = 1;
    return;
  }
  slot(n)->op = KILL;
  slot(n)->pid = processes[v].pid;
  request(n);
  int alive = processes[v].life == ALIVE;
  if (v != n && !answered(n)) die("process %d ended in kill", processes[n].number);
  if (v != n && slot(n)->error != 0) die("kill: %s", strerror(slot(n)->error));
  if (!alive) return;
  await_end(v);
  ended(v);
}

static void do_access(int n, enum op op, int page, int offset, uint32_t length, uint32_t value) {
  struct slot *s = slot(n);
  s->op = op;
  s->address = address_of(s->image, page, offset);
  s->length = length;
  s->value = value;
  s->all_writable = page < HEADER->pages && all_writable(&processes[n].space->ranges, page, (uint64_t)offset + length);
  request(n);
  if (!answered(n)) {
    cc_text("killed memory");
    ended(n);
    return;
  }
  op_faults = s->faults;
  if (s->result == SIGNALLED)
    cc_text("signalled");
  else if (s->result == FAULT) {
    cc_text("fault");
    if (op == KWRITE && s->stands > 0) {
      cc_text(" ");
      cc_number(s->stands);
    }
  } else if (op == READ || op == KREAD)
    reply_bytes(n);
  else
    cc_text("ok");
}

static int index_of(const char *word, const char *const *words, int count) {
  int at = 0;
  while (at < count && strcmp(word, words[at]) != 0) at++;
  return at < count ? at : -1;
}

// Reads the range that a mapping op names; false if its words are wrong.
static int read_range(enum op op, char **words, const int64_t *v, struct range *range) {
  static const char *const mappings[] = {"private", "shared", "private-file", "shared-file"};
  static const char *const accesses[] = {"none", "r", "rw", "rx", "rwx"};
  static const int protections[] = {PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE, PROT_READ | PROT_EXEC,
                                    PROT_READ | PROT_WRITE | PROT_EXEC};
  *range = (struct range){.access = PROT_READ | PROT_WRITE};
  if (op == SBRK) {
    range->pages = (int)v[2];
    return v[2] >= -4096 && v[2] <= 4096;
  }
  if (v[2] < 0 || v[2] >= HEADER->pages + 5 || v[3] < 1 || v[3] > 4096) return 0;
  range->page = (int)v[2];
  range->pages = (int)v[3];
  if (op == MMAP) range->mapping = index_of(words[4], mappings, 4);
  int access = op == MMAP || op == MPROTECT ? index_of(words[op == MMAP ? 5 : 4], accesses, 5) : 0;
  if (op == MMAP || op == MPROTECT) range->access = access < 0 ? 0 : protections[access];
  return range->mapping >= 0 && access >= 0 && (op != MADVISE || strcmp(words[4], "dontneed") == 0);
}

static void do_mapping(int n, enum op op, struct range range) {
  struct slot *s = slot(n);
  struct ranges *ranges = &processes[n].space->ranges;
  const char *layout = HEADER->layout[s->image];
  if (!takes_range(ranges, op, layout, &range)) {
    cc_text("refused range");
    return;
  }
  if (range.pages == 0) {
    cc_text("ok");
    return;
  }
  s->op = op;
  s->address = (uint64_t)ARENA + (uint64_t)range.page * (uint64_t)HEADER->page;
  s->size = (uint64_t)abs(range.pages) * (uint64_t)HEADER->page;
  s->file_offset = (uint64_t)(range.page - first_letter(layout, "m")) * (uint64_t)HEADER->page;
  s->mapping = range.mapping;
  s->access = range.access;
  s->grows = range.pages > 0;
  request(n);
  if (!answered(n)) die("process %d ended in %s", processes[n].number, op_names[op]);
  const char *reply = settle(ranges, op, &range, s->error);
  if (reply == NULL) {
    cc_text("error ");
    cc_text(op_names[op]);
    cc_text(": ");
    reply = strerror(s->error);
  }
  cc_text(reply);
}

static const int op_words[] = {3, 3, 3, 5, 3, 2, 3, 5, 6, 5, 6, 6, 4, 5, 3, 5};

static int valid_place(int op, const int64_t *v, int at) {
  if (v[at] < 0 || v[at] >= HEADER->pages + 5 || v[at + 1] < 0 || v[at + 1] >= HEADER->page) return 0;
  return op == WAIT || (v[at + 2] >= 1 && v[at + 2] <= BUFFER);
}

static void do_op(int op, char **words, int count) {
  int64_t v[8] = {0};
  for (int i = 1; i < count; i++) v[i] = strtoll(words[i], NULL, 10);  // 0 for a word that is no number
  int wanted = op_words[op];
  int number_ok = v[1] >= 0 && v[1] < NUMBERS;
  if (op <= VFORK || op == KILL) number_ok &= v[2] >= 0 && v[2] < NUMBERS;
  if (!number_ok || (count != wanted && !(op == WAIT && count == 4))) {
    cc_text("error wrong number of words, or a process number above 65535");
    return;
  }
  struct range range;
  if (op >= MMAP && !read_range((enum op)op, words, v, &range)) {
    cc_text("error page or pages out of range, or no such mapping, access or advice");
    return;
  }
  if (((op >= READ && op <= KWRITE) || (op == WAIT && count == 4)) && !valid_place(op, v, 2)) {
    cc_text("error page, offset or length out of range");
    return;
  }
  int n = slot_by_number[v[1]];
  if (n < 0 || processes[n].life != ALIVE) {
    cc_text("absent");
    return;
  }
  if (processes[n].suspended) {
    cc_text("suspended");
    return;
  }
  switch (op) {
    case FORK:
    case CLONE:
    case VFORK: do_fork(n, (enum op)op, (int)v[2]); break;
    case EXEC: do_exec(n, (int)v[2], words[3], (int)v[4]); break;
    case EXIT:
      slot(n)->op = EXIT;
      slot(n)->status = (int)v[2];
      request(n);
      await_end(n);
      ended(n);
      cc_text("ok");
      break;
    case WAIT:
      slot(n)->has_address = count == 4;
      if (count == 4) slot(n)->address = address_of(slot(n)->image, (int)v[2], (int)v[3]);
      if (slot(n)->address == 0) slot(n)->address = 4;  // 0 would mean: store nothing
      do_wait(n);
      break;
    case KILL: do_kill(n, (int)v[2]); break;
    case MMAP:
    case MUNMAP:
    case MPROTECT:
    case SBRK:
    case MADVISE: do_mapping(n, (enum op)op, range); break;
    default: do_access(n, (enum op)op, (int)v[2], (int)v[3], (uint32_t)v[4], (uint32_t)v[5]);
  }
}

// ---- the world ----

static void set_world(char **words, int count) {
  if (count != 5 || atol(words[1]) != HEADER->page || atoi(words[2]) < 1 || atoi(words[2]) > SLOTS) {
    cc_text("error a world has pages of ");
    cc_number((uint64_t)HEADER->page);
    cc_text(" bytes and at most 64 processes here");
    return;
  }
  end_all();
  running = 0;
  process_limit = atoi(words[2]);
  inspecting = atoi(words[4]);
  for (int i = 0; i < HEADER->images; i++) close(IMAGE_FD + i);
  HEADER->images = HEADER->pages = 0;
  world_known = 1;
  cc_text("ok");
}

static void add_image(char **words, int count) {
  struct header *h = HEADER;
  size_t pages = count == 3 ? strlen(words[2]) : 0;
  int image = count == 3 ? atoi(words[1]) : -1;
  if (!world_known || pages < 1 || pages > PAGES || image != h->images || image >= IMAGES ||
      (image > 0 && (int)pages != h->pages) || strspn(words[2], "trdbhsgkm-") != pages) {
    cc_text("error images come in order after world, each of the same 1 to 576 letters of trdbhsgkm-");
    return;
  }
  int fd = memfd_create("cowcheck-image", MFD_CLOEXEC);
  unsigned char *bytes = malloc((size_t)h->page);
  if (fd < 0 || bytes == NULL) die("memfd: %s", strerror(errno));
  for (int p = 0; p < (int)pages; p++) {
    for (int j = 0; j < h->page; j++) bytes[j] = cc_image_byte(image, p, j);
    if (write(fd, bytes, (size_t)h->page) != h->page) die("memfd: %s", strerror(errno));
  }
  free(bytes);
  dup2(fd, IMAGE_FD + image);
  close(fd);
  strcpy(h->layout[image], words[2]);
  h->pages = (int)pages;
  h->images = image + 1;
  cc_text("ok");
}

// The world's one file, as it is at the start of every run.
static void write_file_contents(void) {
  struct header *h = HEADER;
  unsigned char bytes[h->page];
  int area = 0;
  for (const char *letter = h->layout[0]; *letter; letter++) {
    if (*letter != 'm') continue;
    for (int j = 0; j < h->page; j++) bytes[j] = cc_file_byte(area, j);
    if (pwrite(FILE_FD, bytes, (size_t)h->page, (off_t)area++ * h->page) != h->page) die("memfd: %s", strerror(errno));
  }
}

static void print_sentence(const char *sentence) {
  for (; *sentence; sentence++) cc_bytes(*sentence == ' ' ? "_" : sentence, 1);
}

static void greet(void) {
  struct utsname kernel;
  uname(&kernel);
  cc_text("cowcheck 1 name=linux ops=fork");
  for (enum op op = CLONE; op <= last_op(); op++) {
    cc_text(",");
    cc_text(op_names[op]);
  }
  cc_text(" processes=64 pages=576 page-size=");
  cc_number((uint64_t)HEADER->page);
  if (!HEADER->shared_arena && sees_exclusive) {
    cc_text(" inspect=exclusive,faults");
    if (sees_frames) cc_text(",frame");
    if (sees_counts) cc_text(",count");
    if (sees_marks) cc_text(",writable");
  }
  cc_text(" dialect=refusedAccess:signalled,lastOwner:reuses,releaseAt:exit,vfork:borrows,partialKernelWrite:prefix,"
          "statusWord:posix,waitFault:reaps,textWritable:false,partialProtect:prefix,partialAdvice:all,privateFile:follows,"
          "sbrkLazy:true,zeroPages:on-touch");
  cc_text(" id=kernel:");
  cc_text(kernel.release);
  cc_text(",machine:");
  cc_text(kernel.machine);
  cc_text(",uid:");
  cc_number((uint64_t)user);
  cc_text(sees_frames ? ",privileges:frames" : ",privileges:none");
  cc_text(isolated ? ",isolation:pid-namespace" : ",isolation:subreaper");
  if (own_user_space) cc_text("-in-user-namespace");
  cc_text(",cpu:");
  if (cpu >= 0)
    cc_number((uint64_t)cpu);
  else
    cc_text("any");
  cc_text(" left-out=");
  if (HEADER->shared_arena)
    print_sentence("this variant is wrong on purpose and offers contents only");
  else {
    print_sentence("the kernel's free list cannot be read so lost frames are not seen");
    if (!sees_frames) {
      cc_text(",");
      print_sentence("frame numbers and counts and writability are hidden here: run as root and outside of unprivileged containers to see them");
    } else if (!sees_marks) {
      cc_text(",");
      print_sentence("this kernel does not show the anon-exclusive mark so writability is not seen");
    }
    if (!sees_exclusive) {
      cc_text(",");
      print_sentence("page tables cannot be read here (/proc/PID/pagemap)");
    } else if (last_op() != MADVISE) {
      cc_text(",");
      print_sentence("mmap and its kin are not offered: before Linux 6.7 a user other than root cannot tell the zero page from a shared one");
    }
  }
  if (!FORK_IS_LIBC) {
    cc_text(",");
    print_sentence("fork goes through clone on this machine");
  }
}

static void obey(char *line) {
  char *words[8];
  int count = cc_words(line, words, 8);
  const char *command = count > 0 ? words[0] : "";
  if (strcmp(command, "cowcheck") == 0) {
    if (count != 2 || strcmp(words[1], "1") != 0)
      cc_text("error version 1 only");
    else
      greet();
  } else if (strcmp(command, "world") == 0) {
    set_world(words, count);
  } else if (strcmp(command, "image") == 0) {
    add_image(words, count);
  } else if (strcmp(command, "sync") == 0 && count == 2) {
    cc_text("sync ");
    cc_text(words[1]);
  } else if (strcmp(command, "inspect") == 0 && count == 2) {
    inspecting = atoi(words[1]);
    cc_text("ok");
  } else if (strcmp(command, "reset") == 0 && HEADER->images > 0) {
    end_all();
    write_file_contents();
    start_first();
    cc_text("ok");
    finish();
    return;
  } else {
    for (int op = FORK; op < OPS; op++)
      if (running && strcmp(command, op_names[op]) == 0) {
        do_op(op, words, count);
        finish();
        return;
      }
    cc_text(running ? "error no such command" : "error no such command before reset");
  }
  cc_answered();
}

static int own_group;

static void stop(int signal) {
  (void)signal;
  if (own_group) kill(0, SIGKILL);  // also a child that nobody knows of yet
  for (int n = 0; n < SLOTS; n++)
    if (processes[n].life == ALIVE) kill(processes[n].pid, SIGKILL);
  _exit(0);
}

static int coordinate(void) {
  char *line;
  HEADER->watch = !isolated;
  hold_lock();
  memset(slot_by_number, -1, sizeof slot_by_number);
  if (!isolated) {
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    own_group = getpgrp() == getppid();
    struct sigaction action = {.sa_handler = stop};
    sigaction(SIGTERM, &action, NULL);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
  } else
    prctl(PR_SET_PDEATHSIG, SIGKILL);
  find_out();
  while ((line = cc_line()) != NULL) obey(line);
  cc_flush();
  end_all();
  return 0;
}

// ---- start ----

static void use_one_cpu(int wanted) {
  // Whether the last owner's frame is reused depends on per-CPU caches of pages: with one CPU it always is.
  cpu_set_t allowed, one;
  if (sched_getaffinity(0, sizeof allowed, &allowed) < 0) return;
  int count = CPU_COUNT(&allowed);
  int skip = wanted >= 0 ? 0 : getpid() % (count > 0 ? count : 1);
  for (int i = 0; i < CPU_SETSIZE; i++) {
    if (wanted >= 0 ? i != wanted : !CPU_ISSET(i, &allowed) || skip-- > 0) continue;
    CPU_ZERO(&one);
    CPU_SET(i, &one);
    if (sched_setaffinity(0, sizeof one, &one) == 0) cpu = i;
    return;
  }
}

static void limit(int what, rlim_t most) {
  struct rlimit now;
  if (getrlimit(what, &now) < 0) return;
  if (now.rlim_max != RLIM_INFINITY && now.rlim_max < most) most = now.rlim_max;
  struct rlimit then = {most, most};
  setrlimit(what, &then);
}

static void write_file(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  if (write(fd, text, strlen(text)) < 0) errno = 0;
  close(fd);
}

// Out of memory, a worker dies before anything else; no huge pages, no migration between nodes, no core files.
static void set_conditions(void) {
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_AS, 1u << 30);
  write_file("/proc/self/oom_score_adj", "1000");
  prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
  syscall(SYS_set_mempolicy, 4 /* MPOL_LOCAL */, NULL, 0);
  signal(SIGCHLD, SIG_DFL);
  signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

static void make_mailbox(const char *self) {
  int fd = memfd_create("cowcheck-mailbox", MFD_CLOEXEC);
  int ends[2];
  if (fd < 0 || ftruncate(fd, MAIL_SIZE) < 0 || dup2(fd, MAIL_FD) < 0 || pipe2(ends, O_NONBLOCK | O_CLOEXEC) < 0 ||
      dup2(ends[0], PIPE_OUT_FD) < 0 || dup2(ends[1], PIPE_IN_FD) < 0) {
    fprintf(stderr, "cowcheck linux agent: %s\n", strerror(errno));
    exit(3);
  }
  close(fd);
  fd = memfd_create("cowcheck-file", MFD_CLOEXEC);
  if (fd < 0 || dup2(fd, FILE_FD) < 0) {
    fprintf(stderr, "cowcheck linux agent: %s\n", strerror(errno));
    exit(3);
  }
  close(fd);
  close(ends[0]);
  close(ends[1]);
  map_mailbox();
  struct header *h = HEADER;
  ssize_t n = readlink("/proc/self/exe", h->program, sizeof h->program - 1);
  if (n <= 0) snprintf(h->program, sizeof h->program, "%s", self);
  char *slash = strrchr(h->program, '/');
  h->base = slash == NULL ? h->program : slash + 1;
  snprintf(h->directory, sizeof h->directory, "PATH=%.*s", slash == NULL ? 1 : (int)(slash - h->program),
           slash == NULL ? "." : h->program);
  snprintf(h->missing, sizeof h->missing, "%s/no-such-image", h->directory + 5);
  h->environment[0] = h->directory;
  h->environment[1] = NULL;
  h->page = (int)sysconf(_SC_PAGESIZE);
  cc_out = &h->out;
}

// A namespace of process ids, where it is allowed: when its first process ends, the kernel ends all others.
static int isolate(void) {
  if (unshare(CLONE_NEWPID) == 0) return 1;
  char map[64];
  snprintf(map, sizeof map, "%u %u 1", getuid(), getuid());
  if (unshare(CLONE_NEWUSER | CLONE_NEWPID) < 0) return 0;
  write_file("/proc/self/setgroups", "deny");
  write_file("/proc/self/uid_map", map);
  own_user_space = 1;
  return 1;
}

int main(int argc, char **argv) {
  if (argc == 5 && strcmp(argv[1], "resume") == 0) resume(argv);
  int wanted = -1, shared = 0, alone = 1;
  user = getuid();
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--shared-arena") == 0)
      shared = 1;
    else if (strcmp(argv[i], "--no-namespace") == 0)
      alone = 0;
    else if (strcmp(argv[i], "--cpu") == 0 && i + 1 < argc)
      wanted = atoi(argv[++i]);
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  set_conditions();
  use_one_cpu(wanted);
  make_mailbox(argv[0]);
  HEADER->shared_arena = shared;
  isolated = alone && isolate();
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  pid_t pid = fork();
  if (pid == 0) return coordinate();
  if (pid < 0) {
    fprintf(stderr, "cowcheck linux agent: fork: %s\n", strerror(errno));
    return 3;
  }
  // Only the coordinator may hold cowcheck's pipe, or the end of input would never be seen.
  close(0);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  cc_flush();  // answers that a coordinator which died by a signal had not written
  if (WIFSIGNALED(status)) fprintf(stderr, "cowcheck linux agent: the coordinator died of signal %d\n", WTERMSIG(status));
  return WIFEXITED(status) ? WEXITSTATUS(status) : 3;
}
