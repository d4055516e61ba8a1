// The C kit: cowcheck's lines in, answers out, and, with CC_STORE defined, everything of docs/protocol.md but the memory.
//
// An agent that drives something with processes of its own, such as a kernel, sets cc_out and loops over cc_line().
// One that is a store in this process defines CC_STORE, fills a struct cc_store and calls cc_serve(): see agents/c/toy.c.
// It needs nothing but libc: malloc is not used. With CC_FREESTANDING it needs only memcpy, strlen, and a cc_flush() of yours.
#ifndef COWCHECK_H
#define COWCHECK_H

#include <stdint.h>
#ifndef CC_FREESTANDING
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#endif

#define CC_LINE (1 << 20)
#ifndef CC_OUT
#define CC_OUT (2 * CC_LINE)
#endif

// Answers not written yet. An agent may place this where they survive it, such as in shared memory.
struct cc_out {
  size_t length;
  char text[CC_OUT];
};

static struct cc_out *cc_out;

static inline void cc_flush(void);

static inline void cc_bytes(const char *text, size_t length) {
  if (cc_out->length + length > sizeof cc_out->text) cc_flush();
  memcpy(cc_out->text + cc_out->length, text, length);
  cc_out->length += length;
}

static inline void cc_text(const char *text) { cc_bytes(text, strlen(text)); }

// Writes the decimal digits of `number` so that they end before `end`; returns where they start.
static inline char *cc_digits(char *end, uint64_t number) {
  do *--end = (char)('0' + number % 10);
  while (number /= 10);
  return end;
}

static inline void cc_number(uint64_t number) {
  char digits[20], *end = digits + sizeof digits, *start = cc_digits(end, number);
  cc_bytes(start, (size_t)(end - start));
}

static inline void cc_hex(const unsigned char *bytes, size_t length) {
  for (size_t i = 0; i < length; i++) {
    char pair[2] = {"0123456789abcdef"[bytes[i] >> 4], "0123456789abcdef"[bytes[i] & 15]};
    cc_bytes(pair, 2);
  }
}

// The number that a word begins with, 0 if with none.
static inline int64_t cc_integer(const char *word) {
  int negative = *word == '-';
  uint64_t number = 0;
  for (word += negative; *word >= '0' && *word <= '9'; word++) number = number * 10 + (uint64_t)(*word - '0');
  return negative ? -(int64_t)number : (int64_t)number;
}

// Splits `line` at blanks, in place; returns how many words there are, at most `most`.
static inline int cc_words(char *line, char **words, int most) {
  int count = 0;
  while (count < most) {
    while (*line == ' ') line++;
    if (*line == 0) break;
    words[count++] = line;
    while (*line != 0 && *line != ' ') line++;
    if (*line == ' ') *line++ = 0;
  }
  return count;
}

static inline uint32_t cc_digest(uint32_t hash, const volatile unsigned char *bytes, size_t length) {
  for (size_t i = 0; i < length; i++) hash = (hash ^ bytes[i]) * 0x01000193u;
  return hash;
}
#define CC_DIGEST_START 0x811c9dc5u

static inline unsigned char cc_image_byte(int image, int page, int offset) {
  return (unsigned char)(image * 17 + page * 31 + offset + 1);
}

static inline unsigned char cc_file_byte(int page, int offset) { return (unsigned char)(page * 31 + offset + 129); }

static inline unsigned char cc_fill_byte(uint32_t value, size_t i) {
  return (unsigned char)(value >> (8 * (i & 3)));
}

// ---- lines on standard input and output ----
#ifndef CC_FREESTANDING

static char cc_in[CC_LINE + 1];
static size_t cc_start, cc_end;
static int64_t cc_flushed;

static inline void cc_flush(void) {
  size_t done = 0;
  while (done < cc_out->length) {
    ssize_t n = write(1, cc_out->text + done, cc_out->length - done);
    if (n <= 0) exit(0);
    done += (size_t)n;
  }
  cc_out->length = 0;
}

// Ends an answer. Written out in batches, yet never held back for long.
static inline void cc_answered(void) {
  cc_bytes("\n", 1);
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  int64_t tick = (int64_t)now.tv_sec * 100 + now.tv_nsec / 10000000;
  if (cc_out->length > 32768 || tick - cc_flushed > 2) {
    cc_flush();
    cc_flushed = tick;
  }
}

