// The scheduler: one loop a hart, round-robin over the table of tasks; and sleep and wake.
//
// sched.lock is held across context_switch. Who switches away takes it, whoever runs next drops it: so no other hart can pick
// up a task whose registers are only half saved.
#include "calf.h"

struct hart harts[HARTS];
struct sched sched = { .lock = { .name = "sched" } };

/** Only right while interrupts are off: the task may else go on at another hart. */
struct hart *this_hart(void)
{
  return &harts[hart_id()];
}

struct task *this_task(void)
{
  bool were_on = interrupts_on();
  interrupts_disable();
  struct task *task = this_hart()->task;
  if (were_on)
    interrupts_enable();
  return task;
}

static struct task *next_ready(struct hart *hart)
{
  for (int i = 0; i < TASKS; i++) {
    struct task *task = &tasks[(hart->next + i) % TASKS];
    if (task->state == READY) {
      hart->next = task - tasks + 1;
      return task;
    }
  }
  return 0;
}

void schedule(void)
{
  struct hart *hart = this_hart();
  u32 me = 1u << hart_id();
  for (;;) {
    interrupts_enable();  // a device that waits is served here
    lock_take(&sched.lock);
    struct task *task = next_ready(hart);
    if (task) {
      task->state = RUNNING;
      hart->task = task;
      context_switch(&hart->context, &task->context);
      hart->task = 0;
      lock_drop(&sched.lock);
      continue;
    }
    // The bit is set before the lock is dropped, so whoever makes a task ready from now on rings. An interrupt that comes
    // before wfi is pending there, and wfi falls through: it must not be taken in between, so they are off.
    __atomic_fetch_or(&sched.idle, me, __ATOMIC_RELAXED);
    hart->were_on = false;  // so that this leaves interrupts off
    lock_drop(&sched.lock);
    __asm__ volatile("wfi");
    __atomic_fetch_and(&sched.idle, ~me, __ATOMIC_RELAXED);
  }
}

/** Caller holds sched.lock. One idle hart is rung; if that finds nothing, another took the task already. */
void make_ready(struct task *task)
{
  task->state = READY;
  u32 idle = __atomic_load_n(&sched.idle, __ATOMIC_RELAXED) & ~(1u << hart_id());
  if (idle) {
    u32 hart = 0;
    while (!(idle >> hart & 1))
      hart++;
    __atomic_fetch_and(&sched.idle, ~(1u << hart), __ATOMIC_RELAXED);
    ring(hart);
  }
}

/** The caller holds sched.lock, and no other lock, and has said in task->state why it stops. */
void switch_away(void)
{
  struct hart *hart = this_hart();
  if (!lock_is_mine(&sched.lock) || hart->depth != 1)
    panic("a task sleeps with a lock in its hands");
  bool were_on = hart->were_on;  // belongs to the task, not to the hart
  context_switch(&hart->task->context, &hart->context);
  this_hart()->were_on = were_on;
}

void yield(void)
{
  lock_take(&sched.lock);
  this_hart()->task->state = READY;
  switch_away();
  lock_drop(&sched.lock);
}

/**
 * Until wake(what), or a kill: so the caller looks again at what it waits for, and at task->killed. The guard protects that
 * condition; it is dropped only once sched.lock is held, which wake needs too: no wake is lost in between.
 */
void sleep_on(void *what, struct lock *guard)
{
  if (guard != &sched.lock) {
    lock_take(&sched.lock);
    lock_drop(guard);
  }
  struct task *task = this_hart()->task;
  if (!task->killed) {
    task->waiting_on = what;
    task->state = ASLEEP;
    switch_away();
    task->waiting_on = 0;
  }
  if (guard != &sched.lock) {
    lock_drop(&sched.lock);
    lock_take(guard);
  }
}

/** Caller holds sched.lock. */
void wake_held(void *what)
{
  for (int i = 0; i < TASKS; i++)
    if (tasks[i].state == ASLEEP && tasks[i].waiting_on == what)
      make_ready(&tasks[i]);
}

void wake(void *what)
{
  lock_take(&sched.lock);
  wake_held(what);
  lock_drop(&sched.lock);
}
