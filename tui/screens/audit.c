/* Audit: who changed what, from where, and why; each entry chained to the one before. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/screens/common.h"

#define AUDIT_PAGE 100 /* the core's own; older pages are read once */

enum { TAG_FIRST = 1, TAG_MORE, TAG_VERIFY };

struct audit {
    struct table list;
    char next[256];
    json_t *verified;
    bool asked_more, loaded;
    struct rect at;
};

static void moment_cell(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role)
{
    char day[FMT_MAX];

    *role = ROLE_DIM;
    snprintf(buf, size, "%s",
        fmt_day(json_int_or(row, "at", 0), t->time == FMT_UTC ? FMT_UTC : FMT_LOCAL, day));
}

static void undo_cell(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role)
{
    (void)t;
    *role = json_flag(row, "undo") ? ROLE_INFO : ROLE_DIM;
    snprintf(buf, size, "%s", json_flag(row, "undo") ? "yes" : "–");
}

static const struct column columns[] = {
    { "TIME", "at", COLUMN_TEXT, 19, 19, 1, NULL, moment_cell },
    { "WHO", "user", COLUMN_TEXT, 6, 10, 1, NULL, NULL },
    { "WHAT", "what", COLUMN_TEXT, 14, 22, 1, NULL, NULL },
    { "OBJECT", "object", COLUMN_TEXT, 12, 40, 1, NULL, NULL },
    { "REASON", "reason", COLUMN_TEXT, 8, 0, 1, NULL, NULL },
    { "FROM", "origin", COLUMN_TEXT, 10, 20, 2, NULL, NULL },
    { "UNDO", "undo", COLUMN_TEXT, 4, 5, 2, NULL, undo_cell },
};

static void open_audit(struct screen *s, const json_t *args)
{
    struct audit *u = s->state;

    (void)args;
    table_init(&u->list, columns, sizeof columns / sizeof columns[0], "id");
}

static void close_audit(struct screen *s)
{
    struct audit *u = s->state;

    table_clear(&u->list);
    json_decref(u->verified);
}

static void refresh(struct screen *s)
{
    struct audit *u = s->state;

    if (json_array_size(u->list.rows) <= AUDIT_PAGE || !u->loaded)
        screen_ask(s, "audit.list", json_object(), TAG_FIRST);
}

static void more(struct screen *s)
{
    struct audit *u = s->state;

    if (!table_wants_more(&u->list) || u->asked_more)
        return;
    u->asked_more = true;
    screen_ask(s, "audit.list", json_pack("{s:s, s:i}", "after", u->next, "limit", 200), TAG_MORE);
}

static void answer(struct screen *s, int tag, const struct link_answer *a)
{
    struct audit *u = s->state;
    json_t *rows = json_object_get(a->result, "rows");
    const json_t *next = json_at(a->result, "next");

    if (tag == TAG_MORE)
        u->asked_more = false;
    if (a->result == NULL)
        return;
    if (tag == TAG_VERIFY) {
        json_decref(u->verified);
        u->verified = json_deep_copy(a->result);
        return;
    }
    if (tag == TAG_FIRST)
        table_rows(&u->list, json_incref(rows));
    else
        table_append(&u->list, json_incref(rows));
    u->loaded = true;
    u->next[0] = '\0';
    if (json_is_string(next))
        str_copy(u->next, sizeof u->next, json_string_value(next));
    else if (json_is_integer(next))
        snprintf(u->next, sizeof u->next, "%lld", (long long)json_integer_value(next));
    u->list.more = u->next[0] != '\0';
    if (u->list.filter[0] != '\0')
        more(s); /* a filter looks through all pages, not only the first */
}

static void undo(struct screen *s, const json_t *row)
{
    char title[200];

    if (!json_flag(row, "undo")) {
        screen_toast(s, ROLE_TOAST_WARN, "this change cannot be taken back");
        return;
    }
    snprintf(title, sizeof title, "undo: %.80s %.80s?", json_text_or(row, "what", "?"),
        json_text_or(row, "object", ""));
    screen_confirm(s, 1, title, "Undo", "audit.undo",
        json_pack("{s:I}", "id", json_int_or(row, "id", 0)), "undone");
}

static bool command(struct screen *s, enum command command)
{
    struct audit *u = s->state;
    const json_t *row = table_current(&u->list);
    json_auto_t *args = NULL;

    switch ((int)command) {
    case CMD_CHECK:
        s->wanted = when_ticks();
        screen_ask(s, "audit.verify", NULL, TAG_VERIFY);
        return true;
    case CMD_UNDO_THIS:
        if (row != NULL)
            undo(s, row);
        return true;
    case CMD_OPEN:
        if (row == NULL)
            return true;
        args = json_pack("{s:s, s:O}", "title", "audit entry", "value", row);
        screen_open(s, &screen_text, args);
        return true;
    default: break;
    }
    if (!table_command(&u->list, command))
        return false;
    more(s);
    return true;
}

