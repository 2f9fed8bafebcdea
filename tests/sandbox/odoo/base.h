/*
 * base.h - the tables of the practice Odoo: models with their fields, records, indexes, and a
 * transaction log that can take everything back.
 *
 * Everything here belongs to the one thread that holds odoo->lock (rpc.c). A record pointer is
 * good until the record is deleted; borrowed values until the field is set again.
 */
#ifndef SANDBOX_ODOO_BASE_H
#define SANDBOX_ODOO_BASE_H

#include <jansson.h>
#include <pthread.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/str.h"
#include "base/when.h"
#include "tests/sandbox/odoo/value.h"

enum field_type {
#define TYPE(id, name) FIELD_##id,
#include "tests/sandbox/odoo/types.def"
#undef TYPE
    FIELD_TYPE_COUNT
};

struct model;
struct record;
struct call;

/* Works out a field that is not stored. *to is empty and becomes the caller's to clear. */
typedef void (*field_compute)(struct call *c, const struct record *r, struct value *to);

struct field {
    char *name, *label;
    enum field_type type;
    char *relation, *inverse; /* NULL: none */
    struct model *comodel;    /* NULL: a model we do not have */
    bool required, readonly, stored, translated, dependent;
    bool inherited; /* product.product: lives on the template */
    int digits;     /* -1: as given */
    char **selection;
    size_t selection_count;
    int column; /* -1: never set so far */
    struct index *index;
    field_compute compute;
};

struct record {
    struct model *model;
    int id;
    int columns;
    struct value *cols;
};

struct model {
    char *name, *label, *table, *rec_name, *order;
    bool transient;
    struct field *fields;
    size_t field_count;
    struct field **hashed; /* by name, open addressing */
    size_t hash_room;
    int columns;
    struct record **records; /* by id; NULL: none */
    int last_id, room;
    size_t count;
    struct field *write_date, *active;
    const struct behaviour *behaviour; /* NULL: a plain table */
    struct xmlid **named; /* by record id, chained */
    int named_room;
};

struct odoo;

/* What one RPC call works with. */
struct call {
    struct odoo *odoo;
    int uid;
    const json_t *context; /* never NULL; borrowed */
    int64_t began;         /* transactions committed before this one started */
    when now;
    char *fault_name; /* NULL: none so far */
    char *fault_text;
    int creating_order; /* its lines wait for it */
    int creating_template; /* its variants wait for its lines */
    bool repeated; /* the server had to do it again: what new quants were counted is lost */
    bool bare_template; /* a template whose variant comes from elsewhere */
};

struct undo;
struct xmlid;

struct odoo {
    pthread_mutex_t lock;
    struct model **models;
    size_t model_count;
    struct undo *undo;
    size_t undo_count, undo_room;
    struct xmlid **xmlids; /* hash table of external ids */
    size_t xmlid_room, xmlid_count;
    int xmlid_last;
    _Atomic int64_t commits;
    int order_number, out_number; /* sequences: they are not rolled back, as in PostgreSQL */
    when clock;                   /* 0: the real one */
    char *database, *login, *key, *password;
    int uid, company_currency, country;
};

bool base_load_models(struct odoo *o, const char *fields, struct err *err);
void base_clear(struct odoo *o);

struct model *model_find(const struct odoo *o, const char *name);
struct field *field_find(const struct model *m, const char *name);
void field_index(struct odoo *o, const char *model, const char *field);
void field_computed(struct odoo *o, const char *model, const char *field, field_compute compute);
const char *field_type_name(enum field_type type);
bool field_is_x2many(const struct field *f);

struct record *record_get(const struct model *m, int id); /* NULL: none */
struct record *record_new(struct call *c, struct model *m);
void record_delete(struct call *c, struct record *r);
/* Moves value in. Keeps indexes and the transaction log. */
void record_set(struct call *c, struct record *r, struct field *f, struct value value);
const struct value *record_at(const struct record *r, const struct field *f); /* stored only */
/* Ids that have this value in an indexed field; NULL: none. */
const struct ids *index_find(const struct field *f, const struct value *value);

/* By name, for our own code; the field must exist. */
void put(struct call *c, struct record *r, const char *field, struct value value);
const struct value *at(const struct record *r, const char *field);
int at_id(const struct record *r, const char *field); /* many2one or integer, 0: none */
double at_real(const struct record *r, const char *field);
const char *at_text(const struct record *r, const char *field); /* "" for none */
bool at_is(const struct record *r, const char *field, const char *text);
struct record *at_record(const struct record *r, const char *field);

void base_commit(struct odoo *o);
void base_rollback(struct odoo *o, size_t to); /* to: undo_count as it was */

/* Always false, so that one can write: return fault(...). The first one stays. */
bool fault(struct call *c, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
bool fault_clear(struct call *c);

#define FAULT_VALUE "builtins.ValueError"
#define FAULT_TYPE "builtins.TypeError"
#define FAULT_ATTRIBUTE "builtins.AttributeError"
#define FAULT_USER "odoo.exceptions.UserError"
#define FAULT_VALIDATION "odoo.exceptions.ValidationError"
#define FAULT_ACCESS "odoo.exceptions.AccessError"
#define FAULT_MISSING "odoo.exceptions.MissingError"

#endif
