/*
 * shop.h - the practice shop's books: products, customers, orders, in memory.
 *
 * Everything is made from the seed. shop->lock guards all of it; functions that take a struct shop
 * and not an order lock it themselves unless their name ends in _held. Money is in minor units of
 * the shop's currency; an order may show another currency to the buyer.
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

#define ALLOCATIONS_MAX 4
#define TAX_LINES_MAX 4

struct address {
    char *first, *last, *company, *address1, *address2, *city, *zip, *phone; /* NULL: null */
    char country[4], province[8];
};

struct variant {
    int64_t id, item;
    size_t product;
    char *title, *sku, *barcode;
    int64_t price;
    int grams;
    bool taxable, requires_shipping;
    int64_t available;
    when updated;
};

struct product {
    int64_t id;
    char *title, *handle, *vendor, *kind;
    size_t first, count; /* variants */
    bool deleted, archived;
    when created, updated;
};

struct customer {
    int64_t id;
    char *first, *last, *email, *phone, *note, *tags;
    char *spelled; /* as the buyer last typed the e-mail */
    struct address address;
    int64_t address_id;
    int orders;
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
    int quantity, current, grams;
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
    bool edited;
    int refunds;        /* how many */
    int64_t money_back; /* refunded without taking a piece back */
    /* worked out by order_total() */
    int64_t line_total, discount_total, subtotal, shipping_total, tax_total, total, refunded;
    int64_t current_subtotal, current_discount, current_tax, current_total; /* after edits */
};

struct shop {
    pthread_mutex_t lock;
    uint64_t seed;
    struct rng rng;
    char domain[96], name[64], currency[4], client_id[40], client_secret[40], token[48];
    int digits;
    struct product *products;
    size_t product_count;
    struct variant *variants;
    size_t variant_count;
    struct customer *customers;
    size_t customer_count, customer_room;
    struct order **orders;
    size_t order_count, order_room;
    int64_t next_id, location;
    when created;
};

struct shop_options {
    uint64_t seed;
    size_t products, customers;
};

struct shop *shop_new(const struct shop_options *options, struct err *err);
void shop_free(struct shop *s);
AUTO_DEFINE(shop)

int64_t shop_id_held(struct shop *s); /* a new id, beyond 2^53 */
struct order *shop_order_held(struct shop *s, int64_t id); /* NULL: none */
struct customer *shop_customer_held(struct shop *s, int64_t id);
struct product *shop_product_held(struct shop *s, int64_t id);
struct variant *shop_variant_held(struct shop *s, int64_t id);

enum mix { MIX_PLAIN, MIX_ALL };
/* A new order as buyers make them. Held: the caller has the lock. Owned by the shop. */
struct order *shop_sell_held(struct shop *s, enum mix mix);
void order_free(struct order *o);
/* Totals as Shopify computes them, from lines, discounts, shipping and taxes. */
void order_total(struct order *o);
/* Changes an order the way the topic says; false: no such topic. */
bool shop_order_event_held(struct shop *s, struct order *o, const char *topic);
/* Quantity of a line to a new value (0 removes it); taxes and totals follow. */
bool shop_order_edit_held(struct shop *s, struct order *o, size_t line, int quantity);
/* One more line, of that variant (an index), taxed like the first one. */
bool shop_order_add_held(struct shop *s, struct order *o, size_t variant, int quantity);
/* Pieces of a line given back, and money beside that. */
bool shop_order_refund_held(struct shop *s, struct order *o, size_t line, int quantity, int64_t amount);
/* {"note","tags","address1"}: what a buyer or a clerk rewrites; address1 is where it is delivered. */
void shop_order_rewrite_held(struct order *o, const json_t *values);

/* The taxes that sales can carry, for setting up the other side. False: no more. */
struct sale_tax {
    const char *country;
    int ppm;
    bool included;
};
bool shop_sale_tax(size_t index, struct sale_tax *tax);

const char *country_name(const char *code);
const char *province_name(const char *country, const char *code);
bool order_is_paid(const struct order *o); /* nothing is outstanding */
int64_t line_net(const struct line *l); /* price x quantity less discounts */
int64_t line_current_net(const struct line *l); /* the same for what is left after edits */
/* The amount of each rate on a base: added to it, or contained in it. */
void taxes_work(struct tax_line *taxes, size_t count, int64_t base, bool included);

void address_make(struct shop *s, struct address *a, const char *first, const char *last);
void address_clear(struct address *a);

#endif
