/* books_goods.c - products, their variants, prices and pictures. */
#include "tests/sandbox/books.h"

#include <inttypes.h>
#include <math.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mutex.h"
#include "base/str.h"
#include "tests/sandbox/rows.h"
#include "tests/sandbox/shop/image.h"

#define CHUNK 50 /* products whose details are read at once; below SHOP_HANDS */

struct goods { /* what is read of Odoo */
    json_t *templates; /* "id" -> row */
    json_t *names;     /* name -> how many */
    json_t *external;  /* external id -> template */
    json_t *tags;      /* "id" -> tag */
    /* of a chunk, by template: */
    json_t *variants, *prices, *pictures;
    json_t *values; /* "id" -> a template's own value */
};

static bool read_goods(struct rpc_client *c, struct goods *g, struct err *err)
{
    json_t *row;
    const char *id;

    g->templates = json_object();
    g->names = json_object();
    g->tags = json_object();
    if (!rows_map(c, "product.template", json_array(),
                  "name active type is_storable sale_ok list_price categ_id description "
                  "product_tag_ids taxes_id attribute_line_ids",
                  NULL, g->templates, err) ||
        !rows_map(c, "product.tag", json_array(), "name", NULL, g->tags, err))
        return false;
    json_object_foreach(g->templates, id, row) {
        const char *name = json_text_or(row, "name", "");

        json_object_set_new(g->names, name, json_integer(json_int_or(g->names, name, 0) + 1));
    }
    g->external = rows_external(c, "product.template", g->templates, err);
    return g->external != NULL;
}

static void chunk_clear(struct goods *g)
{
    json_decref(g->variants);
    json_decref(g->prices);
    json_decref(g->pictures);
    json_decref(g->values);
    g->variants = g->prices = g->pictures = g->values = NULL;
}

static void goods_clear(struct goods *g)
{
    chunk_clear(g);
    json_decref(g->templates);
    json_decref(g->names);
    json_decref(g->external);
    json_decref(g->tags);
}

static json_int_t template_of(const struct books *b, const struct goods *g, int64_t product)
{
    char key[160];

    snprintf(key, sizeof key, "%s.product_%" PRId64, b->key, product);
    return json_integer_value(json_object_get(g->external, key));
}

static bool read_chunk(struct rpc_client *c, struct goods *g, json_t *ids, struct err *err)
{
    json_auto_t *domain = json_pack("[[ssO]]", "product_tmpl_id", "in", ids);

    chunk_clear(g);
    g->variants = json_object();
    g->prices = json_object();
    g->pictures = json_object();
    g->values = json_object();
    return rows_map(c, "product.product", json_incref(domain),
                    "product_tmpl_id default_code barcode standard_price weight active "
                    "product_template_attribute_value_ids",
                    "product_tmpl_id", g->variants, err) &&
           rows_map(c, "product.template.attribute.value", json_incref(domain), "name attribute_id",
                    NULL, g->values, err) &&
           rows_map(c, "product.pricelist.item", json_incref(domain),
                    "product_id fixed_price compute_price applied_on", "product_id", g->prices,
                    err) &&
           rows_map(c, "product.template", json_pack("[[ssO]]", "id", "in", ids), "image_1920", NULL,
                    g->pictures, err);
}

/* ---- variants ---- */

/* Is that the variant with those values, each of its option? */
static bool has_values(const struct goods *g, const json_t *row, const struct variant *v)
{
    const struct product *p = v->of;
    const json_t *ids = json_object_get(row, "product_template_attribute_value_ids");
    json_t *id;
    size_t i, met = 0;

    json_array_foreach(ids, i, id) {
        const json_t *value = rows_get(g->values, json_integer_value(id));

        for (size_t k = 0; k < p->option_count; k++)
            met += strcmp(row_link_name(value, "attribute_id"), p->options[k].name) == 0 &&
                   strcmp(json_text_or(value, "name", ""), p->options[k].values[v->option[k]]) == 0;
    }
    return met == p->option_count && json_array_size(ids) == p->option_count;
}

static json_t *variant_of(const struct goods *g, json_int_t template, const struct variant *v)
{
    json_t *row;
    size_t i;

    json_array_foreach(rows_get(g->variants, template), i, row)
        if (!json_flag(row, "$used") && has_values(g, row, v))
            return row;
    return NULL;
}

static void trimmed(const char *text, char *to, size_t size)
{
    size_t len;

    text = text != NULL ? text + strspn(text, " ") : "";
    str_copy(to, size, text);
    for (len = strlen(to); len > 0 && to[len - 1] == ' '; len--)
        to[len - 1] = '\0';
}

/* What a buyer pays by the price list, else by the template. */
static double price_of(const struct goods *g, json_int_t template, json_int_t product)
{
    const json_t *fixed = rows_get(g->prices, product);

    if (fixed != NULL)
        return json_real_or(json_array_get(fixed, 0), "fixed_price", 0);
    return json_real_or(rows_get(g->templates, template), "list_price", 0);
}

static void compare_variant(struct books *b, const struct goods *g, json_int_t template,
                            const struct variant *v)
{
    json_t *row = variant_of(g, template, v);
    double unit = pow(10, b->shop->digits);
    char sku[128];

    b->parts++;
    if (row == NULL) {
        books_differ(b, "variant", json_string(v->title), json_null());
        return;
    }
    json_object_set_new(row, "$used", json_true());
    trimmed(v->sku, sku, sizeof sku);
    books_text(b, "SKU", sku, json_text(row, "default_code"));
    books_text(b, "barcode", v->barcode, json_text(row, "barcode"));
    books_number(b, "price", (double)v->price / unit,
                 price_of(g, template, json_int_or(row, "id", 0)), 1e-6);
    books_number(b, "cost", v->cost > 0 ? (double)v->cost / unit : 0,
                 json_real_or(row, "standard_price", 0), 1e-6);
    books_number(b, "weight", v->grams / 1000.0, json_real_or(row, "weight", 0), 0.0050001);
    books_flag(b, "active", strcmp(v->of->status, "archived") != 0, json_flag(row, "active"));
}

