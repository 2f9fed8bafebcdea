/* The templates that the variants belong to, as Odoo has them, and how they differ. */
#include "jobs/product.h"

#include <string.h>

#include "base/json.h"
#include "odoo/records.h"
#include "sync/order_to_odoo.h"
#include "sync/product_match.h"

bool product_is_new(const struct product_case *c)
{
    return c->template_count == 0;
}

bool product_is_short(const struct product_case *c)
{
    return c->ours && json_object_size(json_object_get(c->compared, "missing")) > 0;
}

bool product_is_unfinished(const struct product_case *c)
{
    return c->ours && c->pair.odoo_id == 0;
}

bool product_read(struct product_flow *flow, json_t *ids, json_t *specification, json_t **rows,
                  struct err *err)
{
    struct workshop_place *place = flow->place;
    json_auto_t *extra = json_pack("{sbsb}", "active_test", 0, "bin_size", 1);
    json_auto_t *args = json_pack("[O]", ids);
    json_auto_t *kwargs = json_pack("{sosO}", "context", records_context(place->site->odoo, extra),
                                    "specification", specification);
    struct odoo_request request = { .model = "product.template",
                                    .method = "web_read",
                                    .args = args,
                                    .kwargs = kwargs,
                                    .read = true,
                                    .class = place->class,
                                    .rows = json_array_size(ids) };

    if (args == NULL || kwargs == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    if (!odoo_call(place->site->odoo, place->http, &request, rows, &place->odoo, err)) {
        if (err->kind == ERR_MISSING) /* one of them was deleted just now: look again */
            err->kind = ERR_BUSY;
        return err_within(err, "read products");
    }
    if (json_is_array(*rows))
        return true;
    json_decref(*rows);
    *rows = NULL;
    return err_set(err, ERR_BUG, "read products: Odoo's web_read gave no list");
}

json_t *product_lines_specification(void)
{
    return json_pack("{s{s{s{}}}, s{s{s{}, s{}, s{s{s{}}}}}}", "product_variant_ids", "fields",
                     "id", "attribute_line_ids", "fields", "attribute_id", "value_ids",
                     "product_template_value_ids", "fields", "product_attribute_value_id");
}

/* With the fields that metafields are mapped to. */
static json_t *whole_specification(struct product_flow *flow)
{
    json_auto_t *extra = NULL;
    json_t *specification = json_pack(
        "{s{}s{}s{}s{}s{}s{}, s{s{s{}s{}s{}s{}s{}s{}}}}", "name", "active", "sale_ok",
        "list_price", "description", "image_128", "product_variant_ids", "fields", "default_code",
        "barcode", "lst_price", "standard_price", "weight", "active");
    json_t *text;
    const char *name;

    EACH_PRODUCT(flow, c) if (extra == NULL)
        extra = product_extra_fields(c->product, flow->place->picture->reference, flow->fields,
                                     NULL);
    json_object_foreach(extra, name, text) json_object_set_new(specification, name, json_object());
    return specification;
}

/* ---- ours or theirs ---- */

bool product_name_templates(struct product_flow *flow, json_t *ids, struct err *err)
{
    json_auto_t *asked = json_array(), *named = NULL;
    json_t *id;
    size_t i;

    json_array_foreach(ids, i, id)
    {
        char key[PRODUCT_KEY_MAX];

        product_id_text(json_integer_value(id), key);
        if (json_object_get(flow->named, key) != NULL || json_integer_value(id) == 0)
            continue;
        json_object_set_new(flow->named, key, json_string(""));
        json_array_append(asked, id);
    }
    if (json_array_size(asked) == 0)
        return true;
    if (!records_do(flow->place->site->odoo, flow->place->http, "product.template",
                    "get_external_id", asked, NULL, NULL, flow->place->class, &named,
                    &flow->place->odoo, err))
        return err_within(err, "look for products");
    json_object_update(flow->named, named);
    return true;
}

/* A product without a pair whose template has our external id: a run made it and broke off. */
static bool know_ours(struct product_flow *flow, struct err *err)
{
    json_auto_t *ids = json_array();

    EACH_PRODUCT(flow, c) {
        c->ours = c->pair.odoo_id != 0 && strcmp(c->pair.state, "created") == 0;
        if (c->pair.odoo_id == 0 && c->template_count == 1)
            json_array_append_new(ids, json_integer(c->templates[0]));
    }
    if (!product_name_templates(flow, ids, err))
        return false;
    EACH_PRODUCT(flow, c) {
        char id[PRODUCT_KEY_MAX], xmlid[RECORDS_XMLID_MAX];

        if (c->pair.odoo_id != 0 || c->template_count != 1 ||
            !plan_xmlid(xmlid, sizeof xmlid, flow->place->site->key, "product",
                        product_id_text(c->id, id)))
            continue;
        c->ours =
            strcmp(json_text_or(flow->named, product_id_text(c->templates[0], id), ""), xmlid) == 0;
    }
    return true;
}

/* ---- comparing ---- */

static void take_seen(struct product_case *c, const json_t *by_id)
{
    c->seen = json_array();
    for (size_t i = 0; i < c->template_count; i++) {
        char id[PRODUCT_KEY_MAX];
        json_t *row = json_object_get(by_id, product_id_text(c->templates[i], id));

        if (row != NULL)
            json_array_append(c->seen, row);
    }
}

static void say_missing(struct product_case *c)
{
    size_t count = json_object_size(json_object_get(c->compared, "missing"));

    if (count > 0 && !c->ours)
        findings_add(&c->findings, FINDING_FLAG, ERR_MISSING, "",
                     "%zu of its variants are not in Odoo, where the product is not ours", count);
}

static void compare(struct product_flow *flow, struct product_case *c)
{
    const struct reference *r = flow->place->picture->reference;
    struct err err = { 0 };

    c->compared = product_compare(c->product, c->seen, c->links, c->skip,
                                  c->ours && product_has_prices(c->product, r), r, &c->findings);
    if (c->compared == NULL) {
        err_set(&err, ERR_BUSY, "no memory");
        product_failed(flow, c, &err);
        return;
    }
    say_missing(c);
}

bool product_look(struct product_flow *flow, struct err *err)
{
    json_auto_t *ids = json_array(), *rows = NULL, *by_id = json_object(), *specification = NULL;
    json_t *row;
    size_t i;

    if (!know_ours(flow, err))
        return false;
    EACH_PRODUCT(flow, c) for (i = 0; i < c->template_count; i++)
        json_array_append_new(ids, json_integer(c->templates[i]));
    if (json_array_size(ids) == 0)
        return true;
    specification = whole_specification(flow);
    if (!product_read(flow, ids, specification, &rows, err))
        return false;
    json_array_foreach(rows, i, row)
    {
        char id[PRODUCT_KEY_MAX];

        json_object_set(by_id, product_id_text(json_int_or(row, "id", 0), id), row);
    }
    EACH_PRODUCT(flow, c) {
        if (c->template_count == 0)
            continue;
        take_seen(c, by_id);
        if (json_array_size(c->seen) == 0)
            c->template_count = 0; /* deleted since it was found: it is made anew */
        else
            compare(flow, c);
    }
    return true;
}
