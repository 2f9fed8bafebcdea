/* Before an import: what both sides, our mappings and this machine say; and how much there is. */
#include "jobs/import.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "base/zone.h"
#include "jobs/services.h"
#include "odoo/check.h"
#include "odoo/records.h"
#include "shopify/check.h"
#include "shopify/reads.h"
#include "store/jobs.h"
#include "store/lanes.h"
#include "sync/level.h"

struct look {
    struct services *s;
    struct site *site;
    struct picture *picture; /* NULL: Odoo's reference data could not be read */
    json_t *rows;
};

static void say(struct look *l, const char *step, const char *state, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static void say(struct look *l, const char *step, const char *state, const char *fmt, ...)
{
    char text[STEP_TEXT_MAX];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    json_array_append_new(l->rows,
                          json_pack("{s:s, s:s, s:s}", "step", step, "state", state, "text", text));
}

static void take(struct look *l, const char *side, const struct steps *steps)
{
    for (unsigned i = 0; i < steps->count; i++)
        say(l, side, step_state_name(steps->rows[i].state), "%s: %s", steps->rows[i].name,
            steps->rows[i].text);
}

/* ---- what the two sides have to agree about ---- */

static void currency(struct look *l, const json_t *info)
{
    const struct reference *r = l->picture->reference;
    const char *shop = json_text(info, "currencyCode"), *ours = reference_company_currency(r);

    if (shop == NULL)
        return;
    if (strcmp(shop, ours) == 0)
        say(l, "currency", "ok", "both sides keep their books in %s", shop);
    else if (reference_currency(r, shop) == 0)
        say(l, "currency", "fail", "the shop sells in %s, which is not active in Odoo", shop);
    else if (reference_pricelist(r, shop) == 0)
        say(l, "currency", "warn", "the shop sells in %s, the company's books are in %s: a price "
            "list in %s is needed", shop, ours, shop);
    else
        say(l, "currency", "ok", "the shop sells in %s by a price list of Odoo's, books are in %s",
            shop, ours);
}

static void warehouse(struct look *l)
{
    const struct reference *r = l->picture->reference;
    const char *wanted = reference_policy(r, "warehouse");

    if (strcmp(wanted, "0") == 0)
        say(l, "warehouse", "ok", "orders ship from the company's first warehouse");
    else if (reference_warehouse(r, wanted) == 0)
        say(l, "warehouse", "fail", "warehouse %.20s of the policy is not in Odoo", wanted);
    else
        say(l, "warehouse", "ok", "orders ship from warehouse %.20s", wanted);
}

static void company(struct look *l)
{
    say(l, "company", "ok", "everything is written to company %" PRId64 ", country %s, books in %s",
        reference_company(l->picture->reference), reference_company_country(l->picture->reference),
        reference_company_currency(l->picture->reference));
}

/* Stock of a place that is not mapped can't be counted. */
static void locations(struct look *l)
{
    AUTO_GRAPHQL_TRACE trace;
    json_auto_t *rows = NULL;
    struct err err = { 0 };
    const json_t *row;
    size_t i, open = 0;
    AUTO_STR names;

    graphql_trace_init(&trace);
    str_init(&names, 160);
    workshop_count(services_workshop(l->s), 0, 1);
    if (!locations_fetch(l->site->shop, services_http(l->s), PACE_CATALOGUE, &rows, &trace, &err)) {
        say(l, "locations", "fail", "%s", err.text);
        return;
    }
    json_array_foreach(rows, i, row) {
        const char *name = json_text_or(row, "name", ""), *id = strrchr(json_text_or(row, "id", "/"), '/');

        if (reference_mapping(l->picture->reference, "location", name) != NULL ||
            reference_mapping(l->picture->reference, "location", id + 1) != NULL)
            continue;
        str_addf(&names, "%s%s", open++ > 0 ? ", " : "", name);
    }
    if (open == 0)
        say(l, "locations", "ok", "all %zu places of the shop are mapped", json_array_size(rows));
    else
        say(l, "locations", "warn", "%zu of %zu places are not mapped yet: %s", open,
            json_array_size(rows), names.data);
}

/* ---- ourselves ---- */

static void runs(struct look *l)
{
    struct import_run run;
    struct err err = { 0 };

    if (!imports_newest(services_db(l->s), l->site->id, &run, &err))
        say(l, "imports", "fail", "%s", err.text);
    else if (run.id != 0 && run.ended == 0)
        say(l, "imports", "warn", "import %" PRId64 " is not ended (%s): go on with it, or stop it",
            run.id, import_run_state_name(run.state));
    else
        say(l, "imports", "ok", "no other import is under way");
}

static void webhooks(struct look *l)
{
    int64_t counts[JOB_STATE_COUNT];
    struct err err = { 0 };

    if (l->site->policies.text[POLICY_webhook_url][0] == '\0')
        say(l, "webhooks", "warn", "no webhook address: what happens at the shop meanwhile is not "
            "told to us");
    else if (!lanes_totals(services_db(l->s), l->site->id, counts, &err))
        say(l, "webhooks", "fail", "%s", err.text);
    else
        say(l, "webhooks", "ok", "what the shop tells meanwhile is kept and applied after it (%"
            PRId64 " wait)", counts[JOB_NOFLOW]);
}

/* Language: names are written as Odoo's default has them; customers keep theirs if it is there. */
static void language(struct look *l, const json_t *info)
{
    const char *locale = json_text_or(info, "primaryLocale", "en");
    const char *lang = reference_language(l->picture->reference, locale);

    if (json_len(l->picture->odoo, "languages") < 2)
        say(l, "language", "ok", "Odoo has one language: there is nothing to choose for customers");
    else if (lang != NULL)
        say(l, "language", "ok", "customers who speak %s keep it: %s is installed in Odoo", locale,
            lang);
    else
        say(l, "language", "warn", "%s is not installed in Odoo: customers get no language", locale);
}

static void odoo_side(struct look *l, const json_t *info)
{
    AUTO_ODOO_TRACE trace;
    struct err err = { 0 };

    odoo_trace_init(&trace);
    l->picture = site_picture(l->site, services_db(l->s), services_http(l->s), &trace, &err);
    workshop_count(services_workshop(l->s), trace.calls, 0);
    if (l->picture == NULL) {
        say(l, "odoo", "fail", "%s", err.text);
        return;
    }
    company(l);
    currency(l, info);
    warehouse(l);
    language(l, info);
    locations(l);
}

json_t *import_checks(struct services *s, int64_t backend, struct err *err)
{
    struct look l = { .s = s };
    struct steps *steps AUTO_FREE = calloc(2, sizeof *steps);
    json_auto_t *info = NULL;

    if (steps == NULL) {
        err_set(err, ERR_BUSY, "no memory");
        return NULL;
    }
    l.site = sites_take(workshop_sites(services_workshop(s)), services_db(s), backend, err);
    if (l.site == NULL)
        return NULL;
    l.rows = json_array();
    shopify_check(l.site->shop, services_http(s), &steps[0], &info);
    odoo_check(l.site->odoo, services_http(s), &steps[1]);
    take(&l, "shopify", &steps[0]);
    take(&l, "odoo", &steps[1]);
    if (steps_worst(&steps[0]) != STEP_FAIL && steps_worst(&steps[1]) != STEP_FAIL)
        odoo_side(&l, info);
    webhooks(&l);
    runs(&l);
    picture_release(l.picture);
    site_release(l.site);
    return json_pack("{s:o}", "checks", l.rows);
}

/* ---- how much there is ---- */

/* What Odoo has of what a step brings in. */
static json_t *odoo_domain(enum import_step_id step, const char **model)
{
    switch (step) {
    case IMPORT_CUSTOMERS:
        *model = "res.partner";
        return json_pack("[[s, s, b]]", "parent_id", "=", 0);
    case IMPORT_PRODUCTS:
        *model = "product.template";
        return json_array();
    case IMPORT_STOCK:
        *model = "stock.quant";
        return json_pack("[[s, s, s]]", "location_id.usage", "=", "internal");
    case IMPORT_ORDERS:
        *model = "sale.order";
        return json_array();
    case IMPORT_VERIFY:
    case IMPORT_STEP_COUNT:
        break;
    }
    return NULL;
}

bool import_count_odoo(struct site *site, struct http *http, enum import_step_id step,
                       int64_t *count, struct odoo_trace *trace, struct err *err)
{
    const char *model = "";
    json_auto_t *args = json_pack("[o]", odoo_domain(step, &model)), *result = NULL;
    json_auto_t *kwargs = json_pack("{s:o}", "context", records_context(site->odoo, NULL));
    struct odoo_request request = { .model = model, .method = "search_count", .args = args,
                                    .kwargs = kwargs, .read = true, .class = PACE_IMPORT };

    if (args == NULL || kwargs == NULL)
        return err_set(err, ERR_BUG, "nothing of %s is counted in Odoo", import_step_name(step));
    if (!odoo_call(site->odoo, http, &request, &result, trace, err))
        return err_within(err, "count %s", import_step_name(step));
    *count = json_integer_value(result);
    return true;
}

static bool count_step(struct look *l, enum import_step_id step, const char *scope, json_t *rows,
                       struct err *err)
{
    AUTO_GRAPHQL_TRACE trace;
    AUTO_ODOO_TRACE odoo_trace;
    struct bulk_count count = { 0 };
    struct bulk_filter filter;
    struct err why = { 0 };
    json_t *keep;
    int64_t odoo;
    bool known, ok = import_filter(scope, &filter, &keep, err);

    graphql_trace_init(&trace);
    odoo_trace_init(&odoo_trace);
    known = ok && bulk_count(l->site->shop, services_http(l->s), import_kind(step)->bulk, &filter,
                             PACE_CATALOGUE, &count, &trace, &why);
    workshop_count(services_workshop(l->s), 0, 1);
    json_decref(keep);
    if (!ok)
        return err_within(err, "%s", import_step_name(step));
    if (!known && why.kind != ERR_INVALID && why.kind != ERR_REFUSED)
        return (*err = why, false);
    if (!import_count_odoo(l->site, services_http(l->s), step, &odoo, &odoo_trace, err))
        return false;
    workshop_count(services_workshop(l->s), odoo_trace.calls, 0);
    json_array_append_new(rows, json_pack("{s:s, s:o, s:b, s:I, s:s}", "step",
                                          import_step_name(step), "shopify",
                                          known ? json_integer(count.count) : json_null(), "exact",
                                          (int)(known && count.exact), "odoo", (json_int_t)odoo,
                                          "note", known ? "" : why.text));
    return true;
}

json_t *import_counts(struct services *s, int64_t backend, const json_t *scope, struct err *err)
{
    struct look l = { .s = s };
    json_t *rows = json_array();
    char zone[ZONE_NAME_MAX];
    bool ok;

    l.site = sites_take(workshop_sites(services_workshop(s)), services_db(s), backend, err);
    if (l.site == NULL) {
        json_decref(rows);
        return NULL;
    }
    workshop_count(services_workshop(s), 0, 1);
    ok = shop_zone(l.site->shop, services_http(s), PACE_CATALOGUE, zone, NULL, err);
    for (unsigned n = 0; ok && n < IMPORT_STEP_COUNT; n++) {
        enum import_step_id step = (enum import_step_id)n;
        json_auto_t *part = json_copy(json_object_get(scope, import_step_name(step)));
        char *text;

        if (import_has_days(part) && json_text(part, "zone") == NULL)
            json_object_set_new(part, "zone", json_string(zone));
        text = part != NULL ? json_write(part) : NULL;

        if (import_kind(step) != NULL)
            ok = count_step(&l, step, text != NULL ? text : "", rows, err);
        free(text);
    }
    site_release(l.site);
    if (ok)
        return json_pack("{s:o, s:s}", "rows", rows, "zone", zone);
    json_decref(rows);
    return NULL;
}
