#include "sync/order_to_odoo.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "base/when.h"
#include "sync/level.h"
#include "sync/text.h"

/* Two rows side by side while a plan is built: the names of the columns and the first row. */
struct sheet {
    json_t *fields, *row;
};

static void cell(struct sheet *s, const char *field, json_t *value)
{
    if (json_is_null(value)) {
        json_decref(value);
        value = json_string("");
    }
    json_array_append_new(s->fields, json_string(field));
    json_array_append_new(s->row, value);
}

static json_t *id_text(int64_t id)
{
    return id != 0 ? json_sprintf("%" PRId64, id) : json_string("");
}

bool plan_xmlid(char *to, size_t size, const char *shopkey, const char *type, const char *name)
{
    char key[80];
    size_t n = 0;

    for (; *shopkey != '\0' && n + 1 < sizeof key; shopkey++) {
        char c = *shopkey;

        if (c >= 'A' && c <= 'Z')
            c = (char)(c + 32);
        key[n++] = (char)((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '_');
    }
    key[n] = '\0';
    return (size_t)snprintf(to, size, "shopify_%s.%s_%s", key, type, name) < size;
}

/* {name}, {number} and {id} filled in; a pattern without them is put before the number. */
static json_t *pattern(const char *p, const json_t *order)
{
    const char *name = json_text_or(order, "name", "");
    int64_t number = json_int_or(order, "number", 0), id = json_int_or(order, "id", 0);
    AUTO_STR s;

    str_init(&s, 255);
    if (strchr(p, '{') == NULL) {
        if (number != 0)
            str_addf(&s, "%s%" PRId64, p, number);
        else
            str_addf(&s, "%s%s", p, name);
        p = "";
    }
    while (*p != '\0') {
        if (str_starts(p, "{name}")) {
            str_adds(&s, name);
            p += 6;
        } else if (str_starts(p, "{number}")) {
            str_addf(&s, "%" PRId64, number);
            p += 8;
        } else if (str_starts(p, "{id}")) {
            str_addf(&s, "%" PRId64, id);
            p += 4;
        } else {
            str_add(&s, p++, 1);
        }
    }
    return json_stringn(s.data, s.len);
}

json_t *plan_note(const json_t *order)
{
    const json_t *row;
    size_t i;
    AUTO_STR text;
    AUTO_STR html;

    str_init(&text, 60000);
    str_init(&html, 400000);
    str_adds(&text, json_text_or(order, "note", ""));
    if (json_text(order, "po_number") != NULL)
        str_addf(&text, "%sPurchase order: %s", text.len > 0 ? "\n" : "",
                 json_text(order, "po_number"));
    json_array_foreach(json_object_get(order, "attributes"), i, row)
    {
        const char *name = json_text_or(row, "name", "");

        if (name[0] != '_' && json_text(row, "value") != NULL && text.len < 50000)
            str_addf(&text, "%s%s: %s", text.len > 0 ? "\n" : "", name, json_text(row, "value"));
    }
    text_html(&html, text.data);
    return json_stringn(html.data, html.len);
}

static void add_tag(struct str *ids, const json_t *tags, const char *name)
{
    int64_t id = json_integer_value(json_object_get(tags, name));

    if (id != 0)
        str_addf(ids, "%s%" PRId64, ids->len > 0 ? "," : "", id);
}

json_t *plan_tags(const json_t *order, const json_t *resolved, const struct reference *r)
{
    const json_t *tags = json_object_get(resolved, "tags"), *tag;
    size_t i;
    AUTO_STR s;

    str_init(&s, 4000);
    add_tag(&s, tags, reference_policy(r, "order_tag"));
    if (json_flag(order, "history"))
        add_tag(&s, tags, ORDER_HISTORY_TAG);
    json_array_foreach(json_object_get(order, "tags"), i,
                       tag) if ((reference_policy_is(r, "tags", "both") ||
                                 reference_policy_is(r, "tags", "order")) &&
                                strcmp(json_string_value(tag), reference_policy(r, "order_tag")) !=
                                    0) add_tag(&s, tags, json_string_value(tag));
    return json_stringn(s.data, s.len);
}

/* ---- the head ---- */

/* Of the place of the sale, if that is mapped to one; false: the policy says which. */
static bool place_warehouse(const json_t *order, const struct reference *r, int64_t *id,
                            struct findings *f)
{
    char key[LEVEL_KEY_MAX], thing[ERR_THING_MAX];
    const char *value = NULL, *name = "";

    if (json_int_or(order, "location_id", 0) != 0)
        value = reference_mapping(r, "location", level_location_key(order, r, key));
    if (value == NULL || strcmp(value, "none") == 0)
        return false;
    *id = reference_stock_warehouse(r, value);
    if (*id != 0)
        return true;
    snprintf(thing, sizeof thing, "location:%.118s", key);
    if (reference_stock_place(r, value, &name) != 0)
        findings_add(f, FINDING_MISSING, ERR_MISSING, thing,
                     "the location %.64s is mapped to %.64s, which is in no warehouse's stock", key,
                     name);
    else
        findings_add(f, FINDING_MISSING, ERR_MISSING, thing,
                     "the location %.64s is mapped to %.64s, which Odoo does not have", key, value);
    return true;
}

static void warehouse(struct sheet *s, const json_t *order, const struct reference *r,
                      struct findings *f)
{
    const char *name = reference_policy(r, "warehouse");
    char thing[ERR_THING_MAX];
    int64_t id = 0;

    if (place_warehouse(order, r, &id, f)) {
        cell(s, "warehouse_id/.id", id_text(id));
        return;
    }
    if (strcmp(name, "0") == 0)
        return; /* Odoo takes the company's first */
    id = reference_warehouse(r, name);
    if (id == 0) {
        snprintf(thing, sizeof thing, "warehouse:%.100s", name);
        findings_add(f, FINDING_MISSING, ERR_MISSING, thing, "Odoo has no warehouse \"%.80s\"",
                     name);
    }
    cell(s, "warehouse_id/.id", id_text(id));
}

static void pricelist(struct sheet *s, const struct priced *p, const struct reference *r,
                      struct findings *f)
{
    int64_t id = reference_policy_id(r, "pricelist");
    char thing[32];

    if (id == 0 || strcmp(reference_pricelist_currency(r, id), p->currency) != 0)
        id = reference_pricelist(r, p->currency);
    if (id == 0 && strcmp(reference_company_currency(r), p->currency) == 0)
        return; /* Odoo takes the company's currency */
    if (id == 0) {
        snprintf(thing, sizeof thing, "pricelist:%s", p->currency);
        findings_add(f, FINDING_MISSING, ERR_MISSING, thing,
                     "Odoo has no price list in %s, which gives an order its currency",
                     p->currency);
    }
    cell(s, "pricelist_id/.id", id_text(id));
}

int64_t plan_terms(const json_t *order, const struct reference *r, struct findings *f)
{
    const char *terms = json_text(order, "terms"), *mapped;
    char thing[ERR_THING_MAX];
    int64_t id;

    if (terms == NULL)
        return 0;
    mapped = reference_mapping(r, "terms", terms);
    if (mapped != NULL && strcmp(mapped, "none") == 0)
        return 0;
    id = reference_terms(r, mapped != NULL ? mapped : terms);
    if (id == 0) {
        snprintf(thing, sizeof thing, "terms:%s", terms);
        findings_add(f, FINDING_FLAG, ERR_MISSING, thing,
                     "payment terms \"%s\" are not mapped: Odoo's own are taken", terms);
    }
    return id;
}

static int64_t first_carrier(const struct priced *p)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->list[i].carrier != 0)
            return p->list[i].carrier;
    return 0;
}

