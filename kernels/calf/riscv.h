// The RISC-V machine in C: control registers, page-table entries and where QEMU's virt board puts its devices.
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;
typedef u64 pte_t;

enum { false, true };
typedef u8 bool;

#define READ_CSR(name) ({ u64 value_; __asm__ volatile("csrr %0, " #name : "=r"(value_)); value_; })
#define WRITE_CSR(name, value) __asm__ volatile("csrw " #name ", %0" : : "r"((u64)(value)))
#define SET_CSR(name, bits) __asm__ volatile("csrs " #name ", %0" : : "r"((u64)(bits)))
#define CLEAR_CSR(name, bits) __asm__ volatile("csrc " #name ", %0" : : "r"((u64)(bits)))

// By number, because older assemblers do not know the names.
#define CSR_MENVCFG 0x30a
#define CSR_STIMECMP 0x14d
#define READ_CSR_AT(number) ({ u64 value_; __asm__ volatile("csrr %0, %1" : "=r"(value_) : "i"(number)); value_; })
#define WRITE_CSR_AT(number, value) __asm__ volatile("csrw %0, %1" : : "i"(number), "r"((u64)(value)))

#define MSTATUS_MPP (3UL << 11)
#define MSTATUS_MPP_SUPERVISOR (1UL << 11)
#define SSTATUS_SIE (1UL << 1)   // interrupts are on, in supervisor mode
#define SSTATUS_SPIE (1UL << 5)  // and will be after sret
#define SSTATUS_SPP (1UL << 8)   // sret goes to supervisor mode
#define SIE_SOFTWARE (1UL << 1)
#define SIE_TIMER (1UL << 5)
#define SIE_EXTERNAL (1UL << 9)
#define MIE_SOFTWARE (1UL << 3)

#define CAUSE_INTERRUPT (1UL << 63)
#define CAUSE_SOFTWARE (CAUSE_INTERRUPT | 1)
#define CAUSE_TIMER (CAUSE_INTERRUPT | 5)
#define CAUSE_EXTERNAL (CAUSE_INTERRUPT | 9)
#define CAUSE_SYSCALL 8
#define CAUSE_FETCH_FAULT 12
#define CAUSE_LOAD_FAULT 13
#define CAUSE_STORE_FAULT 15

// Sv39: three levels of 512 entries. User addresses stay below half of the 39 bits, so that no address has its top bit set.
#define PAGE 4096UL
#define MAXVA (1UL << 38)
#define PTE_V (1UL << 0)
#define PTE_R (1UL << 1)
#define PTE_W (1UL << 2)
#define PTE_X (1UL << 3)
#define PTE_U (1UL << 4)
#define PTE_G (1UL << 5)
#define PTE_A (1UL << 6)
#define PTE_D (1UL << 7)
#define PTE_SOFTWARE (1UL << 8)  // the hardware leaves bits 8 and 9 to us
#define PTE_FLAGS 0x3ffUL
#define SATP_SV39 (8UL << 60)

static inline u64 round_down(u64 address) { return address & ~(PAGE - 1); }
static inline u64 round_up(u64 address) { return (address + PAGE - 1) & ~(PAGE - 1); }
static inline u64 pte_frame(pte_t pte) { return (pte >> 10) << 12; }
static inline u64 pte_flags(pte_t pte) { return pte & PTE_FLAGS; }
static inline pte_t pte_to(u64 frame, u64 flags) { return ((frame >> 12) << 10) | flags; }

static inline bool interrupts_on(void) { return (READ_CSR(sstatus) & SSTATUS_SIE) != 0; }
static inline void interrupts_enable(void) { SET_CSR(sstatus, SSTATUS_SIE); }
static inline void interrupts_disable(void) { CLEAR_CSR(sstatus, SSTATUS_SIE); }
static inline void flush_translations(void) { __asm__ volatile("sfence.vma" : : : "memory"); }
static inline u64 hart_id(void) { u64 id; __asm__ volatile("mv %0, tp" : "=r"(id)); return id; }

#define CLINT 0x02000000UL
#define PLIC 0x0c000000UL
#define UART 0x10000000UL
#define UART_IRQ 10
#define RAM 0x80000000UL

static inline volatile u32 *register32(u64 address) { return (volatile u32 *)address; }
static inline volatile u8 *register8(u64 address) { return (volatile u8 *)address; }
