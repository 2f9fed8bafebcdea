/*
 * calls.h - the calls of an order path as the practice Odoo taped them (tests/sandbox/tape.h),
 * taken apart into chains: the load of some orders and what was done with these orders next. What
 * belongs to no order stands alone.
 */
#ifndef BENCH_CALLS_H
#define BENCH_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/str.h"

#define CALLS_ORDERS_MAX 100 /* of one chain */
#define CALLS_CHAIN_MAX  8   /* calls of one chain */

struct call {
    char *body; /* with marks where the ids of the chain's orders belong */
    size_t len;
    int64_t began, ended;
};

struct chain {
    struct call calls[CALLS_CHAIN_MAX];
    size_t count;
    int64_t ids[CALLS_ORDERS_MAX]; /* as they were answered when it was taped */
    size_t orders;
};

struct calls {
    struct chain *chains; /* by their beginning */
    size_t count, room, orders, sent;
};

/* The loads get other external ids, so that the same Odoo makes these orders once more. */
struct calls *calls_read(const char *path, struct err *err);
void calls_free(struct calls *calls);
AUTO_DEFINE(calls)

/* The body with these ids in it. False: more are wanted than there are. */
bool call_write(const struct call *call, const int64_t *ids, size_t count, struct str *to);
/* The ids in the answer to a load; how many. */
size_t call_ids(const char *answer, int64_t ids[CALLS_ORDERS_MAX]);

/* What came of a run: chains that have come to their end. */
struct done {
    int64_t began, ended;
    size_t orders;
};
/* Orders a second, between the first and the last tenth of them: without start and end. */
double done_rate(const struct done *done, size_t count);
/* Microseconds that the slowest of all but the last twentieth of the orders took. */
int64_t done_p95(const struct done *done, size_t count);
int64_t calls_p95(int64_t *us, size_t count); /* the same of single values; sorts them */

#endif
