/* Any text or JSON in full, to be read and copied. */
#include <stdio.h>

#include "tui/screens/common.h"
#include "tui/widgets/pager.h"

struct text {
    char title[80];
    json_t *value;
    struct pager pager;
};

static void open_text(struct screen *s, const json_t *args)
{
    struct text *t = s->state;
    const json_t *value = json_at(args, "value");
    size_t i;
    json_t *line;

    str_copy(t->title, sizeof t->title, json_text_or(args, "title", "text"));
    t->value = json_deep_copy(value);
    pager_init(&t->pager, 0);
    if (!json_is_array(value) || !json_is_string(json_array_get(value, 0))) {
        pager_json(&t->pager, ROLE_TEXT, value);
        return;
    }
    json_array_foreach(value, i, line)
        pager_add(&t->pager, NULL, ROLE_TEXT, json_string_value(line));
}

static void close_text(struct screen *s)
{
    struct text *t = s->state;

    json_decref(t->value);
    pager_free(&t->pager);
}

static bool command(struct screen *s, enum command command)
{
    return pager_command(&((struct text *)s->state)->pager, command);
}

static void view(struct screen *s, struct canvas *c, struct rect body)
{
    struct text *t = s->state;

    pager_draw(&t->pager, c, canvas_box(c, body, t->title, NULL, true));
    canvas_cursor(c, body.y + 1, 1);
}

static void crumb(const struct screen *s, char *buf, size_t size)
{
    snprintf(buf, size, "%s", ((const struct text *)s->state)->title);
}

static const json_t *record(struct screen *s)
{
    return ((struct text *)s->state)->value;
}

const struct screen_ops screen_text = {
    .name = "text",
    .scope = SCOPE_PAGER,
    .size = sizeof(struct text),
    .open = open_text,
    .close = close_text,
    .command = command,
    .view = view,
    .passing = true,
    .crumb = crumb,
    .record = record,
};