// The next line without its line feed, or NULL at the end of input. Flushes before it waits.
static inline char *cc_line(void) {
  for (;;) {
    char *line = cc_in + cc_start;
    char *feed = memchr(line, '\n', cc_end - cc_start);
    if (feed != NULL) {
      *feed = 0;
      cc_start = (size_t)(feed - cc_in) + 1;
      return line;
    }
    memmove(cc_in, line, cc_end - cc_start);
    cc_end -= cc_start;
    cc_start = 0;
    if (cc_end == CC_LINE) return NULL;
    cc_flush();
    ssize_t n = read(0, cc_in + cc_end, CC_LINE - cc_end);
    if (n <= 0) return NULL;
    cc_end += (size_t)n;
  }
}

#endif

// ---- a store in this process ----
#ifdef CC_STORE

#define CC_NUMBERS 1024  // process numbers that a trace may use
#define CC_PAGES 577
#define CC_IMAGES 8
#define CC_FRAMES 65536  // frames are numbered below this

struct cc_world {
  int page_size, processes, frames, images, pages;
  char layout[CC_IMAGES][CC_PAGES + 1];  // one letter a page
};

// What a store has to have; what is NULL is not offered. It need not check who lives or which page may be written.
struct cc_store {
  const char *greeting;  // what follows "cowcheck 1 " in the handshake
  // One process, number 0, whose pages hold image 0. Nothing of an earlier run may be left.
  void (*reset)(const struct cc_world *world);
  int (*fork)(int parent, int child);  // 0: there is no memory for it, and nothing has changed
  void (*end)(int process);            // it lets go of all it holds
  const unsigned char *(*page)(int process, int page);  // to read
  unsigned char *(*own)(int process, int page);         // to write: a page that nobody shares; NULL: no memory
  int (*frame)(int process, int page);                  // which frame holds the page; -1: none
  int (*writable)(int process, int page);               // would a store go through at once?
  int (*count)(int frame);                              // references to it; 0: it is free
  const unsigned char *(*bytes)(int frame);             // all bytes of it
  int (*used)(void);                                    // frames in use
};

static const struct cc_store *cc_store;
static struct cc_world cc_world;
static struct {
  enum { CC_NOBODY, CC_ALIVE, CC_ZOMBIE } life;
  int parent, status;
} cc_processes[CC_NUMBERS];
static int cc_living, cc_most, cc_inspecting;

static inline int cc_letter(int page) { return page >= 0 && page < cc_world.pages ? cc_world.layout[0][page] : '-'; }
static inline int cc_readable(int page) { return strchr("trdbhs", cc_letter(page)) != NULL; }
static inline int cc_writable(int page) { return strchr("dbhs", cc_letter(page)) != NULL; }

// The process ends: its children go to init, which waits for those that have ended.
static inline void cc_forget(int process) {
  cc_processes[process].life = CC_NOBODY;
  cc_living--;
}

static inline void cc_ends(int process, int status) {
  cc_store->end(process);
  cc_processes[process].life = CC_ZOMBIE;
  cc_processes[process].status = status;
  for (int child = 0; child <= cc_most; child++) {
    if (cc_processes[child].life == CC_NOBODY || cc_processes[child].parent != process) continue;
    cc_processes[child].parent = -1;
    if (cc_processes[child].life == CC_ZOMBIE) cc_forget(child);
  }
  if (cc_processes[process].parent == -1) cc_forget(process);
}

static inline void cc_begin(int process, int parent) {
  cc_processes[process].life = CC_ALIVE;
  cc_processes[process].parent = parent;
  cc_living++;
  if (process > cc_most) cc_most = process;
}

// Fills a range, page by page; returns how many bytes were written.
static inline int cc_fill(int process, int page, int offset, int length, uint32_t value) {
  int done = 0;
  while (done < length) {
    if (!cc_writable(page)) return done;
    unsigned char *bytes = cc_store->own(process, page++);
    if (bytes == NULL) return done;
    for (; offset < cc_world.page_size && done < length; offset++, done++) bytes[offset] = cc_fill_byte(value, (size_t)done);
    offset = 0;
  }
  return done;
}

