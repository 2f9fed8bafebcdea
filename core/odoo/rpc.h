/*
 * rpc.h - one call of a model's method on an Odoo 18, over /jsonrpc.
 *
 * A struct odoo is one backend's Odoo: address, database, login and key, the user's id (asked for
 * once), and the window that limits how many calls are under way. Shared by all threads.
 *
 * One call is one transaction there. The kind of an err says what it did (tables in faults.def):
 *   BUSY     nothing was committed: not reached, overloaded, a lost race, or the call only reads
 *   UNSURE   it was sent and no answer came: look before sending again
 *   REFUSED  Odoo's own checks say no to this record; text is Odoo's first line
 *   MISSING  a record the call refers to is gone;  DENIED  key, rights, company, module
 *   BUG      unknown field or method, wrong argument: our mistake or a changed Odoo (odoo_stale)
 */
#ifndef ODOO_RPC_H
#define ODOO_RPC_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/str.h"
#include "http/http.h"
#include "http/window.h"

#define ODOO_CEILING 4
#define ODOO_WAIT_US INT64_C(30000000)

struct odoo;

struct odoo_settings {
    const char *url; /* https://odoo.example, http://127.0.0.1:8069; without a path */
    const char *db, *login, *key;
    const char *ca_file;           /* NULL: the system's */
    unsigned connect_ms, total_ms; /* 0: 5 s, 60 s */
    unsigned ceiling;              /* calls at once at most; 0: ODOO_CEILING */
    int64_t company;               /* res.company id; 0: the user's own */
};

/* Copies everything; the key is wiped in odoo_free. INVALID names the setting that is wrong. */
struct odoo *odoo_new(const struct odoo_settings *settings, struct err *err);
void odoo_free(struct odoo *odoo);
AUTO_DEFINE(odoo)
void odoo_stop(struct odoo *odoo); /* shutting down: those who wait for their turn get BUSY */

const char *odoo_url(const struct odoo *odoo);
const char *odoo_db(const struct odoo *odoo);
int64_t odoo_company(const struct odoo *odoo);
struct window *odoo_window(struct odoo *odoo); /* for its gauge */
/* Counts the faults that prove our picture of this Odoo old (unknown field, gone record). */
unsigned odoo_stale(const struct odoo *odoo);

/* What is kept with an attempt. Init once, clear at the end; each call starts it anew. */
struct odoo_trace {
    long status;           /* 0: no answer */
    char fault[96];        /* error.data.name; "" if none */
    int64_t waited_us, us; /* for a turn; on the wire */
    int64_t record;        /* of a refused load: which record, from 0; -1: not told */
    unsigned calls;        /* never reset by a call: counts what went over the wire */
    bool keep;             /* by the caller: fill request and response also when all is well */
    struct str request, response; /* masked (http/mask.h); filled when the call fails */
};

struct odoo_request {
    const char *model, *method;
    json_t *args;   /* an array, borrowed; NULL: [] */
    json_t *kwargs; /* an object, borrowed; NULL: {} ; the context goes in here (odoo/records.h) */
    bool read;      /* changes nothing there */
    enum pace_class class;
    size_t rows;     /* about how many records, for comparing latencies; 0: 1 */
    int64_t wait_us; /* for a turn, at most; 0: ODOO_WAIT_US */
    /* Some results are refusals (load): false with err turns this one into a failure. May be NULL. */
    bool (*judge)(const json_t *result, struct odoo_trace *trace, struct err *err);
};

void odoo_trace_init(struct odoo_trace *trace);
void odoo_trace_clear(struct odoo_trace *trace);
#define AUTO_ODOO_TRACE __attribute__((cleanup(odoo_trace_clear))) struct odoo_trace

/* *result: for the caller to free; null when the method returns None. trace may be NULL. */
bool odoo_call(struct odoo *odoo, struct http *http, const struct odoo_request *request,
               json_t **result, struct odoo_trace *trace, struct err *err);

/* common.version: {"server_version":...}. Needs neither database nor login. */
bool odoo_version(struct odoo *odoo, struct http *http, json_t **version, struct odoo_trace *trace,
                  struct err *err);
/* Signs in if nobody has yet. *uid is the user's id. */
bool odoo_login(struct odoo *odoo, struct http *http, int64_t *uid, struct odoo_trace *trace,
                struct err *err);

/* For tests and fuzzing: judges an answer that came with this status. *result as above. */
bool odoo_judge(const struct http_answer *answer, bool read, json_t **result,
                struct odoo_trace *trace, struct err *err);

#endif
