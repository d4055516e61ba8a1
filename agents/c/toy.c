// A toy copy-on-write store in C, checked through the C kit. Build: cc -O2 -o toy toy.c
//
// Try it:  npx cowcheck fuzz --command './toy'           it holds
//          npx cowcheck fuzz --command './toy --wrong'   a seeded bug: of two sharers, one writes in place
#define CC_STORE
#include "../cowcheck.h"

#define FRAMES 4096
#define PAGE 16

static unsigned char memory[FRAMES][PAGE];
static int counts[FRAMES], in_use, wrong;
static int frames[CC_NUMBERS][CC_PAGES];  // which frame each page of each process has; -1: none
static const struct cc_world *world;

static int allocate(void) {
  for (int frame = 0; frame < FRAMES; frame++)
    if (counts[frame] == 0) {
      counts[frame] = 1;
      in_use++;
      return frame;
    }
  return -1;
}

static void drop(int frame) {
  if (--counts[frame] == 0) in_use--;
}

static void reset(const struct cc_world *now) {
  world = now;
  memset(counts, 0, sizeof counts);
  in_use = 0;
  for (int page = 0; page < now->pages; page++) {
    char letter = now->layout[0][page];
    int frame = frames[0][page] = strchr("trdbhs", letter) != NULL ? allocate() : -1;
    if (frame < 0) continue;
    memset(memory[frame], 0, PAGE);
    for (int j = 0; strchr("trd", letter) != NULL && j < PAGE; j++)
      memory[frame][j] = cc_image_byte(0, page, j);
  }
}

static int fork_process(int parent, int child) {
  for (int page = 0; page < world->pages; page++) {
    int frame = frames[child][page] = frames[parent][page];
    if (frame >= 0) counts[frame]++;
  }
  return 1;
}

static void end_process(int process) {
  for (int page = 0; page < world->pages; page++)
    if (frames[process][page] >= 0) drop(frames[process][page]);
}

static const unsigned char *page_of(int process, int page) { return memory[frames[process][page]]; }

// The heart of it: a store to a shared page gets a copy first.
static unsigned char *own_page(int process, int page) {
  int frame = frames[process][page];
  if (counts[frame] > (wrong ? 2 : 1)) {
    int copy = allocate();
    if (copy < 0) return NULL;
    memcpy(memory[copy], memory[frame], PAGE);
    drop(frame);
    frame = frames[process][page] = copy;
  }
  return memory[frame];
}

static int frame_of(int process, int page) { return frames[process][page]; }
static int writable(int process, int page) { return counts[frames[process][page]] == 1; }
static int count_of(int frame) { return counts[frame]; }
static const unsigned char *bytes_of(int frame) { return memory[frame]; }

int main(int argc, char **argv) {
  static const struct cc_store store = {
      .greeting = "name=toy-c ops=fork,exit,wait,kill,read,write,kread,kwrite page-size=16 processes=64 pages=576 "
                  "inspect=frame,writable,count,free,contents dialect=refusedAccess:signalled",
      .reset = reset, .fork = fork_process, .end = end_process, .page = page_of, .own = own_page,
      .frame = frame_of, .writable = writable, .count = count_of, .bytes = bytes_of,
  };
  wrong = argc > 1 && strcmp(argv[1], "--wrong") == 0;
  return cc_serve(&store);
}
