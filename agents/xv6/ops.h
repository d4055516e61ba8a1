// The ops that concern more than one process: fork, exit, kill, wait. Nothing else is under way meanwhile.
#ifndef OPS_H
#define OPS_H

#include "accesses.h"

// A process died where no op lets it: that is not a reply of the protocol.
static void dies_at(struct process *by, const char *what) {
  cc_text("error process ");
  cc_number((uint64_t)number_of(by));
  cc_text(" died at ");
  cc_text(what);
  drain(by->slot);
  ends(by, -1);
}

// ---- fork ----

static int status_of_wait(const struct reply *reply) {
  int status;
  memcpy(&status, reply->data, sizeof status);
  return status;
}

// The child has not lived to report: the parent waits for it. No want of memory excuses that: when it stores for the first
// time, all is there again.
static void stillborn(struct process *by, struct process *child) {
  drain(child->slot);
  ends(child, -1);
  struct reply *reply = ask(by->slot, (struct command){.op = C_WAIT});
  if (reply == NULL) {
    dies_at(by, "wait");
    return;
  }
  forget(child);
  cc_text("error process ");
  cc_number((uint64_t)number_of(by));
  cc_text(" has a child that died at its birth");
}

static void do_fork(struct process *by, int64_t number) {
  int slot = free_slot(), armed = co->armed;
  if (slot < 0 || count_processes() >= co->most) {
    cc_text("refused processes");
    return;
  }
  struct command fork = {
      .op = C_FORK,
      .value = (uint32_t)IDENTITY(slot, co->in[slot], co->write_end[slot]),
      .flags = armed ? F_ARMED : 0,
  };
  expect(slot);
  struct reply *reply = ask(by->slot, fork);
  if (armed && reply != NULL) {
    int made = reply->value == 0 ? 0 : 1;
    disarm();
    co->armed = 1;  // to name the failure
    expect(by->slot);
    sys_write(co->write_end[by->slot], (uint64_t)&(struct command){.op = C_GO_ON}, sizeof(struct command));
    if (made) sys_write(co->write_end[slot], (uint64_t)&(struct command){.op = C_GO_ON}, sizeof(struct command));
    settle(by->slot);
    reply = co->died >> by->slot & 1 ? NULL : &co->inbox[by->slot];
  }
  int pid = reply == NULL ? -1 : (int)reply->value;
  if (pid < 0) co->box->waiting &= ~(1u << slot);
  if (reply == NULL) {
    dies_at(by, "fork");
    return;
  }
  if (pid < 0) {
    cc_text(armed ? "refused memory injected" : "refused memory");
    return;
  }
  struct process *child = enter((int)number, pid, slot, (int)(by - co->process));
  child->heap = by->heap;
  child->stack = by->stack;
  entry_of(child)->image = entry_of(by)->image;
  entry_of(child)->heap = entry_of(by)->heap;
  settle(slot);
  if (co->died >> slot & 1) {
    stillborn(by, child);
    return;
  }
  reply = &co->inbox[slot];
  cc_text("forked ");
  if (status_of_wait(reply) == pid) {
    cc_number((uint64_t)number);
  } else {
    struct process *other = of_pid(pid);
    if (other != NULL && other != child) cc_number((uint64_t)number_of(other));
    else cc_text("?");
    entry_of(child)->pid = (uint32_t)status_of_wait(reply);
  }
  cc_text(" ");
  cc_number(reply->value);
}

// ---- the end ----

static void do_exit(struct process *by, int64_t status) {
  if (ask(by->slot, (struct command){.op = C_EXIT, .value = (uint32_t)status}) == NULL) {
    dies_at(by, "exit");
    return;
  }
  ends(by, (int)status);
  cc_text("ok");
}

// The victim is blocked in a read of its pipe, from which its successor will read: it first goes to sleep elsewhere.
static void do_kill(struct process *by, struct process *victim) {
  uint32_t pid = entry_of(victim)->pid;
  if (victim->life == ALIVE) {
    int self = by == victim;
    if (!self && ask(victim->slot, (struct command){.op = C_LULL}) == NULL) {
      dies_at(victim, "a read of its pipe");
      return;
    }
    if (ask(by->slot, (struct command){.op = C_KILL, .value = pid, .flags = (uint8_t)self}) == NULL) {
      dies_at(by, "kill");
      return;
    }
    ends(victim, -1);
  }
  cc_text("ok");
}

// ---- wait ----

static void reaped(int pid, int status) {
  struct process *child = of_pid(pid);
  cc_text("reaped ");
  if (child != NULL) cc_number((uint64_t)number_of(child));
  else cc_text("?");
  if (status == -1) {
    cc_text(" killed");
  } else if (status >= 0 && status <= 255) {
    cc_text(" ");
    cc_number((uint64_t)status);
  } else {
    cc_text(" ?");
  }
  if (child != NULL) forget(child);
}

// Where the status word lies on two pages that are not neighbours by address: the kernel writes it in two.
static int write_status(struct process *by, int page, int offset, int status) {
  int here = (int)PAGE - offset;
  for (int part = 0; part < 2; part++) {
    struct reply *reply = ask(by->slot, (struct command){
                                            .op = C_KWRITE,
                                            .at = address_of(by, page + part, part == 0 ? offset : 0, part),
                                            .length = (uint16_t)(part == 0 ? here : 4 - here),
                                            .value = (uint32_t)status >> (part == 0 ? 0 : 8 * here),
                                        });
    if (reply == NULL || reply->kind == R_FAULT) return reply == NULL ? -1 : 0;
  }
  return 1;
}

static void dies_waiting(struct process *by) {
  drain(by->slot);
  ends(by, -1);
  cc_text(co->armed ? "killed memory injected" : "killed access");
}

static void do_wait(struct process *by, int64_t page, int64_t offset) {
  if (!has_child(by, ZOMBIE)) {
    cc_text(has_child(by, ALIVE) ? "running" : "no-child");
    return;
  }
  int apart = page >= 0 && stretch(by, (int)page, (int)offset, 4, 0) < 4;
  if (apart && good(by, (int)page, (int)offset, 4) < 4) {
    cc_text("fault");
    return;
  }
  uint64_t at = page < 0 || apart ? 0 : address_of(by, (int)page, (int)offset, 0);
  struct reply *reply = ask(by->slot, (struct command){.op = C_WAIT, .at = at});
  if (reply == NULL) {
    dies_waiting(by);
    return;
  }
  int pid = (int)reply->value, status = status_of_wait(reply), seen;
  memcpy(&seen, reply->data + sizeof status, sizeof seen);
  if (pid < 0) {
    cc_text(co->armed ? "refused memory injected" : "fault");
    return;
  }
  struct process *child = of_pid(pid);
  if (!seen && child != NULL) status = child->status;
  int written = apart ? write_status(by, (int)page, (int)offset, status) : 1;
  if (written < 0) {
    dies_waiting(by);
  } else if (written == 0) {
    cc_text("fault ");
    cc_number(child == NULL ? 0 : (uint64_t)number_of(child));
    if (child != NULL) forget(child);
  } else {
    reaped(pid, status);
  }
}

#endif
