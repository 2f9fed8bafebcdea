/*
 * shop.h - the practice shop's books: products, customers, stock and orders.
 *
 * A record is made of (seed, index) when somebody looks at it and forgotten again; only what was
 * changed or sold since is kept. So a shop of any size needs the same little memory. Pointers to
 * records are good until the lock is given back or SHOP_HANDS others of the kind were asked for.
 *
 * shop->lock guards all of it; functions whose name ends in _held want it held. Money is in minor
 * units of the shop's currency; an order may show another currency to the buyer.
 */
#ifndef SANDBOX_SHOP_H
#define SANDBOX_SHOP_H

#include <jansson.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/when.h"
#include "tests/sandbox/rng.h"

#define SHOP_HANDS       60   /* records of a kind that are good at once */
#define VARIANTS_MAX     2048 /* of a product, as in Shopify */
#define OPTIONS_MAX      3
#define OPTION_VALUES    320
#define ADDRESSES_MAX    4
#define LOCATIONS_MAX    3
#define ALLOCATIONS_MAX  4
#define TAX_LINES_MAX    4
#define REFUND_LINES_MAX 4
#define REFUNDS_MAX      8

struct address {
    int64_t id; /* of a customer's; 0 on orders */
    char *first, *last, *company, *address1, *address2, *city, *zip, *phone; /* NULL: null */
    char country[4], province[8];
};

struct choice {
    char name[24];
    char **values;
    size_t count;
};

struct variant {
    int64_t id, item;
    struct product *of;
    size_t nth;
    char *title, *sku, *barcode;
    unsigned short option[OPTIONS_MAX]; /* index among the option's values */
    int64_t price, compare_at, cost;    /* compare_at, cost: -1 none */
    int grams;
    bool taxable, requires_shipping, tracked, oversell;
    when updated;
};

struct product {
    int64_t id;
    size_t index;
    uint64_t salt; /* for what is made of it on the fly: metafields, images */
    char *title, *handle, *vendor, *kind, *tags, *body;
    struct variant *variants;
    size_t count;
    struct choice options[OPTIONS_MAX];
    size_t option_count; /* 0: "Title" with "Default Title" */
    size_t images;
    char status[12]; /* active, archived, draft, unlisted */
    bool deleted, gift_card;
    when created, updated;
};

struct customer {
    int64_t id;
    size_t index;
    uint64_t salt;
    char *first, *last, *email, *phone, *note, *tags, *locale; /* names and what reaches them may be NULL */
    struct address addresses[ADDRESSES_MAX];                   /* the first is the default */
    size_t address_count;
    bool tax_exempt, subscribed, deleted;
    int sold; /* orders bought since the shop was opened */
    when created, updated;
};

struct tax_line {
    char title[40];
    int ppm; /* rate in millionths: 82500 is 8.25 % */
    int64_t amount;
};

struct allocation {
    int application;
    int64_t amount;
};

struct line {
    int64_t id, product, variant; /* 0: none */
    char *title, *variant_title, *sku, *vendor;
    int quantity, current, fulfilled, grams;
    int64_t price;
    bool taxable, requires_shipping, gift_card, custom;
    struct allocation allocations[ALLOCATIONS_MAX];
    size_t allocation_count;
    struct tax_line taxes[TAX_LINES_MAX];
    size_t tax_count;
    char *property[2]; /* name and value, NULL: none */
};

struct shipping {
    int64_t id;
    char title[48], code[32];
    int64_t price, discounted;
    struct tax_line taxes[TAX_LINES_MAX];
    size_t tax_count;
    struct allocation allocation; /* application -1: none */
};

struct application {
    char type[20]; /* discount_code, automatic, manual */
    char title[40];
    char value_type[16]; /* percentage, fixed_amount */
    char target_type[16]; /* line_item, shipping_line */
    char target_selection[16]; /* all, entitled, explicit */
    char method[16]; /* across, each, one */
    char value[16];
};

struct refund_line {
    size_t line;
    int quantity;
    int64_t subtotal, tax;
    bool restocked;
};

struct refund {
    int64_t id, amount;
    when at;
    struct refund_line lines[REFUND_LINES_MAX];
    size_t line_count; /* 0: an amount only */
};

struct fulfillment {
    int64_t id;
    when at;
    char carrier[24], number[32];
};

struct sending { /* of pieces, by an app */
    int64_t id;
    when at;
    char carrier[64], number[512];
    bool notified;
    int *pieces; /* by line, of the first so many */
    size_t lines;
};

struct order {
    int64_t id;
    int number;
    char name[24];
    size_t customer; /* index; SIZE_MAX: none */
    char *email, *phone, *note, *tags, *note_attribute[2];
    struct address *billing, *shipping_to; /* NULL: none */
    char presentment[4];
    double rate; /* presentment per shop currency */
    bool taxes_included, tax_exempt, test, confirmed;
    char financial[20], fulfillment[20]; /* lower case; fulfillment "" for none */
    char gateway[24], source[16], cancel_reason[16];
    when created, processed, updated, cancelled, closed;
    struct line *lines;
    size_t line_count;
    struct shipping ships[3];
    size_t ship_count;
    struct application applications[4];
    size_t application_count;
    struct refund refunds[REFUNDS_MAX];
    size_t refund_count;
    struct fulfillment sent; /* id 0: nothing was sent; the lines say how much */
    struct sending *sendings; /* beside that, by apps */
    size_t sending_count;
    bool on_hold;            /* nothing may be sent of it */
    size_t location;         /* where it is sent from */
    bool edited;
    int64_t money_back; /* refunded without taking a piece back */
    /* worked out by order_total() */
    int64_t line_total, discount_total, subtotal, shipping_total, tax_total, total, refunded;
    int64_t current_subtotal, current_discount, current_tax, current_total; /* after edits */
};

