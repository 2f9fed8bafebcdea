/* One record: who it is on both sides, and every hop of its life. */
#include <stdio.h>
#include <string.h>

#include "tui/screens/common.h"

struct timeline {
    json_t *key, *record; /* key: kind, id, backend */
    struct table events;
    struct rect at;
};

static void what_cell(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role)
{
    (void)t;
    snprintf(buf, size, "%s", json_text_or(row, "what", "?"));
    if (strstr(buf, "fail") != NULL || strstr(buf, "park") != NULL || strstr(buf, "refused") != NULL)
        *role = ROLE_ERR;
    else if (strstr(buf, "wait") != NULL || strstr(buf, "hold") != NULL || strstr(buf, "ask") != NULL)
        *role = ROLE_WARN;
}

static void moment_cell(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role)
{
    char day[FMT_MAX];

    *role = ROLE_DIM;
    fmt_day(json_int_or(row, "at", 0), t->time == FMT_UTC ? FMT_UTC : FMT_LOCAL, day);
    snprintf(buf, size, "%s", strlen(day) > 5 ? day + 5 : day); /* the year stands above */
}

static const struct column columns[] = {
    { "MOMENT", "at", COLUMN_TEXT, 14, 19, 1, NULL, moment_cell },
    { "WHAT", "what", COLUMN_TEXT, 6, 18, 1, NULL, what_cell },
    { "TEXT", "text", COLUMN_TEXT, 20, 0, 1, NULL, NULL },
    { "JOB", "job", COLUMN_TEXT, 4, 9, 1, NULL, NULL },
    { "BY", "by", COLUMN_TEXT, 4, 12, 2, NULL, NULL },
};

static void open_timeline(struct screen *s, const json_t *args)
{
    struct timeline *t = s->state;
    const json_t *id = json_at(args, "id");
    char text[64];

    table_init(&t->events, columns, sizeof columns / sizeof columns[0], "row");
    if (json_is_string(id))
        str_copy(text, sizeof text, json_string_value(id));
    else
        snprintf(text, sizeof text, "%lld", (long long)json_integer_value(id));
    t->key = json_pack("{s:s, s:s, s:I}", "kind", json_text_or(args, "kind", ""), "id", text,
        "backend", json_int_or(args, "backend", screen_backend(s)));
}

static void close_timeline(struct screen *s)
{
    struct timeline *t = s->state;

    json_decref(t->key);
    json_decref(t->record);
    table_clear(&t->events);
}

static void refresh(struct screen *s)
{
    struct timeline *t = s->state;

    screen_ask(s, "records.timeline", json_deep_copy(t->key), 0);
}

/* Many things may happen in one moment: each gets a name that stays when newer ones come. */
static json_t *numbered(const json_t *events)
{
    json_t *rows = json_deep_copy(events);
    size_t n = json_array_size(rows);

    for (size_t i = n; i-- > 0;) { /* oldest first */
        json_t *row = json_array_get(rows, i);
        int64_t at = json_int_or(row, "at", 0);
        int same = 0;

        for (size_t k = i + 1; k < n && json_int_or(json_array_get(rows, k), "at", 0) == at; k++)
            same++;
        json_object_set_new(row, "row", json_sprintf("%lld.%d", (long long)at, same));
    }
    return rows;
}

static void answer(struct screen *s, int tag, const struct link_answer *a)
{
    struct timeline *t = s->state;

    (void)tag;
    if (a->result == NULL)
        return;
    json_decref(t->record);
    t->record = json_deep_copy(json_object_get(a->result, "record"));
    table_rows(&t->events, numbered(json_at(a->result, "events")));
}

static bool command(struct screen *s, enum command command)
{
    struct timeline *t = s->state;
    const json_t *row = table_current(&t->events);
    json_auto_t *args = NULL;

    switch ((int)command) {
    case CMD_OPEN:
        if (json_int_or(row, "job", 0) != 0)
            common_open_id(s, &screen_job, json_int_or(row, "job", 0));
        return true;
    case CMD_SYNC:
        screen_confirm(s, 1, "read it again and bring both sides in step?", "Sync", "records.sync",
            json_deep_copy(t->key), "a job was queued");
        return true;
    case CMD_RAW:
        args = json_pack("{s:s, s:O?}", "title", "record", "value", t->record);
        screen_open(s, &screen_text, args);
        return true;
    default: return false;
    }
}

static void draw_sides(const struct timeline *t, struct canvas *c, struct rect in)
{
    const json_t *r = t->record;
    char text[200];
    int y = in.y;

    snprintf(text, sizeof text, "%s", json_text_or(r, "state", "–"));
    y = common_fact(c, in, y, 8, "state", common_state_role(text), text);
    if (json_int_or(r, "shopify_id", 0) != 0)
        snprintf(text, sizeof text, "%lld", (long long)json_int_or(r, "shopify_id", 0));
    else
        snprintf(text, sizeof text, "%s", json_text_or(r, "shopify_id", "not there yet"));
    y = common_fact(c, in, y, 8, "Shopify", ROLE_SHOP, text);
    if (json_int_or(r, "odoo_id", 0) != 0)
        snprintf(text, sizeof text, "%s %lld", json_text_or(r, "odoo_model", ""),
            (long long)json_int_or(r, "odoo_id", 0));
    else
        snprintf(text, sizeof text, "not there yet");
    common_fact(c, in, y, 8, "Odoo", ROLE_ODOO, text);
}

