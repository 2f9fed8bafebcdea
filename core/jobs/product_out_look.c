#include "jobs/product_out.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "odoo/records.h"
#include "shopify/variants.h"
#include "sync/diff.h"
#include "sync/goods.h"

static const struct reference *reference(const struct goods_flow *flow)
{
    return flow->place->picture->reference;
}

/* ---- templates ---- */

static bool find_variants(struct goods_flow *flow, struct goods_case *c, struct err *err)
{
    json_auto_t *domain = json_pack("[[ssI]]", "product_tmpl_id", "=", (json_int_t)c->template);
    json_auto_t *names = json_pack("[s]", "id"), *rows = NULL;
    struct records_query query = { .model = "product.product", .domain = domain, .fields = names,
                                   .limit = PRODUCT_OUT_MOST, .archived = true,
                                   .class = flow->place->class };
    const json_t *row;
    size_t i;

    if (!records_search(flow->place->site->odoo, flow->place->http, &query, &rows,
                        &flow->place->odoo, err))
        return err_within(err, "read the variants of a product");
    c->variants = json_array();
    json_array_foreach(rows, i, row)
        json_array_append_new(c->variants, json_integer(json_int_or(row, "id", 0)));
    goods_leave(c, "");
    return true;
}

/* ---- which variant ---- */

static bool know_variant(struct goods_flow *flow, struct goods_case *c, struct err *err)
{
    struct pair pairs[2];
    size_t count = 2;
    char *agreed = NULL, id[32];

    if (!pairs_of_odoo(flow->db, flow->place->site->id, "variant", "product.product", c->product,
                       pairs, &count, err))
        return false;
    if (count == 0)
        return (goods_leave(c, "no variant of the shop is linked to it: left alone"), true);
    if (count == 2) {
        err_set(&c->why, ERR_REFUSED,
                "variants %" PRId64 " and %" PRId64 " of Shopify are one product in Odoo: which of "
                "them it speaks of is not known", pairs[0].shopify_id, pairs[1].shopify_id);
        snprintf(id, sizeof id, "%" PRId64, pairs[1].shopify_id);
        err_about(&c->why, "variant", id);
        c->ended = true;
        return true;
    }
    if (!pairs_get(flow->db, pairs[0].id, &c->pair, &agreed, err))
        return false;
    if (c->pair.title[0] != '\0')
        str_copy(c->name, sizeof c->name, c->pair.title);
    c->held = agreed != NULL ? json_read(agreed, strlen(agreed), "what was agreed", err) : NULL;
    free(agreed);
    return (agreed == NULL || c->held != NULL) &&
           ask_begin(&c->ask, flow->db, flow->place->site->id, c->job->job.record, err);
}

/* ---- both sides ---- */

static bool read_odoo(struct goods_flow *flow, struct err *err)
{
    json_auto_t *ids = json_array(), *columns = goods_columns();

    EACH_GOODS(flow, c)
        json_array_append_new(ids, json_integer(c->product));
    if (json_array_size(ids) == 0)
        return true;
    if (!records_read(flow->place->site->odoo, flow->place->http, "product.product", ids, columns,
                      flow->place->class, &flow->rows, &flow->place->odoo, err))
        return err_within(err, "read products");
    EACH_GOODS(flow, c) {
        c->row = records_row(flow->rows, c->product);
        if (c->row == NULL)
            goods_leave(c, "deleted in Odoo: the shop's variant is left as it is");
        else if (!json_flag(c->row, "active"))
            goods_leave(c, "archived in Odoo: the shop's variant is left as it is");
        else if (json_text(c->row, "default_code") != NULL)
            str_copy(c->name, sizeof c->name, json_text(c->row, "default_code"));
    }
    return true;
}

static bool read_shop(struct goods_flow *flow, struct err *err)
{
    struct workshop_place *place = flow->place;
    int64_t ids[VARIANTS_MOST];
    size_t count = 0, i = 0;

    EACH_GOODS(flow, c)
        if (count < VARIANTS_MOST)
            ids[count++] = c->pair.shopify_id;
    if (count == 0)
        return true;
    workshop_count(place->workshop, 0, 1);
    if (!variants_by_ids(place->site->shop, place->http, ids, count, place->class, &flow->answer,
                         &place->shopify, err))
        return err_within(err, "read variants from Shopify");
    EACH_GOODS(flow, c) {
        c->node = json_array_get(json_object_get(flow->answer, "nodes"), i++);
        c->gone = !json_is_object(c->node);
        if (c->gone)
            goods_leave(c, "the variant was deleted in Shopify: left alone");
        else if (!graphql_gid_id(json_text_or(c->node, "product.id", ""), "Product",
                                 &c->shop_product))
            goods_leave(c, "Shopify does not say which product the variant is of: left alone");
    }
    return true;
}

/* ---- what is to be done ---- */

