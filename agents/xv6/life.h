// A run's beginning and end, and the ballast: memory that the coordinator holds, so that there is little left.
#ifndef LIFE_H
#define LIFE_H

#include "ops.h"

static void end_all(void) {
  uint32_t leaving = 0;
  for (struct process *p = youngest_living(); p != NULL; p = youngest_living()) {
    post(p->slot, (struct command){.op = C_EXIT});
    leaving |= 1u << p->slot;
    p->life = ZOMBIE;  // for the search above
  }
  for (int slot = 0; slot < WORKERS; slot++)
    if (leaving >> slot & 1) settle(slot), co->box->pid[slot] = 0;
  for (struct process *p = co->process; p < co->process + ENTRIES; p++) {
    if (p->life == NOBODY) continue;
    if (p->parent == OF_KEEPER) ask(KEEPER, (struct command){.op = C_BURY});
    else p->parent = OF_INIT;
    forget(p);
  }
  co->box->slots = 0;
  // Each question to the keeper lets the others run.
  for (int i = 0; i < co->ghost_count && i < GHOSTS; i++)
    while (sys_kill(co->ghosts[i]) >= 0) ask(KEEPER, (struct command){.op = C_GO_ON});
  co->ghost_count = 0;
  for (int slot = 0; slot < co->workers; slot++) drain(slot);
  disarm();
}

static void reset(void) {
  end_all();
  uint64_t birth = birth_of(IDENTITY(0, co->in[0], co->write_end[0]), 0);
  expect(0);
  struct reply *reply = ask(KEEPER, (struct command){.op = C_SPAWN, .at = birth});
  if (reply == NULL || (int)reply->value < 0) {
    co->box->waiting &= ~1u;
    cc_text(reply == NULL ? "error process keeper died at a fork" : "error no memory for process 0");
    return;
  }
  struct process *root = enter(0, (int)reply->value, 0, OF_KEEPER);
  settle(0);
  if (co->died & 1) {
    dies_at(root, "its start");
    return;
  }
  struct birth_report report;
  memcpy(&report, co->inbox[0].data, sizeof report);
  root->heap = report.heap;
  root->stack = report.stack;
  entry_of(root)->heap = co->image[0].heap;
  cc_text("ok");
}

// ---- the ballast: the end of our own heap, for we never fork ----

static int grow(int64_t pages) {
  if (sys_sbrk(pages * (int64_t)PAGE, EAGER) == ~0ul) return 0;
  co->held += pages;
  return 1;
}

// Makes process `number` larger or smaller by pages that the coordinator has in reserve, and no op knows of.
static void swell(struct process *process, int64_t pages) {
  int64_t bytes = pages * (int64_t)PAGE;
  if (process == NULL) {
    cc_text("absent");
    return;
  }
  if (pages > 0) sys_sbrk(-bytes, EAGER);
  struct reply *reply = ask(process->slot, (struct command){.op = C_SBRK, .at = (uint64_t)bytes, .flags = F_EAGER});
  if (reply == NULL) {
    dies_at(process, "sbrk");
    return;
  }
  if (!reply->value && pages > 0) sys_sbrk(bytes, EAGER);
  cc_text(reply->value ? "ok" : "refused");
}

static void reserve(int64_t pages) { cc_text(sys_sbrk(pages * (int64_t)PAGE, EAGER) == ~0ul ? "refused" : "ok"); }

static void ballast(int64_t pages) {
  if (pages < -co->held) pages = -co->held;
  int grown = grow(pages);
  co->taken = grown && pages > 0 ? pages : 0;
  cc_text(grown ? "ok " : "refused ");
  cc_number((uint64_t)co->held);
}

static void ballast_fill(void) {
  int64_t before = co->held;
  for (int64_t step = 16384; step > 0; step /= 2)
    while (grow(step)) continue;
  co->taken = co->held - before;
  cc_text("ok ");
  cc_number((uint64_t)co->held);
}

// The op that was to meet the end of memory is over: what the last ballast line took is given back.
static void disarm(void) {
  if (!co->armed) return;
  co->armed = 0;
  if (co->taken > 0) grow(-co->taken);
  co->taken = 0;
}

#endif
