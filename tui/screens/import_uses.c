/* What the records of an import use of what can be mapped, unmapped first; mapped there and then. */
#include <stdio.h>
#include <string.h>

#include "tui/screens/common.h"
#include "tui/screens/import.h"

enum { TAG_FIRST = 1, TAG_MORE };

struct uses {
    struct table list;
    json_int_t run, backend;
    json_t *rows; /* all that were read */
    bool open_only, loaded, waiting; /* waiting: records are still held against Odoo */
    json_int_t read, judged;
    struct rect at;
};

static void value_cell(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role)
{
    const char *label = common_text(row, "label"), *value = common_text(row, "value");

    (void)t;
    *role = json_flag(row, "mapped") ? ROLE_TEXT : ROLE_WARN;
    if (!json_flag(row, "mapped"))
        snprintf(buf, size, "– unmapped –");
    else
        snprintf(buf, size, "%s%s", label != NULL ? label : value != NULL ? value : "mapped",
            json_flag(row, "automatic") ? " (by itself)" : "");
}

static const struct column columns[] = {
    { "KIND", "kind", COLUMN_TEXT, 8, 14, 1, NULL, NULL },
    { "SHOPIFY", "title", COLUMN_TEXT, 18, 0, 1, NULL, NULL },
    { "USES", "uses", COLUMN_COUNT, 6, 9, 1, NULL, NULL },
    { "ODOO", "label", COLUMN_TEXT, 18, 0, 1, NULL, value_cell },
};

static void open_uses(struct screen *s, const json_t *args)
{
    struct uses *u = s->state;

    u->run = json_int_or(args, "run", 0);
    u->backend = json_int_or(args, "backend", 0);
    u->open_only = json_flag(args, "open");
    u->rows = json_array();
    table_init(&u->list, columns, sizeof columns / sizeof columns[0], "id");
}

static void close_uses(struct screen *s)
{
    struct uses *u = s->state;

    json_decref(u->rows);
    table_clear(&u->list);
}

static void ask(struct screen *s, const char *after)
{
    struct uses *u = s->state;
    json_t *params = json_pack("{s:I, s:i}", "run", u->run, "limit", 500);

    if (after != NULL)
        json_object_set_new(params, "after", json_string(after));
    screen_ask(s, "imports.uses", params, after != NULL ? TAG_MORE : TAG_FIRST);
}

static void refresh(struct screen *s)
{
    ask(s, NULL);
}

/* Rows have no id of their own: kind and key are it. */
static void add_rows(struct uses *u, const json_t *rows)
{
    size_t i;
    json_t *row;

    json_array_foreach(rows, i, row) {
        json_t *copy = json_deep_copy(row);

        if (json_array_size(u->rows) >= TABLE_ROWS_MAX) {
            json_decref(copy);
            return;
        }
        json_object_set_new(copy, "id", json_sprintf("%.16s %.40s", json_text_or(row, "kind", ""),
            json_text_or(row, "key", "")));
        json_array_append_new(u->rows, copy);
    }
}

static void show_rows(struct uses *u)
{
    json_t *shown = json_array(), *row;
    size_t i;

    json_array_foreach(u->rows, i, row)
        if (!u->open_only || !json_flag(row, "mapped"))
            json_array_append(shown, row);
    table_rows(&u->list, shown);
}

static void answer(struct screen *s, int tag, const struct link_answer *a)
{
    struct uses *u = s->state;
    const char *next = json_text_or(a->result, "next", "");

    if (a->result == NULL)
        return;
    if (tag == TAG_FIRST)
        json_array_clear(u->rows);
    add_rows(u, json_at(a->result, "rows"));
    u->loaded = true;
    u->waiting = json_flag(a->result, "waiting");
    u->read = json_int_or(a->result, "read", 0);
    u->judged = json_int_or(a->result, "judged", 0);
    show_rows(u);
    if (next[0] != '\0' && json_array_size(u->rows) < TABLE_ROWS_MAX)
        ask(s, next);
}

static bool command(struct screen *s, enum command command)
{
    struct uses *u = s->state;
    const json_t *row = table_current(&u->list);
    json_auto_t *args = NULL;

    switch ((int)command) {
    case CMD_STATE:
        u->open_only = !u->open_only;
        show_rows(u);
        return true;
    case CMD_REHEARSE:
        screen_do(s, "imports.rehearse", json_pack("{s:I}", "run", u->run),
            "what was refused is judged again");
        return true;
    case CMD_OPEN:
        if (row == NULL)
            return true;
        args = json_pack("{s:I, s:O, s:O, s:O}", "backend", u->backend, "kind",
            json_object_get(row, "kind"), "key", json_object_get(row, "key"), "title",
            json_object_get(row, "title"));
        screen_open(s, &screen_choose, args);
        return true;
    default: return false;
    }
}

static int unmapped(const struct uses *u)
{
    size_t i;
    json_t *row;
    int count = 0;

    json_array_foreach(u->rows, i, row)
        count += !json_flag(row, "mapped");
    return count;
}

static void view(struct screen *s, struct canvas *c, struct rect body)
{
    struct uses *u = s->state;
    char title[60], note[120], judged[FMT_MAX], read[FMT_MAX];
    struct rect in;
    int len;

    snprintf(title, sizeof title, "import %lld uses", (long long)u->run);
    len = snprintf(note, sizeof note, "%d of %d not mapped", unmapped(u),
        (int)json_array_size(u->rows));
    if (u->waiting)
        snprintf(note + len, sizeof note - (size_t)len, " · still counting, %s of %s read",
            fmt_short(u->judged, judged), fmt_short(u->read, read));
    in = canvas_box(c, body, title, u->loaded ? note : NULL, true);
    u->at = (struct rect){ in.y, in.x, in.h - 1, in.w };
    common_prepare(s, &u->list);
    if (u->list.shown > 0)
        table_draw(&u->list, c, u->at, true, true);
    else if (s->err.kind != ERR_NONE)
        screen_trouble(s, c, in);
    else if (!u->loaded)
        screen_waiting(s, c, in, "what it uses");
    else
        screen_empty(c, in, u->waiting  ? "Still counting: the plan is not ready."
                : u->open_only ? "✓ Everything it uses is mapped."
                               : "Its records use nothing that is mapped.",
            u->waiting ? "records are read and held against Odoo" : u->open_only ? "b shows all"
                    : "nothing is to be mapped");
    canvas_put(c, in.y + in.h - 1, in.x, in.w, ROLE_DIM,
        "what stays unmapped becomes a flagged placeholder, or parks · R judges the plan again");
}

static void keep(const struct screen *s, json_t *args)
{
    json_object_set_new(args, "open", json_boolean(((const struct uses *)s->state)->open_only));
}

static void note(const struct screen *s, char *buf, size_t size)
{
    snprintf(buf, size, "%s", ((const struct uses *)s->state)->open_only ? "unmapped only" : "");
}

static void click(struct screen *s, int y, int x)
{
    struct uses *u = s->state;

    (void)x;
    table_click(&u->list, u->at, y);
}

static struct table *list(struct screen *s)
{
    return &((struct uses *)s->state)->list;
}

const struct screen_ops screen_import_uses = {
    .name = "import-uses",
    .scope = SCOPE_USES,
    .size = sizeof(struct uses),
    .refresh_ms = 3000,
    .open = open_uses,
    .close = close_uses,
    .refresh = refresh,
    .answer = answer,
    .command = command,
    .click = click,
    .view = view,
    .keep = keep,
    .note = note,
    .table = list,
};
