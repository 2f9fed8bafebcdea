/*
 * conflicts.h - what people are asked: fields that moved on both sides and that nobody owns, with
 * the three versions they had, and what was chosen.
 *
 * An answer is given for one version; the row holds it until the job that asked has read both
 * sides again. A record has one live conflict at most. Values may be personal data: they stay in
 * here, words (summary, why) hold none. Any reader may read; changes run on the writer.
 */
#ifndef STORE_CONFLICTS_H
#define STORE_CONFLICTS_H

#include "store/store.h"

#define CONFLICT_VERSION_MAX 65
#define CONFLICT_FIELDS_MAX  100         /* of one record */
#define CONFLICT_TEXT_MAX    (256 << 10) /* bytes of the versions, or of an answer */
#define CONFLICT_WORDS_MAX   512
#define CONFLICT_UNDO_US     WHEN_MINUTE
#define CONFLICT_COUNT_MAX   10000       /* counts go no further */
#define CONFLICT_RULE_PIECE  500         /* conflicts that a rule sends off in one change */

enum conflict_state {
#define STATE(id, name, what) CONFLICT_##id,
#include "store/conflicts.def"
#undef STATE
    CONFLICT_STATE_COUNT
};

const char *conflict_state_name(enum conflict_state state);
bool conflict_state_of(const char *name, enum conflict_state *state);

struct conflict {
    int64_t id, backend, pair, job;
    char kind[STORE_NAME_MAX];
    char record[STORE_RECORD_MAX];
    char title[STORE_TITLE_MAX];
    char job_kind[STORE_NAME_MAX], lane[STORE_NAME_MAX];
    enum conflict_state state;
    char version[CONFLICT_VERSION_MAX];
    int count, moved;
    when shopify_at, odoo_at;
    when asked, skipped, answered, ended, updated;
    char skipped_by[STORE_NAME_MAX], by[STORE_NAME_MAX];
    char summary[CONFLICT_WORDS_MAX], why[CONFLICT_WORDS_MAX];
    char *fields, *same, *answer; /* JSON texts for free(3): conflict_clear; NULL: none, not asked */
};
void conflict_clear(struct conflict *c);

/* ---- by jobs, inside the change of their end ---- */

/* The live one of a record, with its texts. */
bool conflicts_live(struct db *db, int64_t backend, const char *record, struct conflict *c,
                    bool *found, struct err *err);
/*
 * Asks: all but id, state and the fields of people are the caller's; names: what its fields are
 * called in rules. A live one of the record is asked anew (an answer is dropped, a skip too if the
 * version is another), and a job that asked it before is settled.
 */
bool conflicts_ask(struct db *db, struct conflict *c, const char *const *names, struct err *err);
/*
 * The job is through with it. answer: the version and moment of the answer that was carried out;
 * one that was taken back meanwhile stays UNDOING. OVERTAKEN: whatever was said.
 */
bool conflicts_end(struct db *db, const struct conflict *c, enum conflict_state state, int64_t job,
                   const char *why, struct err *err);

/* ---- by people ---- */

bool conflicts_get(struct db *db, int64_t id, struct conflict *c, struct err *err); /* MISSING */

struct conflicts_filter {
    int64_t backend;   /* 0: all */
    const char *kind;  /* NULL: all */
    int state;         /* -1: open and not skipped; -2: skipped; else a state */
    const char *after; /* the next of the last page; NULL: the first */
};
#define CONFLICT_NEXT_MAX (STORE_NAME_MAX + 24)
/*
 * By kind, the oldest first; without texts. *count: room in, rows out; next "" at the end. A page
 * looks at a limited number of rows and may be short with a next.
 */
bool conflicts_list(struct db *db, const struct conflicts_filter *filter, when now,
                    struct conflict *rows, size_t *count, char next[CONFLICT_NEXT_MAX],
                    struct err *err);
struct conflict_kind {
    char kind[STORE_NAME_MAX];
    int64_t open, skipped; /* counted to CONFLICT_COUNT_MAX */
    when oldest;           /* of the open ones; 0: none */
};
bool conflicts_kinds(struct db *db, when now, struct conflict_kind *rows, size_t *count,
                     struct err *err);

/*
 * All of these are REFUSED or CONFLICT in words when somebody was quicker: what was done, by whom
 * and when. answer: JSON for the version that the person saw.
 */
bool conflicts_answer(struct db *db, int64_t id, const char *version, const char *answer,
                      const char *summary, const char *by, when now, struct err *err);
bool conflicts_skip(struct db *db, int64_t id, when until, const char *by, when now,
                    struct err *err); /* until 0: shown again */
/* Within CONFLICT_UNDO_US of the answer. */
bool conflicts_undo(struct db *db, int64_t id, const char *by, when now, struct err *err);

/* ---- rules ---- */

/* The kinds and fields that rules may name are the caller's to check; rule NULL: the default. */
#define CONFLICT_RULE_MAX 16
bool conflicts_rule_get(struct db *db, int64_t backend, const char *kind, const char *field,
                        char rule[CONFLICT_RULE_MAX], bool *found, struct err *err);
bool conflicts_rule_set(struct db *db, int64_t backend, const char *kind, const char *field,
                        const char *rule, struct err *err);
/* Calls each with "owner.KIND.FIELD" and the rule. */
bool conflicts_rules(struct db *db, int64_t backend,
                     void (*each)(void *ctx, const char *key, const char *rule), void *ctx,
                     struct err *err);

/* What a rule would do to those that are open, and would have done to what people decided lately. */
struct conflict_effect {
    int64_t open;            /* open ones with that field */
    int64_t wholly, partly;  /* of them: nothing is left to ask, or less */
    int64_t decided;         /* by people in the last week, that field among them */
    int64_t alike;           /* of those: as the rule would have */
};
/* rule: "shopify", "odoo", "newest" or "ask". */
bool conflicts_effect(struct db *db, int64_t backend, const char *kind, const char *field,
                      const char *rule, when now, struct conflict_effect *effect, struct err *err);
/* Sends open ones with that field off again, from *after on; *after 0 when there are no more. */
bool conflicts_rerun(struct db *db, int64_t backend, const char *kind, const char *field,
                     int64_t *after, int64_t *count, struct err *err);

/* ---- upkeep ---- */

bool conflicts_trim(struct db *db, when before, int limit, bool *more, struct err *err);
/* A privacy request (pairs_forget): the values of all conflicts of a pair. */
bool conflicts_forget(struct db *db, int64_t pair, struct err *err);

#endif
