/* attribute.c - a template's attribute lines, its own values, and the variants they make. */
#include <string.h>

#include "base/json.h"
#include "tests/sandbox/odoo/kinds.h"

#define VARIANTS_MAX 1000 /* of one template, made by Odoo itself */
#define LINES_MAX    16

static const struct ids *children(struct odoo *o, const char *model, const char *field, int of)
{
    struct value key = value_int(of);

    return index_find(field_find(model_find(o, model), field), &key);
}

const char *ptav_name(const struct record *ptav)
{
    const struct record *value = at_record(ptav, "product_attribute_value_id");

    return value == NULL ? "" : at_text(value, "name");
}

/* The template's own value for one of an attribute's; 0: none. */
static struct record *ptav_of(struct call *c, const struct record *line, int value)
{
    struct model *m = model_find(c->odoo, "product.template.attribute.value");
    const struct ids *own = children(c->odoo, m->name, "attribute_line_id", line->id);

    for (size_t i = 0; own != NULL && i < own->count; i++)
        if (at_id(record_get(m, own->id[i]), "product_attribute_value_id") == value)
            return record_get(m, own->id[i]);
    return NULL;
}

static bool ptav_make(struct call *c, const struct record *line, int value)
{
    json_auto_t *vals = json_pack("{s:i,s:i,s:b}", "attribute_line_id", line->id, "product_attribute_value_id", value,
                                  "ptav_active", 1);
    struct model *m = model_find(c->odoo, "product.template.attribute.value");
    int id;

    if (!orm_create(c, m, vals, &id))
        return false;
    put(c, record_get(m, id), "attribute_id", value_int(at_id(line, "attribute_id")));
    put(c, record_get(m, id), "product_tmpl_id", value_int(at_id(line, "product_tmpl_id")));
    return true;
}

/* Deletes the variants that have the value, then the value. */
static bool ptav_drop(struct call *c, struct record *ptav)
{
    struct model *m = model_find(c->odoo, "product.product");
    const struct ids *all = children(c->odoo, m->name, "product_tmpl_id", at_id(ptav, "product_tmpl_id"));
    struct ids gone = { 0 }, one = { .count = 1, .room = 1, .id = &ptav->id };
    bool ok = true;

    for (size_t i = 0; all != NULL && i < all->count; i++) {
        const struct value *has = at(record_get(m, all->id[i]), "product_template_attribute_value_ids");

        if (has->kind == VALUE_IDS && ids_have(&has->ids, ptav->id))
            ids_add(&gone, all->id[i]);
    }
    ok = gone.count == 0 || orm_unlink(c, m, &gone);
    ids_clear(&gone);
    return ok && orm_unlink(c, ptav->model, &one);
}

static bool line_check(struct call *c, const struct record *line)
{
    const struct value *values = at(line, "value_ids");
    const struct record *attribute = at_record(line, "attribute_id"), *template = at_record(line, "product_tmpl_id");
    struct model *m = model_find(c->odoo, "product.attribute.value");

    if (attribute == NULL || template == NULL)
        return true; /* the check of required fields says so */
    if (values->kind != VALUE_IDS || values->ids.count == 0)
        return fault(c, FAULT_VALIDATION, "The attribute %s must have at least one value for the product %s.",
                     at_text(attribute, "name"), at_text(template, "name"));
    for (size_t i = 0; i < values->ids.count; i++) {
        const struct record *value = record_get(m, values->ids.id[i]);

        if (value != NULL && at_id(value, "attribute_id") != attribute->id)
            return fault(c, FAULT_VALIDATION,
                         "On the product %s you cannot associate the value %s: %s with the attribute %s because "
                         "they do not match.",
                         at_text(template, "name"), at_text(at_record(value, "attribute_id"), "name"),
                         at_text(value, "name"), at_text(attribute, "name"));
    }
    return true;
}

