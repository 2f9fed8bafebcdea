#include "tui/widgets/dialog.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "tui/draw/input.h"

#define WORD_FIELD "word"

void dialog_start(struct dialog *d, int level, const char *title, const char *button)
{
    form_clear(&d->form);
    d->level = level;
    d->fact_count = 0;
    d->word[0] = d->complaint[0] = '\0';
    str_copy(d->title, sizeof d->title, title);
    str_copy(d->button, sizeof d->button, button);
}

void dialog_fact(struct dialog *d, const char *label, const char *fmt, ...)
{
    va_list args;

    if (d->fact_count == DIALOG_FACTS_MAX)
        return;
    d->facts[d->fact_count].label = label;
    va_start(args, fmt);
    vsnprintf(d->facts[d->fact_count++].text, DIALOG_TEXT_MAX, fmt, args);
    va_end(args);
}

void dialog_word(struct dialog *d, const char *word, const char *label)
{
    str_copy(d->word, sizeof d->word, word);
    str_copy(d->typed_label, sizeof d->typed_label, label);
}

void dialog_clear(struct dialog *d)
{
    form_clear(&d->form);
}

/* The field for the word comes after the caller's fields, and then the buttons. */
static void complete(struct dialog *d)
{
    if (form_field(&d->form, "yes") != NULL)
        return;
    if (d->word[0] != '\0')
        form_add(&d->form, FIELD_TEXT, WORD_FIELD, d->typed_label, NULL);
    form_add(&d->form, FIELD_BUTTON, "no", "Cancel", NULL);
    form_add(&d->form, FIELD_BUTTON, "yes", d->button, NULL);
    d->form.at = 0;
}

static enum dialog_answer go_on(struct dialog *d)
{
    const char *missing = form_missing(&d->form);

    if (missing != NULL) {
        snprintf(d->complaint, sizeof d->complaint, "%.80s is needed", missing);
        return DIALOG_OPEN;
    }
    if (d->word[0] != '\0' && strcmp(form_value(&d->form, WORD_FIELD), d->word) != 0) {
        snprintf(d->complaint, sizeof d->complaint, "type %.60s to go on, esc cancels", d->word);
        return DIALOG_OPEN;
    }
    return DIALOG_YES;
}

enum dialog_answer dialog_key(struct dialog *d, int key)
{
    enum form_event event;

    if (key == KEYCODE_ESC || key == 3) /* ctrl-c */
        return DIALOG_NO;
    if (d->level <= 1)
        return key == 'y' || key == 'Y' ? DIALOG_YES : DIALOG_NO;
    complete(d);
    d->complaint[0] = '\0';
    event = form_key(&d->form, key);
    if (event == FORM_PRESSED)
        return strcmp(d->form.fields[d->form.at].name, "yes") == 0 ? go_on(d) : DIALOG_NO;
    return DIALOG_OPEN;
}

#define FACT_LINES 3

static int label_width(const struct dialog *d)
{
    int width = 0;

    for (int i = 0; i < d->fact_count; i++)
        if (text_width(d->facts[i].label) > width)
            width = text_width(d->facts[i].label);
    return width;
}

static int field_label_width(const struct dialog *d)
{
    int width = 0;

    for (int i = 0; i < d->form.count; i++)
        if (d->form.fields[i].kind != FIELD_BUTTON && text_width(d->form.fields[i].label) > width)
            width = text_width(d->form.fields[i].label);
    return width;
}

static void draw_line(struct dialog *d, struct canvas *c)
{
    int y = c->rows - 2, used;

    canvas_fill(c, (struct rect){ y, 0, 1, c->cols }, ROLE_TOAST_WARN);
    used = canvas_putf(c, y, 1, c->cols - 8, ROLE_TOAST_WARN, "%s", d->title);
    canvas_put(c, y, 2 + used, 6, ROLE_TOAST_WARN, "y/N");
    canvas_cursor(c, y, 2 + used);
}

/* Draws the facts, each folded into at most FACT_LINES; returns the lines they take. */
static int draw_facts(const struct dialog *d, struct canvas *c, struct rect in)
{
    int labels = label_width(d), y = in.y;

    for (int i = 0; i < d->fact_count; i++) {
        struct rect text = { y, in.x + labels + 2, FACT_LINES, in.w - labels - 2 };
        int lines;

        canvas_put(c, y, in.x, labels, ROLE_DIM, d->facts[i].label);
        lines = canvas_wrap(c, text, ROLE_TEXT, d->facts[i].text);
        y += lines > 0 ? lines : 1;
    }
    return y - in.y;
}

void dialog_draw(struct dialog *d, struct canvas *c)
{
    int fields = 0, width = c->cols < 66 ? c->cols : c->cols > 100 ? 76 : 66, labels, height, facts;
    struct canvas nowhere = { 0 };
    struct rect in;

    if (d->level <= 1) {
        draw_line(d, c);
        return;
    }
    complete(d);
    for (int i = 0; i < d->form.count; i++)
        fields += d->form.fields[i].kind != FIELD_BUTTON;
    facts = draw_facts(d, &nowhere, (struct rect){ 0, 0, 0, width - 4 });
    height = 2 + 1 + facts + (facts > 0) + fields + (fields > 0) + 1 + 1;
    in = canvas_box(c, (struct rect){ (c->rows - height) / 2, (c->cols - width) / 2, height, width },
        d->title, "esc cancels", true);
    in.y++;
    in.y += draw_facts(d, c, in) + (facts > 0);
    in.h = fields + 2;
    labels = field_label_width(d);
    in.y += form_draw(&d->form, c, in, labels, true);
    if (d->complaint[0] != '\0')
        canvas_put(c, in.y, in.x, in.w, ROLE_WARN, d->complaint);
}
