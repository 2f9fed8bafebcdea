#include "tests/sandbox/odoo/methods.h"

#include <ctype.h>
#include <string.h>

#include "base/json.h"
#include "tests/sandbox/odoo/convert.h"
#include "tests/sandbox/odoo/load.h"
#include "tests/sandbox/odoo/search.h"
#include "tests/sandbox/odoo/xmlid.h"

typedef bool (*method_run)(struct call *c, const struct invocation *i, struct str *out);

struct method {
    const char *name;
    bool on_records;
    const char *params, *owner;
    method_run run;
};

static const json_t *arg(const struct invocation *i, const char *name)
{
    const json_t *value = json_object_get(i->kwargs, name);

    return json_is_null(value) ? NULL : value;
}

const json_t *method_arg(const struct invocation *i, size_t nth, const char *name)
{
    const json_t *value = json_object_get(i->kwargs, name);

    return value != NULL ? value : json_array_get(i->args, nth + 1);
}

static size_t arg_size(const struct invocation *i, const char *name)
{
    const json_t *value = arg(i, name);

    return json_is_integer(value) && json_integer_value(value) > 0 ? (size_t)json_integer_value(value) : 0;
}

static bool searched(struct call *c, const struct invocation *i, struct ids *ids)
{
    return rights_check(c, i->model, "access") &&
           search_ids(c, i->model, arg(i, "domain"), json_string_value(arg(i, "order")),
                      arg_size(i, "offset"), arg_size(i, "limit"), ids);
}

static void ids_json(const struct ids *ids, struct str *out)
{
    str_adds(out, "[");
    for (size_t k = 0; k < ids->count; k++)
        str_addf(out, "%s%d", k > 0 ? ", " : "", ids->id[k]);
    str_adds(out, "]");
}

static bool run_search(struct call *c, const struct invocation *i, struct str *out)
{
    struct ids ids = { 0 };
    bool ok = searched(c, i, &ids);

    if (ok)
        ids_json(&ids, out);
    ids_clear(&ids);
    return ok;
}

static bool run_search_fetch(struct call *c, const struct invocation *i, struct str *out)
{
    return run_search(c, i, out);
}

static bool run_search_read(struct call *c, const struct invocation *i, struct str *out)
{
    struct ids ids = { 0 };
    bool ok = searched(c, i, &ids) && orm_read(c, i->model, &ids, arg(i, "fields"), false, out);

    ids_clear(&ids);
    return ok;
}

static bool run_search_count(struct call *c, const struct invocation *i, struct str *out)
{
    struct ids ids = { 0 };
    bool ok = searched(c, i, &ids);

    if (ok)
        str_addf(out, "%zu", ids.count);
    ids_clear(&ids);
    return ok;
}

static bool run_web_search_read(struct call *c, const struct invocation *i, struct str *out)
{
    struct ids all = { 0 }, page = { 0 };
    size_t offset = arg_size(i, "offset"), limit = arg_size(i, "limit");
    bool ok = rights_check(c, i->model, "access") &&
              search_ids(c, i->model, arg(i, "domain"), json_string_value(arg(i, "order")), 0, 0, &all);

    for (size_t k = offset; ok && k < all.count && (limit == 0 || page.count < limit); k++)
        ids_add(&page, all.id[k]);
    if (ok) {
        str_addf(out, "{\"length\": %zu, \"records\": ", all.count);
        ok = orm_web_read(c, i->model, &page, arg(i, "specification"), out);
        str_adds(out, "}");
    }
    ids_clear(&all);
    ids_clear(&page);
    return ok;
}

static bool run_web_read(struct call *c, const struct invocation *i, struct str *out)
{
    return rights_check(c, i->model, "access") &&
           orm_web_read(c, i->model, &i->ids, arg(i, "specification"), out);
}

static bool run_web_save(struct call *c, const struct invocation *i, struct str *out)
{
    struct ids made = { 0 };
    int id;
    bool ok;

    if (i->ids.count > 0)
        return rights_check(c, i->model, "modify") &&
               orm_write(c, i->model, &i->ids, json_object_get(i->kwargs, "vals")) &&
               orm_web_read(c, i->model, &i->ids, arg(i, "specification"), out);
    ok = rights_check(c, i->model, "create") &&
         orm_create(c, i->model, json_object_get(i->kwargs, "vals"), &id) && ids_add(&made, id) &&
         orm_web_read(c, i->model, &made, arg(i, "specification"), out);
    ids_clear(&made);
    return ok;
}

