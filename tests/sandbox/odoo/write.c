/* write.c - create, write and unlink; commands of x2many fields. */
#include <string.h>

#include "tests/sandbox/odoo/convert.h"
#include "tests/sandbox/odoo/orm.h"
#include "tests/sandbox/odoo/xmlid.h"

/* Readonly fields that are only meant for the form: a write goes through. */
static bool writable(const struct field *f)
{
    static const char *const open[] = { "state", "quantity", "reserved_quantity", "locked",
                                        "name", "sale_id", "company_id", "in_date" };

    if (!f->readonly)
        return true;
    for (size_t i = 0; i < sizeof open / sizeof open[0]; i++)
        if (strcmp(open[i], f->name) == 0)
            return f->stored;
    return false;
}

void orm_touch(struct call *c, struct record *r)
{
    if (r->model->write_date == NULL)
        return;
    record_set(c, r, r->model->write_date, datetime_now(c));
    put(c, r, "write_uid", value_int(c->uid));
}

bool orm_flag(const struct call *c, const char *key)
{
    return json_is_true(json_object_get(c->context, key));
}

static bool vals_check(struct call *c, const struct model *m, const json_t *vals)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)vals, key, value)
        if (field_find(m, key) == NULL)
            return fault(c, FAULT_VALUE, "Invalid field '%s' on model '%s'", key, m->name);
    return true;
}

/* ---- x2many ---- */

static bool command_ids(struct call *c, const struct field *f, const struct model *m,
                        const json_t *list, struct ids *to)
{
    json_t *item;
    size_t i;

    json_array_foreach(list, i, item) {
        if (!json_is_integer(item) || f->comodel == NULL ||
            record_get(f->comodel, (int)json_integer_value(item)) == NULL)
            return fault(c, FAULT_VALIDATION,
                         "The operation cannot be completed: another model requires the record "
                         "being deleted. If possible, archive it instead.\n\nModel: %s (%s)\n"
                         "Constraint: %s_%s_fkey\n",
                         m->label, m->name, m->table, f->name);
        ids_insert(to, (int)json_integer_value(item));
    }
    return true;
}

static bool command_fault(struct call *c, const struct field *f, const struct model *m,
                          const json_t *command)
{
    AUTO_STR text = { 0 };

    str_init(&text, 4096);
    py_repr(&text, command, true);
    return fault(c, FAULT_VALUE, "Wrong value for %s.%s: %s", m->name, f->name, text.data);
}

static bool many2many_command(struct call *c, struct record *r, const struct field *f,
                              const json_t *command, struct ids *held)
{
    int kind = (int)json_integer_value(json_array_get(command, 0)), made;
    int id = (int)json_integer_value(json_array_get(command, 1));
    struct ids one = { .count = 1, .room = 1, .id = &id };
    json_t *third = json_array_get(command, 2);

    switch (kind) {
    case 0:
        if (!orm_create(c, f->comodel, third, &made))
            return false;
        ids_insert(held, made);
        return true;
    case 1: return orm_write(c, f->comodel, &one, third);
    case 2: ids_remove(held, id); return orm_unlink(c, f->comodel, &one);
    case 3: ids_remove(held, id); return true;
    case 4: {
        json_auto_t *list = json_pack("[i]", id);

        return command_ids(c, f, r->model, list, held);
    }
    case 5: held->count = 0; return true;
    case 6: held->count = 0; return command_ids(c, f, r->model, third, held);
    default: return command_fault(c, f, r->model, command);
    }
}

static bool many2many_set(struct call *c, struct record *r, struct field *f, const json_t *commands)
{
    struct value v = value_copy(record_at(r, f));
    json_t *item;
    size_t i;
    bool ok = true;

    if (v.kind != VALUE_IDS)
        v = (struct value){ .kind = VALUE_IDS };
    if (json_array_size(commands) > 0 && json_is_integer(json_array_get(commands, 0))) {
        v.ids.count = 0;
        ok = command_ids(c, f, r->model, commands, &v.ids);
    } else {
        json_array_foreach(commands, i, item) {
            if (!json_is_array(item) || !json_is_integer(json_array_get(item, 0)))
                ok = command_fault(c, f, r->model, item);
            ok = ok && many2many_command(c, r, f, item, &v.ids);
        }
    }
    if (ok)
        record_set(c, r, f, v);
    else
        value_clear(&v);
    return ok;
}

