/*
 * deliveries - the crash matrix of "deliveries out": a core dies at the n-th commit, or after the n-th
 * request it sent, and is started again. In the end the shop has each delivery as sent, once, no
 * intent is left open, and nothing waits. The core is this program again.
 *
 *   CRASH_ALL=1   every request too; else those of the flow, not those that read what Odoo is like
 */
#include "tests/unit/outward.h"
#include "tests/unit/unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/str.h"
#include "shopify/reads.h"
#include "store/effects.h"
#include "store/lanes.h"
#include "tests/crash/dying.h"

#define REQUESTS 8 /* of the flow, at the end: transfers, then twice moves, a look, places, a write */
#define PIECES   200 /* of an order: it is delivered one by one */

static struct yard yard, *y = &yard;
static int64_t order, sale;
static char order_name[16];
static size_t delivered; /* transfers so far */

/* ---- the world ---- */

static json_t *wish(json_t *what)
{
    json_t *said = yard_wish(y, what);

    assert_non_null(said);
    return said;
}

static void bring(const char *kind, const char *lane, int64_t id, const char *word)
{
    char record[64];

    snprintf(record, sizeof record, "%s:%" PRId64, word, id);
    yard_job(y, lane, kind, record, NULL);
}

static void sell(void)
{
    json_auto_t *all = NULL;
    const json_t *last;

    json_decref(wish(json_pack("{sssissss}", "do", "sell", "orders", 1, "mix", "plain", "financial",
                               "paid")));
    json_decref(wish(json_pack("{sssi}", "do", "wait_sold", "ms", 60000)));
    all = wish(json_pack("{ss}", "do", "orders"));
    last = json_array_get(json_object_get(all, "orders"), json_len(all, "orders") - 1);
    str_copy(order_name, sizeof order_name, json_text_or(last, "name", ""));
    order = json_int_or(last, "id", 0);
    assert_int_not_equal(order, 0);
    json_decref(wish(json_pack("{sssssisi}", "do", "edit", "name", order_name, "line", 0,
                               "quantity", PIECES)));
    bring("order.in", "orders", order, "order");
    yard_settle(y);
    assert_int_equal(yard_parked(y), 0);
    sale = yard_pair(y, "order", order).odoo_id;
    assert_int_not_equal(sale, 0);
}

static int set_up(void **state)
{
    static const char *const options[] = { "--seed=7",      "--customers=10",    "--products=6",
                                           "--bucket=1000000", "--restore=1000000", NULL };

    (void)state;
    yard_open_shop(y, 1, options);
    outward_map(y, NULL);
    json_decref(outward_bring(y));
    sell();
    outward_release(y, "deliveries");
    stand_policy(&y->stand, "delivery_out", "on");
    yard_rest(y); /* the cores of this test are others */
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    yard_close(y);
    return 0;
}

/* ---- what it has to do ---- */

/* One more transfer of so many pieces of the first line leaves. */
static void deliver(int pieces)
{
    json_auto_t *pickings = yard_find(
        y, "stock.picking",
        json_pack("[[ssI][ss[ss]]]", "sale_id", "=", (json_int_t)sale, "state", "not in", "done",
                  "cancel"),
        "id");
    int64_t picking = json_int_or(pickings, "0.id", 0);
    json_auto_t *moves = yard_find(
        y, "stock.move", json_pack("[[ssI]]", "picking_id", "=", (json_int_t)picking), "id");

    assert_int_not_equal(picking, 0);
    json_decref(yard_odoo(y, "stock.move", "write",
                          json_pack("[[I]{sf sb}]", (json_int_t)json_int_or(moves, "0.id", 0),
                                    "quantity", (double)pieces, "picked", 1),
                          NULL));
    json_decref(yard_odoo(y, "stock.picking", "button_validate",
                          json_pack("[[I]]", (json_int_t)picking),
                          json_pack("{s{sbsb}}", "context", "skip_sms", 1, "skip_backorder", 1)));
    delivered++;
}

static bool add_job(struct db *db, void *ctx, struct err *err)
{
    char record[64];
    struct job_new job = { .backend = y->stand.backend, .lane = "deliveries", .kind = "delivery.out",
                           .record = record, .payload = "" };
    int64_t id;

    (void)ctx;
    snprintf(record, sizeof record, "delivery:%" PRId64, sale);
    return jobs_add(db, &job, &id, NULL, err);
}

/* Two deliveries of the same pieces, without a tracking reference: they can only be told apart by count. */
static void prepare(void)
{
    struct err err = { 0 };

    deliver(1);
    deliver(1);
    assert_true(store_do(y->stand.store, add_job, NULL, &err));
}

/* ---- what it did ---- */

static void check(const char *at)
{
    json_auto_t *said = wish(json_pack("{ssss}", "do", "sending", "name", order_name));
    json_auto_t *done = yard_find(y, "stock.picking",
                                  json_pack("[[ssI][sss]]", "sale_id", "=", (json_int_t)sale,
                                            "state", "=", "done"),
                                  "id");
    const json_t *row;
    size_t i;

    if (json_len(said, "sendings") != delivered)
        fail_msg("%s: %zu sent, not %zu", at, json_len(said, "sendings"), delivered);
    json_array_foreach(done, i, row) {
        char mark[EFFECT_MARK_MAX];
        struct effect effect;
        struct err err = { 0 };

        snprintf(mark, sizeof mark, "fulfil@%" PRId64, json_int_or(row, "id", 0));
        assert_true(effects_get(y->stand.db, y->stand.backend, mark, &effect, &err));
        if (effect.state == EFFECT_SENT)
            fail_msg("%s: an intent is left open", at);
    }
    json_array_foreach(json_object_get(said, "sendings"), i, row)
        assert_int_not_equal(yard_pair(y, "fulfillment", json_int_or(row, "id", 0)).odoo_id, 0);
}

static void dies_and_goes_on(const char *kind, unsigned long n)
{
    char at[32];
    int code;

    snprintf(at, sizeof at, "%s:%lu", kind, n);
    prepare();
    code = dying_run(y, "deliveries", at);
    if (code != DYING_EXIT && code != 0)
        fail_msg("%s: exit code %d", at, code);
    usleep(50000); /* what was sent is done */
    assert_int_equal(dying_run(y, "deliveries", NULL), 0);
    check(at);
    assert_int_equal(yard_parked(y), 0);
}

static void each_is_sent_once_whenever_the_core_dies(void **state)
{
    unsigned long commits, requests, first;

    (void)state;
    prepare();
    assert_int_equal(dying_run(y, "deliveries", NULL), 0);
    check("a whole run");
    commits = dying_counted(y, "commit");
    requests = dying_counted(y, "request");
    first = getenv("CRASH_ALL") != NULL || requests < REQUESTS ? 1 : requests - REQUESTS + 1;
    for (unsigned long n = 1; n <= commits; n++)
        dies_and_goes_on("commit", n);
    for (unsigned long n = first; n <= requests; n++)
        dies_and_goes_on("request", n);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_sent_once_whenever_the_core_dies),
    };

    if (argc == 4 && strcmp(argv[1], "core") == 0)
        return dying_core(argv[2], argv[3]);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
