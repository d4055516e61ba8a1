// Tasks: how they begin, multiply, end and are buried.
//
// One lock, sched.lock, guards who is whose child and in which state, for all tasks. A dead task keeps its memory until its
// parent waits for it: it dies inside the kernel, on its own kernel stack, and cannot pull that away from under itself.
#include "calf.h"

struct task tasks[TASKS];
static struct task *init;
static u8 stacks[TASKS][STACK] __attribute__((aligned(16)));

void tasks_init(void)
{
  for (int i = 0; i < TASKS; i++)
    tasks[i].stack = stacks[i];
}

/** Where a new task comes out of its first context_switch. */
static void begin(void)
{
  lock_drop(&sched.lock);
  struct task *task = this_task();
  if (task == init) {
    char *args[] = { "init", 0 };
    int count = exec("init", args, 0);
    if (count < 0)
      panic("init cannot be started");
    task->regs->x[A0] = count;
  }
  return_to_user();
}

/** Gives back all that a task has, and its place in the table. Nobody runs it, and nobody finds it: its state is NEW. */
static void bury(struct task *task)
{
  if (task->root) {
    bool keeps = BUG(exit_keeps_pages) || (BUG(killed_task_keeps_pages) && task->killed);
    space_unmap(task->root, 0, task->size, keeps ? frame_leak : frame_drop);
    space_free(task->root);
  }
  if (task->regs)
    frame_drop((u64)task->regs);
  task->root = 0;
  task->regs = 0;
  task->size = 0;
  task->name[0] = 0;
  lock_take(&sched.lock);
  task->parent = 0;
  task->killed = false;
  task->status = 0;
  task->id = 0;
  task->state = FREE;
  lock_drop(&sched.lock);
}

/** A task with an empty space that is not ready yet; 0 if there is no place or no memory. */
static struct task *task_make(void)
{
  struct task *task = 0;
  lock_take(&sched.lock);
  for (int i = 0; i < TASKS && task == 0; i++)
    if (tasks[i].state == FREE)
      task = &tasks[i];
  if (task) {
    task->state = NEW;
    task->id = ++sched.last_id;
  }
  lock_drop(&sched.lock);
  if (task == 0)
    return 0;

  task->regs = (struct registers *)frame_take();
  if (task->regs)
    task->root = space_make(task->regs);
  if (task->root == 0) {
    bury(task);
    return 0;
  }
  memset(task->regs, 0, PAGE);
  memset(&task->context, 0, sizeof task->context);
  task->context.ra = (u64)begin;
  task->context.sp = (u64)task->stack + STACK;
  return task;
}

void first_task(void)
{
  init = task_make();
  if (init == 0)
    panic("no memory for the first task");
  lock_take(&sched.lock);
  make_ready(init);
  lock_drop(&sched.lock);
}

/** The child's id; -1 without a place or memory, and then all is as before. */
int task_fork(void)
{
  struct task *parent = this_task();
  struct task *child = task_make();
  if (child == 0)
    return -1;
  if (!space_fork(parent->root, child->root, parent->size)) {
    bury(child);
    return -1;
  }
  child->size = parent->size;
  memcpy(child->regs, parent->regs, sizeof *child->regs);
  child->regs->x[A0] = 0;
  for (int i = 0; i < FILES_PER_TASK; i++)
    child->files[i] = parent->files[i] ? file_hold(parent->files[i]) : 0;
  text_copy(child->name, parent->name, NAME);
  int id = child->id;
  lock_take(&sched.lock);
  child->parent = parent;
  make_ready(child);
  lock_drop(&sched.lock);
  return id;
}

void task_exit(int status)
{
  struct task *task = this_task();
  if (task == init)
    panic("init ends, with %d", status);
  for (int i = 0; i < FILES_PER_TASK; i++)
    if (task->files[i]) {
      file_close(task->files[i]);
      task->files[i] = 0;
    }
  lock_take(&sched.lock);
  for (int i = 0; i < TASKS; i++)
    if (tasks[i].parent == task) {
      tasks[i].parent = init;
      wake_held(init);
    }
  task->status = status;
  task->state = DEAD;
  wake_held(task->parent);
  switch_away();
  panic("a dead task runs");
}

/** The id of a dead child, whose status is stored at status_at unless that is 0. -1: no child, or nowhere to store. */
int task_wait(u64 status_at)
{
  struct task *task = this_task();
  lock_take(&sched.lock);
  for (;;) {
    bool any = false;
    for (int i = 0; i < TASKS; i++) {
      struct task *child = &tasks[i];
      if (child->parent != task || child->state == NEW)
        continue;
      any = true;
      if (child->state != DEAD)
        continue;
      if (status_at && !store_status(task->root, status_at, &child->status, sizeof child->status)) {
        lock_drop(&sched.lock);
        return -1;  // the child stays, for a better address
      }
      int id = child->id;
      child->state = NEW;
      lock_drop(&sched.lock);
      bury(child);
      return id;
    }
    if (!any || task->killed) {
      lock_drop(&sched.lock);
      return -1;
    }
    sleep_on(task, &sched.lock);
  }
}

/** The victim ends the next time it is about to go back to user mode; a sleeper is woken to get there. */
int task_kill(int id)
{
  int result = -1;
  lock_take(&sched.lock);
  for (int i = 0; i < TASKS; i++) {
    struct task *task = &tasks[i];
    if (task->id != id || task == init || task->state == FREE || task->state == NEW)
      continue;
    task->killed = true;
    if (task->state == ASLEEP)
      make_ready(task);
    result = 0;
  }
  lock_drop(&sched.lock);
  return result;
}

/** For sbrk: the heap ends at size. False: no memory, or no such size. */
bool task_resize(u64 size)
{
  struct task *task = this_task();
  if (size > REGISTERS)
    return false;
  if (size < task->size)
    space_unmap(task->root, size, task->size, BUG(shrink_frees_shared_frames) ? frame_discard : frame_drop);
  else if (!BUG(lazy_heap_unknown_to_kernel) && !space_grow(task->root, task->size, size, PTE_W))
    return false;
  task->size = size;
  return true;
}
