/*
 * window.h - how many calls may be under way at once, found by feedback: one more while the
 * latency holds, one less when it grows, half on an error, never above the ceiling, never below
 * one.
 *
 * Latency is compared with what is usual for calls of one kind (what is called and how much of
 * it), because a batch of a hundred is slow without the server being so; a few answers decide
 * together, because single calls vary much. Any thread may call; only window_enter waits.
 */
#ifndef HTTP_WINDOW_H
#define HTTP_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"
#include "http/pace.h"

struct window;

enum window_outcome {
    WINDOW_ANSWERED, /* an answer, also one that says no */
    WINDOW_TROUBLE,  /* busy, time-out, lost connection, serialization: there is too much of us */
    WINDOW_ABSENT,   /* nothing was sent: tells nothing about the load */
};

/* One call under way; the caller keeps it from window_enter to window_leave. */
struct window_seat {
    enum pace_class class;
    uint64_t turn;
    int64_t since; /* when_ticks */
    bool full;     /* it took the last free place */
    bool granted;
    struct window_seat *next; /* the queue's own */
};

struct window_snapshot {
    unsigned limit, ceiling, in_flight;
    unsigned waiting[PACE_CLASS_COUNT];
    double p50_ms, p95_ms;             /* of the last 256 answered calls; 0 without any */
    double busy_60s[PACE_CLASS_COUNT]; /* seconds of calls, last minute */
    unsigned calls_60s, trouble_5m;
    uint64_t calls_all, trouble_all;
    unsigned trouble_row; /* troubles since the last answer: many means down */
};

/* Starts with two at once. */
struct window *window_new(unsigned ceiling, struct err *err);
void window_free(struct window *w); /* nobody may be waiting or under way */
AUTO_DEFINE(window)
void window_ceiling(struct window *w, unsigned ceiling); /* an operator's change; >= 1 */

/* False: no place within wait_us (BUSY), or window_stop was called (BUSY). */
bool window_enter(struct window *w, enum pace_class class, int64_t wait_us,
                  struct window_seat *seat, struct err *err);
/* kind: any number that is equal for comparable calls (window_kind); us: how long it took. */
void window_leave(struct window *w, struct window_seat *seat, enum window_outcome outcome,
                  uint32_t kind, int64_t us);
uint32_t window_kind(const char *model, const char *method, size_t rows);
void window_stop(struct window *w);
void window_look(struct window *w, struct window_snapshot *snapshot);

/* The same without waiting and with the caller's clock. True: a place was free and our turn. */
void window_queue(struct window *w, enum pace_class class, struct window_seat *seat);
bool window_ask(struct window *w, struct window_seat *seat, int64_t now);
void window_unqueue(struct window *w, struct window_seat *seat);
void window_leave_at(struct window *w, struct window_seat *seat, enum window_outcome outcome,
                     uint32_t kind, int64_t us, int64_t now);
void window_look_at(struct window *w, struct window_snapshot *snapshot, int64_t now);

#endif
