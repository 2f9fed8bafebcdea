/* offer.c - how much the shop may offer, worked out. */
#include "tests/unit/unit.h"

#include <inttypes.h>

#include "sync/offer.h"

static json_t *level(int64_t available, int64_t committed)
{
    return json_pack("{sI sI ss}", "available", (json_int_t)available, "committed",
                     (json_int_t)committed, "sku", "TS-1");
}

static void what_is_free_less_what_is_not_seen_less_what_is_kept(void **state)
{
    static const struct {
        int64_t available;
        double free;
        int64_t unseen, safety, want;
        bool same, risk;
    } rows[] = {
        { 5, 9, 0, 0, 9, false, false },
        { 9, 9, 0, 0, 9, true, false },
        { 12, 9, 0, 0, 9, false, true }, /* more than there is */
        { 9, 9, 2, 0, 7, false, true },  /* two of them are sold */
        { 7, 9, 2, 0, 7, true, false },
        { 7, 9, 0, 2, 7, true, false },
        { 9, 9, 0, 2, 7, false, false }, /* there is enough, but some is to be kept */
        { 4, 1, 0, 5, 0, false, true },
        { 0, -3, 0, 0, 0, true, false },
        { -2, 0, 2, 0, 0, true, false }, /* what the shop owes stays its own figure */
        { -2, 3, 0, 0, 3, false, false },
        { 0, 2.99, 0, 0, 2, false, false }, /* whole pieces */
        { 0, 3.9996, 0, 0, 4, false, false }, /* a float's noise is none */
        { 0, 5e12, 0, 0, 1000000000, false, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        json_auto_t *l = level(rows[i].available, rows[i].unseen);
        struct offer offer;

        offer_plan(l, rows[i].free, rows[i].unseen, rows[i].safety, &offer);
        if (offer.want != rows[i].want || offer.same != rows[i].same || offer.risk != rows[i].risk)
            fail_msg("row %zu: %" PRId64 " wanted, same %d, risk %d", i, offer.want, offer.same,
                     offer.risk);
        assert_int_equal(offer.from, rows[i].available);
    }
}

static void orders_are_unseen_as_far_as_they_are_committed_here(void **state)
{
    static const struct {
        int64_t committed, in_all, seen, unseen;
    } rows[] = {
        { 0, 0, 0, 0 }, { 3, 3, 0, 3 }, { 3, 3, 2, 1 }, { 3, 3, 3, 0 }, { 3, 3, 5, 0 },
        { 1, 3, 0, 1 }, /* two of them at another place */
        { 1, 3, 2, 1 }, /* which one of the three Odoo lacks is not known: kept back at each place */
        { 0, 3, 0, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(offer_unseen(rows[i].committed, rows[i].in_all, rows[i].seen),
                         rows[i].unseen);
}

static json_t *order(const char *fulfillment, int64_t cancelled)
{
    return json_pack("{ss sI}", "fulfillment", fulfillment, "cancelled_at", (json_int_t)cancelled);
}

static void what_odoo_took_counts_as_long_as_the_shop_still_counts_it(void **state)
{
    static const struct {
        const char *fulfillment;
        int64_t cancelled;
        double reserved, sent;
        int64_t seen;
    } rows[] = {
        { "unfulfilled", 0, 3, 0, 3 },         { "unfulfilled", 0, 1, 2, 3 },
        { "fulfilled", 0, 3, 0, 0 },           { "unfulfilled", 1, 3, 0, 0 },
        { "partially_fulfilled", 0, 2, 1, 2 }, { "partially_fulfilled", 0, 3, 0, 0 },
        { "unfulfilled", 0, 0, 0, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        json_auto_t *o = order(rows[i].fulfillment, rows[i].cancelled);

        assert_int_equal(offer_seen(o, rows[i].reserved, rows[i].sent), rows[i].seen);
    }
    assert_int_equal(offer_seen(NULL, 3, 0), 0); /* nobody's: not one of the shop's */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_free_less_what_is_not_seen_less_what_is_kept),
        cmocka_unit_test(orders_are_unseen_as_far_as_they_are_committed_here),
        cmocka_unit_test(what_odoo_took_counts_as_long_as_the_shop_still_counts_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
