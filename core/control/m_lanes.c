/* m_lanes.c - the queues: their state and counts, holding, releasing, their width. */
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/str.h"
#include "control/methods.h"
#include "control/rows.h"
#include "store/lanes.h"

bool m_lanes_list(struct call *call, struct err *err)
{
    call->result = rows_lanes(call, err);
    if (call->result != NULL)
        call->result = json_pack("{s:o}", "rows", call->result);
    return call->result != NULL;
}

struct lane_change {
    struct call *call;
    struct call_note *note;
    const char *lane;
    int64_t backend, max, changed;
};

static bool hold(struct db *db, void *ctx, struct err *err)
{
    struct lane_change *c = ctx;
    const char *reason = call_text(c->call, "reason");

    str_copy(c->note->before, sizeof c->note->before, "run");
    str_copy(c->note->after, sizeof c->note->after, "hold");
    return lanes_hold(db, c->backend, c->lane, c->call->peer->user, reason != NULL ? reason : "",
                      &c->changed, err);
}

static bool release(struct db *db, void *ctx, struct err *err)
{
    struct lane_change *c = ctx;

    str_copy(c->note->before, sizeof c->note->before, "hold");
    str_copy(c->note->after, sizeof c->note->after, "run");
    return lanes_release(db, c->backend, c->lane, &c->changed, err);
}

/* The width before, for the audit log and for taking it back; of several lanes the first. */
static bool width_before(struct db *db, const struct lane_change *c, int *max, struct err *err)
{
    struct lane_row *rows AUTO_FREE = calloc(LANES_MAX, sizeof *rows);
    size_t count = LANES_MAX;

    *max = 0;
    if (rows == NULL)
        return err_set(err, ERR_BUSY, "no memory to read the lanes");
    if (!lanes_list(db, c->backend, rows, &count, err))
        return false;
    for (size_t i = count; i-- > 0;)
        if (strcmp(rows[i].name, c->lane) == 0)
            *max = rows[i].max;
    return true;
}

static bool widen(struct db *db, void *ctx, struct err *err)
{
    struct lane_change *c = ctx;
    int before;

    if (!width_before(db, c, &before, err))
        return false;
    snprintf(c->note->before, sizeof c->note->before, "%d at once", before);
    snprintf(c->note->after, sizeof c->note->after, "%lld at once", (long long)c->max);
    if (before > 0)
        c->note->undo = json_pack("{s:s,s:{s:s,s:i,s:I}}", "method", "lanes.max", "params", "lane",
                                  c->lane, "max", before, "backend", (json_int_t)c->backend);
    return lanes_max(db, c->backend, c->lane, (int)c->max, &c->changed, err);
}

static bool change(struct call *call, store_change *how, const char *inverse, struct err *err)
{
    struct call_note note = { .object = "" };
    struct lane_change c = { .call = call,
                             .note = &note,
                             .lane = call_text(call, "lane"),
                             .backend = call_int(call, "backend", 0),
                             .max = call_int(call, "max", 0) };

    if (c.backend != 0)
        snprintf(note.object, sizeof note.object, "backend %lld lane %s", (long long)c.backend,
                 c.lane);
    else
        snprintf(note.object, sizeof note.object, "lane %s", c.lane);
    if (inverse != NULL)
        note.undo = json_pack("{s:s,s:{s:s,s:I}}", "method", inverse, "params", "lane", c.lane,
                              "backend", (json_int_t)c.backend);
    if (!call_change(call, how, &c, &note, err))
        return false;
    call_changed(call, CONTROL_LANE, c.backend);
    call->result = json_pack("{s:I}", "changed", (json_int_t)c.changed);
    return true;
}

bool m_lanes_hold(struct call *call, struct err *err)
{
    return change(call, hold, "lanes.release", err);
}

bool m_lanes_release(struct call *call, struct err *err)
{
    return change(call, release, "lanes.hold", err);
}

bool m_lanes_max(struct call *call, struct err *err)
{
    int64_t max = call_int(call, "max", 0);

    if (max < 1 || max > 64)
        return err_set(err, ERR_INVALID, "max must be from 1 to 64");
    return change(call, widen, NULL, err);
}
