/*
 * stock - the crash matrix of "stock in": a core dies at the n-th commit, or after the n-th request
 * it sent; before it is started again, what it had set already is sold from. In the end every
 * quantity is set once, and no sale is undone. The core is this program again, with a directory.
 *
 *   CRASH_ALL=1   every request too; else those of the flow, not those that read what Odoo is like
 */
#include "tests/unit/unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/str.h"
#include "store/mappings.h"
#include "tests/crash/dying.h"

#define LEVELS   6 /* by turns at one location and at another; the same product twice each */
#define WANTED   10 /* and one more for each further one */
#define PLACE    8
#define REQUESTS 9 /* of the flow, at the end */

static struct yard yard, *y = &yard;
static int64_t last; /* the last variant made so far */

/* ---- what it has to do ---- */

/* A level: even ones at the warehouse, odd ones of the same product in a corner of it. */
struct thing {
    int64_t variant, product, wanted;
    bool corner;
    int64_t writes; /* quants that are written */
};

static int64_t corner, shelf; /* places below the warehouse's */

struct adding {
    int64_t backend;
    struct thing *things;
};

static json_t *level(const struct thing *t)
{
    return json_pack(
        "{s{so ss} s[{ss sI} {ss si}] s{so sb s{s[{so}]}} ss}", "location", "id",
        json_sprintf("gid://shopify/Location/%d", t->corner ? 81 : 80), "name",
        t->corner ? "Corner" : "Main", "quantities", "name", "available", "quantity",
        (json_int_t)t->wanted - 2, "name", "committed", "quantity", 2, "item", "id",
        json_sprintf("gid://shopify/InventoryItem/%" PRId64, t->variant), "tracked", 1, "variants",
        "nodes", "id", json_sprintf("gid://shopify/ProductVariant/%" PRId64, t->variant),
        "updatedAt", "2026-11-20T09:16:00Z");
}

static bool add_one(struct db *db, int64_t backend, const struct thing *t, struct err *err)
{
    struct pair pair = { .backend = backend, .shopify_id = t->variant, .odoo_id = t->product };
    char record[64];
    json_auto_t *node = level(t);
    AUTO_FREE char *text = json_write(node);
    struct job_new job = { .backend = backend, .lane = "stock", .kind = "stock.in",
                           .record = record, .priority = 4, .payload = text,
                           .payload_len = strlen(text) };
    int64_t id;

    str_copy(pair.kind, sizeof pair.kind, "variant");
    str_copy(pair.odoo_model, sizeof pair.odoo_model, "product.product");
    snprintf(record, sizeof record, "level@%d:%" PRId64, t->corner ? 81 : 80, t->variant);
    return pairs_put(db, &pair, NULL, NULL, 0, err) && jobs_add(db, &job, &id, NULL, err);
}

static bool add_all(struct db *db, void *ctx, struct err *err)
{
    struct adding *a = ctx;
    char value[32];
    int64_t id;

    snprintf(value, sizeof value, "location:%" PRId64, corner);
    if (!mappings_set(db, a->backend, "location", "Main", "1", "", "tester", NULL, &id, err) ||
        !mappings_set(db, a->backend, "location", "Corner", value, "", "tester", NULL, &id, err))
        return false;
    for (int i = 0; i < LEVELS; i++)
        if (!add_one(db, a->backend, &a->things[i], err))
            return false;
    return true;
}

/* As a person counts. */
static void count(int64_t product, int64_t place, int64_t is)
{
    json_auto_t *id = yard_odoo(
        y, "stock.quant", "create",
        json_pack("[{sI sI sI}]", "product_id", (json_int_t)product, "location_id",
                  (json_int_t)place, "inventory_quantity_auto_apply", (json_int_t)is),
        json_pack("{s{sb}}", "context", "inventory_mode", 1));

    assert_true(json_is_integer(id));
}

static void prepare(struct thing things[LEVELS])
{
    struct adding a = { .backend = y->stand.backend, .things = things };
    struct err err = { 0 };

    for (int i = 0; i < LEVELS; i++)
        things[i] = (struct thing){
            .variant = i % 2 == 0 ? ++last : last,
            .product = i % 2 == 1 ? things[i - 1].product
                                  : yard_make(y, "product.product",
                                              json_pack("{ss sb}", "name", "Thing", "is_storable", 1)),
            .wanted = WANTED + i,
            .corner = i % 2 == 1,
            .writes = i == 0 ? 2 : 1,
        };
    /* too much of the first, at two places: both are written */
    count(things[0].product, PLACE, 20);
    count(things[0].product, shelf, 30);
    if (!store_do(y->stand.store, add_all, &a, &err))
        fail_msg("%s", err.text);
}

