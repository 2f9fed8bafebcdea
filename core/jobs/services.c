#include "jobs/services.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/steps.h"
#include "base/str.h"
#include "jobs/order.h"
#include "jobs/stock_out.h"
#include "odoo/check.h"
#include "shopify/check.h"
#include "shopify/reads.h"
#include "shopify/subscriptions.h"
#include "store/cursors.h"
#include "store/jobs.h"

struct services {
    struct workshop *workshop;
    struct db *db;
    struct http *http;
};

struct services *services_new(struct workshop *workshop, struct err *err)
{
    AUTO(services) s = calloc(1, sizeof *s);

    if (s == NULL) {
        err_set(err, ERR_BUSY, "no memory");
        return NULL;
    }
    s->workshop = workshop;
    s->db = store_reader(workshop_store(workshop), err);
    if (s->db == NULL)
        return NULL;
    s->http = http_new(workshop_stopping(workshop), err);
    return s->http != NULL ? TAKE(s) : NULL;
}

void services_free(struct services *s)
{
    if (s == NULL)
        return;
    http_free(s->http);
    db_free(s->db);
    free(s);
}

struct workshop *services_workshop(struct services *s)
{
    return s->workshop;
}

struct http *services_http(struct services *s)
{
    return s->http;
}

struct db *services_db(struct services *s)
{
    return s->db;
}

/* ---- gauges ---- */

static json_t *shop_gauge(const struct site *site, json_t *budget)
{
    struct pace_snapshot now;
    double used, all = 0;
    const char *state = "ok", *word = "answering";

    if (site->shop == NULL)
        return json_pack("{s:s, s:s}", "state", "down", "word", "no credentials");
    pace_look(shop_pace(site->shop), &now);
    used = now.maximum > 0 ? 100 * (now.maximum - now.available) / now.maximum : 0;
    if (now.blocked_us > 0)
        state = "slow", word = "throttled";
    for (unsigned k = 0; k < PACE_CLASS_COUNT; k++)
        all += now.used_60s[k];
    for (unsigned k = 0; k < PACE_CLASS_COUNT; k++)
        json_array_append_new(
            budget, json_pack("{s:s, s:f}", "workload", pace_class_name((enum pace_class)k),
                              "used_pct", all > 0 ? 100 * now.used_60s[k] / all : 0.0));
    return json_pack("{s:s, s:s, s:i, s:i, s:i, s:i, s:i}", "state", state, "word", word,
                     "used_pct", (int)(used < 0 ? 0 : used), "available", (int)now.available,
                     "maximum", (int)now.maximum, "restore", (int)now.restore, "throttled_5m",
                     (int)now.throttled_5m);
}

static json_t *odoo_gauge(const struct site *site)
{
    struct window_snapshot now;
    const char *state = "ok", *word = "answering";

    if (site->odoo == NULL)
        return json_pack("{s:s, s:s}", "state", "down", "word", "no key");
    window_look(odoo_window(site->odoo), &now);
    if (now.trouble_row >= 5)
        state = "down", word = "no answer";
    else if (now.trouble_row > 0)
        state = "slow", word = "in trouble";
    else if (now.calls_all == 0)
        state = "unknown", word = "not asked yet";
    return json_pack("{s:s, s:s, s:i, s:i, s:f, s:f}", "state", state, "word", word, "in_flight",
                     (int)now.in_flight, "ceiling", (int)now.ceiling, "p50_ms", now.p50_ms,
                     "p95_ms", now.p95_ms);
}

struct look {
    json_t *backends, *budget;
};

static void look_at(void *ctx, struct site *site)
{
    struct look *look = ctx;

    json_array_append_new(look->backends,
                          json_pack("{s:I, s:o, s:o}", "id", (json_int_t)site->id, "shopify",
                                    shop_gauge(site, look->budget), "odoo_side",
                                    odoo_gauge(site)));
}

json_t *services_gauges(struct services *s)
{
    struct look look = { json_array(), json_array() };

    sites_each(workshop_sites(s->workshop), look_at, &look);
    return json_pack("{s:o, s:o}", "backends", look.backends, "budget", look.budget);
}

/* ---- both sides ---- */

#define ODOO    ERR_SIDE_BIT(ERR_SIDE_ODOO)
#define SHOPIFY ERR_SIDE_BIT(ERR_SIDE_SHOPIFY)

