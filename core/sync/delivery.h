/*
 * delivery.h - a delivery of Odoo's against what the shop has to send of its order. Pure.
 *
 * order: of delivery_look.graphql. wanted: {"LINE": pieces}, the shop's line items by number.
 */
#ifndef SYNC_DELIVERY_H
#define SYNC_DELIVERY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "sync/findings.h"
#include "sync/reference.h"

#define DELIVERY_NUMBER_MAX  255 /* characters of a tracking number that a shop is told */
#define DELIVERY_COMPANY_MAX 64

/*
 * {"LINE": pieces} of what has left Odoo with a transfer. moves: [{product_id, quantity,
 * sale_line_id}]; lines: what was agreed of the order, [{key, id, product}]. Moves of lines that
 * are not the shop's count for nothing. NULL: err, a kit or a part of a piece.
 */
json_t *delivery_wanted(const json_t *moves, const json_t *lines, struct err *err);

/*
 * A fulfilment of just those pieces that is nobody's yet (taken: {"ID": ...}). Of those above
 * `after` it is any, as we sent it ourselves; of others one with that tracking number, or none. 0: no.
 */
int64_t delivery_find(const json_t *order, const json_t *wanted, const json_t *taken,
                      const char *number, int64_t after);
int64_t delivery_newest(const json_t *order); /* the highest id of its fulfilments, or 0 */

enum delivery_fate {
    DELIVERY_SEND,
    DELIVERY_NOTHING, /* the shop has nothing left to send of it */
    DELIVERY_WAIT,    /* err: it may be sent later */
    DELIVERY_REFUSED  /* err: a person must look */
};
/*
 * places: {"LOCATION": true if it is where the delivery left from}. *items: the input's
 * lineItemsByFulfillmentOrder, *pieces in all, *shop_pieces of those wanted.
 */
enum delivery_fate delivery_plan(const json_t *order, const json_t *wanted, const json_t *places,
                                 json_t **items, int64_t *pieces, struct err *err);
int64_t delivery_pieces(const json_t *wanted);

/*
 * trackingInfo for what Odoo says (texts, "" for none); NULL with kind NONE: nothing to say. The
 * company by the mapping "tracking", by its name, else "Other" and a finding that flags it.
 */
json_t *delivery_tracking(const char *carrier, const char *number, const struct reference *r,
                          struct findings *f, struct err *err);

#endif