static bool child_create(struct call *c, const struct record *r, const struct field *f, const json_t *vals)
{
    json_auto_t *copy = json_copy((json_t *)(uintptr_t)vals);
    int made;

    if (!json_is_object(copy))
        return command_fault(c, f, r->model, vals == NULL ? json_null() : vals);
    json_object_set_new(copy, f->inverse, json_integer(r->id));
    return orm_create(c, f->comodel, copy, &made);
}

static bool child_write(struct call *c, const struct field *f, int id, const json_t *vals)
{
    struct ids one = { .count = 1, .room = 1, .id = &id };

    return orm_write(c, f->comodel, &one, vals);
}

static bool child_unlink(struct call *c, const struct field *f, int id)
{
    struct ids one = { .count = 1, .room = 1, .id = &id };

    return orm_unlink(c, f->comodel, &one);
}

/* Lets go of a child: set free where the link may be empty, deleted where it may not. */
static bool child_release(struct call *c, const struct field *f, int id)
{
    const struct field *inverse = field_find(f->comodel, f->inverse);
    json_auto_t *vals = json_pack("{s:b}", f->inverse, 0);

    return inverse != NULL && inverse->required ? child_unlink(c, f, id) : child_write(c, f, id, vals);
}

static bool one2many_clear(struct call *c, struct record *r, const struct field *f, const struct ids *keep)
{
    struct value made = { .kind = VALUE_NONE };
    const struct value *v = orm_value(c, r, f, &made);
    bool ok = true;

    for (size_t i = 0; v->kind == VALUE_IDS && i < v->ids.count && ok; i++)
        if (keep == NULL || !ids_have(keep, v->ids.id[i]))
            ok = child_release(c, f, v->ids.id[i]);
    value_clear(&made);
    return ok;
}

static bool one2many_command(struct call *c, struct record *r, const struct field *f, const json_t *command)
{
    int kind = (int)json_integer_value(json_array_get(command, 0));
    int id = (int)json_integer_value(json_array_get(command, 1));
    json_t *third = json_array_get(command, 2);
    json_auto_t *link = json_pack("{s:i}", f->inverse, r->id);
    struct ids keep = { 0 };
    bool ok;

    switch (kind) {
    case 0: return child_create(c, r, f, third);
    case 1: return child_write(c, f, id, third);
    case 2: return child_unlink(c, f, id);
    case 3: return child_release(c, f, id);
    case 4: return child_write(c, f, id, link);
    case 5: return one2many_clear(c, r, f, NULL);
    case 6:
        ok = command_ids(c, f, r->model, third, &keep) && one2many_clear(c, r, f, &keep);
        for (size_t i = 0; ok && i < keep.count; i++)
            ok = child_write(c, f, keep.id[i], link);
        ids_clear(&keep);
        return ok;
    default: return command_fault(c, f, r->model, command);
    }
}

static bool one2many_set(struct call *c, struct record *r, const struct field *f, const json_t *commands)
{
    json_t *item;
    size_t i;

    if (f->comodel == NULL || f->inverse == NULL)
        return true;
    json_array_foreach(commands, i, item) {
        if (!json_is_array(item) || !json_is_integer(json_array_get(item, 0)))
            return command_fault(c, f, r->model, item);
        if (!one2many_command(c, r, f, item))
            return false;
    }
    return true;
}

static bool x2many_set(struct call *c, struct record *r, struct field *f, const json_t *commands)
{
    json_auto_t *clear = json_pack("[[i]]", 5);

    if (json_is_null(commands) || json_is_false(commands))
        commands = clear;
    if (!json_is_array(commands))
        return command_fault(c, f, r->model, commands);
    if (f->type == FIELD_MANY2MANY)
        return f->comodel == NULL || many2many_set(c, r, f, commands);
    return one2many_set(c, r, f, commands);
}