static void partners(struct sheet *s, const json_t *resolved, struct findings *f)
{
    int64_t partner = json_int_or(resolved, "partner", 0);

    if (partner == 0)
        findings_add(f, FINDING_HOLD, ERR_BUG, "", "the order's customer was not resolved");
    cell(s, "partner_id/.id", id_text(partner));
    cell(s, "partner_invoice_id/.id", id_text(json_int_or(resolved, "invoice", partner)));
    cell(s, "partner_shipping_id/.id", id_text(json_int_or(resolved, "delivery", partner)));
}

static void head(struct sheet *s, const json_t *order, const struct priced *p,
                 const struct reference *r, const json_t *resolved, const char *xmlid,
                 struct findings *f)
{
    const char *name = reference_policy(r, "order_name");
    int64_t terms = plan_terms(order, r, f);
    char at[WHEN_TEXT_MAX];

    cell(s, "id", json_string(xmlid));
    partners(s, resolved, f);
    cell(s, "client_order_ref", pattern(reference_policy(r, "order_prefix"), order));
    if (*name != '\0')
        cell(s, "name", pattern(name, order));
    cell(s, "origin", json_sprintf("Shopify %s", json_text_or(order, "name", "")));
    cell(s, "date_order", json_string(when_odoo(json_int_or(order, "processed_at", 0), at)));
    warehouse(s, order, r, f);
    pricelist(s, p, r, f);
    if (terms != 0)
        cell(s, "payment_term_id/.id", id_text(terms));
    if (reference_policy_id(r, "team") != 0)
        cell(s, "team_id/.id", id_text(reference_policy_id(r, "team")));
    if (reference_policy_id(r, "salesperson") != 0)
        cell(s, "user_id/.id", id_text(reference_policy_id(r, "salesperson")));
    if (reference_policy_id(r, "company") != 0)
        cell(s, "company_id/.id", id_text(reference_policy_id(r, "company")));
    cell(s, "note", plan_note(order));
    cell(s, "tag_ids/.id", plan_tags(order, resolved, r));
    cell(s, "carrier_id/.id", id_text(first_carrier(p)));
}