/* An unknown warehouse in the context makes quantities unreadable: nothing comes back. */
static bool blind(struct call *c, const struct invocation *i)
{
    const json_t *warehouse = json_object_get(c->context, "warehouse_id");

    return json_is_integer(warehouse) && strcmp(i->model->name, "product.product") == 0 &&
           record_get(model_find(c->odoo, "stock.warehouse"), (int)json_integer_value(warehouse)) == NULL;
}

static bool run_read(struct call *c, const struct invocation *i, struct str *out)
{
    const json_t *load = json_object_get(i->kwargs, "load");

    if (!rights_check(c, i->model, "access"))
        return false;
    if (blind(c, i)) {
        str_adds(out, "[]");
        return true;
    }
    return orm_read(c, i->model, &i->ids, arg(i, "fields"), load != NULL && !json_is_string(load), out);
}

static bool run_create(struct call *c, const struct invocation *i, struct str *out)
{
    const json_t *vals = json_object_get(i->kwargs, "vals_list");
    int id;
    json_t *item;
    size_t k;

    if (!rights_check(c, i->model, "create"))
        return false;
    if (!json_is_array(vals)) {
        if (!orm_create(c, i->model, vals, &id))
            return false;
        str_addf(out, "%d", id);
        return true;
    }
    str_adds(out, "[");
    json_array_foreach(vals, k, item) {
        if (!orm_create(c, i->model, item, &id))
            return false;
        str_addf(out, "%s%d", k > 0 ? ", " : "", id);
    }
    str_adds(out, "]");
    return true;
}

static bool run_write(struct call *c, const struct invocation *i, struct str *out)
{
    const json_t *values = json_object_get(i->kwargs, "values");

    str_adds(out, "true");
    return rights_check(c, i->model, "modify") &&
           orm_write(c, i->model, &i->ids, values != NULL ? values : json_object_get(i->kwargs, "vals"));
}

static bool run_unlink(struct call *c, const struct invocation *i, struct str *out)
{
    str_adds(out, "true");
    return rights_check(c, i->model, "delete") && orm_unlink(c, i->model, &i->ids);
}

static bool run_load(struct call *c, const struct invocation *i, struct str *out)
{
    return rights_check(c, i->model, "create") && load_run(c, i, out);
}

static bool run_fields_get(struct call *c, const struct invocation *i, struct str *out)
{
    return orm_fields_get(c, i->model, arg(i, "allfields"), arg(i, "attributes"), out);
}

static bool run_default_get(struct call *c, const struct invocation *i, struct str *out)
{
    const struct behaviour *b = i->model->behaviour;
    size_t undo = c->odoo->undo_count;
    struct record *r = record_new(c, i->model);
    const json_t *names = arg(i, "fields_list");
    json_t *name;
    size_t k;
    bool first = true;

    if (b != NULL && b->defaults != NULL && !b->defaults(c, r, NULL))
        return false;
    str_adds(out, "{");
    json_array_foreach(names, k, name) {
        struct field *f = json_is_string(name) ? field_find(i->model, json_string_value(name)) : NULL;
        const struct value *v = f == NULL ? NULL : record_at(r, f);

        if (v == NULL || v->kind == VALUE_NONE || v->kind == VALUE_IDS)
            continue;
        str_addf(out, "%s\"%s\": ", first ? "" : ", ", f->name);
        convert_out(f, v, out);
        first = false;
    }
    str_adds(out, "}");
    base_rollback(c->odoo, undo);
    i->model->last_id--;
    return true;
}

