/* The scheduler's picture of the lanes: their windows, what their breakers leave of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mutex.h"
#include "base/str.h"
#include "queue/schedule_inside.h"

#define ROAD_WINDOW_MOST 2048
#define IDLE_US (60 * WHEN_SECOND) /* the longest sleep: the clock may have been set */

struct road *road_of(struct schedule *s, int64_t id)
{
    for (size_t i = 0; i < s->road_count; i++)
        if (s->roads[i].id == id)
            return &s->roads[i];
    return NULL;
}

struct road *road_add(struct schedule *s, const struct jobs_want *want)
{
    struct road *road;

    if (s->road_count == LANES_MAX)
        return NULL;
    road = &s->roads[s->road_count++];
    memset(road, 0, sizeof *road);
    road->id = want->lane;
    STAILQ_INIT(&road->window);
    lane_init(&road->lane, want->max);
    return road;
}

void road_spark(struct road *road, int finished)
{
    int64_t slot = when_ticks() / SPARK_SLOT_US;

    for (; road->spark_slot < slot && slot - road->spark_slot <= SPARK_SLOTS; road->spark_slot++)
        road->spark[(road->spark_slot + 1) % SPARK_SLOTS] = 0;
    if (road->spark_slot < slot) {
        memset(road->spark, 0, sizeof road->spark);
        road->spark_slot = slot;
    }
    road->spark[slot % SPARK_SLOTS] += finished;
    road->finished += finished;
}

const struct job_kind *road_kind(const struct schedule *s, const char *name)
{
    for (size_t i = 0; i < s->config.kind_count; i++)
        if (strcmp(s->config.kinds[i].name, name) == 0)
            return &s->config.kinds[i];
    return NULL;
}

unsigned road_needs(const struct job_kind *kind)
{
    return ERR_SIDE_BIT(ERR_SIDE_NONE) | (kind != NULL ? kind->needs : 0);
}

/* What the breakers leave of a lane: which of its kinds may not start. */
struct outlook {
    uint32_t shut; /* of config.kinds, by bit */
    bool all;      /* all that the lane is for */
    bool probing;  /* what starts next is a probe of a side it needs */
};

static struct outlook outlook(const struct schedule *s, const struct road *road, int64_t now)
{
    struct outlook look = { .all = true };
    unsigned out = lane_shut(&road->lane);
    size_t kinds = 0;

    for (size_t k = 0; k < s->config.kind_count && k < KINDS_MAX; k++) {
        const struct job_kind *kind = &s->config.kinds[k];

        if (strcmp(kind->lane, road->name) != 0)
            continue;
        kinds++;
        if (!lane_is_open(&road->lane, road_needs(kind), now))
            look.shut |= UINT32_C(1) << k;
        else {
            look.all = false;
            look.probing |= (out & road_needs(kind)) != 0;
        }
    }
    if (kinds == 0) {
        look.all = !lane_is_open(&road->lane, 0, now);
        look.probing = (out & road_needs(NULL)) != 0;
    }
    return look;
}

void road_take_out(struct schedule *s, struct road *road, struct claimed *c)
{
    STAILQ_REMOVE(&road->window, c, claimed, link); /* it stands near the head, nearly always */
    road->in_window--;
    s->in_window--;
}

/* Does a batch of that kind find all it could take? One alone is no batch. */
static bool full_batch(const struct road *road, const struct job_kind *kind)
{
    return kind != NULL && kind->batch_max > 1 && road->in_window >= (int)kind->batch_max;
}

const struct claimed *road_startable(const struct schedule *s, const struct road *road,
                                       int64_t now)
{
    const struct claimed *c;
    const char *shut = NULL;

    if (!lane_may_start(&road->lane, 0, now, true))
        return NULL;
    STAILQ_FOREACH(c, &road->window, link) {
        const struct job_kind *kind;

        if ((shut != NULL && strcmp(shut, c->job.kind) == 0) ||
            (s->suspect && c->job.crashes > 0))
            continue;
        kind = road_kind(s, c->job.kind);
        if (lane_may_start(&road->lane, road_needs(kind), now, c->job.crashes == 0 && full_batch(road, kind)))
            return c;
        shut = c->job.kind;
    }
    return NULL;
}

