/*
 * What a backend needs done from time to time. Each job schedules its successor.
 */
#include "jobs/workshop.h"

#include <stdio.h>
#include <stdlib.h>


#include "base/str.h"
#include "shopify/subscriptions.h"
#include "store/alerts.h"
#include "store/history.h"
#include "store/inbox.h"
#include "store/jobs.h"
#include "store/metrics.h"
#include "store/settings.h"

#define TRIM_PIECE 500

/* ---- the hourly look at the subscriptions ---- */

struct watch {
    int64_t backend;
    char text[ALERT_TEXT_MAX]; /* "": all is well, an open alert ends */
};

static bool watch_change(struct db *db, void *ctx, struct err *err)
{
    struct watch *watch = ctx;

    if (watch->text[0] == '\0')
        return alerts_end(db, watch->backend, "subscriptions", when_now(), err);
    return alerts_raise(db, watch->backend, "subscriptions", ALERT_WARN, watch->text, when_now(),
                        err);
}

void subscriptions_run(void *workshop, struct batch *batch)
{
    struct workshop_place place;
    struct batch_job *job = &batch->jobs[0];
    struct subscriptions *found;
    struct watch *watch;
    struct err err = { 0 };
    const char *url;

    if (!workshop_enter(&place, workshop, batch, false))
        return;
    found = calloc(1, sizeof *found);
    watch = calloc(1, sizeof *watch);
    url = place.site->policies.text[POLICY_webhook_url];
    if (found == NULL || watch == NULL)
        err_set(&err, ERR_BUSY, "no memory");
    else if (url[0] != '\0')
        subscriptions_ensure(place.site->shop, place.http, url, NULL, found, &place.shopify, &err);
    if (err.kind != ERR_NONE) {
        batch_talk(job, place.shopify.request.data, place.shopify.response.data,
                   place.shopify.request_id);
        batch_failed(job, &err);
        free(watch);
    } else {
        watch->backend = batch->backend;
        if (found->created > 0)
            snprintf(watch->text, sizeof watch->text,
                     "%u webhook subscriptions were missing at Shopify and have been made again",
                     found->created);
        batch_change(job, watch_change, watch, free);
        batch_again(job, when_now() + WHEN_HOUR);
    }
    free(found);
    workshop_leave(&place);
}

/* ---- forgetting ---- */

struct trim {
    when before, rejected, figures;
    bool more;
};

static bool trim_change(struct db *db, void *ctx, struct err *err)
{
    struct trim *trim = ctx;
    bool jobs = false, inbox = false, history = false, figures = false;

    if (!jobs_trim(db, trim->before, TRIM_PIECE, &jobs, err) ||
        !inbox_trim(db, trim->rejected, trim->before, TRIM_PIECE, &inbox, err) ||
        !history_trim(db, trim->before, TRIM_PIECE, &history, err) ||
        !metrics_trim(db, trim->figures, TRIM_PIECE, &figures, err))
        return false;
    trim->more = jobs || inbox || history || figures;
    return true;
}

void trim_run(void *workshop, struct batch *batch)
{
    struct batch_job *job = &batch->jobs[0];
    struct trim trim = { 0 };
    struct err err = { 0 };
    int64_t days = 90, rejected_h = 24, figures_days = 30;
    when now = when_now();

    (void)workshop;
    if (!policies_int(batch->db, batch->backend, POLICY_keep_days, &days, &err) ||
        !settings_int(batch->db, SETTING_rejected_keep_h, &rejected_h, &err) ||
        !settings_int(batch->db, SETTING_metrics_keep_days, &figures_days, &err)) {
        batch_failed(job, &err);
        return;
    }
    trim.before = now - days * WHEN_DAY;
    trim.rejected = now - rejected_h * WHEN_HOUR;
    trim.figures = now - figures_days * WHEN_DAY;
    if (!store_do(batch->store, trim_change, &trim, &err))
        batch_failed(job, &err);
    else
        batch_again(job, trim.more ? now + WHEN_SECOND : now + WHEN_HOUR);
}
