/* What the console does for its screens: ask, act, confirm, copy, undo. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "control/proto.h"
#include "tui/app_state.h"
#include "tui/verbs.h"

#define WANTED_US  (3 * WHEN_SECOND)
#define NOTICED_US 150000

void screen_open(struct screen *s, const struct screen_ops *ops, const json_t *args)
{
    app_push(s->app, ops, args);
}

void screen_back(struct screen *s)
{
    app_pop(s->app);
}

struct screen *screen_below(const struct screen *s)
{
    for (int i = 1; i < s->app->depth; i++)
        if (s->app->stack[i] == s)
            return s->app->stack[i - 1];
    return NULL;
}

static void on_answer(void *ctx, int tag, const struct link_answer *answer)
{
    struct screen *s = ctx;

    err_clear(&s->err);
    if (answer->result == NULL)
        s->err = answer->err;
    s->app->dirty_data = true;
    if (when_ticks() - s->wanted < WANTED_US) /* somebody waits for it */
        s->app->dirty_keys = true;
    if (s->ops->answer != NULL)
        s->ops->answer(s, tag, answer);
}

bool services_refuses(struct app *a, const char *method)
{
    const struct verb *verb = verb_of(method);

    if (!a->options->read_only || verb == NULL || !verb_changes(verb))
        return false;
    app_toast(a, ROLE_TOAST_WARN, "read-only: nothing is changed from this console");
    return true;
}

void screen_ask(struct screen *s, const char *method, json_t *params, int tag)
{
    if (services_refuses(s->app, method)) {
        json_decref(params);
        return;
    }
    if (!link_ask(s->app->link, method, params, on_answer, s, tag))
        err_set(&s->err, ERR_BUSY, "%s", link_why(s->app->link));
}

void screen_refresh(struct screen *s)
{
    s->asked = s->wanted = when_ticks();
    if (s->ops->refresh != NULL)
        s->ops->refresh(s);
}

void screen_toast(struct screen *s, enum role role, const char *fmt, ...)
{
    char text[256];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    app_toast(s->app, role, text);
}

/* What became of an action: the words to say wait in a small object. */
struct sent {
    struct app *app;
    char done[160];
};

static void say_done(struct app *a, const char *done, const json_t *result)
{
    static const char *const counts[] = { "count", "requeued" };
    char text[256];
    int64_t n = -1;

    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        json_int(result, counts[i], &n);
    if (n >= 0)
        snprintf(text, sizeof text, "%s · %lld %s", done, (long long)n, n == 1 ? "job" : "jobs");
    else
        snprintf(text, sizeof text, "%s", done);
    if (json_len(result, "refused") > 0)
        snprintf(text, sizeof text, "%.100s · %d refused: %.100s", done,
            (int)json_len(result, "refused"), json_text_or(result, "refused.0.text", "?"));
    app_toast(a, json_len(result, "refused") > 0 ? ROLE_TOAST_WARN : ROLE_TOAST_OK, text);
}

static void on_done(void *ctx, int tag, const struct link_answer *answer)
{
    struct sent *sent = ctx;
    struct app *a = sent->app;
    char text[256];

    (void)tag;
    if (answer->result != NULL) {
        say_done(a, sent->done, answer->result);
    } else if (answer->code == PROTO_GREW) {
        snprintf(text, sizeof text, "nothing was done: the set is now %lld, look again",
            (long long)json_int_or(answer->data, "count", 0));
        app_toast(a, ROLE_TOAST_ERR, text);
    } else {
        snprintf(text, sizeof text, "not done: %.200s", answer->err.text);
        app_toast(a, ROLE_TOAST_ERR, text);
    }
    free(sent);
    if (a->depth > 0)
        screen_refresh(app_top(a));
}

void services_send(struct app *a, struct screen *owner, const char *method, json_t *params,
    const char *done)
{
    struct sent *sent;
    const struct verb *verb = verb_of(method);

    (void)owner;
    if (services_refuses(a, method)) {
        json_decref(params);
        return;
    }
    sent = calloc(1, sizeof *sent);
    if (sent == NULL || (verb != NULL && !screen_may(app_top(a),
                             verb->role == PROTO_ADMIN      ? "admin"
                                 : verb->role == PROTO_OPERATOR ? "operator"
                                                                : "viewer"))) {
        json_decref(params);
        free(sent);
        app_toast(a, ROLE_TOAST_WARN, "your role may look but not do this");
        return;
    }
    sent->app = a;
    str_copy(sent->done, sizeof sent->done, done);
    if (!link_ask(a->link, method, params, on_done, sent, 0)) {
        free(sent);
        app_toast(a, ROLE_TOAST_ERR, "not done: the core is not reachable");
    }
}

