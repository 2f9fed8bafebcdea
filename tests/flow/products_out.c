/*
 * products_out.c - what Odoo changes of a variant (price, SKU, barcode, cost, weight) is seen in the
 * shop, edits of it in the shop are put back on record, and what can't be written is told and
 * stops nothing else.
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
#include "shopify/variants.h"
#include "store/conflicts.h"
#include "store/cursors.h"
#include "store/lanes.h"
#include "sync/diff.h"
#include "sync/goods.h"
#include "tests/unit/outward.h"

#define PATIENCE (60 * WHEN_SECOND)
#define GOODS    12 /* variants in hand */
#define LANE     "products-out"

static struct yard yard, *y = &yard;
static struct goods {
    int64_t variant, product; /* product: Odoo's */
    int64_t of;               /* Shopify's product */
    int index;                /* of that, in the shop */
} goods[GOODS];
static size_t good_count;

/* ---- the world ---- */

static void add_goods(const json_t *product, int64_t of, int index)
{
    const json_t *variant;
    size_t k;

    json_array_foreach(json_at(product, "variants.nodes"), k, variant) {
        struct goods *g = &goods[good_count];

        if (good_count == GOODS)
            return;
        assert_true(
            graphql_gid_id(json_text_or(variant, "id", ""), "ProductVariant", &g->variant));
        g->product = yard_pair(y, "variant", g->variant).odoo_id;
        g->of = of;
        g->index = index;
        good_count += g->product != 0;
    }
}

static void link_goods(void)
{
    json_auto_t *ids = outward_bring(y);
    const json_t *id;
    size_t i;

    json_array_foreach(ids, i, id) {
        json_auto_t *product = NULL;
        struct err err = { 0 };

        if (!products_fetch(y->site->shop, y->http, json_integer_value(id), PACE_CATALOGUE,
                            &product, NULL, &err))
            fail_msg("%s", err.text);
        add_goods(product, json_integer_value(id), (int)i);
    }
}

static int set_up(void **state)
{
    static const char *const options[] = { "--seed=7",         "--customers=5",
                                           "--products=6",     "--bucket=1000000",
                                           "--restore=1000000", NULL };

    (void)state;
    yard_open_shop(y, 3, options);
    good_count = 0;
    link_goods();
    assert_true(good_count >= 4);
    outward_policy(y, "product_out", "on");
    outward_policy(y, "product_every_s", "1");
    assert_true(outward_waits(y, LANE)); /* until an import is done, or a person says so */
    outward_release(y, LANE);
    outward_release(y, "catalogue");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    yard_close(y);
    return 0;
}

/* ---- both sides ---- */

static void in_odoo(const struct goods *g, json_t *values)
{
    json_auto_t *written = yard_odoo(y, "product.product", "write",
                                     json_pack("[[I]o]", (json_int_t)g->product, values), NULL);

    assert_non_null(written);
}

/* The shop's people edit the first variant of a product. */
static void in_shop(const struct goods *g, json_t *values)
{
    json_auto_t *said = yard_wish(y, json_pack("{sssis[o]}", "do", "product_update", "index",
                                               g->index, "variants", values));

    assert_non_null(said);
}

static json_t *odoo_of(const struct goods *g)
{
    json_auto_t *rows = yard_find(
        y, "product.product", json_pack("[[ssI]]", "id", "=", (json_int_t)g->product),
        "lst_price,default_code,barcode,weight,standard_price,product_tmpl_id");

    return json_incref(json_array_get(rows, 0));
}

static json_t *shop_of(const struct goods *g)
{
    json_auto_t *answer = NULL;
    struct err err = { 0 };

    if (!variants_by_ids(y->site->shop, y->http, &g->variant, 1, PACE_CATALOGUE, &answer, NULL,
                         &err))
        fail_msg("%s", err.text);
    return json_incref(json_array_get(json_object_get(answer, "nodes"), 0));
}

static bool shop_has(const struct goods *g, const char *path, const char *text)
{
    json_auto_t *node = shop_of(g);

    return strcmp(json_text_or(node, path, ""), text) == 0;
}

static void wait_shop(const struct goods *g, const char *path, const char *text)
{
    int64_t until = when_ticks() + PATIENCE;

    while (!shop_has(g, path, text)) {
        if (when_ticks() > until)
            fail_msg("%s is not %s", path, text);
        usleep(20000);
    }
}

