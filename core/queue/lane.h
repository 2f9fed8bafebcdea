/*
 * lane.h - one lane in memory: how many workers it uses, and the breaker that stops it when
 * the other side is out. Pure; belongs to the scheduler, under its lock.
 *
 * The breaker opens at once on DENIED and after LANE_TROUBLES failures of the other side in a
 * row; it stays open 5 s, then 10, 20 ... up to 5 min; then one batch probes. If the probe
 * comes through, the lane runs again.
 */
#ifndef QUEUE_LANE_H
#define QUEUE_LANE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define LANE_TROUBLES 5
#define LANE_PAUSE_MIN_MS 5000
#define LANE_PAUSE_MAX_MS 300000

enum lane_breaker { LANE_CLOSED, LANE_OPEN, LANE_PROBING };

struct lane {
    int max, running;      /* batches in hand */
    enum lane_breaker breaker;
    int troubles;          /* in a row */
    int64_t pause_ms;      /* how long it was open the last time */
    int64_t until;         /* when_ticks: open, limited or paced until then; 0: free */
    char why[ERR_TEXT_MAX]; /* what opened it */
};

void lane_init(struct lane *lane, int max);
/*
 * May a batch start at that tick? A lane whose time is up turns to probing. ahead: a full batch
 * waits. Then a lane of several places takes one more than max: it is prepared while the others
 * wait for the other side's answers, so that there is always one that has something to ask. A
 * lane with one place has it for a reason.
 */
bool lane_may_start(struct lane *lane, int64_t ticks, bool ahead);
void lane_start(struct lane *lane);
/* A batch came back; err NULL or kind NONE: through. True: this opened the breaker. */
bool lane_end(struct lane *lane, const struct err *err, int64_t ticks);
void lane_close(struct lane *lane); /* a person says: try now */

#endif
