#include "jobs/stock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "odoo/records.h"
#include "odoo/reference.h"
#include "store/problems.h"
#include "sync/product_match.h"
#include "sync/product_to_odoo.h"

static const struct reference *reference(struct stock_flow *flow)
{
    return flow->place->picture->reference;
}

/* ---- one level, from the shop and from memory ---- */

static bool read_pair(struct stock_flow *flow, struct stock_case *c, struct err *err)
{
    bool found = false;

    snprintf(c->kind, sizeof c->kind, "level@%" PRId64, c->location);
    if (!pairs_by_shopify(flow->db, flow->place->site->id, c->kind, c->item, &c->pair, NULL, &found,
                          err))
        return false;
    if (!found)
        memset(&c->pair, 0, sizeof c->pair);
    else if (json_int_or(c->level, "updated_at", INT64_MAX) < c->pair.shopify_at)
        str_copy(c->left, sizeof c->left, "older than what is known: nothing changed");
    return true;
}

bool stock_take(struct stock_flow *flow, struct stock_case *c, const json_t *node, struct err *err)
{
    struct err why = { 0 };

    c->level = level_from_shopify(node, &c->findings, &why);
    if (c->level == NULL) {
        stock_failed(flow, c, &why);
        return true;
    }
    c->item = json_int_or(c->level, "item_id", 0);
    c->location = json_int_or(c->level, "location_id", 0);
    if (!read_pair(flow, c, err))
        return false;
    if (c->left[0] == '\0' &&
        level_place(c->level, reference(flow), &c->place, c->left, &why) == LEVEL_REFUSE)
        stock_failed(flow, c, &why);
    return true;
}

/* ---- which product ---- */

/* What a person answered for the variant, else for the SKU. */
static bool answered(struct stock_flow *flow, struct stock_case *c, int64_t variant)
{
    json_auto_t *row = json_pack("{sIsO*}", "id", (json_int_t)variant, "sku",
                                 json_object_get(c->level, "sku"));
    const char *said = product_answer(row, reference(flow));
    unsigned long long id;

    if (said != NULL && strcmp(said, "skip") == 0)
        str_copy(c->left, sizeof c->left, "its product is left out, as was answered");
    else if (said != NULL && str_number(said, INT32_MAX, &id))
        c->product = (int64_t)id;
    return c->left[0] != '\0' || c->product != 0;
}

static void lacks_product(struct stock_flow *flow, struct stock_case *c)
{
    int64_t variant = json_int_or(c->level, "variants.0", 0);
    struct err why = { 0 };

    if (answered(flow, c, variant))
        return;
    err_set(&why, ERR_MISSING, "its product is not in Odoo: bring the products first, or link it");
    str_copy(why.thing, sizeof why.thing, PROBLEM_PRODUCTS);
    stock_failed(flow, c, &why);
}

/* By the pairs of its variants. products: how many different ones they are. */
static bool know_product(struct stock_flow *flow, struct stock_case *c, struct err *err)
{
    char words[LEVEL_WORDS_MAX];
    struct err why = { 0 };
    const json_t *variant;
    size_t i, products = 0;

    json_array_foreach(json_object_get(c->level, "variants"), i, variant)
    {
        struct pair pair;
        bool found;

        if (!pairs_by_shopify(flow->db, flow->place->site->id, "variant",
                              json_integer_value(variant), &pair, NULL, &found, err))
            return false;
        if (!found || pair.odoo_id == 0 || pair.odoo_id == c->product)
            continue;
        products++;
        c->product = pair.odoo_id;
    }
    if (products > 1 && level_product(c->level, NULL, products, words, &why) == LEVEL_REFUSE)
        stock_failed(flow, c, &why);
    else if (products == 0)
        lacks_product(flow, c);
    return true;
}

/* Another item of the shop that is this product too would overwrite the quantity. */
static bool refuse_twins(struct stock_flow *flow, struct stock_case *c, struct err *err)
{
    char item[PRODUCT_KEY_MAX];
    struct err why = { 0 };
    const json_t *variant;
    bool found, own = false;
    struct pair pair;
    size_t i;

    if (!pairs_by_odoo(flow->db, flow->place->site->id, "product.product", c->product, &pair, NULL,
                       &found, err))
        return false;
    json_array_foreach(json_object_get(c->level, "variants"), i, variant)
        own = own || json_integer_value(variant) == pair.shopify_id;
    if (!found || own || pair.shopify_id == 0 || strcmp(pair.kind, "variant") != 0)
        return true;
    err_set(&why, ERR_REFUSED,
            "variant %" PRId64 " of Shopify is the same product in Odoo: its stock is counted there",
            pair.shopify_id);
    err_about(&why, "item", product_id_text(c->item, item));
    stock_failed(flow, c, &why);
    return true;
}

static bool read_products(struct stock_flow *flow, struct err *err)
{
    json_auto_t *ids = json_array(), *fields = level_product_fields(flow->fields), *rows = NULL;

    EACH_LEVEL(flow, c) json_array_append_new(ids, json_integer(c->product));
    if (json_array_size(ids) == 0)
        return true;
    if (!records_read(flow->place->site->odoo, flow->place->http, "product.product", ids, fields,
                      flow->place->class, &rows, &flow->place->odoo, err))
        return err_within(err, "read products");
    EACH_LEVEL(flow, c) {
        const json_t *row = records_row(rows, c->product);
        struct err why = { 0 };

        if (row == NULL) {
            err_set(&why, ERR_MISSING, "its product was deleted in Odoo: bring the product again");
            str_copy(why.thing, sizeof why.thing, PROBLEM_PRODUCTS);
            stock_failed(flow, c, &why);
        } else if (level_product(c->level, row, 1, c->left, &why) == LEVEL_REFUSE)
            stock_failed(flow, c, &why);
    }
    return true;
}

bool stock_find(struct stock_flow *flow, struct err *err)
{
    EACH_LEVEL(flow, c)
        if (!know_product(flow, c, err))
            return false;
    EACH_LEVEL(flow, c)
        if (!refuse_twins(flow, c, err))
            return false;
    return read_products(flow, err) && stock_look(flow, err);
}

/* ---- what lies there ---- */

static void take_quants(struct stock_case *c, const json_t *rows)
{
    json_t *row;
    size_t i;

    json_decref(c->quants);
    c->quants = json_array();
    json_array_foreach(rows, i, row)
        if (json_int_or(row, "product_id.0", 0) == c->product)
            json_array_append(c->quants, row);
    c->quant = json_int_or(c->quants, "0.id", 0);
}

static void plan(struct stock_flow *flow, struct stock_case *c)
{
    struct err why = { 0 };

    c->looked = true;
    c->applied = 0;
    if (!level_plan(c->level, c->quants, c->place, &c->plan, &c->findings, &why))
        stock_failed(flow, c, &why);
    else if (c->looks++ == 0)
        c->before = c->plan.there;
}

/* All open cases at that place that were not looked at. */
static bool look_at(struct stock_flow *flow, int64_t place, struct err *err)
{
    json_auto_t *products = json_array(), *rows = json_array();

    EACH_LEVEL(flow, c)
        if (c->place == place && !c->looked)
            json_array_append_new(products, json_integer(c->product));
    if (!stock_quants(flow->place, place, products, rows, err))
        return false;
    EACH_LEVEL(flow, c)
        if (c->place == place && !c->looked) {
            take_quants(c, rows);
            plan(flow, c);
        }
    return true;
}

bool stock_look(struct stock_flow *flow, struct err *err)
{
    EACH_LEVEL(flow, c)
        if (!c->looked && !look_at(flow, c->place, err))
            return false;
    return true;
}
