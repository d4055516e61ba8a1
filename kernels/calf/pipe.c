// Pipes: a ring of 512 bytes. Ranges are moved, not single bytes, so that a read of a pipe is a kernel write of a range.
// What cannot be stored stays in the pipe. Pipes live in a table: they take no frames.
#include "calf.h"

#define PIPES 64
#define ROOM 512u

struct pipe {
  struct lock lock;
  bool used, read_open, write_open;
  u32 read, written;  // in all; the difference is what is inside
  u8 ring[ROOM];
};

static struct pipe pipes[PIPES];
static struct lock table = { .name = "pipes" };

bool pipe_make(struct file **reader, struct file **writer)
{
  struct pipe *pipe = 0;
  lock_take(&table);
  for (int i = 0; i < PIPES && pipe == 0; i++)
    if (!pipes[i].used)
      pipe = &pipes[i];
  if (pipe)
    pipe->used = true;
  lock_drop(&table);
  if (pipe == 0)
    return false;

  pipe->lock.name = "pipe";
  pipe->read_open = pipe->write_open = true;
  pipe->read = pipe->written = 0;
  *reader = file_new(PIPE, true, false);
  *writer = file_new(PIPE, false, true);
  if (*reader)
    (*reader)->pipe = pipe;
  if (*writer)
    (*writer)->pipe = pipe;
  if (*reader && *writer)
    return true;
  if (*reader)
    file_close(*reader);
  else
    pipe_close(pipe, false);
  if (*writer)
    file_close(*writer);
  else
    pipe_close(pipe, true);
  return false;
}

void pipe_close(struct pipe *pipe, bool writer)
{
  lock_take(&pipe->lock);
  if (writer)
    pipe->write_open = false;
  else
    pipe->read_open = false;
  bool last = !pipe->read_open && !pipe->write_open;
  wake(pipe);
  lock_drop(&pipe->lock);
  if (last) {
    lock_take(&table);
    pipe->used = false;
    lock_drop(&table);
  }
}

static u32 least(u64 a, u32 b, u32 c)
{
  u32 n = b < c ? b : c;
  return a < n ? a : n;
}

/** Waits for the first byte, not for all; even if none is asked for. 0 at the end, -1 if nothing could be stored. */
long pipe_read(struct pipe *pipe, u64 va, long length)
{
  struct task *task = this_task();
  long done = 0;
  lock_take(&pipe->lock);
  while (pipe->read == pipe->written && pipe->write_open) {
    if (task->killed) {
      lock_drop(&pipe->lock);
      return -1;
    }
    sleep_on(pipe, &pipe->lock);
  }
  // One range, wherever the ring ends: what a read does must not depend on where earlier ones left off.
  u8 range[ROOM];
  u32 n = least(length, pipe->written - pipe->read, ROOM);
  for (u32 i = 0; i < n; i++)
    range[i] = pipe->ring[(pipe->read + i) % ROOM];
  if (copyout(task->root, va, range, n)) {
    pipe->read += n;
    done = n;
  } else {
    done = -1;
  }
  wake(pipe);
  lock_drop(&pipe->lock);
  return done;
}

/** Waits until all is inside. -1 without a reader, or if nothing could be loaded. */
long pipe_write(struct pipe *pipe, u64 va, long length)
{
  struct task *task = this_task();
  long done = 0;
  lock_take(&pipe->lock);
  while (done < length) {
    if (!pipe->read_open || task->killed) {
      done = -1;
      break;
    }
    if (pipe->written - pipe->read == ROOM) {
      wake(pipe);
      sleep_on(pipe, &pipe->lock);
      continue;
    }
    u32 at = pipe->written % ROOM;
    u32 n = least(length - done, ROOM - (pipe->written - pipe->read), ROOM - at);
    if (!copyin(task->root, &pipe->ring[at], va + done, n)) {
      if (done == 0)
        done = -1;
      break;
    }
    pipe->written += n;
    done += n;
  }
  wake(pipe);
  lock_drop(&pipe->lock);
  return done;
}
