// Physical frames: a free list through the frames themselves, and for each frame how many page-table entries share it.
//
// One lock guards the list and the counts. That is the point of this file: "am I the last?" and "then I free it" must be one
// step. Two tasks that leave a frame at the same time would otherwise both see the other's reference, and nobody frees it,
// or both see none, and it is freed twice.
#include "calf.h"

struct free_frame { struct free_frame *next; };

struct {
  struct lock lock;
  struct free_frame *free_head;
  u64 free_total;
  u64 first;             // the first frame behind the kernel
  u32 sharers[FRAMES];   // 0: free. By (frame - RAM) / PAGE
} frames = { .lock = { .name = "frames" } };
static struct lock share_lock = { .name = "share" };  // only a defect takes it

extern char kernel_end[];

static u32 *sharers_of(u64 frame)
{
  if (BUG(count_below_memory))
    return &frames.sharers[(long)(frame - frames.first) / (long)PAGE];
  if (frame < frames.first || frame >= MEMORY_END || frame % PAGE)
    panic("frames: %x is not a frame", frame);
  return &frames.sharers[(frame - RAM) / PAGE];
}

/** Only for a frame that nobody refers to; the caller holds the lock. */
static void put_on_free_list(u64 frame)
{
  memset((void *)frame, 0x5c, PAGE);  // so that who still reads it sees that it is gone
  struct free_frame *freed = (struct free_frame *)frame;
  freed->next = frames.free_head;
  frames.free_head = freed;
  frames.free_total++;
}

void frames_init(void)
{
  frames.first = round_up((u64)kernel_end);
  for (u64 frame = MEMORY_END; frame > frames.first; ) {
    frame -= PAGE;
    struct free_frame *freed = (struct free_frame *)frame;
    freed->next = frames.free_head;
    frames.free_head = freed;
    frames.free_total++;
  }
}

/** A frame with one reference and any contents; 0 if there is none left. */
u64 frame_take(void)
{
  lock_take(&frames.lock);
  struct free_frame *taken = frames.free_head;
  if (taken) {
    frames.free_head = taken->next;
    frames.free_total--;
    *sharers_of((u64)taken) = BUG(counts_start_at_two) ? 2 : 1;
  }
  lock_drop(&frames.lock);
  return (u64)taken;
}

/** One more entry refers to the frame. */
void frame_share(u64 frame)
{
  u32 *sharers = sharers_of(frame);
  if (BUG(count_without_lock)) {
    ++*(volatile u32 *)sharers;
    return;
  }
  struct lock *lock = BUG(fork_and_drop_lock_apart) ? &share_lock : &frames.lock;
  lock_take(lock);
  if (*sharers == 0 && !BUG(count_below_memory))
    panic("frames: %x is shared and free", frame);
  ++*(volatile u32 *)sharers;
  lock_drop(lock);
}

static void put_back(u64 frame)
{
  lock_take(&frames.lock);
  put_on_free_list(frame);
  lock_drop(&frames.lock);
}

/** The wrong ways to drop a frame that need a second hart to show. True: this was one. */
static bool drop_wrongly(u64 frame, volatile u32 *sharers)
{
  if (BUG(atomic_drop_asks_later)) {
    __atomic_fetch_sub(sharers, 1, __ATOMIC_SEQ_CST);
    if (*sharers == 0)
      put_back(frame);
    return true;
  }
  if (BUG(asks_and_drops_apart)) {
    bool last = frame_sharers(frame) == 1;
    lock_take(&frames.lock);
    --*sharers;
    if (last)
      put_on_free_list(frame);
    lock_drop(&frames.lock);
    return true;
  }
  if (BUG(freed_before_counted)) {
    lock_take(&frames.lock);
    u32 left = *sharers - 1;
    if (left == 0)
      put_on_free_list(frame);
    else
      *sharers = left;
    lock_drop(&frames.lock);
    if (left == 0)
      *sharers = 0;
    return true;
  }
  return false;
}

/** One entry less refers to the frame; with the last one it is free. */
void frame_drop(u64 frame)
{
  u32 *sharers = sharers_of(frame);
  if (drop_wrongly(frame, sharers))
    return;
  if (BUG(count_without_lock)) {
    u32 left = --*(volatile u32 *)sharers;
    lock_take(&frames.lock);
    if (left == 0)
      put_on_free_list(frame);
    lock_drop(&frames.lock);
    return;
  }
  u32 stale = BUG(count_read_before_lock) ? *(volatile u32 *)sharers : 0;
  lock_take(&frames.lock);
  if (*sharers == 0)
    panic("frames: %x is dropped and free", frame);
  if (BUG(count_read_before_lock))
    *sharers = stale;
  u32 left = --*sharers;
  if (BUG(last_decided_outside_lock)) {
    lock_drop(&frames.lock);
    left = frame_sharers(frame);
    lock_take(&frames.lock);
  }
  if (left == 0)
    put_on_free_list(frame);
  lock_drop(&frames.lock);
}

u32 frame_sharers(u64 frame)
{
  lock_take(&frames.lock);
  u32 sharers = *sharers_of(frame);
  lock_drop(&frames.lock);
  return sharers;
}

// Three wrong ways to give a frame back, for defects: never call them.

void frame_leave(u64 frame)
{
  lock_take(&frames.lock);
  --*sharers_of(frame);
  lock_drop(&frames.lock);
}

void frame_leak(u64 frame)
{
  (void)frame;
}

void frame_discard(u64 frame)
{
  lock_take(&frames.lock);
  *sharers_of(frame) = 0;
  put_on_free_list(frame);
  lock_drop(&frames.lock);
}
