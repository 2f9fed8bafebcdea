/*
 * sheet.h - a load plan of one record, cell by cell: {model, xmlid, context, fields, rows}.
 *
 * Cells are text only: a JSON boolean or number can break Odoo's load. Embedded by value; what was
 * begun is ended by sheet_plan or sheet_clear.
 */
#ifndef SYNC_SHEET_H
#define SYNC_SHEET_H

#include <jansson.h>
#include <stdint.h>

struct sheet {
    json_t *fields, *rows;
    size_t row; /* where cells go; sheet_more begins another */
};

void sheet_begin(struct sheet *s);
void sheet_clear(struct sheet *s);
/* NULL: an empty cell. Columns are named by the first row; later rows only fill them. */
void sheet_text(struct sheet *s, const char *field, const char *text);
void sheet_id(struct sheet *s, const char *field, int64_t id); /* 0: empty */
/* A row that continues the record: its cells are empty but for those of sheet_text. */
void sheet_more(struct sheet *s);
/* Takes the cells; NULL without memory. Created once: the external id says which record it is. */
json_t *sheet_plan(struct sheet *s, const char *model, const char *xmlid);

#endif
