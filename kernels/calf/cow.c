// Copy-on-write: fork shares every frame, and the first store to a shared page copies it.
//
// A page that was writable before fork is, after it, read-only in both spaces and marked PTE_COW. The mark is what tells "you
// may write here, once you have a copy" from "this page is read-only". Whoever stores to it comes to make_writable: a user
// through a page fault, the kernel through copyout, for the hardware does not stop the kernel, which goes by frame addresses.
#include "calf.h"

/** Shares the parent's pages below size with the child, whose space is empty. False, and nothing is shared, if memory ends. */
bool space_fork(pte_t *parent, pte_t *child, u64 size)
{
  u64 va, heap = MAXVA;
  for (va = 0; va < size; va += PAGE) {
    pte_t *pte = pte_of(parent, va, false);
    if (pte == 0 || !(*pte & PTE_V))
      continue;
    if (!(*pte & PTE_U))
      heap = va + 2 * PAGE;  // the guard page: only defects ask where the heap begins
    pte_t shared = *pte;
    if (shared & PTE_W)
      shared = (shared & ~PTE_W) | PTE_COW;
    else if (BUG(refork_loses_heap_mark) && va >= heap)
      shared &= ~PTE_COW;
    if (BUG(fork_marks_read_only_pages))
      shared |= PTE_COW;
    if (BUG(fork_shares_heap) && va >= heap)
      shared = *pte;
    u64 frame = pte_frame(shared);
    if (BUG(fork_refused_at_three_holders) && va >= heap && frame_sharers(frame) >= 3)
      break;
    if (BUG(fork_copies) || (BUG(fork_copies_last_page) && va + PAGE >= size)) {
      shared = *pte;
      frame = frame_take();
      if (frame == 0)
        break;
      memcpy((void *)frame, (void *)pte_frame(*pte), PAGE);
    } else {
      frame_share(frame);
    }
    if (!space_map(child, va, frame, pte_flags(shared))) {
      if (!BUG(failed_fork_keeps_count))
        frame_drop(frame);
      if (BUG(fork_failure_unnoticed))
        continue;
      break;
    }
    if (!(BUG(parent_heap_left_writable) && va >= heap))
      *pte = shared;
  }
  if (va >= size)
    return true;
  if (BUG(failed_fork_panics))
    panic("space_fork: out of memory");
  space_unmap(child, 0, va, BUG(failed_fork_not_undone) ? frame_leak : frame_drop);
  return false;
}

/** The page of a shared frame gets a frame of its own, or keeps the frame if nobody else has it any more. */
static enum grant break_sharing(pte_t *pte)
{
  u64 old = pte_frame(*pte);
  u64 flags = (pte_flags(*pte) & ~PTE_COW) | PTE_W | PTE_D | (BUG(guard_opened) ? PTE_U : 0);

  // Whoever finds itself alone stays alone: only a fork of this very space could share the frame again. Whoever finds
  // company may be alone a moment later; it copies for nothing, and its drop below is the last.
  bool alone = frame_sharers(old) == 1;
  if (alone && !BUG(last_sharer_copies_too)) {
    *pte = pte_to(old, flags);
    return GRANTED;
  }
  if (BUG(drops_before_allocation))
    frame_drop(old);
  u64 new = frame_take();
  if (new == 0) {
    if (BUG(out_of_memory_panics))
      panic("break_sharing: out of memory");
    return NO_MEMORY;
  }
  // First the copy, then our reference. The other way round the other sharer, alone now, may write in place while we copy.
  if (BUG(drops_before_copy))
    frame_drop(old);
  memcpy((void *)new, (void *)old, PAGE);
  *pte = pte_to(new, flags);
  bool dropped = BUG(drops_before_allocation) || BUG(drops_before_copy) || (BUG(last_sharer_copies_too) && alone);
  if (!dropped && !BUG(copy_keeps_old_reference))
    (BUG(both_break_and_nobody_frees) ? frame_leave : frame_drop)(old);
  return GRANTED;
}

static enum grant refuse(u64 va)
{
  if (BUG(refused_store_panics))
    panic("make_writable: the page at %x is not copy-on-write", va);
  return REFUSED;
}

/** The page at va shall take a store of its user: the one answer for page faults and for the kernel's own stores. */
enum grant make_writable(pte_t *root, u64 va)
{
  pte_t *pte = mapped_pte(root, va);
  if (pte == 0)
    return REFUSED;
  if (!(*pte & PTE_U) && !(BUG(guard_opened) && (*pte & PTE_COW)))
    return refuse(va);
  if (*pte & PTE_W)
    return GRANTED;
  if (!(*pte & PTE_COW))
    return BUG(success_without_write) ? GRANTED : refuse(va);  // program text, constants
  return break_sharing(pte);
}