/* ---- one product ---- */

static bool any(const struct product *p, bool (*is)(const struct variant *v))
{
    for (size_t i = 0; i < p->count; i++)
        if (is(&p->variants[i]))
            return true;
    return false;
}

static bool is_tracked(const struct variant *v)
{
    return v->tracked;
}

static bool is_shipped(const struct variant *v)
{
    return v->requires_shipping || v->tracked;
}

static bool is_taxed(const struct variant *v)
{
    return v->taxable;
}

static void compare_picture(struct books *b, const struct goods *g, json_int_t template,
                            const struct product *p)
{
    const char *there = json_text_or(rows_get(g->pictures, template), "image_1920", "");
    AUTO_FREE char *text = NULL;
    AUTO_STR png;

    str_init(&png, 65536);
    if (p->images > 0)
        image_png(p->salt, &png);
    text = calloc(1, (png.len + 2) / 3 * 4 + 1);
    if (text != NULL && png.len > 0)
        EVP_EncodeBlock((unsigned char *)text, (const unsigned char *)png.data, (int)png.len);
    if (text == NULL || strcmp(text, there) != 0)
        books_differ(b, "picture", json_integer((json_int_t)png.len),
                     json_integer((json_int_t)strlen(there) / 4 * 3));
}

/* Odoo may write mark-up anew, but says the same: the title is looked for. */
static void compare_description(struct books *b, const json_t *row, const struct product *p)
{
    const char *there = json_text_or(row, "description", "");
    AUTO_STR title;

    str_init(&title, 20000);
    for (const char *s = p->title; *s != '\0'; s++)
        str_add(&title, *s == '&' ? "&amp;" : s, *s == '&' ? 5 : 1);
    if (p->body[0] != '\0' ? strstr(there, title.data) == NULL : there[0] != '\0')
        books_text(b, "description", p->body, there);
}

static void compare_head(struct books *b, const struct goods *g, const json_t *row,
                         const struct product *p)
{
    books_flag(b, "active", strcmp(p->status, "archived") != 0, json_flag(row, "active"));
    books_flag(b, "for sale", strcmp(p->status, "draft") != 0, json_flag(row, "sale_ok"));
    books_text(b, "type", any(p, is_shipped) ? "consu" : "service", json_text(row, "type"));
    books_flag(b, "stock is kept", any(p, is_tracked), json_flag(row, "is_storable"));
    books_flag(b, "taxed", any(p, is_taxed), json_len(row, "taxes_id") > 0);
    books_tags(b, p->tags, json_object_get(row, "product_tag_ids"), g->tags);
    if (p->kind[0] != '\0')
        books_text(b, "category", p->kind, row_link_name(row, "categ_id"));
    compare_description(b, row, p);
    books_number(b, "attributes", (double)p->option_count,
                 (double)json_len(row, "attribute_line_ids"), 0);
}

static void compare_product(struct books *b, const struct goods *g, const struct product *p)
{
    json_int_t template = template_of(b, g, p->id), named = json_int_or(g->names, p->title, 0);
    const json_t *row = rows_get(g->templates, template);

    if (named > 1) {
        b->duplicate++;
        books_differ(b, "duplicate", json_integer(1), json_integer(named));
    }
    if (row == NULL) {
        books_missing(b);
        return;
    }
    books_text(b, "name", p->title, json_text(row, "name"));
    compare_head(b, g, row, p);
    for (size_t i = 0; i < p->count; i++)
        compare_variant(b, g, template, &p->variants[i]);
    books_number(b, "variants", (double)p->count,
                 (double)json_array_size(rows_get(g->variants, template)), 0);
    compare_picture(b, g, template, p);
    books_done(b);
}

static bool compare_chunk(struct books *b, struct goods *g, size_t from, size_t to,
                          struct err *err)
{
    json_auto_t *ids = json_array();

    mutex_lock(&b->shop->lock);
    for (size_t i = from; i < to; i++) {
        json_int_t id = template_of(b, g, shop_product_at(b->shop, i)->id);

        if (id != 0)
            json_array_append_new(ids, json_integer(id));
    }
    mutex_unlock(&b->shop->lock);
    if (!read_chunk(b->client, g, ids, err))
        return false;
    mutex_lock(&b->shop->lock);
    for (size_t i = from; i < to; i++) {
        const struct product *p = shop_product_at(b->shop, i);

        if (books_next(b, "product", p->id, p->deleted))
            compare_product(b, g, p);
    }
    mutex_unlock(&b->shop->lock);
    return true;
}

json_t *books_products(struct shop *shop, const struct compare_odoo *odoo, const json_t *wish,
                       struct err *err)
{
    struct goods g = { 0 };
    struct books b;
    bool good;

    if (!books_open(&b, shop, odoo, wish, err))
        return NULL;
    good = read_goods(b.client, &g, err);
    for (size_t from = 0; good && from < shop->product_count; from += CHUNK)
        good = compare_chunk(&b, &g, from,
                             from + CHUNK < shop->product_count ? from + CHUNK : shop->product_count,
                             err);
    if (good)
        books_strangers(&b, g.external, "product");
    goods_clear(&g);
    return books_close(&b, good);
}
