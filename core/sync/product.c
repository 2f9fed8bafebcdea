#include "sync/product.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "sync/order_to_odoo.h"

/* The one product whose field holds the text; 0 if none; -1 if several. */
static int64_t only_one(const json_t *found, const char *field, const char *text)
{
    const json_t *row;
    int64_t id = 0;
    size_t i;

    json_array_foreach(found, i, row)
    {
        const char *value = json_text(row, field);
        int64_t this = json_int_or(row, "id", 0);

        if (value == NULL || strcmp(value, text) != 0 || this == id)
            continue;
        if (id != 0)
            return -1;
        id = this;
    }
    return id;
}

static const char *const key_kinds[] = { "sku:", "variant:", "title:" };

void product_key(const json_t *line, char key[TEXT_KEY_MAX])
{
    const char *sku = json_text(line, "sku");
    int64_t variant = json_int_or(line, "variant_id", 0);
    char text[1024];

    if (sku != NULL)
        snprintf(text, sizeof text, "sku:%s", sku);
    else if (variant != 0)
        snprintf(text, sizeof text, "variant:%" PRId64, variant);
    else
        snprintf(text, sizeof text, "title:%s", json_text_or(line, "title", ""));
    text_key(key, text);
}

bool product_is_key(const char *thing)
{
    for (size_t i = 0; i < sizeof key_kinds / sizeof key_kinds[0]; i++)
        if (str_starts(thing, key_kinds[i]))
            return true;
    return false;
}

/* What a person answered for the line's variant, else for its SKU or title; and under which key. */
static const char *answer_of(const json_t *line, const struct reference *r, char key[TEXT_KEY_MAX])
{
    int64_t variant = json_int_or(line, "variant_id", 0);
    const char *value = NULL;

    if (variant != 0) {
        snprintf(key, TEXT_KEY_MAX, "variant:%" PRId64, variant);
        value = reference_mapping(r, "product", key);
    }
    if (value == NULL) {
        product_key(line, key);
        value = reference_mapping(r, "product", key);
    }
    return value;
}

int64_t product_mapped(const json_t *line, const struct reference *r)
{
    char key[TEXT_KEY_MAX];
    const char *value = answer_of(line, r, key);
    unsigned long long id;

    return value != NULL && str_number(value, INT32_MAX, &id) ? (int64_t)id : 0;
}

/* Another product that has its SKU is not it, then. */
static bool kept_apart(const json_t *line, const struct reference *r, struct findings *f)
{
    char key[TEXT_KEY_MAX];
    const char *said = answer_of(line, r, key);

    if (said != NULL && strcmp(said, "skip") == 0)
        findings_add(f, FINDING_FLAG, ERR_MISSING, key,
                     "its product is left out, as was answered: choose one for the line");
    else if (said != NULL && strcmp(said, "create") == 0)
        findings_add(f, FINDING_FLAG, ERR_MISSING, key,
                     "its product is to be made new, as was answered: bring it in first");
    else
        return false;
    return true;
}

static int64_t by_pair(const json_t *line, const json_t *pairs)
{
    char key[32];

    snprintf(key, sizeof key, "%" PRId64, json_int_or(line, "variant_id", 0));
    return json_integer_value(json_object_get(pairs, key));
}

int64_t product_match(const json_t *line, const struct reference *r, const json_t *pairs,
                      const json_t *found, struct findings *f)
{
    static const char *const fields[] = { "default_code", "barcode" };
    const char *sku = json_text(line, "sku");
    int64_t id = by_pair(line, pairs);
    char key[TEXT_KEY_MAX];

    if (id == 0)
        id = product_mapped(line, r);
    if (id != 0)
        return id;
    if (kept_apart(line, r, f))
        return 0;
    product_key(line, key);
    if (sku == NULL) {
        findings_add(f, FINDING_FLAG, ERR_MISSING, key, "the line has no SKU to match by");
        return 0;
    }
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        id = only_one(found, fields[i], sku);
        if (id > 0)
            return id;
        if (id < 0) {
            findings_add(f, FINDING_FLAG, ERR_MISSING, key,
                         "several products in Odoo have this SKU: choose one");
            return 0;
        }
    }
    findings_add(f, FINDING_FLAG, ERR_MISSING, key, "no product in Odoo has this SKU");
    return 0;
}

json_t *product_own(const char *word, const char *shopkey)
{
    static const struct {
        const char *word, *name, *code, *type;
    } rows[] = {
        { "placeholder", "Unknown Shopify product", "SHOPIFY-UNKNOWN", "consu" },
        { "shipping", "Shipping", "SHOPIFY-SHIPPING", "service" },
        { "tip", "Tip", "SHOPIFY-TIP", "service" },
        { "duty", "Duties", "SHOPIFY-DUTY", "service" },
        { "fee", "Additional fees", "SHOPIFY-FEE", "service" },
        { "rounding", "Rounding difference", "SHOPIFY-ROUNDING", "service" },
        { "discount", "Discount", "SHOPIFY-DISCOUNT", "service" },
        { "gift_card", "Gift card", "SHOPIFY-GIFT-CARD", "service" },
    };
    char xmlid[160];

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(rows[i].word, word) != 0)
            continue;
        if (!plan_xmlid(xmlid, sizeof xmlid, shopkey, "product", word))
            return NULL;
        return json_pack("{sssss{sssbsb}s[sssssssss]s[[sssssssss]]}", "model", "product.product",
                         "xmlid", xmlid, "context", "mode", "update", "noupdate", 1,
                         "tracking_disable", 1, "fields", "id", "name", "default_code", "type",
                         "list_price", "sale_ok", "purchase_ok", "invoice_policy", "taxes_id/.id",
                         "rows", xmlid, rows[i].name, rows[i].code, rows[i].type, "0", "1", "0",
                         "order", "");
    }
    return NULL;
}
