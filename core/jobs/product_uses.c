/* What a product uses of what is mapped. */
#include "jobs/product.h"

#include "base/json.h"
#include "jobs/uses.h"
#include "sync/text.h"

static void seen_type(json_t *uses, const struct reference *r, const char *type)
{
    const char *value = reference_mapping(r, "product_type", type);
    int64_t id = reference_product_category(r, type);
    char key[TEXT_KEY_MAX], text[PRODUCT_KEY_MAX];
    bool made = value == NULL && id == 0 && reference_policy_is(r, "product_types", "create");
    json_t *row = uses_add(uses, "product_type", text_key(key, type),
                           value == NULL && id == 0 && !made);

    uses_title(row, type);
    if (value == NULL && id != 0)
        uses_matched(row, product_id_text(id, text), type);
}

json_t *product_uses(const struct product_flow *flow, const struct product_case *c)
{
    const struct reference *r = flow->place->picture->reference;
    const char *type = json_text(c->product, "type");
    json_t *uses = json_array();
    char key[TEXT_KEY_MAX];
    const json_t *row;
    size_t i;

    if (type != NULL)
        seen_type(uses, r, type);
    json_array_foreach(json_object_get(c->product, "metafields"), i, row) {
        product_metafield_key(key, json_text_or(row, "key", ""));
        uses_add(uses, "metafield", key, reference_mapping(r, "metafield", key) == NULL);
    }
    uses_words(uses, "product_tag", json_object_get(c->product, "tags"));
    for (i = 0; i < c->findings.count; i++)
        if (c->findings.list[i].kind == ERR_MISSING)
            uses_thing(uses, c->findings.list[i].thing);
    uses_thing(uses, c->why.thing);
    return uses;
}
