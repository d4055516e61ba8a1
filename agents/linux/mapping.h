// What a worker does to its address space: mmap, munmap, mprotect, sbrk and madvise, one system call each.
#ifndef MAPPING_H
#define MAPPING_H

#include "mailbox.h"

// A system may forbid executable mappings of some kinds. Nothing here ever executes them: then do without.
static int forbidden(int error) { return error == EACCES || error == EPERM; }

static int map_once(const struct slot *me, int protection) {
  static const int kinds[] = {
      [OWN] = MAP_PRIVATE | MAP_ANONYMOUS,
      [SHARED] = MAP_SHARED | MAP_ANONYMOUS,
      [OWN_FILE] = MAP_PRIVATE,
      [SHARED_FILE] = MAP_SHARED,
  };
  int file = me->mapping == OWN_FILE || me->mapping == SHARED_FILE;
  int kind = me->mapping == OWN && HEADER->shared_arena ? kinds[SHARED] : kinds[me->mapping];
  void *got = mmap((void *)me->address, me->size, protection, kind | MAP_FIXED_NOREPLACE, file ? FILE_FD : -1,
                   file ? (off_t)me->file_offset : 0);
  return got == (void *)me->address ? 0 : errno;
}

static int map_pages(const struct slot *me) {
  int error = map_once(me, me->access);
  return forbidden(error) ? map_once(me, me->access & ~PROT_EXEC) : error;
}

static int protect_once(const struct slot *me, int protection) {
  return mprotect((void *)me->address, me->size, protection) < 0 ? errno : 0;
}

static int protect_pages(const struct slot *me) {
  int error = protect_once(me, me->access);
  return forbidden(error) ? protect_once(me, me->access & ~PROT_EXEC) : error;
}

static int unmap_pages(const struct slot *me) { return munmap((void *)me->address, me->size) < 0 ? errno : 0; }

static void change_mapping(struct slot *me) {
  switch (me->op) {
    case MMAP: me->error = map_pages(me); break;
    case MUNMAP: me->error = unmap_pages(me); break;
    case MPROTECT: me->error = protect_pages(me); break;
    case SBRK: me->error = me->grows ? map_pages(me) : unmap_pages(me); break;
    default: me->error = madvise((void *)me->address, me->size, MADV_DONTNEED) < 0 ? errno : 0;
  }
  me->result = me->error == 0 ? DONE : REFUSED;
}

#endif
