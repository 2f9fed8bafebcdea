/*
 * products - how fast "product in" is, beside what Odoo itself needs for the same records in its
 * best batches: the same loads, without look-ups, queue or store, from as many threads.
 *
 *     products [N [VARIANTS [BATCH]]]     200 products of 3 variants, own loop in batches of 100
 *
 * Against the Odoo of SIGNALBOX_ODOO_URL, _DB, _LOGIN and _KEY_FILE, else against a practice one.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "odoo/records.h"
#include "sync/order_to_odoo.h"
#include "sync/product_from_shopify.h"
#include "sync/product_to_odoo.h"
#include "tests/unit/products.h"
#include "tests/unit/depot.h"

#define THREADS 2

static struct depot depot;
static char mark[16]; /* of this run, so that nothing is found from the last */
static int64_t first; /* the id of its first product */

struct work {
    int count, variants, batch;
};

/* The i-th product; the loop's own have other ids and SKUs. */
static json_t *node_of(const struct work *w, int i, bool own)
{
    char sku[48];
    struct products p = { .id = first + i + (own ? 10000 : 0),
                          .options = w->variants > 1 ? 1 + (w->variants > 40) : 0,
                          .values = w->variants > 40 ? 46 : w->variants,
                          .variants = w->variants,
                          .price = 1990,
                          .sku = sku };

    snprintf(sku, sizeof sku, "%s%s-%d", own ? "O" : "F", mark, i);
    return products_node(&p);
}

/* ---- our flow ---- */

