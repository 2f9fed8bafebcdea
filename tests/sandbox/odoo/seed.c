#include "tests/sandbox/odoo/seed.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "tests/sandbox/data.h"
#include "tests/sandbox/odoo/convert.h"
#include "tests/sandbox/odoo/kinds.h"
#include "tests/sandbox/odoo/xmlid.h"

static struct record *make(struct call *c, const char *model, int id)
{
    struct model *m = model_find(c->odoo, model);
    struct record *r;

    if (id > 0)
        m->last_id = id - 1;
    r = record_new(c, m);
    if (m->active != NULL && !m->active->inherited)
        record_set(c, r, m->active, value_bool(true));
    put(c, r, "create_uid", value_int(1));
    put(c, r, "write_uid", value_int(1));
    return r;
}

static struct record *named(struct call *c, const char *model, int id, const char *name)
{
    struct record *r = make(c, model, id);

    put(c, r, "name", value_text(name));
    return r;
}

static void place_currency(struct call *c, char *line)
{
    char code[8], symbol[16];
    int id, digits;

    if (sscanf(line, "%7s %d %d %15s", code, &id, &digits, symbol) != 4)
        return;
    struct record *r = named(c, "res.currency", id, code);

    put(c, r, "symbol", value_text(symbol));
    put(c, r, "decimal_places", value_int(digits));
    put(c, r, "rounding", value_real(digits == 0 ? 1 : digits == 3 ? 0.001 : 0.01));
    put(c, r, "rate", value_real(1));
    put(c, r, "active", value_bool(strcmp(code, "USD") == 0));
}

static int currency_id(struct call *c, const char *code)
{
    struct value key = value_text(code);
    const struct ids *hit = index_find(field_find(model_find(c->odoo, "res.currency"), "name"), &key);

    value_clear(&key);
    return hit == NULL ? 0 : hit->id[0];
}

static int country_id(struct call *c, const char *code)
{
    struct value key = value_text(code);
    const struct ids *hit = index_find(field_find(model_find(c->odoo, "res.country"), "code"), &key);

    value_clear(&key);
    return hit == NULL ? 0 : hit->id[0];
}

static void xmlid(struct call *c, const char *name, struct record *r)
{
    xmlid_add(c, name, r->model, r->id, true);
}

static void place_country(struct call *c, char *line)
{
    char code[8], currency[8], id_name[32];
    int id, read = 0;

    if (sscanf(line, "%7s %d %7s %n", code, &id, currency, &read) != 3)
        return;
    struct record *r = named(c, "res.country", id, line + read);

    put(c, r, "code", value_text(code));
    if (currency_id(c, currency) != 0)
        put(c, r, "currency_id", value_int(currency_id(c, currency)));
    snprintf(id_name, sizeof id_name, "base.%c%c", tolower(code[0]), tolower(code[1]));
    xmlid(c, strcmp(code, "GB") == 0 ? "base.uk" : id_name, r);
}

static void place_state(struct call *c, char *line, int *american)
{
    char country[8], code[8], id_name[32];
    int read = 0;

    if (sscanf(line, "%7s %7s %n", country, code, &read) != 2)
        return;
    struct record *r = named(c, "res.country.state", 0, line + read);

    put(c, r, "code", value_text(code));
    put(c, r, "country_id", value_int(country_id(c, country)));
    if (strcmp(country, "US") == 0) {
        snprintf(id_name, sizeof id_name, "base.state_us_%d", ++*american);
        xmlid(c, id_name, r);
    }
}

static void places(struct call *c)
{
    const char *text = data_odoo_places;
    char line[160];
    int american = 0;

    while (data_line(&text, line, sizeof line)) {
        if (strncmp(line, "currency ", 9) == 0)
            place_currency(c, line + 9);
        else if (strncmp(line, "country ", 8) == 0)
            place_country(c, line + 8);
        else if (strncmp(line, "state ", 6) == 0)
            place_state(c, line + 6, &american);
    }
}

static void partner(struct call *c, int id, const char *name)
{
    struct record *r = named(c, "res.partner", id, name);

    put(c, r, "type", value_text("contact"));
    put(c, r, "complete_name", value_text(name));
    put(c, r, "lang", value_text("en_US"));
    put(c, r, "autopost_bills", value_text("ask"));
    put(c, r, "is_company", value_bool(id == 1));
    put(c, r, "create_date", datetime_now(c));
    orm_touch(c, r);
}