static bool run_name_search(struct call *c, const struct invocation *i, struct str *out)
{
    const char *name = json_string_value(arg(i, "name")), *op = json_string_value(arg(i, "operator"));
    json_auto_t *domain = arg(i, "args") == NULL ? json_array() :
                                                   json_deep_copy((json_t *)(uintptr_t)arg(i, "args"));
    struct ids ids = { 0 };
    size_t limit = arg_size(i, "limit");
    bool ok;

    if (name != NULL && *name != '\0')
        json_array_append_new(domain, json_pack("[s,s,s]", i->model->rec_name, op == NULL ? "ilike" : op, name));
    ok = rights_check(c, i->model, "access") &&
         search_ids(c, i->model, domain, NULL, 0, limit == 0 ? 100 : limit, &ids);
    str_adds(out, "[");
    for (size_t k = 0; ok && k < ids.count; k++) {
        AUTO_FREE char *shown = orm_display_name(c, record_get(i->model, ids.id[k]));

        str_addf(out, "%s[%d, ", k > 0 ? ", " : "", ids.id[k]);
        py_text(out, shown);
        str_adds(out, "]");
    }
    str_adds(out, "]");
    ids_clear(&ids);
    return ok;
}

static bool run_name_create(struct call *c, const struct invocation *i, struct str *out)
{
    json_auto_t *vals = json_object();
    int id;

    json_object_set(vals, i->model->rec_name, (json_t *)(uintptr_t)json_object_get(i->kwargs, "name"));
    if (!rights_check(c, i->model, "create") || !orm_create(c, i->model, vals, &id))
        return false;
    AUTO_FREE char *shown = orm_display_name(c, record_get(i->model, id));

    str_addf(out, "[%d, ", id);
    py_text(out, shown);
    str_adds(out, "]");
    return true;
}

static bool run_exists(struct call *c, const struct invocation *i, struct str *out)
{
    struct ids ids = { 0 };

    (void)c;
    for (size_t k = 0; k < i->ids.count; k++)
        if (record_get(i->model, i->ids.id[k]) != NULL)
            ids_add(&ids, i->ids.id[k]);
    ids_json(&ids, out);
    ids_clear(&ids);
    return true;
}

static bool run_copy(struct call *c, const struct invocation *i, struct str *out)
{
    json_auto_t *vals = json_object();
    const json_t *over = arg(i, "default");
    const struct record *r = i->ids.count == 0 ? NULL : record_get(i->model, i->ids.id[0]);
    int id;

    if (r == NULL)
        return orm_exist(c, i->model, &i->ids);
    for (size_t k = 0; k < i->model->field_count; k++) {
        const struct field *f = &i->model->fields[k];
        const struct value *v = record_at(r, f);

        if (!f->stored || f->readonly || v->kind == VALUE_NONE || v->kind == VALUE_IDS)
            continue;
        json_object_set_new(vals, f->name,
                            v->kind == VALUE_TEXT ? json_string(v->text) :
                            v->kind == VALUE_INT  ? json_integer(v->number) :
                            v->kind == VALUE_REAL ? json_real(v->real) :
                                                    json_boolean(v->flag));
    }
    if (json_is_object(over))
        json_object_update(vals, (json_t *)(uintptr_t)over);
    if (!rights_check(c, i->model, "create") || !orm_create(c, i->model, vals, &id))
        return false;
    str_addf(out, "[%d]", id);
    return true;
}

static bool run_read_group(struct call *c, const struct invocation *i, struct str *out)
{
    return rights_check(c, i->model, "access") && orm_read_group(c, i, out);
}

static bool run_get_external_id(struct call *c, const struct invocation *i, struct str *out)
{
    (void)c;
    str_adds(out, "{");
    for (size_t k = 0; k < i->ids.count; k++) {
        const struct xmlid *x = xmlid_of(i->model, i->ids.id[k], 0);

        str_addf(out, "%s\"%d\": \"", k > 0 ? ", " : "", i->ids.id[k]);
        if (x != NULL)
            str_addf(out, "%s.%s", x->module, x->name);
        str_adds(out, "\"");
    }
    str_adds(out, "}");
    return true;
}

static void who_out(struct call *c, const struct record *r, const char *uid, const char *date, struct str *out)
{
    const struct record *user = record_get(model_find(c->odoo, "res.users"), at_id(r, uid));
    AUTO_FREE char *name = user == NULL ? NULL : orm_display_name(c, user);

    str_addf(out, "\"%s\": [%d, ", uid, at_id(r, uid));
    py_text(out, name == NULL ? "" : name);
    str_addf(out, "], \"%s\": \"%.19s\", ", date, at_text(r, date));
}

