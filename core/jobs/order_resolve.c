/*
 * Who and what an order is about, as Odoo ids: known from before, else found, else made. All
 * orders of a batch together, so that twenty new customers cost two calls and known ones none.
 */
#include "jobs/order.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "jobs/load.h"
#include "jobs/people.h"
#include "jobs/remember.h"
#include "odoo/records.h"
#include "sync/order_to_odoo.h"
#include "sync/partner.h"
#include "sync/product.h"

#define LOAD_MOST 100

/* A busy or denied side ends all that are still open. */
static void all_failed(struct order_flow *flow, const struct err *err)
{
    for (size_t i = 0; i < flow->count; i++)
        if (order_case_open(&flow->cases[i]))
            order_failed(flow, &flow->cases[i], err);
}

#define EACH_OPEN(flow, c)                                                                         \
    for (struct order_case *c = (flow)->cases; c < (flow)->cases + (flow)->count; c++)             \
        if (order_case_open(c))

static const struct reference *reference(struct order_flow *flow)
{
    return flow->place.picture->reference;
}

/* ---- partners ---- */

static const char *customer_email(const struct order_case *c)
{
    return json_text(c->needs, "customer.email");
}

static void know_partner(struct order_flow *flow, struct order_case *c, int64_t partner, bool fresh,
                         struct remember *remember)
{
    int64_t customer = json_int_or(c->needs, "customer.customer_id", 0);

    json_object_set_new(c->resolved, "partner", json_integer(partner));
    if (fresh)
        remember_add(remember, "customer", customer, "res.partner", partner,
                     json_text_or(c->needs, "customer.key", ""), customer_email(c));
    (void)flow;
}

/* From our own memory: by Shopify's customer, else by e-mail. */
static bool known_partner(struct order_flow *flow, struct order_case *c, struct remember *remember,
                          struct err *err)
{
    int64_t customer = json_int_or(c->needs, "customer.customer_id", 0), guest;
    const char *key = json_text_or(c->needs, "customer.key", "");
    struct pair pair;
    bool found = false;

    if (json_text(c->needs, "customer.xmlid") == NULL) {
        guest = reference_policy_id(reference(flow), "guest_partner");
        if (guest == 0)
            return err_set(err, ERR_MISSING, "no guest partner: set the policy guest_partner");
        know_partner(flow, c, guest, false, remember);
        return true;
    }
    if (customer != 0 && !pairs_by_shopify(flow->batch->db, flow->batch->backend, "customer",
                                           customer, &pair, NULL, &found, err))
        return false;
    if (found) {
        know_partner(flow, c, pair.odoo_id, false, remember);
        return true;
    }
    if (!pairs_by_key(flow->batch->db, flow->batch->backend, "customer", key, &pair, &found, err))
        return false;
    if (found) /* the customer's own id, if it has one, is remembered too */
        know_partner(flow, c, pair.odoo_id, customer != 0 && pair.shopify_id == 0, remember);
    return true;
}

/* In Odoo, by normalised e-mail: contacts of their own, the oldest first. */
static bool find_partners(struct order_flow *flow, struct remember *remember, struct err *err)
{
    json_auto_t *emails = json_array(), *rows = NULL, *domain = NULL;
    json_auto_t *fields = json_pack("[sss]", "id", "email_normalized", "parent_id");

    EACH_OPEN(flow, c)
        if (json_at(c->resolved, "partner") == NULL && customer_email(c) != NULL)
            json_array_append_new(emails, json_string(customer_email(c)));
    if (json_array_size(emails) == 0)
        return true;
    domain = json_pack("[[ssO][ssb]]", "email_normalized", "in", emails, "parent_id", "=", 0);
    struct records_query query = { .model = "res.partner", .domain = domain, .fields = fields,
                                   .class = flow->place.class };

    if (!records_search(flow->place.site->odoo, flow->place.http, &query, &rows, &flow->place.odoo,
                        err))
        return err_within(err, "look for customers");
    EACH_OPEN(flow, c) {
        const json_t *row;
        size_t i;

        if (json_at(c->resolved, "partner") != NULL || customer_email(c) == NULL)
            continue;
        json_array_foreach(rows, i, row)
            if (strcmp(json_text_or(row, "email_normalized", ""), customer_email(c)) == 0) {
                know_partner(flow, c, json_int_or(row, "id", 0), true, remember);
                break;
            }
    }
    return true;
}

