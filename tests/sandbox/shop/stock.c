#include "tests/sandbox/shop/stock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "tests/sandbox/shop/levels.h"
#include "tests/sandbox/shop/view.h"

#define ROWS_MAX   250
#define KEYS_MAX   8192 /* remembered; older ones are forgotten */
#define FROZEN_MAX 64
#define MOST       1000000000

struct used_key {
    char key[64];
    char *args; /* NULL: free */
    bool failed;
};

struct stock_rules {
    struct used_key keys[KEYS_MAX];
    size_t key_count; /* so many were used */
    int64_t frozen[FROZEN_MAX];
    size_t frozen_count;
    bool closed[LOCATIONS_MAX];
    int64_t busy;
};

struct stock_rules *stock_rules_new(void)
{
    return calloc(1, sizeof(struct stock_rules));
}

void stock_rules_free(struct stock_rules *k)
{
    if (k == NULL)
        return;
    for (size_t i = 0; i < KEYS_MAX; i++)
        free(k->keys[i].args);
    free(k);
}

bool stock_is_closed(const struct shop *s, size_t location)
{
    return s->rules->closed[location];
}

/* ---- keys ---- */

/* Of the directive; "" if there is none. */
static const char *key_of(const struct execution *e)
{
    const struct selection *s = e->selection;

    for (size_t i = 0; s != NULL && i < s->directive_count; i++)
        for (size_t k = 0; strcmp(s->directives[i].name, "idempotent") == 0 && k < s->directives[i].args.count; k++) {
            const json_t *value = s->directives[i].args.list[k].value;
            const char *name = json_string_value(json_object_get(value, "$var"));

            if (strcmp(s->directives[i].args.list[k].name, "key") == 0)
                return name != NULL ? json_text_or(e->variables, name, "") : json_string_value(value) != NULL ? json_string_value(value) : "";
        }
    return "";
}

static struct used_key *used(struct stock_rules *k, const char *key)
{
    for (size_t i = 0; i < KEYS_MAX && i < k->key_count; i++)
        if (k->keys[i].args != NULL && strcmp(k->keys[i].key, key) == 0)
            return &k->keys[i];
    return NULL;
}

static void use(struct stock_rules *k, const char *key, char *args, bool failed)
{
    struct used_key *one = &k->keys[k->key_count++ % KEYS_MAX];

    free(one->args);
    str_copy(one->key, sizeof one->key, key);
    one->args = args;
    one->failed = failed;
}

/* ---- rows ---- */

static bool is_frozen(const struct stock_rules *k, int64_t item)
{
    for (size_t i = 0; i < k->frozen_count; i++)
        if (k->frozen[i] == item)
            return true;
    return false;
}

static bool twice(const json_t *rows, size_t nth)
{
    const json_t *row = json_array_get(rows, nth);

    for (size_t i = 0; i < nth; i++)
        if (json_equal(json_object_get(json_array_get(rows, i), "inventoryItemId"), json_object_get(row, "inventoryItemId")) &&
            json_equal(json_object_get(json_array_get(rows, i), "locationId"), json_object_get(row, "locationId")))
            return true;
    return false;
}

/* What of the level is named; on hand moves what is available. */
static int64_t named(const struct level *level, bool on_hand)
{
    return on_hand ? levels_on_hand(level) : level->available;
}

/* NULL: right. */
static const char *row_wrong(struct roots *r, const json_t *rows, size_t nth, bool on_hand)
{
    const json_t *row = json_array_get(rows, nth), *from = json_object_get(row, "changeFromQuantity");
    int64_t item = gid_number(json_text_or(row, "inventoryItemId", "")), wanted = json_int_or(row, "quantity", 0);
    const struct variant *v = shop_variant_held(r->shop, item);
    struct level level;
    size_t location;

    if (v == NULL || v->item != item || v->of->deleted)
        return "INVALID_INVENTORY_ITEM";
    if (!shop_location_find(r->shop, gid_number(json_text_or(row, "locationId", "")), &location) || stock_is_closed(r->shop, location))
        return "INVALID_LOCATION";
    if (is_frozen(r->shop->rules, item))
        return "NON_MUTABLE_INVENTORY_ITEM";
    if (wanted < 0)
        return "INVALID_QUANTITY_NEGATIVE";
    if (wanted > MOST)
        return "INVALID_QUANTITY_TOO_HIGH";
    if (twice(rows, nth))
        return "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR";
    levels_get(r->shop, v, location, &level);
    return json_is_integer(from) && json_integer_value(from) != named(&level, on_hand) ? "CHANGE_FROM_QUANTITY_STALE" : NULL;
}

static void row_set(struct roots *r, const json_t *row, bool on_hand)
{
    const struct variant *v = shop_variant_held(r->shop, gid_number(json_text_or(row, "inventoryItemId", "")));
    struct level level;
    size_t location;

    shop_location_find(r->shop, gid_number(json_text_or(row, "locationId", "")), &location);
    levels_get(r->shop, v, location, &level);
    levels_set(r->shop, v, location, level.available + json_int_or(row, "quantity", 0) - named(&level, on_hand));
    hooks_send(r->hooks, "inventory_levels/update", payload_level(r->shop, v, location));
}

/* ---- the mutation ---- */

static json_t *error(json_t *field, const char *code)
{
    return json_pack("{s:o,s:s,s:s}", "field", field, "message", code, "code", code);
}

static json_t *refusal(const char *field, const char *code)
{
    return json_pack("[o]", error(json_pack("[s,s]", "input", field), code));
}

