#include "jobs/uses.h"

#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "sync/product.h"
#include "sync/text.h"

json_t *uses_add(json_t *uses, const char *kind, const char *key, bool lacking)
{
    char cut[TEXT_KEY_MAX];
    json_t *row;
    size_t i;

    key = text_key(cut, key);
    json_array_foreach(uses, i, row)
        if (strcmp(json_text_or(row, "key", ""), key) == 0 &&
            strcmp(json_text_or(row, "kind", ""), kind) == 0) {
            if (lacking)
                json_object_set_new(row, "lacking", json_true());
            return row;
        }
    if (uses == NULL || json_array_size(uses) == USES_MAX)
        return NULL;
    row = json_pack("{s:s, s:s, s:s, s:b}", "kind", kind, "key", key, "title", key, "lacking",
                    (int)lacking);
    if (row == NULL || json_array_append_new(uses, row) != 0)
        return NULL;
    return row;
}

void uses_title(json_t *row, const char *title)
{
    if (row != NULL)
        json_object_set_new(row, "title", json_string(title));
}

void uses_matched(json_t *row, const char *value, const char *label)
{
    if (row == NULL)
        return;
    json_object_set_new(row, "value", json_string(value));
    json_object_set_new(row, "label", json_string(label));
}

void uses_words(json_t *uses, const char *kind, const json_t *words)
{
    const json_t *word;
    size_t i;

    json_array_foreach(words, i, word)
        if (json_string_length(word) > 0)
            uses_add(uses, kind, json_string_value(word), false);
}

bool uses_word(const char *kind)
{
    const char *last = strrchr(kind, '_');

    return last != NULL && strcmp(last, "_tag") == 0;
}

bool uses_mappable(const char *thing, char kind[USES_KIND_MAX], const char **key)
{
    static const char *const kinds[] = { "tax",      "carrier",   "gateway", "state", "product",
                                         "location", "metafield", "terms",   "product_type" };
    const char *colon = strchr(thing, ':');

    if (colon == NULL)
        return false;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strlen(kinds[i]) == (size_t)(colon - thing) &&
            strncmp(thing, kinds[i], (size_t)(colon - thing)) == 0) {
            str_copy(kind, USES_KIND_MAX, kinds[i]);
            *key = colon + 1;
            return true;
        }
    if (product_is_key(thing)) {
        str_copy(kind, USES_KIND_MAX, "product");
        *key = thing;
        return true;
    }
    return false;
}

void uses_thing(json_t *uses, const char *thing)
{
    char kind[USES_KIND_MAX];
    const char *key;

    if (uses_mappable(thing, kind, &key))
        uses_add(uses, kind, key, true);
}

void uses_findings(json_t *uses, const struct findings *f, bool products)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->list[i].level != FINDING_NOTE && (products || !product_is_key(f->list[i].thing)))
            uses_thing(uses, f->list[i].thing);
}
