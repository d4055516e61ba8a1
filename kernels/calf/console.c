// The console: a 16550 UART. Output waits for the device; input comes by interrupt, is edited by line, and wakes the reader.
#include "calf.h"
#include <stdarg.h>

enum { DATA = 0, INTERRUPTS = 1, FIFO = 2, LINE = 3, STATUS = 5 };
#define INPUT 256

static struct {
  struct lock lock;
  char ring[INPUT];
  u32 read, typed, edited;  // read..typed: whole lines; typed..edited: the line that is being typed
} input = { .lock = { .name = "console input" } };
static struct lock output = { .name = "console output" };
static u32 panicked;

void console_init(void)
{
  *register8(UART + INTERRUPTS) = 0;
  *register8(UART + LINE) = 0x80;  // the next two are the speed
  *register8(UART + DATA) = 3;
  *register8(UART + INTERRUPTS) = 0;
  *register8(UART + LINE) = 3;
  *register8(UART + FIFO) = 7;
  *register8(UART + INTERRUPTS) = 1;
}

static void put(char c)
{
  while (!(*register8(UART + STATUS) & 0x20))
    ;
  *register8(UART + DATA) = c;
}

/** All that the device has received. Only whole lines are given to readers. */
void console_interrupt(void)
{
  bool line = false;
  lock_take(&input.lock);
  while (*register8(UART + STATUS) & 1) {
    char c = *register8(UART + DATA);
    if (c == '\r')
      c = '\n';
    if (c == '\b' || c == 0x7f) {
      if (input.edited != input.typed) {
        input.edited--;
        put('\b'), put(' '), put('\b');
      }
      continue;
    }
    if (c == 0 || input.edited - input.read == INPUT)
      continue;  // no key, or no room
    put(c);
    input.ring[input.edited++ % INPUT] = c;
    if (c == '\n' || input.edited - input.read == INPUT) {
      input.typed = input.edited;
      line = true;
    }
  }
  lock_drop(&input.lock);
  if (line)
    wake(&input);
}

/** At most one line. */
long console_read(u64 va, long length)
{
  struct task *task = this_task();
  long done = 0;
  lock_take(&input.lock);
  while (input.read == input.typed) {
    if (task->killed) {
      lock_drop(&input.lock);
      return -1;
    }
    sleep_on(&input, &input.lock);
  }
  while (done < length && input.read != input.typed) {
    char c = input.ring[input.read % INPUT];
    if (!copyout(task->root, va + done, &c, 1)) {
      if (done == 0)
        done = -1;
      break;
    }
    input.read++;
    done++;
    if (c == '\n')
      break;
  }
  lock_drop(&input.lock);
  return done;
}

long console_write(u64 va, long length)
{
  char piece[64];
  for (long done = 0; done < length; ) {
    long n = length - done < (long)sizeof piece ? length - done : (long)sizeof piece;
    if (!copyin(this_task()->root, piece, va + done, n))
      return done ? done : -1;
    lock_take(&output);
    for (long i = 0; i < n; i++)
      put(piece[i]);
    lock_drop(&output);
    done += n;
  }
  return length;
}

static void put_number(u64 value, u32 base, bool negative)
{
  char digits[24];
  int n = 0;
  do
    digits[n++] = "0123456789abcdef"[value % base];
  while (value /= base);
  if (negative)
    put('-');
  if (base == 16)
    put('0'), put('x');
  while (n > 0)
    put(digits[--n]);
}

static void print_raw(const char *text)
{
  while (*text)
    put(*text++);
}

/** %d: int, %x: u64, %s: string. */
static void print_arguments(const char *format, va_list arguments)
{
  for (; *format; format++) {
    if (*format != '%') {
      put(*format);
      continue;
    }
    switch (*++format) {
    case 'd': {
      long value = va_arg(arguments, int);
      put_number(value < 0 ? -value : value, 10, value < 0);
      break;
    }
    case 'x':
      put_number(va_arg(arguments, u64), 16, false);
      break;
    case 's':
      print_raw(va_arg(arguments, const char *));
      break;
    }
  }
}

void print(const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  lock_take(&output);
  print_arguments(format, arguments);
  lock_drop(&output);
  va_end(arguments);
}

/** Says why and stops this hart, with its locks held, so that the others soon stand still too. */
void panic(const char *format, ...)
{
  va_list arguments;
  interrupts_disable();
  va_start(arguments, format);
  if (!__atomic_exchange_n(&panicked, 1, __ATOMIC_RELAXED)) {  // the first reason is the one to read
    print_raw("\npanic: ");
    print_arguments(format, arguments);
    print_raw("\n");
  }
  va_end(arguments);
  for (;;)
    __asm__ volatile("wfi");
}
