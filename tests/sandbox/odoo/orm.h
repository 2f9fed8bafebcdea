/*
 * orm.h - what all models share: create, read, write, unlink, display names; and what a model of
 * its own kind adds to that (struct behaviour, one table per file: partner, product, sale...).
 */
#ifndef SANDBOX_ODOO_ORM_H
#define SANDBOX_ODOO_ORM_H

#include "tests/sandbox/odoo/base.h"

/* One call of a method: ids are the first positional argument of a record method. */
struct invocation {
    struct model *model;
    const char *method;
    const json_t *args;   /* array, ids still in it */
    const json_t *kwargs; /* object */
    struct ids ids;
};

/* All may be NULL. False: a fault, and the whole call is taken back. */
struct behaviour {
    const char *model;
    /* a create that is another record's change: its id, 0: a new one is made */
    bool (*instead)(struct call *c, const json_t *vals, int *id);
    /* before the values of a create; vals NULL: for default_get */
    bool (*defaults)(struct call *c, struct record *r, const json_t *vals);
    bool (*set)(struct call *c, struct record *r, const struct field *f, const json_t *value,
                bool *done); /* fields that are not simply kept */
    bool (*created)(struct call *c, struct record *r, const json_t *vals);
    bool (*written)(struct call *c, struct record *r, const json_t *vals);
    bool (*before_write)(struct call *c, struct record *r, const json_t *vals);
    bool (*unlinking)(struct call *c, struct record *r);
    void (*display)(struct call *c, const struct record *r, struct str *out);
    /* *known stays false for methods that are not the model's own; out is the JSON result, left
       empty for None */
    bool (*method)(struct call *c, const struct invocation *i, struct str *out, bool *known);
};

const struct behaviour *behaviour_of(const char *model);
void behaviours_attach(struct odoo *o); /* and the computed fields */

bool orm_create(struct call *c, struct model *m, const json_t *vals, int *id);
bool orm_write(struct call *c, struct model *m, const struct ids *ids, const json_t *vals);
bool orm_unlink(struct call *c, struct model *m, const struct ids *ids);
/* All ids exist; else MissingError. */
bool orm_exist(struct call *c, struct model *m, const struct ids *ids);
/* For free(3), never NULL. */
char *orm_display_name(struct call *c, const struct record *r);
/* The value of any field; *made is filled when it had to be worked out, clear it. */
const struct value *orm_value(struct call *c, const struct record *r, const struct field *f,
                              struct value *made);
void orm_touch(struct call *c, struct record *r); /* write_date, write_uid */
bool orm_flag(const struct call *c, const char *key); /* in the context */

/* fields NULL or empty: all. plain: many2one as a bare id. */
bool orm_read(struct call *c, struct model *m, const struct ids *ids, const json_t *fields,
              bool plain, struct str *out);
bool orm_fields_get(struct call *c, struct model *m, const json_t *names, const json_t *attributes,
                    struct str *out);
/* The words for a key of a selection; label is room for them. */
const char *selection_label(const struct field *f, const char *key, char *label, size_t size);
bool orm_read_group(struct call *c, const struct invocation *i, struct str *out);
bool orm_web_read(struct call *c, struct model *m, const struct ids *ids, const json_t *spec,
                  struct str *out);

/* Right to 'access' (read), 'create', 'modify' (write) or 'delete' a model. */
bool rights_check(struct call *c, const struct model *m, const char *what);
bool rights_check_name(struct call *c, const char *model, const char *what, bool *known);

#endif
