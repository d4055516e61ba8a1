// What the kernel shows of the workers' memory: page tables through pagemap, frames through kpagecount and kpageflags.
//
// Of a present page we report its frame number (root only), and of an anonymous one also: `e`, bit 56 of pagemap, "mapped
// once"; `w`, where it is mapped writable, the kernel's own anon-exclusive mark (bit 34 of kpageflags), which says whether
// a store goes through without a fault; its count, kpagecount. Pages of files and of shared mappings are nobody's own,
// however many map them: the page cache holds them too. The zero page, which reads of untouched memory map, does not count
// as present.
#ifndef INSPECT_H
#define INSPECT_H

#include <fcntl.h>
#include <sys/ioctl.h>

#include "ranges.h"

#define SPACES (SLOTS + 1)
#define KNOWN 131072  // table of frames listed before; a power of two, more than 2 * SLOTS * PAGES

#define IS_PRESENT 1u
#define IS_WRITABLE 2u
#define IS_EXCLUSIVE 4u
#define IS_FILE 8u

static int count_fd = -1, flags_fd = -1;
static int sees_frames, sees_counts, sees_marks, sees_exclusive, sees_zero;
static uint64_t zero_frame;
// Has this kernel no zero page, so that a load of untouched memory takes a frame too?
static int loads_take;

struct space {
  int holders, pagemap;
  uint32_t version;
  struct ranges ranges;
  uint64_t entries[PAGES];  // frame << 4 | bits
};

struct frame {
  uint64_t number;
  int64_t count;    // as listed last; -1: unknown
  uint32_t age;     // equals `age_now`, or the place is empty
  uint32_t round;   // when last seen mapped
  uint8_t marked, listed;
  uint8_t held, told;  // by the page cache: now, and as listed last
};

static struct space spaces[SPACES];
static struct frame frames[KNOWN];
static uint32_t round_now, age_now = 1, used;
static uint64_t listed[2 * SLOTS * PAGES];
static int listed_count;

static struct frame *frame_of(uint64_t number) {
  uint32_t at = (uint32_t)(number * 0x9e3779b97f4a7c15u >> 40) & (KNOWN - 1);
  while (frames[at].age == age_now && frames[at].number != number) at = (at + 1) & (KNOWN - 1);
  struct frame *frame = &frames[at];
  if (frame->age != age_now) {
    *frame = (struct frame){.number = number, .count = -1, .age = age_now, .round = round_now - 1};
    used++;
  }
  return frame;
}

static uint64_t kernel_word(int fd, uint64_t frame) {
  uint64_t word = 0;
  if (pread(fd, &word, 8, (off_t)(frame * 8)) != 8) return 0;
  return word;
}

static void forget_frames(void) {
  age_now++;
  used = 0;
  listed_count = 0;
}

static int open_pagemap(int pid_fd) {
  // The process-id namespace of /proc may be another than ours: ask the pidfd what the process is called there.
  char path[64], text[512];
  snprintf(path, sizeof path, "/proc/self/fdinfo/%d", pid_fd);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  ssize_t n = read(fd, text, sizeof text - 1);
  close(fd);
  text[n > 0 ? n : 0] = 0;
  char *at = strstr(text, "\nPid:");
  int pid = at == NULL ? -1 : atoi(at + 5);
  if (pid <= 0) return -1;
  snprintf(path, sizeof path, "/proc/%d/pagemap", pid);
  return open(path, O_RDONLY | O_CLOEXEC);
}

// PAGEMAP_SCAN of Linux 6.7: which of `pages` pages are the zero page? For users to whom frame numbers are hidden.
static int find_zero_pages(int pagemap, uint64_t start, int pages, uint8_t *zero) {
  struct {
    uint64_t start, end, categories;
  } found[64];
  struct {
    uint64_t size, flags, start, end, walk_end, found, found_length, most, inverted, all_of, any_of, wanted;
  } scan = {.size = sizeof scan, .start = start, .found = (uint64_t)found, .found_length = 64};
  uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), is_zero = 1u << 5;
  scan.end = start + (uint64_t)pages * page;
  scan.all_of = scan.wanted = is_zero;
  memset(zero, 0, (size_t)pages);
  while (scan.start < scan.end) {
    int count = ioctl(pagemap, _IOWR('f', 16, scan), &scan);
    if (count < 0) return 0;
    for (int i = 0; i < count; i++)
      memset(zero + (found[i].start - start) / page, 1, (found[i].end - found[i].start) / page);
    if (scan.walk_end <= scan.start) return 0;
    scan.start = scan.walk_end;
  }
  return 1;
}

