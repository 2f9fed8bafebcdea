/* m_backends.c - shops and their Odoos: adding, editing, pausing, trying the connections. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "control/methods.h"
#include "store/backends.h"
#include "store/policies.h"
#include "store/secrets.h"

#define SECRETS_MAX 32

/* ---- looking ---- */

static json_t *backend_object(struct call *call, const struct backend *b, struct err *err)
{
    char warehouse[POLICY_VALUE_MAX], prefix[POLICY_VALUE_MAX], url[POLICY_VALUE_MAX];

    if (!policies_get(call->db, b->id, POLICY_warehouse, warehouse, err) ||
        !policies_get(call->db, b->id, POLICY_order_prefix, prefix, err) ||
        !policies_get(call->db, b->id, POLICY_webhook_url, url, err))
        return NULL;
    return json_pack(
        "{s:I,s:o,s:o,s:o,s:o,s:o,s:b,s:o,s:o,s:o,s:o,s:I}", "id", (json_int_t)b->id, "name",
        json_str(b->name), "shop", json_str(b->shop), "odoo_url", json_str(b->odoo_url), "odoo_db",
        json_str(b->odoo_db), "odoo_login", json_str(b->odoo_login), "paused", (int)b->paused,
        "paused_by", json_str(b->paused_by), "warehouse", json_str(warehouse), "prefix",
        json_str(prefix), "webhook_url", json_str(url), "created", (json_int_t)b->created);
}

