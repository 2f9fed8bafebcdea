/* m_overview.c - the dashboard's picture, put together from memory and a few indexed reads. */
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/json.h"
#include "control/methods.h"
#include "control/rows.h"
#include "queue/schedule.h"
#include "store/backends.h"
#include "store/conflicts.h"
#include "store/metrics.h"

#define ORDER_MINUTES 60
#define SERIES_MINUTES_MAX (7 * 24 * 60)
#define SERIES_VALUES_MAX 1500
#define TREND_US      (30 * WHEN_SECOND)

static json_t *side_unknown(void)
{
    return json_pack("{s:s,s:s}", "state", "unknown", "word", "not looked at yet");
}

static const json_t *gauge_of(const json_t *gauges, int64_t backend)
{
    const json_t *rows = json_at(gauges, "backends");

    for (size_t i = 0; i < json_array_size(rows); i++)
        if (json_int_or(json_array_get(rows, i), "id", 0) == backend)
            return json_array_get(rows, i);
    return NULL;
}

static json_t *side(const json_t *gauge, const char *name, bool paused)
{
    const json_t *value = json_at(gauge, name);

    if (paused)
        return json_pack("{s:s,s:s}", "state", "paused", "word", "paused by an operator");
    return value != NULL ? json_deep_copy(value) : side_unknown();
}

static json_t *backends_of(struct call *call, const json_t *gauges, struct err *err)
{
    struct backend *rows AUTO_FREE = calloc(BACKENDS_MAX, sizeof *rows);
    size_t count = BACKENDS_MAX;
    json_t *list;

    if (rows == NULL) {
        err_set(err, ERR_BUSY, "no memory to read the backends");
        return NULL;
    }
    if (!backends_list(call->db, rows, &count, err))
        return NULL;
    list = json_array();
    for (size_t i = 0; i < count; i++) {
        const json_t *gauge = gauge_of(gauges, rows[i].id);

        json_array_append_new(
            list, json_pack("{s:I,s:o,s:o,s:o,s:b,s:o,s:o}", "id", (json_int_t)rows[i].id, "name",
                            json_str(rows[i].name), "shop", json_str(rows[i].shop), "odoo",
                            json_str(rows[i].odoo_url), "paused", (int)rows[i].paused, "shopify",
                            side(gauge, "shopify", rows[i].paused), "odoo_side",
                            side(gauge, "odoo_side", rows[i].paused)));
    }
    return list;
}

static json_t *orders_of(struct call *call, when now, struct err *err)
{
    int64_t counts[ORDER_MINUTES], peak = 0, sum = 0;
    when from = (now / WHEN_MINUTE - (ORDER_MINUTES - 1)) * WHEN_MINUTE;
    json_t *minutes;

    if (!metrics_minutes(call->db, 0, "orders.confirmed", from, counts, ORDER_MINUTES, err))
        return NULL;
    minutes = json_array();
    for (unsigned i = 0; i < ORDER_MINUTES; i++) {
        json_array_append_new(minutes, json_integer(counts[i]));
        sum += counts[i];
        peak = counts[i] > peak ? counts[i] : peak;
    }
    return json_pack("{s:o,s:I,s:I,s:f}", "minutes", minutes, "now",
                     (json_int_t)counts[ORDER_MINUTES - 1], "peak", (json_int_t)peak, "avg",
                     (double)sum / ORDER_MINUTES);
}

static double ms(int64_t us)
{
    return us < 0 ? 0 : (double)us / 1000;
}

/* The last hour's order latencies, in buckets that double from 62 ms. */
static json_t *latency_of(struct call *call, when now, struct err *err)
{
    struct latency *latency AUTO_FREE = calloc(1, sizeof *latency);
    json_t *buckets;
    unsigned b = 0;

    if (latency == NULL) {
        err_set(err, ERR_BUSY, "no memory to read the latencies");
        return NULL;
    }
    if (!metrics_latencies(call->db, 0, "orders", now - WHEN_HOUR, now, latency, err))
        return NULL;
    buckets = json_array();
    for (int64_t le_ms = 62; le_ms <= 64000; le_ms *= 2) {
        int64_t count = 0;

        while (b < METRIC_BUCKETS && latency_bucket_top(b) <= le_ms * 1000)
            count += latency->buckets[b++];
        json_array_append_new(buckets, json_pack("{s:I,s:I}", "le_ms", (json_int_t)le_ms, "count",
                                                 (json_int_t)count));
    }
    return json_pack("{s:f,s:f,s:f,s:I,s:o}", "p50_ms", ms(latency_quantile(latency, 0.5)),
                     "p95_ms", ms(latency_quantile(latency, 0.95)), "p99_ms",
                     ms(latency_quantile(latency, 0.99)), "count", (json_int_t)latency->count,
                     "buckets", buckets);
}