/* ---- what it did ---- */

static json_t *quants_of(const struct thing *t)
{
    json_t *domain = json_pack("[[ssI][ssI]]", "product_id", "=", (json_int_t)t->product,
                               "location_id", "child_of", (json_int_t)(t->corner ? corner : PLACE));

    if (!t->corner) {
        json_array_append_new(domain, json_string("!"));
        json_array_append_new(domain,
                              json_pack("[ssI]", "location_id", "child_of", (json_int_t)corner));
    }
    return yard_find(y, "stock.quant", domain, "quantity,inventory_quantity_set,location_id");
}

static int64_t adjusted(const struct thing *t)
{
    json_auto_t *rows = yard_find(y, "stock.move",
                                  json_pack("[[ssI][sss]]", "product_id", "=",
                                            (json_int_t)t->product, "reference", "like",
                                            "Shopify opening stock"),
                                  "location_id,location_dest_id");
    const json_t *row;
    size_t i;
    int64_t found = 0;

    json_array_foreach(rows, i, row)
        found += t->corner == (json_int_or(row, "location_id.0", 0) == corner ||
                               json_int_or(row, "location_dest_id.0", 0) == corner);
    return found;
}

/* One of what is there already is sold while nobody runs. */
static void sell_one(struct thing *t)
{
    json_auto_t *rows = quants_of(t);
    const json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
        if (json_real_or(row, "quantity", 0) >= 1) {
            count(t->product, json_int_or(row, "location_id.0", 0),
                  (int64_t)json_real_or(row, "quantity", 0) - 1);
            t->wanted--;
            return;
        }
    fail_msg("nothing to sell");
}

static void check(const struct thing *t, const char *at)
{
    json_auto_t *rows = quants_of(t);
    const json_t *row;
    double sum = 0;
    bool counting = false;
    size_t i;

    json_array_foreach(rows, i, row) {
        sum += json_real_or(row, "quantity", 0);
        counting = counting || json_flag(row, "inventory_quantity_set");
    }
    if (json_array_size(rows) != (size_t)t->writes || (int64_t)sum != t->wanted ||
        adjusted(t) != t->writes || counting)
        fail_msg("%s: %s, %zu quants, %g instead of %lld, %lld adjustments", at,
                 t->corner ? "corner" : "main", json_array_size(rows), sum, (long long)t->wanted,
                 (long long)adjusted(t));
}

static void dies_and_goes_on(const char *kind, unsigned long n)
{
    struct thing things[LEVELS];
    char at[32];
    int code;

    snprintf(at, sizeof at, "%s:%lu", kind, n);
    prepare(things);
    code = dying_run(y, "stock", at);
    if (code != DYING_EXIT && code != 0)
        fail_msg("%s: exit code %d", at, code);
    usleep(50000); /* what was sent is done */
    for (int i = 0; code == DYING_EXIT && i < LEVELS; i++)
        if (adjusted(&things[i]) == things[i].writes)
            sell_one(&things[i]);
    assert_int_equal(dying_run(y, "stock", NULL), 0);
    for (int i = 0; i < LEVELS; i++)
        check(&things[i], at);
    assert_int_equal(yard_parked(y), 0);
}

static void stock_is_set_once_whenever_the_core_dies(void **state)
{
    struct thing things[LEVELS];
    unsigned long commits, requests, first;

    (void)state;
    prepare(things);
    assert_int_equal(dying_run(y, "stock", NULL), 0);
    for (int i = 0; i < LEVELS; i++)
        check(&things[i], "a whole run");
    commits = dying_counted(y, "commit");
    requests = dying_counted(y, "request");
    first = getenv("CRASH_ALL") != NULL || requests < REQUESTS ? 1 : requests - REQUESTS + 1;
    for (unsigned long n = 1; n <= commits; n++)
        dies_and_goes_on("commit", n);
    for (unsigned long n = first; n <= requests; n++)
        dies_and_goes_on("request", n);
}

static int set_up(void **state)
{
    (void)state;
    yard_open(y, 1);
    yard_rest(y); /* the cores of this test are others */
    corner = yard_make(y, "stock.location",
                       json_pack("{ss sI}", "name", "Corner", "location_id", (json_int_t)PLACE));
    shelf = yard_make(y, "stock.location",
                      json_pack("{ss sI}", "name", "Shelf", "location_id", (json_int_t)PLACE));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    yard_close(y);
    return 0;
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(stock_is_set_once_whenever_the_core_dies),
    };

    if (argc == 4 && strcmp(argv[1], "core") == 0)
        return dying_core(argv[2], argv[3]);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