static void say_put_back(struct goods_case *c)
{
    const json_t *field;
    char at[40] = "";
    size_t i;

    if (c->shopify_at != 0)
        when_iso(c->shopify_at, at);
    json_array_foreach(json_object_get(c->merge, "put_back"), i, field) {
        const char *name = json_string_value(field);
        bool odoo = json_object_get(json_object_get(c->merge, "to_odoo"), name) != NULL;

        findings_add(&c->findings, FINDING_NOTE, ERR_CONFLICT, "",
                     "%s was changed in %s%s%s and put back: %s owns it",
                     kind_field(kind_of("variant"), name)->label, odoo ? "Odoo" : "Shopify",
                     odoo || at[0] == '\0' ? "" : ", at the latest ", odoo ? "" : at,
                     odoo ? "Shopify" : "Odoo");
    }
}

static bool merge_case(struct goods_flow *flow, struct goods_case *c, struct err *err)
{
    json_auto_t *likes = json_array(), *first = NULL;
    const json_t *agreed = json_object_get(c->held, "agreed");
    struct diff_versions v;
    struct err why = { 0 };

    json_array_append(likes, (json_t *)(uintptr_t)agreed);
    ask_likes(&c->ask, likes);
    c->shop = goods_of_variant(c->node, json_text_or(flow->answer, "shop.currencyCode", ""),
                               reference(flow), &why);
    if (c->shop == NULL)
        return (goods_fail(c, &why), true);
    c->odoo = goods_of_product(c->row, c->shop, likes, reference(flow));
    first = c->held == NULL ? goods_first_apart(c->shop, c->odoo, reference(flow)) : NULL;
    if (!when_parse_iso(json_text_or(c->node, "updatedAt", ""), &c->shopify_at))
        c->shopify_at = 0;
    if (!when_parse_odoo(json_text_or(c->row, "write_date", ""), &c->odoo_at))
        c->odoo_at = 0;
    v = (struct diff_versions){ .agreed = agreed, .shopify = c->shop, .odoo = c->odoo,
                                .apart = first != NULL ? first : json_object_get(c->held, "apart"),
                                .shopify_at = c->shopify_at, .odoo_at = c->odoo_at };
    c->merge = diff_merge_versions(kind_of("variant"), &v, reference(flow));
    if (c->merge == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    ask_merge(&c->ask, c->merge, c->shop, c->odoo);
    goods_keep(c->merge, c->shop, c->odoo, json_int_or(c->row, "product_variant_count", 1) > 1,
               &c->findings);
    if (c->held != NULL)
        say_put_back(c);
    if (!goods_check(json_object_get(c->merge, "to_shopify"), c->row, c->name, reference(flow),
                     &c->findings, &why))
        goods_fail(c, &why);
    return true;
}

/* ---- a SKU that is to be written must be one product's ---- */

static bool same_sku(const json_t *rows, const char *sku, size_t *count)
{
    const json_t *row;
    size_t i;

    *count = 0;
    json_array_foreach(rows, i, row)
        *count += strcmp(json_text_or(row, "default_code", ""), sku) == 0;
    return *count > 1;
}

static bool refuse_twins(struct goods_flow *flow, struct err *err)
{
    json_auto_t *skus = json_array(), *rows = NULL;
    json_auto_t *domain = json_pack("[[ssO]]", "default_code", "in", skus);
    json_auto_t *names = json_pack("[ss]", "id", "default_code");
    struct records_query query = { .model = "product.product", .domain = domain, .fields = names,
                                   .class = flow->place->class };

    EACH_GOODS(flow, c)
        if (json_text(json_object_get(c->merge, "to_shopify"), "sku") != NULL)
            json_array_append(skus,
                              json_object_get(json_object_get(c->merge, "to_shopify"), "sku"));
    if (json_array_size(skus) == 0)
        return true;
    if (!records_search(flow->place->site->odoo, flow->place->http, &query, &rows,
                        &flow->place->odoo, err))
        return err_within(err, "look for SKUs");
    EACH_GOODS(flow, c) {
        const char *sku = json_text(json_object_get(c->merge, "to_shopify"), "sku");
        size_t count;
        struct err why = { 0 };

        if (sku == NULL || !same_sku(rows, sku, &count))
            continue;
        err_set(&why, ERR_INVALID,
                "the SKU %.80s is that of %zu products in Odoo: it is not written to the shop",
                sku, count);
        goods_fail(c, &why);
    }
    return true;
}

bool product_out_look(struct goods_flow *flow, struct err *err)
{
    EACH_GOODS(flow, c)
        if (c->template != 0 ? !find_variants(flow, c, err) : !know_variant(flow, c, err))
            return false;
    if (!read_odoo(flow, err) || !read_shop(flow, err))
        return false;
    EACH_GOODS(flow, c)
        if (!merge_case(flow, c, err))
            return false;
    return refuse_twins(flow, err);
}
