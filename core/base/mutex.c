#include "base/mutex.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void must(int rc, const char *what)
{
    if (rc != 0) {
        fprintf(stderr, "<0>%s failed: %s\n", what, strerrordesc_np(rc));
        abort();
    }
}

void mutex_init(pthread_mutex_t *lock)
{
    pthread_mutexattr_t attr;

    must(pthread_mutexattr_init(&attr), "mutex attributes");
    must(pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK), "mutex type");
    must(pthread_mutex_init(lock, &attr), "mutex");
    pthread_mutexattr_destroy(&attr);
}

void mutex_lock(pthread_mutex_t *lock)
{
    must(pthread_mutex_lock(lock), "lock");
}

void mutex_unlock(pthread_mutex_t *lock)
{
    must(pthread_mutex_unlock(lock), "unlock");
}

void cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attr;

    must(pthread_condattr_init(&attr), "condition attributes");
    must(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC), "condition clock");
    must(pthread_cond_init(cond, &attr), "condition");
    pthread_condattr_destroy(&attr);
}

void cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock)
{
    must(pthread_cond_wait(cond, lock), "wait");
}

void cond_wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t ticks)
{
    struct timespec until = { .tv_sec = ticks / 1000000, .tv_nsec = ticks % 1000000 * 1000 };
    int rc = pthread_cond_timedwait(cond, lock, &until);

    if (rc != ETIMEDOUT)
        must(rc, "timed wait");
}
