/*
 * order_price.h - the lines of a sale order: product, quantity, price, discount, taxes, so that
 * Odoo's total is Shopify's to the cent.
 */
#ifndef SYNC_ORDER_PRICE_H
#define SYNC_ORDER_PRICE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/money.h"
#include "sync/expect.h"
#include "sync/findings.h"
#include "sync/reference.h"

#define PRICED_KEY_MAX 48

struct priced_line {
    /*
     * "line:ID"; "line:ID:rest" (pieces at a price one step higher, so that the sum is exact);
     * "line:ID:cent" (what no unit price can say); "shipping:ID"; "tip", "duty", "fee",
     * "cash_rounding", "discount", "rounding".
     */
    char key[PRICED_KEY_MAX];
    int64_t product;      /* Odoo product.product */
    const json_t *source; /* the canonical line, borrowed from the order; NULL for our own lines */
    const char *words;    /* the text of our own lines; NULL otherwise */
    int64_t carrier;      /* shipping: the mapped delivery.carrier, 0 if none */
    bool delivery;        /* is_delivery */
    bool placeholder;     /* the product is not known */
    struct expect_line sums;
};

struct priced {
    struct expect_rules rules;
    struct expect_total expected;
    int64_t target;   /* Shopify's total */
    int64_t rounding; /* what the rounding line carries, 0 if there is none */
    int64_t tax_gap;  /* Odoo's tax minus Shopify's */
    char currency[4];
    size_t count, room;
    struct priced_line list[];
};

/*
 * The order must outlive the result. current: the quantities and the total after edits and
 * refunds, else as ordered. resolved: see order_to_odoo.h. NULL when something stops it: the
 * findings say what (a missing tax mapping, a difference that is not explained) and err repeats
 * the worst.
 */
struct priced *order_price(const json_t *order, bool current, const struct reference *r,
                           const json_t *resolved, struct findings *f, struct err *err);
void priced_free(struct priced *p);
AUTO_DEFINE(priced)

/* By policy an order is not confirmed while goods from stock are on the placeholder. */
bool priced_waits(const struct priced *p, const struct reference *r);

/*
 * How an order is booked that was never seen before: as it is now, unless money went back. Then
 * what was taken back before anything was shipped is left out; else all is booked as it was
 * ordered, since refunds are booked by themselves.
 */
bool order_books_current(const json_t *order);
bool order_is_refunded(const json_t *order); /* money went back, all or some */
bool order_is_shipped(const json_t *order);  /* all or some, as Shopify knows */

/*
 * Do Shopify's own numbers agree: lines, shipping, taxes and total, but for rounding? Not while it
 * works on the order, as between an edit and its new total.
 */
bool order_settled(const json_t *order, const struct reference *r);

/* The cells of a line as Odoo's load wants them. buf: MONEY_TEXT_MAX bytes; returns it. */
char *priced_price(const struct priced *p, const struct priced_line *line, char *buf);
char *priced_discount(const struct priced_line *line, char *buf);
json_t *priced_taxes(const struct priced_line *line); /* "12,15" or "" */
/* Title, variant, SKU of a placeholder, original price and discount, properties. */
json_t *priced_text(const struct priced *p, const struct priced_line *line,
                    const struct reference *r);

#endif