static inline void cc_read(int process, int page, int offset, int length, const char *refusal) {
  int pages = (offset + length - 1) / cc_world.page_size;
  for (int p = page; p <= page + pages; p++)
    if (!cc_readable(p)) {
      cc_text(refusal);
      return;
    }
  uint32_t hash = CC_DIGEST_START;
  if (length <= 64) cc_text("bytes ");
  for (int left = length; left > 0; offset = 0, page++) {
    int here = cc_world.page_size - offset < left ? cc_world.page_size - offset : left;
    const unsigned char *bytes = cc_store->page(process, page) + offset;
    if (length <= 64)
      cc_hex(bytes, (size_t)here);
    else
      hash = cc_digest(hash, bytes, (size_t)here);
    left -= here;
  }
  if (length <= 64) return;
  unsigned char digest[4] = {(unsigned char)(hash >> 24), (unsigned char)(hash >> 16), (unsigned char)(hash >> 8),
                             (unsigned char)hash};
  cc_text("digest ");
  cc_hex(digest, 4);
}

static inline void cc_wait(int process, int page, int offset) {
  int children = 0, zombie = -1;
  for (int child = 0; child <= cc_most; child++) {
    if (cc_processes[child].life == CC_NOBODY || cc_processes[child].parent != process) continue;
    children++;
    if (cc_processes[child].life == CC_ZOMBIE) zombie = child;
  }
  if (zombie < 0) {
    cc_text(children > 0 ? "running" : "no-child");
    return;
  }
  int status = cc_processes[zombie].status;
  if (page >= 0) {
    int last = page + (offset + 3) / cc_world.page_size;
    if (!cc_writable(page) || !cc_writable(last)) {
      cc_text("fault");
      return;
    }
    if (cc_fill(process, page, offset, 4, (uint32_t)status) < 4) {
      cc_text("refused memory");
      return;
    }
  }
  cc_forget(zombie);
  cc_text("reaped ");
  cc_number((uint64_t)zombie);
  cc_text(status < 0 ? " killed" : " ");
  if (status >= 0) cc_number((uint64_t)status);
}

// ---- what it shows: changes only ----

static struct {
  int frame[CC_PAGES];
  unsigned char writable[CC_PAGES], listed;
} cc_shown[CC_NUMBERS];
// Frames that are mapped, or were and are not known to be free yet; and what was last said of each.
static int cc_frames[CC_FRAMES], cc_frame_count;
static struct {
  int listed, mapped, count;
  uint64_t hash;
} cc_frame[CC_FRAMES];

static inline void cc_field(int number, const char *before) {
  cc_text(before);
  cc_number((uint64_t)number);
}

static inline void cc_list_frame(int frame) {
  cc_frame[frame].mapped = 1;
  if (cc_frame[frame].listed) return;
  cc_frame[frame].listed = 1;
  cc_frame[frame].count = -1;
  cc_frame[frame].hash = 0;
  cc_frames[cc_frame_count++] = frame;
}

static inline void cc_show_process(int process) {
  int changed = !cc_shown[process].listed;
  for (int page = 0; page < cc_world.pages; page++) {
    int frame = cc_store->frame(process, page);
    unsigned char writable = 0;
    if (frame >= 0) {
      cc_list_frame(frame);
      writable = cc_writable(page) && cc_store->writable != NULL && cc_store->writable(process, page);
    }
    changed |= frame != cc_shown[process].frame[page] || writable != cc_shown[process].writable[page];
    cc_shown[process].frame[page] = frame;
    cc_shown[process].writable[page] = writable;
  }
  if (!changed) return;
  cc_shown[process].listed = 1;
  cc_field(process, " ; p ");
  cc_field(process, " ");
  for (int page = 0; page < cc_world.pages; page++) {
    if (cc_shown[process].frame[page] < 0) continue;
    cc_field(page, " ");
    cc_field(cc_shown[process].frame[page], ":");
    cc_text(cc_shown[process].writable[page] ? ":w" : ":-");
  }
}

