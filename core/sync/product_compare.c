/* What linking a shop's product with Odoo's would fill, and where the two differ. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/money.h"
#include "base/str.h"
#include "sync/kinds.h"
#include "sync/product_match.h"
#include "sync/product_to_odoo.h"

#define TEXT_MAX 96

struct difference {
    const char *label;
    size_t count;
    char first[FINDING_TEXT_MAX];
};

enum { PRICE, COST, WEIGHT, BARCODE, SKU, DIFFERENCES };

struct comparing {
    const struct reference *r;
    struct findings *f;
    json_t *result;
    const char *currency;
    int digits;
    struct difference differences[DIFFERENCES];
};

static void change(struct comparing *c, const char *kind, const char *name, const char *of,
                   const char *to)
{
    const struct field *field = kind_field(kind_of(kind), name);
    char label[TEXT_MAX];

    snprintf(label, sizeof label, "%s%s%.60s", field != NULL ? field->label : name,
             of != NULL ? " of " : "", of != NULL ? of : "");
    json_array_append_new(json_object_get(c->result, "changes"),
                          json_pack("{sssssnss}", "field", name, "label", label, "from", "to", to));
}

static void differ(struct comparing *c, int what, const char *of, const char *shop,
                   const char *odoo)
{
    struct difference *d = &c->differences[what];

    if (d->count++ == 0)
        snprintf(d->first, sizeof d->first, "%.60s: %.60s in the shop, %.60s in Odoo", of, shop,
                 odoo);
}

static bool empty(const json_t *row, const char *field)
{
    const json_t *value = json_object_get(row, field);

    if (json_is_number(value))
        return json_number_value(value) == 0;
    return value == NULL || json_is_null(value) || json_is_false(value) ||
           (json_is_string(value) && json_string_length(value) == 0);
}

/* {"PRODUCT ID": its row} of all templates. */
static json_t *rows_of(const json_t *seen)
{
    json_t *rows = json_object(), *row;
    const json_t *template;
    size_t i, n;

    json_array_foreach(seen, i, template)
        json_array_foreach(json_object_get(template, "product_variant_ids"), n, row)
        {
            char id[PRODUCT_KEY_MAX];

            json_object_set(rows, product_id_text(json_int_or(row, "id", 0), id), row);
        }
    return rows;
}

/* ---- variants ---- */

/* A text that Odoo lacks is filled; another one stays. */
static void text_field(struct comparing *c, const json_t *variant, const json_t *row,
                       const char *ours, const char *odoos, int what, const char *name,
                       json_t *fill)
{
    const char *text = json_text(variant, ours);

    if (text == NULL)
        return;
    if (empty(row, odoos)) {
        json_object_set_new(fill, odoos, json_string(text));
        change(c, "variant", ours, name, text);
    } else if (strcmp(json_text_or(row, odoos, ""), text) != 0)
        differ(c, what, name, text, json_text_or(row, odoos, "?"));
}

static void weight_field(struct comparing *c, const json_t *variant, const json_t *row,
                         const char *name, json_t *fill)
{
    double shop = product_weight(variant, c->r), odoo = json_real_or(row, "weight", 0);
    char text[32], other[32];

    if (shop == 0 || fabs(shop - odoo) < 0.005)
        return;
    snprintf(text, sizeof text, "%.2f", shop);
    snprintf(other, sizeof other, "%.2f", odoo);
    if (odoo != 0) {
        differ(c, WEIGHT, name, text, other);
        return;
    }
    json_object_set_new(fill, "weight", json_string(text));
    change(c, "variant", "weight", name, text);
}

static void amount_differs(struct comparing *c, int what, const char *name, int64_t shop,
                           double odoo)
{
    char a[MONEY_TEXT_MAX], b[MONEY_TEXT_MAX];
    int64_t minor;

    if (!money_from_double(odoo, c->digits, &minor) || minor == shop)
        return;
    differ(c, what, name, money_text(shop, c->digits, a), money_text(minor, c->digits, b));
}

/*
 * Prices and costs are never written to what is there: a new cost would revalue the stock that
 * Odoo has of it.
 */
static void amounts(struct comparing *c, const json_t *variant, const json_t *row, bool priced,
                    const char *name)
{
    bool home = strcmp(c->currency, reference_company_currency(c->r)) == 0;

    if (home && !priced)
        amount_differs(c, PRICE, name, json_int_or(variant, "price", 0),
                       json_real_or(row, "lst_price", 0));
    if (json_int_or(variant, "cost", 0) != 0 &&
        strcmp(json_text_or(variant, "cost_currency", ""), reference_company_currency(c->r)) == 0)
        amount_differs(c, COST, name, json_int_or(variant, "cost", 0),
                       json_real_or(row, "standard_price", 0));
}

static void compare_variant(struct comparing *c, const json_t *variant, const json_t *row,
                            bool skip, bool priced)
{
    const char *name = json_text_or(variant, "sku", json_text_or(variant, "title", "?"));
    json_t *fill = json_object();
    char id[PRODUCT_KEY_MAX];

    text_field(c, variant, row, "sku", "default_code", SKU, name, fill);
    if (!skip)
        text_field(c, variant, row, "barcode", "barcode", BARCODE, name, fill);
    weight_field(c, variant, row, name, fill);
    amounts(c, variant, row, priced, name);
    if (json_object_size(fill) > 0)
        json_object_set(json_object_get(c->result, "variants"),
                        product_id_text(json_int_or(row, "id", 0), id), fill);
    json_decref(fill);
}

