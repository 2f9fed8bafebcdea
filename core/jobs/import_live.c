/*
 * While an import of a shop is open, what Shopify tells of customers and products waits in its lane,
 * and goes on at the end: the import's own jobs have the same records in hand. Held and let go with
 * the run's own rows, in one change, so no crash comes between.
 */
#include "jobs/import.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/lanes.h"

#define LIVE_LANE  "catalogue"
#define LIVE_WIDTH 2

/* The lane as it is; held_by "" if nobody holds it. */
static bool lane_now(struct db *db, int64_t backend, struct lane_row *lane, struct err *err)
{
    struct lane_row *rows AUTO_FREE = calloc(LANES_MAX, sizeof *rows);
    size_t count = LANES_MAX;

    memset(lane, 0, sizeof *lane);
    if (rows == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    if (!lanes_list(db, backend, rows, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i].name, LIVE_LANE) == 0)
            *lane = rows[i];
    return true;
}

static void reason_of(const struct import_run *run, char reason[STORE_TITLE_MAX])
{
    snprintf(reason, STORE_TITLE_MAX, "import %" PRId64 " is open", run->id);
}

bool import_live_wait(struct db *db, const struct import_run *run, struct err *err)
{
    char reason[STORE_TITLE_MAX];
    struct lane_row lane;
    int64_t id, changed;

    reason_of(run, reason);
    return lanes_need(db, run->backend, LIVE_LANE, LIVE_WIDTH, &id, err) &&
           lane_now(db, run->backend, &lane, err) &&
           ((lane.held && strcmp(lane.held_by, WORKSHOP_SELF) != 0) || /* a person's stays theirs */
            lanes_hold(db, run->backend, LIVE_LANE, WORKSHOP_SELF, reason, &changed, err));
}

bool import_live_go(struct db *db, const struct import_run *run, int64_t *waited, struct err *err)
{
    char reason[STORE_TITLE_MAX];
    struct lane_row lane;
    int64_t changed;

    reason_of(run, reason);
    if (!lane_now(db, run->backend, &lane, err))
        return false;
    *waited = lane.counts[JOB_READY] + lane.counts[JOB_WAITING];
    return !lane.held || strcmp(lane.held_reason, reason) != 0 ||
           lanes_release(db, run->backend, LIVE_LANE, &changed, err);
}
