// What each address space should have mapped, by what was asked of the kernel so far; and which ranges an op takes.
//
// The kernel's errno does not tell a hole from a lack of memory, and its page tables do not tell the access asked for.
// So the coordinator keeps a byte a page: the access, and MAPPED. It decides on nothing that the kernel can decide.
#ifndef RANGES_H
#define RANGES_H

#include "mailbox.h"

#define MAPPED 0x80

struct ranges {
  uint8_t access[PAGES];  // 0: not mapped
  int heap;               // pages of the heap: where sbrk goes on
};

struct range {
  int page, pages;
  int mapping, access;  // of mmap and mprotect
};

static int is_heap(char letter) { return letter == 'h' || letter == 'k'; }

static void set_range(struct ranges *ranges, int page, int pages, int value) {
  memset(ranges->access + page, value, (size_t)pages);
}

// What a fresh image has.
static void image_ranges(struct ranges *ranges, const char *layout) {
  memset(ranges, 0, sizeof *ranges);
  for (int p = 0; layout[p]; p++) {
    if (strchr("trdbhs", layout[p]) == NULL) continue;
    ranges->access[p] = MAPPED | PROT_READ;
    if (layout[p] == 't') ranges->access[p] |= PROT_EXEC;
    if (strchr("dbhs", layout[p]) != NULL) ranges->access[p] |= PROT_WRITE;
    ranges->heap += layout[p] == 'h';
  }
}

// Pages from `page` on that are mapped without a hole, `pages` at most.
static int mapped_before_hole(const struct ranges *ranges, int page, int pages) {
  int count = 0;
  while (count < pages && page + count < HEADER->pages && ranges->access[page + count] != 0) count++;
  return count;
}

static int all_writable(const struct ranges *ranges, int page, uint64_t bytes) {
  uint64_t pages = (bytes + (uint64_t)HEADER->page - 1) / (uint64_t)HEADER->page;
  for (uint64_t p = (uint64_t)page; p < (uint64_t)page + pages; p++)
    if (p >= (uint64_t)HEADER->pages || !(ranges->access[p] & PROT_WRITE)) return 0;
  return 1;
}

static int first_letter(const char *layout, const char *letters) {
  int p = (int)strcspn(layout, letters);
  return layout[p] ? p : -1;
}

// Is the kernel to be asked? Ranges that leave the layout might be the agent's own.
static int takes_range(const struct ranges *ranges, enum op op, const char *layout, struct range *range) {
  int last = range->page + range->pages;
  if (op == SBRK) {
    int start = first_letter(layout, "hk"), room = 0;
    for (int p = 0; layout[p]; p++) room += is_heap(layout[p]);
    int end = ranges->heap + range->pages;
    if (end < 0 || end > room) return 0;
    range->page = start + (range->pages > 0 ? ranges->heap : end);
    return 1;
  }
  if (range->page >= HEADER->pages) return 0;
  if (op == MUNMAP) return last <= HEADER->pages;
  if (op != MMAP) return 1;
  for (int p = range->page; p < last; p++)
    if (p >= HEADER->pages || layout[p] != 'm') return 0;
  return 1;
}

// The reply after the kernel answered with `error`, and what is mapped from now on; NULL where it has no reply.
static const char *settle(struct ranges *ranges, enum op op, const struct range *range, int error) {
  int hole = mapped_before_hole(ranges, range->page, range->pages) < range->pages;
  if (error == 0) {
    if (op == MMAP || op == MPROTECT) {
      int known = range->page + range->pages > HEADER->pages ? HEADER->pages - range->page : range->pages;
      set_range(ranges, range->page, known, MAPPED | range->access);
    } else if (op == MUNMAP)
      set_range(ranges, range->page, range->pages, 0);
    else if (op == SBRK) {
      ranges->heap += range->pages;
      set_range(ranges, range->page, abs(range->pages), range->pages > 0 ? MAPPED | PROT_READ | PROT_WRITE : 0);
    }
    return "ok";
  }
  if (op == MMAP && error == EEXIST) return "refused range";
  if (error != ENOMEM) return NULL;
  if ((op == MPROTECT || op == MADVISE) && hole) {
    if (op == MPROTECT)
      set_range(ranges, range->page, mapped_before_hole(ranges, range->page, range->pages), MAPPED | range->access);
    return "refused range";
  }
  return "refused memory";
}

#endif
