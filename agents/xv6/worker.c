// A worker: performs one command on the memory of its own process and replies. It keeps nothing in memory from one to the next.
#include "images.h"

// Of a worker: by slot, so that a kernel that wrongly shares it between two workers harms neither. Its stack is at the end.
#define AREA 2048
struct area {
  struct command command;
  struct reply reply;
  uint32_t scratch;
  char file[12];
  struct arguments arguments;
  uint8_t data[1024];
};

// worker.S
extern char areas[WORKERS][AREA], data_arena[];
extern const uint32_t image_number;
void serve(uint64_t identity) __attribute__((noreturn));
void fork_and_serve(uint64_t child, uint64_t armed) __attribute__((noreturn));
void store(uint64_t at, uint64_t length, uint32_t value, uint64_t sp);

register uint64_t identity __asm__("s11");

// The kit's way out is the coordinator's.
static inline void cc_flush(void) {}

static int out_end(void) { return (int)(identity >> 16 & 0xff); }
static int in_end(void) { return (int)(identity >> 8 & 0xff); }

static void reply(struct area *me, int kind, uint32_t value, uint16_t length) {
  me->reply.slot = (uint8_t)identity;
  me->reply.kind = (uint8_t)kind;
  me->reply.length = length;
  me->reply.value = value;
  sys_write(REPLIES, (uint64_t)&me->reply, REPLY_HEAD + length);
}

// ---- the user's own accesses: a refused one ends the process ----

static void load(struct area *me, uint64_t at, uint32_t length) {
  const volatile unsigned char *from = (const volatile unsigned char *)at;
  if (length > sizeof me->reply.data) {
    reply(me, R_DIGEST, cc_digest(me->command.value, from, length), 0);
    return;
  }
  for (uint32_t i = 0; i < length; i++) me->reply.data[i] = from[i];
  reply(me, R_BYTES, 0, (uint16_t)length);
}

// No instruction of ours is there: it never returns where the kernel is right.
static void fetch(uint64_t at) { ((void (*)(void))at)(); }

// sp as a program has it, in the middle of the page stored to, or above that page.
static void store_somehow(struct area *me, uint64_t at, uint32_t length, uint32_t value) {
  uint64_t page = at & ~(PAGE - 1);
  uint64_t stack = AT_GUARD + PAGE;
  uint64_t sp = me->command.flags == 2 ? page + PAGE / 2 : me->command.flags == 3 ? page + PAGE + PAGE / 2 : stack + PAGE / 2;
  store(at, length, value, sp);
  reply(me, R_DONE, 0, 0);
}

// ---- the kernel's accesses ----

#define STEP 256u
#define UNTOUCHED 0xa5

// How many bytes of a range the kernel can read, at most STEP of them, into `data`: through our own pipe, which is
// empty while we perform a command. Some kernels say they wrote what they did not, so a byte behind tells.
static uint32_t peek(struct area *me, uint64_t at, uint32_t length) {
  sys_write(out_end(), at, length);
  sys_write(out_end(), (uint64_t)"", 1);
  int got = sys_read(in_end(), (uint64_t)me->data, STEP + 1);
  return got < 1 ? 0 : (uint32_t)got - 1;
}

static void kernel_load(struct area *me, uint64_t at, uint32_t length) {
  uint32_t hash = me->command.value;
  for (uint32_t done = 0; done < length; done += STEP) {
    uint32_t step = length - done < STEP ? length - done : STEP;
    if (peek(me, at + done, step) != step) {
      reply(me, R_FAULT, done, 0);
      return;
    }
    hash = cc_digest(hash, me->data, step);
  }
  if (length > sizeof me->reply.data) {
    reply(me, R_DIGEST, hash, 0);
    return;
  }
  memcpy(me->reply.data, me->data, length);
  reply(me, R_BYTES, hash, (uint16_t)length);
}

// What of a range has the bytes it should have. No look reaches over the end of a page: some kernels show all of it or nothing.
static uint32_t standing(struct area *me, uint64_t at, uint32_t length, uint32_t value) {
  for (uint32_t done = 0, step; done < length; done += step) {
    step = length - done < STEP ? length - done : STEP;
    uint32_t page = (uint32_t)(PAGE - (at + done) % PAGE);
    if (step > page) step = page;
    uint32_t there = peek(me, at + done, step);
    for (uint32_t i = 0; i < there; i++)
      if (me->data[i] != cc_fill_byte(value, done + i)) return done + i;
    if (there < step) return done + there;
  }
  return length;
}

