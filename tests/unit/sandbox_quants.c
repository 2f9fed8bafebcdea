/* Stock of the practice Odoo, as recorded from Odoo 18: the calls and what came of them. */
#include "tests/unit/unit.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "tests/sandbox/odoo/kinds.h"
#include "tests/sandbox/odoo/rpc.h"

#define MODE "{\"context\":{\"inventory_mode\":true}}"

static struct odoo *practice;
static int mug, shelf; /* a storable product without stock; a place below the warehouse's stock */

/* model.method: args is a format of JSON text. */
static json_t *answer(const char *model, const char *method, const char *kwargs, const char *fmt,
                      va_list ap) __attribute__((format(printf, 4, 0)));

static json_t *answer(const char *model, const char *method, const char *kwargs, const char *fmt, va_list ap)
{
    char *args, *body;
    AUTO_STR out = { 0 };
    json_t *json;

    str_init(&out, 1 << 20);
    assert_true(vasprintf(&args, fmt, ap) > 0);
    assert_true(asprintf(&body,
                         "{\"jsonrpc\":\"2.0\",\"id\":5,\"params\":{\"service\":\"object\",\"method\":\"execute_kw\",\"args\":"
                         "[\"practice\",12,\"%s\",\"%s\",\"%s\",%s,%s]}}",
                         practice->key, model, method, args, kwargs == NULL ? "{}" : kwargs) > 0);
    assert_int_equal(rpc_answer(practice, body, strlen(body), &out), 200);
    free(args);
    free(body);
    json = json_loads(out.data, 0, NULL);
    assert_non_null(json);
    return json;
}

