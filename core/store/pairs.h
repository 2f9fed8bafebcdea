/*
 * pairs.h - what belongs together: a record at Shopify and its record in Odoo, with what both
 * last agreed on. Found by either id, or by the keys people know: order name, e-mail, SKU.
 */
#ifndef STORE_PAIRS_H
#define STORE_PAIRS_H

#include "store/store.h"

#define PAIR_KEY_MAX 160
#define PAIR_KEYS_MAX 16
#define PAIR_PRINT_MAX 65 /* a fingerprint: hexadecimal or any short text */
#define PAIR_BATCH_MAX 500

enum pair_flag {
    PAIR_PLACEHOLDER = 1, /* one side is a stand-in that a person should replace */
    PAIR_GONE_SHOPIFY = 2,
    PAIR_GONE_ODOO = 4,
    PAIR_HELD = 8,        /* written, but kept from going on: see its history */
    PAIR_FORGOTTEN = 16,  /* personal data was erased on request */
    PAIR_RELEASED = 32    /* a person released what was held */
};

struct pair {
    int64_t id, backend;
    char kind[STORE_NAME_MAX];       /* order, customer, variant, location ... */
    int64_t shopify_id;              /* 0: none yet */
    char odoo_model[STORE_NAME_MAX]; /* sale.order */
    int64_t odoo_id;                 /* 0: none yet */
    char title[STORE_TITLE_MAX];
    char state[STORE_NAME_MAX];      /* a word for people: confirmed, held ... */
    char shopify_print[PAIR_PRINT_MAX], odoo_print[PAIR_PRINT_MAX];
    when shopify_at, odoo_at; /* how new what we hold of each side is */
    unsigned flags;
    when created, updated;
};

/* *found false: there is none. agreed (may be NULL): JSON text for free(3), NULL if none. */
bool pairs_by_shopify(struct db *db, int64_t backend, const char *kind, int64_t shopify_id,
                      struct pair *pair, char **agreed, bool *found, struct err *err);
bool pairs_by_odoo(struct db *db, int64_t backend, const char *model, int64_t odoo_id,
                   struct pair *pair, char **agreed, bool *found, struct err *err);
/* Was a pair of that kind made since? */
bool pairs_since(struct db *db, int64_t backend, const char *kind, when moment, bool *found,
                 struct err *err);
bool pairs_get(struct db *db, int64_t id, struct pair *pair, char **agreed, struct err *err);
/* The first pair of that kind with that key. */
bool pairs_by_key(struct db *db, int64_t backend, const char *kind, const char *key,
                  struct pair *pair, bool *found, struct err *err);

/* Several at once: pairs[i] is the one of ids[i], or has id 0. At most PAIR_BATCH_MAX. */
bool pairs_many(struct db *db, int64_t backend, const char *kind, const int64_t *ids, size_t count,
                struct pair *pairs, struct err *err);

/* Odoo's ids above after, in order, that have a pair; each once. *count: room in, rows out. */
bool pairs_odoo_ids(struct db *db, int64_t backend, const char *model, int64_t after, int64_t *ids,
                    size_t *count, struct err *err);
/* All pairs of a kind with that record of Odoo's, the oldest first. *count: room in, rows out. */
bool pairs_of_odoo(struct db *db, int64_t backend, const char *kind, const char *model,
                   int64_t odoo_id, struct pair *pairs, size_t *count, struct err *err);

/*
 * Writes a pair: by id if it has one, else by (backend, kind, shopify_id), else by (backend,
 * odoo_model, odoo_id). Fills pair->id. agreed NULL: leaves what is there. keys (count < 0:
 * leaves them) are the values people search by; they are trimmed and compared in lower case.
 */
bool pairs_put(struct db *db, struct pair *pair, const char *agreed, const char *const *keys,
               int key_count, struct err *err);
/* Erases title, agreed and keys: a privacy request. The ids stay, so nothing is made twice. */
bool pairs_forget(struct db *db, int64_t id, struct err *err);
bool pairs_remove(struct db *db, int64_t id, struct err *err);

/*
 * One value: a key, a Shopify id (a number or a gid), "#1042" or "1042", an Odoo id as
 * "model/12". backend 0: all. Newest first. *count: room in, rows out.
 */
bool pairs_search(struct db *db, int64_t backend, const char *value, struct pair *rows,
                  size_t *count, struct err *err);

#endif
