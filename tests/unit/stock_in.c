/* The flow "stock in" against the practice Odoo, through the queue. */
#include "tests/unit/unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/str.h"
#include "jobs/services.h"
#include "odoo/records.h"
#include "shopify/reads.h"
#include "store/lanes.h"
#include "tests/unit/products.h"
#include "tests/unit/yard.h"

#define SHOP "Main street" /* a location of the shop, 80, mapped to the warehouse */
#define STOCK 8            /* the warehouse's stock location */

static struct yard yard, *y = &yard;

/* On a real Odoo nothing goes wrong on demand. */
static bool real(void)
{
    return getenv("SIGNALBOX_TEST_REAL") != NULL;
}

static int set_up(void **state)
{
    (void)state;
    yard_open(y, 2);
    yard_map(y, "location", SHOP, "1");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    yard_close(y);
    return 0;
}

/* ---- what there is ---- */

/* A product with one variant, paired: variant and item are its id * 10000 + 1, the SKU is SKU-1. */
static int64_t product(int64_t id, const char *sku)
{
    struct products p = { .id = id, .sku = sku, .price = 1000 };
    char record[64];

    snprintf(record, sizeof record, "product:%" PRId64, id);
    yard_job(y, "import", "product.in", record, products_node(&p));
    yard_settle(y);
    return yard_pair(y, "variant", id * 10000 + 1).odoo_id;
}

static int64_t item(int64_t product_id)
{
    return product_id * 10000 + 1;
}

struct shelf {
    int64_t product, location; /* the shop's; location 0: 80 */
    const char *name;          /* of the location; NULL: SHOP */
    int available, committed;
    const char *updated; /* NULL: some day */
};

static json_t *level(const struct shelf *s)
{
    int64_t location = s->location != 0 ? s->location : 80;

    return json_pack(
        "{so sb ss s{so ss sb} s[{ss si} {ss si} {ss si}] s{so so sb s{s[{so}]}}}", "id",
        json_sprintf("gid://shopify/InventoryLevel/9?inventory_item_id=%" PRId64, item(s->product)),
        "isActive", 1, "updatedAt", s->updated != NULL ? s->updated : "2026-11-20T09:16:00Z",
        "location", "id", json_sprintf("gid://shopify/Location/%" PRId64, location), "name",
        s->name != NULL ? s->name : SHOP, "isActive", 1, "quantities", "name", "available",
        "quantity", s->available, "name", "committed", "quantity", s->committed, "name", "on_hand",
        "quantity", s->available + s->committed, "item", "id",
        json_sprintf("gid://shopify/InventoryItem/%" PRId64, item(s->product)), "sku",
        json_sprintf("SKU-%" PRId64 "-1", s->product), "tracked", 1, "variants", "nodes", "id",
        json_sprintf("gid://shopify/ProductVariant/%" PRId64, item(s->product)));
}

static const char *record_of(const json_t *node, char record[96])
{
    snprintf(record, 96, "level@%s:%s", strrchr(json_text(node, "location.id"), '/') + 1,
             strrchr(json_text(node, "item.id"), '/') + 1);
    return record;
}

static int64_t add(json_t *node)
{
    char record[96];

    return yard_job(y, "stock", "stock.in", record_of(node, record), node);
}

static struct job ended(int64_t job, enum job_state state)
{
    struct job j = yard_get(y, job);

    if (j.state != state)
        fail_msg("%s: %s: %s", j.record, job_state_name(j.state), j.last_text);
    return j;
}

static void brings(const struct shelf *s)
{
    int64_t job = add(level(s));

    yard_settle(y);
    ended(job, JOB_FINISHED);
}

static bool told(const struct shelf *s, const char *what, const char *has)
{
    char record[96];
    json_auto_t *node = level(s);

    return yard_told(y, record_of(node, record), what, has);
}

static double quantity(int64_t product, const char *field, int64_t place)
{
    json_auto_t *rows =
        yard_odoo(y, "product.product", "read",
                  json_pack("[[I][s]]", (json_int_t)product, field),
                  json_pack("{s{sI}}", "context", "location", (json_int_t)place));

    return json_real_or(rows, (field[0] == 'q' ? "0.qty_available" : "0.free_qty"), -1000);
}

static double on_hand(int64_t product)
{
    return quantity(product, "qty_available", STOCK);
}

static int64_t adjustments(int64_t product)
{
    return yard_count(y, "stock.move", json_pack("[[ssI][ssb]]", "product_id", "=",
                                                 (json_int_t)product, "is_inventory", "=", 1));
}

