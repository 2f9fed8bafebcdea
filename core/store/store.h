/*
 * store.h - the core's memory on disk: one SQLite file in one state directory.
 *
 * One thread writes: the writer. A write is a function handed to it; many are
 * put into one transaction (group commit, WAL, synchronous=FULL) and all callers
 * get their answer after one COMMIT. Each change runs in a savepoint of its own:
 * one that fails is undone alone. Readers are read-only connections, each owned
 * by one thread. Only core/store writes SQL.
 *
 * A full disk, or any failure of the disk, turns into err BUSY for every change of
 * that transaction; the writer goes on, tries once a second, and works again when there is room.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include <sys/queue.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/when.h"

#define STORE_FILE "signalbox.db" /* in the state directory */
#define STORE_NAME_MAX 64         /* bytes with the NUL: lanes, kinds of jobs, topics, users */
#define STORE_RECORD_MAX 96       /* "order:5512345", see jobs.h */
#define STORE_TITLE_MAX 160       /* what people read for it: "#1042" */
#define STORE_PAGE_MAX 500        /* rows in one answer */
#define STORE_BATCH_MAX 512       /* changes in one transaction */

struct store;
struct db; /* a connection: the writer's inside a change, or a reader's own */

/*
 * Makes dir (0700) and the file if there is none. Refuses in words (err DENIED: locked by
 * another core, not writable, newer than this program; INVALID: damaged; BUSY: disk full).
 * Runs the migrations, gives running jobs of a dead core back, starts the writer.
 */
struct store *store_open(const char *dir, struct err *err);
void store_free(struct store *store); /* after the last user: writes what is queued, closes */
AUTO_DEFINE(store)

/*
 * A change. It runs on the writer thread, must not wait for anything, and may only use db.
 * False with *err filled: undo this change.
 */
typedef bool store_change(struct db *db, void *ctx, struct err *err);

/* Any thread but the writer. Returns after the commit (or the failure). */
bool store_do(struct store *store, store_change *change, void *ctx, struct err *err);

/*
 * The same without waiting. The request belongs to the store until done is called, on the
 * writer thread after the commit; done must not wait and may reuse or free the request.
 * Whoever sends bounds what it has under way.
 */
struct store_request {
    store_change *change;
    void (*done)(struct store_request *request);
    void *ctx;
    bool ok; /* set before done */
    struct err err;
    STAILQ_ENTRY(store_request) link; /* the store's */
};
void store_send(struct store *store, struct store_request *request);

/*
 * Called on the writer thread after a commit that made a job ready, moved a lane or changed
 * a due time: the scheduler's alarm clock. Set before work starts; NULL: nobody listens.
 */
void store_on_jobs(struct store *store, void (*call)(void *ctx), void *ctx);
/* The same for changes of settings, policies, backends, secrets and mappings; before anybody who
 * waits for the commit goes on. */
void store_on_settings(struct store *store, void (*call)(void *ctx), void *ctx);

/* A read-only connection for the calling thread alone. */
struct db *store_reader(struct store *store, struct err *err);
void db_free(struct db *db);
AUTO_DEFINE(db)
/*
 * Several reads that must agree: between begin and end nothing changes; one may lie within
 * another. Keep it short: the log can't be emptied meanwhile. It is quicker than one by one.
 */
bool db_view_begin(struct db *db, struct err *err);
void db_view_end(struct db *db);

struct store_stats {
    int64_t commits, changes, failed;
    int64_t bytes, wal_bytes;
    int queued;  /* waiting for the writer now */
    int version; /* number of the newest migration */
    int64_t slowest_us; /* longest commit since the last call */
    bool failing;       /* the last transaction failed: disk full or broken */
    when failing_since;
    char why[ERR_TEXT_MAX]; /* in words, while it fails */
};
void store_stats(struct store *store, struct store_stats *stats);

struct hands;
struct hands *store_hands(struct store *store); /* see hands.h; the store's own */
/* How many jobs the last run of the core left running, and how many of those were parked. */
void store_recovered(const struct store *store, int64_t *returned, int64_t *parked);

/*
 * Reads the whole file for damage; slow when it is large (start only reads all of a file up to
 * 64 MiB, and the ends of every table of a larger one). Any thread.
 */
bool store_check(struct store *store, struct err *err);

/* A copy of the database that is whole, written while the core runs. path must not exist. */
bool store_backup(struct store *store, const char *path, struct err *err);

#endif
