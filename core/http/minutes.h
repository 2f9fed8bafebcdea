/*
 * minutes.h - how much in the last seconds: a ring of one-second sums, five minutes long.
 *
 * Embedded by value, zeroed at first; the owner's lock guards it. Times are when_ticks().
 */
#ifndef HTTP_MINUTES_H
#define HTTP_MINUTES_H

#include <stdint.h>

#define TALLY_SECONDS 300

struct minutes {
    int64_t second; /* the newest slot's */
    float slots[TALLY_SECONDS];
};

void minutes_add(struct minutes *t, int64_t now, double value);
double minutes_sum(const struct minutes *t, int64_t now, unsigned seconds); /* at most TALLY_SECONDS */

#endif
