/* One conflict: three columns, a choice for each field, and both sides hold it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/screens/conflict.h"

enum { TAG_SHOW = 1, TAG_RESOLVE };
enum { PROMPT_EDIT = 1 };

/* ---- the choice ---- */

const json_t *conflict_pick(const struct view_conflict *m, const json_t *field)
{
    return json_object_get(m->picks, json_text_or(field, "field", ""));
}

bool conflict_is_open(const struct view_conflict *m)
{
    return strcmp(json_text_or(m->row, "state", ""), "open") == 0;
}

bool conflict_is_same(const json_t *field)
{
    return json_flag(field, "same");
}

/* Once it is decided the row says what was taken. */
const char *conflict_side(const struct view_conflict *m, const json_t *field)
{
    const json_t *pick = conflict_pick(m, field), *chosen = json_at(m->row, "chosen");

    if (json_is_object(pick))
        return "edited";
    if (json_is_string(pick))
        return json_string_value(pick);
    return conflict_is_open(m) ? NULL : json_text(chosen, json_text_or(field, "field", ""));
}

const char *conflict_side_words(const char *side)
{
    static const char *const words[][2] = { { "shopify", "Shopify" }, { "odoo", "Odoo" },
        { "agreed", "agreed" }, { "edited", "by hand" } };

    for (size_t i = 0; side != NULL && i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i][0], side) == 0)
            return words[i][1];
    return "? choose";
}

int conflict_undecided(const struct view_conflict *m)
{
    const json_t *field;
    int count = 0;
    size_t i;

    json_array_foreach(json_at(m->row, "fields"), i, field)
        count += conflict_pick(m, field) == NULL;
    return count;
}

/* ---- columns ---- */

static void version_cell(const json_t *row, const char *path, enum role changed, char *buf,
    size_t size, enum role *role)
{
    const json_t *value = json_at(row, path);
    bool moved = !conflict_is_same(row) && !json_equal(value, json_at(row, "agreed"));
    char text[400];

    *role = moved ? changed : ROLE_DIM;
    conflict_value(value, text, sizeof text);
    for (char *p = text; *p != '\0'; p++)
        if (*p == '\n')
            *p = ' ';
    snprintf(buf, size, "%s", text[0] != '\0' ? text : "–");
}

static void agreed_cell(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role)
{
    (void)t;
    version_cell(row, "agreed", ROLE_DIM, buf, size, role);
    *role = ROLE_DIM;
}

static void shop_cell(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role)
{
    (void)t;
    version_cell(row, "shopify", ROLE_SHOP, buf, size, role);
}

static void odoo_cell(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role)
{
    (void)t;
    version_cell(row, "odoo", ROLE_ODOO, buf, size, role);
}

static void take_cell(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role)
{
    const char *side = json_text(row, "take");

    (void)t;
    *role = conflict_is_same(row) ? ROLE_DIM : side == NULL ? ROLE_WARN : ROLE_OK;
    snprintf(buf, size, "%s", conflict_is_same(row) ? "= same" : conflict_side_words(side));
}

static const struct column columns[] = {
    { "FIELD", "label", COLUMN_TEXT, 7, 16, 1, NULL, NULL },
    { "AGREED", "agreed", COLUMN_TEXT, 14, 0, 1, NULL, agreed_cell },
    { "SHOPIFY", "shopify", COLUMN_TEXT, 16, 0, 1, NULL, shop_cell },
    { "ODOO", "odoo", COLUMN_TEXT, 16, 0, 1, NULL, odoo_cell },
    { "TAKE", "take", COLUMN_TEXT, 8, 8, 1, NULL, take_cell },
};

/* ---- what the core says ---- */

static void open_conflict(struct screen *s, const json_t *args)
{
    struct view_conflict *m = s->state;

    m->id = json_int_or(args, "id", 0);
    m->picks = json_object();
    table_init(&m->fields, columns, sizeof columns / sizeof columns[0], "field");
}

static void close_conflict(struct screen *s)
{
    struct view_conflict *m = s->state;

    json_decref(m->row);
    json_decref(m->picks);
    table_clear(&m->fields);
}

static void refresh(struct screen *s)
{
    struct view_conflict *m = s->state;

    screen_ask(s, "conflicts.show", json_pack("{s:I}", "id", m->id), TAG_SHOW);
}

/* The fields that are asked about with what is taken, and on demand those that both hold alike. */
static void fill(struct view_conflict *m)
{
    json_t *rows = json_deep_copy(json_at(m->row, "fields")), *row, *value;
    const char *label;
    size_t i;

    if (rows == NULL)
        rows = json_array();
    json_array_foreach(rows, i, row)
        if (conflict_side(m, row) != NULL)
            json_object_set_new(row, "take", json_string(conflict_side(m, row)));
    if (m->all)
        json_object_foreach((json_t *)(uintptr_t)json_at(m->row, "same"), label, value)
            json_array_append_new(rows, json_pack("{s:o, s:s, s:O, s:O, s:O, s:b}", "field",
                json_sprintf("=%s", label), "label", label, "agreed", value, "shopify", value, "odoo",
                value, "same", 1));
    table_rows(&m->fields, rows);
}

