#include "tests/sandbox/shop/variants.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/money.h"
#include "tests/sandbox/shop/view.h"

#define VARIANTS_MOST 2048
#define TEXT_MOST     255

static void wrong(json_t *errors, size_t row, const char *field, const char *code, const char *message)
{
    json_t *path = json_pack("[s,o]", "variants", json_sprintf("%zu", row));

    if (field != NULL)
        json_array_append_new(path, json_string(field));
    json_array_append_new(errors, json_pack("{s:o,s:s,s:s}", "field", path, "message", message, "code", code));
}

static size_t index_in(const struct product *p, const char *gid)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->variants[i].id == gid_number(gid))
            return i;
    return p->count;
}

/* Money comes as text or as a number. False: neither, or below 0. */
static bool money_of(const struct shop *s, const json_t *value, int64_t *minor)
{
    return (json_is_string(value) ? money_parse(json_string_value(value), s->digits, minor, NULL)
                                  : json_is_number(value) && money_from_double(json_number_value(value), s->digits, minor)) &&
           *minor >= 0;
}

static bool amount_wrong(const struct shop *s, const json_t *row, const char *path)
{
    const json_t *value = json_at(row, path);
    int64_t minor;

    return value != NULL && !json_is_null(value) && !money_of(s, value, &minor);
}

static bool too_long(const json_t *row, const char *path)
{
    return strlen(json_text_or(row, path, "")) > TEXT_MOST;
}

static bool row_wrong(const struct shop *s, const struct product *p, const json_t *row, size_t nth, json_t *errors)
{
    size_t before = json_array_size(errors);
    const char *gid = json_text(row, "id");

    if (gid == NULL)
        wrong(errors, nth, "id", "PRODUCT_VARIANT_ID_MISSING", "Product variant is missing ID attribute");
    else if (index_in(p, gid) == p->count)
        wrong(errors, nth, "id", "PRODUCT_VARIANT_DOES_NOT_EXIST", "Product variant does not exist");
    if (json_object_get(row, "inventoryQuantities") != NULL)
        wrong(errors, nth, "inventoryQuantities", "NO_INVENTORY_QUANTITIES_ON_VARIANTS_UPDATE",
              "Inventory quantities can only be provided during create. To update inventory for existing variants, use inventoryAdjustQuantities.");
    if (json_object_get(row, "price") != NULL && json_is_null(json_object_get(row, "price")))
        wrong(errors, nth, "price", "INVALID_INPUT", "Price can't be blank");
    if (amount_wrong(s, row, "price"))
        wrong(errors, nth, "price", "NEGATIVE_PRICE_VALUE", "Price must be greater than or equal to 0");
    if (amount_wrong(s, row, "compareAtPrice"))
        wrong(errors, nth, "compareAtPrice", "NEGATIVE_PRICE_VALUE", "Compare at price must be greater than or equal to 0");
    if (too_long(row, "barcode") || too_long(row, "inventoryItem.sku"))
        wrong(errors, nth, NULL, "TOO_LONG", "is too long (maximum is 255 characters)");
    return json_array_size(errors) > before;
}

static void set_text(char **to, const json_t *row, const char *name)
{
    const json_t *value = json_object_get(row, name);

    if (value == NULL)
        return;
    free(*to);
    *to = json_is_string(value) && json_string_length(value) > 0 ? strdup(json_string_value(value)) : NULL;
}

static void set_amount(const struct shop *s, int64_t *to, const json_t *row, const char *name)
{
    const json_t *value = json_object_get(row, name);

    if (value != NULL && (json_is_null(value) || !money_of(s, value, to)))
        *to = -1;
}

static void set_weight(struct variant *v, const json_t *row)
{
    const json_t *weight = json_at(row, "inventoryItem.measurement.weight");
    const char *unit = json_text_or(weight, "unit", "GRAMS");
    double value = json_real_or(weight, "value", 0);

    if (weight != NULL)
        v->grams = (int)(value * (strcmp(unit, "KILOGRAMS") == 0 ? 1000 : 1) + 0.5);
}

static void row_set(const struct shop *s, struct variant *v, const json_t *row)
{
    const json_t *item = json_object_get(row, "inventoryItem");

    set_amount(s, &v->price, row, "price");
    set_amount(s, &v->compare_at, row, "compareAtPrice");
    set_amount(s, &v->cost, item, "cost");
    set_text(&v->barcode, row, "barcode");
    set_text(&v->sku, item, "sku");
    set_weight(v, row);
    v->updated = when_now();
}

static json_t *answer(json_t *set, json_t *errors)
{
    return json_pack("{s:o,s:o}", "productVariants", set, "userErrors", errors);
}

json_t *variants_write(struct roots *r, struct execution *e, const json_t *args)
{
    const json_t *rows = json_object_get(args, "variants"), *row;
    const struct product *held = shop_product_held(r->shop, gid_number(json_text_or(args, "productId", "")));
    bool *bad, partial = json_flag(args, "allowPartialUpdates");
    json_t *errors = json_array(), *set = json_array();
    struct product *p;
    size_t i;

    if (json_array_size(rows) > VARIANTS_MOST) {
        json_decref(errors);
        json_decref(set);
        return execution_fail(e, "MAX_INPUT_SIZE_EXCEEDED", "The input array size of %zu is greater than the maximum allowed of %d.",
                              json_array_size(rows), VARIANTS_MOST);
    }
    if (held == NULL || held->deleted) {
        json_array_append_new(errors, json_pack("{s:[s],s:s,s:s}", "field", "productId", "message", "Product does not exist", "code",
                                                "PRODUCT_DOES_NOT_EXIST"));
        json_decref(set);
        return answer(json_null(), errors);
    }
    p = shop_product_change(r->shop, held->index);
    bad = calloc(json_array_size(rows) + 1, sizeof *bad);
    if (bad == NULL)
        abort();
    json_array_foreach(rows, i, row)
        bad[i] = row_wrong(r->shop, p, row, i, errors);
    json_array_foreach(rows, i, row) {
        struct variant *v = &p->variants[index_in(p, json_text_or(row, "id", ""))];

        if (bad[i] || (!partial && json_array_size(errors) > 0))
            continue;
        row_set(r->shop, v, row);
        json_array_append_new(set, view_gid("ProductVariant", v->id));
    }
    free(bad);
    if (json_array_size(set) > 0) {
        p->updated = when_now();
        hooks_send(r->hooks, "products/update", payload_product(r->shop, p));
    }
    return answer(set, errors);
}
