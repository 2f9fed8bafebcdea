#include "tests/sandbox/latency.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mutex.h"
#include "tests/sandbox/rng.h"

#define KINDS 4096 /* a power of two; two kinds in one place share their numbers */

struct latency {
    const char *model, *method;
    double median, more, spread;
};

static const struct latency table[] = {
#define LATENCY(model, method, median, more, spread) { model, method, median, more, spread },
#include "tests/sandbox/latency.def"
#undef LATENCY
};

struct latencies {
    pthread_mutex_t lock;
    uint64_t seed;
    uint64_t calls[KINDS]; /* lock; so far, of each kind */
};

struct latencies *latencies_new(uint64_t seed)
{
    struct latencies *l = calloc(1, sizeof *l);

    if (l == NULL)
        return NULL;
    mutex_init(&l->lock);
    l->seed = seed;
    return l;
}

void latencies_free(struct latencies *l)
{
    if (l == NULL)
        return;
    pthread_mutex_destroy(&l->lock);
    free(l);
}

void latencies_rewind(struct latencies *l)
{
    mutex_lock(&l->lock);
    memset(l->calls, 0, sizeof l->calls);
    mutex_unlock(&l->lock);
}

static uint64_t kind_of(const char *model, const char *method, size_t records)
{
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */

    for (const char *p = model; *p != '\0'; p++)
        hash = (hash ^ (unsigned char)*p) * UINT64_C(1099511628211);
    for (const char *p = method; *p != '\0'; p++)
        hash = (hash ^ (unsigned char)*p) * UINT64_C(1099511628211);
    return rng_next(&(struct rng){ hash ^ records });
}

unsigned latencies_draw(struct latencies *l, const char *model, const char *method, size_t records)
{
    uint64_t kind = kind_of(model, method, records);
    const struct latency *row = table;
    struct rng rng;
    double ms;

    while ((row->model[0] != '\0' && strcmp(row->model, model) != 0) ||
           (row->method[0] != '\0' && strcmp(row->method, method) != 0))
        row++;
    mutex_lock(&l->lock);
    rng.state = l->seed ^ kind ^ (l->calls[kind % KINDS]++ << 20);
    mutex_unlock(&l->lock);
    rng_next(&rng); /* mixes the neighbours apart */
    rng.state = rng_next(&rng);
    ms = row->median + row->more * (double)(records > 1 ? records - 1 : 0);
    /* lognormal: the 95th percentile is at 1.645 deviations */
    ms *= exp(log(row->spread) / 1.645 * rng_normal(&rng));
    return (unsigned)(fmin(ms, 60000) * 1000);
}

void latency_sleep(unsigned us)
{
    struct timespec t = { .tv_sec = us / 1000000, .tv_nsec = (long)(us % 1000000) * 1000 };

    while (nanosleep(&t, &t) != 0)
        ;
}
