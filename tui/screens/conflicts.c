/* Conflicts: what moved on both sides and nobody owns, by kind and age; below, the versions. */
#include "tui/screens/conflicts.h"

#include <stdio.h>
#include <string.h>

#include "tui/imports.h"
#include "tui/widgets/marks.h"

#define PAGE 200
#define DETAIL 9

enum { TAG_PAGE = 1, TAG_MORE, TAG_KINDS, TAG_ONE };

static const char *const states[] = { "open", "skipped", "answered", "decided", "overtaken" };
#define STATES (int)(sizeof states / sizeof states[0])

struct conflicts {
    struct table list;
    int state;
    char kind[24], next[96];
    json_t *kinds;  /* conflicts.kinds */
    json_t *chosen; /* conflicts.show of the row under the cursor */
    json_int_t asked_for;
    bool loaded, asked_more;
    struct rect at;
};

/* ---- what the screens share ---- */

const char *conflict_rule_words(const char *rule)
{
    static const char *const words[][2] = { { "shopify", "Shopify decides" },
        { "odoo", "Odoo decides" }, { "newest", "the newest wins" }, { "ask", "a person is asked" } };

    for (size_t i = 0; rule != NULL && i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i][0], rule) == 0)
            return words[i][1];
    return NULL;
}

void conflict_value(const json_t *value, char *buf, size_t size)
{
    imports_value(value, buf, size);
}

void conflict_state_words(const struct screen *s, const json_t *row, char *buf, size_t size,
    enum role *role)
{
    const char *state = json_text_or(row, "state", "?"), *why = common_text(row, "why");
    int64_t skipped = json_int_or(row, "skipped", 0), now = screen_now(s);
    char span[FMT_MAX];

    *role = ROLE_TEXT;
    buf[0] = '\0';
    if (strcmp(state, "open") == 0 && skipped > now) {
        *role = ROLE_DIM;
        snprintf(buf, size, "put off for %s by %s", fmt_span(skipped - now, span),
            json_text_or(row, "skipped_by", "?"));
    } else if (strcmp(state, "open") == 0 && why != NULL) {
        *role = ROLE_WARN;
        snprintf(buf, size, "asked anew: %s", why);
    } else if (strcmp(state, "answered") == 0 || strcmp(state, "decided") == 0) {
        *role = ROLE_OK;
        snprintf(buf, size, "%s took %s%s%s", json_text_or(row, "by", "?"),
            json_text_or(row, "summary", "?"), why != NULL ? "; " : "", why != NULL ? why : "");
    } else if (strcmp(state, "undoing") == 0) {
        *role = ROLE_WARN;
        snprintf(buf, size, "%s takes it back: it is put back and asked again", why != NULL ? why : "?");
    } else if (strcmp(state, "overtaken") == 0) {
        *role = ROLE_DIM;
        snprintf(buf, size, "nothing was left to choose: %s", why != NULL ? why : "both sides agree");
    }
}

void conflict_later(struct screen *s, const json_t *row)
{
    bool skipped = json_int_or(row, "skipped", 0) > screen_now(s);
    json_t *params = json_pack("{s:I}", "id", json_int_or(row, "id", 0));
    struct dialog *d;

    if (skipped) {
        json_object_set_new(params, "until", json_integer(0));
        screen_do(s, "conflicts.skip", params, "shown again · u undoes");
        return;
    }
    d = screen_confirm(s, 2, "decide it later", "Later", "conflicts.skip", params,
        "put off · u undoes");
    dialog_fact(d, "what", "%s stays as it is on both sides", json_text_or(row, "title", "it"));
    dialog_fact(d, "anew", "it is shown before that if a side moves");
    form_add(&d->form, FIELD_TEXT, "until", "Until", "1d")->hint = "2h, 3d or a day";
    form_field(&d->form, "until")->needed = true;
    form_add(&d->form, FIELD_TEXT, "reason", "Reason", NULL);
}

void conflict_take_back(struct screen *s, const json_t *row)
{
    if (json_int_or(row, "undo_until", 0) <= screen_now(s)) {
        screen_toast(s, ROLE_TOAST_WARN, "a choice is taken back within a minute; change the record now");
        return;
    }
    screen_do(s, "conflicts.undo", json_pack("{s:I}", "id", json_int_or(row, "id", 0)),
        "taken back: it is put back and asked again");
}

