/*
 * order_plan.h - what should become of an order: by its state, its gateways and the policies.
 */
#ifndef SYNC_ORDER_PLAN_H
#define SYNC_ORDER_PLAN_H

#include <jansson.h>
#include <stdbool.h>

#include "sync/findings.h"
#include "sync/reference.h"

enum order_action {
    ORDER_SKIP,      /* nothing in Odoo; the reason is kept */
    ORDER_QUOTATION, /* a draft */
    ORDER_CONFIRM,   /* a sale: stock is reserved */
    ORDER_CANCEL,    /* cancel what exists */
    ORDER_HOLD,      /* a draft at most; a person releases it */
};

struct order_plan {
    enum order_action action;
    char reason[160]; /* words: "pending, gateway bank_deposit confirms only when paid" */
    char thing[80];   /* what a person may map to have it otherwise: "state:levitating"; or "" */
};

/* known: the order is already paired. released: a person released a hold of this order. */
struct order_plan order_plan(const json_t *order, bool known, bool released,
                             const struct reference *r);
/*
 * Marks an order whose goods had left before it first came here ("history": true): opening stock was
 * counted without them, so they must not be reserved. imported: it comes by an import and is new;
 * else what was agreed says so. History is never confirmed as if it were still to be shipped.
 */
void order_history(json_t *order, const json_t *agreed, bool imported);
#define ORDER_HISTORY_TAG "History"
/* What a payment state does unless it is mapped: "confirm", ...; NULL: nobody knows that state. */
const char *order_plan_rule(const char *financial);
const char *order_action_name(enum order_action action); /* "skip", "quotation", ... */

#endif
