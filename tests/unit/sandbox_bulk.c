/* The practice shop's bulk operations: their life, their rows, what is refused. */
#include "tests/unit/unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/str.h"
#include "tests/sandbox/shop/api.h"
#include "tests/sandbox/shop/bulk.h"

#define ROWS                                                                                                             \
    "{ products { edges { node { id title variants { edges { node { id sku inventoryItem { id inventoryLevels { edges { " \
    "node { id } } } } } } } } } } }"

static struct shop *shop;
static struct hooks *hooks;
static struct faults *faults;
static struct stats *stats;
static struct api *api;

static int set_up(void **state)
{
    struct shop_options options = { .seed = 5, .products = 40, .customers = 20, .orders = 30, .believable = true };
    struct hooks_options hook_options = { .secret = "s", .domain = "d.myshopify.com", .gap_scale = 1, .parallel = 2 };
    struct api_options api_options = { .bucket = 20000, .rate = 10000, .token_life_s = 60,
                                       .scopes = "read_orders,read_all_orders,read_products,read_inventory,read_locations" };
    struct err err;

    (void)state;
    stats = stats_new();
    faults = faults_new();
    shop = shop_new(&options, &err);
    hooks = hooks_new(&hook_options, stats, &err);
    api = api_start(&api_options, shop, hooks, faults, stats, NULL, NULL, &err);
    return api == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    api_free(api);
    hooks_free(hooks);
    shop_free(shop);
    faults_free(faults);
    stats_free(stats);
    return 0;
}

static json_t *ask(const char *query, json_t *variables)
{
    json_auto_t *request = json_pack("{s:s,s:o}", "query", query, "variables", variables);

    return api_graphql(api, request);
}

/* The payload of a new operation. */
static json_t *run(const char *query, bool grouped)
{
    json_auto_t *all = ask("mutation R($q: String!, $g: Boolean!) { bulkOperationRunQuery(query: $q, groupObjects: $g) "
                           "{ bulkOperation { id status } userErrors { code field message } } }",
                           json_pack("{s:s,s:b}", "q", query, "g", grouped));

    return json_incref((json_t *)(uintptr_t)json_at(all, "data.bulkOperationRunQuery"));
}

static json_t *look(const char *gid)
{
    json_auto_t *all = ask("query L($id: ID!) { bulkOperation(id: $id) { id status errorCode objectCount rootObjectCount "
                           "fileSize url partialDataUrl completedAt } }",
                           json_pack("{s:s}", "id", gid));

    return json_incref((json_t *)(uintptr_t)json_at(all, "data.bulkOperation"));
}

/* Waits for its end. */
static json_t *done(const char *gid)
{
    json_t *seen = NULL;

    for (int i = 0; i < 3000; i++) {
        json_decref(seen);
        seen = look(gid);
        if (json_text(seen, "completedAt") != NULL)
            return seen;
        usleep(10000);
    }
    return seen;
}

static json_t *finished(const char *query, bool grouped)
{
    json_auto_t *payload = run(query, grouped);

    assert_non_null(json_text(payload, "bulkOperation.id"));
    return done(json_text(payload, "bulkOperation.id"));
}

/* The rows of a file; url: of the operation. */
static json_t *rows_of(const char *url)
{
    json_t *rows = json_array();
    int64_t size = 0;
    int fd;
    FILE *f;
    char line[65536];

    assert_non_null(url);
    fd = bulks_open(api_bulks(api), url + strlen(shop->url), &size);
    assert_true(fd >= 0);
    f = fdopen(fd, "r");
    rewind(f);
    while (fgets(line, sizeof line, f) != NULL) {
        json_t *row = json_loads(line, 0, NULL);

        assert_null(strstr(line, "gid://")); /* slashes are escaped */
        assert_non_null(row);
        json_array_append_new(rows, row);
    }
    fclose(f);
    return rows;
}

