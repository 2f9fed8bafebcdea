/* One conflict: three columns, a choice for each field, and both sides hold it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/screens/conflicts.h"
#include "tui/widgets/marks.h"

#define HEAD   4
#define DETAIL 9

enum { TAG_SHOW = 1, TAG_RESOLVE };
enum { PROMPT_EDIT = 1 };

struct view_conflict {
    json_int_t id;
    json_t *row;         /* conflicts.show; NULL: not there yet */
    json_t *picks;       /* {field: "odoo"|...|{"value": ...}}, for the version below */
    char version[80];
    bool all;            /* fields that both hold alike too */
    struct table fields;
    struct rect at;
};

/* ---- the choice ---- */

static const json_t *pick_of(const struct view_conflict *m, const json_t *field)
{
    return json_object_get(m->picks, json_text_or(field, "field", ""));
}

static bool open_for_choice(const struct view_conflict *m)
{
    return strcmp(json_text_or(m->row, "state", ""), "open") == 0;
}

static bool is_same(const json_t *field)
{
    return json_flag(field, "same");
}

/* Once it is decided the row says what was taken. */
static const char *side_of(const struct view_conflict *m, const json_t *field)
{
    const json_t *pick = pick_of(m, field), *chosen = json_at(m->row, "chosen");

    if (json_is_object(pick))
        return "edited";
    if (json_is_string(pick))
        return json_string_value(pick);
    return open_for_choice(m) ? NULL : json_text(chosen, json_text_or(field, "field", ""));
}

static const char *side_words(const char *side)
{
    static const char *const words[][2] = { { "shopify", "Shopify" }, { "odoo", "Odoo" },
        { "agreed", "agreed" }, { "edited", "by hand" } };

    for (size_t i = 0; side != NULL && i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i][0], side) == 0)
            return words[i][1];
    return "? choose";
}

static int undecided(const struct view_conflict *m)
{
    const json_t *field;
    int count = 0;
    size_t i;

    json_array_foreach(json_at(m->row, "fields"), i, field)
        count += pick_of(m, field) == NULL;
    return count;
}

/* ---- columns ---- */

