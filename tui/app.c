#include "tui/app.h"

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "control/proto.h"
#include "tui/app_state.h"

static const struct screen_ops *const tabs[] = { &screen_dashboard, &screen_queues, &screen_errors,
    &screen_webhooks, &screen_records, &screen_mappings, &screen_setup, &screen_audit,
    &screen_imports, &screen_conflicts };
#define TABS (int)(sizeof tabs / sizeof tabs[0])

struct screen *app_top(const struct app *a)
{
    return a->stack[a->depth - 1];
}

when app_now(const struct app *a)
{
    if (a->core_now == 0)
        return when_now();
    if (a->options->frozen_clock)
        return a->core_now;
    return a->core_now + (when_ticks() - a->core_now_at);
}

const json_t *app_backend_row(const struct app *a)
{
    const json_t *rows = json_at(a->shown, "backends");
    size_t i;
    json_t *row;

    json_array_foreach(rows, i, row)
        if (json_int_or(row, "id", 0) == a->backend)
            return row;
    return json_array_get(rows, 0);
}

void app_toast(struct app *a, enum role role, const char *text)
{
    bool sticky = role == ROLE_TOAST_ERR;
    char line[300], clock[FMT_MAX];

    str_copy(a->toast, sizeof a->toast, text);
    a->toast_role = role;
    a->toast_until = sticky ? INT64_MAX : when_ticks() + TOAST_MS * INT64_C(1000);
    a->dirty_keys = true;
    snprintf(line, sizeof line, "%s  %s", fmt_clock(app_now(a), FMT_LOCAL, clock), text);
    json_array_append_new(a->messages, json_string(line));
    if (json_array_size(a->messages) > MESSAGES_MAX)
        json_array_remove(a->messages, 0);
}

void app_quit(struct app *a)
{
    a->ended = true;
}

static void watch(struct app *a)
{
    bool activity = app_top(a)->ops->activity && term_canvas(a->term)->cols >= 110;
    json_t *topics = json_pack("[s, s]", "overview", "alerts");

    if (activity)
        json_array_append_new(topics, json_string("activity"));
    a->watching_activity = activity;
    link_ask(a->link, "watch", json_pack("{s:o}", "topics", topics), NULL, a, 0);
}

static void ask_again(struct app *a, struct screen *s)
{
    s->asked = when_ticks();
    if (s->ops->refresh != NULL && link_state(a->link) == LINK_UP)
        s->ops->refresh(s);
}

static void check_watch(struct app *a)
{
    bool activity = app_top(a)->ops->activity && term_canvas(a->term)->cols >= 110;

    if (link_state(a->link) == LINK_UP && activity != a->watching_activity)
        watch(a);
}

void app_push(struct app *a, const struct screen_ops *ops, const json_t *args)
{
    struct screen *s;

    if (a->depth == STACK_MAX) {
        app_toast(a, ROLE_TOAST_WARN, "too many screens on top of each other: esc goes back");
        return;
    }
    s = calloc(1, sizeof *s);
    if (s == NULL || (s->state = calloc(1, ops->size + 1)) == NULL) {
        free(s);
        return;
    }
    s->ops = ops;
    s->app = a;
    s->args = json_is_object(args) ? json_deep_copy(args) : json_object();
    a->stack[a->depth++] = s;
    a->zoomed = false;
    a->dirty_keys = true;
    if (ops->open != NULL)
        ops->open(s, args);
    if (a->shown != NULL && ops->topic != NULL)
        ops->topic(s, "overview", a->shown);
    if (a->activity != NULL && ops->topic != NULL)
        ops->topic(s, "activity", a->activity);
    s->wanted = when_ticks();
    if (a->offline_since != 0)
        err_set(&s->err, ERR_BUSY, "%s", link_why(a->link));
    ask_again(a, s);
    check_watch(a);
}

static void drop_top(struct app *a)
{
    struct screen *s = a->stack[--a->depth];

    link_forget(a->link, s);
    if (a->action.owner == s)
        overlay_close(a);
    if (s->ops->close != NULL)
        s->ops->close(s);
    json_decref(s->args);
    free(s->state);
    free(s);
}

void app_pop(struct app *a)
{
    if (a->depth <= 1)
        return;
    drop_top(a);
    a->dirty_keys = true;
    a->zoomed = false;
    app_top(a)->wanted = when_ticks();
    ask_again(a, app_top(a));
    check_watch(a);
}

