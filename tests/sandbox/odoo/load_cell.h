/*
 * load_cell.h - one cell of a load: the converters by field type and their complaints.
 */
#ifndef SANDBOX_ODOO_LOAD_CELL_H
#define SANDBOX_ODOO_LOAD_CELL_H

#include "tests/sandbox/odoo/orm.h"

struct cell_error {
    const struct field *field;
    char *text; /* NULL: nothing wrong */
    json_t *moreinfo;
    bool warning;
};

void cell_error_clear(struct cell_error *e);
bool cell_empty(const json_t *cell); /* as Python's not */
/*
 * What create would take for this cell; sub is "id", ".id" or NULL. NULL with e->text: a
 * message; NULL with c->fault_name: the whole call fails, as in the real one.
 */
json_t *cell_convert(struct call *c, const struct model *m, const struct field *f, const char *sub,
                     const json_t *cell, struct cell_error *e);

#endif
