/*
 * The set-up, step by step: shop, Odoo, check, policies, webhooks. Answers are kept by the core
 * after each step, so one can leave and go on later; secrets go to the core once and are wiped.
 */
#include <stdio.h>
#include <string.h>

#include "tui/draw/input.h"
#include "tui/screens/common.h"

enum step { STEP_SHOPIFY, STEP_ODOO, STEP_CHECK, STEP_POLICIES, STEP_WEBHOOKS, STEP_DONE, STEPS };
enum { TAG_LIST = 1, TAG_QUEUE, TAG_CHECK, TAG_CHOICES, TAG_SUBS };

#define CALLS_MAX 12

struct wizard {
    enum step step;
    struct form form;
    json_t *backend;  /* what is known: name, shop, odoo_url ... */
    json_int_t id;    /* 0: not added yet */
    json_t *check, *choices, *subs;
    struct {
        const char *method;
        json_t *params;
    } calls[CALLS_MAX]; /* one after another; then the next step */
    int call_count, call_at;
    enum step then;
    bool busy;
    char said[300];
    enum role said_role;
};

static const char *const titles[] = { "Shopify", "Odoo", "Check", "Policies", "Webhooks", "Done" };

static const char *known(const struct wizard *w, const char *key)
{
    return json_text_or(w->backend, key, "");
}

static void buttons(struct wizard *w, const char *extra, const char *extra_label)
{
    if (extra != NULL)
        form_add(&w->form, FIELD_BUTTON, extra, extra_label, NULL);
    if (w->step != STEP_SHOPIFY && w->step != STEP_DONE)
        form_add(&w->form, FIELD_BUTTON, "back", "Back", NULL);
    form_add(&w->form, FIELD_BUTTON, "next", w->step == STEP_DONE ? "Close" : "Next", NULL);
}

static struct field *ask(struct wizard *w, enum field_kind kind, const char *name, const char *label,
    const char *text, const char *hint)
{
    struct field *field = form_add(&w->form, kind, name, label, text);

    field->hint = hint;
    return field;
}

static void fill_shopify(struct wizard *w)
{
    ask(w, FIELD_TEXT, "name", "Name here", known(w, "name"), "short, yours: acme-eu")->needed = true;
    ask(w, FIELD_TEXT, "shop", "Shop address", known(w, "shop"), "any spelling")->needed = true;
    ask(w, FIELD_TEXT, "shopify_client_id", "Client id", NULL, "from the Dev Dashboard");
    ask(w, FIELD_HIDDEN, "shopify_client_secret", "Client secret", NULL, "hidden, sealed");
    ask(w, FIELD_HIDDEN, "shopify_token", "Or a token", NULL, "for an app with a fixed token");
}

static void fill_odoo(struct wizard *w)
{
    ask(w, FIELD_TEXT, "odoo_url", "Odoo address", known(w, "odoo_url"), "https://...")->needed = true;
    ask(w, FIELD_TEXT, "odoo_db", "Database", known(w, "odoo_db"), NULL)->needed = true;
    ask(w, FIELD_TEXT, "odoo_login", "Login", known(w, "odoo_login"), "a user of its own")->needed = true;
    ask(w, FIELD_HIDDEN, "odoo_key", "API key", NULL, "hidden, sealed");
}

static void fill_policies(struct wizard *w)
{
    struct field *field;

    if (json_len(w->choices, "warehouses") > 0) {
        field = ask(w, FIELD_CHOICE, "warehouse", "Warehouse", NULL, "ships the orders");
        form_choices(field, json_deep_copy(json_object_get(w->choices, "warehouses")),
            known(w, "warehouse"));
    } else {
        ask(w, FIELD_TEXT, "warehouse", "Warehouse", known(w, "warehouse"), "Odoo id; 0: the first");
    }
    ask(w, FIELD_TEXT, "order_prefix", "Order reference",
        known(w, "prefix")[0] != '\0' ? known(w, "prefix") : "{name}", "{name} is #1042, {number} 1042");
}

static void fill_webhooks(struct wizard *w)
{
    ask(w, FIELD_TEXT, "webhook_url", "Public address", known(w, "webhook_url"),
        "https, leads to the receiver");
    ask(w, FIELD_HIDDEN, "webhook_secret", "Signing secret", NULL, "empty: the client secret");
}

