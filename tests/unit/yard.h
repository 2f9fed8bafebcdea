/*
 * yard.h - flows at work: a stand (stand.h) whose Odoo is the practice one, with a workshop and
 * its scheduler. Jobs go in, what became of them and of the Odoo is looked at.
 *
 * The practice sides are a process of their own (signalbox-sandbox). With SIGNALBOX_TEST_REAL set
 * the Odoo is the one that SIGNALBOX_ODOO_URL, _DB, _LOGIN and _KEY_FILE name, which a test may then
 * not ask for faults. Everything asserts; one thread.
 */
#ifndef TESTS_UNIT_YARD_H
#define TESTS_UNIT_YARD_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "jobs/rehearse.h"
#include "jobs/workshop.h"
#include "queue/schedule.h"
#include "store/jobs.h"
#include "store/pairs.h"
#include "tests/unit/stand.h"

struct yard {
    struct stand stand;
    pid_t sandbox;
    int to_sandbox;
    void *from_sandbox; /* FILE */
    json_t *sides;      /* what the sandbox says of itself: {shop, odoo} */
    json_t *odoo;       /* {url, database, login, key} */
    bool real;          /* that Odoo is no practice one */
    struct workshop *workshop;
    struct schedule *schedule;
    struct http *http;
    struct site *site;
};

void yard_open(struct yard *y, unsigned workers); /* a small tidy shop */
/* options of the sandbox, ended by NULL */
void yard_open_shop(struct yard *y, unsigned workers, const char *const *options);
void yard_close(struct yard *y);

/* Takes payload; NULL: none. */
int64_t yard_job(struct yard *y, const char *lane, const char *kind, const char *record,
                 json_t *payload);
void yard_settle(struct yard *y); /* until no job is ready, running or waiting */
void yard_rest(struct yard *y); /* no job is worked on any more */
struct job yard_get(struct yard *y, int64_t job);
int yard_parked(struct yard *y);
/* Was that written in a record's timeline? Parts of the word and of the sentence. */
bool yard_told(struct yard *y, const char *record, const char *what, const char *has);
struct pair yard_pair(struct yard *y, const char *kind, int64_t shopify_id); /* id 0: none */
void yard_map(struct yard *y, const char *kind, const char *key, const char *value);
int64_t yard_uses(struct yard *y, const char *kind, const char *key); /* -1: no such row */

/* Of the practice sides: {"do": ...}. Takes wish; the answer. */
json_t *yard_wish(struct yard *y, json_t *wish);

/* model.method(args, kwargs), both taken; new result. A write unless read. */
json_t *yard_odoo(struct yard *y, const char *model, const char *method, json_t *args,
                  json_t *kwargs);
/* search_read; domain is taken, fields by commas. */
json_t *yard_find(struct yard *y, const char *model, json_t *domain, const char *fields);
int64_t yard_count(struct yard *y, const char *model, json_t *domain);
/* A new record; vals is taken. */
int64_t yard_make(struct yard *y, const char *model, json_t *vals);

/* The rehearsal of records (taken) by that function; out: for yard_forget. */
void yard_rehearse(struct yard *y, rehearse_fn *rehearse, json_t *records, struct rehearsed *out);
void yard_forget(struct rehearsed *out, size_t count);

#endif