static int64_t quants(int64_t product)
{
    return yard_count(y, "stock.quant", json_pack("[[ssI][sss]]", "product_id", "=",
                                                  (json_int_t)product, "location_id.usage", "=",
                                                  "internal"));
}

/* As a person of the shop counts it in Odoo. */
static void count(int64_t product, int64_t place, double is)
{
    json_auto_t *id = yard_odoo(
        y, "stock.quant", "create",
        json_pack("[{sI sI sf}]", "product_id", (json_int_t)product, "location_id",
                  (json_int_t)place, "inventory_quantity_auto_apply", is),
        json_pack("{s{sb}}", "context", "inventory_mode", 1));

    assert_true(json_is_integer(id));
}

static int64_t place_below(int64_t place, const char *name)
{
    int64_t id = yard_make(y, "stock.location",
                           json_pack("{ss sI ss}", "name", name, "location_id", (json_int_t)place,
                                     "usage", "internal"));

    site_forget(y->site);
    return id;
}

static struct rehearsed look(json_t *node)
{
    struct rehearsed out = { 0 };

    yard_rehearse(y, stock_rehearse, json_pack("[o]", node), &out);
    return out;
}

static void looks(const struct shelf *s, enum rehearse_verdict verdict, const char *words)
{
    struct rehearsed r = look(level(s));

    assert_int_equal(r.verdict, verdict);
    if (strstr(r.why.text, words) == NULL)
        fail_msg("%s is not in: %s", words, r.why.text);
    yard_forget(&r, 1);
}

/* ---- the sentences ---- */

static void the_opening_is_what_may_be_sold_and_what_is_sold(void **state)
{
    struct shelf s = { .product = 101, .available = 7, .committed = 3 };
    int64_t id = product(101, "SKU-101");
    struct rehearsed r = look(level(&s));

    (void)state;
    assert_int_equal(r.verdict, REHEARSE_NEW);
    assert_string_equal(r.title, "SKU-101-1 at " SHOP);
    assert_string_equal(json_text(r.changes, "0.label"), "On hand");
    assert_int_equal(json_int_or(r.changes, "0.to", 0), 10);
    assert_int_equal(quants(id), 0);
    yard_forget(&r, 1);
    brings(&s);
    assert_float_equal(on_hand(id), 10, 1e-9);
    assert_int_equal(quants(id), 1);
    assert_true(told(&s, "set", "10 on hand at WH/Stock, 0 before"));
    assert_string_equal(yard_pair(y, "level@80", item(101)).title, "SKU-101-1 at " SHOP);
    assert_int_equal(yard_uses(y, "location", SHOP), 1);
    looks(&s, REHEARSE_SAME, "");
}

static void open_orders_then_reserve_their_part(void **state)
{
    struct shelf s = { .product = 102, .available = 7, .committed = 3 };
    int64_t id = product(102, "SKU-102");
    int64_t buyer = yard_make(y, "res.partner", json_pack("{ss}", "name", "A buyer"));
    json_auto_t *made = NULL;

    (void)state;
    brings(&s);
    made = yard_odoo(
        y, "sale.order", "load",
        json_pack("[[sssss][[sosos]]]", "id", "partner_id/.id", "order_line/product_uom_qty",
                  "order_line/product_id/.id", "order_line/price_unit", "practice.o102",
                  json_sprintf("%" PRId64, buyer), "3", json_sprintf("%" PRId64, id), "10"),
        json_pack("{so}", "context", records_context(y->site->odoo, NULL)));
    if (json_int_or(made, "ids.0", 0) == 0)
        fail_msg("%s", json_text_or(made, "messages.0.message", "?"));
    json_decref(yard_odoo(y, "sale.order", "action_confirm",
                          json_pack("[[O]]", json_at(made, "ids.0")),
                          json_pack("{so}", "context", records_context(y->site->odoo, NULL))));
    assert_float_equal(on_hand(id), 10, 1e-9);
    assert_float_equal(quantity(id, "free_qty", STOCK), 7, 1e-9); /* what Shopify has available */
}