static void enter_step(struct screen *s, enum step step)
{
    struct wizard *w = s->state;

    form_clear(&w->form);
    w->step = step;
    switch (step) {
    case STEP_SHOPIFY: fill_shopify(w); break;
    case STEP_ODOO: fill_odoo(w); break;
    case STEP_POLICIES: fill_policies(w); break;
    case STEP_WEBHOOKS: fill_webhooks(w); break;
    case STEP_CHECK:
    case STEP_DONE:
    case STEPS: break;
    }
    buttons(w, step == STEP_CHECK ? "test" : step == STEP_WEBHOOKS ? "subscribe" : NULL,
        step == STEP_CHECK ? "Test again" : "Subscribe");
    if (step == STEP_CHECK) {
        w->form.at = w->form.count - 1;
        w->busy = true;
        screen_ask(s, "backends.check", json_pack("{s:I}", "backend", w->id), TAG_CHECK);
    }
    if (step == STEP_POLICIES && w->choices == NULL)
        screen_ask(s, "backends.choices", json_pack("{s:I}", "backend", w->id), TAG_CHOICES);
}

static void open_wizard(struct screen *s, const json_t *args)
{
    struct wizard *w = s->state;

    (void)args;
    w->backend = json_object();
    enter_step(s, STEP_SHOPIFY);
    if (json_flag(screen_hello(s), "setup_needed"))
        screen_ask(s, "backends.list", NULL, TAG_LIST);
}

static void drop_calls(struct wizard *w)
{
    for (int i = 0; i < w->call_count; i++) {
        json_t *value = json_object_get(w->calls[i].params, "value");

        if (json_is_string(value)) /* a secret that was not sent */
            json_string_set(value, "");
        json_decref(w->calls[i].params);
    }
    w->call_count = w->call_at = 0;
}

static void close_wizard(struct screen *s)
{
    struct wizard *w = s->state;

    drop_calls(w);
    form_clear(&w->form);
    json_decref(w->backend);
    json_decref(w->check);
    json_decref(w->choices);
    json_decref(w->subs);
}

static void say(struct wizard *w, enum role role, const char *text)
{
    w->said_role = role;
    str_copy(w->said, sizeof w->said, text);
}

static void add_call(struct wizard *w, const char *method, json_t *params)
{
    if (w->call_count == CALLS_MAX) {
        json_decref(params);
        return;
    }
    w->calls[w->call_count].method = method;
    w->calls[w->call_count++].params = params;
}

/* The backend must exist before its secrets. */
static void first_call(struct wizard *w, const char *method, json_t *params)
{
    add_call(w, method, NULL);
    memmove(&w->calls[1], &w->calls[0], (size_t)(w->call_count - 1) * sizeof w->calls[0]);
    w->calls[0].method = method;
    w->calls[0].params = params;
}

static void next_call(struct screen *s)
{
    struct wizard *w = s->state;
    json_t *params;

    if (w->call_at == w->call_count) {
        drop_calls(w);
        w->busy = false;
        enter_step(s, w->then);
        return;
    }
    params = w->calls[w->call_at].params;
    if (w->id != 0 && json_object_get(params, "backend") != NULL)
        json_object_set_new(params, "backend", json_integer(w->id));
    w->calls[w->call_at].params = NULL;
    s->wanted = when_ticks();
    screen_ask(s, w->calls[w->call_at].method, params, TAG_QUEUE);
}

static void start_calls(struct screen *s, enum step then)
{
    struct wizard *w = s->state;

    w->then = then;
    w->busy = true;
    say(w, ROLE_DIM, "");
    next_call(s);
}

static void add_secret(struct wizard *w, const char *name)
{
    const char *value = form_value(&w->form, name);

    if (value[0] != '\0')
        add_call(w, "secrets.set", json_pack("{s:I, s:s, s:s}", "backend", w->id, "name", name,
            "value", value));
}

static void keep(struct wizard *w, const char *name)
{
    json_object_set_new(w->backend, name, json_string(form_value(&w->form, name)));
}

/* The shop's half is kept until Odoo's half is there: a backend is both. */
static void send_odoo(struct screen *s)
{
    struct wizard *w = s->state;
    static const char *const names[] = { "name", "shop", "odoo_url", "odoo_db", "odoo_login" };
    json_t *values = json_object();

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        json_object_set_new(values, names[i], json_string(known(w, names[i])));
    if (w->id == 0)
        first_call(w, "backends.add", values);
    else
        first_call(w, "backends.edit", json_pack("{s:I, s:o}", "backend", w->id, "values", values));
    add_secret(w, "odoo_key");
    start_calls(s, STEP_CHECK);
}

static void keep_shopify_secrets(struct wizard *w)
{
    add_secret(w, "shopify_client_id");
    add_secret(w, "shopify_client_secret");
    add_secret(w, "shopify_token");
}

static void send_policies(struct screen *s)
{
    struct wizard *w = s->state;

    keep(w, "warehouse");
    keep(w, "order_prefix");
    add_call(w, "backends.edit", json_pack("{s:I, s:{s:s, s:s}}", "backend", w->id, "values",
        "warehouse", known(w, "warehouse")[0] == '\0' ? "0" : known(w, "warehouse"), "order_prefix",
        known(w, "order_prefix")));
    start_calls(s, STEP_WEBHOOKS);
}