static void fill(struct area *me, uint32_t length, uint32_t value) {
  uint32_t most = length < sizeof me->data ? length : sizeof me->data;
  for (uint32_t i = 0; i < most; i++) me->data[i] = cc_fill_byte(value, i);
}

// Each returns how many bytes the kernel says it wrote.
static uint32_t from_pipe(struct area *me, uint64_t at, uint32_t length) {
  for (uint32_t done = 0; done < length; done += STEP) {
    uint32_t step = length - done < STEP ? length - done : STEP;
    sys_write(out_end(), (uint64_t)me->data, step);
    int got = sys_read(in_end(), at + done, step);
    if (got == (int)step) continue;
    sys_write(out_end(), (uint64_t)"", 1);
    sys_read(in_end(), (uint64_t)me->data, STEP + 1);
    return done + (got > 0 ? (uint32_t)got : 0);
  }
  return length;
}

static int file_with(struct area *me, uint32_t length) {
  memcpy(me->file, "cowdata0", 9);
  me->file[7] = (char)('0' + (identity & 7));
  int fd = sys_open(me->file, O_WRONLY | O_CREATE);
  if (fd < 0) return -1;
  for (uint32_t left = length; left > 0;) {
    uint32_t step = left < sizeof me->data ? left : sizeof me->data;
    if (sys_write(fd, (uint64_t)me->data, step) != (int)step) break;
    left -= step;
  }
  sys_close(fd);
  return sys_open(me->file, O_RDONLY);
}

static uint32_t from_file(struct area *me, uint64_t at, uint32_t length) {
  int fd = file_with(me, length);
  if (fd < 0) return from_pipe(me, at, length);
  int got = sys_read(fd, at, length);
  sys_close(fd);
  return got < 0 ? 0 : (uint32_t)got;
}

// Both descriptors that a worker has free are closed again, or were never opened.
static int make_pipe(uint64_t at) {
  int made = sys_pipe((int *)at);
  sys_close(KEEPER_READ);
  sys_close(REPLIES_READ);
  return made >= 0;
}

// Some kernel may tell more of a file, or less: then this is no record of ours.
static int tell_of_file(struct area *me, uint64_t at) {
  int fd = sys_open("cow", O_RDONLY), told = -1;
  memset(me->data, UNTOUCHED, 2 * OF_FSTAT);
  if (sys_fstat(fd, (uint64_t)me->data) >= 0 && me->data[OF_FSTAT - 1] != UNTOUCHED && me->data[OF_FSTAT] == UNTOUCHED)
    told = sys_fstat(fd, at) >= 0;
  sys_close(fd);
  return told;
}

// The kernel stores its own record: 1, it says it did; 0, it refused; -1: it has none to store.
static int record(struct area *me, uint64_t at, uint32_t length) {
  if (length == OF_FSTAT) return tell_of_file(me, at);
  if (make_pipe(at)) return 1;
  return make_pipe((uint64_t)me->data) ? 0 : -1;
}

static uint32_t seen(struct area *me, uint64_t at, uint32_t length) {
  return length == 0 ? 0 : cc_digest(CC_DIGEST_START, me->data, peek(me, at, length));
}

// What the kernel has stored of its record gives way to the bytes of the op: where it may have stored anywhere, by its own
// hand, else by ours. False: not done.
static int store_record(struct area *me, uint64_t at, uint32_t length, uint32_t value, int flags) {
  uint32_t here = (uint32_t)(PAGE - at % PAGE), said = 0;
  if (here >= length) here = 0;
  uint32_t before = seen(me, at, here);
  int stored = record(me, at, length);
  if (stored < 0) return 0;
  uint32_t stands = stored ? length : seen(me, at, here) != before ? here : 0;
  fill(me, stands, value);
  if (flags & F_VERIFY) from_pipe(me, at, stands);
  else if (stands > 0) store(at, stands, value, (at & ~(PAGE - 1)) + 3 * PAGE + PAGE / 2);
  memcpy(me->reply.data, &said, sizeof said);
  reply(me, stored ? R_DONE : R_FAULT, stands, sizeof said);
  return 1;
}

