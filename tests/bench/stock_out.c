/*
 * stock_out - how fast what changes in Odoo is offered in the shop, and how much of the shop's
 * budget it takes.
 *
 *     stock_out [SKUS [LEVELS]]     100000 linked SKUs, of which 20 change; 10000 levels at once
 *
 * The first figure: from the end of Odoo's transaction to the shop, with a look every second. The
 * second: mutations, and the time beside what the points allow that stock may use: the bucket (100,
 * but for the tenth that is kept for orders) and 50 points a second.
 */
#include "tests/unit/unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/str.h"
#include "shopify/levels.h"
#include "shopify/reads.h"
#include "store/lanes.h"
#include "tests/unit/yard.h"

/* How the practice shop numbers its variants: tests/sandbox/shop/make.h. */
#define VARIANT_FIRST INT64_C(42000000000000001)
#define ITEM_FIRST    INT64_C(44000000000000001)
#define VARIANT_STEP  4096

#define CHANGED  20
#define PIECE    500
#define BUCKET   100
#define RESTORE  50
#define PATIENCE (600 * WHEN_SECOND)

static struct yard yard, *y = &yard;
static int64_t location, place, house;
static int64_t *products; /* Odoo's, by the shop's index */
static size_t skus = 100000, levels = 10000;

static int64_t variant_of(size_t i)
{
    return VARIANT_FIRST + (int64_t)i * VARIANT_STEP;
}

static int64_t item_of(size_t i)
{
    return ITEM_FIRST + (int64_t)i * VARIANT_STEP;
}

/* ---- the world ---- */

static void make_products(void)
{
    for (size_t from = 0; from < skus; from += PIECE) {
        json_t *all = json_array();
        json_auto_t *ids = NULL;

        for (size_t i = from; i < from + PIECE && i < skus; i++)
            json_array_append_new(all, json_pack("{ss sb}", "name", "Stocked", "is_storable", 1));
        ids = yard_odoo(y, "product.product", "create", json_pack("[o]", all), NULL);
        for (size_t i = 0; i < json_array_size(ids); i++)
            products[from + i] = json_integer_value(json_array_get(ids, i));
    }
}

struct span {
    size_t from, to;
};

static bool link_some(struct db *db, void *ctx, struct err *err)
{
    const struct span *span = ctx;

    for (size_t i = span->from; i < span->to; i++) {
        struct pair pair = { .backend = y->stand.backend, .kind = "variant",
                             .odoo_model = "product.product", .shopify_id = variant_of(i),
                             .odoo_id = products[i] };

        if (!pairs_put(db, &pair, NULL, NULL, 0, err))
            return false;
    }
    return true;
}

static bool release(struct db *db, void *ctx, struct err *err)
{
    int64_t changed;

    (void)ctx;
    return lanes_release(db, y->stand.backend, "stock-out", &changed, err);
}

static void open_world(void)
{
    char goods[32], bucket[32], restore[32], key[32], value[32];
    const char *const options[] = { "--seed=7", "--customers=10", goods,  bucket,
                                    restore,    "--odoo-products=0", NULL };
    json_auto_t *places = NULL, *houses = NULL;
    struct err err = { 0 };

    snprintf(goods, sizeof goods, "--products=%zu", skus);
    snprintf(bucket, sizeof bucket, "--bucket=%d", BUCKET);
    snprintf(restore, sizeof restore, "--restore=%d", RESTORE);
    yard_open_shop(y, 4, options);
    houses = yard_find(y, "stock.warehouse", json_array(), "id,lot_stock_id");
    assert_true(locations_fetch(y->site->shop, y->http, PACE_STOCK, &places, NULL, &err));
    assert_true(graphql_gid_id(json_text_or(places, "0.id", ""), "Location", &location));
    place = json_int_or(houses, "0.lot_stock_id.0", 0);
    house = json_int_or(houses, "0.id", 0);
    snprintf(key, sizeof key, "%" PRId64, location);
    snprintf(value, sizeof value, "%" PRId64, house);
    yard_map(y, "location", key, value);
    make_products();
    for (struct span span = { 0, 0 }; span.from < skus; span.from = span.to) {
        span.to = span.from + PIECE < skus ? span.from + PIECE : skus;
        assert_true(store_do(y->stand.store, link_some, &span, &err));
    }
    assert_true(store_do(y->stand.store, release, NULL, &err));
    stand_policy(&y->stand, "stock_every_s", "1");
    stand_policy(&y->stand, "stock_out", "on");
    sites_changed(workshop_sites(y->workshop));
}

/* One transaction. */
static void count(size_t from, size_t to, int64_t is)
{
    json_t *all = json_array();
    json_auto_t *made = NULL;

    for (size_t i = from; i < to; i++)
        json_array_append_new(all, json_pack("{sI sI sI}", "product_id", (json_int_t)products[i],
                                             "location_id", (json_int_t)place,
                                             "inventory_quantity_auto_apply",
                                             (json_int_t)is + (json_int_t)i));
    made = yard_odoo(y, "stock.quant", "create", json_pack("[o]", all),
                     json_pack("{s{sb}}", "context", "inventory_mode", 1));
    assert_non_null(made);
}

static int64_t offered(size_t i)
{
    json_auto_t *said = yard_wish(y, json_pack("{sssIsI}", "do", "stock", "item",
                                               (json_int_t)item_of(i), "location",
                                               (json_int_t)location));

    return json_int_or(said, "level.available", -1);
}

static json_t *shop_stats(void)
{
    json_auto_t *stats = yard_wish(y, json_pack("{ss}", "do", "stats"));

    return json_incref(json_object_get(stats, "shop"));
}

