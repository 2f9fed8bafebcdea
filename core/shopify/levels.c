#include "shopify/levels.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/json.h"
#include "base/str.h"
#include "shopify/reads.h"

#define MOST 1000000000 /* of a quantity, by Shopify's rules */

enum how { HOW_STALE, HOW_BAD, HOW_SPENT, HOW_BUSY };

static const struct {
    const char *code;
    enum how how;
    const char *words;
} refusals[] = {
#define REFUSAL(code, how, words) { code, HOW_##how, words },
#include "shopify/levels.def"
#undef REFUSAL
};

/* ---- reading ---- */

/* An item with more places than one page has: all of them. */
static bool whole_levels(struct shop *shop, struct http *http, json_t *variant,
                         enum pace_class class, struct graphql_trace *trace, struct err *err)
{
    json_t *item = json_object_get(variant, "inventoryItem");
    json_auto_t *whole = NULL;
    int64_t id;

    if (!json_flag(item, "inventoryLevels.pageInfo.hasNextPage") ||
        !graphql_gid_id(json_text_or(item, "id", ""), "InventoryItem", &id))
        return true;
    if (!items_fetch(shop, http, id, class, &whole, trace, err))
        return false;
    json_object_set(item, "inventoryLevels", json_object_get(whole, "inventoryLevels"));
    return true;
}

bool levels_of_variants(struct shop *shop, struct http *http, const int64_t *ids, size_t count,
                        enum pace_class class, json_t **variants, struct graphql_trace *trace,
                        struct err *err)
{
    json_auto_t *gids = json_array(), *data = NULL;
    json_auto_t *variables = json_pack("{sO}", "ids", gids);
    struct graphql_request request = { .operation = GRAPHQL_STOCK_BY_VARIANTS,
                                       .variables = variables,
                                       .class = class };
    json_t *nodes, *variant;
    size_t i;

    if (count > LEVELS_MAX)
        return err_set(err, ERR_BUG, "more than %d variants at once", LEVELS_MAX);
    for (i = 0; i < count; i++)
        json_array_append_new(
            gids, json_sprintf("gid://shopify/ProductVariant/%lld", (long long)ids[i]));
    if (!graphql_call(shop, http, &request, &data, trace, err))
        return false;
    nodes = json_object_get(data, "nodes");
    if (json_array_size(nodes) != count)
        return err_set(err, ERR_BUG, "%zu variants asked for, %zu answered", count,
                       json_array_size(nodes));
    json_array_foreach(nodes, i, variant)
        if (!whole_levels(shop, http, variant, class, trace, err))
            return false;
    *variants = json_incref(nodes);
    return true;
}

/* ---- setting ---- */

void levels_key(char key[LEVELS_KEY_MAX])
{
    unsigned char b[16] = { 0 };
    char hex[33];

    if (getrandom(b, sizeof b, 0) != (ssize_t)sizeof b) { /* of 16 bytes no signal cuts */
        when now = when_now();

        memcpy(b, &now, sizeof now);
    }
    b[6] = (unsigned char)((b[6] & 0x0F) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3F) | 0x80);
    hex_encode(hex, b, sizeof b);
    snprintf(key, LEVELS_KEY_MAX, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16,
             hex + 20);
}

static json_t *input_of(const struct level_row *rows, size_t count, const char *about)
{
    json_t *quantities = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(
            quantities,
            json_pack("{sososIsI}", "inventoryItemId",
                      json_sprintf("gid://shopify/InventoryItem/%lld", (long long)rows[i].item),
                      "locationId",
                      json_sprintf("gid://shopify/Location/%lld", (long long)rows[i].location),
                      "quantity", (json_int_t)rows[i].to, "changeFromQuantity",
                      (json_int_t)rows[i].from));
    return json_pack("{sssssoso}", "name", "available", "reason", "correction",
                     "referenceDocumentUri", json_sprintf("gid://signalbox/%s", about),
                     "quantities", quantities);
}

