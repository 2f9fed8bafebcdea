/*
 * What an import made, taken back: orders, then stock it counted is left, then products, then
 * customers; only what nobody has touched since. What can't be deleted any more is archived; what
 * has a life of its own by now (invoiced, shipped, edited by a person) stays, with the reason.
 */
#include "jobs/import.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "jobs/load.h"
#include "odoo/records.h"
#include "store/history.h"
#include "store/jobs.h"
#include "store/pairs.h"

#define UNDO_MOST 50

struct undo {
    struct import_work *work;
    struct import_item items[UNDO_MOST];
    bool gone[UNDO_MOST]; /* from Odoo: its pair goes too */
    size_t count;
    int64_t uid; /* ours, in Odoo */
    bool held[UNDO_MOST]; /* something in Odoo is known to refer to it: it can't be deleted */
};

static struct odoo *odoo(struct undo *u)
{
    return u->work->place.site->odoo;
}

static void stays(struct import_item *item, const char *why)
{
    item->state = IMPORT_ITEM_KEPT;
    err_set(&item->why, ERR_REFUSED, "%s", why);
}

static bool open(const struct import_item *item)
{
    return item->state == IMPORT_ITEM_DONE;
}

/* Ids of the records that are still to be decided about. */
static json_t *open_ids(struct undo *u)
{
    json_t *ids = json_array();

    for (size_t i = 0; i < u->count; i++)
        if (open(&u->items[i]))
            json_array_append_new(ids, json_integer(u->items[i].odoo));
    return ids;
}

static json_t *read_fields(struct undo *u, const char *model, json_t *ids, json_t *fields,
                           struct err *err)
{
    json_auto_t *domain = json_pack("[[s, s, O]]", "id", "in", ids);
    struct records_query query = { .model = model, .domain = domain, .fields = fields,
                                   .archived = true, .class = PACE_IMPORT };
    json_t *rows = NULL;

    return records_search(odoo(u), u->work->place.http, &query, &rows, &u->work->place.odoo, err) ?
               rows :
               NULL;
}

static bool act(struct undo *u, const char *model, const char *method, json_t *ids, struct err *err)
{
    /* or cancelling a sale only opens a window that asks */
    json_auto_t *answer = NULL, *extra = json_pack("{s:b}", "disable_cancel_warning", 1);

    return json_array_size(ids) == 0 ||
           records_do(odoo(u), u->work->place.http, model, method, ids, NULL, extra, PACE_IMPORT,
                      &answer, &u->work->place.odoo, err);
}

/* ---- what a person has touched stays ---- */

static bool untouched(struct undo *u, const json_t *row)
{
    return json_int_or(row, "write_uid.0", 0) == u->uid;
}

/* Reads them; those that are gone are done, those that others wrote stay. *rows: the caller's. */
static bool look(struct undo *u, const char *model, json_t *fields, json_t **rows, struct err *err)
{
    json_auto_t *ids = open_ids(u);

    *rows = json_array_size(ids) > 0 ? read_fields(u, model, ids, fields, err) : json_array();
    if (*rows == NULL)
        return false;
    for (size_t i = 0; i < u->count; i++) {
        const json_t *row = records_row(*rows, u->items[i].odoo);

        if (!open(&u->items[i]))
            continue;
        if (row == NULL) {
            u->items[i].state = IMPORT_ITEM_UNDONE;
            u->gone[i] = true;
        } else if (!untouched(u, row)) {
            stays(&u->items[i], "somebody has changed it in Odoo since");
        }
    }
    return true;
}

static void undone(struct undo *u, size_t i, bool archived)
{
    u->items[i].state = IMPORT_ITEM_UNDONE;
    u->gone[i] = !archived;
    if (archived)
        str_copy(u->items[i].why.text, sizeof u->items[i].why.text,
                 "archived: something refers to it");
}

/* Those that are held, or the others, in one call; *done: Odoo did not refuse. */
static bool at_once(struct undo *u, const char *model, bool held, bool *done, struct err *err)
{
    json_auto_t *ids = json_array();
    struct err why = { 0 };

    for (size_t i = 0; i < u->count; i++)
        if (open(&u->items[i]) && u->held[i] == held)
            json_array_append_new(ids, json_integer(u->items[i].odoo));
    *done = act(u, model, held ? "action_archive" : "unlink", ids, &why);
    if (!*done && !load_blames_record(&why))
        return (*err = why, false);
    for (size_t i = 0; *done && i < u->count; i++)
        if (open(&u->items[i]) && u->held[i] == held)
            undone(u, i, held);
    return true;
}

