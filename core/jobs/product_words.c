/*
 * What products say in words and Odoo has as records: attributes and their values, tags,
 * categories, the price list. Known from before, else found by name, else made; many in a call.
 */
#include "jobs/product.h"

#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "jobs/load.h"
#include "jobs/remember.h"
#include "odoo/records.h"

static const struct reference *reference(struct product_flow *flow)
{
    return flow->place->picture->reference;
}

static json_t *words(struct product_flow *flow, const char *kind)
{
    return json_object_get(flow->words, kind);
}

/* Only products that are made, or made longer, need words. */
static bool needs_words(const struct product_case *c)
{
    return product_is_new(c) || product_is_short(c);
}

/* A word of one kind that has to be made: its plan waits under its key. */
struct making {
    struct product_flow *flow;
    const char *kind, *remembered, *model; /* "values", "attribute_value", "product.attribute.value" */
    json_t *plans, *xmlids;                /* xmlids: {key: external id} */
    struct remember *remember;
};

/* True: known now. */
static bool known(struct making *m, const char *key, bool *found, struct err *err)
{
    struct pair pair;

    *found = json_object_get(words(m->flow, m->kind), key) != NULL ||
             json_object_get(m->xmlids, key) != NULL;
    if (*found)
        return true;
    if (!pairs_by_key(m->flow->db, m->flow->backend, m->remembered, key, &pair, found, err))
        return false;
    if (*found)
        json_object_set_new(words(m->flow, m->kind), key, json_integer(pair.odoo_id));
    return true;
}

/* Takes plan. */
static void want(struct making *m, const char *key, json_t *plan)
{
    json_object_set(m->xmlids, key, json_object_get(plan, "xmlid"));
    json_array_append_new(m->plans, plan);
}

/* Makes what is wanted; a word that Odoo refuses stays unknown and *refused says why. */
static bool make(struct making *m, json_t *refused, struct err *err)
{
    json_auto_t *made = json_object();
    json_t *xmlid;
    const char *key;

    if (json_array_size(m->plans) == 0)
        return true;
    if (!load_each(m->flow->place, m->plans, PRODUCT_LOAD_MOST, made, refused, err))
        return err_within(err, "make %s", m->kind);
    json_object_foreach(m->xmlids, key, xmlid)
    {
        const json_t *id = json_object_get(made, json_string_value(xmlid));

        if (id == NULL)
            continue;
        json_object_set_new(words(m->flow, m->kind), key, json_integer(json_integer_value(id)));
        remember_add(m->remember, m->remembered, 0, m->model, json_integer_value(id), key, NULL);
    }
    return true;
}

static struct making making_of(struct product_flow *flow, struct remember *remember,
                               const char *kind, const char *remembered, const char *model)
{
    return (struct making){ .flow = flow, .kind = kind, .remembered = remembered, .model = model,
                            .plans = json_array(), .xmlids = json_object(),
                            .remember = remember };
}

static void making_clear(struct making *m)
{
    json_decref(m->plans);
    json_decref(m->xmlids);
}
#define AUTO_MAKING __attribute__((cleanup(making_clear))) struct making

/* ---- attributes and values ---- */

static bool attributes(struct product_flow *flow, struct remember *remember, json_t *refused,
                       struct err *err)
{
    AUTO_MAKING m = making_of(flow, remember, "attributes", "attribute", "product.attribute");
    const json_t *option;
    size_t i;

    EACH_PRODUCT(flow, c) if (needs_words(c)) json_array_foreach(c->options, i, option) {
        const char *key = json_text_or(option, "key", "");
        bool found;

        if (!known(&m, key, &found, err))
            return false;
        if (!found)
            want(&m, key, product_attribute_plan(key, json_text_or(option, "name", ""),
                                                 flow->place->site->key));
    }
    return make(&m, refused, err);
}

