/* Set-up: both connections in words, and the policies of the shop. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/screens/common.h"

enum { TAG_GET = 1, TAG_CHECK, TAG_STATUS };

struct setup {
    json_t *row, *check, *status;
    struct table policies;
    bool checking;
    char edit_name[80]; /* the name of the field being edited, for its dialog */
    struct rect at;
};

static void value_cell(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role)
{
    const char *value = json_text_or(row, "value", json_text_or(row, "default", ""));

    (void)t;
    *role = strcmp(value, json_text_or(row, "default", "")) == 0 ? ROLE_DIM : ROLE_TEXT;
    snprintf(buf, size, "%s%s%s", *value == '\0' ? "–" : value,
        json_text_or(row, "unit", "")[0] != '\0' ? " " : "", json_text_or(row, "unit", ""));
}

static const struct column columns[] = {
    { "POLICY", "title", COLUMN_TEXT, 20, 34, 1, NULL, NULL },
    { "VALUE", "value", COLUMN_TEXT, 16, 30, 1, NULL, value_cell },
    { "WHAT IT DOES", "help", COLUMN_TEXT, 20, 0, 1, NULL, NULL },
};

static void open_setup(struct screen *s, const json_t *args)
{
    struct setup *u = s->state;

    (void)args;
    table_init(&u->policies, columns, sizeof columns / sizeof columns[0], "key");
}

static void close_setup(struct screen *s)
{
    struct setup *u = s->state;

    table_clear(&u->policies);
    json_decref(u->row);
    json_decref(u->check);
    json_decref(u->status);
}

static void refresh(struct screen *s)
{
    if (screen_backend(s) != 0)
        screen_ask(s, "backends.get", json_pack("{s:I}", "backend", screen_backend(s)), TAG_GET);
    screen_ask(s, "status", NULL, TAG_STATUS);
}

static void answer(struct screen *s, int tag, const struct link_answer *a)
{
    struct setup *u = s->state;
    json_t **place = tag == TAG_GET ? &u->row : tag == TAG_CHECK ? &u->check : &u->status;

    if (tag == TAG_CHECK) {
        u->checking = false;
        if (a->result == NULL)
            screen_toast(s, ROLE_TOAST_ERR, "not checked: %s", a->err.text);
    }
    if (a->result == NULL)
        return;
    json_decref(*place);
    *place = json_deep_copy(a->result);
    if (tag == TAG_GET)
        table_rows(&u->policies, json_incref(json_object_get(u->row, "policies")));
}

static json_t *choices_of(const json_t *choices)
{
    json_t *list = json_array();
    size_t i;
    json_t *one;

    json_array_foreach(choices, i, one) {
        if (json_is_string(one))
            json_array_append_new(list, json_pack("{s:O, s:O}", "value", one, "label", one));
        else
            json_array_append(list, one);
    }
    return list;
}

static void edit(struct screen *s)
{
    struct setup *u = s->state;
    const json_t *row = table_current(&u->policies);
    const char *value = json_text_or(row, "value", json_text_or(row, "default", ""));
    char title[160];
    struct dialog *d;
    struct field *field;

    if (row == NULL)
        return;
    snprintf(title, sizeof title, "change %.100s", json_text_or(row, "title", "?"));
    snprintf(u->edit_name, sizeof u->edit_name, "values.%.60s", json_text_or(row, "key", ""));
    d = screen_confirm(s, 2, title, "Save", "backends.edit",
        json_pack("{s:I}", "backend", screen_backend(s)), "saved · u undoes");
    dialog_fact(d, "what", "%s", json_text_or(row, "help", "–"));
    dialog_fact(d, "default", "%s", json_text_or(row, "default", "–"));
    if (json_len(row, "choices") > 0) {
        field = form_add(&d->form, FIELD_CHOICE, u->edit_name, "Value", NULL);
        form_choices(field, choices_of(json_at(row, "choices")), value);
    } else {
        form_add(&d->form, FIELD_TEXT, u->edit_name, "Value", value);
    }
    form_add(&d->form, FIELD_TEXT, "reason", "Reason", NULL);
}

static void rotate(struct screen *s)
{
    struct setup *u = s->state;
    json_t *choices = json_array();
    size_t i;
    json_t *one;
    struct dialog *d;

    json_array_foreach(json_object_get(u->row, "secrets"), i, one)
        json_array_append_new(choices, json_pack("{s:O, s:O}", "value", json_object_get(one, "name"),
            "label", json_object_get(one, "name")));
    d = screen_confirm(s, 2, "put in a new secret", "Seal it", "secrets.set",
        json_pack("{s:I}", "backend", screen_backend(s)), "sealed; it is never shown again");
    dialog_fact(d, "safety", "sealed by the core, never logged, never shown again");
    form_choices(form_add(&d->form, FIELD_CHOICE, "name", "Secret", NULL), choices, NULL);
    form_add(&d->form, FIELD_HIDDEN, "value", "New value", NULL)->needed = true;
}

