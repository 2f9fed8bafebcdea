/*
 * closing.h - what is written down with a job's end, in the same commit: the pair with what both
 * sides now hold, the timeline, the mappings it used or lacked, the figures.
 *
 * Filled on the worker's thread, then handed to the job (closing_send), which owns it. Everything
 * is copied. All calls take NULL: without memory for a closing the job ends all the same, and the
 * record is seen as no change next time.
 */
#ifndef JOBS_CLOSING_H
#define JOBS_CLOSING_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "queue/schedule.h"
#include "store/pairs.h"
#include "sync/findings.h"

#define CLOSING_EVENTS_MAX 12
#define CLOSING_NEEDS_MAX  64
#define CLOSING_KEYS_MAX   6

struct closing;

struct closing *closing_new(int64_t backend, const struct batch_job *job);
/* Takes it; the job has its end already or gets it next. */
void closing_send(struct batch_job *job, struct closing *c);

void closing_event(struct closing *c, const char *what, const char *text);
/* Each finding is an event; one from FLAG on about a thing that is mapped makes its row. */
void closing_findings(struct closing *c, const struct findings *f);
/* Counts a use of a mapping; lacking: makes the row, so that a person can map it. */
void closing_need(struct closing *c, const char *kind, const char *key, bool lacking);
void closing_title(struct closing *c, const char *kind, const char *key, const char *title);
/* The same, found by rule: what it means in Odoo. */
void closing_matched(struct closing *c, const char *kind, const char *key, const char *value,
                     const char *label);
/* All of uses.h's rows, but for words. */
void closing_uses(struct closing *c, const json_t *uses);
/* An err about a thing that is mapped: its row. */
void closing_thing(struct closing *c, const char *thing);

/* agreed: JSON text, taken; NULL: what is there stays. */
void closing_pair(struct closing *c, const struct pair *pair, char *agreed);
void closing_key(struct closing *c, const char *key); /* of the pair; NULL and "" are none */
/* Says so when another record of Shopify's is the same one in Odoo; words: "%lld" is its id. */
void closing_twins(struct closing *c, const char *words);

/* One more change of the same commit (jobs/ask.h); takes ctx. */
void closing_also(struct closing *c, store_change *change, void *ctx, void (*free_ctx)(void *ctx));

void closing_headline(struct closing *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void closing_counter(struct closing *c, const char *counter); /* a literal: "orders.confirmed" */
void closing_latency(struct closing *c, const char *name, when started);
void closing_calls(struct closing *c, int64_t odoo_calls); /* of the whole batch, in one of them */

#endif
