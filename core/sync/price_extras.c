/* What is in an order's total but in none of its lines. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "sync/price_work.h"

struct extra {
    const char *key, *product, *words;
    int64_t minor;
};

static int64_t tips_in_lines(const struct price_work *w)
{
    const json_t *line;
    int64_t sum = 0;
    size_t i;

    json_array_foreach(json_object_get(w->order, "lines"), i, line) if (json_flag(line, "tip"))
        sum += json_int_or(line, "amount", 0);
    return sum;
}

/* A discount that Shopify did not spread over lines. */
static int64_t discount_left(const struct price_work *w)
{
    int64_t left = json_int_or(w->order, "discounts", 0);
    const json_t *line;
    size_t i;

    if (w->scaled)
        return 0; /* the edited share is Shopify's secret */
    json_array_foreach(json_object_get(w->order, "lines"), i, line) left -=
        json_int_or(line, "discount", 0);
    json_array_foreach(json_object_get(w->order, "shipping_lines"), i, line) left -=
        json_int_or(line, "discount", 0);
    return left;
}

static int64_t booked(const struct price_work *w, const char *now, const char *then)
{
    return json_int_or(w->order, w->current && json_at(w->order, now) != NULL ? now : then, 0);
}

/* The choice that comes nearest to what is missing; the larger one of equals. */
static unsigned choose(const struct extra *extras, unsigned count, int64_t missing)
{
    unsigned best = 0, most = 0;
    int64_t nearest = llabs(missing);

    for (unsigned mask = 1; mask < 1u << count; mask++) {
        unsigned members = 0;
        int64_t off = missing;

        for (unsigned i = 0; i < count; i++)
            if ((mask & 1u << i) != 0) {
                members += extras[i].minor != 0;
                off -= extras[i].minor;
            }
        if (llabs(off) < nearest || (llabs(off) == nearest && members > most)) {
            best = mask;
            most = members;
            nearest = llabs(off);
        }
    }
    return best;
}

#define EXTRAS 5

/* All that may be beside the lines; the best choice of them that explains what is missing. */
static unsigned find(const struct price_work *w, int64_t missing, struct extra extras[EXTRAS])
{
    const struct extra all[EXTRAS] = {
        { "tip", "tip", "Tip", json_int_or(w->order, "tip", 0) - tips_in_lines(w) },
        { "duty", "duty", "Duties", booked(w, "current_duties", "duties") },
        { "fee", "fee", "Additional fees", booked(w, "current_fees", "fees") },
        { "cash_rounding", "rounding", "Cash rounding", json_int_or(w->order, "cash_rounding", 0) },
        { "discount", "discount", "Discount on the order", -discount_left(w) },
    };

    memcpy(extras, all, sizeof all);
    return choose(extras, EXTRAS, missing);
}

int64_t price_extras_sum(const struct price_work *w, int64_t missing)
{
    struct extra extras[EXTRAS];
    unsigned best = find(w, missing, extras);
    int64_t sum = 0;

    for (unsigned i = 0; i < EXTRAS; i++)
        sum += (best & 1u << i) != 0 ? extras[i].minor : 0;
    return sum;
}

/*
 * Whether Shopify's total holds a tip, a duty... differs from shop to shop; the total itself
 * tells: the largest choice of them that explains what the lines do not.
 */
bool price_extras(struct price_work *w, int64_t missing)
{
    struct extra extras[EXTRAS];
    unsigned best = find(w, missing, extras);

    for (unsigned i = 0; i < EXTRAS; i++) {
        if ((best & 1u << i) == 0)
            continue;
        w->sum += extras[i].minor;
        if (!price_own_line(w, extras[i].key, extras[i].product, extras[i].words, extras[i].minor))
            return false;
    }
    return true;
}
