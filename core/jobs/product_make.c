/*
 * Products that Odoo lacks, all of a batch in the same few calls:
 *
 *     load       templates with their attribute lines, create once; a product with the one default
 *                variant is whole with this
 *     web_read   the values that the templates have of their own, and single variants
 *     load       the variants the shop has, create once
 *     load       prices of single variants on the price list
 *
 * A template of ours that lacks variants (a run broke off, or the shop has new ones) goes the same
 * way from the second step on; values that its lines lack are added first.
 */
#include "jobs/product.h"

#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "jobs/load.h"
#include "odoo/records.h"
#include "sync/order_to_odoo.h"

/* New, or ours and short of variants. */
static bool grows(const struct product_case *c)
{
    return product_is_new(c) ? c->made : product_is_short(c);
}

static int64_t template_of(const struct product_case *c)
{
    return c->template_count > 0 ? c->templates[0] : 0;
}

/* ---- templates ---- */

/* A word that Odoo no longer has is forgotten, and the product goes again. */
static void refused_template(struct product_flow *flow, struct product_case *c, struct err *why)
{
    if (why->kind == ERR_MISSING) {
        odoo_reference_forget(flow->place->site->cache, "product_categories");
        c->stale = true;
        why->kind = ERR_BUSY;
    }
    product_failed(flow, c, why);
}

static bool make_templates(struct product_flow *flow, struct err *err)
{
    json_auto_t *plans = json_array(), *made = json_object(), *refused = json_object();
    json_auto_t *xmlids = json_object();
    char id[PRODUCT_KEY_MAX];

    EACH_PRODUCT(flow, c) {
        struct product_place place;
        json_t *plan;

        if (!product_is_new(c))
            continue;
        place = product_place_of(flow, c);
        plan = product_template_plan(c->product, c->options, &place, &c->findings);
        if (plan == NULL)
            return err_set(err, ERR_BUSY, "no memory");
        json_object_set(xmlids, product_id_text(c->id, id), json_object_get(plan, "xmlid"));
        json_array_append_new(plans, plan);
    }
    if (!load_each(flow->place, plans, PRODUCT_LOAD_MOST, made, refused, err))
        return err_within(err, "make products");
    EACH_PRODUCT(flow, c) {
        const char *xmlid = json_string_value(json_object_get(xmlids, product_id_text(c->id, id)));
        struct err why = { 0 };
        int64_t template;

        if (xmlid == NULL)
            continue;
        template = json_integer_value(json_object_get(made, xmlid));
        if (template == 0 && !load_refused(refused, xmlid, &why))
            err_set(&why, ERR_BUG, "Odoo's load left the product out");
        if (template == 0) {
            refused_template(flow, c, &why);
            continue;
        }
        c->templates[0] = template;
        c->made = true; /* template_count stays 0 until its variants are there */
    }
    return true;
}

/* ---- the templates' own values ---- */

static bool read_lines(struct product_flow *flow, struct err *err)
{
    json_auto_t *ids = json_array(), *rows = NULL, *by_id = json_object();
    json_auto_t *specification = product_lines_specification();
    char id[PRODUCT_KEY_MAX];
    json_t *row;
    size_t i;

    EACH_PRODUCT(flow, c) if (grows(c))
        json_array_append_new(ids, json_integer(c->templates[0]));
    if (json_array_size(ids) == 0)
        return true;
    if (!product_read(flow, ids, specification, &rows, err))
        return false;
    json_array_foreach(rows, i, row)
        json_object_set(by_id, product_id_text(json_int_or(row, "id", 0), id), row);
    EACH_PRODUCT(flow, c) {
        struct err why = { 0 };

        if (!grows(c))
            continue;
        c->lines = json_incref(json_object_get(by_id, product_id_text(c->templates[0], id)));
        if (c->lines == NULL) {
            err_set(&why, ERR_BUSY, "the product is gone from Odoo again");
            product_failed(flow, c, &why);
        }
    }
    return true;
}

static bool holds(const json_t *list, int64_t id)
{
    const json_t *item;
    size_t i;

    json_array_foreach(list, i, item) if (json_integer_value(item) == id) return true;
    return false;
}

static const json_t *line_for(const struct product_case *c, int64_t attribute)
{
    const json_t *line;
    size_t i;

    json_array_foreach(json_object_get(c->lines, "attribute_line_ids"), i, line)
        if (json_int_or(line, "attribute_id", 0) == attribute)
            return line;
    return NULL;
}

