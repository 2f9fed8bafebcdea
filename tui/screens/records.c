/* Records: one value, whatever it is, and everything that is it. */
#include <stdio.h>
#include <string.h>

#include "tui/screens/common.h"

enum { PROMPT_SEARCH = 0 };

struct records {
    struct table list;
    char query[EDIT_MAX];
    bool searched;
    struct rect at;
};

static const struct column columns[] = {
    { "KIND", "kind", COLUMN_TEXT, 9, 12, 1, NULL, NULL },
    { "RECORD", "title", COLUMN_TEXT, 18, 0, 1, NULL, NULL },
    { "STATE", "state", COLUMN_TEXT, 9, 12, 1, NULL, common_job_state },
    { "SHOPIFY", "shopify_id", COLUMN_TEXT, 13, 20, 1, NULL, NULL },
    { "ODOO MODEL", "odoo_model", COLUMN_TEXT, 12, 18, 2, NULL, NULL },
    { "ODOO", "odoo_id", COLUMN_TEXT, 8, 10, 1, NULL, NULL },
    { "CHANGED", "updated", COLUMN_AGE, 7, 8, 1, NULL, NULL },
};

static void search(struct screen *s, const char *query)
{
    struct records *r = s->state;
    json_t *params;

    str_copy(r->query, sizeof r->query, query);
    if (query[0] == '\0')
        return;
    params = screen_params(s);
    json_object_set_new(params, "q", json_string(query));
    screen_ask(s, "records.search", params, 0);
}

static void refresh(struct screen *s)
{
    search(s, ((struct records *)s->state)->query);
}

static void open_records(struct screen *s, const json_t *args)
{
    struct records *r = s->state;

    table_init(&r->list, columns, sizeof columns / sizeof columns[0], "id");
    str_copy(r->query, sizeof r->query, json_text_or(args, "q", ""));
}

static void close_records(struct screen *s)
{
    table_clear(&((struct records *)s->state)->list);
}

static void answer(struct screen *s, int tag, const struct link_answer *a)
{
    struct records *r = s->state;

    (void)tag;
    if (a->result == NULL)
        return;
    r->searched = true;
    table_rows(&r->list, json_incref(json_object_get(a->result, "rows")));
}

static void open_timeline(struct screen *s)
{
    const json_t *row = table_current(&((struct records *)s->state)->list);

    if (row != NULL)
        screen_open(s, &screen_timeline, row);
}

static bool command(struct screen *s, enum command command)
{
    struct records *r = s->state;

    if (command == CMD_SEARCH || (command == CMD_OPEN && r->list.shown == 0)) {
        screen_prompt(s, PROMPT_SEARCH, "find:", r->query);
        return true;
    }
    if (command != CMD_OPEN)
        return false;
    open_timeline(s);
    return true;
}

static void prompt(struct screen *s, int tag, const char *text)
{
    struct records *r = s->state;

    (void)tag;
    r->searched = false;
    s->wanted = when_ticks();
    search(s, text);
}

static void view(struct screen *s, struct canvas *c, struct rect body)
{
    struct records *r = s->state;
    char title[160], why[200];
    struct rect in;

    snprintf(title, sizeof title, "records%s%.100s", r->query[0] != '\0' ? " · " : "", r->query);
    in = canvas_box(c, body, title, "s searches", true);
    r->at = in;
    common_prepare(s, &r->list);
    if (r->list.shown > 0) {
        table_draw(&r->list, c, in, true, true);
    } else if (s->err.kind != ERR_NONE) {
        screen_trouble(s, c, in);
    } else if (r->searched) {
        snprintf(why, sizeof why, "Nothing is known as  %.120s", r->query);
        screen_empty(c, in, why, "s searches for something else");
    } else {
        screen_empty(c, in, "Find one value: #1042, an e-mail, a SKU, a Shopify id, an Odoo id.",
            "s or ↵ to type it");
    }
}

static void keep(const struct screen *s, json_t *args)
{
    json_object_set_new(args, "q", json_string(((const struct records *)s->state)->query));
}

static void click(struct screen *s, int y, int x)
{
    struct records *r = s->state;

    (void)x;
    table_click(&r->list, r->at, y);
}

static struct table *list(struct screen *s)
{
    return &((struct records *)s->state)->list;
}

const struct screen_ops screen_records = {
    .name = "records",
    .scope = SCOPE_RECORDS,
    .tab = 5,
    .size = sizeof(struct records),
    .open = open_records,
    .close = close_records,
    .refresh = refresh,
    .answer = answer,
    .command = command,
    .prompt = prompt,
    .click = click,
    .view = view,
    .keep = keep,
    .table = list,
};
