/*
 * deliveries.c - what is delivered in Odoo is fulfilled in the shop, once, just those pieces; what
 * can't be told waits or is told to a person, in words.
 */
#include "tests/unit/unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/str.h"
#include "shopify/reads.h"
#include "store/cursors.h"
#include "store/lanes.h"
#include "tests/unit/outward.h"

#define PATIENCE (60 * WHEN_SECOND)

static struct yard yard, *y = &yard;
static char location[32]; /* Shopify's, mapped to the warehouse */

/* An order that was sold and is confirmed in Odoo. */
struct sold {
    int64_t id, sale;
    char name[16], record[64];
    int64_t pieces; /* of its first line */
};

/* ---- the world ---- */

static json_t *wish(json_t *what)
{
    json_t *said = yard_wish(y, what);

    assert_non_null(said);
    return said;
}

static int set_up(void **state)
{
    static const char *const options[] = { "--seed=7", "--customers=10", "--products=6",
                                           "--bucket=1000000", "--restore=1000000", NULL };

    (void)state;
    yard_open_shop(y, 3, options);
    snprintf(location, sizeof location, "%" PRId64, outward_map(y, NULL));
    json_decref(outward_bring(y));
    outward_policy(y, "delivery_out", "on");
    outward_policy(y, "delivery_every_s", "1");
    assert_true(outward_waits(y, "deliveries")); /* until an import is done, or a person says so */
    outward_release(y, "deliveries");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    yard_close(y);
    return 0;
}

/* ---- both sides ---- */

static struct sold sell(int pieces)
{
    struct sold s = { .pieces = pieces };
    json_auto_t *all = NULL;
    const json_t *last;

    json_decref(wish(json_pack("{sssissss}", "do", "sell", "orders", 1, "mix", "plain", "financial",
                               "paid")));
    json_decref(wish(json_pack("{sssi}", "do", "wait_sold", "ms", 60000)));
    all = wish(json_pack("{ss}", "do", "orders"));
    last = json_array_get(json_object_get(all, "orders"), json_len(all, "orders") - 1);
    str_copy(s.name, sizeof s.name, json_text_or(last, "name", ""));
    s.id = json_int_or(last, "id", 0);
    if (s.id == 0)
        fail_msg("no order was sold");
    json_decref(wish(
        json_pack("{sssssisi}", "do", "edit", "name", s.name, "line", 0, "quantity", pieces)));
    snprintf(s.record, sizeof s.record, "order:%" PRId64, s.id);
    yard_job(y, "orders", "order.in", s.record, NULL);
    yard_settle(y);
    assert_int_equal(yard_parked(y), 0);
    s.sale = yard_pair(y, "order", s.id).odoo_id;
    assert_int_not_equal(s.sale, 0);
    return s;
}

static json_t *open_picking(const struct sold *s)
{
    json_auto_t *rows =
        yard_find(y, "stock.picking",
                  json_pack("[[ssI][ss[ss]]]", "sale_id", "=", (json_int_t)s->sale, "state",
                            "not in", "done", "cancel"),
                  "id,name,carrier_id");

    assert_int_equal(json_array_size(rows), 1);
    return json_incref(json_array_get(rows, 0));
}

/* Delivers so many pieces of the first line (0: all of all); what is left is for later. */
static int64_t deliver(const struct sold *s, int pieces, const char *tracking)
{
    json_auto_t *picking = open_picking(s);
    int64_t id = json_int_or(picking, "id", 0);
    json_auto_t *moves =
        yard_find(y, "stock.move", json_pack("[[ssI]]", "picking_id", "=", (json_int_t)id),
                  "id,product_uom_qty,sale_line_id");
    const json_t *move;
    size_t i;

    json_array_foreach(moves, i, move) {
        double all = json_real_or(move, "product_uom_qty", 0);
        if (pieces > 0 && i > 0)
            continue;
        json_decref(yard_odoo(y, "stock.move", "write",
                              json_pack("[[I]{sf sb}]", (json_int_t)json_int_or(move, "id", 0),
                                        "quantity", pieces > 0 ? (double)pieces : all, "picked", 1),
                              NULL));
    }
    if (tracking != NULL)
        json_decref(yard_odoo(y, "stock.picking", "write",
                              json_pack("[[I]{ss}]", (json_int_t)id, "carrier_tracking_ref", tracking),
                              NULL));
    json_decref(yard_odoo(y, "stock.picking", "button_validate", json_pack("[[I]]", (json_int_t)id),
                          json_pack("{s{sbsb}}", "context", "skip_sms", 1, "skip_backorder", 1)));
    return id;
}

static void by_carrier(const struct sold *s, int64_t carrier)
{
    json_auto_t *picking = open_picking(s);

    json_decref(yard_odoo(y, "stock.picking", "write",
                          json_pack("[[I]{sI}]", (json_int_t)json_int_or(picking, "id", 0),
                                    "carrier_id", (json_int_t)carrier),
                          NULL));
}