void app_tab_with(struct app *a, int tab, const json_t *args)
{
    if (tab < 1 || tab > TABS)
        return;
    while (a->depth > 0)
        drop_top(a);
    app_push(a, tabs[tab - 1], args);
}

void app_tab(struct app *a, int tab)
{
    if (a->depth != 1 || app_top(a)->ops->tab != tab)
        app_tab_with(a, tab, NULL);
}

static void tell_topic(struct app *a, const char *topic, const json_t *data)
{
    for (int i = 0; i < a->depth; i++)
        if (a->stack[i]->ops->topic != NULL)
            a->stack[i]->ops->topic(a->stack[i], topic, data);
}

static void pick_backend(struct app *a)
{
    const json_t *row = app_backend_row(a);

    a->backend = row == NULL ? 0 : json_int_or(row, "id", 0);
}

/* Makes the newest picture the one that is shown, and lets lists ask for theirs. */
static void show_overview(struct app *a)
{
    struct screen *top = app_top(a);

    json_decref(a->shown);
    a->shown = json_incref(a->overview);
    pick_backend(a);
    tell_topic(a, "overview", a->shown);
    a->dirty_data = true;
    a->dirty_keys = a->dirty_keys || !a->was_drawn;
    if (top->ops->refresh_ms > 0 && a->overlay != OVERLAY_CONFIRM &&
        when_ticks() - top->asked >= (top->ops->refresh_ms - 100) * INT64_C(1000))
        ask_again(a, top);
}

/* What an event brought is kept as it is: nobody changes it. */
static void keep(json_t **place, const json_t *data)
{
    json_decref(*place);
    *place = json_incref((json_t *)(uintptr_t)data);
}

static void on_event(void *ctx, const char *topic, const json_t *data)
{
    struct app *a = ctx;

    if (strcmp(topic, "overview") == 0) {
        keep(&a->overview, data);
        a->core_now = json_int_or(data, "now", when_now());
        a->core_now_at = when_ticks();
        a->missed += a->paused;
        if (!a->paused)
            show_overview(a);
    } else if (strcmp(topic, "activity") == 0) {
        keep(&a->activity, data);
        if (!a->paused)
            tell_topic(a, topic, a->activity);
    } else if (strcmp(topic, "alerts") == 0) {
        keep(&a->alerts, data);
        tell_topic(a, topic, a->alerts);
    }
}

static void on_up(void *ctx, const json_t *hello)
{
    struct app *a = ctx;
    bool needs_setup = json_flag(hello, "setup_needed");

    json_decref(a->hello);
    a->hello = json_deep_copy(hello);
    a->core_now = json_int_or(hello, "now", when_now());
    a->core_now_at = when_ticks();
    if (a->offline_since != 0)
        app_toast(a, ROLE_TOAST_OK, "the core is back");
    a->offline_since = 0;
    a->dirty_keys = true;
    watch(a);
    if ((needs_setup || a->options->wizard) && !a->options->read_only && !a->was_up && app_top(a)->ops != &screen_wizard)
        app_push(a, &screen_wizard, NULL);
    a->was_up = true;
    for (int i = 0; i < a->depth; i++) /* the lists below a detail too: [ and ] walk them */
        ask_again(a, a->stack[i]);
}

static void on_down(void *ctx, const char *why)
{
    struct app *a = ctx;

    (void)why;
    if (a->offline_since == 0)
        a->offline_since = app_now(a);
    a->dirty_keys = true;
}

static const struct link_ops link_ops = { on_up, on_down, on_event };

static void pause_or_go_on(struct app *a)
{
    char text[80];

    a->paused = !a->paused;
    if (a->paused) {
        a->paused_at = app_now(a);
        a->missed = 0;
    } else {
        snprintf(text, sizeof text, "live again; %d pictures were missed", a->missed);
        app_toast(a, ROLE_TOAST_OK, text);
        if (a->overview != NULL)
            show_overview(a);
        if (a->activity != NULL)
            tell_topic(a, "activity", a->activity);
    }
}