static void the_same_is_left_and_another_quantity_is_set(void **state)
{
    struct shelf s = { .product = 103, .available = 5 };
    int64_t id = product(103, "SKU-103");
    struct rehearsed r;

    (void)state;
    count(id, STOCK, 5);
    looks(&s, REHEARSE_SAME, "");
    brings(&s);
    assert_int_equal(adjustments(id), 1); /* the person's own */
    assert_true(told(&s, "same", "5 on hand at WH/Stock already"));
    count(id, STOCK, 9);
    r = look(level(&s));
    assert_int_equal(r.verdict, REHEARSE_CHANGES);
    assert_float_equal(json_real_or(r.changes, "0.from", 0), 9, 1e-9);
    yard_forget(&r, 1);
    brings(&s);
    assert_float_equal(on_hand(id), 5, 1e-9);
    assert_int_equal(quants(id), 1);
    assert_true(told(&s, "set", "5 on hand at WH/Stock, 9 before"));
}

static void what_is_older_than_known_changes_nothing(void **state)
{
    struct shelf now = { .product = 104, .available = 4 };
    struct shelf old = { .product = 104, .available = 90, .updated = "2026-11-19T00:00:00Z" };
    int64_t id = product(104, "SKU-104");

    (void)state;
    brings(&now);
    looks(&old, REHEARSE_SAME, "older than what is known");
    brings(&old);
    assert_float_equal(on_hand(id), 4, 1e-9);
    assert_true(told(&old, "left", "older"));
}

static void an_unmapped_location_waits_for_its_mapping(void **state)
{
    struct shelf s = { .product = 105, .location = 81, .name = "Market", .available = 6 };
    int64_t id = product(105, "SKU-105"), below = place_below(STOCK, "Market"), job;
    char value[32];

    (void)state;
    looks(&s, REHEARSE_REFUSED, "the location Market is not mapped to a warehouse");
    job = add(level(&s));
    yard_settle(y);
    assert_string_equal(ended(job, JOB_PARKED).last_text,
                        "the location Market is not mapped to a warehouse");
    assert_int_equal(yard_uses(y, "location", "Market"), 1);
    snprintf(value, sizeof value, "location:%" PRId64, below);
    yard_map(y, "location", "Market", value);
    yard_settle(y);
    ended(job, JOB_FINISHED);
    assert_float_equal(quantity(id, "qty_available", below), 6, 1e-9);
}

static void the_fixes_of_a_location_are_offered(void **state)
{
    json_auto_t *problem = json_pack("{ss ss}", "thing", "location:Market", "kind", "missing");
    json_auto_t *fixes = services_fixes(y->stand.db, problem);

    (void)state;
    assert_string_equal(json_text(fixes, "0.text"), "map this location to a warehouse");
    assert_string_equal(json_text(fixes, "0.params.kind"), "location");
    assert_string_equal(json_text(fixes, "0.params.key"), "Market");
    assert_string_equal(json_text(fixes, "1.text"), "leave the stock of this location out of Odoo");
}

static const char *fix_of(int64_t job, const char *thing, const char *path, char text[120])
{
    json_auto_t *problem = json_pack("{sIssss}", "id", (json_int_t)yard_get(y, job).problem, "thing",
                                     thing, "kind", "missing");
    json_auto_t *fixes = services_fixes(y->stand.db, problem);

    str_copy(text, 120, json_text_or(fixes, path, ""));
    return text;
}

static bool offered(const json_t *rows, const char *value)
{
    const json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
        if (strcmp(json_text_or(row, "value", ""), value) == 0)
            return true;
    return false;
}

static void warehouses_and_places_are_offered_for_a_location(void **state)
{
    struct err err = { 0 };
    AUTO(services) services = services_new(y->workshop, &err);
    json_auto_t *found =
        services_mapping_choices(services, y->stand.backend, "location", &err);
    const json_t *rows = json_object_get(found, "rows");

    (void)state;
    assert_true(offered(rows, "1"));
    assert_true(offered(rows, "location:8"));
    assert_true(offered(rows, "none"));
    assert_false(offered(rows, "location:5")); /* customers are no place of ours */
}

static void a_location_mapped_to_none_is_left_out(void **state)
{
    struct shelf s = { .product = 106, .location = 82, .name = "Drop shipper", .available = 6 };
    int64_t id = product(106, "SKU-106");

    (void)state;
    yard_map(y, "location", "Drop shipper", "none");
    looks(&s, REHEARSE_SAME, "mapped to no place of Odoo");
    brings(&s);
    assert_int_equal(quants(id), 0);
    assert_true(told(&s, "left", "mapped to no place of Odoo"));
}

