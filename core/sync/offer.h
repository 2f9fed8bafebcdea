/*
 * offer.h - how much of a thing the shop may offer at a place, by what Odoo has.
 *
 * The offer: what is free in Odoo at the place (on hand, not reserved), less the orders that
 * the shop has and Odoo has not reserved for yet, less the safety stock; never below 0. A sale
 * takes its part off the shop's offer itself: what was committed there is either reserved in Odoo,
 * and then not free, or unseen.
 */
#ifndef SYNC_OFFER_H
#define SYNC_OFFER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "sync/level.h"
#include "sync/reference.h"

struct offer {
    int64_t from; /* what the shop offers */
    int64_t free; /* in Odoo; whole pieces */
    int64_t unseen;
    int64_t kept; /* safety stock */
    int64_t want; /* what it is to offer */
    bool same;    /* nothing to set */
    bool risk;    /* it offers more than Odoo has for it */
};
/* level: canonical (kinds.def). */
void offer_plan(const json_t *level, double free, int64_t unseen, int64_t safety,
                struct offer *offer);

/*
 * May the offer of this level be set, and from which place of Odoo's? LEAVE: words say why not. The
 * switches are mappings of the kind "stock_out": "sku:SKU", "variant:ID", "location:ID" or
 * "variant:ID@ID" -> "off" or "on", the narrowest counts.
 */
enum level_fate offer_place(const json_t *level, const struct reference *r, int64_t *place,
                            char words[LEVEL_WORDS_MAX]);

/*
 * How many pieces of orders Odoo has not seen, at one of the places of an item. committed: there;
 * in_all: at all places of the item; seen: of them, what Odoo has reserved or sent, wherever.
 */
int64_t offer_unseen(int64_t committed, int64_t in_all, int64_t seen);

/*
 * Of an order line's pieces, how many Shopify still counts as committed and Odoo has taken. order:
 * canonical, as both last agreed on it; NULL: it is not known, and counts for nothing.
 */
int64_t offer_seen(const json_t *order, double reserved, double sent);

#endif
