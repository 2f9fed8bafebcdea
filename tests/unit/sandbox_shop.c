/* The practice shop: its GraphQL, its costs, its orders. */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mutex.h"
#include "tests/sandbox/data.h"
#include "tests/sandbox/graphql/cost.h"
#include "tests/sandbox/graphql/validate.h"
#include "tests/sandbox/shop/api.h"
#include "tests/sandbox/shop/view.h"

static struct shop *shop;
static struct hooks *hooks;
static struct faults *faults;
static struct stats *stats;
static struct api *api;
static struct schema *schema;

static int set_up(void **state)
{
    struct shop_options options = { .seed = 5, .products = 10, .customers = 20 };
    struct hooks_options hook_options = { .secret = "s", .domain = "d.myshopify.com", .gap_scale = 1, .parallel = 2 };
    struct api_options api_options = { .bucket = 2000, .rate = 100, .token_life_s = 60, .scopes = "read_orders,read_products" };
    struct err err;

    (void)state;
    stats = stats_new();
    faults = faults_new();
    shop = shop_new(&options, &err);
    hooks = hooks_new(&hook_options, stats, &err);
    api = api_start(&api_options, shop, hooks, faults, stats, NULL, NULL, &err);
    schema = schema_load(data_shopify_schema, &err);
    return api == NULL || schema == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    api_free(api);
    hooks_free(hooks);
    shop_free(shop);
    faults_free(faults);
    stats_free(stats);
    schema_free(schema);
    return 0;
}

static json_t *ask(const char *query, const char *variables)
{
    json_auto_t *request = json_object();

    json_object_set_new(request, "query", json_string(query));
    if (variables != NULL)
        json_object_set_new(request, "variables", json_loads(variables, 0, NULL));
    return api_graphql(api, request);
}

static void refused(const char *query, const char *variables, const char *code, const char *text)
{
    json_auto_t *all = ask(query, variables);

    assert_string_equal(json_text_or(all, "errors.0.extensions.code", "(none)"), code);
    if (text != NULL)
        assert_string_equal(json_text_or(all, "errors.0.message", "(none)"), text);
}

static void documents_are_really_parsed(void **state)
{
    static const char *const bad[] = { "",  "{", "{}", "{ shop }}", "query(", "{ shop { id }", "{ a(b: }) }", "fragment on on X { a }",
                                       "{ a(b: \"x }", "\x01", "{ a @ }", "{ ...  }", "{ a(x: $) { b } }", "query Q($a: [Int { a }" };
    struct syntax_error error;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct document *d = document_parse(bad[i], strlen(bad[i]), &error);

        if (d != NULL)
            fail_msg("parsed: %s", bad[i]);
        assert_true(error.text[0] != '\0');
    }
}

static void a_document_keeps_aliases_fragments_and_directives(void **state)
{
    static const char text[] = "query Q($a: ID!, $b: [Int!] = [1, 2]) { x: order(id: $a) @include(if: true) { ...F ... on Order { id } } }\n"
                               "fragment F on Order { name }";
    struct syntax_error error;
    struct document *d = document_parse(text, strlen(text), &error);

    (void)state;
    assert_non_null(d);
    assert_string_equal(d->operations[0].variables[1].type, "[Int!]");
    assert_string_equal(d->operations[0].inner.list[0].alias, "x");
    assert_string_equal(d->operations[0].inner.list[0].name, "order");
    assert_int_equal(d->operations[0].inner.list[0].directive_count, 1);
    assert_non_null(document_fragment(d, "F"));
    document_free(d);
}

static void nesting_has_an_end(void **state)
{
    char *deep = malloc(40002);
    struct syntax_error error;

    (void)state;
    memset(deep, '{', 40000);
    deep[40000] = '\0';
    assert_null(document_parse(deep, 40000, &error));
    memset(deep, '[', 40000);
    memcpy(deep, "{ a(b: ", 7);
    assert_null(document_parse(deep, 40000, &error));
    free(deep);
}

static void mistakes_have_shopifys_shapes(void **state)
{
    (void)state;
    refused("{ shop { nme } }", NULL, "undefinedField", "Field 'nme' doesn't exist on type 'Shop'");
    refused("{ shop }", NULL, "selectionMismatch", NULL);
    refused("{ shop { name { x } } }", NULL, "selectionMismatch", NULL);
    refused("{ order { id } }", NULL, "missingRequiredArguments", "Field 'order' is missing required arguments: id");
    refused("{ shop(x: 1) { id } }", NULL, "argumentNotAccepted", "Field 'shop' doesn't accept argument 'x'");
    refused("{ orders(first: \"x\") { nodes { id } } }", NULL, "argumentLiteralsIncompatible", NULL);
    refused("query Q($a: ID!) { order(id: $b) { id } }", "{\"a\":\"gid://shopify/Order/1\"}", "variableNotDefined", NULL);
    refused("query Q($a: String!) { order(id: $a) { id } }", NULL, "variableMismatch", NULL);
    refused("query Q($a: ID!) { order(id: $a) { id } }", NULL, "INVALID_VARIABLE",
            "Variable $a of type ID! was provided invalid value");
    refused("{ shop { ...F } }", NULL, "useAndDefineFragment", "Fragment F was used, but not defined");
    refused("{ shop { ...F } } fragment F on Shop { id ...F }", NULL, "infiniteLoop", NULL);
    refused("{ shop { id } ", NULL, "PARSE_ERROR", NULL);
    refused("{ orders { nodes { id } } }", NULL, "BAD_REQUEST", "you must provide one of first or last");
}

