/* What the records of an import use of what is mapped: unmapped first, to be mapped at once. */
#include <stdio.h>
#include <string.h>

#include "tui/screens/common.h"
#include "tui/screens/import_ask.h"

enum { TAG_PAGE = 1, TAG_MORE };

#define PAGE 200

struct uses {
    struct table list;
    json_int_t run, backend;
    char next[300];
    bool open_only, asked_more, loaded;
    json_t *all; /* rows as they came, for open_only */
    struct rect at;
};

static void odoo_cell(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role)
{
    const char *value = json_text_or(row, "value", ""), *label = json_text_or(row, "label", "");

    (void)t;
    if (!json_flag(row, "mapped")) {
        *role = ROLE_WARN;
        snprintf(buf, size, "– unmapped –");
        return;
    }
    *role = json_flag(row, "automatic") ? ROLE_DIM : ROLE_TEXT;
    snprintf(buf, size, "%s%s", label[0] != '\0' ? label : value,
        json_flag(row, "automatic") && value[0] != '\0' ? " (found)" : "");
}

const struct column import_use_columns[] = {
    { "KIND", "kind", COLUMN_TEXT, 9, 13, 1, NULL, NULL },
    { "SHOPIFY", "title", COLUMN_TEXT, 14, 0, 1, NULL, NULL },
    { "USES", "uses", COLUMN_COUNT, 7, 9, 1, NULL, NULL },
    { "ODOO", "label", COLUMN_TEXT, 14, 0, 1, NULL, odoo_cell },
};
const int import_use_column_count = sizeof import_use_columns / sizeof import_use_columns[0];

static void open_uses(struct screen *s, const json_t *args)
{
    struct uses *m = s->state;

    table_init(&m->list, import_use_columns, import_use_column_count, "id");
    m->run = json_int_or(args, "run", 0);
    m->backend = json_int_or(args, "backend", 0);
    m->open_only = json_flag(args, "open");
    m->all = json_array();
}

static void close_uses(struct screen *s)
{
    struct uses *m = s->state;

    table_clear(&m->list);
    json_decref(m->all);
}

static void ask(struct screen *s, const char *after, int tag)
{
    struct uses *m = s->state;

    screen_ask(s, "imports.uses", json_pack("{s:I, s:i, s:s*}", "run", m->run, "limit", PAGE,
        "after", after), tag);
}

/* The first page anew; who has read further keeps what is read. */
static void refresh(struct screen *s)
{
    struct uses *m = s->state;

    if (json_array_size(m->all) <= PAGE)
        ask(s, NULL, TAG_PAGE);
}

static void more(struct screen *s)
{
    struct uses *m = s->state;

    if (m->next[0] == '\0' || m->asked_more ||
        (!table_wants_more(&m->list) && m->list.filter[0] == '\0' && !m->open_only))
        return;
    m->asked_more = true;
    ask(s, m->next, TAG_MORE);
}

static void show(struct uses *m)
{
    json_t *rows = json_array(), *row;
    size_t i;

    json_array_foreach(m->all, i, row)
        if (!m->open_only || !json_flag(row, "mapped"))
            json_array_append(rows, row);
    m->list.more = m->next[0] != '\0';
    table_rows(&m->list, rows);
}

static void answer(struct screen *s, int tag, const struct link_answer *a)
{
    struct uses *m = s->state;
    const json_t *rows = json_at(a->result, "rows"), *row;
    size_t i;

    m->asked_more = false;
    if (a->result == NULL)
        return;
    if (tag == TAG_PAGE)
        json_array_clear(m->all);
    json_array_foreach(rows, i, row) {
        json_t *own = json_copy((json_t *)(uintptr_t)row);

        json_object_set_new(own, "id", json_sprintf("%.40s:%.200s", json_text_or(row, "kind", ""),
            json_text_or(row, "key", "")));
        json_array_append_new(m->all, own);
    }
    str_copy(m->next, sizeof m->next, json_text_or(a->result, "next", ""));
    m->loaded = true;
    show(m);
    more(s);
}

/* Words that are made in Odoo as they are have nothing to be mapped to. */
static void map(struct screen *s, const json_t *row)
{
    struct uses *m = s->state;
    const char *kind = json_text_or(row, "kind", ""), *last = strrchr(kind, '_');
    json_auto_t *args = NULL;

    if (last != NULL && strcmp(last, "_tag") == 0) {
        screen_toast(s, ROLE_TOAST_WARN, "tags are made in Odoo by their name");
        return;
    }
    if (strcmp(kind, "product") == 0) {
        import_open_clinic(s, m->run, m->backend);
        return;
    }
    args = json_pack("{s:I, s:s, s:O, s:O}", "backend", m->backend, "kind", kind, "key",
        json_object_get(row, "key"), "title", json_object_get(row, "title"));
    screen_open(s, &screen_choose, args);
}

static bool command(struct screen *s, enum command command)
{
    struct uses *m = s->state;
    const json_t *row = table_current(&m->list);

    switch ((int)command) {
    case CMD_STATE:
        m->open_only = !m->open_only;
        show(m);
        more(s);
        return true;
    case CMD_REHEARSE:
        import_rehearse(s, m->run);
        return true;
    case CMD_OPEN:
        if (row != NULL)
            map(s, row);
        return true;
    default: break;
    }
    if (!table_command(&m->list, command))
        return false;
    more(s);
    return true;
}

static void view(struct screen *s, struct canvas *c, struct rect body)
{
    struct uses *m = s->state;
    struct rect in = canvas_box(c, body, "what the data uses", m->open_only ? "unmapped only"
        : "unmapped first in each kind", true);
    const json_t *row = table_current(&m->list);
    char text[400];

    m->at = (struct rect){ in.y, in.x, in.h - 1, in.w };
    common_prepare(s, &m->list);
    if (m->list.shown > 0)
        table_draw(&m->list, c, m->at, true, true);
    else if (s->err.kind != ERR_NONE)
        screen_trouble(s, c, in);
    else if (!m->loaded)
        screen_waiting(s, c, in, "uses");
    else if (m->list.filter[0] != '\0')
        screen_empty(c, in, "No row matches.", "esc clears the filter");
    else if (m->open_only)
        screen_empty(c, in, "All that the data uses is mapped.", "b shows all of it");
    else
        screen_empty(c, in, "Nothing was rehearsed yet.", "rows appear while the plan is made");
    if (row == NULL)
        return;
    if (json_flag(row, "mapped"))
        snprintf(text, sizeof text, "%.120s  %.200s", json_text_or(row, "kind", ""),
            json_text_or(row, "key", ""));
    else
        snprintf(text, sizeof text, "↵ maps %.120s; R judges what was refused again",
            json_text_or(row, "title", ""));
    canvas_put(c, in.y + in.h - 1, in.x, in.w, ROLE_DIM, text);
}

static void keep(const struct screen *s, json_t *args)
{
    json_object_set_new(args, "open", json_boolean(((const struct uses *)s->state)->open_only));
}

static void crumb(const struct screen *s, char *buf, size_t size)
{
    (void)s;
    snprintf(buf, size, "uses");
}

static void click(struct screen *s, int y, int x)
{
    struct uses *m = s->state;

    (void)x;
    table_click(&m->list, m->at, y);
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
    .crumb = crumb,
    .table = list,
};
