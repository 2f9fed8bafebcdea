/*
 * customers - how fast "customer in" is, beside what Odoo itself needs for the same contacts and
 * addresses in its best batches: the same loads, without look-ups, queue or store, from as many
 * threads.
 *
 *     customers [N [ADDRESSES [BATCH]]]     400 customers of 1 address, own loop in batches of 100
 *
 * Against the Odoo of SIGNALBOX_ODOO_URL, _DB, _LOGIN and _KEY_FILE, else against a practice one.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "odoo/records.h"
#include "sync/customer.h"
#include "sync/order_to_odoo.h"
#include "tests/unit/depot.h"

#define THREADS 2

static struct depot depot;
static int64_t first; /* the id of the run's first customer */

struct work {
    int count, addresses, batch;
};

/* The i-th customer; the loop's own have other ids, and so other e-mails. */
static json_t *node_of(const struct work *w, int i, bool own)
{
    int64_t id = first + i + (own ? 50000 : 0);
    json_t *list = json_array();

    for (int n = 0; n < w->addresses; n++)
        json_array_append_new(
            list, json_pack("{sssssossssssss}", "firstName", "Ada", "lastName", "Byron", "address1",
                            json_sprintf("Gasse %" PRId64 "-%d", id, n), "city", "Basel", "zip",
                            "4001", "country", "Switzerland", "countryCodeV2", "CH"));
    return json_pack("{sosssss{so}sssssss[]s{so}s{s[]}}", "id",
                     json_sprintf("gid://shopify/Customer/%" PRId64, id), "firstName", "Ada",
                     "lastName", "Byron", "defaultEmailAddress", "emailAddress",
                     json_sprintf("c%" PRId64 "@example.com", id), "locale", "en", "state",
                     "ENABLED", "updatedAt", "2026-11-20T09:16:00Z", "tags", "addressesV2", "nodes",
                     list, "metafields", "nodes");
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

        snprintf(record, sizeof record, "customer:%" PRId64, first + i);
        jobs[i] = depot_add(&depot, "customer.in", "import", record, node_of(w, i, false));
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
    const char *key;
    const struct reference *r;
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

static json_t *whole(struct loop *l, const json_t *customer)
{
    struct person person = person_of_customer(customer);
    json_auto_t *contact = partner_contact(&person, l->key, l->r, NULL, NULL);
    json_auto_t *addresses = json_array();
    const json_t *address;
    size_t i;

    json_array_foreach(json_object_get(customer, "addresses"), i, address)
        json_array_append_new(addresses, partner_address(address, 0, i == 0 ? "other" : "delivery",
                                                         person.locale, l->key, l->r, NULL));
    return partner_with_addresses(contact, addresses, person.locale, l->r);
}

static void loop_batch(struct loop *l, int from, int to)
{
    json_auto_t *plans = json_array(), *made = NULL;

    for (int i = from; i < to; i++) {
        json_auto_t *node = node_of(l->work, i, true);
        json_auto_t *customer = customer_from_shopify(node, NULL, NULL);

        json_array_append_new(plans, whole(l, customer));
    }
    made = load(l, plans);
}

static void *loop_run(void *ctx)
{
    struct loop *l = ctx;
    int batch = l->work->batch;

    for (int i = l->from; i < l->to; i += batch)
        loop_batch(l, i, i + batch < l->to ? i + batch : l->to);
    return NULL;
}

static double own_seconds(const struct work *w)
{
    struct workshop_place place;
    struct loop loops[THREADS];
    int share = (w->count + THREADS - 1) / THREADS;
    when begun;
    double seconds;

    depot_enter(&depot, &place);
    for (int t = 0; t < THREADS; t++)
        loops[t] = (struct loop){ .work = w,
                                  .key = place.site->key,
                                  .r = place.picture->reference,
                                  .from = t * share < w->count ? t * share : w->count,
                                  .to = (t + 1) * share < w->count ? (t + 1) * share : w->count,
                                  .http = http_new(NULL, NULL) };
    begun = when_ticks();
    for (int t = 0; t < THREADS; t++)
        pthread_create(&loops[t].thread, NULL, loop_run, &loops[t]);
    for (int t = 0; t < THREADS; t++)
        pthread_join(loops[t].thread, NULL);
    seconds = (double)(when_ticks() - begun) / 1e6;
    for (int t = 0; t < THREADS; t++)
        http_free(loops[t].http);
    workshop_leave(&place);
    return seconds;
}

int main(int argc, char **argv)
{
    struct work w = { .count = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 400,
                      .addresses = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 1,
                      .batch = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 100 };
    struct workshop_calls calls;
    double flow, own;

    first = when_now() / WHEN_SECOND % 100000000 * 100000;
    depot_open(&depot, getenv("SIGNALBOX_ODOO_URL") != NULL);
    own = own_seconds(&w);
    printf("Odoo's own best batches: %.1f s, %.1f/s\n", own, w.count / own);
    fflush(stdout);
    calls = workshop_calls(depot.workshop);
    flow = flow_seconds(&w);
    calls.odoo = workshop_calls(depot.workshop).odoo - calls.odoo;
    printf("%d customers of %d addresses: %.1f s, %.1f/s, %" PRId64 " calls, ratio %.2f\n", w.count,
           w.addresses, flow, w.count / flow, calls.odoo, flow / own);
    fflush(stdout);
    depot_close(&depot);
    return 0;
}
