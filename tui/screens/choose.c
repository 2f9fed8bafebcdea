/* What a mapping row can be mapped to: Odoo's own list, with a filter. */
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "tui/screens/common.h"

struct choose {
    json_t *key; /* backend, kind, key, title */
    struct table list;
    bool loaded;
    struct rect at;
};

static const struct column columns[] = {
    { "ODOO", "label", COLUMN_TEXT, 30, 0, 1, NULL, NULL },
    { "VALUE", "value", COLUMN_TEXT, 10, 24, 1, NULL, NULL },
};

static void open_choose(struct screen *s, const json_t *args)
{
    struct choose *h = s->state;

    h->key = json_deep_copy(args);
    table_init(&h->list, columns, 2, "value");
}

static void close_choose(struct screen *s)
{
    struct choose *h = s->state;

    json_decref(h->key);
    table_clear(&h->list);
}

static void refresh(struct screen *s)
{
    struct choose *h = s->state;

    screen_ask(s, "mappings.choices", json_pack("{s:O, s:O}", "backend",
        json_object_get(h->key, "backend"), "kind", json_object_get(h->key, "kind")), 0);
}

static void answer(struct screen *s, int tag, const struct link_answer *a)
{
    struct choose *h = s->state;

    (void)tag;
    if (a->result == NULL)
        return;
    h->loaded = true;
    table_rows(&h->list, json_incref(json_object_get(a->result, "rows")));
}

/* The value is set, or handed back to the screen that asked for it. */
static void take(struct screen *s, const char *value, const char *label)
{
    struct choose *h = s->state;
    struct screen *below = screen_below(s);
    AUTO_FREE char *kept = strdup(value);
    json_t *params;
    char text[200];
    bool plan = below != NULL && (below->ops == &screen_import || below->ops == &screen_import_uses);

    if (json_flag(h->key, "hand_back") && below != NULL && below->ops->prompt != NULL && kept != NULL) {
        screen_back(s); /* s is gone now */
        below->ops->prompt(below, COMMON_CHOSEN, kept);
        return;
    }
    params = json_deep_copy(h->key);
    json_object_del(params, "title");
    json_object_set_new(params, "value", json_string(value));
    snprintf(text, sizeof text, "%.60s → %.60s · u undoes%s", json_text_or(h->key, "title", "?"), label,
        plan ? " · R judges again" : "");
    screen_do(s, "mappings.set", params, text);
    screen_back(s);
}

static bool command(struct screen *s, enum command command)
{
    struct choose *h = s->state;
    const json_t *row = table_current(&h->list);
    char value[64];

    if (command == CMD_EDIT || (command == CMD_OPEN && row == NULL && h->loaded)) {
        screen_prompt(s, 0, "Odoo id:", "");
        return true;
    }
    if (command != CMD_OPEN || row == NULL)
        return false;
    take(s, table_id(&h->list, row, value, sizeof value), json_text_or(row, "label", "?"));
    return true;
}

static void prompt(struct screen *s, int tag, const char *text)
{
    (void)tag;
    if (*text != '\0')
        take(s, text, text);
}

static void view(struct screen *s, struct canvas *c, struct rect body)
{
    struct choose *h = s->state;
    char title[160];
    struct rect in;

    snprintf(title, sizeof title, "%s maps to", json_text_or(h->key, "title", "?"));
    in = canvas_box(c, body, title, "from Odoo", true);
    h->at = in;
    common_prepare(s, &h->list);
    if (h->list.shown > 0)
        table_draw(&h->list, c, in, true, true);
    else if (s->err.kind != ERR_NONE)
        screen_trouble(s, c, in);
    else if (h->loaded)
        screen_empty(c, in, "Odoo has no list for this, or it is empty.",
            "↵ types an id · esc goes back, c there reads Odoo anew");
    else
        screen_waiting(s, c, in, "Odoo's list");
}

static void click(struct screen *s, int y, int x)
{
    struct choose *h = s->state;

    (void)x;
    table_click(&h->list, h->at, y);
}

static struct table *list(struct screen *s)
{
    return &((struct choose *)s->state)->list;
}

const struct screen_ops screen_choose = {
    .name = "choose",
    .scope = SCOPE_CHOOSE,
    .size = sizeof(struct choose),
    .open = open_choose,
    .close = close_choose,
    .refresh = refresh,
    .answer = answer,
    .command = command,
    .prompt = prompt,
    .click = click,
    .view = view,
    .passing = true,
    .table = list,
};