/* With the sides it needs; the other may be missing. */
static struct site *take(struct services *s, int64_t backend, unsigned needs, struct err *err)
{
    return sites_take_some(workshop_sites(s->workshop), s->db, backend, needs, err);
}

static json_t *steps_json(const struct steps *steps)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < steps->count; i++)
        json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "step", steps->rows[i].name,
                                              "state", step_state_name(steps->rows[i].state),
                                              "text", steps->rows[i].text));
    return list;
}

json_t *services_check(struct services *s, int64_t backend, const char *side, struct err *err)
{
    struct site *site = take(s, backend, 0, err);
    struct steps *steps = calloc(2, sizeof *steps);
    bool shopify = side == NULL || strcmp(side, "shopify") == 0;
    bool odoo = side == NULL || strcmp(side, "odoo") == 0;
    json_t *result;

    if (site == NULL || steps == NULL) {
        if (site != NULL)
            err_set(err, ERR_BUSY, "no memory");
        free(steps);
        site_release(site);
        return NULL;
    }
    if (shopify && site->shop == NULL)
        steps_add(&steps[0], "credentials", STEP_FAIL, "%s", site->no_shop.text);
    else if (shopify)
        shopify_check(site->shop, s->http, &steps[0], NULL);
    if (odoo && site->cache == NULL)
        steps_add(&steps[1], "credentials", STEP_FAIL, "%s", site->no_odoo.text);
    else if (odoo)
        odoo_check(site->odoo, s->http, &steps[1]);
    result = json_pack("{s:o, s:o}", "shopify", steps_json(&steps[0]), "odoo",
                       steps_json(&steps[1]));
    free(steps);
    site_release(site);
    return result;
}

/* Rows of one part of the reference picture as choices. */
static json_t *choices(const json_t *odoo, const char *part, const char *second)
{
    json_t *list = json_array();
    const json_t *row;
    char value[32], label[256];
    size_t i;

    json_array_foreach(json_object_get(odoo, part), i, row) {
        const char *more = second != NULL ? json_text(row, second) : NULL;

        snprintf(value, sizeof value, "%" PRId64, json_int_or(row, "id", 0));
        if (more != NULL)
            snprintf(label, sizeof label, "%.120s (%.100s)", json_text_or(row, "name", ""), more);
        else
            str_copy(label, sizeof label, json_text_or(row, "name", ""));
        json_array_append_new(list, json_pack("{s:s, s:s}", "value", value, "label", label));
    }
    return list;
}

/* Warehouses first, then single places, then none. */
static json_t *place_choices(const json_t *odoo)
{
    json_t *list = choices(odoo, "warehouses", "code");
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(odoo, "locations"), i, row)
        json_array_append_new(list, json_pack("{s:o, s:s}", "value",
                                              json_sprintf("location:%" PRId64,
                                                           json_int_or(row, "id", 0)),
                                              "label", json_text_or(row, "name", "")));
    json_array_append_new(list, json_pack("{s:s, s:s}", "value", "none", "label",
                                          "none: its stock stays out of Odoo"));
    return list;
}

static json_t *read_reference(struct services *s, int64_t backend, struct site **site,
                              struct err *err)
{
    AUTO_ODOO_TRACE trace;
    json_t *odoo;

    odoo_trace_init(&trace);
    *site = take(s, backend, ODOO, err);
    if (*site == NULL)
        return NULL;
    odoo = odoo_reference_get((*site)->cache, s->http, &trace, err);
    workshop_count(s->workshop, trace.calls, 0);
    return odoo;
}

static json_t *location_choices(struct services *s, struct site *site)
{
    AUTO_GRAPHQL_TRACE trace;
    json_auto_t *rows = NULL;
    json_t *list = json_array(), *row;
    struct err ignored = { 0 };
    size_t i;

    graphql_trace_init(&trace);
    if (site->shop == NULL)
        return list;
    if (locations_fetch(site->shop, s->http, PACE_CATALOGUE, &rows, &trace, &ignored))
        json_array_foreach(rows, i, row)
            json_array_append_new(list, json_pack("{s:s, s:s}", "value",
                                                  json_text_or(row, "id", ""), "label",
                                                  json_text_or(row, "name", "")));
    workshop_count(s->workshop, 0, 1);
    return list;
}

