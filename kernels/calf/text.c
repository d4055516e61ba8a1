// Bytes and strings. Whole words where addresses allow: most of what is moved here is pages.
#include "calf.h"

void *memset(void *at, int value, u64 length)
{
  u8 *byte = at;
  if (((u64)at | length) % 32 == 0) {
    u64 word = 0x0101010101010101UL * (u8)value;
    for (u64 *p = at, *end = (u64 *)(byte + length); p < end; p += 4)
      p[0] = p[1] = p[2] = p[3] = word;
    return at;
  }
  while (length-- > 0)
    *byte++ = value;
  return at;
}

void *memcpy(void *to, const void *from, u64 length)
{
  u8 *out = to;
  const u8 *in = from;
  if (((u64)to | (u64)from) % 8 == 0)
    for (; length >= 32; length -= 32, out += 32, in += 32) {
      u64 *o = (u64 *)out;
      const u64 *i = (const u64 *)in;
      u64 a = i[0], b = i[1], c = i[2], d = i[3];
      o[0] = a, o[1] = b, o[2] = c, o[3] = d;
    }
  while (length-- > 0)
    *out++ = *in++;
  return to;
}

bool text_equal(const char *a, const char *b)
{
  while (*a && *a == *b)
    a++, b++;
  return *a == *b;
}

void text_copy(char *to, const char *from, u64 room)
{
  while (--room > 0 && *from)
    *to++ = *from++;
  *to = 0;
}

u64 text_length(const char *text)
{
  u64 length = 0;
  while (text[length])
    length++;
  return length;
}
