// Which address a page number of the world stands for.
#ifndef LAYOUT_H
#define LAYOUT_H

#include "processes.h"

#define TOP (1ull << 38)
#define NOWHERE 0x40000000ull
#define MIB (1ull << 20)

static int is_heap(char letter) { return letter == 'h' || letter == 'k'; }

static const struct image *image_of(const struct process *process) { return &co->image[entry_of(process)->image]; }

// Images come in order, all equally long. Returns 0 for one that does not fit the pages we have.
static int set_image(int64_t number, const char *letters) {
  int length = (int)strlen(letters), data = 0, bss = 0, heap = 0, room = 0, text = 0, rodata = 0, stack = 0, guard = 0;
  if (number != co->images || number >= MOST_IMAGES || length < 1 || length >= MOST_PAGES) return 0;
  if (number > 0 && length != co->pages) return 0;
  struct image *image = &co->image[number];
  for (int i = 0; i < length; i++) {
    char letter = letters[i];
    if (letter == 't') text++;
    else if (letter == 'r') rodata++;
    else if (letter == 'd' && data++ == 0) image->first_data = (uint8_t)i;
    else if (letter == 'b' && bss++ == 0) image->first_bss = (uint8_t)i;
    else if (letter == 's') stack++;
    else if (letter == 'g') guard++;
    if (is_heap(letter) && room++ == 0) image->first_heap = (uint8_t)i;
    heap += letter == 'h';
  }
  if (text > 1 || rodata > 1 || data > 6 || bss > 6 || stack > 1 || guard > 1) return 0;
  image->data = (uint8_t)data;
  image->heap = (uint8_t)heap;
  image->room = (uint8_t)room;
  memcpy(image->letters, letters, (size_t)length + 1);
  co->pages = length;
  co->images++;
  return 1;
}

static uint64_t birth_of(uint64_t identity, int number) {
  const struct image *image = &co->image[number];
  return BIRTH(identity, image->first_data, image->data, image->heap);
}

static uint64_t edge(const struct process *process, int which) {
  uint64_t size = process->heap + (uint64_t)entry_of(process)->heap * PAGE;
  switch (which) {
    case 0: return 0;                                  // null
    case 1: return size;
    case 2: return TOP - 1;                            // max-1
    case 3: return TOP;                                // max
    case 4: return TOP + 16 * MIB;                     // beyond
    case 5: return size + 16 * MIB;                    // hole
    case 6: return 0x10000000;                         // device
    case 7: return 0x80000000;                         // kernel
    case 8: return (1ull << 32) + AT_DATA;  // wide
    case 9: return TOP - 3 * PAGE;                     // below
    case 10: return TOP - 2 * PAGE;                    // trapframe
    case 11: return TOP - PAGE;                        // trampoline
    case 12: return -PAGE;                             // wild
    default: return NOWHERE + (uint64_t)(co->pages + which) * PAGE;
  }
}

// `follows`: of a range that began before this page, so it is none of the edges.
static uint64_t address_of(const struct process *process, int page, int offset, int follows) {
  const struct image *image = image_of(process);
  uint64_t from = (uint64_t)offset;
  if (page >= co->pages) return from + (follows ? NOWHERE + (uint64_t)page * PAGE : edge(process, page - co->pages));
  switch (image->letters[page]) {
    case 't': return from + AT_TEXT;
    case 'r': return from + AT_RODATA;
    case 'd': return from + AT_DATA + (uint64_t)(page - image->first_data) * PAGE;
    case 'b': return from + AT_BSS + (uint64_t)(page - image->first_bss) * PAGE;
    case 'h':
    case 'k': return from + process->heap + (uint64_t)(page - image->first_heap) * PAGE;
    case 'g': return from + AT_GUARD;
    case 's': return from + process->stack;
    default: return from + NOWHERE + (uint64_t)page * PAGE;
  }
}

static int writable(const struct process *process, int page) {
  const struct image *image = image_of(process);
  if (page >= co->pages) return 0;
  char letter = image->letters[page];
  if (is_heap(letter)) return page - image->first_heap < entry_of(process)->heap;
  return letter == 'd' || letter == 'b' || letter == 's';
}

// How many of the first bytes of a range have addresses one after the other.
static int stretch(const struct process *process, int page, int offset, int length, int follows) {
  if (page >= co->pages) return length;
  int bytes = (int)PAGE - offset;
  for (uint64_t next = address_of(process, page++, 0, follows) + PAGE; bytes < length; next += PAGE, bytes += (int)PAGE)
    if (address_of(process, page++, 0, 1) != next) break;
  return bytes < length ? bytes : length;
}

// How many of the first bytes of a range a store may change.
static int good(const struct process *process, int page, int offset, int length) {
  int bytes = -offset;
  for (; bytes < length && writable(process, page); page++) bytes += (int)PAGE;
  return bytes < 0 ? 0 : bytes < length ? bytes : length;
}

#endif