static json_t *problems_of(struct call *call, when now, struct err *err)
{
    struct problems_filter filter = { .state = -1 };
    struct problem rows[5];
    size_t count = 5;
    int64_t causes, open, next;
    json_t *top;

    if (!problems_totals(call->db, &causes, &open, err) ||
        !problems_list(call->db, &filter, now, rows, &count, &next, err))
        return NULL;
    top = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(top, rows_problem(&rows[i]));
    return json_pack("{s:I,s:I,s:o}", "causes", (json_int_t)causes, "open", (json_int_t)open, "top",
                     top);
}

/* What waits for a person's choice, all kinds together. */
static json_t *conflicts_of(struct call *call, when now, struct err *err)
{
    struct conflict_kind rows[16];
    size_t count = sizeof rows / sizeof rows[0];
    int64_t open = 0, oldest = 0;

    if (!conflicts_kinds(call->db, now, rows, &count, err))
        return NULL;
    for (size_t i = 0; i < count; i++) {
        open += rows[i].open;
        if (rows[i].oldest != 0 && (oldest == 0 || rows[i].oldest < oldest))
            oldest = rows[i].oldest;
    }
    return json_pack("{s:I,s:I}", "open", (json_int_t)open, "oldest", (json_int_t)oldest);
}

static json_t *webhooks_of(struct call *call, const json_t *lanes)
{
    const struct control_services *services = call->services;
    json_auto_t *stats =
        services->webhook_stats != NULL ? services->webhook_stats(services->ctx) : NULL;
    const json_t *per_s = json_at(stats, "per_s");
    json_int_t last = 0, oldest = 0;

    for (size_t i = 0; i < json_array_size(lanes); i++) {
        int64_t lag = json_int_or(json_array_get(lanes, i), "lag_us", 0);

        oldest = lag > oldest ? lag : oldest;
    }
    /* the second before this one is whole */
    if (json_array_size(per_s) >= 2)
        last = json_integer_value(json_array_get(per_s, json_array_size(per_s) - 2));
    return json_pack("{s:I,s:I,s:I,s:I,s:I}", "per_s", last, "bad_5m",
                     (json_int_t)json_int_or(stats, "rej", 0), "dup_5m",
                     (json_int_t)json_int_or(stats, "dup", 0), "ok_5m",
                     (json_int_t)json_int_or(stats, "ok", 0), "oldest_us", oldest);
}

/* Seconds until the backlog is gone at the present pace; null while it grows or stands. */
static json_t *drain(struct trend *trend, const json_t *lanes, json_int_t *backlog)
{
    int64_t now = when_ticks();
    double rate = 0;

    *backlog = 0;
    for (size_t i = 0; i < json_array_size(lanes); i++) {
        const json_t *lane = json_array_get(lanes, i);

        *backlog += json_int_or(lane, "ready", 0) + json_int_or(lane, "running", 0) +
                    json_int_or(lane, "waiting", 0);
        rate += json_real_or(lane, "rate", 0);
    }
    if (trend == NULL)
        return json_null();
    if (trend->next_ticks == 0 || now - trend->next_ticks > TREND_US) {
        trend->ticks = trend->next_ticks;
        trend->backlog = trend->next_backlog;
        trend->next_ticks = now;
        trend->next_backlog = *backlog;
    }
    if (*backlog == 0)
        return json_integer(0);
    if (trend->ticks == 0 || *backlog >= trend->backlog || rate <= 0)
        return json_null();
    return json_integer((json_int_t)((double)*backlog / rate));
}

static json_t *workers_of(struct call *call)
{
    unsigned busy = 0, total = 0;

    if (call->schedule != NULL)
        schedule_workers(call->schedule, &busy, &total);
    return json_pack("{s:I,s:I}", "busy", (json_int_t)busy, "total", (json_int_t)total);
}

/* Takes each part over; false when one of them failed. */
static bool put(json_t *to, const char *key, json_t *part)
{
    return json_object_set_new(to, key, part) == 0;
}

