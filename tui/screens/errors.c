/* Errors by cause: 2,000 failures are three causes. */
#include <stdio.h>
#include <string.h>

#include "tui/screens/common.h"

enum { TAG_LIST = 1, TAG_GET };

struct errors {
    struct table causes, jobs;
    json_t *chosen; /* problems.get of the cause under the cursor */
    json_int_t asked_for;
    bool all, loaded;
    struct rect at;
};

static const struct column columns[] = {
    { "N", "open", COLUMN_COUNT, 5, 6, 1, NULL, NULL },
    { "STATE", "state", COLUMN_TEXT, 6, 7, 1, NULL, common_problem_state },
    { "CAUSE", "cause", COLUMN_TEXT, 24, 0, 1, NULL, NULL },
    { "QUEUE", "lane", COLUMN_TEXT, 12, 16, 2, NULL, NULL },
    { "FIRST", "first", COLUMN_AGE, 5, 8, 3, NULL, NULL },
    { "LAST", "last", COLUMN_AGE, 5, 8, 1, NULL, NULL },
    { "1 H", "spark", COLUMN_SPARK, 6, 12, 1, "TREND", NULL },
    { "WHO", "assigned", COLUMN_TEXT, 5, 8, 2, NULL, NULL },
    { "FIX", "fix", COLUMN_TEXT, 11, 16, 1, NULL, common_fix },
};

static void open_errors(struct screen *s, const json_t *args)
{
    struct errors *e = s->state;

    e->all = json_flag(args, "all");
    table_init(&e->causes, columns, sizeof columns / sizeof columns[0], "id");
    table_init(&e->jobs, common_job_columns, common_job_column_count, "id");
    e->jobs.preview = true;
}

static void close_errors(struct screen *s)
{
    struct errors *e = s->state;

    table_clear(&e->causes);
    table_clear(&e->jobs);
    json_decref(e->chosen);
}

static void ask_chosen(struct screen *s)
{
    struct errors *e = s->state;
    json_int_t id = json_int_or(table_current(&e->causes), "id", 0);

    e->asked_for = id;
    if (id != 0)
        screen_ask(s, "problems.get", json_pack("{s:I}", "id", id), TAG_GET);
}

static void refresh(struct screen *s)
{
    struct errors *e = s->state;
    json_t *params = json_object();

    if (e->all)
        json_object_set_new(params, "state", json_string("all"));
    screen_ask(s, "problems.list", params, TAG_LIST);
}

static void answer(struct screen *s, int tag, const struct link_answer *a)
{
    struct errors *e = s->state;

    if (a->result == NULL)
        return;
    if (tag == TAG_LIST) {
        table_rows(&e->causes, json_incref(json_object_get(a->result, "rows")));
        e->loaded = true;
        ask_chosen(s);
        return;
    }
    json_decref(e->chosen);
    e->chosen = json_deep_copy(a->result);
    table_rows(&e->jobs, json_incref(json_object_get(e->chosen, "jobs")));
}

static bool command(struct screen *s, enum command command)
{
    struct errors *e = s->state;
    const json_t *row = table_current(&e->causes);

    if (command == CMD_STATE) {
        e->all = !e->all;
        screen_refresh(s);
        return true;
    }
    if (row != NULL && (command == CMD_OPEN || command == CMD_FIX)) {
        json_auto_t *args = json_pack("{s:I, s:b}", "id", json_int_or(row, "id", 0), "fix",
            command == CMD_FIX);

        screen_open(s, &screen_error, args);
        return true;
    }
    if (common_problem_command(s, command, row))
        return true;
    if (!table_command(&e->causes, command))
        return false;
    if (json_int_or(table_current(&e->causes), "id", 0) != e->asked_for)
        ask_chosen(s);
    return true;
}

static void draw_fixes(const struct errors *e, struct canvas *c, struct rect r)
{
    struct rect in = canvas_box(c, r, "what can be done", "f does it", false);
    const json_t *fixes = json_at(e->chosen, "fixes");
    size_t i;
    json_t *fix;
    int y = in.y;

    y += canvas_wrap(c, in, ROLE_DIM, json_text(e->chosen, "advice"));
    json_array_foreach(fixes, i, fix) {
        struct rect rest = { y, in.x + 2, in.y + in.h - y, in.w - 2 };

        if (rest.h <= 0)
            return;
        canvas_putf(c, y, in.x, 2, ROLE_KEY, "%lld", (long long)json_int_or(fix, "n", 0));
        y += canvas_wrap(c, rest, ROLE_TEXT, json_text_or(fix, "text", "?"));
        rest = (struct rect){ y, in.x + 2, in.y + in.h - y, in.w - 2 };
        y += canvas_wrap(c, rest, ROLE_DIM, json_text(fix, "effect"));
    }
}

