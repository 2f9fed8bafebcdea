/*
 * stats.h - what was called, how often and how many at once. Any thread may call.
 */
#ifndef SANDBOX_STATS_H
#define SANDBOX_STATS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"

struct stats;

struct stats *stats_new(void);
void stats_free(struct stats *s); /* NULL is fine */
AUTO_DEFINE(stats)
void stats_reset(struct stats *s);
/* Around one call of a side: "odoo" "sale.order.load", "shop" "order"... */
void stats_enter(struct stats *s, const char *side);
void stats_leave(struct stats *s, const char *side, const char *call);
void stats_count(struct stats *s, const char *what, long add); /* anything else, by name */
/* {"odoo":{"calls":..,"concurrent_max":..,"by_call":{..}},"shop":{..},"counts":{..}} */
json_t *stats_json(struct stats *s);

#endif
