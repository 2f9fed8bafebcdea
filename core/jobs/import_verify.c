/*
 * The proof of an import: what came in is still there, counts and sums of both sides, and of each
 * stocked variant what Odoo has free is what Shopify would sell. A difference is a row of the step
 * "verify" with its words; repairing it runs the record's own job again.
 */
#include "jobs/import.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "odoo/records.h"
#include "shopify/reads.h"
#include "store/jobs.h"
#include "store/pairs.h"
#include "sync/order_plan.h"

#define LOOK 100 /* records in one look; levels_fetch takes as many */

struct proof {
    struct import_work *work;
    enum import_step_id of;
    struct import_item items[LOOK];
    size_t count;
    struct import_item found[LOOK]; /* differences */
    size_t found_count;
    json_t *result; /* of the step it is about: what verify keeps */
};

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

static void more(struct proof *p, const char *key, int64_t n)
{
    json_object_set_new(part(p), key, json_integer(json_int_or(part(p), key, 0) + n));
}

static void sum(struct proof *p, const char *unit, int64_t shopify, int64_t odoo, int digits)
{
    json_t *sums = json_object_get(part(p), "sums"), *row = json_object_get(sums, unit);

    json_object_set_new(sums, unit,
                        json_pack("[I, I, i]", json_integer_value(json_array_get(row, 0)) + shopify,
                                  json_integer_value(json_array_get(row, 1)) + odoo, digits));
}

