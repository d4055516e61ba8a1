// The ops that concern one process alone: accesses, sbrk, exec. Those of different processes may overlap.
#ifndef ACCESSES_H
#define ACCESSES_H

#include "layout.h"

static struct job *new_job(struct process *by, int op, void (*finish)(struct job *)) {
  struct job *job = &co->jobs[co->last_job++ % SLOTS];
  *job = (struct job){.finish = finish, .by = by, .op = op, .hash = CC_DIGEST_START};
  return job;
}

static void finish_first(void) {
  struct job *job = &co->jobs[co->first_job++ % SLOTS];
  job->finish(job);
  disarm();
  answered();
}

static void finish_all(void) {
  while (co->first_job != co->last_job) finish_first();
}

static void finish_of(const struct process *process) {
  for (uint32_t i = co->last_job; i != co->first_job; i--) {
    if (co->jobs[(i - 1) % SLOTS].by != process) continue;
    while (co->first_job != i) finish_first();
    return;
  }
}

static void begun(void) {
  if (!(co->box->flags & OVERLAP) || co->armed) finish_all();
}

// The reply to a job, or NULL: its process has died and is buried.
static struct reply *reply_to(struct job *job) {
  int slot = job->by->slot;
  settle(slot);
  if (!(co->died >> slot & 1)) return &co->inbox[slot];
  drain(slot);
  ends(job->by, -1);
  cc_text(co->armed ? "killed memory injected" : "killed access");
  return NULL;
}

// ---- accesses ----

// The length of a read at an edge that is done by jumping there: the least that an instruction has.
#define FETCHED 2

static void ask_for_stretch(struct job *job) {
  int page = job->page, offset = job->offset + job->done, left = job->length - job->done;
  if (job->done > 0) page += offset / (int)PAGE, offset %= (int)PAGE;
  job->asked = stretch(job->by, page, offset, left, job->done > 0);
  uint32_t value = job->op == C_WRITE || job->op == C_KWRITE ? job->value >> 8 * (job->done & 3) : job->hash;
  if (job->op == C_KWRITE && (job->done & 3) != 0) value |= job->value << (32 - 8 * (job->done & 3));
  struct command command = {
      .op = (uint8_t)job->op,
      .at = address_of(job->by, page, offset, job->done > 0),
      .length = (uint16_t)job->asked,
      .value = value,
  };
  if (job->op == C_WRITE) command.flags = (uint8_t)(job->value & 3);
  if (job->op == C_READ && page >= co->pages && job->length == FETCHED) command.flags = F_FETCH;
  if (job->op == C_KWRITE) {
    int straddles = offset % (int)PAGE + job->asked > (int)PAGE;
    if (straddles || !(job->value >> 2 & 3)) command.flags |= F_FILE;
    if (job->asked == job->length && (job->length == OF_PIPE || job->length == OF_FSTAT)) command.flags |= F_RECORD;
    int may_fail = co->armed || good(job->by, page, offset, job->asked) < job->asked;
    int is_record = command.flags & F_RECORD;
    if ((is_record || !(co->box->flags & HONEST)) && may_fail) command.flags |= F_VERIFY;
  }
  post(job->by->slot, command);
}

static void finish_bytes(struct job *job) {
  for (;;) {
    struct reply *reply = reply_to(job);
    if (reply == NULL) return;
    if (reply->kind == R_FAULT) {
      cc_text(co->armed ? "refused memory injected" : "fault");
      return;
    }
    job->hash = reply->value;
    if (job->length <= 64) memcpy(job->bytes + job->done, reply->data, reply->length);
    job->done += job->asked;
    if (job->done == job->length) break;
    ask_for_stretch(job);
  }
  if (job->length <= 64) {
    cc_text("bytes ");
    cc_hex(job->bytes, (size_t)job->length);
    return;
  }
  uint32_t hash = job->hash;
  unsigned char digest[4] = {(unsigned char)(hash >> 24), (unsigned char)(hash >> 16), (unsigned char)(hash >> 8), (unsigned char)hash};
  cc_text("digest ");
  cc_hex(digest, 4);
}