static json_t *payload(json_t *errors)
{
    return json_pack("{s:o,s:o}", "inventoryAdjustmentGroup",
                     json_array_size(errors) > 0 ? json_null() :
                                                   json_pack("{s:s,s:s}", "id", "gid://shopify/InventoryAdjustmentGroup/1", "createdAt",
                                                             "2026-11-24T00:00:00Z"),
                     "userErrors", errors);
}

/* What is wrong before any row is looked at; NULL: nothing. */
static json_t *input_wrong(const json_t *args)
{
    static const char *const reasons[] = { "correction", "cycle_count_available", "damaged", "movement_created", "movement_updated",
                                           "movement_received", "movement_canceled", "other", "promotion", "quality_control",
                                           "received", "reservation_created", "reservation_updated", "reservation_deleted",
                                           "restock", "safety_stock", "shrinkage" };
    const char *name = json_text_or(args, "input.name", ""), *reason = json_text_or(args, "input.reason", "");
    const char *about = json_text(args, "input.referenceDocumentUri");
    bool known = false;

    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        known = known || strcmp(reasons[i], reason) == 0;
    if (strcmp(name, "available") != 0 && strcmp(name, "on_hand") != 0)
        return refusal("name", "INVALID_NAME");
    if (!known)
        return refusal("reason", "INVALID_REASON");
    return about != NULL && strstr(about, "://") == NULL ? refusal("referenceDocumentUri", "INVALID_REFERENCE_DOCUMENT") : NULL;
}

static json_t *rows_wrong(struct roots *r, const json_t *rows, bool on_hand)
{
    json_t *wrong = json_array();

    for (size_t i = 0; i < json_array_size(rows); i++) {
        const char *code = row_wrong(r, rows, i, on_hand);

        if (code != NULL)
            json_array_append_new(wrong, error(json_pack("[s,s,o,s]", "input", "quantities", json_sprintf("%zu", i),
                                                         "inventoryItemId"), code));
    }
    return wrong;
}

/* True: the key decides. */
static bool key_decides(struct stock_rules *k, const char *key, const char *args, json_t **errors)
{
    const struct used_key *before = used(k, key);

    if (k->busy > 0) {
        k->busy--;
        *errors = refusal("key", "IDEMPOTENCY_CONCURRENT_REQUEST");
    } else if (before == NULL) {
        return false;
    } else if (strcmp(before->args, args) != 0) {
        *errors = refusal("key", "IDEMPOTENCY_KEY_PARAMETER_MISMATCH");
    } else {
        *errors = before->failed ? refusal("key", "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED") : json_array();
    }
    return true;
}

/* An integer or null, but it has to be there. */
static bool from_lacks(const json_t *rows)
{
    const json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
        if (json_object_get(row, "changeFromQuantity") == NULL)
            return true;
    return false;
}

json_t *stock_write(struct roots *r, struct execution *e, const json_t *args)
{
    const json_t *rows = json_at(args, "input.quantities");
    bool on_hand = strcmp(json_text_or(args, "input.name", ""), "on_hand") == 0;
    const char *key = key_of(e);
    json_t *errors = NULL;
    char *text;

    if (*key == '\0')
        return execution_fail(e, "BAD_REQUEST", "The @idempotent directive is required for this mutation but was not provided.");
    if (from_lacks(rows))
        return execution_fail(e, "INVALID_FIELD_ARGUMENTS", "InventoryQuantityInput must include the following argument: changeFromQuantity.");
    if (json_array_size(rows) > ROWS_MAX)
        return execution_fail(e, "MAX_INPUT_SIZE_EXCEEDED", "The input array size of %zu is greater than the maximum allowed of %d.",
                              json_array_size(rows), ROWS_MAX);
    text = json_dumps(args, JSON_COMPACT | JSON_SORT_KEYS);
    if (text == NULL || key_decides(r->shop->rules, key, text, &errors)) {
        free(text);
        return payload(errors);
    }
    errors = input_wrong(args);
    if (errors == NULL)
        errors = rows_wrong(r, rows, on_hand);
    for (size_t i = 0; json_array_size(errors) == 0 && i < json_array_size(rows); i++)
        row_set(r, json_array_get(rows, i), on_hand);
    use(r->shop->rules, key, text, json_array_size(errors) > 0);
    return payload(errors);
}

/* ---- wishes ---- */

json_t *stock_wish_held(struct shop *s, const json_t *wish)
{
    struct stock_rules *k = s->rules;
    const struct variant *v = shop_variant_held(s, json_int_or(wish, "item", 0));
    int64_t place = json_int_or(wish, "location", 0);
    size_t location = 0;
    struct level level;

    if (place != 0 && !shop_location_find(s, place, &location))
        return NULL;
    if (json_object_get(wish, "closed") != NULL)
        k->closed[location] = json_flag(wish, "closed");
    k->busy = json_int_or(wish, "busy", k->busy);
    if (v == NULL)
        return json_object_get(wish, "item") == NULL ? json_object() : NULL;
    if (json_flag(wish, "frozen") && k->frozen_count < FROZEN_MAX)
        k->frozen[k->frozen_count++] = v->item;
    else if (json_object_get(wish, "frozen") != NULL)
        k->frozen_count = 0;
    if (json_object_get(wish, "available") != NULL)
        levels_set(s, v, location, json_int_or(wish, "available", 0));
    levels_get(s, v, location, &level);
    return json_pack("{s:I,s:I,s:I,s:I}", "available", (json_int_t)level.available, "committed", (json_int_t)level.committed,
                     "on_hand", (json_int_t)levels_on_hand(&level), "peak",
                     (json_int_t)levels_peak(s, v, location, json_flag(wish, "anew")));
}
