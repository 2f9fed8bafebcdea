#include "jobs/ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "sync/diff.h"
#include "sync/text.h"

/* ---- what was asked ---- */

static json_t *read_text(const char *text, const char *what)
{
    return text != NULL ? json_read(text, strlen(text), what, NULL) : NULL;
}

bool ask_begin(struct ask *a, struct db *db, int64_t backend, const char *record, struct err *err)
{
    bool found;

    if (!conflicts_live(db, backend, record, &a->live, &found, err))
        return false;
    a->was = read_text(a->live.fields, "what was asked");
    a->answer = read_text(a->live.answer, "what was chosen");
    a->fields = json_array();
    return a->fields != NULL || err_set(err, ERR_BUSY, "no memory");
}

void ask_clear(struct ask *a)
{
    conflict_clear(&a->live);
    json_decref(a->was);
    json_decref(a->answer);
    json_decref(a->fields);
    *a = (struct ask){ .carried = false };
}

static json_t *chosen(const struct ask *a, const char *field)
{
    return json_object_get(json_object_get(a->answer, field), "value");
}

void ask_likes(const struct ask *a, json_t *likes)
{
    static const char *const versions[] = { "agreed", "shopify", "odoo" };
    json_t *record, *row;
    size_t i;

    for (size_t v = 0; v < sizeof versions / sizeof versions[0]; v++) {
        record = json_object();
        json_array_foreach(a->was, i, row)
            json_object_set(record, json_text_or(row, "field", ""),
                            json_object_get(row, versions[v]));
        json_array_append_new(likes, record);
    }
    record = json_object();
    json_array_foreach(a->was, i, row)
        json_object_set(record, json_text_or(row, "field", ""),
                        chosen(a, json_text_or(row, "field", "")));
    json_array_append_new(likes, record);
}

/* ---- the answer, held against both sides ---- */

/* Does that side hold what it held then, or what was chosen? Else *why says which field moved. */
static bool stands(struct ask *a, const json_t *row, const char *side, const char *name,
                   const json_t *record)
{
    const char *field = json_text_or(row, "field", "");
    const json_t *now = json_object_get(record, field);

    if (diff_equal(now, json_object_get(row, side)) || diff_equal(now, chosen(a, field)))
        return true;
    snprintf(a->why, sizeof a->why, "%.100s moved in %s since",
             json_text_or(row, "label", field), name);
    return false;
}

static bool all_stand(struct ask *a, const json_t *shopify, const json_t *odoo)
{
    const json_t *row;
    size_t i;

    if (json_array_size(a->was) == 0 || a->answer == NULL)
        return false;
    json_array_foreach(a->was, i, row)
        if (!stands(a, row, "shopify", "Shopify", shopify) || !stands(a, row, "odoo", "Odoo", odoo))
            return false;
    return true;
}

/* Takes a field out of the question. */
static void settle(json_t *asks, const char *field)
{
    const json_t *row;
    size_t i;

    json_array_foreach(asks, i, row)
        if (strcmp(json_text_or(row, "field", ""), field) == 0) {
            json_array_remove(asks, i);
            return;
        }
}

static void write_field(json_t *merge, const char *list, const char *field, const json_t *now,
                        json_t *value)
{
    json_t *to = json_object_get(merge, list);

    json_object_del(to, field);
    if (!diff_equal(now, value))
        json_object_set(to, field, value != NULL ? value : json_null());
}

/* Both sides get what is wanted of them, and agreed is what they hold (or held) in common. */
static void decide_field(json_t *merge, const char *field, const json_t *shopify,
                         const json_t *odoo, json_t *for_shopify, json_t *for_odoo, json_t *agreed)
{
    settle(json_object_get(merge, "ask"), field);
    write_field(merge, "to_shopify", field, json_object_get(shopify, field), for_shopify);
    write_field(merge, "to_odoo", field, json_object_get(odoo, field), for_odoo);
    json_object_del(json_object_get(merge, "apart"), field);
    json_object_set(json_object_get(merge, "agreed"), field,
                    agreed != NULL ? agreed : json_null());
}

