/*
 * The set-up, step by step: terminal, shop, Odoo, check, policies, webhooks. Answers are kept by
 * the core after each step, so one can leave and go on later; secrets go to the core once and are
 * wiped. The questions are those of answers.def.
 */
#include "tui/screens/wizard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/answers.h"
#include "tui/draw/input.h"
#include "tui/screens/common.h"

enum { TAG_LIST = 1, TAG_QUEUE, TAG_CHECK, TAG_CHOICES, TAG_SUBS, TAG_STATUS };

static const char *known(const struct wizard *w, const char *key)
{
    return json_text_or(w->backend, key, "");
}

static void say(struct wizard *w, enum role role, const char *text)
{
    w->said_role = role;
    str_copy(w->said, sizeof w->said, text);
}

static void buttons(struct wizard *w, const char *extra, const char *extra_label)
{
    if (extra != NULL)
        form_add(&w->form, FIELD_BUTTON, extra, extra_label, NULL);
    if (w->step != STEP_TERMINAL)
        form_add(&w->form, FIELD_BUTTON, "back", "Back", NULL);
    form_add(&w->form, FIELD_BUTTON, "next", w->step == STEP_DONE ? "Close" : "Next", NULL);
}

static void fill_terminal(struct screen *s)
{
    struct wizard *w = s->state;
    struct field *field;

    if (screen_glyphs_free(s)) {
        field = form_add(&w->form, FIELD_CHOICE, "glyphs", "Signs", NULL);
        field->hint = "← → change";
        form_choices(field, json_pack("[{s:s,s:s},{s:s,s:s},{s:s,s:s}]", "value", "braille", "label",
            "braille", "value", "block", "label", "block", "value", "ascii", "label", "ascii"),
            canvas_glyphs_name(screen_glyphs_now(s)));
    }
    field = form_add(&w->form, FIELD_CHOICE, "theme", "Colours", NULL);
    field->hint = "← → change";
    form_choices(field, json_pack("[{s:s,s:s},{s:s,s:s},{s:s,s:s}]", "value", "dark", "label",
        "for a dark background", "value", "light", "label", "for a light background", "value", "blind",
        "label", "for the colour-blind"), theme_name(screen_theme_now(s)));
}

static enum answers_step answers_of(enum step step)
{
    return step == STEP_SHOPIFY ? ANSWERS_SHOPIFY
        : step == STEP_ODOO     ? ANSWERS_ODOO
        : step == STEP_POLICIES ? ANSWERS_POLICIES
                                : ANSWERS_WEBHOOKS;
}

static void fill_answers(struct wizard *w)
{
    for (size_t i = 0; i < answers_count; i++) {
        const struct answer *a = &answers[i];
        bool hidden = a->kind == ANSWER_SECRET && strcmp(a->name, "shopify_client_id") != 0;
        struct field *field;

        if (a->step != answers_of(w->step))
            continue;
        if (strcmp(a->name, "warehouse") == 0 && json_len(w->choices, "warehouses") > 0) {
            field = form_add(&w->form, FIELD_CHOICE, a->name, a->label, NULL);
            form_choices(field, json_deep_copy(json_object_get(w->choices, "warehouses")),
                known(w, a->name));
        } else {
            field = form_add(&w->form, hidden ? FIELD_HIDDEN : FIELD_TEXT, a->name, a->label,
                a->kind == ANSWER_SECRET ? NULL : known(w, a->name));
        }
        field->hint = w->id != 0 && hidden ? "hidden; empty: as it is"
            : a->hint[0] != '\0'           ? a->hint
                                           : NULL;
        field->needed = a->needed;
    }
}

/* Which shop is meant: one that is there, or a new one. */
static void fill_which(struct wizard *w)
{
    json_t *choices = json_array(), *row;
    char id[24];
    size_t i;

    json_array_foreach(w->shops, i, row)
        json_array_append_new(choices, json_pack("{s:o, s:o}", "value",
            json_sprintf("%lld", (long long)json_int_or(row, "id", 0)), "label",
            json_sprintf("%s, %s", json_text_or(row, "name", "?"), json_text_or(row, "shop", "?"))));
    json_array_append_new(choices, json_pack("{s:s, s:s}", "value", "0", "label", "a new shop"));
    snprintf(id, sizeof id, "%lld", (long long)w->id);
    form_choices(form_add(&w->form, FIELD_CHOICE, "which", "Set up", NULL), choices, id);
}

