/*
 * What a person is asked about the variants of a product before anything is written: only the
 * rehearsal looks for it. Proposals are by SKU, by barcode, and by the very same title and price;
 * none of them is ever taken without an answer but the one product that has the SKU or barcode.
 */
#include "jobs/product.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/money.h"
#include "base/str.h"
#include "odoo/records.h"
#include "store/clinic.h"
#include "sync/product_match.h"

#define PROPOSALS_MAX 5
#define FORMS         4    /* of a name */
#define NAMED_MAX     20   /* variants of a product that are looked for by name */
#define NAME_MAX_LEN  1024 /* a longer one is nobody's */

/* Is it known, or answered? Then nothing is asked. */
static bool settled(const struct product_flow *flow, const struct product_case *c, const json_t *v)
{
    char id[PRODUCT_KEY_MAX];

    return json_object_get(c->before, product_id_text(json_int_or(v, "id", 0), id)) != NULL ||
           product_answer(v, flow->place->picture->reference) != NULL;
}

/* How it may be called in Odoo: as the product, or as a product of its own for the variant. */
static const char *name_of(const struct product_case *c, const json_t *v, size_t form,
                           char name[NAME_MAX_LEN])
{
    const char *title = json_text_or(c->product, "title", "");
    const char *variant = json_text_or(v, "title", "");

    switch (form) {
    case 0:
        snprintf(name, NAME_MAX_LEN, "%s", title);
        break;
    case 1:
        snprintf(name, NAME_MAX_LEN, "%s - %s", title, variant);
        break;
    case 2:
        snprintf(name, NAME_MAX_LEN, "%s, %s", title, variant);
        break;
    default:
        snprintf(name, NAME_MAX_LEN, "%s (%s)", title, variant);
        break;
    }
    return name;
}

static size_t forms_of(const struct product_case *c)
{
    return product_default_only(c->product) ? 1 : FORMS;
}

static void add_names(const struct product_flow *flow, const struct product_case *c, json_t *names)
{
    char name[NAME_MAX_LEN];
    size_t i, asked = 0;
    const json_t *v;

    json_array_foreach(json_object_get(c->product, "variants"), i, v) {
        if (json_text(v, "sku") != NULL || settled(flow, c, v) || asked++ == NAMED_MAX)
            continue;
        for (size_t form = 0; form < forms_of(c); form++)
            json_array_append_new(names, json_string(name_of(c, v, form, name)));
    }
}

bool product_lookalikes(struct product_flow *flow, json_t **rows, struct err *err)
{
    json_auto_t *names = json_array(), *domain = NULL, *fields = NULL;
    struct records_query query = { .model = "product.product", .class = flow->place->class };

    *rows = NULL;
    for (size_t i = 0; i < flow->count; i++)
        if (flow->cases[i].product != NULL)
            add_names(flow, &flow->cases[i], names);
    if (json_array_size(names) == 0)
        return true;
    query.domain = domain = json_pack("[[ssO]]", "name", "in", names);
    query.fields = fields = json_pack("[sssss]", "id", "name", "lst_price", "default_code",
                                      "product_tmpl_id");
    return records_search(flow->place->site->odoo, flow->place->http, &query, rows,
                          &flow->place->odoo, err) ||
           err_within(err, "look for products of the same name");
}

/* ---- proposals ---- */

static void propose(json_t *list, const json_t *row, const char *by, int score)
{
    const char *name = json_text(row, "name"), *code = json_text_or(row, "default_code", "");
    int64_t id = json_int_or(row, "id", 0);
    const json_t *other;
    char label[STORE_TITLE_MAX];
    size_t i;

    json_array_foreach(list, i, other)
        if (json_int_or(other, "product_id", 0) == id)
            return;
    if (id == 0 || json_array_size(list) == PROPOSALS_MAX)
        return;
    if (name == NULL)
        name = json_text_or(row, "product_tmpl_id.1", "?");
    snprintf(label, sizeof label, "%s%.60s%s%.90s", code[0] != '\0' ? "[" : "", code,
             code[0] != '\0' ? "] " : "", name);
    json_array_append_new(list, json_pack("{s:I, s:o, s:s, s:i}", "product_id", (json_int_t)id,
                                          "label", json_string(label), "by", by, "score", score));
}

/* How many of those that are in use have it. */
static size_t propose_by(json_t *list, const json_t *found, const char *field, const char *text,
                         const char *by, int score)
{
    const json_t *row;
    size_t i, active = 0;

    if (text == NULL)
        return 0;
    json_array_foreach(json_object_get(json_object_get(found, field), text), i, row) {
        propose(list, row, by, score);
        active += json_object_get(row, "active") == NULL || json_flag(row, "active");
    }
    return active;
}

