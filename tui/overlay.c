/* What lies over a screen: help, command line, filter, a line to type, questions. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "tui/app_state.h"
#include "tui/draw/input.h"
#include "tui/widgets/match.h"

void overlay_open(struct app *a, enum overlay overlay)
{
    struct table *t = app_top(a)->ops->table != NULL ? app_top(a)->ops->table(app_top(a)) : NULL;

    a->overlay = overlay;
    a->overlay_at = 0;
    a->history_at = (int)json_array_size(a->history);
    a->edit.hidden = false;
    edit_set(&a->edit, overlay == OVERLAY_FILTER && t != NULL ? t->filter : "");
    a->dirty_keys = true;
}

void overlay_close(struct app *a)
{
    a->overlay = OVERLAY_NONE;
    edit_clear(&a->edit);
    dialog_clear(&a->dialog);
    json_decref(a->action.params);
    a->action = (struct action){ 0 };
    a->dirty_keys = true;
}

/* The n-th row of the key table that this screen has and the search finds. */
static const struct key *help_row(const struct app *a, int n, int *total)
{
    const struct keymap *map = a->options->keymap;
    static const int passes = 3;
    enum scope screen = app_top(a)->ops->scope;
    const enum scope order[] = { screen, SCOPE_LIST, SCOPE_ANY };
    const struct key *found = NULL;
    int count = 0;

    for (int pass = 0; pass < passes; pass++)
        for (size_t i = 0; i < keymap_count(map); i++) {
            const struct key *row = keymap_row(map, i);
            char label[64];

            if (row->scope != order[pass] || !keys_applies(screen, row->scope) ||
                keymap_find(map, screen, keys_nth(row, 0)) != row->command ||
                (pass == 2 && screen == SCOPE_ANY))
                continue;
            keys_label(row, false, label, sizeof label);
            if (!match_text(row->help, a->edit.text) && !match_text(row->footer, a->edit.text) &&
                !match_text(label, a->edit.text))
                continue;
            if (count++ == n)
                found = row;
        }
    *total = count;
    return found;
}

static void move_in_list(struct app *a, int key, int total)
{
    int page = 10;

    if (key == KEYCODE_DOWN)
        a->overlay_at++;
    else if (key == KEYCODE_UP)
        a->overlay_at--;
    else if (key == KEYCODE_PAGE_DOWN)
        a->overlay_at += page;
    else if (key == KEYCODE_PAGE_UP)
        a->overlay_at -= page;
    if (a->overlay_at >= total)
        a->overlay_at = total - 1;
    if (a->overlay_at < 0)
        a->overlay_at = 0;
}

static bool help_key(struct app *a, int key)
{
    int total;
    const struct key *row = help_row(a, a->overlay_at, &total);

    if (key == KEYCODE_ENTER) {
        overlay_close(a);
        if (row != NULL)
            app_command(a, row->command);
        return true;
    }
    if (key == '?' && a->edit.len == 0) {
        overlay_close(a);
        return true;
    }
    if (edit_key(&a->edit, key))
        a->overlay_at = 0;
    else
        move_in_list(a, key, total);
    return true;
}

static void from_history(struct app *a, int step)
{
    int n = (int)json_array_size(a->history), at = a->history_at + step;

    if (at < 0 || at > n)
        return;
    a->history_at = at;
    edit_set(&a->edit, at == n ? "" : json_string_value(json_array_get(a->history, (size_t)at)));
}

static bool command_key(struct app *a, int key)
{
    char line[EDIT_MAX];

    if (key == KEYCODE_ENTER) {
        str_copy(line, sizeof line, a->edit.text);
        overlay_close(a);
        if (line[0] != '\0') {
            if (strncmp(line, "secret", 6) != 0) /* somebody may have typed one there */
                json_array_append_new(a->history, json_string(line));
            if (json_array_size(a->history) > HISTORY_MAX)
                json_array_remove(a->history, 0);
            palette_run(a, line);
        }
    } else if (key == KEYCODE_TAB) {
        palette_complete(a);
    } else if (key == KEYCODE_UP || key == KEYCODE_DOWN) {
        from_history(a, key == KEYCODE_UP ? -1 : 1);
    } else if (key == KEYCODE_BACKSPACE && a->edit.len == 0) {
        overlay_close(a);
    } else {
        edit_key(&a->edit, key);
    }
    return true;
}

static bool filter_key(struct app *a, int key)
{
    struct table *t = app_top(a)->ops->table != NULL ? app_top(a)->ops->table(app_top(a)) : NULL;

    if (key == KEYCODE_ENTER || t == NULL) {
        overlay_close(a);
        return true;
    }
    if (key == KEYCODE_UP || key == KEYCODE_DOWN) {
        table_command(t, key == KEYCODE_UP ? CMD_UP : CMD_DOWN);
        return true;
    }
    if (edit_key(&a->edit, key))
        table_filter(t, a->edit.text);
    return true;
}

static bool prompt_key(struct app *a, int key)
{
    struct screen *top = app_top(a);
    char line[EDIT_MAX];
    int tag = a->prompt_tag;

    if (key == KEYCODE_ENTER) {
        str_copy(line, sizeof line, a->edit.text);
        overlay_close(a);
        if (top->ops->prompt != NULL)
            top->ops->prompt(top, tag, line);
        explicit_bzero(line, sizeof line);
    } else {
        edit_key(&a->edit, key);
    }
    return true;
}