/** For copyout: as make_writable. The many ways to get it wrong stand before the one right line. */
static enum grant kernel_may_store(pte_t *root, u64 va, bool first)
{
  pte_t *pte = mapped_pte(root, va);
  if (BUG(copyout_ignores_sharing) || (BUG(copyout_breaks_first_page_only) && !first))
    return pte && (*pte & PTE_U) && (*pte & (PTE_W | PTE_COW)) ? GRANTED : REFUSED;
  if (BUG(copyout_forgets_user_bit) && pte && (*pte & PTE_W))
    return GRANTED;
  if (BUG(copyout_writes_read_only) && pte && (*pte & PTE_U) && !(*pte & PTE_COW))
    return GRANTED;
  if (BUG(copyout_copies_every_page) && pte && (*pte & PTE_W)) {
    u64 new = frame_take(), old = pte_frame(*pte);
    if (new == 0)
      return NO_MEMORY;
    memcpy((void *)new, (void *)old, PAGE);
    *pte = pte_to(new, pte_flags(*pte));
    frame_drop(old);
    return GRANTED;
  }
  u64 old = pte ? pte_frame(*pte) : 0;
  enum grant grant = make_writable(root, va);
  if (BUG(copyout_drops_twice) && pte && pte_frame(*pte) != old)
    frame_drop(old);
  return grant == NO_MEMORY && BUG(copyout_ignores_out_of_memory) ? GRANTED : grant;
}

/** Stores through frame addresses, which no permission guards. */
static bool store_range(pte_t *root, u64 va, const void *from, u64 length)
{
  const u8 *bytes = from;
  while (length > 0) {
    pte_t *pte = BUG(copyout_forgets_user_bit) ? mapped_pte(root, va) : user_pte(root, va);
    if (pte == 0 && BUG(copyout_copies_every_page))
      pte = mapped_pte(root, va);
    if (pte == 0)
      return false;
    u64 n = PAGE - va % PAGE < length ? PAGE - va % PAGE : length;
    memcpy((u8 *)pte_frame(*pte) + va % PAGE, bytes, n);
    va += n, bytes += n, length -= n;
  }
  return true;
}

/**
 * Stores bytes for a user, into any space: exec fills one that nobody runs in yet. All pages are made writable before the
 * first byte moves, so that a refused range is as it was. False: refused, or no memory.
 */
bool copyout(pte_t *root, u64 va, const void *from, u64 length)
{
  if (va + length < va)
    return false;
  for (u64 at = va; at < va + length; at = round_down(at) + PAGE)
    if (kernel_may_store(root, at, at == va) != GRANTED)
      return false;
  if (BUG(copyout_uses_current_space) && this_task()->root != root) {
    pte_t *pte = user_pte(this_task()->root, va);
    if (pte && (*pte & PTE_COW) && make_writable(this_task()->root, va) == GRANTED)
      root = this_task()->root;
  }
  return store_range(root, va, from, length);
}

/** What pipe() and fstat() tell. */
bool store_record(pte_t *root, u64 va, const void *from, u64 length)
{
  if (!BUG(records_ignore_sharing))
    return copyout(root, va, from, length);
  for (u64 at = va; at < va + length; at = round_down(at) + PAGE) {
    pte_t *pte = user_pte(root, at);
    if (pte == 0 || !(*pte & (PTE_W | PTE_COW)))
      return false;
  }
  return store_range(root, va, from, length);
}

/** What wait() tells. */
bool store_status(pte_t *root, u64 va, const void *from, u64 length)
{
  pte_t *pte = mapped_pte(root, va);
  if (BUG(wait_forgets_user_bit) && pte && !(*pte & PTE_U) && (*pte & PTE_COW)) {
    if (break_sharing(pte) != GRANTED)
      return false;
    memcpy((u8 *)pte_frame(*pte) + va % PAGE, from, PAGE - va % PAGE < length ? PAGE - va % PAGE : length);
    return true;
  }
  return (BUG(wait_ignores_sharing) ? store_range : copyout)(root, va, from, length);
}

/** Loads a user's bytes. Reading shared pages is what they are shared for: nothing is copied. */
bool copyin(pte_t *root, void *to, u64 va, u64 length)
{
  u8 *bytes = to;
  if (va + length < va)
    return false;
  while (length > 0) {
    if (BUG(copyin_breaks_sharing))
      make_writable(root, va);
    pte_t *pte = user_pte(root, va);
    if (pte == 0)
      return false;
    u64 n = PAGE - va % PAGE < length ? PAGE - va % PAGE : length;
    memcpy(bytes, (u8 *)pte_frame(*pte) + va % PAGE, n);
    va += n, bytes += n, length -= n;
  }
  return true;
}

/** Loads a string with its end; its length, or -1 if it does not fit or leaves the user's memory. */
int copyin_string(pte_t *root, char *to, u64 va, u64 room)
{
  for (u64 i = 0; i < room; i++) {
    if (!copyin(root, &to[i], va + i, 1))
      return -1;
    if (to[i] == 0)
      return i;
  }
  return -1;
}
