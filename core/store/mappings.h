/*
 * mappings.h - what a word of Shopify's means in Odoo: taxes, carriers, gateways, states...
 *
 * A row exists as soon as a job needed it; value NULL means nobody has mapped it yet. An
 * unmapped row and the problem it causes share a name: the problem's thing is "kind:key", or of
 * the kind "product" the key alone ("sku:TS-1").
 */
#ifndef STORE_MAPPINGS_H
#define STORE_MAPPINGS_H

#include "store/store.h"

#define MAPPING_KEY_MAX 128
#define MAPPING_VALUE_MAX 128

struct mapping {
    int64_t id;
    char kind[STORE_NAME_MAX];
    char key[MAPPING_KEY_MAX];     /* "8.1|CH|incl" */
    char title[STORE_TITLE_MAX];   /* "8.1 % CH included" */
    bool mapped;
    char value[MAPPING_VALUE_MAX]; /* an Odoo id or a word; "" while unmapped */
    char label[STORE_TITLE_MAX];
    bool automatic;                /* found by us, no person decided */
    int64_t uses;
    when last_used, changed;
    char by[STORE_NAME_MAX];
    char guess[MAPPING_VALUE_MAX]; /* "" if there is none */
    char guess_label[STORE_TITLE_MAX];
    int guess_score; /* 0 to 100 */
    int64_t waiting; /* parked jobs that need it (lists only) */
};

struct mapping_kind {
    char kind[STORE_NAME_MAX];
    int64_t open, all;
};

/* *found false: no row, or unmapped (row->id tells). */
bool mappings_get(struct db *db, int64_t backend, const char *kind, const char *key,
                  struct mapping *row, bool *found, struct err *err);
/* Notes that something needs it; makes the row if there is none; mapped rows stay as they are. */
bool mappings_need(struct db *db, int64_t backend, const char *kind, const char *key,
                   const char *title, struct err *err);
bool mappings_used(struct db *db, int64_t backend, const char *kind, const char *key, int64_t times,
                   struct err *err);
bool mappings_guess(struct db *db, int64_t backend, const char *kind, const char *key,
                    const char *value, const char *label, int score, struct err *err);
/*
 * Maps (value NULL: unmaps) and starts the replay of the jobs parked for "kind:key".
 * before (may be NULL): the row as it was, id 0 if there was none.
 */
bool mappings_set(struct db *db, int64_t backend, const char *kind, const char *key,
                  const char *value, const char *label, const char *by, struct mapping *before,
                  int64_t *requeued, struct err *err);
/* Has a person mapped that thing ("kind:key", or a product's key) at that moment or later? */
bool mappings_since(struct db *db, int64_t backend, const char *thing, when moment, bool *found,
                    struct err *err);
/* Found by rule, not by a person: never overrides what a person set. */
bool mappings_auto(struct db *db, int64_t backend, const char *kind, const char *key,
                   const char *title, const char *value, const char *label, struct err *err);
bool mappings_kinds(struct db *db, int64_t backend, struct mapping_kind *rows, size_t *count,
                    struct err *err);
/*
 * All that a person has mapped, kind by kind; nothing is read of what waits or what a rule gives.
 * each: its kind, key and value; NULL key: the kind alone comes first. False of it: enough.
 */
bool mappings_each(struct db *db, int64_t backend,
                   bool (*each)(void *ctx, const char *kind, const char *key, const char *value),
                   void *ctx, struct err *err);
/*
 * Unmapped first, then by key. after: "" or the next of the last page; next: MAPPING_KEY_MAX + 2
 * bytes, "" at the end. *count: room in, rows out.
 */
bool mappings_list(struct db *db, int64_t backend, const char *kind, const char *after,
                   struct mapping *rows, size_t *count, char *next, struct err *err);

#endif
