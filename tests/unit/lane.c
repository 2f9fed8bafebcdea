#include "tests/unit/unit.h"

#include <string.h>

#include "queue/lane.h"
#include "queue/schedule_inside.h"

static struct err of(enum err_kind kind)
{
    struct err err = { 0 };

    err_set(&err, kind, "said the other side");
    return err;
}

#define SHOPIFY ERR_SIDE_BIT(ERR_SIDE_SHOPIFY)
#define ODOO ERR_SIDE_BIT(ERR_SIDE_ODOO)

static struct lane_trip begin(struct lane *lane, int64_t ticks)
{
    struct lane_trip trip;

    lane_start(lane, ~0U, ticks, &trip);
    trip.answered = ERR_SIDE_BIT(ERR_SIDE_NONE);
    return trip;
}

/* Of one that came back with err (NULL: none) from its side. */
static unsigned end(struct lane *lane, struct lane_trip trip, const struct err *err, int64_t ticks)
{
    struct err errs[ERR_SIDE_COUNT] = { 0 };

    if (err != NULL)
        errs[err->side] = *err;
    return lane_end(lane, &trip, errs, ticks);
}

static unsigned once(struct lane *lane, const struct err *err, int64_t ticks)
{
    return end(lane, begin(lane, ticks), err, ticks);
}

static void a_lane_uses_no_more_workers_than_it_may(void **fixture)
{
    struct lane_trip first;
    struct lane lane;

    (void)fixture;
    lane_init(&lane, 2);
    assert_true(lane_may_start(&lane, 0, 1, false));
    first = begin(&lane, 1);
    assert_true(lane_may_start(&lane, 0, 1, false));
    begin(&lane, 1);
    assert_false(lane_may_start(&lane, 0, 1, false));
    assert_int_equal(end(&lane, first, NULL, 1), 0);
    assert_true(lane_may_start(&lane, 0, 1, false));
}

static void a_lane_of_several_places_prepares_one_more(void **fixture)
{
    struct err busy = of(ERR_BUSY);
    struct lane lane;

    (void)fixture;
    lane_init(&lane, 2);
    begin(&lane, 1);
    begin(&lane, 1);
    assert_true(lane_may_start(&lane, 0, 1, true));
    begin(&lane, 1);
    assert_false(lane_may_start(&lane, 0, 1, true)); /* and no second one */
    lane_init(&lane, 1);
    assert_true(lane_may_start(&lane, 0, 1, true));
    begin(&lane, 1);
    assert_false(lane_may_start(&lane, 0, 1, true));
    lane_init(&lane, 2);
    for (int i = 0; i < LANE_TROUBLES; i++)
        once(&lane, &busy, 1);
    assert_true(lane_may_start(&lane, 0, INT64_MAX, true));
    begin(&lane, INT64_MAX);
    assert_false(lane_may_start(&lane, 0, INT64_MAX, true)); /* a probe is alone */
}

static void an_outage_opens_the_breaker_after_a_row_of_troubles(void **fixture)
{
    struct err busy = of(ERR_BUSY);
    struct lane lane;

    (void)fixture;
    lane_init(&lane, 4);
    for (int i = 1; i < LANE_TROUBLES; i++)
        assert_int_equal(once(&lane, &busy, 1000), 0);
    assert_int_equal(once(&lane, &busy, 1000), ERR_SIDE_BIT(ERR_SIDE_NONE));
    assert_int_equal(lane_shut(&lane), ERR_SIDE_BIT(ERR_SIDE_NONE));
    assert_false(lane_may_start(&lane, 0, 1000 + LANE_PAUSE_MIN_MS * 1000 - 1, false));
}

static void one_batch_probes_and_its_success_closes_the_breaker(void **fixture)
{
    struct err denied = of(ERR_DENIED);
    int64_t later = 1000 + LANE_PAUSE_MIN_MS * INT64_C(1000);
    struct lane_trip late, probe;
    struct lane lane;

    (void)fixture;
    lane_init(&lane, 4);
    late = begin(&lane, 1000);
    assert_int_not_equal(once(&lane, &denied, 1000), 0); /* denied opens at once */
    end(&lane, late, NULL, 1000);                        /* began before: does not decide */
    assert_int_not_equal(lane_shut(&lane), 0);
    assert_true(lane_may_start(&lane, 0, later, false));
    probe = begin(&lane, later);
    assert_false(lane_may_start(&lane, 0, later, false)); /* the probe is alone */
    assert_int_equal(end(&lane, probe, NULL, later), 0);
    assert_int_equal(lane_shut(&lane), 0);
    assert_true(lane_may_start(&lane, 0, later, false));
}

