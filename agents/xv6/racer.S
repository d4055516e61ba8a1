# Where a racer waits for the host and performs its one op: in registers alone, so that no store of its own is in the race.

#define SYS_fork 1
#define SYS_exit 2
#define SYS_wait 3
#define SYS_read 5
#define SYS_exec 7
#define SYS_write 16
#define SYS_sbrk 12
#define RACER 0x52ac0000

.macro kernel number
  li a7, \number
  ecall
.endm

.text
.globl _start
_start:                         # a0: argc, a1: argv
  li t0, 2
  beq a0, t0, executed
  call begin

# The host tells the racers apart by s3, waits until each is between spin and spun, and stops it at done.
.globl contend
contend:                        # a0: the word that lets it go, a1: struct turn; returns what the op did
  addi sp, sp, -80
  sd ra, 0(sp)
  sd s0, 8(sp)
  sd s1, 16(sp)
  sd s2, 24(sp)
  sd s3, 32(sp)
  sd s4, 40(sp)
  sd s5, 48(sp)
  sd s6, 56(sp)
  sd s7, 64(sp)
  mv s0, a0
  ld s1, 0(a1)                  # the op
  ld s2, 8(a1)                  # the page, or what is stored to in it
  li s3, RACER
  ld t0, 16(a1)                 # the role
  add s3, s3, t0
  ld s4, 24(a1)                 # a file
  ld s5, 32(a1)                 # where the end is told
  ld s6, 40(a1)                 # the mark it stores; its program and arguments for exec
  ld s7, 48(a1)
.globl spin
spin:
  lw t0, 0(s0)
  beqz t0, spin
.globl spun
spun:
  li t0, 'D'
  beq s1, t0, shrink
  li t0, 'G'
  beq s1, t0, grow
  li t0, 'W'
  beq s1, t0, store
  li t0, 'F'
  beq s1, t0, multiply
  li t0, 'K'
  beq s1, t0, load
  li t0, 'E'
  beq s1, t0, become
  li a0, 0                      # 'R'
  kernel SYS_wait
  j done
shrink:
  li a0, -4096
  li a1, 1
  kernel SYS_sbrk
  j done
grow:
  li a0, 4096
  li a1, 1
  kernel SYS_sbrk
  j done
store:
  sw s6, 0(s2)
  li a0, 0
  j done
load:
  mv a0, s4
  mv a1, s2
  li a2, 8
  kernel SYS_read
  j done
become:
  mv a0, s6
  mv a1, s7
  kernel SYS_exec
  j done
multiply:
  kernel SYS_fork
  beqz a0, born
.globl done
done:
  nop
  ld ra, 0(sp)
  ld s0, 8(sp)
  ld s1, 16(sp)
  ld s2, 24(sp)
  ld s3, 32(sp)
  ld s4, 40(sp)
  ld s5, 48(sp)
  ld s6, 56(sp)
  ld s7, 64(sp)
  addi sp, sp, 80
  ret

# Forks; the parent stores nothing until somebody has told something, for the child makes pages its own meanwhile.
.globl birth
birth:                          # a0: where it will be told, a1: any address; returns what fork returned
  mv t1, a0
  mv t2, a1
  kernel SYS_fork
  blez a0, 1f
  mv t3, a0
  mv a0, t1
  mv a1, t2
  li a2, 0
  kernel SYS_read
  mv a0, t3
1:
  ret

# A child that ends at once, tells of it before, and stores nothing.
.globl bear
bear:                           # a0: the descriptor to tell by, a1: a byte to tell
  mv t1, a0
  mv t2, a1
  kernel SYS_fork
  beqz a0, 2f
  ret
2:
  mv a0, t1
  mv a1, t2
  li a2, 1
  kernel SYS_write
3:
  li a0, 0
  kernel SYS_exit
  j 3b

# A child of the race waits for its end and stores nothing: a read of no bytes waits for the first and takes none.
born:
  mv a0, s5
  mv a1, s2
  li a2, 0
  kernel SYS_read
1:
  li a0, 0
  kernel SYS_exit
  j 1b

# The image that exec leads to: argv[1] is the role and the end's descriptor, a character each from '0' on.
executed:
  ld t0, 8(a1)
  lbu t1, 0(t0)
  addi t1, t1, -'0'
  li s3, RACER
  add s3, s3, t1
  lbu s5, 1(t0)
  addi s5, s5, -'0'
  li a0, 0
  addi sp, sp, -96
  la t0, 1f
  sd t0, 0(sp)
  sd s3, 32(sp)
  sd s5, 48(sp)
  j done
1:
  mv a0, s5
  mv a1, sp
  li a2, 0
  kernel SYS_read
2:
  li a0, 0
  kernel SYS_exit
  j 2b
