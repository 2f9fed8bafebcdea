/*
 * place.h - signalbox as a command in a state directory of its own, a fake core behind it.
 */
#ifndef TESTS_CONSOLE_PLACE_H
#define TESTS_CONSOLE_PLACE_H

#include <stdbool.h>

#include "base/str.h"
#include "tests/console/fake.h"

struct place {
    struct fake fake;
    char dir[64], program[300];
};

struct run {
    struct str out, err;
    int code; /* -1: it did not end by itself */
};

void place_open(struct place *p);
void place_close(struct place *p);
/* Runs words (parted by blanks) to the end, the fake core answering meanwhile. */
void place_run(struct place *p, const char *words, const char *input, struct run *r);
void place_ran(struct run *r); /* frees what it said */
bool place_says(const struct str *text, const char *what);

#endif
