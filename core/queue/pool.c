#include "queue/pool.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mutex.h"

struct worker {
    struct pool *pool;
    pthread_t thread;
    unsigned number;
};

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    unsigned wakes; /* lock; grows with every pool_wake, so that none is missed */
    bool stopping;  /* lock */
    const struct pool_ops *ops;
    void *ctx;
    unsigned count; /* threads that run */
    struct worker workers[POOL_THREADS_MAX];
};

static void *work(void *arg)
{
    struct worker *self = arg;
    struct pool *p = self->pool;

    mutex_lock(&p->lock);
    while (!p->stopping) {
        unsigned seen = p->wakes;
        void *item = p->ops->take(p->ctx);

        if (item == NULL) {
            while (!p->stopping && seen == p->wakes)
                cond_wait(&p->wake, &p->lock);
            continue;
        }
        mutex_unlock(&p->lock);
        p->ops->work(p->ctx, self->number, item);
        mutex_lock(&p->lock);
        p->ops->put(p->ctx, item);
    }
    mutex_unlock(&p->lock);
    return NULL;
}

struct pool *pool_new(unsigned threads, const struct pool_ops *ops, void *ctx, struct err *err)
{
    AUTO(pool) p = NULL;

    if (threads == 0 || threads > POOL_THREADS_MAX) {
        err_set(err, ERR_INVALID, "%u workers: 1 to %d", threads, POOL_THREADS_MAX);
        return NULL;
    }
    p = calloc(1, sizeof *p);
    if (p == NULL) {
        err_set(err, ERR_BUSY, "no memory");
        return NULL;
    }
    mutex_init(&p->lock);
    cond_init(&p->wake);
    p->ops = ops;
    p->ctx = ctx;
    while (p->count < threads) {
        struct worker *w = &p->workers[p->count];
        int rc;

        w->pool = p;
        w->number = p->count;
        rc = pthread_create(&w->thread, NULL, work, w);
        if (rc != 0) {
            err_errno(err, ERR_BUSY, rc, "start worker %u", p->count);
            return NULL; /* pool_free joins those already running */
        }
        p->count++;
    }
    return TAKE(p);
}

void pool_wake(struct pool *p)
{
    mutex_lock(&p->lock);
    p->wakes++;
    pthread_cond_broadcast(&p->wake);
    mutex_unlock(&p->lock);
}

void pool_free(struct pool *p)
{
    if (p == NULL)
        return;
    mutex_lock(&p->lock);
    p->stopping = true;
    pthread_cond_broadcast(&p->wake);
    mutex_unlock(&p->lock);
    for (unsigned i = 0; i < p->count; i++)
        pthread_join(p->workers[i].thread, NULL);
    pthread_cond_destroy(&p->wake);
    pthread_mutex_destroy(&p->lock);
    free(p);
}