static void rows_are_joined_by_their_parents(void **state)
{
    json_auto_t *op = finished(ROWS, false);
    json_auto_t *rows = rows_of(json_text(op, "url"));
    json_auto_t *ids = json_object();
    size_t roots = 0, early = 0, levels = 0, i;
    json_t *row;

    (void)state;
    assert_string_equal(json_text_or(op, "status", ""), "COMPLETED");
    assert_null(json_text(op, "errorCode"));
    json_array_foreach(rows, i, row)
        json_object_set_new(ids, json_text_or(row, "id", ""), json_integer((json_int_t)i));
    json_array_foreach(rows, i, row) {
        const char *parent = json_text(row, "__parentId");

        roots += parent == NULL;
        if (parent == NULL)
            continue;
        assert_non_null(json_object_get(ids, parent));
        early += json_int_or(ids, parent, 0) > (int64_t)i;
        if (str_starts(json_text_or(row, "id", ""), "gid://shopify/InventoryLevel/")) {
            levels++; /* of the row around it, not of the item inside */
            assert_true(str_starts(parent, "gid://shopify/ProductVariant/"));
        }
    }
    assert_int_equal(roots, 40);
    assert_true(early > 0 && levels > 0);
    assert_int_equal(strtol(json_text_or(op, "objectCount", ""), NULL, 10), json_array_size(rows));
    assert_string_equal(json_text_or(op, "rootObjectCount", ""), "40");
}

static void grouped_children_follow_their_parent(void **state)
{
    json_auto_t *op = finished("{ products { edges { node { id variants { edges { node { id } } } } } } }", true);
    json_auto_t *rows = rows_of(json_text(op, "url"));
    const char *last = "";
    json_t *row;
    size_t i;

    (void)state;
    json_array_foreach(rows, i, row) {
        if (json_text(row, "__parentId") == NULL)
            last = json_text_or(row, "id", "");
        else
            assert_string_equal(json_text(row, "__parentId"), last);
    }
    assert_true(json_array_size(rows) > 40);
}