static double flow_seconds(const struct work *w)
{
    int64_t *jobs = calloc((size_t)w->count, sizeof *jobs);
    double seconds;
    when begun;

    schedule_hold(depot.schedule, true);
    for (int i = 0; i < w->count; i++) {
        char record[48];

        snprintf(record, sizeof record, "product:%" PRId64, first + i);
        jobs[i] = depot_add(&depot, "product.in", "import", record, node_of(w, i, false));
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

struct loop {
    pthread_t thread;
    const struct work *work;
    const struct reference *r;
    json_t *attributes, *values;
    int from, to;
    struct http *http;
};

static json_t *load(struct loop *l, const json_t *plans)
{
    json_auto_t *calls = plan_join(plans, (size_t)l->work->batch);
    json_t *all = json_array(), *call;
    size_t i;

    json_array_foreach(calls, i, call)
    {
        json_t *ids = NULL;
        struct err err = { 0 };

        if (!records_load_once(depot.odoo, l->http, json_text_or(call, "model", ""),
                               json_object_get(call, "fields"), json_object_get(call, "rows"),
                               json_object_get(call, "context"), PACE_IMPORT, &ids, NULL, &err)) {
            printf("own loop: %s\n", err.text);
            exit(1);
        }
        json_array_extend(all, ids);
        json_decref(ids);
    }
    return all;
}

/* {"VALUE ID": own value} of one template, as web_read gives it. */
static json_t *own_values(const json_t *row)
{
    json_t *ptavs = json_object();
    const json_t *line, *value;
    char id[PRODUCT_KEY_MAX];
    size_t i, n;

    json_array_foreach(json_object_get(row, "attribute_line_ids"), i, line)
        json_array_foreach(json_object_get(line, "product_template_value_ids"), n, value)
            json_object_set(
                ptavs, product_id_text(json_int_or(value, "product_attribute_value_id", 0), id),
                json_object_get(value, "id"));
    return ptavs;
}

static json_t *read_lines(struct loop *l, json_t *ids)
{
    json_auto_t *specification =
        json_pack("{s{s{s{}}}, s{s{s{s{s{}}}}}}", "product_variant_ids", "fields", "id",
                  "attribute_line_ids", "fields", "product_template_value_ids", "fields",
                  "product_attribute_value_id");
    json_t *rows = NULL;
    struct err err = { 0 };

    if (!records_read_deep(depot.odoo, l->http, "product.template", ids, specification, PACE_IMPORT,
                           &rows, NULL, &err)) {
        printf("own loop: %s\n", err.text);
        exit(1);
    }
    return rows;
}

/* The products of one batch: templates, their values, variants. */
static void loop_batch(struct loop *l, int from, int to)
{
    json_auto_t *templates = json_array(), *variants = json_array(), *products = json_array();
    json_auto_t *ids = NULL, *rows = NULL, *made = NULL;
    struct product_place place = { .shopkey = mark, .r = l->r, .category = 1,
                                   .attributes = l->attributes, .values = l->values };

    for (int i = from; i < to; i++) {
        json_auto_t *node = node_of(l->work, i, true);
        json_t *product = product_from_shopify(node, l->r, NULL, NULL);
        json_auto_t *options = product_options(product);

        json_array_append_new(products, product);
        json_array_append_new(templates, product_template_plan(product, options, &place, NULL));
    }
    ids = load(l, templates);
    rows = read_lines(l, ids);
    for (int i = from; l->work->variants > 1 && i < to; i++) {
        const json_t *product = json_array_get(products, (size_t)(i - from));
        json_auto_t *options = product_options(product);
        json_auto_t *ptavs = own_values(json_array_get(rows, (size_t)(i - from)));
        json_auto_t *mine = product_variant_plans(
            product, options, json_integer_value(json_array_get(ids, (size_t)(i - from))), ptavs,
            NULL, &place);

        json_array_extend(variants, mine);
    }
    made = load(l, variants);
}

static void *loop_run(void *ctx)
{
    struct loop *l = ctx;
    int batch = l->work->batch;

    for (int i = l->from; i < l->to; i += batch)
        loop_batch(l, i, i + batch < l->to ? i + batch : l->to);
    return NULL;
}

/* Attributes and values are there before the clock starts, as they are for the flow's second batch. */
static void know_words(struct loop *l)
{
    json_auto_t *node = node_of(l->work, 0, true);
    json_auto_t *product = product_from_shopify(node, l->r, NULL, NULL);
    json_auto_t *options = product_options(product);
    const json_t *option;
    size_t i;

    l->attributes = json_object();
    l->values = json_object();
    json_array_foreach(options, i, option)
    {
        const char *key = json_text_or(option, "key", ""), *name;
        json_auto_t *plans = json_pack("[o]", product_attribute_plan(
                                                  key, json_text_or(option, "name", ""), mark));
        json_auto_t *ids = load(l, plans), *values = json_array(), *made = NULL;
        json_t *value;
        size_t n = 0;

        json_object_set(l->attributes, key, json_array_get(ids, 0));
        json_object_foreach(json_object_get(option, "values"), name, value)
            json_array_append_new(values, product_value_plan(json_string_value(value), name,
                                                             json_int_or(ids, "0", 0), mark));
        made = load(l, values);
        json_object_foreach(json_object_get(option, "values"), name, value)
            json_object_set(l->values, json_string_value(value), json_array_get(made, n++));
    }
}

static double own_seconds(const struct work *w)
{
    struct workshop_place place;
    struct loop loops[THREADS];
    int share = (w->count + THREADS - 1) / THREADS;
    when begun;
    double seconds;

    depot_enter(&depot, &place);
    loops[0] = (struct loop){ .work = w, .r = place.picture->reference, .http = depot.http };
    know_words(&loops[0]);
    for (int t = 0; t < THREADS; t++) {
        loops[t] = loops[0];
        loops[t].from = t * share < w->count ? t * share : w->count;
        loops[t].to = (t + 1) * share < w->count ? (t + 1) * share : w->count;
        loops[t].http = http_new(NULL, NULL);
    }
    begun = when_ticks();
    for (int t = 0; t < THREADS; t++)
        pthread_create(&loops[t].thread, NULL, loop_run, &loops[t]);
    for (int t = 0; t < THREADS; t++)
        pthread_join(loops[t].thread, NULL);
    seconds = (double)(when_ticks() - begun) / 1e6;
    for (int t = 0; t < THREADS; t++)
        http_free(loops[t].http);
    json_decref(loops[0].attributes);
    json_decref(loops[0].values);
    workshop_leave(&place);
    return seconds;
}

int main(int argc, char **argv)
{
    struct work w = { .count = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 200,
                      .variants = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 3,
                      .batch = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 100 };
    struct workshop_calls calls;
    double flow, own;

    first = when_now() / WHEN_SECOND % 100000000 * 100000;
    snprintf(mark, sizeof mark, "b%" PRId64, first / 100000);
    depot_open(&depot, getenv("SIGNALBOX_ODOO_URL") != NULL);
    depot_policy(&depot, "product_category", "1");
    own = own_seconds(&w);
    printf("Odoo's own best batches: %.1f s, %.1f/s\n", own, w.count / own);
    fflush(stdout);
    calls = workshop_calls(depot.workshop);
    flow = flow_seconds(&w);
    calls.odoo = workshop_calls(depot.workshop).odoo - calls.odoo;
    printf("%d products of %d variants: %.1f s, %.1f/s, %" PRId64 " calls, ratio %.2f\n", w.count,
           w.variants, flow, w.count / flow, calls.odoo, flow / own);
    fflush(stdout);
    depot_close(&depot);
    return 0;
}
