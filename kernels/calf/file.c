// Open files: what a descriptor of a task, or of several after fork and dup, leads to.
#include "calf.h"

#define FILES 128

static struct file files[FILES];
static struct lock table = { .name = "files" };

struct file *file_new(enum file_kind kind, bool readable, bool writable)
{
  struct file *file = 0;
  lock_take(&table);
  for (int i = 0; i < FILES && file == 0; i++)
    if (files[i].kind == UNUSED)
      file = &files[i];
  if (file) {
    file->kind = kind;
    file->holders = 1;
    file->readable = readable;
    file->writable = writable;
    file->pipe = 0;
    file->node = 0;
    file->offset = 0;
  }
  lock_drop(&table);
  return file;
}

struct file *file_open(const char *name, int mode)
{
  bool readable = !(mode & O_WRONLY), writable = (mode & (O_WRONLY | O_RDWR)) != 0;
  if (text_equal(name, "console"))
    return file_new(CONSOLE, readable, writable);
  struct node *node = node_open(name, mode);
  if (node == 0)
    return 0;
  struct file *file = file_new(NODE, readable, writable);
  if (file)
    file->node = node;
  else
    node_close(node);
  return file;
}

struct file *file_hold(struct file *file)
{
  lock_take(&table);
  file->holders++;
  lock_drop(&table);
  return file;
}

void file_close(struct file *file)
{
  lock_take(&table);
  bool last = --file->holders == 0;
  struct file was = *file;
  if (last)
    file->kind = UNUSED;
  lock_drop(&table);
  if (last && was.kind == PIPE && was.pipe)
    pipe_close(was.pipe, was.writable);
  if (last && was.kind == NODE)
    node_close(was.node);
}

// The bytes of a file never move, so they are copied outside of the lock: a copyout may take a page's copy, and those of
// different tasks shall not wait for each other. Two who write one file at once may mix; nobody else is touched by that.

static long node_read(struct file *file, u64 va, long length)
{
  lock_take(&table);
  u64 at = file->offset;
  u64 left = file->node->size > at ? file->node->size - at : 0;
  u64 n = (u64)length < left ? (u64)length : left;
  file->offset += n;
  lock_drop(&table);
  if (copyout(this_task()->root, va, file->node->data + at, n))
    return n;
  lock_take(&table);
  file->offset -= n;
  lock_drop(&table);
  return -1;
}

static long node_write(struct file *file, u64 va, long length)
{
  struct node *node = file->node;
  lock_take(&table);
  u64 at = file->offset;
  bool fits = (u64)length <= node->room - at;
  if (fits)
    file->offset += length;
  lock_drop(&table);
  if (!fits || !copyin(this_task()->root, node->data + at, va, length)) {
    lock_take(&table);
    file->offset = at;
    lock_drop(&table);
    return -1;
  }
  lock_take(&table);
  if (node->size < at + length)
    node->size = at + length;
  lock_drop(&table);
  return length;
}

/** Bytes moved; -1 if none could be. */
long file_read(struct file *file, u64 va, long length)
{
  if (!file->readable || length < 0)
    return -1;
  switch (file->kind) {
  case PIPE:
    return pipe_read(file->pipe, va, length);
  case CONSOLE:
    return console_read(va, length);
  default:
    return node_read(file, va, length);
  }
}

long file_write(struct file *file, u64 va, long length)
{
  if (!file->writable || length < 0)
    return -1;
  switch (file->kind) {
  case PIPE:
    return pipe_write(file->pipe, va, length);
  case CONSOLE:
    return console_write(va, length);
  default:
    return node_write(file, va, length);
  }
}

/** Pipes have nothing to tell. */
bool file_stat(struct file *file, u64 va)
{
  struct { int device; u32 number; short type, names; u64 size; } stat = { 1, 1, 2, 1, 0 };
  if (file->kind == PIPE)
    return false;
  if (file->kind == CONSOLE)
    stat.type = 3;
  else
    stat.size = file->node->size;
  return store_record(this_task()->root, va, &stat, sizeof stat);
}
