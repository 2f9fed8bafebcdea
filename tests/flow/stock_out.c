/*
 * stock_out.c - what is free in Odoo is offered in the shop: changes there are seen here, no more
 * is ever offered than there is, and what can't be set is told and stops nothing else. The Odoo is
 * the practice one or a real one (yard.h).
 */
#include "tests/unit/unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/str.h"
#include "odoo/changes.h"
#include "shopify/levels.h"
#include "shopify/reads.h"
#include "store/alerts.h"
#include "store/cursors.h"
#include "store/lanes.h"
#include "store/risks.h"
#include "tests/unit/outward.h"

#define PATIENCE (60 * WHEN_SECOND)
#define GOODS    8 /* variants in hand */

static struct yard yard, *y = &yard;
static int64_t location; /* Shopify's, mapped to the warehouse */
static int64_t stock;    /* Odoo's place */
static struct goods {
    int64_t variant, item, product; /* product: Odoo's */
} goods[GOODS];
static size_t good_count;

/* ---- the world ---- */

/* The shop's products are linked with Odoo's, which are the same. */
static void link_goods(void)
{
    json_auto_t *ids = outward_bring(y);
    const json_t *id;
    size_t i;

    json_array_foreach(ids, i, id) {
        json_auto_t *product = NULL;
        const json_t *variant;
        struct err err = { 0 };
        size_t k;

        if (!products_fetch(y->site->shop, y->http, json_integer_value(id), PACE_STOCK, &product,
                            NULL, &err))
            fail_msg("%s", err.text);
        json_array_foreach(json_at(product, "variants.nodes"), k, variant) {
            struct goods *g = &goods[good_count];

            if (good_count == GOODS)
                return;
            assert_true(graphql_gid_id(json_text_or(variant, "id", ""), "ProductVariant",
                                       &g->variant));
            assert_true(graphql_gid_id(json_text_or(variant, "inventoryItem.id", ""),
                                       "InventoryItem", &g->item));
            g->product = yard_pair(y, "variant", g->variant).odoo_id;
            good_count += g->product != 0;
        }
    }
}

static int set_up(void **state)
{
    static int nth;
    int which = 7;
    char seed[32];
    const char *const options[] = { seed,
                                    "--customers=10",
                                    "--products=6",
                                    "--bucket=1000000",
                                    "--restore=1000000",
                                    NULL };

    (void)state;
    /* a real Odoo remembers the shops of before */
    if (getenv("SIGNALBOX_TEST_REAL") != NULL)
        which = 1000 + (int)(when_now() / WHEN_SECOND % 100000) + nth++;
    snprintf(seed, sizeof seed, "--seed=%d", which);
    yard_open_shop(y, 3, options);
    good_count = 0;
    location = outward_map(y, &stock);
    link_goods();
    assert_true(good_count >= 4);
    outward_policy(y, "stock_out", "on");
    outward_policy(y, "stock_every_s", "1");
    assert_true(outward_waits(y, "stock-out")); /* until an import is done, or a person says so */
    outward_release(y, "stock-out");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    yard_close(y);
    return 0;
}

/* ---- both sides ---- */

/* A person counts in Odoo. */
static void put_in_odoo(const struct goods *g, int64_t count)
{
    json_auto_t *made = yard_odoo(
        y, "stock.quant", "create",
        json_pack("[{sIsIsI}]", "product_id", (json_int_t)g->product, "location_id",
                  (json_int_t)stock, "inventory_quantity_auto_apply", (json_int_t)count),
        json_pack("{s{sb}}", "context", "inventory_mode", 1));

    assert_non_null(made);
}

static int64_t free_in_odoo(const struct goods *g)
{
    json_auto_t *quants =
        yard_find(y, "stock.quant",
                  json_pack("[[ssI][ssI]]", "product_id", "=", (json_int_t)g->product,
                            "location_id", "child_of", (json_int_t)stock),
                  "quantity,reserved_quantity");
    const json_t *quant;
    double sum = 0;
    size_t i;

    json_array_foreach(quants, i, quant)
        sum += json_real_or(quant, "quantity", 0) - json_real_or(quant, "reserved_quantity", 0);
    return (int64_t)sum;
}

