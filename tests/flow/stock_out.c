/*
 * stock_out.c - what is free in Odoo is offered in the shop: changes there are seen here, no more is
 * ever offered than there is, and what can't be set is told and stops nothing else.
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
#include "tests/unit/yard.h"

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

static void policy(const char *key, const char *value)
{
    stand_policy(&y->stand, key, value);
    sites_changed(workshop_sites(y->workshop));
}

static void map_places(void)
{
    json_auto_t *places = NULL, *houses = yard_find(y, "stock.warehouse", json_array(), "id,lot_stock_id");
    char key[32], value[32];
    struct err err = { 0 };

    if (!locations_fetch(y->site->shop, y->http, PACE_STOCK, &places, NULL, &err))
        fail_msg("%s", err.text);
    assert_true(graphql_gid_id(json_text_or(places, "0.id", ""), "Location", &location));
    stock = json_int_or(houses, "0.lot_stock_id.0", 0);
    assert_int_not_equal(stock, 0);
    snprintf(key, sizeof key, "%" PRId64, location);
    snprintf(value, sizeof value, "%" PRId64, json_int_or(houses, "0.id", 0));
    yard_map(y, "location", key, value);
}

/* The shop's products are linked with Odoo's, which are the same. */
static void link_goods(void)
{
    json_auto_t *ids = yard_wish(y, json_pack("{ssss}", "do", "ids", "what", "products"));
    const json_t *id;
    size_t i;

    json_array_foreach(json_object_get(ids, "ids"), i, id) {
        char record[64];

        snprintf(record, sizeof record, "product:%lld", (long long)json_integer_value(id));
        yard_job(y, "import", "product.in", record, NULL);
    }
    yard_settle(y);
    assert_int_equal(yard_parked(y), 0);
    json_array_foreach(json_object_get(ids, "ids"), i, id) {
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
    static const char *const options[] = { "--seed=7",           "--customers=10",
                                           "--products=6",       "--bucket=1000000",
                                           "--restore=1000000",  NULL };

    (void)state;
    yard_open_shop(y, 3, options);
    good_count = 0;
    map_places();
    link_goods();
    assert_true(good_count >= 4);
    policy("stock_out", "on");
    policy("stock_every_s", "1");
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
static void count_in_odoo(const struct goods *g, int64_t count)
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

/* Of one of its quantities at the mapped place. */
static int64_t in_shop(const struct goods *g, const char *name)
{
    json_auto_t *levels = NULL;
    const json_t *row;
    struct err err = { 0 };
    size_t i;

    if (!levels_fetch(y->site->shop, y->http, location, &g->item, 1, PACE_ORDERS, &levels, NULL,
                      &err))
        fail_msg("%s", err.text);
    json_array_foreach(json_at(levels, "0.quantities"), i, row)
        if (strcmp(json_text_or(row, "name", ""), name) == 0)
            return json_int_or(row, "quantity", INT64_MIN);
    return INT64_MIN;
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
    char path[96];

    snprintf(path, sizeof path, "calls.shop.%s", root);
    return json_int_or(stats, path, 0);
}

static void poll_now(void)
{
    yard_job(y, "polls", "odoo.poll", "poll:stock", NULL);
}

/* ---- the walk ---- */

static void a_change_in_odoo_is_seen_in_the_shop(void **state)
{
    (void)state;
    poll_now();
    sleep(1); /* the first look only learns where to begin */
    count_in_odoo(&goods[0], 41);
    wait_offered(&goods[0], 41);
    count_in_odoo(&goods[0], 7);
    wait_offered(&goods[0], 7);
    assert_int_equal(free_in_odoo(&goods[0]), 7);
    assert_int_equal(yard_parked(y), 0);
    (void)shop_calls;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_change_in_odoo_is_seen_in_the_shop, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
