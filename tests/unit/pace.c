#include "tests/unit/unit.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

#include "base/when.h"
#include "http/pace.h"
#include "http/minutes.h"
#include "http/window.h"

#define NOW (1000 * WHEN_SECOND)

/* Enters, must be granted at once. */
static void take(struct pace *p, enum pace_class class, double cost, int64_t now,
                 struct pace_ticket *ticket)
{
    pace_enter(p, class, cost, now, ticket);
    assert_int_equal(pace_ask(p, ticket, now), 0);
}

static void points_come_back_at_the_rate_the_other_side_tells(void **fixture)
{
    AUTO(pace) p = pace_new(1000, 100, NULL);
    struct pace_ticket first, second;

    (void)fixture;
    take(p, PACE_ORDERS, 900, NOW, &first);
    pace_enter(p, PACE_ORDERS, 300, NOW, &second);
    assert_int_equal(pace_ask(p, &second, NOW), 2 * WHEN_SECOND);
    assert_int_equal(pace_ask(p, &second, NOW + WHEN_SECOND), WHEN_SECOND);
    /* the first cost less than reserved: the rest comes back */
    pace_settle_at(p, &first, 700, NULL, NOW + WHEN_SECOND);
    assert_int_equal(pace_ask(p, &second, NOW + WHEN_SECOND), 0);
}

static void who_is_more_urgent_goes_first_and_among_equals_who_came_first(void **fixture)
{
    AUTO(pace) p = pace_new(100, 100, NULL);
    struct pace_ticket all, import, order_a, order_b, stock;
    int64_t now = NOW;

    (void)fixture;
    take(p, PACE_ORDERS, 100, now, &all);
    pace_enter(p, PACE_IMPORT, 10, now, &import);
    pace_enter(p, PACE_STOCK, 10, now, &stock);
    pace_enter(p, PACE_ORDERS, 10, now, &order_a);
    pace_enter(p, PACE_ORDERS, 10, now, &order_b);
    now += 10 * WHEN_SECOND; /* there is plenty now: only the turn decides */
    assert_true(pace_ask(p, &import, now) > 0);
    assert_true(pace_ask(p, &stock, now) > 0);
    assert_true(pace_ask(p, &order_b, now) > 0);
    assert_int_equal(pace_ask(p, &order_a, now), 0);
    assert_int_equal(pace_ask(p, &order_b, now), 0);
    assert_true(pace_ask(p, &import, now) > 0);
    assert_int_equal(pace_ask(p, &stock, now), 0);
    assert_int_equal(pace_ask(p, &import, now), 0);
}

static void headroom_is_kept_for_orders(void **fixture)
{
    AUTO(pace) p = pace_new(1000, 100, NULL);
    struct pace_ticket import, order;

    (void)fixture;
    take(p, PACE_IMPORT, 700, NOW, &import);
    pace_enter(p, PACE_IMPORT, 1, NOW, &import);
    assert_true(pace_ask(p, &import, NOW) > 0); /* 30 % are not for imports */
    take(p, PACE_ORDERS, 300, NOW, &order);
    pace_leave(p, &import);
    /* what is dearer than its class may ever have gets a full bucket, not nothing */
    pace_enter(p, PACE_RECONCILE, 900, NOW + WHEN_SECOND, &import);
    assert_true(pace_ask(p, &import, NOW + WHEN_SECOND) > 0);
    assert_int_equal(pace_ask(p, &import, NOW + 10 * WHEN_SECOND), 0);
}