bool m_backends_list(struct call *call, struct err *err)
{
    struct backend *rows AUTO_FREE = calloc(BACKENDS_MAX, sizeof *rows);
    size_t count = BACKENDS_MAX;
    json_auto_t *list = json_array();

    if (rows == NULL)
        return err_set(err, ERR_BUSY, "no memory to read the backends");
    if (!backends_list(call->db, rows, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (json_array_append_new(list, backend_object(call, &rows[i], err)) != 0)
            return false;
    call->result = json_pack("{s:O}", "rows", list);
    return true;
}

static json_t *choices_of(const char *text)
{
    json_t *list;

    if (text[0] == '\0')
        return json_null();
    list = json_array();
    while (*text != '\0') {
        size_t n = strcspn(text, "|");

        json_array_append_new(list, json_stringn(text, n));
        text += text[n] == '|' ? n + 1 : n;
    }
    return list;
}

static json_t *policies_of(struct call *call, int64_t backend, struct err *err)
{
    json_t *list = json_array();

    for (unsigned p = 0; p < POLICY_COUNT; p++) {
        const struct policy_row *row = policies_row((enum policy)p);
        char value[POLICY_VALUE_MAX];

        if (!policies_get(call->db, backend, (enum policy)p, value, err)) {
            json_decref(list);
            return NULL;
        }
        json_array_append_new(
            list, json_pack("{s:s,s:s,s:o,s:s,s:o,s:s,s:s,s:I,s:I}", "key", row->key, "title",
                            row->title, "value", json_str(value), "default", row->otherwise,
                            "choices", choices_of(row->choices), "unit", row->unit, "help",
                            row->help, "min", (json_int_t)row->min, "max", (json_int_t)row->max));
    }
    return list;
}

static json_t *secrets_of(struct call *call, int64_t backend, struct err *err)
{
    struct secret_row rows[SECRETS_MAX];
    size_t count = SECRETS_MAX;
    json_t *list;

    if (!secrets_list(call->db, backend, rows, &count, err))
        return NULL;
    list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_pack("{s:s,s:b,s:s,s:I}", "name", rows[i].name, "set",
                                              (int)rows[i].set, "fingerprint", rows[i].fingerprint,
                                              "changed", (json_int_t)rows[i].changed));
    return list;
}

bool m_backends_get(struct call *call, struct err *err)
{
    struct backend backend;
    json_auto_t *object = NULL;

    if (!backends_get(call->db, call_int(call, "backend", 0), &backend, err) ||
        (object = backend_object(call, &backend, err)) == NULL ||
        json_object_set_new(object, "policies", policies_of(call, backend.id, err)) != 0 ||
        json_object_set_new(object, "secrets", secrets_of(call, backend.id, err)) != 0)
        return false;
    call->result = json_incref(object);
    return true;
}

/* ---- changing ---- */

struct backend_change {
    struct call *call;
    struct call_note *note;
    struct backend backend;
    int64_t id;
    bool paused;
};

static bool add(struct db *db, void *ctx, struct err *err)
{
    struct backend_change *c = ctx;

    if (!backends_add(db, &c->backend, &c->id, err))
        return false;
    snprintf(c->note->object, sizeof c->note->object, "backend %lld", (long long)c->id);
    snprintf(c->note->after, sizeof c->note->after, "%s: %s and %s, database %s", c->backend.name,
             c->backend.shop, c->backend.odoo_url, c->backend.odoo_db);
    return true;
}

static bool fits(char *to, size_t size, const char *text, const char *what, struct err *err)
{
    if (text[0] == '\0')
        return err_set(err, ERR_INVALID, "%s is empty", what);
    return str_copy(to, size, text) || err_set(err, ERR_INVALID, "%s is too long", what);
}

bool m_backends_add(struct call *call, struct err *err)
{
    struct call_note note = { .object = "" };
    struct backend_change c = { .call = call, .note = &note };

    if (!fits(c.backend.name, sizeof c.backend.name, call_text(call, "name"), "name", err) ||
        !fits(c.backend.odoo_db, sizeof c.backend.odoo_db, call_text(call, "odoo_db"), "odoo_db",
              err) ||
        !fits(c.backend.odoo_login, sizeof c.backend.odoo_login, call_text(call, "odoo_login"),
              "odoo_login", err) ||
        !backends_shop(call_text(call, "shop"), c.backend.shop, c.backend.shop_url, err) ||
        !backends_odoo_url(call_text(call, "odoo_url"), c.backend.odoo_url, err) ||
        !call_change(call, add, &c, &note, err))
        return false;
    call_changed(call, CONTROL_BACKEND, c.id);
    call->result = json_pack("{s:I}", "id", (json_int_t)c.id);
    return true;
}

/* A value as text: people and scripts write numbers with and without quotes. */
static bool value_text(const json_t *value, const char *key, char *to, size_t size, struct err *err)
{
    if (json_is_integer(value)) {
        snprintf(to, size, "%lld", (long long)json_integer_value(value));
        return true;
    }
    if (!json_is_string(value))
        return err_set(err, ERR_INVALID, "%.60s must be text or a whole number", key);
    return str_copy(to, size, json_string_value(value)) ||
           err_set(err, ERR_INVALID, "%.60s is too long", key);
}

static void note_value(char *list, size_t size, const char *key, const char *value)
{
    size_t used = strlen(list);

    snprintf(list + used, size - used, "%s%s=%s", used > 0 ? ", " : "", key, value);
}

/* One key of backends.edit: an address or a policy. before goes into the inverse. */
static bool edit_one(struct db *db, struct backend_change *c, const char *key, const char *value,
                     json_t *inverse, struct err *err)
{
    char policy_before[POLICY_VALUE_MAX];
    char *before AUTO_FREE = NULL;
    enum policy policy;
    const char *was;

    if (policies_find(key, &policy)) {
        if (!policies_get(db, c->id, policy, policy_before, err) ||
            !policies_set(db, c->id, policy, value, err))
            return false;
        was = policy_before;
    } else {
        if (!backends_edit(db, c->id, key, value, &before, err))
            return false;
        was = before != NULL ? before : "";
    }
    note_value(c->note->before, sizeof c->note->before, key, was);
    note_value(c->note->after, sizeof c->note->after, key, value);
    json_object_set_new(inverse, key, json_str(was));
    return true;
}

static bool edit(struct db *db, void *ctx, struct err *err)
{
    struct backend_change *c = ctx;
    json_t *values = json_object_get(c->call->params, "values"), *value;
    json_auto_t *inverse = json_object();
    const char *key;
    char text[POLICY_VALUE_MAX];

    json_object_foreach(values, key, value)
    {
        if (!value_text(value, key, text, sizeof text, err) ||
            !edit_one(db, c, key, text, inverse, err))
            return false;
    }
    c->note->undo = json_pack("{s:s,s:{s:I,s:O}}", "method", "backends.edit", "params", "backend",
                              (json_int_t)c->id, "values", inverse);
    return true;
}

static bool change(struct call *call, struct backend_change *c, store_change *how, struct err *err)
{
    c->call = call;
    c->id = call_int(call, "backend", 0);
    snprintf(c->note->object, sizeof c->note->object, "backend %lld", (long long)c->id);
    if (!call_change(call, how, c, c->note, err))
        return false;
    call_changed(call, CONTROL_BACKEND, c->id);
    return true;
}

/* It is set, but this machine does not have what it names: said at once, and by an alert. */
static void note_lacking(struct call *call)
{
    json_t *values = json_object_get(call->params, "values"), *value;
    struct err lacking = { .kind = ERR_NONE };
    enum policy policy;
    const char *key;

    json_object_foreach(values, key, value)
    {
        struct value_rule rule;

        if (!policies_find(key, &policy) || !json_is_string(value))
            continue;
        rule = policies_rule(policy);
        if (!values_found(&rule, json_string_value(value), &lacking))
            call->result = json_pack("{s:s}", "warning", lacking.text);
    }
}

bool m_backends_edit(struct call *call, struct err *err)
{
    struct call_note note = { .object = "" };
    struct backend_change c = { .note = &note };

    if (json_object_size(json_object_get(call->params, "values")) == 0)
        return err_set(err, ERR_INVALID, "values is empty");
    if (!change(call, &c, edit, err))
        return false;
    note_lacking(call);
    return true;
}

static bool forget(struct db *db, void *ctx, struct err *err)
{
    struct backend_change *c = ctx;
    const char *confirm = call_text(c->call, "confirm");

    if (!backends_get(db, c->id, &c->backend, err))
        return false;
    if (strcmp(confirm, c->backend.shop) != 0)
        return err_set(err, ERR_REFUSED, "to forget it, confirm must be %s", c->backend.shop);
    snprintf(c->note->before, sizeof c->note->before, "%s: %s and %s", c->backend.name,
             c->backend.shop, c->backend.odoo_url);
    return backends_remove(db, c->id, err);
}

bool m_backends_remove(struct call *call, struct err *err)
{
    struct call_note note = { .object = "" };
    struct backend_change c = { .note = &note };

    return change(call, &c, forget, err);
}

static bool pause_it(struct db *db, void *ctx, struct err *err)
{
    struct backend_change *c = ctx;

    if (!backends_get(db, c->id, &c->backend, err))
        return false;
    str_copy(c->note->before, sizeof c->note->before, c->backend.paused ? "paused" : "runs");
    str_copy(c->note->after, sizeof c->note->after, c->paused ? "paused" : "runs");
    c->note->undo =
        json_pack("{s:s,s:{s:I}}", "method", c->paused ? "backends.resume" : "backends.pause",
                  "params", "backend", (json_int_t)c->id);
    return backends_pause(db, c->id, c->paused, c->call->peer->user, err);
}

bool m_backends_pause(struct call *call, struct err *err)
{
    struct call_note note = { .object = "" };
    struct backend_change c = { .note = &note, .paused = true };

    return change(call, &c, pause_it, err);
}

bool m_backends_resume(struct call *call, struct err *err)
{
    struct call_note note = { .object = "" };
    struct backend_change c = { .note = &note, .paused = false };

    return change(call, &c, pause_it, err);
}

/* ---- the two sides ---- */

bool m_backends_check(struct call *call, struct err *err)
{
    const struct control_services *services = call->services;
    const char *which = call_text(call, "side");

    if (services->check == NULL)
        return call_no_service(call, err);
    if (which != NULL && strcmp(which, "shopify") != 0 && strcmp(which, "odoo") != 0)
        return err_set(err, ERR_INVALID, "side is shopify or odoo");
    call->result = services->check(services->ctx, call_int(call, "backend", 0), which, err);
    return call->result != NULL;
}

bool m_backends_choices(struct call *call, struct err *err)
{
    const struct control_services *services = call->services;

    if (services->choices == NULL)
        return call_no_service(call, err);
    call->result = services->choices(services->ctx, call_int(call, "backend", 0), err);
    return call->result != NULL;
}

static bool nothing(struct db *db, void *ctx, struct err *err)
{
    (void)db;
    (void)ctx;
    (void)err;
    return true;
}

/* The act on the other side comes first: only what happened is written down. */
static bool done(struct call *call, const char *after, struct err *err)
{
    struct call_note note = { .object = "" };

    snprintf(note.object, sizeof note.object, "backend %lld",
             (long long)call_int(call, "backend", 0));
    str_copy(note.after, sizeof note.after, after);
    return call_change(call, nothing, NULL, &note, err);
}

bool m_reference_refresh(struct call *call, struct err *err)
{
    const struct control_services *services = call->services;

    if (services->refresh == NULL)
        return call_no_service(call, err);
    return services->refresh(services->ctx, call_int(call, "backend", 0), err) &&
           done(call, "reference data read anew", err);
}

static bool subscriptions(struct call *call, enum control_subscriptions what, struct err *err)
{
    const struct control_services *services = call->services;

    if (services->subscriptions == NULL)
        return call_no_service(call, err);
    call->result = services->subscriptions(services->ctx, call_int(call, "backend", 0), what, err);
    return call->result != NULL;
}

bool m_subscriptions_list(struct call *call, struct err *err)
{
    return subscriptions(call, SUBSCRIPTIONS_LIST, err);
}

bool m_subscriptions_ensure(struct call *call, struct err *err)
{
    return subscriptions(call, SUBSCRIPTIONS_ENSURE, err) &&
           done(call, "webhook subscriptions created", err);
}

bool m_subscriptions_remove(struct call *call, struct err *err)
{
    return subscriptions(call, SUBSCRIPTIONS_REMOVE, err) &&
           done(call, "webhook subscriptions removed", err);
}
