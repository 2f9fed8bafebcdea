/* m_audit.c - who changed what, whether the chain is whole, and taking a change back; alerts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "control/methods.h"
#include "control/rows.h"
#include "store/alerts.h"
#include "store/audit.h"

static json_t *entry_object(const struct audit_entry *e)
{
    return json_pack("{s:I,s:I,s:o,s:I,s:s,s:o,s:o,s:o,s:o,s:o,s:b}", "id", (json_int_t)e->id, "at",
                     (json_int_t)e->at, "user", json_str(e->user), "uid", (json_int_t)e->uid,
                     "what", e->what, "object", json_str(e->object), "before", json_str(e->before),
                     "after", json_str(e->after), "reason", json_str(e->reason), "origin",
                     json_str(e->origin), "undo", (int)e->undo);
}

bool m_audit_list(struct call *call, struct err *err)
{
    size_t count = call_limit(call);
    struct audit_entry *rows AUTO_FREE = calloc(count, sizeof *rows);
    struct audit_filter filter = { .user = call_text(call, "user"),
                                   .what = call_text(call, "what"),
                                   .object = call_text(call, "object") };
    int64_t next = 0;
    json_t *list;

    if (rows == NULL)
        return err_set(err, ERR_BUSY, "no memory for a page of the audit log");
    if (!call_after(call, &filter.after, err) ||
        !audit_list(call->db, &filter, rows, &count, &next, err))
        return false;
    list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, entry_object(&rows[i]));
    call->result = json_pack("{s:o,s:o}", "rows", list, "next", json_next(next));
    return true;
}

bool m_audit_verify(struct call *call, struct err *err)
{
    int64_t entries, broken;

    if (!audit_verify(call->db, &entries, &broken, err))
        return false;
    call->result = json_pack("{s:I,s:b,s:o}", "entries", (json_int_t)entries, "ok", broken == 0,
                             "broken_at", json_id_or_null(broken));
    return true;
}

/* ---- taking back ---- */

struct undo {
    int64_t id;
    char *inverse; /* for free(3) */
    bool look;     /* only read it: the change is undone */
};

static bool take(struct db *db, void *ctx, struct err *err)
{
    struct undo *u = ctx;
    char *inverse = audit_undo(db, u->id, err);

    if (inverse == NULL)
        return false;
    if (!u->look) {
        free(inverse);
        return true;
    }
    u->inverse = inverse;
    return err_set(err, ERR_CONFLICT, "only looked"); /* so that the store undoes it */
}

/* The inverse is a request of its own, with the rights and the checks of its method. */
bool m_audit_undo(struct call *call, struct err *err)
{
    struct undo undo = { .id = call_int(call, "id", 0), .look = true };
    struct call inner = *call;
    json_auto_t *request = NULL;
    char *inverse AUTO_FREE = NULL;
    const char *why = call_text(call, "reason");
    json_t *params;
    char reason[64];
    bool good;

    if (!store_do(call->store, take, &undo, err) && undo.inverse == NULL)
        return false;
    inverse = undo.inverse;
    err_clear(err);
    request = json_loads(inverse, 0, NULL);
    inner.method = method_find(json_text_or(request, "method", ""));
    params = json_object_get(request, "params");
    if (inner.method == NULL || inner.method->run == m_audit_undo || params == NULL)
        return err_set(err, ERR_BUG, "entry %lld has no usable inverse", (long long)undo.id);
    snprintf(reason, sizeof reason, "takes back entry %lld", (long long)undo.id);
    if (strstr(inner.method->params, "reason") != NULL)
        json_object_set_new(params, "reason", json_str(why != NULL ? why : reason));
    undo.look = false;
    inner.params = params;
    inner.first = take;
    inner.first_ctx = &undo;
    good = method_call(&inner, err);
    call->result = inner.result;
    call->data = inner.data;
    call->code = inner.code;
    return good;
}

/* ---- alerts ---- */

bool m_alerts_list(struct call *call, struct err *err)
{
    json_t *rows = rows_alerts(call, err);

    if (rows == NULL)
        return false;
    call->result = json_pack("{s:o}", "rows", rows);
    return true;
}

static bool seen(struct db *db, void *ctx, struct err *err)
{
    const struct call *call = ctx;

    return alerts_seen(db, call_int(call, "id", 0), call->peer->user, err);
}

bool m_alerts_seen(struct call *call, struct err *err)
{
    return store_do(call->store, seen, call, err);
}