static void places_below_count_unless_they_are_another_location(void **state)
{
    struct shelf main = { .product = 107, .available = 10 };
    struct shelf other = { .product = 107, .location = 83, .name = "Corner", .available = 4 };
    int64_t id = product(107, "SKU-107"), shelf = place_below(STOCK, "Shelf A");
    int64_t corner = place_below(STOCK, "Corner");
    char value[32];

    (void)state;
    snprintf(value, sizeof value, "location:%" PRId64, corner);
    yard_map(y, "location", "Corner", value);
    count(id, shelf, 7);
    brings(&other);
    brings(&main);
    assert_float_equal(quantity(id, "qty_available", shelf), 7, 1e-9);
    assert_float_equal(quantity(id, "qty_available", corner), 4, 1e-9);
    assert_float_equal(on_hand(id), 14, 1e-9); /* 7 on the shelf, 3 on the floor, 4 in the corner */
    main.available = 5;
    main.updated = "2026-11-21T00:00:00Z";
    brings(&main);
    assert_float_equal(on_hand(id), 9, 1e-9);
    assert_float_equal(quantity(id, "qty_available", corner), 4, 1e-9);
    looks(&main, REHEARSE_SAME, "");
}

static void negative_stock_opens_with_nothing_and_is_flagged(void **state)
{
    struct shelf s = { .product = 108, .available = -5, .committed = 2 };
    int64_t id = product(108, "SKU-108");

    (void)state;
    looks(&s, REHEARSE_SAME, "Shopify holds -3 here: Odoo opens with 0, count it");
    brings(&s);
    assert_float_equal(on_hand(id), 0, 1e-9);
    assert_true(told(&s, "flag", "Shopify holds -3"));
}

static void what_shopify_does_not_track_is_left_alone(void **state)
{
    struct shelf s = { .product = 109, .available = 5 };
    int64_t id = product(109, "SKU-109"), job;
    json_t *node = level(&s);

    (void)state;
    json_object_set_new(json_object_get(node, "item"), "tracked", json_false());
    job = add(node);
    yard_settle(y);
    ended(job, JOB_FINISHED);
    assert_int_equal(quants(id), 0);
    assert_true(told(&s, "left", "Shopify does not track its quantity"));
}

static void change(int64_t id, json_t *values)
{
    json_decref(yard_odoo(y, "product.product", "write",
                          json_pack("[[I]o]", (json_int_t)id, values), NULL));
}

static void services_and_untracked_goods_of_odoo_are_left_alone(void **state)
{
    struct shelf service = { .product = 110, .available = 5 }, loose = { .product = 111, .available = 5 };
    struct shelf gone = { .product = 112, .available = 5 };

    (void)state;
    change(product(110, "SKU-110"), json_pack("{ss sb}", "type", "service", "is_storable", 0));
    change(product(111, "SKU-111"), json_pack("{sb}", "is_storable", 0));
    change(product(112, "SKU-112"), json_pack("{sb}", "active", 0));
    brings(&service);
    brings(&loose);
    brings(&gone);
    assert_true(told(&service, "left", "a service in Odoo"));
    assert_true(told(&loose, "left", "Odoo does not track its quantity"));
    assert_true(told(&gone, "left", "archived in Odoo"));
    looks(&service, REHEARSE_SAME, "a service in Odoo: left alone");
}

static void goods_by_lot_are_parked(void **state)
{
    struct shelf s = { .product = 113, .available = 5 };
    int64_t job;

    (void)state;
    change(product(113, "SKU-113"), json_pack("{ss}", "tracking", "lot"));
    job = add(level(&s));
    yard_settle(y);
    assert_string_equal(ended(job, JOB_PARKED).last_text,
                        "Odoo keeps this product by lot numbers: count it there");
}

static void without_its_product_it_waits_for_an_answer(void **state)
{
    struct shelf s = { .product = 114, .available = 5 }, skip = { .product = 115, .available = 5 };
    int64_t job = add(level(&s)), other = add(level(&skip)), id;
    char value[32], text[120];

    (void)state;
    yard_settle(y);
    assert_int_equal(ended(job, JOB_PARKED).last_kind, ERR_MISSING);
    assert_non_null(strstr(yard_get(y, job).last_text, "not in Odoo: bring the products first"));
    looks(&s, REHEARSE_REFUSED, "not in Odoo");
    assert_string_equal(fix_of(job, "sku:SKU-114-1", "0.text", text),
                        "it is this product of Odoo (its id)");
    assert_string_equal(fix_of(job, "sku:SKU-114-1", "1.text", text), "leave its stock out of Odoo");
    assert_string_equal(fix_of(job, "sku:SKU-114-1", "2.action", text), "refresh");
    id = yard_make(y, "product.product", json_pack("{ss sb}", "name", "X", "is_storable", 1));
    snprintf(value, sizeof value, "%" PRId64, id);
    yard_map(y, "product", "sku:SKU-114-1", value);
    yard_map(y, "product", "sku:SKU-115-1", "skip");
    yard_settle(y);
    ended(job, JOB_FINISHED);
    ended(other, JOB_FINISHED);
    assert_float_equal(on_hand(id), 5, 1e-9);
    assert_true(told(&skip, "left", "left out, as was answered"));
}

