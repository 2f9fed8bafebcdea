/*
 * imports.h - the guided first import as rows: runs, their steps, and every record with the plan
 * for it and what became of it. What a step does is none of the store's business (jobs/import.h).
 *
 * Counts of a step are kept with the rows they count, in the same change; nothing is ever counted.
 * One run of a backend is open at a time. Any reader may read; changes run on the writer.
 */
#ifndef STORE_IMPORTS_H
#define STORE_IMPORTS_H

#include <stddef.h>

#include "base/err.h"
#include "queue/state.h"
#include "store/mappings.h"
#include "store/store.h"

#define IMPORT_SCOPE_MAX   512
#define IMPORT_HOURS_MAX   16
#define IMPORT_PACE_MAX    100000 /* records a minute */
#define IMPORT_PLACE_MAX   96
#define IMPORT_RESULT_MAX  2048
#define IMPORT_CHANGES_MAX (16 << 10) /* bytes of a record's list of changes */
#define IMPORT_BATCH_MAX   512        /* records in one change */

enum import_step_id {
#define STEP(id, name, title) IMPORT_##id,
#include "store/imports.def"
    IMPORT_STEP_COUNT
};
enum import_run_state {
#define RUN_STATE(id, name, what) IMPORT_RUN_##id,
#include "store/imports.def"
    IMPORT_RUN_STATE_COUNT
};
enum import_step_state {
#define STEP_STATE(id, name, what) IMPORT_STEP_##id,
#include "store/imports.def"
    IMPORT_STEP_STATE_COUNT
};
enum import_verdict {
#define VERDICT(id, name, what) IMPORT_VERDICT_##id,
#include "store/imports.def"
    IMPORT_VERDICT_COUNT
};
enum import_item_state {
#define ITEM_STATE(id, name, what) IMPORT_ITEM_##id,
#include "store/imports.def"
    IMPORT_ITEM_STATE_COUNT
};

const char *import_step_name(enum import_step_id step);
const char *import_step_title(enum import_step_id step);
bool import_step_of(const char *name, enum import_step_id *step); /* false: no such step */
const char *import_run_state_name(enum import_run_state state);
const char *import_step_state_name(enum import_step_state state);
const char *import_verdict_name(enum import_verdict verdict);
bool import_verdict_of(const char *name, enum import_verdict *verdict);
const char *import_item_state_name(enum import_item_state state);
bool import_item_state_of(const char *name, enum import_item_state *state);

struct import_run {
    int64_t id, backend;
    enum import_run_state state;
    bool paused;
    char hours[IMPORT_HOURS_MAX]; /* "22-6", hours of the core's zone; "": at any time */
    char by[STORE_NAME_MAX];
    char why[ERR_TEXT_MAX];       /* of a pause or a stop */
    enum err_kind error;          /* what paused it; NONE: a person did */
    char carry[STORE_TITLE_MAX];  /* why a step need not wait for records parked before it; "": it does */
    int64_t pace;                 /* records a minute at most; 0: as fast as it goes */
    when paced;                   /* until then what that allows is used up */
    when created, planned, updated, ended; /* ended 0: open */
};

struct import_step {
    int64_t run;
    enum import_step_id step;
    enum import_step_state state;
    char scope[IMPORT_SCOPE_MAX];
    int64_t shopify, odoo; /* -1: not asked */
    int64_t read, judged;
    int64_t verdicts[IMPORT_VERDICT_COUNT]; /* UNKNOWN: unused */
    int64_t items[IMPORT_ITEM_STATE_COUNT]; /* PLANNED, UNDONE and KEPT: unused */
    char operation[IMPORT_PLACE_MAX], place[IMPORT_PLACE_MAX];
    bool paged, whole;
    int restarts;
    char forced[STORE_TITLE_MAX];
    char note[ERR_TEXT_MAX];
    char result[IMPORT_RESULT_MAX];
    int64_t worked; /* microseconds */
    when started, ended;
};

struct import_item {
    int64_t id, run;
    enum import_step_id step;
    enum import_item_state state;
    enum import_verdict verdict;
    char record[STORE_RECORD_MAX];
    char title[STORE_TITLE_MAX];
    char model[STORE_NAME_MAX];
    int64_t odoo;
    char print[65];
    char *changes; /* JSON text for free(3); NULL: none */
    struct err why;
    int64_t job;
    int job_state; /* by imports_ended alone; -1: the job is gone */
    bool made;
    char *body; /* JSON text for free(3); only where said */
    size_t body_len;
};
void import_items_clear(struct import_item *items, size_t count); /* frees the texts */

/* ---- runs ---- */

/* A new run with its steps waiting; CONFLICT: another one of the backend is open. */
bool imports_begin(struct db *db, struct import_run *run, const struct import_step *steps,
                   size_t count, struct err *err);
bool imports_get(struct db *db, int64_t id, struct import_run *run, struct err *err); /* MISSING */
/* The open one, or else the newest; id 0: there was never one. */
bool imports_newest(struct db *db, int64_t backend, struct import_run *run, struct err *err);
/* Newest first; after 0: from the newest. *count: room in, rows out. */
bool imports_list(struct db *db, int64_t backend, int64_t after, struct import_run *rows,
                  size_t *count, int64_t *next, struct err *err);