int road_room(const struct schedule *s, const struct road *road, uint32_t *shut)
{
    struct outlook look = outlook(s, road, when_ticks());
    int most = road->lane.max * 2 * SCHEDULE_BATCH_MAX;

    if (most < ROAD_WINDOW_MIN)
        most = ROAD_WINDOW_MIN;
    if (most > ROAD_WINDOW_MOST)
        most = ROAD_WINDOW_MOST;
    most -= road->in_window;
    if (most > SCHEDULE_WINDOW_MAX - s->in_window)
        most = SCHEDULE_WINDOW_MAX - s->in_window;
    if (look.all)
        most = 0; /* it rests */
    else if (look.probing && most > 1)
        most = road->in_window > 0 ? 0 : 1; /* the probe alone */
    *shut = look.shut;
    return most > 0 ? most : 0;
}

int64_t roads_rest(const struct schedule *s, int64_t now)
{
    const struct ending *again = STAILQ_FIRST(&s->again);
    int64_t at = now + IDLE_US;

    if (again != NULL && again->again < at)
        at = again->again;
    for (size_t i = 0; i < s->road_count; i++) {
        int64_t rest = lane_rest(&s->roads[i].lane, ~0U, now);

        if (rest != 0 && rest < at)
            at = rest;
    }
    return at;
}

/* Of the sides that are out, one that stops the lane first. */
static void fill_breaker(struct schedule *s, const struct road *road, int64_t now,
                         struct schedule_lane *row)
{
    unsigned vital = road_needs(NULL), shown;
    bool goes_on = false;

    row->out = lane_shut(&road->lane);
    for (size_t k = 0; k < s->config.kind_count; k++) {
        unsigned needs = road_needs(&s->config.kinds[k]);

        if (strcmp(s->config.kinds[k].lane, road->name) != 0)
            continue;
        vital |= needs;
        goes_on |= (needs & row->out) == 0;
    }
    row->breaker = (row->out & vital) != 0 && !goes_on;
    shown = row->breaker ? row->out & vital : row->out;
    for (unsigned side = ERR_SIDE_COUNT; side-- > 0;) {
        const struct breaker *b = &road->lane.sides[side];

        if ((shown & ERR_SIDE_BIT(side)) == 0)
            continue;
        row->open_for_ms = b->until > now ? (b->until - now) / 1000 : 0;
        snprintf(row->why, sizeof row->why, "%s%s%s",
                 side != ERR_SIDE_NONE ? err_side_name(side) : "",
                 side != ERR_SIDE_NONE ? ": " : "", b->why);
    }
}

size_t schedule_lanes(struct schedule *s, struct schedule_lane *rows, size_t room)
{
    int64_t now = when_ticks();
    size_t n = 0;

    mutex_lock(&s->lock);
    for (; n < s->road_count && n < room; n++) {
        struct road *road = &s->roads[n];
        struct schedule_lane *row = &rows[n];

        road_spark(road, 0);
        memset(row, 0, sizeof *row);
        row->lane = road->id;
        row->backend = road->backend;
        str_copy(row->name, sizeof row->name, road->name);
        /* the one that is prepared ahead has no place yet */
        row->running = road->lane.running < road->lane.max ? road->lane.running : road->lane.max;
        row->window = road->in_window;
        fill_breaker(s, road, now, row);
        row->finished = road->finished;
        for (int i = 0; i < SPARK_SLOTS; i++)
            row->spark[i] = road->spark[(road->spark_slot + 1 + i) % SPARK_SLOTS];
    }
    mutex_unlock(&s->lock);
    return n;
}
