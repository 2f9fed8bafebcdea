/*
 * zone.h - the trap of load: date texts are read in the time zone of the context. A few zones,
 * by their rules, without touching the process's own zone.
 */
#ifndef SANDBOX_ODOO_ZONE_H
#define SANDBOX_ODOO_ZONE_H

#include <stddef.h>

/* "2026-10-01 10:20:30" as of that zone becomes UTC; unknown zones leave it alone. */
void zone_to_utc(const char *zone, char *text, size_t size);

#endif