static void user(struct call *c, int id, const char *login, int partner_id, bool active)
{
    struct record *r = make(c, "res.users", id);

    put(c, r, "login", value_text(login));
    put(c, r, "partner_id", value_int(partner_id));
    put(c, r, "company_id", value_int(1));
    put(c, r, "active", value_bool(active));
}

static void location(struct call *c, int id, const char *name, const char *full, const char *usage, int parent)
{
    struct record *r = named(c, "stock.location", id, name);

    put(c, r, "complete_name", value_text(full));
    put(c, r, "usage", value_text(usage));
    if (parent != 0)
        put(c, r, "location_id", value_int(parent));
    if (strcmp(usage, "internal") == 0 || id == 7) {
        put(c, r, "warehouse_id", value_int(1));
        put(c, r, "company_id", value_int(1));
    }
}

static void warehouse(struct call *c)
{
    static const struct {
        const char *name, *code, *sequence;
    } types[] = { { "Receipts", "incoming", "IN" }, { "Delivery Orders", "outgoing", "OUT" }, { "Pick", "internal", "PICK" } };
    struct record *w;

    location(c, 1, "Physical Locations", "Physical Locations", "view", 0);
    location(c, 2, "Partners", "Partners", "view", 0);
    location(c, 3, "Virtual Locations", "Virtual Locations", "view", 0);
    location(c, 4, "Vendors", "Partners/Vendors", "supplier", 2);
    location(c, 5, "Customers", "Partners/Customers", "customer", 2);
    location(c, 7, "WH", "WH", "view", 1);
    location(c, 8, "Stock", "WH/Stock", "internal", 7);
    location(c, 9, "Input", "WH/Input", "internal", 7);
    location(c, 11, "Output", "WH/Output", "internal", 7);
    location(c, 14, "Inventory adjustment", "Virtual Locations/Inventory adjustment", "inventory", 3);
    location(c, 16, "Scrap", "Virtual Locations/Scrap", "inventory", 3);
    w = named(c, "stock.warehouse", 1, "My Company");
    put(c, w, "code", value_text("WH"));
    put(c, w, "company_id", value_int(1));
    put(c, w, "partner_id", value_int(1));
    put(c, w, "view_location_id", value_int(7));
    put(c, w, "lot_stock_id", value_int(8));
    put(c, w, "wh_input_stock_loc_id", value_int(9));
    put(c, w, "wh_output_stock_loc_id", value_int(11));
    put(c, w, "delivery_steps", value_text("ship_only"));
    put(c, w, "reception_steps", value_text("one_step"));
    put(c, w, "in_type_id", value_int(1));
    put(c, w, "out_type_id", value_int(2));
    put(c, w, "pick_type_id", value_int(3));
    for (int i = 0; i < 3; i++) {
        struct record *t = named(c, "stock.picking.type", i + 1, types[i].name);

        put(c, t, "code", value_text(types[i].code));
        put(c, t, "sequence_code", value_text(types[i].sequence));
        put(c, t, "warehouse_id", value_int(1));
        put(c, t, "company_id", value_int(1));
    }
}

/* A second one, archived with its places: the bot may not make one, but open it again. */
static void second_warehouse(struct call *c)
{
    struct record *w = named(c, "stock.warehouse", 2, "Corner");

    location(c, 17, "CS", "CS", "view", 1);
    location(c, 18, "Stock", "CS/Stock", "internal", 17);
    location(c, 19, "Shelf", "CS/Stock/Shelf", "internal", 18);
    for (int id = 17; id <= 19; id++) {
        struct record *r = record_get(model_find(c->odoo, "stock.location"), id);

        put(c, r, "warehouse_id", value_int(2));
        put(c, r, "active", value_bool(false));
    }
    put(c, w, "code", value_text("CS"));
    put(c, w, "active", value_bool(false));
    put(c, w, "company_id", value_int(1));
    put(c, w, "partner_id", value_int(1));
    put(c, w, "view_location_id", value_int(17));
    put(c, w, "lot_stock_id", value_int(18));
    put(c, w, "delivery_steps", value_text("ship_only"));
    put(c, w, "reception_steps", value_text("one_step"));
    put(c, w, "out_type_id", value_int(2));
}