json_t *services_choices(struct services *s, int64_t backend, struct err *err)
{
    struct site *site;
    json_auto_t *odoo = read_reference(s, backend, &site, err);
    json_t *result = NULL;

    if (odoo != NULL)
        result = json_pack("{s:o, s:o, s:o, s:o}", "warehouses",
                           choices(odoo, "warehouses", "code"), "companies",
                           choices(odoo, "companies", NULL), "pricelists",
                           choices(odoo, "pricelists", NULL), "locations",
                           location_choices(s, site));
    site_release(site);
    return result;
}

struct word {
    const char *value, *label;
};

static json_t *words(const struct word *list, size_t count)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(rows, json_pack("{s:s, s:s}", "value", list[i].value, "label",
                                              list[i].label));
    return rows;
}

json_t *services_mapping_choices(struct services *s, int64_t backend, const char *kind,
                                 struct err *err)
{
    static const struct word states[] = {
        { "confirm", "confirm" },
        { "quotation", "quotation" },
        { "hold", "hold until a person decides" },
        { "cancel", "cancel" },
        { "skip", "skip: not in Odoo" },
        { "payment", "as the payment says (of fulfilment states)" },
    };
    static const struct word gateways[] = { { "confirm", "confirm unpaid" },
                                            { "wait", "confirm when paid" } };
    static const struct word switches[] = { { "off", "off: its stock in the shop is left alone" },
                                            { "on", "on" } };
    struct site *site = NULL;
    json_t *result = NULL;

    if (strcmp(kind, "stock_out") == 0)
        return json_pack("{s:o}", "rows", words(switches, sizeof switches / sizeof switches[0]));
    if (strcmp(kind, "state") == 0)
        return json_pack("{s:o}", "rows", words(states, sizeof states / sizeof states[0]));
    if (strcmp(kind, "gateway") == 0)
        return json_pack("{s:o}", "rows",
                         words(gateways, sizeof gateways / sizeof gateways[0]));

    json_auto_t *odoo = read_reference(s, backend, &site, err);

    if (odoo != NULL && (strcmp(kind, "tax") == 0 || strcmp(kind, "terms") == 0)) {
        bool tax = strcmp(kind, "tax") == 0;
        json_t *rows = choices(odoo, tax ? "taxes" : "payment_terms", NULL);

        json_array_append_new(rows, json_pack("{s:s, s:s}", "value", "none", "label",
                                              tax ? "no tax" : "Odoo's own"));
        result = json_pack("{s:o}", "rows", rows);
    } else if (odoo != NULL && strcmp(kind, "carrier") == 0)
        result = json_pack("{s:o}", "rows", choices(odoo, "carriers", NULL));
    else if (odoo != NULL && strcmp(kind, "product_type") == 0) {
        json_t *rows = choices(odoo, "product_categories", NULL);

        json_array_append_new(rows, json_pack("{s:s, s:s}", "value", "create", "label",
                                              "a new category of that name"));
        result = json_pack("{s:o}", "rows", rows);
    } else if (odoo != NULL && strcmp(kind, "location") == 0)
        result = json_pack("{s:o}", "rows", place_choices(odoo));
    else if (odoo != NULL)
        result = json_pack("{s:[]}", "rows");
    site_release(site);
    return result;
}

bool services_refresh(struct services *s, int64_t backend, struct err *err)
{
    struct site *site = take(s, backend, ODOO, err);
    AUTO_ODOO_TRACE trace;
    json_t *odoo;

    odoo_trace_init(&trace);
    if (site == NULL)
        return false;
    site_forget(site);
    odoo = odoo_reference_get(site->cache, s->http, &trace, err);
    workshop_count(s->workshop, trace.calls, 0);
    site_release(site);
    json_decref(odoo);
    return odoo != NULL;
}

/* ---- subscriptions ---- */