/* Partner tags by name: {"tag": id}; those Odoo lacks are made. */
static bool find_categories(struct order_flow *flow, json_t *categories, struct err *err)
{
    json_auto_t *names = json_array();

    EACH_OPEN(flow, c)
        if (json_at(c->resolved, "partner") == NULL)
            json_array_extend(names, json_object_get(c->needs, "categories"));
    return people_categories(&flow->place, names, true, categories, err);
}

static bool make_partners(struct order_flow *flow, struct remember *remember, struct err *err)
{
    json_auto_t *plans = json_array(), *made = json_object(), *refused = json_object();
    json_auto_t *seen = json_object(), *categories = json_object();

    if (!find_categories(flow, categories, err))
        return false;
    EACH_OPEN(flow, c) {
        const char *xmlid = json_text_or(c->needs, "customer.xmlid", "");
        struct person person = person_of_order(c->order);

        if (json_at(c->resolved, "partner") != NULL || json_object_get(seen, xmlid) != NULL)
            continue;
        json_object_set_new(seen, xmlid, json_true());
        json_array_append_new(plans, partner_contact(&person, flow->place.site->key,
                                                     reference(flow), categories, &c->findings));
    }
    if (!load_each(&flow->place, plans, LOAD_MOST, made, refused, err))
        return err_within(err, "make customers");
    EACH_OPEN(flow, c) {
        const char *xmlid = json_text_or(c->needs, "customer.xmlid", "");
        struct err why = { 0 };

        if (json_at(c->resolved, "partner") != NULL)
            continue;
        if (json_object_get(made, xmlid) != NULL)
            know_partner(flow, c, json_integer_value(json_object_get(made, xmlid)), true, remember);
        else if (load_refused(refused, xmlid, &why)) {
            err_within(&why, "customer");
            order_failed(flow, c, &why);
        }
    }
    return true;
}

/* ---- addresses ---- */

static const char *address_source(const char *role)
{
    return strcmp(role, "invoice") == 0 ? "billing" : "shipping";
}

static void know_address(struct order_case *c, const char *role, int64_t id)
{
    if (strcmp(role, "delivery") != 0)
        json_object_set_new(c->resolved, "invoice", json_integer(id));
    if (strcmp(role, "invoice") != 0)
        json_object_set_new(c->resolved, "delivery", json_integer(id));
}

static bool make_addresses(struct order_flow *flow, struct remember *remember, struct err *err)
{
    struct people_address list[2 * ORDER_BATCH_MAX]; /* two an order at most */
    struct order_case *of[2 * ORDER_BATCH_MAX];
    size_t count = 0, i;
    const json_t *need;

    EACH_OPEN(flow, c) json_array_foreach(json_object_get(c->needs, "addresses"), i, need) {
        const char *role = json_text_or(need, "role", "");

        of[count] = c;
        list[count++] = (struct people_address){
            .address = json_object_get(c->order, address_source(role)),
            .parent = json_int_or(c->resolved, "partner", 0),
            .role = role,
            .locale = json_text(c->order, "customer.locale"),
            .findings = &c->findings
        };
    }
    if (!people_addresses(&flow->place, flow->batch->db, list, count, remember, err))
        return false;
    for (i = 0; i < count; i++) {
        if (list[i].id != 0)
            know_address(of[i], list[i].role, list[i].id);
        else if (order_case_open(of[i]))
            order_failed(flow, of[i], &list[i].why);
    }
    return true;
}

/* ---- products ---- */

