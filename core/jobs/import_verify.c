/*
 * The proof of an import: what came in is still there, counts and sums of both sides, and of each
 * stocked variant what Odoo has free is what Shopify would sell. A difference is a row of the step
 * "verify" with its words; repairing it runs the record's own job again.
 */
#include "jobs/import_proof.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "odoo/records.h"
#include "store/jobs.h"
#include "store/pairs.h"

/* ---- what is kept ---- */

/* {"orders": {"compared","gone","differs","sums":{"EUR":[shopify, odoo, digits]}}} */
static json_t *part(struct proof *p)
{
    const char *name = import_step_name(p->of);
    json_t *row = json_object_get(p->result, name);

    if (row == NULL) {
        row = json_pack("{s:i, s:i, s:i, s:{}}", "compared", 0, "gone", 0, "differs", 0, "sums");
        json_object_set_new(p->result, name, row);
    }
    return row;
}

void proof_more(struct proof *p, const char *key, int64_t n)
{
    json_object_set_new(part(p), key, json_integer(json_int_or(part(p), key, 0) + n));
}

void proof_sum(struct proof *p, const char *unit, int64_t shopify, int64_t odoo, int digits)
{
    json_t *sums = json_object_get(part(p), "sums"), *row = json_object_get(sums, unit);

    json_object_set_new(sums, unit,
                        json_pack("[I, I, i]", json_integer_value(json_array_get(row, 0)) + shopify,
                                  json_integer_value(json_array_get(row, 1)) + odoo, digits));
}

void proof_differs(struct proof *p, const struct import_item *item, const char *key,
                   const char *fmt, ...)
{
    struct import_item *f = &p->found[p->found_count++];
    va_list ap;

    proof_more(p, key, 1);
    memset(f, 0, sizeof *f);
    f->run = item->run;
    f->step = IMPORT_VERIFY;
    f->state = IMPORT_ITEM_PARKED;
    f->verdict = IMPORT_VERDICT_REFUSED;
    str_copy(f->record, sizeof f->record, item->record);
    str_copy(f->title, sizeof f->title, item->title);
    f->why.kind = ERR_CONFLICT;
    va_start(ap, fmt);
    vsnprintf(f->why.text, sizeof f->why.text, fmt, ap);
    va_end(ap);
}

/* ---- records that are there or gone ---- */

/* What of those records Odoo has, archived ones too. */
static json_t *read_rows(struct proof *p, const char *model, const char *more_field,
                         struct err *err)
{
    struct workshop_place *place = &p->work->place;
    json_auto_t *ids = json_array(), *domain = NULL;
    json_auto_t *fields = json_pack("[ss]", "id", more_field);
    struct records_query query = { .model = model, .fields = fields, .archived = true,
                                   .class = PACE_IMPORT };
    json_t *rows = NULL;

    for (size_t i = 0; i < p->count; i++)
        if (p->items[i].odoo != 0)
            json_array_append_new(ids, json_integer(p->items[i].odoo));
    query.domain = domain = json_pack("[[s, s, O]]", "id", "in", ids);
    if (json_array_size(ids) == 0)
        return json_array();
    return records_search(place->site->odoo, place->http, &query, &rows, &place->odoo, err) ? rows :
                                                                                              NULL;
}

static bool look_records(struct proof *p, struct err *err)
{
    bool people = p->of == IMPORT_CUSTOMERS;
    const char *model = people ? "res.partner" : "product.template";
    json_auto_t *rows = read_rows(p, model, people ? "display_name" : "product_variant_count", err);

    if (rows == NULL)
        return false;
    for (size_t i = 0; i < p->count; i++) {
        const struct import_item *item = &p->items[i];

        if (item->odoo == 0)
            continue; /* left out, as a person answered */
        proof_more(p, "compared", 1);
        if (records_row(rows, item->odoo) == NULL)
            proof_differs(p, item, "gone", "%s %" PRId64 " is gone from Odoo", model, item->odoo);
    }
    return true;
}

/* ---- orders: to the cent ---- */