/* ---- the lines ---- */

static const char *const line_fields[] = {
    "order_line/sequence",        "order_line/product_id/.id", "order_line/name",
    "order_line/product_uom_qty", "order_line/price_unit",     "order_line/discount",
    "order_line/tax_id/.id",      "order_line/is_delivery",
};

static void line_cells(json_t *row, const struct priced *p, size_t i, const struct reference *r)
{
    const struct priced_line *line = &p->list[i];
    char buf[MONEY_TEXT_MAX];

    json_array_append_new(row, json_sprintf("%zu", i + 1));
    json_array_append_new(row, id_text(line->product));
    json_array_append_new(row, priced_text(p, line, r));
    json_array_append_new(row, json_sprintf("%" PRId64, line->sums.quantity));
    json_array_append_new(row, json_string(priced_price(p, line, buf)));
    json_array_append_new(row, json_string(priced_discount(line, buf)));
    json_array_append_new(row, priced_taxes(line));
    json_array_append_new(row, json_string(line->delivery ? "1" : ""));
}

/* The first line stands in the row of the head, the others in rows of their own. */
static json_t *rows_of(struct sheet *s, const struct priced *p, const struct reference *r)
{
    json_t *rows = json_array();
    size_t heads = json_array_size(s->fields);
    const size_t cells = sizeof line_fields / sizeof line_fields[0];

    for (size_t i = 0; i < cells; i++)
        json_array_append_new(s->fields, json_string(line_fields[i]));
    json_array_append(rows, s->row);
    for (size_t i = 0; i < p->count; i++) {
        json_t *row = s->row;

        if (i > 0) {
            row = json_array();
            for (size_t n = 0; n < heads; n++)
                json_array_append_new(row, json_string(""));
            json_array_append_new(rows, row);
        }
        line_cells(row, p, i, r);
    }
    for (size_t n = 0; p->count == 0 && n < cells; n++)
        json_array_append_new(s->row, json_string(""));
    return rows;
}

json_t *plan_lines(const struct priced *p)
{
    json_t *list = json_array();

    for (size_t i = 0; i < p->count; i++) {
        const struct priced_line *line = &p->list[i];
        char price[MONEY_TEXT_MAX], discount[MONEY_TEXT_MAX];

        json_array_append_new(
            list, json_pack("{sssIsIsssssI}", "key", line->key, "product",
                            (json_int_t)line->product, "quantity", (json_int_t)line->sums.quantity,
                            "price", priced_price(p, line, price), "discount",
                            priced_discount(line, discount), "sequence", (json_int_t)i + 1));
    }
    return list;
}

