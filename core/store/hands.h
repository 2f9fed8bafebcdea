/*
 * hands.h - which jobs the workers hold right now, in a mapped file beside the database.
 *
 * A claimed job that was only waiting in memory when the core died was not its killer; one
 * that was in a worker's hands may have been. The page outlives the process, so the next
 * start can tell them apart without a commit per job. Each slot belongs to one thread.
 */
#ifndef STORE_HANDS_H
#define STORE_HANDS_H

#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"

#define HANDS_SLOTS 64
#define HANDS_JOBS_MAX 255 /* in one slot */

struct hands;

/* The file DIR/hands is kept as the last run left it until hands_forget. */
struct hands *hands_open(const char *dir, struct err *err);
void hands_free(struct hands *hands);
AUTO_DEFINE(hands)
void hands_take(struct hands *hands, unsigned slot, const int64_t *ids, size_t count);
void hands_drop(struct hands *hands, unsigned slot);
/* The jobs in hand when the last run ended; the list is the hands' own. */
const int64_t *hands_left(const struct hands *hands, size_t *count);
void hands_forget(struct hands *hands);

#endif