void conflict_record(struct screen *s, const json_t *row)
{
    const char *record = json_text_or(row, "record", ""), *colon = strchr(record, ':');
    json_auto_t *args = NULL;

    if (colon == NULL)
        return;
    args = json_pack("{s:o, s:s, s:I}", "kind", json_stringn(record, (size_t)(colon - record)), "id",
        colon + 1, "backend", json_int_or(row, "backend", 0));
    screen_open(s, &screen_timeline, args);
}

/* ---- the list ---- */

static void words_cell(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role)
{
    const char *state = json_text_or(row, "state", "?"), *why = common_text(row, "why");
    bool open = strcmp(state, "open") == 0;

    (void)t;
    *role = open && why != NULL ? ROLE_WARN : ROLE_DIM;
    if (open)
        snprintf(buf, size, "%s", why != NULL ? why : "–");
    else
        snprintf(buf, size, "%s: %s", json_text_or(row, "by", "?"),
            json_text_or(row, "summary", "")[0] != '\0' ? json_text_or(row, "summary", "") : state);
}

static void shop_cell(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role)
{
    char at[FMT_MAX];

    *role = ROLE_SHOP;
    snprintf(buf, size, "%s", fmt_when(json_int_or(row, "shopify_at", 0), t->now, t->time, at));
}

static void odoo_cell(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role)
{
    char at[FMT_MAX];

    *role = ROLE_ODOO;
    snprintf(buf, size, "%s", fmt_when(json_int_or(row, "odoo_at", 0), t->now, t->time, at));
}

static const struct column columns[] = {
    { "KIND", "kind", COLUMN_TEXT, 8, 12, 1, NULL, NULL },
    { "RECORD", "title", COLUMN_TEXT, 16, 40, 1, NULL, common_record },
    { "FIELDS", "count", COLUMN_COUNT, 6, 6, 1, NULL, NULL },
    { "AGE", "asked", COLUMN_AGE, 5, 8, 1, NULL, NULL },
    { "SHOPIFY", "shopify_at", COLUMN_TEXT, 8, 13, 1, "SHOPIFY MOVED", shop_cell },
    { "ODOO", "odoo_at", COLUMN_TEXT, 8, 10, 1, "ODOO MOVED", odoo_cell },
    { "WHAT", "why", COLUMN_TEXT, 10, 0, 1, NULL, words_cell },
};

static void open_conflicts(struct screen *s, const json_t *args)
{
    struct conflicts *m = s->state;
    const char *state = json_text_or(args, "state", "open");

    table_init(&m->list, columns, sizeof columns / sizeof columns[0], "id");
    str_copy(m->kind, sizeof m->kind, json_text_or(args, "kind", ""));
    for (int i = 0; i < STATES; i++)
        if (strcmp(states[i], state) == 0)
            m->state = i;
}

static void close_conflicts(struct screen *s)
{
    struct conflicts *m = s->state;

    table_clear(&m->list);
    json_decref(m->kinds);
    json_decref(m->chosen);
}

static void ask_page(struct screen *s, const char *after, int tag)
{
    struct conflicts *m = s->state;
    json_t *params = screen_params(s);

    json_object_set_new(params, "state", json_string(states[m->state]));
    json_object_set_new(params, "limit", json_integer(PAGE));
    if (m->kind[0] != '\0')
        json_object_set_new(params, "kind", json_string(m->kind));
    if (after != NULL)
        json_object_set_new(params, "after", json_string(after));
    screen_ask(s, "conflicts.list", params, tag);
}

static void ask_one(struct screen *s)
{
    struct conflicts *m = s->state;

    m->asked_for = json_int_or(table_current(&m->list), "id", 0);
    if (m->asked_for != 0)
        screen_ask(s, "conflicts.show", json_pack("{s:I}", "id", m->asked_for), TAG_ONE);
}

/* The first page anew; who has read further keeps what is read. */
static void refresh(struct screen *s)
{
    struct conflicts *m = s->state;

    screen_ask(s, "conflicts.kinds", NULL, TAG_KINDS);
    if (json_array_size(m->list.rows) <= PAGE)
        ask_page(s, NULL, TAG_PAGE);
}

