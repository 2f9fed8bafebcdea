/*
 * rate.h - how much each source may send, and what each source did lately.
 *
 * A token bucket per source and one for all, in a table of fixed size: when it is full, the
 * source that was silent longest is forgotten. IPv6 counts by /64, for a sender has all of it.
 * Times are when_ticks(), so that a set clock changes nothing. Owned by one thread.
 */
#ifndef WEBHOOK_RATE_H
#define WEBHOOK_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/source.h"

#define RATE_SOURCES_MAX   4096 /* sources remembered */
#define RATE_WAYS          8    /* places a source may take */
#define RATE_BAD_WINDOW_US (10 * 60 * INT64_C(1000000))

struct rate_limit {
    unsigned per_s; /* 0: no limit */
    unsigned burst;
};

struct rate_bucket {
    int64_t full_at; /* when it will be full again: the only state a bucket needs */
};

struct rate_source {
    struct source source;
    bool used;
    int64_t seen;
    struct rate_bucket bucket;
    uint64_t ok, rejected;
    int64_t bad_since; /* begin of the window in which bad_count signatures failed */
    unsigned bad_count;
    bool bad_alerted; /* in this window */
};

/* Takes one out of any bucket; false: empty. */
bool rate_bucket_take(struct rate_bucket *bucket, struct rate_limit limit, int64_t ticks);

struct rate;

struct rate *rate_new(struct rate_limit per_source, struct rate_limit in_all, struct err *err);
void rate_free(struct rate *rate);

void rate_limits(struct rate *rate, struct rate_limit per_source, struct rate_limit in_all);

/* The source's entry, made if need be; valid until the next call. Never NULL. */
struct rate_source *rate_source(struct rate *rate, const struct source *source, int64_t ticks);
/* Takes one request out of the source's bucket and the common one; false: too many. */
bool rate_take(struct rate *rate, struct rate_source *entry, int64_t ticks);
/* Counts a failed signature; true when it is the fifth within ten minutes, once per window. */
bool rate_bad(struct rate_source *entry, unsigned limit, int64_t ticks);

/* The entries by weight (ok + rejected), heaviest first; at most max. Copies; returns how many. */
size_t rate_top(const struct rate *rate, struct rate_source *top, size_t max);

#endif
