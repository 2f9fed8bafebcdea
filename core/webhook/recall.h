/*
 * recall.h - what is usual for each shop's deliveries survives a restart: the longest gap, the
 * usual minute, and how long it has been silent. Kept in the store as a cursor of the backend.
 */
#ifndef WEBHOOK_RECALL_H
#define WEBHOOK_RECALL_H

#include "store/store.h"
#include "webhook/pattern.h"
#include "webhook/shops.h"

#define RECALL_CURSOR "webhook_pattern"
#define RECALL_US     (5 * INT64_C(60000000)) /* written down so often */

/* At start, with the caller's reader: goes on where the last run ended. */
bool recall_begin(struct pattern *p, const struct shops *shops, struct db *db, int64_t ticks,
                  struct err *err);

/* Taken under the receiver's lock, written without it. */
struct recall_note {
    size_t count;
    struct {
        int64_t backend;
        struct pattern_learned learned;
    } rows[BACKENDS_MAX];
};
void recall_take(const struct pattern *p, const struct shops *shops, int64_t ticks,
                 struct recall_note *note);
bool recall_change(struct db *db, void *ctx, struct err *err); /* ctx: the note */

#endif