struct location {
    int64_t id;
    const char *name, *address1, *city, *zip, *province, *country;
    bool active;
};

struct level { /* of one item at one location */
    bool stocked;
    int64_t available, committed, incoming, damaged, safety; /* on hand: all but incoming */
    when updated;
};

struct kept; /* records in hand, and those that were changed */
struct levels;
struct index;
struct stock_rules;

struct shop {
    pthread_mutex_t lock;
    uint64_t seed;
    struct rng rng;
    char domain[96], name[64], currency[4], client_id[40], client_secret[40], token[48];
    char url[64]; /* where it is served; "" before */
    int digits;
    bool tidy, odd; /* all in order; with what should not happen at the start */
    size_t product_count, customer_count, past; /* past: orders of earlier */
    struct order **orders;                      /* sold since, kept */
    size_t order_count, order_room;
    struct kept *kept;
    struct levels *levels;
    struct index *index;
    struct stock_rules *rules;
    unsigned long version; /* grows with every change */
    int64_t next_id;
    when created, today;
};

struct shop_options {
    uint64_t seed;
    size_t products, customers, orders;
    bool believable; /* as merchants' shops are; else all is in order */
    bool odd;        /* the first records are what should not happen */
    when today;      /* the day it is opened on, for the same shop later; 0: now */
};

struct shop *shop_new(const struct shop_options *options, struct err *err);
void shop_free(struct shop *s);
AUTO_DEFINE(shop)

/* By index, below product_count, customer_count, shop_orders_held(). Deleted ones too. */
struct product *shop_product_at(struct shop *s, size_t index);
struct customer *shop_customer_at(struct shop *s, size_t index);
struct order *shop_order_at(struct shop *s, size_t index); /* earlier ones first */
size_t shop_orders_held(const struct shop *s);
/* The same to change: kept from now on. */
struct product *shop_product_change(struct shop *s, size_t index);
struct customer *shop_customer_change(struct shop *s, size_t index);
struct order *shop_order_change(struct shop *s, size_t index);

/* By id; NULL: there is none. */
struct order *shop_order_held(struct shop *s, int64_t id);
struct customer *shop_customer_held(struct shop *s, int64_t id);
struct product *shop_product_held(struct shop *s, int64_t id);
struct variant *shop_variant_held(struct shop *s, int64_t id); /* or the inventory item's id */
struct variant *shop_variant_at(struct shop *s, size_t index); /* counted over all products */
bool shop_order_index(const struct shop *s, int64_t id, size_t *index);
int64_t shop_id_held(struct shop *s); /* a new id, beyond 2^53 */

enum mix { MIX_PLAIN, MIX_ALL };
/* A new order as buyers make them. Held: the caller has the lock. Owned by the shop. */
struct order *shop_sell_held(struct shop *s, enum mix mix);
/* It was sold over the counter of that place instead. */
void shop_order_counter_held(struct shop *s, struct order *o, size_t location);
/* Changes an order the way the topic says; false: no such topic. */
bool shop_order_event_held(struct shop *s, struct order *o, const char *topic);
/* Quantity of a line to a new value (0 removes it); taxes and totals follow. */
bool shop_order_edit_held(struct shop *s, struct order *o, size_t line, int quantity);
/* One more line, of that variant (an index over all of them), taxed like the first one. */
bool shop_order_add_held(struct shop *s, struct order *o, size_t variant, int quantity);
/* Pieces of a line given back, and money beside that. */
bool shop_order_refund_held(struct shop *s, struct order *o, size_t line, int quantity, int64_t amount);
/* {"note","tags","address1"}: what a buyer or a clerk rewrites; address1 is where it is delivered. */
void shop_order_rewrite_held(struct order *o, const json_t *values);

size_t shop_locations(const struct shop *s);
const struct location *shop_location(const struct shop *s, size_t nth);
bool shop_location_find(const struct shop *s, int64_t id, size_t *nth);
/* Where it was sold over the counter; NULL: it was not. */
const struct location *shop_order_counter(const struct shop *s, const struct order *o);

/* Totals as Shopify computes them, from lines, discounts, shipping and taxes. */
void order_total(struct order *o);
bool order_is_paid(const struct order *o); /* nothing is outstanding */
int64_t line_net(const struct line *l); /* price x quantity less discounts */
int64_t line_current_net(const struct line *l); /* the same for what is left after edits */
/* The amount of each rate on a base: added to it, or contained in it. */
void taxes_work(struct tax_line *taxes, size_t count, int64_t base, bool included);

/* The taxes that sales can carry, for setting up the other side. False: no more. */
struct sale_tax {
    const char *country;
    int ppm;
    bool included;
};
bool shop_sale_tax(size_t index, struct sale_tax *tax);

const char *country_name(const char *code);
const char *province_name(const char *country, const char *code);

#endif
