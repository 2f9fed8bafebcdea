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
    snprintf(buf, size, "%s",
        fmt_day(json_int_or(row, "at", 0), t->time == FMT_UTC ? FMT_UTC : FMT_LOCAL, day));
}

static const struct column columns[] = {
    { "MOMENT", "at", COLUMN_TEXT, 19, 19, 1, NULL, moment_cell },
    { "WHAT", "what", COLUMN_TEXT, 12, 18, 1, NULL, what_cell },
    { "TEXT", "text", COLUMN_TEXT, 20, 0, 1, NULL, NULL },
    { "JOB", "job", COLUMN_TEXT, 7, 9, 1, NULL, NULL },
    { "BY", "by", COLUMN_TEXT, 8, 12, 1, NULL, NULL },
};

static void open_timeline(struct screen *s, const json_t *args)
{
    struct timeline *t = s->state;
    const json_t *id = json_at(args, "id");
    char text[64];

    table_init(&t->events, columns, sizeof columns / sizeof columns[0], "at");
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

static void answer(struct screen *s, int tag, const struct link_answer *a)
{
    struct timeline *t = s->state;

    (void)tag;
    if (a->result == NULL)
        return;
    json_decref(t->record);
    t->record = json_deep_copy(json_object_get(a->result, "record"));
    table_rows(&t->events, json_incref(json_object_get(a->result, "events")));
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
    y = common_fact(c, in, y, 8, "Shopify", ROLE_SHOP, json_text_or(r, "shopify_id", "–"));
    if (json_int_or(r, "odoo_id", 0) != 0)
        snprintf(text, sizeof text, "%s %lld", json_text_or(r, "odoo_model", ""),
            (long long)json_int_or(r, "odoo_id", 0));
    else
        snprintf(text, sizeof text, "not there yet");
    common_fact(c, in, y, 8, "Odoo", ROLE_ODOO, text);
}

static void draw_agreed(const struct timeline *t, struct canvas *c, struct rect in)
{
    const json_t *agreed = json_at(t->record, "agreed");
    const char *name;
    json_t *value;
    int y = in.y;

    json_object_foreach((json_t *)(uintptr_t)agreed, name, value) {
        char text[200];

        if (json_is_string(value))
            snprintf(text, sizeof text, "%s", json_string_value(value));
        else if (json_is_integer(value))
            snprintf(text, sizeof text, "%lld", (long long)json_integer_value(value));
        else
            snprintf(text, sizeof text, "%s", json_is_true(value) ? "yes" : "…");
        y = common_fact(c, in, y, 16, name, ROLE_TEXT, text);
    }
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
        if (s->err.kind != ERR_NONE)
            screen_trouble(s, c, in);
        return;
    }
    draw_sides(t, c, in);
    if (wide)
        draw_agreed(t, c, canvas_box(c, (struct rect){ body.y, body.w - right, body.h, right },
            "what both sides agreed on", "v in full", false));
    in = canvas_box(c, (struct rect){ body.y + head, 0, body.h - head, body.w - right }, "timeline",
        "newest first", true);
    t->at = in;
    common_prepare(s, &t->events);
    if (t->events.shown > 0)
        table_draw(&t->events, c, in, true, true);
    else
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