/* ["input","quantities","12",...]: which row; count: none. */
static size_t row_of(const json_t *error, size_t count)
{
    unsigned long long n;
    const char *text = json_string_value(json_array_get(json_object_get(error, "field"), 2));

    return text != NULL && str_number(text, count - 1, &n) ? (size_t)n : count;
}

/* One userError. False: it is against no row: *outcome and *err. */
static bool take_refusal(const json_t *error, struct level_row *rows, size_t count,
                         enum levels_outcome *outcome, struct err *err)
{
    const char *code = json_text_or(error, "code", "");
    size_t nth = row_of(error, count), i = 0;

    while (i < sizeof refusals / sizeof refusals[0] && strcmp(refusals[i].code, code) != 0)
        i++;
    if (i < sizeof refusals / sizeof refusals[0] && refusals[i].how == HOW_SPENT) {
        *outcome = LEVELS_SPENT;
        return false;
    }
    if (i < sizeof refusals / sizeof refusals[0] && refusals[i].how == HOW_BUSY) {
        *outcome = LEVELS_FAILED;
        return err_set(err, ERR_UNSURE, "Shopify is still at work on the same request");
    }
    if (nth == count) {
        *outcome = LEVELS_REFUSED;
        return err_set(err, ERR_REFUSED, "Shopify refuses to set stock: %.64s %.200s", code,
                       json_text_or(error, "message", ""));
    }
    if (i < sizeof refusals / sizeof refusals[0] && refusals[i].how == HOW_STALE) {
        rows[nth].refusal = LEVEL_STALE;
        return true;
    }
    rows[nth].refusal = LEVEL_BAD;
    err_set(&rows[nth].why, ERR_REFUSED, "%s",
            i < sizeof refusals / sizeof refusals[0] ? refusals[i].words
                                                     : json_text_or(error, "message", code));
    err_from(&rows[nth].why, ERR_SIDE_SHOPIFY);
    return true;
}

static enum levels_outcome judge(const json_t *data, struct level_row *rows, size_t count,
                                 struct err *err)
{
    const json_t *errors = json_at(data, "inventorySetQuantities.userErrors"), *error;
    enum levels_outcome outcome = LEVELS_SET;
    size_t i;

    if (!json_is_array(errors)) {
        err_set(err, ERR_UNSURE, "Shopify does not say what became of the stock");
        return LEVELS_FAILED;
    }
    json_array_foreach(errors, i, error) {
        outcome = LEVELS_REFUSED;
        if (!take_refusal(error, rows, count, &outcome, err))
            return outcome;
    }
    return outcome;
}

enum levels_outcome levels_set(struct shop *shop, struct http *http, struct level_row *rows,
                               size_t count, const char *key, const char *about,
                               enum pace_class class, struct graphql_trace *trace,
                               struct err *err)
{
    json_auto_t *variables = json_pack("{soss}", "input", input_of(rows, count, about), "key", key);
    json_auto_t *data = NULL;
    struct graphql_request request = { .operation = GRAPHQL_INVENTORY_SET,
                                       .variables = variables,
                                       .class = class };

    if (count == 0 || count > LEVELS_MAX) {
        err_set(err, ERR_BUG, "1 to %d levels are set at once", LEVELS_MAX);
        return LEVELS_FAILED;
    }
    for (size_t i = 0; i < count; i++) {
        rows[i].refusal = LEVEL_TAKEN;
        err_clear(&rows[i].why);
        if (rows[i].to < 0 || rows[i].to > MOST) {
            err_set(err, ERR_BUG, "a quantity of %lld", (long long)rows[i].to);
            return LEVELS_FAILED;
        }
    }
    if (!graphql_call(shop, http, &request, &data, trace, err)) {
        if (err->kind == ERR_CONFLICT) /* the first attempt with this key failed */
            return LEVELS_SPENT;
        return LEVELS_FAILED;
    }
    return judge(data, rows, count, err);
}