static void value_text(const json_t *value, char *buf, size_t size)
{
    char *text = value == NULL ? NULL
        : json_is_string(value) ? strdup(json_string_value(value))
                                : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

    snprintf(buf, size, "%s", text == NULL ? "–" : text);
    free(text);
}

static void draw_entry(struct screen *s, struct canvas *c, struct rect r)
{
    struct audit *u = s->state;
    const json_t *row = table_current(&u->list);
    char title[200], note[40], text[1024], both[2 * FMT_MAX];
    struct rect in;
    int y;

    snprintf(title, sizeof title, "%s %s %s", json_text_or(row, "user", ""),
        json_text_or(row, "what", ""), json_text_or(row, "object", ""));
    snprintf(note, sizeof note, "#%lld", (long long)json_int_or(row, "id", 0));
    in = canvas_box(c, r, title, row == NULL ? NULL : note, false);
    if (row == NULL)
        return;
    value_text(json_at(row, "before"), text, sizeof text);
    y = common_fact(c, in, in.y, 7, "before", ROLE_TEXT, text);
    value_text(json_at(row, "after"), text, sizeof text);
    y = common_fact(c, in, y, 7, "after", ROLE_TEXT, text);
    y = common_fact(c, in, y, 7, "reason", ROLE_TEXT, json_text_or(row, "reason", "–"));
    snprintf(text, sizeof text, "uid %lld from %s, %s", (long long)json_int_or(row, "uid", 0),
        json_text_or(row, "origin", "–"), fmt_both(json_int_or(row, "at", 0), both));
    y = common_fact(c, in, y, 7, "actor", ROLE_TEXT, text);
    common_fact(c, in, y, 7, "undo", ROLE_TEXT, json_flag(row, "undo") ? "possible: U" : "not possible");
}

static void view(struct screen *s, struct canvas *c, struct rect body)
{
    struct audit *u = s->state;
    struct rect in;
    int low = screen_zoomed(s) ? 0 : 7;
    char foot[160], count[FMT_MAX];

    in = canvas_box(c, (struct rect){ body.y, 0, body.h - low, body.w }, "audit",
        "newest first · read-only", true);
    u->at = (struct rect){ in.y, in.x, in.h - 1, in.w };
    common_prepare(s, &u->list);
    if (u->list.shown > 0)
        table_draw(&u->list, c, u->at, true, true);
    else if (s->err.kind != ERR_NONE)
        screen_trouble(s, c, in);
    else if (u->loaded)
        screen_empty(c, in, u->list.filter[0] != '\0' ? "No entry matches." : "Nothing has been changed yet.",
            u->list.filter[0] != '\0' ? "esc clears the filter" : "each change will stand here");
    else
        screen_waiting(s, c, in, "the audit log");
    if (u->verified == NULL)
        snprintf(foot, sizeof foot, "C checks the chain of hashes; secrets stand here as fingerprints only");
    else if (json_flag(u->verified, "ok"))
        snprintf(foot, sizeof foot, "✓ the chain holds over %s entries",
            fmt_count(json_int_or(u->verified, "entries", 0), count));
    else
        snprintf(foot, sizeof foot, "✗ the chain is broken at entry %lld",
            (long long)json_int_or(u->verified, "broken_at", 0));
    canvas_put(c, in.y + in.h - 1, in.x, in.w,
        u->verified == NULL ? ROLE_DIM : json_flag(u->verified, "ok") ? ROLE_OK : ROLE_ERR, foot);
    if (low > 0)
        draw_entry(s, c, (struct rect){ body.y + body.h - low, 0, low, body.w });
}

static void click(struct screen *s, int y, int x)
{
    struct audit *u = s->state;

    (void)x;
    table_click(&u->list, u->at, y);
}

static struct table *list(struct screen *s)
{
    return &((struct audit *)s->state)->list;
}

const struct screen_ops screen_audit = {
    .name = "audit",
    .scope = SCOPE_AUDIT,
    .tab = 8,
    .size = sizeof(struct audit),
    .refresh_ms = 5000,
    .open = open_audit,
    .close = close_audit,
    .refresh = refresh,
    .answer = answer,
    .command = command,
    .click = click,
    .view = view,
    .table = list,
};
