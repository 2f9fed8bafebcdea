/*
 * latency.h - how long the real Odoo 18 took: medians and 95th percentiles of one client, by call
 * and number of records. A worker is busy for that long, so throughput is limited by workers.
 */
#ifndef SANDBOX_LATENCY_H
#define SANDBOX_LATENCY_H

#include <stddef.h>

#include "tests/sandbox/rng.h"

/* Microseconds for this call. */
unsigned latency_draw(struct rng *r, const char *model, const char *method, size_t records);
void latency_sleep(unsigned us);

#endif