static int64_t writes(void)
{
    json_auto_t *stats = yard_wish(y, json_pack("{ss}", "do", "stats"));

    return json_int_or(json_at(stats, "shop.by_call"), "productVariantsBulkUpdate", 0);
}

/* It begins, and has seen what is there already. */
static void poll_now(void)
{
    int64_t until = when_ticks() + PATIENCE;
    char text[CURSOR_VALUE_MAX] = "";
    struct err err = { 0 };

    yard_job(y, "polls", "odoo.poll", "poll:products", NULL);
    while (text[0] == '\0') {
        if (!cursors_get(y->stand.db, y->stand.backend, "odoo.extras", text, &err))
            fail_msg("%s", err.text);
        assert_true(when_ticks() < until);
        usleep(2000);
    }
}

static const char *record_of(const struct goods *g)
{
    static char record[64];

    snprintf(record, sizeof record, "goods:%" PRId64, g->product);
    return record;
}

static struct job look_at(const struct goods *g)
{
    int64_t id = yard_job(y, LANE, "product.out", record_of(g), NULL);

    yard_settle(y);
    return yard_get(y, id);
}

/* All in one batch. */
static void look_at_all(void)
{
    schedule_hold(y->schedule, true);
    for (size_t i = 0; i < good_count; i++)
        yard_job(y, LANE, "product.out", record_of(&goods[i]), NULL);
    schedule_hold(y->schedule, false);
    schedule_wake(y->schedule);
    yard_settle(y);
}

/* Shopify tells that the product was changed. */
static void told_by_shop(const struct goods *g)
{
    char record[64];

    snprintf(record, sizeof record, "product:%" PRId64, g->of);
    yard_job(y, "catalogue", "product.seen", record, NULL);
    yard_settle(y);
}

/* ---- seen ---- */

static void a_price_of_odoo_is_seen_in_the_shop(void **state)
{
    (void)state;
    poll_now();
    in_odoo(&goods[0], json_pack("{sf}", "lst_price", 77.25));
    wait_shop(&goods[0], "price", "77.25");
    in_odoo(&goods[0], json_pack("{sf}", "lst_price", 78.5));
    wait_shop(&goods[0], "price", "78.50");
    yard_settle(y);
    assert_int_equal(yard_parked(y), 0);
    assert_true(yard_told(y, record_of(&goods[0]), "published", "Price 77.25 -> 78.50"));
}

static void all_that_odoo_owns_goes_and_the_rest_stays(void **state)
{
    json_auto_t *before = shop_of(&goods[0]), *after = NULL;

    (void)state;
    in_odoo(&goods[0], json_pack("{sssssfsf}", "default_code", "NEW-1", "barcode", "2000000000015",
                                 "weight", 1.5, "standard_price", 12.25));
    assert_int_equal(look_at(&goods[0]).state, JOB_FINISHED);
    after = shop_of(&goods[0]);
    assert_string_equal(json_text_or(after, "sku", ""), "NEW-1");
    assert_string_equal(json_text_or(after, "barcode", ""), "2000000000015");
    assert_string_equal(json_text_or(after, "inventoryItem.unitCost.amount", ""), "12.25");
    assert_true(json_real_or(after, "inventoryItem.measurement.weight.value", 0) == 1500);
    assert_string_equal(json_text_or(after, "title", ""), json_text_or(before, "title", "?"));
    assert_true(diff_equal(json_at(after, "compareAtPrice"), json_at(before, "compareAtPrice")));
    assert_true(diff_equal(json_at(after, "taxable"), json_at(before, "taxable")));
    in_odoo(&goods[0], json_pack("{sbsb}", "barcode", 0, "default_code", 0));
    look_at(&goods[0]);
    assert_true(shop_has(&goods[0], "sku", "NEW-1")); /* orders are known by it */
    assert_true(shop_has(&goods[0], "barcode", ""));
}

static void variants_of_one_product_go_in_one_call(void **state)
{
    int64_t before, products = 0;

    (void)state;
    look_at_all();
    for (size_t i = 0; i < good_count; i++) {
        in_odoo(&goods[i], json_pack("{sf}", "standard_price", 3.5 + (double)i));
        products += i == 0 || goods[i].of != goods[i - 1].of;
    }
    assert_true(products < (int64_t)good_count);
    before = writes();
    look_at_all();
    assert_int_equal(writes(), before + products);
    for (size_t i = 0; i < good_count; i++) {
        char text[32];

        snprintf(text, sizeof text, "%.2f", 3.5 + (double)i);
        assert_true(shop_has(&goods[i], "inventoryItem.unitCost.amount", text));
    }
}