static inline void cc_show_counts(void) {
  int fields = 0;
  for (int i = 0; cc_store->count != NULL && i < cc_frame_count; i++) {
    int frame = cc_frames[i], count = cc_store->count(frame);
    if (count == cc_frame[frame].count) continue;
    cc_frame[frame].count = count;
    cc_field(frame, fields++ == 0 ? " ; f " : " ");
    cc_field(count < 0 ? 0x7fffffff : count, ":");  // below zero: a count that no holders explain
    cc_text(count == 0 ? ":1:0" : ":0:0");
  }
}

static inline void cc_show_bytes(void) {
  int fields = 0;
  for (int i = 0; cc_store->bytes != NULL && i < cc_frame_count; i++) {
    int frame = cc_frames[i];
    if (!cc_frame[frame].mapped) continue;
    const unsigned char *bytes = cc_store->bytes(frame);
    uint64_t hash = 0xcbf29ce484222325u;
    for (int j = 0; j < cc_world.page_size; j++) hash = (hash ^ bytes[j]) * 0x100000001b3u;
    if (hash == cc_frame[frame].hash) continue;
    cc_frame[frame].hash = hash;
    cc_field(frame, fields++ == 0 ? " ; c " : " ");
    cc_text(":");
    cc_hex(bytes, (size_t)cc_world.page_size);
  }
}

static inline void cc_show(void) {
  if (!cc_inspecting || cc_store->frame == NULL) return;
  for (int i = 0; i < cc_frame_count; i++) cc_frame[cc_frames[i]].mapped = 0;
  for (int process = 0; process <= cc_most; process++) {
    if (cc_processes[process].life == CC_ALIVE) {
      cc_show_process(process);
    } else if (cc_shown[process].listed) {
      cc_shown[process].listed = 0;
      cc_field(process, " ; p ");
      cc_text(" -");
    }
  }
  cc_show_counts();
  cc_show_bytes();
  for (int i = 0; i < cc_frame_count; i++) {
    int frame = cc_frames[i];
    if (cc_frame[frame].mapped || cc_frame[frame].count > 0) continue;
    cc_frame[frame].listed = 0;
    cc_frames[i--] = cc_frames[--cc_frame_count];
  }
  if (cc_store->used != NULL) {
    cc_field(cc_store->used(), " ; t ");
    cc_text(" ?");
  }
}

// ---- the lines ----

static inline void cc_reset(void) {
  for (int process = 0; process <= cc_most; process++) {
    cc_processes[process].life = CC_NOBODY;
    cc_shown[process].listed = 0;
  }
  while (cc_frame_count > 0) cc_frame[cc_frames[--cc_frame_count]].listed = 0;
  cc_living = cc_most = 0;
  cc_store->reset(&cc_world);
  cc_begin(0, -1);
}

static inline void cc_fork(int parent, int child) {
  if (child < 0 || child >= CC_NUMBERS) {
    cc_text("error process numbers go up to 1023 here");
  } else if (cc_processes[child].life != CC_NOBODY) {
    cc_text("taken");
  } else if (cc_living >= cc_world.processes) {
    cc_text("refused processes");
  } else if (!cc_store->fork(parent, child)) {
    cc_text("refused memory");
  } else {
    cc_begin(child, parent);
    cc_field(child, "forked ");
    cc_text(" 0");
  }
}

static inline void cc_write(int process, const long *v) {
  if (!cc_writable((int)v[2])) {
    cc_text("signalled");
  } else if (cc_fill(process, (int)v[2], (int)v[3], (int)v[4], (uint32_t)v[5]) < (int)v[4]) {
    cc_ends(process, -1);
    cc_text("killed memory");
  } else {
    cc_text("ok");
  }
}

static inline void cc_kernel_write(int process, const long *v) {
  int length = (int)v[4], last = (int)(v[2] + (v[3] + length - 1) / cc_world.page_size), bad = 0;
  for (int page = (int)v[2]; page <= last; page++) bad |= !cc_writable(page);
  int done = cc_fill(process, (int)v[2], (int)v[3], length, (uint32_t)v[5]);
  if (done == length)
    cc_text("ok");
  else
    cc_field(done, bad ? "fault " : "refused memory ");
}

