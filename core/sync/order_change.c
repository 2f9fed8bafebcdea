#include "sync/order_change.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "base/when.h"
#include "sync/diff.h"
#include "sync/order_plan.h"
#include "sync/order_price.h"
#include "sync/order_to_odoo.h"

struct change {
    const json_t *agreed, *order, *odoo, *resolved;
    const struct reference *r;
    const char *shopkey;
    struct findings *f;
    json_t *calls, *values; /* values: one write of the order's own fields */
    json_t *loads;          /* rows of new lines */
    struct priced *before, *after;
    bool cancelled;
};

static void call(struct change *c, const char *method, json_t *context)
{
    json_t *one = json_pack("{sssss[I]}", "model", "sale.order", "method", method, "ids",
                            (json_int_t)json_int_or(c->odoo, "id", 0));

    json_object_set_new(one, "context",
                        context != NULL ? context : json_pack("{sb}", "tracking_disable", 1));
    json_array_append_new(c->calls, one);
}

static void write_values(struct change *c, json_t *values)
{
    call(c, "write", NULL);
    json_object_set_new(json_array_get(c->calls, json_array_size(c->calls) - 1), "values", values);
}

static void conflict(struct change *c, const char *what)
{
    findings_add(c->f, FINDING_HOLD, ERR_CONFLICT, "", "%s", what);
}

static bool state_is(const struct change *c, const char *state)
{
    return strcmp(json_text_or(c->odoo, "state", ""), state) == 0;
}

static bool is_quotation(const struct change *c)
{
    return state_is(c, "draft") || state_is(c, "sent");
}

static bool moved(const struct change *c, const char *field)
{
    return !diff_equal(json_object_get(c->agreed, field), json_object_get(c->order, field));
}

/* ---- cancelled ---- */

static bool shipped(const struct change *c)
{
    const char *state = json_text_or(c->order, "fulfillment", "");

    return json_flag(c->odoo, "delivered") || strcmp(state, "fulfilled") == 0 ||
           strcmp(state, "partially_fulfilled") == 0;
}

static void cancel(struct change *c)
{
    c->cancelled = true;
    if (state_is(c, "cancel"))
        return;
    if (shipped(c)) {
        conflict(c, "cancelled in Shopify, but goods were shipped");
        return;
    }
    if (json_flag(c->odoo, "invoiced"))
        findings_add(c->f, FINDING_FLAG, ERR_CONFLICT, "",
                     "cancelled after it was invoiced: a credit note is due");
    if (json_flag(c->odoo, "locked"))
        call(c, "action_unlock", NULL);
    call(c, "action_cancel",
         json_pack("{sbsb}", "disable_cancel_warning", 1, "tracking_disable", 1));
}

/* ---- lines ---- */

static const struct priced_line *find_line(const struct priced *p, const char *key)
{
    for (size_t i = 0; p != NULL && i < p->count; i++)
        if (strcmp(p->list[i].key, key) == 0)
            return &p->list[i];
    return NULL;
}

static bool same_line(const struct priced_line *a, const struct priced_line *b)
{
    if (a->product != b->product || a->sums.quantity != b->sums.quantity ||
        a->sums.price != b->sums.price || a->sums.discount != b->sums.discount ||
        a->sums.taxes != b->sums.taxes)
        return false;
    for (size_t i = 0; i < a->sums.taxes; i++)
        if (a->sums.tax[i].id != b->sums.tax[i].id)
            return false;
    return true;
}

static int64_t odoo_line(const struct change *c, const char *key)
{
    return json_integer_value(json_object_get(json_object_get(c->odoo, "lines"), key));
}

/* A line of the placeholder, or one that a person moved: Odoo's product is not the one it means. */
static bool other_product(const struct change *c, const struct priced_line *line)
{
    int64_t there =
        json_integer_value(json_object_get(json_object_get(c->odoo, "products"), line->key));

    return there != 0 && there != line->product && is_quotation(c);
}

static void command(struct change *c, json_t *one)
{
    json_t *list = json_object_get(c->values, "order_line");

    if (list == NULL) {
        list = json_array();
        json_object_set_new(c->values, "order_line", list);
    }
    json_array_append_new(list, one);
}

static json_t *line_values(const struct change *c, const struct priced_line *line)
{
    char price[MONEY_TEXT_MAX], discount[MONEY_TEXT_MAX];
    json_t *taxes = json_array();

    for (size_t i = 0; i < line->sums.taxes; i++)
        json_array_append_new(taxes, json_integer(line->sums.tax[i].id));
    return json_pack("{sIsssss[[iio]]}", "product_uom_qty", (json_int_t)line->sums.quantity,
                     "price_unit", priced_price(c->after, line, price), "discount",
                     priced_discount(line, discount), "tax_id", 6, 0, taxes);
}