static bool run_get_metadata(struct call *c, const struct invocation *i, struct str *out)
{
    if (!orm_exist(c, i->model, &i->ids))
        return false;
    str_adds(out, "[");
    for (size_t k = 0; k < i->ids.count; k++) {
        const struct record *r = record_get(i->model, i->ids.id[k]);
        const struct xmlid *x = xmlid_of(i->model, r->id, 0);

        str_addf(out, "%s{\"id\": %d, ", k > 0 ? ", " : "", r->id);
        who_out(c, r, "create_uid", "create_date", out);
        who_out(c, r, "write_uid", "write_date", out);
        if (x == NULL)
            str_adds(out, "\"xmlid\": false, \"noupdate\": false, \"xmlids\": []}");
        else
            str_addf(out, "\"xmlid\": \"%s.%s\", \"noupdate\": %s, \"xmlids\": [", x->module, x->name,
                     x->noupdate ? "true" : "false");
        for (size_t n = 0; (x = xmlid_of(i->model, r->id, n)) != NULL; n++)
            str_addf(out, "%s{\"xmlid\": \"%s.%s\", \"noupdate\": %s}", n > 0 ? ", " : "", x->module, x->name,
                     x->noupdate ? "true" : "false");
        if (xmlid_of(i->model, r->id, 0) != NULL)
            str_adds(out, "]}");
    }
    str_adds(out, "]");
    return true;
}

static const char *operation_word(const struct invocation *i)
{
    const char *operation = json_string_value(arg(i, "operation"));

    if (operation == NULL || strcmp(operation, "read") == 0)
        return "access";
    return strcmp(operation, "write") == 0 ? "modify" : strcmp(operation, "unlink") == 0 ? "delete" : "create";
}

static bool run_check_access_rights(struct call *c, const struct invocation *i, struct str *out)
{
    bool raise = !json_is_false(json_object_get(i->kwargs, "raise_exception"));
    bool may = rights_check(c, i->model, operation_word(i));

    if (!may && raise)
        return false;
    fault_clear(c);
    str_adds(out, may ? "true" : "false");
    return true;
}

static bool run_has_access(struct call *c, const struct invocation *i, struct str *out)
{
    bool may = rights_check(c, i->model, operation_word(i));

    fault_clear(c);
    str_adds(out, may ? "true" : "false");
    return true;
}

static bool run_check_access(struct call *c, const struct invocation *i, struct str *out)
{
    (void)out;
    return rights_check(c, i->model, operation_word(i));
}

static bool activate(struct call *c, const struct invocation *i, bool active)
{
    json_auto_t *vals = json_pack("{s:b}", "active", active);

    return rights_check(c, i->model, "modify") && orm_write(c, i->model, &i->ids, vals);
}

static bool run_action_archive(struct call *c, const struct invocation *i, struct str *out)
{
    (void)out;
    return activate(c, i, false);
}

static bool run_action_unarchive(struct call *c, const struct invocation *i, struct str *out)
{
    (void)out;
    return activate(c, i, true);
}

static bool run_toggle_active(struct call *c, const struct invocation *i, struct str *out)
{
    const struct record *r = i->ids.count == 0 ? NULL : record_get(i->model, i->ids.id[0]);

    (void)out;
    return activate(c, i, r == NULL || !value_true(at(r, "active")));
}

static bool run_export_data(struct call *c, const struct invocation *i, struct str *out)
{
    (void)i;
    (void)out;
    return fault(c, FAULT_USER, "You don't have the rights to export data. Please contact an Administrator.");
}

