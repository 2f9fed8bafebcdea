/* One record of an import: what would become of it, field by field, and what did. */
#include <stdio.h>
#include <string.h>

#include "tui/screens/common.h"
#include "tui/screens/import.h"

#define FACT_LINES  8
#define WHOLE_LINES 3 /* the change under the cursor, uncut */

struct item {
    json_int_t run, id;
    char step[24];
    json_t *row; /* of imports.items; NULL: not there yet */
    bool gone;
    struct table changes;
    struct rect at;
};

static void field_cell(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role)
{
    (void)t;
    *role = ROLE_TITLE;
    snprintf(buf, size, "%s", json_text_or(row, "label", json_text_or(row, "field", "?")));
}

static void from_cell(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role)
{
    (void)t;
    *role = ROLE_DIM;
    imports_value(json_at(row, "from"), buf, size);
    if (buf[0] == '\0')
        snprintf(buf, size, "–");
}

static void to_cell(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role)
{
    (void)t;
    *role = ROLE_OK;
    imports_value(json_at(row, "to"), buf, size);
    if (buf[0] == '\0')
        snprintf(buf, size, "–");
}

static const struct column columns[] = {
    { "FIELD", "label", COLUMN_TEXT, 12, 24, 1, NULL, field_cell },
    { "ODOO HAS", "from", COLUMN_TEXT, 20, 0, 1, NULL, from_cell },
    { "BECOMES", "to", COLUMN_TEXT, 20, 0, 1, NULL, to_cell },
};

static void open_item(struct screen *s, const json_t *args)
{
    struct item *m = s->state;

    m->run = json_int_or(args, "run", 0);
    m->id = json_int_or(args, "id", 0);
    str_copy(m->step, sizeof m->step, json_text_or(args, "step", ""));
    table_init(&m->changes, columns, sizeof columns / sizeof columns[0], "row");
}

static void close_item(struct screen *s)
{
    struct item *m = s->state;

    json_decref(m->row);
    table_clear(&m->changes);
}

/* The page that begins with it: records come in the order of their ids. */
static void refresh(struct screen *s)
{
    struct item *m = s->state;

    screen_ask(s, "imports.items", json_pack("{s:I, s:s, s:o, s:i}", "run", m->run, "step", m->step,
        "after", json_sprintf("%lld", (long long)m->id - 1), "limit", 1), 0);
}

/* A field may change several times over (in variants): each row gets a name of its own. */
static json_t *numbered(const json_t *changes)
{
    json_t *rows = json_deep_copy(changes), *row;
    size_t i;

    json_array_foreach(rows, i, row)
        json_object_set_new(row, "row", json_integer((json_int_t)i));
    return rows;
}

static void answer(struct screen *s, int tag, const struct link_answer *a)
{
    struct item *m = s->state;
    const json_t *rows = json_at(a->result, "rows");
    size_t i;
    json_t *row;

    (void)tag;
    if (a->result == NULL)
        return;
    m->gone = true;
    json_array_foreach(rows, i, row) {
        if (json_int_or(row, "id", 0) != m->id)
            continue;
        json_decref(m->row);
        m->row = json_deep_copy(row);
        m->gone = false;
        table_rows(&m->changes, numbered(json_at(m->row, "changes")));
        return;
    }
}

static void open_timeline(struct screen *s)
{
    struct item *m = s->state;
    const char *record = json_text_or(m->row, "record", ""), *colon = strchr(record, ':');
    json_auto_t *args = NULL;

    if (colon == NULL)
        return;
    args = json_pack("{s:o, s:s, s:I}", "kind", json_stringn(record, (size_t)(colon - record)), "id",
        colon + 1, "backend", screen_backend(s));
    screen_open(s, &screen_timeline, args);
}

static bool command(struct screen *s, enum command command)
{
    struct item *m = s->state;
    json_auto_t *more = NULL;

    if (m->row == NULL)
        return false;
    switch ((int)command) {
    case CMD_ACCEPT:
    case CMD_SKIP:
        more = json_pack("[I]", m->id);
        import_answer(s, m->run, more, command == CMD_ACCEPT);
        return true;
    case CMD_JOB:
        if (json_int_or(m->row, "job", 0) != 0)
            common_open_id(s, &screen_job, json_int_or(m->row, "job", 0));
        else
            screen_toast(s, ROLE_TOAST_WARN, "it has no job yet");
        return true;
    case CMD_RECORD: open_timeline(s); return true;
    case CMD_RAW:
        more = json_pack("{s:s, s:O}", "title", "raw", "value", m->row);
        screen_open(s, &screen_text, more);
        return true;
    default: return false;
    }
}

static const char *meaning(const char *verdict)
{
    static const char *const words[][2] = { { "new", "Odoo has nothing like it: it would be made" },
        { "same", "Odoo has it as it is" }, { "changes", "Odoo has it, these fields would change" },
        { "refused", "it can't come in as it is" } };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i][0], verdict) == 0)
            return words[i][1];
    return "it is not held against Odoo yet";
}

