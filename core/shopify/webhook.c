#include "shopify/webhook.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#define HMAC_BYTES 32

enum { API = 1, APP = 0, YES = 1, NO = 0 };

static const struct {
    const char *name, *graphql;
    enum topic_class class;
    bool by_api, flow;
} topics[TOPIC_COUNT] = {
    [TOPIC_NONE] = { "?", NULL, TOPIC_CLASS_APP, false, false },
#define TOPIC(id, name, class, by, flow)                                                           \
    [TOPIC_##id] = { name, #id, TOPIC_CLASS_##class, by, flow },
#include "shopify/topics.def"
#undef TOPIC
};

enum topic topic_of(const char *name)
{
    for (unsigned t = 1; t < TOPIC_COUNT; t++)
        if (strcmp(topics[t].name, name) == 0)
            return (enum topic)t;
    return TOPIC_NONE;
}

enum topic topic_of_graphql(const char *name)
{
    for (unsigned t = 1; t < TOPIC_COUNT; t++)
        if (topics[t].by_api && strcmp(topics[t].graphql, name) == 0)
            return (enum topic)t;
    return TOPIC_NONE;
}

const char *topic_name(enum topic topic)
{
    return topic < TOPIC_COUNT ? topics[topic].name : "?";
}

const char *topic_graphql(enum topic topic)
{
    return topic < TOPIC_COUNT && topics[topic].by_api ? topics[topic].graphql : NULL;
}

enum topic_class topic_class(enum topic topic)
{
    return topic < TOPIC_COUNT ? topics[topic].class : TOPIC_CLASS_APP;
}

const char *topic_class_name(enum topic_class class)
{
    static const char *const names[] = { "order",  "customer",   "product", "inventory",
                                         "refund", "fulfilment", "app",     "privacy" };

    return class <= TOPIC_CLASS_PRIVACY ? names[class] : "?";
}

bool topic_by_api(enum topic topic)
{
    return topic < TOPIC_COUNT && topics[topic].by_api;
}

bool topic_has_flow(enum topic topic)
{
    return topic < TOPIC_COUNT && topics[topic].flow;
}

/* Writes 44 characters and a NUL. */
void webhook_sign(const void *body, size_t len, const char *secret,
                  char signature[WEBHOOK_SIGNATURE_MAX])
{
    unsigned char mac[EVP_MAX_MD_SIZE] = { 0 };
    unsigned n = HMAC_BYTES;

    HMAC(EVP_sha256(), secret, (int)strlen(secret), body, len, mac, &n);
    EVP_EncodeBlock((unsigned char *)signature, mac, HMAC_BYTES);
}

bool webhook_verify(const void *body, size_t len, const char *signature, const char *secret,
                    const char *previous)
{
    char given[WEBHOOK_SIGNATURE_MAX] = { 0 }, mine[WEBHOOK_SIGNATURE_MAX] = { 0 };
    size_t n = strlen(signature);
    int now, before = -1;

    if (n >= sizeof given || *secret == '\0')
        return false;
    memcpy(given, signature, n);
    webhook_sign(body, len, secret, mine);
    now = CRYPTO_memcmp(given, mine, sizeof mine);
    if (previous != NULL && *previous != '\0') {
        webhook_sign(body, len, previous, mine);
        before = CRYPTO_memcmp(given, mine, sizeof mine);
    }
    OPENSSL_cleanse(mine, sizeof mine);
    return (now == 0) | (before == 0);
}
