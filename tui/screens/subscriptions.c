/* What Shopify will send us, compared with what we need. */
#include <stdio.h>
#include <string.h>

#include "tui/screens/common.h"

struct subs {
    struct table list;
    int64_t wanted, found;
    bool loaded;
};

static void state_cell(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role)
{
    const char *state = json_text_or(row, "state", "?");

    (void)t;
    *role = common_state_role(state);
    snprintf(buf, size, "%s %s", common_state_sign(state), state);
}

static const struct column columns[] = {
    { "STATE", "state", COLUMN_TEXT, 9, 10, 1, NULL, state_cell },
    { "TOPIC", "topic", COLUMN_TEXT, 24, 32, 1, NULL, NULL },
    { "ADDRESS", "uri", COLUMN_TEXT, 20, 0, 1, NULL, NULL },
    { "CHECKED", "checked", COLUMN_AGE, 7, 10, 1, NULL, NULL },
};

static void open_subs(struct screen *s, const json_t *args)
{
    struct subs *u = s->state;

    (void)args;
    table_init(&u->list, columns, sizeof columns / sizeof columns[0], "topic");
}

static void close_subs(struct screen *s)
{
    table_clear(&((struct subs *)s->state)->list);
}

static void refresh(struct screen *s)
{
    screen_ask(s, "subscriptions.list", json_pack("{s:I}", "backend", screen_backend(s)), 0);
}

static void answer(struct screen *s, int tag, const struct link_answer *a)
{
    struct subs *u = s->state;

    (void)tag;
    if (a->result == NULL)
        return;
    u->loaded = true;
    u->wanted = json_int_or(a->result, "wanted", 0);
    u->found = json_int_or(a->result, "found", 0);
    table_rows(&u->list, json_incref(json_object_get(a->result, "rows")));
}

static bool command(struct screen *s, enum command command)
{
    json_t *params;

    if (command == CMD_CHECK) {
        screen_refresh(s);
        return true;
    }
    if (command != CMD_ENSURE && command != CMD_REMOVE)
        return false;
    params = json_pack("{s:I}", "backend", screen_backend(s));
    if (command == CMD_ENSURE) {
        screen_confirm(s, 1, "create the missing subscriptions in Shopify?", "Create",
            "subscriptions.ensure", params, "subscriptions created");
    } else {
        const char *name = json_text_or(screen_backend_row(s), "name", "shop");
        struct dialog *d = screen_confirm(s, 3, "remove our subscriptions from Shopify", "Remove",
            "subscriptions.remove", params, "subscriptions removed");

        dialog_fact(d, "effect", "no webhook arrives any more; E creates them again");
        dialog_word(d, name, "Type the shop's name to go on");
    }
    return true;
}

static void view(struct screen *s, struct canvas *c, struct rect body)
{
    struct subs *u = s->state;
    char note[64];
    struct rect in;

    snprintf(note, sizeof note, "%lld of %lld %s", (long long)u->found, (long long)u->wanted,
        u->found == u->wanted ? "✓" : "▲");
    in = canvas_box(c, body, "subscriptions", u->loaded ? note : NULL, true);
    common_prepare(s, &u->list);
    if (u->list.shown > 0)
        table_draw(&u->list, c, in, true, true);
    else if (s->err.kind != ERR_NONE)
        screen_trouble(s, c, in);
    else if (u->loaded)
        screen_empty(c, in, "Shopify sends nothing yet.", "E creates the subscriptions");
    else
        screen_waiting(s, c, in, "Shopify's subscriptions");
}

static struct table *list(struct screen *s)
{
    return &((struct subs *)s->state)->list;
}

const struct screen_ops screen_subscriptions = {
    .name = "subscriptions",
    .scope = SCOPE_SUBS,
    .size = sizeof(struct subs),
    .open = open_subs,
    .close = close_subs,
    .refresh = refresh,
    .answer = answer,
    .command = command,
    .view = view,
    .table = list,
};
