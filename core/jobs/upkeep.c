/*
 * What a backend needs done from time to time. Each job goes on with itself later; and a look at
 * the start and every few minutes (upkeep_keep) brings back one that is not there any more.
 */
#include "jobs/workshop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "jobs/odoo_poll.h"
#include "shopify/subscriptions.h"
#include "store/alerts.h"
#include "store/conflicts.h"
#include "store/cursors.h"
#include "store/history.h"
#include "store/imports.h"
#include "store/inbox.h"
#include "store/jobs.h"
#include "store/metrics.h"
#include "store/risks.h"
#include "store/settings.h"

#define TRIM_PIECE 500
#define PARKED_FOR WHEN_HOUR /* then it goes on: its cause has been seen, or is gone */
#define POLL_PARKED_FOR (5 * WHEN_MINUTE)

static const char *const upkeep[] = { "subscriptions", "trim" }; /* kind and record */

/* ---- never none of them, never two ---- */

struct wanted {
    const char *lane, *kind, *record;
    when due, parked_for;
};

struct found {
    struct job rows[20];
    size_t count;
};

/* Which of two to keep. */
static int rank(const struct job *job)
{
    if (job->state == JOB_RUNNING)
        return 2;
    return job->state == JOB_READY || job->state == JOB_WAITING;
}

/* Of one kind, what has not ended, the one to keep first. */
static bool find_open(struct db *db, int64_t backend, const struct wanted *wanted,
                      struct found *found, struct err *err)
{
    struct jobs_filter filter = { .backend = backend, .state = -1, .record = wanted->record };
    struct job page[20];

    found->count = 0;
    for (unsigned pages = 0; pages < 50; pages++) {
        size_t count = sizeof page / sizeof page[0];
        int64_t next;

        if (!jobs_list(db, &filter, page, &count, &next, err))
            return false;
        for (size_t i = 0; i < count; i++) {
            size_t at = found->count > 0 && rank(&page[i]) > rank(&found->rows[0]) ? 0 : found->count;

            if (job_state_is_end(page[i].state) || strcmp(page[i].kind, wanted->kind) != 0)
                continue;
            if (found->count == sizeof found->rows / sizeof found->rows[0])
                return true;
            found->rows[found->count++] = found->rows[at];
            found->rows[at] = page[i];
        }
        if (next == 0)
            break;
        filter.after = next;
    }
    return true;
}

static bool cancel_rest(struct db *db, const struct found *found, when now, struct err *err)
{
    int64_t ids[sizeof found->rows / sizeof found->rows[0]];
    struct jobs_bulk bulk = { .of = { .ids = ids, .state = -1, .count = -1 },
                              .step = STEP_CANCEL,
                              .now = now };

    for (size_t i = 1; i < found->count; i++)
        ids[bulk.of.id_count++] = found->rows[i].id;
    return bulk.of.id_count == 0 || jobs_bulk(db, &bulk, err);
}

/* Sees to it that it is there, once. */
static bool keep_one(struct db *db, int64_t backend, const struct wanted *wanted,
                     struct found *found, when now, struct err *err)
{
    struct job_new job = { .backend = backend, .lane = wanted->lane, .kind = wanted->kind,
                           .record = wanted->record, .priority = 5, .due = wanted->due };
    const struct job *one = &found->rows[0];
    int64_t id;

    if (!find_open(db, backend, wanted, found, err) || !cancel_rest(db, found, now, err))
        return false;
    if (found->count > 0 && one->state == JOB_PARKED && one->updated <= now - wanted->parked_for)
        job.due = 0;
    else if (found->count > 0 && one->state != JOB_NOFLOW)
        return true;
    return jobs_add(db, &job, &id, NULL, err); /* merged with one that is parked */
}

bool upkeep_keep(struct db *db, int64_t backend, when now, struct err *err)
{
    AUTO_FREE struct found *found = calloc(1, sizeof *found);

    if (found == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    for (size_t i = 0; i < sizeof upkeep / sizeof upkeep[0]; i++) {
        struct wanted wanted = { "upkeep", upkeep[i], upkeep[i], now + WHEN_HOUR, PARKED_FOR };

        if (!keep_one(db, backend, &wanted, found, now, err))
            return false;
    }
    return polls_keep(db, backend, now, err);
}

/* One job, as long as that policy is not "off". */
static bool keep_while(struct db *db, int64_t backend, enum policy policy,
                       const struct wanted *wanted, when now, struct err *err)
{
    AUTO_FREE struct found *found = calloc(1, sizeof *found);
    char on[POLICY_VALUE_MAX];

    if (found == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    return policies_get(db, backend, policy, on, err) &&
           (strcmp(on, "off") == 0 || keep_one(db, backend, wanted, found, now, err));
}

/* Nobody looks any more: what was said last is not true for long. */
static bool forget_risks(struct db *db, int64_t backend, when now, struct err *err)
{
    char on[POLICY_VALUE_MAX];

    return policies_get(db, backend, POLICY_stock_out, on, err) &&
           (strcmp(on, "off") != 0 || (risks_drop_all(db, backend, err) &&
                                       alerts_end(db, backend, "oversell", now, err)));
}

bool polls_keep(struct db *db, int64_t backend, when now, struct err *err)
{
    static const struct wanted full = { POLL_LANE, "stock.full", "stock.full", 0, PARKED_FOR };
    size_t count;
    const struct poll_group *groups = poll_groups(&count);

    for (size_t i = 0; i < count; i++) {
        char record[STORE_RECORD_MAX];
        struct wanted wanted = { POLL_LANE, POLL_KIND, record, 0, POLL_PARKED_FOR };

        snprintf(record, sizeof record, "poll:%s", groups[i].name);
        if (!keep_while(db, backend, groups[i].on, &wanted, now, err))
            return false;
    }
    return keep_while(db, backend, POLICY_stock_out, &full, now, err) &&
           forget_risks(db, backend, now, err);
}

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
    bool conflicts = false, imports = false;

    if (!jobs_trim(db, trim->before, TRIM_PIECE, &jobs, err) ||
        !inbox_trim(db, trim->rejected, trim->before, TRIM_PIECE, &inbox, err) ||
        !history_trim(db, trim->before, TRIM_PIECE, &history, err) ||
        !metrics_trim(db, trim->figures, TRIM_PIECE, &figures, err) ||
        !conflicts_trim(db, trim->before, TRIM_PIECE, &conflicts, err) ||
        !imports_trim(db, trim->before, TRIM_PIECE, &imports, err))
        return false;
    trim->more = jobs || inbox || history || figures || conflicts || imports;
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
