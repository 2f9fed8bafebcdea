/* sale.c - sale.order and its lines: defaults, amounts, confirm, cancel, lock. */
#include <string.h>

#include "base/json.h"
#include "tests/sandbox/odoo/convert.h"
#include "tests/sandbox/odoo/kinds.h"
#include "tests/sandbox/odoo/search.h"

static const struct ids *lines_of(const struct record *order)
{
    struct value key = value_int(order->id);
    const struct field *f = field_find(order->model, "order_line");

    return index_find(field_find(f->comodel, "order_id"), &key);
}

static struct model *line_model(const struct record *order)
{
    return field_find(order->model, "order_line")->comodel;
}

/* ---- amounts ---- */

static void line_amounts(struct call *c, struct record *line, int digits)
{
    static const struct ids none;
    const struct value *taxes = at(line, "tax_id");
    struct tax_amount amounts[TAXES_MAX];
    double net = 0, gross = 0, quantity = at_real(line, "product_uom_qty");

    if (*at_text(line, "display_type") == '\0')
        tax_compute(c, taxes->kind == VALUE_IDS ? &taxes->ids : &none, at_real(line, "price_unit"), quantity,
                    at_real(line, "discount"), digits, &net, &gross, amounts);
    put(c, line, "price_subtotal", value_real(net));
    put(c, line, "price_total", value_real(gross));
    put(c, line, "price_tax", value_real(gross - net));
    put(c, line, "price_reduce_taxexcl", value_real(quantity > 0 ? round_half_up(net / quantity, digits) : 0));
    put(c, line, "price_reduce_taxinc", value_real(quantity > 0 ? round_half_up(gross / quantity, digits) : 0));
    put(c, line, "technical_price_unit", value_real(at_real(line, "price_unit")));
}

static bool invoiceable(const struct record *line)
{
    const struct record *product = at_record(line, "product_id");
    const struct record *template = product == NULL ? NULL : at_record(product, "product_tmpl_id");

    return *at_text(line, "display_type") == '\0' &&
           (template == NULL || !at_is(template, "invoice_policy", "delivery") || at_real(line, "qty_delivered") > 0);
}

static void order_status(struct call *c, struct record *order)
{
    const struct ids *lines = lines_of(order);
    const char *status = "no";

    for (size_t i = 0; at_is(order, "state", "sale") && lines != NULL && i < lines->count; i++)
        if (invoiceable(record_get(line_model(order), lines->id[i])))
            status = "to invoice";
    put(c, order, "invoice_status", value_text(status));
}

static void order_amounts(struct call *c, struct record *order, bool lines_too)
{
    const struct ids *lines = lines_of(order);
    int digits = currency_digits(at_record(order, "currency_id"));
    double net = 0, gross = 0;

    for (size_t i = 0; lines != NULL && i < lines->count; i++) {
        struct record *line = record_get(line_model(order), lines->id[i]);

        if (lines_too)
            line_amounts(c, line, digits);
        net += at_real(line, "price_subtotal");
        gross += at_real(line, "price_total");
    }
    net = round_half_up(net, digits);
    gross = round_half_up(gross, digits);
    put(c, order, "amount_untaxed", value_real(net));
    put(c, order, "amount_tax", value_real(round_half_up(gross - net, digits)));
    put(c, order, "amount_total", value_real(gross));
    order_status(c, order);
}

/* ---- lines ---- */

static bool line_defaults(struct call *c, struct record *r, const json_t *vals)
{
    (void)vals;
    put(c, r, "product_uom_qty", value_real(1));
    put(c, r, "price_unit", value_real(0));
    put(c, r, "discount", value_real(0));
    put(c, r, "customer_lead", value_real(0));
    put(c, r, "sequence", value_int(10));
    put(c, r, "qty_delivered", value_real(0));
    put(c, r, "qty_invoiced", value_real(0));
    put(c, r, "company_id", value_int(1));
    put(c, r, "state", value_text("draft"));
    put(c, r, "is_delivery", value_bool(false));
    return true;
}

