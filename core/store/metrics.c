#include "store/metrics.h"

#include <math.h>
#include <string.h>

#include "store/db.h"

#define PER_OCTAVE 8

bool metrics_add(struct db *db, int64_t backend, const char *name, when at, int64_t n,
                 struct err *err)
{
    return tally_add(&db->tally, TALLY_METRIC, name, backend, at / WHEN_MINUTE, 0, n, err);
}

bool metrics_latency(struct db *db, int64_t backend, const char *name, when at, int64_t us,
                     struct err *err)
{
    return tally_add(&db->tally, TALLY_LATENCY, name, backend, at / WHEN_MINUTE,
                     latency_bucket(us), 1, err);
}

bool metrics_minutes(struct db *db, int64_t backend, const char *name, when from, int64_t *counts,
                     size_t minutes, struct err *err)
{
    int64_t first = from / WHEN_MINUTE;
    AUTO_ASK q = db_ask(db, err,
                        "SELECT minute, sum(n) FROM metric WHERE name = ?1 AND minute >= ?2 AND"
                        " minute < ?3 AND (?4 = 0 OR backend = ?4) GROUP BY minute",
                        "tiii", name, first, first + (int64_t)minutes, backend);
    int rc;

    memset(counts, 0, minutes * sizeof counts[0]);
    while ((rc = db_row(db, q, err)) == 1)
        counts[col_int(q, 0) - first] = col_int(q, 1);
    return rc == 0;
}

bool metrics_sum(struct db *db, int64_t backend, const char *name, when from, when to,
                 int64_t *sum, struct err *err)
{
    return db_number(db, sum, NULL, err,
                     "SELECT coalesce(sum(n), 0) FROM metric WHERE name = ?1 AND minute >= ?2 AND"
                     " minute < ?3 AND (?4 = 0 OR backend = ?4)",
                     "tiii", name, from / WHEN_MINUTE, to / WHEN_MINUTE + 1, backend);
}

bool metrics_latencies(struct db *db, int64_t backend, const char *name, when from, when to,
                       struct latency *latency, struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        "SELECT bucket, sum(n) FROM latency WHERE name = ?1 AND minute >= ?2 AND"
                        " minute < ?3 AND (?4 = 0 OR backend = ?4) GROUP BY bucket ORDER BY bucket",
                        "tiii", name, from / WHEN_MINUTE, to / WHEN_MINUTE + 1, backend);
    int rc;

    memset(latency, 0, sizeof *latency);
    while ((rc = db_row(db, q, err)) == 1) {
        int64_t bucket = col_int(q, 0);

        if (bucket < 0 || bucket >= METRIC_BUCKETS)
            continue;
        latency->buckets[bucket] = col_int(q, 1);
        latency->count += col_int(q, 1);
        latency->max_us = latency_bucket_top((unsigned)bucket);
    }
    return rc == 0;
}

/* Eight buckets an octave: top(b) = 2^((b + 1) / 8) microseconds. */
unsigned latency_bucket(int64_t us)
{
    double b;

    if (us <= 1)
        return 0;
    b = ceil(log2((double)us) * PER_OCTAVE) - 1;
    if (b < 0)
        return 0;
    while (b > 0 && latency_bucket_top((unsigned)b - 1) >= us)
        b--;
    while (b < METRIC_BUCKETS - 1 && latency_bucket_top((unsigned)b) < us)
        b++;
    return b < METRIC_BUCKETS ? (unsigned)b : METRIC_BUCKETS - 1;
}

int64_t latency_bucket_top(unsigned bucket)
{
    return (int64_t)exp2((double)(bucket + 1) / PER_OCTAVE);
}

int64_t latency_quantile(const struct latency *latency, double part)
{
    int64_t seen = 0, wanted = (int64_t)ceil((double)latency->count * part);

    if (latency->count == 0)
        return -1;
    if (wanted < 1)
        wanted = 1;
    for (unsigned b = 0; b < METRIC_BUCKETS; b++) {
        seen += latency->buckets[b];
        if (seen >= wanted)
            return latency_bucket_top(b);
    }
    return latency->max_us;
}

bool metrics_trim(struct db *db, when before, int limit, bool *more, struct err *err)
{
    int64_t minute = before / WHEN_MINUTE;
    int changes;

    if (!db_run(db, err,
                "DELETE FROM metric WHERE (name, minute, backend) IN (SELECT name, minute, backend"
                " FROM metric WHERE minute < ?1 LIMIT ?2)",
                "id", minute, limit))
        return false;
    changes = db_changes(db);
    if (!db_run(db, err,
                "DELETE FROM latency WHERE (name, minute, backend, bucket) IN (SELECT name, minute,"
                " backend, bucket FROM latency WHERE minute < ?1 LIMIT ?2)",
                "id", minute, limit))
        return false;
    *more = changes == limit || db_changes(db) == limit;
    return true;
}