static void know_line(struct order_case *c, const json_t *need, int64_t product)
{
    char line[32];

    snprintf(line, sizeof line, "%" PRId64, json_int_or(need, "line", 0));
    json_object_set_new(json_object_get(c->resolved, "lines"), line,
                        json_pack("{sI}", "product", (json_int_t)product));
}

static bool line_known(const struct order_case *c, const json_t *need)
{
    char line[32];

    snprintf(line, sizeof line, "%" PRId64, json_int_or(need, "line", 0));
    return json_object_get(json_object_get(c->resolved, "lines"), line) != NULL;
}

/* Mapped by a person, or paired before. */
static bool known_lines(struct order_flow *flow, struct order_case *c, struct err *err)
{
    const json_t *need;
    size_t i;

    json_array_foreach(json_object_get(c->needs, "variants"), i, need) {
        int64_t variant = json_int_or(need, "variant_id", 0);
        int64_t mapped = json_int_or(need, "mapped", 0);
        struct pair pair;
        bool found = false;

        if (mapped == 0 && variant != 0 &&
            !pairs_by_shopify(flow->batch->db, flow->batch->backend, "variant", variant, &pair,
                              NULL, &found, err))
            return false;
        if (mapped != 0 || (found && pair.odoo_id != 0))
            know_line(c, need, mapped != 0 ? mapped : pair.odoo_id);
    }
    return true;
}

static const json_t *line_of(const struct order_case *c, const json_t *need)
{
    const json_t *line;
    size_t i;

    json_array_foreach(json_object_get(c->order, "lines"), i, line)
        if (json_int_or(line, "id", 0) == json_int_or(need, "line", -1))
            return line;
    return NULL;
}

static bool find_products(struct order_flow *flow, struct remember *remember, struct err *err)
{
    json_auto_t *skus = json_array(), *rows = NULL, *domain = NULL, *none = json_object();
    json_auto_t *fields =
        json_pack("[sssss]", "id", "default_code", "barcode", "is_storable", "active");
    const json_t *need;
    size_t i;

    EACH_OPEN(flow, c) json_array_foreach(json_object_get(c->needs, "variants"), i, need)
        if (!line_known(c, need) && json_text_or(need, "sku", "")[0] != '\0')
            json_array_append(skus, json_object_get(need, "sku"));
    if (json_array_size(skus) > 0) {
        domain = json_pack("[s[ssO][ssO]]", "|", "default_code", "in", skus, "barcode", "in", skus);
        struct records_query query = { .model = "product.product", .domain = domain,
                                       .fields = fields, .class = flow->place.class };

        if (!records_search(flow->place.site->odoo, flow->place.http, &query, &rows,
                            &flow->place.odoo, err))
            return err_within(err, "look for products");
    }
    EACH_OPEN(flow, c) json_array_foreach(json_object_get(c->needs, "variants"), i, need) {
        const json_t *line = line_of(c, need);
        int64_t product;

        if (line_known(c, need) || line == NULL)
            continue;
        product = product_match(line, reference(flow), none, rows, &c->findings);
        if (product == 0) {
            c->placeholder = true;
            continue;
        }
        know_line(c, need, product);
        if (json_int_or(need, "variant_id", 0) != 0)
            remember_add(remember, "variant", json_int_or(need, "variant_id", 0),
                         "product.product", product, json_text(need, "sku"), NULL);
    }
    return true;
}