static bool line_settle(struct call *c, struct record *line)
{
    const struct value *values = at(line, "value_ids");
    struct model *m = model_find(c->odoo, "product.template.attribute.value");
    const struct ids *own = children(c->odoo, m->name, "attribute_line_id", line->id);
    struct ids had = { 0 };
    bool ok = line_check(c, line);

    for (size_t i = 0; own != NULL && i < own->count; i++)
        ids_add(&had, own->id[i]);
    for (size_t i = 0; ok && i < had.count; i++) {
        struct record *ptav = record_get(m, had.id[i]);

        if (!ids_have(&values->ids, at_id(ptav, "product_attribute_value_id")))
            ok = ptav_drop(c, ptav);
    }
    ids_clear(&had);
    for (size_t i = 0; ok && values->kind == VALUE_IDS && i < values->ids.count; i++)
        if (ptav_of(c, line, values->ids.id[i]) == NULL)
            ok = ptav_make(c, line, values->ids.id[i]);
    put(c, line, "value_count", value_int(values->kind == VALUE_IDS ? (int64_t)values->ids.count : 0));
    if (!ok || c->creating_template == at_id(line, "product_tmpl_id"))
        return ok;
    return template_variants_make(c, at_record(line, "product_tmpl_id"));
}

static bool line_created(struct call *c, struct record *r, const json_t *vals)
{
    (void)vals;
    return line_settle(c, r);
}

static bool line_written(struct call *c, struct record *r, const json_t *vals)
{
    return json_object_get(vals, "value_ids") == NULL || line_settle(c, r);
}

/* ---- variants ---- */

/* The lines whose attribute makes variants by itself. *dynamic: some attribute waits to be asked. */
static size_t making_lines(struct call *c, const struct record *template, struct record **lines, bool *dynamic)
{
    struct model *m = model_find(c->odoo, "product.template.attribute.line");
    const struct ids *all = children(c->odoo, m->name, "product_tmpl_id", template->id);
    size_t count = 0;

    *dynamic = false;
    for (size_t i = 0; all != NULL && i < all->count && count < LINES_MAX; i++) {
        struct record *line = record_get(m, all->id[i]);
        const struct record *attribute = at_record(line, "attribute_id");

        if (at_is(attribute, "create_variant", "no_variant"))
            continue;
        *dynamic = *dynamic || at_is(attribute, "create_variant", "dynamic");
        lines[count++] = line;
    }
    return count;
}

static bool has_variant(struct call *c, const struct record *template, const json_t *ptavs)
{
    struct model *m = model_find(c->odoo, "product.product");
    const struct ids *all = children(c->odoo, m->name, "product_tmpl_id", template->id);

    for (size_t i = 0; all != NULL && i < all->count; i++) {
        const struct value *has = at(record_get(m, all->id[i]), "product_template_attribute_value_ids");
        size_t count = has->kind == VALUE_IDS ? has->ids.count : 0, same = 0;

        for (size_t k = 0; k < json_array_size(ptavs) && k < count; k++)
            same += ids_have(&has->ids, (int)json_integer_value(json_array_get(ptavs, k)));
        if (count == json_array_size(ptavs) && same == count)
            return true;
    }
    return false;
}

static bool make_variant(struct call *c, const struct record *template, json_t *ptavs)
{
    json_auto_t *vals = json_pack("{s:i,s:O,s:b}", "product_tmpl_id", template->id,
                                  "product_template_attribute_value_ids", ptavs, "active",
                                  value_true(at(template, "active")));
    int id;

    return has_variant(c, template, ptavs) || orm_create(c, model_find(c->odoo, "product.product"), vals, &id);
}

static bool make_all(struct call *c, const struct record *template, struct record **lines, size_t count, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        json_auto_t *ptavs = json_array();
        size_t rest = i;

        for (size_t k = count; k-- > 0;) {
            const struct value *values = at(lines[k], "value_ids");
            const struct record *ptav = ptav_of(c, lines[k], values->ids.id[rest % values->ids.count]);

            rest /= values->ids.count;
            json_array_insert_new(ptavs, 0, json_integer(ptav->id));
        }
        if (!make_variant(c, template, ptavs))
            return false;
    }
    return true;
}