static void carry_out(struct ask *a, json_t *merge, const json_t *shopify, const json_t *odoo)
{
    const json_t *row;
    size_t i;

    a->carried = true;
    json_array_foreach(a->was, i, row)
    {
        const char *field = json_text_or(row, "field", "");
        json_t *value = chosen(a, field);

        decide_field(merge, field, shopify, odoo, value, value, value);
    }
}

static void put_back(struct ask *a, json_t *merge, const json_t *shopify, const json_t *odoo)
{
    json_t *row;
    size_t i;

    json_array_foreach(a->was, i, row)
    {
        decide_field(merge, json_text_or(row, "field", ""), shopify, odoo,
                     json_object_get(row, "shopify"), json_object_get(row, "odoo"),
                     json_object_get(row, "agreed"));
        json_array_append(a->fields, row);
    }
    snprintf(a->why, sizeof a->why, "taken back by %.40s", a->live.why);
}

/* Which side moved since it was asked, for the words beside the question. */
static void note_moves(struct ask *a, const json_t *shopify, const json_t *odoo)
{
    const json_t *row;
    size_t i;

    json_array_foreach(a->was, i, row)
        if (!stands(a, row, "shopify", "Shopify", shopify) || !stands(a, row, "odoo", "Odoo", odoo))
            return;
}

void ask_merge(struct ask *a, json_t *merge, const json_t *shopify, const json_t *odoo)
{
    bool good = a->live.state != CONFLICT_OPEN && all_stand(a, shopify, odoo);

    if (a->live.id == 0 || a->live.state == CONFLICT_OPEN)
        note_moves(a, shopify, odoo);
    else if (good && a->live.state == CONFLICT_ANSWERED)
        carry_out(a, merge, shopify, odoo);
    else if (good)
        put_back(a, merge, shopify, odoo);
    json_array_extend(a->fields, json_object_get(merge, "ask"));
}

void ask_refused(struct ask *a, const char *why)
{
    a->carried = false;
    json_array_clear(a->fields);
    if (a->live.state != CONFLICT_UNDOING) /* then it is not taken back */
        json_array_extend(a->fields, a->was);
    str_copy(a->why, sizeof a->why, why);
}

bool ask_needs_person(const struct ask *a)
{
    return json_array_size(a->fields) > 0;
}

/* ---- on record ---- */

struct closing_ask {
    struct conflict conflict; /* its texts are this one's own */
    char names[CONFLICT_FIELDS_MAX][STORE_NAME_MAX];
    bool asks;
    enum conflict_state end;
    int64_t job;
    char why[CONFLICT_WORDS_MAX];
};

static void closing_ask_free(void *ctx)
{
    struct closing_ask *c = ctx;

    conflict_clear(&c->conflict);
    free(c);
}

static bool write_ask(struct db *db, void *ctx, struct err *err)
{
    struct closing_ask *c = ctx;
    const char *names[CONFLICT_FIELDS_MAX];

    if (!c->asks)
        return conflicts_end(db, &c->conflict, c->end, c->job, c->why, err);
    for (int i = 0; i < c->conflict.count; i++)
        names[i] = c->names[i];
    return conflicts_ask(db, &c->conflict, names, err);
}

static const char *type_word(const struct kind *kind, const char *field)
{
    const struct field *f = kind_field(kind, field);

    return field_type_name(f != NULL ? f->type : FIELD_TEXT);
}

static json_int_t limit_of(const struct kind *kind, const char *field)
{
    const struct field *f = kind_field(kind, field);

    return f != NULL && (f->type == FIELD_TEXT || f->type == FIELD_LONG) ? f->limit : 0;
}

/* The rows with their types, and the version that an answer is bound to. */
static bool fill_fields(struct ask *a, const struct kind *kind, struct closing_ask *c)
{
    json_t *row;
    size_t i;

    json_array_foreach(a->fields, i, row)
    {
        const char *field = json_text_or(row, "field", "");

        json_object_set_new(row, "type", json_string(type_word(kind, field)));
        json_object_set_new(row, "limit", json_integer(limit_of(kind, field)));
        if (i < CONFLICT_FIELDS_MAX)
            str_copy(c->names[i], STORE_NAME_MAX, field);
    }
    c->conflict.count = (int)json_array_size(a->fields);
    c->conflict.fields = json_write(a->fields);
    if (c->conflict.fields == NULL)
        return false;
    text_hash(c->conflict.fields, strlen(c->conflict.fields), c->conflict.version);
    return true;
}

