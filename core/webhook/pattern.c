#include "webhook/pattern.h"

#include <string.h>

#define MINUTE       INT64_C(60000000)
#define HOUR         (60 * MINUTE)
#define WEEK_MINUTES 14540 /* minutes of a half life of a week, over ln 2 */

static struct pattern_shop *shop_of(struct pattern *p, int64_t backend)
{
    struct pattern_shop *free_place = NULL;

    for (size_t i = 0; i < PATTERN_SHOPS_MAX; i++) {
        if (p->shops[i].backend == backend)
            return &p->shops[i];
        if (p->shops[i].backend == 0 && free_place == NULL)
            free_place = &p->shops[i];
    }
    if (free_place != NULL)
        *free_place = (struct pattern_shop){ .backend = backend };
    return free_place;
}

/* Closes the minutes that have passed: the usual count moves, the longest gap fades. */
static void pass_minutes(struct pattern_shop *shop, int64_t minute)
{
    /* after two weeks nothing of the old is left anyway */
    if (minute - shop->minute > 2 * 7 * 24 * 60)
        shop->minute = minute - 2 * 7 * 24 * 60;
    while (shop->minute < minute) {
        double share = shop->minutes < 60 ? 1.0 / (shop->minutes + 1) : 1.0 / 60;

        shop->usual += ((double)shop->minute_count - shop->usual) * share;
        shop->gap -= shop->gap / WEEK_MINUTES;
        shop->minutes++;
        shop->minute++;
        shop->minute_count = 0;
    }
}

void pattern_quiet(struct pattern *p, int64_t backend, int64_t quiet_us)
{
    struct pattern_shop *shop = shop_of(p, backend);

    if (shop != NULL)
        shop->quiet = quiet_us;
}

struct pattern_found pattern_delivery(struct pattern *p, int64_t backend, int64_t ticks)
{
    struct pattern_found found = { .sign = PATTERN_NOTHING, .backend = backend };
    struct pattern_shop *shop = shop_of(p, backend);
    double most;

    if (shop == NULL)
        return found;
    if (shop->count == 0) {
        shop->first = ticks;
        shop->minute = ticks / MINUTE;
    } else if (ticks - shop->last > shop->gap) {
        shop->gap = ticks - shop->last;
    }
    pass_minutes(shop, ticks / MINUTE);
    shop->last = ticks;
    shop->count++;
    shop->minute_count++;
    shop->silence_told = false;

    most = shop->usual * PATTERN_BURST_FACTOR;
    if (most < PATTERN_BURST_FLOOR)
        most = PATTERN_BURST_FLOOR;
    if (shop->minutes < PATTERN_LEARN_MINUTES || shop->minute_count <= most ||
        (shop->burst_told != 0 && ticks - shop->burst_told < HOUR))
        return found;
    shop->burst_told = ticks;
    found.sign = PATTERN_BURST;
    found.now = shop->minute_count;
    found.usual = (int64_t)(shop->usual + 0.5);
    return found;
}

struct pattern_found pattern_tick(struct pattern *p, int64_t ticks)
{
    for (size_t i = 0; i < PATTERN_SHOPS_MAX; i++) {
        struct pattern_shop *shop = &p->shops[i];
        int64_t most = shop->gap + shop->gap / 2;

        if (shop->backend == 0 || shop->silence_told || shop->quiet == 0 ||
            shop->count < PATTERN_SILENCE_DELIVERIES)
            continue;
        if (ticks - shop->last <= (most > shop->quiet ? most : shop->quiet))
            continue;
        shop->silence_told = true;
        return (struct pattern_found){ PATTERN_SILENCE, shop->backend, ticks - shop->last,
                                       shop->gap };
    }
    return (struct pattern_found){ .sign = PATTERN_NOTHING };
}

bool pattern_learned(const struct pattern *p, int64_t backend, int64_t ticks,
                     struct pattern_learned *learned)
{
    for (size_t i = 0; i < PATTERN_SHOPS_MAX; i++) {
        const struct pattern_shop *shop = &p->shops[i];

        if (shop->backend != backend || shop->count == 0)
            continue;
        *learned = (struct pattern_learned){ .count = shop->count,
                                             .gap = shop->gap,
                                             .silent = ticks - shop->last,
                                             .usual = shop->usual,
                                             .minutes = shop->minutes };
        return true;
    }
    return false;
}

void pattern_resume(struct pattern *p, int64_t backend, int64_t ticks,
                    const struct pattern_learned *learned)
{
    struct pattern_shop *shop = shop_of(p, backend);

    if (shop == NULL)
        return;
    shop->count = learned->count;
    shop->gap = learned->gap;
    shop->first = shop->last = ticks - learned->silent;
    shop->minute = ticks / MINUTE;
    shop->minute_count = 0;
    shop->usual = learned->usual;
    shop->minutes = learned->minutes;
}

void pattern_told(struct pattern *p, int64_t backend)
{
    struct pattern_shop *shop = shop_of(p, backend);

    if (shop != NULL)
        shop->silence_told = true;
}

void pattern_forget(struct pattern *p, int64_t backend)
{
    for (size_t i = 0; i < PATTERN_SHOPS_MAX; i++)
        if (p->shops[i].backend == backend)
            memset(&p->shops[i], 0, sizeof p->shops[i]);
}
