/*
 * depot.h - flows at work in this process: a store, the workshop and its scheduler, against a
 * practice Odoo (a signalbox-sandbox of its own) or the one that SIGNALBOX_ODOO_URL, _DB, _LOGIN
 * and _KEY_FILE name. Calls assert that they worked.
 */
#ifndef TESTS_UNIT_DEPOT_H
#define TESTS_UNIT_DEPOT_H

#include <jansson.h>
#include <sys/types.h>

#include "base/seal.h"
#include "jobs/rehearse.h"
#include "jobs/workshop.h"
#include "odoo/rpc.h"
#include "store/jobs.h"
#include "store/pairs.h"
#include "store/store.h"

struct depot {
    char dir[64];
    struct store *store;
    struct seal *seal;
    struct workshop *workshop;
    struct schedule *schedule;
    struct db *db; /* the test's own reader */
    int64_t backend;
    struct odoo *odoo; /* the test's own way to Odoo */
    struct http *http;
    pid_t sandbox; /* 0: a real Odoo */
    int to_sandbox, from_sandbox;
};

void depot_open(struct depot *y, bool real); /* real: the Odoo of the environment */
void depot_close(struct depot *y);
void depot_policy(struct depot *y, const char *key, const char *value);
/* An operator maps; value NULL: takes it back. Jobs that wait for it run again. */
void depot_map(struct depot *y, const char *kind, const char *key, const char *value);
/* Takes payload (may be NULL: none). */
int64_t depot_add(struct depot *y, const char *kind, const char *lane, const char *record,
                 json_t *payload);
/* Until nothing is ready, running or waiting; asserts that it comes to that. */
void depot_settle(struct depot *y);
struct job depot_job(struct depot *y, int64_t id);
/* model.method(args, kwargs), both as JSON text; kwargs may be NULL. */
json_t *depot_ask(struct depot *y, const char *model, const char *method, const char *args,
                 const char *kwargs);
/* False: there is none. */
bool depot_pair(struct depot *y, const char *kind, int64_t shopify_id, struct pair *pair);
/* Is there an event of that record whose text holds the words? */
bool depot_told(struct depot *y, const char *record, const char *words);
/* An order to the sandbox's control ("do": ...). Takes order. */
json_t *depot_sandbox(struct depot *y, json_t *order);
/* A place as the import has it when it rehearses; depot_leave ends it. */
void depot_enter(struct depot *y, struct workshop_place *place);

#endif
