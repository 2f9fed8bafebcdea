#include "sync/order_change.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/when.h"
#include "sync/change_work.h"
#include "sync/diff.h"
#include "sync/order_plan.h"
#include "sync/order_to_odoo.h"

static void call(struct change_work *w, json_t *calls, const char *method, json_t *context)
{
    json_t *one = json_pack("{sssss[I]}", "model", "sale.order", "method", method, "ids",
                            (json_int_t)json_int_or(w->odoo, "id", 0));

    json_object_set_new(one, "context",
                        context != NULL ? context : json_pack("{sb}", "tracking_disable", 1));
    json_array_append_new(calls, one);
}

/* A new delivery address is that of the open transfers too: without context Odoo only says so. */
static void write_values(struct change_work *w, json_t *calls, json_t *values)
{
    bool moves = json_object_get(values, "partner_shipping_id") != NULL;

    call(w, calls, "write",
         moves ? json_pack("{sbsb}", "update_delivery_shipping_partner", 1, "tracking_disable", 1)
               : NULL);
    json_object_set_new(json_array_get(calls, json_array_size(calls) - 1), "values", values);
}

void change_conflict(struct change_work *w, const char *what)
{
    bool released = json_flag(w->odoo, "released");

    findings_add(w->f, released ? FINDING_FLAG : FINDING_HOLD, ERR_CONFLICT, "", "%s%s", what,
                 released ? ": let go on by a person" : "");
}

static bool state_is(const struct change_work *w, const char *state)
{
    return strcmp(json_text_or(w->odoo, "state", ""), state) == 0;
}

bool change_is_quotation(const struct change_work *w)
{
    return state_is(w, "draft") || state_is(w, "sent");
}

bool change_is_shipped(const struct change_work *w)
{
    return json_flag(w->odoo, "delivered") || order_is_shipped(w->order);
}

static bool moved(const struct change_work *w, const char *field)
{
    return !diff_equal(json_object_get(w->agreed, field), json_object_get(w->order, field));
}

/* ---- cancelled ---- */

static void cancel(struct change_work *w)
{
    if (state_is(w, "cancel"))
        return;
    if (change_is_shipped(w)) {
        change_conflict(w, "cancelled in Shopify, but goods were shipped");
        return;
    }
    if (json_flag(w->odoo, "invoiced"))
        findings_add(w->f, FINDING_FLAG, ERR_CONFLICT, "",
                     "cancelled after it was invoiced: a credit note is due");
    if (json_flag(w->odoo, "locked"))
        call(w, w->calls, "action_unlock", NULL);
    call(w, w->calls, "action_cancel",
         json_pack("{sbsb}", "disable_cancel_warning", 1, "tracking_disable", 1));
}

/* ---- head ---- */

static void address(struct change_work *w, const char *field, const char *role, const char *column)
{
    char path[64];
    const char *before, *after;
    int64_t id = json_int_or(w->resolved, role, json_int_or(w->resolved, "partner", 0));

    snprintf(path, sizeof path, "%s.fingerprint", field);
    before = json_text_or(w->agreed, path, "");
    after = json_text_or(w->order, path, "");
    if (strcmp(before, after) == 0 || id == 0)
        return;
    if (strcmp(role, "delivery") == 0 && change_is_shipped(w))
        findings_add(w->f, FINDING_FLAG, ERR_CONFLICT, "",
                     "the delivery address changed after goods were shipped");
    else
        json_object_set_new(w->values, column, json_integer(id));
}

static json_t *ids_of(const char *text)
{
    json_t *list = json_array();

    while (*text != '\0') {
        char *end;

        json_array_append_new(list, json_integer(strtoll(text, &end, 10)));
        text = *end == ',' ? end + 1 : end + strlen(end);
    }
    return list;
}

static void head(struct change_work *w)
{
    json_auto_t *tags = plan_tags(w->order, w->resolved, w->r);
    int64_t terms = moved(w, "terms") ? plan_terms(w->order, w->r, w->f) : 0;

    address(w, "shipping", "delivery", "partner_shipping_id");
    address(w, "billing", "invoice", "partner_invoice_id");
    if (moved(w, "note") || moved(w, "attributes") || moved(w, "po_number"))
        json_object_set_new(w->values, "note", plan_note(w->order));
    if (terms != 0)
        json_object_set_new(w->values, "payment_term_id", json_integer(terms));
    if (moved(w, "tags"))
        json_object_set_new(w->values, "tag_ids",
                            json_pack("[[iio]]", 6, 0, ids_of(json_string_value(tags))));
}

