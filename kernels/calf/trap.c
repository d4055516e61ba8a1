// Traps: system calls, page faults, and the three interrupts: timer, console, another hart's ring.
#include "calf.h"

#define TICK 100000UL  // of the 10 MHz clock: 10 ms

extern char trampoline[], user_entry[], user_leave[];
void kernel_entry(void);
void trap_from_user(void);

u64 ticks;
struct lock tick_lock = { .name = "ticks" };

/** For each hart, with interrupts off: traps come to the kernel, ticks come, and the console's interrupt may. */
void trap_enter_hart(void)
{
  u64 context = 2 * hart_id() + 1;  // of the PLIC: supervisor mode of this hart
  WRITE_CSR(stvec, kernel_entry);
  *register32(PLIC + 4 * UART_IRQ) = 1;
  *register32(PLIC + 0x2000 + 0x80 * context) = 1u << UART_IRQ;
  *register32(PLIC + 0x200000 + 0x1000 * context) = 0;
  WRITE_CSR_AT(CSR_STIMECMP, READ_CSR(time) + TICK);
}

/** Interrupts another hart; see machine_doorbell in boot.S. */
void ring(u64 hart)
{
  *register32(CLINT + 4 * hart) = 1;
}

static void tick(void)
{
  WRITE_CSR_AT(CSR_STIMECMP, READ_CSR(time) + TICK);
  if (hart_id() != 0)
    return;
  lock_take(&tick_lock);
  ticks++;
  lock_drop(&tick_lock);
  wake(&ticks);
}

static void device(void)
{
  volatile u32 *claim = register32(PLIC + 0x200004 + 0x1000 * (2 * hart_id() + 1));
  u32 irq = *claim;
  if (irq == UART_IRQ)
    console_interrupt();
  if (irq)
    *claim = irq;
}

/** False if the cause is no interrupt. */
static bool interrupt(u64 cause)
{
  if (cause == CAUSE_TIMER)
    tick();
  else if (cause == CAUSE_EXTERNAL)
    device();
  else if (cause == CAUSE_SOFTWARE)
    CLEAR_CSR(sip, SIE_SOFTWARE);
  else
    return false;
  return true;
}

/** From kernel_entry, with interrupts off. */
void trap_from_kernel(void)
{
  u64 pc = READ_CSR(sepc), status = READ_CSR(sstatus), cause = READ_CSR(scause);
  if (!interrupt(cause))
    panic("trap in the kernel: cause %d at %x, address %x", (int)cause, pc, READ_CSR(stval));
  if (cause == CAUSE_TIMER && this_hart()->task)
    yield();
  WRITE_CSR(sepc, pc);  // other traps may have come while others ran
  WRITE_CSR(sstatus, status);
}

static void end_for(struct task *task, const char *why, u64 va)
{
  print("calf: task %d (%s) killed: %s %x, pc %x\n", task->id, task->name, why, va, task->regs->pc);
  lock_take(&sched.lock);
  task->killed = true;
  lock_drop(&sched.lock);
}

/** A heap that exists on touch; only for the defect of a kernel that does not know it in copyin and copyout. */
static bool lazily_there(struct task *task, u64 va)
{
  if (va >= task->size || mapped_pte(task->root, va))
    return false;
  return space_grow(task->root, round_down(va), round_down(va) + PAGE, PTE_W);
}

static void page_fault(struct task *task, u64 va, bool store)
{
  if (BUG(lazy_heap_unknown_to_kernel) && lazily_there(task, va))
    return;
  if (!store) {
    end_for(task, "no right to load or run", va);
    return;
  }
  if (BUG(fault_address_is_int))
    va = (int)va;
  u64 stack = round_down(task->regs->x[SP]);
  if (BUG(fault_compared_with_stack_pointer) && va <= stack && va >= stack - PAGE) {
    end_for(task, "taken for the guard page:", va);
    return;
  }
  enum grant grant = make_writable(task->root, va);
  if (grant == REFUSED)
    end_for(task, "no right to store to", va);
  else if (grant == NO_MEMORY)
    end_for(task, "no memory for a copy of", va);
}

/** From user_entry, on the task's kernel stack, with interrupts off. */
void trap_from_user(void)
{
  WRITE_CSR(stvec, kernel_entry);
  struct task *task = this_task();
  u64 cause = READ_CSR(scause), va = READ_CSR(stval);
  task->regs->pc = READ_CSR(sepc);

  if (interrupt(cause)) {
    if (cause == CAUSE_TIMER && !task->killed)
      yield();
  } else if (cause == CAUSE_SYSCALL) {
    task->regs->pc += 4;  // behind the ecall
    interrupts_enable();
    if (!task->killed)
      syscall();
  } else if (cause == CAUSE_STORE_FAULT || cause == CAUSE_LOAD_FAULT || cause == CAUSE_FETCH_FAULT) {
    interrupts_enable();
    if (BUG(jump_without_limit_test) && cause == CAUSE_FETCH_FAULT)
      pte_of(task->root, va, false);  // to tell what is there
    page_fault(task, va, cause == CAUSE_STORE_FAULT);
  } else {
    end_for(task, "illegal instruction or access", va);
  }
  if (task->killed)
    task_exit(-1);
  return_to_user();
}

void return_to_user(void)
{
  interrupts_disable();  // until sret: a trap now would be taken for one from user mode
  struct task *task = this_task();
  WRITE_CSR(stvec, TRAMPOLINE + (user_entry - trampoline));
  task->regs->kernel_satp = READ_CSR(satp);
  task->regs->kernel_sp = (u64)task->stack + STACK;
  task->regs->kernel_trap = (u64)trap_from_user;
  task->regs->hart = hart_id();
  CLEAR_CSR(sstatus, SSTATUS_SPP);
  SET_CSR(sstatus, SSTATUS_SPIE);
  WRITE_CSR(sepc, task->regs->pc);
  void (*leave)(u64) = (void (*)(u64))(TRAMPOLINE + (user_leave - trampoline));
  leave(SATP_SV39 | ((u64)task->root >> 12));
  __builtin_unreachable();
}
