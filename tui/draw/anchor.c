#include "tui/draw/anchor.h"

#include <curses.h>
#include <term.h>

static void add(struct str *out, const char *bytes)
{
    if (bytes != NULL && bytes != (const char *)-1)
        str_adds(out, bytes);
}

void anchor_cursor(int y, int x, struct str *out)
{
    add(out, tiparm(cursor_address, y, x));
}

static void attributes(struct look look, struct str *out)
{
    add(out, exit_attribute_mode);
    if (look.attrs & LOOK_BOLD)
        add(out, enter_bold_mode);
    if (look.attrs & LOOK_DIM)
        add(out, enter_dim_mode);
    if (look.attrs & LOOK_UNDER)
        add(out, enter_underline_mode);
    if (look.attrs & LOOK_REV)
        add(out, enter_reverse_mode);
    if (look.fg >= 0)
        add(out, tiparm(set_a_foreground, look.fg));
    if (look.bg >= 0)
        add(out, tiparm(set_a_background, look.bg));
}

static int first_contested(const struct canvas *c, int y)
{
    for (int x = 0; x < c->cols; x++)
        if (canvas_at(c, y, x)->contested)
            return x;
    return c->cols;
}

static int row_end(const struct canvas *c, int y, int from)
{
    int end = c->cols;

    while (end > from && canvas_at(c, y, end - 1)->ch[0] == ' ' &&
        canvas_at(c, y, end - 1)->role == ROLE_TEXT)
        end--;
    return end;
}

void anchor_row(const struct canvas *c, int y, enum theme theme, enum colours colours,
    struct str *out)
{
    int x = first_contested(c, y), end = row_end(c, y, x), role = -1;

    anchor_cursor(y, x, out);
    for (; x < end; x++) {
        const struct cell *cell = canvas_at(c, y, x);

        if (cell->width == 0)
            continue;
        if (cell->role != role) {
            role = cell->role;
            attributes(theme_look(theme, colours, (enum role)role), out);
        }
        for (int i = 0; i <= TEXT_MARKS && cell->ch[i] != 0; i++) {
            char bytes[4];

            str_add(out, bytes, text_encode(bytes, cell->ch[i]));
        }
        if (cell->contested && x + cell->width < c->cols)
            anchor_cursor(y, x + cell->width, out);
    }
    add(out, exit_attribute_mode);
}
