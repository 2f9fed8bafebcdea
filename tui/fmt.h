/*
 * fmt.h - numbers, durations and moments as the screens write them.
 *
 * All write into buf (FMT_MAX bytes) and return it. Pure but for the zone of TZ.
 */
#ifndef TUI_FMT_H
#define TUI_FMT_H

#include <stdint.h>

#include "base/when.h"

#define FMT_MAX 40

enum fmt_time { FMT_RELATIVE, FMT_LOCAL, FMT_UTC, FMT_TIME_COUNT };

char *fmt_count(int64_t n, char *buf);      /* 12,204 */
char *fmt_short(int64_t n, char *buf);      /* 12,204 or 64k or 1.9M: at most 6 columns */
char *fmt_span(int64_t us, char *buf);      /* 0.4s 12s 3m14 2h 9d; "–" below 0 */
char *fmt_ms(int64_t ms, char *buf);        /* 84ms 1.8s 3m10 */
char *fmt_took(double ms, char *buf);       /* the same, and <1ms */
char *fmt_bytes(int64_t bytes, char *buf);  /* 412 B, 3.1 kB, 0.6 GB */
char *fmt_clock(when at, enum fmt_time mode, char *buf); /* 14:32:07, local unless UTC */
/* In a list: an age up to 24 h, else the day; or the clock, by mode. "–" for never. */
char *fmt_when(when at, when now, enum fmt_time mode, char *buf);
char *fmt_day(when at, enum fmt_time mode, char *buf);   /* 2026-11-23 14:32:07 */
/* In details: local and UTC: 2026-11-23 14:32:07 CET (13:32:07 UTC) */
char *fmt_both(when at, char *buf); /* buf: 2 * FMT_MAX bytes */
char *fmt_zone(when at, char *buf); /* CET */

#endif
