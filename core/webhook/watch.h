/*
 * watch.h - raises alerts about deliveries: failed signatures, unknown shops, a burst, silence.
 *
 * An alert is one open row in the store; it ends by itself when there was no further sign for
 * an hour (silence: with the next delivery). Writes go to the store without waiting.
 * Not thread-safe: whoever owns it locks it; watch_send alone is called without that lock.
 */
#ifndef WEBHOOK_WATCH_H
#define WEBHOOK_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"
#include "webhook/pattern.h"
#include "base/source.h"

#define WATCH_RAISED_MAX 128 /* open alerts that we will end; more are raised and stay open */
#define WATCH_QUIET_US   (60 * 60 * INT64_C(1000000))
#define WATCH_NEWS_MAX   8

enum watch_kind { WATCH_SIGNATURE, WATCH_UNKNOWN_SHOP, WATCH_BURST, WATCH_SILENCE, WATCH_KINDS };

struct watch_raised {
    int64_t backend, last; /* last: when_ticks; 0: free */
    enum watch_kind kind;
};

struct watch {
    struct watch_raised raised[WATCH_RAISED_MAX];
};

/* What is to be written: filled under the lock, sent without it. */
struct watch_news {
    unsigned count;
    struct {
        bool end;
        int64_t backend;
        enum watch_kind kind;
        char text[256];
    } rows[WATCH_NEWS_MAX];
};

void watch_signature(struct watch *w, int64_t backend, const struct source *source, unsigned count,
                     int64_t ticks, struct watch_news *news);
void watch_unknown_shop(struct watch *w, const char *domain, const struct source *source,
                        int64_t ticks, struct watch_news *news);
void watch_pattern(struct watch *w, const struct pattern_found *found, int64_t ticks,
                   struct watch_news *news);
void watch_delivery(struct watch *w, int64_t backend, struct watch_news *news);
/* Ends what had no sign for an hour, at most WATCH_NEWS_MAX at a time. */
void watch_tick(struct watch *w, int64_t ticks, struct watch_news *news);

void watch_send(struct store *store, const struct watch_news *news);
/*
 * At start: what an earlier run left open is over, but for silence, which ends with a delivery.
 * silent (of BACKENDS_MAX): the backends for which it is told.
 */
bool watch_begin(struct watch *w, struct store *store, struct db *db, int64_t ticks,
                 int64_t *silent, size_t *count, struct err *err);

#endif