static void next_backend(struct app *a)
{
    const json_t *rows = json_at(a->shown, "backends");
    size_t n = json_array_size(rows), at = 0;
    const json_t *row;
    char text[160];

    if (n < 2) {
        app_toast(a, ROLE_TOAST_WARN, "there is only one shop");
        return;
    }
    for (size_t i = 0; i < n; i++)
        if (json_int_or(json_array_get(rows, i), "id", 0) == a->backend)
            at = (i + 1) % n;
    row = json_array_get(rows, at);
    a->backend = json_int_or(row, "id", 0);
    snprintf(text, sizeof text, "shop %.100s", json_text_or(row, "name", "?"));
    app_toast(a, ROLE_TOAST_OK, text);
    tell_topic(a, "overview", a->shown);
    ask_again(a, app_top(a));
}

/* esc: ends the zoom, clears the filter, then one level up. q: the same, and quits at the top. */
static void back(struct app *a, bool quit)
{
    struct table *t = app_top(a)->ops->table != NULL ? app_top(a)->ops->table(app_top(a)) : NULL;

    if (a->zoomed)
        a->zoomed = false;
    else if (t != NULL && t->filter[0] != '\0')
        table_filter(t, "");
    else if (a->depth > 1)
        app_pop(a);
    else if (quit)
        app_quit(a);
    else if (app_top(a)->ops != &screen_dashboard)
        app_tab(a, 1);
}

/* [ and ] in a detail: the record before or after it in the list it was opened from. */
static void next_record(struct app *a, bool forward)
{
    struct screen *below = a->depth < 2 ? NULL : a->stack[a->depth - 2];
    struct table *t = below == NULL || below->ops->table == NULL ? NULL : below->ops->table(below);
    bool zoomed = a->zoomed;
    int at;

    if (t == NULL || t->shown == 0) {
        app_toast(a, ROLE_TOAST_WARN, "there is no list of records below this one");
        return;
    }
    at = t->at;
    table_command(t, forward ? CMD_DOWN : CMD_UP);
    if (t->at == at) {
        app_toast(a, ROLE_TOAST_WARN, forward ? "this is the last record of the list"
                                              : "this is the first record of the list");
        return;
    }
    drop_top(a);
    below->ops->command(below, CMD_OPEN);
    a->zoomed = zoomed && app_top(a) != below;
}

static void cancel(struct app *a)
{
    if (++a->ctrl_c >= 2 && a->depth == 1)
        app_quit(a);
    else
        app_toast(a, ROLE_TOAST_WARN, "q quits the console; the core goes on");
}

/* What every screen understands. */
static bool common(struct app *a, enum command command)
{
    switch ((int)command) {
    case CMD_BACK: back(a, false); break;
    case CMD_QUIT: back(a, true); break;
    case CMD_CANCEL: cancel(a); break;
    case CMD_HELP: overlay_open(a, OVERLAY_HELP); break;
    case CMD_COMMAND: overlay_open(a, OVERLAY_COMMAND); break;
    case CMD_PAUSE: pause_or_go_on(a); break;
    case CMD_TIME: a->time = (enum fmt_time)((a->time + 1) % FMT_TIME_COUNT); break;
    case CMD_BACKEND: next_backend(a); break;
    case CMD_COPY: services_copy(a, false); break;
    case CMD_COPY_ALL: services_copy(a, true); break;
    case CMD_UNDO: services_undo(a); break;
    case CMD_REDRAW: term_redraw(a->term); break;
    case CMD_ZOOM: a->zoomed = !a->zoomed; break;
    case CMD_SHORTER:
    case CMD_LONGER: next_record(a, command == CMD_LONGER); break;
    case CMD_SUSPEND: term_suspend(a->term); break;
    default:
        if (command < CMD_TAB_1 || command > CMD_TAB_10)
            return false;
        app_tab(a, (int)command - CMD_TAB_1 + 1);
    }
    return true;
}

static bool list_command(struct app *a, struct table *t, enum command command)
{
    (void)a;
    if (t == NULL)
        return false;
    if (command == CMD_FILTER) {
        overlay_open(a, OVERLAY_FILTER);
        return true;
    }
    return table_command(t, command);
}

