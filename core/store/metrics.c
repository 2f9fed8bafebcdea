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

/* A stretch of minutes as whole hours with what is left over at both ends; any may be empty. */
struct part {
    bool hours;
    int64_t from, to; /* [from, to) in hours or minutes since 1970 */
};

static void split(when from, when to, struct part parts[3])
{
    int64_t first = from / WHEN_MINUTE, last = to / WHEN_MINUTE + 1;
    int64_t hour = (first + 59) / 60, end = last / 60;

    if (hour >= end)
        hour = end = last / 60 + 1; /* no whole hour: minutes alone */
    parts[0] = (struct part){ false, first, hour * 60 < last ? hour * 60 : last };
    parts[1] = (struct part){ true, hour, end };
    parts[2] = (struct part){ false, end * 60, last };
}

bool metrics_sum(struct db *db, int64_t backend, const char *name, when from, when to,
                 int64_t *sum, struct err *err)
{
    struct part parts[3];
    int64_t all = 0;

    split(from, to, parts);
    for (unsigned i = 0; i < 3; i++) {
        int64_t n = 0;

        if (!db_number(db, &n, NULL, err,
                       parts[i].hours
                           ? "SELECT coalesce(sum(n), 0) FROM metric_hour WHERE name = ?1 AND"
                             " hour >= ?2 AND hour < ?3 AND (?4 = 0 OR backend = ?4)"
                           : "SELECT coalesce(sum(n), 0) FROM metric WHERE name = ?1 AND"
                             " minute >= ?2 AND minute < ?3 AND (?4 = 0 OR backend = ?4)",
                       "tiii", name, parts[i].from, parts[i].to, backend))
            return false;
        all += n;
    }
    *sum = all;
    return true;
}

static bool add_latencies(struct db *db, int64_t backend, const char *name,
                          const struct part *part, struct latency *latency, struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        part->hours
                            ? "SELECT bucket, n FROM latency_hour WHERE name = ?1 AND hour >= ?2"
                              " AND hour < ?3 AND (?4 = 0 OR backend = ?4)"
                            : "SELECT bucket, n FROM latency WHERE name = ?1 AND minute >= ?2"
                              " AND minute < ?3 AND (?4 = 0 OR backend = ?4)",
                        "tiii", name, part->from, part->to, backend);
    int rc;

    while ((rc = db_row(db, q, err)) == 1) {
        int64_t bucket = col_int(q, 0);

        if (bucket >= 0 && bucket < METRIC_BUCKETS)
            latency->buckets[bucket] += col_int(q, 1);
    }
    return rc == 0;
}

bool metrics_latencies(struct db *db, int64_t backend, const char *name, when from, when to,
                       struct latency *latency, struct err *err)
{
    struct part parts[3];

    memset(latency, 0, sizeof *latency);
    split(from, to, parts);
    for (unsigned i = 0; i < 3; i++)
        if (!add_latencies(db, backend, name, &parts[i], latency, err))
            return false;
    for (unsigned b = 0; b < METRIC_BUCKETS; b++) {
        if (latency->buckets[b] == 0)
            continue;
        latency->count += latency->buckets[b];
        latency->max_us = latency_bucket_top(b);
    }
    return true;
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

/* ---- forgetting ---- */

/* The tables begin with a name: the old rows of each name lie together. */
static const struct {
    when unit;
    const char *next_name, *drop;
} tables[] = {
    { WHEN_MINUTE, "SELECT name FROM metric WHERE name > ?1 ORDER BY name LIMIT 1",
      "DELETE FROM metric WHERE (name, minute, backend) IN (SELECT name, minute, backend"
      " FROM metric WHERE name = ?1 AND minute < ?2 LIMIT ?3)" },
    { WHEN_MINUTE, "SELECT name FROM latency WHERE name > ?1 ORDER BY name LIMIT 1",
      "DELETE FROM latency WHERE (name, minute, backend, bucket) IN (SELECT name, minute, backend,"
      " bucket FROM latency WHERE name = ?1 AND minute < ?2 LIMIT ?3)" },
    { WHEN_HOUR, "SELECT name FROM metric_hour WHERE name > ?1 ORDER BY name LIMIT 1",
      "DELETE FROM metric_hour WHERE (name, hour, backend) IN (SELECT name, hour, backend"
      " FROM metric_hour WHERE name = ?1 AND hour < ?2 LIMIT ?3)" },
    { WHEN_HOUR, "SELECT name FROM latency_hour WHERE name > ?1 ORDER BY name LIMIT 1",
      "DELETE FROM latency_hour WHERE (name, hour, backend, bucket) IN (SELECT name, hour, backend,"
      " bucket FROM latency_hour WHERE name = ?1 AND hour < ?2 LIMIT ?3)" },
};

static bool next_name(struct db *db, const char *sql, char name[TALLY_NAME_MAX], bool *found,
                      struct err *err)
{
    char after[TALLY_NAME_MAX];

    memcpy(after, name, sizeof after);
    AUTO_ASK q = db_ask(db, err, sql, "t", after);
    int rc = db_row(db, q, err);

    *found = rc == 1;
    if (*found)
        col_text(q, 0, name, TALLY_NAME_MAX);
    return rc >= 0;
}

bool metrics_trim(struct db *db, when before, int limit, bool *more, struct err *err)
{
    *more = false;
    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++) {
        char name[TALLY_NAME_MAX] = "";
        bool found;

        for (;;) {
            if (!next_name(db, tables[t].next_name, name, &found, err))
                return false;
            if (!found)
                break;
            if (!db_run(db, err, tables[t].drop, "tid", name, before / tables[t].unit, limit))
                return false;
            *more = *more || db_changes(db) == limit;
        }
    }
    return true;
}