static json_t *result(const char *model, const char *method, const char *kwargs, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
static json_t *result(const char *model, const char *method, const char *kwargs, const char *fmt, ...)
{
    json_auto_t *all = NULL;
    va_list ap;

    va_start(ap, fmt);
    all = answer(model, method, kwargs, fmt, ap);
    va_end(ap);
    if (json_object_get(all, "error") != NULL)
        fail_msg("%s", json_text_or(all, "error.data.message", "?"));
    return json_incref(json_object_get(all, "result"));
}

static void refuses(const char *text, const char *kwargs, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void refuses(const char *text, const char *kwargs, const char *fmt, ...)
{
    json_auto_t *all = NULL;
    va_list ap;

    va_start(ap, fmt);
    all = answer("stock.quant", "create", kwargs, fmt, ap);
    va_end(ap);
    assert_string_equal(json_text_or(all, "error.data.message", "(none)"), text);
}

static int made(const char *model, const char *values)
{
    json_auto_t *id = result(model, "create", NULL, "[%s]", values);

    return (int)json_integer_value(id);
}

static int count(const char *mode, double quantity)
{
    json_auto_t *id = result("stock.quant", "create", mode, "[{\"product_id\":%d,\"location_id\":8,\"inventory_quantity\":%g}]", mug,
                             quantity);

    return (int)json_integer_value(id);
}

static json_t *apply(int quant, const char *kwargs)
{
    return result("stock.quant", "action_apply_inventory", kwargs, "[[%d]]", quant);
}

static double real(int quant, const char *field)
{
    json_auto_t *rows = result("stock.quant", "read", NULL, "[[%d],[\"%s\"]]", quant, field);
    const json_t *value = json_object_get(json_array_get(rows, 0), field);

    return json_is_boolean(value) ? json_is_true(value) : json_number_value(value);
}

static double of_product(const char *field, const char *context)
{
    char kwargs[160];
    json_auto_t *rows = NULL;

    snprintf(kwargs, sizeof kwargs, "{\"context\":%s}", context);
    rows = result("product.product", "read", kwargs, "[[%d],[\"%s\"]]", mug, field);
    return json_number_value(json_object_get(json_array_get(rows, 0), field));
}

static int set_up(void **state)
{
    struct err err;

    (void)state;
    practice = odoo_new(1, &err);
    assert_non_null(practice);
    mug = made("product.product", "{\"name\":\"Mug\",\"is_storable\":true}");
    shelf = made("stock.location", "{\"name\":\"Shelf A\",\"location_id\":8,\"usage\":\"internal\"}");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    odoo_free(practice);
    return 0;
}

/* [504 505]: 25 and then 30 were 55. */
static void without_inventory_mode_a_second_count_adds(void **state)
{
    int first = count(NULL, 25), second;

    (void)state;
    assert_float_equal(real(first, "inventory_diff_quantity"), 25, 1e-9);
    assert_float_equal(real(first, "inventory_quantity_set"), 0, 1e-9);
    assert_null(apply(first, NULL));
    assert_float_equal(real(first, "quantity"), 25, 1e-9);
    second = count(NULL, 30);
    assert_int_not_equal(second, first);
    assert_null(apply(second, NULL));
    assert_float_equal(real(first, "quantity"), 55, 1e-9);
    assert_float_equal(real(second, "quantity"), 0, 1e-9);
}

/* [520 521 506f 522i] */
static void in_inventory_mode_it_is_the_same_quant_and_sets(void **state)
{
    int first = count(MODE, 25);
    json_auto_t *moves = NULL;

    (void)state;
    assert_float_equal(real(first, "inventory_quantity_set"), 1, 1e-9);
    assert_float_equal(real(first, "quantity"), 0, 1e-9);
    assert_null(apply(first, "{\"context\":{\"inventory_name\":\"Shopify 42\"}}"));
    assert_int_equal(count(MODE, 30), first);
    assert_null(apply(first, NULL));
    assert_float_equal(real(first, "quantity"), 30, 1e-9);
    assert_float_equal(real(first, "inventory_quantity"), 0, 1e-9);
    moves = result("stock.move", "search_read", "{\"order\":\"id\"}", "[[[\"product_id\",\"=\",%d]],[\"name\",\"reference\",\"quantity\"]]", mug);
    assert_int_equal(json_array_size(moves), 2);
    assert_string_equal(json_text(moves, "0.reference"), "Shopify 42");
    assert_float_equal(json_real_or(moves, "1.quantity", 0), 5, 1e-9);
    assert_non_null(strstr(json_text(moves, "1.name"), "Product Quantity Updated ("));
    json_decref(result("stock.quant", "write", MODE, "[[%d],{\"inventory_quantity_auto_apply\":51}]", first));
    assert_float_equal(real(first, "quantity"), 51, 1e-9);
    json_decref(result("stock.quant", "write", NULL, "[[%d],{\"inventory_quantity_auto_apply\":99}]", first));
    assert_float_equal(real(first, "quantity"), 51, 1e-9);
}

/* [512] */
static void a_count_that_is_out_of_date_is_a_question(void **state)
{
    int first = count(MODE, 10);
    json_auto_t *asked = NULL;

    (void)state;
    assert_null(apply(first, NULL));
    count(MODE, 60);
    json_decref(result("stock.quant", "write", NULL, "[[%d],{\"quantity\":8}]", first)); /* goods are sent */
    assert_float_equal(real(first, "is_outdated"), 1, 1e-9);
    asked = apply(first, NULL);
    assert_string_equal(json_text(asked, "res_model"), "stock.inventory.conflict");
    assert_int_equal(json_int_or(asked, "context.default_quant_to_fix_ids.0", 0), first);
    assert_float_equal(real(first, "quantity"), 8, 1e-9);
    count(MODE, 60);
    assert_null(apply(first, NULL));
    assert_float_equal(real(first, "quantity"), 60, 1e-9);
}

/* [507 507c 522g 530] */
static void what_can_not_be_counted_is_refused(void **state)
{
    int service = made("product.product", "{\"name\":\"Advice\",\"type\":\"service\"}");
    int loose = made("product.product", "{\"name\":\"Sand\"}");

    (void)state;
    refuses("Quants cannot be created for consumables or services.", MODE,
            "[{\"product_id\":%d,\"location_id\":8,\"inventory_quantity\":2}]", service);
    refuses("Quants cannot be created for consumables or services.", NULL,
            "[{\"product_id\":%d,\"location_id\":8,\"inventory_quantity\":2}]", loose);
    refuses("You cannot take products from or deliver products to a location of type \"view\" (WH).", MODE,
            "[{\"product_id\":%d,\"location_id\":7,\"inventory_quantity\":2}]", mug);
    refuses("Quant's creation is restricted, you can't do this operation.", MODE,
            "[{\"product_id\":%d,\"location_id\":8,\"inventory_quantity\":5,\"quantity\":5}]", mug);
    assert_null(apply(count(MODE, 1.2345), NULL));
    assert_float_equal(of_product("qty_available", "{}"), 1.23, 1e-9);
}

/* [536 535]: a load finds the quant of product and place, or writes by id. */
static void many_are_counted_by_load(void **state)
{
    int first = count(MODE, 3), other = made("product.product", "{\"name\":\"Cup\",\"is_storable\":true}");
    json_auto_t *loaded = NULL, *none = NULL;

    (void)state;
    loaded = result("stock.quant", "load", MODE,
                    "[[\"product_id/.id\",\"location_id/.id\",\"inventory_quantity\"],[[\"%d\",\"8\",\"411\"],[\"%d\",\"8\",\"4\"]]]", mug, other);
    assert_int_equal(json_int_or(loaded, "ids.0", 0), first);
    assert_float_equal(real(first, "inventory_quantity"), 411, 1e-9);
    assert_float_equal(real((int)json_int_or(loaded, "ids.1", 0), "inventory_quantity"), 4, 1e-9);
    none = result("stock.quant", "load", MODE, "[[\".id\",\"inventory_quantity\"],[[\"99999\",\"4\"]]]");
    assert_true(json_is_false(json_object_get(none, "ids")));
}

/* [508 513] */
static void quantities_are_those_of_the_places_in_the_context(void **state)
{
    char context[64];

    (void)state;
    apply(count(MODE, 42), NULL);
    json_decref(result("stock.quant", "create", MODE, "[{\"product_id\":%d,\"location_id\":%d,\"inventory_quantity_auto_apply\":9}]", mug, shelf));
    assert_float_equal(of_product("qty_available", "{}"), 51, 1e-9);
    assert_float_equal(of_product("free_qty", "{\"warehouse_id\":1}"), 51, 1e-9);
    assert_float_equal(of_product("virtual_available", "{\"warehouse_id\":[1]}"), 51, 1e-9);
    assert_float_equal(of_product("qty_available", "{\"location\":\"WH/Stock/Shelf A\"}"), 9, 1e-9);
    assert_float_equal(of_product("qty_available", "{\"location\":8,\"compute_child\":false}"), 42, 1e-9);
    assert_float_equal(of_product("qty_available", "{\"location\":\"No/Such\"}"), 0, 1e-9);
    snprintf(context, sizeof context, "{\"location\":[%d,9]}", shelf);
    assert_float_equal(of_product("qty_available", context), 9, 1e-9);
}

/* [527]: 56 there, 10 reserved, 3 counted: the order keeps 3. */
static void a_count_below_what_is_reserved_takes_it_back(void **state)
{
    int first = count(MODE, 56);
    json_auto_t *order = NULL, *moves = NULL;

    (void)state;
    apply(first, NULL);
    order = result("sale.order", "load", NULL,
                   "[[\"id\",\"partner_id/.id\",\"state\",\"order_line/product_id/.id\",\"order_line/product_uom_qty\"],"
                   "[[\"s.o%d\",\"1\",\"sale\",\"%d\",\"10\"]]]", mug, mug);
    assert_true(json_int_or(order, "ids.0", 0) > 0);
    assert_float_equal(of_product("free_qty", "{}"), 46, 1e-9);
    count(MODE, 3);
    apply(first, NULL);
    assert_float_equal(real(first, "quantity"), 3, 1e-9);
    assert_float_equal(real(first, "reserved_quantity"), 3, 1e-9);
    assert_float_equal(of_product("free_qty", "{}"), 0, 1e-9);
    assert_float_equal(of_product("virtual_available", "{\"warehouse_id\":1}"), -7, 1e-9);
    moves = result("stock.move", "search_read", NULL, "[[[\"product_id\",\"=\",%d],[\"picking_id\",\"!=\",false]],[\"state\",\"quantity\"]]", mug);
    assert_string_equal(json_text(moves, "0.state"), "partially_available");
    assert_float_equal(json_real_or(moves, "0.quantity", 0), 3, 1e-9);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_inventory_mode_a_second_count_adds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(in_inventory_mode_it_is_the_same_quant_and_sets, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_count_that_is_out_of_date_is_a_question, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_can_not_be_counted_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_are_counted_by_load, set_up, tear_down),
        cmocka_unit_test_setup_teardown(quantities_are_those_of_the_places_in_the_context, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_count_below_what_is_reserved_takes_it_back, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
