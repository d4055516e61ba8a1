// The system calls, by the numbers that every xv6 since 2019 has, and what we need of libc.
#ifndef SYSTEM_H
#define SYSTEM_H

#include <stddef.h>
#include <stdint.h>

void *memcpy(void *to, const void *from, size_t length) {
  char *t = to;
  for (const char *f = from; length > 0; length--) *t++ = *f++;
  return to;
}

void *memset(void *to, int byte, size_t length) {
  char *t = to;
  for (; length > 0; length--) *t++ = (char)byte;
  return to;
}

size_t strlen(const char *text) {
  size_t length = 0;
  while (text[length] != 0) length++;
  return length;
}

int strcmp(const char *a, const char *b) {
  while (*a != 0 && *a == *b) a++, b++;
  return (unsigned char)*a - (unsigned char)*b;
}

enum {
  SYS_fork = 1, SYS_exit = 2, SYS_wait = 3, SYS_pipe = 4, SYS_read = 5, SYS_kill = 6, SYS_exec = 7, SYS_fstat = 8, SYS_getpid = 11,
  SYS_sbrk = 12, SYS_sleep = 13, SYS_open = 15, SYS_write = 16, SYS_close = 21,
};
enum { O_RDONLY = 0, O_WRONLY = 1, O_CREATE = 0x200 };
// The second argument of sbrk from 2025 on; older kernels do not look at it.
enum { EAGER = 1, LAZY = 2 };

#define PAGE 4096ul

// Results are 32 bits wide in the kernel, but for sbrk's.
static inline long kernel(long number, uint64_t a, uint64_t b, uint64_t c) {
  register long a7 __asm__("a7") = number;
  register uint64_t a0 __asm__("a0") = a;
  register uint64_t a1 __asm__("a1") = b;
  register uint64_t a2 __asm__("a2") = c;
  __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a7) : "memory");
  return (long)a0;
}

static inline int sys_fork(void) { return (int)kernel(SYS_fork, 0, 0, 0); }
static inline int sys_wait(uint64_t status) { return (int)kernel(SYS_wait, status, 0, 0); }
static inline int sys_pipe(int *ends) { return (int)kernel(SYS_pipe, (uint64_t)ends, 0, 0); }
static inline int sys_read(int fd, uint64_t to, uint64_t length) { return (int)kernel(SYS_read, (uint64_t)fd, to, length); }
static inline int sys_write(int fd, uint64_t from, uint64_t length) { return (int)kernel(SYS_write, (uint64_t)fd, from, length); }
static inline int sys_kill(int pid) { return (int)kernel(SYS_kill, (uint64_t)pid, 0, 0); }
static inline int sys_exec(const char *path, char **argv) { return (int)kernel(SYS_exec, (uint64_t)path, (uint64_t)argv, 0); }
static inline int sys_fstat(int fd, uint64_t to) { return (int)kernel(SYS_fstat, (uint64_t)fd, to, 0); }
static inline int sys_getpid(void) { return (int)kernel(SYS_getpid, 0, 0, 0); }
static inline uint64_t sys_sbrk(int64_t bytes, int how) { return (uint64_t)kernel(SYS_sbrk, (uint64_t)bytes, (uint64_t)how, 0); }
static inline int sys_sleep(int ticks) { return (int)kernel(SYS_sleep, (uint64_t)ticks, 0, 0); }
static inline int sys_open(const char *path, int mode) { return (int)kernel(SYS_open, (uint64_t)path, (uint64_t)mode, 0); }
static inline int sys_close(int fd) { return (int)kernel(SYS_close, (uint64_t)fd, 0, 0); }
static inline void __attribute__((noreturn)) sys_exit(int status) {
  for (;;) kernel(SYS_exit, (uint64_t)status, 0, 0);
}

#endif
