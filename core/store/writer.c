#include "store/writer.h"

#include <pthread.h>
#include <string.h>

#include "base/crash.h"
#include "base/mutex.h"
#include "base/str.h"
#include "store/bulk.h"
#include "store/checkpoint.h"

#define BATCH_MAX_US 100000  /* a transaction that takes longer leaves the rest to the next */
#define RETRY_US 1000000     /* after a failure: is there room again? */

STAILQ_HEAD(requests, store_request);

struct listener {
    void (*call)(void *ctx);
    void *ctx;
};

struct writer {
    struct db *db;
    struct checkpoint *checkpoint;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct requests queue;         /* lock */
    bool stopping, started;        /* lock */
    struct listener on_jobs, on_settings; /* lock */
    struct store_stats stats;      /* lock */
    int log_pages;                 /* the thread's */
    bool probe;                    /* the thread's: the last transaction failed */
};

static int note_log(void *ctx, sqlite3 *sql, const char *name, int pages)
{
    struct writer *w = ctx;

    (void)sql;
    (void)name;
    w->log_pages = pages;
    return SQLITE_OK;
}

/* Waits for work. The requests to do now are in *batch; false: nothing is left and we stop. */
static bool take(struct writer *w, struct requests *batch)
{
    int count = 0;

    STAILQ_INIT(batch);
    mutex_lock(&w->lock);
    while (STAILQ_EMPTY(&w->queue) && !w->stopping) {
        if (w->db->tasks && !w->stats.failing)
            break;
        if (w->stats.failing) { /* nobody may come for long: see whether there is room again */
            cond_wait_until(&w->wake, &w->lock, when_ticks() + RETRY_US);
            break;
        }
        cond_wait(&w->wake, &w->lock);
    }
    while (!STAILQ_EMPTY(&w->queue) && count < STORE_BATCH_MAX) {
        struct store_request *r = STAILQ_FIRST(&w->queue);

        STAILQ_REMOVE_HEAD(&w->queue, link);
        STAILQ_INSERT_TAIL(batch, r, link);
        count++;
    }
    w->stats.queued -= count;
    count = count == 0 && w->stopping ? -1 : count;
    mutex_unlock(&w->lock);
    return count >= 0;
}

static void give_back(struct writer *w, struct requests *rest)
{
    struct store_request *r;
    int count = 0;

    STAILQ_FOREACH(r, rest, link)
        count++;
    if (count == 0)
        return;
    mutex_lock(&w->lock);
    STAILQ_CONCAT(rest, &w->queue);
    STAILQ_CONCAT(&w->queue, rest);
    w->stats.queued += count;
    mutex_unlock(&w->lock);
}

/* One change in its savepoint. False: the whole transaction is lost. */
static bool apply(struct db *db, struct store_request *r, struct err *err)
{
    bool ok;

    err_clear(&r->err);
    if (!db_run(db, err, "SAVEPOINT change", ""))
        return false;
    r->ok = r->change(db, r->ctx, &r->err);
    if (!r->ok && r->err.kind == ERR_NONE)
        err_set(&r->err, ERR_BUG, "a change failed without a reason");
    if (sqlite3_get_autocommit(db->sql)) { /* SQLite undid everything: disk full or failing */
        if (r->ok)
            return err_set(err, ERR_BUSY, "the transaction was lost: disk full or failing");
        *err = r->err;
        return false;
    }
    if (r->ok)
        tally_keep(&db->tally);
    else
        tally_undo(&db->tally);
    ok = (r->ok || db_run(db, err, "ROLLBACK TO change", "")) &&
         db_run(db, err, "RELEASE change", "");
    return ok;
}

/* Something that has to be written, though it changes nothing. */
static bool touch(struct db *db, struct err *err)
{
    return db_run(db, err, "UPDATE meta SET value = value WHERE key = 'run'", "");
}

/* Moves what was worked from todo to done. */
static bool transaction(struct writer *w, struct requests *todo, struct requests *done,
                        struct err *err)
{
    struct db *db = w->db;
    int64_t until = when_ticks() + BATCH_MAX_US;

    tally_empty(&db->tally);
    db->touched = 0;
    if (!db_run(db, err, "BEGIN IMMEDIATE", "")) {
        STAILQ_CONCAT(done, todo);
        return false;
    }
    while (!STAILQ_EMPTY(todo) && when_ticks() < until) {
        struct store_request *r = STAILQ_FIRST(todo);

        STAILQ_REMOVE_HEAD(todo, link);
        STAILQ_INSERT_TAIL(done, r, link);
        if (!apply(db, r, err))
            return false;
    }
    if ((db->tasks && !bulk_go_on(db, err)) || (w->probe && !touch(db, err)))
        return false;
    tally_keep(&db->tally);
    return tally_write(db, err) && db_run(db, err, "COMMIT", "");
}

static void note(struct writer *w, const struct requests *done, bool ok, const struct err *err,
                 int64_t took)
{
    const struct store_request *r;
    int count = 0, failed = 0;

    STAILQ_FOREACH(r, done, link) {
        count++;
        failed += !r->ok;
    }
    mutex_lock(&w->lock);
    w->stats.commits += ok;
    w->stats.changes += count;
    w->stats.failed += failed;
    if (!ok && !w->stats.failing)
        w->stats.failing_since = when_now();
    w->stats.failing = w->probe = !ok;
    str_copy(w->stats.why, sizeof w->stats.why, ok ? "" : err->text);
    if (took > w->stats.slowest_us)
        w->stats.slowest_us = took;
    mutex_unlock(&w->lock);
}

