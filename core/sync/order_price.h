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
#include "sync/expect.h"
#include "sync/findings.h"
#include "sync/reference.h"

#define PRICED_MAX (2 * 1000 + 64)

struct priced_line {
    char key[48]; /* "line:ID", "line:ID:rest", "shipping:ID", "tip", "duty", "fee", "rounding"... */
    int64_t product; /* Odoo product.product */
    const json_t *source; /* the canonical line, borrowed; NULL for our own lines */
    const char *words;    /* the text of our own lines; NULL otherwise */
    bool delivery;        /* is_delivery */
    bool placeholder;
    struct expect_line sums;
};

struct priced {
    struct expect_rules rules;
    struct expect_total expected;
    int64_t target;   /* Shopify's total */
    int64_t rounding; /* what the rounding line carries, 0 if there is none */
    int64_t tax_gap;  /* Odoo's tax minus Shopify's */
    char currency[4];
    size_t count;
    struct priced_line list[PRICED_MAX];
};

/*
 * resolved: see order_to_odoo.h. NULL when something stops it: the findings say what (a missing
 * tax mapping, a difference that is not explained), err repeats the worst.
 */
struct priced *order_price(const json_t *order, const struct reference *r, const json_t *resolved,
                           struct findings *f, struct err *err);
void priced_free(struct priced *p);
AUTO_DEFINE(priced)

/* The cells of a line as Odoo's load wants them: decimal text. buf: MONEY_TEXT_MAX bytes. */
char *priced_price(const struct priced *p, const struct priced_line *line, char *buf);
char *priced_discount(const struct priced_line *line, char *buf);
json_t *priced_taxes(const struct priced_line *line); /* "12,15" or "" */
json_t *priced_text(const struct priced *p, const struct priced_line *line,
                    const struct reference *r); /* title, variant, original price, properties */

#endif