static void line_from_product(struct call *c, struct record *r, const json_t *vals)
{
    const struct record *product = at_record(r, "product_id");
    const struct record *template = product == NULL ? NULL : at_record(product, "product_tmpl_id");

    put(c, r, "product_uom", value_int(1));
    put(c, r, "qty_delivered_method", value_text("manual"));
    if (product == NULL)
        return;
    if (product_is(product, "consu"))
        put(c, r, "qty_delivered_method", value_text("stock_move"));
    if (at(r, "name")->kind == VALUE_NONE) {
        AUTO_FREE char *name = orm_display_name(c, product);

        put(c, r, "name", value_text(name));
    }
    if (json_object_get(vals, "price_unit") == NULL)
        put(c, r, "price_unit", value_real(product_list_price(product)));
    if (json_object_get(vals, "tax_id") == NULL && template != NULL)
        put(c, r, "tax_id", value_copy(at(template, "taxes_id")));
}

static bool line_settle(struct call *c, struct record *r)
{
    struct record *order = at_record(r, "order_id");

    if (order == NULL)
        return true; /* the check of required fields says so */
    put(c, r, "order_partner_id", value_copy(at(order, "partner_id")));
    put(c, r, "state", value_copy(at(order, "state")));
    put(c, r, "warehouse_id", value_copy(at(order, "warehouse_id")));
    put(c, r, "currency_id", value_copy(at(order, "currency_id")));
    if (c->creating_order == order->id)
        return true;
    line_amounts(c, r, currency_digits(at_record(order, "currency_id")));
    order_amounts(c, order, false);
    orm_touch(c, order);
    return true;
}

static bool line_created(struct call *c, struct record *r, const json_t *vals)
{
    struct record *order;

    if (*at_text(r, "display_type") != '\0') {
        put(c, r, "product_uom_qty", value_real(0));
        put(c, r, "price_unit", value_real(0));
    } else {
        line_from_product(c, r, vals);
    }
    if (!line_settle(c, r))
        return false;
    order = at_record(r, "order_id");
    if (order != NULL && c->creating_order != order->id && at_is(order, "state", "sale"))
        return stock_launch(c, order);
    return true;
}

static bool line_before(struct call *c, struct record *r, const json_t *vals)
{
    static const char *const kept[][2] = { { "product_id", "Product" },      { "name", "Description" },
                                           { "price_unit", "Unit Price" },   { "product_uom", "Unit of Measure" },
                                           { "product_uom_qty", "Quantity" }, { "tax_id", "Taxes" } };
    const struct record *order = at_record(r, "order_id");
    AUTO_STR names = { 0 };

    if (order == NULL || !value_true(at(order, "locked")))
        return true;
    str_init(&names, 512);
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        if (json_object_get(vals, kept[i][0]) != NULL)
            str_addf(&names, "\n%s", kept[i][1]);
    return names.len == 0 ||
           fault(c, FAULT_USER, "It is forbidden to modify the following fields in a locked order:%s", names.data);
}

static bool line_written(struct call *c, struct record *r, const json_t *vals)
{
    struct record *order = at_record(r, "order_id");

    if (!line_settle(c, r))
        return false;
    if (order != NULL && at_is(order, "state", "sale") && json_object_get(vals, "product_uom_qty") != NULL)
        stock_follow(c, order, r);
    return true;
}

static bool line_unlinking(struct call *c, struct record *r)
{
    struct record *order = at_record(r, "order_id");

    if (order != NULL && at_is(order, "state", "sale"))
        return fault(c, FAULT_USER,
                     "Once a sales order is confirmed, you can't remove one of its lines (we need to track if "
                     "something gets invoiced or delivered).\n                Set the quantity to 0 instead.");
    put(c, r, "price_subtotal", value_real(0));
    put(c, r, "price_total", value_real(0));
    if (order != NULL)
        order_amounts(c, order, false);
    return true;
}