static void price_of(const struct product_flow *flow, const struct product_case *c,
                     const json_t *v, char text[MONEY_TEXT_MAX])
{
    const char *currency = json_text_or(c->product, "currency", "");
    int digits = reference_digits(flow->place->picture->reference, currency);

    text[0] = '\0';
    if (json_is_integer(json_object_get(v, "price")))
        money_text(json_int_or(v, "price", 0), digits < 0 ? 2 : digits, text);
}

static bool same_price(const json_t *row, const char *price)
{
    int64_t theirs, ours;

    return price[0] != '\0' && money_from_double(json_real_or(row, "lst_price", -1), 3, &theirs) &&
           money_parse(price, 3, &ours, NULL) && ours == theirs;
}

static void propose_lookalikes(json_t *list, const json_t *lookalikes,
                               const struct product_case *c, const json_t *v, const char *price)
{
    char name[NAME_MAX_LEN];
    const json_t *row;
    size_t i;

    json_array_foreach(lookalikes, i, row)
        for (size_t form = 0; form < forms_of(c); form++)
            if (strcmp(json_text_or(row, "name", ""), name_of(c, v, form, name)) == 0 &&
                same_price(row, price))
                propose(list, row, "title+price", 60);
}

/* ---- one variant ---- */

/* Did the matching ask about it? */
static bool is_asked(const struct product_case *c, const json_t *v)
{
    char key[TEXT_KEY_MAX], own[PRODUCT_KEY_MAX + 16], id[PRODUCT_KEY_MAX];
    const char *sku = json_text(v, "sku");

    snprintf(own, sizeof own, "variant:%s", product_id_text(json_int_or(v, "id", 0), id));
    str_copy(key, sizeof key, own);
    if (sku != NULL)
        product_sku_key(key, sku);
    if (strcmp(c->why.thing, own) == 0 || strcmp(c->why.thing, key) == 0)
        return true;
    for (size_t i = 0; i < c->findings.count; i++)
        if (c->findings.list[i].level == FINDING_MISSING &&
            (strcmp(c->findings.list[i].thing, own) == 0 ||
             strcmp(c->findings.list[i].thing, key) == 0))
            return true;
    return false;
}

static void ask(const struct product_flow *flow, const struct product_case *c, const json_t *v,
                const json_t *lookalikes, json_t *row)
{
    const char *sku = json_text(v, "sku");
    json_auto_t *list = json_array();
    enum clinic_kind kind;
    size_t several;

    several = propose_by(list, flow->found, "default_code", sku, "sku", 100) > 1;
    several += propose_by(list, flow->found, "barcode", json_text(v, "barcode"), "barcode", 90) > 1;
    if (sku == NULL)
        propose_lookalikes(list, lookalikes, c, v, json_text_or(row, "price", ""));
    if (json_array_size(list) > 0)
        json_object_set(row, "proposals", list);
    if (several > 0)
        kind = CLINIC_ODOO;
    else if (sku == NULL)
        kind = CLINIC_MISSING;
    else if (is_asked(c, v))
        kind = CLINIC_QUESTION;
    else
        return;
    json_object_set_new(row, "kind", json_string(clinic_kind_name(kind)));
}

static json_t *row_of(const struct product_flow *flow, const struct product_case *c,
                      const json_t *v)
{
    const char *sku = json_text(v, "sku"), *title = json_text_or(c->product, "title", "");
    bool only = product_default_only(c->product);
    char key[TEXT_KEY_MAX] = "sku:", price[MONEY_TEXT_MAX], name[STORE_TITLE_MAX];

    if (sku != NULL)
        product_sku_key(key, sku);
    price_of(flow, c, v, price);
    snprintf(name, sizeof name, "%.100s%s%.60s", title, only ? "" : ", ",
             only ? "" : json_text_or(v, "title", ""));
    return json_pack("{s:I, s:I, s:s, s:o, s:s}", "variant", (json_int_t)json_int_or(v, "id", 0),
                     "product", (json_int_t)c->id, "sku", key + strlen("sku:"), "title",
                     json_stringn_nocheck(name, utf8_cut(name, strlen(name))), "price", price);
}

json_t *product_asks(const struct product_flow *flow, const struct product_case *c,
                     const json_t *lookalikes)
{
    json_t *rows = json_array();
    const json_t *v;
    size_t i;

    json_array_foreach(json_object_get(c->product, "variants"), i, v) {
        json_t *row = row_of(flow, c, v);

        if (row == NULL)
            continue;
        if (!settled(flow, c, v))
            ask(flow, c, v, lookalikes, row);
        json_array_append_new(rows, row);
    }
    return rows;
}
