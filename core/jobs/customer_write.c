#include "jobs/customer.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "jobs/load.h"
#include "jobs/people.h"
#include "sync/customer.h"
#include "sync/partner_fill.h"

/* ---- contacts ---- */

static bool has_changes(const struct customer_case *c)
{
    return json_len(c->fill, "changes") > 0;
}

/* With its addresses, unless a company employs it: see partner_with_addresses. */
static json_t *whole_plan(struct customer_flow *flow, struct customer_case *c)
{
    const char *locale = json_text(c->customer, "locale");
    json_auto_t *addresses = json_array();
    const json_t *need;
    size_t i;

    if (json_at(c->needs, "company") != NULL)
        return json_incref(c->plan);
    json_array_foreach(json_object_get(c->needs, "addresses"), i, need)
        json_array_append_new(
            addresses,
            partner_address(json_array_get(json_object_get(c->customer, "addresses"),
                                           (size_t)json_int_or(need, "at", 0)),
                            0, people_address_type(json_text_or(need, "role", "")), locale,
                            flow->place->site->key, flow->place->picture->reference,
                            &c->findings));
    c->whole = true;
    return partner_with_addresses(c->plan, addresses, locale, flow->place->picture->reference);
}

static bool make_contacts(struct customer_flow *flow, struct err *err)
{
    json_auto_t *plans = json_array(), *made = json_object(), *refused = json_object();

    EACH_CUSTOMER(flow, c)
        if (c->partner == 0 && !c->behind)
            json_array_append_new(plans, whole_plan(flow, c));
    if (!load_each(flow->place, plans, PEOPLE_LOAD_MOST, made, refused, err))
        return err_within(err, "make contacts");
    EACH_CUSTOMER(flow, c) {
        const char *xmlid = json_text_or(c->plan, "xmlid", "");
        struct err why = { 0 };

        if (c->partner != 0 || c->behind)
            continue;
        c->partner = json_integer_value(json_object_get(made, xmlid));
        if (c->partner != 0)
            continue;
        if (!load_refused(refused, xmlid, &why))
            err_set(&why, ERR_BUG, "Odoo's load left the contact out");
        customer_failed(flow, c, &why);
    }
    return true;
}

/* Two customers that are one contact: the second looks again once the first is done. */
static void one_by_one(struct customer_flow *flow)
{
    json_auto_t *seen = json_object();

    EACH_CUSTOMER(flow, c) {
        const char *xmlid = json_text_or(c->fill, "xmlid", "");

        if (!has_changes(c))
            continue;
        c->behind = c->behind || json_object_get(seen, xmlid) != NULL;
        json_object_set_new(seen, xmlid, json_true());
    }
}

static bool fill_contacts(struct customer_flow *flow, struct err *err)
{
    json_auto_t *plans = json_array(), *made = json_object(), *refused = json_object();

    EACH_CUSTOMER(flow, c)
        if (has_changes(c) && !c->behind)
            json_array_append(plans, c->fill);
    if (!load_each(flow->place, plans, PEOPLE_LOAD_MOST, made, refused, err))
        return err_within(err, "fill contacts");
    EACH_CUSTOMER(flow, c) {
        struct err why = { 0 };

        if (has_changes(c) && load_refused(refused, json_text_or(c->fill, "xmlid", ""), &why)) {
            err_within(&why, "fill the contact");
            customer_failed(flow, c, &why);
        }
    }
    return true;
}

/* ---- addresses ---- */

/* Each address takes the first child of its contact that is it. */
static void know_children(struct customer_flow *flow, struct customer_case *c, json_t *rows)
{
    json_t *address, *row;
    size_t i, k;

    json_array_foreach(json_object_get(c->customer, "addresses"), i, address)
        json_array_foreach(rows, k, row) {
            const char *print = json_text_or(address, "fingerprint", "");

            if (json_object_get(c->children, print) != NULL || json_flag(row, "taken") ||
                json_integer_value(json_array_get(json_object_get(row, "parent_id"), 0)) !=
                    c->partner ||
                partner_is_at(row, address, flow->place->picture->reference) != PARTNER_IS_IT)
                continue;
            json_object_set_new(row, "taken", json_true());
            json_object_set_new(c->children, print, json_integer(-json_int_or(row, "id", 0)));
        }
}

/*
 * Which of the children that came with a contact is which address. One that is not found (the
 * contact of an earlier run may be without) goes the way of all others.
 */
static bool look_at_children(struct customer_flow *flow, struct err *err)
{
    json_auto_t *parents = json_array(), *rows = NULL;

    EACH_CUSTOMER(flow, c)
        if (c->whole && json_len(c->needs, "addresses") > 0)
            json_array_append_new(parents, json_integer(c->partner));
    if (json_array_size(parents) == 0)
        return true;
    if (!customer_children(flow, parents, &rows, err))
        return false;
    EACH_CUSTOMER(flow, c) {
        if (!c->whole)
            continue;
        c->children = json_object();
        know_children(flow, c, rows);
    }
    return true;
}

static size_t address_count(struct customer_flow *flow)
{
    size_t count = 0;

    EACH_CUSTOMER(flow, c) count += json_len(c->needs, "addresses");
    return count;
}

/* Those a contact has by hand are remembered as they are; the rest goes to be made. */
static size_t list_addresses(struct customer_flow *flow, struct people_address *list,
                             struct customer_case **of)
{
    const json_t *need;
    size_t i, count = 0;

    EACH_CUSTOMER(flow, c) json_array_foreach(json_object_get(c->needs, "addresses"), i, need) {
        int64_t child = json_integer_value(
            json_object_get(c->children, json_text_or(need, "fingerprint", "")));
        struct people_address a = {
            .address = json_array_get(json_object_get(c->customer, "addresses"),
                                      (size_t)json_int_or(need, "at", 0)),
            .parent = c->partner,
            .role = json_text_or(need, "role", ""),
            .locale = json_text(c->customer, "locale"),
            .findings = &c->findings,
            .id = child < 0 ? -child : child,
        };

        if (c->behind || child > 0)
            continue;
        if (child < 0) {
            people_address_found(&flow->remember, &a);
            continue;
        }
        of[count] = c;
        list[count++] = a;
    }
    return count;
}

static bool make_addresses(struct customer_flow *flow, struct err *err)
{
    size_t most = address_count(flow), count;
    struct people_address *list = calloc(most + 1, sizeof *list);
    struct customer_case **of = calloc(most + 1, sizeof *of);
    bool ok = list != NULL && of != NULL;

    if (!ok)
        err_set(err, ERR_BUSY, "no memory");
    count = ok ? list_addresses(flow, list, of) : 0;
    ok = ok && people_addresses(flow->place, flow->db, list, count, &flow->remember, err);
    for (size_t i = 0; ok && i < count; i++)
        if (list[i].id == 0 && !of[i]->ended)
            customer_failed(flow, of[i], &list[i].why);
    free(list);
    free(of);
    return ok;
}

bool customer_write(struct customer_flow *flow, struct err *err)
{
    if (!customer_companies(flow, err) || !make_contacts(flow, err))
        return false;
    one_by_one(flow);
    customer_tell(flow); /* the shop first: it is the one that may say no */
    return fill_contacts(flow, err) &&
           look_at_children(flow, err) && make_addresses(flow, err);
}