static void a_templates_price_reaches_its_variants(void **state)
{
    json_auto_t *row = odoo_of(&goods[0]), *written = NULL;
    json_int_t template = json_int_or(row, "product_tmpl_id.0", 0);
    char record[64];

    (void)state;
    written = yard_odoo(y, "product.template", "write",
                        json_pack("[[I]{sf}]", template, "list_price", 1222.0), NULL);
    snprintf(record, sizeof record, "template:%lld", (long long)template);
    yard_job(y, LANE, "product.out", record, NULL);
    yard_settle(y);
    assert_true(shop_has(&goods[0], "price", "1222.00"));
    assert_int_equal(yard_parked(y), 0);
}

/* The shop's price of a variant whose template has others stays the shop's, and Odoo's cost its own. */
static void what_odoo_cannot_take_stays_apart(void **state)
{
    json_auto_t *shop = json_pack("{sIsI}", "price", (json_int_t)500, "cost", (json_int_t)9);
    json_auto_t *odoo = json_pack("{sIsI}", "price", (json_int_t)400, "cost", (json_int_t)7);
    json_auto_t *merge = json_pack("{s{sIsI}s{}s[s]s{}}", "to_odoo", "price", (json_int_t)500,
                                   "cost", (json_int_t)9, "to_shopify", "put_back", "price",
                                   "apart");
    struct findings f;

    (void)state;
    findings_init(&f);
    goods_keep(merge, shop, odoo, true, &f);
    assert_int_equal(json_object_size(json_object_get(merge, "to_odoo")), 0);
    assert_int_equal(json_int_or(merge, "apart.price.odoo", 0), 400);
    assert_int_equal(json_int_or(merge, "apart.cost.shopify", 0), 9);
    assert_int_equal(json_len(merge, "put_back"), 0);
    assert_int_equal(f.count, 1);
}

static void fifty_cycles_without_a_change_write_nothing(void **state)
{
    int64_t before;

    (void)state;
    look_at_all();
    before = writes();
    for (int i = 0; i < 50; i++) {
        look_at_all();
        told_by_shop(&goods[0]);
    }
    assert_int_equal(writes(), before);
    assert_int_equal(yard_parked(y), 0);
}

static void an_edit_in_the_shop_is_put_back_on_record(void **state)
{
    json_auto_t *before = shop_of(&goods[0]);

    (void)state;
    look_at(&goods[0]);
    in_shop(&goods[0], json_pack("{sI}", "price", (json_int_t)99901));
    assert_true(shop_has(&goods[0], "price", "999.01"));
    told_by_shop(&goods[0]);
    assert_true(shop_has(&goods[0], "price", json_text_or(before, "price", "?")));
    assert_true(yard_told(y, record_of(&goods[0]), "note", "Price was changed in Shopify, at"));
    assert_true(yard_told(y, record_of(&goods[0]), "published", "Price 999.01 -> "));
}

/* ---- not as it should be ---- */

static void no_price_of_nothing_is_published(void **state)
{
    static const double prices[] = { 0, -5 };

    (void)state;
    look_at(&goods[0]);
    for (size_t i = 0; i < 2; i++) {
        int64_t before = writes();
        struct job job;

        in_odoo(&goods[0], json_pack("{sf}", "lst_price", prices[i]));
        job = look_at(&goods[0]);
        assert_int_equal(job.state, JOB_PARKED);
        assert_non_null(strstr(job.last_text, "only a price above 0 is written to the shop"));
        assert_int_equal(writes(), before);
    }
    in_odoo(&goods[0], json_pack("{sf}", "lst_price", 8.0));
    look_at(&goods[0]);
    assert_true(shop_has(&goods[0], "price", "8.00"));
}