/* On a real Odoo some of it may go at once to orders that other tests left waiting. */
static void count_in_odoo(const struct goods *g, int64_t count)
{
    put_in_odoo(g, count);
    if (y->real && free_in_odoo(g) < count)
        put_in_odoo(g, 2 * count - free_in_odoo(g));
}

/* Of one of its quantities at the mapped place, without a call of the shop's API. */
static int64_t in_shop(const struct goods *g, const char *name)
{
    json_auto_t *said = yard_wish(y, json_pack("{sssIsI}", "do", "stock", "item",
                                               (json_int_t)g->item, "location",
                                               (json_int_t)location));

    return json_int_or(json_object_get(said, "level"), name, INT64_MIN);
}

static int64_t offered(const struct goods *g)
{
    return in_shop(g, "available");
}

static void wait_offered(const struct goods *g, int64_t count)
{
    int64_t until = when_ticks() + PATIENCE;

    while (offered(g) != count) {
        if (when_ticks() > until)
            fail_msg("%" PRId64 " offered, not %" PRId64, offered(g), count);
        usleep(20000);
    }
}

/* Calls of a root field of the shop's so far. */
static int64_t shop_calls(const char *root)
{
    json_auto_t *stats = yard_wish(y, json_pack("{ss}", "do", "stats"));

    return json_int_or(json_at(stats, "shop.by_call"), root, 0);
}

static int64_t writes(void)
{
    return shop_calls("inventorySetQuantities");
}

/* It begins, and has seen what is there already. */
static void poll_now(void)
{
    int64_t until = when_ticks() + PATIENCE;
    char text[CURSOR_VALUE_MAX] = "";
    struct err err = { 0 };

    yard_job(y, "polls", "odoo.poll", "poll:stock", NULL);
    while (text[0] == '\0') {
        if (!cursors_get(y->stand.db, y->stand.backend, "odoo.stocked", text, &err))
            fail_msg("%s", err.text);
        assert_true(when_ticks() < until);
        usleep(2000);
    }
}

/* A look at one product, without a poll. */
static int64_t look_at(const struct goods *g)
{
    char record[64];
    int64_t id;

    snprintf(record, sizeof record, "stock:%" PRId64, g->product);
    id = yard_job(y, "stock-out", "stock.out", record, NULL);
    yard_settle(y);
    return id;
}

/* Several in one batch. */
static void look_at_all(void)
{
    schedule_hold(y->schedule, true);
    for (size_t i = 0; i < good_count; i++) {
        char record[64];

        snprintf(record, sizeof record, "stock:%" PRId64, goods[i].product);
        yard_job(y, "stock-out", "stock.out", record, NULL);
    }
    schedule_hold(y->schedule, false);
    schedule_wake(y->schedule);
    yard_settle(y);
}

static const char *level_record(const struct goods *g)
{
    static char record[96];

    snprintf(record, sizeof record, "level@%" PRId64 ":%" PRId64, location, g->item);
    return record;
}

static const char *product_record(const struct goods *g)
{
    static char record[96];

    snprintf(record, sizeof record, "stock:%" PRId64, g->product);
    return record;
}

/* Of the only parked job's cause. */
static struct job parked_job(void)
{
    struct jobs_filter filter = { .lane = "stock-out", .state = JOB_PARKED };
    struct job job = { 0 };
    size_t count = 1;
    int64_t next;
    struct err err = { 0 };

    if (!jobs_list(y->stand.db, &filter, &job, &count, &next, &err))
        fail_msg("%s", err.text);
    return job;
}

static size_t risks(struct risk *first)
{
    struct risk rows[8];
    size_t count = 8;
    int64_t total;
    struct err err = { 0 };

    if (!risks_list(y->stand.db, 0, rows, &count, &total, &err))
        fail_msg("%s", err.text);
    assert_int_equal(total, count);
    *first = rows[0];
    return count;
}

static bool alerted(const char *has)
{
    struct alert rows[8];
    size_t count = 8;
    struct err err = { 0 };

    if (!alerts_list(y->stand.db, rows, &count, &err))
        fail_msg("%s", err.text);
    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i].kind, "oversell") == 0 && strstr(rows[i].text, has) != NULL)
            return true;
    return false;
}

