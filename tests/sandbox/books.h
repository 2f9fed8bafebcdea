/*
 * books.h - the shop's customers and products against an Odoo's, record by record: what a merchant
 * expects to find there after an import, worked out from the shop's own books alone.
 *
 * A customer is the contact with its e-mail, else the one of the external id
 * shopify_<shopkey>.customer_<id>; a product is the template shopify_<shopkey>.product_<id>, its
 * variants are found by their option values.
 */
#ifndef SANDBOX_BOOKS_H
#define SANDBOX_BOOKS_H

#include "tests/sandbox/rpc_client.h"
#include "tests/sandbox/shop/shop.h"

/*
 * wish: {"held":[ids], "shop":"name.myshopify.com"}, both optional. New: {"sent","held","found",
 * "missing","duplicate","unexplained","strangers","parts","differences":[{"record","what","shop",
 * "odoo"}]}; parts: addresses or variants that were compared; strangers: records under our external
 * ids that the shop does not have. NULL: err.
 */
json_t *books_customers(struct shop *shop, const struct compare_odoo *odoo, const json_t *wish,
                        struct err *err);
json_t *books_products(struct shop *shop, const struct compare_odoo *odoo, const json_t *wish,
                       struct err *err);

/* ---- for books_*.c ---- */

struct books {
    struct shop *shop;
    struct rpc_client *client;
    char key[96], record[48]; /* record: the one in hand, "customer:ID" */
    json_t *held, *known, *differences; /* held, known: {"ID": ...} */
    json_int_t sent, held_count, found, missing, duplicate, unexplained, strangers, parts;
    bool bad; /* the record in hand */
};

bool books_open(struct books *b, struct shop *shop, const struct compare_odoo *odoo,
                const json_t *wish, struct err *err);
json_t *books_close(struct books *b, bool good);

/* The next record of the shop; false: it is held, or gone, and nothing is to be compared. */
bool books_next(struct books *b, const char *kind, int64_t id, bool gone);
void books_missing(struct books *b);
void books_done(struct books *b); /* it was found, and all was compared */

/* Takes shop and odoo. */
void books_differ(struct books *b, const char *what, json_t *shop, json_t *odoo);
/* NULL is the same as "". */
void books_text(struct books *b, const char *what, const char *shop, const char *odoo);
void books_flag(struct books *b, const char *what, bool shop, bool odoo);
void books_number(struct books *b, const char *what, double shop, double odoo, double slack);
/* names: "a, b"; ids of rows in map that have a "name". Order does not matter. */
void books_tags(struct books *b, const char *names, const json_t *ids, const json_t *map);
/* After the last record: external ids "key.type_NUMBER" that none of them has. */
void books_strangers(struct books *b, const json_t *external, const char *type);

#endif
