/*
 * xmlid.h - external ids: module.name -> model, id. What makes a create happen once.
 *
 * Each knows after how many commits it came to be, so that a call that began earlier sees a
 * serialization failure instead of the record, as under REPEATABLE READ.
 */
#ifndef SANDBOX_ODOO_XMLID_H
#define SANDBOX_ODOO_XMLID_H

#include "tests/sandbox/odoo/base.h"

struct xmlid {
    char *module, *name;
    struct model *model;
    struct xmlid *next; /* of the same record */
    int id, record;
    bool noupdate;
    int64_t born; /* commits before the one that made it */
};

/* full: "module.name", split at the first dot; without a dot the module is __import__ */
struct xmlid *xmlid_find(const struct odoo *o, const char *full);
struct xmlid *xmlid_add(struct call *c, const char *full, struct model *m, int record,
                        bool noupdate);
void xmlid_drop(struct call *c, struct xmlid *x);
/* The nth external id of a record, the oldest first; NULL: none. */
struct xmlid *xmlid_of(const struct model *m, int record, size_t nth);

/* for base.c */
void xmlid_place(struct odoo *o, struct xmlid *x);
void xmlid_unplace(struct odoo *o, struct xmlid *x);
void xmlid_free(struct xmlid *x);
void xmlid_clear(struct odoo *o);
void undo_xmlid(struct odoo *o, struct xmlid *x, bool created);

#endif
