#include "jobs/customer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "jobs/closing.h"
#include "jobs/uses.h"
#include "odoo/reference.h"
#include "shopify/reads.h"
#include "store/jobs.h"
#include "sync/customer.h"
#include "sync/partner_fill.h"

void customer_case_clear(struct customer_case *c)
{
    json_decref(c->customer);
    json_decref(c->needs);
    ask_clear(&c->ask);
    json_decref(c->held);
    json_decref(c->shop);
    json_decref(c->odoo);
    json_decref(c->merge);
    json_decref(c->cells);
    json_decref(c->told);
    json_decref(c->used);
    json_decref(c->extra);
    json_decref(c->plan);
    json_decref(c->row);
    json_decref(c->fill);
    json_decref(c->children);
}

static bool flow_open(struct customer_flow *flow, struct workshop_place *place, struct db *db,
                      struct store *store, size_t count, struct err *err)
{
    *flow = (struct customer_flow){ .place = place, .db = db, .store = store };
    remember_init(&flow->remember, place->site->id);
    flow->cases = calloc(count + 1, sizeof *flow->cases);
    flow->categories = json_object();
    flow->companies = json_object();
    if (flow->cases == NULL || flow->categories == NULL || flow->companies == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    flow->count = count;
    for (size_t i = 0; i < count; i++)
        findings_init(&flow->cases[i].findings);
    flow->fields = odoo_reference_fields(place->site->cache, place->http, "res.partner",
                                         &place->odoo, err);
    return flow->fields != NULL;
}

static void flow_close(struct customer_flow *flow)
{
    for (size_t i = 0; i < flow->count; i++)
        customer_case_clear(&flow->cases[i]);
    free(flow->cases);
    json_decref(flow->categories);
    json_decref(flow->companies);
    json_decref(flow->fields);
    remember_clear(&flow->remember);
}

static json_t *name_of(const struct customer_case *c)
{
    struct person person = person_of_customer(c->customer);

    return partner_name(person.first, person.last, person.company, person.email,
                        person.otherwise);
}

/* ---- ends ---- */

void customer_failed(struct customer_flow *flow, struct customer_case *c, const struct err *err)
{
    struct closing *closing;

    c->ended = true;
    c->why = *err;
    if (c->job == NULL)
        return;
    batch_failed(c->job, err);
    batch_talk(c->job, flow->place->odoo.request.data, flow->place->odoo.response.data, NULL);
    if (err->kind == ERR_BUSY || err->kind == ERR_LIMITED || err->kind == ERR_UNSURE)
        return; /* it goes on by itself: the attempt says enough */
    closing = closing_new(flow->place->site->id, c->job);
    closing_findings(closing, &c->findings);
    closing_event(closing, err_name(err->kind), err->text);
    closing_thing(closing, err->thing);
    closing_send(c->job, closing);
}

/* What it uses of what is mapped. */
static json_t *uses_of(const struct customer_case *c)
{
    json_t *uses = json_array();
    const json_t *row;
    size_t i;

    json_array_foreach(c->used, i, row)
        uses_add(uses, "metafield", json_text_or(row, "key", ""), json_flag(row, "lacking"));
    uses_words(uses, "customer_tag", json_object_get(c->needs, "categories"));
    return uses;
}

/* What became of it, in a sentence; no personal data. */
static const char *outcome(const struct customer_case *c, char text[FINDING_TEXT_MAX])
{
    static const char *const by[] = { "", "known", "by e-mail", "by phone" };
    const json_t *change;
    size_t i;
    AUTO_STR s;

    str_init(&s, FINDING_TEXT_MAX - 1);
    if (c->how == CUSTOMER_NEW)
        str_addf(&s, "contact %" PRId64 " made in Odoo", c->partner);
    else
        str_addf(&s, "is contact %" PRId64 " of Odoo (%s)", c->partner, by[c->how]);
    if (c->lacking > 0)
        str_addf(&s, ", %zu address%s made", c->lacking, c->lacking > 1 ? "es" : "");
    json_array_foreach(json_object_get(c->fill, "changes"), i, change)
        str_addf(&s, "%s%s", i == 0 ? ", filled: " : ", ", json_text_or(change, "label", ""));
    str_copy(text, FINDING_TEXT_MAX, s.data);
    return c->how == CUSTOMER_NEW        ? "created" :
           c->how == CUSTOMER_PAIRED     ? json_len(c->fill, "changes") > 0 ? "filled" : "same" :
                                           "linked";
}

static void customer_done(struct customer_flow *flow, struct customer_case *c)
{
    struct closing *closing = closing_new(flow->place->site->id, c->job);
    json_auto_t *name = name_of(c), *told = partner_told(c->plan);
    json_auto_t *held = customer_held(c);
    json_auto_t *agreed =
        json_pack("{sOsOsO}", "customer", c->customer, "contact", told, "held", held);
    json_auto_t *uses = uses_of(c);
    const char *key = json_text_or(c->needs, "key", ""), *what;
    char text[FINDING_TEXT_MAX], phone[CUSTOMER_PHONE_MAX];
    struct pair pair = c->pair;

    c->ended = true;
    what = outcome(c, text);
    pair.backend = flow->place->site->id;
    str_copy(pair.kind, sizeof pair.kind, "customer");
    str_copy(pair.odoo_model, sizeof pair.odoo_model, "res.partner");
    pair.shopify_id = c->id;
    pair.odoo_id = c->partner;
    pair.shopify_at = json_int_or(c->customer, "updated_at", 0);
    pair.odoo_at = when_now();
    str_copy(pair.title, sizeof pair.title, json_string_value(name));
    str_copy(pair.state, sizeof pair.state, what);
    closing_pair(closing, &pair, agreed != NULL ? json_write(agreed) : NULL);
    closing_key(closing, key);
    closing_key(closing, json_text(c->customer, "email"));
    if (customer_phone(json_text(c->customer, "phone"), phone))
        closing_key(closing, phone);
    closing_twins(closing, "customer %lld of Shopify is this contact too");
    closing_findings(closing, &c->findings);
    closing_event(closing, what, text);
    customer_ask_close(c, pair.title, closing);
    closing_uses(closing, uses);
    closing_counter(closing, "customers.in");
    flow->last = closing;
    closing_send(c->job, closing);
}

/* ---- the run ---- */

/* A webhook's body, not the customer as GraphQL has it: a hint that something happened to it. */
static bool is_hint(const json_t *node)
{
    return json_is_integer(json_at(node, "id"));
}

/* The node that came with the job. *node NULL: none did, or no more than a hint. */
static bool came_with(struct customer_flow *flow, const struct batch_job *job, json_t **node,
                      struct err *err)
{
    struct err gone = { 0 };
    size_t len = 0;
    char *text = jobs_payload(flow->db, job->job.id, &len, &gone);
    bool some = text != NULL && len > 0;

