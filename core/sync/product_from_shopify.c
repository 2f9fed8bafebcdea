#include "sync/product_from_shopify.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/money.h"
#include "base/str.h"
#include "sync/kinds.h"
#include "sync/order_read.h"
#include "sync/product_match.h"
#include "sync/text.h"
#include "sync/validate.h"

#define METAFIELDS_MAX 250
#define METAFIELD_MAX  8000 /* bytes of one value */
#define GRAMS_MAX      1e9

/* ---- the head ---- */

static void status(struct reader *in, const json_t *node, json_t *product)
{
    static const char *const known[] = { "active", "archived", "draft", "unlisted" };
    json_t *word = read_word(json_text_or(node, "status", "ACTIVE"), 32);

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (json_is_string(word) && strcmp(json_string_value(word), known[i]) == 0) {
            read_put(product, "status", word);
            return;
        }
    findings_add(in->f, FINDING_FLAG, ERR_INVALID, "", "unknown product status \"%.32s\"",
                 json_is_string(word) ? json_string_value(word) : "");
    read_put(product, "status", word);
}

/* What the shop counts in: said with the costs, else the company's own. */
static const char *currency_of(const struct reader *in, const json_t *node)
{
    const char *text = json_text(node, "priceRangeV2.minVariantPrice.currencyCode");
    const json_t *variant;
    size_t i;

    if (text != NULL)
        return text;
    json_array_foreach(json_at(node, "variants.nodes"), i, variant)
    {
        text = json_text(variant, "inventoryItem.unitCost.currencyCode");
        if (text != NULL)
            return text;
    }
    return reference_company_currency(in->r);
}

static void title(struct reader *in, const json_t *node, json_t *product)
{
    const char *text = json_text_or(node, "title", "");
    bool cut = false;
    json_t *value = text_clean(text, 512, false, &cut);

    if (cut && strlen(text) > 512)
        findings_add(in->f, FINDING_FLAG, ERR_INVALID, "",
                     "the name has %zu characters: what is beyond 512 bytes was cut off",
                     utf8_chars(text));
    if (!json_is_string(value)) {
        json_decref(value);
        value = json_string(json_text_or(node, "handle", "Product without a name"));
        findings_add(in->f, FINDING_FLAG, ERR_INVALID, "", "the product has no name");
    }
    read_put(product, "title", value);
}

static json_t *metafields(struct reader *in, const json_t *node)
{
    json_t *list = json_array();
    const json_t *row;
    size_t i;

    json_array_foreach(json_at(node, "metafields.nodes"), i, row)
    {
        const char *space = json_text_or(row, "namespace", ""), *key = json_text_or(row, "key", "");
        json_t *value = text_clean(json_text(row, "value"), METAFIELD_MAX, true, &in->cleaned);

        if (*space == '\0' || *key == '\0' || !json_is_string(value) ||
            json_array_size(list) == METAFIELDS_MAX) {
            json_decref(value);
            continue;
        }
        json_array_append_new(list, json_pack("{sossso}", "key", json_sprintf("%s.%s", space, key),
                                              "type", json_text_or(row, "type", ""), "value",
                                              value));
    }
    return list;
}

/* The first picture of the media; a film or a model has none. */
static json_t *image(const json_t *node)
{
    const char *url = json_text(node, "featuredMedia.image.url");
    const json_t *row;
    size_t i;

    json_array_foreach(json_at(node, "media.nodes"), i, row) if (url == NULL) url =
        json_text(row, "image.url");
    return url != NULL ? json_pack("{ss}", "url", url) : json_null();
}

/* ---- options ---- */

static bool only_default(const json_t *node)
{
    const json_t *options = json_at(node, "options"), *variants = json_at(node, "variants.nodes");

    if (json_array_size(variants) != 1)
        return false;
    return json_array_size(options) == 0 ||
           (json_array_size(options) == 1 &&
            strcmp(json_text_or(options, "0.name", ""), "Title") == 0 &&
            strcmp(json_text_or(variants, "0.selectedOptions.0.value", "Default Title"),
                   "Default Title") == 0);
}

/* The value a variant has for an option; by its name, else by its place. NULL: none. */
static const char *chosen(const json_t *variant, const char *option, size_t place)
{
    const json_t *all = json_at(variant, "selectedOptions"), *row;
    size_t i;

    json_array_foreach(all, i, row) if (strcmp(json_text_or(row, "name", ""), option) ==
                                        0) return json_text(row, "value");
    return json_text(json_array_get(all, place), "value");
}