/* A choice is for what was seen: when a side moved it falls, and the operator is told. */
static void take_row(struct screen *s, const json_t *row)
{
    struct view_conflict *m = s->state;
    const char *version = json_text_or(row, "version", "");

    if (m->version[0] != '\0' && strcmp(m->version, version) != 0) {
        if (json_object_size(m->picks) > 0)
            screen_toast(s, ROLE_TOAST_WARN, "a side moved: look at the values of now");
        json_object_clear(m->picks);
    }
    str_copy(m->version, sizeof m->version, version);
    json_decref(m->row);
    m->row = json_deep_copy(row);
    fill(m);
}

static void answer(struct screen *s, int tag, const struct link_answer *a)
{
    struct view_conflict *m = s->state;

    if (a->result != NULL && tag == TAG_SHOW) {
        take_row(s, a->result);
    } else if (a->result != NULL) {
        screen_toast(s, ROLE_TOAST_OK, "decided · u takes it back within a minute");
        screen_back(s);
    } else if (tag == TAG_RESOLVE) {
        screen_toast(s, ROLE_TOAST_ERR, "%s", a->err.text);
        if (m->row != NULL)
            s->err.kind = ERR_NONE;
        screen_refresh(s);
    }
}

/* ---- choosing ---- */

static bool may_choose(struct screen *s)
{
    struct view_conflict *m = s->state;

    if (!conflict_is_open(m)) {
        screen_toast(s, ROLE_TOAST_WARN, "it is decided; U takes it back within a minute");
        return false;
    }
    if (!screen_may(s, "operator")) {
        screen_toast(s, ROLE_TOAST_WARN, "deciding is for operators");
        return false;
    }
    return true;
}

static void next_open(struct view_conflict *m)
{
    for (int i = 1; i <= m->fields.shown; i++) {
        const json_t *row = table_row(&m->fields, (m->fields.at + i) % m->fields.shown);
        char id[64];

        if (conflict_is_same(row) || conflict_pick(m, row) != NULL)
            continue;
        table_select(&m->fields, table_id(&m->fields, row, id, sizeof id));
        return;
    }
}

/* pick is taken. */
static void choose(struct screen *s, const json_t *field, json_t *pick)
{
    struct view_conflict *m = s->state;

    json_object_set_new(m->picks, json_text_or(field, "field", ""), pick);
    fill(m);
    next_open(m);
}

static void choose_all(struct view_conflict *m, const char *side)
{
    const json_t *field;
    size_t i;

    json_array_foreach(json_at(m->row, "fields"), i, field)
        json_object_set_new(m->picks, json_text_or(field, "field", ""), json_string(side));
    fill(m);
}

/* Begins with what was chosen for it so far, else with Odoo's. */
static void edit(struct screen *s, const json_t *field)
{
    struct view_conflict *m = s->state;
    const json_t *pick = conflict_pick(m, field);
    const char *side = json_is_string(pick) ? json_string_value(pick) : "odoo";
    const json_t *value = json_is_object(pick) ? json_object_get(pick, "value") : json_at(field, side);
    const char *type = json_text_or(field, "type", "text");
    char text[EDIT_MAX * 2], label[80];

    conflict_value(value, text, sizeof text);
    if (strcmp(type, "list") == 0 || strcmp(type, "record") == 0) {
        screen_toast(s, ROLE_TOAST_WARN, "this can't be typed: take a side");
        return;
    }
    if (strlen(text) >= EDIT_MAX || strchr(text, '\n') != NULL) {
        screen_toast(s, ROLE_TOAST_WARN, "several lines: signalbox conflicts resolve takes them");
        return;
    }
    snprintf(label, sizeof label, "%.60s:", json_text_or(field, "label", "value"));
    screen_prompt(s, PROMPT_EDIT, label, text);
}

/* As the field's type has it; NULL: it is none. */
static json_t *typed(const json_t *field, const char *text)
{
    const char *type = json_text_or(field, "type", "text");
    char *end;
    long long n;

    if (*text == '\0')
        return json_null();
    if (strcmp(type, "bool") == 0)
        return strcmp(text, "yes") == 0 ? json_true() : strcmp(text, "no") == 0 ? json_false() : NULL;
    if (strcmp(type, "int") != 0 && strcmp(type, "amount") != 0)
        return json_string(text);
    n = strtoll(text, &end, 10);
    return *end == '\0' ? json_integer(n) : NULL;
}