static void a_failed_probe_doubles_the_rest(void **fixture)
{
    struct err denied = of(ERR_DENIED);
    int64_t at = 1000;
    struct lane lane;

    (void)fixture;
    lane_init(&lane, 4);
    once(&lane, &denied, at);
    for (int64_t pause = LANE_PAUSE_MIN_MS; pause < LANE_PAUSE_MAX_MS; pause *= 2) {
        at = lane_rest(&lane, ~0U, at);
        assert_true(lane_may_start(&lane, 0, at, false));
        assert_int_equal(once(&lane, &denied, at), 0); /* it was open already */
        assert_true(lane_rest(&lane, ~0U, at) - at >= pause * 1000);
    }
    assert_true(lane_rest(&lane, ~0U, at) - at <= LANE_PAUSE_MAX_MS * INT64_C(1000));
}

static void a_limit_rests_the_lane_as_long_as_it_says_and_is_no_trouble(void **fixture)
{
    struct err limited = of(ERR_LIMITED);
    struct lane lane;

    (void)fixture;
    limited.wait_ms = 250;
    lane_init(&lane, 1);
    assert_int_equal(once(&lane, &limited, 1000), 0);
    assert_int_equal(lane_shut(&lane), 0);
    assert_false(lane_may_start(&lane, 0, 1000 + 249999, false));
    assert_true(lane_may_start(&lane, 0, 1000 + 250000, false));
}

static void a_bad_record_is_no_trouble_of_the_lane(void **fixture)
{
    struct err refused = of(ERR_REFUSED);
    struct lane lane;

    (void)fixture;
    lane_init(&lane, 1);
    for (int i = 0; i < 3 * LANE_TROUBLES; i++)
        assert_int_equal(once(&lane, &refused, 1), 0);
    assert_int_equal(lane_shut(&lane), 0);
}

static void a_side_that_is_out_stops_only_what_needs_it(void **fixture)
{
    struct err denied = of(ERR_DENIED);
    struct lane_trip trip;
    struct lane lane;

    (void)fixture;
    denied.side = ERR_SIDE_SHOPIFY;
    lane_init(&lane, 4);
    assert_int_equal(once(&lane, &denied, 1000), SHOPIFY);
    assert_false(lane_may_start(&lane, SHOPIFY, 1000, false));
    assert_false(lane_may_start(&lane, SHOPIFY | ODOO, 1000, false));
    assert_true(lane_may_start(&lane, ODOO, 1000, false));
    assert_true(lane_may_start(&lane, 0, 1000, false));
    trip = begin(&lane, 1000);
    assert_int_equal(trip.shut, SHOPIFY); /* it is told to leave it alone */
    trip.answered |= ODOO;
    assert_int_equal(end(&lane, trip, NULL, 1000), 0);
    assert_int_equal(lane_shut(&lane), SHOPIFY); /* and proves nothing of it */
}

static void a_probe_that_did_not_ask_leaves_it_to_the_next(void **fixture)
{
    int64_t later = 1000 + LANE_PAUSE_MIN_MS * INT64_C(1000);
    struct err denied = of(ERR_DENIED);
    struct lane_trip trip, other;
    struct lane lane;

    (void)fixture;
    denied.side = ERR_SIDE_SHOPIFY;
    lane_init(&lane, 4);
    once(&lane, &denied, 1000);
    trip = begin(&lane, later);
    assert_int_equal(trip.probes, SHOPIFY);
    other = begin(&lane, later);
    assert_int_equal(other.shut, SHOPIFY); /* one probe at a time */
    end(&lane, other, NULL, later);
    end(&lane, trip, NULL, later);
    assert_int_equal(lane_shut(&lane), SHOPIFY);
    trip = begin(&lane, later);
    assert_int_equal(trip.probes, SHOPIFY);
    trip.answered |= SHOPIFY;
    end(&lane, trip, NULL, later);
    assert_int_equal(lane_shut(&lane), 0);
}

static void waits_grow_with_the_tries_and_end_at_five_minutes(void **fixture)
{
    (void)fixture;
    for (int tries = 1; tries < 40; tries++)
        for (int i = 0; i < 50; i++) {
            int64_t us = batch_backoff_us(tries), most = 1000000;

            for (int k = 1; k < tries && most < 300000000; k++)
                most *= 2;
            assert_true(us >= 100000);
            assert_true(us <= (most < 300000000 ? most : 300000000));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lane_uses_no_more_workers_than_it_may),
        cmocka_unit_test(a_lane_of_several_places_prepares_one_more),
        cmocka_unit_test(an_outage_opens_the_breaker_after_a_row_of_troubles),
        cmocka_unit_test(one_batch_probes_and_its_success_closes_the_breaker),
        cmocka_unit_test(a_failed_probe_doubles_the_rest),
        cmocka_unit_test(a_limit_rests_the_lane_as_long_as_it_says_and_is_no_trouble),
        cmocka_unit_test(a_bad_record_is_no_trouble_of_the_lane),
        cmocka_unit_test(a_side_that_is_out_stops_only_what_needs_it),
        cmocka_unit_test(a_probe_that_did_not_ask_leaves_it_to_the_next),
        cmocka_unit_test(waits_grow_with_the_tries_and_end_at_five_minutes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
