/*
 * site.h - a backend at work: its shop, its Odoo, and the picture of both that mappings need.
 *
 * Sites are made when first asked for and again after their configuration changed; who holds an
 * older one goes on with it until released. Any thread may call.
 */
#ifndef JOBS_SITE_H
#define JOBS_SITE_H

#include <jansson.h>
#include <stdatomic.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/seal.h"
#include "http/http.h"
#include "odoo/reference.h"
#include "odoo/rpc.h"
#include "shopify/shop.h"
#include "store/backends.h"
#include "store/policies.h"
#include "store/store.h"
#include "sync/reference.h"

struct sites;

#define SITE_KEY_MAX 128

struct site {
    int64_t id;
    char key[SITE_KEY_MAX]; /* the shop's name in external ids: only [a-z0-9_] */
    struct backend backend;
    struct policies policies;
    struct shop *shop;             /* NULL: no_shop says why */
    struct odoo *odoo;             /* NULL: no_odoo says why */
    struct odoo_reference *cache;  /* there if odoo is */
    struct err no_shop, no_odoo;
    /* sites.c's own */
    struct sites *sites;
    unsigned users;
    uint64_t config;
    struct picture *picture;
};

/* An immutable view for core/sync; pictures are shared and released. */
struct picture {
    struct reference *reference;
    json_t *odoo; /* the snapshot it is made of */
    /* site.c's own */
    struct site *site;
    unsigned users;
    int64_t version;
    uint64_t mapped;
};

struct sites *sites_new(const struct seal *seal, struct err *err);
void sites_free(struct sites *sites); /* no site is held any more */
AUTO_DEFINE(sites)
void sites_stop(struct sites *sites); /* shutting down: who waits for a turn gives up */
/* Addresses, secrets or policies moved in the store: sites are made anew at the next take. */
void sites_changed(struct sites *sites); /* of all backends */
void site_changed(struct sites *sites, int64_t backend);
/* A mapping moved: pictures are made anew, what is known of both sides stays. */
void sites_mapped(struct sites *sites);
void site_mapped(struct sites *sites, int64_t backend);
/* For store_on_settings; ctx: the workshop. So that no job that a mapping sent off again meets
 * the picture of before. */
void sites_told(void *workshop);

/*
 * With both sides, or with those that are needed (ERR_SIDE_BITs) and perhaps the other. MISSING: no
 * such backend; DENIED: a secret of a needed side is missing, named in words.
 */
struct site *sites_take(struct sites *sites, struct db *db, int64_t backend, struct err *err);
struct site *sites_take_some(struct sites *sites, struct db *db, int64_t backend, unsigned needs,
                             struct err *err);
void site_release(struct site *site); /* NULL is fine */

/* Reads Odoo's reference data when it is due; else from memory. */
struct picture *site_picture(struct site *site, struct db *db, struct http *http,
                             struct odoo_trace *trace, struct err *err);
void picture_release(struct picture *picture); /* NULL is fine */
/* A fault proved the picture old, or an operator says so: read all of it again. */
void site_forget(struct site *site);

/*
 * One at a time sets stock in an Odoo: adjustments of one place collide there, even of different
 * products. Reading beside it is free. Waits for its turn, which site_stock_done ends.
 */
void site_stock_turn(struct site *site);
void site_stock_done(struct site *site);

/* Calls look once per site in use; for the gauges. */
void sites_each(struct sites *sites, void (*look)(void *ctx, struct site *site), void *ctx);

#endif
