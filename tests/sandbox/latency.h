/*
 * latency.h - how long the real Odoo 18 took: medians and 95th percentiles of one client, by call
 * and number of records. A worker is busy for that long, so throughput is limited by workers.
 *
 * The n-th call of a kind (model, method, records) takes equally long in every run of the same
 * seed, whatever else was called in between: two clients can be compared. Any thread may call.
 */
#ifndef SANDBOX_LATENCY_H
#define SANDBOX_LATENCY_H

#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"

struct latencies;

struct latencies *latencies_new(uint64_t seed); /* NULL: no memory */
void latencies_free(struct latencies *l);
AUTO_DEFINE(latencies)

/* Microseconds for this call. */
unsigned latencies_draw(struct latencies *l, const char *model, const char *method, size_t records);
void latencies_rewind(struct latencies *l); /* every kind begins with its first call again */
void latency_sleep(unsigned us);

#endif
