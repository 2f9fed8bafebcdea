/*
 * The shop tells that a quantity moved: a sale, a clerk, or we. What we set ourselves is known; of
 * anything else the product is looked at again, a little later, so that many sales are one look.
 */
#include "jobs/stock_out.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "store/jobs.h"

#define LATER WHEN_MINUTE

struct seen {
    int64_t backend, product;
};

/* The body of inventory_levels/update; NULL: it is none. */
static json_t *payload_of(struct db *db, const struct batch_job *job)
{
    struct err ignored = { 0 };
    size_t len = 0;
    AUTO_FREE char *text = jobs_payload(db, job->job.id, &len, &ignored);

    return text != NULL ? json_read(text, len, "the level", &ignored) : NULL;
}

/* Which product to look at; 0: none. */
static bool product_of(struct db *db, int64_t backend, const json_t *payload, int64_t *product,
                       struct err *err)
{
    char kind[STORE_NAME_MAX], now[PAIR_PRINT_MAX];
    struct pair pair;
    bool found = false;

    *product = 0;
    snprintf(kind, sizeof kind, "level@%" PRId64, json_int_or(payload, "location_id", 0));
    if (!pairs_by_shopify(db, backend, kind, json_int_or(payload, "inventory_item_id", 0), &pair,
                          NULL, &found, err))
        return false;
    snprintf(now, sizeof now, OUT_PRINT_OFFERED "%" PRId64,
             json_int_or(payload, "available", INT64_MIN));
    if (!found || strcmp(pair.shopify_print, now) == 0 ||
        sscanf(pair.odoo_print, OUT_PRINT_PRODUCT "%" SCNd64, product) != 1)
        *product = 0; /* nothing we offer, or our own */
    return true;
}

static bool look_later(struct db *db, void *ctx, struct err *err)
{
    const struct seen *seen = ctx;
    int64_t job;

    return stock_out_add(db, seen->backend, seen->product, 2, when_now() + LATER, &job, err);
}

static void see(struct batch *batch, struct batch_job *job)
{
    json_auto_t *payload = payload_of(batch->db, job);
    struct err err = { 0 };
    struct seen *seen;
    int64_t product;

    if (!product_of(batch->db, batch->backend, payload, &product, &err)) {
        batch_failed(job, &err);
        return;
    }
    batch_done(job);
    seen = product != 0 ? calloc(1, sizeof *seen) : NULL;
    if (seen == NULL)
        return;
    *seen = (struct seen){ batch->backend, product };
    batch_change(job, look_later, seen, free);
}

void level_seen_run(void *workshop, struct batch *batch)
{
    char on[POLICY_VALUE_MAX];
    struct err err = { 0 };
    bool ok = policies_get(batch->db, batch->backend, POLICY_stock_out, on, &err);

    (void)workshop;
    for (size_t i = 0; i < batch->count; i++) {
        if (!ok)
            batch_failed(&batch->jobs[i], &err);
        else if (strcmp(on, "off") == 0)
            batch_done(&batch->jobs[i]);
        else
            see(batch, &batch->jobs[i]);
    }
}
