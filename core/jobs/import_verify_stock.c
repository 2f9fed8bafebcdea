/* Stock, piece by piece: what Odoo has free is what Shopify would sell, or it is explained. */
#include "jobs/import_proof.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "odoo/records.h"
#include "shopify/reads.h"
#include "sync/order_plan.h"

#define LITTLE 0.001 /* of a piece: the same */

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
    struct stock_compared *out AUTO_FREE = calloc(IMPORT_LOOK, sizeof *out);
    json_t *records[IMPORT_LOOK];
    json_auto_t *levels = NULL;
    size_t index[IMPORT_LOOK], n = 0;

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

/* Those that Shopify told of already. */
static bool look_told(struct proof *p, struct stock_compared *all, struct err *err)
{
    struct stock_compared *out AUTO_FREE = calloc(IMPORT_LOOK, sizeof *out);
    json_t *records[IMPORT_LOOK];
    size_t index[IMPORT_LOOK], n = 0;

    if (out == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    for (size_t i = 0; i < p->count; i++)
        if (p->levels[i] != NULL) {
            records[n] = p->levels[i];
            index[n++] = i;
        }
    if (n > 0 && !stock_compare(&p->work->place, p->work->db, records, out, n, err))
        return false;
    for (size_t i = 0; i < n; i++)
        all[index[i]] = out[i];
    return true;
}

/* Those that it did not. */
static bool look_places(struct proof *p, struct stock_compared *all, struct err *err)
{
    int64_t locations[IMPORT_LOOK] = { 0 }, ids[IMPORT_LOOK] = { 0 };

    for (size_t i = 0; i < p->count; i++)
        if (p->levels[i] == NULL && !level_ids(p->items[i].record, &locations[i], &ids[i]))
            str_copy(all[i].left, sizeof all[i].left, "no level");
    for (size_t i = 0; i < p->count; i++) {
        int64_t place = locations[i], some[IMPORT_LOOK];
        size_t of[IMPORT_LOOK], n = 0;

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
    int64_t elsewhere; /* committed at places that are not compared, where that may explain */
    double free, there;
    double quoted, held; /* in quotations, and in drafts that wait for a person */
    int64_t oversold;    /* below nothing at a place: Odoo's free quantity stops there */
};

static double gap_of(const struct piece *piece)
{
    return piece->free - (double)piece->available;
}

bool import_same_item(const struct import_item *a, const struct import_item *b)
{
    const char *x = strchr(a->record, ':'), *y = strchr(b->record, ':');

    return x != NULL && y != NULL && strcmp(x, y) == 0;
}

/* Levels that can't be compared at all. */
static void complain(struct proof *p, const struct stock_compared *all)
{
    for (size_t i = 0; i < p->count; i++)
        if (all[i].left[0] == '\0' && all[i].why.kind != ERR_NONE) {
            proof_more(p, "compared", 1);
            proof_differs(p, &p->items[i], "differs", "%s", all[i].why.text);
        }
}

static size_t gather(struct proof *p, const struct stock_compared *all, struct piece *pieces)
{
    size_t n = 0;

    for (size_t i = 0; i < p->count; i++) {
        if (all[i].left[0] != '\0' || all[i].why.kind != ERR_NONE)
            continue;
        if (n == 0 || !import_same_item(&p->items[pieces[n - 1].item], &p->items[i]))
            pieces[n++] = (struct piece){ .item = i, .product = all[i].product };
        pieces[n - 1].available += all[i].available;
        pieces[n - 1].committed += all[i].committed;
        if (all[i].available < 0 && fabs(all[i].free) < LITTLE)
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
        if (fabs(gap_of(&pieces[k])) > LITTLE)
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
 * What of the result explains a gap; "": there is none, NULL: nothing does. Of a held order a part
 * was sent before, so it explains no more than its lines say. A held order that has no tag of the
 * past is among the quotations already.
 */
static const char *reason(const struct piece *piece, double gap)
{
    if (fabs(gap) < LITTLE)
        return "";
    if (fabs(gap - piece->quoted) < LITTLE)
        return "in_quotations";
    if (gap > 0 && piece->held > 0 && gap <= piece->quoted + piece->held + LITTLE)
        return "in_held";
    return NULL;
}

static bool unexplained(const struct piece *piece)
{
    return reason(piece, gap_of(piece) - (double)piece->oversold) == NULL;
}

/*
 * Odoo reserves at its warehouse what Shopify keeps for an order at a place that stays out of Odoo.
 * Only what nothing else explains is asked for, unless it was told.
 */
static bool elsewhere(struct proof *p, struct piece *pieces, size_t count, struct err *err)
{
    int64_t items[IMPORT_LOOK], committed[IMPORT_LOOK] = { 0 }, place;
    size_t of[IMPORT_LOOK], n = 0;

    for (size_t k = 0; k < count; k++) {
        if (!unexplained(&pieces[k]))
            continue;
        if (p->levels[pieces[k].item] != NULL)
            pieces[k].elsewhere = p->committed[pieces[k].item] - pieces[k].committed;
        else if (level_ids(p->items[pieces[k].item].record, &place, &items[n]))
            of[n++] = k;
    }
    if (n > 0 && !import_committed(p->work, items, n, committed, err))
        return false;
    for (size_t i = 0; i < n; i++)
        pieces[of[i]].elsewhere = committed[i] - pieces[of[i]].committed;
    return true;
}

/* What explains it, NULL: nothing. *gap: what is left of it; *away: what lies elsewhere is part of it. */
static const char *explain(const struct piece *piece, double *gap, bool *away)
{
    const char *why;

    *gap = gap_of(piece) - (double)piece->oversold;
    why = reason(piece, *gap);
    *away = why == NULL && piece->elsewhere > 0;
    if (!*away)
        return why;
    if (*gap < 0 && *gap + (double)piece->elsewhere > 0 && fabs(piece->free) < LITTLE)
        *gap = 0; /* there was no more to be reserved */
    else
        *gap += (double)piece->elsewhere;
    return reason(piece, *gap);
}

/* Is what is left of the gap no difference? Then it is counted as what it is. */
static bool explained(struct proof *p, const struct piece *piece)
{
    double gap;
    bool away;
    const char *why = explain(piece, &gap, &away);

    if (why != NULL && away)
        proof_more(p, "elsewhere", piece->elsewhere);
    if (why != NULL && why[0] != '\0')
        proof_more(p, why, llround(gap));
    return why != NULL;
}

static void judge_piece(struct proof *p, const struct piece *piece)
{
    const struct import_item *item = &p->items[piece->item];
    double gap = gap_of(piece);

    proof_more(p, "compared", 1);
    proof_sum(p, "pieces", piece->available, llround(piece->free), 0);
    if (fabs(gap) < LITTLE)
        return;
    if (piece->oversold > 0)
        proof_more(p, "oversold", piece->oversold);
    if (explained(p, piece))
        return;
    if (gap > 0 && fabs(piece->there - (double)(piece->available + piece->committed)) < LITTLE)
        proof_differs(p, item, "differs",
                      "%g free in Odoo, %" PRId64 " available in Shopify: of the %" PRId64
                      " that it keeps for orders, %g are reserved in Odoo",
                      piece->free, piece->available, piece->committed,
                      piece->there - piece->free);
    else
        proof_differs(p, item, "differs", "%g free in Odoo, %" PRId64 " available in Shopify",
                      piece->free, piece->available);
}

/* What stands in p->levels may be some minutes old: the levels that it does not explain are asked
 * for anew. *any: there are such. */
static void doubt(struct proof *p, const struct stock_compared *all, const struct piece *pieces,
                  size_t count, bool *any)
{
    bool away, wrong[IMPORT_LOOK] = { false };
    double gap;

    for (size_t i = 0; i < p->count; i++) {
        wrong[i] = all[i].left[0] == '\0' && all[i].why.kind != ERR_NONE;
        for (size_t k = 0; k < count && !wrong[i]; k++)
            wrong[i] = import_same_item(&p->items[pieces[k].item], &p->items[i]) &&
                       explain(&pieces[k], &gap, &away) == NULL;
    }
    *any = false;
    for (size_t i = 0; i < p->count; i++)
        if (wrong[i] && p->levels[i] != NULL) {
            json_decref(p->levels[i]);
            p->levels[i] = NULL;
            *any = true;
        }
}

static bool look(struct proof *p, struct stock_compared *all, struct piece *pieces, size_t *count,
                 struct err *err)
{
    *count = gather(p, all, pieces);
    return quotations(p, pieces, *count, err) && elsewhere(p, pieces, *count, err);
}

static bool judge(struct proof *p, struct stock_compared *all, struct piece *pieces, struct err *err)
{
    bool again;
    size_t n;

    if (!look_told(p, all, err) || !look_places(p, all, err) || !look(p, all, pieces, &n, err))
        return false;
    doubt(p, all, pieces, n, &again);
    if (again && (!look_places(p, all, err) || !look(p, all, pieces, &n, err)))
        return false;
    complain(p, all);
    for (size_t k = 0; k < n; k++)
        judge_piece(p, &pieces[k]);
    return true;
}

bool proof_stock(struct proof *p, struct err *err)
{
    struct stock_compared *all AUTO_FREE = calloc(IMPORT_LOOK, sizeof *all);
    struct piece *pieces AUTO_FREE = calloc(IMPORT_LOOK, sizeof *pieces);
    bool ok = all != NULL && pieces != NULL ? judge(p, all, pieces, err) :
                                              err_set(err, ERR_BUSY, "no memory");

    for (size_t i = 0; i < IMPORT_LOOK; i++) {
        json_decref(p->levels[i]);
        p->levels[i] = NULL;
    }
    return ok;
}