static void export(struct screen *s)
{
    struct setup *u = s->state;
    json_auto_t *copy = json_deep_copy(u->row);
    char *text;

    json_object_del(copy, "secrets");
    text = json_dumps(copy, JSON_INDENT(2));
    if (text != NULL)
        screen_copy(s, text, "settings without secrets");
    free(text);
}

static bool command(struct screen *s, enum command command)
{
    struct setup *u = s->state;
    json_t *params;
    bool paused = json_flag(u->row, "paused");

    if (command == CMD_WIZARD) {
        screen_open(s, &screen_wizard, NULL);
        return true;
    }
    if (command == CMD_THEME) {
        screen_theme(s, (enum theme)((screen_theme_now(s) + 1) % THEME_COUNT));
        screen_toast(s, ROLE_TOAST_OK, "theme %s", theme_name(screen_theme_now(s)));
        return true;
    }
    if (u->row == NULL)
        return false;
    switch ((int)command) {
    case CMD_OPEN: edit(s); return true;
    case CMD_ROTATE: rotate(s); return true;
    case CMD_EXPORT: export(s); return true;
    case CMD_CHECK:
        u->checking = true;
        s->wanted = when_ticks();
        screen_ask(s, "backends.check", json_pack("{s:I}", "backend", screen_backend(s)), TAG_CHECK);
        return true;
    case CMD_PAUSE_SHOP:
        params = json_pack("{s:I}", "backend", screen_backend(s));
        screen_confirm(s, 1, paused ? "let this shop's jobs run again?" : "start no more jobs of this shop?",
            "Yes", paused ? "backends.resume" : "backends.pause", params,
            paused ? "running again · u undoes" : "paused · u undoes");
        return true;
    default: return false;
    }
}

static int draw_steps(struct canvas *c, struct rect in, int y, const json_t *steps)
{
    size_t i;
    json_t *step;

    json_array_foreach(steps, i, step) {
        const char *state = json_text_or(step, "state", "?");

        if (y >= in.y + in.h)
            break;
        canvas_putf(c, y++, in.x, in.w, common_state_role(state), "%s %s: %s",
            common_state_sign(state), json_text_or(step, "step", "?"), json_text_or(step, "text", ""));
    }
    return y;
}

static int draw_secret(struct screen *s, struct canvas *c, struct rect in, int y, const char *name,
    const char *label)
{
    struct setup *u = s->state;
    size_t i;
    json_t *one;
    char text[120], age[FMT_MAX];

    json_array_foreach(json_object_get(u->row, "secrets"), i, one) {
        if (strcmp(json_text_or(one, "name", ""), name) != 0)
            continue;
        if (json_flag(one, "set"))
            snprintf(text, sizeof text, "•••••• %s (%s old)", json_text_or(one, "fingerprint", ""),
                fmt_span(screen_now(s) - json_int_or(one, "changed", 0), age));
        else
            snprintf(text, sizeof text, "not set");
        return common_fact(c, in, y, 9, label, json_flag(one, "set") ? ROLE_TEXT : ROLE_DIM, text);
    }
    return y;
}

static void side_note(const json_t *side, char *buf, size_t size)
{
    const char *state = json_text_or(side, "state", "unknown");

    snprintf(buf, size, "%s %s", common_state_sign(state),
        strcmp(state, "ok") == 0 ? "ok" : json_text_or(side, "word", state));
}

static void draw_shopify(struct screen *s, struct canvas *c, struct rect r)
{
    struct setup *u = s->state;
    const json_t *b = screen_backend_row(s);
    char note[80], text[120];
    struct rect in;
    int y;

    side_note(json_at(b, "shopify"), note, sizeof note);
    in = canvas_box(c, r, "Shopify", note, false);
    y = common_fact(c, in, in.y, 9, "store", ROLE_TEXT, json_text(u->row, "shop"));
    y = draw_secret(s, c, in, y, "shopify_client_id", "client id");
    y = draw_secret(s, c, in, y, "shopify_client_secret", "secret");
    y = draw_secret(s, c, in, y, "shopify_token", "token");
    y = draw_secret(s, c, in, y, "webhook_secret", "webhooks");
    if (json_real_or(b, "shopify.maximum", 0) > 0)
        snprintf(text, sizeof text, "%.0f points, %.0f free", json_real_or(b, "shopify.maximum", 0),
            json_real_or(b, "shopify.available", 0));
    else
        snprintf(text, sizeof text, "not known before the first call");
    y = common_fact(c, in, y, 9, "limit", ROLE_TEXT, text);
    y = common_fact(c, in, y, 9, "delivers", json_text_or(u->row, "webhook_url", "")[0] != '\0'
            ? ROLE_TEXT : ROLE_WARN, json_text_or(u->row, "webhook_url", "")[0] != '\0'
            ? json_text(u->row, "webhook_url") : "no public address yet: w, step Webhooks");
    draw_steps(c, in, y, json_at(u->check, "shopify"));
}