static void four_decimals_are_rounded_and_told(void **state)
{
    AUTO_ODOO_TRACE trace;
    struct err err = { 0 };
    struct picture *picture;
    struct findings f;
    json_auto_t *row = json_pack("{sf}", "lst_price", 12.3456), *goods_row = NULL;
    json_auto_t *shop = json_pack("{sI}", "price", (json_int_t)100);

    (void)state;
    odoo_trace_init(&trace);
    picture = site_picture(y->site, y->stand.db, y->http, &trace, &err);
    assert_non_null(picture);
    goods_row = goods_of_product(row, shop, NULL, picture->reference);
    assert_int_equal(json_int_or(goods_row, "price", 0), 1235);
    findings_init(&f);
    assert_true(goods_check(goods_row, row, "TS-1", picture->reference, &f, &err));
    assert_int_equal(f.count, 1);
    assert_string_equal(f.list[0].text, "Odoo's price of 12.3456 is 12.35 in the shop");
    picture_release(picture);
}

static void a_sku_that_exists_twice_is_not_written(void **state)
{
    json_auto_t *before = shop_of(&goods[0]);
    struct job job;

    (void)state;
    look_at_all();
    in_odoo(&goods[0], json_pack("{ss}", "default_code", "TWICE-7"));
    in_odoo(&goods[1], json_pack("{ss}", "default_code", "TWICE-7"));
    job = look_at(&goods[0]);
    assert_int_equal(job.state, JOB_PARKED);
    assert_non_null(strstr(job.last_text, "the SKU TWICE-7 is that of 2 products in Odoo"));
    assert_true(shop_has(&goods[0], "sku", json_text_or(before, "sku", "?")));
}

static void a_row_that_is_refused_stops_no_other(void **state)
{
    char text[300];
    size_t at = 1;

    (void)state;
    look_at_all();
    while (at < good_count && goods[at].of != goods[at - 1].of)
        at++;
    assert_true(at < good_count);
    memset(text, 'L', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    in_odoo(&goods[at - 1], json_pack("{ss}", "default_code", text));
    in_odoo(&goods[at], json_pack("{ss}", "default_code", "FINE-1"));
    look_at_all();
    assert_true(shop_has(&goods[at], "sku", "FINE-1"));
    assert_int_equal(yard_parked(y), 1);
    assert_true(yard_told(y, record_of(&goods[at - 1]), "refused", "255 characters"));
}

static void a_variant_that_was_deleted_in_the_shop_is_told(void **state)
{
    json_auto_t *said = yard_wish(y, json_pack("{sssi}", "do", "product_delete", "index",
                                               goods[0].index));

    (void)state;
    assert_non_null(said);
    in_odoo(&goods[0], json_pack("{sf}", "lst_price", 5.0));
    assert_int_equal(look_at(&goods[0]).state, JOB_FINISHED);
    assert_true(yard_told(y, record_of(&goods[0]), "left", "the variant was deleted in Shopify"));
    assert_int_equal(yard_pair(y, "variant", goods[0].variant).flags & PAIR_GONE_SHOPIFY,
                     PAIR_GONE_SHOPIFY);
}

static void watching_writes_nothing_and_off_is_off(void **state)
{
    int64_t before;

    (void)state;
    look_at(&goods[0]);
    outward_policy(y, "product_out", "watch");
    in_odoo(&goods[0], json_pack("{sf}", "lst_price", 44.0));
    before = writes();
    assert_int_equal(look_at(&goods[0]).state, JOB_FINISHED);
    assert_true(yard_told(y, record_of(&goods[0]), "differs", "would be written to the shop: Price"));
    outward_policy(y, "product_out", "off");
    assert_int_equal(look_at(&goods[0]).state, JOB_CANCELLED);
    assert_int_equal(writes(), before);
    outward_policy(y, "product_out", "on");
    look_at(&goods[0]);
    assert_true(shop_has(&goods[0], "price", "44.00"));
}

static void after_an_unknown_outcome_both_sides_are_read_again(void **state)
{
    static const char *const kinds[] = { "drop_after", "drop_before", "internal", "5xx" };

    (void)state;
    look_at(&goods[0]);
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        json_auto_t *said = yard_wish(
            y, json_pack("{sssssssiss}", "do", "fault", "side", "shop", "kind", kinds[k], "count",
                         1, "method", "productVariantsBulkUpdate"));
        char text[32];

        assert_non_null(said);
        snprintf(text, sizeof text, "%d.00", 61 + (int)k);
        in_odoo(&goods[0], json_pack("{sf}", "lst_price", 61.0 + (double)k));
        assert_int_equal(look_at(&goods[0]).state, JOB_FINISHED);
        assert_true(shop_has(&goods[0], "price", text));
        in_shop(&goods[0], json_pack("{sI}", "price", (json_int_t)100)); /* it was agreed on */
        look_at(&goods[0]);
        assert_true(shop_has(&goods[0], "price", text));
    }
    assert_int_equal(yard_parked(y), 0);
}