static void send_webhooks(struct screen *s, bool subscribe)
{
    struct wizard *w = s->state;

    keep(w, "webhook_url");
    add_call(w, "backends.edit", json_pack("{s:I, s:{s:s}}", "backend", w->id, "values",
        "webhook_url", known(w, "webhook_url")));
    add_secret(w, "webhook_secret");
    if (subscribe)
        add_call(w, "subscriptions.ensure", json_pack("{s:I}", "backend", w->id));
    start_calls(s, subscribe ? STEP_WEBHOOKS : STEP_DONE);
    if (subscribe)
        screen_ask(s, "subscriptions.list", json_pack("{s:I}", "backend", w->id), TAG_SUBS);
}

static void go_on(struct screen *s)
{
    struct wizard *w = s->state;
    const char *missing = form_missing(&w->form);
    char text[120];

    if (missing != NULL) {
        snprintf(text, sizeof text, "%s is needed", missing);
        say(w, ROLE_WARN, text);
        return;
    }
    switch (w->step) {
    case STEP_SHOPIFY:
        keep(w, "name");
        keep(w, "shop");
        drop_calls(w); /* of an earlier visit */
        keep_shopify_secrets(w);
        enter_step(s, STEP_ODOO);
        break;
    case STEP_ODOO:
        keep(w, "odoo_url");
        keep(w, "odoo_db");
        keep(w, "odoo_login");
        send_odoo(s);
        break;
    case STEP_CHECK: enter_step(s, STEP_POLICIES); break;
    case STEP_POLICIES: send_policies(s); break;
    case STEP_WEBHOOKS: send_webhooks(s, false); break;
    case STEP_DONE:
    case STEPS: screen_back(s); break;
    }
}

static void press(struct screen *s)
{
    struct wizard *w = s->state;
    const char *name = w->form.fields[w->form.at].name;

    if (strcmp(name, "back") == 0)
        enter_step(s, (enum step)(w->step - 1));
    else if (strcmp(name, "test") == 0)
        enter_step(s, STEP_CHECK);
    else if (strcmp(name, "subscribe") == 0)
        send_webhooks(s, true);
    else
        go_on(s);
}

static bool key(struct screen *s, int key)
{
    struct wizard *w = s->state;
    enum form_event event;

    if (w->busy)
        return key != KEYCODE_ESC && key != 3 && key != 26 && key != 12;
    if (key == 20 && w->id != 0 && w->step != STEP_CHECK) { /* ctrl-t */
        enter_step(s, STEP_CHECK);
        return true;
    }
    event = form_key(&w->form, key);
    if (event == FORM_PRESSED || event == FORM_LAST)
        press(s);
    return event != FORM_NOTHING || (key >= '1' && key <= '8'); /* no tab by a slip */
}

static void paste(struct screen *s, const char *text)
{
    form_paste(&((struct wizard *)s->state)->form, text);
}

static void on_queue(struct screen *s, const struct link_answer *a)
{
    struct wizard *w = s->state;

    if (a->result == NULL) {
        drop_calls(w);
        w->busy = false;
        say(w, ROLE_ERR, a->err.text);
        return;
    }
    if (json_int_or(a->result, "id", 0) != 0 && w->id == 0)
        w->id = json_int_or(a->result, "id", 0);
    w->call_at++;
    next_call(s);
}

static void take_list(struct screen *s, const json_t *result)
{
    struct wizard *w = s->state;
    const json_t *row = json_at(result, "rows.0");

    if (row == NULL)
        return;
    json_object_update(w->backend, (json_t *)(uintptr_t)row);
    w->id = json_int_or(row, "id", 0);
    enter_step(s, STEP_SHOPIFY);
    say(w, ROLE_INFO, "this shop was begun before: go on where it was left");
}

static void answer(struct screen *s, int tag, const struct link_answer *a)
{
    struct wizard *w = s->state;

    if (tag == TAG_QUEUE) {
        on_queue(s, a);
        return;
    }
    if (tag == TAG_CHECK)
        w->busy = false;
    if (a->result == NULL) {
        if (tag == TAG_CHECK)
            say(w, ROLE_ERR, a->err.text);
        return;
    }
    if (tag == TAG_LIST) {
        take_list(s, a->result);
    } else if (tag == TAG_CHECK) {
        json_decref(w->check);
        w->check = json_deep_copy(a->result);
    } else if (tag == TAG_CHOICES) {
        json_decref(w->choices);
        w->choices = json_deep_copy(a->result);
        if (w->step == STEP_POLICIES)
            enter_step(s, STEP_POLICIES);
    } else if (tag == TAG_SUBS) {
        char text[120];

        snprintf(text, sizeof text, "✓ %lld of %lld subscriptions are there",
            (long long)json_int_or(a->result, "found", 0),
            (long long)json_int_or(a->result, "wanted", 0));
        say(w, ROLE_OK, text);
    }
}

