#include "http/window.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

#include "base/mutex.h"
#include "base/when.h"
#include "http/minutes.h"

#define LATENCIES   256
#define KINDS       128 /* a power of two; two kinds in one place forget each other */
#define START       2   /* calls at once before we know anything */
#define CEILING_MAX 256
#define ROUND_MIN   4    /* answers that decide together, or as many as the limit when it is more */
#define LEARN       16   /* the first calls of a kind are its usual whatever the load; then one in
                          * twice as many calls that were calm changes it by that part */
#define NOISE_US    5000 /* what any call may be slower without meaning anything */
#define HOLDS       0.40 /* logarithms of "times as long as usual": 1.5 is no change, */
#define CROWDED     0.92 /* and 2.5 is a queue over there */

struct kind {
    uint32_t kind, seen;
    double usual; /* logarithm of microseconds */
};

struct window {
    pthread_mutex_t lock;
    pthread_cond_t moved;
    unsigned limit, ceiling, in_flight;
    unsigned round; /* answers of full windows since the limit last moved or was confirmed */
    double strain;  /* sum over them: log of the latency over the usual one */
    int64_t moved_at, cut_at; /* when it last moved, down: calls from before tell nothing new */
    int64_t crowded_at;       /* when more than a few were last under way */
    struct window_seat *queue; /* most urgent first */
    uint64_t turns;
    bool stopped;
    struct kind kinds[KINDS];
    uint32_t latencies[LATENCIES];
    uint64_t answered;
    unsigned trouble_row;
    uint64_t calls_all, trouble_all;
    struct minutes busy[PACE_CLASS_COUNT], calls, trouble;
};

struct window *window_new(unsigned ceiling, struct err *err)
{
    struct window *w = calloc(1, sizeof *w);

    if (w == NULL) {
        err_set(err, ERR_BUSY, "no memory for a window");
        return NULL;
    }
    mutex_init(&w->lock);
    cond_init(&w->moved);
    w->limit = START;
    window_ceiling(w, ceiling);
    return w;
}

