// System calls: the number in a7, arguments in a0.., the result in a0. Numbers and meaning are those that teaching kernels of
// this family share, so that their programs run here.
#include "calf.h"

static u64 arg(int i)
{
  return this_task()->regs->x[A0 + i];
}

static int lowest_free(void)
{
  struct task *task = this_task();
  for (int i = 0; i < FILES_PER_TASK; i++)
    if (task->files[i] == 0)
      return i;
  return -1;
}

static struct file *file_of(u64 descriptor)
{
  return descriptor < FILES_PER_TASK ? this_task()->files[descriptor] : 0;
}

static long descriptor_for(struct file *file)
{
  int lowest = file ? lowest_free() : -1;
  if (lowest >= 0)
    this_task()->files[lowest] = file;
  else if (file)
    file_close(file);
  return lowest;
}

static long sys_exit(void) { task_exit((int)arg(0)); }
static long sys_fork(void) { return task_fork(); }
static long sys_wait(void) { return task_wait(arg(0)); }
static long sys_kill(void) { return task_kill((int)arg(0)); }
static long sys_getpid(void) { return this_task()->id; }

static long sys_read(void)
{
  struct file *file = file_of(arg(0));
  return file ? file_read(file, arg(1), (int)arg(2)) : -1;
}

static long sys_write(void)
{
  struct file *file = file_of(arg(0));
  return file ? file_write(file, arg(1), (int)arg(2)) : -1;
}

static long sys_close(void)
{
  struct file *file = file_of(arg(0));
  if (file == 0)
    return -1;
  this_task()->files[arg(0)] = 0;
  file_close(file);
  return 0;
}

static long sys_dup(void)
{
  struct file *file = file_of(arg(0));
  return file ? descriptor_for(file_hold(file)) : -1;
}

static long sys_fstat(void)
{
  struct file *file = file_of(arg(0));
  return file && file_stat(file, arg(1)) ? 0 : -1;
}

static long sys_open(void)
{
  char name[128];
  if (copyin_string(this_task()->root, name, arg(0), sizeof name) < 0)
    return -1;
  return descriptor_for(file_open(name, (int)arg(1)));
}

static long sys_unlink(void)
{
  char name[128];
  if (copyin_string(this_task()->root, name, arg(0), sizeof name) < 0)
    return -1;
  return node_remove(name) ? 0 : -1;
}

static long sys_pipe(void)
{
  struct file *reader, *writer;
  int ends[2];
  if (!pipe_make(&reader, &writer))
    return -1;
  ends[0] = descriptor_for(reader);
  if (ends[0] < 0) {
    file_close(writer);
    return -1;
  }
  ends[1] = descriptor_for(writer);
  if (ends[1] >= 0 && store_record(this_task()->root, arg(0), ends, sizeof ends))
    return 0;
  for (int i = 0; i < 2; i++)
    if (ends[i] >= 0) {
      file_close(this_task()->files[ends[i]]);
      this_task()->files[ends[i]] = 0;
    }
  return -1;
}

static long sys_exec(void)
{
  char name[128];
  if (copyin_string(this_task()->root, name, arg(0), sizeof name) < 0)
    return -1;
  return exec(name, 0, arg(1));
}

/** Moves the end of the heap by so many bytes; where it was. */
static long sys_sbrk(void)
{
  u64 before = this_task()->size;
  long change = (int)arg(0);
  if (change < 0 && (u64)-change > before)
    return -1;
  return task_resize(before + change) ? (long)before : -1;
}

static long sys_sleep(void)
{
  struct task *task = this_task();
  lock_take(&tick_lock);
  u64 until = ticks + ((int)arg(0) > 0 ? arg(0) : 0);
  while (ticks < until && !task->killed)
    sleep_on(&ticks, &tick_lock);
  lock_drop(&tick_lock);
  return task->killed ? -1 : 0;
}

static long sys_uptime(void)
{
  lock_take(&tick_lock);
  u64 now = ticks;
  lock_drop(&tick_lock);
  return now;
}

static long (*const calls[])(void) = {
  [1] = sys_fork, [2] = sys_exit, [3] = sys_wait, [4] = sys_pipe, [5] = sys_read, [6] = sys_kill, [7] = sys_exec,
  [8] = sys_fstat, [10] = sys_dup, [11] = sys_getpid, [12] = sys_sbrk, [13] = sys_sleep, [14] = sys_uptime,
  [15] = sys_open, [16] = sys_write, [18] = sys_unlink, [21] = sys_close,
};

void syscall(void)
{
  struct task *task = this_task();
  u64 number = task->regs->x[A7];
  long (*call)(void) = number < sizeof calls / sizeof *calls ? calls[number] : 0;
  if (call == 0)
    print("calf: task %d (%s) made system call %d, which is none\n", task->id, task->name, (int)number);
  task->regs->x[A0] = call ? call() : -1;
}
