/*
 * What a customer and its contact both hold, in three versions: as last agreed, as the shop has it,
 * as Odoo has it. What moved on one side goes to the other, what moved on both is asked.
 */
#include "jobs/customer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "jobs/ask.h"
#include "shopify/writes.h"
#include "sync/contact.h"
#include "sync/diff.h"

static const struct kind *customer_kind(void)
{
    return kind_of("customer");
}

/* ---- three versions ---- */

static json_t *likes_of(const struct customer_case *c)
{
    json_t *likes = json_array();

    json_array_append(likes, json_object_get(c->held, "agreed"));
    ask_likes(&c->ask, likes);
    return likes;
}

static void read_moments(struct customer_case *c)
{
    c->shopify_at = json_int_or(c->customer, "updated_at", 0);
    if (!when_parse_odoo(json_text_or(c->row, "write_date", ""), &c->odoo_at))
        c->odoo_at = 0;
}

/* What Odoo alone changed and nobody owns stays there, unless policy sends it to the shop. */
static void keep_in_odoo(struct customer_flow *flow, struct customer_case *c, json_t *merge)
{
    const struct reference *r = flow->place->picture->reference;
    json_t *to_shopify = json_object_get(merge, "to_shopify"), *value;
    const char *field;
    void *next;

    if (reference_policy_is(r, "customer_changes", "write"))
        return;
    json_object_foreach_safe(to_shopify, next, field, value)
    {
        json_t *agreed = json_object_get(json_object_get(c->held, "agreed"), field);
        json_t *apart = json_object_get(json_object_get(c->held, "apart"), field);

        if (diff_owner(customer_kind(), field, r) == OWNER_ODOO)
            continue;
        json_object_set(json_object_get(merge, "agreed"), field,
                        agreed != NULL ? agreed : json_null());
        if (apart != NULL)
            json_object_set(json_object_get(merge, "apart"), field, apart);
        json_object_del(to_shopify, field);
    }
}

/* Odoo's name and e-mail are not emptied: there the sides stay apart. */
static void keep_names(struct customer_case *c, json_t *merge)
{
    json_t *to_odoo = json_object_get(merge, "to_odoo"), *value;
    const char *field;
    void *next;

    json_object_foreach_safe(to_odoo, next, field, value)
    {
        if (!json_is_null(value) || !contact_never_empty(field))
            continue;
        json_object_set_new(json_object_get(merge, "apart"), field,
                            json_pack("{snsO}", "shopify", "odoo",
                                      json_object_get(c->odoo, field)));
        json_object_del(to_odoo, field);
    }
}

static void say_put_back(struct customer_case *c, const json_t *merge)
{
    const json_t *field;
    size_t i;

    json_array_foreach(json_object_get(merge, "put_back"), i, field)
    {
        const char *name = json_string_value(field);
        const struct field *f = kind_field(customer_kind(), name);
        bool odoo = json_object_get(json_object_get(merge, "to_odoo"), name) != NULL;

        findings_add(&c->findings, FINDING_NOTE, ERR_CONFLICT, "",
                     "%s was changed in %s and put back: %s owns it", f != NULL ? f->label : name,
                     odoo ? "Odoo" : "Shopify", odoo ? "Shopify" : "Odoo");
    }
}

