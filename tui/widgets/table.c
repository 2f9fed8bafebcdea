#include "tui/widgets/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "tui/widgets/match.h"

#define NOT_DRAWN_ROWS 60 /* a table's height before its first frame, as far as reading goes */

void table_init(struct table *t, const struct column *columns, int count, const char *id_path)
{
    memset(t, 0, sizeof *t);
    t->columns = columns;
    t->column_count = count > TABLE_COLUMNS_MAX ? TABLE_COLUMNS_MAX : count;
    t->id_path = id_path;
    t->sort = -1;
    t->head_y = -1;
    t->height = 1;
    t->rows = json_array();
    t->marks = json_object();
}

void table_shops(struct table *t, const json_t *shops)
{
    json_t *before = t->shops;

    if (before == shops)
        return;
    t->measured = t->measured && json_array_size(before) == json_array_size(shops);
    t->shops = json_incref((json_t *)(uintptr_t)shops);
    json_decref(before);
}

void table_clear(struct table *t)
{
    json_decref(t->shops);
    json_decref(t->rows);
    json_decref(t->marks);
    free(t->order);
    memset(t, 0, sizeof *t);
}

char *table_id(const struct table *t, const json_t *row, char *buf, size_t size)
{
    const json_t *id = json_at(row, t->id_path);

    if (json_is_string(id))
        str_copy(buf, size, json_string_value(id));
    else
        snprintf(buf, size, "%lld", (long long)json_integer_value(id));
    return buf;
}

const json_t *table_row(const struct table *t, int at)
{
    if (at < 0 || at >= t->shown)
        return NULL;
    return json_array_get(t->rows, (size_t)t->order[at]);
}

const json_t *table_current(const struct table *t)
{
    return table_row(t, t->at);
}

static void remember(struct table *t)
{
    const json_t *row = table_current(t);

    if (row != NULL)
        table_id(t, row, t->at_id, sizeof t->at_id);
}

static void scroll(struct table *t)
{
    if (t->at >= t->shown)
        t->at = t->shown - 1;
    if (t->at < 0)
        t->at = 0;
    if (t->at < t->top)
        t->top = t->at;
    if (t->at >= t->top + t->height)
        t->top = t->at - t->height + 1;
    if (t->top > t->shown - t->height)
        t->top = t->shown - t->height;
    if (t->top < 0)
        t->top = 0;
}

bool table_select(struct table *t, const char *id)
{
    char here[64];

    for (int i = 0; i < t->shown; i++)
        if (strcmp(table_id(t, table_row(t, i), here, sizeof here), id) == 0) {
            t->at = i;
            remember(t);
            scroll(t);
            return true;
        }
    return false;
}

static int compare_values(const json_t *a, const json_t *b)
{
    double x, y;

    if (json_is_string(a) || json_is_string(b)) {
        const char *s = json_is_string(a) ? json_string_value(a) : "";
        const char *u = json_is_string(b) ? json_string_value(b) : "";

        return strcmp(s, u);
    }
    x = json_number_value(a);
    y = json_number_value(b);
    return x < y ? -1 : x > y;
}

static int compare(const void *a, const void *b, void *arg)
{
    const struct table *t = arg;
    int i = *(const int *)a, j = *(const int *)b;
    const char *path = t->columns[t->sort].path;
    int order = 0;

    if (path != NULL)
        order = compare_values(json_at(json_array_get(t->rows, (size_t)i), path),
            json_at(json_array_get(t->rows, (size_t)j), path));
    if (order == 0)
        return i - j; /* stable */
    return t->descending ? -order : order;
}

static bool row_matches(const struct table *t, const json_t *row)
{
    char text[256];
    struct match m;
    enum role role;

    if (t->filter[0] == '\0')
        return true;
    match_start(&m, t->filter);
    while (match_next(&m)) {
        bool hit = false;

        if (m.field[0] != '\0') {
            hit = match_value(json_at(row, m.field), m.text);
        } else {
            for (int i = 0; i < t->column_count && !hit; i++) {
                role = table_cell(t, row, i, text, sizeof text);
                (void)role;
                hit = match_text(text, m.text);
            }
        }
        if (hit == m.negated)
            return false;
    }
    return true;
}

static void arrange(struct table *t)
{
    int count = (int)json_array_size(t->rows);
    int *order = realloc(t->order, (size_t)(count + 1) * sizeof *order);

    if (order == NULL)
        return; /* the old order shows fewer rows, never wrong ones: rows only grew */
    t->order = order;
    t->shown = 0;
    for (int i = 0; i < count; i++)
        if (row_matches(t, json_array_get(t->rows, (size_t)i)))
            t->order[t->shown++] = i;
    if (t->sort >= 0)
        qsort_r(t->order, (size_t)t->shown, sizeof *order, compare, t);
}

