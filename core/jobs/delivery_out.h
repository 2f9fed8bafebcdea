/*
 * delivery_out.h - the flow "deliveries out", as its files share it. Internal to core/jobs.
 *
 *     delivery_out.c       the run: one job a sale order, all of its deliveries one after the other
 *     delivery_out_look.c  what has left Odoo; which places of the shop that was; only reads
 *     delivery_out_tell.c  one delivery: looked for in the shop, else told, and written down
 *
 * A job's record is "delivery:ORDER", Odoo's sale.order; no payload: both sides are read anew. A
 * delivery that was told has a pair, kind "fulfillment"; one the shop has nothing left of, one
 * without Shopify's id.
 *
 * Exactly once: before telling, the intent "fulfil@PICKING" is on disk, with the newest fulfilment
 * there was. A fulfilment of the same pieces that is nobody's is taken for this delivery's, so what
 * came of an unknown outcome is found, and so is what a person told the shop by hand.
 */
#ifndef JOBS_DELIVERY_OUT_H
#define JOBS_DELIVERY_OUT_H

#include <jansson.h>

#include "jobs/workshop.h"
#include "store/pairs.h"

struct delivery_case {
    struct workshop_place *place;
    struct batch *batch;
    struct batch_job *job;
    int64_t sale;         /* Odoo's */
    struct pair order;    /* of the shop's */
    json_t *lines;        /* agreed: ours and Odoo's ids */
    json_t *pickings;     /* done, that the shop was not told of, oldest first */
    json_t *taken;        /* {"FULFILMENT": true}: of the other ones */
};

/* False: err; pickings is empty when there is nothing to tell. */
bool delivery_out_look(struct delivery_case *c, struct err *err);
/* Of one of the pickings: [{product_id, quantity, sale_line_id}]. */
bool delivery_out_moves(struct delivery_case *c, const json_t *picking, json_t **moves,
                        struct err *err);
/* {"LOCATION": whether it is where that picking left from}; those that nobody mapped are missing. */
bool delivery_out_places(struct delivery_case *c, const json_t *picking, const json_t *order,
                         json_t **places, struct err *err);
/* Tells the shop. False: err, and *wait if it is not to be seen as a failure. */
bool delivery_out_tell(struct delivery_case *c, const json_t *picking, bool *wait, struct err *err);

#endif
