# The first instructions of every hart, in machine mode, and the one trap that machine mode ever takes.
#include "offsets.h"

.section .boot, "ax"
.globl _start
_start:
  csrr tp, mhartid
  li t0, HARTS
  bgeu tp, t0, park
  la sp, hart_stacks
  li t0, STACK
  addi t1, tp, 1
  mul t0, t0, t1
  add sp, sp, t0
  call machine_start
park:
  wfi
  j park

# A hart may interrupt another only from machine mode's side: by a word of the CLINT (see ring in trap.c). Here it arrives, and
# is handed down as a supervisor software interrupt. mscratch points to room for two registers.
.text
.balign 4
.globl machine_doorbell
machine_doorbell:
  csrrw a0, mscratch, a0
  sd t0, 0(a0)
  sd t1, 8(a0)
  csrr t0, mhartid
  slli t0, t0, 2
  li t1, CLINT_ADDRESS
  add t0, t0, t1
  sw zero, 0(t0)
  li t0, 2
  csrs mip, t0
  ld t0, 0(a0)
  ld t1, 8(a0)
  csrrw a0, mscratch, a0
  mret

.bss
.balign 16
.globl hart_stacks
hart_stacks: .space STACK * HARTS
