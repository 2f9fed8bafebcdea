/*
 * api_inside.h - what the parts of the practice Shopify's server share. For shop/api.c and shop/ask.c.
 */
#ifndef SANDBOX_SHOP_API_INSIDE_H
#define SANDBOX_SHOP_API_INSIDE_H

#include <pthread.h>

#include "tests/sandbox/graphql/cost.h"
#include "tests/sandbox/shop/api.h"
#include "tests/sandbox/shop/bulk.h"

#define TOKENS_MAX     64
#define VERSION_OLDEST "2026-01"
#define VERSION_NEWEST "2026-10"

struct token {
    char text[48];
    int64_t until; /* when_ticks() */
};

struct api {
    struct shop *shop;
    struct hooks *hooks;
    struct faults *faults;
    struct stats *stats;
    struct schema *schema;
    struct bulks *bulks;
    struct server *server;
    struct api_options options;
    json_t *(*control)(void *ctx, const json_t *wish);
    void *control_ctx;
    pthread_mutex_t lock;
    struct token tokens[TOKENS_MAX]; /* lock; a ring */
    size_t token_count;
    struct bucket bucket; /* lock */
    struct rng rng;       /* lock */
};

/* One GraphQL request. */
struct asking {
    struct api *api;
    const char *version;
    json_t *answer, *errors;
    int requested;
    char root[64];
};

/* Fills q->answer. */
void ask(struct asking *q, const json_t *request, const struct mishap *m);

#endif
