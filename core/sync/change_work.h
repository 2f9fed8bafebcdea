/*
 * change_work.h - inside order_change: what its parts (order_change.c, change_lines.c) share.
 */
#ifndef SYNC_CHANGE_WORK_H
#define SYNC_CHANGE_WORK_H

#include <jansson.h>
#include <stdbool.h>

#include "sync/findings.h"
#include "sync/order_price.h"
#include "sync/reference.h"

struct change_work {
    const json_t *agreed; /* NULL: not known */
    const json_t *order, *odoo, *resolved;
    const struct reference *r;
    const char *shopkey;
    struct findings *f;
    json_t *calls, *confirm; /* to be sent; confirm: when the amounts are verified */
    json_t *values;          /* one write of the order's own fields */
    json_t *loads, *keys;    /* rows of new lines, and their keys */
    json_t *ids;             /* {"KEY": Odoo's line}, all that are known */
    struct priced *before, *after;
    bool left; /* the lines moved, but were left as they are: a person decides */
};

bool change_is_quotation(const struct change_work *w);
bool change_is_shipped(const struct change_work *w); /* some of it, by either side */
void change_conflict(struct change_work *w, const char *what);

/* Prices what was agreed and what is to be; false: err, the order cannot be priced. */
bool change_price(struct change_work *w, struct err *err);
bool change_lines_moved(const struct change_work *w);
/* Fills values, loads and keys. False when a person must decide. */
bool change_lines(struct change_work *w);
/* The call that makes the new lines; NULL: there are none. */
json_t *change_load(const struct change_work *w);
/* plan.lines of what is to be, with the ids that are known. */
json_t *change_result_lines(const struct change_work *w);

#endif