static void draw_chosen(struct screen *s, struct canvas *c, struct rect r)
{
    struct errors *e = s->state;
    char title[200], note[96];
    const json_t *row = table_current(&e->causes);
    int right = r.w >= 110 ? r.w * 45 / 120 : 0;
    struct rect in, list = { r.y, r.x, r.h, r.w - right };

    if (json_int_or(row, "id", -1) != json_int_or(e->chosen, "id", -2))
        row = NULL;
    snprintf(title, sizeof title, "%s", json_text_or(row, "cause", "occurrences"));
    snprintf(note, sizeof note, "%lld in all, %lld open", (long long)json_int_or(row, "count", 0),
        (long long)json_int_or(row, "open", 0));
    in = canvas_box(c, list, title, row == NULL ? NULL : note, false);
    if (row == NULL)
        return;
    if (right == 0 && json_text(e->chosen, "fixes.0.text") != NULL) {
        canvas_putf(c, in.y, in.x, in.w, ROLE_INFO, "fix %lld: %s",
            (long long)json_int_or(e->chosen, "fixes.0.n", 1), json_text(e->chosen, "fixes.0.text"));
        in.y++;
        in.h--;
    }
    common_prepare(s, &e->jobs);
    table_draw(&e->jobs, c, in, false, true);
    if (right > 0)
        draw_fixes(e, c, (struct rect){ r.y, r.x + r.w - right, r.h, right });
}

static void nothing(const struct screen *s, struct canvas *c, struct rect in)
{
    const struct errors *e = s->state;
    char why[200];

    if (e->causes.filter[0] != '\0') {
        snprintf(why, sizeof why, "No %serror matches  %.100s  · %d causes are hidden by it.",
            e->all ? "" : "open ", e->causes.filter, (int)json_array_size(e->causes.rows));
        screen_empty(c, in, why, "esc clears the filter · b shows handled ones");
    } else {
        screen_empty(c, in, "✓ No open error.", "b shows handled ones");
    }
}

static void view(struct screen *s, struct canvas *c, struct rect body)
{
    struct errors *e = s->state;
    const json_t *o = screen_overview(s);
    char title[64], note[96];
    int rows = (int)json_array_size(e->causes.rows), top = rows + 3;
    struct rect in;

    top = e->causes.shown == 0 || screen_zoomed(s) ? body.h : top > body.h / 2 ? body.h / 2 : top < 6 ? 6 : top;
    if (e->causes.shown == rows)
        snprintf(title, sizeof title, "causes %d", rows);
    else
        snprintf(title, sizeof title, "causes %d of %d", e->causes.shown, rows);
    snprintf(note, sizeof note, "%lld jobs open", (long long)json_int_or(o, "problems.open", 0));
    in = canvas_box(c, (struct rect){ body.y, 0, top, body.w }, title, note, true);
    e->at = in;
    common_prepare(s, &e->causes);
    if (e->causes.shown > 0) {
        table_draw(&e->causes, c, in, true, true);
        if (top < body.h)
            draw_chosen(s, c, (struct rect){ body.y + top, 0, body.h - top, body.w });
    } else if (s->err.kind != ERR_NONE) {
        screen_trouble(s, c, in);
    } else if (e->loaded) {
        nothing(s, c, in);
    } else {
        screen_waiting(s, c, in, "causes");
    }
}

static void keep(const struct screen *s, json_t *args)
{
    json_object_set_new(args, "all", json_boolean(((const struct errors *)s->state)->all));
}

static void click(struct screen *s, int y, int x)
{
    struct errors *e = s->state;

    (void)x;
    if (table_click(&e->causes, e->at, y))
        ask_chosen(s);
}

static void note(const struct screen *s, char *buf, size_t size)
{
    const struct errors *e = s->state;

    snprintf(buf, size, "%s", e->all ? "all" : "");
}

static struct table *list(struct screen *s)
{
    return &((struct errors *)s->state)->causes;
}

const struct screen_ops screen_errors = {
    .name = "errors",
    .scope = SCOPE_ERRORS,
    .tab = 3,
    .size = sizeof(struct errors),
    .refresh_ms = 2000,
    .open = open_errors,
    .close = close_errors,
    .refresh = refresh,
    .answer = answer,
    .command = command,
    .click = click,
    .view = view,
    .keep = keep,
    .note = note,
    .table = list,
};
