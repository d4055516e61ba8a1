// exec: a new image for a task. It is built beside the old one, which goes only when nothing can fail any more.
#include "calf.h"

#define ARGUMENTS 32
#define ARGUMENT 1024

struct elf_header {
  u32 magic;
  u8 rest[12];
  u16 type, machine;
  u32 version;
  u64 entry, segments_at, sections_at;
  u32 flags;
  u16 size, segment_size, segments;
};
struct elf_segment { u32 type, flags; u64 offset, va, pa, file_size, memory_size, alignment; };
enum { MAGIC = 0x464c457f, LOAD = 1, RUN = 1, WRITE = 2 };

/** A byte of the image belongs into a page that space_grow has just made. */
static void fill(pte_t *root, u64 va, const u8 *from, u64 length)
{
  while (length > 0) {
    u64 n = PAGE - va % PAGE < length ? PAGE - va % PAGE : length;
    memcpy((u8 *)pte_frame(*user_pte(root, va)) + va % PAGE, from, n);
    va += n, from += n, length -= n;
  }
}

/** Where the image ends; what was mapped on the way is below it even if `good` turns false. */
static u64 load(pte_t *root, const struct node *node, u64 *entry, bool *good)
{
  const struct elf_header *elf = (const struct elf_header *)node->data;
  u64 size = 0;
  *good = node->size >= sizeof *elf && elf->magic == MAGIC &&
          elf->segments_at + elf->segments * sizeof(struct elf_segment) <= node->size;
  for (int i = 0; *good && i < elf->segments; i++) {
    const struct elf_segment *s = (const struct elf_segment *)(node->data + elf->segments_at) + i;
    if (s->type != LOAD || s->memory_size == 0)
      continue;
    u64 end = s->va + s->memory_size;
    *good = s->file_size <= s->memory_size && s->va % PAGE == 0 && s->va >= size && end >= s->va && end <= REGISTERS &&
            s->offset + s->file_size >= s->offset && s->offset + s->file_size <= node->size &&
            space_grow(root, size, end, (s->flags & RUN ? PTE_X : 0) | (s->flags & WRITE ? PTE_W : 0));
    if (!*good)
      break;
    size = round_up(end);
    fill(root, s->va, node->data + s->offset, s->file_size);
  }
  *entry = *good ? elf->entry : 0;
  return size;
}

/** The i-th argument into text. Its length; -1 if there is none such, -2 if it cannot be loaded. */
static int argument(char *const *kernel_args, u64 user_args, int i, char *text)
{
  u64 at = 0;
  if (kernel_args) {
    if (kernel_args[i] == 0)
      return -1;
    text_copy(text, kernel_args[i], ARGUMENT);
    return text_length(text);
  }
  if (!copyin(this_task()->root, &at, user_args + 8 * i, 8))
    return -2;
  if (at == 0)
    return -1;
  int length = copyin_string(this_task()->root, text, at, ARGUMENT);
  return length < 0 ? -2 : length;
}

/** Lays out strings and pointers below *sp, the top of the stack page. How many there are; -1: too many, or no address. */
static int push_arguments(pte_t *root, u64 *sp, char *const *kernel_args, u64 user_args)
{
  char text[ARGUMENT];
  u64 pointers[ARGUMENTS + 1], bottom = *sp - PAGE;
  int count = 0;
  for (;; count++) {
    int length = argument(kernel_args, user_args, count, text);
    if (length == -1)
      break;
    if (length == -2 || count == ARGUMENTS)
      return -1;
    *sp = (*sp - length - 1) & ~15UL;
    if (*sp < bottom || !copyout(root, *sp, text, length + 1))
      return -1;
    pointers[count] = *sp;
  }
  pointers[count] = 0;
  u64 bytes = (count + 1) * sizeof(u64);
  *sp = (*sp - bytes) & ~15UL;
  if (*sp < bottom || !copyout(root, *sp, pointers, bytes))
    return -1;
  return count;
}

/** The number of arguments, which the new program gets as main's first; -1, and all is as before. */
int exec(const char *name, char *const *kernel_args, u64 user_args)
{
  struct task *task = this_task();
  u64 entry, size = 0, sp;
  bool good;
  int count = -1;
  struct node *node = node_open(name, O_RDONLY);
  if (node == 0)
    return -1;
  pte_t *root = space_make(task->regs);
  if (root) {
    size = load(root, node, &entry, &good);
    // Below the stack page lies one that is mapped and not the user's: a stack that grows too far faults there.
    sp = size + 2 * PAGE;
    if (good && space_grow(root, size, sp, PTE_W)) {
      *pte_of(root, size, false) &= ~PTE_U;
      size = sp;
      count = push_arguments(root, &sp, kernel_args, user_args);
    }
  }
  node_close(node);
  if (count < 0) {
    if (root && !BUG(failed_exec_leaks)) {
      space_unmap(root, 0, size, frame_drop);
      space_free(root);
    }
    return -1;
  }
  pte_t *old = task->root;
  u64 old_size = task->size;
  task->root = root;
  task->size = size;
  task->regs->pc = entry;
  task->regs->x[SP] = sp;
  task->regs->x[A1] = sp;
  text_copy(task->name, node->name, NAME);
  space_unmap(old, 0, old_size, BUG(exec_leaks_old_pages) ? frame_leak : frame_drop);
  space_free(old);
  return count;
}
