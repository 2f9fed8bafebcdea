/*
 * order_read.h - inside the reading of an order: what order.c, order_lines.c, order_people.c and
 * order_values.c share. Everything makes a JSON value; without memory a key stays away from its
 * object, which validate finds.
 */
#ifndef SYNC_ORDER_READ_H
#define SYNC_ORDER_READ_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sync/findings.h"
#include "sync/reference.h"

#define READ_QUANTITY_MAX 1000000
#define READ_AMOUNT_MAX   INT64_C(9000000000000000)
#define READ_LIST_MAX     250

struct reader {
    const struct reference *r;
    struct findings *f;
    const char *currency; /* of the chosen side */
    int digits;
    bool presentment; /* the chosen side */
    bool one_money;   /* both sides are one currency */
    bool cleaned;     /* something was taken out of a text */
    bool refused;
};

/* order_values.c */
void read_refuse(struct reader *in, const char *thing, const char *what);
void read_put(json_t *to, const char *key, json_t *value);
void read_put_int(json_t *to, const char *key, int64_t number);
json_t *read_text(struct reader *in, const json_t *from, const char *path, size_t limit);
json_t *read_flag(const json_t *from, const char *path);
json_t *read_id(const json_t *from, const char *path); /* or null */
json_t *read_time(struct reader *in, const json_t *from, const char *path);
json_t *read_word(const char *text, size_t limit); /* lower case */
/*
 * An amount of the chosen side: of a money bag, else of a plain field (either may be NULL or "").
 * False: not there; *minor is 0 then. What is no amount refuses the order.
 */
bool read_amount(struct reader *in, const json_t *from, const char *bag, const char *plain,
                 int64_t *minor);
void read_put_amount(json_t *to, const char *key, struct reader *in, const json_t *from,
                     const char *bag, const char *plain);
json_t *read_pairs(struct reader *in, const json_t *list); /* [{name, value}] */
json_t *read_tags(struct reader *in, const json_t *tags);  /* "a, b" or ["a", "b"]: sorted */

/* order_lines.c */
json_t *read_taxes(struct reader *in, const json_t *from);
json_t *read_lines(struct reader *in, const json_t *payload);
json_t *read_shipping(struct reader *in, const json_t *payload);

/* order_people.c: customer, addresses, e-mail, note and tags of the order. */
void read_people(struct reader *in, const json_t *payload, json_t *order);

#endif
