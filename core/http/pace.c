#include "http/pace.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

#include "base/mutex.h"
#include "base/when.h"
#include "http/minutes.h"

#define POLL_US      (WHEN_SECOND / 4) /* how long to wait for who is before us, at most */
#define BLOCK_MAX_US (10 * WHEN_MINUTE)

static const struct {
    const char *name;
    double headroom;
} classes[PACE_CLASS_COUNT] = {
#define PACE(id, name, headroom) [PACE_##id] = { name, (headroom) / 100.0 },
#include "http/pace.def"
#undef PACE
};

struct pace {
    pthread_mutex_t lock;
    pthread_cond_t moved; /* points came back, somebody left the queue, or it is over */
    double maximum, restore;
    double level; /* what may still be given out, as of level_at; may be below zero */
    int64_t level_at;
    double reserved;
    int64_t blocked_until;
    struct pace_ticket *queue; /* most urgent first */
    uint64_t turns;
    bool stopped;
    double used_all[PACE_CLASS_COUNT];
    uint64_t throttled_all;
    struct minutes used[PACE_CLASS_COUNT], throttled;
};

const char *pace_class_name(enum pace_class class)
{
    return class < PACE_CLASS_COUNT ? classes[class].name : "?";
}

struct pace *pace_new(double maximum, double restore, struct err *err)
{
    struct pace *p = calloc(1, sizeof *p);

    if (p == NULL) {
        err_set(err, ERR_BUSY, "no memory for a budget");
        return NULL;
    }
    mutex_init(&p->lock);
    cond_init(&p->moved);
    p->maximum = maximum;
    p->restore = restore;
    p->level = maximum;
    return p;
}

