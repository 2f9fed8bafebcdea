/*
 * import.h - the guided first import, as its files share it and as people steer it.
 *
 *     import_run.c     the job "import.run": which step is next, and a piece of it
 *     import_scope.c   which records a step brings in
 *     import_read.c    Shopify's records into rows, resumable at each record
 *     import_alone.c   stock whose line in the file is spoilt, item by item
 *     import_judge.c   the rehearsal: each row held against Odoo; nothing is written there
 *     import_clinic.c  products that can't be told apart: what is asked, what was answered
 *     import_apply.c   rows become jobs, a few hundred at a time; what became of them
 *     import_verify.c  counts and sums of both sides
 *     import_verify_stock.c  and stock, piece by piece
 *     import_verify_bulk.c   of a large shop from one file
 *     import_live.c    what Shopify tells meanwhile of customers and products waits
 *     import_elsewhere.c  what Shopify keeps for orders where Odoo has no place
 *     import_held.c    what of it waits for a person in Odoo
 *     import_repair.c  what that found, done once more and compared again
 *     import_undo.c    what the run made and nobody touched, taken back
 *     import_people.c  begin, apply, pause, go on, stop, leave out, answer
 *
 * The driver is one job per run, in a lane of its own. It works for a second or two at a time and
 * comes back, so that a pause is seen at once and a crash loses nothing: all it knows is in the
 * store. Records go into Odoo as jobs of their own kinds, in the lane "import": with their retries,
 * their causes and fixes, behind live orders. Exactly once is theirs.
 */
#ifndef JOBS_IMPORT_H
#define JOBS_IMPORT_H

#include <jansson.h>

#include "jobs/rehearse.h"
#include "jobs/workshop.h"
#include "shopify/bulk.h"
#include "store/imports.h"

#define IMPORT_PIECE_US  (1500 * INT64_C(1000)) /* how long the driver works at a time */
#define IMPORT_AHEAD     800                    /* jobs of a step under way at once */
#define IMPORT_PRIORITY  4
#define IMPORT_LANE      "import"
#define IMPORT_FRESH     (15 * WHEN_MINUTE) /* a plan older than that is looked at again */

/* A step that brings records in; NULL: it does not (verify). */
struct import_kind {
    const char *record;
    enum bulk_kind bulk;
    const char *job, *lane;
    rehearse_fn *rehearse;
    size_t look;
};
const struct import_kind *import_kind(enum import_step_id step);

/* A driver at work. */
struct import_work {
    struct workshop_place place;
    struct store *store;
    struct db *db;
    int64_t job; /* the driver's own */
    struct import_run run;
    enum import_run_state loaded; /* of the run, when this piece began */
    struct import_step *step; /* the one in hand */
    struct import_step steps[IMPORT_STEP_COUNT];
    size_t count;
    int64_t deadline; /* when_ticks: come back then */
};
bool import_time_is_up(const struct import_work *work);
/* Writes the step, and the run, down. */
bool import_keep(struct import_work *work, struct err *err);

/*
 * A piece of the step in hand each. *again: when to go on with it, 0: at once. False: a side is
 * busy, denied or out; nothing is lost.
 */
bool import_read(struct import_work *work, when *again, struct err *err);
/*
 * Of stock: an item whose line can't be used ("level:ITEM", PARKED) is asked for by its id; its
 * levels take its place. What can't be had so either stays, with both causes in words.
 */
bool import_read_alone(struct import_work *work, struct err *err); /* false, NONE: time is up */
bool import_judge(struct import_work *work, when *again, struct err *err);
bool import_apply(struct import_work *work, when *again, struct err *err);
bool import_verify(struct import_work *work, when *again, struct err *err);
/* What the run made, taken back as far as that is safe; all kept row by row. */
bool import_undo(struct import_work *work, bool *ended, struct err *err);
/* Findings whose job is over are compared once more; state: QUEUED, or PARKED that was solved. */
bool import_recheck(struct import_work *work, enum import_item_state state, struct err *err);
/* Records of one step, held against both sides now; of stock: all levels of one item. why: what
 * differs, in words; NONE: nothing. */
bool import_compare(struct import_work *work, enum import_step_id step,
                    const struct import_item *items, size_t count, struct err *why,
                    struct err *err);
