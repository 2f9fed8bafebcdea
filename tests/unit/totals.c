/* totals.c - many random orders: Odoo's total, as foretold, is always Shopify's. */
#include "tests/unit/unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "sync/order.h"
#include "sync/order_price.h"
#include "sync/reference.h"
#include "tests/unit/orders.h"

#define ORDERS 10000

static const char *const rates[] = { "8.1", "19", "2.6", "7.25", "0.875", "20", "5.5" };
#define RATES (sizeof rates / sizeof rates[0])

/* kinds: 1 taxes on top, 2 included, 3 both */
static struct reference *reference(bool globally, int price_digits, int kinds, const char *country)
{
    json_auto_t *odoo = json_pack("{s{sissssss}s{sisi}s[]}", "company", "id", 1, "currency", "CHF",
                                  "country", country, "tax_calculation_rounding_method",
                                  globally ? "round_globally" : "round_per_line", "digits", "price",
                                  price_digits, "discount", 2, "taxes");
    struct reference *r;

    assert_non_null(odoo);
    for (size_t i = 0; i < 2 * RATES; i++)
        if ((kinds & (i < RATES ? 1 : 2)) != 0)
            json_array_append_new(json_object_get(odoo, "taxes"),
                                  json_pack("{sisssfsssbss}", "id", (int)i + 1, "name", "Tax",
                                            "amount", strtod(rates[i % RATES], NULL), "amount_type",
                                            "percent", "price_include", i >= RATES, "country_code",
                                            country));
    r = reference_new(odoo, NULL, NULL, NULL);
    assert_non_null(r);
    return r;
}

struct tally {
    int orders, exact, taxes_noted, rounded;
    int64_t largest;
};

/* Each adjustment has its sentence. */
static bool said(const struct findings *f, const char *words)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->list[i].level == FINDING_NOTE && strstr(f->list[i].text, words) != NULL)
            return true;
    return false;
}

/* All that lines can ask for. */
static json_t *products(void)
{
    json_t *lines = json_object();
    char id[16];

    for (int i = 1; i <= 60; i++) {
        snprintf(id, sizeof id, "%d", i);
        json_object_set_new(lines, id, json_pack("{si}", "product", 100 + i));
    }
    return json_pack("{s{sisisisisisi}so}", "products", "placeholder", 1, "shipping", 2, "tip", 3,
                     "duty", 4, "rounding", 5, "discount", 6, "lines", lines);
}

static void one_order(struct orders *o, const struct reference *r, int64_t id, struct tally *t)
{
    json_auto_t *resolved = products();
    uint64_t seed = o->state;
    json_auto_t *payload = orders_payload(o, id);
    struct err err = { 0 };
    struct findings f;

    findings_init(&f);
    json_auto_t *order = order_from_webhook(payload, r, &f, &err);
    AUTO(priced) p = order != NULL ? order_price(order, true, r, resolved, &f, &err) : NULL;
    if (p == NULL) {
        fprintf(stderr, "# seed %" PRIu64 " %s %s: %s\n", seed, o->currency,
                o->included ? "included" : "on top", err.text);
        fail();
        return;
    }
    assert_int_equal(p->expected.total, p->target);
    assert_int_equal(p->expected.untaxed + p->expected.tax, p->expected.total);
    if (p->rounding != 0)
        assert_true(said(&f, "rounding line of"));
    if (p->tax_gap != 0)
        assert_true(said(&f, "taxes differ by"));
    t->orders++;
    t->exact += p->rounding == 0 && p->tax_gap == 0;
    t->rounded += p->rounding != 0;
    t->taxes_noted += p->tax_gap != 0;
    if (llabs(p->rounding) > t->largest)
        t->largest = llabs(p->rounding);
}

static void series(struct tally *t, bool globally, int price_digits, int kinds, uint64_t seed)
{
    static const struct {
        const char *currency;
        int digits;
    } moneys[] = { { "CHF", 2 }, { "JPY", 0 }, { "KWD", 3 } };
    struct reference *r = reference(globally, price_digits, kinds, seed % 5 == 4 ? "PT" : "CH");
    struct orders o = { .state = seed * 1000003,
                        .rates = rates,
                        .rate_count = RATES,
                        .taxes_most = 3,
                        .lines_most = 60,
                        .country = seed % 5 == 4 ? "PT" : "CH",
                        .extras = true };

    for (int i = 0; i < ORDERS / 20; i++) {
        o.currency = moneys[i % 3].currency;
        o.digits = moneys[i % 3].digits;
        o.included = i / 3 % 2 == 1;
        o.once = i / 6 % 4 == 0;
        o.taxes_most = i % 4 == 0 ? 3 : 1;
        o.lines_most = i % 7 == 0 ? 1 : 60;
        one_order(&o, r, i + 1, t);
    }
    reference_free(r);
}

static void report(const char *what, const struct tally *t)
{
    fprintf(
        stderr,
        "# %s: %d orders, %d exact by themselves, %d with taxes that round otherwise, %d with a "
        "rounding line (largest %" PRId64 ")\n",
        what, t->orders, t->exact, t->taxes_noted, t->rounded, t->largest);
}

static void odoos_total_is_shopifys_when_lines_are_rounded(void **fixture)
{
    struct tally t = { 0 };

    (void)fixture;
    for (uint64_t s = 0; s < 10; s++)
        series(&t, false, s % 3 == 2 ? 4 : 2, s == 7 ? 1 : s == 8 ? 2 : 3, s);
    report("round per line", &t);
    assert_int_equal(t.orders, ORDERS / 2);
}

static void odoos_total_is_shopifys_when_sums_are_rounded(void **fixture)
{
    struct tally t = { 0 };

    (void)fixture;
    for (uint64_t s = 0; s < 10; s++)
        series(&t, true, s % 3 == 2 ? 4 : 2, s == 7 ? 1 : s == 8 ? 2 : 3, s + 10);
    report("round globally", &t);
    assert_int_equal(t.orders, ORDERS / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(odoos_total_is_shopifys_when_lines_are_rounded),
        cmocka_unit_test(odoos_total_is_shopifys_when_sums_are_rounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
