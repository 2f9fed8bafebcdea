/*
 * While an import of a shop is open, what Shopify tells of customers and products waits in its lane,
 * and goes on at the end: the import's own jobs have the same records in hand. So does what is free in
 * Odoo: it is not yet what the shop has. Held and let go with
 * the run's own rows, in one change, so no crash comes between.
 */
#include "jobs/import.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/lanes.h"

static const struct {
    const char *name;
    int width;
} lanes[] = { { "catalogue", 2 }, { "stock-out", 2 }, { "products-out", 1 }, { "deliveries", 2 } };

#define LANES (sizeof lanes / sizeof lanes[0])

/* The lane as it is; held_by "" if nobody holds it. */
static bool lane_now(struct db *db, int64_t backend, const char *name, struct lane_row *lane,
                     struct err *err)
{
    struct lane_row *rows AUTO_FREE = calloc(LANES_MAX, sizeof *rows);
    size_t count = LANES_MAX;

    memset(lane, 0, sizeof *lane);
    if (rows == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    if (!lanes_list(db, backend, rows, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i].name, name) == 0)
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

    reason_of(run, reason);
    for (size_t i = 0; i < LANES; i++) {
        struct lane_row lane;
        int64_t id, changed;

        if (!lanes_need(db, run->backend, lanes[i].name, lanes[i].width, &id, err) ||
            !lane_now(db, run->backend, lanes[i].name, &lane, err))
            return false;
        if (lane.held && strcmp(lane.held_by, WORKSHOP_SELF) != 0)
            continue; /* a person's stays theirs */
        if (!lanes_hold(db, run->backend, lanes[i].name, WORKSHOP_SELF, reason, &changed, err))
            return false;
    }
    return true;
}

bool import_live_go(struct db *db, const struct import_run *run, int64_t *waited, struct err *err)
{
    char reason[STORE_TITLE_MAX];

    reason_of(run, reason);
    *waited = 0;
    for (size_t i = 0; i < LANES; i++) {
        struct lane_row lane;
        int64_t changed;

        if (!lane_now(db, run->backend, lanes[i].name, &lane, err))
            return false;
        if (i == 0) /* those are the records that it waited with */
            *waited = lane.counts[JOB_READY] + lane.counts[JOB_WAITING];
        if (lane.held && strcmp(lane.held_reason, reason) == 0 &&
            !lanes_release(db, run->backend, lanes[i].name, &changed, err))
            return false;
    }
    return true;
}