static json_t *sendings(const struct sold *s)
{
    json_auto_t *said = wish(json_pack("{ssss}", "do", "sending", "name", s->name));

    return json_incref(json_object_get(said, "sendings"));
}

static size_t sent_times(const struct sold *s)
{
    json_auto_t *list = sendings(s);

    return json_array_size(list);
}

static int64_t sent_pieces(const struct sold *s, size_t nth)
{
    json_auto_t *list = sendings(s);
    const json_t *pieces = json_object_get(json_array_get(list, nth), "pieces"), *one;
    int64_t sum = 0;
    size_t i;

    json_array_foreach(pieces, i, one)
        sum += json_integer_value(one);
    return sum;
}

static int64_t tell(const struct sold *s)
{
    char record[64];
    int64_t job;

    snprintf(record, sizeof record, "delivery:%" PRId64, s->sale);
    job = yard_job(y, "deliveries", "delivery.out", record, NULL);
    yard_settle(y);
    return job;
}

static int64_t creates(void)
{
    json_auto_t *stats = wish(json_pack("{ss}", "do", "stats"));

    return json_int_or(json_at(stats, "shop.by_call"), "fulfillmentCreate", 0);
}

static void fault(const char *kind)
{
    json_decref(wish(json_pack("{sssssssiss}", "do", "fault", "side", "shop", "kind", kind, "count", 1,
                               "method", "fulfillmentCreate")));
}

static bool parked_for(int64_t job, const char *words)
{
    struct job row = yard_get(y, job);

    return row.state == JOB_PARKED && strstr(row.last_text, words) != NULL;
}

/* ---- cases ---- */

static void what_is_delivered_is_seen_and_fulfilled(void **state)
{
    int64_t until = when_ticks() + PATIENCE;
    char text[CURSOR_VALUE_MAX] = "";
    struct err err = { 0 };
    struct sold s = sell(3);

    (void)state;
    yard_job(y, "polls", "odoo.poll", "poll:deliveries", NULL);
    while (text[0] == '\0') {
        if (!cursors_get(y->stand.db, y->stand.backend, "odoo.pickings", text, &err))
            fail_msg("%s", err.text);
        assert_true(when_ticks() < until);
        usleep(2000);
    }
    deliver(&s, 0, "1Z999");
    while (sent_times(&s) == 0) {
        assert_true(when_ticks() < until);
        usleep(20000);
    }
    yard_settle(y);
    assert_int_equal(yard_parked(y), 0);
    assert_true(yard_told(y, s.record, "fulfilled", "told to the shop as sent"));
    sleep(2); /* our own comes back, and Odoo's order was touched */
    yard_settle(y);
    assert_int_equal(sent_times(&s), 1);
    yard_job(y, "orders", "order.in", s.record, NULL);
    yard_settle(y);
    assert_int_equal(yard_parked(y), 0);
}

static void a_backorder_is_a_fulfilment_of_its_own(void **state)
{
    struct sold s = sell(5);
    json_auto_t *list = NULL;
    int64_t all, first;

    (void)state;
    deliver(&s, 2, "A-1");
    tell(&s);
    assert_int_equal(yard_parked(y), 0);
    assert_int_equal(sent_times(&s), 1);
    first = sent_pieces(&s, 0);
    assert_int_equal(first, 2);
    deliver(&s, 0, "A-2");
    tell(&s);
    assert_int_equal(sent_times(&s), 2);
    all = sent_pieces(&s, 1);
    assert_true(all >= 3);
    list = sendings(&s);
    assert_string_equal(json_text_or(json_array_get(list, 1), "number", ""), "A-2");
    assert_false(json_flag(json_array_get(list, 1), "notified"));
    tell(&s); /* once more: nothing */
    assert_int_equal(sent_times(&s), 2);
}

static void a_carrier_has_its_name_in_the_shop_or_is_other_in_words(void **state)
{
    struct sold s = sell(2), o;
    json_auto_t *carriers = yard_find(y, "delivery.carrier", json_array(), "id,name");
    json_auto_t *list = NULL, *second = NULL;
    const char *carrier = json_text_or(carriers, "0.name", "");

    (void)state;
    assert_string_not_equal(carrier, "");
    by_carrier(&s, json_int_or(carriers, "0.id", 0));
    outward_policy(y, "delivery_notify", "on");
    deliver(&s, 0, "T-1");
    tell(&s);
    list = sendings(&s);
    assert_string_equal(json_text_or(json_array_get(list, 0), "company", ""), "Other");
    assert_true(json_flag(json_array_get(list, 0), "notified"));
    assert_true(yard_told(y, s.record, "flag", "has no name in the shop"));
    assert_int_equal(yard_uses(y, "tracking", carrier) >= 0, 1);
    yard_map(y, "tracking", carrier, "Swiss Post");
    o = sell(2);
    by_carrier(&o, json_int_or(carriers, "0.id", 0));
    deliver(&o, 0, "T-2");
    tell(&o);
    second = sendings(&o);
    assert_string_equal(json_text_or(json_array_get(second, 0), "company", ""), "Swiss Post");
}