/* What was agreed that the order is worth in Odoo; false: it is not in Odoo, as it should be. */
static bool agreed_total(struct proof *p, struct import_item *item, int64_t *total, int *digits,
                         char currency[8], bool *known, struct err *err)
{
    const char *colon = strchr(item->record, ':');
    unsigned long long id = 0;
    char *text = NULL;
    struct pair pair;
    bool found = false;

    *known = false;
    if (colon == NULL || !str_number(colon + 1, INT64_MAX, &id))
        return true;
    if (!pairs_by_shopify(p->work->db, p->work->run.backend, "order", (int64_t)id, &pair, &text,
                          &found, err))
        return false;
    if (found && pair.odoo_id != 0 && text != NULL) {
        json_auto_t *agreed = json_loads(text, 0, NULL);

        item->odoo = pair.odoo_id;
        *known = json_int(agreed, "expect.total", total);
        *digits = (int)json_int_or(agreed, "expect.digits", 2);
        str_copy(currency, 8, json_text_or(agreed, "expect.currency", ""));
    }
    free(text);
    return true;
}

static bool look_orders(struct proof *p, struct err *err)
{
    int64_t totals[IMPORT_LOOK] = { 0 };
    char currency[IMPORT_LOOK][8];
    int digits[IMPORT_LOOK];
    bool known[IMPORT_LOOK];

    for (size_t i = 0; i < p->count; i++)
        if (!agreed_total(p, &p->items[i], &totals[i], &digits[i], currency[i], &known[i], err))
            return false;
    json_auto_t *rows = read_rows(p, "sale.order", "amount_total", err);

    if (rows == NULL)
        return false;
    for (size_t i = 0; i < p->count; i++) {
        const struct import_item *item = &p->items[i];
        const json_t *row = records_row(rows, item->odoo);
        int64_t seen;

        if (!known[i])
            continue; /* not to be in Odoo: a test, cancelled before it was seen */
        proof_more(p, "compared", 1);
        if (row == NULL) {
            proof_differs(p, item, "gone", "order %" PRId64 " is gone from Odoo", item->odoo);
            continue;
        }
        seen = llround(json_real_or(row, "amount_total", 0) * pow(10, digits[i]));
        proof_sum(p, currency[i], totals[i], seen, digits[i]);
        if (seen != totals[i])
            proof_differs(p, item, "differs", "the total is %.*f in Odoo, %.*f by Shopify",
                          digits[i], (double)seen / pow(10, digits[i]), digits[i],
                          (double)totals[i] / pow(10, digits[i]));
    }
    return true;
}

/* ---- the way through ---- */

static bool proof_change(struct db *db, void *ctx, struct err *err)
{
    struct proof *p = ctx;

    return imports_add(db, p->found, p->found_count, err) &&
           imports_put_step(db, p->work->step, err) && jobs_got_on(db, p->work->job, err);
}

/* place of the step: "orders 1234", the record behind which to go on. */
static bool read_place(const char *place, enum import_step_id *of, int64_t *after)
{
    char name[32];
    long long id = 0;

    *of = IMPORT_CUSTOMERS;
    *after = 0;
    return place[0] == '\0' ||
           (sscanf(place, "%31s %lld", name, &id) == 2 && import_step_of(name, of) &&
            (*after = id, true));
}

static bool next_page(struct proof *p, int64_t after, int64_t *next, struct err *err)
{
    struct imports_filter filter = { .run = p->work->run.id, .step = p->of, .verdict = -1,
                                     .state = IMPORT_ITEM_DONE, .after = after };

    p->count = IMPORT_LOOK;
    if (!imports_items(p->work->db, &filter, p->items, &p->count, next, err))
        return false;
    /* the levels of one variant stay together: the last one's may go on behind the page */
    while (p->of == IMPORT_STOCK && *next != 0 && p->count > 1 &&
           import_same_item(&p->items[p->count - 1], &p->items[0]) == false) {
        bool last = !import_same_item(&p->items[p->count - 2], &p->items[p->count - 1]);

        import_items_clear(&p->items[--p->count], 1);
        *next = p->items[p->count - 1].id;
        if (last)
            break;
    }
    return true;
}

static bool look_page(struct proof *p, struct err *err)
{
    return p->of == IMPORT_ORDERS ? look_orders(p, err) :
           p->of == IMPORT_STOCK  ? proof_stock(p, err) :
                                    look_records(p, err);
}

