# A worker's start, its loop, fork and store, none of which may trust a stack; and the pages under test.
#
# Register s11 holds the identity of a worker and nothing else ever: memory may be shared by a kernel that is wrong,
# registers are not. A worker keeps nothing in memory from one command to the next.

#define SYS_fork 1
#define SYS_exit 2
#define SYS_read 5
#define SYS_getpid 11
#define SYS_write 16
#define REPLIES 4
#define COMMAND 16
#define R_EARLY 6

.macro kernel number
  li a7, \number
  ecall
.endm

# s0 = the area of this slot, sp near its end; stores to it, so that its page is this process's own. Some kernels take a store
# to the first byte of sp's page, or to the page below, for one to a guard page: sp is in the page that is stored to, further up.
.macro own_area
  andi t0, s11, 0xff
  slli t0, t0, 11
  la s0, areas
  add s0, s0, t0
  li t0, 2032
  add sp, s0, t0
  sd zero, 8(s0)
.endm

.macro in_end register
  srli \register, s11, 8
  andi \register, \register, 0xff
.endm

.text
.globl _start
_start:                         # a0: argc, a1: argv
  li t0, -4096
  and a2, sp, t0                # the stack page
  la sp, areas + 2048
  call newborn                  # on the stack of slot 0: all pages are its own yet

# Takes commands for ever.
.globl serve
serve:                          # a0: identity
  mv s11, a0
next:
  own_area
  in_end a0
  mv a1, s0
  li a2, COMMAND
  kernel SYS_read
  li t0, COMMAND
  bne a0, t0, gone
  mv a0, s0
  call perform
  j next
gone:
  li a0, 1
  kernel SYS_exit
  j gone

# Forks; both sides report and serve. Who is the child is seen by the process id, not by what fork returned.
# Armed: neither side stores anything until its pipe has another command.
.globl fork_and_serve
fork_and_serve:                 # a0: the child's identity, a1: armed
  mv s1, a0
  mv s2, a1
  kernel SYS_getpid
  mv s3, a0
  kernel SYS_fork
  mv s4, a0
  kernel SYS_getpid
  mv s5, a0
  bne s5, s3, child
  beqz s2, 2f
  slti t0, s4, 1                # the early reply is one of twelve constants: there may be no memory for one of our own
  andi t1, s11, 0xff
  slli t1, t1, 1
  add t1, t1, t0
  slli t1, t1, 3
  la a1, early
  add a1, a1, t1
  li a0, REPLIES
  li a2, 8
  kernel SYS_write
  in_end a0
  li a2, 0
  kernel SYS_read
2:
  own_area
  mv a0, s0
  mv a1, s4
  call parent_of
  j next
child:
  mv s11, s1
  beqz s2, 2f
  in_end a0
  li a2, 0
  kernel SYS_read
2:
  own_area
  mv a0, s0
  mv a1, s4
  mv a2, s5
  call born
  j next

# Stores a range, while sp points where it is told to.
.globl store
store:                          # a0: address, a1: length, a2: value, a3: sp
  mv t0, sp
  mv sp, a3
1:
  sb a2, 0(a0)
  srliw t1, a2, 8
  slliw a2, a2, 24
  or a2, a2, t1
  addi a0, a0, 1
  addi a1, a1, -1
  bnez a1, 1b
  mv sp, t0
  ret

.section .rodata
early:
.macro early_of slot
  .byte \slot, R_EARLY, 0, 0, 1, 0, 0, 0
  .byte \slot, R_EARLY, 0, 0, 0, 0, 0, 0
.endm
  early_of 0
  early_of 1
  early_of 2
  early_of 3
  early_of 4
  early_of 5

.globl image_number
.balign 4
image_number:
  .word 0

# Pages under test. The host writes the patterns of the first two into each image.
.section .text_arena, "ax"
.globl text_arena
text_arena:
  .zero 4096
.section .rodata_arena, "a"
.globl rodata_arena
rodata_arena:
  .zero 4096
.section .arena, "aw", @nobits
.globl data_arena
data_arena:
  .zero 6 * 4096
.globl bss_arena
bss_arena:
  .zero 6 * 4096
.section .areas, "aw", @nobits
.globl areas
areas:
  .zero 6 * 2048