static void enter_step(struct screen *s, enum step step)
{
    struct wizard *w = s->state;

    form_clear(&w->form);
    w->step = step;
    say(w, ROLE_DIM, "");
    if (step == STEP_TERMINAL)
        fill_terminal(s);
    else if (step != STEP_CHECK && step != STEP_DONE) {
        if (step == STEP_SHOPIFY && json_array_size(w->shops) > 0)
            fill_which(w);
        fill_answers(w);
    }
    buttons(w, step == STEP_CHECK ? "test" : step == STEP_WEBHOOKS ? "subscribe" : NULL,
        step == STEP_CHECK ? "Test again" : "Subscribe");
    if (step == STEP_DONE)
        w->form.at = w->form.count - 1;
    if (step == STEP_CHECK) {
        w->form.at = w->form.count - 1;
        w->busy = true;
        json_decref(w->check);
        w->check = NULL;
        screen_ask(s, "backends.check", json_pack("{s:I}", "backend", w->id), TAG_CHECK);
    }
    if (step == STEP_POLICIES && w->choices == NULL)
        screen_ask(s, "backends.choices", json_pack("{s:I}", "backend", w->id), TAG_CHOICES);
    if (step == STEP_WEBHOOKS)
        screen_ask(s, "status", NULL, TAG_STATUS);
}

static void open_wizard(struct screen *s, const json_t *args)
{
    struct wizard *w = s->state;

    (void)args;
    w->backend = json_object();
    json_object_set_new(w->backend, "order_prefix", json_string("{name}"));
    enter_step(s, screen_glyphs_asked(s) ? STEP_SHOPIFY : STEP_TERMINAL);
    screen_ask(s, "backends.list", NULL, TAG_LIST);
}

static void drop_calls(struct wizard *w)
{
    answers_wipe(w->calls);
    json_decref(w->calls);
    w->calls = NULL;
    w->call_at = 0;
}

static void close_wizard(struct screen *s)
{
    struct wizard *w = s->state;

    drop_calls(w);
    answers_wipe(w->backend);
    form_clear(&w->form);
    json_decref(w->backend);
    json_decref(w->check);
    json_decref(w->choices);
    json_decref(w->status);
    json_decref(w->shops);
}

static void next_call(struct screen *s)
{
    struct wizard *w = s->state;
    const json_t *call = json_array_get(w->calls, w->call_at);

    if (call == NULL) {
        drop_calls(w);
        answers_wipe(w->backend);
        w->busy = false;
        enter_step(s, w->then);
        if (w->subscribed)
            screen_ask(s, "subscriptions.list", json_pack("{s:I}", "backend", w->id), TAG_SUBS);
        w->subscribed = false;
        return;
    }
    s->wanted = when_ticks();
    screen_ask(s, json_text(call, "method"), json_deep_copy(json_at(call, "params")), TAG_QUEUE);
}

static const json_t *shop_row(const struct wizard *w, json_int_t id)
{
    size_t i;
    json_t *row;

    json_array_foreach(w->shops, i, row)
        if (id != 0 && json_int_or(row, "id", 0) == id)
            return row;
    return NULL;
}

/* What is as the core has it already is not told again: a change is audited, and means something. */
static json_t *changes(const struct wizard *w)
{
    const json_t *row = shop_row(w, w->id);
    json_t *values = json_copy(w->backend);

    for (size_t i = 0; i < answers_count; i++) {
        const char *name = answers[i].name;
        const char *was = json_text(row, strcmp(name, "order_prefix") == 0 ? "prefix" : name);

        if (answers[i].kind != ANSWER_SECRET && was != NULL && strcmp(was, known(w, name)) == 0)
            json_object_del(values, name);
    }
    return values;
}

/* Tells the core the answers of the steps from `first` to the one on the screen. */
static void send(struct screen *s, enum answers_step first, enum step then)
{
    struct wizard *w = s->state;
    json_auto_t *values = changes(w);

    drop_calls(w);
    w->calls = answers_calls(values, first, answers_of(w->step), w->id);
    w->then = then;
    w->busy = true;
    say(w, ROLE_DIM, "");
    next_call(s);
}

/* What was typed, among what is known; an empty secret is no answer. */
static void keep_answers(struct wizard *w)
{
    for (int i = 0; i < w->form.count; i++) {
        const struct field *field = &w->form.fields[i];
        const char *value = form_value(&w->form, field->name);

        if (field->kind != FIELD_BUTTON && (field->kind != FIELD_HIDDEN || value[0] != '\0'))
            json_object_set_new(w->backend, field->name, json_string(value));
    }
    if (w->step == STEP_POLICIES && known(w, "warehouse")[0] == '\0')
        json_object_set_new(w->backend, "warehouse", json_string("0"));
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
    if (w->step != STEP_TERMINAL)
        keep_answers(w);
    switch (w->step) {
    case STEP_TERMINAL:
        screen_glyphs(s, screen_glyphs_now(s)); /* said once, and kept */
        enter_step(s, STEP_SHOPIFY);
        break;
    case STEP_SHOPIFY: enter_step(s, STEP_ODOO); break; /* a pair is both: sent together */
    case STEP_ODOO: send(s, ANSWERS_SHOPIFY, STEP_CHECK); break;
    case STEP_CHECK: enter_step(s, STEP_POLICIES); break;
    case STEP_POLICIES: send(s, ANSWERS_POLICIES, STEP_WEBHOOKS); break;
    case STEP_WEBHOOKS: send(s, ANSWERS_WEBHOOKS, STEP_DONE); break;
    case STEP_DONE:
    case STEPS: screen_back(s); break;
    }
}

