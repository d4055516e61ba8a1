// Address spaces: the kernel's one, and a tree of page tables for each task.
#include "calf.h"

extern char trampoline[];

static pte_t kernel_root[512] __attribute__((aligned(4096)));
static pte_t devices[512] __attribute__((aligned(4096)));
static pte_t top_middle[512] __attribute__((aligned(4096)));
static pte_t top_low[512] __attribute__((aligned(4096)));

// The kernel sees memory where it is, through one huge entry, so that a frame's address is a pointer to it. Of the devices'
// gigabyte only three pieces of 2 MiB are there: above all nothing at 0, for that is where wrong pointers point.
void kernel_space_init(void)
{
  u64 data = PTE_V | PTE_R | PTE_W | PTE_A | PTE_D;
  u64 pieces[] = { CLINT, PLIC, PLIC + (2UL << 20), UART };
  for (u32 i = 0; i < sizeof pieces / sizeof *pieces; i++)
    devices[(pieces[i] >> 21) & 511] = pte_to(pieces[i], data);
  kernel_root[0] = pte_to((u64)devices, PTE_V);
  kernel_root[RAM >> 30] = pte_to(RAM, data | PTE_X);

  // The trampoline has the address here that it has in every space: it goes on running while satp changes under it.
  kernel_root[TRAMPOLINE >> 30] = pte_to((u64)top_middle, PTE_V);
  top_middle[511] = pte_to((u64)top_low, PTE_V);
  top_low[511] = pte_to((u64)trampoline, PTE_V | PTE_R | PTE_X | PTE_A);
}

void kernel_space_enter(void)
{
  flush_translations();
  WRITE_CSR(satp, SATP_SV39 | ((u64)kernel_root >> 12));
  flush_translations();
}

static u64 table_take(void)
{
  u64 table = frame_take();
  if (table)
    memset((void *)table, 0, PAGE);
  return table;
}

/** The lowest entry for va. Without `make` 0 if there is no table for it; with it, 0 if there is no memory for one. */
pte_t *pte_of(pte_t *root, u64 va, bool make)
{
  if (va >= MAXVA)
    panic("pte_of: %x is outside every space", va);
  for (int shift = 30; shift > 12; shift -= 9) {
    pte_t *pte = &root[(va >> shift) & 511];
    if (!(*pte & PTE_V)) {
      u64 table = make ? table_take() : 0;
      if (table == 0)
        return 0;
      *pte = pte_to(table, PTE_V);
    }
    root = (pte_t *)pte_frame(*pte);
  }
  return &root[(va >> 12) & 511];
}

/** The entry for an address that a user chose, so any number at all; 0 if nothing is mapped there. */
pte_t *mapped_pte(pte_t *root, u64 va)
{
  if (!BUG(no_limit_test) && (BUG(limit_off_by_one) ? va > MAXVA : va >= MAXVA))
    return 0;
  pte_t *pte = pte_of(root, va, false);
  if (BUG(absent_table_followed))
    return *pte & PTE_V ? pte : 0;
  if (pte == 0 || !(*pte & PTE_V)) {
    if (BUG(absent_page_panics))
      panic("mapped_pte: nothing is mapped at %x", va);
    return 0;
  }
  return pte;
}

/** The same, if it is the user's: the guard page, the registers and the trampoline are mapped, and are not. */
pte_t *user_pte(pte_t *root, u64 va)
{
  pte_t *pte = mapped_pte(root, va);
  return pte && (*pte & PTE_U) ? pte : 0;
}

/** False if there is no memory for a table; then the caller still owns the frame. */
bool space_map(pte_t *root, u64 va, u64 frame, u64 flags)
{
  pte_t *pte = pte_of(root, va, true);
  if (pte == 0)
    return false;
  if (*pte & PTE_V)
    panic("space_map: something is mapped at %x", va);
  *pte = pte_to(frame, flags | PTE_V | PTE_A | (flags & PTE_W ? PTE_D : 0));
  return true;
}

/** A space with nothing but the two pages at the top. 0: no memory. */
pte_t *space_make(struct registers *registers)
{
  pte_t *root = (pte_t *)table_take();
  if (root == 0)
    return 0;
  if (!space_map(root, TRAMPOLINE, (u64)trampoline, PTE_R | PTE_X) ||
      !space_map(root, REGISTERS, (u64)registers, PTE_R | PTE_W)) {
    space_free(root);
    return 0;
  }
  if (BUG(count_below_memory))
    frame_share((u64)trampoline);
  return root;
}

/** New pages of zeros for the bytes from..to: all of them, or, if memory ends, none and false. */
bool space_grow(pte_t *root, u64 from, u64 to, u64 flags)
{
  for (u64 va = round_up(from); va < to; va += PAGE) {
    u64 frame = frame_take();
    if (frame)
      memset((void *)frame, 0, PAGE);
    if (frame && space_map(root, va, frame, flags | PTE_R | PTE_U))
      continue;
    if (frame)
      frame_drop(frame);
    space_unmap(root, from, va, frame_drop);
    return false;
  }
  return true;
}

/** Takes away the whole pages of the bytes from..to. Pages that are not there are left out. */
void space_unmap(pte_t *root, u64 from, u64 to, void (*give_back)(u64 frame))
{
  for (u64 va = round_up(from); va < to; va += PAGE) {
    pte_t *pte = pte_of(root, va, false);
    if (pte == 0 || !(*pte & PTE_V))
      continue;
    u64 frame = pte_frame(*pte);
    *pte = 0;
    give_back(frame);
  }
}

static void tables_free(pte_t *table, int level)
{
  for (int i = 0; level > 0 && i < 512; i++)
    if (table[i] & PTE_V)
      tables_free((pte_t *)pte_frame(table[i]), level - 1);
  frame_drop((u64)table);
}

/** The tables; the user's pages are unmapped before. The registers' frame is the task's, the trampoline nobody's. */
void space_free(pte_t *root)
{
  tables_free(root, 2);
}
