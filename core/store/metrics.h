/*
 * metrics.h - figures by the minute: counters and latencies, added up with each commit.
 *
 * A name is a word with dots: "orders.confirmed", "odoo.calls", "inbox.ok", latency "orders".
 */
#ifndef STORE_METRICS_H
#define STORE_METRICS_H

#include "store/store.h"

#define METRIC_BUCKETS 240 /* eight to an octave, from 1 us to an hour and more: 9 % wide */

/* Inside a change: counted in the same commit. */
bool metrics_add(struct db *db, int64_t backend, const char *name, when at, int64_t n,
                 struct err *err);
bool metrics_latency(struct db *db, int64_t backend, const char *name, when at, int64_t us,
                     struct err *err);

/*
 * Minutes are kept, and their sums by the hour, so that a month is as quick to read as a day.
 * backend 0: all. counts[i]: minute from + i; both ends at full minutes.
 */
bool metrics_minutes(struct db *db, int64_t backend, const char *name, when from, int64_t *counts,
                     size_t minutes, struct err *err);
bool metrics_sum(struct db *db, int64_t backend, const char *name, when from, when to,
                 int64_t *sum, struct err *err);

struct latency {
    int64_t count, max_us;
    int64_t buckets[METRIC_BUCKETS];
};
bool metrics_latencies(struct db *db, int64_t backend, const char *name, when from, when to,
                       struct latency *latency, struct err *err);
/* Pure: microseconds below which that part (0.95) lies; -1 without data. */
int64_t latency_quantile(const struct latency *latency, double part);
unsigned latency_bucket(int64_t us);
int64_t latency_bucket_top(unsigned bucket); /* the largest value in it */

/* Forgets at most limit rows of each name; *more: there are more. */
bool metrics_trim(struct db *db, when before, int limit, bool *more, struct err *err);

#endif
