#include "shopify/variants.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"

static const struct {
    const char *code, *words;
} refusals[] = {
#define REFUSAL(code, words) { code, words },
#include "shopify/variants.def"
#undef REFUSAL
};

bool variants_by_ids(struct shop *shop, struct http *http, const int64_t *ids, size_t count,
                     enum pace_class class, json_t **answer, struct graphql_trace *trace,
                     struct err *err)
{
    json_auto_t *gids = json_array(), *data = NULL;
    json_auto_t *variables = json_pack("{sO}", "ids", gids);
    struct graphql_request request = { .operation = GRAPHQL_VARIANTS_BY_IDS,
                                       .variables = variables,
                                       .class = class };

    if (count > VARIANTS_MOST)
        return err_set(err, ERR_BUG, "more than %d variants at once", VARIANTS_MOST);
    for (size_t i = 0; i < count; i++) {
        char gid[GRAPHQL_GID_MAX];

        json_array_append_new(gids, json_string(graphql_gid(gid, "ProductVariant", ids[i])));
    }
    if (!graphql_call(shop, http, &request, &data, trace, err))
        return false;
    if (json_len(data, "nodes") != count)
        return err_set(err, ERR_BUG, "%zu variants asked for, %zu answered", count,
                       json_len(data, "nodes"));
    *answer = json_incref(data);
    return true;
}

/* ["variants","12",...]: which row; count: none. */
static size_t row_of(const json_t *error, size_t count)
{
    unsigned long long n;
    const char *text = json_string_value(json_array_get(json_object_get(error, "field"), 1));

    return text != NULL && str_number(text, count - 1, &n) ? (size_t)n : count;
}

static const char *words_of(const char *code)
{
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
        if (strcmp(refusals[i].code, code) == 0)
            return refusals[i].words;
    return NULL;
}

/* One userError. False: it is against no row: *err. */
static bool take_refusal(const json_t *error, struct variant_row *rows, size_t count,
                         struct err *err)
{
    const char *code = json_text_or(error, "code", ""), *words = words_of(code);
    size_t nth = row_of(error, count);

    if (strcmp(code, "PRODUCT_DOES_NOT_EXIST") == 0)
        return err_set(err, ERR_MISSING, "the product was deleted in Shopify");
    if (nth == count)
        return err_set(err, ERR_REFUSED, "Shopify refuses the change: %.64s %.200s", code,
                       json_text_or(error, "message", ""));
    if (rows[nth].why.kind == ERR_NONE) {
        if (words != NULL)
            err_set(&rows[nth].why, ERR_REFUSED, "%s", words);
        else
            err_set(&rows[nth].why, ERR_REFUSED, "Shopify refuses it: %.64s %.200s", code,
                    json_text_or(error, "message", ""));
        err_from(&rows[nth].why, ERR_SIDE_SHOPIFY);
    }
    return true;
}

bool variants_update(struct shop *shop, struct http *http, int64_t product,
                     struct variant_row *rows, size_t count, enum pace_class class,
                     struct graphql_trace *trace, struct err *err)
{
    char gid[GRAPHQL_GID_MAX];
    json_auto_t *variants = json_array(), *data = NULL;
    json_auto_t *variables = json_pack("{s:s, s:O}", "product", graphql_gid(gid, "Product", product),
                                       "variants", variants);
    struct graphql_request request = { .operation = GRAPHQL_VARIANTS_UPDATE,
                                       .variables = variables,
                                       .class = class };
    const json_t *errors, *error;
    size_t i;

    if (count == 0 || count > VARIANTS_MOST)
        return err_set(err, ERR_BUG, "1 to %d variants are set at once", VARIANTS_MOST);
    for (i = 0; i < count; i++) {
        err_clear(&rows[i].why);
        json_array_append(variants, (json_t *)(uintptr_t)rows[i].input);
    }
    if (!graphql_call(shop, http, &request, &data, trace, err))
        return false;
    errors = json_at(data, "productVariantsBulkUpdate.userErrors");
    if (!json_is_array(errors))
        return err_set(err, ERR_UNSURE, "Shopify does not say what became of the variants");
    json_array_foreach(errors, i, error)
        if (!take_refusal(error, rows, count, err))
            return err_from(err, ERR_SIDE_SHOPIFY);
    return true;
}
