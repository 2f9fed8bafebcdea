/*
 * shop.h - one shop as its clients see it: where it is, how we prove who we are, how fast we may
 * go. Made once per backend, shared by all threads, freed when none uses it any more.
 */
#ifndef SHOPIFY_SHOP_H
#define SHOPIFY_SHOP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"
#include "base/err.h"
#include "http/pace.h"

#define SHOP_API_VERSION "2026-10"
#define SHOP_DOMAIN_MAX  128

struct shop;

struct shop_settings {
    const char *domain;        /* "acme.myshopify.com" */
    const char *url;           /* NULL: https://DOMAIN; a practice shop: http://127.0.0.1:PORT */
    const char *api_version;   /* NULL: SHOP_API_VERSION */
    const char *client_id;     /* with client_secret: tokens that live a day, renewed by us */
    const char *client_secret; /* also signs webhooks */
    const char *token;         /* or a permanent one (shpat_...); one of the two must be given */
    const char *ca_file;       /* NULL: the system's */
    unsigned connect_ms, total_ms; /* 0: 5 s, 60 s */
};

/* Copies everything; secrets are wiped in shop_free. INVALID names the setting that is wrong. */
struct shop *shop_new(const struct shop_settings *settings, struct err *err);
void shop_free(struct shop *shop);
AUTO_DEFINE(shop)
void shop_stop(struct shop *shop); /* shutting down: those who wait for points get BUSY */

const char *shop_domain(const struct shop *shop);
const char *shop_url(const struct shop *shop); /* without a slash at the end */
const char *shop_api_version(const struct shop *shop);
struct pace *shop_pace(struct shop *shop); /* for its gauge */

/*
 * Any spelling of a shop's address as its domain: "acme", "Acme.myshopify.com",
 * "https://admin.shopify.com/store/acme/orders", "https://acme.myshopify.com/admin". False,
 * INVALID: it is none of them (a shop's own domain cannot be turned into one without asking).
 */
bool shop_domain_from(const char *spelling, char domain[SHOP_DOMAIN_MAX], struct err *err);

#endif