/* What a record is in Odoo may be another one since: it was made anew. */
static bool known_as(struct import_work *work, struct import_item *item, struct err *err)
{
    const char *colon = strchr(item->record, ':');
    char kind[STORE_NAME_MAX];
    unsigned long long id;
    struct pair pair;
    bool found = false;

    if (colon == NULL || !str_number(colon + 1, INT64_MAX, &id))
        return true;
    snprintf(kind, sizeof kind, "%.*s", (int)(colon - item->record), item->record);
    if (!pairs_by_shopify(work->db, work->run.backend, kind, (int64_t)id, &pair, NULL, &found, err))
        return false;
    if (found)
        item->odoo = pair.odoo_id;
    return true;
}

bool import_compare(struct import_work *work, enum import_step_id step,
                    const struct import_item *items, size_t count, struct err *why, struct err *err)
{
    struct proof *p AUTO_FREE = calloc(1, sizeof *p);
    bool ok = true;

    if (p == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    p->work = work;
    p->of = step;
    p->result = json_object();
    p->count = count < IMPORT_LOOK ? count : IMPORT_LOOK;
    for (size_t i = 0; ok && i < p->count; i++) {
        p->items[i] = items[i];
        ok = step == IMPORT_STOCK || known_as(work, &p->items[i], err);
    }
    ok = ok && look_page(p, err);
    json_decref(p->result);
    if (ok && p->found_count > 0)
        *why = p->found[0].why;
    return ok || err_within(err, "verify %s", import_step_name(step));
}

bool proof_keep(struct proof *p, struct err *err)
{
    struct import_step *step = p->work->step;
    char *text = json_write(p->result);
    bool ok = text != NULL && str_copy(step->result, sizeof step->result, text);

    free(text);
    if (!ok)
        return err_set(err, ERR_BUG, "the sums of the verification are too long");
    return store_do(p->work->store, proof_change, p, err);
}

/* The step is compared; with the next one from its beginning. */
static void next_step(struct proof *p)
{
    struct import_step *step = p->work->step;

    p->of++;
    step->whole = p->of == IMPORT_VERIFY;
    snprintf(step->place, sizeof step->place, "%s 0", import_step_name(p->of));
}

/* All of a large shop's stock comes in one file. */
static bool prove_bulk(struct proof *p, when *again, struct err *err)
{
    bool done = false;

    if (!proof_bulk(p, again, &done, err))
        return err_within(err, "verify %s", import_step_name(p->of));
    if (!done)
        return true;
    p->found_count = 0;
    next_step(p);
    return proof_keep(p, err);
}

/* A page of the comparison, kept with where it goes on. */
static bool prove_some(struct proof *p, when *again, struct err *err)
{
    struct import_step *step = p->work->step;
    int64_t after, next = 0;
    bool ok;

    if (!read_place(step->place, &p->of, &after))
        return err_set(err, ERR_BUG, "the place of the verification can't be read");
    if (p->of == IMPORT_STOCK && proof_bulk_wanted(p->work))
        return prove_bulk(p, again, err);
    if (!next_page(p, after, &next, err))
        return false;
    ok = p->count == 0 || look_page(p, err);
    import_items_clear(p->items, p->count);
    if (!ok)
        return err_within(err, "verify %s", import_step_name(p->of));
    if (next == 0)
        next_step(p);
    else
        snprintf(step->place, sizeof step->place, "%s %" PRId64, import_step_name(p->of), next);
    return proof_keep(p, err);
}

bool import_verify(struct import_work *work, when *again, struct err *err)
{
    struct import_step *step = work->step;
    struct proof *p AUTO_FREE = calloc(1, sizeof *p);
    bool ok = true;

    if (p == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    if (step->state == IMPORT_STEP_PLANNED) {
        step->state = IMPORT_STEP_APPLYING;
        step->started = when_now();
        step->note[0] = step->place[0] = step->result[0] = '\0';
    }
    p->work = work;
    p->result = step->result[0] != '\0' ? json_loads(step->result, 0, NULL) : json_object();
    if (proof_bulk_wanted(work))
        ok = proof_bulk_ask(work, err); /* Shopify makes it while the rest is compared */
    while (ok && !step->whole && *again == 0 && !import_time_is_up(work)) {
        p->found_count = 0;
        ok = prove_some(p, again, err);
    }
    json_decref(p->result);
    return ok && (!step->whole || import_settle(work, again, err));
}
