#include "store/metrics.h"

#include <string.h>

#include "store/db.h"

#define OCTAVE 8 /* buckets in which a value doubles */

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

/* 0 to 7 as they are; then eight to each octave: 8-15 in steps of 1, 16-31 in steps of 2 ... */
unsigned latency_bucket(int64_t us)
{
    uint64_t v = us > 0 ? (uint64_t)us : 0;
    unsigned octave, bucket;

    if (v < OCTAVE)
        return (unsigned)v;
    octave = 60 - (unsigned)__builtin_clzll(v); /* 0 for 8 to 15 */
    bucket = OCTAVE * (octave + 1) + (unsigned)((v >> octave) - OCTAVE);
    return bucket < METRIC_BUCKETS ? bucket : METRIC_BUCKETS - 1;
}

int64_t latency_bucket_top(unsigned bucket)
{
    if (bucket < OCTAVE)
        return bucket;
    return (int64_t)(((uint64_t)(bucket % OCTAVE + OCTAVE + 1) << (bucket / OCTAVE - 1)) - 1);
}

/* Within its bucket the values are taken as evenly spread. */
int64_t latency_quantile(const struct latency *latency, double part)
{
    double before = 0, goal = part * (double)latency->count;

    for (unsigned b = 0; b < METRIC_BUCKETS; b++) {
        double n = (double)latency->buckets[b];
        int64_t low = b == 0 ? -1 : latency_bucket_top(b - 1), top = latency_bucket_top(b);

        if (n > 0 && before + n >= goal)
            return low + (int64_t)((double)(top - low) * (goal - before) / n + 0.5);
        before += n;
    }
    return -1;
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
