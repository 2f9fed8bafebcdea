/* product.c - templates and variants: one has what the other lends, prices and barcodes. */
#include <string.h>

#include "base/json.h"
#include "tests/sandbox/odoo/kinds.h"
#include "tests/sandbox/odoo/search.h"

/* Fields of the template that are the only variant's. */
static const char *const proxies[] = { "default_code", "barcode", "standard_price", "weight", "volume" };

static const struct record *only_variant(struct odoo *o, const struct record *template)
{
    struct value key = value_int(template->id);
    struct model *m = model_find(o, "product.product");
    const struct ids *variants = index_find(field_find(m, "product_tmpl_id"), &key);

    return variants != NULL && variants->count == 1 ? record_get(m, variants->id[0]) : NULL;
}

static bool is_proxy(const char *name)
{
    for (size_t i = 0; i < sizeof proxies / sizeof proxies[0]; i++)
        if (strcmp(proxies[i], name) == 0)
            return true;
    return false;
}

bool product_is(const struct record *product, const char *type)
{
    const struct record *template = at_record(product, "product_tmpl_id");

    return template != NULL && at_is(template, "type", type);
}

bool product_storable(const struct record *product)
{
    const struct record *template = at_record(product, "product_tmpl_id");

    return template != NULL && at_is(template, "type", "consu") && value_true(at(template, "is_storable"));
}

double product_list_price(const struct record *product)
{
    const struct record *template = at_record(product, "product_tmpl_id");
    const struct value *ptavs = at(product, "product_template_attribute_value_ids");
    double price = template == NULL ? 0 : at_real(template, "list_price");
    struct model *m = field_find(product->model, "product_template_attribute_value_ids")->comodel;

    for (size_t i = 0; ptavs->kind == VALUE_IDS && i < ptavs->ids.count; i++)
        price += at_real(record_get(m, ptavs->ids.id[i]), "price_extra");
    return price;
}

/* ---- templates ---- */

static bool template_defaults(struct call *c, struct record *r, const json_t *vals)
{
    struct value taxes = { .kind = VALUE_IDS };

    (void)vals;
    c->creating_template = r->id;
    ids_add(&taxes.ids, 1);
    put(c, r, "list_price", value_real(1));
    put(c, r, "sale_ok", value_bool(true));
    put(c, r, "purchase_ok", value_bool(true));
    put(c, r, "is_storable", value_bool(false));
    put(c, r, "invoice_policy", value_text("order"));
    put(c, r, "service_type", value_text("manual"));
    put(c, r, "taxes_id", taxes);
    return true;
}

