// The arguments of an image: how the next one learns who it is.
#ifndef IMAGES_H
#define IMAGES_H

#include "records.h"

#define CC_FREESTANDING
#define CC_OUT 512
#include "../cowcheck.h"

struct arguments {
  char path[12], birth[24], argument[12], environment[12];
  char *argv[4];
};

static char *in_decimal(char *text, size_t size, uint64_t number) {
  text[size - 1] = 0;
  return cc_digits(text + size - 1, number);
}

// Of image `image`. The first of them is one that is looked at, not a name; the environment comes last, where there is one.
static void prepare(struct arguments *a, uint32_t image, uint64_t birth, uint32_t argument, int environment) {
  char digits[12], *name = in_decimal(digits, sizeof digits, image);
  memcpy(a->path, "cow", 3);
  memcpy(a->path + 3, name, strlen(name) + 1);
  a->argv[0] = in_decimal(a->argument, sizeof a->argument, argument);
  a->argv[1] = in_decimal(a->birth, sizeof a->birth, birth);
  a->argv[2] = environment ? in_decimal(a->environment, sizeof a->environment, argument) : NULL;
  a->argv[3] = NULL;
}

#endif