static bool run_message_post(struct call *c, const struct invocation *i, struct str *out)
{
    struct model *m = model_find(c->odoo, "mail.message");
    struct record *r;
    const char *body = json_string_value(arg(i, "body"));
    AUTO_STR text = { 0 };

    if (i->ids.count == 0 || !orm_exist(c, i->model, &i->ids))
        return c->fault_name == NULL &&
               fault(c, FAULT_VALUE, "Expected singleton: %s()", i->model->name);
    r = record_new(c, m);
    str_init(&text, 1 << 20);
    str_addf(&text, "<p>%s</p>", body == NULL ? "" : body);
    put(c, r, "body", value_text(text.data));
    put(c, r, "model", value_text(i->model->name));
    put(c, r, "res_id", value_int(i->ids.id[0]));
    put(c, r, "message_type", value_text("comment"));
    put(c, r, "create_date", datetime_now(c));
    orm_touch(c, r);
    str_addf(out, "%d", r->id);
    return true;
}

static bool run_browse(struct call *c, const struct invocation *i, struct str *out)
{
    (void)c;
    str_addf(out, "\"%s()\"", i->model->name);
    return true;
}

static const struct method methods[] = {
#define METHOD(name, on_records, params, owner) { #name, on_records, params, owner, run_##name },
#include "tests/sandbox/odoo/methods.def"
#undef METHOD
};

/* "res.partner" -> "ResPartner" */
static void class_name(const struct model *m, const char *owner, char *to, size_t size)
{
    size_t len = 0;
    bool up = true;

    if (owner != NULL) {
        str_copy(to, size, owner);
        return;
    }
    for (const char *p = m->name; *p != '\0' && len + 1 < size; p++) {
        if (*p == '.' || *p == '_') {
            up = true;
            continue;
        }
        to[len++] = up ? (char)toupper((unsigned char)*p) : *p;
        up = false;
    }
    to[len] = '\0';
}

struct params {
    char names[16][32];
    bool optional[16];
    size_t count, required;
};

static void params_read(const char *list, struct params *p)
{
    *p = (struct params){ 0 };
    while (*list != '\0' && p->count < 16) {
        size_t len = strcspn(list, " ");
        bool optional = len > 0 && list[len - 1] == '=';

        snprintf(p->names[p->count], sizeof p->names[0], "%.*s", (int)(len - optional), list);
        p->optional[p->count++] = optional;
        p->required += !optional;
        list += len + (list[len] == ' ');
    }
}

/* Modules that write in their own way name the parameter in their own way. */
static const char *params_of(const struct model *model, const struct method *m)
{
    static const char *const own[] = { "sale.order", "sale.order.line", "product.pricelist",
                                       "product.pricelist.item", "product.template.attribute.line",
                                       "product.template.attribute.value", "stock.location",
                                       "res.company", "uom.uom", "crm.team" };

    for (size_t i = 0; strcmp(m->name, "write") == 0 && i < sizeof own / sizeof own[0]; i++)
        if (strcmp(own[i], model->name) == 0)
            return "values";
    return m->params;
}

static bool missing(struct call *c, const char *class, const struct method *m, const struct params *p,
                    const json_t *bound)
{
    AUTO_STR names = { 0 };
    size_t count = 0, seen = 0;

    str_init(&names, 512);
    for (size_t k = 0; k < p->count; k++)
        count += !p->optional[k] && json_object_get(bound, p->names[k]) == NULL;
    if (count == 0)
        return true;
    for (size_t k = 0; k < p->count; k++)
        if (!p->optional[k] && json_object_get(bound, p->names[k]) == NULL)
            str_addf(&names, "%s'%s'", seen++ == 0 ? "" : seen == count ? " and " : ", ", p->names[k]);
    return fault(c, FAULT_TYPE, "%s.%s() missing %zu required positional argument%s: %s", class, m->name,
                 count, count == 1 ? "" : "s", names.data);
}