static void value_text(const char *name, const json_t *value, char *buf, size_t size)
{
    char day[FMT_MAX];

    if (str_ends(name, "_at") && json_is_integer(value))
        snprintf(buf, size, "%s", fmt_day(json_integer_value(value), FMT_LOCAL, day));
    else if (json_is_string(value))
        snprintf(buf, size, "%s", json_string_value(value));
    else if (json_is_integer(value))
        snprintf(buf, size, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        snprintf(buf, size, "%g", json_real_value(value));
    else
        snprintf(buf, size, "%s", json_is_true(value) ? "yes" : json_is_false(value) ? "no" : "–");
}

/* Fields with a value, one a line; those of an object inside it below its name. */
static int draw_fields(struct canvas *c, struct rect in, int y, const json_t *fields, int depth)
{
    const char *name;
    json_t *value;
    char text[200];

    json_object_foreach((json_t *)(uintptr_t)fields, name, value) {
        struct rect r = { in.y, in.x + 2 * depth, in.h, in.w - 2 * depth };
        int label = 18 - 2 * depth;

        if (y >= in.y + in.h)
            break;
        if (json_is_null(value) || json_array_size(value) + json_object_size(value) == 0) {
            if (json_is_null(value) || json_is_array(value) || json_is_object(value))
                continue;
        }
        if (json_is_object(value) && depth < 2) {
            canvas_put(c, y++, r.x, r.w, ROLE_DIM, name);
            y = draw_fields(c, in, y, value, depth + 1);
            continue;
        }
        if (json_is_array(value) && json_is_string(json_array_get(value, 0)))
            snprintf(text, sizeof text, "%s%s", json_string_value(json_array_get(value, 0)),
                json_array_size(value) > 1 ? ", …" : "");
        else if (json_is_array(value) || json_is_object(value))
            snprintf(text, sizeof text, "%zu · v shows them", json_array_size(value) +
                json_object_size(value));
        else
            value_text(name, value, text, sizeof text);
        y = common_fact(c, r, y, label, name, ROLE_TEXT, text);
    }
    return y;
}

static void draw_wide(const struct timeline *t, struct canvas *c, struct rect r)
{
    struct rect in = canvas_box(c, r, "what both sides agreed on", "v in full", false);
    const json_t *agreed = json_at(t->record, "agreed");

    if (json_object_size(agreed) == 0)
        canvas_put(c, in.y, in.x, in.w, ROLE_DIM, "nothing yet");
    else
        draw_fields(c, in, in.y, agreed, 0);
}

static void view(struct screen *s, struct canvas *c, struct rect body)
{
    struct timeline *t = s->state;
    char title[200];
    bool zoomed = screen_zoomed(s), wide = body.w >= 110 && !zoomed;
    int right = wide ? body.w * 45 / 120 : 0, head = zoomed ? 0 : 5;
    struct rect in;

    snprintf(title, sizeof title, "%s %s", json_text_or(t->key, "kind", ""),
        json_text_or(t->record, "title", json_text_or(t->key, "id", "")));
    in = canvas_box(c, (struct rect){ body.y, 0, t->record == NULL ? 5 : head, body.w - right }, title,
        NULL, false);
    if (t->record == NULL) {
        screen_waiting(s, c, in, "the record");
        return;
    }
    draw_sides(t, c, in);
    if (wide)
        draw_wide(t, c, (struct rect){ body.y, body.w - right, body.h, right });
    in = canvas_box(c, (struct rect){ body.y + head, 0, body.h - head, body.w - right }, "timeline",
        "newest first", true);
    t->at = in;
    common_prepare(s, &t->events);
    if (t->events.shown > 0) {
        t->at = (struct rect){ in.y, in.x, in.h - 2, in.w };
        table_draw(&t->events, c, t->at, true, true);
        canvas_wrap(c, (struct rect){ in.y + in.h - 2, in.x, 2, in.w }, ROLE_DIM,
            json_text(table_current(&t->events), "text")); /* whole: the column may cut it */
    } else
        screen_empty(c, in, "Nothing has happened to it yet.", "R reads it now");
}

static void crumb(const struct screen *s, char *buf, size_t size)
{
    const struct timeline *t = s->state;

    snprintf(buf, size, "%.40s", json_text_or(t->record, "title", "record"));
}

static struct table *list(struct screen *s)
{
    return &((struct timeline *)s->state)->events;
}

static const json_t *record(struct screen *s)
{
    return ((struct timeline *)s->state)->record;
}

static void click(struct screen *s, int y, int x)
{
    struct timeline *t = s->state;

    (void)x;
    table_click(&t->events, t->at, y);
}

const struct screen_ops screen_timeline = {
    .name = "timeline",
    .scope = SCOPE_TIMELINE,
    .size = sizeof(struct timeline),
    .refresh_ms = 2000,
    .open = open_timeline,
    .close = close_timeline,
    .refresh = refresh,
    .answer = answer,
    .command = command,
    .click = click,
    .view = view,
    .crumb = crumb,
    .table = list,
    .record = record,
};