/*
 * All of them away in two calls at most; when Odoo refuses, one by one; and who can't be deleted
 * because something refers to it is archived.
 */
static bool take_away(struct undo *u, const char *model, bool archive, struct err *err)
{
    bool archived, deleted;
    struct err why = { 0 };

    if (!at_once(u, model, true, &archived, err) || !at_once(u, model, false, &deleted, err))
        return false;
    if (archived && deleted)
        return true;
    for (size_t i = 0; i < u->count; i++) {
        json_auto_t *one = json_pack("[I]", (json_int_t)u->items[i].odoo);

        if (!open(&u->items[i]))
            continue;
        memset(&why, 0, sizeof why);
        if (act(u, model, "unlink", one, &why)) {
            undone(u, i, false);
        } else if (!load_blames_record(&why)) {
            return (*err = why, false);
        } else if (archive && act(u, model, "action_archive", one, &why)) {
            undone(u, i, true);
        } else if (!load_blames_record(&why)) {
            return (*err = why, false);
        } else {
            stays(&u->items[i], why.text);
        }
    }
    return true;
}

/* ---- a page of each kind ---- */

static bool undo_orders(struct undo *u, struct err *err)
{
    json_auto_t *fields = json_pack("[sssss]", "id", "write_uid", "state", "invoice_ids",
                                    "delivery_status");
    json_auto_t *rows = NULL, *ids = NULL;

    if (!look(u, "sale.order", fields, &rows, err))
        return false;
    for (size_t i = 0; i < u->count; i++) {
        const json_t *row = records_row(rows, u->items[i].odoo);

        if (!open(&u->items[i]))
            continue;
        if (json_len(row, "invoice_ids") > 0)
            stays(&u->items[i], "it is invoiced");
        else if (strcmp(json_text_or(row, "delivery_status", "pending"), "pending") != 0)
            stays(&u->items[i], "part of it is delivered");
    }
    ids = open_ids(u);
    return act(u, "sale.order", "action_cancel", ids, err) && take_away(u, "sale.order", false, err);
}

static bool undo_stock(struct undo *u, struct err *err)
{
    (void)err;
    for (size_t i = 0; i < u->count; i++)
        stays(&u->items[i], "a count of stock is not taken back: count again in Odoo");
    return true;
}

/* Does a row of that list have one of those ids in a field? */
static bool is_among(const json_t *rows, const char *field, const json_t *ids)
{
    const json_t *row, *id;
    size_t i, k;

    json_array_foreach(rows, i, row)
        json_array_foreach(ids, k, id)
            if (json_integer_value(json_array_get(json_object_get(row, field), 0)) ==
                json_integer_value(id))
                return true;
    return false;
}

/* The ids of a template's variants, archived ones too. */
static json_t *variants_of(const json_t *products, int64_t template)
{
    json_t *ids = json_array();
    const json_t *row;
    size_t i;

    json_array_foreach(products, i, row)
        if (json_int_or(row, "product_tmpl_id.0", 0) == template)
            json_array_append(ids, json_object_get(row, "id"));
    return ids;
}

/* {id, field} of the records whose field is one of those. */
static json_t *rows_with(struct undo *u, const char *model, const char *field, json_t *ids,
                         struct err *err)
{
    json_auto_t *domain = json_pack("[[s, s, O]]", field, "in", ids);
    json_auto_t *fields = json_pack("[ss]", "id", field);
    struct records_query query = { .model = model, .domain = domain, .fields = fields,
                                   .archived = true, .class = PACE_IMPORT };
    json_t *rows = NULL;

    if (json_array_size(ids) == 0)
        return json_array();
    return records_search(odoo(u), u->work->place.http, &query, &rows, &u->work->place.odoo, err) ?
               rows :
               NULL;
}

