/*
 * api.h - the practice Shopify as a server: GraphQL Admin, tokens, and the control address.
 */
#ifndef SANDBOX_SHOP_API_H
#define SANDBOX_SHOP_API_H

#include "base/auto.h"
#include "base/err.h"
#include "tests/sandbox/faults.h"
#include "tests/sandbox/graphql/schema.h"
#include "tests/sandbox/hooks.h"
#include "tests/sandbox/record.h"
#include "tests/sandbox/server.h"
#include "tests/sandbox/shop/shop.h"
#include "tests/sandbox/stats.h"

struct api_options {
    uint16_t port;
    double bucket, rate;   /* points, points a second */
    unsigned token_life_s; /* of client-credentials tokens */
    const char *scopes;    /* "read_orders,read_products"; borrowed */
    struct record *record; /* borrowed; NULL: none */
};

struct api;
struct bulks;

/* shop, hooks, faults, stats: borrowed. control answers POST /sandbox/control. */
struct api *api_start(const struct api_options *options, struct shop *shop, struct hooks *hooks, struct faults *faults,
                      struct stats *stats, json_t *(*control)(void *ctx, const json_t *wish), void *ctx, struct err *err);
void api_free(struct api *a);
AUTO_DEFINE(api)
uint16_t api_port(const struct api *a);
struct server *api_server(struct api *a);
struct bulks *api_bulks(struct api *a);

/* For tests: a GraphQL request without network and token; new JSON. */
json_t *api_graphql(struct api *a, const json_t *request);

#endif
