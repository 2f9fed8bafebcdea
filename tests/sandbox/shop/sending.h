/*
 * sending.h - what is to be sent of an order, from where, and what was sent piece by piece.
 *
 * An order has one fulfilment order, at its location; on hold nothing is sent of it. What was sent
 * whole by the shop itself is order.sent. shop->lock is held.
 */
#ifndef SANDBOX_SHOP_SENDING_H
#define SANDBOX_SHOP_SENDING_H

#include "tests/sandbox/shop/roots.h"

json_t *sending_orders(struct shop *s, const struct order *o); /* FulfillmentOrder, a list */
/* Appends those that apps made. line: the view of a line item. */
void sending_views(const struct shop *s, const struct order *o, json_t *(*line)(const struct shop *s, const struct order *o, const struct line *l),
                   json_t *list);
int sending_pieces(const struct order *o, size_t line); /* sent by apps */
void sending_clear(struct order *o);
json_t *sending_create(struct roots *r, const json_t *args); /* fulfillmentCreate */

#endif
