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
    enum field_owner owner = field->owner;
    char key[128];

    if (r == NULL)
        return owner;
    snprintf(key, sizeof key, "owner.%s.%s", kind->name, field->name);
    field_owner_of(reference_policy(r, key), &owner);
    return owner;
}

enum field_owner diff_owner(const struct kind *kind, const char *field, const struct reference *r)
{
    const struct field *f = kind_field(kind, field);

    return f != NULL ? owner_of(kind, f, r) : OWNER_NOBODY;
}

/* One field in its three versions; before: what each side held when they were last compared. */
struct three {
    const json_t *before_shopify, *before_odoo, *shopify, *odoo;
};

static enum decision newest(const struct diff_versions *v)
{
    if (v->shopify_at == 0 || v->odoo_at == 0 || v->shopify_at == v->odoo_at)
        return DECIDE_ASK;
    return v->shopify_at > v->odoo_at ? DECIDE_TO_ODOO : DECIDE_TO_SHOPIFY;
}

static enum decision decide_field(const struct three *t, enum field_owner owner,
                                  const struct diff_versions *v)
{
    enum move s = diff_equal(t->before_shopify, t->shopify) ? MOVE_SAME : MOVE_CHANGED;
    enum move o = diff_equal(t->before_odoo, t->odoo) ? MOVE_SAME : MOVE_CHANGED;
    enum decision decision;

    if (s + o != 0 && diff_equal(t->shopify, t->odoo))
        s = MOVE_CHANGED, o = MOVE_ALIKE;
    decision = decide(s, o, owner);
    return decision == DECIDE_ASK && owner == OWNER_NEWEST ? newest(v) : decision;
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

/* NULL: it is in none of them. */
static bool three_of(struct three *t, const char *field, const struct diff_versions *v,
                     const json_t **apart)
{
    const json_t *agreed = json_object_get(v->agreed, field);

    *apart = json_object_get(v->apart, field);
    *t = (struct three){
        .before_shopify = *apart != NULL ? json_object_get(*apart, "shopify") : agreed,
        .before_odoo = *apart != NULL ? json_object_get(*apart, "odoo") : agreed,
        .shopify = json_object_get(v->shopify, field),
        .odoo = json_object_get(v->odoo, field),
    };
    return agreed != NULL || *apart != NULL || t->shopify != NULL || t->odoo != NULL;
}

json_t *diff_merge_versions(const struct kind *kind, const struct diff_versions *v,
                            const struct reference *r)
{
    const char *what = whole(kind, v->agreed, v->shopify, v->odoo);
    json_t *result = json_pack("{sss{}s{}s{}s[]s[]s{}}", "whole", what, "to_odoo", "to_shopify",
                               "agreed", "ask", "put_back", "apart");

    for (size_t i = 0; result != NULL && strcmp(what, "merge") == 0 && i < kind->count; i++) {
        const struct field *field = &kind->fields[i];
        const json_t *apart;
        enum decision decision;
        struct three t;

        if (!three_of(&t, field->name, v, &apart))
            continue;
        decision = decide_field(&t, owner_of(kind, field, r), v);
        merge_field(result, field, decision, json_object_get(v->agreed, field->name), t.shopify,
                    t.odoo);
        if (apart != NULL && (decision == DECIDE_NOTHING || decision == DECIDE_ASK))
            json_object_set(json_object_get(result, "apart"), field->name,
                            (json_t *)(uintptr_t)apart);
    }
    return result;
}

json_t *diff_merge(const struct kind *kind, const json_t *agreed, const json_t *shopify,
                   const json_t *odoo, const struct reference *r)
{
    struct diff_versions v = { .agreed = agreed, .shopify = shopify, .odoo = odoo };
    json_t *result = diff_merge_versions(kind, &v, r);

    json_object_del(result, "apart");
    return result;
}
