/* Imports: the runs, newest first; below, the steps of the one under the cursor. */
#include <stdio.h>
#include <string.h>

#include "tui/screens/common.h"
#include "tui/screens/import.h"

enum { TAG_LIST = 1, TAG_RUN };

struct imports {
    struct table runs, steps;
    json_t *chosen; /* imports.get of the run under the cursor */
    json_int_t asked_for;
    bool loaded;
    struct rect at;
};

static void words_cell(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role)
{
    const char *why = common_text(row, "why");

    (void)t;
    *role = json_text_or(row, "error", "")[0] != '\0' ? ROLE_ERR : ROLE_TEXT;
    snprintf(buf, size, "%s", why != NULL ? why : "–");
}

static const struct column columns[] = {
    { "RUN", "id", COLUMN_TEXT, 4, 8, 1, NULL, NULL },
    { "STATE", "state", COLUMN_TEXT, 10, 12, 1, NULL, import_state_cell },
    { "BEGAN", "created", COLUMN_AGE, 6, 10, 1, NULL, NULL },
    { "PLANNED", "planned", COLUMN_AGE, 7, 10, 1, NULL, NULL },
    { "ENDED", "ended", COLUMN_AGE, 6, 10, 1, NULL, NULL },
    { "BY", "by", COLUMN_TEXT, 6, 14, 1, NULL, NULL },
    { "HOURS", "hours", COLUMN_TEXT, 5, 8, 2, NULL, NULL },
    { "WHY", "why", COLUMN_TEXT, 12, 0, 1, NULL, words_cell },
};

static void open_imports(struct screen *s, const json_t *args)
{
    struct imports *m = s->state;

    (void)args;
    table_init(&m->runs, columns, sizeof columns / sizeof columns[0], "id");
    table_init(&m->steps, import_step_columns, import_step_column_count, "step");
    m->steps.preview = true;
}

static void close_imports(struct screen *s)
{
    struct imports *m = s->state;

    table_clear(&m->runs);
    table_clear(&m->steps);
    json_decref(m->chosen);
}

static void ask_chosen(struct screen *s)
{
    struct imports *m = s->state;

    m->asked_for = json_int_or(table_current(&m->runs), "id", 0);
    if (m->asked_for != 0)
        screen_ask(s, "imports.get", json_pack("{s:I}", "run", m->asked_for), TAG_RUN);
}

static void refresh(struct screen *s)
{
    json_t *params = screen_params(s);

    json_object_set_new(params, "limit", json_integer(100));
    screen_ask(s, "imports.list", params, TAG_LIST);
}

static void answer(struct screen *s, int tag, const struct link_answer *a)
{
    struct imports *m = s->state;

    if (a->result == NULL)
        return;
    if (tag == TAG_LIST) {
        table_rows(&m->runs, json_incref(json_object_get(a->result, "rows")));
        m->loaded = true;
        ask_chosen(s);
        return;
    }
    json_decref(m->chosen);
    m->chosen = json_deep_copy(a->result);
    table_rows(&m->steps, json_incref(json_object_get(m->chosen, "steps")));
}

/* The run under the cursor, with its steps as soon as they are here. */
static const json_t *run_of(const struct imports *m)
{
    const json_t *row = table_current(&m->runs);

    return json_int_or(row, "id", -1) == json_int_or(m->chosen, "id", -2) ? m->chosen : row;
}

static bool command(struct screen *s, enum command command)
{
    struct imports *m = s->state;
    const json_t *run = run_of(m);

    if (command == CMD_OPEN) {
        if (run != NULL)
            common_open_id(s, &screen_import, json_int_or(run, "id", 0));
        else
            import_command(s, CMD_PLAN, NULL);
        return true;
    }
    if (import_command(s, command, run))
        return true;
    if (!table_command(&m->runs, command))
        return false;
    if (json_int_or(table_current(&m->runs), "id", 0) != m->asked_for)
        ask_chosen(s);
    return true;
}

static void nothing(const struct screen *s, struct canvas *c, struct rect in)
{
    const struct imports *m = s->state;
    char why[200];

    if (m->runs.filter[0] != '\0') {
        snprintf(why, sizeof why, "No import matches  %.80s", m->runs.filter);
        screen_empty(c, in, why, "esc clears the filter");
        return;
    }
    snprintf(why, sizeof why, "Nothing has been imported from %.80s yet.",
        json_text_or(screen_backend_row(s), "name", "the shop"));
    screen_empty(c, in, why, "i plans the first import: it reads, rehearses and writes nothing");
}

static void draw_chosen(struct screen *s, struct canvas *c, struct rect r)
{
    struct imports *m = s->state;
    const json_t *run = run_of(m);
    char title[80];

    snprintf(title, sizeof title, "import %lld", (long long)json_int_or(run, "id", 0));
    if (run != m->chosen) {
        canvas_box(c, r, title, NULL, false);
        return;
    }
    import_words(c, canvas_box(c, (struct rect){ r.y, 0, 3, r.w }, title, "↵ opens it", false), run);
    if (r.h >= 9)
        import_draw_steps(s, c, (struct rect){ r.y + 3, 0, r.h - 3, r.w }, &m->steps, false);
}

static void view(struct screen *s, struct canvas *c, struct rect body)
{
    struct imports *m = s->state;
    int rows = m->runs.shown, top = rows + 3, most = body.h - 12;
    char title[64];
    struct rect in;

    top = rows == 0 || screen_zoomed(s) ? body.h : top > most ? most : top < 5 ? 5 : top;
    snprintf(title, sizeof title, "imports %d", (int)json_array_size(m->runs.rows));
    in = canvas_box(c, (struct rect){ body.y, 0, top, body.w }, title, "i plans a new one", true);
    m->at = in;
    common_prepare(s, &m->runs);
    if (rows > 0) {
        table_draw(&m->runs, c, in, true, true);
        if (top < body.h)
            draw_chosen(s, c, (struct rect){ body.y + top, 0, body.h - top, body.w });
    } else if (s->err.kind != ERR_NONE) {
        screen_trouble(s, c, in);
    } else if (m->loaded) {
        nothing(s, c, in);
    } else {
        screen_waiting(s, c, in, "imports");
    }
}

static void click(struct screen *s, int y, int x)
{
    struct imports *m = s->state;

    (void)x;
    if (table_click(&m->runs, m->at, y))
        ask_chosen(s);
}

static struct table *list(struct screen *s)
{
    return &((struct imports *)s->state)->runs;
}

const struct screen_ops screen_imports = {
    .name = "imports",
    .scope = SCOPE_IMPORTS,
    .tab = 9,
    .size = sizeof(struct imports),
    .refresh_ms = 1000,
    .open = open_imports,
    .close = close_imports,
    .refresh = refresh,
    .answer = answer,
    .command = command,
    .click = click,
    .view = view,
    .table = list,
};