static void more(struct screen *s)
{
    struct conflicts *m = s->state;

    if (m->next[0] == '\0' || m->asked_more ||
        (!table_wants_more(&m->list) && m->list.filter[0] == '\0'))
        return;
    m->asked_more = true;
    ask_page(s, m->next, TAG_MORE);
}

static void answer(struct screen *s, int tag, const struct link_answer *a)
{
    struct conflicts *m = s->state;
    json_t *rows = json_object_get(a->result, "rows");

    if (a->result == NULL)
        return;
    if (tag == TAG_KINDS || tag == TAG_ONE) {
        json_t **to = tag == TAG_KINDS ? &m->kinds : &m->chosen;

        json_decref(*to);
        *to = json_deep_copy(a->result);
        return;
    }
    m->asked_more = false;
    str_copy(m->next, sizeof m->next, json_text_or(a->result, "next", ""));
    m->list.more = m->next[0] != '\0';
    if (tag == TAG_PAGE)
        table_rows(&m->list, json_incref(rows));
    else
        table_append(&m->list, json_incref(rows));
    m->loaded = true;
    ask_one(s);
    more(s);
}

/* ---- keys ---- */

static void anew(struct screen *s)
{
    struct conflicts *m = s->state;

    m->loaded = m->asked_more = false;
    table_rows(&m->list, NULL);
    json_decref(m->chosen);
    m->chosen = NULL;
    screen_refresh(s);
}

/* All kinds, then each that has any. */
static void next_kind(struct conflicts *m)
{
    const json_t *rows = json_object_get(m->kinds, "rows"), *row;
    bool found = m->kind[0] == '\0';
    size_t i;

    json_array_foreach(rows, i, row) {
        const char *kind = json_text_or(row, "kind", "");

        if (found) {
            str_copy(m->kind, sizeof m->kind, kind);
            return;
        }
        found = strcmp(kind, m->kind) == 0;
    }
    m->kind[0] = '\0';
}

static bool act(struct screen *s, enum command command, const json_t *row)
{
    switch ((int)command) {
    case CMD_OPEN: common_open_id(s, &screen_conflict, json_int_or(row, "id", 0)); return true;
    case CMD_LATER: conflict_later(s, row); return true;
    case CMD_TAKE_BACK: conflict_take_back(s, row); return true;
    case CMD_RECORD: conflict_record(s, row); return true;
    default: return false;
    }
}

static bool command(struct screen *s, enum command command)
{
    struct conflicts *m = s->state;
    const json_t *row = table_current(&m->list);

    if (command == CMD_STATE || command == CMD_KIND) {
        if (command == CMD_STATE)
            m->state = (m->state + 1) % STATES;
        else
            next_kind(m);
        anew(s);
        return true;
    }
    if (command == CMD_RULES) {
        screen_open(s, &screen_conflict_rules, NULL);
        return true;
    }
    if (row != NULL && act(s, command, row))
        return true;
    if (!table_command(&m->list, command))
        return false;
    if (json_int_or(table_current(&m->list), "id", 0) != m->asked_for)
        ask_one(s);
    more(s);
    return true;
}

/* ---- looks ---- */

/* One field in its three versions, a line each. */
static int draw_field(struct canvas *c, struct rect in, int y, const json_t *field)
{
    static const struct {
        const char *path, *label;
        enum role role;
    } lines[] = { { "agreed", "agreed", ROLE_DIM }, { "shopify", "Shopify", ROLE_SHOP },
        { "odoo", "Odoo", ROLE_ODOO } };
    char base[2000], text[2000];

    conflict_value(json_at(field, "agreed"), base, sizeof base);
    for (int i = 0; i < 3 && y < in.y + in.h; i++, y++) {
        conflict_value(json_at(field, lines[i].path), text, sizeof text);
        if (i == 0)
            canvas_put(c, y, in.x, 14, ROLE_TITLE, json_text_or(field, "label", "?"));
        canvas_put(c, y, in.x + 15, 8, ROLE_DIM, lines[i].label);
        if (text[0] == '\0')
            canvas_put(c, y, in.x + 23, in.w - 23, ROLE_DIM, "–");
        else
            marks_draw(c, (struct rect){ y, in.x + 23, 1, in.w - 23 }, lines[i].role, ROLE_ACCENT,
                i == 0 || base[0] == '\0' ? NULL : base, text);
    }
    return y;
}

