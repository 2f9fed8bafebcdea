/*
 * stock_out - the crash matrix of "stock out": a core dies at the n-th commit, or after the n-th
 * request it sent; before it is started again, one of each thing is sold in Odoo. In the end the
 * shop offers what is free there, no intent is left open, and nothing waits. The core is this
 * program again.
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

#define THINGS   5
#define REQUESTS 6 /* of the flow, at the end: products, shop, quants, a refusal, a read, a write */

static struct yard yard, *y = &yard;
static int64_t location, place;
static struct thing {
    int64_t variant, item, product, count;
} things[THINGS];
static int64_t round_of; /* so that each run has something to set */

/* ---- the world ---- */

static void find_variants(void)
{
    json_auto_t *ids = yard_wish(y, json_pack("{ssss}", "do", "ids", "what", "products"));
    size_t found = 0, i, k;
    const json_t *id, *variant;

    json_array_foreach(json_object_get(ids, "ids"), i, id) {
        json_auto_t *product = NULL;
        struct err err = { 0 };

        if (!products_fetch(y->site->shop, y->http, json_integer_value(id), PACE_STOCK, &product,
                            NULL, &err))
            fail_msg("%s", err.text);
        json_array_foreach(json_at(product, "variants.nodes"), k, variant)
            if (found < THINGS) {
                struct thing *t = &things[found++];

                assert_true(graphql_gid_id(json_text_or(variant, "id", ""), "ProductVariant",
                                           &t->variant));
                assert_true(graphql_gid_id(json_text_or(variant, "inventoryItem.id", ""),
                                           "InventoryItem", &t->item));
                t->product = yard_make(y, "product.product",
                                       json_pack("{ss sb}", "name", "Thing", "is_storable", 1));
            }
    }
    assert_int_equal(found, THINGS);
}

static bool link_all(struct db *db, void *ctx, struct err *err)
{
    (void)ctx;
    for (size_t i = 0; i < THINGS; i++) {
        struct pair pair = { .backend = y->stand.backend, .kind = "variant",
                             .odoo_model = "product.product", .shopify_id = things[i].variant,
                             .odoo_id = things[i].product };

        if (!pairs_put(db, &pair, NULL, NULL, 0, err))
            return false;
    }
    return true;
}

static int set_up(void **state)
{
    static const char *const options[] = { "--seed=7",      "--customers=10",    "--products=6",
                                           "--bucket=1000000", "--restore=1000000", NULL };
    struct err err = { 0 };

    (void)state;
    yard_open_shop(y, 1, options);
    location = outward_map(y, &place);
    find_variants();
    assert_true(store_do(y->stand.store, link_all, NULL, &err));
    outward_release(y, "stock-out");
    stand_policy(&y->stand, "stock_out", "on");
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

static void count(struct thing *t, int64_t is)
{
    json_auto_t *id = yard_odoo(
        y, "stock.quant", "create",
        json_pack("[{sI sI sI}]", "product_id", (json_int_t)t->product, "location_id",
                  (json_int_t)place, "inventory_quantity_auto_apply", (json_int_t)is),
        json_pack("{s{sb}}", "context", "inventory_mode", 1));

    assert_true(json_is_integer(id));
    t->count = is;
}

static bool add_jobs(struct db *db, void *ctx, struct err *err)
{
    (void)ctx;
    for (size_t i = 0; i < THINGS; i++) {
        char record[64];
        struct job_new job = { .backend = y->stand.backend, .lane = "stock-out",
                               .kind = "stock.out", .record = record, .payload = "" };
        int64_t id;

        snprintf(record, sizeof record, "stock:%" PRId64, things[i].product);
        if (!jobs_add(db, &job, &id, NULL, err))
            return false;
    }
    return true;
}

/* Levels to set. */
static void prepare(void)
{
    struct err err = { 0 };

    round_of++;
    for (size_t i = 0; i < THINGS; i++)
        count(&things[i], 100 + round_of * 10 + (int64_t)i);
    assert_true(store_do(y->stand.store, add_jobs, NULL, &err));
}

/* ---- what it did ---- */

static json_t *level(const struct thing *t)
{
    json_auto_t *said = yard_wish(y, json_pack("{sssIsI}", "do", "stock", "item",
                                               (json_int_t)t->item, "location",
                                               (json_int_t)location));

    return json_incref(json_object_get(said, "level"));
}

static void check(const struct thing *t, const char *at)
{
    json_auto_t *now = level(t);
    char mark[EFFECT_MARK_MAX];
    struct effect effect;
    struct err err = { 0 };

    if (json_int_or(now, "available", -1) != t->count)
        fail_msg("%s: %lld offered, not %lld", at, (long long)json_int_or(now, "available", -1),
                 (long long)t->count);
    snprintf(mark, sizeof mark, "offer@%" PRId64 ":%" PRId64, location, t->item);
    assert_true(effects_get(y->stand.db, y->stand.backend, mark, &effect, &err));
    if (effect.state != EFFECT_NONE)
        fail_msg("%s: an intent is left open", at);
}

static void dies_and_goes_on(const char *kind, unsigned long n)
{
    char at[32];
    int code;

    snprintf(at, sizeof at, "%s:%lu", kind, n);
    prepare();
    code = dying_run(y, "stock-out", at);
    if (code != DYING_EXIT && code != 0)
        fail_msg("%s: exit code %d", at, code);
    usleep(50000); /* what was sent is done */
    if (code == DYING_EXIT) {
        struct err err = { 0 };

        for (size_t i = 0; i < THINGS; i++)
            count(&things[i], things[i].count - 1);
        assert_true(store_do(y->stand.store, add_jobs, NULL, &err)); /* as the poll would */
    }
    assert_int_equal(dying_run(y, "stock-out", NULL), 0);
    for (size_t i = 0; i < THINGS; i++)
        check(&things[i], at);
    assert_int_equal(yard_parked(y), 0);
}

static void stock_is_right_whenever_the_core_dies(void **state)
{
    unsigned long commits, requests, first;

    (void)state;
    prepare();
    assert_int_equal(dying_run(y, "stock-out", NULL), 0);
    for (size_t i = 0; i < THINGS; i++)
        check(&things[i], "a whole run");
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
        cmocka_unit_test(stock_is_right_whenever_the_core_dies),
    };

    if (argc == 4 && strcmp(argv[1], "core") == 0)
        return dying_core(argv[2], argv[3]);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
