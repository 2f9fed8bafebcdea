/* m_records.c - records: finding one, its timeline, reading it again now. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "control/methods.h"
#include "control/rows.h"
#include "store/history.h"
#include "store/pairs.h"

bool m_records_search(struct call *call, struct err *err)
{
    size_t count = call_limit(call);
    struct pair *rows AUTO_FREE = calloc(count, sizeof *rows);
    const char *q = call_text(call, "q");
    json_t *list;

    if (rows == NULL)
        return err_set(err, ERR_BUSY, "no memory for the records found");
    q += strspn(q, " \t");
    if (*q == '\0')
        return err_set(err, ERR_INVALID, "q is empty: an order name, e-mail, SKU or id");
    if (!pairs_search(call->db, call_int(call, "backend", 0), q, rows, &count, err))
        return false;
    list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, rows_record(&rows[i]));
    call->result = json_pack("{s:o}", "rows", list);
    return true;
}

/* A record that has no pair yet still has a timeline. */
static json_t *record_of(struct call *call, int64_t backend, const char *kind, const char *id,
                         struct err *err)
{
    unsigned long long number;
    struct pair pair = { .backend = backend };
    char *agreed AUTO_FREE = NULL;
    bool found = false;
    json_t *record, *fields = NULL;

    str_copy(pair.kind, sizeof pair.kind, kind);
    if (str_number(id, INT64_MAX, &number)) {
        pair.shopify_id = (int64_t)number;
        if (!pairs_by_shopify(call->db, backend, kind, pair.shopify_id, &pair, &agreed, &found,
                              err))
            return NULL;
    }
    record = rows_record(&pair);
    if (!found)
        json_object_set_new(record, "id", json_str(id));
    if (agreed != NULL)
        fields = json_loads(agreed, 0, NULL);
    json_object_set_new(record, "agreed", fields != NULL ? fields : json_object());
    return record;
}

bool m_records_timeline(struct call *call, struct err *err)
{
    const char *kind = call_text(call, "kind"), *id = call_text(call, "id");
    int64_t backend = call_int(call, "backend", 0), after, next = 0;
    size_t count = call_limit(call);
    struct history_event *rows AUTO_FREE = calloc(count, sizeof *rows);
    char key[STORE_RECORD_MAX];
    json_t *record, *events;

    if (rows == NULL)
        return err_set(err, ERR_BUSY, "no memory for a timeline");
    if (snprintf(key, sizeof key, "%s:%s", kind, id) >= (int)sizeof key)
        return err_set(err, ERR_INVALID, "kind or id is too long");
    if (!call_after(call, &after, err) ||
        !history_list(call->db, backend, key, after, rows, &count, &next, err))
        return false;
    record = record_of(call, backend, kind, id, err);
    if (record == NULL)
        return false;
    events = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(events, rows_event(&rows[i]));
    call->result =
        json_pack("{s:o,s:o,s:o}", "record", record, "events", events, "next", json_next(next));
    return true;
}

struct sync_change {
    struct call *call;
    int64_t backend, job;
    const char *kind, *id;
};

static bool add_job(struct db *db, void *ctx, struct err *err)
{
    struct sync_change *c = ctx;
    const struct control_services *services = c->call->services;

    return services->sync_record(services->ctx, db, c->backend, c->kind, c->id, &c->job, err);
}

bool m_records_sync(struct call *call, struct err *err)
{
    struct sync_change c = { .call = call,
                             .backend = call_int(call, "backend", 0),
                             .kind = call_text(call, "kind"),
                             .id = call_text(call, "id") };
    struct call_note note = { .after = "is read again" };

    if (call->services->sync_record == NULL)
        return call_no_service(call, err);
    snprintf(note.object, sizeof note.object, "backend %lld %s %s", (long long)c.backend, c.kind,
             c.id);
    if (!call_change(call, add_job, &c, &note, err))
        return false;
    call_changed(call, CONTROL_LANE, c.backend);
    call->result = json_pack("{s:o}", "job", json_id_or_null(c.job));
    return true;
}