void window_free(struct window *w)
{
    if (w == NULL)
        return;
    pthread_cond_destroy(&w->moved);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

void window_ceiling(struct window *w, unsigned ceiling)
{
    mutex_lock(&w->lock);
    w->ceiling = ceiling < 1 ? 1 : ceiling > CEILING_MAX ? CEILING_MAX : ceiling;
    if (w->limit > w->ceiling)
        w->limit = w->ceiling;
    pthread_cond_broadcast(&w->moved);
    mutex_unlock(&w->lock);
}

uint32_t window_kind(const char *model, const char *method, size_t rows)
{
    uint32_t hash = 2166136261u; /* FNV-1a over both names; batches count by powers of two */
    const char *parts[] = { model, ".", method };

    for (unsigned i = 0; i < 3; i++)
        for (const char *p = parts[i]; *p != '\0'; p++)
            hash = (hash ^ (unsigned char)*p) * 16777619u;
    for (; rows > 1; rows /= 2)
        hash = (hash ^ 1) * 16777619u;
    return hash;
}

/* ---- all below with the lock held ---- */

static void dequeue(struct window *w, struct window_seat *seat)
{
    struct window_seat **at = &w->queue;

    while (*at != NULL && *at != seat)
        at = &(*at)->next;
    if (*at == NULL)
        return;
    *at = seat->next;
    seat->next = NULL;
    pthread_cond_broadcast(&w->moved);
}

/* While few calls are under way, their latency is the other side's own. */
static void note_crowd(struct window *w, int64_t now)
{
    if (w->in_flight > (w->limit / 2 > START ? w->limit / 2 : START))
        w->crowded_at = now;
}

static bool ask(struct window *w, struct window_seat *seat, int64_t now)
{
    if (w->queue != seat || w->in_flight >= w->limit)
        return false;
    dequeue(w, seat);
    w->in_flight++;
    seat->granted = true;
    seat->full = w->in_flight == w->limit;
    seat->since = now;
    note_crowd(w, now);
    return true;
}

static void move(struct window *w, unsigned to, int64_t now)
{
    w->limit = to < 1 ? 1 : to > w->ceiling ? w->ceiling : to;
    w->round = 0;
    w->strain = 0;
    w->moved_at = now;
}

static void cut(struct window *w, const struct window_seat *seat, unsigned to, int64_t now)
{
    if (seat->since < w->cut_at)
        return; /* was under way before we already slowed down */
    move(w, to, now);
    w->cut_at = now;
}

/*
 * How much slower than usual this call was, as a logarithm; and what is usual learns from it, if
 * it was never under way in a crowd. Single calls vary by half and more without any load, so only
 * averages of logarithms mean something.
 */
static double strain_of(struct window *w, const struct window_seat *seat, uint32_t kind, int64_t us)
{
    double log_us = log((double)(us > 1 ? us : 1)), strain;
    struct kind *k = &w->kinds[kind % KINDS];

    if (k->kind != kind || k->seen == 0)
        *k = (struct kind){ .kind = kind, .usual = log_us };
    strain = log_us - log(exp(k->usual) + NOISE_US);
    if (k->seen < LEARN)
        k->usual += (log_us - k->usual) / ++k->seen;
    else if (seat->since > w->crowded_at)
        k->usual += (log_us - k->usual) / (2 * LEARN);
    return strain;
}

static void answered(struct window *w, struct window_seat *seat, uint32_t kind, int64_t us,
                     int64_t now)
{
    double strain = strain_of(w, seat, kind, us);

    w->latencies[w->answered++ % LATENCIES] = us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
    w->trouble_row = 0;
    if (!seat->full || seat->since < w->moved_at)
        return;
    w->strain += strain;
    if (++w->round < (w->limit > ROUND_MIN ? w->limit : ROUND_MIN))
        return;
    strain = w->strain / w->round;
    w->round = 0;
    w->strain = 0;
    if (strain > CROWDED)
        cut(w, seat, w->limit - 1, now);
    else if (strain < HOLDS && w->limit < w->ceiling)
        move(w, w->limit + 1, now);
}

/* ---- with the caller's clock ---- */

void window_queue(struct window *w, enum pace_class class, struct window_seat *seat)
{
    struct window_seat **at = &w->queue;

    memset(seat, 0, sizeof *seat);
    seat->class = class;
    mutex_lock(&w->lock);
    seat->turn = ++w->turns;
    while (*at != NULL && (*at)->class <= class)
        at = &(*at)->next;
    seat->next = *at;
    *at = seat;
    mutex_unlock(&w->lock);
}

bool window_ask(struct window *w, struct window_seat *seat, int64_t now)
{
    bool ours;

    mutex_lock(&w->lock);
    ours = ask(w, seat, now);
    mutex_unlock(&w->lock);
    return ours;
}

void window_unqueue(struct window *w, struct window_seat *seat)
{
    mutex_lock(&w->lock);
    dequeue(w, seat);
    mutex_unlock(&w->lock);
}

void window_leave_at(struct window *w, struct window_seat *seat, enum window_outcome outcome,
                     uint32_t kind, int64_t us, int64_t now)
{
    mutex_lock(&w->lock);
    if (seat->granted) {
        seat->granted = false;
        note_crowd(w, now);
        w->in_flight--;
        w->calls_all++;
        minutes_add(&w->calls, now, 1);
        minutes_add(&w->busy[seat->class], now, (double)us / (double)WHEN_SECOND);
        if (outcome == WINDOW_ANSWERED)
            answered(w, seat, kind, us, now);
        else {
            w->trouble_row++;
            w->trouble_all++;
            minutes_add(&w->trouble, now, 1);
            if (outcome == WINDOW_TROUBLE)
                cut(w, seat, w->limit / 2, now);
        }
        pthread_cond_broadcast(&w->moved);
    }
    mutex_unlock(&w->lock);
}

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

void window_look_at(struct window *w, struct window_snapshot *snapshot, int64_t now)
{
    uint32_t latencies[LATENCIES];
    size_t count;

    memset(snapshot, 0, sizeof *snapshot);
    mutex_lock(&w->lock);
    snapshot->limit = w->limit;
    snapshot->ceiling = w->ceiling;
    snapshot->in_flight = w->in_flight;
    for (const struct window_seat *s = w->queue; s != NULL; s = s->next)
        snapshot->waiting[s->class]++;
    for (unsigned c = 0; c < PACE_CLASS_COUNT; c++)
        snapshot->busy_60s[c] = minutes_sum(&w->busy[c], now, 60);
    snapshot->calls_60s = (unsigned)minutes_sum(&w->calls, now, 60);
    snapshot->trouble_5m = (unsigned)minutes_sum(&w->trouble, now, TALLY_SECONDS);
    snapshot->calls_all = w->calls_all;
    snapshot->trouble_all = w->trouble_all;
    snapshot->trouble_row = w->trouble_row;
    count = w->answered < LATENCIES ? (size_t)w->answered : LATENCIES;
    memcpy(latencies, w->latencies, sizeof latencies);
    mutex_unlock(&w->lock);
    if (count == 0)
        return;
    qsort(latencies, count, sizeof latencies[0], by_size);
    snapshot->p50_ms = latencies[(count - 1) / 2] / 1000.0;
    snapshot->p95_ms = latencies[(count - 1) * 95 / 100] / 1000.0;
}

/* ---- with the real clock ---- */

bool window_enter(struct window *w, enum pace_class class, int64_t wait_us,
                  struct window_seat *seat, struct err *err)
{
    int64_t deadline = when_ticks() + wait_us;
    bool ours = false, stopped;

    window_queue(w, class, seat);
    mutex_lock(&w->lock);
    while (!w->stopped && !(ours = ask(w, seat, when_ticks())) && when_ticks() < deadline)
        cond_wait_until(&w->moved, &w->lock, deadline);
    stopped = w->stopped;
    if (!ours)
        dequeue(w, seat);
    mutex_unlock(&w->lock);
    if (ours)
        return true;
    return err_set(err, ERR_BUSY, stopped ? "shutting down" : "no turn for %s within the time",
                   pace_class_name(class));
}

void window_leave(struct window *w, struct window_seat *seat, enum window_outcome outcome,
                  uint32_t kind, int64_t us)
{
    window_leave_at(w, seat, outcome, kind, us, when_ticks());
}

void window_look(struct window *w, struct window_snapshot *snapshot)
{
    window_look_at(w, snapshot, when_ticks());
}

void window_stop(struct window *w)
{
    mutex_lock(&w->lock);
    w->stopped = true;
    pthread_cond_broadcast(&w->moved);
    mutex_unlock(&w->lock);
}
