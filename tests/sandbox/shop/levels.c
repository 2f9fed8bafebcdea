#include "tests/sandbox/shop/levels.h"

#include <string.h>

#include "tests/sandbox/shop/make.h"
#include "tests/sandbox/shop/table.h"

struct change { /* of an item at a location */
    int64_t committed, moved; /* moved: what available is off what was made */
    int64_t peak;             /* the most that was on hand after somebody set it */
    when updated;
};

struct levels {
    struct table changes; /* item * 4 + location -> change */
};

struct levels *levels_new(void)
{
    return calloc(1, sizeof(struct levels));
}

void levels_free(struct levels *k)
{
    if (k == NULL)
        return;
    for (size_t i = 0; i < k->changes.room; i++)
        free(k->changes.slots[i].value);
    table_clear(&k->changes);
    free(k);
}

static uint64_t key_of(int64_t item, size_t location)
{
    return (uint64_t)item * 4 + location;
}

static struct change *change_of(struct shop *s, int64_t item, size_t location)
{
    struct change *c = table_get(&s->levels->changes, key_of(item, location));

    if (c != NULL)
        return c;
    c = calloc(1, sizeof *c);
    if (c == NULL)
        abort();
    table_put(&s->levels->changes, key_of(item, location), c);
    return c;
}

static bool holds(const struct order *o)
{
    return o->cancelled == 0 && !o->test && strcmp(o->financial, "voided") != 0;
}

static int64_t item_of(int64_t variant)
{
    return variant - VARIANT_FIRST + ITEM_FIRST;
}

/* What its head tells; the order itself is made only if it may hold something. */
static bool may_hold(const struct shop *s, size_t index)
{
    struct head h;

    past_head(s, index, &h);
    return h.cancelled == 0 && !h.test && strcmp(h.fulfillment, "fulfilled") != 0;
}

void levels_open(struct shop *s)
{
    for (size_t i = 0; i < s->past; i++) {
        const struct order *o = may_hold(s, i) ? shop_order_at(s, i) : NULL;

        for (size_t k = 0; o != NULL && holds(o) && k < o->line_count; k++)
            if (o->lines[k].variant != 0)
                change_of(s, item_of(o->lines[k].variant), o->location)->committed +=
                    o->lines[k].current - o->lines[k].fulfilled;
    }
}

static void level_make(const struct shop *s, const struct variant *v, size_t location, struct level *level)
{
    static const unsigned shares[LOCATIONS_MAX] = { 100, 35, 10 };
    struct rng r = { make_salt(s, 'k', key_of(v->item, location)) };
    unsigned kind = (unsigned)rng_below(&r, 100);

    *level = (struct level){ .updated = v->updated };
    level->stocked = v->tracked && location < shop_locations(s) && rng_chance(&r, shares[location]);
    if (!level->stocked)
        return;
    level->available = s->tidy       ? rng_between(&r, 500, 5000) :
                       kind < 10     ? 0 :
                       kind < 12     ? -rng_between(&r, 1, 9) : /* sold more than there was */
                       kind < 80     ? rng_between(&r, 1, 80) :
                                       rng_between(&r, 80, 2500);
    if (s->odd && v->of->index == ODD_OVERSOLD && v->nth == 0 && location == 0)
        level->available = -7;
    if (s->tidy)
        return;
    level->incoming = rng_chance(&r, 10) ? rng_between(&r, 1, 200) : 0;
    level->damaged = rng_chance(&r, 3) ? rng_between(&r, 1, 4) : 0;
    level->safety = rng_chance(&r, 2) ? rng_between(&r, 1, 10) : 0;
}

void levels_get(struct shop *s, const struct variant *v, size_t location, struct level *level)
{
    const struct change *c;

    level_make(s, v, location, level);
    c = table_get(&s->levels->changes, key_of(v->item, location));
    if (c == NULL)
        return;
    level->stocked = level->stocked || v->tracked; /* what is sold from a place is stocked there */
    level->available += c->moved;
    level->committed = c->committed;
    level->updated = c->updated > level->updated ? c->updated : level->updated;
}

int64_t levels_on_hand(const struct level *level)
{
    return level->available + level->committed + level->damaged + level->safety;
}

static void changed(struct shop *s, struct change *c)
{
    c->updated = when_now();
    s->version++;
}

void levels_set(struct shop *s, const struct variant *v, size_t location, int64_t available)
{
    struct change *c;
    struct level now;

    levels_get(s, v, location, &now);
    c = change_of(s, v->item, location);
    c->moved += available - now.available;
    now.available = available;
    if (levels_on_hand(&now) > c->peak)
        c->peak = levels_on_hand(&now);
    changed(s, c);
}

int64_t levels_peak(struct shop *s, const struct variant *v, size_t location, bool anew)
{
    struct change *c = change_of(s, v->item, location);
    int64_t peak = c->peak;

    if (anew)
        c->peak = 0;
    return peak;
}

/* What lines still hold leaves committed; given back, it is available again. */
static void move(struct shop *s, const struct order *o, int sign, bool back)
{
    for (size_t i = 0; holds(o) && i < o->line_count; i++) {
        const struct line *l = &o->lines[i];
        struct change *c;

        if (l->variant == 0 || l->current <= l->fulfilled)
            continue;
        c = change_of(s, item_of(l->variant), o->location);
        c->committed += sign * (l->current - l->fulfilled);
        if (back)
            c->moved -= sign * (l->current - l->fulfilled);
        changed(s, c);
    }
}

void levels_commit(struct shop *s, const struct order *o, int sign)
{
    move(s, o, sign, true);
}

void levels_send(struct shop *s, const struct order *o)
{
    move(s, o, -1, false);
}