static void line_display(struct call *c, const struct record *r, struct str *out)
{
    const struct record *order = at_record(r, "order_id"), *partner = at_record(r, "order_partner_id");

    (void)c;
    str_addf(out, "%s - %.*s (%s)", order == NULL ? "" : at_text(order, "name"),
             (int)strcspn(at_text(r, "name"), "\n"), at_text(r, "name"),
             partner == NULL ? "" : at_text(partner, "name"));
}

static void line_product_type(struct call *c, const struct record *r, struct value *to)
{
    const struct record *product = at_record(r, "product_id");
    const struct record *template = product == NULL ? NULL : at_record(product, "product_tmpl_id");

    (void)c;
    *to = value_text(template == NULL ? NULL : at_text(template, "type"));
}

static void line_to_invoice(struct call *c, const struct record *r, struct value *to)
{
    (void)c;
    *to = value_real(at_is(r, "state", "sale") && invoiceable(r) ? at_real(r, "product_uom_qty") : 0);
}

/* ---- orders ---- */

static bool order_defaults(struct call *c, struct record *r, const json_t *vals)
{
    if (vals != NULL)
        c->creating_order = r->id;
    put(c, r, "state", value_text("draft"));
    put(c, r, "company_id", value_int(1));
    put(c, r, "picking_policy", value_text("direct"));
    put(c, r, "date_order", datetime_now(c));
    put(c, r, "locked", value_bool(false));
    put(c, r, "require_signature", value_bool(true));
    put(c, r, "require_payment", value_bool(false));
    if (vals != NULL)
        put(c, r, "warehouse_id", value_int(1));
    return true;
}

static int default_pricelist(struct call *c, const struct record *partner)
{
    struct ids found = { 0 };
    struct model *m = model_find(c->odoo, "product.pricelist");
    const struct value *own = partner == NULL ? NULL : at(partner, "property_product_pricelist");
    json_auto_t *domain = json_array();
    int id = 0;

    if (own != NULL && own->kind == VALUE_INT)
        return (int)own->number;
    if (search_ids(c, m, domain, NULL, 0, 0, &found) && found.count > 0)
        id = found.id[0];
    ids_clear(&found);
    return id;
}

static void order_currency(struct call *c, struct record *r)
{
    const struct record *pricelist = at_record(r, "pricelist_id");

    put(c, r, "currency_id",
        pricelist == NULL ? value_int(c->odoo->company_currency) : value_copy(at(pricelist, "currency_id")));
    put(c, r, "currency_rate", value_real(1));
}

static void order_name(struct call *c, struct record *r)
{
    char name[32];

    if (*at_text(r, "name") != '\0')
        return;
    snprintf(name, sizeof name, "S%05d", ++c->odoo->order_number);
    put(c, r, "name", value_text(name));
}

static void order_mark(struct call *c, struct record *r, const char *state)
{
    const struct ids *lines = lines_of(r);

    put(c, r, "state", value_text(state));
    for (size_t i = 0; lines != NULL && i < lines->count; i++)
        put(c, record_get(line_model(r), lines->id[i]), "state", value_text(state));
}

static bool order_created(struct call *c, struct record *r, const json_t *vals)
{
    const struct record *partner = at_record(r, "partner_id");
    const struct ids *lines;

    c->creating_order = 0;
    order_name(c, r);
    if (partner != NULL && at(r, "partner_invoice_id")->kind == VALUE_NONE)
        put(c, r, "partner_invoice_id", value_int(partner_address(partner, "invoice")));
    if (partner != NULL && at(r, "partner_shipping_id")->kind == VALUE_NONE)
        put(c, r, "partner_shipping_id", value_int(partner_address(partner, "delivery")));
    if (json_object_get(vals, "pricelist_id") == NULL && default_pricelist(c, partner) != 0)
        put(c, r, "pricelist_id", value_int(default_pricelist(c, partner)));
    order_currency(c, r);
    lines = lines_of(r);
    for (size_t i = 0; lines != NULL && i < lines->count; i++) {
        struct record *line = record_get(line_model(r), lines->id[i]);

        put(c, line, "currency_id", value_copy(at(r, "currency_id")));
        put(c, line, "order_partner_id", value_copy(at(r, "partner_id")));
        put(c, line, "state", value_copy(at(r, "state")));
    }
    order_amounts(c, r, true);
    if (partner == NULL)
        return true;
    return !at_is(r, "state", "sale") || stock_launch(c, r);
}