static void wish(json_t *what)
{
    json_auto_t *said = yard_wish(y, what);

    assert_non_null(said);
}

static void fault(const char *kind)
{
    wish(json_pack("{sssssssiss}", "do", "fault", "side", "shop", "kind", kind, "count", 1,
                   "method", "inventorySetQuantities"));
}

/* ---- seen ---- */

static void a_change_in_odoo_is_seen_in_the_shop(void **state)
{
    (void)state;
    poll_now();
    count_in_odoo(&goods[0], 41);
    wait_offered(&goods[0], 41);
    count_in_odoo(&goods[0], 7);
    wait_offered(&goods[0], 7);
    assert_int_equal(free_in_odoo(&goods[0]), 7);
    yard_settle(y); /* what it wrote down comes with its end */
    assert_int_equal(yard_parked(y), 0);
    assert_true(yard_told(y, level_record(&goods[0]), "offered", "41 offered before, 7 now"));
}

static void what_is_right_is_not_sent_and_many_changes_are_one_write(void **state)
{
    int64_t before;

    (void)state;
    count_in_odoo(&goods[0], 20);
    look_at(&goods[0]);
    /* Not 20: a real Odoo gives some of it at once to orders that other tests left waiting. */
    assert_int_equal(offered(&goods[0]), free_in_odoo(&goods[0]));
    before = writes();
    look_at(&goods[0]);
    assert_int_equal(writes(), before);
    schedule_hold(y->schedule, true);
    for (int i = 0; i < 10; i++) {
        char record[64];

        count_in_odoo(&goods[0], 30 + i);
        snprintf(record, sizeof record, "stock:%" PRId64, goods[0].product);
        yard_job(y, "stock-out", "stock.out", record, NULL);
    }
    schedule_hold(y->schedule, false);
    schedule_wake(y->schedule);
    yard_settle(y);
    assert_int_equal(offered(&goods[0]), free_in_odoo(&goods[0]));
    assert_int_equal(writes(), before + 1);
}

static void one_write_carries_many_and_our_own_comes_back_as_none(void **state)
{
    int64_t before, polled;

    (void)state;
    for (size_t i = 0; i < good_count; i++)
        count_in_odoo(&goods[i], 50 + (int64_t)i);
    before = writes();
    look_at_all();
    for (size_t i = 0; i < good_count; i++)
        assert_int_equal(offered(&goods[i]), free_in_odoo(&goods[i]));
    assert_int_equal(writes(), before + 1);
    poll_now(); /* begins now: what was is none of its business */
    sleep(2);
    polled = writes();
    look_at_all();
    assert_int_equal(writes(), polled);
}

/* How many changes of quants a look that reaches back so far finds, beside those it knows. */
static size_t found(struct changes_cursor *c, when overlap, int64_t product)
{
    json_auto_t *fields = json_pack("[sss]", "product_id", "quantity", "reserved_quantity");
    json_auto_t *rows = NULL;
    struct changes_query query = { .model = "stock.quant", .fields = fields, .class = PACE_STOCK };
    const json_t *row;
    struct err err = { 0 };
    size_t i, hits = 0;
    bool more;

    if (!changes_page(y->site->odoo, y->http, &query, overlap, c, &rows, &more, NULL, &err))
        fail_msg("%s", err.text);
    assert_false(more);
    json_array_foreach(rows, i, row)
        hits += json_int_or(row, "product_id.0", 0) == product;
    return hits;
}

static void a_transaction_that_commits_late_is_seen_all_the_same(void **state)
{
    json_auto_t *fields = json_pack("[s]", "quantity");
    struct changes_query query = { .model = "stock.quant", .fields = fields, .class = PACE_STOCK };
    struct changes_cursor c;
    struct err err = { 0 };

    (void)state;
    count_in_odoo(&goods[0], 1);
    assert_true(changes_begin(y->site->odoo, y->http, &query, &c, NULL, &err));
    sleep(1);
    count_in_odoo(&goods[1], 2);
    assert_true(found(&c, 0, goods[1].product) > 0);
    if (y->real)
        return; /* it commits when it likes */
    wish(json_pack("{sssssssi}", "do", "fault", "side", "odoo", "kind", "late", "ms", 60000));
    count_in_odoo(&goods[2], 3); /* its date is a minute old */
    assert_int_equal(found(&c, 10 * WHEN_SECOND, goods[2].product), 0);
    assert_true(found(&c, 180 * WHEN_SECOND, goods[2].product) > 0);
}

