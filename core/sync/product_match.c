#include "sync/product_match.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "sync/product_to_odoo.h"

/* One product in the middle of its matching. */
struct matching {
    const struct reference *r;
    const struct product_around *around;
    struct findings *f;
    json_t *links, *mine; /* mine: {"PRODUCT ID": variant id} of this product's links */
    const char *answer;
};

static int64_t link_id(const json_t *value)
{
    if (json_is_array(value))
        value = json_array_get(value, 0);
    return json_is_integer(value) ? json_integer_value(value) : 0;
}

static void list_row(json_t *index, const char *text, const json_t *row)
{
    json_t *list = json_object_get(index, text);

    if (list == NULL) {
        list = json_array();
        json_object_set_new(index, text, list);
    }
    json_array_append(list, (json_t *)(uintptr_t)row);
}

json_t *product_found(const json_t *rows)
{
    static const char *const fields[] = { "default_code", "barcode" };
    json_t *found = json_pack("{s{}s{}s{}}", "default_code", "barcode", "template");
    const json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        char id[PRODUCT_KEY_MAX];

        for (size_t n = 0; n < sizeof fields / sizeof fields[0]; n++)
            if (json_text(row, fields[n]) != NULL)
                list_row(json_object_get(found, fields[n]), json_text(row, fields[n]), row);
        json_object_set_new(json_object_get(found, "template"),
                            product_id_text(json_int_or(row, "id", 0), id),
                            json_integer(link_id(json_object_get(row, "product_tmpl_id"))));
    }
    return found;
}

int64_t product_template_of(const json_t *found, int64_t product)
{
    char id[PRODUCT_KEY_MAX];

    product_id_text(product, id);
    return json_integer_value(json_object_get(json_object_get(found, "template"), id));
}

/* ---- the answers of people ---- */

char *product_sku_key(char to[TEXT_KEY_MAX], const char *sku)
{
    char key[300];

    snprintf(key, sizeof key, "sku:%s", sku);
    return text_key(to, key);
}

const char *product_answer(const json_t *variant, const struct reference *r)
{
    const char *sku = json_text(variant, "sku"), *value;
    char key[TEXT_KEY_MAX];

    snprintf(key, sizeof key, "variant:%" PRId64, json_int_or(variant, "id", 0));
    value = reference_mapping(r, "product", key);
    if (value == NULL && sku != NULL)
        value = reference_mapping(r, "product", product_sku_key(key, sku));
    return value;
}

/* ---- SKU and barcode ---- */

/*
 * The products whose field holds the text: active ones, or else archived ones. *count: how many;
 * the first is returned.
 */
static int64_t holding(const json_t *found, const char *field, const char *text, size_t *count,
                       bool *archived)
{
    const json_t *row;
    int64_t first[2] = { 0, 0 };
    size_t counts[2] = { 0, 0 }, i;

    json_array_foreach(json_object_get(json_object_get(found, field), text), i, row)
    {
        bool active = json_object_get(row, "active") == NULL || json_flag(row, "active");

        if (counts[active]++ == 0)
            first[active] = json_int_or(row, "id", 0);
    }
    *archived = counts[1] == 0 && counts[0] > 0;
    *count = counts[!*archived];
    return first[!*archived];
}

static int64_t owner_of(const struct matching *m, int64_t product)
{
    char id[PRODUCT_KEY_MAX];
    json_int_t mine;

    product_id_text(product, id);
    mine = json_integer_value(json_object_get(m->mine, id));
    return mine != 0 ? mine : json_integer_value(json_object_get(m->around->taken, id));
}

