#include "control/methods.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "control/params.h"
#include "control/proto.h"

enum { NO, YES };

static const struct method methods[] = {
#define METHOD(name, function, role, audited, params, help)                                        \
    { name, params, help, m_##function, PROTO_##role, audited },
#include "control/methods.def"
#undef METHOD
};

#define METHOD_COUNT (sizeof methods / sizeof methods[0])

/* These talk to Shopify or Odoo, or ask those who do, or read a whole table. */
static const char *const slow[] = {
    "audit.verify",         "backends.check",     "backends.choices",   "core.backup",
    "conflicts.effect",     "conflicts.rules",    "imports.checks",     "imports.counts",
    "mappings.choices",     "mappings.set",       "problems.fix",       "problems.get",
    "reference.refresh",    "subscriptions.ensure", "subscriptions.list", "subscriptions.remove",
};

const struct method *method_find(const char *name)
{
    for (size_t i = 0; i < METHOD_COUNT; i++)
        if (strcmp(methods[i].name, name) == 0)
            return &methods[i];
    return NULL;
}

enum method_place method_place(const struct method *method)
{
    for (size_t i = 0; i < sizeof slow / sizeof slow[0]; i++)
        if (strcmp(slow[i], method->name) == 0)
            return METHOD_SERVICE;
    /* noting who saw an alert is a write, though nothing for the audit log */
    if (method->audited || strcmp(method->name, "alerts.seen") == 0)
        return METHOD_CHANGE;
    return METHOD_HERE;
}

bool method_call(struct call *call, struct err *err)
{
    const struct method *method = call->method;

    if (call->peer->role < method->role) {
        call->code = PROTO_ROLE;
        return err_set(err, ERR_DENIED, "%s is for the %s role; %s is %s", method->name,
                       role_name(method->role), call->peer->user, role_name(call->peer->role));
    }
    if (!params_check(call->params, method->params, err)) {
        call->code = PROTO_PARAMS;
        return err_within(err, "%s", method->name);
    }
    if (!method->run(call, err))
        return false;
    if (call->result == NULL)
        call->result = json_object();
    return call->result != NULL || err_set(err, ERR_BUSY, "no memory for the answer");
}

json_t *method_list(void)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < METHOD_COUNT; i++)
        json_array_append_new(
            rows, json_pack("{s:s,s:s,s:b,s:o,s:s}", "name", methods[i].name, "role",
                            role_name(methods[i].role), "audited", (int)methods[i].audited,
                            "params", params_describe(methods[i].params), "help", methods[i].help));
    return rows;
}

/* ---- parameters ---- */

int64_t call_int(const struct call *call, const char *name, int64_t otherwise)
{
    return json_int_or(call->params, name, otherwise);
}

const char *call_text(const struct call *call, const char *name)
{
    return json_text(call->params, name);
}

size_t call_limit(const struct call *call)
{
    int64_t limit = call_int(call, "limit", 100);

    return limit < 1 ? 1 : limit > PROTO_PAGE_MAX ? PROTO_PAGE_MAX : (size_t)limit;
}

bool call_after(const struct call *call, int64_t *after, struct err *err)
{
    const char *text = call_text(call, "after");
    unsigned long long number = 0;

    if (text == NULL || text[0] == '\0') {
        *after = 0;
        return true;
    }
    if (!str_number(text, INT64_MAX, &number))
        return err_set(err, ERR_INVALID, "after is not the \"next\" of an earlier answer");
    *after = (int64_t)number;
    return true;
}

json_t *json_id_or_null(int64_t id)
{
    return id != 0 ? json_integer(id) : json_null();
}

json_t *json_next(int64_t next)
{
    char text[24];

    if (next == 0)
        return json_null();
    snprintf(text, sizeof text, "%lld", (long long)next);
    return json_string(text);
}

json_t *json_str(const char *text)
{
    json_t *value = json_string(text);

    return value != NULL ? value : json_string("?");
}

/* ---- changes ---- */

struct noted_change {
    struct call *call;
    store_change *change;
    void *ctx;
    struct call_note *note;
};

static bool change_and_audit(struct db *db, void *ctx, struct err *err)
{
    struct noted_change *noted = ctx;
    struct call *call = noted->call;
    const char *reason = call_text(call, "reason");
    struct audit_entry entry = { .at = when_now(), .uid = call->peer->uid };
    char *undo AUTO_FREE = NULL;
    int64_t id;

    if (call->first != NULL && !call->first(db, call->first_ctx, err))
        return false;
    if (!noted->change(db, noted->ctx, err))
        return false;
    if (noted->note->undo != NULL && (undo = json_write(noted->note->undo)) == NULL)
        return err_set(err, ERR_BUSY, "no memory for the audit entry");
    str_copy(entry.user, sizeof entry.user, call->peer->user);
    str_copy(entry.what, sizeof entry.what, call->method->name);
    str_copy(entry.object, sizeof entry.object, noted->note->object);
    str_copy(entry.before, sizeof entry.before, noted->note->before);
    str_copy(entry.after, sizeof entry.after, noted->note->after);
    str_copy(entry.reason, sizeof entry.reason, reason != NULL ? reason : "");
    str_copy(entry.origin, sizeof entry.origin, call->origin);
    entry.undo = undo != NULL;
    return audit_add(db, &entry, undo, &id, err);
}

bool call_change(struct call *call, store_change *change, void *ctx, struct call_note *note,
                 struct err *err)
{
    struct noted_change noted = { .call = call, .change = change, .ctx = ctx, .note = note };
    bool done = store_do(call->store, change_and_audit, &noted, err);

    json_decref(note->undo);
    note->undo = NULL;
    return done;
}

void call_changed(struct call *call, enum control_change what, int64_t backend)
{
    if (call->services->changed != NULL)
        call->services->changed(call->services->ctx, call->db, what, backend);
}

bool call_no_service(struct call *call, struct err *err)
{
    return err_set(err, ERR_REFUSED, "this core cannot do %s", call->method->name);
}