/* ---- nobody owns it ---- */

static bool rule_change(struct db *db, void *ctx, struct err *err)
{
    return conflicts_rule_set(db, y->stand.backend, "variant", "barcode", ctx, err);
}

static void rule(const char *who)
{
    char text[16];
    struct err err = { 0 };

    str_copy(text, sizeof text, who);
    if (!store_do(y->stand.store, rule_change, text, &err))
        fail_msg("%s", err.text);
    sites_changed(workshop_sites(y->workshop));
}

static bool answer_change(struct db *db, void *ctx, struct err *err)
{
    const struct conflict *c = ctx;

    return conflicts_answer(db, c->id, c->version,
                            "{\"barcode\":{\"side\":\"shopify\",\"value\":\"4000000000011\"}}",
                            "Barcode: Shopify", "ops", when_now(), err);
}

static void watching_agrees_on_nothing(void **state)
{
    json_auto_t *before = odoo_of(&goods[0]), *row = NULL;

    (void)state;
    look_at(&goods[0]);
    rule("shopify");
    outward_policy(y, "product_out", "watch");
    in_shop(&goods[0], json_pack("{ss}", "barcode", "5000000000010"));
    look_at(&goods[0]);
    row = odoo_of(&goods[0]);
    assert_true(json_equal(json_object_get(row, "barcode"), json_object_get(before, "barcode")));
    assert_true(yard_told(y, record_of(&goods[0]), "differs", "would be written to Odoo: Barcode"));
    outward_policy(y, "product_out", "on");
    look_at(&goods[0]);
    json_decref(row);
    row = odoo_of(&goods[0]);
    assert_string_equal(json_text_or(row, "barcode", ""), "5000000000010");
}

static void what_moved_on_both_sides_is_asked(void **state)
{
    struct conflict c = { 0 };
    struct err err = { 0 };
    bool found = false;
    json_auto_t *row = NULL;

    (void)state;
    rule("ask");
    look_at(&goods[0]);
    in_odoo(&goods[0], json_pack("{ss}", "barcode", "3000000000012"));
    look_at(&goods[0]);
    in_shop(&goods[0], json_pack("{ss}", "barcode", "3000000000029"));
    look_at(&goods[0]); /* it alone moved, or the first of both was not agreed on yet */
    in_odoo(&goods[0], json_pack("{ss}", "barcode", "3000000000036"));
    in_shop(&goods[0], json_pack("{ss}", "barcode", "4000000000011"));
    assert_int_equal(look_at(&goods[0]).state, JOB_ASKING);
    assert_true(conflicts_live(y->stand.db, y->stand.backend, record_of(&goods[0]), &c, &found,
                               &err));
    assert_true(c.id != 0);
    if (!store_do(y->stand.store, answer_change, &c, &err))
        fail_msg("%s", err.text);
    conflict_clear(&c);
    schedule_wake(y->schedule);
    look_at(&goods[0]);
    row = odoo_of(&goods[0]);
    assert_string_equal(json_text_or(row, "barcode", ""), "4000000000011");
    assert_true(shop_has(&goods[0], "barcode", "4000000000011"));
    assert_true(yard_told(y, record_of(&goods[0]), "decided", "ops chose"));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_price_of_odoo_is_seen_in_the_shop),
        CASE(all_that_odoo_owns_goes_and_the_rest_stays),
        CASE(variants_of_one_product_go_in_one_call),
        CASE(a_templates_price_reaches_its_variants),
        cmocka_unit_test(what_odoo_cannot_take_stays_apart),
        CASE(fifty_cycles_without_a_change_write_nothing),
        CASE(an_edit_in_the_shop_is_put_back_on_record),
        CASE(no_price_of_nothing_is_published),
        CASE(four_decimals_are_rounded_and_told),
        CASE(a_sku_that_exists_twice_is_not_written),
        CASE(a_row_that_is_refused_stops_no_other),
        CASE(a_variant_that_was_deleted_in_the_shop_is_told),
        CASE(watching_writes_nothing_and_off_is_off),
        CASE(watching_agrees_on_nothing),
        CASE(after_an_unknown_outcome_both_sides_are_read_again),
        CASE(what_moved_on_both_sides_is_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