static void it_goes_on_when_the_product_comes(void **state)
{
    struct shelf s = { .product = 120, .available = 5 };
    int64_t job = add(level(&s)), id;

    (void)state;
    yard_settle(y);
    assert_int_equal(ended(job, JOB_PARKED).last_kind, ERR_MISSING);
    id = product(120, "SKU-120");
    yard_settle(y);
    ended(job, JOB_FINISHED);
    assert_float_equal(on_hand(id), 5, 1e-9);
}

/* All that wait for products are one cause; each goes on with its own product. */
static void what_lacks_its_product_is_one_cause(void **state)
{
    struct shelf some[] = { { .product = 121, .available = 4 },
                            { .product = 122, .available = 5 },
                            { .product = 123, .available = 6 } };
    int64_t jobs[3], problem, id;
    when first, last;

    (void)state;
    for (int i = 0; i < 3; i++)
        jobs[i] = add(level(&some[i]));
    yard_settle(y);
    problem = ended(jobs[0], JOB_PARKED).problem;
    for (int i = 1; i < 3; i++)
        assert_int_equal(ended(jobs[i], JOB_PARKED).problem, problem);
    first = yard_get(y, jobs[0]).updated;
    last = yard_get(y, jobs[2]).updated;
    id = product(122, "SKU-122");
    yard_settle(y);
    ended(jobs[1], JOB_FINISHED);
    assert_float_equal(on_hand(id), 5, 1e-9);
    assert_int_equal(ended(jobs[0], JOB_PARKED).updated, first); /* not its product: not its turn */
    assert_int_equal(ended(jobs[2], JOB_PARKED).updated, last);
    product(121, "SKU-121");
    product(123, "SKU-123");
    yard_settle(y);
    ended(jobs[0], JOB_FINISHED);
    ended(jobs[2], JOB_FINISHED);
}

static void a_product_deleted_in_odoo_is_said(void **state)
{
    struct shelf s = { .product = 116, .available = 5 };
    int64_t id = product(116, "SKU-116"), job;
    json_auto_t *rows = NULL;

    (void)state;
    rows = yard_find(y, "product.product", json_pack("[[ssI]]", "id", "=", (json_int_t)id),
                     "product_tmpl_id");
    json_decref(yard_odoo(y, "product.template", "unlink",
                          json_pack("[[O]]", json_at(rows, "0.product_tmpl_id.0")), NULL));
    job = add(level(&s));
    yard_settle(y);
    assert_non_null(strstr(ended(job, JOB_PARKED).last_text, "deleted in Odoo"));
    id = product(116, "SKU-116");
    yard_settle(y);
    ended(job, JOB_FINISHED);
    assert_float_equal(on_hand(id), 5, 1e-9);
}

static void two_items_that_are_one_product_do_not_overwrite_each_other(void **state)
{
    struct shelf first = { .product = 117, .available = 5 }, second = { .product = 118, .available = 6 };
    int64_t id = product(117, "SKU-117"), job;
    char value[32];

    (void)state;
    snprintf(value, sizeof value, "%" PRId64, id);
    yard_map(y, "product", "sku:SKU-118-1", value);
    brings(&first);
    job = add(level(&second));
    yard_settle(y);
    assert_non_null(strstr(ended(job, JOB_PARKED).last_text, "is the same product in Odoo"));
    assert_float_equal(on_hand(id), 5, 1e-9);
}

static void what_is_no_level_is_parked_with_its_cause(void **state)
{
    struct shelf s = { .product = 119, .available = 5 };
    int64_t lost = yard_job(y, "stock", "stock.in", "level@80:1", json_pack("{ss}", "a", "b"));
    int64_t list = yard_job(y, "stock", "stock.in", "level@80:2", json_array()), half;
    json_t *node = level(&s);

    (void)state;
    json_object_set_new(json_array_get(json_object_get(node, "quantities"), 0), "quantity",
                        json_real(4.5));
    half = add(node);
    yard_settle(y);
    assert_int_equal(ended(lost, JOB_PARKED).last_kind, ERR_INVALID);
    assert_int_equal(ended(list, JOB_PARKED).last_kind, ERR_INVALID);
    assert_non_null(strstr(ended(half, JOB_PARKED).last_text, "available: is no whole number"));
}

