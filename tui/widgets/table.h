/*
 * table.h - a list of JSON objects with columns, a cursor, marks and a sort order.
 *
 * The cursor stays on its record when rows come and go: identity is the id, not
 * the place. While the cursor moves, the order is frozen for a moment. Marks are
 * ids too and survive every refresh. A filter is words and field:value terms over
 * what the columns show.
 *
 * The table owns its rows. One thread.
 */
#ifndef TUI_WIDGETS_TABLE_H
#define TUI_WIDGETS_TABLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/when.h"
#include "tui/draw/canvas.h"
#include "tui/fmt.h"
#include "tui/keys.h"

#define TABLE_ROWS_MAX 5000 /* rows held; older ones must be found with the filter */
#define TABLE_COLUMNS_MAX 16
#define TABLE_FREEZE_US (2 * WHEN_SECOND)

enum column_kind {
    COLUMN_TEXT,
    COLUMN_COUNT,  /* integer, grouped; 0 is shown as 0 */
    COLUMN_RATE,   /* 3.1 */
    COLUMN_MS,
    COLUMN_SPAN_US,
    COLUMN_SPAN_S, /* null: – */
    COLUMN_AGE,    /* a moment: by the time format */
    COLUMN_CLOCK,  /* a moment as the time of day */
    COLUMN_BYTES,
    COLUMN_SPARK,
    COLUMN_SHOP   /* a shop's id, shown by its name; only there while there are several */
};

struct table;

struct column {
    const char *title, *path;
    enum column_kind kind;
    int min, max;       /* columns; max 0: as wide as its texts, and takes what is left;
                           of a curve: its samples */
    int priority;       /* 1: always, 2: from 100 columns of screen, 3: from 120, 4: from 160 */
    const char *wide;   /* the title from 110 columns; NULL: the same */
    /* Instead of path: writes the text and may choose a role. */
    void (*cell)(const struct table *t, const json_t *row, char *buf, size_t size, enum role *role);
};

struct table {
    const struct column *columns;
    int column_count;
    const char *id_path; /* the record's id; several rows never share one */
    bool marks_on;       /* rows can be marked */
    bool preview;        /* only to look at: no cursor is shown */
    /* set by the owner before drawing */
    when now;
    enum fmt_time time;
    json_t *shops; /* [{id,name}] of the core, for COLUMN_SHOP; NULL: not known */
    bool more; /* there are older rows than these */

    json_t *rows;   /* array, as it came; never NULL after table_init */
    int *order;     /* rows shown: filtered and sorted */
    int shown, at, top, height;
    char at_id[64]; /* record under the cursor */
    char wanted[64]; /* record the cursor goes to when it comes; "": none */
    json_t *marks;  /* object: id -> true */
    char range_from[64];
    int sort;       /* column, -1: as it came */
    bool descending;
    int64_t moved;  /* ticks of the last move of the cursor */
    int needs[TABLE_COLUMNS_MAX]; /* the widest text of each column so far: they only grow */
    bool measured;
    int head_y, head_x[TABLE_COLUMNS_MAX]; /* where the heads were drawn; head_y -1: nowhere */
    enum fmt_time measured_time;
    char filter[256];
};

void table_init(struct table *t, const struct column *columns, int count, const char *id_path);
void table_clear(struct table *t);
void table_shops(struct table *t, const json_t *shops); /* keeps a reference */

/* Takes rows (an array; NULL is an empty one). */
void table_rows(struct table *t, json_t *rows);
void table_append(struct table *t, json_t *rows); /* an older page; takes rows */
/*
 * The newest page anew, where older ones are read already and stay: rows with integer ids, newest
 * first. Takes rows.
 */
void table_newest(struct table *t, json_t *rows);
void table_filter(struct table *t, const char *filter);
void table_sort(struct table *t, int column, bool descending);
void table_sort_next(struct table *t, bool reverse);

const json_t *table_current(const struct table *t); /* NULL: no row */
const json_t *table_row(const struct table *t, int at);
bool table_select(struct table *t, const char *id);
char *table_id(const struct table *t, const json_t *row, char *buf, size_t size);

bool table_command(struct table *t, enum command command); /* false: not the table's */
bool table_click(struct table *t, struct rect r, int y);
/* Sorts by the column whose head was hit; once more: the other way round. false: no head there. */
bool table_click_head(struct table *t, int y, int x);
/* Near the end of the rows while there are more: the owner should ask for the next page. */
bool table_wants_more(const struct table *t);

int table_marked(const struct table *t);
/* The ids an action means: the marks, or else the row under the cursor. New array. */
json_t *table_chosen(const struct table *t);

/* Draws head and rows into r, whose first two columns are for the cursor and the mark. */
void table_draw(struct table *t, struct canvas *c, struct rect r, bool focused, bool head);
/* "sort LAG↓ · filter x" */
char *table_note(const struct table *t, char *buf, size_t size);
/* The text of one cell, as drawn. */
enum role table_cell(const struct table *t, const json_t *row, int column, char *buf, size_t size);

#endif