/* Values that variants have, as the shop sorts them; each once. */
static json_t *values_of(struct reader *in, const json_t *node, const json_t *option, size_t place)
{
    json_auto_t *used = json_object(), *sorted = json_object();
    json_t *list = json_array(), *value;
    const json_t *row;
    const char *name = json_text_or(option, "name", ""), *text;
    size_t i;

    json_array_foreach(json_at(node, "variants.nodes"), i, row)
    {
        text = chosen(row, name, place);
        if (text != NULL)
            json_object_set_new(used, text, json_true());
    }
    json_array_foreach(json_at(option, "optionValues"), i, row)
    {
        text = json_text_or(row, "name", "");
        if (json_object_get(used, text) != NULL)
            json_object_set_new(sorted, text, json_true());
    }
    json_object_update(sorted, used);
    json_object_foreach(sorted, text, value)
        json_array_append_new(list, text_clean(text, 255, false, &in->cleaned));
    return list;
}

static json_t *options(struct reader *in, const json_t *node)
{
    json_t *list = json_array();
    const json_t *row;
    size_t i;

    if (only_default(node))
        return list;
    json_array_foreach(json_at(node, "options"), i, row)
    {
        json_t *name = read_text(in, row, "name", 255), *values;

        if (!json_is_string(name)) {
            json_decref(name);
            read_refuse(in, "", "an option has no name");
            continue;
        }
        values = values_of(in, node, row, i);
        if (json_array_size(values) > 0)
            json_array_append_new(list, json_pack("{soso}", "name", name, "values", values));
        else {
            json_decref(name);
            json_decref(values);
        }
    }
    return list;
}

/* ---- variants ---- */

static json_t *grams(struct reader *in, const json_t *variant)
{
    static const struct {
        const char *unit;
        double grams;
    } units[] = { { "GRAMS", 1 }, { "KILOGRAMS", 1000 }, { "OUNCES", 28.349523125 },
                  { "POUNDS", 453.59237 } };
    const json_t *weight = json_at(variant, "inventoryItem.measurement.weight");
    const char *unit = json_text_or(weight, "unit", "");
    double value = json_real_or(weight, "value", 0);

    if (weight == NULL || value == 0)
        return json_null();
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strcmp(units[i].unit, unit) == 0) {
            if (value > 0 && value * units[i].grams < GRAMS_MAX)
                return json_integer((json_int_t)llround(value * units[i].grams));
            findings_add(in->f, FINDING_FLAG, ERR_INVALID, "", "a weight of %g %.16s is left out",
                         value, unit);
            return json_null();
        }
    findings_add(in->f, FINDING_FLAG, ERR_INVALID, "", "unknown unit of weight \"%.16s\"", unit);
    return json_null();
}

static json_t *variant_options(struct reader *in, const json_t *variant, const json_t *list)
{
    json_t *values = json_array();
    const json_t *option;
    size_t i;

    json_array_foreach(list, i, option)
    {
        const char *value = chosen(variant, json_text_or(option, "name", ""), i);

        if (value == NULL) {
            read_refuse(in, "", "a variant has no value for one of the options");
            continue;
        }
        json_array_append_new(values, text_clean(value, 255, false, &in->cleaned));
    }
    return values;
}

static json_t *variant(struct reader *in, const json_t *node, const json_t *list)
{
    const json_t *item = json_at(node, "inventoryItem");
    json_t *v = json_object();

    read_put(v, "id", read_id(node, "id"));
    read_put(v, "title", read_text(in, node, "title", 1024));
    read_put_int(v, "position", json_int_or(node, "position", 0));
    read_put(v, "options", variant_options(in, node, list));
    read_put(v, "sku", read_text(in, node, json_text(node, "sku") != NULL ? "sku"
                                                                          : "inventoryItem.sku",
                                 255));
    read_put(v, "barcode", read_text(in, node, "barcode", 255));
    read_put_amount(v, "price", in, node, "", "price");
    read_put_amount(v, "compare_at", in, node, "", "compareAtPrice");
    read_put_amount(v, "cost", in, item, "", "unitCost.amount");
    read_put(v, "cost_currency", read_text(in, item, "unitCost.currencyCode", 3));
    read_put(v, "weight", grams(in, node));
    read_put(v, "taxable", json_boolean(json_at(node, "taxable") == NULL ||
                                        json_flag(node, "taxable")));
    read_put(v, "tracked", read_flag(item, "tracked"));
    read_put(v, "requires_shipping",
             json_boolean(json_at(item, "requiresShipping") == NULL ||
                          json_flag(item, "requiresShipping")));
    read_put(v, "item_id", read_id(item, "id"));
    read_put(v, "updated_at", read_time(in, node, "updatedAt"));
    return v;
}

