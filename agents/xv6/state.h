// The coordinator: what it knows of the world and the processes, and how its parts call each other.
#ifndef STATE_H
#define STATE_H

#include "images.h"
#include "mailbox.h"

#define MOST_IMAGES 8
#define MOST_PAGES 64
#define GHOSTS 64

struct image {
  char letters[MOST_PAGES];
  uint8_t first_data, data, first_bss, first_heap, heap, room;  // pages
};

enum life { NOBODY, ALIVE, ZOMBIE };
enum { OF_INIT = -1, OF_KEEPER = -2 };

// Beside the entry of the same number in the mailbox's table.
struct process {
  uint8_t life, slot;
  int8_t parent;  // an index, or one of the above
  int status;     // of a zombie; -1: killed
  uint32_t birth;
  uint64_t heap, stack;
};

// An op under way that need not be waited for at once.
struct job {
  void (*finish)(struct job *job);
  struct process *by;
  int op, page, offset, length, done, asked;
  uint32_t value, hash;
  uint8_t bytes[64];
};

struct coordinator {
  struct mailbox *box;
  struct cc_out out;

  uint8_t in[SLOTS], write_end[SLOTS];  // the pipes, by slot
  int replies, screen;                  // screen: -1, or where console mode prints
  uint32_t arrived;                     // slots whose reply is in the inbox
  uint32_t died;                        // or will not come
  struct reply inbox[SLOTS];
  uint8_t raw[512];
  uint32_t raw_start, raw_end;
  char typed[512];
  uint32_t typed_length;

  int most, images, pages, workers;
  struct image image[MOST_IMAGES];
  struct process process[ENTRIES];
  uint32_t births;
  int ghosts[GHOSTS], ghost_count;  // process ids that init may still have to wait for
  int64_t held, taken;              // pages: of the ballast, and by the last ballast line
  int armed;

  struct job jobs[SLOTS];
  uint32_t first_job, last_job;
};

static struct coordinator *co;

// life.h: what is to be done when an armed op is over; lines.h: the end of its answer; ops.h: a death that no op allows.
static void disarm(void);
static void answered(void);
static void dies_at(struct process *by, const char *what);

#endif
