// Lines of docs/protocol.md, and their answers.
#ifndef LINES_H
#define LINES_H

#include "life.h"

#define WORDS 8

static inline void cc_flush(void) { co->out.length = 0; }  // no answer is longer than there is room for

static int is(const char *a, const char *b) { return strcmp(a, b) == 0; }

// Ends an answer.
static void answered(void) {
  struct mailbox *box = co->box;
  cc_bytes("\n", 1);
  if (co->screen >= 0) {
    sys_write(co->screen, (uint64_t)"@", 1);
    sys_write(co->screen, (uint64_t)co->out.text, co->out.length);
  } else {
    memcpy(box->answer_text + box->answer_length, co->out.text, co->out.length);
    box->answer_length += (uint32_t)co->out.length;
  }
  co->out.length = 0;
  box->lines++;
}

static void say(const char *text) { cc_text(text); }

static const struct {
  const char *name;
  int least, most, code;
} OPS[] = {
    {"read", 5, 5, C_READ},    {"write", 6, 6, C_WRITE}, {"kread", 5, 5, C_KREAD}, {"kwrite", 6, 6, C_KWRITE},
    {"sbrk", 3, 3, C_SBRK},    {"exec", 5, 5, C_EXEC},   {"fork", 3, 3, C_FORK},   {"exit", 3, 3, C_EXIT},
    {"wait", 2, 4, C_WAIT},    {"kill", 3, 3, C_KILL},
};

// The ops that wait for all that is under way.
static void alone(int code, struct process *by, const int64_t *v, int count) {
  struct process *other = code == C_FORK || code == C_KILL ? known(v[2]) : NULL;
  if (code == C_FORK) {
    if (other != NULL) say("taken");
    else do_fork(by, v[2]);
  } else if (code == C_KILL) {
    if (other == NULL) say("absent");
    else do_kill(by, other);
  } else if (code == C_EXIT) {
    do_exit(by, v[2]);
  } else {
    do_wait(by, count == 4 ? v[2] : -1, v[3]);
  }
}

static int op(char **words, const int64_t *v, int count) {
  for (size_t i = 0; i < sizeof OPS / sizeof *OPS; i++) {
    if (!is(words[0], OPS[i].name)) continue;
    int code = OPS[i].code;
    if (count < OPS[i].least || count > OPS[i].most) return 0;
    struct process *by = living(v[1]);
    if (by != NULL && code <= C_EXEC && code != C_FORK) {
      finish_of(by);
      by = living(v[1]);
    } else {
      finish_all();
      by = living(v[1]);
    }
    if (by != NULL && code <= C_KWRITE) {
      begin_access(code, by, v);
    } else if (by != NULL && code == C_SBRK) {
      begin_sbrk(by, v[2]);
    } else if (by != NULL && code == C_EXEC) {
      begin_exec(by, v[2], is(words[3], "execve") || is(words[3], "execle"), v[4]);
    } else {
      finish_all();
      if (by == NULL) say("absent");
      else alone(code, by, v, count);
      disarm();
      answered();
    }
    return 1;
  }
  return 0;
}

static void set_world(const int64_t *v, int count) {
  if (count != 5 || v[1] != PAGE || v[2] < 1 || v[2] > ENTRIES) {
    say("error a world here is: world 4096 PROCESSES FRAMES 0");
    return;
  }
  end_all();
  co->most = (int)v[2];
  co->images = 0;
  say("ok");
}

static void obey(char *line) {
  char *words[WORDS];
  int64_t v[WORDS] = {0};
  int count = cc_words(line, words, WORDS);
  for (int i = 1; i < count; i++) v[i] = cc_integer(words[i]);
  const char *name = count > 0 ? words[0] : "";
  if (count > 0 && co->images > 0 && op(words, v, count)) return;
  finish_all();
  if (is(name, "sync") && count == 2) {
    say("sync ");
    say(words[1]);
  } else if (is(name, "world")) {
    set_world(v, count);
  } else if (is(name, "image") && count == 3) {
    say(set_image(v[1], words[2]) ? "ok" : "error an image here has at most t r dddddd bbbbbb g s, 63 pages, and its turn");
  } else if (is(name, "reset") && co->images > 0) {
    reset();
  } else if (is(name, "armed") && count == 2) {
    co->armed = v[1] != 0;
    say("ok");
  } else if (is(name, "rest") && count == 1) {
    ask(KEEPER, (struct command){.op = C_GO_ON});  // who waits for a hart gets ours meanwhile
    say("ok");
  } else if (is(name, "swell") && count == 3) {
    swell(living(v[1]), v[2]);
  } else if (is(name, "reserve") && count == 2) {
    reserve(v[1]);
  } else if (is(name, "ballast") && count == 2) {
    if (is(words[1], "fill")) ballast_fill();
    else ballast(v[1]);
  } else {
    say("error there is no such line here, or no world yet");
  }
  answered();
}

#endif