static bool command(struct screen *s, enum command command)
{
    (void)s;
    /* a wizard has no lists, and q is a letter in its fields; esc leaves it */
    return command == CMD_CHECK || command == CMD_OPEN || command == CMD_NEXT_PANE ||
        command == CMD_PREV_PANE;
}

static void draw_path(const struct wizard *w, struct canvas *c, int y)
{
    int x = 2;

    for (int i = 0; i < STEPS; i++) {
        bool here = i == (int)w->step, past = i < (int)w->step;

        x += canvas_putf(c, y, x, c->cols - x, here ? ROLE_ACCENT : past ? ROLE_OK : ROLE_DIM, "%s%s %s%s",
            here ? " " : "", past ? "✓" : here ? "▸" : "○", titles[i], here ? " " : "");
        if (i + 1 < STEPS)
            x += canvas_put(c, y, x, 3, ROLE_FAINT, " ─ ");
    }
}

static int draw_steps(struct canvas *c, struct rect in, int y, const char *side, const json_t *steps)
{
    size_t i;
    json_t *step;

    canvas_put(c, y++, in.x, in.w, ROLE_HEAD, side);
    json_array_foreach(steps, i, step) {
        const char *state = json_text_or(step, "state", "?");

        if (y >= in.y + in.h - 2)
            break;
        canvas_putf(c, y, in.x + 2, 24, common_state_role(state), "%s %s", common_state_sign(state),
            json_text_or(step, "step", "?"));
        canvas_put(c, y++, in.x + 27, in.w - 27, ROLE_TEXT, json_text_or(step, "text", ""));
    }
    return y;
}

static void draw_why(const struct wizard *w, struct canvas *c, struct rect r)
{
    static const char *const why[STEPS][4] = {
        { "The client id and secret come from the app in Shopify's Dev Dashboard.",
          "The core trades them for tokens that live a day. The secret is sealed at once:",
          "never shown again, never logged, never sent to a console.",
          "Headless? signalbox backend add …, and secret set … --file PATH" },
        { "Give signalbox an Odoo user of its own with sales and stock rights, and an API key",
          "(preferences, account security). The key is sealed at once.",
          "https is needed unless Odoo runs on this machine.", "" },
        { "Each line is something that was really tried, on both sides.",
          "What fails says what to change; Test again tries it anew.", "", "" },
        { "Only what an order cannot do without. All other policies are on the set-up screen,",
          "each with its default and what it does.", "", "" },
        { "The address must be reachable from the internet: a reverse proxy or a tunnel.",
          "Subscribe creates what is missing in Shopify; it is checked every hour.", "", "" },
        { "Orders flow from now on. 1 shows them, 3 shows what needs a person.", "", "", "" },
    };
    struct rect in = canvas_box(c, r, "why this is asked", NULL, false);

    for (int i = 0; i < 4 && i < in.h; i++)
        canvas_put(c, in.y + i, in.x, in.w, ROLE_DIM, why[w->step][i]);
}

static void view(struct screen *s, struct canvas *c, struct rect body)
{
    struct wizard *w = s->state;
    char title[80];
    struct rect in;
    int why = 6, y;

    draw_path(w, c, body.y);
    snprintf(title, sizeof title, "%d %s", (int)w->step + 1, titles[w->step]);
    in = canvas_box(c, (struct rect){ body.y + 2, 0, body.h - 2 - why, body.w }, title,
        w->busy ? "working …" : "tab moves · ↵ goes on · esc leaves", true);
    y = in.y;
    if (w->step == STEP_CHECK && w->check != NULL) {
        y = draw_steps(c, in, y, "Shopify", json_at(w->check, "shopify"));
        y = draw_steps(c, in, y, "Odoo", json_at(w->check, "odoo"));
    }
    y += 1;
    y += form_draw(&w->form, c, (struct rect){ y, in.x, in.y + in.h - y, in.w }, 16, true) + 1;
    if (w->said[0] != '\0')
        canvas_put(c, y < in.y + in.h ? y : in.y + in.h - 1, in.x, in.w, w->said_role, w->said);
    draw_why(w, c, (struct rect){ body.y + body.h - why, 0, why, body.w });
}

static void note(const struct screen *s, char *buf, size_t size)
{
    const struct wizard *w = s->state;

    snprintf(buf, size, "step %d of %d", (int)w->step + 1, STEPS);
}

const struct screen_ops screen_wizard = {
    .name = "wizard",
    .scope = SCOPE_WIZARD,
    .size = sizeof(struct wizard),
    .open = open_wizard,
    .close = close_wizard,
    .answer = answer,
    .command = command,
    .key = key,
    .paste = paste,
    .view = view,
    .passing = true,
    .note = note,
};
