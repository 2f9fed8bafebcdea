#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "tui/widgets/chart.h"
#include "tui/widgets/table.h"

#define MEASURED_ROWS 500

static bool several_shops(const struct table *t)
{
    return json_array_size(t->shops) > 1;
}

static void shop_text(const struct table *t, const json_t *id, char *buf, size_t size)
{
    size_t i;
    json_t *shop;

    str_copy(buf, size, "–");
    json_array_foreach(t->shops, i, shop)
        if (json_equal(json_object_get(shop, "id"), id))
            str_copy(buf, size, json_text_or(shop, "name", "?"));
}

static void value_text(const struct table *t, const struct column *column, const json_t *value,
    char *buf, size_t size)
{
    char text[FMT_MAX];
    int64_t n = json_is_integer(value) ? json_integer_value(value) : 0;

    text[0] = '\0';
    if (value == NULL && column->kind != COLUMN_TEXT) {
        str_copy(buf, size, "–");
        return;
    }
    switch (column->kind) {
    case COLUMN_TEXT:
        if (json_is_string(value)) {
            str_copy(buf, size, json_string_value(value)[0] == '\0' ? "–" : json_string_value(value));
            return;
        }
        if (json_is_integer(value))
            snprintf(text, sizeof text, "%lld", (long long)n);
        else
            snprintf(text, sizeof text, "%s", value == NULL ? "–" : "");
        break;
    case COLUMN_COUNT: fmt_short(n, text); break;
    case COLUMN_RATE: snprintf(text, sizeof text, "%.1f", json_number_value(value)); break;
    case COLUMN_MS: fmt_took(json_number_value(value), text); break;
    case COLUMN_SPAN_US: n > 0 ? fmt_span(n, text) : fmt_span(-1, text); break;
    case COLUMN_SPAN_S: fmt_span((int64_t)(json_number_value(value) * 1e6), text); break;
    case COLUMN_AGE: fmt_when(n, t->now, t->time, text); break;
    case COLUMN_CLOCK:
        fmt_clock(n, t->time == FMT_UTC ? FMT_UTC : FMT_LOCAL, text);
        break;
    case COLUMN_BYTES: fmt_bytes(n, text); break;
    case COLUMN_SHOP: shop_text(t, value, buf, size); return;
    case COLUMN_SPARK: break;
    }
    str_copy(buf, size, text);
}

enum role table_cell(const struct table *t, const json_t *row, int column, char *buf, size_t size)
{
    const struct column *col = &t->columns[column];
    enum role role = ROLE_TEXT;

    buf[0] = '\0';
    if (col->cell != NULL)
        col->cell(t, row, buf, size, &role);
    else
        value_text(t, col, json_at(row, col->path), buf, size);
    return role;
}

static bool right_aligned(const struct column *column)
{
    return column->kind != COLUMN_TEXT && column->kind != COLUMN_SHOP && column->kind != COLUMN_SPARK &&
        column->kind != COLUMN_CLOCK;
}

static int priority_of(int screen_cols)
{
    return screen_cols >= 160 ? 4 : screen_cols >= 120 ? 3 : screen_cols >= 100 ? 2 : 1;
}

/* The blank columns after column i of those shown. */
static int gap(const struct table *t, const int *widths, int i)
{
    for (int next = i + 1; next < t->column_count; next++)
        if (widths[next] > 0)
            return right_aligned(&t->columns[i]) && !right_aligned(&t->columns[next]) ? 2 : 1;
    return 0;
}

/* A column's title as it stands on a screen of that width. */
static const char *title_of(const struct column *column, int screen_cols)
{
    return screen_cols >= 110 && column->wide != NULL ? column->wide : column->title;
}

/* How wide the columns of text and of moments want to be. The rows change each second: widths only grow. */
static void measure(struct table *t)
{
    char text[512];

    if (t->time != t->measured_time) /* ages became moments, or the other way round */
        memset(t->needs, 0, sizeof t->needs);
    t->measured_time = t->time;
    for (int row = 0; row < t->shown && row < MEASURED_ROWS; row++)
        for (int i = 0; i < t->column_count; i++) {
            int width;

            if (t->columns[i].kind != COLUMN_TEXT && t->columns[i].kind != COLUMN_AGE &&
                t->columns[i].kind != COLUMN_SHOP)
                continue;
            table_cell(t, table_row(t, row), i, text, sizeof text);
            width = text_width(text);
            t->needs[i] = width > t->needs[i] ? width : t->needs[i];
        }
    t->measured = true;
}

/* Gives what is left of the room, one column each in turn, up to `most` of each. */
static int grow(const struct table *t, int *widths, const int *most, int used, int room)
{
    bool grew = true;

    while (used < room && grew) {
        grew = false;
        for (int i = 0; i < t->column_count && used < room; i++) {
            if (widths[i] == 0 || widths[i] >= most[i])
                continue;
            widths[i]++;
            used++;
            grew = true;
        }
    }
    return used;
}

/* The least widths of the columns that are shown (0: not shown); returns their sum with gaps. */
static int least(const struct table *t, int room, int screen_cols, int *widths)
{
    int priority = priority_of(screen_cols), used = 0;

    for (int i = 0; i < t->column_count; i++)
        widths[i] = t->columns[i].priority <= priority &&
                (t->columns[i].kind != COLUMN_SHOP || several_shops(t))
            ? t->columns[i].min
            : 0;
    for (int i = 0; i < t->column_count; i++)
        if (widths[i] > 0)
            used += widths[i] + gap(t, widths, i);
    for (int i = t->column_count - 1; i > 0 && used > room; i--)
        if (widths[i] > 0 && t->columns[i].priority > 1) { /* not even the least fits */
            used -= widths[i] + 1;
            widths[i] = 0;
        }
    return used;
}

