#include "tui/draw/canvas.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"

#define ELLIPSIS 0x2026
#define NAME_COLUMNS 24 /* of a box's title, before its note is left out */

static const struct cell blank = { { ' ' }, ROLE_TEXT, 1, false };

const char *canvas_glyphs_name(enum glyphs glyphs)
{
    return glyphs == GLYPHS_BRAILLE ? "braille" : glyphs == GLYPHS_BLOCK ? "block" : "ascii";
}

bool canvas_init(struct canvas *c, int rows, int cols)
{
    rows = rows > CANVAS_MAX ? CANVAS_MAX : rows;
    cols = cols > CANVAS_MAX ? CANVAS_MAX : cols;
    c->cells = calloc((size_t)(rows > 0 ? rows : 0) * (size_t)(cols > 0 ? cols : 0) + 1,
        sizeof *c->cells);
    c->rows = c->cells == NULL || rows < 0 ? 0 : rows;
    c->cols = c->cells == NULL || cols < 0 ? 0 : cols;
    canvas_erase(c);
    return c->cells != NULL;
}

void canvas_clear(struct canvas *c)
{
    free(c->cells);
    c->cells = NULL;
    c->rows = c->cols = 0;
}

void canvas_erase(struct canvas *c)
{
    for (int i = 0; i < c->rows * c->cols; i++)
        c->cells[i] = blank;
    c->cursor_y = c->rows > 0 ? c->rows - 1 : 0;
    c->cursor_x = 0;
}

static struct cell *cell_at(const struct canvas *c, int y, int x)
{
    if (y < 0 || x < 0 || y >= c->rows || x >= c->cols)
        return NULL;
    return &c->cells[y * c->cols + x];
}

const struct cell *canvas_at(const struct canvas *c, int y, int x)
{
    return cell_at(c, y, x);
}

static bool cell_equal(const struct cell *a, const struct cell *b)
{
    return a->role == b->role && a->width == b->width &&
        wmemcmp(a->ch, b->ch, 1 + TEXT_MARKS) == 0;
}

bool canvas_row_differs(const struct canvas *a, const struct canvas *b, int y, int *from, int *to)
{
    bool simple = true;

    *from = 0;
    *to = a->cols - 1;
    if (a->cols != b->cols || y >= a->rows || y >= b->rows)
        return true;
    for (int x = 0; x < a->cols && simple; x++)
        simple = a->cells[y * a->cols + x].width == 1 && b->cells[y * b->cols + x].width == 1;
    while (*from <= *to && cell_equal(&a->cells[y * a->cols + *from], &b->cells[y * b->cols + *from]))
        ++*from;
    if (*from > *to)
        return false;
    while (cell_equal(&a->cells[y * a->cols + *to], &b->cells[y * b->cols + *to]))
        --*to;
    if (!simple) {
        *from = 0;
        *to = a->cols - 1;
    }
    return true;
}

bool canvas_row_contested(const struct canvas *c, int y)
{
    for (int x = 0; y < c->rows && x < c->cols; x++)
        if (c->cells[y * c->cols + x].contested)
            return true;
    return false;
}

/* Half of a wide character cannot stay when the other half goes. */
static void split(struct canvas *c, int y, int x)
{
    struct cell *here = cell_at(c, y, x);
    struct cell *other;

    if (here->width == 0)
        other = cell_at(c, y, x - 1);
    else if (here->width == 2)
        other = cell_at(c, y, x + 1);
    else
        return;
    if (other != NULL) {
        unsigned char role = other->role;

        *other = blank;
        other->role = role;
    }
}

static void set(struct canvas *c, int y, int x, enum role role, const struct text_cell *t)
{
    struct cell *at = cell_at(c, y, x);
    struct cell *right = cell_at(c, y, x + 1);
    bool wide = t->width == 2;

    if (at == NULL)
        return;
    split(c, y, x);
    if (wide && right == NULL) { /* no room for its right half */
        *at = blank;
        at->role = (unsigned char)role;
        return;
    }
    wmemcpy(at->ch, t->ch, 1 + TEXT_MARKS);
    at->role = (unsigned char)role;
    at->width = (unsigned char)t->width;
    at->contested = t->contested;
    if (wide) {
        split(c, y, x + 1);
        memset(right, 0, sizeof *right);
        right->role = (unsigned char)role;
    }
}