/* ---- many ---- */

static void without_a_payload_the_shop_is_asked(void **state)
{
    json_auto_t *places = NULL, *levels = NULL;
    const int64_t items[2] = { INT64_C(44000000000000001), 77 }; /* the practice shop's first */
    int64_t location, job, none;
    char record[96];
    struct err err = { 0 };

    (void)state;
    assert_true(locations_fetch(y->site->shop, y->http, PACE_IMPORT, &places, NULL, &err));
    location = json_int_or(places, "0.legacyResourceId", 0);
    if (location == 0)
        location = strtoll(json_text_or(places, "0.legacyResourceId", "0"), NULL, 10);
    assert_true(levels_fetch(y->site->shop, y->http, location, items, 2, PACE_IMPORT, &levels, NULL,
                             &err));
    assert_non_null(json_text(levels, "0.location.name"));
    assert_non_null(json_text(levels, "0.item.variants.nodes.0.id"));
    assert_true(json_is_null(json_array_get(levels, 1)));
    yard_map(y, "location", json_text(levels, "0.location.name"), "none");
    snprintf(record, sizeof record, "level@%" PRId64 ":%" PRId64, location, items[0]);
    job = yard_job(y, "stock", "stock.in", record, NULL);
    yard_settle(y);
    ended(job, JOB_FINISHED);
    assert_true(yard_told(y, record, "left", "mapped to no place of Odoo"));
    snprintf(record, sizeof record, "level@%" PRId64 ":77", location);
    none = yard_job(y, "stock", "stock.in", record, NULL);
    job = yard_job(y, "stock", "stock.in", "level@x:77", NULL);
    yard_settle(y);
    ended(none, JOB_FINISHED);
    assert_true(yard_told(y, record, "left", "Shopify keeps none of it"));
    assert_string_equal(ended(job, JOB_PARKED).last_text, "the job names no item and location");
}

static void many_are_set_in_few_calls(void **state)
{
    enum { COUNT = 150 };
    struct products p = { .id = 200, .options = 2, .values = 13, .variants = COUNT, .sku = "MANY" };
    int64_t before;

    (void)state;
    yard_job(y, "import", "product.in", "product:200", products_node(&p));
    yard_settle(y);
    before = yard_count(y, "stock.quant", json_pack("[[ssi]]", "location_id", "=", STOCK));
    for (int i = 1; i <= COUNT; i++) {
        struct shelf s = { .product = 200, .available = i };
        json_t *node = level(&s);
        json_t *own = json_object_get(node, "item");

        json_object_set_new(own, "id", json_sprintf("gid://shopify/InventoryItem/%d", 2000000 + i));
        json_object_set_new(own, "variants",
                            json_pack("{s[{so}]}", "nodes", "id",
                                      json_sprintf("gid://shopify/ProductVariant/%d", 2000000 + i)));
        add(node);
    }
    yard_settle(y);
    assert_int_equal(yard_count(y, "stock.quant", json_pack("[[ssi]]", "location_id", "=", STOCK)) -
                         before,
                     COUNT);
    for (int i = 1; i <= COUNT; i += 37)
        assert_float_equal(on_hand(yard_pair(y, "variant", 2000000 + i).odoo_id), i, 1e-9);
}

/* ---- what goes wrong on the way ---- */

static void wish(const char *kind, const char *model, const char *method)
{
    json_decref(yard_wish(y, json_pack("{ss ss ss si ss ss}", "do", "fault", "side", "odoo", "kind",
                                       kind, "count", 1, "model", model, "method", method)));
}

static void answers_that_are_lost_set_nothing_twice(void **state)
{
    static const char *const calls[][2] = {
        { "drop_after", "load" },          { "drop_before", "load" },
        { "drop_after", "search_read" },   { "drop_after", "action_apply_inventory" },
        { "5xx", "action_apply_inventory" }, { "serialization", "action_apply_inventory" },
        { "malformed", "action_apply_inventory" },
    };

    (void)state;
    if (real())
        skip();
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        struct shelf s = { .product = 300 + (int64_t)i, .available = 12 };
        char sku[32];
        int64_t id;

        snprintf(sku, sizeof sku, "SKU-%zu", 300 + i);
        id = product(300 + (int64_t)i, sku);
        wish(calls[i][0], "stock.quant", calls[i][1]);
        brings(&s);
        assert_float_equal(on_hand(id), 12, 1e-9);
        assert_int_equal(adjustments(id), 1);
        assert_int_equal(quants(id), 1);
    }
}

