// What every agent in C needs: cowcheck's lines in, answers out, the patterns of docs/protocol.md.
#ifndef COWCHECK_H
#define COWCHECK_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CC_LINE (1 << 20)

// Answers not written yet. An agent may place this where they survive it, such as in shared memory.
struct cc_out {
  size_t length;
  char text[2 * CC_LINE];
};

static struct cc_out *cc_out;
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

static inline void cc_bytes(const char *text, size_t length) {
  if (cc_out->length + length > sizeof cc_out->text) cc_flush();
  memcpy(cc_out->text + cc_out->length, text, length);
  cc_out->length += length;
}

static inline void cc_text(const char *text) { cc_bytes(text, strlen(text)); }

static inline void cc_number(uint64_t number) {
  char digits[20];
  int at = sizeof digits;
  do digits[--at] = (char)('0' + number % 10);
  while (number /= 10);
  cc_bytes(digits + at, sizeof digits - (size_t)at);
}

static inline void cc_hex(const unsigned char *bytes, size_t length) {
  for (size_t i = 0; i < length; i++) {
    char pair[2] = {"0123456789abcdef"[bytes[i] >> 4], "0123456789abcdef"[bytes[i] & 15]};
    cc_bytes(pair, 2);
  }
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

// Splits `line` at blanks, in place; returns how many words there are, at most `most`.
static inline int cc_words(char *line, char **words, int most) {
  int count = 0;
  for (char *word = strtok(line, " "); word != NULL && count < most; word = strtok(NULL, " "))
    words[count++] = word;
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

#endif