void screen_do(struct screen *s, const char *method, json_t *params, const char *done)
{
    services_send(s->app, s, method, params, done);
}

struct dialog *screen_confirm(struct screen *s, int level, const char *title, const char *button,
    const char *method, json_t *params, const char *done)
{
    struct app *a = s->app;

    overlay_close(a);
    dialog_start(&a->dialog, level, title, button);
    if (services_refuses(a, method)) { /* what the caller fills is not shown */
        json_decref(params);
        return &a->dialog;
    }
    a->overlay = OVERLAY_CONFIRM;
    str_copy(a->action.method, sizeof a->action.method, method);
    str_copy(a->action.done, sizeof a->action.done, done);
    a->action.params = params;
    a->action.owner = s;
    return &a->dialog;
}

/* Puts one typed value where its name says. */
static bool take_field(struct app *a, json_t *params, const struct field *field, const char *value)
{
    char name[64], *dot;
    int64_t at;
    unsigned long long n;

    snprintf(name, sizeof name, "%s", field->name);
    if (strcmp(name, "until") == 0) {
        if (!verb_moment(value, app_now(a), &at))
            return false;
        json_object_set_new(params, "until", json_integer(at));
        return true;
    }
    if (str_ends(name, ":int")) {
        name[strlen(name) - 4] = '\0';
        if (!str_number(value, INT64_MAX, &n))
            return false;
        json_object_set_new(params, name, json_integer((json_int_t)n));
        return true;
    }
    dot = strchr(name, '.');
    if (dot != NULL) {
        json_t *inner;

        *dot = '\0';
        inner = json_object_get(params, name);
        if (inner == NULL) {
            inner = json_object();
            json_object_set_new(params, name, inner);
        }
        json_object_set_new(inner, dot + 1, json_string(value));
        return true;
    }
    if (*value != '\0')
        json_object_set_new(params, name, json_string(value));
    return true;
}

void services_confirmed(struct app *a)
{
    json_t *params = a->action.params == NULL ? json_object() : a->action.params;
    struct action action = a->action;

    for (int i = 0; i < a->dialog.form.count; i++) {
        struct field *field = &a->dialog.form.fields[i];

        if (field->kind == FIELD_BUTTON || strcmp(field->name, "word") == 0)
            continue;
        if (!take_field(a, params, field, form_value(&a->dialog.form, field->name))) {
            snprintf(a->dialog.complaint, sizeof a->dialog.complaint, "%s: %s", field->label,
                strcmp(field->name, "until") == 0 ? "2h, 3d or 2026-12-01" : "a number");
            a->action.params = params;
            return;
        }
    }
    a->action.params = NULL;
    overlay_close(a);
    services_send(a, action.owner, action.method, params, action.done);
}

void screen_prompt(struct screen *s, int tag, const char *label, const char *text)
{
    struct app *a = s->app;

    overlay_open(a, OVERLAY_PROMPT);
    str_copy(a->prompt_label, sizeof a->prompt_label, label);
    a->prompt_tag = tag;
    edit_set(&a->edit, text);
}

void screen_copy(struct screen *s, const char *text, const char *what)
{
    if (term_copy(s->app->term, text))
        screen_toast(s, ROLE_TOAST_OK, "%s sent to the terminal", what);
    else
        screen_toast(s, ROLE_TOAST_WARN, "this terminal cannot copy; select it with the mouse");
}

void services_copy(struct app *a, bool all)
{
    struct screen *top = app_top(a);
    struct table *t = top->ops->table != NULL ? top->ops->table(top) : NULL;
    const json_t *row = top->ops->record != NULL ? top->ops->record(top) : NULL;
    char text[1024];

    if (row == NULL && t != NULL)
        row = table_current(t);
    if (row == NULL)
        return;
    if (all || t == NULL) {
        char *json = json_dumps(row, JSON_INDENT(2));

        if (json != NULL)
            screen_copy(top, json, "record");
        free(json);
        return;
    }
    table_cell(t, row, t->sort >= 0 ? t->sort : 0, text, sizeof text);
    screen_copy(top, text, "value");
}

