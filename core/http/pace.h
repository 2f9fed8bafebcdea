/*
 * pace.h - how fast one lane may go: a leaky bucket of points, mirrored from what the other side
 * says, given out by urgency.
 *
 *     pace_reserve  waits until cost points are there and nobody more urgent waits
 *     pace_settle   what it really cost, and how the bucket looks over there
 *
 * Any thread may call; no call but pace_reserve waits. Points are whatever the other side counts.
 */
#ifndef HTTP_PACE_H
#define HTTP_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"

enum pace_class {
#define PACE(id, name, headroom) PACE_##id,
#include "http/pace.def"
#undef PACE
    PACE_CLASS_COUNT
};

const char *pace_class_name(enum pace_class class); /* "orders" */

struct pace;

/* One reservation. The caller keeps it, from pace_reserve to pace_settle or pace_cancel. */
struct pace_ticket {
    enum pace_class class;
    double cost;
    uint64_t turn; /* who came first within a class */
    bool granted;
    struct pace_ticket *next; /* the queue's own */
};

/* What the other side said about its bucket; maximum 0: nothing. */
struct pace_status {
    double maximum, available, restore; /* points, points, points per second */
};

struct pace_snapshot {
    double maximum, available,
        restore;     /* now, as far as we know; before reservations are settled */
    double reserved; /* given out, not settled */
    unsigned waiting[PACE_CLASS_COUNT];
    double used_60s[PACE_CLASS_COUNT]; /* points settled in the last minute */
    double used_all[PACE_CLASS_COUNT]; /* since the start */
    unsigned throttled_5m;
    uint64_t throttled_all;
    int64_t blocked_us; /* how long nothing at all may be sent; 0: open */
};

/* Starts full. maximum and restore are first guesses until the first status arrives. */
struct pace *pace_new(double maximum, double restore, struct err *err);
void pace_free(struct pace *p); /* nobody may be waiting */
AUTO_DEFINE(pace)

/*
 * False: the wait would be or was longer than wait_us (LIMITED, wait_ms says how long), or
 * pace_stop was called (BUSY). A cost above what the class may ever have is granted from a full
 * bucket.
 */
bool pace_reserve(struct pace *p, enum pace_class class, double cost, int64_t wait_us,
                  struct pace_ticket *ticket, struct err *err);
/* actual < 0: unknown, the reserved cost stands. status may be NULL. */
void pace_settle(struct pace *p, struct pace_ticket *ticket, double actual,
                 const struct pace_status *status);
/* The other side refused for want of points; nothing is sent for wait_us. Settles the ticket. */
void pace_throttled(struct pace *p, struct pace_ticket *ticket, int64_t wait_us,
                    const struct pace_status *status);
/* For good: those who wait and all who come get BUSY. */
void pace_stop(struct pace *p);
void pace_look(struct pace *p, struct pace_snapshot *snapshot);

/*
 * The same without waiting and with the caller's clock (when_ticks): enter the queue, ask how long
 * until it is worth asking again (0: granted, -1: stopped), leave before granted.
 */
void pace_enter(struct pace *p, enum pace_class class, double cost, int64_t now,
                struct pace_ticket *ticket);
int64_t pace_ask(struct pace *p, struct pace_ticket *ticket, int64_t now);
void pace_leave(struct pace *p, struct pace_ticket *ticket);
void pace_settle_at(struct pace *p, struct pace_ticket *ticket, double actual,
                    const struct pace_status *status, int64_t now);
void pace_throttled_at(struct pace *p, struct pace_ticket *ticket, int64_t wait_us,
                       const struct pace_status *status, int64_t now);
void pace_look_at(struct pace *p, struct pace_snapshot *snapshot, int64_t now);

#endif