static void a_tracking_reference_that_is_too_long_is_told(void **state)
{
    struct sold s = sell(2);
    char text[301];
    int64_t picking, job;

    (void)state;
    memset(text, 'x', 300);
    text[300] = '\0';
    picking = deliver(&s, 0, text);
    job = tell(&s);
    assert_true(parked_for(job, "has 300 characters"));
    assert_int_equal(sent_times(&s), 0);
    json_decref(yard_odoo(y, "stock.picking", "write",
                          json_pack("[[I]{ss}]", (json_int_t)picking, "carrier_tracking_ref", "short"),
                          NULL));
    tell(&s);
    assert_int_equal(sent_times(&s), 1);
    assert_int_equal(yard_parked(y), 0);
}

static void on_hold_it_waits_and_goes_on(void **state)
{
    struct sold s = sell(2);
    char record[64];
    int64_t job, until = when_ticks() + PATIENCE;

    (void)state;
    json_decref(wish(json_pack("{sssssb}", "do", "sending", "name", s.name, "hold", 1)));
    deliver(&s, 0, "H-1");
    snprintf(record, sizeof record, "delivery:%" PRId64, s.sale);
    job = yard_job(y, "deliveries", "delivery.out", record, NULL);
    while (!yard_told(y, s.record, "waits", "on hold (AWAITING_PAYMENT)")) {
        assert_true(when_ticks() < until);
        usleep(5000);
    }
    assert_int_equal(yard_get(y, job).state, JOB_WAITING);
    assert_int_equal(sent_times(&s), 0);
    json_decref(wish(json_pack("{sssssb}", "do", "sending", "name", s.name, "hold", 0)));
    tell(&s);
    assert_int_equal(sent_times(&s), 1);
}

static void from_another_place_it_is_a_persons(void **state)
{
    struct sold s = sell(2);
    int64_t job;

    (void)state;
    yard_map(y, "location", location, "none");
    deliver(&s, 0, NULL);
    job = tell(&s);
    assert_true(parked_for(job, "left another place"));
    assert_int_equal(sent_times(&s), 0);
}

static void a_cancelled_order_is_a_persons(void **state)
{
    struct sold s = sell(2);
    int64_t job;

    (void)state;
    deliver(&s, 0, NULL);
    json_decref(wish(json_pack("{ssssss}", "do", "order_event", "name", s.name, "topic",
                               "orders/cancelled")));
    job = tell(&s);
    assert_true(parked_for(job, "cancelled in the shop"));
    assert_int_equal(sent_times(&s), 0);
}

static void what_the_shop_sent_itself_is_not_sent_again(void **state)
{
    struct sold s = sell(2);

    (void)state;
    deliver(&s, 0, NULL);
    json_decref(wish(json_pack("{ssssss}", "do", "order_event", "name", s.name, "topic",
                               "orders/fulfilled")));
    tell(&s);
    assert_int_equal(yard_parked(y), 0);
    assert_int_equal(sent_times(&s), 0);
    assert_int_equal(creates(), 0);
    assert_true(yard_told(y, s.record, "found", "the shop has it as sent"));
}

static void an_unknown_outcome_is_looked_up(void **state)
{
    struct sold s = sell(4);

    (void)state;
    deliver(&s, 2, "U-1");
    fault("drop_after");
    tell(&s);
    assert_int_equal(creates(), 1);
    assert_int_equal(sent_times(&s), 1);
    assert_int_equal(sent_pieces(&s, 0), 2);
    assert_int_equal(yard_parked(y), 0);
}

static void switched_off_nothing_is_told(void **state)
{
    struct sold s = sell(2);

    (void)state;
    outward_policy(y, "delivery_out", "off");
    deliver(&s, 0, NULL);
    tell(&s);
    assert_int_equal(sent_times(&s), 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_is_delivered_is_seen_and_fulfilled),
        CASE(a_backorder_is_a_fulfilment_of_its_own),
        CASE(a_carrier_has_its_name_in_the_shop_or_is_other_in_words),
        CASE(a_tracking_reference_that_is_too_long_is_told),
        CASE(on_hold_it_waits_and_goes_on),
        CASE(from_another_place_it_is_a_persons),
        CASE(a_cancelled_order_is_a_persons),
        CASE(what_the_shop_sent_itself_is_not_sent_again),
        CASE(an_unknown_outcome_is_looked_up),
        CASE(switched_off_nothing_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