static void facts(const struct item *m, struct canvas *c, struct rect in)
{
    const json_t *r = m->row;
    const char *verdict = json_text_or(r, "verdict", "unknown"), *state = json_text_or(r, "state", "?");
    const char *why = common_text(r, "why"), *error = common_text(r, "error");
    long long odoo = (long long)json_int_or(r, "odoo_id", 0), job = (long long)json_int_or(r, "job", 0);
    char text[400];
    int y = in.y;

    snprintf(text, sizeof text, "%s %s: %s", imports_sign(verdict), verdict, meaning(verdict));
    y = common_fact(c, in, y, 8, "verdict", imports_role(verdict), text);
    snprintf(text, sizeof text, "%s %s", imports_sign(state), state);
    y = common_fact(c, in, y, 8, "state", imports_role(state), text);
    y = common_fact(c, in, y, 8, "Shopify", ROLE_SHOP, json_text(r, "record"));
    if (odoo != 0)
        snprintf(text, sizeof text, "%s %lld%s", json_text_or(r, "odoo_model", ""), odoo,
            json_flag(r, "made") ? ", made by this import" : "");
    else
        snprintf(text, sizeof text, "not there yet");
    y = common_fact(c, in, y, 8, "Odoo", ROLE_ODOO, text);
    if (job != 0)
        snprintf(text, sizeof text, "%lld · e opens it", job);
    y = common_fact(c, in, y, 8, "job", ROLE_TEXT, job != 0 ? text : NULL);
    if (why == NULL || y >= in.y + in.h)
        return;
    canvas_put(c, y, in.x, 8, ROLE_DIM, "why");
    canvas_wrap(c, (struct rect){ y, in.x + 9, in.y + in.h - y, in.w - 9 },
        error != NULL ? ROLE_ERR : ROLE_TEXT, why);
}

static void whole_change(const struct item *m, struct canvas *c, struct rect in)
{
    const json_t *row = table_current(&m->changes);
    char from[2000], to[2000], text[4200];

    if (row == NULL || in.h <= 0)
        return;
    imports_value(json_at(row, "from"), from, sizeof from);
    imports_value(json_at(row, "to"), to, sizeof to);
    snprintf(text, sizeof text, "%s → %s", from[0] != '\0' ? from : "–", to[0] != '\0' ? to : "–");
    canvas_wrap(c, in, ROLE_TEXT, text);
}

static void view(struct screen *s, struct canvas *c, struct rect body)
{
    struct item *m = s->state;
    char title[200], note[64];
    int head = screen_zoomed(s) ? 0 : FACT_LINES;
    struct rect in;

    snprintf(title, sizeof title, "%s", json_text_or(m->row, "title", "record"));
    if (m->row == NULL) {
        in = canvas_box(c, body, title, NULL, false);
        if (m->gone)
            screen_empty(c, in, "This record is not part of the import any more.", "esc goes back");
        else
            screen_waiting(s, c, in, "the record");
        return;
    }
    snprintf(note, sizeof note, "import %lld · %s", (long long)m->run, m->step);
    if (head > 0)
        facts(m, c, canvas_box(c, (struct rect){ body.y, 0, head, body.w }, title, note, false));
    snprintf(note, sizeof note, "%d %s", m->changes.shown, m->changes.shown == 1 ? "field" : "fields");
    in = canvas_box(c, (struct rect){ body.y + head, 0, body.h - head, body.w }, "changes", note, true);
    if (m->changes.shown == 0) {
        if (json_text_or(m->row, "why", "")[0] != '\0') /* in full: above it has one line */
            in.y += canvas_wrap(c, in, ROLE_TEXT, json_text(m->row, "why")) + 1;
        canvas_put(c, in.y, in.x, in.w, ROLE_DIM,
            "No field of it is known to change. · i shows its life so far");
        canvas_cursor(c, in.y, in.x - 1);
        return;
    }
    m->at = (struct rect){ in.y, in.x, in.h - WHOLE_LINES, in.w };
    common_prepare(s, &m->changes);
    table_draw(&m->changes, c, m->at, true, true);
    whole_change(m, c, (struct rect){ in.y + in.h - WHOLE_LINES, in.x, WHOLE_LINES, in.w });
}

static void crumb(const struct screen *s, char *buf, size_t size)
{
    snprintf(buf, size, "%.60s", json_text_or(((const struct item *)s->state)->row, "title", "record"));
}

static void click(struct screen *s, int y, int x)
{
    struct item *m = s->state;

    (void)x;
    table_click(&m->changes, m->at, y);
}

static struct table *list(struct screen *s)
{
    return &((struct item *)s->state)->changes;
}

static const json_t *record(struct screen *s)
{
    return ((struct item *)s->state)->row;
}

const struct screen_ops screen_import_item = {
    .name = "import-record",
    .scope = SCOPE_ITEM,
    .size = sizeof(struct item),
    .refresh_ms = 2000,
    .open = open_item,
    .close = close_item,
    .refresh = refresh,
    .answer = answer,
    .command = command,
    .click = click,
    .view = view,
    .crumb = crumb,
    .table = list,
    .record = record,
};