/* What was ever counted or reserved can't be deleted: Odoo keeps its moves. */
static bool hold_moved(struct undo *u, struct err *err)
{
    json_auto_t *templates = open_ids(u), *variants = json_array(), *moves = NULL;
    json_auto_t *products = rows_with(u, "product.product", "product_tmpl_id", templates, err);
    const json_t *row;
    size_t i;

    json_array_foreach(products, i, row)
        json_array_append(variants, json_object_get(row, "id"));
    moves = products != NULL ? rows_with(u, "stock.move", "product_id", variants, err) : NULL;
    for (i = 0; moves != NULL && i < u->count; i++) {
        json_auto_t *mine = variants_of(products, u->items[i].odoo);

        u->held[i] = is_among(moves, "product_id", mine);
    }
    return moves != NULL;
}

static bool undo_products(struct undo *u, struct err *err)
{
    json_auto_t *fields = json_pack("[ss]", "id", "write_uid"), *rows = NULL;

    return look(u, "product.template", fields, &rows, err) && hold_moved(u, err) &&
           take_away(u, "product.template", true, err);
}

/* Who an order is for, or goes to, can't be deleted. */
static bool hold_buyers(struct undo *u, const json_t *rows, json_t *all, struct err *err)
{
    static const char *const roles[] = { "partner_id", "partner_invoice_id", "partner_shipping_id" };
    json_auto_t *domain = json_pack("[s, s, [s, s, O], [s, s, O], [s, s, O]]", "|", "|", roles[0],
                                    "in", all, roles[1], "in", all, roles[2], "in", all);
    json_auto_t *fields = json_pack("[ssss]", "id", roles[0], roles[1], roles[2]);
    json_auto_t *orders = NULL;
    struct records_query query = { .model = "sale.order", .domain = domain, .fields = fields,
                                   .class = PACE_IMPORT };

    if (json_array_size(all) > 0 &&
        !records_search(odoo(u), u->work->place.http, &query, &orders, &u->work->place.odoo, err))
        return false;
    for (size_t i = 0; i < u->count; i++) {
        json_auto_t *mine = json_pack("[I]", (json_int_t)u->items[i].odoo);

        json_array_extend(mine, json_object_get(records_row(rows, u->items[i].odoo), "child_ids"));
        u->held[i] = false;
        for (size_t k = 0; k < sizeof roles / sizeof roles[0]; k++)
            u->held[i] = u->held[i] || is_among(orders, roles[k], mine);
    }
    return true;
}

/* The addresses of those that are held, or of the others. */
static json_t *addresses_of(struct undo *u, const json_t *rows, bool held)
{
    json_t *all = json_array();

    for (size_t i = 0; i < u->count; i++)
        if (open(&u->items[i]) && u->held[i] == held)
            json_array_extend(all,
                              json_object_get(records_row(rows, u->items[i].odoo), "child_ids"));
    return all;
}

/* In one call, or contact by contact if Odoo refuses that; what stays is archived with its contact. */
static bool drop_addresses(struct undo *u, const json_t *rows, struct err *err)
{
    json_auto_t *all = addresses_of(u, rows, false), *kept = NULL;
    struct err why = { 0 };
    bool done = act(u, "res.partner", "unlink", all, &why);

    for (size_t i = 0; !done && load_blames_record(&why) && i < u->count; i++) {
        json_t *mine = json_object_get(records_row(rows, u->items[i].odoo), "child_ids");
        struct err refused = { 0 };

        if (!open(&u->items[i]) || u->held[i] || act(u, "res.partner", "unlink", mine, &refused))
            continue;
        u->held[i] = true;
        why = refused;
    }
    if (!done && !load_blames_record(&why))
        return (*err = why, false);
    kept = addresses_of(u, rows, true);
    memset(&why, 0, sizeof why);
    return act(u, "res.partner", "action_archive", kept, &why) || load_blames_record(&why) ||
           (*err = why, false);
}