static bool merge_case(struct customer_flow *flow, struct customer_case *c, struct err *err)
{
    json_auto_t *likes = likes_of(c);
    struct diff_versions v;

    read_moments(c);
    c->shop = contact_of_customer(c->customer, likes);
    json_array_append(likes, c->shop);
    c->odoo = contact_of_partner(c->row, c->customer, likes);
    v = (struct diff_versions){ .agreed = json_object_get(c->held, "agreed"),
                                .apart = json_object_get(c->held, "apart"),
                                .shopify = c->shop, .odoo = c->odoo,
                                .shopify_at = c->shopify_at, .odoo_at = c->odoo_at };
    c->merge = diff_merge_versions(customer_kind(), &v, flow->place->picture->reference);
    if (c->merge == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    keep_in_odoo(flow, c, c->merge);
    ask_merge(&c->ask, c->merge, c->shop, c->odoo);
    keep_names(c, c->merge);
    say_put_back(c, c->merge);
    c->cells = contact_cells(json_object_get(c->merge, "to_odoo"));
    return true;
}

/* Just linked, or made: there is nothing to decide yet. */
static void link_case(struct customer_case *c)
{
    c->shop = contact_of_customer(c->customer, NULL);
    if (c->row != NULL) {
        json_auto_t *likes = json_pack("[O]", c->shop);

        c->odoo = contact_of_partner(c->row, c->customer, likes);
    }
    c->merge = contact_linked(c->shop, c->odoo != NULL ? c->odoo : c->shop);
}

bool customer_merge(struct customer_flow *flow, struct err *err)
{
    EACH_CUSTOMER(flow, c) {
        char record[STORE_RECORD_MAX];

        snprintf(record, sizeof record, "customer:%lld", (long long)c->id);
        if (!ask_begin(&c->ask, flow->db, flow->place->site->id, record, err))
            return false;
        if (c->row == NULL || c->held == NULL || c->pair.odoo_id != c->partner)
            link_case(c);
        else if (!merge_case(flow, c, err))
            return false;
        if (flow->store == NULL && ask_needs_person(&c->ask))
            findings_add(&c->findings, FINDING_FLAG, ERR_CONFLICT, "",
                         "it changed on both sides: a person will be asked");
    }
    return true;
}

/* ---- telling the shop ---- */

/* Nothing of the record is written; what was agreed stays agreed. */
static void take_back(struct customer_case *c)
{
    json_decref(c->merge);
    c->merge = json_incref(c->held);
    json_decref(c->fill);
    c->fill = NULL;
}

static bool is_refusal(const struct err *err)
{
    return err->kind == ERR_REFUSED || err->kind == ERR_INVALID ||
           (err->kind == ERR_DENIED && str_starts(err->thing, "scope:"));
}

static void tell_one(struct customer_flow *flow, struct customer_case *c)
{
    struct workshop_place *place = flow->place;
    json_auto_t *input = contact_input(json_object_get(c->merge, "to_shopify"), c->customer);
    struct err err = { 0 };
    struct shop *shop = workshop_shop(place, &err);
    bool ok = shop != NULL && customers_write(shop, place->http, c->id, input, place->class,
                                              &place->shopify, &err);

    if (shop != NULL)
        workshop_count(place->workshop, 0, 1);
    if (shop != NULL && (ok || !is_refusal(&err)))
        workshop_asked(place, ok, &err);
    if (ok)
        return;
    if (!is_refusal(&err)) {
        err_within(&err, "write the customer at Shopify");
        customer_failed(flow, c, &err);
        return;
    }
    take_back(c);
    if (c->ask.live.id != 0)
        ask_refused(&c->ask, err.text);
    else
        findings_add(&c->findings, FINDING_FLAG, ERR_CONFLICT, "",
                     "Shopify does not take what Odoo holds: %.160s", err.text);
}

void customer_tell(struct customer_flow *flow)
{
    EACH_CUSTOMER(flow, c)
        if (!c->behind && json_object_size(json_object_get(c->merge, "to_shopify")) > 0)
            tell_one(flow, c);
}

/* ---- on record ---- */

/* What both hold alike, for the screen that asks about the rest. */
static json_t *same_of(const struct customer_case *c)
{
    json_t *same = json_object(), *value;
    const char *field;

    json_object_foreach(c->shop, field, value)
        if (!json_is_null(value) && json_equal(value, json_object_get(c->odoo, field))) {
            const struct field *f = kind_field(customer_kind(), field);

            json_object_set(same, f != NULL ? f->label : field, value);
        }
    return same;
}

json_t *customer_held(const struct customer_case *c)
{
    json_t *agreed = json_object_get(c->merge, "agreed"), *apart = json_object_get(c->merge, "apart");

    return json_pack("{sO?sO?}", "agreed", agreed, "apart", apart);
}

void customer_ask_close(struct customer_case *c, const char *title, struct closing *closing)
{
    json_auto_t *same = same_of(c);
    struct ask_about about = { .kind = customer_kind(), .title = title, .pair = c->pair.id,
                               .shopify_at = c->shopify_at, .odoo_at = c->odoo_at, .same = same };

    ask_close(&c->ask, &about, c->job, closing);
}