static void scopes_close_what_was_not_granted(void **state)
{
    json_auto_t *all = ask("{ shop { name } customers(first: 1) { nodes { id } } }", NULL);

    (void)state;
    assert_string_equal(json_text_or(all, "errors.0.extensions.code", ""), "ACCESS_DENIED");
}

static void pages_follow_their_cursor_to_the_end(void **state)
{
    json_auto_t *first = ask("{ productVariants(first: 3) { nodes { sku } pageInfo { hasNextPage endCursor } } }", NULL);
    json_auto_t *second = NULL;
    char variables[256];
    const char *cursor = json_text(first, "data.productVariants.pageInfo.endCursor");
    size_t variants = 0;

    (void)state;
    assert_non_null(cursor);
    assert_int_equal(json_len(first, "data.productVariants.nodes"), 3);
    snprintf(variables, sizeof variables, "{\"a\":\"%s\"}", cursor);
    second = ask("query Q($a: String) { productVariants(first: 250, after: $a) { nodes { sku } pageInfo { hasNextPage } } }", variables);
    for (size_t i = 0; i < shop->product_count; i++)
        variants += shop_product_at(shop, i)->count;
    assert_int_equal(json_len(second, "data.productVariants.nodes"), variants - 3);
    assert_false(json_flag(second, "data.productVariants.pageInfo.hasNextPage"));
}

static void connections_cost_by_the_logarithm(void **state)
{
    static const int table[][2] = { { 0, 0 },  { 1, 1 },  { 2, 1 },  { 3, 2 },  { 5, 3 },   { 10, 4 },
                                    { 20, 5 }, { 25, 6 }, { 50, 7 }, { 75, 8 }, { 100, 9 }, { 250, 11 } };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        assert_int_equal(cost_multiplier(table[i][0]), table[i][1]);
}

/* Reads a document of the program. */
static char *document(const char *dir, const char *name)
{
    char path[1024];
    FILE *f;
    char *text = calloc(1, 65536);

    snprintf(path, sizeof path, "%s/%s/%s", PACKAGE_TREE, dir, name);
    f = fopen(path, "r");
    assert_non_null(f);
    assert_true(fread(text, 1, 65535, f) > 0);
    fclose(f);
    return text;
}

static void every_document_of_the_program_is_valid_here(void **state)
{
    DIR *dir = opendir(PACKAGE_TREE "/assets/graphql");
    struct dirent *entry;
    int seen = 0;

    (void)state;
    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL) {
        char *text;
        struct syntax_error error;
        struct document *d;
        json_auto_t *errors = json_array();

        if (!str_ends(entry->d_name, ".graphql"))
            continue;
        text = document("assets/graphql", entry->d_name);
        d = document_parse(text, strlen(text), &error);
        if (d == NULL)
            fail_msg("%s: %s", entry->d_name, error.text);
        if (!validate(schema, d, &d->operations[0], errors))
            fail_msg("%s: %s", entry->d_name, json_text_or(errors, "0.message", "?"));
        document_free(d);
        free(text);
        seen++;
    }
    closedir(dir);
    assert_true(seen > 5);
}

static void an_empty_bucket_says_so_in_a_200(void **state)
{
    struct bucket b;

    (void)state;
    bucket_init(&b, 10, 0.001);
    assert_true(bucket_take(&b, 10));
    assert_false(bucket_take(&b, 1));
    bucket_give(&b, 5);
    assert_true(bucket_take(&b, 5));
}

static void totals_are_the_sum_of_their_parts(void **state)
{
    (void)state;
    mutex_lock(&shop->lock);
    for (int i = 0; i < 500; i++) {
        const struct order *o = shop_sell_held(shop, MIX_ALL);
        int64_t net = 0, tax = 0, ship = 0;

        for (size_t k = 0; k < o->line_count; k++) {
            assert_true(line_net(&o->lines[k]) >= 0);
            net += line_net(&o->lines[k]);
            for (size_t t = 0; t < o->lines[k].tax_count; t++)
                tax += o->lines[k].taxes[t].amount;
        }
        for (size_t k = 0; k < o->ship_count; k++) {
            ship += o->ships[k].discounted;
            for (size_t t = 0; t < o->ships[k].tax_count; t++)
                tax += o->ships[k].taxes[t].amount;
        }
        assert_int_equal(o->subtotal, net);
        assert_int_equal(o->tax_total, tax);
        assert_int_equal(o->total, net + ship + (o->taxes_included ? 0 : tax));
        assert_int_equal(o->current_total, o->total);
    }
    mutex_unlock(&shop->lock);
}