static void finish_store(struct job *job) {
  if (reply_to(job) != NULL) cc_text("ok");
}

// What stands beyond the pages that may be written is believed only if the kernel says so too.
static void finish_kernel_store(struct job *job) {
  for (;;) {
    struct reply *reply = reply_to(job);
    if (reply == NULL) return;
    if (reply->kind != R_FAULT) {
      job->done += job->asked;
      if (job->done == job->length) break;
      ask_for_stretch(job);
      continue;
    }
    int stands = (int)reply->value, said, most;
    memcpy(&said, reply->data, sizeof said);
    int page = job->page, offset = job->offset + job->done;
    if (job->done > 0) page += offset / (int)PAGE, offset %= (int)PAGE;
    most = good(job->by, page, offset, job->asked);
    if (said < job->asked && said > most) most = said;
    if (stands > most) stands = most;
    // The kernel writes the part in a page or does not; equal bytes further on were there before.
    if (stands == job->asked) stands--;
    stands -= (offset + stands) % (int)PAGE;
    if (stands < 0) stands = 0;
    cc_text(co->armed ? "refused memory" : "fault");
    if (job->done + stands > 0) {
      cc_text(" ");
      cc_number((uint64_t)(job->done + stands));
    }
    if (co->armed) cc_text(" injected");
    return;
  }
  cc_text("ok");
}

static void begin_access(int op, struct process *by, const int64_t *v) {
  void (*finish)(struct job *) = op == C_WRITE ? finish_store : op == C_KWRITE ? finish_kernel_store : finish_bytes;
  struct job *job = new_job(by, op, finish);
  job->page = (int)v[2];
  job->offset = (int)v[3];
  job->length = (int)v[4];
  job->value = (uint32_t)v[5];
  ask_for_stretch(job);
  begun();
}

// ---- sbrk ----

static void finish_sbrk(struct job *job) {
  int slot = job->by->slot;
  settle(slot);
  if (co->died >> slot & 1) {
    dies_at(job->by, "sbrk");
  } else if (co->inbox[slot].value) {
    entry_of(job->by)->heap += job->page;
    cc_text("ok");
  } else {
    cc_text(co->armed ? "refused memory injected" : "refused memory");
  }
}

static void begin_sbrk(struct process *by, int64_t pages) {
  volatile struct entry *entry = entry_of(by);
  int64_t heap = entry->heap + pages;
  if (heap < 0 || heap > co->image[entry->image].room) {
    finish_all();
    cc_text("refused range");
    disarm();
    answered();
    return;
  }
  new_job(by, C_SBRK, finish_sbrk)->page = (int)pages;
  post(by->slot, (struct command){.op = C_SBRK, .at = (uint64_t)(pages * (int64_t)PAGE)});
  begun();
}

// ---- exec ----

static void finish_exec(struct job *job) {
  struct reply *reply = reply_to(job);
  if (reply == NULL) return;
  if (reply->kind != R_EXECUTED) {
    cc_text(job->page >= co->images ? "refused missing" : co->armed ? "refused memory injected" : "refused memory");
    return;
  }
  struct birth_report report;
  memcpy(&report, reply->data, sizeof report);
  job->by->heap = report.heap;
  job->by->stack = report.stack;
  entry_of(job->by)->image = (uint32_t)job->page;
  entry_of(job->by)->heap = co->image[job->page].heap;
  cc_text("executed ");
  cc_number(report.image);
  cc_text(" ");
  cc_number(report.argument);
  cc_text(" ");
  cc_number(report.environment);
}

// An image that the world has not gets a name that the disk has not.
static void begin_exec(struct process *by, int64_t image, int environment, int64_t argument) {
  int slot = by->slot, missing = image >= co->images;
  new_job(by, C_EXEC, finish_exec)->page = (int)image;
  post(slot, (struct command){
                 .op = C_EXEC,
                 .at = birth_of(IDENTITY(slot, co->in[slot], co->write_end[slot]), missing ? 0 : (int)image),
                 .length = (uint16_t)(missing ? image + 1000 : image),
                 .value = (uint32_t)argument,
                 .flags = environment ? F_ENVIRONMENT : 0,
             });
  begun();
}

#endif