void canvas_sign(struct canvas *c, int y, int x, enum role role, wchar_t sign)
{
    struct text_cell t = { .ch = { sign }, .width = 1 };

    if (sign >= 0x80 && c->fold != FOLD_NONE && !(sign >= 0x2500 && sign < 0x2580)) {
        char bytes[5];
        struct text_iter it;

        bytes[text_encode(bytes, sign)] = '\0';
        text_start(&it, bytes, c->fold);
        text_next(&it, &t);
    }
    set(c, y, x, role, &t);
}

/* Draws while it fits; *rest: something did not. Returns columns used. */
static int draw(struct canvas *c, int y, int x, int width, enum role role, const char *text,
    bool *rest)
{
    struct text_iter it;
    struct text_cell cell;
    int used = 0;

    text_start(&it, text, c->fold);
    while (text_next(&it, &cell)) {
        if (used + cell.width > width) {
            *rest = true;
            return used;
        }
        set(c, y, x + used, role, &cell);
        used += cell.width;
    }
    *rest = false;
    return used;
}

int canvas_raw(struct canvas *c, int y, int x, int width, enum role role, const char *text)
{
    bool rest;

    return draw(c, y, x, width, role, text, &rest);
}

int canvas_put(struct canvas *c, int y, int x, int width, enum role role, const char *text)
{
    bool rest;
    int used;

    if (width <= 0 || text == NULL)
        return 0;
    used = draw(c, y, x, width, role, text, &rest);
    if (!rest)
        return used;
    while (used < width) /* a wide character did not fit */
        canvas_sign(c, y, x + used++, role, ' ');
    /* the sign replaces the last column, or both columns of a wide character there */
    canvas_sign(c, y, x + width - 1, role, ELLIPSIS);
    return width;
}

int canvas_wrap(struct canvas *c, struct rect r, enum role role, const char *text)
{
    int lines = 0;

    while (text != NULL && *text != '\0' && lines < r.h) {
        int used;
        size_t len = text_fit(text, r.w, &used), cut = len;

        if (lines + 1 == r.h || len == 0) {
            canvas_put(c, r.y + lines, r.x, r.w, role, text); /* the last line: cut with a sign */
            return lines + 1;
        }
        if (text[len] != '\0' && text[len] != ' ') /* back to the last blank, if there is one */
            while (cut > 0 && text[cut - 1] != ' ')
                cut--;
        len = cut > 0 ? cut : len;
        AUTO_FREE char *line = strndup(text, len);

        canvas_put(c, r.y + lines++, r.x, r.w, role, line);
        text += len;
        text += strspn(text, " ");
    }
    return lines;
}

int canvas_putf(struct canvas *c, int y, int x, int width, enum role role, const char *fmt, ...)
{
    char text[1024];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return canvas_put(c, y, x, width, role, text);
}

int canvas_right(struct canvas *c, int y, int x, int width, enum role role, const char *text)
{
    int want = text_width(text);

    if (want < width) {
        x += width - want;
        width = want;
    }
    canvas_put(c, y, x, width, role, text);
    return x;
}

void canvas_fill(struct canvas *c, struct rect r, enum role role)
{
    for (int y = r.y; y < r.y + r.h; y++)
        for (int x = r.x; x < r.x + r.w; x++)
            canvas_sign(c, y, x, role, ' ');
}

void canvas_paint(struct canvas *c, struct rect r, enum role role)
{
    for (int y = r.y; y < r.y + r.h; y++)
        for (int x = r.x; x < r.x + r.w; x++) {
            struct cell *at = cell_at(c, y, x);

            if (at != NULL)
                at->role = (unsigned char)role;
        }
}

void canvas_cursor(struct canvas *c, int y, int x)
{
    if (cell_at(c, y, x) != NULL) {
        c->cursor_y = y;
        c->cursor_x = x;
    }
}

