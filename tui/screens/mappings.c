/* Mappings: what is called how on both sides; unmapped first. */
#include <stdio.h>
#include <string.h>

#include "tui/screens/common.h"

enum { TAG_KINDS = 1, TAG_LIST };
enum pane { PANE_KINDS, PANE_ROWS };

struct mappings {
    struct table kinds, rows;
    char kind[64];
    enum pane pane;
    bool loaded;
    struct rect kinds_at, rows_at;
};

static void open_cell(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role)
{
    int64_t open = json_int_or(row, "open", 0);

    (void)t;
    *role = open > 0 ? ROLE_WARN : ROLE_OK;
    if (open > 0)
        snprintf(buf, size, "%lld/%lld", (long long)open, (long long)json_int_or(row, "all", 0));
    else
        snprintf(buf, size, "✓");
}

static void value_cell(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role)
{
    (void)t;
    if (json_text(row, "value") != NULL) {
        snprintf(buf, size, "%s", json_text_or(row, "label", json_text_or(row, "value", "")));
        return;
    }
    *role = ROLE_WARN;
    if (json_text(row, "guess.label") != NULL)
        snprintf(buf, size, "– unmapped – %s?", json_text(row, "guess.label"));
    else
        snprintf(buf, size, "– unmapped –");
}

static const struct column kind_columns[] = {
    { "KIND", "title", COLUMN_TEXT, 12, 0, 1, NULL, NULL },
    { "OPEN", "open", COLUMN_COUNT, 3, 7, 1, NULL, open_cell },
};

static const struct column row_columns[] = {
    { "SHOPIFY", "title", COLUMN_TEXT, 14, 30, 1, NULL, NULL },
    { "ODOO", "label", COLUMN_TEXT, 16, 0, 1, NULL, value_cell },
    { "USED", "uses", COLUMN_COUNT, 6, 8, 1, NULL, NULL },
    { "WAIT", "waiting", COLUMN_COUNT, 4, 7, 1, "WAITING", NULL },
    { "LAST", "last_used", COLUMN_AGE, 5, 8, 3, NULL, NULL },
    { "CHANGED", "changed", COLUMN_AGE, 7, 8, 3, NULL, NULL },
    { "BY", "by", COLUMN_TEXT, 6, 10, 3, NULL, NULL },
};

static void open_mappings(struct screen *s, const json_t *args)
{
    struct mappings *m = s->state;

    m->pane = json_flag(args, "rows") ? PANE_ROWS : PANE_KINDS;
    table_init(&m->kinds, kind_columns, 2, "kind");
    table_init(&m->rows, row_columns, sizeof row_columns / sizeof row_columns[0], "key");
    str_copy(m->kinds.wanted, sizeof m->kinds.wanted, json_text_or(args, "kind", ""));
}

static void keep(const struct screen *s, json_t *args)
{
    const struct mappings *m = s->state;

    json_object_set_new(args, "rows", json_boolean(m->pane == PANE_ROWS));
    json_object_set_new(args, "kind", json_string(m->kind));
}

static void close_mappings(struct screen *s)
{
    struct mappings *m = s->state;

    table_clear(&m->kinds);
    table_clear(&m->rows);
}

static void ask_rows(struct screen *s)
{
    struct mappings *m = s->state;
    const char *kind = json_text_or(table_current(&m->kinds), "kind", "");

    if (kind[0] == '\0')
        return;
    if (strcmp(m->kind, kind) != 0) {
        m->loaded = false;
        table_rows(&m->rows, NULL);
    }
    str_copy(m->kind, sizeof m->kind, kind);
    screen_ask(s, "mappings.list", json_pack("{s:I, s:s, s:i}", "backend", screen_backend(s), "kind",
        kind, "limit", 500), TAG_LIST);
}

static void refresh(struct screen *s)
{
    if (screen_backend(s) != 0)
        screen_ask(s, "mappings.kinds", json_pack("{s:I}", "backend", screen_backend(s)), TAG_KINDS);
}

static void answer(struct screen *s, int tag, const struct link_answer *a)
{
    struct mappings *m = s->state;
    json_t *rows = json_object_get(a->result, "rows");

    if (a->result == NULL)
        return;
    if (tag == TAG_KINDS) {
        table_rows(&m->kinds, json_incref(rows));
        ask_rows(s);
    } else {
        table_rows(&m->rows, json_incref(rows));
        m->loaded = true;
    }
}

/* {"backend":..,"kind":..,"key":..} of the row under the cursor */
static json_t *key_of(struct screen *s)
{
    struct mappings *m = s->state;

    return json_pack("{s:I, s:s, s:O}", "backend", screen_backend(s), "kind", m->kind, "key",
        json_object_get(table_current(&m->rows), "key"));
}

static void accept(struct screen *s, const json_t *row)
{
    json_t *params;
    char text[160];

    if (json_text(row, "guess.value") == NULL) {
        screen_toast(s, ROLE_TOAST_WARN, "no guess for this one; ↵ chooses");
        return;
    }
    params = key_of(s);
    json_object_set_new(params, "value", json_string(json_text(row, "guess.value")));
    snprintf(text, sizeof text, "%.60s → %.60s · u undoes", json_text_or(row, "title", "?"),
        json_text_or(row, "guess.label", "?"));
    screen_do(s, "mappings.set", params, text);
}

static void unset(struct screen *s, const json_t *row)
{
    char title[160];

    snprintf(title, sizeof title, "unmap %.80s?", json_text_or(row, "title", "?"));
    screen_confirm(s, 1, title, "Unmap", "mappings.unset", key_of(s), "unmapped · u undoes");
}

