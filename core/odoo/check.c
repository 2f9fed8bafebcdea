#include "odoo/check.h"

#include <string.h>

#include "base/json.h"
#include "odoo/records.h"

#define NEEDED_SERIES "18.0"
#define SLOW_US       400000 /* a look at one's own user; more: a password is checked each time */
#define LOOKS         5

/*
 * What must be there. has: a field that only the module brings to the model. ir.module.module can
 * be read by a plain user, but says nothing the models do not say better.
 */
static const struct {
    const char *module, *model, *has;
} modules[] = {
    { "sale_management", "sale.order", "sale_order_template_id" },
    { "stock", "sale.order", "picking_ids" }, /* comes with sale_stock */
    { "delivery", "sale.order", "carrier_id" },
    { "account", "account.move", "id" },
};

/* check_access_rights answers over RPC in 18 for the user's groups, without touching a record. */
static const struct {
    const char *model, *operation, *words;
} rights[] = {
    { "res.partner", "create", "create contacts" },
    { "res.partner", "write", "change contacts" },
    { "res.partner.category", "create", "create contact tags" },
    { "product.product", "read", "see products" },
    { "product.product", "create", "create products" },
    { "sale.order", "create", "create sale orders" },
    { "sale.order", "write", "change sale orders" },
    { "sale.order.line", "create", "create order lines" },
    { "stock.picking", "read", "see transfers" },
    { "stock.picking", "write", "change transfers" },
    { "stock.quant", "read", "see stock" },
    { "stock.quant", "create", "set stock" },
    { "stock.move", "read", "see stock moves" },
    { "stock.warehouse", "read", "see warehouses" },
    { "account.tax", "read", "see taxes" },
    { "account.move", "create", "create invoices" },
    { "product.pricelist", "read", "see pricelists" },
    { "delivery.carrier", "read", "see delivery methods" },
};

static bool check_version(struct odoo *odoo, struct http *http, struct steps *steps)
{
    json_auto_t *version = NULL;
    struct err err = { 0 };
    const char *series;

    if (!odoo_version(odoo, http, &version, NULL, &err))
        return steps_add(steps, "server", STEP_FAIL, "%s", err.text);
    series = json_text_or(version, "server_serie", "?");
    if (strcmp(series, NEEDED_SERIES) != 0)
        return steps_add(steps, "server", STEP_FAIL,
                         "this is Odoo %s; signalbox is made for Odoo " NEEDED_SERIES, series);
    return steps_add(steps, "server", STEP_OK, "Odoo %s answers",
                     json_text_or(version, "server_version", series));
}

static bool check_login(struct odoo *odoo, struct http *http, struct steps *steps, int64_t *uid)
{
    struct err err = { 0 };

    if (odoo_login(odoo, http, uid, NULL, &err)) {
        steps_add(steps, "database", STEP_OK, "database %s is there", odoo_db(odoo));
        return steps_add(steps, "login", STEP_OK, "signed in as user %lld", (long long)*uid);
    }
    if (strstr(err.text, "no such database") != NULL)
        return steps_add(steps, "database", STEP_FAIL,
                         "this Odoo has no database %s; its name is case-sensitive", odoo_db(odoo));
    return steps_add(steps, "login", STEP_FAIL, "%s", err.text);
}

/* -1: could not be found out (err). */
static int has_field(struct odoo *odoo, struct http *http, const char *model, const char *field,
                     struct err *err)
{
    json_auto_t *kwargs = json_pack("{s:[s], s:[s]}", "allfields", field, "attributes", "type");
    json_auto_t *fields = NULL;
    struct odoo_request request = {
        .model = model, .method = "fields_get", .kwargs = kwargs, .read = true
    };

    if (odoo_call(odoo, http, &request, &fields, NULL, err))
        return json_object_get(fields, field) != NULL;
    return err->kind == ERR_BUG || err->kind == ERR_DENIED ? 0 : -1; /* no such model */
}

static bool check_modules(struct odoo *odoo, struct http *http, struct steps *steps)
{
    AUTO_STR missing;
    struct err err = { 0 };

    str_init(&missing, STEP_TEXT_MAX);
    for (size_t i = 0; i < sizeof modules / sizeof modules[0]; i++) {
        int has = has_field(odoo, http, modules[i].model, modules[i].has, &err);

        if (has < 0)
            return steps_add(steps, "modules", STEP_FAIL, "%s", err.text);
        if (has == 0)
            str_addf(&missing, "%s%s", missing.len > 0 ? ", " : "", modules[i].module);
    }
    if (missing.len > 0)
        return steps_add(steps, "modules", STEP_FAIL, "not installed in Odoo: %s", missing.data);
    return steps_add(steps, "modules", STEP_OK,
                     "sale_management, stock, delivery and account are "
                     "installed");
}