static void on_undo_list(void *ctx, int tag, const struct link_answer *answer)
{
    struct screen *s = ctx;
    const json_t *rows = json_at(answer->result, "rows");
    size_t i;
    json_t *row;
    char title[200], span[FMT_MAX];

    (void)tag;
    json_array_foreach(rows, i, row) {
        if (!json_flag(row, "undo"))
            continue;
        snprintf(title, sizeof title, "undo: %.60s %.60s, %s ago?", json_text_or(row, "what", "?"),
            json_text_or(row, "object", ""),
            fmt_span(app_now(s->app) - json_int_or(row, "at", 0), span));
        screen_confirm(s, 1, title, "Undo", "audit.undo",
            json_pack("{s:I}", "id", json_int_or(row, "id", 0)), "undone");
        s->app->dirty_keys = true;
        return;
    }
    app_toast(s->app, ROLE_TOAST_WARN, "nothing of yours to undo");
}

void services_undo(struct app *a)
{
    const char *user = json_text_or(a->hello, "user", "");

    if (!link_ask(a->link, "audit.list", json_pack("{s:s, s:i}", "user", user, "limit", 20),
            on_undo_list, app_top(a), 0))
        app_toast(a, ROLE_TOAST_WARN, "the core is not reachable");
}

const json_t *screen_overview(const struct screen *s)
{
    return s->app->shown;
}

const json_t *screen_hello(const struct screen *s)
{
    return s->app->hello;
}

when screen_now(const struct screen *s)
{
    return s->app->paused ? s->app->paused_at : app_now(s->app);
}

enum fmt_time screen_time(const struct screen *s)
{
    return s->app->time;
}

json_int_t screen_backend(const struct screen *s)
{
    return s->app->backend;
}

const json_t *screen_backend_row(const struct screen *s)
{
    return app_backend_row(s->app);
}

bool screen_may(const struct screen *s, const char *role)
{
    const char *mine = json_text_or(s->app->hello, "role", "viewer");

    if (s->app->options->read_only)
        return strcmp(role, "viewer") == 0;
    return strcmp(mine, "admin") == 0 || strcmp(mine, role) == 0 || strcmp(role, "viewer") == 0;
}

bool screen_is_wide(const struct screen *s)
{
    return term_canvas(s->app->term)->cols >= 110;
}

bool screen_zoomed(const struct screen *s)
{
    return s->app->zoomed;
}

void screen_theme(struct screen *s, enum theme theme)
{
    s->app->theme = theme;
    term_theme(s->app->term, theme);
    memory_set(s->app->options->memory, "theme", json_string(theme_name(theme)));
}

enum theme screen_theme_now(const struct screen *s)
{
    return s->app->theme;
}

void screen_glyphs(struct screen *s, enum glyphs glyphs)
{
    term_glyphs(s->app->term, glyphs);
    memory_set_glyphs(s->app->options->memory, canvas_glyphs_name(glyphs));
}

enum glyphs screen_glyphs_now(const struct screen *s)
{
    return term_canvas(s->app->term)->glyphs;
}

bool screen_glyphs_asked(const struct screen *s)
{
    return memory_glyphs(s->app->options->memory) != NULL;
}

bool screen_glyphs_free(const struct screen *s)
{
    const struct canvas *c = term_canvas(s->app->term);

    return c->fold != FOLD_ALL;
}

json_t *screen_params(const struct screen *s)
{
    json_t *params = json_object();

    if (json_len(s->app->shown, "backends") > 1)
        json_object_set_new(params, "backend", json_integer(s->app->backend));
    return params;
}

void screen_empty(struct canvas *c, struct rect in, const char *why, const char *what)
{
    int y = in.y + in.h / 3;
    int w = text_width(why);

    canvas_put(c, y, in.x + (in.w > w ? (in.w - w) / 2 : 0), in.w, ROLE_TEXT, why);
    w = text_width(what);
    canvas_put(c, y + 2, in.x + (in.w > w ? (in.w - w) / 2 : 0), in.w, ROLE_DIM, what);
}

void screen_waiting(const struct screen *s, struct canvas *c, struct rect in, const char *what)
{
    if (s->err.kind != ERR_NONE)
        screen_trouble(s, c, in);
    else if (when_ticks() - s->wanted > NOTICED_US)
        canvas_putf(c, in.y, in.x, in.w, ROLE_DIM, "reading %s …", what);
}

void screen_trouble(const struct screen *s, struct canvas *c, struct rect in)
{
    canvas_putf(c, in.y, in.x, in.w, ROLE_ERR, "✗ %s", s->err.text);
    canvas_put(c, in.y + 1, in.x, in.w, ROLE_DIM, "it is tried again by itself");
}