// Reads a space anew; returns whether an entry changed. Frames it maps are marked as seen in this round.
static int look_at(struct space *space) {
  uint64_t raw[PAGES];
  uint8_t zero[PAGES] = {0};
  int pages = HEADER->pages, changed = 0;
  off_t at = (off_t)((uint64_t)ARENA / (uint64_t)HEADER->page * 8);
  if (pread(space->pagemap, raw, (size_t)pages * 8, at) != (ssize_t)pages * 8) {
    fprintf(stderr, "cowcheck linux agent: pagemap cannot be read: %s\n", strerror(errno));
    cc_flush();
    _exit(3);
  }
  int perhaps = 0;
  for (int p = 0; p < pages; p++) perhaps |= raw[p] >> 63 && !(raw[p] >> 56 & 1) && !(raw[p] >> 61 & 1);
  if (perhaps && !sees_frames && sees_zero && !loads_take && !find_zero_pages(space->pagemap, (uint64_t)ARENA, pages, zero)) {
    fprintf(stderr, "cowcheck linux agent: PAGEMAP_SCAN: %s\n", strerror(errno));
    cc_flush();
    _exit(3);
  }
  for (int p = 0; p < pages; p++) {
    uint64_t entry = 0;
    if (raw[p] >> 63 && sees_frames) zero[p] = (raw[p] & ((1ull << 55) - 1)) == zero_frame;
    if (raw[p] >> 62 && !zero[p]) {  // present or swapped out
      uint64_t number = raw[p] >> 63 && sees_frames ? raw[p] & ((1ull << 55) - 1) : 0;
      uint32_t bits = IS_PRESENT;
      if (raw[p] >> 61 & 1)
        bits |= IS_FILE;
      else if (raw[p] >> 56 & 1)
        bits |= IS_EXCLUSIVE;
      if (number != 0) {
        struct frame *frame = frame_of(number);
        if (!frame->listed) {
          frame->listed = 1;
          listed[listed_count++] = number;
        }
        if (frame->round != round_now) {
          frame->round = round_now;
          frame->held = bits & IS_FILE ? 1 : 0;
          frame->marked = !frame->held && sees_marks && (kernel_word(flags_fd, number) >> 34 & 1);
        }
        if (frame->marked && space->ranges.access[p] & PROT_WRITE) bits |= IS_WRITABLE;
      }
      entry = number << 4 | bits;
    }
    if (entry != space->entries[p]) changed = 1;
    space->entries[p] = entry;
  }
  if (changed) space->version++;
  return changed;
}

static void print_entries(const struct space *space) {
  for (int p = 0; p < HEADER->pages; p++) {
    uint64_t entry = space->entries[p];
    if (entry == 0) continue;
    cc_text(" ");
    cc_number((uint64_t)p);
    cc_text(":");
    if (entry >> 4)
      cc_number(entry >> 4);
    else
      cc_text("?");
    cc_text(":");
    if (entry & IS_WRITABLE) cc_text("w");
    if (entry & IS_EXCLUSIVE) cc_text("e");
    if (!(entry & (IS_WRITABLE | IS_EXCLUSIVE))) cc_text("-");
  }
}

// Lists frames whose count changed. One that nothing of ours maps any more may belong to anybody: its count is unknown,
// unless it is the page cache's, which keeps it.
static void print_frames(void) {
  int any = 0, kept = 0;
  for (int i = 0; i < listed_count; i++) {
    struct frame *frame = frame_of(listed[i]);
    int mapped = frame->round == round_now;
    int64_t count = mapped && sees_counts && !frame->held ? (int64_t)kernel_word(count_fd, frame->number) : -1;
    if (count != frame->count || frame->held != frame->told || (!mapped && !frame->held)) {
      cc_text(any ? " " : " ; f ");
      any = 1;
      cc_number(frame->number);
      cc_text(":");
      if (count < 0)
        cc_text("?");
      else
        cc_number((uint64_t)count);
      cc_text(frame->held ? ":?:1" : ":?:0");
      frame->count = count;
      frame->told = frame->held;
    }
    if (mapped)
      listed[kept++] = listed[i];
    else
      frame->listed = 0;
  }
  listed_count = kept;
  if (used <= KNOWN / 2) return;
  static struct frame left[SLOTS * PAGES];
  for (int i = 0; i < kept; i++) left[i] = *frame_of(listed[i]);
  forget_frames();
  for (int i = 0; i < kept; i++) {
    left[i].age = age_now;
    *frame_of(left[i].number) = left[i];
  }
  listed_count = kept;
}

// Finds out what this kernel and these privileges show, on one page of our own.
static void find_out(void) {
  long size = sysconf(_SC_PAGESIZE);
  volatile char *page = mmap(NULL, (size_t)size * 2, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  volatile char *untouched = page + size;
  int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  uint64_t entry = 0, other = 0;
  uint8_t zero = 0;
  page[0] = untouched[0] + 1;
  if (fd >= 0 && pread(fd, &entry, 8, (off_t)((uint64_t)page / (uint64_t)size * 8)) == 8) {
    uint64_t number = entry & ((1ull << 55) - 1);
    sees_exclusive = entry >> 63 && entry >> 56 & 1;
    sees_frames = entry >> 63 && number != 0;
    count_fd = open("/proc/kpagecount", O_RDONLY | O_CLOEXEC);
    flags_fd = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
    sees_counts = sees_frames && count_fd >= 0 && kernel_word(count_fd, number) == 1;
    // Bit 34 meant something else, and was clear here, before Linux 5.19.
    sees_marks = sees_frames && flags_fd >= 0 && (kernel_word(flags_fd, number) >> 34 & 1);
  }
  int read_other = fd >= 0 && pread(fd, &other, 8, (off_t)((uint64_t)untouched / (uint64_t)size * 8)) == 8;
  loads_take = read_other && sees_exclusive && other >> 63 && other >> 56 & 1;
  if (loads_take)
    sees_zero = 1;
  else if (sees_frames && read_other) {
    zero_frame = other & ((1ull << 55) - 1);
    sees_zero = zero_frame != 0;
  } else if (fd >= 0)
    sees_zero = find_zero_pages(fd, (uint64_t)untouched, 1, &zero) && zero;
  if (fd >= 0) close(fd);
  munmap((void *)page, (size_t)size * 2);
}

#endif