bool m_overview(struct call *call, struct err *err)
{
    const struct control_services *services = call->services;
    json_auto_t *gauges = services->gauges != NULL ? services->gauges(services->ctx) : NULL;
    json_auto_t *all = json_object();
    const json_t *budget = json_at(gauges, "budget"), *lanes;
    when now = when_now();
    json_int_t backlog;
    bool good;

    good = put(all, "now", json_integer(now)) &&
           put(all, "backends", backends_of(call, gauges, err)) &&
           put(all, "lanes", rows_lanes(call, err)) &&
           put(all, "orders", orders_of(call, now, err)) &&
           put(all, "latency", latency_of(call, now, err)) &&
           put(all, "problems", problems_of(call, now, err)) &&
           put(all, "conflicts", conflicts_of(call, now, err)) &&
           put(all, "alerts", rows_alerts(call, err));
    if (!good)
        return false;
    lanes = json_object_get(all, "lanes");
    put(all, "workers", workers_of(call));
    put(all, "drain_s", drain(call->trend, lanes, &backlog));
    put(all, "backlog", json_integer(backlog));
    put(all, "webhooks", webhooks_of(call, lanes));
    put(all, "clients", call->clients != NULL ? json_incref(call->clients) : json_array());
    put(all, "budget", budget != NULL ? json_deep_copy(budget) : json_array());
    put(all, "version", json_string(SIGNALBOX_VERSION));
    call->result = json_incref(all);
    return true;
}

bool m_metrics_series(struct call *call, struct err *err)
{
    int64_t minutes = call_int(call, "minutes", 60), step = call_int(call, "step", 1);
    int64_t last = when_now() / WHEN_MINUTE + 1;
    const char *name = call_text(call, "name");
    int64_t *counts AUTO_FREE = NULL;
    json_t *values;

    if (minutes < 1 || minutes > SERIES_MINUTES_MAX || step < 1 || step > minutes ||
        minutes / step > SERIES_VALUES_MAX)
        return err_set(err, ERR_INVALID, "minutes: 1 to %d, in at most %d steps",
                       SERIES_MINUTES_MAX, SERIES_VALUES_MAX);
    minutes -= minutes % step;
    last += (step - last % step) % step; /* steps begin where the clock's do: bars do not wander */
    counts = calloc((size_t)minutes, sizeof *counts);
    if (counts == NULL)
        return err_set(err, ERR_BUSY, "no memory to read a series");
    if (!metrics_minutes(call->db, call_int(call, "backend", 0), name,
                         (last - minutes) * WHEN_MINUTE, counts, (size_t)minutes, err))
        return false;
    values = json_array();
    for (int64_t i = 0; i < minutes; i += step) {
        int64_t sum = 0;

        for (int64_t k = 0; k < step; k++)
            sum += counts[i + k];
        json_array_append_new(values, json_integer((json_int_t)sum));
    }
    call->result = json_pack("{s:s, s:I, s:o}", "name", name, "step", (json_int_t)step, "values",
                             values);
    return true;
}

bool m_metrics_latency(struct call *call, struct err *err)
{
    when now = when_now(), since = call_int(call, "since", call->started);
    struct latency *latency AUTO_FREE = calloc(1, sizeof *latency);
    int64_t odoo, shopify, confirmed;

    if (latency == NULL)
        return err_set(err, ERR_BUSY, "no memory to read the latencies");
    if (!metrics_latencies(call->db, 0, "orders", since, now, latency, err) ||
        !metrics_sum(call->db, 0, "odoo.calls", since, now, &odoo, err) ||
        !metrics_sum(call->db, 0, "shopify.calls", since, now, &shopify, err) ||
        !metrics_sum(call->db, 0, "orders.confirmed", since, now, &confirmed, err))
        return false;
    call->result = json_pack(
        "{s:{s:I,s:f,s:f,s:f,s:I},s:I,s:f,s:I}", "orders", "count", (json_int_t)latency->count,
        "p50_ms", ms(latency_quantile(latency, 0.5)), "p95_ms", ms(latency_quantile(latency, 0.95)),
        "p99_ms", ms(latency_quantile(latency, 0.99)), "confirmed", (json_int_t)confirmed,
        "odoo_calls", (json_int_t)odoo, "odoo_calls_per_order",
        latency->count > 0 ? (double)odoo / (double)latency->count : 0.0, "shopify_calls",
        (json_int_t)shopify);
    return true;
}
