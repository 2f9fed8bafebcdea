/*
 * methods.h - a request in the hands of its method.
 *
 * Methods are plain functions: parameters checked already (params.h), a connection of the
 * thread they run on, a result to fill. Those marked audited run on the change desk and write
 * through call_change, which adds the audit entry in the same commit.
 */
#ifndef CONTROL_METHODS_H
#define CONTROL_METHODS_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/seal.h"
#include "control/roles.h"
#include "control/server.h"
#include "store/audit.h"
#include "store/store.h"

struct call;
typedef bool method_run(struct call *call, struct err *err);

enum method_place {
    METHOD_HERE,   /* the main thread: only reads, and quickly */
    METHOD_CHANGE, /* the change desk: waits for a commit */
    METHOD_SERVICE /* the service desk: talks to Shopify or Odoo, or reads long */
};

struct method {
    const char *name, *params, *help;
    method_run *run;
    enum proto_role role;
    bool audited;
};

struct call {
    /* what the method may use */
    struct store *store;
    struct db *db; /* reader of this thread */
    const struct seal *seal;
    struct schedule *schedule; /* may be NULL */
    const struct control_services *services;
    const struct method *method;
    const struct peer *peer;
    const char *origin;
    const json_t *params;
    const char *state_dir;
    when started;        /* of the core */
    json_t *clients;     /* [{user,role}], borrowed; METHOD_HERE only */
    struct trend *trend; /* of the backlog; METHOD_HERE only */
    store_change *first; /* runs before the change, in the same commit; may be NULL */
    void *first_ctx;
    /* what it leaves */
    json_t *result;       /* NULL and true: an empty object */
    json_t *data;         /* more of an error's data; may be NULL */
    enum proto_code code; /* of an error; 0: by the kind of err */
    bool stop;            /* the core is to end after the answer */
};

/* How the backlog moved lately: kept by the server from one overview to the next. */
struct trend {
    int64_t ticks, backlog; /* half a minute ago or more */
    int64_t next_ticks, next_backlog;
};

const struct method *method_find(const char *name); /* NULL: unknown */
enum method_place method_place(const struct method *method);
/* Role and parameters first, then the method. False: *err, call->code and call->data say why. */
bool method_call(struct call *call, struct err *err);
json_t *method_list(void); /* for "methods" */

#define METHOD(name, function, role, audited, params, help) method_run m_##function;
#include "control/methods.def"
#undef METHOD

/* ---- parameters, after the check ---- */
int64_t call_int(const struct call *call, const char *name, int64_t otherwise);
const char *call_text(const struct call *call, const char *name); /* NULL: absent */
/* "limit", from 1 to PROTO_PAGE_MAX; 100 if it is not given. */
size_t call_limit(const struct call *call);
/* "after": the "next" of the last page as a number; false: it is none of ours. */
bool call_after(const struct call *call, int64_t *after, struct err *err);
json_t *json_id_or_null(int64_t id); /* null for 0 */
json_t *json_next(int64_t next);     /* text of a number, null at the end */
json_t *json_str(const char *text);  /* never NULL but without memory; bad UTF-8 is "?" */

/* ---- changes ---- */

/* What is written beside a change. Texts are cut; undo is {"method","params"} or NULL. */
struct call_note {
    char object[STORE_TITLE_MAX];
    char before[AUDIT_VALUE_MAX], after[AUDIT_VALUE_MAX];
    json_t *undo; /* owned by the note; freed by call_change */
};

/*
 * Runs change(db, ctx) on the writer and adds the audit entry (user, uid, origin, reason) in
 * the same savepoint: both or neither. change may fill the note; it runs once.
 */
bool call_change(struct call *call, store_change *change, void *ctx, struct call_note *note,
                 struct err *err);
/* Tells main.c's parts after a commit. */
void call_changed(struct call *call, enum control_change what, int64_t backend);
/* "this core cannot do that": a service is missing. Always false. */
bool call_no_service(struct call *call, struct err *err);

#endif
