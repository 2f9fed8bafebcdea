/*
 * webhook.h - what a delivery from Shopify must look like: header names, topics, signature.
 * Pure: no I/O, no state; any thread may call.
 */
#ifndef SHOPIFY_WEBHOOK_H
#define SHOPIFY_WEBHOOK_H

#include <stdbool.h>
#include <stddef.h>

/* Header names; compared without case. */
#define WEBHOOK_HMAC      "X-Shopify-Hmac-Sha256"
#define WEBHOOK_TOPIC     "X-Shopify-Topic"
#define WEBHOOK_SHOP      "X-Shopify-Shop-Domain"
#define WEBHOOK_ID        "X-Shopify-Webhook-Id" /* one delivery: the same over its repeats */
#define WEBHOOK_EVENT     "X-Shopify-Event-Id"   /* one act of the merchant, several topics */
#define WEBHOOK_TRIGGERED "X-Shopify-Triggered-At"
#define WEBHOOK_VERSION   "X-Shopify-API-Version"

enum topic {
    TOPIC_NONE,
#define TOPIC(id, name, class, by, flow) TOPIC_##id,
#include "shopify/topics.def"
#undef TOPIC
    TOPIC_COUNT
};

enum topic_class {
    TOPIC_CLASS_ORDER,
    TOPIC_CLASS_CUSTOMER,
    TOPIC_CLASS_PRODUCT,
    TOPIC_CLASS_INVENTORY,
    TOPIC_CLASS_REFUND,
    TOPIC_CLASS_FULFILMENT,
    TOPIC_CLASS_APP,
    TOPIC_CLASS_PRIVACY,
};

enum topic topic_of(const char *name);         /* "orders/create"; TOPIC_NONE: we do not take it */
enum topic topic_of_graphql(const char *name); /* "ORDERS_CREATE" */
const char *topic_name(enum topic topic);      /* "orders/create"; "?" for TOPIC_NONE */
const char *topic_graphql(enum topic topic);   /* NULL: cannot be subscribed by API */
enum topic_class topic_class(enum topic topic);
const char *topic_class_name(enum topic_class class); /* "order" */
bool topic_by_api(enum topic topic);   /* we subscribe; otherwise the app's settings do */
bool topic_has_flow(enum topic topic); /* a job acts on it now */

/*
 * Was this body signed with one of the two secrets? signature: the header's text, base64. previous
 * may be NULL or "" (no rotation under way). Takes the same time whatever differs.
 */
bool webhook_verify(const void *body, size_t len, const char *signature, const char *secret,
                    const char *previous);
/* The signature itself, for tests and the practice shop: 44 characters and NUL. */
#define WEBHOOK_SIGNATURE_MAX 48
void webhook_sign(const void *body, size_t len, const char *secret,
                  char signature[WEBHOOK_SIGNATURE_MAX]);

#endif