static void differs(struct proof *p, const struct import_item *item, const char *key,
                    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static void differs(struct proof *p, const struct import_item *item, const char *key,
                    const char *fmt, ...)
{
    struct import_item *f = &p->found[p->found_count++];
    va_list ap;

    more(p, key, 1);
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

static const json_t *row_of(const json_t *rows, int64_t id)
{
    const json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
        if (json_int_or(row, "id", 0) == id)
            return row;
    return NULL;
}

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
        more(p, "compared", 1);
        if (row_of(rows, item->odoo) == NULL)
            differs(p, item, "gone", "%s %" PRId64 " is gone from Odoo", model, item->odoo);
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
    int64_t totals[LOOK] = { 0 };
    char currency[LOOK][8];
    int digits[LOOK];
    bool known[LOOK];

    for (size_t i = 0; i < p->count; i++)
        if (!agreed_total(p, &p->items[i], &totals[i], &digits[i], currency[i], &known[i], err))
            return false;
    json_auto_t *rows = read_rows(p, "sale.order", "amount_total", err);

    if (rows == NULL)
        return false;
    for (size_t i = 0; i < p->count; i++) {
        const struct import_item *item = &p->items[i];
        const json_t *row = row_of(rows, item->odoo);
        int64_t seen;

        if (!known[i])
            continue; /* not to be in Odoo: a test, cancelled before it was seen */
        more(p, "compared", 1);
        if (row == NULL) {
            differs(p, item, "gone", "order %" PRId64 " is gone from Odoo", item->odoo);
            continue;
        }
        seen = llround(json_real_or(row, "amount_total", 0) * pow(10, digits[i]));
        sum(p, currency[i], totals[i], seen, digits[i]);
        if (seen != totals[i])
            differs(p, item, "differs", "the total is %.*f in Odoo, %.*f by Shopify", digits[i],
                    (double)seen / pow(10, digits[i]), digits[i],
                    (double)totals[i] / pow(10, digits[i]));
    }
    return true;
}

/* ---- stock: free in Odoo is available in Shopify ---- */

/* "level@LOCATION:ITEM" */
static bool level_ids(const char *record, int64_t *location, int64_t *item)
{
    const char *at = strchr(record, '@'), *colon = strchr(record, ':');
    unsigned long long a, b;
    char place[24];

    if (at == NULL || colon == NULL || colon < at || colon - at > 20)
        return false;
    snprintf(place, sizeof place, "%.*s", (int)(colon - at - 1), at + 1);
    if (!str_number(place, INT64_MAX, &a) || !str_number(colon + 1, INT64_MAX, &b))
        return false;
    *location = (int64_t)a;
    *item = (int64_t)b;
    return true;
}

/* Those of p->items at one place, as both sides have them now. of: their indexes. */
static bool look_place(struct proof *p, int64_t location, const size_t *of, const int64_t *ids,
                       size_t count, struct stock_compared *all, struct err *err)
{
    struct workshop_place *place = &p->work->place;
    struct stock_compared *out AUTO_FREE = calloc(LOOK, sizeof *out);
    json_t *records[LOOK];
    json_auto_t *levels = NULL;
    size_t index[LOOK], n = 0;

    if (out == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    workshop_count(place->workshop, 0, 1);
    if (!levels_fetch(place->site->shop, place->http, location, ids, count, PACE_IMPORT, &levels,
                      &place->shopify, err))
        return err_within(err, "read Shopify's stock");
    for (size_t i = 0; i < count; i++)
        if (json_is_object(json_array_get(levels, i))) {
            records[n] = json_array_get(levels, i);
            index[n++] = of[i];
        } else {
            str_copy(all[of[i]].left, sizeof all[0].left, "not kept there any more");
        }
    if (n > 0 && !stock_compare(place, p->work->db, records, out, n, err))
        return false;
    for (size_t i = 0; i < n; i++)
        all[index[i]] = out[i];
    return true;
}

static bool look_places(struct proof *p, struct stock_compared *all, struct err *err)
{
    int64_t locations[LOOK] = { 0 }, ids[LOOK] = { 0 };

    for (size_t i = 0; i < p->count; i++)
        if (!level_ids(p->items[i].record, &locations[i], &ids[i]))
            str_copy(all[i].left, sizeof all[i].left, "no level");
    for (size_t i = 0; i < p->count; i++) {
        int64_t place = locations[i], some[LOOK];
        size_t of[LOOK], n = 0;

        for (size_t j = i; place != 0 && j < p->count; j++)
            if (locations[j] == place) {
                of[n] = j;
                some[n++] = ids[j];
                locations[j] = 0;
            }
        if (n > 0 && !look_place(p, place, of, some, n, all, err))
            return false;
    }
    return true;
}

/* A variant at all its places together. */
struct piece {
    size_t item; /* the first of its levels */
    int64_t product, available, committed;
    double free, there;
    double quoted, held; /* in quotations, and in drafts that wait for a person */
    int64_t oversold;    /* below nothing at a place: Odoo's free quantity stops there */
};

bool import_same_item(const struct import_item *a, const struct import_item *b)
{
    const char *x = strchr(a->record, ':'), *y = strchr(b->record, ':');

    return x != NULL && y != NULL && strcmp(x, y) == 0;
}

static size_t gather(struct proof *p, const struct stock_compared *all, struct piece *pieces)
{
    size_t n = 0;

    for (size_t i = 0; i < p->count; i++) {
        if (all[i].left[0] != '\0')
            continue;
        if (all[i].why.kind != ERR_NONE) {
            more(p, "compared", 1);
            differs(p, &p->items[i], "differs", "%s", all[i].why.text);
            continue;
        }
        if (n == 0 || !import_same_item(&p->items[pieces[n - 1].item], &p->items[i]))
            pieces[n++] = (struct piece){ .item = i, .product = all[i].product };
        pieces[n - 1].available += all[i].available;
        pieces[n - 1].committed += all[i].committed;
        if (all[i].available < 0 && fabs(all[i].free) < 0.001)
            pieces[n - 1].oversold -= all[i].available;
        pieces[n - 1].free += all[i].free;
        pieces[n - 1].there += all[i].there;
    }
    return n;
}

/* Shopify commits goods to orders that are quotations in Odoo: unpaid ones, held ones. */
static bool quotations(struct proof *p, struct piece *pieces, size_t count, struct err *err)
{
    struct workshop_place *place = &p->work->place;
    json_auto_t *ids = json_array(), *domain = NULL, *rows = NULL;
    json_auto_t *fields = json_pack("[sss]", "id", "product_id", "product_uom_qty");
    struct records_query query = { .model = "sale.order.line", .fields = fields,
                                   .class = PACE_IMPORT };
    json_auto_t *held = NULL;
    const json_t *row;
    size_t i;

    for (size_t k = 0; k < count; k++)
        if (pieces[k].free > (double)pieces[k].available)
            json_array_append_new(ids, json_integer(pieces[k].product));
    if (json_array_size(ids) == 0)
        return true;
    /* not "!=": that would want another tag, and most orders have none */
    query.domain = domain = json_pack("[[s, s, O], [s, s, [s, s]], s, [s, s, s]]", "product_id",
                                      "in", ids, "state", "in", "draft", "sent", "!",
                                      "order_id.tag_ids.name", "=", ORDER_HISTORY_TAG);
    if (!records_search(place->site->odoo, place->http, &query, &rows, &place->odoo, err))
        return err_within(err, "read quotations");
    if (!import_held_lines(p->work, ids, &held, err))
        return false;
    for (size_t k = 0; k < count; k++) {
        json_array_foreach(rows, i, row)
            if (json_int_or(row, "product_id.0", 0) == pieces[k].product)
                pieces[k].quoted += json_real_or(row, "product_uom_qty", 0);
        json_array_foreach(held, i, row)
            if (json_int_or(row, "product_id.0", 0) == pieces[k].product)
                pieces[k].held += json_real_or(row, "product_uom_qty", 0);
    }
    return true;
}

/*
 * Of a held order a part was sent before, so it explains no more than its lines say. A held order
 * that has no tag of the past is among the quotations already.
 */
static bool explained(struct proof *p, const struct piece *piece, double gap)
{
    if (fabs(gap) < 0.001)
        return true;
    if (fabs(gap - piece->quoted) < 0.001) {
        more(p, "in_quotations", llround(gap));
        return true;
    }
    if (gap > 0 && piece->held > 0 && gap <= piece->quoted + piece->held + 0.001) {
        more(p, "in_held", llround(gap));
        return true;
    }
    return false;
}

static void judge_piece(struct proof *p, const struct piece *piece)
{
    const struct import_item *item = &p->items[piece->item];
    double gap = piece->free - (double)piece->available;

    more(p, "compared", 1);
    sum(p, "pieces", piece->available, llround(piece->free), 0);
    if (fabs(gap) < 0.001)
        return;
    if (piece->oversold > 0)
        more(p, "oversold", piece->oversold);
    if (explained(p, piece, gap - (double)piece->oversold))
        return;
    if (gap > 0 && fabs(piece->there - (double)(piece->available + piece->committed)) < 0.001)
        differs(p, item, "differs",
                "%g free in Odoo, %" PRId64 " available in Shopify: of the %" PRId64
                " that it keeps for orders, %g are reserved in Odoo",
                piece->free, piece->available, piece->committed, piece->there - piece->free);
    else
        differs(p, item, "differs", "%g free in Odoo, %" PRId64 " available in Shopify",
                piece->free, piece->available);
}

static bool look_stock(struct proof *p, struct err *err)
{
    struct stock_compared *all AUTO_FREE = calloc(LOOK, sizeof *all);
    struct piece pieces[LOOK];
    size_t n;

    if (all == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    if (!look_places(p, all, err))
        return false;
    n = gather(p, all, pieces);
    if (!quotations(p, pieces, n, err))
        return false;
    for (size_t k = 0; k < n; k++)
        judge_piece(p, &pieces[k]);
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

    p->count = LOOK;
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
           p->of == IMPORT_STOCK  ? look_stock(p, err) :
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
    p->count = count < LOOK ? count : LOOK;
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

/* A page of the comparison, kept with where it goes on. */
static bool prove_some(struct proof *p, struct err *err)
{
    struct import_step *step = p->work->step;
    int64_t after, next = 0;
    char *text;
    bool ok;

    if (!read_place(step->place, &p->of, &after))
        return err_set(err, ERR_BUG, "the place of the verification can't be read");
    if (!next_page(p, after, &next, err))
        return false;
    ok = p->count == 0 || look_page(p, err);
    import_items_clear(p->items, p->count);
    if (!ok)
        return err_within(err, "verify %s", import_step_name(p->of));
    if (next == 0)
        p->of++;
    step->whole = p->of == IMPORT_VERIFY;
    snprintf(step->place, sizeof step->place, "%s %" PRId64, import_step_name(p->of), next);
    text = json_write(p->result);
    ok = text != NULL && str_copy(step->result, sizeof step->result, text);
    free(text);
    if (!ok)
        return err_set(err, ERR_BUG, "the sums of the verification are too long");
    return store_do(p->work->store, proof_change, p, err);
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
    while (ok && !step->whole && !import_time_is_up(work)) {
        p->found_count = 0;
        ok = prove_some(p, err);
    }
    json_decref(p->result);
    return ok && (!step->whole || import_settle(work, again, err));
}