static void what_the_other_side_says_is_believed(void **fixture)
{
    AUTO(pace) p = pace_new(1000, 50, NULL);
    struct pace_status status = { 2000, 1900, 100 };
    struct pace_ticket a, b;
    struct pace_snapshot s;

    (void)fixture;
    take(p, PACE_ORDERS, 100, NOW, &a);
    take(p, PACE_ORDERS, 100, NOW, &b);
    pace_settle_at(p, &a, 100, &status, NOW);
    pace_look_at(p, &s, NOW);
    assert_true(s.maximum == 2000 && s.restore == 100);
    /* b may or may not be in the 1900 */
    assert_true(s.available >= 1800 && s.available <= 1900);
    status.available = 10; /* somebody else uses the same bucket */
    pace_settle_at(p, &b, 100, &status, NOW);
    pace_look_at(p, &s, NOW);
    assert_true(s.available <= 10 && s.reserved == 0);
}

static void a_throttled_answer_holds_everybody_as_long_as_it_says(void **fixture)
{
    AUTO(pace) p = pace_new(1000, 100, NULL);
    struct pace_ticket a, b;
    struct pace_snapshot s;

    (void)fixture;
    take(p, PACE_ORDERS, 10, NOW, &a);
    pace_throttled_at(p, &a, 3 * WHEN_SECOND, NULL, NOW);
    pace_enter(p, PACE_ORDERS, 10, NOW, &b);
    assert_int_equal(pace_ask(p, &b, NOW), 3 * WHEN_SECOND);
    assert_int_equal(pace_ask(p, &b, NOW + 3 * WHEN_SECOND), 0);
    pace_look_at(p, &s, NOW + 3 * WHEN_SECOND);
    assert_int_equal(s.throttled_5m, 1);
    assert_true(s.used_60s[PACE_ORDERS] == 0); /* it cost nothing */
    pace_settle_at(p, &b, 8, NULL, NOW + 3 * WHEN_SECOND);
    pace_look_at(p, &s, NOW + 4 * WHEN_SECOND);
    assert_true(s.used_60s[PACE_ORDERS] == 8 && s.used_60s[PACE_STOCK] == 0);
    pace_look_at(p, &s, NOW + 400 * WHEN_SECOND);
    assert_int_equal(s.throttled_5m, 0);
    assert_true(s.used_60s[PACE_ORDERS] == 0 && s.used_all[PACE_ORDERS] == 8);
}

static void a_wait_that_cannot_end_in_time_is_refused_at_once(void **fixture)
{
    AUTO(pace) p = pace_new(100, 0.001, NULL);
    struct pace_ticket a, b;
    struct err err = { 0 };

    (void)fixture;
    assert_true(pace_reserve(p, PACE_ORDERS, 100, WHEN_HOUR, &a, &err));
    pace_settle(p, &a, -1, NULL);
    assert_false(pace_reserve(p, PACE_ORDERS, 100, WHEN_HOUR, &b, &err));
    assert_int_equal(err.kind, ERR_LIMITED);
    assert_true(err.wait_ms > 60000);
}

struct waiter {
    struct pace *pace;
    struct window *window;
    struct err err;
    bool good;
};

static void *wait_for_points(void *ctx)
{
    struct waiter *w = ctx;
    struct pace_ticket ticket;

    w->good = pace_reserve(w->pace, PACE_IMPORT, 100, WHEN_HOUR, &ticket, &w->err);
    return NULL;
}

static void *wait_for_a_seat(void *ctx)
{
    struct waiter *w = ctx;
    struct window_seat seat;

    w->good = window_enter(w->window, PACE_IMPORT, WHEN_HOUR, &seat, &w->err);
    return NULL;
}

static void stopping_wakes_those_who_wait(void **fixture)
{
    AUTO(pace) p = pace_new(100, 1, NULL);
    AUTO(window) w = window_new(1, NULL);
    struct waiter points = { .pace = p }, seat = { .window = w };
    struct pace_ticket all;
    struct window_seat only;
    struct pace_snapshot ps;
    struct window_snapshot ws;
    pthread_t a, b;

    (void)fixture;
    assert_true(pace_reserve(p, PACE_ORDERS, 100, 0, &all, NULL)); /* may come back unspent */
    assert_true(window_enter(w, PACE_ORDERS, 0, &only, NULL));
    assert_int_equal(pthread_create(&a, NULL, wait_for_points, &points), 0);
    assert_int_equal(pthread_create(&b, NULL, wait_for_a_seat, &seat), 0);
    do
        pace_look(p, &ps);
    while (ps.waiting[PACE_IMPORT] == 0);
    do
        window_look(w, &ws);
    while (ws.waiting[PACE_IMPORT] == 0);
    pace_stop(p);
    window_stop(w);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    assert_false(points.good || seat.good);
    assert_int_equal(points.err.kind, ERR_BUSY);
    assert_int_equal(seat.err.kind, ERR_BUSY);
}