/* [[1, line, {"value_ids": [[4, value], ...]}], ...] of what its lines lack; false: a line lacks. */
static bool lacking(struct product_flow *flow, const struct product_case *c, json_t *commands)
{
    const json_t *option;
    size_t i;

    json_array_foreach(c->options, i, option)
    {
        const char *name;
        json_t *key, *add = json_array();
        const json_t *line = line_for(
            c, json_integer_value(json_object_get(json_object_get(flow->words, "attributes"),
                                                  json_text_or(option, "key", ""))));

        json_object_foreach(json_object_get(option, "values"), name, key)
        {
            int64_t value = json_integer_value(
                json_object_get(json_object_get(flow->words, "values"), json_string_value(key)));

            if (!holds(json_object_get(line, "value_ids"), value))
                json_array_append_new(add, json_pack("[iI]", 4, (json_int_t)value));
        }
        if (line != NULL && json_array_size(add) > 0)
            json_array_append_new(commands,
                                  json_pack("[iI{sO}]", 1, (json_int_t)json_int_or(line, "id", 0),
                                            "value_ids", add));
        json_decref(add);
        if (line == NULL)
            return false;
    }
    return true;
}

/* The shop's product has new values: one call each, they are few. */
static bool extend_lines(struct product_flow *flow, struct err *err)
{
    EACH_PRODUCT(flow, c) {
        json_auto_t *commands = json_array(), *vals = NULL, *ids = NULL, *rows = NULL;
        json_auto_t *specification = product_lines_specification();
        struct err why = { 0 };

        if (product_is_new(c) || !product_is_short(c))
            continue;
        if (!lacking(flow, c, commands)) {
            err_set(&why, ERR_REFUSED,
                    "the product's options are others in Odoo: variants can't be added");
            product_failed(flow, c, &why);
            continue;
        }
        if (json_array_size(commands) == 0)
            continue;
        vals = json_pack("{sO}", "attribute_line_ids", commands);
        ids = json_pack("[I]", (json_int_t)template_of(c));
        if (!records_save(flow->place->site->odoo, flow->place->http, "product.template", ids, vals,
                          specification, NULL, flow->place->class, &rows, &flow->place->odoo,
                          &why)) {
            if (!load_blames_record(&why))
                return (*err = why, err_within(err, "add values"));
            product_failed(flow, c, &why);
            continue;
        }
        json_decref(c->lines);
        c->lines = json_incref(json_array_get(rows, 0));
    }
    return true;
}

/* {"VALUE ID": the template's own value}. */
static json_t *own_values(const struct product_case *c)
{
    json_t *ptavs = json_object();
    const json_t *line, *value;
    char id[PRODUCT_KEY_MAX];
    size_t i, n;

    json_array_foreach(json_object_get(c->lines, "attribute_line_ids"), i, line)
        json_array_foreach(json_object_get(line, "product_template_value_ids"), n, value)
            json_object_set(
                ptavs, product_id_text(json_int_or(value, "product_attribute_value_id", 0), id),
                json_object_get(value, "id"));
    return ptavs;
}

/* ---- variants ---- */

static bool plan_variants(struct product_flow *flow, json_t *plans, struct err *err)
{
    EACH_PRODUCT(flow, c) {
        json_auto_t *ptavs = NULL, *mine = NULL;
        struct product_place place;

        if (!grows(c) || product_default_only(c->product))
            continue;
        ptavs = own_values(c);
        place = product_place_of(flow, c);
        mine = product_variant_plans(c->product, c->options, c->templates[0], ptavs,
                                     product_is_new(c) ? NULL
                                                       : json_object_get(c->compared, "missing"),
                                     &place);
        if (ptavs == NULL || mine == NULL)
            return err_set(err, ERR_BUSY, "no memory");
        json_array_extend(plans, mine);
    }
    return true;
}

/* What became of each variant; the first that Odoo refused says why for the product. */
static void take_variants(struct product_flow *flow, struct product_case *c, const json_t *made,
                          const json_t *refused, const json_t *xmlids)
{
    const json_t *v;
    size_t i;

    json_array_foreach(json_object_get(c->product, "variants"), i, v)
    {
        char id[PRODUCT_KEY_MAX];
        const char *xmlid;
        const json_t *odoo;
        struct err why = { 0 };

        product_id_text(json_int_or(v, "id", 0), id);
        xmlid = json_string_value(json_object_get(xmlids, id));
        if (json_object_get(c->links, id) != NULL)
            continue;
        odoo = xmlid != NULL ? json_object_get(made, xmlid) : NULL;
        if (odoo != NULL) {
            json_object_set_new(c->links, id, json_integer(json_integer_value(odoo)));
            continue;
        }
        if (xmlid == NULL || !load_refused(refused, xmlid, &why))
            err_set(&why, ERR_BUG, "Odoo has no value for one of the variant's options");
        err_within(&why, "variant %.80s", json_text_or(v, "sku", json_text_or(v, "title", id)));
        product_failed(flow, c, &why);
        return;
    }
}

