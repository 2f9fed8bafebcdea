/* sync.c - the parts below the mappings: findings, texts, prices, Odoo's amounts, the tables. */
#include "tests/unit/unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/money.h"
#include "sync/decide.h"
#include "sync/expect.h"
#include "sync/findings.h"
#include "sync/kinds.h"
#include "sync/order.h"
#include "sync/order_needs.h"
#include "sync/order_price.h"
#include "sync/order_to_odoo.h"
#include "sync/partner.h"
#include "sync/product_from_shopify.h"
#include "sync/product_to_odoo.h"
#include "sync/price_fit.h"
#include "sync/text.h"
#include "sync/validate.h"
#include "tests/unit/orders.h"
#include "tests/unit/products.h"

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

/* ---- findings ---- */

static void the_worst_finding_is_never_lost(void **fixture)
{
    struct findings f;
    struct err err = { 0 };

    (void)fixture;
    findings_init(&f);
    for (int i = 0; i < 3 * FINDINGS_MAX; i++)
        findings_add(&f, FINDING_NOTE, ERR_INVALID, "", "note %d", i);
    findings_add(&f, FINDING_MISSING, ERR_MISSING, "tax:8.1|CH|incl", "no tax mapping");
    assert_int_equal(f.count, FINDINGS_MAX);
    assert_int_equal(f.dropped, 2 * FINDINGS_MAX + 1);
    assert_string_equal(findings_worst(&f)->text, "no tax mapping");
    assert_true(findings_stop(&f));
    assert_false(findings_err(&f, &err));
    assert_int_equal(err.kind, ERR_MISSING);
    assert_string_equal(err.thing, "tax:8.1|CH|incl");
}

static void the_same_finding_is_kept_once(void **fixture)
{
    struct findings f;

    (void)fixture;
    findings_init(&f);
    for (int i = 0; i < 5; i++)
        findings_add(&f, FINDING_FLAG, ERR_MISSING, "sku:A", "twice");
    findings_add(&f, FINDING_FLAG, ERR_MISSING, "sku:B", "twice");
    assert_int_equal(f.count, 2);
    assert_int_equal(f.dropped, 0);
    assert_false(findings_stop(&f));
    assert_true(findings_err(&f, NULL));
    findings_add(NULL, FINDING_FLAG, ERR_MISSING, "", "nobody listens");
}

/* ---- texts ---- */

static void rates_become_percent_text(void **fixture)
{
    static const struct {
        double rate;
        const char *text;
    } rows[] = {
        { 0.081, "8.1" },   { 0.19, "19" },       { 0, "0" },        { 0.08875, "8.875" },
        { 0.0725, "7.25" }, { 0.2, "20" },        { 1, "100" },      { 0.077, "7.7" },
        { 0.055, "5.5" },   { 0.00875, "0.875" }, { 0.0210, "2.1" }, { 0.07, "7" },
    };

    (void)fixture;
    for (size_t i = 0; i < COUNT(rows); i++) {
        json_auto_t *rate = json_real(rows[i].rate);
        char text[32];

        assert_true(text_rate(rate, text, sizeof text));
        assert_string_equal(text, rows[i].text);
    }
    json_auto_t *word = json_string("0.081");
    json_auto_t *bad = json_string("8 %");
    json_auto_t *minus = json_real(-0.1);
    char text[32];

    assert_true(text_rate(word, text, sizeof text));
    assert_string_equal(text, "8.1");
    assert_false(text_rate(bad, text, sizeof text));
    assert_false(text_rate(minus, text, sizeof text));
    assert_false(text_rate(NULL, text, sizeof text));
}

static void texts_are_cut_at_a_character(void **fixture)
{
    bool changed = false;
    json_auto_t *cut = text_clean("Z\xc3\xbcrich", 2, false, &changed);
    json_auto_t *blank = text_clean(" \t ", 10, false, NULL);
    json_auto_t *lines = text_clean("a \r\n\n b\x1b[2J", 50, true, NULL);

    (void)fixture;
    assert_string_equal(json_string_value(cut), "Z");
    assert_true(changed);
    assert_true(json_is_null(blank));
    assert_string_equal(json_string_value(lines), "a\n\nb [2J");
}