/* [525 538]: a create that Odoo's server repeats loses what was counted, and nothing says so. */
static void a_count_that_odoo_loses_is_counted_again(void **state)
{
    struct shelf s = { .product = 320, .available = 12 }, t = { .product = 321, .available = 13 };
    int64_t id = product(320, "SKU-320"), other = product(321, "SKU-321");

    (void)state;
    if (real())
        skip();
    wish("repeated", "stock.quant", "load");
    brings(&s);
    brings(&t);
    assert_float_equal(on_hand(id), 12, 1e-9);
    assert_float_equal(on_hand(other), 13, 1e-9);
    assert_int_equal(adjustments(id), 1);
}

/* Waits until that is so; false: it never was. */
static bool comes(json_t *domain)
{
    bool there = false;

    for (int i = 0; i < 2000 && !there; i++) {
        usleep(2000);
        there = yard_count(y, "stock.quant", json_incref(domain)) > 0;
    }
    json_decref(domain);
    return there;
}

static void stock_that_moves_between_counting_and_applying_is_counted_again(void **state)
{
    struct shelf s = { .product = 322, .available = 12 };
    int64_t id = product(322, "SKU-322"), job;
    json_auto_t *quant = NULL;

    (void)state;
    if (real())
        skip();
    count(id, STOCK, 5);
    json_decref(yard_wish(y, json_pack("{ss ss ss si si ss ss}", "do", "fault", "side", "odoo", "kind",
                                       "slow", "ms", 1000, "count", 1, "model", "stock.quant", "method",
                                       "action_apply_inventory")));
    job = add(level(&s));
    assert_true(comes(json_pack("[[ssI][ssb]]", "product_id", "=", (json_int_t)id,
                                "inventory_quantity_set", "=", 1)));
    quant = yard_find(y, "stock.quant", json_pack("[[ssI][ssi]]", "product_id", "=", (json_int_t)id,
                                                  "location_id", "=", STOCK),
                      "id");
    json_decref(yard_odoo(y, "stock.quant", "write",
                          json_pack("[[O]{si}]", json_at(quant, "0.id"), "quantity", 3), NULL));
    yard_settle(y);
    ended(job, JOB_FINISHED);
    assert_float_equal(on_hand(id), 12, 1e-9);
    assert_int_equal(adjustments(id), 2);
}

static bool hold(struct db *db, void *ctx, struct err *err)
{
    int64_t changed;

    return *(bool *)ctx ? lanes_hold(db, y->stand.backend, "stock", "tester", "", &changed, err)
                        : lanes_release(db, y->stand.backend, "stock", &changed, err);
}

static void lane(bool held)
{
    struct err err = { 0 };

    assert_true(store_do(y->stand.store, hold, &held, &err));
    schedule_wake(y->schedule);
}

static void a_quant_that_is_gone_is_looked_for_again(void **state)
{
    struct shelf s = { .product = 331, .available = 9 };
    int64_t id = product(331, "SKU-331"), job;
    json_auto_t *quant = NULL;

    (void)state;
    if (real())
        skip();
    count(id, STOCK, 5);
    quant = yard_find(y, "stock.quant", json_pack("[[ssI][ssi]]", "product_id", "=", (json_int_t)id,
                                                  "location_id", "=", STOCK),
                      "id");
    json_decref(yard_wish(y, json_pack("{ss ss ss si si ss ss}", "do", "fault", "side", "odoo", "kind",
                                       "slow", "ms", 1500, "count", 1, "model", "stock.quant", "method",
                                       "load")));
    job = add(level(&s));
    usleep(700000); /* it is looked at and will be written */
    json_decref(yard_odoo(y, "stock.quant", "unlink", json_pack("[[O]]", json_at(quant, "0.id")), NULL));
    yard_settle(y);
    ended(job, JOB_FINISHED);
    assert_float_equal(on_hand(id), 9, 1e-9);
}

