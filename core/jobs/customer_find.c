#include "jobs/customer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "jobs/people.h"
#include "odoo/records.h"
#include "sync/customer.h"
#include "sync/partner_fill.h"

static const struct reference *reference(struct customer_flow *flow)
{
    return flow->place->picture->reference;
}

/* ---- one customer, from the shop and from memory ---- */

static bool read_pair(struct customer_flow *flow, struct customer_case *c, struct err *err)
{
    char *agreed = NULL;
    json_auto_t *value = NULL;
    bool found = false;

    if (!pairs_by_shopify(flow->db, flow->place->site->id, "customer", c->id, &c->pair, &agreed,
                          &found, err))
        return false;
    if (!found)
        memset(&c->pair, 0, sizeof c->pair);
    if (agreed != NULL)
        value = json_read(agreed, strlen(agreed), "what was agreed", err);
    free(agreed);
    c->told = json_incref(json_object_get(value, "contact"));
    c->held = json_incref(json_object_get(value, "held"));
    return agreed == NULL || value != NULL;
}

/* By the pair, else by the key that the order flow may have left. */
static bool known_partner(struct customer_flow *flow, struct customer_case *c, struct err *err)
{
    struct pair pair;
    bool found = false;

    c->partner = c->pair.odoo_id;
    if (c->partner == 0 &&
        !pairs_by_key(flow->db, flow->place->site->id, "customer",
                      json_text_or(c->needs, "key", ""), &pair, &found, err))
        return false;
    if (found)
        c->partner = pair.odoo_id;
    if (c->partner != 0)
        c->how = CUSTOMER_PAIRED;
    return true;
}

bool customer_take(struct customer_flow *flow, struct customer_case *c, const json_t *node,
                   struct err *err)
{
    struct err why = { 0 };

    c->customer = customer_from_shopify(node, &c->findings, &why);
    if (c->customer == NULL) {
        customer_failed(flow, c, &why);
        return true;
    }
    c->id = json_int_or(c->customer, "id", 0);
    c->needs = customer_needs(c->customer, flow->place->site->key, reference(flow));
    c->extra = customer_extra(c->customer, flow->fields, reference(flow), &c->used, &c->findings);
    if (c->needs == NULL || c->extra == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    return read_pair(flow, c, err) && known_partner(flow, c, err);
}

/* ---- what the shop tells ---- */

static bool plan_all(struct customer_flow *flow, struct err *err)
{
    json_auto_t *names = json_array();

    EACH_CUSTOMER(flow, c) json_array_extend(names, json_object_get(c->needs, "categories"));
    if (!people_categories(flow->place, names, flow->store != NULL, flow->categories, err))
        return false;
    EACH_CUSTOMER(flow, c) {
        struct person person = person_of_customer(c->customer);

        person.extra = c->extra;
        person.tags = json_object_get(c->needs, "categories");
        c->plan = partner_contact(&person, flow->place->site->key, reference(flow),
                                  flow->categories, &c->findings);
        if (c->plan == NULL)
            return err_set(err, ERR_BUSY, "no memory");
    }
    return true;
}

/* ---- looking in Odoo ---- */

static bool search(struct customer_flow *flow, const char *field, json_t *values, json_t **rows,
                   struct err *err)
{
    json_auto_t *domain =
        json_pack("[[ssO][sss]]", field, "in", values, "type", "=", "contact");
    json_auto_t *fields = json_pack("[sss]", "id", field, "parent_id");
    struct records_query query = { .model = "res.partner",
                                   .domain = domain,
                                   .fields = fields,
                                   .class = flow->place->class };

    return records_search(flow->place->site->odoo, flow->place->http, &query, rows,
                          &flow->place->odoo, err) ||
           err_within(err, "look for contacts");
}

/* The oldest of its own, else the oldest of a company. *count: how many there are. */
static int64_t choose(const json_t *rows, const char *field, const char *value, size_t *count)
{
    int64_t own = 0, any = 0;
    const json_t *row;
    size_t i;

    *count = 0;
    json_array_foreach(rows, i, row) {
        if (strcmp(json_text_or(row, field, ""), value) != 0)
            continue;
        (*count)++;
        if (any == 0)
            any = json_int_or(row, "id", 0);
        if (own == 0 && !json_is_array(json_object_get(row, "parent_id")))
            own = json_int_or(row, "id", 0);
    }
    return own != 0 ? own : any;
}

/* need: what of the needs is looked for; field: where Odoo keeps it in its normal form. */
static bool find_by(struct customer_flow *flow, const char *need, const char *field,
                    enum customer_how how, struct err *err)
{
    json_auto_t *values = json_array(), *rows = NULL;