/* Columns that all samples of a curve take; its title may be wider. */
static int curve(const struct column *column, const struct canvas *c)
{
    int title = text_width(title_of(column, c->cols));
    int samples = c->glyphs == GLYPHS_BRAILLE ? (column->max + 1) / 2 : column->max;

    return samples > title ? samples : title;
}

/*
 * Widths of the columns in `room` columns: first each as wide as its title and its texts, then
 * what is left to the curves, then to the columns without a limit, then to all.
 */
static void layout(const struct table *t, int room, const struct canvas *c, int *widths)
{
    int most[TABLE_COLUMNS_MAX] = { 0 }, used = least(t, room, c->cols, widths);
    bool open = false;

    for (int i = 0; i < t->column_count; i++) {
        int limit = t->columns[i].max != 0 ? t->columns[i].max : room;
        int title = text_width(title_of(&t->columns[i], c->cols));
        int need = t->needs[i] > title ? t->needs[i] : title;

        most[i] = need < limit ? need : limit;
        open = open || (widths[i] > 0 && t->columns[i].max == 0);
    }
    used = grow(t, widths, most, used, room);
    for (int i = 0; i < t->column_count; i++)
        if (t->columns[i].kind == COLUMN_SPARK)
            most[i] = curve(&t->columns[i], c);
    used = grow(t, widths, most, used, room);
    for (int i = 0; i < t->column_count; i++)
        most[i] = t->columns[i].max == 0             ? room
            : open                                   ? 0
            : t->columns[i].kind == COLUMN_SPARK     ? curve(&t->columns[i], c)
                                                     : t->columns[i].max;
    grow(t, widths, most, used, room);
}

static void draw_head(struct table *t, struct canvas *c, struct rect r, const int *widths)
{
    int x = r.x + (t->marks_on ? 2 : 0);

    t->head_y = r.y;
    for (int i = 0; i < t->column_count; i++) {
        const struct column *col = &t->columns[i];
        const char *title = title_of(col, c->cols);
        char text[64];

        t->head_x[i] = widths[i] == 0 ? -1 : x;
        if (widths[i] == 0)
            continue;
        snprintf(text, sizeof text, "%s%s", title,
            i != t->sort        ? ""
                : t->descending ? "↓"
                                : "↑");
        if (text_width(text) > widths[i]) /* the arrow is in the status line as well */
            snprintf(text, sizeof text, "%s", title);
        if (right_aligned(col))
            canvas_right(c, r.y, x, widths[i], ROLE_HEAD, text);
        else
            canvas_put(c, r.y, x, widths[i], ROLE_HEAD, text);
        x += widths[i] + gap(t, widths, i);
    }
}

static void draw_row(const struct table *t, struct canvas *c, struct rect r, int y,
    const json_t *row, const int *widths)
{
    int x = r.x;
    char text[512];

    if (t->marks_on) {
        char id[64];

        if (json_object_get(t->marks, table_id(t, row, id, sizeof id)) != NULL)
            canvas_put(c, y, x, 1, ROLE_OK, "✓");
        x += 2;
    }
    for (int i = 0; i < t->column_count; i++) {
        const struct column *col = &t->columns[i];
        enum role role;

        if (widths[i] == 0)
            continue;
        if (col->kind == COLUMN_SPARK) {
            spark_draw(c, y, x, widths[i], json_at(row, col->path), ROLE_SPARK);
        } else {
            role = table_cell(t, row, i, text, sizeof text);
            if (right_aligned(col))
                canvas_right(c, y, x, widths[i], role, text);
            else
                canvas_put(c, y, x, widths[i], role, text);
        }
        x += widths[i] + gap(t, widths, i);
    }
}

void table_draw(struct table *t, struct canvas *c, struct rect r, bool focused, bool head)
{
    int widths[TABLE_COLUMNS_MAX] = { 0 };

    if (!t->measured || t->time != t->measured_time)
        measure(t);
    layout(t, r.w - (t->marks_on ? 2 : 0), c, widths);
    t->height = head ? r.h - 1 : r.h;
    if (t->height < 1)
        return;
    if (t->top > t->shown - t->height)
        t->top = t->shown > t->height ? t->shown - t->height : 0;
    if (t->at >= t->top + t->height)
        t->top = t->at - t->height + 1;
    if (t->at < t->top)
        t->top = t->at;
    if (head)
        draw_head(t, c, r, widths);
    for (int i = 0; i < t->height && t->top + i < t->shown; i++) {
        int y = r.y + r.h - t->height + i;
        bool here = t->top + i == t->at;

        draw_row(t, c, r, y, table_row(t, t->top + i), widths);
        if (here && focused) {
            canvas_paint(c, (struct rect){ y, r.x - 1, 1, r.w + 2 }, ROLE_SEL);
            canvas_put(c, y, r.x - 1, 1, ROLE_SEL, "▸");
            canvas_cursor(c, y, r.x - 1);
        } else if (here && !t->preview) {
            canvas_put(c, y, r.x - 1, 1, ROLE_FOCUS, "▸");
        }
    }
}