static void what_was_there_when_it_began_makes_no_jobs(void **state)
{
    struct jobs_filter filter = { .lane = "stock-out", .state = -1 };
    struct job rows[4];
    size_t count = 4;
    int64_t next;
    struct err err = { 0 };

    (void)state;
    for (size_t i = 0; i < good_count; i++)
        count_in_odoo(&goods[i], 5);
    poll_now();
    sleep(3); /* it looks three times */
    assert_true(jobs_list(y->stand.db, &filter, rows, &count, &next, &err));
    assert_int_equal(count, 0);
    if (!y->real)
        wish(json_pack("{sssssssi}", "do", "fault", "side", "odoo", "kind", "late", "ms", 5000));
    count_in_odoo(&goods[0], 6); /* late, but not before it began */
    wait_offered(&goods[0], 6);
}

static void what_was_deleted_or_archived_in_odoo_is_told(void **state)
{
    json_auto_t *written = NULL;
    struct jobs_filter filter = { .state = -1 };
    struct job row;
    int64_t next, until = when_ticks() + PATIENCE;
    struct err err = { 0 };
    size_t count = 0;

    (void)state;
    if (y->real)
        skip(); /* orders of other tests have these products */
    written = yard_odoo(y, "product.product", "unlink",
                        json_pack("[[I]]", (json_int_t)goods[3].product), NULL);
    poll_now();
    yard_settle(y);
    assert_true(yard_told(y, product_record(&goods[3]), "left", "deleted in Odoo"));
    filter.record = product_record(&goods[0]);
    assert_int_equal(yard_pair(y, "variant", goods[3].variant).flags & PAIR_GONE_ODOO,
                     PAIR_GONE_ODOO);
    json_decref(written);
    written = yard_odoo(y, "product.product", "write",
                        json_pack("[[I]{sb}]", (json_int_t)goods[0].product, "active", 0), NULL);
    while (count == 0 || row.state != JOB_FINISHED) {
        count = 1;
        assert_true(jobs_list(y->stand.db, &filter, &row, &count, &next, &err));
        assert_true(when_ticks() < until);
        usleep(20000);
    }
    assert_true(yard_told(y, product_record(&goods[0]), "left", "archived in Odoo"));
}

/* As the shop tells of it. How many looks wait for a minute to pass. */
static int64_t looks_after(const struct goods *g, int64_t available)
{
    int64_t until = when_ticks() + PATIENCE, id;
    struct lane_row lane;
    char record[64];

    snprintf(record, sizeof record, "item:%" PRId64, g->item);
    id = yard_job(y, "polls", "level.seen", record,
                  json_pack("{sIsIsI}", "inventory_item_id", (json_int_t)g->item, "location_id",
                            (json_int_t)location, "available", (json_int_t)available));
    while (yard_get(y, id).state != JOB_FINISHED) {
        assert_true(when_ticks() < until);
        usleep(2000);
    }
    lane = outward_lane(y, "stock-out");
    return lane.counts[JOB_WAITING];
}

static void what_the_shop_tells_of_levels_is_looked_at_unless_it_is_ours(void **state)
{
    (void)state;
    count_in_odoo(&goods[0], 44);
    look_at(&goods[0]);
    assert_int_equal(looks_after(&goods[0], 44), 0); /* our own */
    assert_int_equal(looks_after(&goods[1], 44), 0); /* of one we never offered */
    assert_int_equal(looks_after(&goods[0], 41), 1); /* sold, or a clerk */
}

/* ---- orders ---- */