static void labels(const json_t *rows, char *to, size_t size)
{
    const json_t *row;
    size_t i, n = 0;

    to[0] = '\0';
    json_array_foreach(rows, i, row)
    {
        n += (size_t)snprintf(to + n, size - n, "%s%.60s", i > 0 ? ", " : "",
                              json_text_or(row, "label", json_text_or(row, "field", "?")));
        if (n >= size)
            return;
    }
}

static bool fill_question(struct ask *a, const struct ask_about *about, const struct batch_job *job,
                          struct closing_ask *c)
{
    struct conflict *q = &c->conflict;

    c->asks = true;
    q->backend = job->job.backend;
    q->job = job->job.id;
    q->pair = about->pair;
    q->shopify_at = about->shopify_at;
    q->odoo_at = about->odoo_at;
    q->answered = a->live.answered;
    str_copy(q->kind, sizeof q->kind, about->kind->name);
    str_copy(q->record, sizeof q->record, job->job.record);
    str_copy(q->title, sizeof q->title, about->title);
    str_copy(q->job_kind, sizeof q->job_kind, job->job.kind);
    str_copy(q->lane, sizeof q->lane, job->job.lane);
    str_copy(q->why, sizeof q->why, a->why);
    q->same = about->same != NULL ? json_write(about->same) : NULL;
    return fill_fields(a, about->kind, c);
}

static void fill_end(struct ask *a, struct closing_ask *c)
{
    bool undo = a->live.state == CONFLICT_UNDOING;

    c->conflict = a->live;
    c->conflict.fields = c->conflict.same = c->conflict.answer = NULL;
    c->end = a->carried || undo ? CONFLICT_DECIDED : CONFLICT_OVERTAKEN;
    if (undo)
        snprintf(c->why, sizeof c->why, "not taken back: %.200s", a->why);
    else if (!a->carried)
        str_copy(c->why, sizeof c->why, "a rule decides, or both sides agree by now");
}

void ask_close(struct ask *a, const struct ask_about *about, struct batch_job *job,
               struct closing *closing)
{
    struct closing_ask *c = calloc(1, sizeof *c);
    char what[200], text[FINDING_TEXT_MAX];
    struct err why = { 0 };

    if (c == NULL || closing == NULL) {
        free(c);
        err_set(&why, ERR_BUSY, "no memory");
        batch_failed(job, &why);
        return;
    }
    c->job = job->job.id;
    if (a->carried) {
        snprintf(text, sizeof text, "%.40s chose: %.180s", a->live.by, a->live.summary);
        closing_event(closing, "decided", text);
    }
    if (!ask_needs_person(a)) {
        batch_done(job);
        fill_end(a, c);
        if (a->live.id == 0)
            closing_ask_free(c);
        else
            closing_also(closing, write_ask, c, closing_ask_free);
        return;
    }
    labels(a->fields, what, sizeof what);
    err_set(&why, ERR_CONFLICT, "changed on both sides: %s", what);
    batch_ask(job, &why);
    snprintf(text, sizeof text, "changed on both sides: %.160s; a person chooses", what);
    closing_event(closing, "asks", text);
    if (!fill_question(a, about, job, c)) {
        closing_ask_free(c);
        err_set(&why, ERR_BUSY, "no memory");
        batch_failed(job, &why);
        return;
    }
    closing_also(closing, write_ask, c, closing_ask_free);
}

json_t *ask_owned(void)
{
    static const struct {
        const char *kind, *field;
    } rows[] = {
#define OWNED(kind, field) { #kind, #field },
#include "jobs/owned.def"
#undef OWNED
    };
    json_t *list = json_array();

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct field *f = kind_field(kind_of(rows[i].kind), rows[i].field);

        json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:s}", "kind", rows[i].kind, "field",
                                              rows[i].field, "label", f->label, "owner",
                                              field_owner_name(f->owner)));
    }
    return list;
}
