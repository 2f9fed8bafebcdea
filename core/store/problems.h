/*
 * problems.h - parked jobs grouped by root cause: the kind of error, its words without the
 * particular (ids, numbers, addresses, quoted values) and the thing it is about.
 */
#ifndef STORE_PROBLEMS_H
#define STORE_PROBLEMS_H

#include "store/store.h"

#define PROBLEM_SPARK 12 /* slots of five minutes */

enum problem_state { PROBLEM_NEW, PROBLEM_KNOWN, PROBLEM_MUTED, PROBLEM_SOLVED,
                     PROBLEM_STATE_COUNT };
const char *problem_state_name(enum problem_state state);
bool problem_state_of(const char *name, enum problem_state *state);

struct problem {
    int64_t id, backend;
    enum err_kind kind;
    char cause[ERR_TEXT_MAX]; /* normalised words, placeholders as <n>, <id>, <e-mail>, <text> */
    char thing[ERR_THING_MAX]; /* "tax:8.1|CH|incl"; "" */
    char lane[STORE_NAME_MAX];
    int64_t count, open;      /* ever, and parked now */
    when first, last;
    enum problem_state state;
    char assigned[STORE_NAME_MAX];
    when until;               /* muted until */
    char reason[STORE_TITLE_MAX];
    int64_t sample;           /* the newest job that hit it */
    int spark[PROBLEM_SPARK]; /* oldest first, ending with the slot of now */
};

/*
 * The thing of all that waits for its product to come, whichever: one cause, however many they are.
 * Each goes on when its own product comes; all look again when a person answers for a product.
 */
#define PROBLEM_PRODUCTS "products:missing"

/* The words that make causes equal. to: ERR_TEXT_MAX bytes. Pure. */
void problems_normalise(const char *text, char *to);

struct problems_filter {
    int state;        /* -1: all that are not solved; -2: all */
    int kind;         /* enum err_kind; 0: all */
    int64_t backend;  /* 0: all */
    int64_t after;    /* the next of the last page; 0: the start */
};
/*
 * Most open jobs first, then newest. now: for the spark and for mutes that have run out. A rare
 * kind or state may give a short page with a next: a page looks at a limited number of rows.
 */
bool problems_list(struct db *db, const struct problems_filter *filter, when now,
                   struct problem *rows, size_t *count, int64_t *next, struct err *err);
bool problems_get(struct db *db, int64_t id, when now, struct problem *problem, struct err *err);
bool problems_totals(struct db *db, int64_t *causes, int64_t *open, struct err *err);

/* Starts the replay of all its parked jobs (see jobs_bulk). *count: how many. */
bool problems_replay(struct db *db, int64_t id, when now, int64_t *count, struct err *err);
/* The same for every problem of that thing, of a backend: "tax:8.1|CH|incl" has been mapped. */
bool problems_replay_thing(struct db *db, int64_t backend, const char *thing, when now,
                           int64_t *count, struct err *err);
/* Of what waits for PROBLEM_PRODUCTS, the jobs of those inventory items ("level@...:ITEM"). */
bool problems_replay_items(struct db *db, int64_t backend, const int64_t *items, size_t count,
                           when now, struct err *err);
bool problems_mute(struct db *db, int64_t id, const char *reason, when until, struct err *err);
bool problems_assign(struct db *db, int64_t id, const char *user, struct err *err);

#endif
