/*
 * What a backend needs done from time to time. Each job schedules its successor.
 */
#include "jobs/workshop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "shopify/subscriptions.h"
#include "store/alerts.h"
#include "store/cursors.h"
#include "store/history.h"
#include "store/inbox.h"
#include "store/jobs.h"
#include "store/metrics.h"
#include "store/settings.h"

#define TRIM_PIECE 500

/* ---- the hourly look at the subscriptions ---- */

struct watch {
    int64_t backend;
    char text[ALERT_TEXT_MAX];    /* "": all is well, an open alert ends */
    char version[ALERT_TEXT_MAX]; /* the same for Shopify's API version */
    char url[CURSOR_VALUE_MAX];   /* where the subscriptions point to now */
};

static bool tell(struct db *db, int64_t backend, const char *kind, const char *text,
                 struct err *err)
{
    if (text[0] == '\0')
        return alerts_end(db, backend, kind, when_now(), err);
    return alerts_raise(db, backend, kind, ALERT_WARN, text, when_now(), err);
}

static bool watch_change(struct db *db, void *ctx, struct err *err)
{
    struct watch *watch = ctx;

    return tell(db, watch->backend, "subscriptions", watch->text, err) &&
           tell(db, watch->backend, "api_version", watch->version, err) &&
           cursors_set(db, watch->backend, UPKEEP_URL, watch->url, err);
}

const char *upkeep_old_url(const char *before, const char *url)
{
    return before[0] != '\0' && strcmp(before, url) != 0 ? before : NULL;
}

void subscriptions_run(void *workshop, struct batch *batch)
{
    struct workshop_place place;
    struct batch_job *job = &batch->jobs[0];
    struct subscriptions *found;
    struct watch *watch;
    char before[CURSOR_VALUE_MAX] = "";
    struct err err = { 0 };
    const char *url;

    if (!workshop_enter(&place, workshop, batch, false))
        return;
    found = calloc(1, sizeof *found);
    watch = calloc(1, sizeof *watch);
    url = place.site->policies.text[POLICY_webhook_url];
    if (found == NULL || watch == NULL)
        err_set(&err, ERR_BUSY, "no memory");
    else if (url[0] != '\0' && cursors_get(batch->db, batch->backend, UPKEEP_URL, before, &err))
        subscriptions_ensure(place.site->shop, place.http, url,
                             upkeep_old_url(before, url), found, &place.shopify, &err);
    if (err.kind != ERR_NONE) {
        batch_talk(job, place.shopify.request.data, place.shopify.response.data,
                   place.shopify.request_id);
        batch_failed(job, &err);
        free(watch);
    } else {
        watch->backend = batch->backend;
        str_copy(watch->url, sizeof watch->url, url);
        if (place.shopify.api_version[0] != '\0' &&
            strcmp(place.shopify.api_version, shop_api_version(place.site->shop)) != 0)
            snprintf(watch->version, sizeof watch->version,
                     "Shopify answers with API version %.15s, asked for is %.15s: set api_version "
                     "to one that is served",
                     place.shopify.api_version, shop_api_version(place.site->shop));
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