/* Anything but false, 0 and none, as Python takes it. */
static bool in_context(const struct call *c, const char *key)
{
    const json_t *value = json_object_get(c->context, key);

    return json_is_true(value) || json_integer_value(value) != 0;
}

static bool order_written(struct call *c, struct record *r, const json_t *vals)
{
    const char *state = json_string_value(json_object_get(vals, "state"));

    if (json_object_get(vals, "pricelist_id") != NULL)
        order_currency(c, r);
    if (state != NULL)
        order_mark(c, r, state);
    order_amounts(c, r, json_object_get(vals, "pricelist_id") != NULL);
    /* else Odoo only tells somebody that the transfer should be looked at */
    if (json_object_get(vals, "partner_shipping_id") != NULL && in_context(c, "update_delivery_shipping_partner"))
        stock_redirect(c, r);
    if (state != NULL && strcmp(state, "sale") == 0)
        return stock_launch(c, r);
    return true;
}

static bool order_unlinking(struct call *c, struct record *r)
{
    if (at_is(r, "state", "draft") || at_is(r, "state", "cancel"))
        return true;
    return fault(c, FAULT_USER,
                 "You can not delete a sent quotation or a confirmed sales order. You must first cancel it.");
}

static bool confirm(struct call *c, const struct invocation *i)
{
    for (size_t k = 0; k < i->ids.count; k++) {
        const struct record *r = record_get(i->model, i->ids.id[k]);

        if (!at_is(r, "state", "draft") && !at_is(r, "state", "sent"))
            return fault(c, FAULT_USER, "Some orders are not in a state requiring confirmation.");
    }
    for (size_t k = 0; k < i->ids.count; k++) {
        struct record *r = record_get(i->model, i->ids.id[k]);
        char now[WHEN_TEXT_MAX];

        order_mark(c, r, "sale");
        put(c, r, "date_order", value_text(when_odoo(c->now, now)));
        orm_touch(c, r);
        if (!stock_launch(c, r))
            return false;
        order_status(c, r);
    }
    return true;
}

static bool cancel(struct call *c, const struct invocation *i, struct str *out)
{
    for (size_t k = 0; k < i->ids.count; k++) {
        const struct record *r = record_get(i->model, i->ids.id[k]);

        if (value_true(at(r, "locked")))
            return fault(c, FAULT_USER, "You cannot cancel a locked order. Please unlock it first.");
    }
    for (size_t k = 0; k < i->ids.count; k++) {
        const struct record *r = record_get(i->model, i->ids.id[k]);

        if (at_is(r, "state", "draft") || at_is(r, "state", "cancel") || orm_flag(c, "disable_cancel_warning"))
            continue;
        str_addf(out,
                 "{\"name\": \"Cancel Sales Order\", \"view_mode\": \"form\", \"res_model\": \"sale.order.cancel\", "
                 "\"view_id\": 1126, \"type\": \"ir.actions.act_window\", \"context\": {\"default_template_id\": 14, "
                 "\"default_order_id\": %d, \"mark_so_as_canceled\": true, \"default_email_layout_xmlid\": "
                 "\"mail.mail_notification_layout_with_responsible_signature\", \"model_description\": "
                 "\"Sales Order\"}, \"target\": \"new\"}",
                 r->id);
        return true;
    }
    for (size_t k = 0; k < i->ids.count; k++) {
        struct record *r = record_get(i->model, i->ids.id[k]);

        stock_cancel(c, r);
        order_mark(c, r, "cancel");
        order_status(c, r);
        orm_touch(c, r);
    }
    str_adds(out, "true");
    return true;
}

static bool draft(struct call *c, const struct invocation *i)
{
    for (size_t k = 0; k < i->ids.count; k++) {
        struct record *r = record_get(i->model, i->ids.id[k]);

        if (!at_is(r, "state", "cancel") && !at_is(r, "state", "sent"))
            continue;
        order_mark(c, r, "draft");
        order_status(c, r);
        orm_touch(c, r);
    }
    return true;
}