static void call_hook(struct writer *w, const struct listener *hook)
{
    struct listener copy;

    mutex_lock(&w->lock);
    copy = *hook;
    mutex_unlock(&w->lock);
    if (copy.call != NULL)
        copy.call(copy.ctx);
}

static void work(struct writer *w, struct requests *todo)
{
    struct requests done = STAILQ_HEAD_INITIALIZER(done);
    struct store_request *r;
    struct err err = { 0 };
    int64_t start = when_ticks();
    bool ok = transaction(w, todo, &done, &err);

    if (ok) {
        crash_point(CRASH_COMMIT);
    } else {
        if (!sqlite3_get_autocommit(w->db->sql))
            db_run(w->db, NULL, "ROLLBACK", "");
        err.kind = ERR_BUSY; /* whatever it was, nothing was written: try again */
        STAILQ_FOREACH(r, &done, link) {
            r->ok = false;
            r->err = err;
        }
    }
    give_back(w, todo);
    note(w, &done, ok, &err, when_ticks() - start);
    /* before any answer: a job that this commit made ready must not meet the settings of before */
    if (ok && (w->db->touched & DB_TOUCH_SETTINGS) != 0)
        call_hook(w, &w->on_settings);
    while ((r = STAILQ_FIRST(&done)) != NULL) {
        STAILQ_REMOVE_HEAD(&done, link);
        r->done(r); /* it may be gone now */
    }
    if (ok && (w->db->touched & DB_TOUCH_JOBS) != 0)
        call_hook(w, &w->on_jobs);
}

static void *run(void *arg)
{
    struct writer *w = arg;
    struct requests batch;

    while (take(w, &batch)) {
        work(w, &batch);
        checkpoint_grown(w->checkpoint, w->db, w->log_pages);
    }
    return NULL;
}

struct writer *writer_new(struct db **db, const char *path, struct err *err)
{
    AUTO(writer) w = calloc(1, sizeof *w);
    int rc;

    if (w == NULL) {
        err_set(err, ERR_BUSY, "start the writer: no memory");
        return NULL;
    }
    mutex_init(&w->lock);
    cond_init(&w->wake);
    STAILQ_INIT(&w->queue);
    w->checkpoint = checkpoint_new(path, err);
    if (w->checkpoint == NULL)
        return NULL;
    w->db = *db;
    sqlite3_wal_hook(w->db->sql, note_log, w);
    rc = pthread_create(&w->thread, NULL, run, w);
    if (rc != 0) {
        w->db = NULL;
        err_errno(err, ERR_BUSY, rc, "start the writer");
        return NULL;
    }
    w->started = true;
    *db = NULL;
    return TAKE(w);
}

void writer_free(struct writer *w)
{
    if (w == NULL)
        return;
    if (w->started) {
        mutex_lock(&w->lock);
        w->stopping = true;
        pthread_cond_signal(&w->wake);
        mutex_unlock(&w->lock);
        pthread_join(w->thread, NULL);
    }
    checkpoint_free(w->checkpoint);
    db_free(w->db);
    pthread_cond_destroy(&w->wake);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

void writer_send(struct writer *w, struct store_request *request)
{
    mutex_lock(&w->lock);
    if (STAILQ_EMPTY(&w->queue))
        pthread_cond_signal(&w->wake);
    STAILQ_INSERT_TAIL(&w->queue, request, link);
    w->stats.queued++;
    mutex_unlock(&w->lock);
}

struct waiting {
    struct store_request request;
    pthread_mutex_t lock;
    pthread_cond_t cond;
    bool done; /* lock */
};

static void wake_caller(struct store_request *request)
{
    struct waiting *waiting = (struct waiting *)request; /* its first member */

    mutex_lock(&waiting->lock);
    waiting->done = true;
    pthread_cond_signal(&waiting->cond);
    mutex_unlock(&waiting->lock);
}

bool writer_do(struct writer *w, store_change *change, void *ctx, struct err *err)
{
    struct waiting waiting = { .request = { .change = change, .done = wake_caller, .ctx = ctx } };

    mutex_init(&waiting.lock);
    cond_init(&waiting.cond);
    writer_send(w, &waiting.request);
    mutex_lock(&waiting.lock);
    while (!waiting.done)
        cond_wait(&waiting.cond, &waiting.lock);
    mutex_unlock(&waiting.lock);
    pthread_cond_destroy(&waiting.cond);
    pthread_mutex_destroy(&waiting.lock);
    if (!waiting.request.ok && err != NULL)
        *err = waiting.request.err;
    return waiting.request.ok;
}

void writer_on(struct writer *w, enum db_touch what, void (*call)(void *ctx), void *ctx)
{
    struct listener *hook = what == DB_TOUCH_JOBS ? &w->on_jobs : &w->on_settings;

    mutex_lock(&w->lock);
    *hook = (struct listener){ call, ctx };
    mutex_unlock(&w->lock);
}

void writer_stats(struct writer *w, struct store_stats *stats)
{
    mutex_lock(&w->lock);
    *stats = w->stats;
    w->stats.slowest_us = 0;
    mutex_unlock(&w->lock);
}
