#include "sync/offer.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"

#define SMALLEST 0.0005 /* Odoo's quantities are floats */
#define MOST     1e9    /* of a quantity in Shopify */

static int64_t pieces(double quantity)
{
    double whole = floor(fmin(quantity, MOST) + SMALLEST);

    return whole > -MOST ? (int64_t)whole : (int64_t)-MOST;
}

void offer_plan(const json_t *level, double free, int64_t unseen, int64_t safety,
                struct offer *offer)
{
    int64_t have;

    *offer = (struct offer){ .from = json_int_or(level, "available", 0), .free = pieces(free),
                             .unseen = unseen, .kept = safety };
    have = offer->free - unseen;
    offer->want = have - safety > 0 ? have - safety : 0;
    /* below 0 nothing is for sale either: the shop's own figure of what it owes stays */
    offer->same = offer->from == offer->want || (offer->want == 0 && offer->from < 0);
    offer->risk = offer->from > 0 && offer->from > have;
}

/* ---- where ---- */

/* NULL: nobody said. */
static const char *switched(const json_t *level, const struct reference *r)
{
    int64_t variant = json_int_or(level, "variants.0", 0);
    int64_t location = json_int_or(level, "location_id", 0);
    const char *sku = json_text(level, "sku"), *said;
    char key[320];

    snprintf(key, sizeof key, "variant:%" PRId64 "@%" PRId64, variant, location);
    said = reference_mapping(r, "stock_out", key);
    snprintf(key, sizeof key, "variant:%" PRId64, variant);
    said = said != NULL ? said : reference_mapping(r, "stock_out", key);
    snprintf(key, sizeof key, "sku:%.255s", sku != NULL ? sku : "");
    said = said != NULL || sku == NULL ? said : reference_mapping(r, "stock_out", key);
    snprintf(key, sizeof key, "location:%" PRId64, location);
    return said != NULL ? said : reference_mapping(r, "stock_out", key);
}

enum level_fate offer_place(const json_t *level, const struct reference *r, int64_t *place,
                            char words[LEVEL_WORDS_MAX])
{
    const char *said = switched(level, r);
    struct err err = { 0 };
    enum level_fate fate;

    if (said != NULL && strcmp(said, "off") == 0) {
        snprintf(words, LEVEL_WORDS_MAX, "switched off for it: left alone");
        return LEVEL_LEAVE;
    }
    fate = level_place(level, r, place, words, &err);
    if (fate != LEVEL_REFUSE)
        return fate;
    snprintf(words, LEVEL_WORDS_MAX, "%.130s: left alone", err.text);
    return LEVEL_LEAVE;
}

/* ---- orders ---- */

int64_t offer_unseen(int64_t committed, int64_t in_all, int64_t seen)
{
    int64_t unseen = in_all - seen;

    if (committed <= 0 || unseen <= 0)
        return 0;
    return unseen < committed ? unseen : committed;
}

int64_t offer_seen(const json_t *order, double reserved, double sent)
{
    const char *state = json_text_or(order, "fulfillment", "");

    if (order == NULL || json_int_or(order, "cancelled_at", 0) != 0 ||
        strcmp(state, "fulfilled") == 0)
        return 0; /* the shop counts it no more */
    /* part of it was sent: if Odoo sent it, the shop counts the rest, which Odoo has reserved; if
       Odoo sent none, nobody knows here which part of what is reserved is still open */
    if (strcmp(state, "partially_fulfilled") == 0)
        return sent > SMALLEST ? pieces(reserved) : 0;
    return pieces(reserved + sent);
}
