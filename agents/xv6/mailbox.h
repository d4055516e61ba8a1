// The mailbox: memory of the coordinator through which a host that sees guest RAM talks to it. Little endian.
#ifndef MAILBOX_H
#define MAILBOX_H

#include "records.h"

#define MAGIC 0x6b63656863776f63ul  // the bytes "cowcheck"
#define ENTRIES 64
#define REQUEST_BYTES 16384
#define ANSWER_BYTES 65536

enum {
  OVERLAP = 1,  // independent ops of different processes may
  HONEST = 2,   // read() of a file does not say that it wrote what it did not
};

// A process under test that is alive, or dead and not waited for.
struct entry {
  uint32_t number_and_one, pid, image;  // 0: nobody
  int32_t heap;                         // pages
};

struct mailbox {
  volatile uint64_t magic;
  volatile uint32_t request, request_length;  // the host writes `request`, a number that changes, last
  volatile uint32_t answer, answer_length;    // the agent writes `answer`, the same number, last
  volatile uint32_t lines;                    // of this request that are answered so far
  volatile uint32_t waiting;                  // slots whose reply is awaited, a bit each
  volatile uint32_t dead;                     // id of a process the host has seen die; it writes only over 0, then rings
  volatile uint32_t flags;                    // as below
  volatile uint32_t slots;                    // slots in use
  uint32_t unused[5];
  volatile uint32_t pid[SLOTS];
  uint32_t reserved[40];
  volatile struct entry table[ENTRIES];
  char filler[4096 - 256 - 16 * ENTRIES];
  char request_text[REQUEST_BYTES];
  char answer_text[ANSWER_BYTES];
};

#endif