/* Shipping, placeholder, rounding...: our own products, made once per backend. */
static bool own_products(struct order_flow *flow, struct remember *remember, struct err *err)
{
    json_auto_t *plans = json_array(), *made = json_object(), *refused = json_object();
    json_auto_t *ids = json_object(); /* word -> product, or -> external id while unmade */
    const json_t *word;
    const char *name;
    json_t *id;
    size_t i;

    EACH_OPEN(flow, c) json_array_foreach(json_object_get(c->needs, "products"), i, word) {
        struct pair pair;
        bool found;
        json_t *plan;

        name = json_string_value(word);
        if (json_object_get(ids, name) != NULL)
            continue;
        if (!pairs_by_key(flow->batch->db, flow->batch->backend, "own", name, &pair, &found, err))
            return false;
        if (found) {
            json_object_set_new(ids, name, json_integer(pair.odoo_id));
            continue;
        }
        plan = product_own(name, flow->place.site->key);
        if (plan == NULL)
            return err_set(err, ERR_BUG, "no plan for our product %s", name);
        json_object_set(ids, name, json_object_get(plan, "xmlid"));
        json_array_append_new(plans, plan);
    }
    if (!load_each(&flow->place, plans, LOAD_MOST, made, refused, err))
        return err_within(err, "make our own products");
    json_object_foreach(ids, name, id) {
        struct err why = { 0 };
        const char *xmlid = json_string_value(id);

        if (xmlid == NULL)
            continue;
        if (load_refused(refused, xmlid, &why))
            return (*err = why, err_within(err, "make our product %s", name));
        remember_add(remember, "own", 0, "product.product",
                     json_integer_value(json_object_get(made, xmlid)), name, NULL);
        json_object_set(ids, name, json_object_get(made, xmlid));
    }
    EACH_OPEN(flow, c) json_object_update(json_object_get(c->resolved, "products"), ids);
    return true;
}

/* ---- tags of orders ---- */

static bool order_tags(struct order_flow *flow, struct err *err)
{
    json_auto_t *plans = json_array(), *made = json_object(), *refused = json_object();
    json_auto_t *xmlids = json_object();
    const json_t *tag;
    size_t i;

    EACH_OPEN(flow, c) json_array_foreach(json_object_get(c->needs, "tags"), i, tag) {
        const char *name = json_string_value(tag);
        int64_t id = reference_tag(reference(flow), name);
        json_t *plan;

        if (id != 0)
            json_object_set_new(json_object_get(c->resolved, "tags"), name, json_integer(id));
        else if (json_object_get(xmlids, name) == NULL) {
            plan = partner_order_tag(name, flow->place.site->key);
            json_object_set(xmlids, name, json_object_get(plan, "xmlid"));
            json_array_append_new(plans, plan);
        }
    }
    if (json_array_size(plans) == 0)
        return true;
    if (!load_each(&flow->place, plans, LOAD_MOST, made, refused, err))
        return err_within(err, "make order tags");
    odoo_reference_forget(flow->place.site->cache, "tags");
    EACH_OPEN(flow, c) json_array_foreach(json_object_get(c->needs, "tags"), i, tag) {
        const char *xmlid = json_string_value(json_object_get(xmlids, json_string_value(tag)));
        const json_t *id = xmlid != NULL ? json_object_get(made, xmlid) : NULL;

        if (id != NULL) /* a tag Odoo refuses is not worth an order */
            json_object_set_new(json_object_get(c->resolved, "tags"), json_string_value(tag),
                                json_deep_copy(id));
    }
    return true;
}

void order_resolve(struct order_flow *flow)
{
    struct remember remember;
    struct err err = { 0 };
    bool ok = true;

    remember_init(&remember, flow->batch->backend);
    EACH_OPEN(flow, c) {
        struct err why = { 0 };

        c->resolved = json_pack("{s{}s{}s{}}", "lines", "products", "tags");
        if (c->resolved == NULL)
            err_set(&why, ERR_BUSY, "no memory");
        if (c->resolved == NULL || !known_partner(flow, c, &remember, &why) ||
            !known_lines(flow, c, &why))
            order_failed(flow, c, &why);
    }
    ok = find_partners(flow, &remember, &err) && make_partners(flow, &remember, &err) &&
         make_addresses(flow, &remember, &err) && find_products(flow, &remember, &err) &&
         own_products(flow, &remember, &err) && order_tags(flow, &err);
    if (!remember_write(&remember, flow->batch->store, ok ? &err : NULL))
        ok = false;
    remember_clear(&remember);
    if (!ok)
        all_failed(flow, &err);
}
