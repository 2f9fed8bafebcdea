#include "tests/unit/products.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/money.h"

static json_t *options(const struct products *p)
{
    json_t *list;

    if (p->options == 0)
        return json_pack("[{ss, s[{ss}]}]", "name", "Title", "optionValues", "name",
                         "Default Title");
    list = json_array();
    for (int i = 0; i < p->options; i++) {
        json_t *values = json_array();

        for (int n = 0; n < p->values; n++)
            json_array_append_new(values, json_pack("{so}", "name", json_sprintf("V%d", n + 1)));
        json_array_append_new(list, json_pack("{soso}", "name", json_sprintf("Option %d", i + 1),
                                              "optionValues", values));
    }
    return list;
}

/* The n-th combination: the last option changes first. */
static json_t *selected(const struct products *p, int n)
{
    json_t *list;

    if (p->options == 0)
        return json_pack("[{ssss}]", "name", "Title", "value", "Default Title");
    list = json_array();
    for (int i = 0; i < p->options; i++) {
        int of = n;

        for (int k = i + 1; k < p->options; k++)
            of /= p->values;
        json_array_append_new(list, json_pack("{soso}", "name", json_sprintf("Option %d", i + 1),
                                              "value", json_sprintf("V%d", of % p->values + 1)));
    }
    return list;
}

static json_t *variant(const struct products *p, int n)
{
    int64_t id = p->id * 10000 + n + 1;
    char price[MONEY_TEXT_MAX];

    return json_pack(
        "{so, so, so*, sb, ss, so, s{so, sb, sb, s{ss, ss}, s{s{sf, ss}}}}", "id",
        json_sprintf("gid://shopify/ProductVariant/%" PRId64, id), "title",
        json_sprintf("Variant %d", n + 1), "sku",
        p->sku != NULL ? json_sprintf("%s-%d", p->sku, n + 1) : NULL, "taxable", 1, "price",
        money_text(p->price + (int64_t)n * p->step, 2, price), "selectedOptions", selected(p, n),
        "inventoryItem", "id", json_sprintf("gid://shopify/InventoryItem/%" PRId64, id), "tracked",
        1, "requiresShipping", 1, "unitCost", "amount", "4.20", "currencyCode", "USD",
        "measurement", "weight", "value", 300.0, "unit", "GRAMS");
}

json_t *products_node(const struct products *p)
{
    json_t *nodes = json_array(), *node;
    int count = p->options == 0 ? 1 : p->variants;

    for (int n = 0; n < count; n++)
        json_array_append_new(nodes, variant(p, n));
    node = json_pack("{so, so, ss, ss, ss, ss, s[s,s], ss, so, s{so}, s{s[]}, s{s[]}}", "id",
                     json_sprintf("gid://shopify/Product/%" PRId64, p->id), "title",
                     p->title != NULL ? json_string(p->title)
                                      : json_sprintf("Product %" PRId64, p->id),
                     "status", "ACTIVE", "descriptionHtml", "<p>Nice</p>", "productType", "Things",
                     "vendor", "Acme", "tags", "new", "nice", "updatedAt", "2026-11-20T10:00:00Z",
                     "options", options(p), "variants", "nodes", nodes, "metafields", "nodes",
                     "media", "nodes");
    if (p->image != NULL)
        json_array_append_new(json_object_get(json_object_get(node, "media"), "nodes"),
                              json_pack("{s{ss}}", "image", "url", p->image));
    return node;
}
