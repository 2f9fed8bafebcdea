#include "tests/sandbox/stats.h"

#include <string.h>

#include "base/mutex.h"

#define SIDES 2

struct side {
    const char *name;
    long now, most, calls;
    json_t *by_call;
};

struct stats {
    pthread_mutex_t lock;
    struct side sides[SIDES]; /* lock */
    json_t *counts;           /* lock */
};

struct stats *stats_new(void)
{
    struct stats *s = calloc(1, sizeof *s);

    if (s == NULL)
        return NULL;
    mutex_init(&s->lock);
    s->sides[0].name = "odoo";
    s->sides[1].name = "shop";
    for (int i = 0; i < SIDES; i++)
        s->sides[i].by_call = json_object();
    s->counts = json_object();
    return s;
}

void stats_free(struct stats *s)
{
    if (s == NULL)
        return;
    for (int i = 0; i < SIDES; i++)
        json_decref(s->sides[i].by_call);
    json_decref(s->counts);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

void stats_reset(struct stats *s)
{
    mutex_lock(&s->lock);
    for (int i = 0; i < SIDES; i++) {
        s->sides[i].calls = 0;
        s->sides[i].most = s->sides[i].now;
        json_object_clear(s->sides[i].by_call);
    }
    json_object_clear(s->counts);
    mutex_unlock(&s->lock);
}

static struct side *side_of(struct stats *s, const char *name)
{
    return &s->sides[strcmp(name, s->sides[0].name) == 0 ? 0 : 1];
}

static void add(json_t *object, const char *key, long more)
{
    json_int_t was = json_integer_value(json_object_get(object, key));

    json_object_set_new(object, key, json_integer(was + more));
}

void stats_enter(struct stats *s, const char *side)
{
    struct side *x = side_of(s, side);

    mutex_lock(&s->lock);
    if (++x->now > x->most)
        x->most = x->now;
    mutex_unlock(&s->lock);
}

void stats_leave(struct stats *s, const char *side, const char *call)
{
    struct side *x = side_of(s, side);

    mutex_lock(&s->lock);
    x->now--;
    x->calls++;
    add(x->by_call, call, 1);
    mutex_unlock(&s->lock);
}

void stats_count(struct stats *s, const char *what, long more)
{
    mutex_lock(&s->lock);
    add(s->counts, what, more);
    mutex_unlock(&s->lock);
}

json_t *stats_json(struct stats *s)
{
    json_t *all = json_object();

    mutex_lock(&s->lock);
    for (int i = 0; i < SIDES; i++)
        json_object_set_new(all, s->sides[i].name,
                            json_pack("{s:I,s:I,s:o}", "calls", (json_int_t)s->sides[i].calls, "concurrent_max",
                                      (json_int_t)s->sides[i].most, "by_call", json_deep_copy(s->sides[i].by_call)));
    json_object_set_new(all, "counts", json_deep_copy(s->counts));
    mutex_unlock(&s->lock);
    return all;
}
