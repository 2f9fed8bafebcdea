/*
 * dying.h - a core that dies where it is told to: this program again, with the words "core DIR LANE",
 * over the state directory of a yard that rests.
 */
#ifndef TESTS_CRASH_DYING_H
#define TESTS_CRASH_DYING_H

#include "tests/unit/yard.h"

#define DYING_EXIT 100 /* of one that died as it was told */

/* What main returns for those words: works until nothing is left to do in the lane. */
int dying_core(const char *dir, const char *lane);
/* "commit:3", "request:7"; NULL: it lives. Its exit code. */
int dying_run(struct yard *y, const char *lane, const char *at);
/* How many commits or requests the last run had. */
unsigned long dying_counted(struct yard *y, const char *kind);

#endif