static void accounts(struct call *c)
{
    static const struct {
        int id;
        const char *name, *code, *kind;
    } journals[] = { { 1, "Customer Invoices", "INV", "sale" }, { 2, "Vendor Bills", "BILL", "purchase" },
                     { 3, "Miscellaneous Operations", "MISC", "general" }, { 4, "Exchange Difference", "EXCH", "general" },
                     { 5, "Cash Basis Taxes", "CABA", "general" }, { 6, "Bank", "BNK1", "bank" }, { 7, "Cash", "CSH1", "cash" },
                     { 8, "Inventory Valuation", "STJ", "general" } };
    static const char *const terms[] = { "Immediate Payment", "15 Days", "21 Days", "30 Days", "45 Days",
                                         "End of Following Month", "10 Days after End of Next Month",
                                         "30% Now, Balance 60 Days", "2/7 Net 30", "90 days, on the 10th" };
    struct record *r;

    r = named(c, "account.tax.group", 1, "Tax 15%");
    put(c, r, "country_id", value_int(c->odoo->country));
    put(c, r, "company_id", value_int(1));
    for (int i = 0; i < 2; i++) {
        r = named(c, "account.tax", i + 1, "15%");
        put(c, r, "amount", value_real(15));
        put(c, r, "amount_type", value_text("percent"));
        put(c, r, "type_tax_use", value_text(i == 0 ? "sale" : "purchase"));
        put(c, r, "tax_group_id", value_int(1));
        put(c, r, "country_id", value_int(c->odoo->country));
        put(c, r, "company_id", value_int(1));
        put(c, r, "sequence", value_int(1));
    }
    for (size_t i = 0; i < sizeof journals / sizeof journals[0]; i++) {
        r = named(c, "account.journal", journals[i].id, journals[i].name);
        put(c, r, "code", value_text(journals[i].code));
        put(c, r, "type", value_text(journals[i].kind));
        put(c, r, "company_id", value_int(1));
        put(c, r, "sequence", value_int(journals[i].id));
    }
    for (size_t i = 0; i < sizeof terms / sizeof terms[0]; i++) {
        r = named(c, "account.payment.term", (int)i + 1, terms[i]);
        put(c, r, "sequence", value_int((int64_t)i));
    }
}

static bool goods(struct call *c)
{
    static const char *const categories[] = { "All", "Saleable", "Expenses" };
    json_auto_t *delivery = json_pack("{s:s,s:s,s:s,s:f,s:[[i,i,[]]]}", "name", "Standard delivery", "default_code",
                                      "Delivery_007", "type", "service", "list_price", 0.0, "taxes_id", 6, 0);
    json_auto_t *carrier = NULL;
    struct record *r;
    int id;

    for (int i = 0; i < 3; i++) {
        r = named(c, "product.category", i + 1, categories[i]);
        if (i > 0)
            put(c, r, "parent_id", value_int(1));
        put(c, r, "complete_name", value_text(i == 0 ? "All" : i == 1 ? "All / Saleable" : "All / Expenses"));
    }
    r = named(c, "uom.uom", 1, "Units");
    put(c, r, "factor", value_real(1));
    put(c, r, "rounding", value_real(0.01));
    put(c, r, "uom_type", value_text("reference"));
    r = named(c, "crm.team", 1, "Sales");
    put(c, r, "sequence", value_int(10));
    if (!orm_create(c, model_find(c->odoo, "product.product"), delivery, &id))
        return false;
    carrier = json_pack("{s:s,s:i,s:s}", "name", "Standard delivery", "product_id", id, "delivery_type", "fixed");
    return orm_create(c, model_find(c->odoo, "delivery.carrier"), carrier, &id);
}

static void company(struct call *c)
{
    struct record *r = named(c, "res.company", 1, "My Company");

    put(c, r, "partner_id", value_int(1));
    put(c, r, "currency_id", value_int(1));
    put(c, r, "country_id", value_int(c->odoo->country));
    put(c, r, "account_price_include", value_text("tax_excluded"));
    put(c, r, "tax_calculation_rounding_method", value_text("round_per_line"));
    put(c, r, "account_sale_tax_id", value_int(1));
    put(c, r, "account_fiscal_country_id", value_int(c->odoo->country));
    put(c, r, "quotation_validity_days", value_int(30));
    r = named(c, "res.lang", 1, "English (US)");
    put(c, r, "code", value_text("en_US"));
    put(c, r, "iso_code", value_text("en"));
    put(c, r, "url_code", value_text("en"));
    put(c, r, "date_format", value_text("%m/%d/%Y"));
}