/* ---- values ---- */

static bool value_set(struct call *c, struct record *r, struct field *f, const json_t *json, bool x2many)
{
    const struct behaviour *b = r->model->behaviour;
    struct value v;
    bool done = false;

    if (field_is_x2many(f) != x2many)
        return true;
    if (b != NULL && b->set != NULL && (!b->set(c, r, f, json, &done) || done))
        return c->fault_name == NULL;
    if (f->inherited) {
        struct record *template = at_record(r, "product_tmpl_id");
        json_auto_t *vals = json_object();

        if (template == NULL)
            return true;
        json_object_set(vals, f->name, (json_t *)(uintptr_t)json);
        return child_write(c, field_find(r->model, "product_tmpl_id"), template->id, vals);
    }
    if (x2many)
        return x2many_set(c, r, f, json);
    if (!convert_in(c, f, r->model, json, &v))
        return false;
    if (!writable(f) || (!f->stored && f->compute != NULL))
        value_clear(&v);
    else
        record_set(c, r, f, v);
    return true;
}

static bool vals_set(struct call *c, struct record *r, const json_t *vals)
{
    const char *key;
    json_t *value;

    for (int x2many = 0; x2many < 2; x2many++)
        json_object_foreach((json_t *)(uintptr_t)vals, key, value)
            if (!value_set(c, r, field_find(r->model, key), value, x2many != 0))
                return false;
    return true;
}

static const char *first_choice(const struct field *f)
{
    static const char *const usual[][2] = {
        { "autopost_bills", "ask" },   { "picking_policy", "direct" }, { "invoice_policy", "order" },
        { "type", "consu" },           { "tracking", "none" },         { "sale_line_warn", "no-message" },
        { "amount_type", "percent" },  { "type_tax_use", "sale" },     { "state", "draft" },
        { "create_variant", "always" }, { "display_type", "radio" },   { "delivery_type", "fixed" },
        { "usage", "internal" },       { "move_type", "direct" },      { "procure_method", "make_to_stock" },
        { "purchase_line_warn", "no-message" }, { "invoice_policy", "order" },
        { "integration_level", "rate_and_ship" }, { "delivery_steps", "ship_only" },
        { "reception_steps", "one_step" }, { "compute_price", "fixed" }, { "applied_on", "3_global" },
        { "priority", "0" },
    };

    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
        for (size_t k = 0; strcmp(usual[i][0], f->name) == 0 && k < f->selection_count; k++)
            if (strcmp(f->selection[k], usual[i][1]) == 0)
                return usual[i][1];
    return f->selection_count > 0 ? f->selection[0] : NULL;
}

/* What must not be empty and every installation fills by itself. */
static void usual_defaults(struct call *c, struct record *r)
{
    static const char *const ones[] = { "res.company", "res.currency", "uom.uom", "product.category",
                                        "account.tax.group" };

    for (size_t i = 0; i < r->model->field_count; i++) {
        struct field *f = &r->model->fields[i];

        if (!f->required || !f->stored || f->inherited || f->compute != NULL)
            continue;
        if (f->type == FIELD_SELECTION && first_choice(f) != NULL)
            record_set(c, r, f, value_text(first_choice(f)));
        else if (f->type == FIELD_DATETIME)
            record_set(c, r, f, datetime_now(c));
        else if (f->type == FIELD_MANY2ONE && strcmp(f->relation, "res.country") == 0)
            record_set(c, r, f, value_int(c->odoo->country));
        for (size_t k = 0; f->type == FIELD_MANY2ONE && k < sizeof ones / sizeof ones[0]; k++)
            if (strcmp(f->relation, ones[k]) == 0)
                record_set(c, r, f, value_int(1));
    }
}