static void what_is_mapped_while_its_job_runs_is_not_parked(void **state)
{
    struct shelf s = { .product = 330, .location = 84, .name = "Late", .available = 3 };
    struct shelf other = { .product = 330, .available = 4 };
    int64_t id = product(330, "SKU-330"), job, second;

    (void)state;
    if (real())
        skip();
    lane(true);
    job = add(level(&s));
    second = add(level(&other)); /* of the same batch, which waits for Odoo */
    json_decref(yard_wish(y, json_pack("{ss ss ss si si ss ss}", "do", "fault", "side", "odoo", "kind",
                                       "slow", "ms", 1500, "count", 1, "model", "stock.quant", "method",
                                       "search_read")));
    lane(false);
    usleep(500000);
    yard_map(y, "location", "Late", "none");
    yard_settle(y);
    ended(job, JOB_FINISHED);
    ended(second, JOB_FINISHED);
    assert_float_equal(on_hand(id), 4, 1e-9);
}

static void one_that_odoo_refuses_is_parked_and_the_rest_is_set(void **state)
{
    enum { COUNT = 12, BAD = 7 };
    int64_t ids[COUNT], jobs[COUNT];

    (void)state;
    if (real())
        skip();
    for (int i = 0; i < COUNT; i++) {
        char sku[32];

        snprintf(sku, sizeof sku, "SKU-%d", 340 + i);
        ids[i] = product(340 + i, sku);
    }
    lane(true);
    for (int i = 0; i < COUNT; i++) {
        struct shelf s = { .product = 340 + i, .available = 12 };

        jobs[i] = add(level(&s));
    }
    /* while stock is looked at it turns into a service: what was read before still says otherwise */
    json_decref(yard_wish(y, json_pack("{ss ss ss si si ss ss}", "do", "fault", "side", "odoo", "kind",
                                       "slow", "ms", 1500, "count", 1, "model", "stock.quant", "method",
                                       "search_read")));
    lane(false);
    usleep(500000);
    change(ids[BAD], json_pack("{ss sb}", "type", "service", "is_storable", 0));
    yard_settle(y);
    for (int i = 0; i < COUNT; i++) {
        struct job job = ended(jobs[i], i == BAD ? JOB_PARKED : JOB_FINISHED);

        assert_float_equal(on_hand(ids[i]), i == BAD ? 0 : 12, 1e-9);
        if (i == BAD)
            assert_non_null(strstr(job.last_text, "Quants cannot be created for consumables"));
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_opening_is_what_may_be_sold_and_what_is_sold),
        cmocka_unit_test(open_orders_then_reserve_their_part),
        cmocka_unit_test(the_same_is_left_and_another_quantity_is_set),
        cmocka_unit_test(what_is_older_than_known_changes_nothing),
        cmocka_unit_test(an_unmapped_location_waits_for_its_mapping),
        cmocka_unit_test(the_fixes_of_a_location_are_offered),
        cmocka_unit_test(warehouses_and_places_are_offered_for_a_location),
        cmocka_unit_test(a_location_mapped_to_none_is_left_out),
        cmocka_unit_test(places_below_count_unless_they_are_another_location),
        cmocka_unit_test(negative_stock_opens_with_nothing_and_is_flagged),
        cmocka_unit_test(what_shopify_does_not_track_is_left_alone),
        cmocka_unit_test(services_and_untracked_goods_of_odoo_are_left_alone),
        cmocka_unit_test(goods_by_lot_are_parked),
        cmocka_unit_test(without_its_product_it_waits_for_an_answer),
        cmocka_unit_test(it_goes_on_when_the_product_comes),
        cmocka_unit_test(what_lacks_its_product_is_one_cause),
        cmocka_unit_test(a_product_deleted_in_odoo_is_said),
        cmocka_unit_test(two_items_that_are_one_product_do_not_overwrite_each_other),
        cmocka_unit_test(what_is_no_level_is_parked_with_its_cause),
        cmocka_unit_test(without_a_payload_the_shop_is_asked),
        cmocka_unit_test(many_are_set_in_few_calls),
        cmocka_unit_test(answers_that_are_lost_set_nothing_twice),
        cmocka_unit_test(a_count_that_odoo_loses_is_counted_again),
        cmocka_unit_test(stock_that_moves_between_counting_and_applying_is_counted_again),
        cmocka_unit_test(a_quant_that_is_gone_is_looked_for_again),
        cmocka_unit_test(what_is_mapped_while_its_job_runs_is_not_parked),
        cmocka_unit_test(one_that_odoo_refuses_is_parked_and_the_rest_is_set),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
