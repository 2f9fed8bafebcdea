/* partner.c - res.partner: names, e-mail in its normal form, children that follow their parent. */
#include <ctype.h>
#include <string.h>

#include "tests/sandbox/odoo/kinds.h"
#include "tests/sandbox/odoo/methods.h"

static const char *const address_fields[] = { "street", "street2", "city", "zip", "state_id", "country_id" };

static bool partner_defaults(struct call *c, struct record *r, const json_t *vals)
{
    (void)vals;
    put(c, r, "type", value_text("contact"));
    put(c, r, "lang", value_text("en_US"));
    put(c, r, "is_company", value_bool(false));
    put(c, r, "customer_rank", value_int(0));
    put(c, r, "color", value_int(0));
    return true;
}

static bool partner_set(struct call *c, struct record *r, const struct field *f, const json_t *value, bool *done)
{
    if (strcmp(f->name, "company_type") != 0)
        return true;
    *done = true;
    put(c, r, "is_company", value_bool(json_is_string(value) && strcmp(json_string_value(value), "company") == 0));
    return true;
}

/* The one address in "Name <a@b.c>" or " A@B.C ", lower case; NULL: none or several. */
static char *email_normal(const char *email)
{
    const char *at = strchr(email, '@'), *from, *to;
    char *normal;

    if (at == NULL || strchr(at + 1, '@') != NULL)
        return NULL;
    for (from = at; from > email && !isspace((unsigned char)from[-1]) && strchr("<,;\"", from[-1]) == NULL;)
        from--;
    for (to = at; *to != '\0' && !isspace((unsigned char)*to) && strchr(">,;\"", *to) == NULL;)
        to++;
    if (from == at || to == at + 1)
        return NULL;
    normal = strndup(from, (size_t)(to - from));
    for (char *p = normal; p != NULL && *p != '\0'; p++)
        *p = (char)tolower((unsigned char)*p);
    return normal;
}

static void phone_normal(struct call *c, struct record *r)
{
    const char *phone = *at_text(r, "mobile") != '\0' ? at_text(r, "mobile") : at_text(r, "phone");
    AUTO_STR digits = { 0 };

    str_init(&digits, 64);
    for (const char *p = phone; *p != '\0'; p++)
        if (isdigit((unsigned char)*p))
            str_add(&digits, p, 1);
    if (digits.len < 7)
        put(c, r, "phone_sanitized", value_text(NULL));
    else {
        AUTO_STR full = { 0 };

        str_init(&full, 80);
        str_addf(&full, "+%s%s", *phone != '+' && digits.len == 10 ? "1" : "", digits.data);
        put(c, r, "phone_sanitized", value_text(full.data));
    }
}

static void complete_name(struct call *c, struct record *r)
{
    static const char *const kinds[][2] = { { "invoice", "Invoice Address" },
                                            { "delivery", "Delivery Address" },
                                            { "other", "Other Address" } };
    const struct record *parent = at_record(r, "parent_id");
    const char *name = at_text(r, "name");
    AUTO_STR full = { 0 };

    str_init(&full, 65536);
    for (size_t i = 0; parent != NULL && *name == '\0' && i < 3; i++)
        if (at_is(r, "type", kinds[i][0]))
            name = kinds[i][1];
    if (parent != NULL && !value_true(at(r, "is_company")))
        str_addf(&full, "%s, ", at_text(parent, "name"));
    else if (parent == NULL && *at_text(r, "company_name") != '\0')
        str_addf(&full, "%s, ", at_text(r, "company_name"));
    str_adds(&full, name);
    put(c, r, "complete_name", value_text(full.data));
}

static bool recursive(const struct record *r)
{
    const struct record *up = at_record(r, "parent_id");

    for (int depth = 0; up != NULL && depth < 64; depth++) {
        if (up == r)
            return true;
        up = at_record(up, "parent_id");
    }
    return false;
}

static void copy_fields(struct call *c, const struct record *from, struct record *to, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        put(c, to, names[i], value_copy(at(from, names[i])));
}

static void follow_parent(struct call *c, struct record *r)
{
    static const char *const commercial[] = { "vat", "lang" };
    const struct record *parent = at_record(r, "parent_id");
    const struct record *top = r;

    while (at_record(top, "parent_id") != NULL && !value_true(at(top, "is_company")))
        top = at_record(top, "parent_id");
    put(c, r, "commercial_partner_id", value_int(top->id));
    if (parent == NULL)
        return;
    if (at_is(r, "type", "contact"))
        copy_fields(c, parent, r, address_fields, 6);
    if (top != r)
        copy_fields(c, top, r, commercial, 1);
}

