#include "jobs/delivery_out.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "store/history.h"
#include "store/policies.h"

#define WAIT_FOR (10 * WHEN_MINUTE) /* between two looks at what the shop holds back */

/* The order's timeline says once why it waits. */
struct waiting {
    int64_t backend, job;
    char record[STORE_RECORD_MAX], text[HISTORY_TEXT_MAX];
};

static bool waiting_change(struct db *db, void *ctx, struct err *err)
{
    const struct waiting *w = ctx;

    return history_add_once(db, w->backend, w->record, "waits", w->job, w->text, err);
}

static void wait_for_shop(struct delivery_case *c, const struct err *why)
{
    struct waiting *w = calloc(1, sizeof *w);

    batch_again(c->job, when_now() + WAIT_FOR);
    if (w == NULL)
        return;
    w->backend = c->batch->backend;
    w->job = c->job->job.id;
    snprintf(w->record, sizeof w->record, "order:%" PRId64, c->order.shopify_id);
    str_copy(w->text, sizeof w->text, why->text);
    batch_change(c->job, waiting_change, w, free);
}

/* True: all is told. */
static bool tell_all(struct delivery_case *c, bool *wait, struct err *err)
{
    const json_t *picking;
    size_t i;

    if (!delivery_out_look(c, err))
        return false;
    json_array_foreach(c->pickings, i, picking)
        if (!delivery_out_tell(c, picking, wait, err))
            return err_within(err, "%.60s", json_text_or(picking, "name", "?"));
    return true;
}

static void work(struct workshop_place *place, struct batch *batch, struct batch_job *job)
{
    struct delivery_case c = { .place = place, .batch = batch, .job = job };
    bool wait = false;
    struct err err = { 0 };

    c.sale = jobs_record_id(job->job.record, "delivery:");
    if (c.sale == 0) {
        err_set(&err, ERR_INVALID, "the job names no sale order of Odoo's");
        batch_failed(job, &err);
        return;
    }
    if (tell_all(&c, &wait, &err))
        batch_done(job);
    else if (wait)
        wait_for_shop(&c, &err);
    else {
        batch_failed(job, &err);
        batch_talk(job, place->shopify.request.data, place->shopify.response.data,
                   place->shopify.request_id);
    }
    json_decref(c.lines);
    json_decref(c.pickings);
    json_decref(c.taken);
}

void delivery_out_run(void *workshop, struct batch *batch)
{
    struct workshop_place place;

    if (!workshop_enter(&place, workshop, batch, true))
        return;
    for (size_t i = 0; i < batch->count; i++)
        if (strcmp(place.site->policies.text[POLICY_delivery_out], "off") == 0)
            batch_cancel(&batch->jobs[i], "the shop is not told of deliveries (policy delivery_out)");
        else
            work(&place, batch, &batch->jobs[i]);
    workshop_leave(&place);
}