static void what_cannot_run_in_bulk_is_refused_in_words(void **state)
{
    static const char *const bad[][2] = {
        { "{ shop { name } }", "at least one connection" },
        { "{ orders { edges { node { id refunds { refundLineItems { edges { node { quantity } } } } } } } }", "within a list field" },
        { "{ products { edges { node { title variants { edges { node { id } } } } } } }", "must select the 'id' field" },
        { "{ products { edges { node { nonsense } } } }", "nonsense" },
        { "{ products { edges", "Invalid bulk query" },
        { "query Q($a: String) { products(query: $a) { edges { node { id } } } }", "no variables" },
        { "{ node(id: \"gid://shopify/Product/1\") { id } }", "top level 'node'" },
        { "{ products { edges { node { id variants { edges { node { id inventoryItem { id inventoryLevels { edges { node { id item { id "
          "inventoryLevels { edges { node { id } } } } } } } } } } } } } } }",
          "nesting depth" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        json_auto_t *payload = run(bad[i][0], false);

        assert_string_equal(json_text_or(payload, "userErrors.0.code", "(none)"), "INVALID");
        assert_non_null(strstr(json_text_or(payload, "userErrors.0.message", ""), bad[i][1]));
        assert_null(json_text(payload, "bulkOperation.id"));
    }
}

static void wish(const char *text)
{
    json_auto_t *w = json_loads(text, 0, NULL);

    bulks_wish(api_bulks(api), w);
}

static void five_run_at_once_and_a_sixth_waits(void **state)
{
    json_t *running[BULKS_AT_ONCE];
    json_auto_t *sixth = NULL, *cancelled = NULL, *after = NULL;

    (void)state;
    wish("{\"delay_ms\":50}");
    for (size_t i = 0; i < BULKS_AT_ONCE; i++) {
        running[i] = run("{ products { edges { node { id } } } }", false);
        assert_non_null(json_text(running[i], "bulkOperation.id"));
    }
    sixth = run("{ products { edges { node { id } } } }", false);
    assert_string_equal(json_text_or(sixth, "userErrors.0.code", ""), "OPERATION_IN_PROGRESS");
    assert_non_null(strstr(json_text_or(sixth, "userErrors.0.message", ""), json_text(running[0], "bulkOperation.id")));
    assert_true(json_is_null(json_object_get(json_array_get(json_object_get(sixth, "userErrors"), 0), "field")));
    for (size_t i = 0; i < BULKS_AT_ONCE; i++) {
        json_auto_t *answer = ask("mutation C($id: ID!) { bulkOperationCancel(id: $id) { bulkOperation { status } userErrors { message } } }",
                                  json_pack("{s:s}", "id", json_text(running[i], "bulkOperation.id")));
        json_auto_t *end = done(json_text(running[i], "bulkOperation.id"));

        assert_string_equal(json_text_or(answer, "data.bulkOperationCancel.bulkOperation.status", ""), "CANCELING");
        assert_string_equal(json_text_or(end, "status", ""), "CANCELED");
        json_decref(running[i]);
    }
    wish("{\"delay_ms\":0}");
    after = finished("{ products { edges { node { id } } } }", false);
    assert_string_equal(json_text_or(after, "status", ""), "COMPLETED");
    (void)cancelled;
}

static void a_failure_leaves_what_was_read_so_far(void **state)
{
    json_auto_t *op = NULL, *rows = NULL, *next = NULL;

    (void)state;
    wish("{\"fail_after\":7,\"code\":\"TIMEOUT\"}");
    op = finished("{ customers { edges { node { id } } } }", false);
    json_decref(op);
    wish("{\"fail_after\":7,\"code\":\"TIMEOUT\"}");
    op = finished("{ products { edges { node { id } } } }", false);
    assert_string_equal(json_text_or(op, "status", ""), "FAILED");
    assert_string_equal(json_text_or(op, "errorCode", ""), "TIMEOUT");
    assert_null(json_text(op, "url"));
    assert_string_equal(json_text_or(op, "objectCount", ""), "7");
    rows = rows_of(json_text(op, "partialDataUrl"));
    assert_int_equal(json_array_size(rows), 7);
    next = finished("{ products { edges { node { id } } } }", false);
    assert_string_equal(json_text_or(next, "status", ""), "COMPLETED");
}

static void what_may_not_be_read_fails_the_operation(void **state)
{
    json_auto_t *op = finished("{ orders { edges { node { id customer { id } } } } }", false);

    (void)state;
    assert_string_equal(json_text_or(op, "status", ""), "FAILED");
    assert_string_equal(json_text_or(op, "errorCode", ""), "ACCESS_DENIED");
}

static void nothing_found_leaves_no_file(void **state)
{
    json_auto_t *op = finished("{ products(query: \"id:1\") { edges { node { id } } } }", false);

    (void)state;
    assert_string_equal(json_text_or(op, "status", ""), "COMPLETED");
    assert_string_equal(json_text_or(op, "objectCount", ""), "0");
    assert_null(json_text(op, "url"));
    assert_null(json_text(op, "partialDataUrl"));
}

static void files_expire(void **state)
{
    json_auto_t *op = finished("{ products { edges { node { id } } } }", false);
    json_auto_t *later = NULL;
    const char *url = json_text(op, "url");
    int64_t size;

    (void)state;
    wish("{\"expire\":true}");
    later = look(json_text(op, "id"));
    assert_string_equal(json_text_or(later, "status", ""), "EXPIRED");
    assert_null(json_text(later, "url"));
    assert_int_equal(bulks_open(api_bulks(api), url + strlen(shop->url), &size), -1);
}

static void a_file_can_end_too_early(void **state)
{
    json_auto_t *op = NULL;
    int64_t size = 0;
    char last = '\n';
    int fd;

    (void)state;
    wish("{\"cut\":5}");
    op = finished("{ products { edges { node { id } } } }", false);
    fd = bulks_open(api_bulks(api), json_text(op, "url") + strlen(shop->url), &size);
    assert_true(fd >= 0 && size > 5);
    assert_int_equal(pread(fd, &last, 1, size - 1), 1);
    assert_true(last != '\n');
    close(fd);
}

static void all_operations_are_listed(void **state)
{
    json_auto_t *all = ask("{ bulkOperations(first: 3, query: \"status:completed\") { nodes { id status } pageInfo { hasNextPage } } "
                           "currentBulkOperation { id } }",
                           json_object());

    (void)state;
    assert_int_equal(json_len(all, "data.bulkOperations.nodes"), 3);
    assert_non_null(json_text(all, "data.currentBulkOperation.id"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_joined_by_their_parents),
        cmocka_unit_test(grouped_children_follow_their_parent),
        cmocka_unit_test(what_cannot_run_in_bulk_is_refused_in_words),
        cmocka_unit_test(five_run_at_once_and_a_sixth_waits),
        cmocka_unit_test(a_failure_leaves_what_was_read_so_far),
        cmocka_unit_test(what_may_not_be_read_fails_the_operation),
        cmocka_unit_test(nothing_found_leaves_no_file),
        cmocka_unit_test(files_expire),
        cmocka_unit_test(a_file_can_end_too_early),
        cmocka_unit_test(all_operations_are_listed),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
