# The coordinator's start, and what forks and stacks need below C.

#define SYS_fork 1
#define SYS_exit 2
#define SYS_exec 7
#define SYS_getpid 11

.macro kernel number
  li a7, \number
  ecall
.endm

.text
.globl _start
_start:                         # a0: argc, a1: argv
  call begin

# Forks a child that becomes another image at once and stores nothing before; returns what fork returned.
.globl spawn
spawn:                          # a0: path, a1: argv
  mv t1, a0
  mv t2, a1
  kernel SYS_getpid
  mv t3, a0
  kernel SYS_fork
  mv t4, a0
  kernel SYS_getpid
  bne a0, t3, 3f
  sd zero, -8(sp)               # the page of this stack is our own again
  mv a0, t4
  ret
3:
  mv a0, t1
  mv a1, t2
  kernel SYS_exec
4:
  li a0, 1
  kernel SYS_exit
  j 4b

# Runs a function, that does not return, on a stack.
.globl run_on
run_on:                         # a0: end of the stack, a1: the function, a2: its argument
  mv sp, a0
  mv a0, a2
  jr a1
