/*
 * changes.h - what moved in Odoo since a cursor, by write_date. Archived records too.
 *
 * write_date is the start of the transaction that wrote: one that commits late shows up behind
 * others. So each pass begins an overlap before the newest date that is known, and who asks takes
 * the same row with the same print for no change. The date is told in whole seconds; a row written
 * twice within one is told apart by what it holds.
 *
 * A pass goes by id: rows that are written meanwhile stay in it, and no page is skipped. What is
 * written while a pass of several pages is under way belongs to the next one: its dates count only
 * if they were known when it began.
 */
#ifndef ODOO_CHANGES_H
#define ODOO_CHANGES_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/when.h"
#include "odoo/rpc.h"

#define CHANGES_TEXT_MAX  128
#define CHANGES_PRINT_MAX 24
#define CHANGES_PAGE      1000
#define CHANGES_NEVER     (-1) /* wide, of a cursor that changes_begin just set */

struct changes_cursor {
    when at;        /* what was written before is read, but for what commits late */
    when top;       /* the newest date that was told */
    when wide;      /* the caller's: when the last pass with the whole overlap began, by us */
    when from;      /* of the pass that is under way; 0: none is */
    when known;     /* top when it began */
    int64_t id;     /* it is read up to here */
    unsigned pages;
};

/* False: it is none (or ""), and *c is one that was never set. */
bool changes_cursor_read(const char *text, struct changes_cursor *c);
void changes_cursor_write(const struct changes_cursor *c, char text[CHANGES_TEXT_MAX]);

struct changes_query {
    const char *model;
    json_t *domain; /* array, borrowed; NULL: all */
    json_t *fields; /* array, borrowed: what makes a change; id and write_date come by themselves */
    enum pace_class class;
};

/*
 * For a cursor that was never set. What its first pass, with the whole overlap, finds was there
 * before: it is seen, and what commits late later is not.
 */
bool changes_begin(struct odoo *odoo, struct http *http, const struct changes_query *query,
                   struct changes_cursor *c, struct odoo_trace *trace, struct err *err);
/*
 * The next page of the pass, or of a new one that reaches back so far. *more: there is another.
 * *rows: as search_read has them; the caller's.
 */
bool changes_page(struct odoo *odoo, struct http *http, const struct changes_query *query,
                  when overlap, struct changes_cursor *c, json_t **rows, bool *more,
                  struct odoo_trace *trace, struct err *err);

/* Of a row: what it holds, short. */
void changes_print(const json_t *row, char print[CHANGES_PRINT_MAX]);

/* Those of ids (array) that are no more, archived ones are: *gone is an array. */
bool changes_gone(struct odoo *odoo, struct http *http, const char *model, json_t *ids,
                  enum pace_class class, json_t **gone, struct odoo_trace *trace, struct err *err);

#endif