static bool lock(struct call *c, const struct invocation *i, bool locked)
{
    for (size_t k = 0; k < i->ids.count; k++)
        put(c, record_get(i->model, i->ids.id[k]), "locked", value_bool(locked));
    return true;
}

static bool order_method(struct call *c, const struct invocation *i, struct str *out, bool *known)
{
    static const char *const mine[] = { "action_confirm", "action_cancel", "action_draft", "action_lock",
                                        "action_unlock", "action_quotation_sent" };

    for (size_t k = 0; k < sizeof mine / sizeof mine[0]; k++)
        *known = *known || strcmp(mine[k], i->method) == 0;
    if (!*known)
        return true;
    if (!orm_exist(c, i->model, &i->ids))
        return false;
    if (strcmp(i->method, "action_cancel") == 0)
        return cancel(c, i, out);
    if (strcmp(i->method, "action_confirm") == 0 || strcmp(i->method, "action_draft") == 0)
        str_adds(out, "true");
    if (strcmp(i->method, "action_confirm") == 0)
        return confirm(c, i);
    if (strcmp(i->method, "action_draft") == 0)
        return draft(c, i);
    if (strcmp(i->method, "action_quotation_sent") == 0) {
        for (size_t k = 0; k < i->ids.count; k++)
            order_mark(c, record_get(i->model, i->ids.id[k]), "sent");
        return true;
    }
    return lock(c, i, strcmp(i->method, "action_lock") == 0);
}

static void delivery_set(struct call *c, const struct record *r, struct value *to)
{
    const struct ids *lines = lines_of(r);

    (void)c;
    *to = value_bool(false);
    for (size_t i = 0; lines != NULL && i < lines->count; i++)
        if (value_true(at(record_get(line_model(r), lines->id[i]), "is_delivery")))
            *to = value_bool(true);
}

/* Net and tax by tax group: here one group, as an installation has that makes its own taxes. */
static void tax_totals(struct call *c, const struct record *r, struct value *to)
{
    AUTO_STR out = { 0 };
    double net = at_real(r, "amount_untaxed"), tax = at_real(r, "amount_tax"), gross = at_real(r, "amount_total");

    (void)c;
    str_init(&out, 4096);
    str_addf(&out, "{\"currency_id\": %d, \"has_tax_groups\": %s, \"base_amount_currency\": ", at_id(r, "currency_id"),
             tax > 0 ? "true" : "false");
    py_real(&out, net);
    str_adds(&out, ", \"tax_amount_currency\": ");
    py_real(&out, tax);
    str_adds(&out, ", \"total_amount_currency\": ");
    py_real(&out, gross);
    str_adds(&out, "}");
    *to = value_text(out.data);
}

static void type_name(struct call *c, const struct record *r, struct value *to)
{
    (void)c;
    *to = value_text(at_is(r, "state", "sale") ? "Sales Order" : "Quotation");
}

const struct behaviour line_behaviour = {
    .model = "sale.order.line",
    .defaults = line_defaults,
    .created = line_created,
    .before_write = line_before,
    .written = line_written,
    .unlinking = line_unlinking,
    .display = line_display,
};

const struct behaviour order_behaviour = {
    .model = "sale.order",
    .defaults = order_defaults,
    .created = order_created,
    .written = order_written,
    .unlinking = order_unlinking,
    .method = order_method,
};

void sale_attach(struct odoo *o)
{
    field_index(o, "sale.order", "client_order_ref");
    field_index(o, "sale.order", "name");
    field_index(o, "sale.order", "origin");
    field_index(o, "crm.tag", "name");
    field_computed(o, "sale.order", "delivery_set", delivery_set);
    field_computed(o, "sale.order", "tax_totals", tax_totals);
    field_computed(o, "sale.order", "type_name", type_name);
    field_computed(o, "sale.order.line", "product_type", line_product_type);
    field_computed(o, "sale.order.line", "qty_to_invoice", line_to_invoice);
}
