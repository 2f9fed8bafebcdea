/*
 * pool.h - worker threads. The pool knows threads; it knows nothing of jobs.
 *
 * Each worker repeats take -> work -> put. take and put are called with the
 * pool locked, one at a time, and must not wait for anything (a leaf lock of
 * their own is fine, if pool_wake is never called under it); work is called
 * unlocked, many at once, and is the only call that may be slow.
 */
#ifndef QUEUE_POOL_H
#define QUEUE_POOL_H

#include "base/auto.h"
#include "base/err.h"

#define POOL_THREADS_MAX 64

struct pool;

struct pool_ops {
    void *(*take)(void *ctx); /* the next item, or NULL: nothing to do now */
    /* cannot fail: the outcome is in the item; worker counts from 0 */
    void (*work)(void *ctx, unsigned worker, void *item);
    void (*put)(void *ctx, void *item); /* takes the item back */
};

/* ops and ctx must outlive the pool. threads: 1 to POOL_THREADS_MAX. */
struct pool *pool_new(unsigned threads, const struct pool_ops *ops, void *ctx, struct err *err);
void pool_wake(struct pool *p); /* there may be something to take; any thread may call */
void pool_free(struct pool *p); /* lets each worker finish what it holds; NULL is fine */
AUTO_DEFINE(pool)

#endif
