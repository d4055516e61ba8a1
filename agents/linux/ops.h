// The ops of a line: from its words to a worker's request, and from what came of it to the reply.
#ifndef OPS_H
#define OPS_H

#include "processes.h"

static int process_limit = SLOTS;
static int64_t op_faults = -1;  // only accesses are measured

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

#endif
