/* The practice Odoo without the network: envelopes, faults, load, sales, stock. */
#include "tests/unit/unit.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "tests/sandbox/odoo/kinds.h"
#include "tests/sandbox/odoo/load.h"
#include "tests/sandbox/odoo/rpc.h"

static struct odoo *practice;

static int set_up(void **state)
{
    struct err err;

    (void)state;
    practice = odoo_new(1, &err);
    return practice == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    odoo_free(practice);
    return 0;
}

/* The whole answer to model.method(args, kwargs), args and kwargs as JSON text. */
static json_t *answer(const char *model, const char *method, const char *args, const char *kwargs)
{
    char *body;
    AUTO_STR out = { 0 };
    json_t *json;

    str_init(&out, 1 << 24);
    assert_true(asprintf(&body,
                         "{\"jsonrpc\":\"2.0\",\"id\":5,\"params\":{\"service\":\"object\",\"method\":\"execute_kw\",\"args\":"
                         "[\"practice\",12,\"%s\",\"%s\",\"%s\",%s,%s]}}",
                         practice->key, model, method, args, kwargs == NULL ? "{}" : kwargs) > 0);
    assert_int_equal(rpc_answer(practice, body, strlen(body), &out), 200);
    free(body);
    json = json_loads(out.data, 0, NULL);
    assert_non_null(json);
    assert_int_equal(json_int_or(json, "id", 0), 5);
    return json;
}

static json_t *result(const char *model, const char *method, const char *args, const char *kwargs)
{
    json_auto_t *all = answer(model, method, args, kwargs);

    if (json_object_get(all, "error") != NULL)
        fail_msg("%s", json_text_or(all, "error.data.message", "?"));
    return json_incref(json_object_get(all, "result"));
}

static void refuses(const char *model, const char *method, const char *args, const char *kwargs, const char *name,
                    const char *text)
{
    json_auto_t *all = answer(model, method, args, kwargs);

    assert_string_equal(json_text_or(all, "error.data.name", "(none)"), name);
    assert_string_equal(json_text_or(all, "error.data.message", "(none)"), text);
}

static void refuses_load(const char *model, const char *args, const char *kwargs, const char *text)
{
    json_auto_t *all = result(model, "load", args, kwargs);

    assert_true(json_is_false(json_object_get(all, "ids")));
    assert_string_equal(json_text_or(all, "messages.0.message", "(none)"), text);
}

#define ONCE "{\"context\":{\"mode\":\"update\",\"noupdate\":true,\"tracking_disable\":true}}"

static void a_load_creates_once_and_then_only_answers_the_id(void **state)
{
    json_auto_t *first = result("res.partner", "load", "[[\"id\",\"name\"],[[\"s.c1\",\"Ada\"]]]", ONCE);
    json_auto_t *again = result("res.partner", "load", "[[\"id\",\"name\"],[[\"s.c1\",\"Bruno\"]]]", ONCE);
    json_auto_t *read = NULL;
    char args[64];

    (void)state;
    assert_int_equal(json_int_or(first, "ids.0", 0), json_int_or(again, "ids.0", -1));
    snprintf(args, sizeof args, "[[%d],[\"name\"]]", (int)json_int_or(first, "ids.0", 0));
    read = result("res.partner", "read", args, NULL);
    assert_string_equal(json_text(read, "0.name"), "Ada");
}

static void a_load_is_all_or_nothing(void **state)
{
    json_auto_t *count = NULL;

    (void)state;
    refuses_load("res.partner", "[[\"id\",\"name\"],[[\"s.a\",\"Ok\"],[\"s.b\",\"\"]]]", ONCE, "'Contacts require a name'");
    count = result("res.partner", "search_count", "[[[\"name\",\"=\",\"Ok\"]]]", NULL);
    assert_int_equal(json_integer_value(count), 0);
    refuses_load("res.partner", "[[\"id\"],[[\"s.a\"]]]", ONCE, "'Contacts require a name'");
}

