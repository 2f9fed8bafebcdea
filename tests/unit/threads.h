/* threads.h - the same work in several threads at once. */
#ifndef TESTS_THREADS_H
#define TESTS_THREADS_H

#include <pthread.h>
#include <stdlib.h>

struct threads_job {
    void (*work)(void *item);
    void *item;
};

static inline void *threads_start(void *ctx)
{
    struct threads_job *job = ctx;

    job->work(job->item);
    return NULL;
}

/* items: count of them, each of that size; at most 32. */
static inline void threads_run(void (*work)(void *item), void *items, size_t size, unsigned count)
{
    struct threads_job jobs[32];
    pthread_t ids[32];

    for (unsigned i = 0; i < count; i++) {
        jobs[i] = (struct threads_job){ work, (char *)items + i * size };
        if (pthread_create(&ids[i], NULL, threads_start, &jobs[i]) != 0)
            abort();
    }
    for (unsigned i = 0; i < count; i++)
        pthread_join(ids[i], NULL);
}

#endif
