/*
 * when.h - the clock: microseconds since 1970 in UTC, and the texts of both sides.
 *
 * All code asks this clock, so tests can set it. Zones are for display only.
 */
#ifndef BASE_WHEN_H
#define BASE_WHEN_H

#include <stdbool.h>
#include <stdint.h>

typedef int64_t when; /* microseconds since 1970-01-01T00:00:00Z; 0: never */

#define WHEN_SECOND INT64_C(1000000)
#define WHEN_MINUTE (60 * WHEN_SECOND)
#define WHEN_HOUR (60 * WHEN_MINUTE)
#define WHEN_DAY (24 * WHEN_HOUR)
#define WHEN_TEXT_MAX 40

when when_now(void);
int64_t when_ticks(void);          /* monotonic microseconds, for durations and deadlines */
void when_set_for_tests(when now); /* freezes when_now; 0 sets it free */

/* Shopify: 2021-12-31T19:00:00-05:00, ...Z, with or without a fraction. Years 1970-9999. */
bool when_parse_iso(const char *text, when *at);
/* Odoo: 2026-11-24 03:43:47 in UTC, with or without a fraction. */
bool when_parse_odoo(const char *text, when *at);
/* All write into buf of WHEN_TEXT_MAX bytes and return it; no fractions but in _micro. */
char *when_iso(when at, char *buf);       /* 2026-11-24T03:43:47Z */
char *when_iso_micro(when at, char *buf); /* 2026-11-24T03:43:47.000000Z */
char *when_odoo(when at, char *buf);      /* 2026-11-24 03:43:47 */
char *when_local(when at, char *buf);     /* 2026-11-24 04:43:47 CET, in the zone of TZ */

#endif
