// From machine mode to the scheduler. QEMU starts all harts at once; hart 0 sets things up, the others wait for it.
#include "calf.h"
#include "offsets.h"

_Static_assert(CLINT == CLINT_ADDRESS && REGISTERS == REGISTERS_ADDRESS, "offsets.h");
_Static_assert(__builtin_offsetof(struct registers, pc) == REGS_PC, "offsets.h");
_Static_assert(__builtin_offsetof(struct registers, kernel_satp) == REGS_KERNEL_SATP, "offsets.h");
_Static_assert(__builtin_offsetof(struct registers, kernel_sp) == REGS_KERNEL_SP, "offsets.h");
_Static_assert(__builtin_offsetof(struct registers, kernel_trap) == REGS_KERNEL_TRAP, "offsets.h");
_Static_assert(__builtin_offsetof(struct registers, hart) == REGS_HART, "offsets.h");
_Static_assert(STACK == 8192 && HARTS == 8, "offsets.h");

void machine_doorbell(void);
static u64 doorbell_room[HARTS][2];
static volatile bool set_up;

static void kernel_start(void)
{
  if (hart_id() == 0) {
    console_init();
    print("calf: a small kernel with copy-on-write\n");
    frames_init();
    kernel_space_init();
    tasks_init();
    nodes_init();
    first_task();
    __sync_synchronize();
    set_up = true;
  }
  while (!set_up)
    ;
  __sync_synchronize();
  kernel_space_enter();
  trap_enter_hart();
  schedule();
}

/** Gives supervisor mode all of memory and all traps but the doorbell, and goes there for good. */
void machine_start(void)
{
  WRITE_CSR(mstatus, (READ_CSR(mstatus) & ~MSTATUS_MPP) | MSTATUS_MPP_SUPERVISOR);
  WRITE_CSR(mepc, kernel_start);
  WRITE_CSR(satp, 0);
  WRITE_CSR(medeleg, 0xffff);
  WRITE_CSR(mideleg, 0xffff);
  WRITE_CSR(pmpaddr0, 0x3fffffffffffffUL);  // without a rule of physical memory protection nothing is allowed
  WRITE_CSR(pmpcfg0, 0xf);
  WRITE_CSR_AT(CSR_MENVCFG, READ_CSR_AT(CSR_MENVCFG) | (1UL << 63));  // the timer belongs to supervisor mode
  SET_CSR(mcounteren, 2);
  WRITE_CSR(mtvec, machine_doorbell);
  WRITE_CSR(mscratch, doorbell_room[hart_id()]);
  WRITE_CSR(mie, MIE_SOFTWARE);
  WRITE_CSR(sie, SIE_SOFTWARE | SIE_TIMER | SIE_EXTERNAL);
  __asm__ volatile("mret");
}