/* Positional arguments and kwargs to one object by parameter names; NULL: a fault. */
static json_t *bind(struct call *c, const struct model *model, const struct method *m, const json_t *args,
                    const json_t *kwargs)
{
    json_auto_t *bound = json_object();
    struct params p;
    char class[128];
    const char *key;
    json_t *value;
    size_t skip = m->on_records ? 1 : 0, given = json_array_size(args), k;

    params_read(params_of(model, m), &p);
    class_name(model, m->owner, class, sizeof class);
    given = given > skip ? given - skip : 0;
    if (given > p.count) {
        fault(c, FAULT_TYPE, "%s.%s() takes %s%zu positional arguments but %zu were given", class, m->name,
              p.required < p.count ? "at most " : "", p.count + 1, given + 1);
        return NULL;
    }
    for (k = 0; k < given; k++)
        json_object_set(bound, p.names[k], json_array_get(args, k + skip));
    json_object_foreach((json_t *)(uintptr_t)kwargs, key, value) {
        bool known = strcmp(key, "context") == 0;

        for (k = 0; k < p.count; k++)
            known = known || strcmp(p.names[k], key) == 0;
        if (!known) {
            fault(c, FAULT_TYPE, "%s.%s() got an unexpected keyword argument '%s'", class, m->name, key);
            return NULL;
        }
        json_object_set(bound, key, value);
    }
    return missing(c, class, m, &p, bound) ? json_incref(bound) : NULL;
}

static bool private(const char *name)
{
    static const char *const known[] = { "_create_invoices", "_action_cancel", "_read_group", "_search",
                                         "_compute_quantities_dict", "_write", "_create", "sudo",
                                         "with_context", "with_user", "with_company", "with_env",
                                         "_action_confirm", "_apply_inventory", "_name_search" };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i], name) == 0)
            return true;
    return false;
}

/* The first positional argument of a record method: an id or a list of them. */
static bool take_ids(struct call *c, const json_t *args, struct ids *ids)
{
    const json_t *first = json_array_get(args, 0);
    json_t *item;
    size_t i;

    if (json_array_size(args) == 0)
        return fault(c, "builtins.IndexError", "list index out of range");
    if (json_is_integer(first))
        return ids_add(ids, json_integer_value(first) > INT32_MAX ? 0 : (int)json_integer_value(first));
    json_array_foreach(first, i, item)
        if (json_is_integer(item))
            ids_add(ids, json_integer_value(item) > INT32_MAX ? 0 : (int)json_integer_value(item));
    return true;
}

static bool context_check(struct call *c)
{
    const char *lang = json_string_value(json_object_get(c->context, "lang"));
    const json_t *companies = json_object_get(c->context, "allowed_company_ids");
    json_t *item;
    size_t i;

    if (lang != NULL && *lang != '\0' && strcmp(lang, "en_US") != 0)
        return fault(c, FAULT_USER, "Invalid language code: %s", lang);
    json_array_foreach(companies, i, item)
        if (json_integer_value(item) != 1)
            return fault(c, FAULT_ACCESS, "Access to unauthorized or invalid companies.");
    return true;
}

bool methods_call(struct call *c, const char *model, const char *method, const json_t *args,
                  const json_t *kwargs, struct str *out)
{
    struct invocation i = { .model = model_find(c->odoo, model), .method = method, .args = args, .kwargs = kwargs };
    const struct method *m = NULL;
    json_auto_t *bound = NULL;
    bool known = false, ok;

    if (i.model == NULL) {
        rights_check_name(c, model, "access", &known);
        return fault(c, FAULT_USER, "Object %s doesn't exist", model);
    }
    if (private(method))
        return fault(c, FAULT_ACCESS, "Private methods (such as '%s.%s') cannot be called remotely.", model, method);
    if (!context_check(c))
        return false;
    if (i.model->behaviour != NULL && i.model->behaviour->method != NULL) {
        if (json_array_size(args) > 0)
            take_ids(c, args, &i.ids);
        ok = i.model->behaviour->method(c, &i, out, &known);
        ids_clear(&i.ids);
        if (known || !ok)
            return ok;
    }
    for (size_t k = 0; k < sizeof methods / sizeof methods[0]; k++)
        if (strcmp(methods[k].name, method) == 0)
            m = &methods[k];
    if (m == NULL)
        return fault(c, FAULT_ATTRIBUTE, "The method '%s.%s' does not exist", model, method);
    if (m->on_records && !take_ids(c, args, &i.ids)) {
        ids_clear(&i.ids);
        return false;
    }
    bound = bind(c, i.model, m, args, kwargs);
    i.kwargs = bound;
    ok = bound != NULL && m->run(c, &i, out);
    ids_clear(&i.ids);
    return ok && c->fault_name == NULL;
}