/* True: decided, *product is it, or 0 and a question was asked. */
static bool by_field(struct matching *m, const char *field, const char *text, int64_t variant,
                     int64_t *product)
{
    bool sku = strcmp(field, "default_code") == 0, archived;
    char id[PRODUCT_KEY_MAX], words[FINDING_TEXT_MAX], thing[TEXT_KEY_MAX];
    int64_t found;
    size_t count;

    *product = 0;
    if (text == NULL)
        return false;
    found = holding(m->around->found, field, text, &count, &archived);
    if (count == 0)
        return false;
    product_id_text(variant, id);
    if (count > 1)
        snprintf(words, sizeof words, "%zu products in Odoo have the %s %.80s: choose one", count,
                 sku ? "SKU" : "barcode", text);
    else if (owner_of(m, found) != 0 && owner_of(m, found) != variant)
        snprintf(words, sizeof words,
                 "the product in Odoo with the %s %.80s is another variant's already: choose one, "
                 "or create it",
                 sku ? "SKU" : "barcode", text);
    else {
        if (archived)
            findings_add(m->f, FINDING_FLAG, ERR_INVALID, "",
                         "the product with the %s %.80s is archived in Odoo",
                         sku ? "SKU" : "barcode", text);
        *product = found;
        return true;
    }
    if (sku)
        product_sku_key(thing, text);
    else
        snprintf(thing, sizeof thing, "variant:%s", id);
    findings_add(m->f, FINDING_MISSING, ERR_MISSING, thing, "%s", words);
    return true;
}

static void match(struct matching *m, const json_t *variant)
{
    int64_t id = json_int_or(variant, "id", 0), product = 0;
    const char *sku = json_text(variant, "sku"), *said = product_answer(variant, m->r);
    char key[PRODUCT_KEY_MAX], other[PRODUCT_KEY_MAX];
    unsigned long long n;

    product_id_text(id, key);
    product = json_integer_value(json_object_get(m->around->pairs, key));
    if (product == 0 && said != NULL && str_number(said, INT32_MAX, &n))
        product = (int64_t)n;
    if (product == 0 && said != NULL && (strcmp(said, "create") == 0 || strcmp(said, "skip") == 0))
        m->answer = strcmp(m->answer, "skip") == 0 ? m->answer : said;
    else if (product == 0 && !by_field(m, "default_code", sku, id, &product))
        by_field(m, "barcode", json_text(variant, "barcode"), id, &product);
    if (product == 0)
        return;
    json_object_set_new(m->links, key, json_integer(product));
    json_object_set_new(m->mine, product_id_text(product, other), json_integer(id));
}

/* Barcodes that Odoo would refuse: on another product there, or on another variant here. */
static json_t *barcodes(struct matching *m, const json_t *product)
{
    json_t *skip = json_object();
    const json_t *v;
    size_t i;

    json_array_foreach(json_object_get(product, "variants"), i, v)
    {
        const char *code = json_text(v, "barcode");
        char id[PRODUCT_KEY_MAX];
        int64_t holder, link, first;
        size_t count;
        bool archived;

        if (code == NULL)
            continue;
        product_id_text(json_int_or(v, "id", 0), id);
        link = json_integer_value(json_object_get(m->links, id));
        holder = holding(m->around->found, "barcode", code, &count, &archived);
        first = json_integer_value(json_object_get(m->around->barcodes, code));
        if ((holder == 0 || archived || holder == link) &&
            (first == 0 || first == json_int_or(v, "id", 0))) {
            if (m->around->barcodes != NULL)
                json_object_set(m->around->barcodes, code, json_object_get(v, "id"));
            continue;
        }
        json_object_set_new(skip, id, json_true());
        findings_add(m->f, FINDING_FLAG, ERR_INVALID, "",
                     "the barcode %.60s is another product's: %.80s goes without", code,
                     json_text_or(v, "sku", json_text_or(v, "title", id)));
    }
    return skip;
}

json_t *product_links(const json_t *product, const struct reference *r,
                      const struct product_around *around, struct findings *f)
{
    struct matching m = { .r = r, .around = around, .f = f, .links = json_object(),
                          .mine = json_object(), .answer = "" };
    const json_t *v;
    json_t *skip;
    size_t i;

    json_array_foreach(json_object_get(product, "variants"), i, v) match(&m, v);
    skip = barcodes(&m, product);
    json_decref(m.mine);
    return json_pack("{sososs}", "links", m.links, "skip", skip, "answer", m.answer);
}