static void the_same_seed_sells_the_same(void **state)
{
    struct shop_options options = { .seed = 42, .products = 5, .customers = 5 };
    struct err err;
    struct shop *one = shop_new(&options, &err), *two = shop_new(&options, &err);

    (void)state;
    for (int i = 0; i < 50; i++) {
        const struct order *a = shop_sell_held(one, MIX_ALL), *b = shop_sell_held(two, MIX_ALL);

        assert_true(a->id == b->id);
        assert_true(a->id > INT64_C(9007199254740992));
        assert_int_equal(a->total, b->total);
        assert_string_equal(a->financial, b->financial);
    }
    shop_free(one);
    shop_free(two);
}

static void what_an_edit_takes_away_stays_on_record(void **state)
{
    struct order *o;
    int quantity;

    (void)state;
    mutex_lock(&shop->lock);
    o = shop_sell_held(shop, MIX_PLAIN);
    quantity = o->lines[0].quantity;
    assert_true(shop_order_edit_held(shop, o, 0, 0));
    assert_int_equal(o->lines[0].quantity, quantity);
    assert_int_equal(o->lines[0].current, 0);
    assert_true(o->current_total < o->total);
    mutex_unlock(&shop->lock);
}

static void an_added_line_is_taxed_and_counted(void **state)
{
    struct order *o;
    int64_t before;

    (void)state;
    mutex_lock(&shop->lock);
    o = shop_sell_held(shop, MIX_PLAIN);
    before = o->current_total;
    assert_false(shop_order_add_held(shop, o, 1000000, 1));
    assert_true(shop_order_add_held(shop, o, 0, 2));
    assert_true(o->current_total >= before + 2 * shop_variant_at(shop, 0)->price);
    assert_int_equal(o->lines[o->line_count - 1].tax_count, o->lines[0].tax_count);
    mutex_unlock(&shop->lock);
}

static void a_refund_takes_pieces_or_money(void **state)
{
    json_t *payload;
    struct order *o;
    int64_t before;

    (void)state;
    mutex_lock(&shop->lock);
    o = shop_sell_held(shop, MIX_PLAIN);
    shop_order_edit_held(shop, o, 0, 3);
    before = o->current_total;
    assert_false(shop_order_refund_held(shop, o, 0, 4, 0));
    assert_true(shop_order_refund_held(shop, o, 0, 1, 0));
    assert_int_equal(o->lines[0].current, 2);
    assert_string_equal(o->financial, "partially_refunded");
    assert_int_equal(o->refunded, before - o->current_total);
    before = o->current_total;
    assert_true(shop_order_refund_held(shop, o, 0, 0, 150));
    assert_int_equal(o->current_total, before - 150);
    payload = payload_order(shop, o);
    mutex_unlock(&shop->lock);
    assert_int_equal(json_len(payload, "refunds"), 2);
    json_decref(payload);
}

static void payloads_carry_integers_and_the_shops_offset(void **state)
{
    json_t *payload;

    (void)state;
    mutex_lock(&shop->lock);
    payload = payload_order(shop, shop_sell_held(shop, MIX_PLAIN));
    mutex_unlock(&shop->lock);
    assert_true(json_is_integer(json_object_get(payload, "id")));
    assert_true(str_ends(json_text(payload, "created_at"), "-05:00"));
    assert_true(json_is_string(json_object_get(payload, "total_price")));
    assert_string_equal(json_text(payload, "total_price_set.shop_money.amount"), json_text(payload, "total_price"));
    json_decref(payload);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_are_really_parsed),
        cmocka_unit_test(a_document_keeps_aliases_fragments_and_directives),
        cmocka_unit_test(nesting_has_an_end),
        cmocka_unit_test(mistakes_have_shopifys_shapes),
        cmocka_unit_test(scopes_close_what_was_not_granted),
        cmocka_unit_test(pages_follow_their_cursor_to_the_end),
        cmocka_unit_test(connections_cost_by_the_logarithm),
        cmocka_unit_test(every_document_of_the_program_is_valid_here),
        cmocka_unit_test(an_empty_bucket_says_so_in_a_200),
        cmocka_unit_test(totals_are_the_sum_of_their_parts),
        cmocka_unit_test(the_same_seed_sells_the_same),
        cmocka_unit_test(what_an_edit_takes_away_stays_on_record),
        cmocka_unit_test(an_added_line_is_taxed_and_counted),
        cmocka_unit_test(a_refund_takes_pieces_or_money),
        cmocka_unit_test(payloads_carry_integers_and_the_shops_offset),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