/* Corners and edges: upper left, upper right, lower left, lower right, across, down. */
static const wchar_t frame_utf8[] = L"\u256D\u256E\u2570\u256F\u2500\u2502";
static const wchar_t frame_terminal[] = L"\u250C\u2510\u2514\u2518\u2500\u2502";
static const wchar_t frame_ascii[] = L"++++-|";

static void frame(struct canvas *c, struct rect r, enum role role)
{
    const wchar_t *f = c->lines == LINES_UTF8 ? frame_utf8
        : c->lines == LINES_TERMINAL          ? frame_terminal
                                              : frame_ascii;
    int bottom = r.y + r.h - 1, right = r.x + r.w - 1;

    for (int x = r.x + 1; x < right; x++) {
        canvas_sign(c, r.y, x, role, f[4]);
        canvas_sign(c, bottom, x, role, f[4]);
    }
    for (int y = r.y + 1; y < bottom; y++) {
        canvas_sign(c, y, r.x, role, f[5]);
        canvas_sign(c, y, right, role, f[5]);
    }
    canvas_sign(c, r.y, r.x, role, f[0]);
    canvas_sign(c, r.y, right, role, f[1]);
    canvas_sign(c, bottom, r.x, role, f[2]);
    canvas_sign(c, bottom, right, role, f[3]);
}

/* Title at the left, note at the right of columns x ... x + room; the title gives way first. */
static void draw_names(struct canvas *c, int y, int x, int room, const char *title, const char *note)
{
    int want = note == NULL || *note == '\0' ? 0 : text_width(note) + 2;
    int used = 0;

    if (want > room || (want > 0 && room - want < NAME_COLUMNS && text_width(title) + 3 > room - want))
        want = 0; /* a piece of it says nothing */
    if (title != NULL && *title != '\0' && room - want > 3) {
        canvas_sign(c, y, x, ROLE_TITLE, ' ');
        used = 1 + canvas_put(c, y, x + 1, room - want - 3, ROLE_TITLE, title);
        canvas_sign(c, y, x + used, ROLE_TITLE, ' ');
    }
    if (want > 0) {
        x += room - want;
        canvas_sign(c, y, x, ROLE_DIM, ' ');
        canvas_put(c, y, x + 1, want - 2, ROLE_DIM, note);
        canvas_sign(c, y, x + want - 1, ROLE_DIM, ' ');
    }
}

struct rect canvas_box(struct canvas *c, struct rect r, const char *title, const char *note,
    bool focused)
{
    struct rect inside = { r.y + 1, r.x + 2, r.h - 2, r.w - 4 };

    if (r.w < 4 || r.h < 2)
        return (struct rect){ r.y, r.x, 0, 0 };
    title = title == NULL ? "" : title;
    if (c->bare) {
        canvas_fill(c, r, ROLE_TEXT);
        draw_names(c, r.y, r.x, r.w, title, note);
        return (struct rect){ r.y + 1, r.x + 1, r.h - 1, r.w - 2 };
    }
    frame(c, r, focused ? ROLE_FOCUS : ROLE_FAINT);
    canvas_fill(c, (struct rect){ r.y + 1, r.x + 1, r.h - 2, r.w - 2 }, ROLE_TEXT);
    draw_names(c, r.y, r.x + 2, r.w - 4, title, note);
    return inside;
}

void canvas_row_text(const struct canvas *c, int y, struct str *out)
{
    size_t keep = out->len;

    for (int x = 0; x < c->cols; x++) {
        const struct cell *cell = canvas_at(c, y, x);

        for (int i = 0; cell != NULL && i <= TEXT_MARKS && cell->ch[i] != 0; i++) {
            char bytes[4];

            str_add(out, bytes, text_encode(bytes, cell->ch[i]));
        }
        if (cell != NULL && cell->ch[0] != ' ')
            keep = out->len;
    }
    out->len = keep;
    out->data[keep] = '\0';
}

void canvas_row_roles(const struct canvas *c, int y, struct str *out)
{
    for (int x = 0; x < c->cols; x++) {
        const struct cell *cell = canvas_at(c, y, x);
        char letter = cell == NULL ? '?' : theme_letter((enum role)cell->role);

        str_add(out, &letter, 1);
    }
}