static bool may(struct odoo *odoo, struct http *http, const char *model, const char *operation,
                bool *allowed, struct err *err)
{
    json_auto_t *kwargs = json_pack("{s:s, s:b}", "operation", operation, "raise_exception", 0);
    json_auto_t *result = NULL;
    struct odoo_request request = {
        .model = model, .method = "check_access_rights", .kwargs = kwargs, .read = true
    };

    if (!odoo_call(odoo, http, &request, &result, NULL, err))
        return false;
    *allowed = json_is_true(result);
    return true;
}

static bool check_rights(struct odoo *odoo, struct http *http, struct steps *steps)
{
    AUTO_STR missing;
    struct err err = { 0 };

    str_init(&missing, STEP_TEXT_MAX / 2);
    for (size_t i = 0; i < sizeof rights / sizeof rights[0]; i++) {
        bool allowed = false;

        if (!may(odoo, http, rights[i].model, rights[i].operation, &allowed, &err))
            return steps_add(steps, "rights", STEP_FAIL, "%s", err.text);
        if (!allowed)
            str_addf(&missing, "%s%s", missing.len > 0 ? ", " : "", rights[i].words);
    }
    if (missing.len > 0)
        return steps_add(steps, "rights", STEP_FAIL,
                         "the user may not %s: give it Sales, Inventory and Invoicing "
                         "administrator, Contact creation and Product creation",
                         missing.data);
    return steps_add(steps, "rights", STEP_OK, "the user may do all that is needed");
}

static bool check_user(struct odoo *odoo, struct http *http, int64_t uid, struct steps *steps)
{
    json_auto_t *ids = json_pack("[I]", (json_int_t)uid), *rows = NULL;
    json_auto_t *fields = json_pack("[s,s,s]", "tz", "company_id", "company_ids");
    int64_t wanted = odoo_company(odoo);
    struct err err = { 0 };
    const char *zone;
    size_t i;
    json_t *id;
    bool member = wanted == 0;

    if (!records_read(odoo, http, "res.users", ids, fields, PACE_ORDERS, &rows, NULL, &err))
        return steps_add(steps, "user", STEP_FAIL, "%s", err.text);
    zone = json_text(rows, "0.tz");
    if (zone != NULL && *zone != '\0' && strcmp(zone, "UTC") != 0)
        steps_add(steps, "zone", STEP_WARN,
                  "the user has the time zone %s: empty it, so that no default date is shifted",
                  zone);
    json_array_foreach(json_at(rows, "0.company_ids"), i, id) member =
        member || json_integer_value(id) == wanted;
    if (!member)
        return steps_add(steps, "company", STEP_FAIL, "the user may not work in company %lld",
                         (long long)wanted);
    return steps_add(steps, "company", STEP_OK, "orders go to company %lld",
                     (long long)(wanted != 0 ? wanted : json_int_or(rows, "0.company_id", 0)));
}

/* Signing in checks the password first when there is one: a third of a second of Odoo's CPU. */
static void check_speed(struct odoo *odoo, struct http *http, int64_t uid, struct steps *steps)
{
    json_auto_t *ids = json_pack("[I]", (json_int_t)uid), *fields = json_pack("[s]", "id");
    int64_t best = INT64_MAX, worst = 0;

    for (unsigned i = 0; i < LOOKS; i++) {
        json_auto_t *rows = NULL;
        AUTO_ODOO_TRACE trace;
        struct err err = { 0 };

        odoo_trace_init(&trace);
        if (!records_read(odoo, http, "res.users", ids, fields, PACE_ORDERS, &rows, &trace, &err)) {
            steps_add(steps, "speed", STEP_WARN, "%s", err.text);
            return;
        }
        best = trace.us < best ? trace.us : best;
        worst = trace.us > worst ? trace.us : worst;
    }
    if (worst >= SLOW_US)
        steps_add(steps, "speed", STEP_WARN,
                  "a small call takes %lld to %lld ms. Does the user have a password? With an API "
                  "key and an empty password Odoo need not check it",
                  (long long)(best / 1000), (long long)(worst / 1000));
    else
        steps_add(steps, "speed", STEP_OK, "a small call takes %lld to %lld ms",
                  (long long)(best / 1000), (long long)(worst / 1000));
}

void odoo_check(struct odoo *odoo, struct http *http, struct steps *steps)
{
    int64_t uid = 0;

    if (!check_version(odoo, http, steps) || !check_login(odoo, http, steps, &uid) ||
        !check_modules(odoo, http, steps) || !check_rights(odoo, http, steps) ||
        !check_user(odoo, http, uid, steps))
        return;
    check_speed(odoo, http, uid, steps);
}
