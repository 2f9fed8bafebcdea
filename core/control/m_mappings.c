/* m_mappings.c - what a word of Shopify's means in Odoo; mapping one frees what waited. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "control/methods.h"
#include "store/mappings.h"

#define KINDS_MAX 64

static const char *title_of(const char *kind)
{
    static const struct {
        const char *kind, *title;
    } titles[] = {
        { "carrier", "Carriers" },         { "category", "Categories" },
        { "country", "Countries" },        { "currency", "Currencies" },
        { "gateway", "Payment gateways" }, { "journal", "Journals" },
        { "location", "Locations" },       { "metafield", "Metafields" },
        { "pricelist", "Price lists" },    { "product", "Products" },
        { "product_type", "Product types" }, { "state", "Order states" },
        { "tax", "Taxes" },                 { "tracking", "Tracking companies" },
    };

    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++)
        if (strcmp(titles[i].kind, kind) == 0)
            return titles[i].title;
    return kind;
}

bool m_mappings_kinds(struct call *call, struct err *err)
{
    struct mapping_kind rows[KINDS_MAX];
    size_t count = KINDS_MAX;
    json_t *list;

    if (!mappings_kinds(call->db, call_int(call, "backend", 0), rows, &count, err))
        return false;
    list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list,
                              json_pack("{s:s,s:s,s:I,s:I}", "kind", rows[i].kind, "title",
                                        title_of(rows[i].kind), "open", (json_int_t)rows[i].open,
                                        "all", (json_int_t)rows[i].all));
    call->result = json_pack("{s:o}", "rows", list);
    return true;
}

static json_t *mapping_object(const struct mapping *row)
{
    json_t *guess = json_null();

    if (row->guess[0] != '\0')
        guess = json_pack("{s:o,s:o,s:i}", "value", json_str(row->guess), "label",
                          json_str(row->guess_label), "score", row->guess_score);
    return json_pack(
        "{s:I,s:s,s:o,s:o,s:o,s:o,s:I,s:I,s:o,s:I,s:I,s:o,s:b}", "id", (json_int_t)row->id, "kind",
        row->kind, "key", json_str(row->key), "title", json_str(row->title), "value",
        row->mapped ? json_str(row->value) : json_null(), "label", json_str(row->label), "uses",
        (json_int_t)row->uses, "last_used", (json_int_t)row->last_used, "guess", guess, "waiting",
        (json_int_t)row->waiting, "changed", (json_int_t)row->changed, "by", json_str(row->by),
        "automatic", (int)row->automatic);
}

bool m_mappings_list(struct call *call, struct err *err)
{
    size_t count = call_limit(call);
    struct mapping *rows AUTO_FREE = calloc(count, sizeof *rows);
    const char *after = call_text(call, "after");
    char next[MAPPING_KEY_MAX + 2] = "";
    json_t *list;

    if (rows == NULL)
        return err_set(err, ERR_BUSY, "no memory for a page of mappings");
    if (!mappings_list(call->db, call_int(call, "backend", 0), call_text(call, "kind"),
                       after != NULL ? after : "", rows, &count, next, err))
        return false;
    list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, mapping_object(&rows[i]));
    call->result = json_pack("{s:o,s:o}", "rows", list, "next",
                             next[0] != '\0' ? json_str(next) : json_null());
    return true;
}

static json_t *choices_of(struct call *call, struct err *err)
{
    const struct control_services *services = call->services;

    if (services->mapping_choices == NULL) {
        call_no_service(call, err);
        return NULL;
    }
    return services->mapping_choices(services->ctx, call_int(call, "backend", 0),
                                     call_text(call, "kind"), err);
}

bool m_mappings_choices(struct call *call, struct err *err)
{
    call->result = choices_of(call, err);
    if (json_is_array(call->result))
        call->result = json_pack("{s:o}", "rows", call->result);
    return call->result != NULL;
}

/* ---- changes ---- */

struct mapping_change {
    struct call *call;
    struct call_note *note;
    int64_t backend, requeued;
    const char *kind, *key, *value; /* value NULL: unmap */
    char label[STORE_TITLE_MAX];
};

static json_t *inverse(const struct mapping_change *c, const struct mapping *before)
{
    if (before->id != 0 && before->mapped)
        return json_pack("{s:s,s:{s:I,s:s,s:s,s:o}}", "method", "mappings.set", "params", "backend",
                         (json_int_t)c->backend, "kind", c->kind, "key", c->key, "value",
                         json_str(before->value));
    return json_pack("{s:s,s:{s:I,s:s,s:s}}", "method", "mappings.unset", "params", "backend",
                     (json_int_t)c->backend, "kind", c->kind, "key", c->key);
}

static bool map(struct db *db, void *ctx, struct err *err)
{
    struct mapping_change *c = ctx;
    struct mapping before = { .id = 0 };

    if (!mappings_set(db, c->backend, c->kind, c->key, c->value, c->label, c->call->peer->user,
                      &before, &c->requeued, err))
        return false;
    if (before.id != 0 && before.mapped)
        snprintf(c->note->before, sizeof c->note->before, "%s%s%s", before.value,
                 before.label[0] != '\0' ? " " : "", before.label);
    if (c->value != NULL)
        snprintf(c->note->after, sizeof c->note->after, "%s%s%s", c->value,
                 c->label[0] != '\0' ? " " : "", c->label);
    c->note->undo = inverse(c, &before);
    return true;
}

static bool change(struct call *call, struct mapping_change *c, struct err *err)
{
    struct call_note note = { .object = "" };

    c->call = call;
    c->note = &note;
    c->backend = call_int(call, "backend", 0);
    c->kind = call_text(call, "kind");
    c->key = call_text(call, "key");
    snprintf(note.object, sizeof note.object, "backend %lld %s %s", (long long)c->backend, c->kind,
             c->key);
    if (!call_change(call, map, c, &note, err))
        return false;
    call_changed(call, CONTROL_MAPPING, c->backend);
    if (c->requeued > 0)
        call_changed(call, CONTROL_LANE, c->backend);
    call->result = json_pack("{s:I}", "requeued", (json_int_t)c->requeued);
    return true;
}

/* The words of a choice; a value that is no choice is refused, when the choices are known. */
static bool label_of(struct call *call, const char *value, char *label, size_t size,
                     struct err *err)
{
    struct err none = { .kind = ERR_NONE };
    json_auto_t *choices = choices_of(call, &none);
    const json_t *rows = json_is_array(choices) ? choices : json_at(choices, "rows");

    label[0] = '\0';
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);

        if (strcmp(json_text_or(row, "value", ""), value) == 0) {
            str_copy(label, size, json_text_or(row, "label", ""));
            return true;
        }
    }
    return json_array_size(rows) == 0 ||
           err_set(err, ERR_INVALID, "\"%.60s\" is none of the choices for %s", value,
                   call_text(call, "kind"));
}

bool m_mappings_set(struct call *call, struct err *err)
{
    struct mapping_change c = { .value = call_text(call, "value") };

    if (c.value[0] == '\0')
        return err_set(err, ERR_INVALID, "value is empty: to unmap it, use mappings.unset");
    return label_of(call, c.value, c.label, sizeof c.label, err) && change(call, &c, err);
}

bool m_mappings_unset(struct call *call, struct err *err)
{
    struct mapping_change c = { .value = NULL };

    return change(call, &c, err);
}