/* Lines {id, product_id, product_uom_qty} of these products in drafts that are held. */
bool import_held_lines(struct import_work *work, json_t *products, json_t **rows, struct err *err);
/* Of each item, how many pieces Shopify keeps for orders at all its places; added to committed. */
bool import_committed(struct import_work *work, const int64_t *items, size_t count,
                      int64_t *committed, struct err *err);
int64_t import_committed_of(const json_t *level); /* as Shopify tells it; null: 0 */
/* "level@LOCATION:ITEM", of an InventoryItem and one of its levels; false: one has no id. */
bool import_level_name(const json_t *item, const json_t *level, char name[STORE_RECORD_MAX]);
bool import_same_item(const struct import_item *a, const struct import_item *b); /* two levels of it */
/* Ends of jobs come back to the rows, and to the counts of the step in hand. */
bool import_take_ends(struct import_work *work, struct err *err);
void import_note_counts(struct import_step *step); /* how it ended, for people */
/* Ends of jobs come back to the rows; ends the step when nothing is left or a person says so. */
bool import_settle(struct import_work *work, when *again, struct err *err);

/*
 * Rehearses rows (with bodies) and fills verdict, title, model, odoo, print, changes, why. uses
 * and asks: room for count lists (uses.h, product_asks), the caller's to free; NULL: not wanted.
 */
bool import_look(struct import_work *work, struct import_item *items, json_t **uses, json_t **asks,
                 size_t count, struct err *err);
/* The variants of a record, and what is asked about them (store/clinic.h); in the judge's change. */
bool import_note_variants(struct db *db, int64_t run, int64_t item, const json_t *asks,
                          struct err *err);
/* What this run's earlier steps will make: is the thing that a record lacks among it? */
bool import_plans(struct import_work *work, struct import_item *items, size_t count,
                  struct err *err);

/* "22-6", "9-17"; "" is any hour. False: not of that form. */
bool import_hours_valid(const char *hours);
/* 0: now is within; else when they begin. */
when import_hours_wait(const char *hours, when now);

/* How many records of what a step brings in Odoo has. */
bool import_count_odoo(struct site *site, struct http *http, enum import_step_id step,
                       int64_t *count, struct odoo_trace *trace, struct err *err);

/*
 * scope of a step, as people give it, as what is asked: {"created_from","created_to",...,"zone"}.
 * Days begin at midnight in that zone (none: UTC); of a run it is the shop's, unless people say.
 */
bool import_filter(const char *scope, struct bulk_filter *filter, json_t **keep, struct err *err);
bool import_has_days(const json_t *scope); /* a zone matters for it; NULL: none */
bool import_zone(struct import_work *work, struct err *err); /* the shop's, kept with the scope */

/* ---- by people; inside a change ---- */

struct import_steer {
    struct db *db;
    const json_t *params;
    const char *by;
    struct import_run run;
};
/* Of the clinic: {"keys","answer","product"}. Part of import_steer. */
bool import_clinic_answer(struct import_steer *s, struct err *err);
/* Planned records of that verdict are to be judged again. */
bool import_doubt(const struct import_steer *s, enum import_step_id step,
                  enum import_verdict verdict, struct err *err);
/* Steps with records that are to be judged again are judged again; a plan is whole no more. */
bool import_rejudge(struct import_steer *s, struct err *err);

/*
 * what: plan, apply, pause, resume, stop, hours, pace, skip, unskip, go_on, answer, rehearse, repair,
 * clinic_answer, undo. params as the method's of that name; run: 0 for plan. *result: {"run":ID}, the caller's.
 */
bool import_steer(struct db *db, const char *what, const json_t *params, const char *by,
                  json_t **result, struct err *err);
/* What Shopify tells of customers and products waits for the run's end, and goes on; also a change. */
bool import_live_wait(struct db *db, const struct import_run *run, struct err *err);
bool import_live_go(struct db *db, const struct import_run *run, int64_t *waited, struct err *err);
/* Open findings of the verification, by their ids (none: all): their records' jobs run again. */
bool import_repair(struct db *db, const struct import_run *run, const json_t *ids, struct err *err);

#endif
