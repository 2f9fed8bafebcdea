/*
 * services.h - what the control server asks of the two sides on an operator's behalf: checks,
 * choices, subscriptions, fixes, gauges. main binds them to control/services.h.
 *
 * gauges reads memory and may be called on the main thread; all else talks to Shopify
 * or Odoo and is called on one thread at a time, control's service thread.
 */
#ifndef JOBS_SERVICES_H
#define JOBS_SERVICES_H

#include <jansson.h>

#include "jobs/workshop.h"

struct services;

struct services *services_new(struct workshop *workshop, struct err *err);
void services_free(struct services *s);
AUTO_DEFINE(services)

json_t *services_gauges(struct services *s);

json_t *services_check(struct services *s, int64_t backend, const char *side, struct err *err);
json_t *services_choices(struct services *s, int64_t backend, struct err *err);
json_t *services_mapping_choices(struct services *s, int64_t backend, const char *kind,
                                 struct err *err);
bool services_refresh(struct services *s, int64_t backend, struct err *err);
/* what: 0 list, 1 ensure, 2 remove */
json_t *services_subscriptions(struct services *s, int64_t backend, int what, struct err *err);
/* Inside a change: adds the job that reads this record again. */
bool services_sync_record(struct db *db, int64_t backend, const char *kind, const char *id,
                          int64_t *job, struct err *err);
/* fixes.c: by what the problem is about, and whose it is (jobs/fixes.def). */
json_t *services_fixes(struct db *db, const json_t *problem);
json_t *services_fix(struct services *s, struct db *db, const json_t *problem, int64_t n,
                     const json_t *params, const char *by, struct err *err);

/* For fixes.c and import_checks.c, on the service thread. */
struct workshop *services_workshop(struct services *s);
struct http *services_http(struct services *s);
struct db *services_db(struct services *s);

/* import_checks.c: {"checks":[STEP]}, and {"rows":[{"step","shopify","exact","odoo","note"}]}. */
json_t *import_checks(struct services *s, int64_t backend, struct err *err);
json_t *import_counts(struct services *s, int64_t backend, const json_t *scope, struct err *err);

#endif
