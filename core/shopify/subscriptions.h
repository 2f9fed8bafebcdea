/*
 * subscriptions.h - the shop's promise to tell us: one webhook subscription per topic of
 * topics.def that can be had by API, all at one address.
 */
#ifndef SHOPIFY_SUBSCRIPTIONS_H
#define SHOPIFY_SUBSCRIPTIONS_H

#include <stdbool.h>

#include "base/err.h"
#include "shopify/graphql.h"
#include "shopify/webhook.h"

#define SUBSCRIPTION_ID_MAX  96
#define SUBSCRIPTION_URI_MAX 256

enum subscription_state {
    SUBSCRIPTION_OK,      /* it points to our address */
    SUBSCRIPTION_MISSING, /* nobody tells us */
    SUBSCRIPTION_OTHER,   /* only to another address (an old one of ours, or somebody else's) */
    SUBSCRIPTION_NOT_API, /* belongs into the app's own settings: we cannot see it */
};

struct subscription {
    enum topic topic;
    enum subscription_state state;
    char id[SUBSCRIPTION_ID_MAX];   /* gid; "" if missing */
    char uri[SUBSCRIPTION_URI_MAX]; /* where it points to; "" if missing */
};

struct subscriptions {
    unsigned count, ok, missing, created, removed;
    struct subscription rows[TOPIC_COUNT]; /* in the order of topics.def */
};

/* What is there now, compared with what we want at uri. Changes nothing. */
bool subscriptions_list(struct shop *shop, struct http *http, const char *uri,
                        struct subscriptions *found, struct graphql_trace *trace, struct err *err);
/*
 * The same, and creates what is missing. old_uri (may be NULL): our address of before; its
 * subscriptions are removed once the new ones are there. Can be repeated at any time; a create
 * whose answer was lost is looked for before it is tried again.
 */
bool subscriptions_ensure(struct shop *shop, struct http *http, const char *uri,
                          const char *old_uri, struct subscriptions *found,
                          struct graphql_trace *trace, struct err *err);
/* Removes all that point to uri. found->removed counts them. */
bool subscriptions_remove(struct shop *shop, struct http *http, const char *uri,
                          struct subscriptions *found, struct graphql_trace *trace,
                          struct err *err);

const char *
subscription_state_name(enum subscription_state state); /* "ok", "missing", "other", "app" */

#endif
