/*
 * lanes.h - a lane: the jobs of one backend that share a road ("orders", "stock"), with its
 * width, who holds it, and how many jobs it has in each state. The counts are kept by the
 * writer with each commit; nothing is ever counted.
 */
#ifndef STORE_LANES_H
#define STORE_LANES_H

#include "queue/state.h"
#include "store/store.h"

#define LANES_MAX 256
#define LANE_MAX_DEFAULT 4
#define LANE_PRIORITIES 6 /* 0 first, 5 last */

struct lane_row {
    int64_t id, backend;
    char name[STORE_NAME_MAX];
    int max;             /* workers it may use at once */
    bool paused;         /* its backend is paused */
    bool held;
    char held_by[STORE_NAME_MAX];
    char held_reason[STORE_TITLE_MAX];
    when held_since;
    int64_t counts[JOB_STATE_COUNT];
    when oldest; /* due time of the oldest job that could run; 0: none. Only by lanes_list */
};

/* Makes sure it exists. max: for a new one; 0: LANE_MAX_DEFAULT. */
bool lanes_need(struct db *db, int64_t backend, const char *name, int max, int64_t *id,
                struct err *err);
/* backend 0: of every backend. How many rows changed; MISSING if there is no such lane. */
bool lanes_hold(struct db *db, int64_t backend, const char *name, const char *by,
                const char *reason, int64_t *changed, struct err *err);
bool lanes_release(struct db *db, int64_t backend, const char *name, int64_t *changed,
                   struct err *err);
bool lanes_max(struct db *db, int64_t backend, const char *name, int max, int64_t *changed,
               struct err *err);
/* Sorted by backend and name. *count: room in, rows out. */
bool lanes_list(struct db *db, int64_t backend, struct lane_row *rows, size_t *count,
                struct err *err);
/* Jobs by state, of one backend or (0) of all. */
bool lanes_totals(struct db *db, int64_t backend, int64_t counts[JOB_STATE_COUNT],
                  struct err *err);

#endif