    if (text == NULL && gone.kind != ERR_MISSING)
        return (*err = gone, false);
    *node = some ? json_read(text, len, "the customer", err) : NULL;
    free(text);
    if (some && *node == NULL)
        return false;
    if (is_hint(*node)) {
        json_decref(*node);
        *node = NULL;
    }
    return true;
}

/* Without one that came it is read from the shop. NULL: err. */
static json_t *node_of(struct customer_flow *flow, const struct batch_job *job, struct err *err)
{
    struct workshop_place *place = flow->place;
    int64_t id = jobs_record_id(job->job.record, "customer:");
    json_t *node = NULL;
    struct shop *shop;
    bool ok;

    if (!came_with(flow, job, &node, err) || node != NULL)
        return node;
    if (id == 0) {
        err_set(err, ERR_INVALID, "the job names no customer");
    } else if ((shop = workshop_shop(place, err)) != NULL) {
        ok = customers_fetch(shop, place->http, id, place->class, &node, &place->shopify, err);
        workshop_asked(place, ok, err);
        if (!ok)
            err_within(err, "read the customer from Shopify");
        workshop_count(place->workshop, 0, 1);
    }
    return node;
}

static bool take_all(struct customer_flow *flow, struct err *err)
{
    EACH_CUSTOMER(flow, c) {
        struct err why = { 0 };
        json_auto_t *node = node_of(flow, c->job, &why);

        if (node == NULL)
            customer_failed(flow, c, &why);
        else if (!customer_take(flow, c, node, err))
            return false;
    }
    return true;
}

static void bring_in(struct customer_flow *flow, struct batch *batch)
{
    struct err err = { 0 };
    bool ok;

    for (size_t i = 0; i < batch->count; i++)
        flow->cases[i].job = &batch->jobs[i];
    ok = take_all(flow, &err) && customer_find(flow, &err) && customer_write(flow, &err);
    if (!remember_write(&flow->remember, batch->store, ok ? &err : NULL))
        ok = false;
    EACH_CUSTOMER(flow, c) {
        if (!ok)
            customer_failed(flow, c, &err);
        else if (c->behind)
            batch_again(c->job, when_now());
        else
            customer_done(flow, c);
    }
    closing_calls(flow->last, flow->place->odoo.calls);
}

void customer_in_run(void *workshop, struct batch *batch)
{
    struct workshop_place place;
    struct customer_flow flow;
    struct err err = { 0 };

    if (!workshop_enter(&place, workshop, batch, true))
        return;
    if (flow_open(&flow, &place, batch->db, batch->store, batch->count, &err))
        bring_in(&flow, batch);
    else
        for (size_t i = 0; i < batch->count; i++)
            batch_failed(&batch->jobs[i], &err);
    flow_close(&flow);
    workshop_leave(&place);
}

/* The same of one that Shopify tells of: in a lane that waits while an import is open. */
void customer_seen_run(void *workshop, struct batch *batch)
{
    customer_in_run(workshop, batch);
}

/* ---- the rehearsal ---- */

/* Addresses are children of the contact: a change of it as people see it. */
static void address_change(struct customer_case *c, json_t *changes)
{
    size_t there = json_len(c->needs, "addresses") - c->lacking;

    if (c->lacking > 0)
        json_array_append_new(changes,
                              json_pack("{sssssIsI}", "field", "addresses", "label", "Addresses",
                                        "from", (json_int_t)there, "to",
                                        (json_int_t)(there + c->lacking)));
}

/* What a person should know though it comes in: the flags, in words. */
static void remarks(const struct customer_case *c, struct err *why)
{
    AUTO_STR s;

    str_init(&s, ERR_TEXT_MAX - 1);
    for (size_t i = 0; i < c->findings.count; i++)
        if (c->findings.list[i].level != FINDING_NOTE)
            str_addf(&s, "%s%s", s.len > 0 ? "; " : "", c->findings.list[i].text);
    str_copy(why->text, sizeof why->text, s.data);
}

static void tell(struct customer_case *c, struct rehearsed *out)
{
    json_auto_t *name = c->customer != NULL ? name_of(c) : NULL;

    *out = (struct rehearsed){ .shopify_id = c->id, .odoo_id = c->partner };
    str_copy(out->title, sizeof out->title, name != NULL ? json_string_value(name) : "");
    str_copy(out->model, sizeof out->model, "res.partner");
    out->uses = uses_of(c);
    uses_findings(out->uses, &c->findings, false);
    if (c->ended) {
        out->verdict = REHEARSE_REFUSED;
        out->why = c->why;
        return;
    }
    remarks(c, &out->why);
    out->verdict = REHEARSE_NEW;
    if (c->behind)
        out->verdict = REHEARSE_SAME;
    if (c->row == NULL)
        return;
    out->changes = json_incref(json_object_get(c->fill, "changes"));
    address_change(c, out->changes);
    out->verdict = json_array_size(out->changes) > 0 ? REHEARSE_CHANGES : REHEARSE_SAME;
}

bool customer_rehearse(struct workshop_place *place, struct db *db, json_t *const *records,
                       struct rehearsed *out, size_t count, struct err *err)
{
    struct customer_flow flow;
    bool ok = flow_open(&flow, place, db, NULL, count, err);

    for (size_t i = 0; ok && i < count; i++)
        ok = customer_take(&flow, &flow.cases[i], records[i], err);
    ok = ok && customer_find(&flow, err);
    for (size_t i = 0; ok && i < count; i++)
        tell(&flow.cases[i], &out[i]);
    flow_close(&flow);
    return ok;
}