static void orders_that_odoo_has_not_yet_are_kept_back(void **state)
{
    json_auto_t *order = NULL;
    int64_t committed = 0, want = 0;

    (void)state;
    for (size_t i = 0; i < good_count; i++)
        count_in_odoo(&goods[i], 100);
    look_at_all();
    wish(json_pack("{sssi}", "do", "sell", "orders", 5));
    wish(json_pack("{ss}", "do", "wait_sold"));
    for (size_t i = 0; i < good_count; i++)
        committed += in_shop(&goods[i], "committed");
    assert_true(committed > 0);
    look_at_all(); /* the orders took their part of the offer; Odoo knows none of them */
    for (size_t i = 0; i < good_count; i++) {
        want = free_in_odoo(&goods[i]) - in_shop(&goods[i], "committed");
        assert_int_equal(offered(&goods[i]), want);
    }
    order = yard_wish(y, json_pack("{sssb}", "do", "orders", "payload", 1));
    for (size_t i = 0; i < json_array_size(json_object_get(order, "orders")); i++) {
        const json_t *row = json_array_get(json_object_get(order, "orders"), i);
        char record[64];

        snprintf(record, sizeof record, "order:%lld", (long long)json_int_or(row, "id", 0));
        yard_job(y, "orders", "order.in", record, json_incref(json_object_get(row, "payload")));
    }
    yard_settle(y);
    look_at_all(); /* now they are reserved there, and counted once all the same */
    for (size_t i = 0; i < good_count; i++) {
        if (yard_parked(y) > 0) { /* a real Odoo has not all taxes: those orders are unseen */
            assert_true(y->real);
            assert_true(offered(&goods[i]) <= free_in_odoo(&goods[i]));
            continue;
        }
        assert_int_equal(offered(&goods[i]), free_in_odoo(&goods[i]));
    }
}

static void safety_stock_is_kept_back_and_never_below_nothing(void **state)
{
    (void)state;
    outward_policy(y, "stock_safety", "5");
    count_in_odoo(&goods[0], 12);
    count_in_odoo(&goods[1], 3);
    look_at_all();
    assert_int_equal(offered(&goods[0]), 7);
    assert_int_equal(offered(&goods[1]), 0);
}

/* ---- what is left alone ---- */

static void switches_leave_an_item_alone(void **state)
{
    char key[64];
    int64_t was;

    (void)state;
    was = offered(&goods[0]);
    snprintf(key, sizeof key, "variant:%" PRId64, goods[0].variant);
    yard_map(y, "stock_out", key, "off");
    count_in_odoo(&goods[0], 3);
    count_in_odoo(&goods[1], 4);
    look_at_all();
    assert_int_equal(offered(&goods[0]), was);
    assert_int_equal(offered(&goods[1]), free_in_odoo(&goods[1]));
    assert_true(yard_told(y, level_record(&goods[0]), "left", "switched off"));
    yard_map(y, "stock_out", key, "on");
    look_at(&goods[0]);
    assert_int_equal(offered(&goods[0]), free_in_odoo(&goods[0]));
}

static void what_odoo_does_not_count_is_left_alone(void **state)
{
    int64_t was;
    json_auto_t *done = NULL;

    (void)state;
    if (y->real)
        skip(); /* it refuses for what was moved */
    was = offered(&goods[3]);
    done = yard_odoo(y, "product.product", "write",
                     json_pack("[[I]{sb}]", (json_int_t)goods[3].product, "is_storable", 0), NULL);
    look_at(&goods[3]);
    assert_int_equal(offered(&goods[3]), was);
    assert_true(yard_told(y, product_record(&goods[3]), "left", "does not track"));
    assert_int_equal(yard_parked(y), 0);
}

/* ---- bad inputs ---- */