static void a_load_complains_in_odoos_words(void **state)
{
    (void)state;
    refuses_load("sale.order", "[[\"id\",\"partner_id/.id\",\"date_order\"],[[\"s.o\",\"1\",\"2026-10-01T10:00:00\"]]]", ONCE,
                 "'2026-10-01T10:00:00' does not seem to be a valid datetime for field 'Order Date'");
    refuses_load("sale.order", "[[\"id\",\"client_order_ref\"],[[\"s.o\",\"x\"]]]", ONCE,
                 "Missing required value for the field 'Customer' (partner_id)");
    refuses_load("res.partner", "[[\"id\",\"name\",\"country_id/.id\"],[[\"s.p\",\"x\",\"99999\"]]]", ONCE,
                 "No matching record found for database id '99999' in field 'Country'");
    refuses_load("res.partner", "[[\"id\",\"name\",\"type\"],[[\"s.p\",\"x\",\"zzz\"]]]", ONCE,
                 "Value 'zzz' not found in selection field 'Address Type'");
    refuses("res.partner", "load", "[[\"id\",\"name\",\"is_company\"],[[\"s.p\",\"x\",true]]]", ONCE, "builtins.AttributeError",
            "'bool' object has no attribute 'lower'");
    refuses("res.partner", "load", "[[\"id\",\"nosuch\"],[[\"s.p\",\"x\"]]]", ONCE, "builtins.ValueError",
            "Invalid field name 'nosuch'");
}

static void dates_of_a_load_are_read_in_the_zone_of_the_context(void **state)
{
    json_auto_t *o = result("sale.order", "load",
                            "[[\"id\",\"partner_id/.id\",\"date_order\"],[[\"s.tz\",\"1\",\"2026-10-01 10:20:30\"]]]",
                            "{\"context\":{\"tz\":\"America/New_York\"}}");
    json_auto_t *read = NULL;
    char args[64];

    (void)state;
    snprintf(args, sizeof args, "[[%d],[\"date_order\"]]", (int)json_int_or(o, "ids.0", 0));
    read = result("sale.order", "read", args, NULL);
    assert_string_equal(json_text(read, "0.date_order"), "2026-10-01 14:20:30");
}

static void a_call_that_began_earlier_loses_the_race_for_an_external_id(void **state)
{
    json_auto_t *won = result("res.partner", "load", "[[\"id\",\"name\"],[[\"s.race\",\"A\"]]]", ONCE);
    json_auto_t *context = json_loads("{\"mode\":\"update\",\"noupdate\":true}", 0, NULL);
    json_auto_t *args = json_loads("[[\"id\",\"name\"],[[\"s.race\",\"B\"]]]", 0, NULL), *kwargs = json_object();
    AUTO_STR out = { 0 };
    struct call c = { .odoo = practice, .uid = 12, .context = context, .now = when_now(), .began = practice->commits - 1 };
    struct invocation i = { .model = model_find(practice, "res.partner"), .method = "load", .args = args };
    json_auto_t *lost = NULL;

    (void)state;
    assert_non_null(won);
    str_init(&out, 65536);
    json_object_set(kwargs, "fields", json_array_get(args, 0));
    json_object_set(kwargs, "data", json_array_get(args, 1));
    i.kwargs = kwargs;
    assert_true(load_run(&c, &i, &out));
    base_rollback(practice, 0);
    lost = json_loads(out.data, 0, NULL);
    assert_string_equal(json_text_or(lost, "messages.0.message", ""), "could not serialize access due to concurrent update\n");
}

static void an_archived_record_is_written_only_when_the_context_asks_for_it(void **state)
{
    json_auto_t *made = result("res.partner", "create", "[{\"name\":\"Old\",\"active\":false}]", NULL);
    json_auto_t *lost = NULL, *found = NULL;
    char args[128];

    (void)state;
    snprintf(args, sizeof args, "[[\".id\",\"city\"],[[\"%d\",\"Ulm\"]]]", (int)json_integer_value(made));
    lost = result("res.partner", "load", args, NULL);
    assert_true(json_is_false(json_object_get(lost, "ids")));
    assert_non_null(strstr(json_text_or(lost, "messages.0.message", ""), "Unknown database identifier"));
    found = result("res.partner", "load", args, "{\"context\":{\"active_test\":false}}");
    assert_int_equal(json_int_or(found, "ids.0", 0), json_integer_value(made));
}

