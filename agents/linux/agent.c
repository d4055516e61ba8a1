// The Linux agent: drives real processes of the running kernel through fork, exec, faults and exits for cowcheck.
//
// Three roles in one program. The stub is what cowcheck starts: it makes a process-id namespace and waits. The
// coordinator is process 1 of that namespace: it reads lines, tells workers what to do, looks at their page tables.
// A worker is one process of the trace; worker.h says how it lives. When cowcheck ends, for whatever reason, the stub
// and with it the namespace are killed by the kernel, so that no worker is left behind.

#define _GNU_SOURCE
#include "ops.h"
#include "worker.h"

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/utsname.h>

static int inspecting, world_known, cpu = -1, isolated, own_user_space;
static uid_t user;

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

static void finish(void) {
  if (inspecting && sees_exclusive) print_inspection(op_faults);
  op_faults = -1;
  cc_answered();
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
  // The control is wrong in fork alone; with mapping ops it would be caught by what they do to shared memory.
  enum op last = HEADER->shared_arena ? KWRITE : last_op();
  for (enum op op = CLONE; op <= last; op++) {
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
          "sbrkLazy:true,zeroPages:");
  cc_text(loads_take ? "on-load" : "on-touch");
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