/* A contact goes with the addresses that came with it. */
static bool undo_customers(struct undo *u, struct err *err)
{
    json_auto_t *fields = json_pack("[sss]", "id", "write_uid", "child_ids"), *rows = NULL;
    json_auto_t *children = json_array(), *child_fields = json_pack("[ss]", "id", "write_uid");
    json_auto_t *child_rows = NULL, *all = NULL;

    if (!look(u, "res.partner", fields, &rows, err))
        return false;
    for (size_t i = 0; i < u->count; i++)
        if (open(&u->items[i]))
            json_array_extend(
                children, json_object_get((json_t *)(uintptr_t)records_row(rows, u->items[i].odoo),
                                          "child_ids"));
    if (json_array_size(children) > 0) {
        child_rows = read_fields(u, "res.partner", children, child_fields, err);
        if (child_rows == NULL)
            return false;
    }
    for (size_t i = 0; i < u->count; i++) {
        const json_t *mine = json_object_get(records_row(rows, u->items[i].odoo), "child_ids"),
                     *child;
        size_t k;

        if (!open(&u->items[i]))
            continue;
        json_array_foreach(
            mine, k, child) if (!untouched(u, records_row(child_rows, json_integer_value(child))))
            stays(&u->items[i], "somebody has changed an address of it in Odoo since");
    }
    all = open_ids(u);
    json_array_extend(all, children);
    return hold_buyers(u, rows, all, err) && drop_addresses(u, rows, err) &&
           take_away(u, "res.partner", true, err);
}

/* ---- a page, kept ---- */

static bool forget_pair(struct db *db, const struct import_run *run, const struct import_item *item,
                        bool gone, struct err *err)
{
    const char *colon = strchr(item->record, ':');
    char kind[STORE_NAME_MAX];
    unsigned long long id;
    struct pair pair;
    bool found = false;

    if (!history_add(db, run->backend, item->record, "undone", 0, NULL,
                     gone ? "taken back with its import" : "archived with its import", err))
        return false;
    if (colon == NULL || !str_number(colon + 1, INT64_MAX, &id))
        return true;
    snprintf(kind, sizeof kind, "%.*s", (int)(colon - item->record), item->record);
    return pairs_by_shopify(db, run->backend, kind, (int64_t)id, &pair, NULL, &found, err) &&
           (!found || pairs_remove(db, pair.id, err));
}

static bool undo_change(struct db *db, void *ctx, struct err *err)
{
    struct undo *u = ctx;

    for (size_t i = 0; i < u->count; i++)
        if (u->items[i].state == IMPORT_ITEM_UNDONE &&
            !forget_pair(db, &u->work->run, &u->items[i], u->gone[i], err))
            return false;
    return imports_move(db, u->items, u->count, false, err) && jobs_got_on(db, u->work->job, err);
}

static bool undo_page(struct undo *u, enum import_step_id step, struct err *err)
{
    bool ok = step == IMPORT_ORDERS   ? undo_orders(u, err) :
              step == IMPORT_STOCK    ? undo_stock(u, err) :
              step == IMPORT_PRODUCTS ? undo_products(u, err) :
                                        undo_customers(u, err);

    if (!ok)
        return err_within(err, "take back %s", import_step_name(step));
    return store_do(u->work->store, undo_change, u, err);
}

/* The last step first. *ended: nothing that this run made is left. */
bool import_undo(struct import_work *work, bool *ended, struct err *err)
{
    static const enum import_step_id order[] = { IMPORT_ORDERS, IMPORT_STOCK, IMPORT_PRODUCTS,
                                                 IMPORT_CUSTOMERS };
    struct undo *u AUTO_FREE = calloc(1, sizeof *u);
    size_t s = 0;

    if (u == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    u->work = work;
    if (!odoo_login(work->place.site->odoo, work->place.http, &u->uid, &work->place.odoo, err))
        return false;
    while (s < sizeof order / sizeof order[0] && !import_time_is_up(work)) {
        struct imports_filter filter = { .run = work->run.id, .step = order[s], .verdict = -1,
                                         .state = IMPORT_ITEM_DONE, .made = true };
        int64_t next;
        bool ok;

        u->count = UNDO_MOST;
        memset(u->gone, 0, sizeof u->gone);
        memset(u->held, 0, sizeof u->held);
        if (!imports_items(work->db, &filter, u->items, &u->count, &next, err))
            return false;
        if (u->count == 0) {
            s++;
            continue;
        }
        ok = undo_page(u, order[s], err);
        import_items_clear(u->items, u->count);
        if (!ok)
            return false;
    }
    *ended = s == sizeof order / sizeof order[0];
    return true;
}