bool template_variants_make(struct call *c, struct record *template)
{
    struct record *lines[LINES_MAX];
    bool dynamic;
    size_t count = making_lines(c, template, lines, &dynamic), n = 1;

    if (dynamic)
        return true;
    for (size_t i = 0; i < count; i++)
        n *= at(lines[i], "value_ids")->ids.count;
    if (n > VARIANTS_MAX)
        return fault(c, FAULT_USER,
                     "The number of variants to generate is above allowed limit. You should either not generate "
                     "variants for each combination or generate them on demand from the sales order. To do so, open "
                     "the form view of attributes and change the mode of *Create Variants*.");
    return make_all(c, template, lines, count, n);
}

/* ---- attributes ---- */

static bool attribute_unlinking(struct call *c, struct record *r)
{
    const struct ids *used = children(c->odoo, "product.template.attribute.line", "attribute_id", r->id);

    if (used == NULL || used->count == 0)
        return true;
    return fault(c, FAULT_USER, "You cannot delete the attribute %s because it is used on the following products:\n%s",
                 at_text(r, "name"),
                 at_text(at_record(record_get(model_find(c->odoo, "product.template.attribute.line"), used->id[0]),
                                   "product_tmpl_id"),
                         "name"));
}

static bool attribute_before(struct call *c, struct record *r, const json_t *vals)
{
    const struct ids *used = children(c->odoo, "product.template.attribute.line", "attribute_id", r->id);
    const char *mode = json_text(vals, "create_variant");

    if (mode == NULL || at_is(r, "create_variant", mode) || used == NULL || used->count == 0)
        return true;
    return fault(c, FAULT_USER,
                 "You cannot change the Variants Creation Mode of the attribute %s because it is used on the "
                 "following products:\n%s",
                 at_text(r, "name"),
                 at_text(at_record(record_get(model_find(c->odoo, "product.template.attribute.line"), used->id[0]),
                                   "product_tmpl_id"),
                         "name"));
}

static void value_display(struct call *c, const struct record *r, struct str *out)
{
    const struct record *attribute = at_record(r, "attribute_id");

    (void)c;
    str_addf(out, "%s: %s", attribute == NULL ? "" : at_text(attribute, "name"), at_text(r, "name"));
}

static void ptav_display(struct call *c, const struct record *r, struct str *out)
{
    const struct record *attribute = at_record(r, "attribute_id");

    (void)c;
    str_addf(out, "%s: %s", attribute == NULL ? "" : at_text(attribute, "name"), ptav_name(r));
}

static void ptav_named(struct call *c, const struct record *r, struct value *to)
{
    (void)c;
    *to = value_text(ptav_name(r));
}

static void line_display(struct call *c, const struct record *r, struct str *out)
{
    const struct record *attribute = at_record(r, "attribute_id");

    (void)c;
    str_adds(out, attribute == NULL ? "" : at_text(attribute, "name"));
}

const struct behaviour line_of_attribute_behaviour = {
    .model = "product.template.attribute.line",
    .created = line_created,
    .written = line_written,
    .display = line_display,
};

const struct behaviour ptav_behaviour = { .model = "product.template.attribute.value", .display = ptav_display };

const struct behaviour attribute_value_behaviour = { .model = "product.attribute.value", .display = value_display };

const struct behaviour attribute_behaviour = {
    .model = "product.attribute",
    .before_write = attribute_before,
    .unlinking = attribute_unlinking,
};

void attribute_attach(struct odoo *o)
{
    field_index(o, "product.template.attribute.line", "product_tmpl_id");
    field_index(o, "product.template.attribute.line", "attribute_id");
    field_index(o, "product.template.attribute.value", "attribute_line_id");
    field_index(o, "product.attribute.value", "attribute_id");
    field_index(o, "product.pricelist.item", "product_tmpl_id");
    field_index(o, "product.pricelist.item", "product_id");
    field_computed(o, "product.template.attribute.value", "name", ptav_named);
}