static void who_is_below_another_says_no_company(void **state)
{
    json_auto_t *made = result("res.partner", "create",
                               "[{\"name\":\"Employed\",\"company_name\":\"Acme\",\"child_ids\":"
                               "[[0,0,{\"name\":\"Post\",\"type\":\"other\",\"company_name\":\"Acme\"}]]}]", NULL);
    json_auto_t *rows = result("res.partner", "search_read", "[[[\"name\",\"in\",[\"Employed\",\"Post\"]]]]",
                               "{\"fields\":[\"company_name\"],\"order\":\"id\"}");

    (void)state;
    assert_true(json_is_integer(made));
    assert_string_equal(json_text(rows, "0.company_name"), "Acme");
    assert_true(json_is_false(json_at(rows, "1.company_name")) || json_at(rows, "1.company_name") == NULL);
}

static void mark_up_is_kept_clean(void **state)
{
    json_auto_t *made = result("res.partner", "create",
                               "[{\"name\":\"R&D\",\"comment\":\"<p>A & B &amp; &x</p>\"}]", NULL);
    json_auto_t *read = NULL;
    char args[96];

    (void)state;
    snprintf(args, sizeof args, "[[%d],[\"name\",\"comment\"]]", (int)json_integer_value(made));
    read = result("res.partner", "read", args, NULL);
    assert_string_equal(json_text(read, "0.name"), "R&D");
    assert_string_equal(json_text(read, "0.comment"), "<p>A &amp; B &amp; &amp;x</p>");
}