/* "line:12:rest" -> shopify_<shop>.line_12_rest; "rounding" -> shopify_<shop>.order_7_rounding */
static void line_xmlid(const struct change *c, const char *key, char *to, size_t size)
{
    char name[96];

    if (str_starts(key, "line:"))
        str_copy(name, sizeof name, key + 5);
    else
        snprintf(name, sizeof name, "%" PRId64 "_%s", json_int_or(c->order, "id", 0), key);
    for (char *p = name; *p != '\0'; p++)
        if (*p == ':')
            *p = '_';
    plan_xmlid(to, size, c->shopkey, str_starts(key, "line:") ? "line" : "order", name);
}

static void add_line(struct change *c, const struct priced_line *line, size_t place)
{
    char xmlid[160], price[MONEY_TEXT_MAX], discount[MONEY_TEXT_MAX];

    line_xmlid(c, line->key, xmlid, sizeof xmlid);
    json_array_append_new(
        c->loads,
        json_pack("[soooosssoo]", xmlid, json_sprintf("%" PRId64, json_int_or(c->odoo, "id", 0)),
                  json_sprintf("%zu", place), json_sprintf("%" PRId64, line->product),
                  json_sprintf("%" PRId64, line->sums.quantity),
                  priced_price(c->after, line, price), priced_discount(line, discount),
                  line->delivery ? "1" : "", priced_taxes(line),
                  priced_text(c->after, line, c->r)));
}

static void change_line(struct change *c, size_t i)
{
    const struct priced_line *line = &c->after->list[i], *old = find_line(c->before, line->key);
    int64_t id = odoo_line(c, line->key);
    json_t *values;

    if (old != NULL && same_line(old, line) && id != 0 && !other_product(c, line))
        return;
    if (id == 0) {
        add_line(c, line, i + 1);
        return;
    }
    values = line_values(c, line);
    if (old == NULL || old->product != line->product || other_product(c, line)) {
        json_object_set_new(values, "product_id", json_integer(line->product));
        json_object_set_new(values, "name", priced_text(c->after, line, c->r));
    }
    command(c, json_pack("[iIo]", 1, (json_int_t)id, values));
}

/* What is no more: of a sale it stays with quantity 0, a quotation's line goes. */
static void drop_line(struct change *c, const char *key)
{
    int64_t id = odoo_line(c, key);

    if (id == 0 || find_line(c->after, key) != NULL)
        return;
    if (is_quotation(c))
        command(c, json_pack("[iI]", 2, (json_int_t)id));
    else
        command(c, json_pack("[iI{si}]", 1, (json_int_t)id, "product_uom_qty", 0));
}

static bool lines_moved(const struct change *c)
{
    if (c->before == NULL || c->before->count != c->after->count)
        return true;
    for (size_t i = 0; i < c->after->count; i++) {
        const struct priced_line *old = find_line(c->before, c->after->list[i].key);

        if (old == NULL || !same_line(old, &c->after->list[i]) ||
            other_product(c, &c->after->list[i]))
            return true;
    }
    return false;
}

static void load_call(struct change *c)
{
    if (json_array_size(c->loads) == 0)
        return;
    json_array_append_new(
        c->calls,
        json_pack("{sssss[ssssssssss]sOs{sssbsb}}", "model", "sale.order.line", "method", "load",
                  "fields", "id", "order_id/.id", "sequence", "product_id/.id", "product_uom_qty",
                  "price_unit", "discount", "is_delivery", "tax_id/.id", "name", "rows", c->loads,
                  "context", "mode", "update", "noupdate", 1, "tracking_disable", 1));
}

/* False when a person must decide. */
static bool change_lines(struct change *c)
{
    const char *key;
    json_t *id;

    if (!lines_moved(c))
        return true;
    if (json_flag(c->odoo, "delivered") || json_flag(c->odoo, "invoiced")) {
        conflict(c, json_flag(c->odoo, "delivered") ? "edited in Shopify after goods were shipped"
                                                    : "edited in Shopify after it was invoiced");
        return false;
    }
    for (size_t i = 0; i < c->after->count; i++)
        change_line(c, i);
    json_object_foreach(json_object_get((json_t *)(uintptr_t)c->odoo, "lines"), key, id)
        drop_line(c, key);
    return true;
}

/* ---- head ---- */