static json_t *subscriptions_json(int64_t backend, const struct subscriptions *found)
{
    json_t *rows = json_array();

    for (unsigned i = 0; i < found->count; i++) {
        const struct subscription *row = &found->rows[i];

        json_array_append_new(rows,
                              json_pack("{s:I, s:s, s:s, s:s, s:s, s:I}", "backend",
                                        (json_int_t)backend, "topic", topic_name(row->topic),
                                        "uri", row->uri, "id", row->id, "state",
                                        subscription_state_name(row->state), "checked",
                                        (json_int_t)when_now()));
    }
    return json_pack("{s:o, s:i, s:i, s:i, s:i}", "rows", rows, "wanted",
                     (int)(found->ok + found->missing), "found", (int)found->ok, "created",
                     (int)found->created, "removed", (int)found->removed);
}

struct pointed {
    int64_t backend;
    const char *url;
};

static bool note_url(struct db *db, void *ctx, struct err *err)
{
    const struct pointed *p = ctx;

    return cursors_set(db, p->backend, UPKEEP_URL, p->url, err);
}

/* Those of the address before go away once the new ones are there. */
static bool ensure(struct services *s, struct site *site, const char *url,
                   struct subscriptions *found, struct graphql_trace *trace, struct err *err)
{
    struct pointed p = { site->id, url };
    char before[CURSOR_VALUE_MAX];

    return cursors_get(s->db, site->id, UPKEEP_URL, before, err) &&
           subscriptions_ensure(site->shop, s->http, url, upkeep_old_url(before, url), found, trace,
                                err) &&
           store_do(workshop_store(s->workshop), note_url, &p, err);
}

json_t *services_subscriptions(struct services *s, int64_t backend, int what, struct err *err)
{
    struct site *site = take(s, backend, SHOPIFY, err);
    struct subscriptions *found = calloc(1, sizeof *found);
    AUTO_GRAPHQL_TRACE trace;
    const char *url = site != NULL ? site->policies.text[POLICY_webhook_url] : "";
    json_t *result = NULL;
    bool ok = false;

    graphql_trace_init(&trace);
    if (site == NULL || found == NULL) {
        if (site != NULL)
            err_set(err, ERR_BUSY, "no memory");
    } else if (url[0] == '\0')
        err_set(err, ERR_INVALID, "no webhook address: set the policy webhook_url first");
    else if (what == 0)
        ok = subscriptions_list(site->shop, s->http, url, found, &trace, err);
    else if (what == 1)
        ok = ensure(s, site, url, found, &trace, err);
    else
        ok = subscriptions_remove(site->shop, s->http, url, found, &trace, err);
    if (ok)
        result = subscriptions_json(backend, found);
    workshop_count(s->workshop, 0, 1);
    free(found);
    site_release(site);
    return result;
}

/* ---- one record now ---- */

/* "all" is the full compare, now; a number is a product of Odoo's. */
static bool sync_stock(struct db *db, int64_t backend, const char *id, int64_t *job,
                       struct err *err)
{
    unsigned long long number;

    if (strcmp(id, "all") == 0)
        return stock_full_now(db, backend, job, err);
    if (!str_number(id, INT32_MAX, &number))
        return err_set(err, ERR_INVALID, "id: the number of a product in Odoo, or all");
    return stock_out_add(db, backend, (int64_t)number, 1, 0, job, err);
}

bool services_sync_record(struct db *db, int64_t backend, const char *kind, const char *id,
                          int64_t *job, struct err *err)
{
    static const struct {
        const char *kind, *lane, *job;
    } flows[] = { { "order", "orders", "order.in" },
                  { "customer", "catalogue", "customer.seen" },
                  { "product", "catalogue", "product.seen" } };
    char record[STORE_RECORD_MAX];
    unsigned long long number;
    /* no payload: the run reads the record anew from Shopify */
    struct job_new again = { .backend = backend, .record = record, .payload = "",
                             .payload_len = 0 };

    if (strcmp(kind, "stock") == 0)
        return sync_stock(db, backend, id, job, err);
    for (size_t i = 0; i < sizeof flows / sizeof flows[0]; i++)
        if (strcmp(flows[i].kind, kind) == 0) {
            again.lane = flows[i].lane;
            again.kind = flows[i].job;
        }
    if (again.kind == NULL)
        return err_set(err, ERR_INVALID, "%s: this kind of record has no flow yet", kind);
    if (!str_number(id, INT64_MAX, &number))
        return err_set(err, ERR_INVALID, "id: a number as Shopify gives it, without gid");
    snprintf(record, sizeof record, "%s:%s", kind, id);
    return jobs_add(db, &again, job, NULL, err);
}