static inline void cc_op(const char *name, const long *v, int count) {
  int process = (int)v[1];
  if (strstr(" read write fork exit wait kread kwrite kill ", name) == NULL) {
    cc_text("error the C kit does not know this line");
  } else if (process < 0 || process >= CC_NUMBERS || cc_processes[process].life != CC_ALIVE) {
    cc_text("absent");
  } else if (strcmp(name, "read") == 0 && count == 5) {
    cc_read(process, (int)v[2], (int)v[3], (int)v[4], "signalled");
  } else if (strcmp(name, "write") == 0 && count == 6) {
    cc_write(process, v);
  } else if (strcmp(name, "fork") == 0 && count == 3) {
    cc_fork(process, (int)v[2]);
  } else if (strcmp(name, "exit") == 0 && count == 3) {
    cc_ends(process, (int)v[2]);
    cc_text("ok");
  } else if (strcmp(name, "wait") == 0 && (count == 2 || count == 4)) {
    cc_wait(process, count == 4 ? (int)v[2] : -1, (int)v[3]);
  } else if (strcmp(name, "kread") == 0 && count == 5) {
    cc_read(process, (int)v[2], (int)v[3], (int)v[4], "fault");
  } else if (strcmp(name, "kwrite") == 0 && count == 6) {
    cc_kernel_write(process, v);
  } else if (strcmp(name, "kill") == 0 && count == 3) {
    int victim = (int)v[2], there = victim >= 0 && victim < CC_NUMBERS && cc_processes[victim].life != CC_NOBODY;
    if (there && cc_processes[victim].life == CC_ALIVE) cc_ends(victim, -1);
    cc_text(there ? "ok" : "absent");
  } else {
    cc_text("error wrong number of words");
  }
}

static inline void cc_set_world(const long *v, int count) {
  if (count != 5 || v[1] < 8 || v[1] > 65536 || v[2] < 1 || v[2] > 64) {
    cc_text("error a world is: world PAGE-SIZE PROCESSES FRAMES INSPECT");
    return;
  }
  cc_world.page_size = (int)v[1];
  cc_world.processes = (int)v[2];
  cc_world.frames = (int)v[3];
  cc_inspecting = (int)v[4];
  cc_world.images = 0;
  cc_text("ok");
}

static inline void cc_add_image(char **words, int count) {
  size_t pages = count == 3 ? strlen(words[2]) : 0;
  if (pages < 1 || pages >= CC_PAGES || cc_world.images == CC_IMAGES) {
    cc_text("error an image is: image NUMBER LETTERS, at most 576 of them");
    return;
  }
  memcpy(cc_world.layout[cc_world.images++], words[2], pages + 1);
  cc_world.pages = (int)pages;
  cc_text("ok");
}

static inline void cc_obey(char *line) {
  char *words[8];
  long v[8] = {0};
  int count = cc_words(line, words, 8);
  const char *name = count > 0 ? words[0] : "";
  for (int i = 1; i < count; i++) v[i] = (long)cc_integer(words[i]);
  if (strcmp(name, "cowcheck") == 0) {
    cc_text(v[1] == 1 ? "cowcheck 1 " : "error version 1 only");
    if (v[1] == 1) cc_text(cc_store->greeting);
  } else if (strcmp(name, "sync") == 0 && count == 2) {
    cc_text("sync ");
    cc_text(words[1]);
  } else if (strcmp(name, "world") == 0) {
    cc_set_world(v, count);
  } else if (strcmp(name, "image") == 0) {
    cc_add_image(words, count);
  } else if (strcmp(name, "inspect") == 0 && count == 2) {
    cc_inspecting = (int)v[1];
    cc_text("ok");
  } else if (cc_world.images == 0) {
    cc_text("error no world yet");
  } else if (strcmp(name, "reset") == 0) {
    cc_reset();
    cc_text("ok");
    cc_show();
  } else {
    cc_op(name, v, count);
    cc_show();
  }
  cc_answered();
}

// Answers lines until there are no more.
static inline int cc_serve(const struct cc_store *store) {
  static struct cc_out out;
  cc_out = &out;
  cc_store = store;
  for (char *line = cc_line(); line != NULL; line = cc_line()) cc_obey(line);
  cc_flush();
  return 0;
}

#endif
#endif
