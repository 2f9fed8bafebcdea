#include "jobs/stock_out.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "odoo/reference.h"
#include "store/jobs.h"

bool stock_out_open(struct out_flow *flow, struct workshop_place *place, struct db *db,
                    struct store *store, size_t count, struct err *err)
{
    *flow = (struct out_flow){ .place = place, .db = db, .store = store };
    flow->write = store != NULL &&
                  strcmp(place->site->policies.text[POLICY_stock_out], "on") == 0;
    flow->cases = calloc(count + 1, sizeof *flow->cases);
    if (flow->cases == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    flow->count = count;
    flow->fields = odoo_reference_fields(place->site->cache, place->http, "product.product",
                                         &place->odoo, err);
    return flow->fields != NULL;
}

void stock_out_close(struct out_flow *flow)
{
    for (size_t i = 0; i < flow->count; i++)
        out_case_clear(&flow->cases[i]);
    free(flow->cases);
    json_decref(flow->fields);
    json_decref(flow->rows);
}

/* "stock:PRODUCT" */
static void begin_case(struct out_case *c, struct batch_job *job)
{
    c->job = job;
    str_copy(c->title, sizeof c->title, job->job.title);
    c->product = jobs_record_id(job->job.record, "stock:");
    if (c->product != 0)
        return;
    c->ended = true;
    err_set(&c->why, ERR_INVALID, "the job names no product of Odoo's");
}

static void tell_shop(struct out_flow *flow, struct batch *batch)
{
    struct err err = { 0 };

    for (size_t i = 0; i < batch->count; i++)
        begin_case(&flow->cases[i], &batch->jobs[i]);
    if (stock_out_find(flow, &err) && stock_out_look(flow, &err) && flow->write)
        stock_out_write(flow, &err);
    for (size_t i = 0; i < batch->count; i++)
        stock_out_end(flow, &flow->cases[i], &err);
}

/* The policy was switched off while it waited. */
static void drop_all(struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++)
        batch_cancel(&batch->jobs[i], "stock to the shop is switched off (policy stock_out)");
}

void stock_out_run(void *workshop, struct batch *batch)
{
    struct workshop_place place;
    struct out_flow flow;
    struct err err = { 0 };

    if (!workshop_enter(&place, workshop, batch, true))
        return;
    if (strcmp(place.site->policies.text[POLICY_stock_out], "off") == 0) {
        drop_all(batch);
        workshop_leave(&place);
        return;
    }
    if (stock_out_open(&flow, &place, batch->db, batch->store, batch->count, &err))
        tell_shop(&flow, batch);
    else
        for (size_t i = 0; i < batch->count; i++)
            batch_failed(&batch->jobs[i], &err);
    stock_out_close(&flow);
    workshop_leave(&place);
}

bool stock_out_add(struct db *db, int64_t backend, int64_t product, int priority, when due,
                   int64_t *job_id, struct err *err)
{
    char record[STORE_RECORD_MAX];
    struct job_new job = { .backend = backend, .lane = "stock-out", .kind = "stock.out",
                           .record = record, .priority = priority, .due = due, .payload = "" };

    snprintf(record, sizeof record, "stock:%" PRId64, product);
    return jobs_add(db, &job, job_id, NULL, err);
}
