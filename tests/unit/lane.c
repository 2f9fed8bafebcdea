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

static void a_lane_uses_no_more_workers_than_it_may(void **fixture)
{
    struct lane lane;

    (void)fixture;
    lane_init(&lane, 2);
    assert_true(lane_may_start(&lane, 1, false));
    lane_start(&lane);
    assert_true(lane_may_start(&lane, 1, false));
    lane_start(&lane);
    assert_false(lane_may_start(&lane, 1, false));
    assert_false(lane_end(&lane, NULL, 1));
    assert_true(lane_may_start(&lane, 1, false));
}

static void a_lane_of_several_places_prepares_one_more(void **fixture)
{
    struct err busy = of(ERR_BUSY);
    struct lane lane;

    (void)fixture;
    lane_init(&lane, 2);
    lane_start(&lane);
    lane_start(&lane);
    assert_true(lane_may_start(&lane, 1, true));
    lane_start(&lane);
    assert_false(lane_may_start(&lane, 1, true)); /* and no second one */
    lane_init(&lane, 1);
    assert_true(lane_may_start(&lane, 1, true));
    lane_start(&lane);
    assert_false(lane_may_start(&lane, 1, true));
    lane_init(&lane, 2);
    for (int i = 0; i < LANE_TROUBLES; i++) {
        lane_start(&lane);
        lane_end(&lane, &busy, 1);
    }
    assert_true(lane_may_start(&lane, INT64_MAX, true));
    lane_start(&lane);
    assert_false(lane_may_start(&lane, INT64_MAX, true)); /* a probe is alone */
}

static void an_outage_opens_the_breaker_after_a_row_of_troubles(void **fixture)
{
    struct err busy = of(ERR_BUSY);
    struct lane lane;

    (void)fixture;
    lane_init(&lane, 4);
    for (int i = 1; i < LANE_TROUBLES; i++) {
        lane_start(&lane);
        assert_false(lane_end(&lane, &busy, 1000));
    }
    lane_start(&lane);
    assert_true(lane_end(&lane, &busy, 1000));
    assert_int_equal(lane.breaker, LANE_OPEN);
    assert_false(lane_may_start(&lane, 1000 + LANE_PAUSE_MIN_MS * 1000 - 1, false));
}

static void one_batch_probes_and_its_success_closes_the_breaker(void **fixture)
{
    struct err denied = of(ERR_DENIED);
    int64_t later = 1000 + LANE_PAUSE_MIN_MS * INT64_C(1000);
    struct lane lane;

    (void)fixture;
    lane_init(&lane, 4);
    lane_start(&lane);
    assert_true(lane_end(&lane, &denied, 1000)); /* denied opens at once */
    assert_true(lane_may_start(&lane, later, false));
    lane_start(&lane);
    assert_false(lane_may_start(&lane, later, false)); /* the probe is alone */
    assert_false(lane_end(&lane, NULL, later));
    assert_int_equal(lane.breaker, LANE_CLOSED);
    assert_true(lane_may_start(&lane, later, false));
}

static void a_failed_probe_doubles_the_rest(void **fixture)
{
    struct err denied = of(ERR_DENIED);
    int64_t at = 1000;
    struct lane lane;

    (void)fixture;
    lane_init(&lane, 4);
    lane_start(&lane);
    lane_end(&lane, &denied, at);
    for (int64_t pause = LANE_PAUSE_MIN_MS; pause < LANE_PAUSE_MAX_MS; pause *= 2) {
        at = lane.until;
        assert_true(lane_may_start(&lane, at, false));
        lane_start(&lane);
        assert_false(lane_end(&lane, &denied, at)); /* it was open already */
        assert_true(lane.until - at >= pause * 1000);
    }
    assert_true(lane.until - at <= LANE_PAUSE_MAX_MS * INT64_C(1000));
}

static void a_limit_rests_the_lane_as_long_as_it_says_and_is_no_trouble(void **fixture)
{
    struct err limited = of(ERR_LIMITED);
    struct lane lane;

    (void)fixture;
    limited.wait_ms = 250;
    lane_init(&lane, 1);
    lane_start(&lane);
    assert_false(lane_end(&lane, &limited, 1000));
    assert_int_equal(lane.troubles, 0);
    assert_false(lane_may_start(&lane, 1000 + 249999, false));
    assert_true(lane_may_start(&lane, 1000 + 250000, false));
}

static void a_bad_record_is_no_trouble_of_the_lane(void **fixture)
{
    struct err refused = of(ERR_REFUSED);
    struct lane lane;

    (void)fixture;
    lane_init(&lane, 1);
    for (int i = 0; i < 3 * LANE_TROUBLES; i++) {
        lane_start(&lane);
        assert_false(lane_end(&lane, &refused, 1));
    }
    assert_int_equal(lane.breaker, LANE_CLOSED);
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
        cmocka_unit_test(waits_grow_with_the_tries_and_end_at_five_minutes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
