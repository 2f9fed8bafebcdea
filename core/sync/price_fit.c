#include "sync/price_fit.h"

#include <stdlib.h>

#include "base/money.h"

#define NEAR_PRICES    64   /* prices tried above the nearest */
#define NEAR_DISCOUNTS 2000 /* discounts tried, in hundredths of a percent */

/* The amount in the unit of prices, or prices in minor units where those are finer. */
struct aim {
    const struct expect_rules *rules;
    int64_t quantity, target; /* minor units, not negative */
    int64_t scaled, unit;     /* unit x price is to be scaled */
    int64_t step;             /* minor units in one step of the price; 1 unless currency is finer */
    int64_t original;         /* price */
};

static bool gives(const struct aim *aim, int64_t price, int64_t discount, struct price_fit *fit)
{
    struct expect_line tried = { .quantity = aim->quantity, .price = price, .discount = discount };
    bool exact;

    if (discount < 0 || discount >= DISCOUNT_ONE || price < 0 ||
        expect_base(&tried, aim->rules, &exact) != aim->target || (aim->rules->globally && !exact))
        return false;
    fit->price = price;
    fit->discount = discount;
    return true;
}

/* The discount that brings unit x price nearest to the amount. */
static int64_t near_discount(const struct aim *aim, int64_t price)
{
    int64_t full;

    if (__builtin_mul_overflow(aim->unit, price, &full) || full <= 0)
        return -1;
    return DISCOUNT_ONE - money_scale(DISCOUNT_ONE, aim->scaled, full);
}

static bool search(const struct aim *aim, struct price_fit *fit)
{
    int64_t first = (aim->scaled + aim->unit - 1) / aim->unit;

    if (gives(aim, aim->original, near_discount(aim, aim->original), fit))
        return true;
    if (aim->rules->globally)
        return false;
    for (int64_t price = first; price < first + NEAR_PRICES; price++)
        if (gives(aim, price, near_discount(aim, price), fit))
            return true;
    for (int64_t discount = 1; discount < NEAR_DISCOUNTS; discount++)
        if (gives(aim,
                  money_scale(aim->scaled, DISCOUNT_ONE, aim->unit * (DISCOUNT_ONE - discount)),
                  discount, fit))
            return true;
    return false;
}

bool price_fit(int64_t quantity, const struct expect_rules *rules, int64_t target, int64_t original,
               struct price_fit *fit)
{
    struct aim aim = { .rules = rules, .quantity = quantity, .target = llabs(target), .step = 1 };
    int shift = rules->price_digits - rules->digits;

    if (quantity <= 0 || quantity > 1000000 || aim.target > EXPECT_BASE_MAX / 1000 ||
        llabs(original) > EXPECT_BASE_MAX / 1000)
        return false;
    aim.scaled = aim.target;
    aim.original = original;
    for (; shift > 0; shift--, aim.original *= 10)
        aim.scaled *= 10;
    for (; shift < 0; shift++, aim.original /= 10)
        aim.step *= 10;
    aim.unit = aim.step * quantity;
    *fit = (struct price_fit){ .price_step = target < 0 ? -1 : 1 };
    if (aim.scaled % aim.unit == 0) {
        fit->price = aim.scaled / aim.unit;
    } else if (!search(&aim, fit)) {
        int64_t rest = aim.scaled % aim.unit;

        fit->price = aim.scaled / aim.unit;
        fit->pieces = rest / aim.step;
        if (rest % aim.step != 0)
            fit->cent_discount = DISCOUNT_ONE - rest % aim.step * DISCOUNT_ONE / aim.step;
    }
    if (target < 0)
        fit->price = -fit->price;
    return true;
}