static bool values_of(struct making *m, const json_t *option, struct err *err)
{
    int64_t attribute = json_integer_value(
        json_object_get(words(m->flow, "attributes"), json_text_or(option, "key", "")));
    const char *name;
    json_t *key;

    json_object_foreach(json_object_get(option, "values"), name, key)
    {
        bool found;

        if (!known(m, json_string_value(key), &found, err))
            return false;
        if (!found && attribute != 0)
            want(m, json_string_value(key),
                 product_value_plan(json_string_value(key), name, attribute,
                                    m->flow->place->site->key));
    }
    return true;
}

static bool values(struct product_flow *flow, struct remember *remember, json_t *refused,
                   struct err *err)
{
    AUTO_MAKING m =
        making_of(flow, remember, "values", "attribute_value", "product.attribute.value");
    const json_t *option;
    size_t i;

    EACH_PRODUCT(flow, c) if (needs_words(c))
        json_array_foreach(c->options, i, option)
            if (!values_of(&m, option, err))
                return false;
    return make(&m, refused, err);
}

/* A product whose option could not be made can't be made either. */
static void refuse_unmade(struct product_flow *flow, const json_t *refused)
{
    const json_t *option;
    size_t i;

    EACH_PRODUCT(flow, c) if (needs_words(c)) json_array_foreach(c->options, i, option) {
        const char *name;
        json_t *key, *why;
        struct err err = { 0 };

        json_object_foreach(json_object_get(option, "values"), name, key)
            if (json_object_get(words(flow, "values"), json_string_value(key)) == NULL &&
                err.kind == ERR_NONE)
                err_set(&err, ERR_REFUSED, "option %.60s: Odoo refuses its value %.60s",
                        json_text_or(option, "name", ""), name);
        if (err.kind == ERR_NONE)
            continue;
        json_object_foreach((json_t *)(uintptr_t)refused, name, why)
            if (load_refused(refused, name, &err))
                break;
        product_failed(flow, c, &err);
        break;
    }
}

/* ---- tags ---- */

/* Names of tags are unique in Odoo: one that others made is used. */
static bool find_tags(struct making *m, const json_t *names, struct err *err)
{
    json_auto_t *domain = json_pack("[[ssO]]", "name", "in", names);
    json_auto_t *fields = json_pack("[ss]", "id", "name"), *rows = NULL;
    struct records_query query = { .model = "product.tag", .domain = domain, .fields = fields,
                                   .class = m->flow->place->class };
    const json_t *row;
    size_t i;

    if (json_array_size(names) == 0)
        return true;
    if (!records_search(m->flow->place->site->odoo, m->flow->place->http, &query, &rows,
                        &m->flow->place->odoo, err))
        return err_within(err, "look for tags");
    json_array_foreach(rows, i, row)
    {
        const char *name = json_text_or(row, "name", "");

        json_object_set(words(m->flow, "tags"), name, json_object_get(row, "id"));
        remember_add(m->remember, m->remembered, 0, m->model, json_int_or(row, "id", 0), name,
                     NULL);
    }
    return true;
}

static bool tags(struct product_flow *flow, struct remember *remember, struct err *err)
{
    AUTO_MAKING m = making_of(flow, remember, "tags", "product_tag", "product.tag");
    json_auto_t *names = json_array(), *refused = json_object();
    const json_t *tag;
    size_t i;

    EACH_PRODUCT(flow, c) if (product_is_new(c))
        json_array_foreach(json_object_get(c->product, "tags"), i, tag) {
            const char *name = json_string_value(tag);
            bool found;

            if (!known(&m, name, &found, err))
                return false;
            if (found)
                continue;
            json_object_set_new(m.xmlids, name, json_string(""));
            json_array_append_new(names, json_string(name));
        }
    json_object_clear(m.xmlids);
    if (!find_tags(&m, names, err))
        return false;
    json_array_foreach(names, i, tag)
        if (json_object_get(words(flow, "tags"), json_string_value(tag)) == NULL)
            want(&m, json_string_value(tag),
                 product_tag_plan(json_string_value(tag), flow->place->site->key));
    return make(&m, refused, err); /* a tag Odoo refuses is not worth a product */
}

/* ---- categories ---- */