json_t *plan_expect(const struct priced *p, const char *state)
{
    return json_pack("{sssisIsIsIsIsIsIss}", "currency", p->currency, "digits", p->rules.digits,
                     "untaxed", (json_int_t)p->expected.untaxed, "tax", (json_int_t)p->expected.tax,
                     "total", (json_int_t)p->expected.total, "rounding", (json_int_t)p->rounding,
                     "tax_gap", (json_int_t)p->tax_gap, "lines", (json_int_t)p->count, "state",
                     state);
}

/* ---- the whole ---- */

static bool confirms(const struct order_plan *plan, const struct priced *p,
                     const struct reference *r, struct findings *f)
{
    if (plan->action != ORDER_CONFIRM)
        return false;
    if (priced_waits(p, r)) {
        findings_add(f, FINDING_FLAG, ERR_MISSING, "",
                     "a product is unknown: the order stays a quotation");
        return false;
    }
    return true;
}

json_t *order_to_odoo(const json_t *order, const struct order_plan *plan, const char *shopkey,
                      const struct reference *r, const json_t *resolved, struct findings *f,
                      struct err *err)
{
    struct findings own, *list = f != NULL ? f : &own;
    bool by_state = reference_policy_is(r, "confirm_how", "state"), confirm;
    struct sheet s;
    char xmlid[160], id[32];
    json_t *rows;

    if (f == NULL)
        findings_init(&own);
    AUTO(priced) p = order_price(order, order_books_current(order), r, resolved, list, err);
    if (p == NULL)
        return NULL;
    snprintf(id, sizeof id, "%" PRId64, json_int_or(order, "id", 0));
    if (!plan_xmlid(xmlid, sizeof xmlid, shopkey, "order", id)) {
        err_set(err, ERR_BUG, "order: the shop's key is too long");
        return NULL;
    }
    s = (struct sheet){ json_array(), json_array() };
    confirm = confirms(plan, p, r, list);
    head(&s, order, p, r, resolved, xmlid, list);
    if (by_state)
        cell(&s, "state", json_string(confirm ? "sale" : "draft"));
    rows = rows_of(&s, p, r);
    json_decref(s.row);
    if (findings_stop(list)) {
        json_decref(s.fields);
        json_decref(rows);
        findings_err(list, err);
        return NULL;
    }
    return json_pack("{sssss{sssbsb}sososososb}", "model", "sale.order", "xmlid", xmlid, "context",
                     "mode", "update", "noupdate", 1, "tracking_disable", 1, "fields", s.fields,
                     "rows", rows, "lines", plan_lines(p), "expect",
                     plan_expect(p, by_state && confirm ? "sale" : "draft"), "confirm", confirm);
}

/* ---- joining ---- */

static json_t *call_for(json_t *calls, const json_t *plan, size_t most)
{
    json_t *call;
    size_t i;

    json_array_foreach(
        calls, i,
        call) if (json_equal(json_object_get(call, "model"), json_object_get(plan, "model")) &&
                  json_equal(json_object_get(call, "fields"), json_object_get(plan, "fields")) &&
                  json_equal(json_object_get(call, "context"), json_object_get(plan, "context")) &&
                  json_len(call, "starts") < most) return call;
    call = json_pack("{sOsOsOs[]s[]}", "model", json_object_get(plan, "model"), "context",
                     json_object_get(plan, "context"), "fields", json_object_get(plan, "fields"),
                     "rows", "starts");
    if (call != NULL)
        json_array_append_new(calls, call);
    return call;
}

json_t *plan_join(const json_t *plans, size_t most)
{
    json_t *calls = json_array();
    const json_t *plan;
    size_t i;

    json_array_foreach(plans, i, plan)
    {
        json_t *call = call_for(calls, plan, most > 0 ? most : 1);
        json_t *rows = json_object_get(call, "rows");

        if (call == NULL ||
            json_array_append_new(json_object_get(call, "starts"),
                                  json_pack("{sOsI}", "xmlid", json_object_get(plan, "xmlid"),
                                            "row", (json_int_t)json_array_size(rows))) != 0 ||
            json_array_extend(rows, json_object_get(plan, "rows")) != 0) {
            json_decref(calls);
            return NULL;
        }
    }
    return calls;
}
