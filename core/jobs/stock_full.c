/*
 * stock_full.c - the full compare: all linked products, a few hundred at a time, held against
 * both sides as "stock out" does and without a write; those that differ become its jobs. Begins
 * when stock to the shop is switched on, then once a day within the hours of stock_full_hours. It
 * finds what no change told of: what a clerk set in the shop, and what was missed.
 */
#include "jobs/stock_out.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/import.h"
#include "store/cursors.h"
#include "store/jobs.h"

#define FULL_CURSOR "stock.full"
#define FULL_EACH   WHEN_DAY
#define FULL_PIECE_US (1500 * INT64_C(1000)) /* how long it works at a time */

/* How far it is: "BEGAN LAST"; LAST 0: not under way, and BEGAN is when the last one did. */
struct full {
    int64_t backend;
    when began;
    int64_t last, checked;
    int64_t *differ; /* products, differ_count of them */
    size_t differ_count, differ_room;
    int64_t odoo_calls;
};

static void full_free(void *ctx)
{
    struct full *full = ctx;

    free(full->differ);
    free(full);
}

static bool read_place(struct db *db, struct full *full, struct err *err)
{
    char text[CURSOR_VALUE_MAX];

    if (!cursors_get(db, full->backend, FULL_CURSOR, text, err))
        return false;
    if (sscanf(text, "%" SCNd64 " %" SCNd64 " %" SCNd64, &full->began, &full->last,
               &full->checked) != 3)
        full->began = full->last = full->checked = 0;
    return true;
}

static bool full_change(struct db *db, void *ctx, struct err *err)
{
    const struct full *full = ctx;
    char text[CURSOR_VALUE_MAX];

    for (size_t i = 0; i < full->differ_count; i++) {
        int64_t job;

        if (!stock_out_add(db, full->backend, full->differ[i], 2, 0, &job, err))
            return false;
    }
    snprintf(text, sizeof text, "%" PRId64 " %" PRId64 " %" PRId64, full->began, full->last,
             full->checked);
    return cursors_set(db, full->backend, FULL_CURSOR, text, err);
}

/* Is anything of it not as it should be? */
static bool differs(const struct out_case *c)
{
    if (c->ended)
        return false;
    EACH_OUT_LEVEL(c, l)
        if (l->fate == OUT_OPEN || l->fate == OUT_BAD)
            return true;
    return false;
}

static bool note(struct full *full, int64_t product)
{
    if (full->differ_count == full->differ_room) {
        size_t room = full->differ_room * 2 + LEVELS_MAX;
        int64_t *differ = realloc(full->differ, room * sizeof *differ);

        if (differ == NULL)
            return false;
        full->differ = differ;
        full->differ_room = room;
    }
    full->differ[full->differ_count++] = product;
    return true;
}

static bool compare(struct workshop_place *place, struct db *db, struct full *full,
                    const int64_t *products, size_t count, struct err *err)
{
    struct out_flow flow;
    bool ok = stock_out_open(&flow, place, db, NULL, count, err);

    for (size_t i = 0; ok && i < count; i++)
        flow.cases[i].product = products[i];
    ok = ok && stock_out_find(&flow, err) && stock_out_look(&flow, err);
    for (size_t i = 0; ok && i < count; i++)
        if (differs(&flow.cases[i]) && !note(full, products[i]))
            ok = err_set(err, ERR_BUSY, "no memory");
    stock_out_close(&flow);
    return ok;
}

/* Pieces until the time is up or none is left; *end: none is. */
static bool go_on(struct workshop_place *place, struct db *db, struct full *full, bool *end,
                  struct err *err)
{
    int64_t until = when_ticks() + FULL_PIECE_US;

    *end = false;
    while (!*end && when_ticks() < until) {
        int64_t products[LEVELS_MAX];
        size_t count = LEVELS_MAX;

        if (!pairs_odoo_ids(db, full->backend, "product.product", full->last, products, &count,
                            err) ||
            (count > 0 && !compare(place, db, full, products, count, err)))
            return false;
        *end = count < LEVELS_MAX;
        full->checked += (int64_t)count;
        if (count > 0)
            full->last = products[count - 1];
    }
    return true;
}

/* When it may begin or go on; 0: now. */
static when rests(const struct full *full, const struct policies *policies, when now)
{
    const char *hours = policies->text[POLICY_stock_full_hours];
    when due = full->last != 0 || full->began == 0 ? 0 : full->began + FULL_EACH, open;

    if (due > now)
        return due;
    if (full->began == 0 || !import_hours_valid(hours)) /* the first one waits for no night */
        return 0;
    open = import_hours_wait(hours, now);
    return open > now ? open : 0;
}

static void work(struct workshop_place *place, struct batch *batch, struct full *full)
{
    struct batch_job *job = &batch->jobs[0];
    struct err err = { 0 };
    when now = when_now(), rest;
    bool end = false, ok = read_place(batch->db, full, &err);

    rest = ok ? rests(full, &place->site->policies, now) : 0;
    if (ok && rest > now) {
        batch_again(job, rest);
        full_free(full);
        return;
    }
    if (ok && full->last == 0) {
        full->began = now;
        full->checked = 0;
    }
    ok = ok && go_on(place, batch->db, full, &end, &err);
    if (!ok) {
        batch_talk(job, place->shopify.request.data, place->shopify.response.data,
                   place->shopify.request_id);
        batch_failed(job, &err);
        full_free(full);
        return;
    }
    if (end)
        full->last = 0;
    batch_again(job, end ? full->began + FULL_EACH : now);
    batch_change(job, full_change, full, full_free);
}

void stock_full_run(void *workshop, struct batch *batch)
{
    struct workshop_place place;
    struct full *full = calloc(1, sizeof *full);
    struct err err = { 0 };

    if (full == NULL) {
        err_set(&err, ERR_BUSY, "no memory");
        batch_failed(&batch->jobs[0], &err);
        return;
    }
    full->backend = batch->backend;
    if (!workshop_enter(&place, workshop, batch, true)) {
        full_free(full);
        return;
    }
    place.class = PACE_RECONCILE;
    if (strcmp(place.site->policies.text[POLICY_stock_out], "off") == 0) {
        batch_done(&batch->jobs[0]);
        full_free(full);
    } else
        work(&place, batch, full);
    workshop_leave(&place);
}

bool stock_full_now(struct db *db, int64_t backend, int64_t *job_id, struct err *err)
{
    struct job_new job = { .backend = backend, .lane = "polls", .kind = "stock.full",
                           .record = "stock.full", .title = "full compare of stock",
                           .priority = 5, .payload = "" };

    return cursors_set(db, backend, FULL_CURSOR, "", err) && jobs_add(db, &job, job_id, NULL, err);
}
