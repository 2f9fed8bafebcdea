/*
 * lane.h - one lane in memory: how many workers it uses, and a breaker for each side that stops
 * what needs that side while it is out. Pure; belongs to the scheduler, under its lock.
 *
 * A breaker opens at once on DENIED and after LANE_TROUBLES failures of its side in a row; it
 * stays open 5 s, then 10, 20 ... up to 5 min; then one batch probes. If the side answers the
 * probe, the lane uses it again. Errors that name no side have a breaker too, which everything
 * needs.
 */
#ifndef QUEUE_LANE_H
#define QUEUE_LANE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define LANE_TROUBLES 5
#define LANE_PAUSE_MIN_MS 5000
#define LANE_PAUSE_MAX_MS 300000

enum breaker_state { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_PROBING };

struct breaker {
    enum breaker_state state;
    bool probed;            /* the probe is in hand */
    int troubles;           /* in a row */
    int64_t pause_ms;       /* how long it was open the last time */
    int64_t until;          /* when_ticks: open, limited or paced until then; 0: free */
    char why[ERR_TEXT_MAX]; /* what opened it */
};

struct lane {
    int max, running; /* batches in hand */
    struct breaker sides[ERR_SIDE_COUNT];
};

/* Of a batch. Sides are ERR_SIDE_BITs. */
struct lane_trip {
    unsigned probes;   /* it is the probe of these */
    unsigned shut;     /* these it has to leave alone */
    unsigned answered; /* these answered it */
};

void lane_init(struct lane *lane, int max);
/* May a batch that needs these sides use them at that tick? */
bool lane_is_open(const struct lane *lane, unsigned needs, int64_t ticks);
/*
 * May it start? A side whose time is up is given to one batch, its probe. ahead: a full batch
 * waits. Then a lane of several places takes one more than max: it is prepared while the others
 * wait for the other side's answers, so that there is always one that has something to ask. A
 * lane with one place has it for a reason.
 */
bool lane_may_start(const struct lane *lane, unsigned needs, int64_t ticks, bool ahead);
/* uses: all sides it may turn to, also those it can do without. */
void lane_start(struct lane *lane, unsigned uses, int64_t ticks, struct lane_trip *trip);
/* It came back; errs: by side, kind NONE if it had no trouble there. The sides that opened now. */
unsigned lane_end(struct lane *lane, const struct lane_trip *trip,
                  const struct err errs[ERR_SIDE_COUNT], int64_t ticks);
unsigned lane_shut(const struct lane *lane); /* the sides whose breakers are not closed */
/* Until when the first of these sides rests; 0: none does. */
int64_t lane_rest(const struct lane *lane, unsigned sides, int64_t ticks);
void lane_close(struct lane *lane); /* a person says: try now */

#endif