static int64_t calls(const char *root)
{
    json_auto_t *stats = shop_stats();

    if (root == NULL)
        return json_int_or(stats, "calls", 0);
    return json_int_or(json_object_get(stats, "by_call"), root, 0);
}

/* ---- 20 of many ---- */

static double seen_after(int64_t is)
{
    int64_t begun, until;

    count(0, CHANGED, is);
    begun = when_ticks();
    until = begun + PATIENCE;
    for (size_t i = 0; i < CHANGED; i++)
        while (offered(i) != is + (int64_t)i) {
            if (when_ticks() > until)
                fail_msg("%" PRId64 " is not seen", is);
            usleep(2000);
        }
    return (double)(when_ticks() - begun) / 1e6;
}

static bool few_change(void)
{
    double worst = 0;
    int64_t most = 0;

    yard_job(y, "polls", "odoo.poll", "poll:stock", NULL);
    sleep(5); /* the first look learns what is there already */
    for (int round = 0; round < 5; round++) {
        int64_t before = calls(NULL);
        double seconds = seen_after(1000 + round * 100);

        sleep(2); /* what comes after belongs to it too */
        before = calls(NULL) - before;
        most = before > most ? before : most;
        worst = seconds > worst ? seconds : worst;
    }
    printf("%d of %zu SKUs changed: at most %" PRId64 " Shopify calls, %.2f s until they are "
           "offered\n", CHANGED, skus, most, worst);
    return most <= 2 && worst < 5;
}

/* ---- many at once ---- */

/* What 250 levels take: a read and a write. */
static double points_of_a_piece(void)
{
    int64_t ids[LEVELS_MAX];
    struct level_row rows[LEVELS_MAX];
    AUTO_GRAPHQL_TRACE trace;
    json_auto_t *variants = NULL;
    char key[LEVELS_KEY_MAX];
    struct err err = { 0 };
    double points;

    graphql_trace_init(&trace);
    for (size_t i = 0; i < LEVELS_MAX; i++) {
        ids[i] = variant_of(i);
        rows[i] = (struct level_row){ .item = item_of(i), .location = location,
                                      .from = offered(i), .to = offered(i) };
    }
    assert_true(levels_of_variants(y->site->shop, y->http, ids, LEVELS_MAX, PACE_STOCK, &variants,
                                   &trace, &err));
    points = trace.actual;
    levels_key(key);
    assert_int_equal(levels_set(y->site->shop, y->http, rows, LEVELS_MAX, key, "Bench/1",
                                PACE_STOCK, &trace, &err),
                     LEVELS_SET);
    return points + trace.actual;
}

static bool add_some(struct db *db, void *ctx, struct err *err)
{
    const struct span *span = ctx;

    for (size_t i = span->from; i < span->to; i++) {
        char record[64];
        struct job_new job = { .backend = y->stand.backend, .lane = "stock-out",
                               .kind = "stock.out", .record = record, .payload = "" };
        int64_t id;

        snprintf(record, sizeof record, "stock:%" PRId64, products[i]);
        if (!jobs_add(db, &job, &id, NULL, err))
            return false;
    }
    return true;
}

static bool many_at_once(void)
{
    double points = points_of_a_piece(), pieces = (double)((levels + LEVELS_MAX - 1) / LEVELS_MAX);
    double allowed = (points * pieces - 0.9 * BUCKET) / RESTORE, seconds;
    int64_t begun, mutations;
    struct err err = { 0 };

    stand_policy(&y->stand, "stock_every_s", "86400"); /* the jobs are ours */
    sites_changed(workshop_sites(y->workshop));
    sleep(2);
    for (size_t from = 0; from < levels; from += PIECE)
        count(from, from + PIECE < levels ? from + PIECE : levels, 7000);
    schedule_hold(y->schedule, true);
    for (struct span span = { 0, 0 }; span.from < levels; span.from = span.to) {
        span.to = span.from + PIECE < levels ? span.from + PIECE : levels;
        assert_true(store_do(y->stand.store, add_some, &span, &err));
    }
    sleep(BUCKET / RESTORE + 1); /* a full bucket */
    mutations = calls("inventorySetQuantities");
    begun = when_ticks();
    schedule_hold(y->schedule, false);
    schedule_wake(y->schedule);
    yard_settle(y);
    seconds = (double)(when_ticks() - begun) / 1e6;
    mutations = calls("inventorySetQuantities") - mutations;
    for (size_t i = 0; i < levels; i++)
        if (offered(i) != 7000 + (int64_t)i)
            fail_msg("level %zu: %lld", i, (long long)offered(i));
    printf("%zu levels: %" PRId64 " mutations, %.2f s; the points (%.1f a piece) allow %.2f s; "
           "ratio %.3f\n", levels, mutations, seconds, points, allowed, seconds / allowed);
    return mutations == (int64_t)pieces && seconds / allowed <= 1.05;
}

int main(int argc, char **argv)
{
    unsigned long long n;
    bool good;

    if ((argc > 1 && (!str_number(argv[1], 1000000, &n) || n < LEVELS_MAX)) ||
        (argc > 2 && (!str_number(argv[2], 1000000, &n) || n < LEVELS_MAX))) {
        fprintf(stderr, "usage: %s [SKUS [LEVELS]], each at least %d\n", argv[0], LEVELS_MAX);
        return 2;
    }
    skus = argc > 1 ? (size_t)atoll(argv[1]) : skus;
    levels = argc > 2 ? (size_t)atoll(argv[2]) : levels < skus ? levels : skus;
    products = calloc(skus + 1, sizeof *products);
    if (products == NULL)
        return 2;
    open_world();
    good = few_change();
    good = many_at_once() && good;
    yard_close(y);
    free(products);
    return good ? 0 : 1;
}
