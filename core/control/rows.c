#include "control/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/log.h"
#include "base/str.h"
#include "queue/schedule.h"
#include "store/lanes.h"
#include "store/policies.h"

#define SPARK_SLOTS   30
#define ACTIVITY_ROWS 50
#define ALERT_ROWS    100

/* ---- lanes ---- */

static const struct schedule_lane *live_of(const struct schedule_lane *live, size_t count,
                                           const struct lane_row *row)
{
    for (size_t i = 0; i < count; i++)
        if (live[i].lane == row->id)
            return &live[i];
    return NULL;
}

static const char *lane_state(const struct lane_row *row, const struct schedule_lane *live)
{
    if (row->held)
        return "hold";
    if (row->paused)
        return "paused";
    if (live != NULL && live->breaker)
        return "breaker";
    return row->counts[JOB_READY] + row->counts[JOB_RUNNING] + row->counts[JOB_WAITING] > 0
               ? "run"
               : "idle";
}

static json_t *spark_of(const struct schedule_lane *live, double *rate)
{
    json_t *spark = json_array();
    int minute = 0;

    for (unsigned i = 0; i < SPARK_SLOTS; i++) {
        int n = live != NULL ? live->spark[i] : 0;

        json_array_append_new(spark, json_integer(n));
        /* the newest slot is not full yet: the six before it are the last whole minute */
        if (i >= SPARK_SLOTS - 7 && i < SPARK_SLOTS - 1)
            minute += n;
    }
    *rate = minute / 60.0;
    return spark;
}

static json_t *lane_object(const struct lane_row *row, const struct schedule_lane *live, when now)
{
    const char *state = lane_state(row, live), *why = row->held_reason;
    int64_t left = row->counts[JOB_READY] + row->counts[JOB_RUNNING];
    double rate;
    json_t *spark = spark_of(live, &rate), *lane;

    if (!row->held && live != NULL && live->out != 0) /* also of a side it can do without */
        why = live->why;
    lane = json_pack(
        "{s:I,s:s,s:s,s:o,s:o,s:I,s:i,s:f,s:I,s:o,s:o}", "backend", (json_int_t)row->backend,
        "lane", row->name, "state", state, "held_by", json_str(row->held_by), "held_reason",
        json_str(why), "held_since", (json_int_t)row->held_since, "max", row->max, "rate", rate,
        "lag_us", (json_int_t)(row->oldest != 0 && now > row->oldest ? now - row->oldest : 0),
        "eta_s", rate > 0 ? json_integer((json_int_t)((double)left / rate)) : json_null(), "spark",
        spark);
    for (unsigned s = 0; lane != NULL && s < JOB_STATE_COUNT; s++)
        if (s != JOB_FINISHED && s != JOB_CANCELLED)
            json_object_set_new(lane, job_state_name((enum job_state)s),
                                json_integer(row->counts[s]));
    return lane;
}

json_t *rows_lanes(struct call *call, struct err *err)
{
    struct lane_row *rows AUTO_FREE = calloc(LANES_MAX, sizeof *rows);
    struct schedule_lane *live AUTO_FREE = calloc(LANES_MAX, sizeof *live);
    size_t count = LANES_MAX, live_count = 0;
    json_t *lanes;
    when now = when_now();

    if (rows == NULL || live == NULL) {
        err_set(err, ERR_BUSY, "no memory to read the lanes");
        return NULL;
    }
    if (!lanes_list(call->db, 0, rows, &count, err))
        return NULL;
    if (call->schedule != NULL)
        live_count = schedule_lanes(call->schedule, live, LANES_MAX);
    lanes = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(lanes,
                              lane_object(&rows[i], live_of(live, live_count, &rows[i]), now));
    return lanes;
}

/* ---- jobs ---- */

json_t *rows_job(struct call *call, const struct job *job, struct err *err)
{
    int64_t tries_max = 0;

    if (job->backend != 0 &&
        !policies_int(call->db, job->backend, POLICY_attempts_max, &tries_max, err))
        return NULL;
    return json_pack("{s:I,s:I,s:s,s:s,s:o,s:o,s:s,s:i,s:i,s:I,s:I,s:I,s:I,s:s,s:o,s:o,s:i}", "id",
                     (json_int_t)job->id, "backend", (json_int_t)job->backend, "lane", job->lane,
                     "kind", job->kind, "record", json_str(job->record), "title",
                     json_str(job->title), "state", job_state_name(job->state), "priority",
                     job->priority, "tries", job->tries, "tries_max", (json_int_t)tries_max,
                     "created", (json_int_t)job->created, "due", (json_int_t)job->due, "updated",
                     (json_int_t)job->updated, "last_kind",
                     job->last_kind == ERR_NONE ? "" : err_name(job->last_kind), "last_text",
                     json_str(job->last_text), "problem", json_id_or_null(job->problem), "crashes",
                     job->crashes);
}

json_t *rows_problem(const struct problem *problem)
{
    json_t *spark = json_array();

    for (unsigned i = 0; i < PROBLEM_SPARK; i++)
        json_array_append_new(spark, json_integer(problem->spark[i]));
    return json_pack("{s:I,s:I,s:s,s:o,s:o,s:o,s:I,s:I,s:I,s:I,s:s,s:o,s:n,s:o,s:I,s:o}", "id",
                     (json_int_t)problem->id, "backend", (json_int_t)problem->backend, "kind",
                     err_name(problem->kind), "cause", json_str(problem->cause), "thing",
                     json_str(problem->thing), "lane", json_str(problem->lane), "count",
                     (json_int_t)problem->count, "open", (json_int_t)problem->open, "first",
                     (json_int_t)problem->first, "last", (json_int_t)problem->last, "state",
                     problem_state_name(problem->state), "assigned", json_str(problem->assigned),
                     "fix", "spark", spark, "until", (json_int_t)problem->until, "reason",
                     json_str(problem->reason));
}