static bool template_set(struct call *c, struct record *r, const struct field *f, const json_t *value, bool *done)
{
    const struct record *variant = is_proxy(f->name) ? only_variant(c->odoo, r) : NULL;
    json_auto_t *vals = NULL;
    struct ids one = { 0 };
    bool ok;

    if (strcmp(f->name, "image_1920") == 0 && json_is_string(value)) {
        const char *text = json_string_value(value);

        if (text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\n")] != '\0')
            return fault(c, FAULT_USER, "Image is not encoded in base64.");
        if (strncmp(text, "iVBOR", 5) != 0 && strncmp(text, "/9j/", 4) != 0 && strncmp(text, "R0lG", 4) != 0)
            return fault(c, FAULT_USER, "This file could not be decoded as an image file.");
    }
    if (variant == NULL)
        return true;
    *done = true;
    vals = json_object();
    json_object_set(vals, f->name, (json_t *)(uintptr_t)value);
    ids_add(&one, variant->id);
    ok = orm_write(c, variant->model, &one, vals);
    ids_clear(&one);
    return ok;
}

static bool template_created(struct call *c, struct record *r, const json_t *vals)
{
    json_auto_t *variant = json_pack("{s:i,s:b}", "product_tmpl_id", r->id, "active", value_true(at(r, "active")));
    const json_t *create = json_object_get(c->context, "create_product_product");
    int id;

    c->creating_template = 0;
    if (c->bare_template || json_is_false(create))
        return true;
    if (json_array_size(json_object_get(vals, "attribute_line_ids")) > 0)
        return template_variants_make(c, r);
    for (size_t i = 0; i < sizeof proxies / sizeof proxies[0]; i++) {
        json_t *value = json_object_get(vals, proxies[i]);

        if (value != NULL)
            json_object_set(variant, proxies[i], value);
    }
    return orm_create(c, model_find(c->odoo, "product.product"), variant, &id);
}

static bool template_written(struct call *c, struct record *r, const json_t *vals)
{
    struct value key = value_int(r->id);
    struct model *m = model_find(c->odoo, "product.product");
    const struct ids *variants = index_find(field_find(m, "product_tmpl_id"), &key);
    bool archive = json_object_get(vals, "active") != NULL;

    for (size_t i = 0; variants != NULL && i < variants->count; i++) {
        struct record *variant = record_get(m, variants->id[i]);

        if (archive)
            put(c, variant, "active", value_copy(at(r, "active")));
        orm_touch(c, variant);
    }
    return true;
}

static void template_proxy(struct call *c, const struct record *r, const char *field, struct value *to)
{
    const struct record *variant = only_variant(c->odoo, r);

    *to = value_copy(at(variant == NULL ? r : variant, field));
}

static void template_code(struct call *c, const struct record *r, struct value *to)
{
    template_proxy(c, r, "default_code", to);
}

static void template_barcode(struct call *c, const struct record *r, struct value *to)
{
    template_proxy(c, r, "barcode", to);
}

static void template_cost(struct call *c, const struct record *r, struct value *to)
{
    template_proxy(c, r, "standard_price", to);
}

static void template_weight(struct call *c, const struct record *r, struct value *to)
{
    template_proxy(c, r, "weight", to);
}

static void template_variants(struct call *c, const struct record *r, struct value *to)
{
    struct value key = value_int(r->id);
    struct model *m = model_find(c->odoo, "product.product");
    const struct ids *variants = index_find(field_find(m, "product_tmpl_id"), &key);
    bool all = json_is_false(json_object_get(c->context, "active_test"));

    *to = (struct value){ .kind = VALUE_IDS };
    for (size_t i = 0; variants != NULL && i < variants->count; i++)
        if (all || value_true(at(record_get(m, variants->id[i]), "active")))
            ids_add(&to->ids, variants->id[i]);
}

static void template_variant_count(struct call *c, const struct record *r, struct value *to)
{
    struct value list;

    template_variants(c, r, &list);
    *to = value_int((int64_t)list.ids.count);
    value_clear(&list);
}

static void template_variant(struct call *c, const struct record *r, struct value *to)
{
    struct value list;

    template_variants(c, r, &list);
    *to = (struct value){ .kind = VALUE_NONE };
    if (list.ids.count > 0)
        *to = value_int(list.ids.id[0]);
    value_clear(&list);
}

/* The smaller sizes: the practice Odoo keeps one. */
static void template_image(struct call *c, const struct record *r, struct value *to)
{
    (void)c;
    *to = value_copy(at(r, "image_1920"));
}

static void template_display(struct call *c, const struct record *r, struct str *out)
{
    struct value code;

    template_code(c, r, &code);
    if (code.kind == VALUE_TEXT && code.text[0] != '\0')
        str_addf(out, "[%s] ", code.text);
    str_adds(out, at_text(r, "name"));
    value_clear(&code);
}

/* ---- variants ---- */

static bool product_defaults(struct call *c, struct record *r, const json_t *vals)
{
    json_auto_t *template = json_object();
    const char *key;
    json_t *value;
    int id;
    bool was = c->bare_template, ok;

    if (vals == NULL || json_is_integer(json_object_get(vals, "product_tmpl_id")))
        return true;
    json_object_foreach((json_t *)(uintptr_t)vals, key, value) {
        const struct field *f = field_find(r->model, key);

        if (f != NULL && f->inherited)
            json_object_set(template, key, value);
    }
    value = json_object_get(vals, "lst_price");
    if (value != NULL)
        json_object_set(template, "list_price", value);
    c->bare_template = true;
    ok = orm_create(c, model_find(c->odoo, "product.template"), template, &id);
    c->bare_template = was;
    if (ok)
        put(c, r, "product_tmpl_id", value_int(id));
    return ok;
}

static bool product_set(struct call *c, struct record *r, const struct field *f, const json_t *value, bool *done)
{
    struct record *template;

    if (strcmp(f->name, "lst_price") != 0)
        return true;
    *done = true;
    template = at_record(r, "product_tmpl_id");
    if (template != NULL && json_is_number(value))
        put(c, template, "list_price",
            value_real(round_half_up(json_number_value(value) - (product_list_price(r) - at_real(template, "list_price")), 2)));
    return true;
}

static bool barcode_check(struct call *c, const struct record *r)
{
    const struct value *code = at(r, "barcode");
    const struct ids *same = code->kind == VALUE_TEXT && code->text[0] != '\0' ?
                                 index_find(field_find(r->model, "barcode"), code) :
                                 NULL;
    struct ids ids = { 0 };
    AUTO_STR names = { 0 };

    if (same == NULL || same->count < 2)
        return true;
    for (size_t i = 0; i < same->count; i++)
        ids_add(&ids, same->id[i]);
    sort_ids(c, r->model, NULL, &ids);
    str_init(&names, 65536);
    for (size_t i = 0; i < ids.count; i++) {
        AUTO_FREE char *name = orm_display_name(c, record_get(r->model, ids.id[i]));

        str_addf(&names, "%s%s", i == 0 ? "" : i + 1 == ids.count ? " and " : ", ", name);
    }
    ids_clear(&ids);
    return fault(c, FAULT_VALIDATION,
                 "Barcode(s) already assigned:\n\n- Barcode \"%s\" already assigned to product(s): %s\n\n"
                 "Note: products that you don't have access to will not be shown above.",
                 code->text, names.data);
}

static bool combination_check(struct call *c, struct record *r)
{
    const struct value *ptavs = at(r, "product_template_attribute_value_ids");
    struct value key = value_int(at_id(r, "product_tmpl_id"));
    const struct ids *siblings = index_find(field_find(r->model, "product_tmpl_id"), &key);
    AUTO_STR text = { 0 };

    str_init(&text, 4096);
    for (size_t i = 0; ptavs->kind == VALUE_IDS && i < ptavs->ids.count; i++)
        str_addf(&text, "%s%d", i > 0 ? "," : "", ptavs->ids.id[i]);
    put(c, r, "combination_indices", value_text(text.data));
    for (size_t i = 0; siblings != NULL && i < siblings->count; i++) {
        const struct record *other = record_get(r->model, siblings->id[i]);

        if (other != r && value_true(at(other, "active")) && at_is(other, "combination_indices", text.data))
            return fault(c, FAULT_VALIDATION,
                         "The operation cannot be completed: duplicate key value violates unique constraint "
                         "\"product_product_combination_unique\"\nDETAIL:  Key (product_tmpl_id, "
                         "combination_indices)=(%d, %s) already exists.\n",
                         at_id(r, "product_tmpl_id"), text.data);
    }
    return true;
}

static bool product_created(struct call *c, struct record *r, const json_t *vals)
{
    (void)vals;
    return combination_check(c, r) && barcode_check(c, r);
}

static bool product_written(struct call *c, struct record *r, const json_t *vals)
{
    (void)vals;
    return barcode_check(c, r);
}

static void product_display(struct call *c, const struct record *r, struct str *out)
{
    const struct record *template = at_record(r, "product_tmpl_id");
    const struct value *ptavs = at(r, "product_template_attribute_value_ids");
    struct model *m = model_find(c->odoo, "product.template.attribute.value");

    if (*at_text(r, "default_code") != '\0')
        str_addf(out, "[%s] ", at_text(r, "default_code"));
    str_adds(out, template == NULL ? "" : at_text(template, "name"));
    for (size_t i = 0; ptavs->kind == VALUE_IDS && i < ptavs->ids.count; i++)
        str_addf(out, "%s%s%s", i == 0 ? " (" : ", ", ptav_name(record_get(m, ptavs->ids.id[i])),
                 i + 1 == ptavs->ids.count ? ")" : "");
}

static void product_price(struct call *c, const struct record *r, struct value *to)
{
    (void)c;
    *to = value_real(product_list_price(r));
}

static void product_siblings(struct call *c, const struct record *r, struct value *to)
{
    const struct record *template = at_record(r, "product_tmpl_id");

    if (template != NULL)
        template_variants(c, template, to);
}

const struct behaviour template_behaviour = {
    .model = "product.template",
    .defaults = template_defaults,
    .set = template_set,
    .created = template_created,
    .written = template_written,
    .display = template_display,
};

const struct behaviour product_behaviour = {
    .model = "product.product",
    .defaults = product_defaults,
    .set = product_set,
    .created = product_created,
    .written = product_written,
    .display = product_display,
};

void product_attach(struct odoo *o)
{
    struct model *product = model_find(o, "product.product"), *template = model_find(o, "product.template");

    for (size_t i = 0; i < product->field_count; i++) {
        struct field *f = &product->fields[i];

        f->inherited = !f->stored && field_find(template, f->name) != NULL && strcmp(f->name, "display_name") != 0 &&
                       strcmp(f->name, "lst_price") != 0;
    }
    field_index(o, "product.product", "default_code");
    field_index(o, "product.product", "barcode");
    field_computed(o, "product.template", "image_128", template_image);
    field_computed(o, "product.template", "default_code", template_code);
    field_computed(o, "product.template", "barcode", template_barcode);
    field_computed(o, "product.template", "standard_price", template_cost);
    field_computed(o, "product.template", "weight", template_weight);
    field_computed(o, "product.template", "product_variant_ids", template_variants);
    field_computed(o, "product.template", "product_variant_count", template_variant_count);
    field_computed(o, "product.template", "product_variant_id", template_variant);
    field_computed(o, "product.product", "lst_price", product_price);
    field_computed(o, "product.product", "product_variant_ids", product_siblings);
    field_find(product, "product_variant_ids")->inherited = false;
}
