// Numbers that assembly shares with C; boot.c checks that both mean the same.
#pragma once
#ifdef __ASSEMBLER__
#define HARTS 8
#define STACK 8192
#endif
#define CLINT_ADDRESS 0x02000000
#define REGISTERS_ADDRESS 0x3fffffe000
#define REGS_PC 256
#define REGS_KERNEL_SATP 264
#define REGS_KERNEL_SP 272
#define REGS_KERNEL_TRAP 280
#define REGS_HART 288