bool imports_put(struct db *db, const struct import_run *run, struct err *err);
/* The steps of a run, IMPORT_STEP_COUNT of them at most; *count: room in, rows out. */
bool imports_steps(struct db *db, int64_t run, struct import_step *rows, size_t *count,
                   struct err *err);
bool imports_step(struct db *db, int64_t run, enum import_step_id step, struct import_step *row,
                  struct err *err);
/*
 * By the driver: all but the counts of records, which move with them, and what people say; a step
 * that they left out stays so.
 */
bool imports_put_step(struct db *db, const struct import_step *step, struct err *err);
/* By a person. */
bool imports_say_step(struct db *db, int64_t run, enum import_step_id step,
                      enum import_step_state state, const char *forced, struct err *err);

/*
 * Forgets a piece of what is old: runs that ended before, with all they had, but for the newest run
 * of each backend; and what a run read and never used, as soon as it is over. *more: there is more.
 */
bool imports_trim(struct db *db, when before, int limit, bool *more, struct err *err);

/* ---- records ---- */

/* Adds records that were read; one that is there already keeps what it has. */
bool imports_add(struct db *db, const struct import_item *items, size_t count, struct err *err);
/* Writes verdict, title, model, odoo, print, changes and why. */
bool imports_judge(struct db *db, const struct import_item *items, size_t count, struct err *err);
/* Writes state, why, job, odoo and made. drop_body: a job has it now. */
bool imports_move(struct db *db, const struct import_item *items, size_t count, bool drop_body,
                  struct err *err);
/* Others stand for it: it is no record of the run any more. */
bool imports_drop(struct db *db, const struct import_item *item, struct err *err);
/* "line:N", "level:ITEM": what a line of the file was, that can't be read. */
bool imports_nameless(const struct import_item *item);
/*
 * All records of the step in one state to another, at most limit; *moved how many. Nameless ones
 * are never planned: nothing could be made of them.
 */
bool imports_move_all(struct db *db, int64_t run, enum import_step_id step,
                      enum import_verdict verdict, enum import_item_state from,
                      enum import_item_state to, int limit, int64_t *moved, struct err *err);
/* Records that were judged are to be judged again, unless more became of them than a plan. */
bool imports_doubt(struct db *db, int64_t run, enum import_step_id step,
                   enum import_verdict verdict, int limit, int64_t *moved, struct err *err);
/* The same of one record; it is no matter if there is none. */
bool imports_doubt_one(struct db *db, int64_t id, struct err *err);
/* Never, not even before a restart: what it uses is not counted yet. */
bool imports_never_judged(struct db *db, int64_t id, bool *never, struct err *err);
/* Forgets all records of a step: it is read anew. At most limit; *more: there are others. */
bool imports_forget(struct db *db, int64_t run, enum import_step_id step, int limit, bool *more,
                    struct err *err);

struct imports_filter {
    int64_t run;
    enum import_step_id step;
    int verdict; /* -1: all */
    int state;   /* -1: all */
    int64_t after; /* id; 0: from the first */
    bool bodies;   /* with body */
    bool made;     /* only what this run made */
};
/* In the order of the file. *count: room in, rows out; *next 0 at the end. */
bool imports_items(struct db *db, const struct imports_filter *filter, struct import_item *rows,
                   size_t *count, int64_t *next, struct err *err);
bool imports_item(struct db *db, int64_t id, bool body, struct import_item *item, struct err *err);
/* QUEUED or PARKED ones whose job is in another state now: job_state says in which. */
bool imports_ended(struct db *db, int64_t run, enum import_step_id step,
                   enum import_item_state state, struct import_item *rows, size_t *count,
                   struct err *err);
bool imports_find(struct db *db, int64_t run, enum import_step_id step, const char *record,
                  struct import_item *item, bool *found, struct err *err);

/* Why records of a plan are refused, by what it is about (else by the words), most first. */
struct import_cause {
    enum import_step_id step;
    enum err_kind kind;
    char thing[ERR_THING_MAX], why[ERR_TEXT_MAX];
    int64_t count; /* of the first 20,000 refused ones */
};
bool imports_causes(struct db *db, int64_t run, enum import_step_id step, struct import_cause *rows,
                    size_t *count, struct err *err); /* *count: room in, rows out */

/* ---- what is used ---- */

/*
 * Counts a use of a mapping by the records of a run (times 0: seen again, counted before); title:
 * what people read for it; lacking: a person has to map it, as it looks now.
 */
bool imports_use(struct db *db, int64_t run, const char *kind, const char *key, const char *title,
                 bool lacking, int64_t times, struct err *err);
struct import_use {
    char kind[STORE_NAME_MAX], key[STORE_TITLE_MAX], title[STORE_TITLE_MAX];
    int64_t uses;
    bool mapped; /* it has its meaning: a mapping, or a rule that needs none */
    struct mapping mapping; /* id 0: no row */
};
/* Where a page of them begins: behind that one. kind "": from the first. */
struct import_use_place {
    char kind[STORE_NAME_MAX], key[STORE_TITLE_MAX];
    bool mapped;
};
/*
 * By kind, the unmapped ones of a kind first, then by key. kind NULL: all but those beginning with
 * "plan.". *count: room in, rows out.
 */
bool imports_uses(struct db *db, const struct import_run *run, const char *kind,
                  const struct import_use_place *after, struct import_use *rows, size_t *count,
                  struct err *err);
bool imports_used(struct db *db, int64_t run, const char *kind, const char *key, bool *found,
                  struct err *err);

#endif