static void a_row_that_is_refused_stops_no_other(void **state)
{
    struct risk risk;
    int64_t was;

    (void)state;
    look_at_all();
    for (size_t i = 0; i < good_count; i++)
        count_in_odoo(&goods[i], 60);
    look_at_all();
    was = offered(&goods[1]);
    for (size_t i = 0; i < good_count; i++)
        count_in_odoo(&goods[i], 32);
    wish(json_pack("{sssIsb}", "do", "stock", "item", (json_int_t)goods[1].item, "frozen", 1));
    look_at_all();
    for (size_t i = 0; i < good_count; i++)
        assert_int_equal(offered(&goods[i]), i == 1 ? was : free_in_odoo(&goods[i]));
    assert_int_equal(yard_parked(y), 1);
    assert_non_null(strstr(parked_job().last_text, "lets nobody set"));
    assert_true(yard_told(y, level_record(&goods[1]), "refused", "lets nobody set"));
    assert_int_equal(risks(&risk), 1);
    assert_int_equal(risk.item, goods[1].item);
    assert_int_equal(risk.offered, was);
    assert_int_equal(risk.free, free_in_odoo(&goods[1]));
    assert_non_null(strstr(risk.why, "lets nobody set"));
    wish(json_pack("{sssIsb}", "do", "stock", "item", (json_int_t)goods[1].item, "frozen", 0));
    look_at(&goods[1]);
    assert_int_equal(offered(&goods[1]), free_in_odoo(&goods[1]));
    assert_int_equal(risks(&risk), 0);
    assert_int_equal(yard_parked(y), 0);
}

static void a_variant_that_was_deleted_in_the_shop_is_told(void **state)
{
    (void)state;
    count_in_odoo(&goods[0], 9);
    wish(json_pack("{sssi}", "do", "product_delete", "index", 0));
    look_at(&goods[0]);
    assert_true(yard_told(y, product_record(&goods[0]), "left", "deleted in Shopify"));
    assert_int_equal(yard_pair(y, "variant", goods[0].variant).flags & PAIR_GONE_SHOPIFY,
                     PAIR_GONE_SHOPIFY);
    assert_int_equal(yard_parked(y), 0);
}

static void a_location_that_was_closed_is_told(void **state)
{
    int64_t was;

    (void)state;
    was = offered(&goods[0]);
    wish(json_pack("{sssIsb}", "do", "stock", "location", (json_int_t)location, "closed", 1));
    count_in_odoo(&goods[0], 33);
    look_at(&goods[0]);
    assert_true(yard_told(y, level_record(&goods[0]), "left", "not stocked at"));
    assert_int_equal(offered(&goods[0]), was);
    wish(json_pack("{sssIsb}", "do", "stock", "location", (json_int_t)location, "closed", 0));
    look_at(&goods[0]);
    assert_int_equal(offered(&goods[0]), free_in_odoo(&goods[0]));
}

struct twin {
    int64_t variant, product;
};

static bool twin_change(struct db *db, void *ctx, struct err *err)
{
    const struct twin *t = ctx;
    struct pair pair = { .backend = y->stand.backend, .kind = "variant",
                         .odoo_model = "product.product", .shopify_id = t->variant,
                         .odoo_id = t->product };

    return pairs_put(db, &pair, NULL, NULL, 0, err);
}

static void two_variants_that_are_one_product_are_refused(void **state)
{
    struct twin twin = { goods[1].variant, goods[0].product };
    struct err err = { 0 };
    int64_t was;

    (void)state;
    was = offered(&goods[0]);
    assert_true(store_do(y->stand.store, twin_change, &twin, &err));
    count_in_odoo(&goods[0], 2);
    look_at(&goods[0]);
    assert_int_equal(offered(&goods[0]), was);
    assert_int_equal(yard_parked(y), 1);
    assert_non_null(strstr(parked_job().last_text, "are one product in Odoo"));
}

/* ---- the other side's moods ---- */

static void push_all(void)
{
    for (size_t i = 0; i < good_count; i++) {
        char record[64];

        snprintf(record, sizeof record, "stock:%" PRId64, goods[i].product);
        yard_job(y, "stock-out", "stock.out", record, NULL);
    }
}

/* A clerk changes a figure between our look and our write. How many writes it took. */
static int64_t race_a_clerk(int round)
{
    int64_t before = writes();

    for (size_t i = 0; i < good_count; i++)
        count_in_odoo(&goods[i], 80 + round);
    wish(json_pack("{sssssssisssi}", "do", "fault", "side", "shop", "kind", "slow", "count", 1,
                   "method", "inventorySetQuantities", "ms", 400 * round));
    schedule_hold(y->schedule, true);
    push_all();
    schedule_hold(y->schedule, false);
    schedule_wake(y->schedule);
    usleep((useconds_t)(150000 * round)); /* it has looked, and its write is on the way */
    wish(json_pack("{sssIsIsi}", "do", "stock", "item", (json_int_t)goods[1].item, "location",
                   (json_int_t)location, "available", 4711));
    yard_settle(y);
    return writes() - before;
}

