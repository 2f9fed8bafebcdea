/*
 * queue - how many jobs are claimed and finished per second, and what memory that takes.
 *
 *     queue [--jobs=100000] [--waiting=0] [--workers=8] [--batch=20] [--dir=DIR]
 *
 * Fills a fresh store with that many jobs of one lane (and with `waiting` more that are not due
 * for a year), then times a scheduler with a kind of job that does nothing until the last one's
 * end is committed. Prints one JSON object.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue/schedule.h"
#include "store/backends.h"

static bool fail(const char *what, const struct err *err)
{
    fprintf(stderr, "queue: %s: %s\n", what, err->text);
    return false;
}

struct fill {
    int64_t backend, from, to;
    when due;
};

static bool fill_change(struct db *db, void *ctx, struct err *err)
{
    struct fill *f = ctx;

    if (f->backend == 0) {
        struct backend b = { .name = "bench", .shop = "bench", .odoo_url = "http://127.0.0.1:1",
                             .odoo_db = "d", .odoo_login = "l" };

        if (!backends_add(db, &b, &f->backend, err))
            return false;
    }
    for (int64_t i = f->from; i < f->to; i++) {
        char record[40];
        int64_t id;
        struct job_new job = { .backend = f->backend, .lane = "orders", .kind = "noop",
                               .record = record, .due = f->due };

        snprintf(record, sizeof record, "order:%" PRId64, i);
        if (!jobs_add(db, &job, &id, NULL, err))
            return false;
    }
    return true;
}

static bool fill(struct store *store, struct fill *f, int64_t count, when due, struct err *err)
{
    int64_t end = f->to + count;

    f->due = due;
    while (f->to < end) {
        f->from = f->to;
        f->to = f->from + 2000 < end ? f->from + 2000 : end;
        if (!store_do(store, fill_change, f, err))
            return fail("fill", err);
    }
    return true;
}

static bool widen(struct db *db, void *ctx, struct err *err)
{
    int64_t changed;

    return lanes_max(db, 0, "orders", *(int *)ctx, &changed, err);
}

static void run(void *ctx, struct batch *batch)
{
    atomic_llong *done = ctx;

    for (size_t i = 0; i < batch->count; i++)
        batch_done(&batch->jobs[i]);
    *done += (long long)batch->count;
}

static long memory_kib(const char *field)
{
    char line[256];
    FILE *f = fopen("/proc/self/status", "re");
    long kib = 0;

    while (f != NULL && fgets(line, sizeof line, f) != NULL)
        if (strncmp(line, field, strlen(field)) == 0)
            kib = strtol(line + strlen(field) + 1, NULL, 10);
    if (f != NULL)
        fclose(f);
    return kib;
}

static int64_t finished(struct db *db)
{
    int64_t counts[JOB_STATE_COUNT] = { 0 };

    return lanes_totals(db, 0, counts, NULL) ? counts[JOB_FINISHED] : 0;
}

struct options {
    int64_t jobs, waiting;
    int workers, batch;
    const char *dir;
};

static bool measure(struct store *store, const struct options *o, struct err *err)
{
    atomic_llong done = 0;
    struct job_kind kind = { "noop", "orders", 0, (unsigned)o->batch, 0, run };
    struct schedule_config config = { .workers = (unsigned)o->workers, .kinds = &kind,
                                      .kind_count = 1, .ctx = &done };
    AUTO(db) db = store_reader(store, err);
    AUTO(schedule) s = schedule_new(store, &config, err);
    struct fill f = { 0 };
    struct store_stats before, after;
    int64_t start, took;
    int width = o->workers;

    if (db == NULL || s == NULL || !fill(store, &f, o->waiting, when_now() + 365 * WHEN_DAY, err) ||
        !fill(store, &f, o->jobs, 0, err) || !store_do(store, widen, &width, err))
        return fail("prepare", err);
    store_stats(store, &before);
    start = when_ticks();
    schedule_start(s);
    while (done < o->jobs)
        usleep(2000);
    while (finished(db) < o->jobs)
        usleep(2000);
    took = when_ticks() - start;
    store_stats(store, &after);
    printf("{\"jobs\":%" PRId64 ",\"waiting\":%" PRId64 ",\"workers\":%d,\"batch\":%d,"
           "\"seconds\":%.3f,\"per_s\":%.0f,\"commits\":%" PRId64 ",\"rss_kib\":%ld,"
           "\"peak_kib\":%ld}\n",
           o->jobs, o->waiting, o->workers, o->batch, (double)took / 1e6,
           (double)o->jobs * 1e6 / (double)took, after.commits - before.commits,
           memory_kib("VmRSS"), memory_kib("VmHWM"));
    return true;
}

int main(int argc, char **argv)
{
    static const struct option options[] = { { "jobs", required_argument, NULL, 'j' },
                                             { "waiting", required_argument, NULL, 'w' },
                                             { "workers", required_argument, NULL, 't' },
                                             { "batch", required_argument, NULL, 'b' },
                                             { "dir", required_argument, NULL, 'd' },
                                             { 0 } };
    struct options o = { .jobs = 100000, .workers = 8, .batch = 20 };
    struct store *store;
    struct err err = { 0 };
    bool ok;
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
        switch (c) {
        case 'j': o.jobs = strtoll(optarg, NULL, 10); break;
        case 'w': o.waiting = strtoll(optarg, NULL, 10); break;
        case 't': o.workers = (int)strtol(optarg, NULL, 10); break;
        case 'b': o.batch = (int)strtol(optarg, NULL, 10); break;
        case 'd': o.dir = optarg; break;
        default: return 2;
        }
    if (o.dir == NULL || o.jobs < 1 || o.workers < 1 || o.workers > 64 || o.batch < 1 ||
        o.batch > SCHEDULE_BATCH_MAX) {
        fprintf(stderr, "queue: --dir=DIR of a fresh store is needed; see the top of the source\n");
        return 2;
    }
    store = store_open(o.dir, &err);
    if (store == NULL)
        return !fail("open", &err);
    ok = measure(store, &o, &err);
    store_free(store);
    return ok ? 0 : 1;
}