void app_command(struct app *a, enum command command)
{
    struct screen *top = app_top(a);
    struct table *t;

    if (command == CMD_NONE)
        return;
    if (command != CMD_CANCEL)
        a->ctrl_c = 0;
    a->dirty_keys = true;
    if (a->offline_since != 0 && keys_acts(command)) {
        app_toast(a, ROLE_TOAST_WARN, "the core is not reachable: actions are off");
        return;
    }
    if (a->options->read_only && (keys_acts(command) || command == CMD_WIZARD)) {
        app_toast(a, ROLE_TOAST_WARN, "read-only: nothing is changed from this console");
        return;
    }
    if (top->ops->command != NULL && top->ops->command(top, command))
        return;
    t = top->ops->table != NULL ? top->ops->table(top) : NULL;
    if (!list_command(a, t, command))
        common(a, command);
}

static void on_key(struct app *a, int key)
{
    struct screen *top = app_top(a);

    a->dirty_keys = true;
    if (a->toast_until == INT64_MAX)
        a->toast_until = 0;
    if (a->overlay != OVERLAY_NONE && overlay_key(a, key))
        return;
    if (a->offline_since != 0 && key == 'r') {
        link_retry_now(a->link);
        return;
    }
    if (top->ops->key != NULL && top->ops->key(top, key))
        return;
    app_command(a, keymap_find(a->options->keymap, top->ops->scope, key));
}

/* The tabs and the heads of lists are the same everywhere; the rest is the screen's. */
static void on_click(struct app *a, int y, int x)
{
    struct screen *top = app_top(a);
    struct table *t = top->ops->table != NULL ? top->ops->table(top) : NULL;

    a->dirty_keys = true;
    if (a->overlay != OVERLAY_NONE)
        return;
    if (y == 1 && !a->zoomed) {
        for (int i = TABS; i > 0; i--)
            if (x >= a->tab_at[i - 1]) {
                app_tab(a, i);
                return;
            }
        return;
    }
    if (t != NULL && table_click_head(t, y, x))
        return;
    if (top->ops->click != NULL)
        top->ops->click(top, y, x);
}

void app_input(struct app *a, const struct input_event *e)
{
    struct screen *top = app_top(a);

    switch (e->kind) {
    case INPUT_KEY:
        on_key(a, e->key);
        break;
    case INPUT_PASTE:
        if (a->overlay != OVERLAY_NONE)
            overlay_paste(a, term_pasted(a->term));
        else if (top->ops->paste != NULL)
            top->ops->paste(top, term_pasted(a->term));
        a->dirty_keys = true;
        break;
    case INPUT_CLICK:
        on_click(a, e->y, e->x);
        break;
    case INPUT_WHEEL:
        app_command(a, e->key == KEYCODE_UP ? CMD_UP : CMD_DOWN);
        break;
    case INPUT_RESIZE:
        check_watch(a);
        a->dirty_keys = true;
        break;
    case INPUT_SIGNAL:
        a->exit_code = 128 + e->key;
        app_quit(a);
        break;
    case INPUT_GONE:
        a->exit_code = 128 + SIGHUP;
        app_quit(a);
        break;
    case INPUT_FOCUS_IN:
        a->dirty_keys = true;
        break;
    case INPUT_FOCUS_OUT:
    case INPUT_STATUS:
    case INPUT_MODE:
    case INPUT_NONE:
        break;
    }
}

static void free_app(struct app *a)
{
    while (a->depth > 0)
        drop_top(a);
    overlay_close(a);
    json_decref(a->hello);
    json_decref(a->overview);
    json_decref(a->shown);
    json_decref(a->activity);
    json_decref(a->alerts);
    json_decref(a->history);
    json_decref(a->messages);
    term_free(a->term);
    link_free(a->link);
}

int app_run(const struct app_options *options, struct err *err)
{
    struct app *a = calloc(1, sizeof *a);
    int code;

    if (a == NULL) {
        err_set(err, ERR_BUSY, "no memory");
        return 2;
    }
    a->options = options;
    a->theme = options->term.theme;
    a->begun = when_ticks();
    a->messages = json_array();
    a->link = link_new(options->socket, &link_ops, a, err);
    a->term = a->link == NULL ? NULL : term_open(&options->term, err);
    if (a->term == NULL) {
        link_free(a->link);
        json_decref(a->messages);
        free(a);
        return 2;
    }
    place_restore(a);
    if (options->complaint != NULL)
        app_toast(a, ROLE_TOAST_ERR, options->complaint);
    loop_run(a);
    place_remember(a);
    code = a->exit_code;
    free_app(a);
    free(a);
    return code;
}
