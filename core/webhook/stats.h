/*
 * stats.h - the receiver in numbers: a ring of seconds, a ring of minutes, and totals.
 *
 * Times are when_ticks(). Embedded by value; whoever owns it locks it.
 */
#ifndef WEBHOOK_STATS_H
#define WEBHOOK_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "webhook/verdict.h"

#define STATS_SECONDS 60
#define STATS_MINUTES 5
#define STATS_BUCKETS 64 /* of times to an answer: from 50 us, each a quarter wider */

struct stats_minute {
    uint64_t verdicts[VERDICT_COUNT];
    uint64_t buckets[STATS_BUCKETS];
};

struct stats {
    int64_t second, minute; /* of the newest slot; 0: nothing yet */
    uint32_t seconds[STATS_SECONDS];
    struct stats_minute minutes[STATS_MINUTES];
    uint64_t totals[VERDICT_COUNT];
    uint64_t bytes;
};

void stats_count(struct stats *s, enum verdict verdict, size_t bytes, int64_t took_us,
                 int64_t ticks);
void stats_seconds(struct stats *s, uint32_t seconds[STATS_SECONDS],
                   int64_t ticks);                                           /* oldest first */
uint64_t stats_recent(struct stats *s, enum verdict verdict, int64_t ticks); /* last five minutes */
/* The time below which that share (0.95) of the last five minutes' answers came; 0: none came. */
int64_t stats_quantile(struct stats *s, double share, int64_t ticks);

#endif