static void version_cell(const json_t *row, const char *path, enum role changed, char *buf,
    size_t size, enum role *role)
{
    const json_t *value = json_at(row, path);
    bool moved = !is_same(row) && !json_equal(value, json_at(row, "agreed"));
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
    *role = is_same(row) ? ROLE_DIM : side == NULL ? ROLE_WARN : ROLE_OK;
    snprintf(buf, size, "%s", is_same(row) ? "= same" : side_words(side));
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
        if (side_of(m, row) != NULL)
            json_object_set_new(row, "take", json_string(side_of(m, row)));
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

    if (!open_for_choice(m)) {
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

        if (is_same(row) || pick_of(m, row) != NULL)
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
    const json_t *pick = pick_of(m, field);
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

    if (tag != PROMPT_EDIT || field == NULL || is_same(field))
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
    int open = undecided(m);

    if (!may_choose(s))
        return;
    if (open > 0) {
        if (is_same(table_current(&m->fields)) || pick_of(m, table_current(&m->fields)) != NULL)
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
        else if (!is_same(field) && may_choose(s))
            choose(s, field, json_string(sides[i].side));
        return true;
    }
    if (command == CMD_EDIT) {
        if (!is_same(field) && may_choose(s))
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

/* ---- looks ---- */

static void draw_head(const struct screen *s, struct canvas *c, struct rect in)
{
    const struct view_conflict *m = s->state;
    char text[600], shop[FMT_MAX], odoo[FMT_MAX];
    enum fmt_time time = screen_time(s);
    when now = screen_now(s);
    enum role role;

    snprintf(text, sizeof text, "moved in Shopify %s, in Odoo %s · %s %lld",
        fmt_when(json_int_or(m->row, "shopify_at", 0), now, time, shop),
        fmt_when(json_int_or(m->row, "odoo_at", 0), now, time, odoo),
        json_text_or(m->row, "odoo_model", "?"), (long long)json_int_or(m->row, "odoo_id", 0));
    canvas_put(c, in.y, in.x, in.w, ROLE_DIM, text);
    conflict_state_words(s, m->row, text, sizeof text, &role);
    if (text[0] == '\0' && undecided(m) == 0)
        snprintf(text, sizeof text, "all is chosen: ↵ writes it to both sides");
    else if (text[0] == '\0')
        snprintf(text, sizeof text, "%d open · n goes to the next", undecided(m));
    canvas_put(c, in.y + 1, in.x, in.w, role, text);
}

static int draw_version(struct canvas *c, struct rect in, int y, const char *label, enum role role,
    const json_t *value, const char *base, int most)
{
    char text[8000];
    int lines;

    if (y >= in.y + in.h)
        return y;
    canvas_put(c, y, in.x, 8, ROLE_DIM, label);
    conflict_value(value, text, sizeof text);
    if (text[0] == '\0') {
        canvas_put(c, y, in.x + 9, in.w - 9, ROLE_DIM, "– empty –");
        return y + 1;
    }
    most = most < 1 ? 1 : most < in.y + in.h - y ? most : in.y + in.h - y;
    lines = marks_draw(c, (struct rect){ y, in.x + 9, most, in.w - 9 }, role, ROLE_ACCENT, base, text);
    return y + (lines > 0 ? lines : 1);
}

static void draw_rule(struct canvas *c, struct rect in, int y, const json_t *field)
{
    const char *rule = conflict_rule_words(json_text(field, "rule"));
    char text[200];

    snprintf(text, sizeof text, "%s · A makes a rule of it", rule != NULL ? rule : "none: a person is asked");
    if (y < in.y + in.h)
        common_fact(c, in, y, 8, "rule", ROLE_INFO, text);
}

/* The field under the cursor, uncut: what changed against the agreed value is marked. */
static void draw_detail(const struct view_conflict *m, struct canvas *c, struct rect r)
{
    const json_t *field = table_current(&m->fields), *pick = field != NULL ? pick_of(m, field) : NULL;
    const char *side = field != NULL ? side_of(m, field) : NULL;
    struct rect in = canvas_box(c, r, json_text_or(field, "label", "field"),
        "changed against agreed: marked", false);
    const json_t *agreed = json_at(field, "agreed");
    char base[8000];
    int last = in.y + in.h - 2, y; /* what is taken and the rule stand below */

    if (field == NULL)
        return;
    conflict_value(agreed, base, sizeof base);
    y = draw_version(c, in, in.y, "agreed", ROLE_DIM, agreed, NULL, (in.h - 2) / 3);
    y = draw_version(c, in, y, "Shopify", ROLE_SHOP, json_at(field, "shopify"),
        base[0] != '\0' ? base : NULL, (last - y) / 2);
    y = draw_version(c, in, y, "Odoo", ROLE_ODOO, json_at(field, "odoo"),
        base[0] != '\0' ? base : NULL, last - y);
    if (json_is_object(pick))
        y = draw_version(c, in, y, "take", ROLE_OK, json_object_get(pick, "value"), NULL, 1);
    else if (!is_same(field) && y < in.y + in.h)
        y = common_fact(c, in, y, 8, "take", side != NULL ? ROLE_OK : ROLE_WARN, side_words(side));
    if (!is_same(field))
        draw_rule(c, in, y, field);
}

static void view(struct screen *s, struct canvas *c, struct rect body)
{
    struct view_conflict *m = s->state;
    bool zoomed = screen_zoomed(s);
    int head = zoomed ? 0 : HEAD, low = zoomed ? 0 : screen_is_wide(s) ? DETAIL + 5 : DETAIL;
    char note[96];
    struct rect in;

    if (m->row == NULL) {
        in = canvas_box(c, body, "conflict", NULL, false);
        if (s->err.kind != ERR_NONE)
            screen_trouble(s, c, in);
        else
            screen_waiting(s, c, in, "the conflict");
        return;
    }
    snprintf(note, sizeof note, "%s · conflict %lld", json_text_or(m->row, "kind", "?"), (long long)m->id);
    if (head > 0)
        draw_head(s, c, canvas_box(c, (struct rect){ body.y, 0, head, body.w },
            json_text_or(m->row, "title", "record"), note, false));
    snprintf(note, sizeof note, "%d alike%s", (int)json_object_size(json_at(m->row, "same")),
        m->all ? "" : ": . shows them");
    in = canvas_box(c, (struct rect){ body.y + head, 0, body.h - head - low, body.w }, "fields", note, true);
    m->at = in;
    common_prepare(s, &m->fields);
    table_draw(&m->fields, c, in, true, true);
    if (low > 0)
        draw_detail(m, c, (struct rect){ body.y + body.h - low, 0, low, body.w });
}

static void crumb(const struct screen *s, char *buf, size_t size)
{
    snprintf(buf, size, "%.60s",
        json_text_or(((const struct view_conflict *)s->state)->row, "title", "conflict"));
}

static void note(const struct screen *s, char *buf, size_t size)
{
    const struct view_conflict *m = s->state;

    if (m->row != NULL && open_for_choice(m))
        snprintf(buf, size, "%d open", undecided(m));
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
    .view = view,
    .crumb = crumb,
    .note = note,
    .table = list,
    .record = record,
};