static bool required_check(struct call *c, const struct record *r)
{
    for (size_t i = 0; i < r->model->field_count; i++) {
        const struct field *f = &r->model->fields[i];

        if (!f->required || !f->stored || field_is_x2many(f) || f->inherited || f->compute != NULL)
            continue;
        if (record_at(r, f)->kind == VALUE_NONE && f->type != FIELD_BOOLEAN &&
            f->type != FIELD_INTEGER && f->type != FIELD_FLOAT && f->type != FIELD_MONETARY)
            return fault(c, FAULT_VALIDATION,
                         "The operation cannot be completed:\n- Create/update: a mandatory field is "
                         "not set.\n- Delete: another model requires the record being deleted. If "
                         "possible, archive it instead.\n\nModel: %s (%s)\nField: %s (%s)\n",
                         r->model->label, r->model->name, f->label, f->name);
    }
    return true;
}

struct unique {
    const char *model, *fields[2], *text;
};

static const struct unique uniques[] = {
    { "crm.tag", { "name", NULL }, "Tag name already exists!" },
    { "product.tag", { "name", NULL }, "Tag name already exists!" },
    { "res.currency", { "name", NULL }, "The currency code must be unique!" },
    { "stock.warehouse", { "code", "company_id" },
      "The short name of the warehouse must be unique per company!" },
    { "account.journal", { "code", "company_id" }, "Journal codes must be unique per company." },
    { "res.country", { "code", NULL }, "The code of the country must be unique!" },
};

static bool unique_check(struct call *c, const struct record *r)
{
    for (size_t u = 0; u < sizeof uniques / sizeof uniques[0]; u++) {
        if (strcmp(uniques[u].model, r->model->name) != 0)
            continue;
        for (int i = 1; i <= r->model->last_id; i++) {
            const struct record *other = record_get(r->model, i);
            bool same = other != NULL && other != r;

            for (size_t k = 0; same && k < 2 && uniques[u].fields[k] != NULL; k++)
                same = value_equal(at(r, uniques[u].fields[k]), at(other, uniques[u].fields[k]));
            if (same)
                return fault(c, FAULT_VALIDATION, "The operation cannot be completed: %s",
                             uniques[u].text);
        }
    }
    return true;
}

bool orm_create(struct call *c, struct model *m, const json_t *vals, int *id)
{
    const struct behaviour *b = m->behaviour;
    struct record *r;
    static const json_t *none;

    if (!json_is_object(vals))
        return fault(c, FAULT_ATTRIBUTE, "'%s' object has no attribute 'get'",
                     vals == none ? "NoneType" : json_is_string(vals) ? "str" : "int");
    if (!vals_check(c, m, vals))
        return false;
    *id = 0;
    if (b != NULL && b->instead != NULL && (!b->instead(c, vals, id) || *id != 0))
        return c->fault_name == NULL;
    r = record_new(c, m);
    if (m->active != NULL && !m->active->inherited)
        record_set(c, r, m->active, value_bool(true));
    if (m->write_date != NULL) {
        put(c, r, "create_date", datetime_now(c));
        put(c, r, "create_uid", value_int(c->uid));
        orm_touch(c, r);
    }
    usual_defaults(c, r);
    if (b != NULL && b->defaults != NULL && !b->defaults(c, r, vals))
        return false;
    if (!vals_set(c, r, vals))
        return false;
    if (b != NULL && b->created != NULL && !b->created(c, r, vals))
        return false;
    *id = r->id;
    return required_check(c, r) && unique_check(c, r);
}

bool orm_exist(struct call *c, struct model *m, const struct ids *ids)
{
    for (size_t i = 0; i < ids->count; i++)
        if (record_get(m, ids->id[i]) == NULL)
            return fault(c, FAULT_MISSING,
                         "Record does not exist or has been deleted.\n(Record: %s(%d,), User: %d)",
                         m->name, ids->id[i], c->uid);
    return true;
}