static void lead_children(struct call *c, struct record *r)
{
    struct value key = value_int(r->id);
    const struct ids *children = index_find(field_find(r->model, "parent_id"), &key);

    for (size_t i = 0; children != NULL && i < children->count; i++) {
        struct record *child = record_get(r->model, children->id[i]);

        follow_parent(c, child);
        complete_name(c, child);
    }
}

static bool partner_settle(struct call *c, struct record *r)
{
    AUTO_FREE char *normal = NULL;

    if (at_is(r, "type", "contact") && *at_text(r, "name") == '\0' && at(r, "name")->kind == VALUE_NONE)
        return fault(c, FAULT_VALIDATION, "The operation cannot be completed: Contacts require a name");
    if (at_record(r, "parent_id") != NULL) /* what is below another says no company of its own */
        put(c, r, "company_name", value_text(NULL));
    if (recursive(r))
        return fault(c, FAULT_VALIDATION, "You cannot create recursive Partner hierarchies.");
    if (at(r, "email")->kind == VALUE_TEXT)
        normal = email_normal(at_text(r, "email"));
    put(c, r, "email_normalized", value_text(normal));
    phone_normal(c, r);
    follow_parent(c, r);
    complete_name(c, r);
    return true;
}

static bool partner_created(struct call *c, struct record *r, const json_t *vals)
{
    (void)vals;
    if (!partner_settle(c, r))
        return false;
    lead_children(c, r);
    return true;
}

static bool partner_written(struct call *c, struct record *r, const json_t *vals)
{
    return partner_created(c, r, vals);
}

static void partner_display(struct call *c, const struct record *r, struct str *out)
{
    (void)c;
    str_adds(out, at_text(r, "complete_name"));
}

static void company_type(struct call *c, const struct record *r, struct value *to)
{
    (void)c;
    *to = value_text(value_true(at(r, "is_company")) ? "company" : "person");
}

static void country_code(struct call *c, const struct record *r, struct value *to)
{
    const struct record *country = at_record(r, "country_id");

    (void)c;
    *to = value_text(country == NULL ? NULL : at_text(country, "code"));
}

int partner_address(const struct record *r, const char *type)
{
    struct value key = value_int(r->id);
    const struct ids *children = index_find(field_find(r->model, "parent_id"), &key);

    for (size_t i = 0; children != NULL && i < children->count; i++) {
        const struct record *child = record_get(r->model, children->id[i]);

        if (at_is(child, "type", type) && value_true(at(child, "active")))
            return child->id;
    }
    return r->id;
}

static bool partner_method(struct call *c, const struct invocation *i, struct str *out, bool *known)
{
    const json_t *kinds = method_arg(i, 0, "adr_pref");
    const struct record *r = i->ids.count == 0 ? NULL : record_get(i->model, i->ids.id[0]);
    json_t *item;
    size_t k;

    if (strcmp(i->method, "address_get") != 0)
        return true;
    *known = true;
    if (r == NULL)
        return orm_exist(c, i->model, &i->ids) && fault(c, FAULT_VALUE, "Expected singleton: res.partner()");
    str_adds(out, "{");
    json_array_foreach(kinds, k, item)
        if (json_is_string(item))
            str_addf(out, "%s\"%s\": %d", k > 0 ? ", " : "", json_string_value(item),
                     strcmp(json_string_value(item), "contact") == 0 ?
                         r->id :
                         partner_address(r, json_string_value(item)));
    str_adds(out, "}");
    return true;
}

const struct behaviour partner_behaviour = {
    .model = "res.partner",
    .defaults = partner_defaults,
    .set = partner_set,
    .created = partner_created,
    .written = partner_written,
    .display = partner_display,
    .method = partner_method,
};

void partner_attach(struct odoo *o)
{
    field_index(o, "res.partner", "email_normalized");
    field_index(o, "res.partner", "email");
    field_index(o, "res.partner", "name");
    field_index(o, "res.partner", "ref");
    field_index(o, "res.partner.category", "name");
    field_computed(o, "res.partner", "company_type", company_type);
    field_computed(o, "res.partner", "country_code", country_code);
}