static bool makes_category(struct product_flow *flow, const char *type)
{
    const char *value = reference_mapping(reference(flow), "product_type", type);

    return value != NULL ? strcmp(value, "create") == 0
                         : reference_policy_is(reference(flow), "product_types", "create");
}

static bool categories(struct product_flow *flow, struct remember *remember, struct err *err)
{
    AUTO_MAKING m = making_of(flow, remember, "categories", "product_category", "product.category");
    json_auto_t *refused = json_object();

    EACH_PRODUCT(flow, c) {
        const char *type = json_text(c->product, "type");
        bool found, mapped;

        if (!product_is_new(c) || type == NULL)
            continue;
        product_category(c->product, reference(flow), &mapped);
        if (mapped || !makes_category(flow, type))
            continue;
        if (!known(&m, type, &found, err))
            return false;
        if (!found)
            want(&m, type, product_category_plan(type, flow->place->site->key));
    }
    if (json_array_size(m.plans) == 0)
        return true;
    if (!make(&m, refused, err))
        return false;
    odoo_reference_forget(flow->place->site->cache, "product_categories");
    return true;
}

/* ---- the price list ---- */

static bool pricelist(struct product_flow *flow, const char *currency, struct remember *remember,
                      struct err *err)
{
    AUTO_MAKING m = making_of(flow, remember, "pricelists", "pricelist", "product.pricelist");
    json_auto_t *refused = json_object();
    int64_t id = reference_policy_id(reference(flow), "pricelist");
    bool found;

    if (id == 0 || strcmp(reference_pricelist_currency(reference(flow), id), currency) != 0)
        id = reference_pricelist(reference(flow), currency);
    if (id != 0) {
        json_object_set_new(words(flow, "pricelists"), currency, json_integer(id));
        return true;
    }
    if (!known(&m, currency, &found, err))
        return false;
    if (found)
        return true;
    want(&m, currency,
         product_pricelist_plan(currency, reference_currency(reference(flow), currency),
                                flow->place->site->key));
    if (!make(&m, refused, err))
        return false;
    odoo_reference_forget(flow->place->site->cache, "pricelists");
    return true;
}

static bool pricelists(struct product_flow *flow, struct remember *remember, struct err *err)
{
    EACH_PRODUCT(flow, c)
        if ((needs_words(c) || product_is_unfinished(c)) && product_has_prices(c->product, reference(flow)) &&
            !pricelist(flow, json_text_or(c->product, "currency", ""), remember, err))
            return false;
    return true;
}

bool product_words(struct product_flow *flow, struct err *err)
{
    json_auto_t *refused = json_object();
    struct remember remember;
    bool good;

    remember_init(&remember, flow->backend);
    good = attributes(flow, &remember, refused, err) && values(flow, &remember, refused, err) &&
           tags(flow, &remember, err) && categories(flow, &remember, err) &&
           pricelists(flow, &remember, err);
    if (!remember_write(&remember, flow->store, good ? err : NULL))
        good = false;
    remember_clear(&remember);
    if (good)
        refuse_unmade(flow, refused);
    return good;
}

struct product_place product_place_of(struct product_flow *flow, struct product_case *c)
{
    const char *type = json_text_or(c->product, "type", "");
    bool mapped;
    struct product_place place = { .shopkey = flow->place->site->key,
                                   .r = reference(flow),
                                   .category = product_category(c->product, reference(flow),
                                                                &mapped),
                                   .tags = words(flow, "tags"),
                                   .attributes = words(flow, "attributes"),
                                   .values = words(flow, "values"),
                                   .skip = c->skip,
                                   .fields = flow->fields };
    int64_t own = json_integer_value(json_object_get(words(flow, "categories"), type));

    if (!mapped && own != 0)
        place.category = own;
    if (!mapped && own == 0) {
        char thing[ERR_THING_MAX], key[TEXT_KEY_MAX];

        snprintf(thing, sizeof thing, "product_type:%s", text_key(key, type));
        findings_add(&c->findings, FINDING_FLAG, ERR_MISSING, thing,
                     "the product type %.80s has no category in Odoo: the default one", type);
    }
    return place;
}