bool orm_write(struct call *c, struct model *m, const struct ids *ids, const json_t *vals)
{
    const struct behaviour *b = m->behaviour;

    if (!json_is_object(vals))
        return fault(c, FAULT_ATTRIBUTE, "'%s' object has no attribute 'items'",
                     vals == NULL || json_is_null(vals) ? "NoneType" : "list");
    if (!vals_check(c, m, vals) || !orm_exist(c, m, ids))
        return false;
    for (size_t i = 0; i < ids->count; i++) {
        struct record *r = record_get(m, ids->id[i]);

        if (b != NULL && b->before_write != NULL && !b->before_write(c, r, vals))
            return false;
        if (!vals_set(c, r, vals))
            return false;
        orm_touch(c, r);
        if (b != NULL && b->written != NULL && !b->written(c, r, vals))
            return false;
        if (!required_check(c, r) || !unique_check(c, r))
            return false;
    }
    return true;
}

/* Many2one fields that stand in the way of a delete, and those that go with it. */
struct referrer {
    const char *model, *field;
    bool cascade;
};

static const struct referrer referrers[] = {
    { "sale.order", "partner_id", false },
    { "sale.order", "partner_invoice_id", false },
    { "sale.order", "partner_shipping_id", false },
    { "sale.order.line", "product_id", false },
    { "sale.order.line", "order_id", true },
    { "res.partner", "parent_id", false },
    { "res.country.state", "country_id", false },
    { "res.company", "currency_id", false },
    { "product.product", "product_tmpl_id", true },
    { "product.template.attribute.line", "product_tmpl_id", true },
    { "product.template.attribute.value", "attribute_line_id", true },
    { "product.attribute.value", "attribute_id", true },
    { "product.pricelist.item", "product_tmpl_id", true },
    { "product.pricelist.item", "product_id", true },
    { "stock.quant", "product_id", true },
    { "stock.move", "product_id", false },
};

static bool referrers_check(struct call *c, const struct record *r)
{
    struct value key = value_int(r->id);

    for (size_t i = 0; i < sizeof referrers / sizeof referrers[0]; i++) {
        struct model *m = model_find(c->odoo, referrers[i].model);
        struct field *f = field_find(m, referrers[i].field);
        const struct ids *hit;
        struct ids copy = { 0 };
        bool ok = true;

        if (f->comodel != r->model)
            continue;
        hit = index_find(f, &key);
        if (hit == NULL)
            continue;
        if (!referrers[i].cascade)
            return fault(c, FAULT_VALIDATION,
                         "The operation cannot be completed: another model requires the record "
                         "being deleted. If possible, archive it instead.\n\nModel: %s (%s)\n"
                         "Constraint: %s_%s_fkey\n",
                         m->label, m->name, m->table, f->name);
        for (size_t k = 0; k < hit->count; k++)
            ids_add(&copy, hit->id[k]);
        for (size_t k = 0; ok && k < copy.count; k++)
            ok = referrers_check(c, record_get(m, copy.id[k]));
        for (size_t k = 0; ok && k < copy.count; k++) {
            struct xmlid *x;

            while ((x = xmlid_of(m, copy.id[k], 0)) != NULL)
                xmlid_drop(c, x);
            if (record_get(m, copy.id[k]) != NULL)
                record_delete(c, record_get(m, copy.id[k]));
        }
        ids_clear(&copy);
        if (!ok)
            return false;
    }
    return true;
}

bool orm_unlink(struct call *c, struct model *m, const struct ids *ids)
{
    const struct behaviour *b = m->behaviour;

    if (!orm_exist(c, m, ids))
        return false;
    for (size_t i = 0; i < ids->count; i++) {
        struct record *r = record_get(m, ids->id[i]);
        struct xmlid *x;

        if (r == NULL)
            continue;
        if (b != NULL && b->unlinking != NULL && !b->unlinking(c, r))
            return false;
        if (!referrers_check(c, r))
            return false;
        while ((x = xmlid_of(m, r->id, 0)) != NULL)
            xmlid_drop(c, x);
        record_delete(c, r);
    }
    return true;
}
