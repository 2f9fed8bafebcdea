/*
 * zone.h - where the days of a named time zone ("America/New_York") begin, by this machine's table
 * of zones (package tzdata), without touching the process's own zone. Any thread may call.
 */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include <stdbool.h>

#include "base/err.h"
#include "base/when.h"

#define ZONE_NAME_MAX 64

/*
 * The first instant of a day "2026-01-31", years 1970 to 9999; where clocks skip midnight it is the
 * one after. INVALID: it is no day, or no zone of that name is known here.
 */
bool zone_midnight(const char *zone, const char *day, when *at, struct err *err);

#endif
