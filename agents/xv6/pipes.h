// The pipes: commands go out, replies come in, in whatever order; and a bell that tells of the dead.
#ifndef PIPES_H
#define PIPES_H

#include "state.h"

// The slot whose reply is awaited from process `pid`, or -1. Process ids are never used again: who was seen dead stays so.
static int awaited(uint32_t pid) {
  for (int slot = 0; slot < SLOTS; slot++)
    if (co->box->pid[slot] == pid && co->box->waiting >> slot & 1) return slot;
  return -1;
}

static void will_not_reply(int slot) {
  co->died |= 1u << slot;
  co->box->waiting &= ~(1u << slot);
}

static void take_bell(const struct reply *record) {
  struct mailbox *box = co->box;
  int slot = awaited(box->dead);
  if (box->dead != 0 && slot >= 0) will_not_reply(slot);
  box->dead = 0;
  if (co->screen < 0) return;
  // A line that is empty, while somebody does not answer: whoever that is is given up.
  if (record->length == 1 && record->data[0] == '\n' && box->waiting != 0) {
    for (slot = 0; slot < WORKERS; slot++) {
      if (!(box->waiting >> slot & 1)) continue;
      sys_kill((int)box->pid[slot]);
      will_not_reply(slot);
    }
    return;
  }
  for (int i = 0; i < record->length && co->typed_length < sizeof co->typed; i++)
    co->typed[co->typed_length++] = (char)record->data[i];
}

// Takes what is in the reply pipe, waiting for it if there is nothing.
static void receive(void) {
  if (co->raw_start > 0) {
    for (uint32_t i = co->raw_start; i < co->raw_end; i++) co->raw[i - co->raw_start] = co->raw[i];
    co->raw_end -= co->raw_start;
    co->raw_start = 0;
  }
  int got = sys_read(co->replies, (uint64_t)(co->raw + co->raw_end), sizeof co->raw - co->raw_end);
  if (got <= 0) sys_exit(1);
  co->raw_end += (uint32_t)got;
  for (;;) {
    uint32_t there = co->raw_end - co->raw_start;
    struct reply *next = (struct reply *)(co->raw + co->raw_start);
    if (there < REPLY_HEAD || there < REPLY_HEAD + (uint32_t)next->length) return;
    co->raw_start += REPLY_HEAD + next->length;
    if (next->kind == R_BELL) {
      take_bell(next);
      continue;
    }
    if (next->slot >= SLOTS || next->length > sizeof next->data) continue;
    memcpy(&co->inbox[next->slot], next, REPLY_HEAD + (size_t)next->length);
    co->arrived |= 1u << next->slot;
    co->box->waiting &= ~(1u << next->slot);
  }
}

// A reply of `slot` will come.
static void expect(int slot) {
  co->arrived &= ~(1u << slot);
  co->died &= ~(1u << slot);
  co->box->waiting |= 1u << slot;
}

static void post(int slot, struct command command) {
  expect(slot);
  sys_write(co->write_end[slot], (uint64_t)&command, sizeof command);
}

static void settle(int slot) {
  while (!((co->arrived | co->died) >> slot & 1)) receive();
}

// Posts, and waits; NULL if the process died instead of replying.
static struct reply *ask(int slot, struct command command) {
  post(slot, command);
  settle(slot);
  return co->died >> slot & 1 ? NULL : &co->inbox[slot];
}

// Throws away what somebody who died has left in his pipe.
static void drain(int slot) {
  char left[600];
  sys_write(co->write_end[slot], (uint64_t)"", 1);
  sys_read(co->in[slot], (uint64_t)left, sizeof left);
}

// Console mode: the next line typed, without its line feed; waits for it.
static int typed_line(char *line, int size) {
  for (;;) {
    for (uint32_t i = 0; i < co->typed_length; i++) {
      if (co->typed[i] != '\n') continue;
      int length = (int)i < size - 1 ? (int)i : size - 1;
      memcpy(line, co->typed, (size_t)length);
      line[length] = 0;
      co->typed_length -= i + 1;
      for (uint32_t j = 0; j < co->typed_length; j++) co->typed[j] = co->typed[j + i + 1];
      return length;
    }
    if (co->typed_length == sizeof co->typed) co->typed_length = 0;
    receive();
  }
}

#endif