static void what_changes_meanwhile_is_read_again(void **state)
{
    int64_t took = 0;
    int round = 0;

    (void)state;
    while (took != 3 && round < 8) { /* refused as stale, the others, that one */
        took = race_a_clerk(++round);
        for (size_t i = 0; i < good_count && took == 3; i++)
            assert_int_equal(offered(&goods[i]), free_in_odoo(&goods[i]));
        wish(json_pack("{ss}", "do", "no_faults"));
    }
    assert_int_equal(took, 3);
    assert_int_equal(yard_parked(y), 0);
}

static void a_request_still_under_way_is_waited_for_with_the_same_key(void **state)
{
    int64_t before = writes();

    (void)state;
    count_in_odoo(&goods[0], 33);
    wish(json_pack("{sssi}", "do", "stock", "busy", 2));
    look_at(&goods[0]);
    assert_int_equal(offered(&goods[0]), free_in_odoo(&goods[0]));
    assert_int_equal(writes(), before + 3);
    assert_int_equal(yard_parked(y), 0);
}

static void after_an_unknown_outcome_the_key_is_used_again(void **state)
{
    static const char *const kinds[] = { "drop_after", "drop_before", "internal", "5xx" };

    (void)state;
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        count_in_odoo(&goods[0], 200 + (int64_t)k);
        fault(kinds[k]);
        look_at(&goods[0]);
        assert_int_equal(offered(&goods[0]), free_in_odoo(&goods[0]));
        /* and if it landed, and something was sold since, that is no longer right */
        count_in_odoo(&goods[0], 300 + (int64_t)k);
        fault(kinds[k]);
        schedule_hold(y->schedule, true);
        count_in_odoo(&goods[0], 310 + (int64_t)k);
        schedule_hold(y->schedule, false);
        look_at(&goods[0]);
        assert_int_equal(offered(&goods[0]), free_in_odoo(&goods[0]));
    }
    assert_int_equal(yard_parked(y), 0);
}

static void watching_writes_nothing_and_lists_what_may_be_oversold(void **state)
{
    struct risk risk;
    int64_t before, was;

    (void)state;
    outward_policy(y, "stock_out", "watch");
    was = offered(&goods[0]);
    before = writes();
    count_in_odoo(&goods[0], was > 4 ? 4 : 0);
    look_at(&goods[0]);
    assert_int_equal(writes(), before);
    assert_int_equal(offered(&goods[0]), was);
    assert_int_equal(risks(&risk), 1);
    assert_non_null(strstr(risk.why, "only watched"));
    assert_true(alerted("1 may be oversold"));
    outward_policy(y, "stock_out", "on");
    look_at(&goods[0]);
    assert_int_equal(risks(&risk), 0);
    assert_false(alerted("may be oversold"));
    outward_policy(y, "stock_out", "off");
    count_in_odoo(&goods[0], 1);
    before = writes();
    look_at(&goods[0]);
    assert_int_equal(writes(), before);
}

/* ---- the race ---- */

#define BUYERS (y->real ? 60 : 1000)

static int64_t next_order; /* of those that were sold */

/* What was sold since goes to Odoo, as its deliveries would. */
static void deliver_orders(void)
{
    json_auto_t *said = yard_wish(y, json_pack("{sssbsIsi}", "do", "orders", "payload", 1, "from",
                                               (json_int_t)next_order, "limit", 50));
    const json_t *rows = json_object_get(said, "orders"), *row;
    size_t i;

    json_array_foreach(rows, i, row) {
        char record[64];

        snprintf(record, sizeof record, "order:%lld", (long long)json_int_or(row, "id", 0));
        yard_job(y, "orders", "order.in", record, json_incref(json_object_get(row, "payload")));
        next_order++;
    }
}