    EACH_CUSTOMER(flow, c)
        if (c->partner == 0 && json_text(c->needs, need) != NULL)
            json_array_append(values, json_object_get(c->needs, need));
    if (json_array_size(values) == 0)
        return true;
    if (!search(flow, field, values, &rows, err))
        return false;
    EACH_CUSTOMER(flow, c) {
        const char *value = json_text(c->needs, need);
        size_t count;

        if (c->partner != 0 || value == NULL)
            continue;
        c->partner = choose(rows, field, value, &count);
        if (c->partner != 0)
            c->how = how;
        if (count > 1)
            findings_add(&c->findings, FINDING_FLAG, ERR_CONFLICT, "",
                         "%zu contacts in Odoo have this %s: the oldest is taken", count, need);
    }
    return true;
}

/* The rows of contacts that are known but not read yet; one that is gone is unknown again. */
static bool read_rows(struct customer_flow *flow, struct err *err)
{
    json_auto_t *ids = json_array(), *fields = NULL, *rows = NULL;
    const json_t *row;
    size_t i;

    EACH_CUSTOMER(flow, c) {
        if (c->partner == 0 || c->row != NULL)
            continue;
        json_array_append_new(ids, json_integer(c->partner));
        if (fields == NULL)
            fields = partner_fill_fields(c->plan);
    }
    if (json_array_size(ids) == 0)
        return true;
    if (!records_read(flow->place->site->odoo, flow->place->http, "res.partner", ids, fields,
                      flow->place->class, &rows, &flow->place->odoo, err))
        return err_within(err, "read contacts");
    EACH_CUSTOMER(flow, c) {
        if (c->partner == 0 || c->row != NULL)
            continue;
        json_array_foreach(rows, i, row)
            if (json_int_or(row, "id", 0) == c->partner && c->row == NULL)
                c->row = json_deep_copy(row);
        if (c->row != NULL)
            continue;
        c->partner = 0;
        c->how = CUSTOMER_NEW;
        json_decref(c->told);
        c->told = NULL;
        findings_add(&c->findings, FINDING_FLAG, ERR_MISSING, "",
                     "its contact was deleted in Odoo");
    }
    return true;
}

/* ---- twins ---- */

static bool find_twins(struct customer_flow *flow, struct err *err)
{
    json_auto_t *seen = json_object();

    EACH_CUSTOMER(flow, c) {
        const char *xmlid = json_text_or(c->needs, "xmlid", "");
        struct pair other;
        bool found = false;
        char id[32];

        if (c->partner == 0) {
            c->behind = json_object_get(seen, xmlid) != NULL;
            json_object_set_new(seen, xmlid, json_true());
            if (c->behind)
                findings_add(&c->findings, FINDING_FLAG, ERR_CONFLICT, "",
                             "another customer has the same e-mail: both become one contact");
            continue;
        }
        if (flow->store != NULL) /* said at the end, where nothing else moves: closing_twins */
            continue;
        if (!pairs_by_odoo(flow->db, flow->place->site->id, "res.partner", c->partner, &other,
                           NULL, &found, err))
            return false;
        snprintf(id, sizeof id, "%" PRId64, other.shopify_id);
        if (found && other.shopify_id != 0 && other.shopify_id != c->id &&
            strcmp(other.kind, "customer") == 0)
            findings_add(&c->findings, FINDING_FLAG, ERR_CONFLICT, "",
                         "customer %s of Shopify is this contact too", id);
    }
    return true;
}

/* ---- what is lacking ---- */

static bool fill_all(struct customer_flow *flow, struct err *err)
{
    EACH_CUSTOMER(flow, c) {
        struct person person = person_of_customer(c->customer);

        if (c->row == NULL)
            continue;
        person.tags = json_object_get(c->needs, "categories");
        c->fill = partner_fill(c->plan, &person, c->row, c->told, c->cells,
                               flow->categories, reference(flow), &c->findings);
        if (c->fill == NULL)
            return err_set(err, ERR_BUSY, "no memory");
        if (json_is_false(json_object_get(c->row, "active")))
            findings_add(&c->findings, FINDING_FLAG, ERR_CONFLICT, "",
                         "the contact is archived in Odoo");
    }
    return true;
}

/* The addresses of existing contacts that no child is remembered for. */
static bool unknown_addresses(struct customer_flow *flow, struct customer_case *c, json_t *parents,
                              struct err *err)
{
    const json_t *need, *list = json_object_get(c->customer, "addresses");
    size_t i;

