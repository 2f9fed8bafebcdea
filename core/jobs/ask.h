/*
 * ask.h - how a flow asks a person about fields that moved on both sides and that nobody owns.
 *
 *     ask_begin   what is asked about the record, or was answered, so far
 *     ask_likes   the values of that, for flows that know values which only look different
 *     ask_merge   takes the answer into a merge (sync/diff.h): what is then in its to_odoo and
 *                 to_shopify is to be written, and its agreed is what both hold afterwards
 *     ask_close   with the job's end: in one commit the job is asking and the conflict has the
 *                 three versions, or what was chosen is on record
 *
 * An answer counts for the versions it was given for: if a side holds something else by now (and
 * not the very answer, which an earlier try may have written), all is asked anew. A choice that was
 * taken back is put back and asked again, if both sides still hold it. Owned by one worker's thread.
 */
#ifndef JOBS_ASK_H
#define JOBS_ASK_H

#include <jansson.h>
#include <stdbool.h>

#include "jobs/closing.h"
#include "queue/schedule.h"
#include "store/conflicts.h"
#include "sync/kinds.h"

struct ask {
    struct conflict live; /* id 0: nothing is asked */
    json_t *was, *answer; /* of it */
    json_t *fields;       /* what a person must choose now: array, often empty */
    bool carried;         /* the answer is being carried out */
    char why[CONFLICT_WORDS_MAX];
};

bool ask_begin(struct ask *a, struct db *db, int64_t backend, const char *record, struct err *err);
void ask_clear(struct ask *a); /* zeroed is fine */
/* Appends {field: value} records: agreed, Shopify's, Odoo's, the chosen ones. */
void ask_likes(const struct ask *a, json_t *likes);
/* merge: of diff_merge_versions; shopify, odoo: the two records that it merged. */
void ask_merge(struct ask *a, json_t *merge, const json_t *shopify, const json_t *odoo);
/* A side took none of it, and nothing was written: the person chooses again, and sees why. */
void ask_refused(struct ask *a, const char *why);
bool ask_needs_person(const struct ask *a);

/* What the console shows beside the fields. */
struct ask_about {
    const struct kind *kind;
    const char *title;
    int64_t pair;
    when shopify_at, odoo_at; /* when each side changed */
    const json_t *same;       /* {label: value} that both hold alike; may be NULL */
};
/* The job's end (asking, else done) and what goes with it into closing, which must not be NULL. */
void ask_close(struct ask *a, const struct ask_about *about, struct batch_job *job,
               struct closing *closing);

/* The fields of which a rule can be said (owned.def): [{kind, field, label, owner}]; the caller's. */
json_t *ask_owned(void);

#endif