static void compare_variants(struct comparing *c, const json_t *product, const json_t *seen,
                             const json_t *links, const json_t *skip, bool priced)
{
    json_auto_t *rows = rows_of(seen);
    const json_t *v, *row;
    size_t i;

    json_array_foreach(json_object_get(product, "variants"), i, v)
    {
        char id[PRODUCT_KEY_MAX], odoo[PRODUCT_KEY_MAX];

        product_id_text(json_int_or(v, "id", 0), id);
        product_id_text(json_integer_value(json_object_get(links, id)), odoo);
        row = json_object_get(rows, odoo);
        if (row != NULL)
            compare_variant(c, v, row, json_object_get(skip, id) != NULL, priced);
        else
            json_object_set_new(json_object_get(c->result, "missing"), id, json_true());
    }
}

/* ---- the template ---- */

static void template_field(struct comparing *c, const json_t *template, const char *field,
                           const char *name, const char *text)
{
    if (text == NULL || *text == '\0' || !empty(template, field))
        return;
    json_object_set_new(json_object_get(c->result, "template"), field, json_string(text));
    change(c, "product", name, NULL, text);
}

static bool is_false(const json_t *row, const char *field)
{
    return json_is_false(json_object_get(row, field));
}

/* Words for what differs of the whole. */
static void compare_states(struct comparing *c, const json_t *product, const json_t *template)
{
    const char *title = json_text_or(product, "title", ""), *status =
        json_text_or(product, "status", "");
    bool archived = strcmp(status, "archived") == 0, draft = strcmp(status, "draft") == 0;

    if (strcmp(json_text_or(template, "name", title), title) != 0)
        findings_add(c->f, FINDING_FLAG, ERR_INVALID, "",
                     "Name differs: %.80s in the shop, %.80s in Odoo", title,
                     json_text_or(template, "name", "?"));
    if (archived != is_false(template, "active"))
        findings_add(c->f, FINDING_FLAG, ERR_INVALID, "",
                     "Status differs: %s in the shop, %s in Odoo", status,
                     archived ? "active" : "archived");
    else if (draft && !is_false(template, "sale_ok"))
        findings_add(c->f, FINDING_FLAG, ERR_INVALID, "",
                     "Status differs: a draft in the shop, for sale in Odoo");
}

static void compare_template(struct comparing *c, const json_t *product, const json_t *seen)
{
    const json_t *template = json_array_get(seen, 0);
    json_auto_t *extra = product_extra_fields(product, c->r, NULL, NULL);
    json_t *text;
    const char *field;

    if (reference_policy_is(c->r, "product_description", "notes"))
        template_field(c, template, "description", "description",
                       json_text(product, "description"));
    json_object_foreach(extra, field, text) if (json_object_get(template, field) != NULL)
        template_field(c, template, field, field, json_string_value(text));
    if (json_text(product, "image.url") != NULL &&
        reference_policy_is(c->r, "product_images", "yes") && empty(template, "image_128")) {
        json_object_set_new(c->result, "image", json_true());
        change(c, "product", "image", NULL, "the shop's");
    }
    compare_states(c, product, template);
    if (json_array_size(seen) > 1)
        findings_add(c->f, FINDING_FLAG, ERR_INVALID, "",
                     "its variants belong to %zu products in Odoo", json_array_size(seen));
}

static void say_differences(struct comparing *c)
{
    for (int i = 0; i < DIFFERENCES; i++) {
        const struct difference *d = &c->differences[i];

        if (d->count == 1)
            findings_add(c->f, FINDING_FLAG, ERR_INVALID, "", "%s differs, %s", d->label, d->first);
        else if (d->count > 1)
            findings_add(c->f, FINDING_FLAG, ERR_INVALID, "", "%s differs on %zu variants, %s",
                         d->label, d->count, d->first);
    }
}

json_t *product_compare(const json_t *product, const json_t *seen, const json_t *links,
                        const json_t *skip, bool priced, const struct reference *r,
                        struct findings *f)
{
    struct comparing c = { .r = r,
                           .f = f,
                           .currency = json_text_or(product, "currency", ""),
                           .result = json_pack("{s{}s{}s[]s{}sb}", "template", "variants",
                                               "changes", "missing", "image", 0),
                           .differences = { [PRICE] = { .label = "Price" },
                                            [COST] = { .label = "Cost" },
                                            [WEIGHT] = { .label = "Weight" },
                                            [BARCODE] = { .label = "Barcode" },
                                            [SKU] = { .label = "SKU" } } };

    c.digits = reference_digits(r, c.currency);
    if (c.result == NULL || c.digits < 0)
        return c.result;
    compare_template(&c, product, seen);
    compare_variants(&c, product, seen, links, skip, priced);
    say_differences(&c);
    return c.result;
}