    c->children = json_object();
    json_array_foreach(json_object_get(c->needs, "addresses"), i, need) {
        struct people_address a = {
            .address = json_array_get(list, (size_t)json_int_or(need, "at", 0)),
            .parent = c->partner,
            .role = json_text_or(need, "role", ""),
        };

        if (!people_address_known(flow->db, flow->place->site->id, &a, err))
            return false;
        if (a.id != 0)
            json_object_set_new(c->children, json_text_or(need, "fingerprint", ""),
                                json_integer(a.id));
        else
            c->lacking++;
    }
    if (c->lacking > 0)
        json_array_append_new(parents, json_integer(c->partner));
    return true;
}

/* A child that stands at the address already, made by people or by an earlier try. */
static void take_children(struct customer_flow *flow, struct customer_case *c, const json_t *rows,
                          enum partner_likeness least)
{
    const json_t *address, *row;
    size_t i, k;

    json_array_foreach(json_object_get(c->customer, "addresses"), i, address) {
        const char *print = json_text_or(address, "fingerprint", "");

        json_array_foreach(rows, k, row) {
            if (json_object_get(c->children, print) != NULL ||
                json_integer_value(json_array_get(json_object_get(row, "parent_id"), 0)) !=
                    c->partner ||
                partner_is_at(row, address, reference(flow)) < least)
                continue;
            json_object_set_new(c->children, print, json_integer(-json_int_or(row, "id", 0)));
            c->lacking--;
        }
    }
}

bool customer_children(struct customer_flow *flow, json_t *parents, json_t **rows,
                       struct err *err)
{
    json_auto_t *domain = json_pack("[[ssO]]", "parent_id", "in", parents);
    json_auto_t *fields = json_pack("[ssssssss]", "id", "parent_id", "name", "street", "street2",
                                    "zip", "city", "country_id");
    struct records_query query = { .model = "res.partner",
                                   .domain = domain,
                                   .fields = fields,
                                   .class = flow->place->class };
    json_auto_t *all = json_array();
    size_t got;

    do {
        json_auto_t *page = NULL;

        if (!records_search(flow->place->site->odoo, flow->place->http, &query, &page,
                            &flow->place->odoo, err))
            return err_within(err, "look for addresses");
        got = json_array_size(page);
        query.offset += got;
        json_array_extend(all, page);
    } while (got == RECORDS_LIMIT);
    *rows = json_incref(all);
    return true;
}

static bool find_children(struct customer_flow *flow, struct err *err)
{
    json_auto_t *parents = json_array(), *rows = NULL;

    EACH_CUSTOMER(flow, c) {
        if (c->partner == 0)
            c->lacking = json_len(c->needs, "addresses");
        else if (!unknown_addresses(flow, c, parents, err))
            return false;
    }
    if (json_array_size(parents) == 0)
        return true;
    if (!customer_children(flow, parents, &rows, err))
        return false;
    EACH_CUSTOMER(flow, c)
        for (int least = PARTNER_IS_IT; least > PARTNER_ELSEWHERE; least--)
            if (c->partner != 0 && c->lacking > 0)
                take_children(flow, c, rows, (enum partner_likeness)least);
    return true;
}

bool customer_find(struct customer_flow *flow, struct err *err)
{
    bool phones = json_object_get(flow->fields, "phone_sanitized") != NULL;

    return plan_all(flow, err) && read_rows(flow, err) &&
           find_by(flow, "email", "email_normalized", CUSTOMER_BY_EMAIL, err) &&
           (!phones || find_by(flow, "phone", "phone_sanitized", CUSTOMER_BY_PHONE, err)) &&
           read_rows(flow, err) && customer_read_companies(flow, err) && find_twins(flow, err) &&
           customer_merge(flow, err) && fill_all(flow, err) &&
           find_children(flow, err);
}
