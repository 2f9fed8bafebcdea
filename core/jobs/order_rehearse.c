/*
 * What bringing orders in would do, without doing it: the same reader, plan and pricing as the run
 * (order_in.c), with nothing looked up or made in Odoo but the order itself. A product that Odoo
 * lacks is no refusal: the run puts a placeholder.
 */
#include "jobs/order.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "jobs/rehearse.h"
#include "jobs/uses.h"
#include "sync/order.h"
#include "sync/order_needs.h"
#include "sync/order_to_odoo.h"

struct look {
    json_t *order, *agreed, *needs;
    struct findings findings;
    struct pair pair; /* id 0: never seen */
};

static bool read_pair(struct db *db, int64_t backend, struct look *look, struct err *err)
{
    char *agreed = NULL;
    bool found = false;

    if (!pairs_by_shopify(db, backend, "order", json_int_or(look->order, "id", 0), &look->pair,
                          &agreed, &found, err))
        return false;
    if (!found)
        memset(&look->pair, 0, sizeof look->pair);
    if (agreed != NULL)
        look->agreed = json_read(agreed, strlen(agreed), "what was agreed", err);
    free(agreed);
    return true;
}

/* Any partner and any products: only whether it can be sent at all is asked. */
static json_t *stand_ins(const json_t *needs)
{
    json_t *resolved = json_pack("{s:i, s{}s{}s{}}", "partner", 1, "lines", "products", "tags");
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(needs, "products"), i, row)
        json_object_set_new(json_object_get(resolved, "products"), json_string_value(row),
                            json_integer(1));
    return resolved;
}

/* Would the load be refused by ourselves? err says why. */
static bool can_be_sent(struct workshop_place *place, struct look *look,
                        const struct order_plan *plan, struct err *err)
{
    const struct reference *r = place->picture->reference;
    json_auto_t *resolved = stand_ins(look->needs);
    json_auto_t *load = resolved != NULL ? order_to_odoo(look->order, plan, place->site->key, r,
                                                         resolved, &look->findings, err) :
                                           NULL;

    return load != NULL || (err->kind == ERR_NONE ? err_set(err, ERR_BUSY, "no memory") : false);
}

static void say(struct rehearsed *out, enum rehearse_verdict verdict, const char *text)
{
    out->verdict = verdict;
    str_copy(out->why.text, sizeof out->why.text, text);
}

/* An order that is in Odoo: what of it differs from what both last agreed on. */
static void known(struct look *look, struct rehearsed *out)
{
    static const char *const watched[] = { "financial", "fulfillment", "total", "current_total",
                                           "cancelled_at", "note" };
    const json_t *before = json_object_get(look->agreed, "order");

    out->odoo_id = look->pair.odoo_id;
    out->verdict = REHEARSE_SAME;
    if (json_int_or(look->order, "updated_at", 0) <= look->pair.shopify_at)
        return;
    for (size_t i = 0; i < sizeof watched / sizeof watched[0]; i++) {
        const json_t *from = json_object_get(before, watched[i]);
        const json_t *to = json_object_get(look->order, watched[i]);

        if (json_equal(from, to))
            continue;
        if (out->changes == NULL)
            out->changes = json_array();
        json_array_append_new(out->changes, json_pack("{s:s, s:s, s:O?, s:O?}", "field", watched[i],
                                                      "label", watched[i], "from", from, "to", to));
    }
    if (out->changes != NULL)
        out->verdict = REHEARSE_CHANGES;
}

static bool judge(struct workshop_place *place, struct db *db, const json_t *record,
                  struct look *look, struct rehearsed *out, struct err *err)
{
    const struct reference *r = place->picture->reference;
    struct order_plan plan;

    look->order = order_from_graphql(record, r, &look->findings, &out->why);
    if (look->order == NULL) {
        out->verdict = REHEARSE_REFUSED;
        return true;
    }
    out->shopify_id = json_int_or(look->order, "id", 0);
    str_copy(out->title, sizeof out->title, json_text_or(look->order, "name", ""));
    str_copy(out->model, sizeof out->model, "sale.order");
    if (!read_pair(db, place->site->id, look, err))
        return false;
    order_history(look->order, json_object_get(look->agreed, "order"), look->pair.id == 0);
    look->needs = order_needs(look->order, place->site->key, r);
    if (look->needs == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    plan = order_plan(look->order, look->pair.odoo_id != 0, false, r);
    if (look->pair.odoo_id != 0)
        return (known(look, out), true);
    if (plan.action == ORDER_SKIP)
        return (say(out, REHEARSE_SAME, plan.reason), true);
    if (!can_be_sent(place, look, &plan, &out->why)) {
        out->verdict = REHEARSE_REFUSED;
        return out->why.kind != ERR_BUSY || (*err = out->why, false);
    }
    say(out, REHEARSE_NEW, plan.reason);
    return true;
}

/* Products are the steps' before: what is lacking of them is told there. */
static void tell_uses(struct workshop_place *place, const struct look *look,
                      struct rehearsed *out)
{
    if (look->needs == NULL)
        return;
    out->uses = order_uses(look->order, look->needs, place->picture->reference);
    uses_findings(out->uses, &look->findings, false);
}

bool order_rehearse(struct workshop_place *place, struct db *db, json_t *const *records,
                    struct rehearsed *out, size_t count, struct err *err)
{
    struct look *look AUTO_FREE = calloc(1, sizeof *look);

    if (look == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    for (size_t i = 0; i < count; i++) {
        bool ok;

        memset(look, 0, sizeof *look);
        findings_init(&look->findings);
        out[i] = (struct rehearsed){ .verdict = REHEARSE_REFUSED };
        ok = judge(place, db, records[i], look, &out[i], err);
        if (ok)
            tell_uses(place, look, &out[i]);
        json_decref(look->order);
        json_decref(look->agreed);
        json_decref(look->needs);
        if (!ok)
            return false;
    }
    return true;
}
