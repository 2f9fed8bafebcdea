/*
 * stock - how fast "stock in" is, beside what Odoo itself needs to count and apply as many quants
 * in its best batches: the same two calls, without look-ups, queue or store.
 *
 *     stock [N]     1000 levels
 *
 * Against the Odoo of SIGNALBOX_ODOO_URL, _DB, _LOGIN and _KEY_FILE, else against a practice one.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "odoo/records.h"
#include "tests/unit/depot.h"

#define BATCH 100
#define FLOW  8 /* the place of the flow: the warehouse's stock */
#define LOOP  9 /* of the own loop: its input */

static struct depot depot;

struct world {
    int count;
    int64_t first; /* variant of this run */
    json_t *products;
};

static void fail(const char *what, const struct err *err)
{
    printf("%s: %s\n", what, err->text);
    exit(1);
}

static json_t *call(const char *model, const char *method, json_t *args, json_t *context)
{
    json_auto_t *a = args;
    json_auto_t *kwargs = json_pack("{so}", "context", records_context(depot.odoo, context));
    struct odoo_request request = { .model = model, .method = method, .args = a, .kwargs = kwargs,
                                    .class = PACE_IMPORT };
    struct err err = { 0 };
    json_t *result = NULL;

    if (!odoo_call(depot.odoo, depot.http, &request, &result, NULL, &err))
        fail(method, &err);
    json_decref(context);
    return result;
}

static void make_products(struct world *w)
{
    w->products = json_array();
    for (int from = 0; from < w->count; from += BATCH) {
        json_t *all = json_array();
        json_auto_t *ids = NULL;

        for (int i = from; i < from + BATCH && i < w->count; i++)
            json_array_append_new(all, json_pack("{ss sb}", "name", "Stocked", "is_storable", 1));
        ids = call("product.product", "create", json_pack("[o]", all), NULL);
        json_array_extend(w->products, ids);
    }
}

/* ---- our flow ---- */

static bool add_pairs(struct db *db, void *ctx, struct err *err)
{
    const struct world *w = ctx;

    for (int i = 0; i < w->count; i++) {
        struct pair pair = { .backend = depot.backend, .shopify_id = w->first + i,
                             .odoo_id = json_integer_value(json_array_get(w->products, (size_t)i)) };

        str_copy(pair.kind, sizeof pair.kind, "variant");
        str_copy(pair.odoo_model, sizeof pair.odoo_model, "product.product");
        if (!pairs_put(db, &pair, NULL, NULL, 0, err))
            return false;
    }
    return true;
}

static json_t *level(int64_t variant, int quantity)
{
    return json_pack(
        "{s{ss ss} s[{ss si} {ss si}] s{so sb s{s[{so}]}} ss}", "location", "id",
        "gid://shopify/Location/80", "name", "Main", "quantities", "name", "available", "quantity",
        quantity, "name", "committed", "quantity", 2, "item", "id",
        json_sprintf("gid://shopify/InventoryItem/%" PRId64, variant), "tracked", 1, "variants",
        "nodes", "id", json_sprintf("gid://shopify/ProductVariant/%" PRId64, variant), "updatedAt",
        "2026-11-20T09:16:00Z");
}

static double flow_seconds(struct world *w)
{
    int64_t *jobs = calloc((size_t)w->count, sizeof *jobs);
    struct err err = { 0 };
    double seconds;
    when begun;

    if (jobs == NULL || !store_do(depot.store, add_pairs, w, &err))
        fail("pairs", &err);
    schedule_hold(depot.schedule, true);
    for (int i = 0; i < w->count; i++) {
        char record[64];

        snprintf(record, sizeof record, "level@80:%" PRId64, w->first + i);
        jobs[i] = depot_add(&depot, "stock.in", "stock", record, level(w->first + i, i % 90 + 1));
    }
    begun = when_ticks();
    schedule_hold(depot.schedule, false);
    depot_settle(&depot);
    seconds = (double)(when_ticks() - begun) / 1e6;
    for (int i = 0; i < w->count; i++) {
        struct job job = depot_job(&depot, jobs[i]);

        if (job.state != JOB_FINISHED) {
            printf("%s: %s\n", job.record, job.last_text);
            exit(1);
        }
    }
    free(jobs);
    return seconds;
}

/* ---- Odoo's own ---- */

static double loop_seconds(const struct world *w)
{
    when begun = when_ticks();

    for (int from = 0; from < w->count; from += BATCH) {
        json_t *rows = json_array();
        json_auto_t *loaded = NULL, *applied = NULL;

        for (int i = from; i < from + BATCH && i < w->count; i++)
            json_array_append_new(
                rows, json_pack("[oos]",
                                json_sprintf("%" JSON_INTEGER_FORMAT,
                                             json_integer_value(json_array_get(w->products,
                                                                               (size_t)i))),
                                json_sprintf("%d", LOOP), "7"));
        loaded = call("stock.quant", "load",
                      json_pack("[[sss]o]", "product_id/.id", "location_id/.id",
                                "inventory_quantity", rows),
                      json_pack("{sb}", "inventory_mode", 1));
        applied = call("stock.quant", "action_apply_inventory",
                       json_pack("[O]", json_object_get(loaded, "ids")), NULL);
    }
    return (double)(when_ticks() - begun) / 1e6;
}

int main(int argc, char **argv)
{
    unsigned long long count = 1000;
    struct world w = { .first = when_now() % 1000000000 };
    double flow, loop;

    if (argc > 1 && (!str_number(argv[1], 100000, &count) || count == 0)) {
        fprintf(stderr, "usage: %s [N]\n", argv[0]);
        return 2;
    }
    w.count = (int)count;
    depot_open(&depot, getenv("SIGNALBOX_ODOO_URL") != NULL);
    depot_map(&depot, "location", "Main", "1");
    make_products(&w);
    flow = flow_seconds(&w);
    loop = loop_seconds(&w);
    printf("%d levels: %.2f s, %.0f/s; Odoo alone %.2f s, %.0f/s; ratio %.3f\n", w.count, flow,
           w.count / flow, loop, w.count / loop, flow / loop);
    json_decref(w.products);
    depot_close(&depot);
    return 0;
}
