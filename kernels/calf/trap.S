# Ways between user and kernel, and between one kernel stack and another.
#include "offsets.h"

# The trampoline is one page, mapped at the same address in every space, because satp changes in its middle.
.section .trampoline, "ax"
.balign 4096
.globl trampoline
trampoline:

.globl user_entry              # a trap from user mode; sscratch holds the address of the user's registers
user_entry:
  csrrw a0, sscratch, a0
.irp n, 1,2,3,4,5,6,7,8,9,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
  sd x\n, 8*\n(a0)
.endr
  csrr t0, sscratch
  sd t0, 80(a0)
  ld sp, REGS_KERNEL_SP(a0)
  ld tp, REGS_HART(a0)
  ld t0, REGS_KERNEL_TRAP(a0)
  ld t1, REGS_KERNEL_SATP(a0)
  csrw satp, t1
  sfence.vma                   # so that nothing of the other space is left in the TLB, and later entries are looked up anew
  jr t0

.globl user_leave              # a0: the user's satp. C has set sepc and sstatus
user_leave:
  csrw satp, a0
  sfence.vma                   # fork has taken write access away: the user must not get by on what its TLB remembers
  li a0, REGISTERS_ADDRESS
  csrw sscratch, a0
.irp n, 1,2,3,4,5,6,7,8,9,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
  ld x\n, 8*\n(a0)
.endr
  ld a0, 80(a0)
  sret

# A trap inside the kernel, an interrupt if all is well. Only what a C function may spoil is saved; tp is not, for the task may
# go on at another hart.
.text
.balign 4
.globl kernel_entry
kernel_entry:
  addi sp, sp, -128
  .set at, 0
.irp r, ra,t0,t1,t2,t3,t4,t5,t6,a0,a1,a2,a3,a4,a5,a6,a7
  sd \r, at(sp)
  .set at, at + 8
.endr
  call trap_from_kernel
  .set at, 0
.irp r, ra,t0,t1,t2,t3,t4,t5,t6,a0,a1,a2,a3,a4,a5,a6,a7
  ld \r, at(sp)
  .set at, at + 8
.endr
  addi sp, sp, 128
  sret

# context_switch(from, to): to the compiler a function that returns late, so the callee-saved registers are all there is to save.
.globl context_switch
context_switch:
  .set at, 0
.irp r, ra,sp,s0,s1,s2,s3,s4,s5,s6,s7,s8,s9,s10,s11
  sd \r, at(a0)
  .set at, at + 8
.endr
  .set at, 0
.irp r, ra,sp,s0,s1,s2,s3,s4,s5,s6,s7,s8,s9,s10,s11
  ld \r, at(a1)
  .set at, at + 8
.endr
  ret

# The first program, a whole ELF file of its own.
.section .rodata
.balign 8
.globl init_image, init_image_end
init_image:
.incbin "init.elf"
init_image_end:
