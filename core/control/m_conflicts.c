/* m_conflicts.c - what people are asked about fields that moved on both sides, and what they say. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "control/mask.h"
#include "control/methods.h"
#include "store/conflicts.h"
#include "store/pairs.h"

#define KINDS_MAX   16
#define VERSION_MIN 8 /* letters of a version that are enough to name it */

/* ---- rows ---- */

static json_t *row_of(const struct conflict *c)
{
    bool undo = c->state == CONFLICT_ANSWERED || c->state == CONFLICT_DECIDED;

    return json_pack("{s:I,s:I,s:s,s:o,s:o,s:s,s:s,s:i,s:i,s:I,s:I,s:I,s:I,s:o,s:o,s:I,s:o,s:o,s:I,"
                     "s:o,s:I}",
                     "id", (json_int_t)c->id, "backend", (json_int_t)c->backend, "kind", c->kind,
                     "record", json_str(c->record), "title", json_str(c->title), "state",
                     conflict_state_name(c->state), "version", c->version, "count", c->count,
                     "moved", c->moved, "asked", (json_int_t)c->asked, "shopify_at",
                     (json_int_t)c->shopify_at, "odoo_at", (json_int_t)c->odoo_at, "skipped",
                     (json_int_t)c->skipped, "skipped_by", json_str(c->skipped_by), "by",
                     json_str(c->by), "answered", (json_int_t)c->answered, "summary",
                     json_str(c->summary), "why", json_str(c->why), "job", (json_int_t)c->job,
                     "ended", c->ended != 0 ? json_integer(c->ended) : json_null(), "undo_until",
                     (json_int_t)(undo ? c->answered + CONFLICT_UNDO_US : 0));
}

/* Names of people are for those who decide about them. */
static bool may_see(const struct call *call, const struct conflict *c)
{
    return call->peer->role >= PROTO_OPERATOR || strcmp(c->kind, "customer") != 0;
}

static json_t *listed(const struct call *call, const struct conflict *c)
{
    json_t *row = row_of(c);

    if (!may_see(call, c))
        json_object_set_new(row, "title", json_string(MASK_SIGN));
    return row;
}

static bool read_state(const char *name, int *state, struct err *err)
{
    enum conflict_state wanted;

    *state = -1;
    if (name == NULL || strcmp(name, "open") == 0)
        return true;
    if (strcmp(name, "skipped") == 0)
        *state = -2;
    else if (conflict_state_of(name, &wanted))
        *state = (int)wanted;
    else
        return err_set(err, ERR_INVALID, "there is no state \"%.40s\"", name);
    return true;
}

bool m_conflicts_list(struct call *call, struct err *err)
{
    size_t count = call_limit(call);
    struct conflict *rows AUTO_FREE = calloc(count, sizeof *rows);
    struct conflicts_filter filter = { .backend = call_int(call, "backend", 0),
                                       .kind = call_text(call, "kind"),
                                       .after = call_text(call, "after") };
    char next[CONFLICT_NEXT_MAX];
    json_t *list;

    if (rows == NULL)
        return err_set(err, ERR_BUSY, "no memory for a page of conflicts");
    if (!read_state(call_text(call, "state"), &filter.state, err) ||
        !conflicts_list(call->db, &filter, when_now(), rows, &count, next, err))
        return false;
    list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, listed(call, &rows[i]));
    call->result = json_pack("{s:o,s:o}", "rows", list, "next",
                             next[0] != '\0' ? json_str(next) : json_null());
    return true;
}

bool m_conflicts_kinds(struct call *call, struct err *err)
{
    struct conflict_kind rows[KINDS_MAX];
    size_t count = KINDS_MAX;
    json_t *list;

    if (!conflicts_kinds(call->db, when_now(), rows, &count, err))
        return false;
    list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_pack("{s:s,s:I,s:I,s:I}", "kind", rows[i].kind, "open",
                                              (json_int_t)rows[i].open, "skipped",
                                              (json_int_t)rows[i].skipped, "oldest",
                                              (json_int_t)rows[i].oldest));
    call->result = json_pack("{s:o}", "rows", list);
    return true;
}

/* ---- one ---- */

static json_t *text_json(const char *text, json_t *otherwise)
{
    json_t *value = text != NULL ? json_loads(text, 0, NULL) : NULL;

    if (value == NULL)
        return otherwise;
    json_decref(otherwise);
    return value;
}

static bool add_rules(struct call *call, const struct conflict *c, json_t *fields, struct err *err)
{
    json_t *row;
    size_t i;

    json_array_foreach(fields, i, row)
    {
        char rule[CONFLICT_RULE_MAX];
        bool found;

        if (!conflicts_rule_get(call->db, c->backend, c->kind, json_text_or(row, "field", ""), rule,
                                &found, err))
            return false;
        json_object_set_new(row, "rule", found ? json_string(rule) : json_null());
    }
    return true;
}

static void mask_fields(json_t *fields)
{
    static const char *const sides[] = { "agreed", "shopify", "odoo" };
    json_t *row;
    size_t i;

    json_array_foreach(fields, i, row) for (size_t k = 0; k < 3; k++)
        if (json_at(row, sides[k]) != NULL)
            json_object_set_new(row, sides[k], json_string(MASK_SIGN));
}

/* {field: side}: what was chosen, without the values. */
static json_t *takes(const char *text)
{
    json_auto_t *answer = text_json(text, json_object());
    json_t *list = json_object(), *one;
    const char *field;

    json_object_foreach(answer, field, one)
        json_object_set_new(list, field, json_string(json_text_or(one, "take", "?")));
    return list;
}

static bool show(struct call *call, struct conflict *c, struct err *err)
{
    json_auto_t *row = row_of(c), *fields = text_json(c->fields, json_array());
    struct err gone = { 0 };
    struct pair pair;

    if (!add_rules(call, c, fields, err))
        return false;
    json_object_set_new(row, "same", text_json(c->same, json_object()));
    if (!may_see(call, c)) {
        mask_fields(fields);
        json_object_set_new(row, "title", json_string(MASK_SIGN));
        json_object_set_new(row, "same", json_object());
    }
    json_object_set(row, "fields", fields);
    json_object_set_new(row, "chosen", takes(c->answer));
    if (pairs_get(call->db, c->pair, &pair, NULL, &gone)) {
        json_object_set_new(row, "shopify_id", json_integer(pair.shopify_id));
        json_object_set_new(row, "odoo_model", json_str(pair.odoo_model));
        json_object_set_new(row, "odoo_id", json_integer(pair.odoo_id));
    }
    call->result = json_incref(row);
    return true;
}

bool m_conflicts_show(struct call *call, struct err *err)
{
    struct conflict c = { 0 };
    bool good = conflicts_get(call->db, call_int(call, "id", 0), &c, err) && show(call, &c, err);

    conflict_clear(&c);
    return good;
}

/* ---- choosing ---- */

struct choice {
    struct call *call;
    struct call_note *note;
    int64_t id, until;
    json_t *answer; /* owned */
    char summary[CONFLICT_WORDS_MAX];
    char version[CONFLICT_VERSION_MAX];
    struct conflict before;
};

/* Does a value typed by hand suit the field? */
static bool suits(const json_t *row, const json_t *value, struct err *err)
{
    const char *type = json_text_or(row, "type", "text"), *label = json_text_or(row, "label", "?");
    int64_t limit = json_int_or(row, "limit", 0);
    bool whole = strcmp(type, "int") == 0 || strcmp(type, "amount") == 0;

    if (strcmp(type, "list") == 0 || strcmp(type, "record") == 0 || strcmp(type, "id") == 0 ||
        strcmp(type, "time") == 0)
        return err_set(err, ERR_INVALID, "%s can't be edited by hand: take a side", label);
    if (json_is_null(value))
        return !json_flag(row, "needed") || err_set(err, ERR_INVALID, "%s is needed", label);
    if (whole && !json_is_integer(value))
        return err_set(err, ERR_INVALID, "%s is a whole number", label);
    if (strcmp(type, "bool") == 0 && !json_is_boolean(value))
        return err_set(err, ERR_INVALID, "%s is true or false", label);
    if (!whole && strcmp(type, "bool") != 0 && !json_is_string(value))
        return err_set(err, ERR_INVALID, "%s is text", label);
    return limit == 0 || (int64_t)json_string_length(value) <= limit ||
           err_set(err, ERR_INVALID, "%s has room for %lld bytes", label, (long long)limit);
}

/* One field's answer: "odoo", "shopify", "agreed" or {"value": ...}; said: in words. */
static bool take(struct choice *c, const json_t *row, const json_t *said, struct err *err)
{
    const char *field = json_text_or(row, "field", ""), *label = json_text_or(row, "label", field);
    const char *side = json_string_value(said);
    const json_t *value = json_is_object(said) ? json_object_get(said, "value") : NULL;
    size_t n = strlen(c->summary);

    if (value != NULL) {
        side = "edited";
        if (!suits(row, value, err))
            return false;
    } else if (side != NULL && (strcmp(side, "odoo") == 0 || strcmp(side, "shopify") == 0 ||
                                strcmp(side, "agreed") == 0))
        value = json_object_get(row, side);
    else
        return err_set(err, ERR_INVALID,
                       "%s: shopify, odoo, agreed, or an object with a value", label);
    snprintf(c->summary + n, sizeof c->summary - n, "%s%s %.60s", n > 0 ? ", " : "",
             strcmp(side, "odoo") == 0    ? "Odoo's" :
             strcmp(side, "shopify") == 0 ? "Shopify's" :
             strcmp(side, "agreed") == 0  ? "the last agreed" :
                                            "a new",
             label);
    return json_object_set_new(c->answer, field,
                               json_pack("{s:s,s:O}", "take", side, "value", value)) == 0 ||
           err_set(err, ERR_BUSY, "no memory");
}

/* A misspelt field must not pass for one that was left out. */
static bool known(const json_t *fields, const json_t *answers, struct err *err)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)answers, name, value)
    {
        const json_t *row;
        size_t i;
        bool found = false;

        json_array_foreach(fields, i, row)
            found = found || strcmp(json_text_or(row, "field", ""), name) == 0;
        if (!found)
            return err_set(err, ERR_INVALID, "nothing is asked about \"%.60s\"", name);
    }
    return true;
}

static bool read_answers(struct choice *c, const struct conflict *asked, struct err *err)
{
    json_auto_t *fields = text_json(asked->fields, json_array());
    const json_t *answers = json_object_get(c->call->params, "answers"), *row;
    json_auto_t *rest = json_string(call_text(c->call, "take"));
    size_t i;

    if (!known(fields, answers, err))
        return false;
    json_array_foreach(fields, i, row)
    {
        const json_t *said = json_object_get(answers, json_text_or(row, "field", ""));

        if (said == NULL && (said = rest) == NULL)
            return err_set(err, ERR_INVALID, "nothing is chosen for %s yet",
                           json_text_or(row, "label", "?"));
        if (!take(c, row, said, err))
            return false;
    }
    return true;
}

static void note_conflict(struct choice *c, const struct conflict *asked)
{
    snprintf(c->note->object, sizeof c->note->object, "conflict %lld %s", (long long)c->id,
             asked->record);
    c->before.backend = asked->backend;
}

/* The version, of which some letters are enough, is the one that is asked about. */
static void whole_version(struct choice *c, const struct conflict *asked)
{
    const char *said = call_text(c->call, "version");

    str_copy(c->version, sizeof c->version, said);
    if (strlen(said) >= VERSION_MIN && str_starts(asked->version, said))
        str_copy(c->version, sizeof c->version, asked->version);
}

static bool resolve_read(struct choice *c, const struct conflict *asked, struct err *err)
{
    note_conflict(c, asked);
    whole_version(c, asked);
    /* what is no longer open, or moved, is refused by the store in its own words */
    return asked->state != CONFLICT_OPEN || strcmp(c->version, asked->version) != 0 ||
           read_answers(c, asked, err);
}

static bool resolve(struct db *db, void *ctx, struct err *err)
{
    struct choice *c = ctx;
    struct conflict asked = { 0 };
    char *answer AUTO_FREE = NULL;
    bool good = conflicts_get(db, c->id, &asked, err) && resolve_read(c, &asked, err);

    conflict_clear(&asked);
    if (!good)
        return false;
    answer = json_write(c->answer);
    if (answer == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    str_copy(c->note->after, sizeof c->note->after, c->summary);
    c->note->undo = json_pack("{s:s,s:{s:I}}", "method", "conflicts.undo", "params", "id",
                              (json_int_t)c->id);
    return conflicts_answer(db, c->id, c->version, answer, c->summary, c->call->peer->user,
                            when_now(), err);
}

/* Runs it and answers with the row as it is now. */
static bool say(struct call *call, store_change *how, struct choice *c, struct err *err)
{
    struct call_note note = { .object = "" };
    struct conflict after = { 0 };

    c->call = call;
    c->note = &note;
    c->id = call_int(call, "id", 0);
    if (!call_change(call, how, c, &note, err) || !conflicts_get(call->db, c->id, &after, err))
        return false;
    call_changed(call, CONTROL_LANE, c->before.backend);
    call->result = listed(call, &after);
    conflict_clear(&after);
    return true;
}

bool m_conflicts_resolve(struct call *call, struct err *err)
{
    struct choice c = { .answer = json_object() };
    bool good = say(call, resolve, &c, err);

    json_decref(c.answer);
    return good;
}

static bool skip(struct db *db, void *ctx, struct err *err)
{
    struct choice *c = ctx;
    struct conflict asked = { 0 };
    char until[WHEN_TEXT_MAX];

    if (!conflicts_get(db, c->id, &asked, err))
        return false;
    conflict_clear(&asked);
    note_conflict(c, &asked);
    if (c->until != 0)
        snprintf(c->note->after, sizeof c->note->after, "later: %s", when_iso(c->until, until));
    else
        str_copy(c->note->after, sizeof c->note->after, "shown again");
    if (asked.skipped != 0)
        str_copy(c->note->before, sizeof c->note->before, when_iso(asked.skipped, until));
    c->note->undo = json_pack("{s:s,s:{s:I,s:I}}", "method", "conflicts.skip", "params", "id",
                              (json_int_t)c->id, "until",
                              (json_int_t)(asked.skipped > when_now() ? asked.skipped : 0));
    return conflicts_skip(db, c->id, c->until, c->call->peer->user, when_now(), err);
}

bool m_conflicts_skip(struct call *call, struct err *err)
{
    struct choice c = { .until = call_int(call, "until", 0) };

    return say(call, skip, &c, err);
}

static bool undo(struct db *db, void *ctx, struct err *err)
{
    struct choice *c = ctx;
    struct conflict asked = { 0 };

    if (!conflicts_get(db, c->id, &asked, err))
        return false;
    conflict_clear(&asked);
    note_conflict(c, &asked);
    str_copy(c->note->before, sizeof c->note->before, asked.summary);
    str_copy(c->note->after, sizeof c->note->after, "taken back, asked again");
    return conflicts_undo(db, c->id, c->call->peer->user, when_now(), err);
}

bool m_conflicts_undo(struct call *call, struct err *err)
{
    struct choice c = { .until = 0 };

    return say(call, undo, &c, err);
}