static void address(struct change *c, const char *field, const char *role, const char *column)
{
    char path[64];
    const char *before, *after;
    int64_t id = json_int_or(c->resolved, role, json_int_or(c->resolved, "partner", 0));

    snprintf(path, sizeof path, "%s.fingerprint", field);
    before = json_text_or(c->agreed, path, "");
    after = json_text_or(c->order, path, "");
    if (strcmp(before, after) == 0 || id == 0)
        return;
    if (strcmp(role, "delivery") == 0 && shipped(c))
        findings_add(c->f, FINDING_FLAG, ERR_CONFLICT, "",
                     "the delivery address changed after goods were shipped");
    else
        json_object_set_new(c->values, column, json_integer(id));
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

static void head(struct change *c)
{
    json_auto_t *tags = plan_tags(c->order, c->resolved, c->r);

    address(c, "shipping", "delivery", "partner_shipping_id");
    address(c, "billing", "invoice", "partner_invoice_id");
    if (moved(c, "note") || moved(c, "attributes") || moved(c, "po_number"))
        json_object_set_new(c->values, "note", plan_note(c->order));
    if (moved(c, "tags"))
        json_object_set_new(c->values, "tag_ids",
                            json_pack("[[iio]]", 6, 0, ids_of(json_string_value(tags))));
}

static void confirm(struct change *c)
{
    char at[WHEN_TEXT_MAX];

    if (!is_quotation(c))
        return;
    if (priced_waits(c->after, c->r) && !json_flag(c->odoo, "released")) {
        findings_add(c->f, FINDING_FLAG, ERR_MISSING, "",
                     "a product is unknown: the order stays a quotation");
        return;
    }
    call(c, "action_confirm", NULL);
    /* Odoo's button sets the date to now */
    write_values(c, json_pack("{ss}", "date_order",
                              when_odoo(json_int_or(c->order, "processed_at", 0), at)));
}

/* ---- the whole ---- */

/* Fields of the timeline; what is personal is named without its content. */
static json_t *timeline(const struct change *c)
{
    json_t *list = diff_fields(kind_of("order"), c->agreed, c->order), *row;
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

static void edit(struct change *c, const struct order_plan *plan)
{
    bool locked = json_flag(c->odoo, "locked");

    if (order_books_current(c->order) && !change_lines(c))
        return;
    head(c);
    if (json_object_size(c->values) > 0 || json_array_size(c->loads) > 0) {
        if (locked)
            call(c, "action_unlock", NULL);
        if (json_object_size(c->values) > 0)
            write_values(c, json_incref(c->values));
        load_call(c);
        if (locked)
            call(c, "action_lock", NULL);
    }
    if (plan->action == ORDER_CONFIRM)
        confirm(c);
    if (plan->action == ORDER_HOLD && is_quotation(c))
        findings_add(c->f, FINDING_HOLD, ERR_REFUSED, "", "%s", plan->reason);
}

static bool price_both(struct change *c, struct err *err)
{
    struct findings before;

    findings_init(&before); /* what the old one lacked is no news */
    c->before = order_price(c->agreed, c->r, c->resolved, &before, NULL);
    c->after = order_price(c->order, c->r, c->resolved, c->f, err);
    return c->after != NULL;
}

static json_t *result(const struct change *c, const struct order_plan *plan, bool older)
{
    bool lines = c->after != NULL && order_books_current(c->order) && lines_moved(c);

    return json_pack("{sbsOsososbsossss}", "older", older, "calls", c->calls, "expect",
                     lines ? plan_expect(c->after, json_text_or(c->odoo, "state", "draft"))
                           : json_null(),
                     "lines", lines ? plan_lines(c->after) : json_null(), "agreed",
                     !older && !findings_stop(c->f), "changes", older ? json_array() : timeline(c),
                     "action", order_action_name(plan->action), "reason", plan->reason);
}

static json_t *work(struct change *c, struct err *err)
{
    struct order_plan plan = order_plan(c->order, true, json_flag(c->odoo, "released"), c->r);

    if (json_int_or(c->order, "updated_at", 0) < json_int_or(c->agreed, "updated_at", 0))
        return result(c, &plan, true);
    if (plan.action == ORDER_CANCEL || json_at(c->order, "cancelled_at") != NULL) {
        cancel(c);
        return result(c, &plan, false);
    }
    if (state_is(c, "cancel")) {
        if (moved(c, "financial") || moved(c, "lines") || moved(c, "total"))
            conflict(c, "cancelled in Odoo, but it goes on in Shopify");
        return result(c, &plan, false);
    }
    if (!price_both(c, err))
        return NULL;
    edit(c, &plan);
    return result(c, &plan, false);
}

json_t *order_change(const json_t *agreed, const json_t *order, const json_t *odoo,
                     const char *shopkey, const struct reference *r, const json_t *resolved,
                     struct findings *f, struct err *err)
{
    struct findings own;
    struct change c = { .agreed = agreed,
                        .order = order,
                        .odoo = odoo,
                        .resolved = resolved,
                        .r = r,
                        .shopkey = shopkey,
                        .f = f != NULL ? f : &own,
                        .calls = json_array(),
                        .values = json_object(),
                        .loads = json_array() };
    json_t *plan;

    findings_init(&own);
    plan = work(&c, err);
    json_decref(c.calls);
    json_decref(c.values);
    json_decref(c.loads);
    priced_free(c.before);
    priced_free(c.after);
    return plan;
}