static void confirm(struct change_work *w)
{
    char at[WHEN_TEXT_MAX];
    const char *date = json_text(w->odoo, "date_order");

    when_odoo(json_int_or(w->order, "processed_at", 0), at);
    if (change_is_quotation(w)) {
        if (priced_waits(w->after, w->r) && !json_flag(w->odoo, "released")) {
            findings_add(w->f, FINDING_FLAG, ERR_MISSING, "",
                         "a product is unknown: the order stays a quotation");
            return;
        }
        call(w, w->confirm, "action_confirm", NULL);
        /* Odoo's button sets the date to now */
        write_values(w, w->confirm, json_pack("{ss}", "date_order", at));
    } else if (state_is(w, "sale") && !json_flag(w->odoo, "confirmed") && date != NULL &&
               strcmp(date, at) != 0) {
        /* confirmed by a run that did not come to the date, or by a person before it was paid */
        write_values(w, w->confirm, json_pack("{ss}", "date_order", at));
    }
}

/* ---- the whole ---- */

/* Fields of the timeline; what is personal is named without its content. */
static json_t *timeline(const struct change_work *w)
{
    json_t *list = diff_fields(kind_of("order"), w->agreed, w->order), *row;
    size_t i;

    json_array_foreach(list, i, row)
    {
        const struct field *field = kind_field(kind_of("order"), json_text_or(row, "field", ""));
        bool open = field->type == FIELD_CODE || field->type == FIELD_AMOUNT ||
                    field->type == FIELD_TIME || field->type == FIELD_INT ||
                    field->type == FIELD_BOOL;

        if (!open) {
            json_object_set_new(row, "from", json_null());
            json_object_set_new(row, "to", json_null());
        }
    }
    return list;
}

static void edit(struct change_work *w, const struct order_plan *plan)
{
    bool locked = json_flag(w->odoo, "locked");
    json_t *load;

    if (!change_lines(w) && findings_stop(w->f))
        return;
    head(w);
    load = change_load(w);
    if (json_object_size(w->values) > 0 || load != NULL) {
        if (locked)
            call(w, w->calls, "action_unlock", NULL);
        if (json_object_size(w->values) > 0)
            write_values(w, w->calls, json_incref(w->values));
        if (load != NULL)
            json_array_append_new(w->calls, load);
        if (locked)
            call(w, w->calls, "action_lock", NULL);
    }
    if (plan->action == ORDER_CONFIRM)
        confirm(w);
    if (plan->action == ORDER_HOLD && change_is_quotation(w))
        findings_add(w->f, FINDING_HOLD, ERR_CONFLICT, plan->thing, "%s", plan->reason);
}

static json_t *result(const struct change_work *w, const struct order_plan *plan, bool older)
{
    bool lines = !w->left && change_lines_moved(w);

    return json_pack("{sbsOsOsososbsossss}", "older", older, "calls", w->calls, "confirm",
                     w->confirm, "expect",
                     lines ? plan_expect(w->after, json_text_or(w->odoo, "state", "draft"))
                           : json_null(),
                     "lines", lines ? change_result_lines(w) : json_null(), "agreed",
                     !older && !findings_stop(w->f), "changes",
                     older || w->agreed == NULL ? json_array() : timeline(w), "action",
                     order_action_name(plan->action), "reason", plan->reason);
}

static json_t *work(struct change_work *w, struct err *err)
{
    struct order_plan plan = order_plan(w->order, true, json_flag(w->odoo, "released"), w->r);

    if (json_int_or(w->order, "updated_at", 0) < json_int_or(w->agreed, "updated_at", 0))
        return result(w, &plan, true);
    if (plan.action == ORDER_CANCEL || json_at(w->order, "cancelled_at") != NULL) {
        cancel(w);
        return result(w, &plan, false);
    }
    if (state_is(w, "cancel")) {
        if (moved(w, "financial") || moved(w, "lines") || moved(w, "total"))
            change_conflict(w, "cancelled in Odoo, but it goes on in Shopify");
        return result(w, &plan, false);
    }
    if (!change_price(w, err))
        return NULL;
    edit(w, &plan);
    return result(w, &plan, false);
}

json_t *order_change(const json_t *agreed, const json_t *order, const json_t *odoo,
                     const char *shopkey, const struct reference *r, const json_t *resolved,
                     struct findings *f, struct err *err)
{
    struct findings own;
    struct change_work w = { .agreed = agreed,
                             .order = order,
                             .odoo = odoo,
                             .resolved = resolved,
                             .r = r,
                             .shopkey = shopkey,
                             .f = f != NULL ? f : &own,
                             .calls = json_array(),
                             .confirm = json_array(),
                             .values = json_object(),
                             .loads = json_array(),
                             .keys = json_array(),
                             .ids = json_copy(json_object_get(odoo, "lines")) };
    json_t *plan;

    findings_init(&own);
    if (w.ids == NULL)
        w.ids = json_object();
    plan = work(&w, err);
    json_t *const parts[] = { w.calls, w.confirm, w.values, w.loads, w.keys, w.ids };

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        json_decref(parts[i]);
    priced_free(w.before);
    priced_free(w.after);
    return plan;
}