static void wrong_calls_fail_as_odoo_fails(void **state)
{
    static const char *const cases[][6] = {
        { "no.model", "search", "[[]]", NULL, "odoo.exceptions.UserError", "Object no.model doesn't exist" },
        { "res.partner", "nosuch", "[[]]", NULL, "builtins.AttributeError", "The method 'res.partner.nosuch' does not exist" },
        { "sale.order", "_action_cancel", "[[1]]", NULL, "odoo.exceptions.AccessError",
          "Private methods (such as 'sale.order._action_cancel') cannot be called remotely." },
        { "res.partner", "write", "[[1]]", NULL, "builtins.TypeError",
          "ResPartner.write() missing 1 required positional argument: 'vals'" },
        { "sale.order", "write", "[[1]]", "{\"vals\":{\"note\":\"x\"}}", "builtins.TypeError",
          "SaleOrder.write() got an unexpected keyword argument 'vals'" },
        { "sale.order.line", "write", "[[1]]", NULL, "builtins.TypeError",
          "SaleOrderLine.write() missing 1 required positional argument: 'values'" },
        { "res.partner", "search", "[[]]", "{\"nope\":1}", "builtins.TypeError",
          "BaseModel.search() got an unexpected keyword argument 'nope'" },
        { "res.partner", "search", "[[[\"name\",\"===\",\"x\"]]]", NULL, "builtins.ValueError",
          "Invalid leaf ('name', '===', 'x')" },
        { "res.partner", "search", "[[\"name\",\"=\"]]", NULL, "builtins.IndexError", "string index out of range" },
        { "res.partner", "search", "[\"x\"]", NULL, "builtins.AssertionError",
          "Domains to normalize must have a 'domain' form: a list or tuple of domain components" },
        { "res.partner", "create", "[{\"name\":\"x\",\"nosuch\":1}]", NULL, "builtins.ValueError",
          "Invalid field 'nosuch' on model 'res.partner'" },
        { "res.partner", "create", "[{\"name\":\"x\",\"type\":\"nosuch\"}]", NULL, "builtins.ValueError",
          "Wrong value for res.partner.type: 'nosuch'" },
        { "sale.order", "create", "[{\"partner_id\":1,\"date_order\":\"2026-10-01T10:20:30Z\"}]", NULL, "builtins.ValueError",
          "time data '2026-10-01T10:20:30Z' does not match format '%Y-%m-%d %H:%M:%S'" },
        { "res.partner", "write", "[[9999],{\"name\":\"x\"}]", NULL, "odoo.exceptions.MissingError",
          "Record does not exist or has been deleted.\n(Record: res.partner(9999,), User: 12)" },
        { "res.country", "search", "[[]]", "{\"context\":{\"lang\":\"fr_FR\"}}", "odoo.exceptions.UserError",
          "Invalid language code: fr_FR" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        refuses(cases[i][0], cases[i][1], cases[i][2], cases[i][3], cases[i][4], cases[i][5]);
}

static json_t *order_make(const char *xmlid, const char *state)
{
    json_auto_t *product = result("product.product", "create",
                                  "[{\"name\":\"Mug\",\"default_code\":\"MUG\",\"is_storable\":true,\"taxes_id\":[[6,0,[]]]}]", NULL);
    json_auto_t *tax = NULL, *found = result("account.tax", "search", "[[[\"name\",\"=\",\"8.25%\"]]]", NULL);
    char args[512];
    json_t *made;

    if (json_array_size(found) == 0)
        tax = result("account.tax", "create", "[{\"name\":\"8.25%\",\"amount\":8.25,\"type_tax_use\":\"sale\"}]", NULL);
    else
        tax = json_incref(json_array_get(found, 0));
    snprintf(args, sizeof args, "[{\"product_id\":%d,\"location_id\":8,\"inventory_quantity_auto_apply\":3}]",
             (int)json_integer_value(product));
    json_decref(result("stock.quant", "create", args, "{\"context\":{\"inventory_mode\":true}}"));
    snprintf(args, sizeof args,
             "[[\"id\",\"partner_id/.id\",\"state\",\"date_order\",\"client_order_ref\",\"order_line/product_id/.id\","
             "\"order_line/product_uom_qty\",\"order_line/price_unit\",\"order_line/discount\",\"order_line/tax_id/.id\"],"
             "[[\"%s\",\"1\",\"%s\",\"2026-10-01 10:00:00\",\"#1\",\"%d\",\"2\",\"12.5\",\"10\",\"%d\"]]]",
             xmlid, state, (int)json_integer_value(product), (int)json_integer_value(tax));
    made = result("sale.order", "load", args, ONCE);
    assert_true(json_int_or(made, "ids.0", 0) > 0);
    return made;
}

static json_t *order_read(const json_t *made)
{
    char args[160];

    snprintf(args, sizeof args, "[[%d],[\"state\",\"amount_total\",\"amount_tax\",\"date_order\",\"picking_ids\",\"order_line\"]]",
             (int)json_int_or(made, "ids.0", 0));
    return result("sale.order", "read", args, NULL);
}

static void a_confirmed_order_reserves_and_its_date_is_overwritten(void **state)
{
    json_auto_t *made = order_make("s.o1", "draft"), *before = order_read(made), *after = NULL, *picking = NULL;
    char args[64];

    (void)state;
    assert_float_equal(json_real_or(before, "0.amount_total", 0), 24.36, 1e-9);
    assert_float_equal(json_real_or(before, "0.amount_tax", 0), 1.86, 1e-9);
    snprintf(args, sizeof args, "[[%d]]", (int)json_int_or(made, "ids.0", 0));
    json_decref(result("sale.order", "action_confirm", args, NULL));
    after = order_read(made);
    assert_string_equal(json_text(after, "0.state"), "sale");
    assert_string_not_equal(json_text(after, "0.date_order"), "2026-10-01 10:00:00");
    snprintf(args, sizeof args, "[[%d],[\"state\",\"origin\"]]", (int)json_int_or(after, "0.picking_ids.0", 0));
    picking = result("stock.picking", "read", args, NULL);
    assert_string_equal(json_text(picking, "0.state"), "assigned");
    snprintf(args, sizeof args, "[[%d]]", (int)json_int_or(made, "ids.0", 0));
    refuses("sale.order", "action_confirm", args, NULL, "odoo.exceptions.UserError",
            "Some orders are not in a state requiring confirmation.");
}

static void an_order_loaded_as_sale_keeps_its_date_and_reserves(void **state)
{
    json_auto_t *made = order_make("s.o2", "sale"), *read = order_read(made);

    (void)state;
    assert_string_equal(json_text(read, "0.date_order"), "2026-10-01 10:00:00");
    assert_int_equal(json_len(read, "0.picking_ids"), 1);
}

static void cancelling_a_confirmed_order_asks_unless_told_not_to(void **state)
{
    json_auto_t *made = order_make("s.o3", "sale"), *asked = NULL, *read = NULL, *quant = NULL;
    char args[64];

    (void)state;
    snprintf(args, sizeof args, "[[%d]]", (int)json_int_or(made, "ids.0", 0));
    asked = result("sale.order", "action_cancel", args, NULL);
    assert_string_equal(json_text(asked, "res_model"), "sale.order.cancel");
    json_decref(result("sale.order", "action_cancel", args, "{\"context\":{\"disable_cancel_warning\":true}}"));
    read = order_read(made);
    assert_string_equal(json_text(read, "0.state"), "cancel");
    quant = result("stock.quant", "search_read", "[[[\"reserved_quantity\",\">\",0]]]", "{\"fields\":[\"id\"]}");
    assert_int_equal(json_array_size(quant), 2); /* those of the orders above */
}

static void an_upsert_of_an_order_doubles_its_lines(void **state)
{
    static const char rows[] = "[[\"id\",\"partner_id/.id\",\"order_line/name\",\"order_line/product_uom_qty\",\"order_line/price_unit\"],"
                               "[[\"s.o4\",\"1\",\"A\",\"1\",\"2\"],[\"\",\"\",\"B\",\"1\",\"3\"]]]";
    json_auto_t *made = result("sale.order", "load", rows, "{}"), *again = result("sale.order", "load", rows, "{}");
    json_auto_t *read = order_read(made);

    (void)state;
    assert_int_equal(json_int_or(made, "ids.0", 0), json_int_or(again, "ids.0", -1));
    assert_int_equal(json_len(read, "0.order_line"), 4);
}

static void taxes_inside_a_price_are_taken_out_together(void **state)
{
    json_auto_t *context = json_object();
    struct call c = { .odoo = practice, .uid = 12, .context = context, .now = when_now() };
    json_auto_t *id = result("account.tax", "create",
                             "[{\"name\":\"20 incl\",\"amount\":20,\"price_include_override\":\"tax_included\"}]", NULL);
    struct ids taxes = { 0 };
    struct tax_amount amounts[TAXES_MAX];
    double net, gross;

    (void)state;
    ids_add(&taxes, (int)json_integer_value(id));
    assert_int_equal(tax_compute(&c, &taxes, 24, 1, 0, 2, &net, &gross, amounts), 1);
    assert_float_equal(net, 20, 1e-9);
    assert_float_equal(gross, 24, 1e-9);
    tax_compute(&c, &taxes, 9.99, 3, 0, 2, &net, &gross, amounts);
    assert_float_equal(net, 24.97, 1e-9); /* 29.97 less 5.00 */
    assert_float_equal(gross, 29.97, 1e-9);
    ids_clear(&taxes);
}

static void halves_are_rounded_up_in_spite_of_their_noise(void **state)
{
    (void)state;
    assert_float_equal(round_half_up(1.005, 2), 1.01, 1e-12);
    assert_float_equal(round_half_up(2.675, 2), 2.68, 1e-12);
    assert_float_equal(round_half_up(-1.005, 2), -1.01, 1e-12);
    assert_float_equal(round_half_up(0.123456, 2), 0.12, 1e-12);
}

static void e_mails_are_found_in_their_normal_form(void **state)
{
    json_auto_t *made = result("res.partner", "create", "[{\"name\":\"N\",\"email\":\" Bob.Jones+x@Example.COM \"}]", NULL);
    json_auto_t *found = result("res.partner", "search", "[[[\"email_normalized\",\"=\",\"bob.jones+x@example.com\"]]]", NULL);

    (void)state;
    assert_int_equal(json_int_or(found, "0", 0), json_integer_value(made));
}

static void a_failed_call_leaves_nothing_behind(void **state)
{
    json_auto_t *before = result("res.partner", "search_count", "[[]]", NULL), *after = NULL;

    (void)state;
    json_decref(answer("res.partner", "create", "[[{\"name\":\"One\"},{\"name\":\"Two\",\"country_id\":99999}]]", NULL));
    after = result("res.partner", "search_count", "[[]]", NULL);
    assert_int_equal(json_integer_value(before), json_integer_value(after));
}

static void what_is_no_json_rpc_is_answered_400(void **state)
{
    static const char *const bodies[] = { "", "{", "[]", "\"x\"", "5", "{\"params\":", "\xff\xfe" };
    AUTO_STR out = { 0 };

    (void)state;
    str_init(&out, 65536);
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
        assert_int_equal(rpc_answer(practice, bodies[i], strlen(bodies[i]), &out), 400);
    assert_int_equal(rpc_answer(practice, "{}", 2, &out), 200);
    assert_non_null(strstr(out.data, "RPC.jsonrpc() missing 3 required positional arguments"));
}

/* ---- attributes ---- */

static int64_t made_id(const char *model, const char *values)
{
    json_auto_t *id = NULL;
    AUTO_STR args = { 0 };

    str_init(&args, 4096);
    str_addf(&args, "[%s]", values);
    id = result(model, "create", args.data, NULL);
    return json_integer_value(id);
}

/* An attribute with n values; first: the id of the first, the others follow. */
static int64_t attribute(const char *mode, int n, int64_t *first)
{
    char text[128];
    int64_t id;

    *first = 0;
    snprintf(text, sizeof text, "{\"name\":\"Of %s\",\"create_variant\":\"%s\"}", mode, mode);
    id = made_id("product.attribute", text);
    for (int i = 0; i < n; i++) {
        int64_t value;

        snprintf(text, sizeof text, "{\"name\":\"v%d\",\"attribute_id\":%d}", i, (int)id);
        value = made_id("product.attribute.value", text);
        if (i == 0)
            *first = value;
    }
    return id;
}

static int64_t template_with(int64_t attribute_id, int64_t first, int n)
{
    AUTO_STR text = { 0 };

    str_init(&text, 65536);
    str_addf(&text, "{\"name\":\"T\",\"attribute_line_ids\":[[0,0,{\"attribute_id\":%d,\"value_ids\":[[6,0,[",
             (int)attribute_id);
    for (int i = 0; i < n; i++)
        str_addf(&text, "%s%d", i > 0 ? "," : "", (int)first + i);
    str_adds(&text, "]]]}]]}");
    return made_id("product.template", text.data);
}

static json_t *lines_of(int64_t template)
{
    char args[64];

    snprintf(args, sizeof args, "[[%d]]", (int)template);
    return result("product.template", "web_read", args,
                  "{\"specification\":{\"product_variant_ids\":{\"fields\":{\"display_name\":{}}},\"attribute_line_ids\":"
                  "{\"fields\":{\"value_ids\":{},\"product_template_value_ids\":{\"fields\":{"
                  "\"product_attribute_value_id\":{},\"name\":{}}}}}}}");
}

static void an_attribute_makes_all_variants_or_waits_to_be_asked(void **state)
{
    int64_t always, dynamic, first[2];
    json_auto_t *a = NULL, *b = NULL;

    (void)state;
    always = attribute("always", 3, &first[0]);
    dynamic = attribute("dynamic", 3, &first[1]);
    a = lines_of(template_with(always, first[0], 3));
    b = lines_of(template_with(dynamic, first[1], 3));
    assert_int_equal(json_len(a, "0.product_variant_ids"), 3);
    assert_string_equal(json_text(a, "0.product_variant_ids.1.display_name"), "T (v1)");
    assert_int_equal(json_len(b, "0.product_variant_ids"), 0);
    assert_int_equal(json_len(b, "0.attribute_line_ids.0.product_template_value_ids"), 3);
    assert_int_equal(json_int_or(b, "0.attribute_line_ids.0.product_template_value_ids.2.product_attribute_value_id", 0),
                     first[1] + 2);
}

static void a_value_that_goes_takes_its_variants_along(void **state)
{
    int64_t first, always = attribute("always", 3, &first), template = template_with(always, first, 3);
    json_auto_t *before = lines_of(template), *after = NULL, *ok = NULL;
    char args[256];

    (void)state;
    snprintf(args, sizeof args, "[[%d],{\"attribute_line_ids\":[[1,%d,{\"value_ids\":[[3,%d]]}]]}]", (int)template,
             (int)json_int_or(before, "0.attribute_line_ids.0.id", 0), (int)first);
    ok = result("product.template", "write", args, NULL);
    after = lines_of(template);
    assert_int_equal(json_len(after, "0.product_variant_ids"), 2);
    assert_int_equal(json_len(after, "0.attribute_line_ids.0.product_template_value_ids"), 2);
}

static void attributes_are_refused_in_odoos_words(void **state)
{
    int64_t first, other, always = attribute("always", 2, &first);
    char args[256];

    (void)state;
    attribute("always", 1, &other);
    snprintf(args, sizeof args,
             "[{\"name\":\"T\",\"attribute_line_ids\":[[0,0,{\"attribute_id\":%d,\"value_ids\":[[6,0,[%d]]]}]]}]",
             (int)always, (int)other);
    refuses("product.template", "create", args, NULL, FAULT_VALIDATION,
            "On the product T you cannot associate the value Of always: v0 with the attribute Of always because they "
            "do not match.");
    snprintf(args, sizeof args,
             "[{\"name\":\"T\",\"attribute_line_ids\":[[0,0,{\"attribute_id\":%d,\"value_ids\":[]}]]}]", (int)always);
    refuses("product.template", "create", args, NULL, FAULT_VALIDATION,
            "The attribute Of always must have at least one value for the product T.");
    assert_true(template_with(always, first, 2) > 0);
    snprintf(args, sizeof args, "[[%d]]", (int)always);
    refuses("product.attribute", "unlink", args, NULL, FAULT_USER,
            "You cannot delete the attribute Of always because it is used on the following products:\nT");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_load_creates_once_and_then_only_answers_the_id),
        cmocka_unit_test(a_load_is_all_or_nothing),
        cmocka_unit_test(a_load_complains_in_odoos_words),
        cmocka_unit_test(dates_of_a_load_are_read_in_the_zone_of_the_context),
        cmocka_unit_test(a_call_that_began_earlier_loses_the_race_for_an_external_id),
        cmocka_unit_test(an_archived_record_is_written_only_when_the_context_asks_for_it),
        cmocka_unit_test(mark_up_is_kept_clean),
        cmocka_unit_test(who_is_below_another_says_no_company),
        cmocka_unit_test(wrong_calls_fail_as_odoo_fails),
        cmocka_unit_test(a_confirmed_order_reserves_and_its_date_is_overwritten),
        cmocka_unit_test(an_order_loaded_as_sale_keeps_its_date_and_reserves),
        cmocka_unit_test(cancelling_a_confirmed_order_asks_unless_told_not_to),
        cmocka_unit_test(an_upsert_of_an_order_doubles_its_lines),
        cmocka_unit_test(taxes_inside_a_price_are_taken_out_together),
        cmocka_unit_test(halves_are_rounded_up_in_spite_of_their_noise),
        cmocka_unit_test(e_mails_are_found_in_their_normal_form),
        cmocka_unit_test(a_failed_call_leaves_nothing_behind),
        cmocka_unit_test(what_is_no_json_rpc_is_answered_400),
        cmocka_unit_test(an_attribute_makes_all_variants_or_waits_to_be_asked),
        cmocka_unit_test(a_value_that_goes_takes_its_variants_along),
        cmocka_unit_test(attributes_are_refused_in_odoos_words),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