/* {"VARIANT ID": external id} of plans, whose names end with the id. */
static json_t *xmlids_of(const json_t *plans)
{
    json_t *xmlids = json_object();
    const json_t *plan;
    size_t i;

    json_array_foreach(plans, i, plan)
    {
        const char *xmlid = json_text_or(plan, "xmlid", ""), *id = strrchr(xmlid, '_');

        if (id != NULL)
            json_object_set(xmlids, id + 1, json_object_get(plan, "xmlid"));
    }
    return xmlids;
}

/* The only variant of a template without options. */
static void take_single(struct product_flow *flow, struct product_case *c)
{
    char id[PRODUCT_KEY_MAX];
    int64_t odoo = json_int_or(c->lines, "product_variant_ids.0.id", 0);
    struct err why = { 0 };

    if (odoo != 0) {
        json_object_set_new(c->links,
                            product_id_text(json_int_or(c->product, "variants.0.id", 0), id),
                            json_integer(odoo));
        return;
    }
    err_set(&why, ERR_BUG, "Odoo made the product without a variant");
    product_failed(flow, c, &why);
}

static bool make_variants(struct product_flow *flow, struct err *err)
{
    json_auto_t *plans = json_array(), *made = json_object(), *refused = json_object();
    json_auto_t *xmlids = NULL;

    if (!plan_variants(flow, plans, err))
        return false;
    if (!load_each(flow->place, plans, PRODUCT_LOAD_MOST, made, refused, err))
        return err_within(err, "make variants");
    xmlids = xmlids_of(plans);
    EACH_PRODUCT(flow, c) {
        if (!grows(c))
            continue;
        if (product_default_only(c->product))
            take_single(flow, c);
        else
            take_variants(flow, c, made, refused, xmlids);
    }
    return true;
}

/* ---- prices ---- */

/* The product is there all the same; its price is for a person to see. */
static void say_refused(struct product_flow *flow, struct product_case *c, const json_t *refused)
{
    const json_t *v;
    size_t i;

    if (json_object_size(refused) == 0)
        return;
    json_array_foreach(json_object_get(c->product, "variants"), i, v)
    {
        char id[PRODUCT_KEY_MAX], xmlid[RECORDS_XMLID_MAX];
        struct err why = { 0 };

        if (plan_xmlid(xmlid, sizeof xmlid, flow->place->site->key, "price",
                       product_id_text(json_int_or(v, "id", 0), id)) &&
            load_refused(refused, xmlid, &why))
            findings_add(&c->findings, FINDING_FLAG, ERR_REFUSED, "", "price of %.60s: %.160s",
                         json_text_or(v, "sku", id), why.text);
    }
}

static bool make_prices(struct product_flow *flow, struct err *err)
{
    json_auto_t *plans = json_array(), *made = json_object(), *refused = json_object();

    EACH_PRODUCT(flow, c) {
        const char *currency = json_text_or(c->product, "currency", "");
        int64_t list = json_integer_value(
            json_object_get(json_object_get(flow->words, "pricelists"), currency));
        struct product_place place;
        json_auto_t *mine = NULL;

        if ((!grows(c) && !product_is_unfinished(c)) || list == 0)
            continue;
        place = product_place_of(flow, c);
        mine = product_price_plans(c->product, c->templates[0], c->links, list, &place);
        if (mine == NULL)
            return err_set(err, ERR_BUSY, "no memory");
        json_array_extend(plans, mine);
    }
    if (!load_each(flow->place, plans, PRODUCT_LOAD_MOST, made, refused, err))
        return err_within(err, "write prices");
    EACH_PRODUCT(flow, c) say_refused(flow, c, refused);
    return true;
}

bool product_make(struct product_flow *flow, struct err *err)
{
    if (!make_templates(flow, err) || !read_lines(flow, err) || !extend_lines(flow, err) ||
        !make_variants(flow, err) || !make_prices(flow, err))
        return false;
    EACH_PRODUCT(flow, c) {
        if (c->made) {
            c->template_count = 1;
            c->ours = true;
        } else if (product_is_short(c))
            c->filled = true;
    }
    return true;
}