/* ---- the receiver ---- */

json_t *rows_hook(const struct hook *hook)
{
    return json_pack(
        "{s:I,s:I,s:o,s:o,s:o,s:s,s:o,s:o,s:I,s:f,s:o,s:o,s:I}", "id", (json_int_t)hook->id, "at",
        (json_int_t)hook->received, "topic", json_str(hook->topic), "shop", json_str(hook->shop),
        "object", json_str(hook->object), "verdict", inbox_verdict_name(hook->verdict), "reason",
        json_str(hook->reason), "job", json_id_or_null(hook->job), "bytes", (json_int_t)hook->bytes,
        "ms", (double)hook->us / 1000, "source", json_str(hook->source), "webhook_id",
        json_str(hook->webhook_id), "backend", (json_int_t)hook->backend);
}

/* ---- records ---- */

json_t *rows_record(const struct pair *pair)
{
    char id[24];

    snprintf(id, sizeof id, "%lld", (long long)pair->shopify_id);
    return json_pack("{s:s,s:s,s:o,s:I,s:o,s:o,s:o,s:o,s:I,s:i}", "kind", pair->kind, "id", id,
                     "title", json_str(pair->title), "backend", (json_int_t)pair->backend,
                     "shopify_id", json_id_or_null(pair->shopify_id), "odoo_model",
                     json_str(pair->odoo_model), "odoo_id", json_id_or_null(pair->odoo_id), "state",
                     json_str(pair->state), "updated", (json_int_t)pair->updated, "flags",
                     (int)pair->flags);
}

json_t *rows_event(const struct history_event *event)
{
    return json_pack("{s:I,s:o,s:o,s:o,s:o}", "at", (json_int_t)event->at, "what",
                     json_str(event->what), "text", json_str(event->text), "job",
                     json_id_or_null(event->job), "by", json_str(event->by));
}

/* ---- alerts and activity ---- */

static json_t *users_of(const char *list)
{
    json_t *users = json_array();

    while (*list != '\0') {
        size_t n = strcspn(list, ",");

        if (n > 0)
            json_array_append_new(users, json_stringn(list, n));
        list += list[n] == ',' ? n + 1 : n;
    }
    return users;
}

json_t *rows_alert(const struct alert *alert)
{
    return json_pack("{s:I,s:I,s:I,s:I,s:I,s:s,s:s,s:o,s:o}", "id", (json_int_t)alert->id,
                     "backend", (json_int_t)alert->backend, "at", (json_int_t)alert->at, "last",
                     (json_int_t)alert->last, "count", (json_int_t)alert->count, "kind",
                     alert->kind, "level", alert_level_name(alert->level), "text",
                     json_str(alert->text), "seen_by", users_of(alert->seen_by));
}

json_t *rows_store(const struct store_stats *stats)
{
    char at[WHEN_TEXT_MAX];

    if (!stats->failing)
        return json_string("ok");
    return json_sprintf("can't write since %s: %s", when_iso(stats->failing_since, at),
                        stats->why);
}

/* Of a store that can't write no row can tell. NULL: it writes. */
static json_t *store_alert(struct call *call)
{
    struct alert alert = { .kind = "store", .level = ALERT_ERR, .count = 1 };
    struct store_stats stats;

    store_stats(call->store, &stats);
    if (!stats.failing)
        return NULL;
    alert.at = stats.failing_since;
    alert.last = when_now();
    snprintf(alert.text, sizeof alert.text,
             "the store can't write: %.120s; webhooks are put off, jobs wait; make room, it goes on by itself",
             stats.why);
    return rows_alert(&alert);
}

json_t *rows_alerts(struct call *call, struct err *err)
{
    struct alert *rows AUTO_FREE = calloc(ALERT_ROWS, sizeof *rows);
    size_t count = ALERT_ROWS;
    json_t *alerts;

    if (rows == NULL) {
        err_set(err, ERR_BUSY, "no memory to read the alerts");
        return NULL;
    }
    if (!alerts_list(call->db, rows, &count, err))
        return NULL;
    alerts = json_array();
    if (call->store != NULL)
        json_array_append_new(alerts, store_alert(call));
    for (size_t i = 0; i < count; i++)
        json_array_append_new(alerts, rows_alert(&rows[i]));
    return alerts;
}

json_t *rows_activity(struct call *call, struct err *err)
{
    struct activity *rows AUTO_FREE = calloc(ACTIVITY_ROWS, sizeof *rows);
    size_t count = ACTIVITY_ROWS;
    json_t *lines;

    if (rows == NULL) {
        err_set(err, ERR_BUSY, "no memory to read the activity");
        return NULL;
    }
    if (!activity_list(call->db, rows, &count, err))
        return NULL;
    lines = json_array();
    for (size_t i = 0; i < count; i++) {
        const char *level = rows[i].level <= LOG_FAIL   ? "err"
                            : rows[i].level == LOG_WARN ? "warn"
                                                        : "info";

        json_array_append_new(lines,
                              json_pack("{s:I,s:s,s:o,s:o,s:o}", "at", (json_int_t)rows[i].at,
                                        "level", level, "text", json_str(rows[i].text), "by",
                                        json_str(rows[i].by), "job", json_id_or_null(rows[i].job)));
    }
    return lines;
}