static void draw_odoo(struct screen *s, struct canvas *c, struct rect r)
{
    struct setup *u = s->state;
    const json_t *b = screen_backend_row(s);
    char note[80], text[120], p95[FMT_MAX];
    struct rect in;
    int y;

    side_note(json_at(b, "odoo_side"), note, sizeof note);
    in = canvas_box(c, r, "Odoo 18", note, false);
    y = common_fact(c, in, in.y, 9, "address", ROLE_TEXT, json_text(u->row, "odoo_url"));
    y = common_fact(c, in, y, 9, "database", ROLE_TEXT, json_text(u->row, "odoo_db"));
    y = common_fact(c, in, y, 9, "user", ROLE_TEXT, json_text(u->row, "odoo_login"));
    y = draw_secret(s, c, in, y, "odoo_key", "key");
    if (json_int_or(b, "odoo_side.ceiling", 0) > 0)
        snprintf(text, sizeof text, "p95 %s, %lld slots",
            fmt_ms((int64_t)json_real_or(b, "odoo_side.p95_ms", -1), p95),
            (long long)json_int_or(b, "odoo_side.ceiling", 0));
    else
        snprintf(text, sizeof text, "not known before the first call");
    y = common_fact(c, in, y, 9, "speed", ROLE_TEXT, text);
    draw_steps(c, in, y, json_at(u->check, "odoo"));
}

static void core_note(const struct setup *u, char *buf, size_t size)
{
    char span[FMT_MAX], rss[FMT_MAX], db[FMT_MAX];

    if (u->status == NULL)
        buf[0] = '\0';
    else
        snprintf(buf, size, "core %s · up %s · %s · database %s", json_text_or(u->status, "version", "?"),
            fmt_span((int64_t)(json_real_or(u->status, "uptime_s", 0) * 1e6), span),
            fmt_bytes(json_int_or(u->status, "rss_bytes", 0), rss),
            fmt_bytes(json_int_or(u->status, "db.bytes", 0), db));
}

static void view(struct screen *s, struct canvas *c, struct rect body)
{
    struct setup *u = s->state;
    int half = body.w / 2, steps = u->check != NULL ? 6 : 0;
    int top = body.h / 2 < 9 + steps ? body.h / 2 : 9 + steps;
    char note[160];
    struct rect in;

    if (screen_backend(s) == 0) {
        in = canvas_box(c, body, "set-up", NULL, true);
        screen_empty(c, in, "No shop is connected yet.", "w goes step by step through the set-up");
        return;
    }
    if (screen_zoomed(s)) {
        top = 0;
    } else {
        draw_shopify(s, c, (struct rect){ body.y, 0, top, half });
        draw_odoo(s, c, (struct rect){ body.y, half, top, body.w - half });
    }
    core_note(u, note, sizeof note);
    in = canvas_box(c, (struct rect){ body.y + top, 0, body.h - top, body.w }, "policies", note, true);
    u->at = (struct rect){ in.y, in.x, in.h - 1, in.w };
    common_prepare(s, &u->policies);
    if (u->policies.shown > 0) {
        table_draw(&u->policies, c, u->at, true, true);
        canvas_put(c, in.y + in.h - 1, in.x, in.w, ROLE_DIM,
            json_text(table_current(&u->policies), "help")); /* whole: the column may cut it */
    }
    else if (s->err.kind != ERR_NONE)
        screen_trouble(s, c, in);
}

static void note(const struct screen *s, char *buf, size_t size)
{
    const struct setup *u = s->state;

    snprintf(buf, size, "%s%s", u->checking ? "checking both sides … · " : "",
        screen_may(s, "admin") ? "you may edit: admin" : "you may look: an admin edits");
}

static void click(struct screen *s, int y, int x)
{
    struct setup *u = s->state;

    (void)x;
    table_click(&u->policies, u->at, y);
}

static struct table *list(struct screen *s)
{
    return &((struct setup *)s->state)->policies;
}

const struct screen_ops screen_setup = {
    .name = "setup",
    .scope = SCOPE_SETUP,
    .tab = 7,
    .size = sizeof(struct setup),
    .refresh_ms = 5000,
    .open = open_setup,
    .close = close_setup,
    .refresh = refresh,
    .answer = answer,
    .command = command,
    .click = click,
    .view = view,
    .note = note,
    .table = list,
};
