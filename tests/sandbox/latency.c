#include "tests/sandbox/latency.h"

#include <string.h>
#include <time.h>

struct latency {
    const char *model, *method;
    double median, more, spread;
};

static const struct latency latencies[] = {
#define LATENCY(model, method, median, more, spread) { model, method, median, more, spread },
#include "tests/sandbox/latency.def"
#undef LATENCY
};

unsigned latency_draw(struct rng *r, const char *model, const char *method, size_t records)
{
    const struct latency *l = latencies;
    double ms;

    while ((l->model[0] != '\0' && strcmp(l->model, model) != 0) ||
           (l->method[0] != '\0' && strcmp(l->method, method) != 0))
        l++;
    ms = l->median + l->more * (double)(records > 1 ? records - 1 : 0);
    /* lognormal: the 95th percentile is at 1.645 deviations */
    ms *= exp(log(l->spread) / 1.645 * rng_normal(r));
    return (unsigned)(fmin(ms, 60000) * 1000);
}

void latency_sleep(unsigned us)
{
    struct timespec t = { .tv_sec = us / 1000000, .tv_nsec = (long)(us % 1000000) * 1000 };

    while (nanosleep(&t, &t) != 0)
        ;
}