/* "S|Red": what tells variants apart. */
static void combination(const json_t *v, struct str *to)
{
    const json_t *value;
    size_t i;

    str_reset(to);
    json_array_foreach(json_object_get(v, "options"), i, value)
        str_addf(to, "%s\x1f", json_string_value(value));
}

/* Two variants of one product with the same words are a mistake, with the same SKU a question. */
static void tell_apart(struct reader *in, const json_t *variants)
{
    json_auto_t *seen = json_object(), *skus = json_object();
    size_t i, without = 0;
    const json_t *v;
    AUTO_STR words;

    str_init(&words, 8192);
    json_array_foreach(variants, i, v)
    {
        const char *sku = json_text(v, "sku");
        char thing[TEXT_KEY_MAX];

        combination(v, &words);
        if (json_object_get(seen, words.data) != NULL)
            read_refuse(in, "", "two variants have the same options");
        json_object_set_new(seen, words.data, json_true());
        if (sku == NULL) {
            without++;
            continue;
        }
        if (json_object_get(skus, sku) != NULL) {
            product_sku_key(thing, sku);
            findings_add(in->f, FINDING_FLAG, ERR_INVALID, thing,
                         "several variants have the SKU %.80s", sku);
        }
        json_object_set_new(skus, sku, json_true());
    }
    if (without > 0)
        findings_add(in->f, FINDING_FLAG, ERR_INVALID, "", "%zu of %zu variants have no SKU",
                     without, json_array_size(variants));
}

static json_t *variants(struct reader *in, const json_t *node, const json_t *list)
{
    const json_t *nodes = json_at(node, "variants.nodes"), *row;
    json_t *all = json_array();
    size_t i;

    if (json_array_size(nodes) == 0)
        read_refuse(in, "", "the product has no variant");
    if (json_array_size(nodes) > PRODUCT_VARIANTS_MAX)
        read_refuse(in, "", "the product has more than 2048 variants");
    if (json_flag(node, "variants.pageInfo.hasNextPage"))
        read_refuse(in, "", "the product's variants were not all read");
    json_array_foreach(nodes, i, row) if (i < PRODUCT_VARIANTS_MAX)
        json_array_append_new(all, variant(in, row, list));
    tell_apart(in, all);
    return all;
}

/* ---- the whole ---- */

static json_t *read_product(struct reader *in, const json_t *node)
{
    json_auto_t *product = json_object();
    json_t *list;

    read_put(product, "id", read_id(node, "id"));
    if (json_is_null(json_object_get(product, "id"))) {
        read_refuse(in, "", "the product has no id");
        return NULL;
    }
    in->currency = currency_of(in, node);
    in->digits = reference_digits(in->r, in->currency);
    if (in->digits < 0) {
        read_refuse(in, "", "the product's currency is unknown");
        return NULL;
    }
    read_put(product, "currency", json_string(in->currency));
    title(in, node, product);
    read_put(product, "handle", read_text(in, node, "handle", 255));
    read_put(product, "description",
             text_clean(json_text(node, "descriptionHtml"), 200000, true, &in->cleaned));
    status(in, node, product);
    read_put(product, "type", read_text(in, node, "productType", 255));
    read_put(product, "vendor", read_text(in, node, "vendor", 255));
    read_put(product, "tags", read_tags(in, json_at(node, "tags")));
    read_put(product, "created_at", read_time(in, node, "createdAt"));
    read_put(product, "updated_at", read_time(in, node, "updatedAt"));
    list = options(in, node);
    read_put(product, "options", list);
    if (json_array_size(list) > PRODUCT_OPTIONS_MAX)
        read_refuse(in, "", "the product has too many options");
    read_put(product, "variants", variants(in, node, list));
    read_put(product, "metafields", metafields(in, node));
    read_put(product, "image", image(node));
    if (in->cleaned)
        findings_add(in->f, FINDING_NOTE, ERR_INVALID, "",
                     "control characters or overlong texts were taken out");
    if (in->refused || !validate(kind_of("product"), product, in->f))
        return NULL;
    return json_incref(product);
}

json_t *product_from_shopify(const json_t *node, const struct reference *r, struct findings *f,
                             struct err *err)
{
    struct findings own, *list = f != NULL ? f : &own;
    struct reader in = { .r = r, .f = list };
    json_t *product;

    if (f == NULL)
        findings_init(&own);
    if (!json_is_object(node)) {
        findings_add(list, FINDING_REFUSE, ERR_INVALID, "", "the product is no JSON object");
        findings_err(list, err);
        return NULL;
    }
    product = read_product(&in, node);
    if (product == NULL && findings_err(list, err))
        err_set(err, ERR_BUSY, "product: out of memory");
    return product;
}