/*
 * Of each thing there are so many, and nobody but the shop sells them. Then what is offered plus
 * what buyers have bought is never more than that: offered <= free - unseen.
 */
static void no_more_is_offered_than_there_is_while_buyers_buy(void **state)
{
    int64_t count = 2 * BUYERS, pushed = 0, before;

    (void)state;
    next_order = 0;
    for (size_t i = 0; i < good_count; i++)
        count_in_odoo(&goods[i], count);
    look_at_all();
    for (size_t i = 0; i < good_count; i++)
        wish(json_pack("{sssIsIsb}", "do", "stock", "item", (json_int_t)goods[i].item, "location",
                       (json_int_t)location, "anew", 1));
    before = writes();
    wish(json_pack("{sssisf}", "do", "sell", "orders", BUYERS, "rate", 150.0));
    while (next_order < BUYERS) {
        push_all();
        deliver_orders();
        pushed++;
        usleep(5000);
    }
    yard_settle(y);
    look_at_all();
    print_message("# %lld pushes, %lld writes\n", (long long)pushed,
                  (long long)(writes() - before));
    for (size_t i = 0; i < good_count; i++) {
        json_auto_t *said = yard_wish(y, json_pack("{sssIsI}", "do", "stock", "item",
                                                   (json_int_t)goods[i].item, "location",
                                                   (json_int_t)location));
        const json_t *level = json_object_get(said, "level");

        if (json_int_or(level, "peak", 0) > count)
            fail_msg("%lld offered and sold of %lld", (long long)json_int_or(level, "peak", 0),
                     (long long)count);
        if (yard_parked(y) > 0) { /* a real Odoo has not all taxes: those orders are unseen */
            assert_true(y->real);
            assert_true(json_int_or(level, "available", 0) <= free_in_odoo(&goods[i]));
            continue;
        }
        assert_int_equal(json_int_or(level, "available", 0), free_in_odoo(&goods[i]));
        assert_int_equal(json_int_or(level, "on_hand", 0), count);
    }
}

/* ---- all of it ---- */

static void a_full_compare_finds_what_no_change_told_of(void **state)
{
    int64_t before;

    (void)state;
    for (size_t i = 0; i < good_count; i++)
        count_in_odoo(&goods[i], 70);
    look_at_all();
    wish(json_pack("{sssIsIsi}", "do", "stock", "item", (json_int_t)goods[2].item, "location",
                   (json_int_t)location, "available", 99)); /* a clerk, in the shop */
    before = writes();
    yard_job(y, "polls", "stock.full", "stock.full", NULL);
    wait_offered(&goods[2], free_in_odoo(&goods[2]));
    yard_settle(y);
    assert_true(writes() >= before + 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_change_in_odoo_is_seen_in_the_shop),
        CASE(what_is_right_is_not_sent_and_many_changes_are_one_write),
        CASE(one_write_carries_many_and_our_own_comes_back_as_none),
        CASE(a_transaction_that_commits_late_is_seen_all_the_same),
        CASE(what_was_there_when_it_began_makes_no_jobs),
        CASE(what_was_deleted_or_archived_in_odoo_is_told),
        CASE(what_the_shop_tells_of_levels_is_looked_at_unless_it_is_ours),
        CASE(orders_that_odoo_has_not_yet_are_kept_back),
        CASE(safety_stock_is_kept_back_and_never_below_nothing),
        CASE(switches_leave_an_item_alone),
        CASE(what_odoo_does_not_count_is_left_alone),
        CASE(a_row_that_is_refused_stops_no_other),
        CASE(a_variant_that_was_deleted_in_the_shop_is_told),
        CASE(a_location_that_was_closed_is_told),
        CASE(two_variants_that_are_one_product_are_refused),
        CASE(what_changes_meanwhile_is_read_again),
        CASE(a_request_still_under_way_is_waited_for_with_the_same_key),
        CASE(after_an_unknown_outcome_the_key_is_used_again),
        CASE(watching_writes_nothing_and_lists_what_may_be_oversold),
        CASE(no_more_is_offered_than_there_is_while_buyers_buy),
        CASE(a_full_compare_finds_what_no_change_told_of),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
