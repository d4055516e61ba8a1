// Who lives, whose child, in which slot.
#ifndef PROCESSES_H
#define PROCESSES_H

#include "pipes.h"

static volatile struct entry *entry_of(const struct process *process) { return &co->box->table[process - co->process]; }

static int number_of(const struct process *process) { return (int)entry_of(process)->number_and_one - 1; }

#define EACH(p) (struct process *p = co->process; p < co->process + ENTRIES; p++) if (p->life != NOBODY)

static struct process *known(int64_t number) {
  for EACH(p)
    if (number_of(p) == number) return p;
  return NULL;
}

static struct process *living(int64_t number) {
  struct process *p = known(number);
  return p != NULL && p->life == ALIVE ? p : NULL;
}

static struct process *of_pid(int pid) {
  for EACH(p)
    if ((int)entry_of(p)->pid == pid) return p;
  return NULL;
}

static int count_processes(void) {
  int count = 0;
  for EACH(p)
    count++;
  return count;
}

static int has_child(const struct process *parent, enum life life) {
  for EACH(p)
    if (p->life == life && p->parent == parent - co->process) return 1;
  return 0;
}

static struct process *youngest_living(void) {
  struct process *youngest = NULL;
  for EACH(p)
    if (p->life == ALIVE && (youngest == NULL || p->birth > youngest->birth)) youngest = p;
  return youngest;
}

// The same for the same history: the lowest.
static int free_slot(void) {
  for (int slot = 0; slot < co->workers; slot++)
    if (!(co->box->slots >> slot & 1)) return slot;
  return -1;
}

static struct process *enter(int number, int pid, int slot, int parent) {
  struct process *p = co->process;
  while (p->life != NOBODY) p++;
  p->life = ALIVE;
  p->slot = (uint8_t)slot;
  p->parent = (int8_t)parent;
  p->birth = ++co->births;
  volatile struct entry *entry = entry_of(p);
  entry->pid = (uint32_t)pid;
  entry->image = 0;
  entry->heap = 0;
  entry->number_and_one = (uint32_t)number + 1;
  co->box->slots |= 1u << slot;
  co->box->pid[slot] = (uint32_t)pid;
  return p;
}

// It is gone, or init will see to that.
static void forget(struct process *process) {
  volatile struct entry *entry = entry_of(process);
  if (process->parent == OF_INIT) {
    // Of so many the oldest is long gone.
    co->ghosts[co->ghost_count++ % GHOSTS] = (int)entry->pid;
  }
  process->life = NOBODY;
  entry->number_and_one = entry->pid = 0;
}

// A process has ended: its slot is free, its children are init's.
static void ends(struct process *process, int status) {
  process->life = ZOMBIE;
  process->status = status;
  co->box->slots &= ~(1u << process->slot);
  co->box->pid[process->slot] = 0;
  for EACH(p) {
    if (p->parent != process - co->process) continue;
    p->parent = OF_INIT;
    if (p->life == ZOMBIE) forget(p);
  }
  if (process->parent == OF_KEEPER) ask(KEEPER, (struct command){.op = C_BURY});
  if (process->parent < 0) forget(process);
}

#endif
