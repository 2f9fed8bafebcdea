#include "sync/expect.h"

#include <stdlib.h>

/* Inside, amounts are in 10^-12 of a minor unit: finer than any noise Odoo's floats can have. */
__extension__ typedef __int128 fine;

#define FINE_ONE   INT64_C(1000000000000)
#define FINE_NOISE 2000 /* Odoo takes what is this near to a half as a half */

static fine power(int exponent)
{
    fine n = 1;

    for (; exponent > 0; exponent--)
        n *= 10;
    return n;
}

static fine magnitude(fine n)
{
    return n < 0 ? -n : n;
}

/* Half away from zero, to whole minor units. */
static int64_t whole(fine n)
{
    fine rounded = (magnitude(n) + FINE_ONE / 2 + FINE_NOISE) / FINE_ONE;

    return (int64_t)(n < 0 ? -rounded : rounded);
}

static fine raw_base(const struct expect_line *line, const struct expect_rules *rules)
{
    int shift = rules->digits - rules->price_digits;
    fine n = (fine)line->quantity * line->price * (DISCOUNT_ONE - line->discount);

    n *= FINE_ONE / DISCOUNT_ONE;
    return shift >= 0 ? n * power(shift) : n / power(-shift);
}

int64_t expect_base(const struct expect_line *line, const struct expect_rules *rules, bool *exact)
{
    fine n = raw_base(line, rules);

    if (exact != NULL)
        *exact = n % FINE_ONE == 0;
    return whole(n);
}

/* What one line gives: untaxed, and each tax in the order of line->tax. */
struct amounts {
    fine untaxed, tax[EXPECT_TAXES_MAX];
};

static fine settle(fine n, const struct expect_rules *rules)
{
    return rules->globally ? n : (fine)whole(n) * FINE_ONE;
}

/*
 * Fixed taxes first, then the included percents, which share one base, then those on top. An
 * included tax lowers the base of all others; none here raises one (chained is refused).
 */
static void compute(const struct expect_line *line, const struct expect_rules *rules,
                    struct amounts *a)
{
    fine base = settle(raw_base(line, rules), rules), within = 0;
    int64_t rates = 0;

    a->untaxed = base;
    for (size_t i = 0; i < line->taxes; i++) {
        const struct tax *tax = &line->tax[i];

        if (tax->type == TAX_FIXED) {
            a->tax[i] =
                (fine)line->quantity * tax->amount * power(rules->digits) * (FINE_ONE / 10000);
            a->tax[i] = settle(a->tax[i], rules);
            within += tax->included ? a->tax[i] : 0;
        } else if (tax->included) {
            rates += tax->rate;
        }
    }
    base -= within;
    for (size_t i = 0; i < line->taxes; i++) {
        const struct tax *tax = &line->tax[i];

        if (tax->type == TAX_FIXED || !tax->included)
            continue;
        a->tax[i] = settle(base * tax->rate / (RATE_ONE + rates), rules);
        within += a->tax[i];
    }
    a->untaxed -= within;
    for (size_t i = 0; i < line->taxes; i++) {
        const struct tax *tax = &line->tax[i];

        if (tax->type == TAX_PERCENT && !tax->included)
            a->tax[i] = settle(a->untaxed * tax->rate / RATE_ONE, rules);
    }
}

static bool outside(const struct expect_line *line, const char **what)
{
    int64_t base;

    if (line->taxes > EXPECT_TAXES_MAX ||
        __builtin_mul_overflow(line->quantity, line->price, &base) || base > EXPECT_BASE_MAX ||
        base < -EXPECT_BASE_MAX) {
        *what = "an amount beyond all reason";
        return true;
    }
    for (size_t i = 0; i < line->taxes; i++)
        if (line->tax[i].type == TAX_OTHER || line->tax[i].chained || line->tax[i].rate < 0 ||
            line->tax[i].rate > 100 * RATE_ONE) {
            *what = line->tax[i].name;
            return true;
        }
    return false;
}

int64_t expect_tax(const struct expect_line *line, size_t step, size_t count,
                   const struct expect_rules *rules, int64_t tax_id)
{
    fine sum = 0;

    for (size_t n = 0; n < count; n++, line = EXPECT_NEXT(line, step)) {
        struct amounts a;

        for (size_t i = 0; i < line->taxes; i++)
            if (line->tax[i].id == tax_id) {
                compute(line, rules, &a);
                sum += a.tax[i];
            }
    }
    return whole(sum);
}

/* The taxes met so far, each with its sum. */
struct sums {
    int64_t id[64];
    fine sum[64];
    size_t count;
};

static bool add_tax(struct sums *s, int64_t id, fine amount)
{
    size_t i = 0;

    while (i < s->count && s->id[i] != id)
        i++;
    if (i == sizeof s->id / sizeof s->id[0])
        return false;
    if (i == s->count) {
        s->id[s->count] = id;
        s->sum[s->count++] = 0;
    }
    s->sum[i] += amount;
    return true;
}

bool expect_order(const struct expect_line *line, size_t step, size_t count,
                  const struct expect_rules *rules, struct expect_total *total, const char **what)
{
    struct sums taxes = { .count = 0 };
    fine untaxed = 0, all = 0;
    int64_t tax = 0;

    for (size_t n = 0; n < count; n++, line = EXPECT_NEXT(line, step)) {
        struct amounts a;

        if (outside(line, what))
            return false;
        compute(line, rules, &a);
        untaxed += a.untaxed;
        all += a.untaxed;
        for (size_t i = 0; i < line->taxes; i++) {
            all += a.tax[i];
            if (!add_tax(&taxes, line->tax[i].id, a.tax[i])) {
                *what = "more than 64 taxes in one order";
                return false;
            }
        }
    }
    for (size_t i = 0; i < taxes.count; i++)
        tax += whole(taxes.sum[i]);
    total->tax = tax;
    total->untaxed = rules->by_total ? whole(all) - tax : whole(untaxed);
    total->total = total->untaxed + tax;
    return true;
}
