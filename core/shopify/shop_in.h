/* shop_in.h - the inside of a shop, for core/shopify alone. */
#ifndef SHOPIFY_SHOP_IN_H
#define SHOPIFY_SHOP_IN_H

#include <pthread.h>

#include "base/zone.h"
#include "http/pace.h"
#include "shopify/graphql.h"
#include "shopify/shop.h"
#include "shopify/token.h"

struct shop {
    char *domain, *url, *api_version, *endpoint, *ca_file;
    unsigned connect_ms, total_ms;
    struct token *token;
    struct pace *pace;
    pthread_mutex_t lock;
    double costs[GRAPHQL_OPERATION_COUNT]; /* lock: what each was charged last; 0: never sent */
    char zone[ZONE_NAME_MAX]; /* lock; "": not asked yet */
    json_t *places;           /* lock; {id: name}; NULL: not asked yet */
    int64_t places_at;        /* lock; when_ticks of the answer */
};

#endif