/* While the cursor moves, rows keep the place they had. */
static void keep_order(struct table *t, const json_t *before, const int *old, int old_count)
{
    int done = 0;
    char a[64], b[64];

    for (int i = 0; i < old_count; i++) {
        table_id(t, json_array_get(before, (size_t)old[i]), a, sizeof a);
        for (int j = done; j < t->shown; j++) {
            int row = t->order[j];

            table_id(t, json_array_get(t->rows, (size_t)row), b, sizeof b);
            if (strcmp(a, b) != 0)
                continue;
            memmove(t->order + done + 1, t->order + done, (size_t)(j - done) * sizeof *t->order);
            t->order[done++] = row;
            break;
        }
    }
}

static bool frozen(const struct table *t)
{
    return t->sort >= 0 && t->shown <= 200 && t->moved != 0 &&
        when_ticks() - t->moved < TABLE_FREEZE_US;
}

static void replace(struct table *t, json_t *rows)
{
    json_t *before = t->rows;
    int offset = t->at - t->top, old_count = t->shown;
    bool freeze = frozen(t);
    int *old = NULL;

    if (freeze) {
        old = malloc((size_t)(old_count + 1) * sizeof *old);
        if (old != NULL)
            memcpy(old, t->order, (size_t)old_count * sizeof *old);
    }
    t->rows = rows;
    t->shown = 0;
    t->measured = false;
    arrange(t);
    if (old != NULL)
        keep_order(t, before, old, old_count);
    free(old);
    json_decref(before);
    if (t->wanted[0] != '\0' && table_select(t, t->wanted)) {
        t->wanted[0] = '\0';
        return;
    }
    if (t->at_id[0] != '\0' && table_select(t, t->at_id)) {
        if (t->top > 0) { /* the row keeps its line on the screen */
            t->top = t->at - offset;
            scroll(t);
        }
        return;
    }
    scroll(t);
    remember(t);
}

void table_rows(struct table *t, json_t *rows)
{
    replace(t, json_is_array(rows) ? rows : json_array());
}

void table_append(struct table *t, json_t *rows)
{
    json_t *all = json_copy(t->rows);

    if (all != NULL && json_is_array(rows))
        json_array_extend(all, rows);
    json_decref(rows);
    while (json_array_size(all) > TABLE_ROWS_MAX)
        json_array_remove(all, json_array_size(all) - 1);
    if (all != NULL)
        replace(t, all);
}

void table_newest(struct table *t, json_t *rows)
{
    size_t count = json_array_size(rows), i;
    json_t *all = json_copy(rows); /* the answer's own array stays as it is */
    json_int_t oldest = count == 0 ? 0
                                   : json_int_or(json_array_get(rows, count - 1), t->id_path, 0);
    json_t *row;

    json_decref(rows);
    json_array_foreach(t->rows, i, row)
        if (json_array_size(all) < TABLE_ROWS_MAX && json_int_or(row, t->id_path, 0) < oldest)
            json_array_append(all, row);
    replace(t, all != NULL ? all : json_array());
}

void table_filter(struct table *t, const char *filter)
{
    str_copy(t->filter, sizeof t->filter, filter);
    arrange(t);
    if (t->at_id[0] == '\0' || !table_select(t, t->at_id)) {
        t->at = t->top = 0;
        remember(t);
    }
}

void table_sort(struct table *t, int column, bool descending)
{
    t->sort = column;
    t->descending = descending;
    arrange(t);
    if (t->at_id[0] != '\0')
        table_select(t, t->at_id);
}

void table_sort_next(struct table *t, bool reverse)
{
    int column = t->sort;

    if (reverse) {
        table_sort(t, t->sort, !t->descending);
        return;
    }
    do {
        column++;
        if (column >= t->column_count)
            column = -1;
    } while (column >= 0 &&
        (t->columns[column].path == NULL || t->columns[column].kind == COLUMN_SPARK));
    table_sort(t, column,
        column >= 0 && t->columns[column].kind != COLUMN_TEXT); /* numbers: biggest first */
}

static void mark(struct table *t, const json_t *row, bool on)
{
    char id[64];

    table_id(t, row, id, sizeof id);
    if (on)
        json_object_set_new(t->marks, id, json_true());
    else
        json_object_del(t->marks, id);
}

static bool is_marked(const struct table *t, const json_t *row)
{
    char id[64];

    return json_object_get(t->marks, table_id(t, row, id, sizeof id)) != NULL;
}

static void toggle(struct table *t)
{
    const json_t *row = table_current(t);

    if (row == NULL)
        return;
    mark(t, row, !is_marked(t, row));
    table_id(t, row, t->range_from, sizeof t->range_from);
    t->at++;
}

