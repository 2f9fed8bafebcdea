/*
 * pattern.h - what is unusual about the deliveries of a shop: a burst (more than ten times the
 * usual minute) and silence (longer than the usual gap). Learned while running and taken along into
 * the next run (recall.h), without a clock of its own; times are when_ticks(). Owned by one thread.
 */
#ifndef WEBHOOK_PATTERN_H
#define WEBHOOK_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PATTERN_SHOPS_MAX          64 /* further shops are not watched */
#define PATTERN_BURST_FACTOR       10
#define PATTERN_BURST_FLOOR        60 /* deliveries a minute that are never a burst */
#define PATTERN_LEARN_MINUTES      10 /* before a burst can be told */
#define PATTERN_SILENCE_DELIVERIES 20 /* before silence can be told */

struct pattern_shop {
    int64_t backend; /* 0: free */
    int64_t first, last;
    uint64_t count;
    int64_t gap;    /* the longest lately; fades by half in a week */
    int64_t quiet;  /* silence shorter than this is never told; 0: none ever is */
    int64_t minute; /* of minute_count */
    unsigned minute_count, minutes;
    double usual;       /* deliveries a minute, over the last hour or so */
    int64_t burst_told; /* at most once an hour */
    bool silence_told;  /* until the next delivery */
};

struct pattern {
    struct pattern_shop shops[PATTERN_SHOPS_MAX];
};

enum pattern_sign { PATTERN_NOTHING, PATTERN_BURST, PATTERN_SILENCE };

struct pattern_found {
    enum pattern_sign sign;
    int64_t backend;
    int64_t now, usual; /* BURST: deliveries a minute; SILENCE: microseconds */
};

/* What was learned of a shop, for the next run: without a clock, all durations. */
struct pattern_learned {
    uint64_t count;
    int64_t gap, silent; /* silent: since the last delivery, as long as somebody listened */
    double usual;
    unsigned minutes;
};
/* False: nothing is known of it. */
bool pattern_learned(const struct pattern *p, int64_t backend, int64_t ticks,
                     struct pattern_learned *learned);
/* Goes on where another run ended. What it did not listen is no silence. */
void pattern_resume(struct pattern *p, int64_t backend, int64_t ticks,
                    const struct pattern_learned *learned);
void pattern_told(struct pattern *p, int64_t backend); /* its silence is known already */
/* How long silence must last at least, by the shop's policy. */
void pattern_quiet(struct pattern *p, int64_t backend, int64_t quiet_us);
/* One accepted delivery; says BURST when it is the one too many. */
struct pattern_found pattern_delivery(struct pattern *p, int64_t backend, int64_t ticks);
/* Called about once a second: one shop that fell silent, if any; call again until NOTHING. */
struct pattern_found pattern_tick(struct pattern *p, int64_t ticks);
void pattern_forget(struct pattern *p, int64_t backend); /* removed or paused on purpose */

#endif
