#include "store/checkpoint.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/mutex.h"

#define RETRY_US 1000000 /* after a failure: the disk is full, or fails */

struct checkpoint {
    struct db *db; /* the thread's */
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stopping; /* lock */
    bool under_way; /* lock; one at a time, whoever does it */
    int pages, home; /* lock; of the log, and those of them that are in the file */
    unsigned logs;   /* lock; grows when the log begins anew */
};

/* One round; the pages that were in the log and those that are home. */
static bool move(struct db *db, int *pages, int *home)
{
    *pages = *home = 0;
    return sqlite3_wal_checkpoint_v2(db->sql, NULL, SQLITE_CHECKPOINT_PASSIVE, pages, home) ==
           SQLITE_OK;
}

/* Under the lock. */
static void note(struct checkpoint *c, unsigned log, bool good, int home)
{
    c->under_way = false;
    if (good && log == c->logs && home > c->home)
        c->home = home;
}

static void *run(void *arg)
{
    struct checkpoint *c = arg;

    mutex_lock(&c->lock);
    while (!c->stopping) {
        unsigned log = c->logs;
        int pages, home, before = c->home;
        bool good;

        if (c->under_way || c->pages - c->home < CHECKPOINT_PIECE) {
            cond_wait(&c->wake, &c->lock);
            continue;
        }
        c->under_way = true;
        mutex_unlock(&c->lock);
        good = move(c->db, &pages, &home);
        mutex_lock(&c->lock);
        note(c, log, good, home);
        if (log == c->logs && c->home == before && !c->stopping) /* failed, or a reader needs it */
            cond_wait_until(&c->wake, &c->lock, when_ticks() + RETRY_US);
    }
    mutex_unlock(&c->lock);
    return NULL;
}

struct checkpoint *checkpoint_new(const char *path, struct err *err)
{
    AUTO(checkpoint) c = calloc(1, sizeof *c);
    int rc;

    if (c == NULL) {
        err_set(err, ERR_BUSY, "open the store: no memory");
        return NULL;
    }
    mutex_init(&c->lock);
    cond_init(&c->wake);
    c->db = db_open(path, true, err);
    if (c->db == NULL)
        return NULL;
    rc = pthread_create(&c->thread, NULL, run, c);
    if (rc != 0) {
        err_errno(err, ERR_BUSY, rc, "start the thread of the store's log");
        return NULL;
    }
    c->has_thread = true;
    return TAKE(c);
}

void checkpoint_free(struct checkpoint *c)
{
    if (c == NULL)
        return;
    if (c->has_thread) {
        mutex_lock(&c->lock);
        c->stopping = true;
        pthread_cond_signal(&c->wake);
        mutex_unlock(&c->lock);
        pthread_join(c->thread, NULL);
    }
    db_free(c->db);
    pthread_cond_destroy(&c->wake);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

/* Has the writer to do it now? Under the lock. */
static bool mine(const struct checkpoint *c)
{
    int left = c->pages - c->home;

    if (c->under_way || left == 0)
        return false;
    return c->pages >= CHECKPOINT_MOST || (c->pages >= CHECKPOINT_LONG && left < CHECKPOINT_PIECE);
}

void checkpoint_grown(struct checkpoint *c, struct db *db, int pages)
{
    unsigned log;
    bool now, good;
    int home = 0;

    mutex_lock(&c->lock);
    if (pages < c->pages) {
        c->logs++;
        c->home = 0;
    }
    c->pages = pages;
    log = c->logs;
    now = mine(c);
    if (now)
        c->under_way = true;
    else if (c->pages - c->home >= CHECKPOINT_PIECE && !c->under_way)
        pthread_cond_signal(&c->wake);
    mutex_unlock(&c->lock);
    if (!now)
        return;
    good = move(db, &pages, &home);
    mutex_lock(&c->lock);
    note(c, log, good, home);
    mutex_unlock(&c->lock);
}
