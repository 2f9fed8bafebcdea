/* The companies that new contacts buy for: made before them, with what their metafields are mapped to. */
#include "jobs/customer.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/json.h"
#include "base/str.h"
#include "jobs/load.h"
#include "jobs/people.h"
#include "shopify/reads.h"
#include "sync/customer.h"

#define ID_TEXT 24

static char *id_of(const json_t *company, char text[ID_TEXT])
{
    snprintf(text, ID_TEXT, "%" PRId64, json_int_or(company, "id", 0));
    return text;
}

static bool known_company(struct customer_flow *flow, const json_t *company, int64_t *id,
                          struct err *err)
{
    struct pair pair;
    bool found = false;

    *id = 0;
    if (!pairs_by_shopify(flow->db, flow->place->site->id, "company",
                          json_int_or(company, "id", 0), &pair, NULL, &found, err))
        return false;
    if (found)
        *id = pair.odoo_id;
    return true;
}

/* ---- their metafields ---- */

/* Bulk operations of Shopify's can't hold them: a list within a list. So they are asked for. */
static bool is_wanted(const struct customer_flow *flow)
{
    const char *key;
    json_t *value;

    if (flow->store == NULL)
        return true; /* a rehearsal counts what they use */
    json_object_foreach((json_t *)(uintptr_t)reference_mappings(flow->place->picture->reference,
                                                                "metafield"), key, value)
        if (str_starts(key, "company.") && strcmp(json_string_value(value), "none") != 0)
            return true;
    return false;
}

static json_t *extra_of(const struct customer_flow *flow, const json_t *company)
{
    char id[ID_TEXT];

    return json_object_get(flow->companies, id_of(company, id));
}

/* What was read of one, to the first customer that buys for it. */
static bool take(struct customer_flow *flow, struct customer_case *c, const json_t *node,
                 struct err *err)
{
    char id[ID_TEXT];
    json_t *extra = company_extra(node, flow->fields, flow->place->picture->reference, c->used,
                                  &c->findings);

    if (extra == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    json_object_set_new(flow->companies, id_of(json_at(c->needs, "company"), id), extra);
    return true;
}

static bool read_some(struct customer_flow *flow, struct customer_case *const *cases,
                      const int64_t *ids, size_t count, struct err *err)
{
    struct workshop_place *place = flow->place;
    struct shop *shop = workshop_shop(place, err);
    json_auto_t *nodes = NULL;
    bool ok;

    if (shop == NULL)
        return false;
    workshop_count(place->workshop, 0, 1);
    ok = companies_fetch(shop, place->http, ids, count, place->class, &nodes, &place->shopify, err);
    workshop_asked(place, ok, err);
    if (!ok)
        return err_within(err, "read companies from Shopify");
    for (size_t i = 0; i < count; i++)
        if (!take(flow, cases[i], json_array_get(nodes, i), err))
            return false;
    return true;
}

bool customer_read_companies(struct customer_flow *flow, struct err *err)
{
    struct customer_case *cases[READS_COMPANIES_MAX];
    int64_t ids[READS_COMPANIES_MAX], known;
    char id[ID_TEXT];
    size_t count = 0;

    if (!is_wanted(flow))
        return true;
    EACH_CUSTOMER(flow, c) {
        const json_t *company = json_at(c->needs, "company");

        if (c->partner != 0 || company == NULL || extra_of(flow, company) != NULL)
            continue;
        if (!known_company(flow, company, &known, err))
            return false;
        if (known != 0)
            continue;
        json_object_set_new(flow->companies, id_of(company, id), json_object()); /* asked for */
        cases[count] = c;
        ids[count++] = json_int_or(company, "id", 0);
        if (count < READS_COMPANIES_MAX)
            continue;
        if (!read_some(flow, cases, ids, count, err))
            return false;
        count = 0;
    }
    return count == 0 || read_some(flow, cases, ids, count, err);
}

/* ---- made ---- */

/* The contact's plan once more, under its company. */
static bool employ(struct customer_flow *flow, struct customer_case *c, int64_t company,
                   struct err *err)
{
    struct person person = person_of_customer(c->customer);

    person.extra = c->extra;
    person.tags = json_object_get(c->needs, "categories");
    person.parent = company;
    json_decref(c->plan);
    c->plan = partner_contact(&person, flow->place->site->key, flow->place->picture->reference,
                              flow->categories, NULL);
    return c->plan != NULL || err_set(err, ERR_BUSY, "no memory");
}

bool customer_companies(struct customer_flow *flow, struct err *err)
{
    json_auto_t *plans = json_array(), *made = json_object(), *refused = json_object();
    json_auto_t *xmlids = json_object(); /* of each company once */

    EACH_CUSTOMER(flow, c) {
        const json_t *company = json_at(c->needs, "company");
        struct person person = person_of_customer(c->customer);
        int64_t id;
        json_t *plan;

        if (c->partner != 0 || company == NULL)
            continue;
        if (!known_company(flow, company, &id, err))
            return false;
        if (id != 0 && !employ(flow, c, id, err))
            return false;
        if (id != 0)
            continue;
        plan = partner_company(company, &person, flow->place->site->key,
                               flow->place->picture->reference, extra_of(flow, company), NULL);
        if (json_object_get(xmlids, json_text_or(plan, "xmlid", "")) == NULL)
            json_array_append(plans, plan);
        json_object_set_new(xmlids, json_text_or(plan, "xmlid", ""), json_true());
        json_object_set_new(c->needs, "employer", json_string(json_text_or(plan, "xmlid", "")));
        json_decref(plan);
    }
    if (!load_each(flow->place, plans, PEOPLE_LOAD_MOST, made, refused, err))
        return err_within(err, "make companies");
    EACH_CUSTOMER(flow, c) {
        const char *xmlid = json_text(c->needs, "employer");
        int64_t id = xmlid != NULL ? json_integer_value(json_object_get(made, xmlid)) : 0;
        struct err why = { 0 };

        if (id != 0) {
            remember_add(&flow->remember, "company", json_int_or(c->needs, "company.id", 0),
                         "res.partner", id, NULL, NULL);
            if (!employ(flow, c, id, err))
                return false;
        } else if (xmlid != NULL && load_refused(refused, xmlid, &why)) {
            err_within(&why, "company");
            customer_failed(flow, c, &why);
        }
    }
    return true;
}
