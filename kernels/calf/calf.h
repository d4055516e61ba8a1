// Everything that one part of calf may know about another. Each part is a file; its comment there says why it is as it is.
#pragma once
#include "riscv.h"
#include "defects.h"

#define HARTS 8
#define TASKS 64
#define FILES_PER_TASK 16
#define STACK 8192UL       // of a task inside the kernel, and of a hart's scheduler
#define NAME 24

// The user's view, from the top: the trampoline, the page of saved registers, and from 0 up: image, guard, stack, heap.
#define TRAMPOLINE (MAXVA - PAGE)
#define REGISTERS (TRAMPOLINE - PAGE)

// calf hands out the first 32 MiB only: little enough for the end of memory to be near in every experiment.
// The archive of program images lies behind; the host puts it there (see node.c).
#define MEMORY_END (RAM + (32UL << 20))
#define ARCHIVE (RAM + (64UL << 20))
#define FRAMES ((MEMORY_END - RAM) / PAGE)

// lock.c
struct lock {
  u32 held;
  const char *name;
  struct hart *holder;
};
void lock_take(struct lock *);
void lock_drop(struct lock *);
bool lock_is_mine(struct lock *);

// sched.c
struct context { u64 ra, sp, s[12]; };  // what a function call preserves; see context_switch in trap.S

struct hart {
  struct task *task;      // that runs here, 0 in the scheduler
  struct context context; // of the scheduler
  int depth;              // locks held: interrupts stay off while there are any
  bool were_on;           // were interrupts on before the first of them?
  u32 next;               // where in the table the search for a ready task goes on
};
extern struct hart harts[HARTS];
extern struct sched { struct lock lock; u32 idle; int last_id; } sched;
struct hart *this_hart(void);
struct task *this_task(void);
void schedule(void) __attribute__((noreturn));
void make_ready(struct task *);
void switch_away(void);
void yield(void);
void sleep_on(void *what, struct lock *guard);
void wake(void *what);
void wake_held(void *what);
void context_switch(struct context *from, struct context *to);

// task.c
struct registers {  // of a user, while the kernel works for it: one page, mapped at REGISTERS in its space
  u64 x[32];        // x[0] is always 0 and never stored
  u64 pc;
  u64 kernel_satp, kernel_sp, kernel_trap, hart;
};
enum { SP = 2, A0 = 10, A1, A2, A7 = 17 };

enum task_state { FREE, NEW, READY, RUNNING, ASLEEP, DEAD };

struct task {
  enum task_state state;  // this, parent, waiting_on, killed and status are guarded by sched.lock
  int id;
  struct task *parent;
  void *waiting_on;
  bool killed;
  int status;
  pte_t *root;            // from here on the task's own: nobody else touches it
  u64 size;               // bytes of the image, guard, stack and heap
  struct registers *regs;
  u8 *stack;
  struct context context;
  struct file *files[FILES_PER_TASK];
  char name[NAME];
};
extern struct task tasks[TASKS];
void tasks_init(void);
void first_task(void);
int task_fork(void);
void task_exit(int status) __attribute__((noreturn));
int task_wait(u64 status_at);
int task_kill(int id);
bool task_resize(u64 size);

// frames.c: physical pages, named by their address. 0 is no frame.
void frames_init(void);
u64 frame_take(void);
void frame_share(u64 frame);
void frame_drop(u64 frame);
u32 frame_sharers(u64 frame);
void frame_leave(u64 frame);
void frame_leak(u64 frame);
void frame_discard(u64 frame);

// vm.c: address spaces
void kernel_space_init(void);
void kernel_space_enter(void);
pte_t *pte_of(pte_t *root, u64 va, bool make);
pte_t *mapped_pte(pte_t *root, u64 va);
pte_t *user_pte(pte_t *root, u64 va);
pte_t *space_make(struct registers *);
bool space_map(pte_t *root, u64 va, u64 frame, u64 flags);
bool space_grow(pte_t *root, u64 from, u64 to, u64 flags);
void space_unmap(pte_t *root, u64 from, u64 to, void (*give_back)(u64 frame));
void space_free(pte_t *root);

// cow.c: copy-on-write, and the kernel's access to user memory
#define PTE_COW (BUG(cow_bit_is_global) ? PTE_G : PTE_SOFTWARE)
enum grant { REFUSED, GRANTED, NO_MEMORY };
bool space_fork(pte_t *parent, pte_t *child, u64 size);
enum grant make_writable(pte_t *root, u64 va);
bool copyout(pte_t *root, u64 va, const void *from, u64 length);
bool copyin(pte_t *root, void *to, u64 va, u64 length);
int copyin_string(pte_t *root, char *to, u64 va, u64 room);
bool store_record(pte_t *root, u64 va, const void *from, u64 length);
bool store_status(pte_t *root, u64 va, const void *from, u64 length);

// trap.c
extern u64 ticks;
extern struct lock tick_lock;
void trap_enter_hart(void);
void return_to_user(void) __attribute__((noreturn));
void ring(u64 hart);

// node.c: what names lead to. file.c: what descriptors lead to. pipe.c
struct node {
  char name[NAME];
  u8 *data;
  u64 size, room;   // room 0: read-only
  int openings;
  bool named;
};
enum { O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_CREATE = 0x200, O_TRUNC = 0x400 };
void nodes_init(void);
struct node *node_open(const char *name, int mode);
void node_close(struct node *);
bool node_remove(const char *name);

struct pipe;
enum file_kind { UNUSED, CONSOLE, PIPE, NODE };
struct file {
  enum file_kind kind;
  int holders;
  bool readable, writable;
  struct pipe *pipe;
  struct node *node;
  u64 offset;
};
struct file *file_new(enum file_kind, bool readable, bool writable);
struct file *file_open(const char *name, int mode);
struct file *file_hold(struct file *);
void file_close(struct file *);
long file_read(struct file *, u64 va, long length);
long file_write(struct file *, u64 va, long length);
bool file_stat(struct file *, u64 va);
bool pipe_make(struct file **reader, struct file **writer);
void pipe_close(struct pipe *, bool writer);
long pipe_read(struct pipe *, u64 va, long length);
long pipe_write(struct pipe *, u64 va, long length);

// exec.c, syscall.c
int exec(const char *name, char *const *kernel_args, u64 user_args);
void syscall(void);

// console.c
void console_init(void);
void console_interrupt(void);
long console_read(u64 va, long length);
long console_write(u64 va, long length);
void print(const char *format, ...);
void panic(const char *format, ...) __attribute__((noreturn));

// text.c
void *memset(void *, int, u64);
void *memcpy(void *, const void *, u64);
bool text_equal(const char *, const char *);
void text_copy(char *to, const char *from, u64 room);
u64 text_length(const char *);