static void kernel_store(struct area *me, uint64_t at, uint32_t length, uint32_t value, int flags) {
  if (flags & F_RECORD && store_record(me, at, length, value, flags)) return;
  fill(me, length, value);
  uint32_t said = flags & F_FILE ? from_file(me, at, length) : from_pipe(me, at, length);
  if (said == length && !(flags & F_VERIFY && flags & F_FILE)) {
    reply(me, R_DONE, 0, 0);
    return;
  }
  uint32_t stands = standing(me, at, length, value);
  if (said == length && stands == length) {
    reply(me, R_DONE, 0, 0);
    return;
  }
  memcpy(me->reply.data, &said, sizeof said);
  reply(me, R_FAULT, stands, sizeof said);
}

static void wait_for_child(struct area *me, uint64_t at) {
  int pid = sys_wait(at != 0 ? at : (uint64_t)&me->scratch);
  uint32_t status = me->scratch, known = at == 0;
  if (at != 0 && pid >= 0 && peek(me, at, sizeof status) == sizeof status) {
    memcpy(&status, me->data, sizeof status);
    known = 1;
  }
  memcpy(me->reply.data, &status, sizeof status);
  memcpy(me->reply.data + sizeof status, &known, sizeof known);
  reply(me, R_DONE, (uint32_t)pid, 2 * sizeof status);
}

// ---- images ----

// The pattern repeats after 256 bytes.
static void paint(uint64_t *page, int image, int number) {
  for (int i = 0; i < 32; i++) {
    uint64_t eight = 0;
    for (int j = 0; j < 8; j++) eight |= (uint64_t)cc_image_byte(image, number, 8 * i + j) << 8 * j;
    for (int at = i; at < 512; at += 32) page[at] = eight;
  }
}

// A new image: makes its pages as the layout says, and reports.
void __attribute__((noreturn)) newborn(int argc, char **argv, uint64_t stack) {
  uint64_t birth = (uint64_t)cc_integer(argv[1]);
  struct area *me = (struct area *)areas[birth & 7];
  identity = birth & 0xffffff;
  sys_close(REPLIES_READ);
  sys_close(KEEPER_READ);
  struct birth_report report = {
      .stack = stack,
      .image = image_number,
      .argument = (uint32_t)cc_integer(argv[0]),
      .environment = argc > 2 ? (uint32_t)cc_integer(argv[2]) : 0,
  };
  for (uint64_t i = 0, first = birth >> 24 & 0xff; i < (birth >> 32 & 0xff); i++)
    paint((uint64_t *)(data_arena + i * PAGE), (int)image_number, (int)(first + i));
  for (uint64_t *word = (uint64_t *)stack; word < (uint64_t *)(stack + PAGE); word++) *word = 0;
  report.heap = sys_sbrk((int64_t)((birth >> 40) * PAGE), EAGER);
  memcpy(me->reply.data, &report, sizeof report);
  reply(me, R_EXECUTED, 0, sizeof report);
  serve(identity);
}

// ---- what worker.S calls ----

void parent_of(struct area *me, int pid) { reply(me, R_DONE, (uint32_t)pid, 0); }

void born(struct area *me, int returned, uint32_t pid) {
  memcpy(me->reply.data, &pid, sizeof pid);
  reply(me, R_BORN, (uint32_t)returned, sizeof pid);
}

void perform(struct area *me) {
  uint64_t at = me->command.at;
  uint32_t value = me->command.value, length = me->command.length == 0 ? 65536 : me->command.length;
  int flags = me->command.flags;
  switch (me->command.op) {
    case C_READ:
      if (flags & F_FETCH) fetch(at);
      load(me, at, length);
      break;
    case C_WRITE: store_somehow(me, at, length, value); break;
    case C_KREAD: kernel_load(me, at, length); break;
    case C_KWRITE: kernel_store(me, at, length, value, flags); break;
    case C_SBRK: reply(me, R_DONE, sys_sbrk((int64_t)at, flags & F_EAGER ? EAGER : LAZY) != ~0ul, 0); break;
    case C_FORK: fork_and_serve(value, flags & F_ARMED);
    case C_EXEC:
      prepare(&me->arguments, me->command.length, at, value, flags & F_ENVIRONMENT);
      sys_exec(me->arguments.path, me->arguments.argv);
      reply(me, R_DONE, 0, 0);
      break;
    case C_EXIT: reply(me, R_DONE, 0, 0); sys_exit((int)value);
    case C_LULL:
      reply(me, R_DONE, 0, 0);
      for (;;) sys_sleep(1 << 30);
    case C_WAIT: wait_for_child(me, at); break;
    case C_KILL:
      if (flags) reply(me, R_DONE, 0, 0);  // itself
      sys_kill((int)value);
      if (!flags) reply(me, R_DONE, 0, 0);
      break;
    default: break;
  }
}
