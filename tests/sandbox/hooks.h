/*
 * hooks.h - webhooks: subscriptions, signing, delivery with Shopify's headers, retries with growing
 * gaps, and the deletion of a subscription after eight failures in a row. On request also
 * duplicates, delays and disorder. Own thread; any thread may call.
 */
#ifndef SANDBOX_HOOKS_H
#define SANDBOX_HOOKS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"
#include "tests/sandbox/stats.h"

#define HOOKS_FAILURES_MAX 8
#define HOOKS_SUBSCRIPTIONS_MAX 200

struct hooks;

struct hooks_options {
    const char *secret, *domain; /* borrowed */
    double gap_scale;            /* 1: 8 retries in 4 hours, as the real one */
    unsigned parallel;           /* deliveries at once */
    uint64_t seed;
};

struct hooks *hooks_new(const struct hooks_options *options, struct stats *stats, struct err *err);
void hooks_free(struct hooks *h); /* what waits is dropped; NULL is fine */
AUTO_DEFINE(hooks)

/* Subscriptions as GraphQL objects; topic in GraphQL's spelling (ORDERS_CREATE). */
/* New; NULL with *problem (constant text) when it is refused. input: WebhookSubscriptionInput. */
json_t *hooks_subscribe(struct hooks *h, const char *topic, const json_t *input, const char *version, const char **problem);
json_t *hooks_update(struct hooks *h, const char *gid, const json_t *input, const char **problem);
bool hooks_unsubscribe(struct hooks *h, const char *gid);
json_t *hooks_list(struct hooks *h);
void hooks_clear(struct hooks *h); /* all subscriptions, as when the app goes */

/* Sends payload (taken) to all who want topic ("orders/create"). Number of deliveries queued. */
size_t hooks_send(struct hooks *h, const char *topic, json_t *payload);
/* The same with a body as it is, JSON or not. */
size_t hooks_send_text(struct hooks *h, const char *topic, const char *body);
/* Share of deliveries sent twice, the most a delivery is held back, shares in percent. */
void hooks_disorder(struct hooks *h, unsigned duplicate, unsigned delayed, unsigned delay_ms);
void hooks_rotate(struct hooks *h, const char *secret); /* signs with another secret from now on */
void hooks_break(struct hooks *h, unsigned bad_signatures); /* the next n are signed wrongly */
void hooks_hold(struct hooks *h, bool on); /* what is queued waits, as when a network is down */
void hooks_patient(struct hooks *h, bool on); /* no subscription is deleted, however much fails */
/* Waits until nothing is queued or under way, at most that long. */
bool hooks_wait(struct hooks *h, unsigned ms);
/* {"queued":..,"sent":..,"acked":..,"retried":..,"given_up":..,"deleted_subscriptions":..,"ack_ms":{..}} */
json_t *hooks_stats(struct hooks *h);
void hooks_stats_reset(struct hooks *h);

#endif