static void prompt(struct screen *s, int tag, const char *text)
{
    struct view_conflict *m = s->state;
    const json_t *field = table_current(&m->fields);
    json_t *value;

    if (tag != PROMPT_EDIT || field == NULL || conflict_is_same(field))
        return;
    value = typed(field, text);
    if (value == NULL)
        screen_toast(s, ROLE_TOAST_WARN, "this is no value for it: a whole number, or yes and no");
    else
        choose(s, field, json_pack("{s:o}", "value", value));
}

static void apply(struct screen *s)
{
    struct view_conflict *m = s->state;
    int open = conflict_undecided(m);

    if (!may_choose(s))
        return;
    if (open > 0) {
        if (conflict_is_same(table_current(&m->fields)) || conflict_pick(m, table_current(&m->fields)) != NULL)
            next_open(m);
        screen_toast(s, ROLE_TOAST_WARN, "%d %s still open: s Shopify, o Odoo, b agreed, e by hand",
            open, open == 1 ? "field is" : "fields are");
        return;
    }
    screen_ask(s, "conflicts.resolve", json_pack("{s:I, s:s, s:O}", "id", m->id, "version", m->version,
        "answers", m->picks), TAG_RESOLVE);
}

static void open_rules(struct screen *s, const json_t *field)
{
    struct view_conflict *m = s->state;
    json_auto_t *args = json_pack("{s:s, s:s}", "kind", json_text_or(m->row, "kind", ""), "field",
        json_text_or(field, "field", ""));

    screen_open(s, &screen_conflict_rules, args);
}

static bool choice_command(struct screen *s, enum command command, const json_t *field)
{
    struct view_conflict *m = s->state;
    static const struct {
        enum command command;
        const char *side;
        bool all;
    } sides[] = { { CMD_TAKE_SHOPIFY, "shopify", false }, { CMD_TAKE_ODOO, "odoo", false },
        { CMD_TAKE_AGREED, "agreed", false }, { CMD_ALL_SHOPIFY, "shopify", true },
        { CMD_ALL_ODOO, "odoo", true } };

    for (size_t i = 0; i < sizeof sides / sizeof sides[0]; i++) {
        if (sides[i].command != command)
            continue;
        if (may_choose(s) && sides[i].all)
            choose_all(m, sides[i].side);
        else if (!conflict_is_same(field) && may_choose(s))
            choose(s, field, json_string(sides[i].side));
        return true;
    }
    if (command == CMD_EDIT) {
        if (!conflict_is_same(field) && may_choose(s))
            edit(s, field);
        return true;
    }
    return false;
}

static bool command(struct screen *s, enum command command)
{
    struct view_conflict *m = s->state;
    const json_t *field = table_current(&m->fields);
    json_auto_t *args = NULL;

    if (m->row == NULL)
        return false;
    if (field != NULL && choice_command(s, command, field))
        return true;
    switch ((int)command) {
    case CMD_OPEN: apply(s); return true;
    case CMD_NEXT_OPEN: next_open(m); return true;
    case CMD_LATER: conflict_later(s, m->row); return true;
    case CMD_TAKE_BACK: conflict_take_back(s, m->row); return true;
    case CMD_RULE: open_rules(s, field); return true;
    case CMD_SAME:
        m->all = !m->all;
        fill(m);
        return true;
    case CMD_RECORD: conflict_record(s, m->row); return true;
    case CMD_JOB: common_open_id(s, &screen_job, json_int_or(m->row, "job", 0)); return true;
    case CMD_RAW:
        args = json_pack("{s:s, s:O}", "title", "raw", "value", m->row);
        screen_open(s, &screen_text, args);
        return true;
    default: return table_command(&m->fields, command);
    }
}

static void crumb(const struct screen *s, char *buf, size_t size)
{
    snprintf(buf, size, "%.60s",
        json_text_or(((const struct view_conflict *)s->state)->row, "title", "conflict"));
}

static void note(const struct screen *s, char *buf, size_t size)
{
    const struct view_conflict *m = s->state;

    if (m->row != NULL && conflict_is_open(m))
        snprintf(buf, size, "%d open", conflict_undecided(m));
}

static void click(struct screen *s, int y, int x)
{
    struct view_conflict *m = s->state;

    (void)x;
    table_click(&m->fields, m->at, y);
}

static struct table *list(struct screen *s)
{
    return &((struct view_conflict *)s->state)->fields;
}

static const json_t *record(struct screen *s)
{
    return ((struct view_conflict *)s->state)->row;
}

const struct screen_ops screen_conflict = {
    .name = "conflict",
    .scope = SCOPE_CONFLICT,
    .size = sizeof(struct view_conflict),
    .refresh_ms = 1000,
    .open = open_conflict,
    .close = close_conflict,
    .refresh = refresh,
    .answer = answer,
    .command = command,
    .prompt = prompt,
    .click = click,
    .view = conflict_view,
    .crumb = crumb,
    .note = note,
    .table = list,
    .record = record,
};
