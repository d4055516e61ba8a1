// An agent that does nothing: what the lines themselves cost. Every op is answered as one of a process that is not there.
#include "../agents/cowcheck.h"

int main(void) {
  static struct cc_out out;
  cc_out = &out;
  for (char *line = cc_line(); line != NULL; line = cc_line()) {
    if (strncmp(line, "cowcheck", 8) == 0)
      cc_text("cowcheck 1 name=noop ops=fork,exit,wait,kill,read,write,kread,kwrite page-size=16");
    else if (strncmp(line, "sync", 4) == 0)
      cc_text(line);
    else
      cc_text(strncmp(line, "world", 5) == 0 || strncmp(line, "image", 5) == 0 || strcmp(line, "reset") == 0 ? "ok" : "absent");
    cc_answered();
  }
  cc_flush();
  return 0;
}
