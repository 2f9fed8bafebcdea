/* The flow "product in" against a practice Odoo. */
#include "tests/unit/unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "tests/sandbox/server.h"
#include "tests/unit/products.h"
#include "tests/unit/depot.h"

static struct depot depot;

static int set_up(void **state)
{
    (void)state;
    depot_open(&depot, getenv("SIGNALBOX_TEST_REAL") != NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    depot_close(&depot);
    return 0;
}

static int64_t add_node(json_t *node)
{
    const char *gid = json_text(node, "id");
    char record[48];

    snprintf(record, sizeof record, "product:%s", strrchr(gid, '/') + 1);
    return depot_add(&depot, "product.in", "import", record, node);
}

static int64_t add(const struct products *p)
{
    return add_node(products_node(p));
}

static void ended(int64_t job, enum job_state state)
{
    struct job j = depot_job(&depot, job);

    if (j.state != state)
        fail_msg("%s: %s: %s", j.record, job_state_name(j.state), j.last_text);
}

static void brings(const struct products *p)
{
    int64_t job = add(p);

    depot_settle(&depot);
    ended(job, JOB_FINISHED);
}

static json_t *read_one(const char *model, int64_t id, const char *fields)
{
    char args[256];
    json_auto_t *rows = NULL;

    snprintf(args, sizeof args, "[[%" PRId64 "],[%s]]", id, fields);
    rows = depot_ask(&depot, model, "read", args, NULL);
    assert_int_equal(json_array_size(rows), 1);
    return json_incref(json_array_get(rows, 0));
}

static int64_t count(const char *model, const char *domain)
{
    char args[256];
    json_auto_t *n = NULL;

    snprintf(args, sizeof args, "[%s]", domain);
    n = depot_ask(&depot, model, "search_count", args, NULL);
    return json_integer_value(n);
}

static int64_t template_id(int64_t product)
{
    struct pair pair;

    assert_true(depot_pair(&depot, "product", product, &pair));
    return pair.odoo_id;
}

/* ---- making ---- */

static void a_product_with_the_default_variant_has_no_attribute(void **state)
{
    struct products p = { .id = 101, .sku = "MUG", .price = 950 };
    struct pair product, variant;
    json_auto_t *row = NULL;

    (void)state;
    brings(&p);
    assert_true(depot_pair(&depot, "product", 101, &product));
    assert_true(depot_pair(&depot, "variant", 1010001, &variant));
    assert_string_equal(product.state, "created");
    assert_string_equal(product.odoo_model, "product.template");
    assert_string_equal(variant.odoo_model, "product.product");
    row = read_one("product.product", variant.odoo_id,
                   "\"default_code\",\"lst_price\",\"standard_price\",\"weight\",\"is_storable\","
                   "\"product_tmpl_id\",\"product_template_attribute_value_ids\"");
    assert_string_equal(json_text(row, "default_code"), "MUG-1");
    assert_true(json_real_or(row, "lst_price", 0) == 9.5);
    assert_true(json_real_or(row, "standard_price", 0) == 4.2);
    assert_true(json_real_or(row, "weight", 0) == 0.3);
    assert_true(json_flag(row, "is_storable"));
    assert_int_equal(json_int_or(row, "product_tmpl_id.0", 0), product.odoo_id);
    assert_int_equal(json_len(row, "product_template_attribute_value_ids"), 0);
    assert_true(depot_told(&depot, "product:101", "made in Odoo"));
}

static void variants_are_made_with_their_values_and_prices(void **state)
{
    struct products p = { .id = 102, .options = 2, .values = 2, .variants = 3, .sku = "TEE",
                          .price = 1000, .step = 250 };
    struct pair variant;
    json_auto_t *row = NULL, *items = NULL;
    char args[128];

    (void)state;
    brings(&p);
    row = read_one("product.template", template_id(102),
                   "\"list_price\",\"product_variant_ids\",\"attribute_line_ids\"");
    assert_true(json_real_or(row, "list_price", 0) == 10);
    assert_int_equal(json_len(row, "product_variant_ids"), 3); /* of 4 combinations */
    assert_int_equal(json_len(row, "attribute_line_ids"), 2);
    assert_true(depot_pair(&depot, "variant", 1020003, &variant));
    json_decref(row);
    row = read_one("product.product", variant.odoo_id, "\"default_code\",\"display_name\"");
    assert_string_equal(json_text(row, "default_code"), "TEE-3");
    assert_non_null(strstr(json_text(row, "display_name"), "V2"));
    snprintf(args, sizeof args, "[[[\"product_tmpl_id\",\"=\",%" PRId64 "]],[\"fixed_price\",\"product_id\"]]",
             template_id(102));
    items = depot_ask(&depot, "product.pricelist.item", "search_read", args, "{\"order\":\"id\"}");
    assert_int_equal(json_array_size(items), 2);
    assert_true(json_real_or(items, "0.fixed_price", 0) == 12.5);
    assert_true(json_real_or(items, "1.fixed_price", 0) == 15);
}

static void options_of_the_same_name_are_one_attribute(void **state)
{
    struct products p = { .id = 103, .options = 2, .values = 3, .variants = 9, .sku = "A" };
    struct products q = { .id = 104, .options = 2, .values = 3, .variants = 9, .sku = "B" };

    (void)state;
    brings(&p);
    brings(&q);
    assert_int_equal(count("product.attribute", "[[\"name\",\"=\",\"Option 1\"]]"), 1);
    assert_int_equal(count("product.attribute.value", "[[\"name\",\"=\",\"V3\"]]"), 2);
}

static void bringing_it_again_changes_nothing(void **state)
{
    struct products p = { .id = 105, .options = 1, .values = 3, .variants = 3, .sku = "AGAIN",
                          .price = 500, .step = 100 };
    int64_t template, variants;

    (void)state;
    brings(&p);
    template = template_id(105);
    variants = count("product.product", "[[\"default_code\",\"like\",\"AGAIN\"]]");
    brings(&p);
    assert_int_equal(template_id(105), template);
    assert_int_equal(variants, 3);
    assert_int_equal(count("product.product", "[[\"default_code\",\"like\",\"AGAIN\"]]"), 3);
    assert_true(depot_told(&depot, "product:105", "nothing to change"));
}

static void many_products_are_brought_in_few_batches(void **state)
{
    int64_t jobs[120];
    struct workshop_calls before = workshop_calls(depot.workshop), after;

    (void)state;
    schedule_hold(depot.schedule, true);
    for (int i = 0; i < 120; i++) {
        char sku[32];
        struct products p = { .id = 2000 + i, .options = i % 2, .values = 3, .variants = 3,
                              .sku = sku, .price = 1000, .step = i % 3 == 0 ? 100 : 0 };

        snprintf(sku, sizeof sku, "MANY-%d", i);
        jobs[i] = add(&p);
    }
    schedule_hold(depot.schedule, false);
    depot_settle(&depot);
    for (int i = 0; i < 120; i++)
        ended(jobs[i], JOB_FINISHED);
    after = workshop_calls(depot.workshop);
    assert_int_equal(count("product.product", "[[\"default_code\",\"like\",\"MANY-\"]]"), 240);
    assert_in_range(after.odoo - before.odoo, 1, 60);
    assert_int_equal(after.shopify - before.shopify, 0);
}

static void a_product_of_2048_variants_is_made_whole(void **state)
{
    struct products p = { .id = 106, .options = 2, .values = 46, .variants = 2048, .sku = "BIG" };
    struct pair pair;

    (void)state;
    brings(&p);
    assert_int_equal(count("product.product", "[[\"default_code\",\"like\",\"BIG-\"]]"), 2048);
    assert_true(depot_pair(&depot, "variant", 1062048, &pair));
}

static void states_become_those_of_odoo(void **state)
{
    struct products p = { .id = 107, .sku = "DRAFT" }, q = { .id = 108, .sku = "ARCH" };
    json_t *draft = products_node(&p), *archived = products_node(&q);
    int64_t a, b;
    json_auto_t *row = NULL;

    (void)state;
    json_object_set_new(draft, "status", json_string("DRAFT"));
    json_object_set_new(archived, "status", json_string("ARCHIVED"));
    a = add_node(draft);
    b = add_node(archived);
    depot_settle(&depot);
    ended(a, JOB_FINISHED);
    ended(b, JOB_FINISHED);
    row = read_one("product.template", template_id(107), "\"sale_ok\",\"active\"");
    assert_false(json_flag(row, "sale_ok"));
    assert_true(json_flag(row, "active"));
    json_decref(row);
    row = read_one("product.template", template_id(108), "\"sale_ok\",\"active\"");
    assert_false(json_flag(row, "active"));
}

static void tags_and_categories_are_those_that_are_there(void **state)
{
    struct products p = { .id = 109, .sku = "TAG" };
    json_t *node = products_node(&p);
    json_auto_t *category =
        depot_ask(&depot, "product.category", "create", "[{\"name\":\"Things!\"}]", NULL);
    json_auto_t *row = NULL;
    char id[32];
    int64_t job;

    json_decref(depot_ask(&depot, "product.tag", "create", "[{\"name\":\"rare\"}]", NULL));
    (void)state;
    snprintf(id, sizeof id, "%" JSON_INTEGER_FORMAT, json_integer_value(category));
    depot_map(&depot, "product_type", "Things", id);
    json_object_set_new(node, "tags", json_pack("[ss]", "rare", "rarer"));
    job = add_node(node);
    depot_settle(&depot);
    ended(job, JOB_FINISHED);
    depot_map(&depot, "product_type", "Things", NULL);
    row = read_one("product.template", template_id(109), "\"categ_id\",\"product_tag_ids\"");
    assert_int_equal(json_int_or(row, "categ_id.0", 0), json_integer_value(category));
    assert_int_equal(json_len(row, "product_tag_ids"), 2);
    assert_int_equal(count("product.tag", "[[\"name\",\"like\",\"rare\"]]"), 2);
}

static void an_unmapped_type_is_flagged_and_listed(void **state)
{
    struct products p = { .id = 110, .sku = "TYPE" };

    (void)state;
    brings(&p);
    assert_true(depot_told(&depot, "product:110", "the product type Things has no category"));
}

/* ---- linking ---- */

static int64_t there(const char *values)
{
    char args[512];
    json_auto_t *id = NULL;

    snprintf(args, sizeof args, "[%s]", values);
    id = depot_ask(&depot, "product.product", "create", args, NULL);
    return json_integer_value(id);
}

static void a_product_that_is_there_is_linked_and_only_filled(void **state)
{
    struct products p = { .id = 201, .sku = "LINK", .price = 950 };
    int64_t odoo = there("{\"name\":\"Old mug\",\"default_code\":\"LINK-1\",\"lst_price\":12.0}");
    struct pair pair;
    json_auto_t *row = NULL;

    (void)state;
    brings(&p);
    assert_true(depot_pair(&depot, "variant", 2010001, &pair));
    assert_int_equal(pair.odoo_id, odoo);
    assert_string_equal(pair.state, "linked");
    row = read_one("product.product", odoo, "\"name\",\"lst_price\",\"weight\",\"standard_price\"");
    assert_string_equal(json_text(row, "name"), "Old mug");
    assert_true(json_real_or(row, "lst_price", 0) == 12);
    assert_true(json_real_or(row, "standard_price", 1) == 0);
    assert_true(json_real_or(row, "weight", 0) == 0.3);
    assert_true(depot_told(&depot, "product:201", "filled: "));
    assert_true(depot_told(&depot, "product:201", "Price differs, LINK-1: 9.50 in the shop, 12.00"));
    assert_int_equal(count("product.product", "[[\"default_code\",\"=\",\"LINK-1\"]]"), 1);
}

static void an_sku_that_two_products_have_is_a_question(void **state)
{
    struct products p = { .id = 202, .sku = "TWO" };
    int64_t first = there("{\"name\":\"A\",\"default_code\":\"TWO-1\"}"), job;
    struct pair pair;
    char id[32];

    (void)state;
    there("{\"name\":\"B\",\"default_code\":\"TWO-1\"}");
    job = add(&p);
    depot_settle(&depot);
    ended(job, JOB_PARKED);
    assert_non_null(strstr(depot_job(&depot, job).last_text, "2 products in Odoo have the SKU TWO-1"));
    snprintf(id, sizeof id, "%" PRId64, first);
    depot_map(&depot, "product", "sku:TWO-1", id);
    depot_settle(&depot);
    ended(job, JOB_FINISHED);
    assert_true(depot_pair(&depot, "variant", 2020001, &pair));
    assert_int_equal(pair.odoo_id, first);
}

static void two_of_the_shop_with_one_sku_are_a_question(void **state)
{
    struct products p = { .id = 203, .sku = "SAME" }, q = { .id = 204, .sku = "SAME" };
    int64_t a, b;

    (void)state;
    schedule_hold(depot.schedule, true);
    a = add(&p);
    b = add(&q);
    schedule_hold(depot.schedule, false);
    depot_settle(&depot);
    ended(a, JOB_FINISHED);
    ended(b, JOB_PARKED);
    assert_int_equal(count("product.product", "[[\"default_code\",\"=\",\"SAME-1\"]]"), 1);
    depot_map(&depot, "product", "sku:SAME-1", "create");
    depot_settle(&depot);
    ended(b, JOB_FINISHED);
    assert_int_equal(count("product.product", "[[\"default_code\",\"=\",\"SAME-1\"]]"), 2);
}

static void without_an_sku_the_name_is_only_a_question(void **state)
{
    struct products p = { .id = 205, .title = "Nameless thing" }, q = { .id = 206, .title = "Other" };
    int64_t a, b;

    (void)state;
    there("{\"name\":\"Nameless thing\"}");
    a = add(&p);
    b = add(&q);
    depot_settle(&depot);
    ended(a, JOB_PARKED);
    ended(b, JOB_FINISHED);
    depot_map(&depot, "product", "variant:2050001", "skip");
    depot_settle(&depot);
    ended(a, JOB_FINISHED);
    assert_int_equal(count("product.template", "[[\"name\",\"=\",\"Nameless thing\"]]"), 1);
}

static void a_barcode_in_use_links_by_barcode_or_goes_without(void **state)
{
    struct products p = { .id = 207, .sku = "BAR" }, q = { .id = 208, .sku = "CODE" };
    int64_t by_code = there("{\"name\":\"C\",\"barcode\":\"4007001\"}"), a, b;
    int64_t other = there("{\"name\":\"D\",\"default_code\":\"CODE-1\"}");
    json_t *first = products_node(&p), *second = products_node(&q);
    struct pair pair;

    (void)state;
    json_object_set_new((json_t *)(uintptr_t)json_at(first, "variants.nodes.0"), "barcode",
                        json_string("4007001"));
    a = add_node(first);
    depot_settle(&depot);
    ended(a, JOB_FINISHED);
    assert_true(depot_pair(&depot, "variant", 2070001, &pair));
    assert_int_equal(pair.odoo_id, by_code);
    json_object_set_new((json_t *)(uintptr_t)json_at(second, "variants.nodes.0"), "barcode",
                        json_string("4007001"));
    b = add_node(second);
    depot_settle(&depot);
    ended(b, JOB_FINISHED);
    assert_true(depot_pair(&depot, "variant", 2080001, &pair));
    assert_int_equal(pair.odoo_id, other);
    assert_true(depot_told(&depot, "product:208", "is another product's"));
}

static void a_product_that_can_not_be_read_is_parked_alone(void **state)
{
    int64_t jobs[9];

    (void)state;
    schedule_hold(depot.schedule, true);
    for (int i = 0; i < 9; i++) {
        char sku[32];
        struct products p = { .id = 300 + i, .sku = sku };
        json_t *node;

        snprintf(sku, sizeof sku, "ODD-%d", i);
        node = products_node(&p);
        if (i == 4)
            json_object_set_new((json_t *)(uintptr_t)json_at(node, "variants.nodes.0"), "price",
                                json_string("free"));
        jobs[i] = add_node(node);
    }
    schedule_hold(depot.schedule, false);
    depot_settle(&depot);
    for (int i = 0; i < 9; i++)
        ended(jobs[i], i == 4 ? JOB_PARKED : JOB_FINISHED);
}

static void a_product_without_variant_is_parked_with_its_cause(void **state)
{
    struct products p = { .id = 320, .sku = "NONE" };
    json_t *node = products_node(&p);
    int64_t job;

    (void)state;
    json_array_clear((json_t *)(uintptr_t)json_at(node, "variants.nodes"));
    job = add_node(node);
    depot_settle(&depot);
    ended(job, JOB_PARKED);
    assert_string_equal(depot_job(&depot, job).last_text, "the product has no variant");
}

static json_t *with_barcode(const struct products *p, const char *code)
{
    json_t *node = products_node(p);

    json_object_set_new((json_t *)(uintptr_t)json_at(node, "variants.nodes.0"), "barcode",
                        json_string(code));
    json_object_set_new(node, "updatedAt", json_string("2026-11-23T10:00:00Z"));
    return node;
}

/* Known products are not looked for by barcode: it is Odoo that says no. */
static void what_odoo_refuses_is_parked_alone(void **state)
{
    struct products p = { .id = 330, .sku = "NO1" }, q = { .id = 331, .sku = "NO2" };
    int64_t a, b;

    (void)state;
    brings(&p);
    brings(&q);
    there("{\"name\":\"E\",\"barcode\":\"4007330\"}");
    schedule_hold(depot.schedule, true);
    a = add_node(with_barcode(&p, "4007330"));
    b = add_node(with_barcode(&q, "4007331"));
    schedule_hold(depot.schedule, false);
    depot_settle(&depot);
    ended(a, JOB_PARKED);
    ended(b, JOB_FINISHED);
    assert_non_null(strstr(depot_job(&depot, a).last_text, "fill what is empty"));
    assert_int_equal(count("product.product", "[[\"barcode\",\"=\",\"4007331\"]]"), 1);
}

static void a_metafield_without_a_field_loses_no_product(void **state)
{
    struct products p = { .id = 332, .sku = "META" };

    (void)state;
    depot_map(&depot, "metafield", "product.custom.fabric", "x_nowhere");
    brings(&p);
    depot_map(&depot, "metafield", "product.custom.fabric", NULL);
    assert_true(depot_told(&depot, "product:332", "x_nowhere, which is no field of Odoo's products"));
}

/* ---- again ---- */

static void what_was_deleted_in_odoo_is_made_anew(void **state)
{
    struct products p = { .id = 401, .options = 1, .values = 2, .variants = 2, .sku = "VANISHED" };
    char args[64];
    int64_t before;
    json_auto_t *ok = NULL;

    (void)state;
    brings(&p);
    before = template_id(401);
    snprintf(args, sizeof args, "[[%" PRId64 "]]", before);
    ok = depot_ask(&depot, "product.template", "unlink", args, NULL);
    brings(&p);
    assert_int_not_equal(template_id(401), before);
    assert_int_equal(count("product.product", "[[\"default_code\",\"like\",\"VANISHED-\"]]"), 2);
}

static void new_variants_of_the_shop_are_added(void **state)
{
    struct products p = { .id = 402, .options = 1, .values = 2, .variants = 2, .sku = "GROW" };
    json_t *node;
    int64_t job;

    (void)state;
    brings(&p);
    p.values = p.variants = 4;
    node = products_node(&p);
    json_object_set_new(node, "updatedAt", json_string("2026-11-21T10:00:00Z"));
    job = add_node(node);
    depot_settle(&depot);
    ended(job, JOB_FINISHED);
    assert_int_equal(count("product.product", "[[\"default_code\",\"like\",\"GROW-\"]]"), 4);
    assert_true(depot_told(&depot, "product:402", "new variants"));
}

static void what_is_older_than_known_changes_nothing(void **state)
{
    struct products p = { .id = 403, .sku = "OLD" };
    json_t *node = products_node(&p);
    int64_t job;

    (void)state;
    brings(&p);
    json_object_set_new(node, "updatedAt", json_string("2026-01-01T10:00:00Z"));
    job = add_node(node);
    depot_settle(&depot);
    ended(job, JOB_FINISHED);
    assert_true(depot_told(&depot, "product:403", "older than what is known"));
}

static void a_value_that_is_gone_from_odoo_is_made_again(void **state)
{
    struct products p = { .id = 404, .options = 1, .values = 1, .variants = 1, .sku = "VAL" };
    struct products q = { .id = 405, .options = 1, .values = 1, .variants = 1, .sku = "VAL2" };
    json_auto_t *found = NULL, *gone = NULL;
    json_t *a = products_node(&p), *b = products_node(&q), *row;
    char args[64];
    int64_t job;
    size_t i;

    (void)state;
    json_array_foreach(json_at(a, "options"), i, row)
        json_object_set_new(row, "name", json_string("Rare"));
    json_array_foreach(json_at(b, "options"), i, row)
        json_object_set_new(row, "name", json_string("Rare"));
    job = add_node(a);
    depot_settle(&depot);
    ended(job, JOB_FINISHED);
    snprintf(args, sizeof args, "[[%" PRId64 "]]", template_id(404));
    gone = depot_ask(&depot, "product.template", "unlink", args, NULL);
    found = depot_ask(&depot, "product.attribute", "search", "[[[\"name\",\"=\",\"Rare\"]]]", NULL);
    json_decref(gone);
    snprintf(args, sizeof args, "[[%lld]]", (long long)json_int_or(found, "0", 0));
    gone = depot_ask(&depot, "product.attribute", "unlink", args, NULL);
    job = add_node(b);
    depot_settle(&depot);
    ended(job, JOB_FINISHED);
    assert_int_equal(count("product.attribute", "[[\"name\",\"=\",\"Rare\"]]"), 1);
}

/* ---- what was lost on the way ---- */

static bool forget(struct db *db, void *ctx, struct err *err)
{
    const int64_t *ids = ctx;

    for (; *ids != 0; ids++)
        if (!pairs_remove(db, *ids, err))
            return false;
    return true;
}

/* As if the core had died before the job's end was written. */
static void lose_pairs(int64_t product, int variants)
{
    int64_t ids[16] = { 0 };
    struct pair pair;
    struct err err = { 0 };

    assert_true(depot_pair(&depot, "product", product, &pair));
    ids[0] = pair.id;
    for (int i = 0; i < variants; i++) {
        assert_true(depot_pair(&depot, "variant", product * 10000 + i + 1, &pair));
        ids[i + 1] = pair.id;
    }
    assert_true(store_do(depot.store, forget, ids, &err));
}

static void an_end_that_was_lost_doubles_nothing(void **state)
{
    static const struct products shapes[] = {
        { .id = 451, .sku = "L1", .price = 100 },
        { .id = 452, .options = 1, .values = 3, .variants = 3, .sku = "L2", .price = 100, .step = 5 },
        { .id = 453, .options = 1, .values = 3, .variants = 3, .title = "Lost without SKU" },
        { .id = 454, .title = "Lost and single" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        struct products p = shapes[i];
        struct pair pair;
        int64_t template, templates;

        brings(&p);
        template = template_id(p.id);
        templates = count("product.template", "[]");
        lose_pairs(p.id, p.options == 0 ? 1 : p.variants);
        brings(&p);
        assert_int_equal(template_id(p.id), template);
        assert_int_equal(count("product.template", "[]"), templates);
        assert_true(depot_pair(&depot, "product", p.id, &pair));
        assert_string_equal(pair.state, "created");
        assert_true(depot_pair(&depot, "variant", p.id * 10000 + 1, &pair));
    }
}

/* A template that was made, and then the core died. */
static void a_product_half_made_is_finished(void **state)
{
    struct products p = { .id = 455, .options = 1, .values = 4, .variants = 4, .sku = "HALF" };
    struct pair pair;
    char args[64];
    json_auto_t *gone = NULL;
    int64_t template;

    (void)state;
    brings(&p);
    template = template_id(455);
    assert_true(depot_pair(&depot, "variant", 4550002, &pair));
    snprintf(args, sizeof args, "[[%" PRId64 "]]", pair.odoo_id);
    lose_pairs(455, 4);
    gone = depot_ask(&depot, "product.product", "unlink", args, NULL);
    brings(&p);
    assert_int_equal(template_id(455), template);
    assert_int_equal(count("product.product", "[[\"default_code\",\"like\",\"HALF-\"]]"), 4);
    assert_true(depot_pair(&depot, "variant", 4550002, &pair));
}

/* Two workers have two products of the shop with one SKU: the first has made its own already. */
static void what_another_product_made_is_not_linked(void **state)
{
    struct products p = { .id = 456, .sku = "MINE" }, q = { .id = 457, .sku = "MINE" };
    struct pair pair;
    int64_t template, job;

    (void)state;
    brings(&p);
    template = template_id(456);
    lose_pairs(456, 1);
    job = add(&q);
    depot_settle(&depot);
    ended(job, JOB_PARKED);
    assert_non_null(strstr(depot_job(&depot, job).last_text, "another variant's already"));
    assert_false(depot_pair(&depot, "product", 457, &pair));
    brings(&p);
    assert_int_equal(template_id(456), template);
    assert_int_equal(count("product.product", "[[\"default_code\",\"=\",\"MINE-1\"]]"), 1);
}

static void answers_that_are_lost_double_nothing(void **state)
{
    static const char *const calls[][2] = {
        { "product.attribute", "load" },   { "product.attribute.value", "load" },
        { "product.tag", "load" },         { "product.template", "load" },
        { "product.template", "web_read" }, { "product.product", "load" },
        { "product.pricelist.item", "load" },
    };
    const size_t n = sizeof calls / sizeof calls[0];
    char sku[32], title[32];

    (void)state;
    if (depot.sandbox == 0)
        skip();
    for (size_t i = 0; i < n; i++) {
        struct products p = { .id = 460 + (int64_t)i, .options = 1, .values = 3, .variants = 3,
                              .sku = sku, .title = title, .price = 100, .step = 10 };
        json_t *node;
        int64_t job;

        snprintf(sku, sizeof sku, "LOST-%zu", i);
        snprintf(title, sizeof title, "Lost answer %zu", i);
        json_decref(depot_sandbox(&depot, json_pack("{ss, ss, ss, si, ss, ss}", "do", "fault",
                                                  "side", "odoo", "kind", "drop_after", "count", 1,
                                                  "model", calls[i][0], "method", calls[i][1])));
        node = products_node(&p);
        json_object_set_new((json_t *)(uintptr_t)json_at(node, "options.0"), "name",
                            json_string(title));
        json_object_set_new(node, "tags", json_pack("[s]", title));
        job = add_node(node);
        depot_settle(&depot);
        ended(job, JOB_FINISHED);
        assert_int_equal(depot_job(&depot, job).tries, 2);
    }
    assert_int_equal(count("product.template", "[[\"name\",\"like\",\"Lost answer\"]]"), n);
    assert_int_equal(count("product.product", "[[\"default_code\",\"like\",\"LOST-\"]]"), 3 * n);
    assert_int_equal(count("product.attribute", "[[\"name\",\"like\",\"Lost answer\"]]"), n);
    assert_int_equal(count("product.tag", "[[\"name\",\"like\",\"Lost answer\"]]"), n);
    assert_int_equal(count("product.pricelist.item", "[[\"product_tmpl_id.name\",\"like\",\"Lost answer\"]]"), 2 * n);
}

/* ---- the rehearsal ---- */

static void the_rehearsal_says_what_the_run_would_do(void **state)
{
    struct products fresh = { .id = 501, .sku = "R1" }, same = { .id = 502, .sku = "R2" };
    struct products fill = { .id = 503, .sku = "R3" }, ask = { .id = 504, .sku = "R4" };
    json_t *records[5];
    struct rehearsed out[5];
    struct workshop_place place;
    struct err err = { 0 };
    int64_t before;

    (void)state;
    brings(&same);
    there("{\"name\":\"X\",\"default_code\":\"R3-1\"}");
    there("{\"name\":\"Y\",\"default_code\":\"R4-1\"}");
    there("{\"name\":\"Z\",\"default_code\":\"R4-1\"}");
    before = count("product.template", "[]");
    records[0] = products_node(&fresh);
    records[1] = products_node(&same);
    records[2] = products_node(&fill);
    records[3] = products_node(&ask);
    records[4] = json_pack("{s:s}", "id", "gid://shopify/Product/505");
    depot_enter(&depot, &place);
    assert_true(product_rehearse(&place, depot.db, records, out, 5, &err));
    workshop_leave(&place);
    assert_int_equal(out[0].verdict, REHEARSE_NEW);
    assert_int_equal(out[1].verdict, REHEARSE_SAME);
    assert_int_equal(out[2].verdict, REHEARSE_CHANGES);
    assert_int_equal(out[3].verdict, REHEARSE_REFUSED);
    assert_int_equal(out[4].verdict, REHEARSE_REFUSED);
    assert_int_equal(out[1].odoo_id, template_id(502));
    assert_non_null(strstr(json_text_or(out[2].changes, "1.label", ""), "R3-1"));
    assert_string_equal(out[3].why.thing, "sku:R4-1");
    assert_string_equal(out[4].why.text, "the product has no variant");
    assert_int_equal(count("product.template", "[]"), before);
    for (int i = 0; i < 5; i++) {
        json_decref(out[i].changes);
        json_decref(out[i].uses);
        json_decref(out[i].asks);
        json_decref(records[i]);
    }
}

/* ---- images ---- */

struct gallery {
    struct server *server;
    _Atomic int asked, status;
    const char *body;
    size_t len;
};

static void show(void *ctx, const struct request *q, struct reply *reply)
{
    struct gallery *g = ctx;

    (void)q;
    g->asked++;
    reply->status = g->status;
    reply->reason = g->status == 200 ? "OK" : "Not Found";
    reply->type = "image/gif";
    str_add(&reply->body, g->body, g->len);
}

static const char gif[] = "GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\4\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;";

static void open_gallery(struct gallery *g)
{
    struct server_options options = { .workers = 2, .keep_alive = true, .read_ms = 5000,
                                      .idle_ms = 5000, .body_max = 1 << 20, .handle = show,
                                      .ctx = g };
    struct err err = { 0 };

    *g = (struct gallery){ .status = 200, .body = gif, .len = sizeof gif - 1 };
    g->server = server_start(&options, &err);
    assert_non_null(g->server);
}

static void an_image_is_written_once_and_again_when_it_changes(void **state)
{
    struct gallery g;
    char url[64], url2[64];
    struct products p = { .id = 601, .sku = "PIC", .image = url };
    json_auto_t *row = NULL;
    json_t *node;
    int64_t job;

    (void)state;
    open_gallery(&g);
    snprintf(url, sizeof url, "http://127.0.0.1:%u/a.gif?v=1", server_port(g.server));
    snprintf(url2, sizeof url2, "http://127.0.0.1:%u/a.gif?v=2", server_port(g.server));
    brings(&p);
    row = read_one("product.template", template_id(601), "\"image_1920\"");
    assert_true(json_is_string(json_object_get(row, "image_1920")));
    assert_int_equal(g.asked, 1);
    brings(&p);
    assert_int_equal(g.asked, 1);
    p.image = url2;
    node = products_node(&p);
    json_object_set_new(node, "updatedAt", json_string("2026-11-22T10:00:00Z"));
    job = add_node(node);
    depot_settle(&depot);
    ended(job, JOB_FINISHED);
    assert_int_equal(g.asked, 2);
    server_free(g.server);
}

static void an_archived_product_has_its_image_too(void **state)
{
    struct gallery g;
    char url[64];
    struct products p = { .id = 604, .sku = "PIC4", .image = url };
    json_t *node;
    json_auto_t *row = NULL;
    int64_t job;

    (void)state;
    open_gallery(&g);
    snprintf(url, sizeof url, "http://127.0.0.1:%u/c.gif", server_port(g.server));
    node = products_node(&p);
    json_object_set_new(node, "status", json_string("ARCHIVED"));
    job = add_node(node);
    depot_settle(&depot);
    ended(job, JOB_FINISHED);
    row = read_one("product.template", template_id(604), "\"active\",\"image_1920\"");
    assert_false(json_flag(row, "active"));
    assert_true(json_is_string(json_object_get(row, "image_1920")));
    server_free(g.server);
}

static void an_image_that_is_none_loses_no_product(void **state)
{
    struct gallery g;
    char url[64];
    struct products p = { .id = 602, .sku = "PIC2", .image = url };
    struct products q = { .id = 603, .sku = "PIC3", .image = url };

    (void)state;
    open_gallery(&g);
    snprintf(url, sizeof url, "http://127.0.0.1:%u/b", server_port(g.server));
    g.body = "<html>";
    g.len = 6;
    brings(&p);
    assert_true(depot_told(&depot, "product:602", "the image was not taken"));
    g.status = 404;
    brings(&q);
    assert_true(depot_told(&depot, "product:603", "the image was not taken"));
    server_free(g.server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_product_with_the_default_variant_has_no_attribute),
        cmocka_unit_test(variants_are_made_with_their_values_and_prices),
        cmocka_unit_test(options_of_the_same_name_are_one_attribute),
        cmocka_unit_test(bringing_it_again_changes_nothing),
        cmocka_unit_test(many_products_are_brought_in_few_batches),
        cmocka_unit_test(a_product_of_2048_variants_is_made_whole),
        cmocka_unit_test(states_become_those_of_odoo),
        cmocka_unit_test(tags_and_categories_are_those_that_are_there),
        cmocka_unit_test(an_unmapped_type_is_flagged_and_listed),
        cmocka_unit_test(a_product_that_is_there_is_linked_and_only_filled),
        cmocka_unit_test(an_sku_that_two_products_have_is_a_question),
        cmocka_unit_test(two_of_the_shop_with_one_sku_are_a_question),
        cmocka_unit_test(without_an_sku_the_name_is_only_a_question),
        cmocka_unit_test(a_barcode_in_use_links_by_barcode_or_goes_without),
        cmocka_unit_test(a_product_that_can_not_be_read_is_parked_alone),
        cmocka_unit_test(what_odoo_refuses_is_parked_alone),
        cmocka_unit_test(a_metafield_without_a_field_loses_no_product),
        cmocka_unit_test(a_product_without_variant_is_parked_with_its_cause),
        cmocka_unit_test(what_was_deleted_in_odoo_is_made_anew),
        cmocka_unit_test(new_variants_of_the_shop_are_added),
        cmocka_unit_test(what_is_older_than_known_changes_nothing),
        cmocka_unit_test(a_value_that_is_gone_from_odoo_is_made_again),
        cmocka_unit_test(an_end_that_was_lost_doubles_nothing),
        cmocka_unit_test(a_product_half_made_is_finished),
        cmocka_unit_test(what_another_product_made_is_not_linked),
        cmocka_unit_test(answers_that_are_lost_double_nothing),
        cmocka_unit_test(the_rehearsal_says_what_the_run_would_do),
        cmocka_unit_test(an_image_is_written_once_and_again_when_it_changes),
        cmocka_unit_test(an_archived_product_has_its_image_too),
        cmocka_unit_test(an_image_that_is_none_loses_no_product),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