#define THREADS 8
#define ROUNDS  500

static void *spend(void *ctx)
{
    struct waiter *w = ctx;

    for (unsigned i = 0; i < ROUNDS; i++) {
        struct pace_ticket ticket;
        struct window_seat seat;

        if (!pace_reserve(w->pace, i % PACE_CLASS_COUNT, 10, WHEN_HOUR, &ticket, &w->err) ||
            !window_enter(w->window, i % PACE_CLASS_COUNT, WHEN_HOUR, &seat, &w->err))
            return NULL;
        window_leave(w->window, &seat, i % 50 == 0 ? WINDOW_TROUBLE : WINDOW_ANSWERED, 1, 100);
        if (i % 7 == 0)
            pace_throttled(w->pace, &ticket, 0, &(struct pace_status){ 1e9, 1e9, 1e9 });
        else
            pace_settle(w->pace, &ticket, 5, NULL);
    }
    w->good = true;
    return NULL;
}

static void many_threads_lose_neither_points_nor_seats(void **fixture)
{
    AUTO(pace) p = pace_new(1e9, 1e9, NULL);
    AUTO(window) w = window_new(3, NULL);
    struct waiter waiters[THREADS];
    pthread_t threads[THREADS];
    struct pace_snapshot ps;
    struct window_snapshot ws;

    (void)fixture;
    for (unsigned i = 0; i < THREADS; i++) {
        waiters[i] = (struct waiter){ .pace = p, .window = w };
        assert_int_equal(pthread_create(&threads[i], NULL, spend, &waiters[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_true(waiters[i].good);
    }
    pace_look(p, &ps);
    window_look(w, &ws);
    assert_true(ps.reserved == 0);
    assert_int_equal(ws.in_flight, 0);
    assert_int_equal(ws.calls_all, THREADS * ROUNDS);
    assert_true(ws.limit >= 1 && ws.limit <= 3);
}

/* n calls that fill the window each time, all of that latency. */
static void go(struct window *w, unsigned n, int64_t us, int64_t *now)
{
    struct window_seat seats[64];
    struct window_snapshot s;

    for (unsigned i = 0; i < n; i++) {
        unsigned taken = 0;

        window_look_at(w, &s, *now);
        while (taken < s.limit) {
            window_queue(w, PACE_ORDERS, &seats[taken]);
            assert_true(window_ask(w, &seats[taken], *now));
            taken++;
        }
        *now += us;
        while (taken > 0)
            window_leave_at(w, &seats[--taken], WINDOW_ANSWERED, 7, us, *now);
    }
}

static unsigned limit_of(struct window *w)
{
    struct window_snapshot s;

    window_look(w, &s);
    return s.limit;
}

static void the_window_opens_while_latency_holds_up_to_its_ceiling(void **fixture)
{
    AUTO(window) w = window_new(8, NULL);
    int64_t now = NOW;

    (void)fixture;
    assert_int_equal(limit_of(w), 2);
    go(w, 3, 20000, &now);
    assert_int_equal(limit_of(w), 2); /* a few answers decide together */
    go(w, 1, 20000, &now);
    assert_int_equal(limit_of(w), 3);
    go(w, 100, 20000, &now);
    assert_int_equal(limit_of(w), 8);
    window_ceiling(w, 5);
    assert_int_equal(limit_of(w), 5);
}

static void slower_answers_stop_its_growth_and_a_crowd_closes_it(void **fixture)
{
    AUTO(window) w = window_new(50, NULL);
    int64_t now = NOW;
    unsigned before;

    (void)fixture;
    go(w, 12, 20000, &now);
    before = limit_of(w);
    go(w, 20, 45000, &now);
    assert_int_equal(limit_of(w), before);
    go(w, 8, 400000, &now);
    assert_true(limit_of(w) < before);
    go(w, 200, 400000, &now);
    assert_true(limit_of(w) >= 1);
}

static void trouble_halves_it_once_and_never_below_one(void **fixture)
{
    AUTO(window) w = window_new(8, NULL);
    struct window_seat seats[8];
    int64_t now = NOW;
    struct window_snapshot s;

    (void)fixture;
    go(w, 100, 20000, &now);
    for (unsigned i = 0; i < 8; i++) {
        window_queue(w, PACE_ORDERS, &seats[i]);
        assert_true(window_ask(w, &seats[i], now));
    }
    now += 20000;
    for (unsigned i = 0; i < 8; i++) /* one storm, one lesson */
        window_leave_at(w, &seats[i], WINDOW_TROUBLE, 7, 20000, now);
    assert_int_equal(limit_of(w), 4);
    for (unsigned i = 0; i < 8; i++) {
        window_queue(w, PACE_ORDERS, &seats[0]);
        assert_true(window_ask(w, &seats[0], ++now));
        window_leave_at(w, &seats[0], WINDOW_TROUBLE, 7, 1, ++now);
    }
    window_look_at(w, &s, now);
    assert_int_equal(s.limit, 1);
    assert_int_equal(s.trouble_row, 16);
    assert_int_equal(s.trouble_5m, 16);
    window_queue(w, PACE_ORDERS, &seats[0]);
    assert_true(window_ask(w, &seats[0], ++now));
    window_leave_at(w, &seats[0], WINDOW_ABSENT, 7, 1, ++now);
    go(w, 8, 20000, &now);
    assert_int_equal(limit_of(w), 3); /* and it recovers */
}

/* Calls one after the other at the full limit, as a busy core makes them: each grant fills it. */
static double average_limit(unsigned ceiling, unsigned busy_above, unsigned calls)
{
    AUTO(window) w = window_new(ceiling, NULL);
    struct {
        struct window_seat seat;
        int64_t us, end;
    } under_way[64];
    unsigned count = 0, seed = 1;
    double sum = 0;
    int64_t now = NOW;

    for (unsigned n = 0; n < calls; n++) {
        unsigned first = 0;

        while (count < limit_of(w)) {
            double spread = 0, crowd;

            for (unsigned i = 0; i < 12; i++) /* about normal, of deviation 1 */
                spread += (double)(seed = seed * 1103515245 + 12345) / 4294967296.0;
            window_queue(w, PACE_ORDERS, &under_way[count].seat);
            assert_true(window_ask(w, &under_way[count].seat, ++now));
            crowd = count + 1 > busy_above ? (double)(count + 1) / busy_above : 1;
            under_way[count].us = (int64_t)(100000 * crowd * exp(0.4 * (spread - 6)));
            under_way[count].end = now + under_way[count].us;
            count++;
        }
        for (unsigned i = 1; i < count; i++)
            if (under_way[i].end < under_way[first].end)
                first = i;
        now = under_way[first].end > now ? under_way[first].end : now + 1;
        window_leave_at(w, &under_way[first].seat, WINDOW_ANSWERED, 7, under_way[first].us, now);
        under_way[first] = under_way[--count];
        sum += limit_of(w);
    }
    for (unsigned i = 0; i < count; i++)
        window_leave_at(w, &under_way[i].seat, WINDOW_ABSENT, 7, 1, now);
    return sum / calls;
}

static void latencies_that_vary_without_a_crowd_keep_the_window_open(void **fixture)
{
    (void)fixture;
    assert_true(average_limit(4, 64, 4000) > 3.9);
    assert_true(average_limit(16, 64, 4000) > 15);
}

static void a_server_of_two_workers_is_not_given_ten_calls_at_once(void **fixture)
{
    double limit = average_limit(32, 2, 4000);

    (void)fixture;
    assert_true(limit > 1.9 && limit < 6);
}

static void seats_go_to_the_urgent_first(void **fixture)
{
    AUTO(window) w = window_new(1, NULL);
    struct window_seat busy, import, order;
    struct window_snapshot s;
    int64_t now = NOW;

    (void)fixture;
    window_queue(w, PACE_IMPORT, &busy);
    assert_true(window_ask(w, &busy, now));
    window_queue(w, PACE_IMPORT, &import);
    window_queue(w, PACE_ORDERS, &order);
    assert_false(window_ask(w, &order, now));
    window_leave_at(w, &busy, WINDOW_ANSWERED, 1, 1000, now);
    assert_false(window_ask(w, &import, now));
    assert_true(window_ask(w, &order, now));
    window_unqueue(w, &import);
    window_leave_at(w, &order, WINDOW_ANSWERED, 1, 3000, now);
    window_look_at(w, &s, now);
    assert_true(s.p50_ms == 1.0 && s.waiting[PACE_IMPORT] == 0);
}

static void a_tally_forgets(void **fixture)
{
    struct minutes t = { 0 };

    (void)fixture;
    minutes_add(&t, NOW, 2);
    minutes_add(&t, NOW + 59 * WHEN_SECOND, 3);
    assert_true(minutes_sum(&t, NOW + 59 * WHEN_SECOND, 60) == 5);
    assert_true(minutes_sum(&t, NOW + 60 * WHEN_SECOND, 60) == 3);
    assert_true(minutes_sum(&t, NOW + 60 * WHEN_SECOND, 300) == 5);
    minutes_add(&t, NOW + 1000 * WHEN_SECOND, 1);
    assert_true(minutes_sum(&t, NOW + 1000 * WHEN_SECOND, 300) == 1);
    minutes_add(&t, NOW, 100); /* from before all we remember */
    assert_true(minutes_sum(&t, NOW + 1000 * WHEN_SECOND, 300) == 1);
}

static void names_of_workloads_are_words(void **fixture)
{
    (void)fixture;
    assert_string_equal(pace_class_name(PACE_ORDERS), "orders");
    assert_string_equal(pace_class_name(PACE_RECONCILE), "reconciliation");
    assert_string_equal(pace_class_name(PACE_CLASS_COUNT), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_come_back_at_the_rate_the_other_side_tells),
        cmocka_unit_test(who_is_more_urgent_goes_first_and_among_equals_who_came_first),
        cmocka_unit_test(headroom_is_kept_for_orders),
        cmocka_unit_test(what_the_other_side_says_is_believed),
        cmocka_unit_test(a_throttled_answer_holds_everybody_as_long_as_it_says),
        cmocka_unit_test(a_wait_that_cannot_end_in_time_is_refused_at_once),
        cmocka_unit_test(stopping_wakes_those_who_wait),
        cmocka_unit_test(many_threads_lose_neither_points_nor_seats),
        cmocka_unit_test(the_window_opens_while_latency_holds_up_to_its_ceiling),
        cmocka_unit_test(slower_answers_stop_its_growth_and_a_crowd_closes_it),
        cmocka_unit_test(trouble_halves_it_once_and_never_below_one),
        cmocka_unit_test(latencies_that_vary_without_a_crowd_keep_the_window_open),
        cmocka_unit_test(a_server_of_two_workers_is_not_given_ten_calls_at_once),
        cmocka_unit_test(seats_go_to_the_urgent_first),
        cmocka_unit_test(a_tally_forgets),
        cmocka_unit_test(names_of_workloads_are_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