static void choose(struct screen *s, const json_t *row)
{
    json_auto_t *args = key_of(s);

    json_object_set(args, "title", json_object_get(row, "title"));
    screen_open(s, &screen_choose, args);
}

static bool command(struct screen *s, enum command command)
{
    struct mappings *m = s->state;
    const json_t *row = table_current(&m->rows);

    if (command == CMD_NEXT_PANE || command == CMD_PREV_PANE) {
        m->pane = m->pane == PANE_KINDS ? PANE_ROWS : PANE_KINDS;
        return true;
    }
    if (command == CMD_REFRESH) {
        screen_do(s, "reference.refresh", json_pack("{s:I}", "backend", screen_backend(s)),
            "Odoo's reference data is read anew");
        return true;
    }
    if (m->pane == PANE_KINDS) {
        if (command == CMD_OPEN) {
            m->pane = PANE_ROWS;
            return true;
        }
        if (!table_command(&m->kinds, command))
            return false;
        ask_rows(s);
        return true;
    }
    if (row == NULL)
        return false;
    switch ((int)command) {
    case CMD_OPEN: choose(s, row); return true;
    case CMD_ACCEPT: accept(s, row); return true;
    case CMD_UNSET: unset(s, row); return true;
    case CMD_BACK: m->pane = PANE_KINDS; return true;
    default: return false;
    }
}

static void draw_row_detail(struct screen *s, struct canvas *c, struct rect r)
{
    struct mappings *m = s->state;
    const json_t *row = table_current(&m->rows);
    char text[200];
    struct rect in = canvas_box(c, r, json_text_or(row, "title", "row"), "↵ edit", false);
    int y = in.y;

    if (row == NULL)
        return;
    if (json_text(row, "value") == NULL)
        snprintf(text, sizeof text, "– unmapped –");
    else if (json_text_or(row, "label", "")[0] != '\0')
        snprintf(text, sizeof text, "%.190s", json_text(row, "label"));
    else
        snprintf(text, sizeof text, "%.190s", json_text(row, "value"));
    y = common_fact(c, in, y, 9, "maps to", json_text(row, "value") == NULL ? ROLE_WARN : ROLE_TEXT,
        text);
    if (json_text(row, "guess.label") != NULL)
        snprintf(text, sizeof text, "%s (%.2f) · a accepts", json_text(row, "guess.label"),
            json_real_or(row, "guess.score", 0));
    else
        snprintf(text, sizeof text, "none");
    y = common_fact(c, in, y, 9, "guess", ROLE_INFO, text);
    if (json_int_or(row, "waiting", 0) == 0)
        snprintf(text, sizeof text, "no job waits for this row");
    else
        snprintf(text, sizeof text, "%lld %s; saving runs them",
            (long long)json_int_or(row, "waiting", 0),
            json_int_or(row, "waiting", 0) == 1 ? "job waits" : "jobs wait");
    common_fact(c, in, y, 9, "waiting", ROLE_TEXT, text);
}

static void view(struct screen *s, struct canvas *c, struct rect body)
{
    struct mappings *m = s->state;
    int left = body.w >= 110 ? 34 : 26, low = 5;
    bool zoomed = screen_zoomed(s);
    const char *title = json_text_or(table_current(&m->kinds), "title", "mappings");
    struct rect in;

    if (zoomed)
        left = m->pane == PANE_KINDS ? body.w : 0, low = 0;
    in = canvas_box(c, (struct rect){ body.y, 0, body.h, left }, "kinds", "open", m->pane == PANE_KINDS);
    m->kinds_at = in;
    common_prepare(s, &m->kinds);
    table_draw(&m->kinds, c, in, m->pane == PANE_KINDS, false);
    if (left == body.w)
        return;
    in = canvas_box(c, (struct rect){ body.y, left, body.h - low, body.w - left }, title,
        "unmapped first", m->pane == PANE_ROWS);
    m->rows_at = in;
    common_prepare(s, &m->rows);
    if (screen_backend(s) == 0)
        screen_empty(c, in, "No shop is connected yet.", "7 opens the set-up");
    else if (m->rows.shown > 0)
        table_draw(&m->rows, c, in, m->pane == PANE_ROWS, true);
    else if (s->err.kind != ERR_NONE)
        screen_trouble(s, c, in);
    else if (m->loaded)
        screen_empty(c, in, m->rows.filter[0] != '\0' ? "No row matches." : "Nothing of this kind was seen yet.",
            m->rows.filter[0] != '\0' ? "esc clears the filter" : "rows appear with the first orders");
    else
        screen_waiting(s, c, in, "mappings");
    if (low > 0)
        draw_row_detail(s, c, (struct rect){ body.y + body.h - low, left, low, body.w - left });
}

static void click(struct screen *s, int y, int x)
{
    struct mappings *m = s->state;

    if (x < m->rows_at.x - 2) {
        m->pane = PANE_KINDS;
        if (table_click(&m->kinds, m->kinds_at, y))
            ask_rows(s);
    } else {
        m->pane = PANE_ROWS;
        table_click(&m->rows, m->rows_at, y);
    }
}

static struct table *list(struct screen *s)
{
    struct mappings *m = s->state;

    return m->pane == PANE_KINDS ? &m->kinds : &m->rows;
}

const struct screen_ops screen_mappings = {
    .name = "mappings",
    .scope = SCOPE_MAPPINGS,
    .tab = 6,
    .size = sizeof(struct mappings),
    .refresh_ms = 5000,
    .open = open_mappings,
    .close = close_mappings,
    .refresh = refresh,
    .answer = answer,
    .command = command,
    .click = click,
    .view = view,
    .keep = keep,
    .table = list,
};