static void the_hash_is_sha256(void **fixture)
{
    char hex[65];

    (void)fixture;
    text_hash("abc", 3, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/* ---- tables ---- */

static void every_kind_is_well_formed(void **fixture)
{
    static const char *const names[] = { "address",    "customer",      "tax_line",
                                         "order_line", "shipping_line", "order" };

    (void)fixture;
    for (size_t i = 0; i < COUNT(names); i++) {
        const struct kind *kind = kind_of(names[i]);

        assert_non_null(kind);
        for (size_t n = 0; n < kind->count; n++) {
            const struct field *field = &kind->fields[n];

            assert_true(strlen(field->label) > 0);
            assert_ptr_equal(kind_field(kind, field->name), field);
            if (field->of[0] != '\0')
                assert_non_null(kind_of(field->of));
            if (field->type == FIELD_TEXT || field->type == FIELD_LIST)
                assert_true(field->limit > 0);
        }
    }
    assert_null(kind_of("unicorn"));
}

static void validation_names_the_field(void **fixture)
{
    json_auto_t *line =
        json_pack("{sIsssisisisisiss}", "id", (json_int_t)-1, "sku", "A", "quantity", 1, "current",
                  1, "unit_price", 1, "gross", 1, "discount", 0, "amount", "1");
    struct findings f;

    (void)fixture;
    findings_init(&f);
    assert_false(validate(kind_of("order_line"), line, &f));
    assert_int_equal(f.count, 2);
    assert_string_equal(f.list[0].text, "id: is no id");
    assert_string_equal(f.list[1].text, "amount: is no whole number");
}

static enum decision mirrored(enum decision d)
{
    static const enum decision of[] = {
        [DECIDE_NOTHING] = DECIDE_NOTHING,
        [DECIDE_REMEMBER] = DECIDE_REMEMBER,
        [DECIDE_TO_ODOO] = DECIDE_TO_SHOPIFY,
        [DECIDE_TO_SHOPIFY] = DECIDE_TO_ODOO,
        [DECIDE_BACK_ODOO] = DECIDE_BACK_SHOPIFY,
        [DECIDE_BACK_SHOPIFY] = DECIDE_BACK_ODOO,
        [DECIDE_ASK] = DECIDE_ASK,
    };

    return of[d];
}

static void the_merge_is_symmetric_in_the_sides(void **fixture)
{
    static const enum field_owner other[] = { OWNER_ODOO, OWNER_SHOPIFY, OWNER_NOBODY };

    (void)fixture;
    for (enum move s = MOVE_SAME; s <= MOVE_CHANGED; s++)
        for (enum move o = MOVE_SAME; o <= MOVE_CHANGED; o++)
            for (enum field_owner w = OWNER_SHOPIFY; w <= OWNER_NOBODY; w++)
                assert_int_equal(decide(s, o, w), mirrored(decide(o, s, other[w])));
}

/* ---- Odoo's amounts, as a real Odoo 18 computed them ---- */

static const struct tax fixed_on_top = { 1, "f", TAX_FIXED, 0, 3500, false, false, 1 };
static const struct tax fixed_inside = { 2, "f", TAX_FIXED, 0, 3500, true, false, 1 };
static const struct tax ten_on_top = { 3, "p", TAX_PERCENT, 100000, 0, false, false, 1 };
static const struct tax nineteen = { 4, "p", TAX_PERCENT, 190000, 0, true, false, 1 };
static const struct tax five_and_half = { 5, "p", TAX_PERCENT, 55000, 0, true, false, 1 };
static const struct tax twenty_one = { 6, "p", TAX_PERCENT, 210000, 0, true, false, 1 };

static void amounts_are_those_of_a_real_odoo(void **fixture)
{
    const struct {
        struct expect_line lines[2];
        size_t count;
        struct expect_total per_line, globally;
    } rows[] = {
        { { { 1, 2153, 0, 1, { twenty_one } }, { 1, 2153, 0, 1, { twenty_one } } },
          2,
          { 3558, 748, 4306 },
          { 3559, 747, 4306 } },
        { { { 3, 999, 0, 2, { fixed_on_top, ten_on_top } } },
          1,
          { 2997, 405, 3402 },
          { 2997, 405, 3402 } },
        { { { 3, 999, 0, 2, { fixed_inside, nineteen } } },
          1,
          { 2430, 567, 2997 },
          { 2430, 567, 2997 } },
        { { { 7, 123, 1250, 2, { fixed_inside, ten_on_top } } },
          1,
          { 508, 296, 804 },
          { 508, 296, 804 } },
        { { { 3, 1999, 666, 3, { nineteen, five_and_half, ten_on_top } } },
          1,
          { 4497, 1551, 6048 },
          { 4496, 1551, 6047 } },
        { { { 3, 999, 0, 2, { fixed_on_top, nineteen } } },
          1,
          { 2518, 584, 3102 },
          { 2518, 584, 3102 } },
        { { { 1, 5000, 0, 1, { nineteen } }, { 1, -777, 0, 1, { nineteen } } },
          2,
          { 3549, 674, 4223 },
          { 3549, 674, 4223 } },
    };

    (void)fixture;
    for (size_t i = 0; i < COUNT(rows); i++)
        for (int globally = 0; globally < 2; globally++) {
            const struct expect_rules rules = { .digits = 2,
                                                .price_digits = 2,
                                                .globally = globally };
            const struct expect_total *want = globally ? &rows[i].globally : &rows[i].per_line;
            struct expect_total total;
            const char *what = "";

            assert_true(expect_order(rows[i].lines, sizeof rows[i].lines[0], rows[i].count, &rules,
                                     &total, &what));
            assert_int_equal(total.untaxed, want->untaxed);
            assert_int_equal(total.tax, want->tax);
            assert_int_equal(total.total, want->total);
        }
}

static void what_is_outside_the_model_is_said(void **fixture)
{
    struct expect_line line = { 1, 100, 0, 1, { nineteen } };
    const struct expect_rules rules = { .digits = 2, .price_digits = 2 };
    struct expect_total total;
    const char *what = "";

    (void)fixture;
    line.tax[0].chained = true;
    line.tax[0].name = "Eco";
    assert_false(expect_order(&line, sizeof line, 1, &rules, &total, &what));
    assert_string_equal(what, "Eco");
    line.tax[0] = nineteen;
    line.quantity = 1000000;
    line.price = INT64_MAX / 1000;
    assert_false(expect_order(&line, sizeof line, 1, &rules, &total, &what));
}

/* ---- prices ---- */

/* What Odoo makes of `times` such lines, all their parts together. */
static int64_t fitted(int64_t quantity, const struct expect_rules *rules,
                      const struct price_fit *fit, size_t times)
{
    const struct expect_line parts[3] = {
        { .quantity = quantity - fit->pieces, .price = fit->price, .discount = fit->discount },
        { .quantity = fit->pieces,
          .price = fit->price + fit->price_step,
          .discount = fit->discount },
        { .quantity = fit->cent_discount > 0,
          .price = fit->price_step,
          .discount = fit->cent_discount },
    };
    struct expect_line lines[9];
    struct expect_total total = { 0 };
    const char *what = "";

    for (size_t i = 0; i < times; i++)
        memcpy(&lines[3 * i], parts, sizeof parts);
    assert_true(expect_order(lines, sizeof lines[0], 3 * times, rules, &total, &what));
    return total.total;
}

static void every_amount_has_a_price(void **fixture)
{
    struct orders o = { .state = 4711 };

    (void)fixture;
    for (int i = 0; i < 10000; i++) {
        const struct expect_rules rules = { .digits = (int)orders_random(&o, 4),
                                            .price_digits = (int)orders_random(&o, 4),
                                            .globally = i % 2 };
        int64_t quantity = (int64_t)orders_random(&o, i % 3 == 0 ? 5000 : 12) + 1;
        int64_t unit = (int64_t)orders_random(&o, i % 5 == 0 ? 10000000 : 20000);
        int64_t target = (int64_t)orders_random(&o, (uint64_t)(unit * quantity) + 1);
        struct price_fit fit;

        if (i % 50 == 0)
            target = -target;
        assert_true(price_fit(quantity, &rules, target, unit, &fit));
        assert_true(fit.pieces >= 0 && fit.pieces < quantity);
        assert_true(fit.discount >= 0 && fit.discount < DISCOUNT_ONE);
        for (size_t times = 1; times <= 3; times++) /* no fraction is left over to add up */
            assert_int_equal(fitted(quantity, &rules, &fit, times), (int64_t)times * target);
    }
}

/* ---- many at once, and hostile ones ---- */

static json_t *base_doc(const char *name)
{
    json_auto_t *base = json_load_file(PACKAGE_TREE "/tests/cases/base.json", 0, NULL);
    json_t *doc = json_incref(json_object_get(base, name));

    assert_non_null(doc);
    return doc;
}

static void plans_share_a_call_while_they_have_the_same_columns(void **fixture)
{
    json_auto_t *plans = json_array();
    json_auto_t *calls = NULL;

    (void)fixture;
    for (int i = 0; i < 5; i++)
        json_array_append_new(plans,
                              json_pack("{sssos{sb}s[ss]s[[ss][ss]]}", "model", "m", "xmlid",
                                        json_sprintf("x.%d", i), "context", "a", 1, "fields", "id",
                                        i == 4 ? "other" : "name", "rows", "1", "2", "", "3"));
    calls = plan_join(plans, 3);
    assert_int_equal(json_array_size(calls), 3);
    assert_int_equal(json_len(calls, "0.rows"), 6);
    assert_int_equal(json_int_or(calls, "0.starts.2.row", -1), 4);
    assert_string_equal(json_text(calls, "0.starts.2.xmlid"), "x.2");
    assert_int_equal(json_len(calls, "1.rows"), 2);
    assert_string_equal(json_text(calls, "2.fields.1"), "other");
}

static void an_order_of_500_lines_goes_through(void **fixture)
{
    json_auto_t *odoo = base_doc("odoo");
    json_auto_t *resolved = base_doc("resolved");
    struct reference *r = reference_new(odoo, NULL, NULL, NULL);
    static const char *const rates[] = { "8.1" };
    struct orders o = { .state = 9,
                        .rates = rates,
                        .rate_count = 1,
                        .taxes_most = 1,
                        .lines_most = 1,
                        .currency = "CHF",
                        .country = "CH",
                        .digits = 2,
                        .included = true };
    json_auto_t *payload = orders_payload(&o, 500);
    json_t *lines = json_object_get(payload, "line_items");
    struct order_plan plan = { .action = ORDER_CONFIRM };
    struct err err = { 0 };
    int64_t total = 0;

    (void)fixture;
    json_array_clear(lines);
    json_array_clear(json_object_get(payload, "shipping_lines"));
    for (int i = 1; i <= 500; i++) {
        json_array_append_new(lines, json_pack("{sisisssssss[{sfss}]}", "id", i, "quantity", 1,
                                               "sku", "S", "title", "T", "price", "10.81",
                                               "tax_lines", "rate", 0.081, "price", "0.81"));
        total += 1081;
    }
    json_object_set_new(payload, "current_total_price", json_string("5405.00"));
    json_object_set_new(payload, "current_total_tax", json_string("405.00"));
    json_object_set_new(payload, "total_discounts", json_string("0.00"));
    json_object_set_new(payload, "total_tip_received", json_string("0.00"));
    json_object_del(payload, "original_total_duties_set");
    json_auto_t *order = order_from_webhook(payload, r, NULL, &err);
    json_auto_t *out = order_to_odoo(order, &plan, "s", r, resolved, NULL, &err);

    assert_non_null(out);
    assert_int_equal(json_len(out, "rows"), 500);
    assert_int_equal(json_int_or(out, "expect.total", 0), total);
    reference_free(r);
}

/* Puts something odd somewhere into a document. */
static void spoil(struct orders *o, json_t *doc, int depth)
{
    static const char *const odd[] = {
        "null",
        "-1",
        "\"\"",
        "\"NaN\"",
        "[]",
        "{}",
        "true",
        "9223372036854775807",
        "1e300",
        "\"99999999999999999999.99\"",
        "\"\\u001b[2J\"",
        "[null]",
        "{\"amount\":5}",
        "\"-0.01\"",
        "0",
        "\"gid://shopify/Order/\"",
    };
    size_t size = json_is_object(doc) ? json_object_size(doc) : json_array_size(doc);
    size_t at = size > 0 ? orders_random(o, size) : 0;
    json_t *child = NULL, *value;
    const char *key = NULL, *found = NULL;

    if (size == 0)
        return;
    if (json_is_array(doc)) {
        child = json_array_get(doc, at);
    } else {
        json_object_foreach(doc, key, value) if (at-- == 0)
        {
            child = value;
            found = key;
            break;
        }
    }
    if (depth > 0 && (json_is_object(child) || json_is_array(child)) && orders_random(o, 4) > 0) {
        spoil(o, child, depth - 1);
        return;
    }
    value = json_loads(odd[orders_random(o, COUNT(odd))], JSON_DECODE_ANY, NULL);
    if (json_is_array(doc))
        json_array_set_new(doc, at, value);
    else
        json_object_set_new(doc, found, value);
}

static json_t *whole_contact(const struct reference *r, int addresses)
{
    struct person person = { .id = 7, .email = "ada@example.com", .last = "Byron" };
    json_auto_t *contact = partner_contact(&person, "s", r, NULL, NULL), *plans = json_array();

    for (int i = 0; i < addresses; i++) {
        json_auto_t *address = json_pack("{sssossss}", "last_name", "Byron", "street",
                                         json_sprintf("Gasse %d", i), "city", "Basel",
                                         "fingerprint", "f");

        json_array_append_new(plans, partner_address(address, 0, i == 0 ? "other" : "delivery",
                                                     NULL, "s", r, NULL));
    }
    return partner_with_addresses(contact, plans, NULL, r);
}

/* Contacts with many addresses, with one and without share one call; a row for each address. */
static void a_contact_takes_its_addresses_along(void **fixture)
{
    json_auto_t *odoo = base_doc("odoo");
    struct reference *r = reference_new(odoo, NULL, NULL, NULL);
    json_auto_t *none = whole_contact(r, 0), *three = whole_contact(r, 3);
    const json_t *fields = json_object_get(three, "fields"), *row;
    size_t i, type = 0, street = 0;

    (void)fixture;
    assert_true(json_equal(json_object_get(none, "fields"), fields));
    assert_int_equal(json_len(none, "rows"), 1);
    assert_int_equal(json_len(three, "rows"), 3);
    json_array_foreach(fields, i, row) {
        type = strcmp(json_string_value(row), "child_ids/type") == 0 ? i : type;
        street = strcmp(json_string_value(row), "child_ids/street") == 0 ? i : street;
        assert_int_equal(strncmp(json_string_value(row), "child_ids/id", 12) == 0, 0);
    }
    assert_true(type > 0 && street > 0);
    assert_string_equal(json_string_value(json_array_get(json_at(none, "rows.0"), type)), "");
    json_array_foreach(json_object_get(three, "rows"), i, row) {
        char expected[32];

        snprintf(expected, sizeof expected, "Gasse %zu", i);
        assert_int_equal(json_array_size(row), json_array_size(fields));
        assert_string_equal(json_string_value(json_array_get(row, street)), expected);
        assert_string_equal(json_string_value(json_array_get(row, type)),
                            i == 0 ? "other" : "delivery");
        assert_int_equal(*json_string_value(json_array_get(row, 0)) != '\0', i == 0);
    }
    reference_free(r);
}

/* An order that gets through has the total it was sent with. */
static void use(const json_t *order, const struct reference *r, const json_t *resolved,
                struct findings *f)
{
    struct order_plan plan = order_plan(order, false, false, r);
    struct err err = { 0 };
    json_auto_t *needs = order_needs(order, "s", r);
    struct person person = person_of_order(order);
    json_auto_t *contact = partner_contact(&person, "s", r, NULL, f);
    json_auto_t *out = order_to_odoo(order, &plan, "s", r, resolved, f, &err);

    assert_non_null(needs);
    assert_non_null(contact);
    if (out == NULL) {
        assert_true(findings_stop(f));
        assert_int_not_equal(err.kind, ERR_NONE);
        return;
    }
    assert_int_equal(
        json_int_or(out, "expect.total", -1),
        json_int_or(order,
                    order_books_current(order) && json_at(order, "current_total") != NULL
                        ? "current_total"
                        : "total",
                    -2));
}

static void odd_input_ends_as_an_order_or_a_named_finding(void **fixture)
{
    json_auto_t *odoo = base_doc("odoo");
    json_auto_t *resolved = base_doc("resolved");
    json_auto_t *webhook = base_doc("payload");
    json_auto_t *graphql = base_doc("graphql");
    struct reference *r = reference_new(odoo, NULL, NULL, NULL);
    struct orders o = { .state = 31337 };
    int refused = 0, through = 0;

    (void)fixture;
    for (int i = 0; i < 3000; i++) {
        json_auto_t *doc = json_deep_copy(i % 2 == 0 ? webhook : graphql);
        struct findings f;
        struct err err = { 0 };

        findings_init(&f);
        for (uint64_t n = orders_random(&o, 3) + 1; n > 0; n--)
            spoil(&o, doc, 5);
        json_auto_t *order = i % 2 == 0 ? order_from_webhook(doc, r, &f, &err)
                                        : order_from_graphql(doc, r, &f, &err);
        if (order == NULL) {
            assert_int_not_equal(err.kind, ERR_NONE);
            assert_int_not_equal(err.kind, ERR_BUSY);
            assert_true(strlen(err.text) > 0);
            refused++;
            continue;
        }
        use(order, r, resolved, &f);
        through++;
    }
    assert_true(refused > 50);
    assert_true(through > 500);
    reference_free(r);
}

/* ---- products of odd sizes ---- */

static struct reference *us_reference(void)
{
    json_auto_t *odoo = json_pack("{s{sisssi}s[]}", "company", "id", 1, "currency", "USD",
                                  "country", 233, "product_categories");
    struct err err = { 0 };
    struct reference *r = reference_new(odoo, NULL, NULL, &err);

    assert_non_null(r);
    return r;
}

/* All keys known, each its own id. */
static void know(const json_t *options, json_t *attributes, json_t *values, json_t *ptavs)
{
    const json_t *option;
    const char *name;
    json_t *key;
    int n = 0;
    size_t i;

    json_array_foreach(options, i, option)
    {
        char id[PRODUCT_KEY_MAX];

        json_object_set_new(attributes, json_text(option, "key"), json_integer(1 + (int)i));
        json_object_foreach(json_object_get(option, "values"), name, key)
        {
            json_object_set_new(values, json_string_value(key), json_integer(++n));
            json_object_set_new(ptavs, product_id_text(n, id), json_integer(10000 + n));
        }
    }
}

static void a_product_of(int options_count, int values_each, int variants)
{
    struct products make = { .id = 7, .options = options_count, .values = values_each,
                             .variants = variants, .price = 1000, .step = 1, .sku = "BIG" };
    AUTO(reference) r = us_reference();
    json_auto_t *node = products_node(&make);
    struct findings f;
    struct err err = { 0 };

    findings_init(&f);
    json_auto_t *product = product_from_shopify(node, r, &f, &err);

    assert_non_null(product);
    assert_int_equal(f.count, 0);
    json_auto_t *options = product_options(product), *attributes = json_object();
    json_auto_t *values = json_object(), *ptavs = json_object();
    struct product_place place = { .shopkey = "x", .r = r, .attributes = attributes,
                                   .values = values };

    know(options, attributes, values, ptavs);
    assert_int_equal(json_object_size(values), json_object_size(ptavs));
    json_auto_t *template = product_template_plan(product, options, &place, &f);
    json_auto_t *plans = product_variant_plans(product, options, 5, ptavs, NULL, &place);
    json_auto_t *calls = plan_join(plans, 100);

    assert_int_equal(json_len(template, "rows"), options_count);
    assert_int_equal(json_array_size(plans), variants);
    assert_int_equal(json_array_size(calls), (variants + 99) / 100);
}

static void a_product_of_2048_variants_goes_through(void **fixture)
{
    (void)fixture;
    a_product_of(2, 46, 2048);
    a_product_of(3, 13, 2048);
}

static void an_option_of_300_values_goes_through(void **fixture)
{
    (void)fixture;
    a_product_of(1, 300, 300);
}

static void more_than_2048_variants_are_refused(void **fixture)
{
    struct products make = { .id = 7, .options = 1, .values = 2049, .variants = 2049 };
    AUTO(reference) r = us_reference();
    json_auto_t *node = products_node(&make);
    struct err err = { 0 };

    (void)fixture;
    assert_null(product_from_shopify(node, r, NULL, &err));
    assert_int_equal(err.kind, ERR_INVALID);
    assert_non_null(strstr(err.text, "more than 2048 variants"));
}

static void a_name_of_5000_characters_is_cut_and_flagged(void **fixture)
{
    struct products make = { .id = 7, .sku = "LONG" };
    AUTO(reference) r = us_reference();
    struct findings f;
    struct err err = { 0 };
    char name[2 * 5000 + 1];

    (void)fixture;
    for (int i = 0; i < 5000; i++)
        memcpy(name + (size_t)i * 2, "\xc3\xa4", 2);
    name[sizeof name - 1] = '\0';
    make.title = name;
    findings_init(&f);
    json_auto_t *node = products_node(&make);
    json_auto_t *product = product_from_shopify(node, r, &f, &err);

    assert_non_null(product);
    assert_int_equal(strlen(json_text_or(product, "title", "")), 512);
    assert_int_equal(f.list[0].level, FINDING_FLAG);
    assert_non_null(strstr(f.list[0].text, "5000 characters"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worst_finding_is_never_lost),
        cmocka_unit_test(the_same_finding_is_kept_once),
        cmocka_unit_test(rates_become_percent_text),
        cmocka_unit_test(texts_are_cut_at_a_character),
        cmocka_unit_test(the_hash_is_sha256),
        cmocka_unit_test(every_kind_is_well_formed),
        cmocka_unit_test(validation_names_the_field),
        cmocka_unit_test(the_merge_is_symmetric_in_the_sides),
        cmocka_unit_test(amounts_are_those_of_a_real_odoo),
        cmocka_unit_test(what_is_outside_the_model_is_said),
        cmocka_unit_test(every_amount_has_a_price),
        cmocka_unit_test(plans_share_a_call_while_they_have_the_same_columns),
        cmocka_unit_test(an_order_of_500_lines_goes_through),
        cmocka_unit_test(a_product_of_2048_variants_goes_through),
        cmocka_unit_test(an_option_of_300_values_goes_through),
        cmocka_unit_test(more_than_2048_variants_are_refused),
        cmocka_unit_test(a_name_of_5000_characters_is_cut_and_flagged),
        cmocka_unit_test(a_contact_takes_its_addresses_along),
        cmocka_unit_test(odd_input_ends_as_an_order_or_a_named_finding),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
