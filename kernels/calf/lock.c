// Spinlocks. Interrupts stay off on a hart as long as it holds one: a handler that wanted the same lock would wait for ever.
#include "calf.h"

static void push_interrupts_off(void)
{
  bool were_on = interrupts_on();
  interrupts_disable();
  struct hart *hart = this_hart();
  if (hart->depth++ == 0)
    hart->were_on = were_on;
}

static void pop_interrupts_off(void)
{
  struct hart *hart = this_hart();
  if (interrupts_on() || hart->depth < 1)
    panic("lock: a lock was dropped that was not held");
  if (--hart->depth == 0 && hart->were_on)
    interrupts_enable();
}

bool lock_is_mine(struct lock *lock)
{
  return lock->held && lock->holder == this_hart();
}

void lock_take(struct lock *lock)
{
  push_interrupts_off();
  if (lock_is_mine(lock))
    panic("lock: %s is taken twice", lock->name);
  while (__atomic_exchange_n(&lock->held, 1, __ATOMIC_ACQUIRE))
    ;
  lock->holder = this_hart();
}

void lock_drop(struct lock *lock)
{
  if (!lock_is_mine(lock))
    panic("lock: %s is dropped by another", lock->name);
  lock->holder = 0;
  __atomic_store_n(&lock->held, 0, __ATOMIC_RELEASE);
  pop_interrupts_off();
}