static bool confirm_key(struct app *a, int key)
{
    enum dialog_answer answer = dialog_key(&a->dialog, key);

    if (answer == DIALOG_YES)
        services_confirmed(a);
    else if (answer == DIALOG_NO)
        overlay_close(a);
    return true;
}

bool overlay_key(struct app *a, int key)
{
    struct table *t = app_top(a)->ops->table != NULL ? app_top(a)->ops->table(app_top(a)) : NULL;

    if (key == 12) { /* ctrl-l */
        term_redraw(a->term);
        return true;
    }
    if (key == 26)
        return false;
    if (key == KEYCODE_ESC || key == 3) {
        if (a->overlay == OVERLAY_FILTER && t != NULL)
            table_filter(t, "");
        overlay_close(a);
        return true;
    }
    switch (a->overlay) {
    case OVERLAY_HELP: return help_key(a, key);
    case OVERLAY_COMMAND: return command_key(a, key);
    case OVERLAY_FILTER: return filter_key(a, key);
    case OVERLAY_PROMPT: return prompt_key(a, key);
    case OVERLAY_CONFIRM: return confirm_key(a, key);
    case OVERLAY_NONE: break;
    }
    return false;
}

void overlay_paste(struct app *a, const char *text)
{
    struct table *t = app_top(a)->ops->table != NULL ? app_top(a)->ops->table(app_top(a)) : NULL;

    if (a->overlay == OVERLAY_CONFIRM)
        form_paste(&a->dialog.form, text);
    else
        edit_paste(&a->edit, text);
    if (a->overlay == OVERLAY_FILTER && t != NULL)
        table_filter(t, a->edit.text);
}

static int draw_help_row(const struct key *row, struct canvas *c, struct rect in, int y, bool here)
{
    char label[64];

    keys_label(row, c->fold != FOLD_NONE, label, sizeof label);
    canvas_put(c, y, in.x + 2, 12, ROLE_KEY, label);
    canvas_put(c, y, in.x + 15, in.w - 15, ROLE_TEXT, row->help);
    if (here) {
        canvas_paint(c, (struct rect){ y, in.x - 1, 1, in.w + 2 }, ROLE_SEL);
        canvas_put(c, y, in.x - 1, 1, ROLE_SEL, "▸");
        canvas_cursor(c, y, in.x - 1);
    }
    return y + 1;
}

/* Rows under the titles of where they come from; scrolled so that the chosen one shows. */
static void draw_help_rows(struct app *a, struct canvas *c, struct rect in)
{
    int total, first = 0, y = in.y;
    enum scope last = SCOPE_COUNT;

    help_row(a, 0, &total);
    if (a->overlay_at > in.h - 6)
        first = a->overlay_at - (in.h - 6);
    for (int i = first; i < total && y < in.y + in.h; i++) {
        const struct key *row = help_row(a, i, &total);

        if (row->scope != last) {
            canvas_put(c, y++, in.x, in.w, ROLE_HEAD,
                row->scope == app_top(a)->ops->scope ? "Here" : keys_title(row->scope));
            last = row->scope;
        }
        if (y < in.y + in.h)
            y = draw_help_row(row, c, in, y, i == a->overlay_at);
    }
    if (total == 0)
        canvas_put(c, in.y + 1, in.x, in.w, ROLE_DIM, "No key does that. backspace shows more.");
}

static void draw_help(struct app *a, struct canvas *c)
{
    int width = c->cols >= 110 ? 96 : c->cols - 10, total;
    char title[80], note[80];
    struct rect in;

    help_row(a, 0, &total);
    snprintf(title, sizeof title, "help %s", keys_title(app_top(a)->ops->scope));
    snprintf(note, sizeof note, "type to search, ↵ runs it");
    in = canvas_box(c, (struct rect){ 2, (c->cols - width) / 2, c->rows - 4, width }, title, note, true);
    canvas_put(c, in.y, in.x, 1, ROLE_KEY, "/");
    edit_draw(&a->edit, c, in.y, in.x + 2, in.w - 16, false);
    canvas_putf(c, in.y, in.x + in.w - 12, 12, ROLE_DIM, "%d keys", total);
    in.y += 2;
    in.h -= 2;
    draw_help_rows(a, c, in);
}

static void draw_line(struct app *a, struct canvas *c, const char *label)
{
    int y = c->rows - 2, used;

    canvas_fill(c, (struct rect){ y, 0, 1, c->cols }, ROLE_TEXT);
    used = canvas_put(c, y, 1, c->cols / 2, ROLE_KEY, label);
    edit_draw(&a->edit, c, y, used + 2, c->cols - used - 3, true);
}

void overlay_draw(struct app *a, struct canvas *c)
{
    switch (a->overlay) {
    case OVERLAY_HELP: draw_help(a, c); break;
    case OVERLAY_COMMAND: palette_draw(a, c); break;
    case OVERLAY_FILTER: draw_line(a, c, "/"); break;
    case OVERLAY_PROMPT: draw_line(a, c, a->prompt_label); break;
    case OVERLAY_CONFIRM: dialog_draw(&a->dialog, c); break;
    case OVERLAY_NONE: break;
    }
}
