#include "sync/diff.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "sync/decide.h"

bool diff_equal(const json_t *a, const json_t *b)
{
    if (a == NULL || json_is_null(a))
        return b == NULL || json_is_null(b);
    return b != NULL && json_equal(a, b);
}

static json_t *copy(const json_t *value)
{
    return value != NULL ? json_deep_copy(value) : json_null();
}

json_t *diff_fields(const struct kind *kind, const json_t *from, const json_t *to)
{
    json_t *list = json_array();

    for (size_t i = 0; list != NULL && i < kind->count; i++) {
        const struct field *field = &kind->fields[i];
        const json_t *a = json_object_get(from, field->name), *b = json_object_get(to, field->name);

        if (diff_equal(a, b))
            continue;
        if (json_array_append_new(list, json_pack("{sssssoso}", "field", field->name, "label",
                                                  field->label, "from", copy(a), "to", copy(b))) !=
            0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static enum field_owner owner_of(const struct kind *kind, const struct field *field,
                                 const struct reference *r)
{
    char key[128];
    const char *value;

    if (r == NULL)
        return field->owner;
    snprintf(key, sizeof key, "owner.%s.%s", kind->name, field->name);
    value = reference_policy(r, key);
    for (enum field_owner o = OWNER_SHOPIFY; o <= OWNER_NOBODY; o++)
        if (strcmp(value, field_owner_name(o)) == 0)
            return o;
    return field->owner;
}

static enum decision decide_field(const json_t *agreed, const json_t *shopify, const json_t *odoo,
                                  enum field_owner owner)
{
    enum move s = diff_equal(agreed, shopify) ? MOVE_SAME : MOVE_CHANGED;
    enum move o = diff_equal(agreed, odoo) ? MOVE_SAME : MOVE_CHANGED;

    if (s == MOVE_CHANGED && o == MOVE_CHANGED && diff_equal(shopify, odoo))
        o = MOVE_ALIKE;
    return decide(s, o, owner);
}

static void set(json_t *result, const char *list, const struct field *field, const json_t *value)
{
    json_object_set_new(json_object_get(result, list), field->name, copy(value));
}

static void merge_field(json_t *result, const struct field *field, enum decision decision,
                        const json_t *agreed, const json_t *shopify, const json_t *odoo)
{
    json_t *put_back = json_object_get(result, "put_back");

    switch (decision) {
    case DECIDE_NOTHING:
        set(result, "agreed", field, agreed);
        break;
    case DECIDE_REMEMBER:
        set(result, "agreed", field, shopify);
        break;
    case DECIDE_BACK_ODOO:
        json_array_append_new(put_back, json_string(field->name));
        __attribute__((fallthrough));
    case DECIDE_TO_ODOO:
        set(result, "to_odoo", field, shopify);
        set(result, "agreed", field, shopify);
        break;
    case DECIDE_BACK_SHOPIFY:
        json_array_append_new(put_back, json_string(field->name));
        __attribute__((fallthrough));
    case DECIDE_TO_SHOPIFY:
        set(result, "to_shopify", field, odoo);
        set(result, "agreed", field, odoo);
        break;
    case DECIDE_ASK:
        json_array_append_new(json_object_get(result, "ask"),
                              json_pack("{sssssososo}", "field", field->name, "label", field->label,
                                        "agreed", copy(agreed), "shopify", copy(shopify), "odoo",
                                        copy(odoo)));
        set(result, "agreed", field, agreed);
        break;
    case DECIDE_COUNT:
        break;
    }
}

/* One side or both are not there: the rows of the table about whole records. */
static const char *whole(const struct kind *kind, const json_t *agreed, const json_t *shopify,
                         const json_t *odoo)
{
    const json_t *left = shopify != NULL ? shopify : odoo;
    bool same = true;

    if (shopify == NULL && odoo == NULL)
        return "nothing";
    if (shopify != NULL && odoo != NULL)
        return "merge";
    if (agreed == NULL)
        return shopify != NULL ? "create_odoo" : "create_shopify";
    if (shopify != NULL)
        return "create_odoo"; /* gone in Odoo: create again */
    for (size_t i = 0; same && i < kind->count; i++)
        same = diff_equal(json_object_get(agreed, kind->fields[i].name),
                          json_object_get(left, kind->fields[i].name));
    return same ? "archive" : "ask"; /* gone in Shopify */
}

json_t *diff_merge(const struct kind *kind, const json_t *agreed, const json_t *shopify,
                   const json_t *odoo, const struct reference *r)
{
    const char *what = whole(kind, agreed, shopify, odoo);
    json_t *result = json_pack("{sss{}s{}s{}s[]s[]}", "whole", what, "to_odoo", "to_shopify",
                               "agreed", "ask", "put_back");

    for (size_t i = 0; result != NULL && strcmp(what, "merge") == 0 && i < kind->count; i++) {
        const struct field *field = &kind->fields[i];
        const json_t *a = json_object_get(agreed, field->name);
        const json_t *s = json_object_get(shopify, field->name);
        const json_t *o = json_object_get(odoo, field->name);

        merge_field(result, field, decide_field(a, s, o, owner_of(kind, field, r)), a, s, o);
    }
    return result;
}