void pace_free(struct pace *p)
{
    if (p == NULL)
        return;
    pthread_cond_destroy(&p->moved);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

/* ---- all below with the lock held ---- */

static void refill(struct pace *p, int64_t now)
{
    if (now > p->level_at) {
        p->level += p->restore * (double)(now - p->level_at) / (double)WHEN_SECOND;
        p->level_at = now;
    }
    if (p->level > p->maximum)
        p->level = p->maximum;
}

static void enqueue(struct pace *p, struct pace_ticket *ticket)
{
    struct pace_ticket **at = &p->queue;

    while (*at != NULL && (*at)->class <= ticket->class)
        at = &(*at)->next;
    ticket->next = *at;
    *at = ticket;
}

static void dequeue(struct pace *p, struct pace_ticket *ticket)
{
    struct pace_ticket **at = &p->queue;

    while (*at != NULL && *at != ticket)
        at = &(*at)->next;
    if (*at == NULL)
        return;
    *at = ticket->next;
    ticket->next = NULL;
    pthread_cond_broadcast(&p->moved);
}

/* How long until the bucket holds what this ticket needs; 0: it does. */
static int64_t until_enough(struct pace *p, const struct pace_ticket *ticket, int64_t now)
{
    double need = ticket->cost + classes[ticket->class].headroom * p->maximum;
    int64_t us = 0;

    refill(p, now);
    if (need > p->maximum)
        need = p->maximum;
    if (p->level < need)
        us = p->restore > 0 ? (int64_t)ceil((need - p->level) / p->restore * (double)WHEN_SECOND)
                            : WHEN_MINUTE;
    if (p->blocked_until > now && p->blocked_until - now > us)
        us = p->blocked_until - now;
    return us;
}

static int64_t ask(struct pace *p, struct pace_ticket *ticket, int64_t now)
{
    int64_t us;

    if (p->stopped)
        return -1;
    us = until_enough(p, p->queue, now);
    if (p->queue != ticket)
        return us > 0 && us < POLL_US ? us : POLL_US;
    if (us > 0)
        return us;
    dequeue(p, ticket);
    p->level -= ticket->cost;
    p->reserved += ticket->cost;
    ticket->granted = true;
    return 0;
}

/*
 * The other side counts what has reached it, we count what we gave out: the truth lies between
 * "all our reservations are in its number already" and "none is".
 */
static void believe(struct pace *p, const struct pace_status *status)
{
    if (status == NULL || !(status->maximum > 0))
        return;
    p->maximum = status->maximum;
    if (status->restore > 0)
        p->restore = status->restore;
    if (p->level > status->available)
        p->level = status->available;
    if (p->level < status->available - p->reserved)
        p->level = status->available - p->reserved;
}

static void settle(struct pace *p, struct pace_ticket *ticket, double actual,
                   const struct pace_status *status, int64_t now)
{
    if (!ticket->granted)
        return;
    ticket->granted = false;
    refill(p, now);
    if (!(actual >= 0))
        actual = ticket->cost;
    p->reserved -= ticket->cost;
    if (p->reserved < 0)
        p->reserved = 0;
    p->level += ticket->cost - actual;
    minutes_add(&p->used[ticket->class], now, actual);
    p->used_all[ticket->class] += actual;
    believe(p, status);
    pthread_cond_broadcast(&p->moved);
}

/* ---- with the caller's clock ---- */

void pace_enter(struct pace *p, enum pace_class class, double cost, int64_t now,
                struct pace_ticket *ticket)
{
    memset(ticket, 0, sizeof *ticket);
    ticket->class = class;
    ticket->cost = cost > 0 ? cost : 0;
    mutex_lock(&p->lock);
    if (p->level_at == 0)
        p->level_at = now;
    ticket->turn = ++p->turns;
    enqueue(p, ticket);
    mutex_unlock(&p->lock);
}

int64_t pace_ask(struct pace *p, struct pace_ticket *ticket, int64_t now)
{
    int64_t us;

    mutex_lock(&p->lock);
    us = ask(p, ticket, now);
    mutex_unlock(&p->lock);
    return us;
}

void pace_leave(struct pace *p, struct pace_ticket *ticket)
{
    mutex_lock(&p->lock);
    dequeue(p, ticket);
    mutex_unlock(&p->lock);
}

void pace_settle_at(struct pace *p, struct pace_ticket *ticket, double actual,
                    const struct pace_status *status, int64_t now)
{
    mutex_lock(&p->lock);
    settle(p, ticket, actual, status, now);
    mutex_unlock(&p->lock);
}

void pace_throttled_at(struct pace *p, struct pace_ticket *ticket, int64_t wait_us,
                       const struct pace_status *status, int64_t now)
{
    mutex_lock(&p->lock);
    settle(p, ticket, 0, status, now);
    if (status == NULL || !(status->maximum > 0))
        p->level = 0; /* we thought there was something */
    if (wait_us > BLOCK_MAX_US)
        wait_us = BLOCK_MAX_US;
    if (now + wait_us > p->blocked_until)
        p->blocked_until = now + wait_us;
    minutes_add(&p->throttled, now, 1);
    p->throttled_all++;
    mutex_unlock(&p->lock);
}

void pace_look_at(struct pace *p, struct pace_snapshot *snapshot, int64_t now)
{
    memset(snapshot, 0, sizeof *snapshot);
    mutex_lock(&p->lock);
    refill(p, now);
    snapshot->maximum = p->maximum;
    snapshot->restore = p->restore;
    snapshot->available = p->level;
    snapshot->reserved = p->reserved;
    for (const struct pace_ticket *t = p->queue; t != NULL; t = t->next)
        snapshot->waiting[t->class]++;
    for (unsigned c = 0; c < PACE_CLASS_COUNT; c++) {
        snapshot->used_60s[c] = minutes_sum(&p->used[c], now, 60);
        snapshot->used_all[c] = p->used_all[c];
    }
    snapshot->throttled_5m = (unsigned)minutes_sum(&p->throttled, now, TALLY_SECONDS);
    snapshot->throttled_all = p->throttled_all;
    snapshot->blocked_us = p->blocked_until > now ? p->blocked_until - now : 0;
    mutex_unlock(&p->lock);
}

/* ---- with the real clock ---- */

static bool too_long(struct err *err, int64_t us, enum pace_class class)
{
    err_set(err, ERR_LIMITED, "no points for %s within the time", pace_class_name(class));
    if (err != NULL)
        err->wait_ms = (unsigned)(us / 1000 + 1);
    return false;
}

/* Waits with the lock held; 0: granted, -1: stopped, otherwise how long it would still take. */
static int64_t await_turn(struct pace *p, struct pace_ticket *ticket, int64_t deadline)
{
    for (;;) {
        int64_t now = when_ticks();
        int64_t us = ask(p, ticket, now), sure;

        if (us <= 0)
            return us;
        /* what is reserved may come back unspent: only what is beyond that is hopeless */
        sure = p->restore > 0 ? us - (int64_t)(p->reserved / p->restore * (double)WHEN_SECOND) : 0;
        if (now >= deadline || (p->queue == ticket && now + sure > deadline))
            return us;
        cond_wait_until(&p->moved, &p->lock, now + us < deadline ? now + us : deadline);
    }
}

bool pace_reserve(struct pace *p, enum pace_class class, double cost, int64_t wait_us,
                  struct pace_ticket *ticket, struct err *err)
{
    int64_t now = when_ticks(), us;

    pace_enter(p, class, cost, now, ticket);
    mutex_lock(&p->lock);
    us = await_turn(p, ticket, now + wait_us);
    if (us != 0)
        dequeue(p, ticket);
    mutex_unlock(&p->lock);
    if (us < 0)
        return err_set(err, ERR_BUSY, "shutting down");
    return us == 0 || too_long(err, us, class);
}

void pace_settle(struct pace *p, struct pace_ticket *ticket, double actual,
                 const struct pace_status *status)
{
    pace_settle_at(p, ticket, actual, status, when_ticks());
}

void pace_throttled(struct pace *p, struct pace_ticket *ticket, int64_t wait_us,
                    const struct pace_status *status)
{
    pace_throttled_at(p, ticket, wait_us, status, when_ticks());
}

void pace_look(struct pace *p, struct pace_snapshot *snapshot)
{
    pace_look_at(p, snapshot, when_ticks());
}

void pace_stop(struct pace *p)
{
    mutex_lock(&p->lock);
    p->stopped = true;
    pthread_cond_broadcast(&p->moved);
    mutex_unlock(&p->lock);
}