static void credentials(struct odoo *o, uint64_t seed)
{
    struct rng rng = { .state = seed ^ UINT64_C(0x0d00) };
    char key[41];

    for (int i = 0; i < 40; i++)
        key[i] = "0123456789abcdef"[rng_below(&rng, 16)];
    key[40] = '\0';
    o->key = strdup(key);
    o->database = strdup("practice");
    o->login = strdup("shopify-bot");
    o->uid = 12;
    o->company_currency = 1;
    o->country = 233;
}

static bool told(struct call *c, struct err *err)
{
    if (c->fault_name == NULL) {
        base_commit(c->odoo);
        return true;
    }
    err_set(err, ERR_BUG, "set up the practice Odoo: %s: %s", c->fault_name, c->fault_text);
    fault_clear(c);
    base_rollback(c->odoo, 0);
    return false;
}

bool seed_company(struct odoo *o, uint64_t seed, struct err *err)
{
    json_auto_t *context = json_object();
    struct call c = { .odoo = o, .uid = 1, .context = context, .now = when_now() };

    credentials(o, seed);
    places(&c);
    partner(&c, 1, "My Company");
    partner(&c, 2, "OdooBot");
    partner(&c, 3, "Administrator");
    partner(&c, 13, "Shopify Bot");
    user(&c, 1, "__system__", 2, false);
    user(&c, 2, "admin", 3, true);
    user(&c, 12, o->login, 13, true);
    company(&c);
    accounts(&c);
    warehouse(&c);
    second_warehouse(&c);
    goods(&c);
    return told(&c, err);
}

/* ---- what the practice shop needs ---- */

static bool tax_known(struct call *c, const struct sale_tax *t)
{
    struct model *m = model_find(c->odoo, "account.tax");

    for (int i = 1; i <= m->last_id; i++) {
        const struct record *r = record_get(m, i);

        if (r != NULL && at_id(r, "country_id") == country_id(c, t->country) && at_is(r, "type_tax_use", "sale") &&
            (at_is(r, "price_include_override", "tax_included") == t->included) &&
            (int)(at_real(r, "amount") * 10000 + 0.5) == t->ppm)
            return true;
    }
    return false;
}

static bool taxes(struct call *c)
{
    struct sale_tax t;
    int id;

    for (size_t i = 0; shop_sale_tax(i, &t); i++) {
        json_auto_t *vals = json_pack("{s:o,s:f,s:s,s:s,s:i}", "name",
                                      json_sprintf("%g%% %s%s", t.ppm / 1e4, t.country, t.included ? " incl." : ""), "amount",
                                      t.ppm / 1e4, "amount_type", "percent", "type_tax_use", "sale", "country_id",
                                      country_id(c, t.country));

        if (tax_known(c, &t))
            continue;
        if (t.included)
            json_object_set_new(vals, "price_include_override", json_string("tax_included"));
        if (!orm_create(c, model_find(c->odoo, "account.tax"), vals, &id))
            return false;
    }
    return true;
}

static bool good(struct call *c, const struct variant *v)
{
    const struct product *p = v->of;
    json_auto_t *vals = json_pack("{s:o,s:s,s:s,s:f,s:s,s:b,s:f,s:[[i,i,[]]]}", "name",
                                  strcmp(v->title, "Default Title") == 0 ? json_string(p->title) :
                                                                           json_sprintf("%s - %s", p->title, v->title),
                                  "default_code", v->sku, "barcode", v->barcode, "list_price", (double)v->price / 100, "type",
                                  "consu", "is_storable", 1, "weight", v->grams / 1000.0, "taxes_id", 6, 0);
    int id;

    if (!orm_create(c, model_find(c->odoo, "product.product"), vals, &id))
        return false;
    stock_set(c, id, 8, 1000000);
    return true;
}

bool seed_practice(struct odoo *o, struct shop *shop, size_t products, struct err *err)
{
    json_auto_t *context = json_object();
    struct call c = { .odoo = o, .uid = 1, .context = context, .now = when_now() };

    if (!taxes(&c))
        return told(&c, err);
    for (size_t i = 0; i < products && i < shop->product_count && c.fault_name == NULL; i++) {
        const struct product *p = shop_product_at(shop, i);

        for (size_t k = 0; k < p->count && c.fault_name == NULL; k++)
            good(&c, &p->variants[k]);
    }
    return told(&c, err);
}