static void subscribe(struct screen *s)
{
    struct wizard *w = s->state;

    keep_answers(w);
    if (known(w, "webhook_url")[0] == '\0') {
        say(w, ROLE_WARN, "Public address is needed: Shopify must know where to send");
        return;
    }
    json_object_set_new(w->backend, "subscribe", json_string("yes"));
    w->subscribed = true;
    send(s, ANSWERS_WEBHOOKS, STEP_WEBHOOKS);
    json_object_del(w->backend, "subscribe");
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
        subscribe(s);
    else
        go_on(s);
}

/* Signs and colours are tried at once. */
static void try_looks(struct screen *s)
{
    struct wizard *w = s->state;
    const char *signs = form_value(&w->form, "glyphs");
    enum theme theme;

    for (int g = GLYPHS_BRAILLE; g <= GLYPHS_ASCII; g++)
        if (strcmp(signs, canvas_glyphs_name((enum glyphs)g)) == 0 &&
            (enum glyphs)g != screen_glyphs_now(s))
            screen_glyphs(s, (enum glyphs)g);
    if (theme_of(form_value(&w->form, "theme"), &theme) && theme != screen_theme_now(s))
        screen_theme(s, theme);
}

/* 0: a new one. What was typed for another shop is forgotten. */
static void choose_shop(struct screen *s, json_int_t id)
{
    struct wizard *w = s->state;
    const json_t *row = shop_row(w, id);

    answers_wipe(w->backend);
    json_object_clear(w->backend);
    json_object_set_new(w->backend, "order_prefix", json_string("{name}"));
    w->id = 0;
    if (row != NULL) {
        json_object_update(w->backend, (json_t *)(uintptr_t)row); /* it only reads the row */
        if (json_text_or(row, "prefix", "")[0] != '\0')
            json_object_set_new(w->backend, "order_prefix", json_string(json_text(row, "prefix")));
        w->id = id;
    }
    if (w->step == STEP_SHOPIFY)
        enter_step(s, STEP_SHOPIFY);
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
    if (event == FORM_CHANGED && strcmp(w->form.fields[w->form.at].name, "which") == 0)
        choose_shop(s, strtoll(form_value(&w->form, "which"), NULL, 10));
    if (event == FORM_CHANGED && w->step == STEP_TERMINAL)
        try_looks(s);
    if (event == FORM_PRESSED || event == FORM_LAST)
        press(s);
    /* letters typed beside a field must not pause, leave or jump away; ? still helps */
    return event != FORM_NOTHING || (key > ' ' && key < KEYCODE_FIRST && key != '?' && key != 127);
}

static void paste(struct screen *s, const char *text)
{
    form_paste(&((struct wizard *)s->state)->form, text);
}

static void on_queue(struct screen *s, const struct link_answer *a)
{
    struct wizard *w = s->state;

    if (a->result == NULL) {
        drop_calls(w); /* what was typed stays: the next try sends it again */
        w->busy = w->subscribed = false;
        say(w, ROLE_ERR, a->err.text);
        return;
    }
    if (w->id == 0)
        answers_know(w->calls, w->id = json_int_or(a->result, "id", 0));
    w->call_at++;
    next_call(s);
}

static void take_list(struct screen *s, const json_t *result)
{
    struct wizard *w = s->state;
    json_int_t id = screen_backend(s);

    json_decref(w->shops);
    w->shops = json_deep_copy(json_at(result, "rows"));
    if (json_array_size(w->shops) == 0 || w->id != 0 || w->step > STEP_SHOPIFY)
        return;
    choose_shop(s, id != 0 ? id : json_int_or(w->shops, "0.id", 0));
    if (json_flag(screen_hello(s), "setup_needed"))
        say(w, ROLE_INFO, "this shop was begun before: go on where it was left");
}

static void count_subscriptions(struct wizard *w, const json_t *result)
{
    int64_t found = json_int_or(result, "found", 0), wanted = json_int_or(result, "wanted", 0);
    char text[120];

    snprintf(text, sizeof text, "%s %lld of %lld subscriptions are there", found < wanted ? "▲" : "✓",
        (long long)found, (long long)wanted);
    say(w, found < wanted ? ROLE_WARN : ROLE_OK, text);
}

static void answer(struct screen *s, int tag, const struct link_answer *a)
{
    struct wizard *w = s->state;
    json_t **place = tag == TAG_CHECK ? &w->check : tag == TAG_CHOICES ? &w->choices : &w->status;

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
    } else if (tag == TAG_SUBS) {
        count_subscriptions(w, a->result);
    } else {
        json_decref(*place);
        *place = json_deep_copy(a->result);
        if (tag == TAG_CHOICES && w->step == STEP_POLICIES)
            enter_step(s, STEP_POLICIES);
    }
}

static bool command(struct screen *s, enum command command)
{
    (void)s;
    /* a wizard has no lists, and q is a letter in its fields; esc leaves it */
    return command == CMD_CHECK || command == CMD_OPEN || command == CMD_NEXT_PANE ||
        command == CMD_PREV_PANE;
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
    .view = wizard_view,
    .passing = true,
    .note = note,
};
