#include "tui/widgets/form.h"

#include <string.h>

#include "base/json.h"
#include "tui/draw/input.h"

void form_clear(struct form *f)
{
    for (int i = 0; i < f->count; i++) {
        edit_clear(&f->fields[i].edit);
        json_decref(f->fields[i].choices);
    }
    f->count = f->at = 0;
}

struct field *form_add(struct form *f, enum field_kind kind, const char *name, const char *label,
    const char *text)
{
    struct field *field;

    if (f->count == FORM_FIELDS_MAX)
        return &f->fields[FORM_FIELDS_MAX - 1];
    field = &f->fields[f->count++];
    memset(field, 0, sizeof *field);
    field->kind = kind;
    field->name = name;
    field->label = label;
    field->edit.hidden = kind == FIELD_HIDDEN;
    if (text != NULL)
        edit_set(&field->edit, text);
    return field;
}

void form_choices(struct field *field, json_t *choices, const char *value)
{
    json_decref(field->choices);
    field->choices = choices;
    field->choice = 0;
    for (size_t i = 0; value != NULL && i < json_array_size(choices); i++)
        if (strcmp(json_text_or(json_array_get(choices, i), "value", ""), value) == 0)
            field->choice = i;
}

struct field *form_field(struct form *f, const char *name)
{
    for (int i = 0; i < f->count; i++)
        if (strcmp(f->fields[i].name, name) == 0)
            return &f->fields[i];
    return NULL;
}

static const char *value_of(const struct field *field)
{
    if (field->kind == FIELD_CHOICE)
        return json_text_or(json_array_get(field->choices, field->choice), "value", "");
    return field->edit.text;
}

const char *form_value(struct form *f, const char *name)
{
    const struct field *field = form_field(f, name);

    return field == NULL ? "" : value_of(field);
}

const char *form_missing(const struct form *f)
{
    for (int i = 0; i < f->count; i++)
        if (f->fields[i].needed && *value_of(&f->fields[i]) == '\0')
            return f->fields[i].label;
    return NULL;
}

void form_move(struct form *f, int step)
{
    if (f->count > 0)
        f->at = (f->at + step + f->count) % f->count;
}

static bool choose(struct field *field, int key)
{
    size_t n = json_array_size(field->choices);

    if (n == 0)
        return false;
    if (key == KEYCODE_RIGHT || key == KEYCODE_SPACE)
        field->choice = (field->choice + 1) % n;
    else if (key == KEYCODE_LEFT)
        field->choice = (field->choice + n - 1) % n;
    else
        return false;
    return true;
}

static enum form_event enter(struct form *f, const struct field *field)
{
    if (field->kind == FIELD_BUTTON)
        return FORM_PRESSED;
    if (f->at == f->count - 1)
        return FORM_LAST;
    form_move(f, 1);
    return FORM_USED;
}

enum form_event form_key(struct form *f, int key)
{
    struct field *field = &f->fields[f->at];

    if (f->count == 0)
        return FORM_NOTHING;
    if (key == KEYCODE_TAB || key == KEYCODE_DOWN || key == KEYCODE_BACKTAB || key == KEYCODE_UP) {
        form_move(f, key == KEYCODE_TAB || key == KEYCODE_DOWN ? 1 : -1);
        return FORM_USED;
    }
    if (key == KEYCODE_ENTER)
        return enter(f, field);
    if (field->kind == FIELD_CHOICE)
        return choose(field, key) ? FORM_CHANGED : FORM_NOTHING;
    if (field->kind == FIELD_BUTTON) {
        if (key != KEYCODE_LEFT && key != KEYCODE_RIGHT)
            return key == KEYCODE_SPACE ? FORM_PRESSED : FORM_NOTHING;
        form_move(f, key == KEYCODE_RIGHT ? 1 : -1);
        return FORM_USED;
    }
    return edit_key(&field->edit, key) ? FORM_CHANGED : FORM_NOTHING;
}

void form_paste(struct form *f, const char *text)
{
    struct field *field = &f->fields[f->at];

    if (f->count > 0 && (field->kind == FIELD_TEXT || field->kind == FIELD_HIDDEN))
        edit_paste(&field->edit, text);
}

static int draw_button(const struct field *field, struct canvas *c, int y, int x, int room, bool on)
{
    int used = canvas_putf(c, y, x, room, on ? ROLE_ACCENT : ROLE_BUTTON, " %s ", field->label);

    if (on)
        canvas_cursor(c, y, x + 1);
    return used + 2;
}

static void draw_choice(const struct field *field, struct canvas *c, int y, int x, int width, bool on)
{
    enum role role = on ? ROLE_FIELD_ON : ROLE_FIELD;

    canvas_fill(c, (struct rect){ y, x, 1, width }, role);
    canvas_put(c, y, x, width - 2, role,
        json_text_or(json_array_get(field->choices, field->choice), "label", "–"));
    canvas_put(c, y, x + width - 1, 1, role, "▾");
    if (on)
        canvas_cursor(c, y, x);
}

int form_draw_value(const struct field *field, struct canvas *c, int y, int x, int width, bool on)
{
    if (field->kind == FIELD_BUTTON)
        return draw_button(field, c, y, x, width, on);
    if (field->kind == FIELD_CHOICE)
        draw_choice(field, c, y, x, width, on);
    else
        edit_draw(&field->edit, c, y, x, width, on);
    return width;
}

static void draw_field(const struct field *field, struct canvas *c, int y, struct rect r,
    int label_width, bool on)
{
    int x = r.x + label_width + 1;
    int room = r.x + r.w - x, width = room;
    int hint = field->hint == NULL ? 0 : text_width(field->hint);

    if (hint > 0 && room - hint - 2 >= 20 && text_width(field->edit.text) < room - hint - 2)
        width = room - hint - 2; /* a long value needs the room more than the hint */
    if (width > 56)
        width = 56;
    canvas_put(c, y, r.x, label_width, on ? ROLE_TITLE : ROLE_DIM, field->label);
    form_draw_value(field, c, y, x, width, on);
    if (hint > 0 && width + 2 < room)
        canvas_put(c, y, x + width + 2, room - width - 2, ROLE_DIM, field->hint);
}

int form_draw(const struct form *f, struct canvas *c, struct rect r, int label_width, bool focused)
{
    int y = r.y, x = r.x;

    for (int i = 0; i < f->count && y < r.y + r.h; i++) {
        const struct field *field = &f->fields[i];
        bool on = focused && i == f->at;

        if (field->kind == FIELD_BUTTON) {
            if (x == r.x && i > 0)
                y++;
            x += draw_button(field, c, y, x, r.x + r.w - x, on);
            continue;
        }
        draw_field(field, c, y++, r, label_width, on);
    }
    return x > r.x ? y - r.y + 1 : y - r.y;
}
