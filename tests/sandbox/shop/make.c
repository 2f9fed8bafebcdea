/* make.c - seeds of records, texts, and the times when what was made. */
#include "tests/sandbox/shop/make.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PAST_DAYS 1096 /* how long the shop has been selling */

uint64_t make_salt(const struct shop *s, char kind, uint64_t index)
{
    struct rng r = { s->seed * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)(unsigned char)kind };

    r.state = rng_next(&r) ^ (index * UINT64_C(0xd1342543de82ef95));
    return rng_next(&r);
}

char *make_text(const char *fmt, ...)
{
    char *made;
    va_list list;

    va_start(list, fmt);
    if (vasprintf(&made, fmt, list) < 0)
        abort();
    va_end(list);
    return made;
}

char *make_copy(const char *text)
{
    char *mine = text == NULL ? NULL : strdup(text);

    if (text != NULL && mine == NULL)
        abort();
    return mine;
}

void make_handle(const char *title, char *to, size_t size)
{
    size_t len = 0;

    for (; *title != '\0' && len + 1 < size; title++)
        if (isalnum((unsigned char)*title))
            to[len++] = (char)tolower((unsigned char)*title);
        else if (len > 0 && to[len - 1] != '-')
            to[len++] = '-';
    to[len] = '\0';
}

static when between(struct rng *r, when from, when to)
{
    return to <= from ? from : from + rng_between(r, 0, (to - from) / WHEN_SECOND) * WHEN_SECOND;
}

/* Most are touched again, some of them lately. */
static when touched(struct rng *r, when created, when today)
{
    if (rng_chance(r, 30))
        return created;
    return between(r, rng_chance(r, 20) && created < today - 30 * WHEN_DAY ? today - 30 * WHEN_DAY : created, today - WHEN_HOUR);
}

void product_head(const struct shop *s, size_t index, struct head *h)
{
    struct rng r = { make_salt(s, 'P', index) };

    *h = (struct head){ .created = s->created, .updated = s->created, .customer = SIZE_MAX };
    if (s->tidy)
        return;
    h->created = between(&r, s->today - (PAST_DAYS + 60) * WHEN_DAY, s->today - 20 * WHEN_DAY);
    h->updated = touched(&r, h->created, s->today);
}

/* ---- orders of earlier: one after the other, a few of each customer ---- */

static when past_created(const struct shop *s, size_t index)
{
    struct rng r = { make_salt(s, 't', index) };
    when start = s->today - PAST_DAYS * WHEN_DAY, step = PAST_DAYS * WHEN_DAY / (when)(s->past > 0 ? s->past : 1);
    when at = start + (when)index * step + (when)(rng_unit(&r) * 0.9 * (double)step);

    return at - at % WHEN_SECOND;
}

/* Every second order is of a customer who comes often (an eighth of them), the others are of three quarters. */
static size_t often(const struct shop *s)
{
    return s->customer_count / 8 + 1 < s->customer_count ? s->customer_count / 8 + 1 : s->customer_count;
}

static size_t broad(const struct shop *s)
{
    return s->customer_count * 3 / 4 > 0 ? s->customer_count * 3 / 4 : 1;
}

static size_t past_customer(const struct shop *s, size_t index)
{
    if (s->customer_count == 0)
        return SIZE_MAX;
    return index % 2 == 0 ? index / 2 % often(s) : index / 2 % broad(s) + s->customer_count - broad(s);
}

void past_of_customer(const struct shop *s, size_t customer, void (*each)(void *ctx, size_t order), void *ctx)
{
    struct head h;

    for (size_t j = customer; customer < often(s) && j * 2 < s->past; j += often(s)) {
        past_head(s, j * 2, &h);
        if (h.customer == customer)
            each(ctx, j * 2);
    }
    if (customer < s->customer_count - broad(s))
        return;
    for (size_t j = customer - (s->customer_count - broad(s)); j * 2 + 1 < s->past; j += broad(s)) {
        past_head(s, j * 2 + 1, &h);
        if (h.customer == customer)
            each(ctx, j * 2 + 1);
    }
}

void customer_head(const struct shop *s, size_t index, struct head *h)
{
    struct rng r = { make_salt(s, 'C', index) };
    size_t first = SIZE_MAX, other;

    *h = (struct head){ .created = s->created, .updated = s->created, .customer = SIZE_MAX };
    if (s->tidy)
        return;
    if (index < often(s))
        first = index * 2;
    if (index >= s->customer_count - broad(s)) {
        other = (index - (s->customer_count - broad(s))) * 2 + 1;
        first = other < first ? other : first;
    }
    h->created = first < s->past ? past_created(s, first) - 10 * WHEN_MINUTE :
                                   between(&r, s->today - PAST_DAYS * WHEN_DAY, s->today - WHEN_DAY);
    h->updated = touched(&r, h->created, s->today);
}

bool past_open(const struct shop *s, size_t index)
{
    size_t young = s->past / 50 > 10 ? s->past / 50 : 10;

    return index + young >= s->past;
}

/* What became of an order; the young ones are under way, the old ones are settled. */
static void past_state(struct rng *r, bool young, struct head *h)
{
    static const char *const now[] = { "paid", "paid", "paid", "paid", "paid", "pending", "authorized", "partially_paid" };
    static const char *const then[] = { "paid", "paid", "paid", "paid", "paid", "paid", "paid", "paid", "paid", "paid", "paid",
                                        "paid", "paid", "paid", "paid", "paid", "partially_refunded", "partially_refunded",
                                        "refunded", "voided" };
    bool sent = young ? rng_chance(r, 35) : rng_chance(r, 98);

    h->financial = young ? now[rng_below(r, 8)] : then[rng_below(r, 20)];
    h->fulfillment = "";
    if (strcmp(h->financial, "voided") == 0 || (strcmp(h->financial, "refunded") == 0 && rng_chance(r, 40)))
        h->cancelled = h->created + rng_between(r, 1, 50) * WHEN_HOUR;
    else if (sent && (!young || strcmp(h->financial, "paid") == 0))
        h->fulfillment = young && rng_chance(r, 25) ? "partial" : "fulfilled";
}

void past_head(const struct shop *s, size_t index, struct head *h)
{
    struct rng r = { make_salt(s, 'h', index) };
    unsigned buyer = (unsigned)rng_below(&r, 100);
    when later;

    *h = (struct head){ .created = past_created(s, index), .customer = past_customer(s, index) };
    if (buyer < 6) /* a guest, or somebody whose record was deleted since */
        h->customer = SIZE_MAX;
    h->test = rng_chance(&r, 1);
    if (s->odd && index == ODD_LEFT) {
        h->customer = SIZE_MAX;
        h->test = false;
    }
    past_state(&r, past_open(s, index), h);
    later = h->created + rng_between(&r, 60, 14 * 86400) * WHEN_SECOND;
    if (strcmp(h->financial, "refunded") == 0 || strcmp(h->financial, "partially_refunded") == 0)
        later += rng_between(&r, 1, 40 * 86400) * WHEN_SECOND;
    if (h->cancelled != 0)
        later = h->cancelled;
    h->updated = later < s->today ? later : s->today - (when)rng_between(&r, 1, 3600) * WHEN_SECOND;
    if (h->updated < h->created)
        h->updated = h->created;
    if (h->cancelled > h->updated)
        h->cancelled = h->updated;
    if (h->cancelled != 0 || strcmp(h->fulfillment, "fulfilled") == 0)
        h->closed = h->updated;
}
