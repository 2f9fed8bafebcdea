#include "jobs/product_out.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "jobs/product.h"
#include "store/jobs.h"

void goods_leave(struct goods_case *c, const char *words)
{
    c->ended = true;
    str_copy(c->words, sizeof c->words, words);
}

void goods_fail(struct goods_case *c, const struct err *why)
{
    c->ended = true;
    c->why = *why;
}

static void begin_case(struct goods_case *c, struct batch_job *job)
{
    struct err why = { 0 };

    c->job = job;
    findings_init(&c->findings);
    str_copy(c->name, sizeof c->name, job->job.title);
    c->product = jobs_record_id(job->job.record, "goods:");
    c->template = jobs_record_id(job->job.record, "template:");
    if (c->product != 0 || c->template != 0)
        return;
    err_set(&why, ERR_INVALID, "the job names no product of Odoo's");
    goods_fail(c, &why);
}

static void clear_case(struct goods_case *c)
{
    json_decref(c->variants);
    json_decref(c->held);
    json_decref(c->shop);
    json_decref(c->odoo);
    json_decref(c->merge);
    json_decref(c->input);
    ask_clear(&c->ask);
}

static void tell_shop(struct goods_flow *flow, struct batch *batch)
{
    struct err err = { 0 };

    for (size_t i = 0; i < batch->count; i++)
        begin_case(&flow->cases[i], &batch->jobs[i]);
    if (product_out_look(flow, &err))
        product_out_write(flow, &err);
    for (size_t i = 0; i < batch->count; i++)
        product_out_end(flow, &flow->cases[i], &err);
    for (size_t i = 0; i < batch->count; i++)
        clear_case(&flow->cases[i]);
}

void product_out_run(void *workshop, struct batch *batch)
{
    struct workshop_place place;
    struct goods_flow flow;
    struct err err = { 0 };
    const char *policy;

    if (!workshop_enter(&place, workshop, batch, true))
        return;
    policy = place.site->policies.text[POLICY_product_out];
    flow = (struct goods_flow){ .place = &place, .db = batch->db, .store = batch->store,
                                .count = batch->count, .write = strcmp(policy, "on") == 0 };
    flow.cases = calloc(batch->count + 1, sizeof *flow.cases);
    err_set(&err, ERR_BUSY, "no memory");
    for (size_t i = 0; i < batch->count; i++)
        if (strcmp(policy, "off") == 0)
            batch_cancel(&batch->jobs[i],
                         "products to the shop are switched off (policy product_out)");
        else if (flow.cases == NULL)
            batch_failed(&batch->jobs[i], &err);
    if (flow.cases != NULL && strcmp(policy, "off") != 0)
        tell_shop(&flow, batch);
    free(flow.cases);
    json_decref(flow.rows);
    json_decref(flow.answer);
    workshop_leave(&place);
}

bool product_out_add(struct db *db, int64_t backend, int64_t product, struct err *err)
{
    char record[STORE_RECORD_MAX];
    int64_t id;
    struct job_new job = { .backend = backend, .lane = PRODUCT_OUT_LANE, .kind = "product.out",
                           .record = record, .priority = 2, .payload = "" };

    snprintf(record, sizeof record, "goods:%" PRId64, product);
    return jobs_add(db, &job, &id, NULL, err);
}