static void draw_chosen(struct screen *s, struct canvas *c, struct rect r)
{
    struct conflicts *m = s->state;
    const json_t *row = table_current(&m->list), *field;
    bool here = json_int_or(row, "id", -1) == json_int_or(m->chosen, "id", -2);
    struct rect in = canvas_box(c, r, json_text_or(row, "title", "record"), "↵ decides", false);
    char text[600];
    enum role role;
    int y = in.y;
    size_t i;

    conflict_state_words(s, row, text, sizeof text, &role);
    if (text[0] != '\0')
        canvas_put(c, y++, in.x, in.w, role, text);
    if (!here)
        return;
    json_array_foreach(json_object_get(m->chosen, "fields"), i, field)
        if (y < in.y + in.h)
            y = draw_field(c, in, y, field);
}

static void counts(const struct conflicts *m, char *buf, size_t size)
{
    size_t i, len = 0;
    const json_t *row;

    buf[0] = '\0';
    json_array_foreach(json_object_get(m->kinds, "rows"), i, row) {
        char n[FMT_MAX];

        if (len < size)
            len += (size_t)snprintf(buf + len, size - len, "%s%s %s", len > 0 ? " · " : "",
                json_text_or(row, "kind", "?"), fmt_count(json_int_or(row, "open", 0), n));
        if (len < size && json_int_or(row, "skipped", 0) > 0)
            len += (size_t)snprintf(buf + len, size - len, " (%s put off)",
                fmt_count(json_int_or(row, "skipped", 0), n));
    }
}

static void nothing(const struct screen *s, struct canvas *c, struct rect in)
{
    const struct conflicts *m = s->state;
    char why[160];

    if (m->list.filter[0] != '\0') {
        screen_empty(c, in, "No conflict matches.", "esc clears the filter");
    } else if (m->state == 0) {
        screen_empty(c, in, "✓ Nothing waits for a choice.", "b shows those put off and decided · R the rules");
    } else {
        snprintf(why, sizeof why, "No conflict is %s.", states[m->state]);
        screen_empty(c, in, why, "b shows others");
    }
}

static void view(struct screen *s, struct canvas *c, struct rect body)
{
    struct conflicts *m = s->state;
    int low = screen_zoomed(s) || m->list.shown == 0 ? 0 : screen_is_wide(s) ? DETAIL + 5 : DETAIL;
    char title[80], note[200];
    struct rect in;

    snprintf(title, sizeof title, "conflicts%s%s · %s", m->kind[0] != '\0' ? " · " : "", m->kind,
        m->state == 1 ? "put off" : states[m->state]);
    counts(m, note, sizeof note);
    in = canvas_box(c, (struct rect){ body.y, body.x, body.h - low, body.w }, title,
        note[0] != '\0' ? note : NULL, true);
    m->at = in;
    common_prepare(s, &m->list);
    if (low > 0)
        draw_chosen(s, c, (struct rect){ body.y + body.h - low, body.x, low, body.w });
    if (m->list.shown > 0)
        table_draw(&m->list, c, in, true, true);
    else if (s->err.kind != ERR_NONE)
        screen_trouble(s, c, in);
    else if (!m->loaded)
        screen_waiting(s, c, in, "conflicts");
    else
        nothing(s, c, in);
}

static void keep(const struct screen *s, json_t *args)
{
    const struct conflicts *m = s->state;

    json_object_set_new(args, "state", json_string(states[m->state]));
    json_object_set_new(args, "kind", json_string(m->kind));
}

static void click(struct screen *s, int y, int x)
{
    struct conflicts *m = s->state;

    (void)x;
    if (table_click(&m->list, m->at, y))
        ask_one(s);
}

static struct table *list(struct screen *s)
{
    return &((struct conflicts *)s->state)->list;
}

const struct screen_ops screen_conflicts = {
    .name = "conflicts",
    .scope = SCOPE_CONFLICTS,
    .tab = 10,
    .size = sizeof(struct conflicts),
    .refresh_ms = 2000,
    .open = open_conflicts,
    .close = close_conflicts,
    .refresh = refresh,
    .answer = answer,
    .command = command,
    .click = click,
    .view = view,
    .keep = keep,
    .table = list,
};