static void mark_range(struct table *t)
{
    int from = -1;
    char id[64];

    for (int i = 0; i < t->shown; i++)
        if (strcmp(table_id(t, table_row(t, i), id, sizeof id), t->range_from) == 0)
            from = i;
    if (from < 0)
        from = t->at;
    for (int i = from < t->at ? from : t->at; i <= (from < t->at ? t->at : from); i++)
        mark(t, table_row(t, i), true);
}

static void mark_all(struct table *t)
{
    bool all = t->shown > 0;

    for (int i = 0; i < t->shown; i++)
        all = all && is_marked(t, table_row(t, i));
    for (int i = 0; i < t->shown; i++)
        mark(t, table_row(t, i), !all);
}

static bool mark_command(struct table *t, enum command command)
{
    if (!t->marks_on || t->shown == 0)
        return false;
    if (command == CMD_MARK)
        toggle(t);
    else if (command == CMD_RANGE)
        mark_range(t);
    else if (command == CMD_MARK_ALL)
        mark_all(t);
    else
        return false;
    return true;
}

static int step_of(const struct table *t, enum command command)
{
    int page = t->height > 1 ? t->height : 1;

    if (command == CMD_DOWN || command == CMD_NEXT)
        return 1;
    if (command == CMD_UP || command == CMD_PREV)
        return -1;
    if (command == CMD_TOP)
        return -t->shown;
    if (command == CMD_BOTTOM)
        return t->shown;
    if (command == CMD_HALF_DOWN || command == CMD_HALF_UP)
        page = (page + 1) / 2;
    else if (command != CMD_PAGE_DOWN && command != CMD_PAGE_UP)
        return 0;
    return command == CMD_HALF_UP || command == CMD_PAGE_UP ? -page : page;
}

bool table_command(struct table *t, enum command command)
{
    int step = step_of(t, command);
    bool page = step > 1 || step < -1;

    if (command == CMD_SORT || command == CMD_SORT_BACK) {
        table_sort_next(t, command == CMD_SORT_BACK);
        return true;
    }
    if (step == 0 && !mark_command(t, command))
        return false;
    if (page && command != CMD_TOP && command != CMD_BOTTOM)
        t->top += step;
    t->at += step;
    t->wanted[0] = '\0';
    t->moved = when_ticks();
    scroll(t);
    remember(t);
    return true;
}

bool table_click(struct table *t, struct rect r, int y)
{
    int at = t->top + y - (r.y + r.h - t->height);

    if (y < r.y + r.h - t->height || at < 0 || at >= t->shown)
        return false;
    t->at = at;
    t->moved = when_ticks();
    remember(t);
    return true;
}

bool table_click_head(struct table *t, int y, int x)
{
    if (t->head_y < 0 || y != t->head_y)
        return false;
    for (int i = t->column_count; i-- > 0;) {
        if (t->head_x[i] < 0 || x < t->head_x[i])
            continue;
        if (t->columns[i].path == NULL || t->columns[i].kind == COLUMN_SPARK)
            return true;
        table_sort(t, i, t->sort == i ? !t->descending : t->columns[i].kind != COLUMN_TEXT);
        return true;
    }
    return true;
}

bool table_wants_more(const struct table *t)
{
    int height = t->height > 1 ? t->height : NOT_DRAWN_ROWS;

    return t->more && json_array_size(t->rows) < TABLE_ROWS_MAX && t->at + height >= t->shown;
}

int table_marked(const struct table *t)
{
    return (int)json_object_size(t->marks);
}

json_t *table_chosen(const struct table *t)
{
    json_t *ids = json_array();
    const json_t *row = table_current(t);
    const char *id;
    json_t *value;
    unsigned long long number;

    if (json_object_size(t->marks) == 0) {
        if (row != NULL)
            json_array_append(ids, json_object_get(row, t->id_path));
        return ids;
    }
    json_object_foreach(t->marks, id, value) {
        if (str_number(id, INT64_MAX, &number))
            json_array_append_new(ids, json_integer((json_int_t)number));
        else
            json_array_append_new(ids, json_string(id));
    }
    return ids;
}

char *table_note(const struct table *t, char *buf, size_t size)
{
    const char *title = t->sort >= 0 ? t->columns[t->sort].title : NULL;

    snprintf(buf, size, "%s%s%s%s%s%.60s", title != NULL ? "sort " : "", title != NULL ? title : "",
        title == NULL        ? ""
            : t->descending ? "↓"
                            : "↑",
        title != NULL && t->filter[0] != '\0' ? " · " : "", t->filter[0] != '\0' ? "filter " : "",
        t->filter);
    return buf;
}
