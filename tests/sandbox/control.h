/*
 * control.h - what can be asked of the practice sides: JSON objects with "do", over standard input
 * and over POST /sandbox/control. Any thread may call.
 */
#ifndef SANDBOX_CONTROL_H
#define SANDBOX_CONTROL_H

#include <jansson.h>

#include "base/auto.h"
#include "base/err.h"
#include "tests/sandbox/books.h"
#include "tests/sandbox/compare.h"
#include "tests/sandbox/faults.h"
#include "tests/sandbox/hooks.h"
#include "tests/sandbox/latency.h"
#include "tests/sandbox/server.h"
#include "tests/sandbox/shop/bulk.h"
#include "tests/sandbox/shop/shop.h"
#include "tests/sandbox/stats.h"
#include "tests/sandbox/tape.h"

struct control;

struct control_parts { /* borrowed; servers may be NULL */
    struct shop *shop;
    struct hooks *hooks;
    struct faults *faults;
    struct stats *stats;
    struct latencies *latencies;
    struct tape *tape;
    struct compare_odoo odoo;
};

struct control *control_new(struct err *err);
/* Before the first request; the servers are given when they run. */
void control_parts(struct control *c, const struct control_parts *parts);
void control_servers(struct control *c, struct server *shop, struct server *odoo, struct bulks *bulks,
                     const struct compare_odoo *where);
void control_free(struct control *c);
AUTO_DEFINE(control)

/* New; {"ok":true,...} or {"ok":false,"error":"..."}. ctx is a struct control. */
json_t *control_answer(void *ctx, const json_t *wish);
bool control_quit(struct control *c); /* somebody asked to end */
void control_wait(struct control *c, unsigned ms); /* until then or that long */

#endif
