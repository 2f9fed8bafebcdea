/* Rules: who wins a field that both sides changed; a rule says first what it would decide. */
#include <stdio.h>
#include <string.h>

#include "tui/screens/conflicts.h"

enum { TAG_LIST = 1, TAG_EFFECT };

struct rules {
    struct table list;
    char rule[16]; /* the one whose effect is asked for */
    char field[64];
    bool loaded;
    struct rect at;
};

static void rule_cell(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role)
{
    const char *rule = json_text(row, "rule");

    (void)t;
    *role = json_flag(row, "set") ? ROLE_OK : ROLE_DIM;
    snprintf(buf, size, "%s%s", conflict_rule_words(rule) != NULL ? conflict_rule_words(rule) : "?",
        json_flag(row, "set") ? "" : " (as it comes)");
}

static const struct column columns[] = {
    { "KIND", "kind", COLUMN_TEXT, 9, 14, 1, NULL, NULL },
    { "FIELD", "label", COLUMN_TEXT, 14, 24, 1, NULL, NULL },
    { "WHEN BOTH SIDES MOVED", "rule", COLUMN_TEXT, 22, 0, 1, NULL, rule_cell },
    { "OPEN", "open", COLUMN_COUNT, 4, 8, 1, NULL, NULL },
};

/* One row a field: "customer.email". */
static json_t *named(const json_t *rows)
{
    json_t *list = json_deep_copy(rows), *row;
    size_t i;

    json_array_foreach(list, i, row)
        json_object_set_new(row, "name", json_sprintf("%s.%s", json_text_or(row, "kind", ""),
            json_text_or(row, "field", "")));
    return list;
}

static void open_rules(struct screen *s, const json_t *args)
{
    struct rules *m = s->state;

    table_init(&m->list, columns, sizeof columns / sizeof columns[0], "name");
    if (json_text(args, "field") != NULL)
        snprintf(m->list.wanted, sizeof m->list.wanted, "%.20s.%.40s", json_text_or(args, "kind", ""),
            json_text_or(args, "field", ""));
}

static void close_rules(struct screen *s)
{
    table_clear(&((struct rules *)s->state)->list);
}

static void refresh(struct screen *s)
{
    if (screen_backend(s) != 0)
        screen_ask(s, "conflicts.rules", json_pack("{s:I}", "backend", screen_backend(s)), TAG_LIST);
}

static json_t *params_of(const struct screen *s, const json_t *row, const char *rule)
{
    return json_pack("{s:I, s:O, s:O, s:s}", "backend", screen_backend(s), "kind",
        json_object_get(row, "kind"), "field", json_object_get(row, "field"), "rule", rule);
}

/* The effect is here: shown before the rule is made. */
static void confirm(struct screen *s, const json_t *effect)
{
    struct rules *m = s->state;
    const json_t *row = table_current(&m->list);
    long long wholly = json_int_or(effect, "wholly", 0), partly = json_int_or(effect, "partly", 0);
    long long decided = json_int_or(effect, "decided", 0);
    json_t *params;
    struct dialog *d;
    char title[120];

    if (row == NULL || strcmp(json_text_or(row, "name", ""), m->field) != 0)
        return; /* the cursor went on meanwhile */
    params = params_of(s, row, m->rule);
    json_object_set_new(params, "count", json_integer(wholly));
    snprintf(title, sizeof title, "%.40s: %s", json_text_or(row, "label", "?"),
        conflict_rule_words(m->rule));
    d = screen_confirm(s, 2, title, "Make it the rule", "conflicts.rule", params,
        "the rule is made · u undoes");
    dialog_fact(d, "now", "would decide %lld open %s", wholly, wholly == 1 ? "conflict" : "conflicts");
    if (partly > 0)
        dialog_fact(d, "less", "to ask in %lld more, where other fields are open too", partly);
    if (decided > 0)
        dialog_fact(d, "last week", "%lld of %lld that people decided went that way",
            (long long)json_int_or(effect, "alike", 0), decided);
    dialog_fact(d, "from now on", strcmp(m->rule, "ask") == 0 ? "a person is asked"
        : strcmp(m->rule, "newest") == 0 ? "the side that changed last is taken"
                                         : "what the other side changes is put back, on record");
    form_add(&d->form, FIELD_TEXT, "reason", "Reason", NULL);
}

static void answer(struct screen *s, int tag, const struct link_answer *a)
{
    struct rules *m = s->state;

    if (a->result == NULL)
        return;
    if (tag == TAG_EFFECT) {
        confirm(s, a->result);
        return;
    }
    table_rows(&m->list, named(json_object_get(a->result, "rows")));
    m->loaded = true;
}

static bool command(struct screen *s, enum command command)
{
    static const struct {
        enum command command;
        const char *rule;
    } rules[] = { { CMD_TAKE_SHOPIFY, "shopify" }, { CMD_TAKE_ODOO, "odoo" },
        { CMD_TAKE_NEWEST, "newest" }, { CMD_TAKE_ASK, "ask" } };
    struct rules *m = s->state;
    const json_t *row = table_current(&m->list);

    for (size_t i = 0; row != NULL && i < sizeof rules / sizeof rules[0]; i++) {
        if (rules[i].command != command)
            continue;
        str_copy(m->rule, sizeof m->rule, rules[i].rule);
        str_copy(m->field, sizeof m->field, json_text_or(row, "name", ""));
        screen_ask(s, "conflicts.effect", params_of(s, row, m->rule), TAG_EFFECT);
        return true;
    }
    return table_command(&m->list, command);
}

static void view(struct screen *s, struct canvas *c, struct rect body)
{
    struct rules *m = s->state;
    struct rect in = canvas_box(c, body, "who wins when both sides changed a field",
        "the effect is shown first", true);

    m->at = in;
    common_prepare(s, &m->list);
    if (screen_backend(s) == 0)
        screen_empty(c, in, "No shop is connected yet.", "7 opens the set-up");
    else if (m->list.shown > 0)
        table_draw(&m->list, c, in, true, true);
    else if (s->err.kind != ERR_NONE)
        screen_trouble(s, c, in);
    else if (m->loaded)
        screen_empty(c, in, "No field matches.", "esc clears the filter");
    else
        screen_waiting(s, c, in, "rules");
}

static void click(struct screen *s, int y, int x)
{
    struct rules *m = s->state;

    (void)x;
    table_click(&m->list, m->at, y);
}

static struct table *list(struct screen *s)
{
    return &((struct rules *)s->state)->list;
}

const struct screen_ops screen_conflict_rules = {
    .name = "conflict-rules",
    .scope = SCOPE_CONFLICT_RULES,
    .size = sizeof(struct rules),
    .refresh_ms = 3000,
    .open = open_rules,
    .close = close_rules,
    .refresh = refresh,
    .answer = answer,
    .command = command,
    .click = click,
    .view = view,
    .table = list,
};
