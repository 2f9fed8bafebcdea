/*
 * clinic.h - what an import asks about products before any is written: numbers (SKUs) that several
 * variants of the shop have, that are missing, that several products in Odoo have, and whatever else
 * a person has to decide. Part of an import's rows (imports.h).
 *
 * Answers are no rows of their own: they are mappings of kind "product", by variant, else by SKU.
 * SKUs are kept as mappings name them: a very long one is cut, with a hash (sync/text.h).
 */
#ifndef STORE_CLINIC_H
#define STORE_CLINIC_H

#include "store/imports.h"

#define CLINIC_SKU_MAX       104
#define CLINIC_PRICE_MAX     32
#define CLINIC_PROPOSALS_MAX 4096 /* bytes */

/* The order is what the database holds, and which of several a variant's row says. */
enum clinic_kind {
    CLINIC_SHOPIFY, /* several variants of the shop have its SKU */
    CLINIC_ODOO,    /* several products in Odoo have its SKU or barcode */
    CLINIC_QUESTION,
    CLINIC_MISSING, /* it has no SKU */
    CLINIC_KINDS
};
const char *clinic_kind_name(enum clinic_kind kind); /* "duplicate_shopify", ... */
bool clinic_kind_of(const char *name, enum clinic_kind *kind);

struct clinic_variant {
    int64_t item, product, variant; /* item: of the import; the others are Shopify's */
    char sku[CLINIC_SKU_MAX];       /* "": none */
    char title[STORE_TITLE_MAX], price[CLINIC_PRICE_MAX];
};

/*
 * A variant was read. Is its SKU another's too, then both are asked about, and their records that
 * were judged before are to be judged again (imports_doubt).
 */
bool clinic_seen(struct db *db, int64_t run, const struct clinic_variant *v, struct err *err);
/* proposals: JSON text, cut to none beyond CLINIC_PROPOSALS_MAX. */
bool clinic_ask(struct db *db, int64_t run, const struct clinic_variant *v, enum clinic_kind kind,
                const char *proposals, struct err *err);
/* A look found nothing to ask of it any more; what has an answer, or a SKU that others have, stays. */
bool clinic_settled(struct db *db, int64_t run, int64_t variant, struct err *err);
/*
 * Does another product of the shop have that SKU, by the import that is open, and did nobody say
 * what that one is?
 */
bool clinic_shared(struct db *db, int64_t backend, int64_t product, const char *sku, bool *shared,
                   struct err *err);

struct clinic_row {
    int64_t id;
    enum clinic_kind kind;
    struct clinic_variant variant;
    char *proposals; /* JSON text for free(3); NULL: none */
    char answer[MAPPING_VALUE_MAX], label[STORE_TITLE_MAX]; /* "": none */
};
void clinic_rows_clear(struct clinic_row *rows, size_t count);
/*
 * kind -1: all; answered -1: with an answer or without. In the order they were found. *count: room
 * in, rows out; *next 0 at the end.
 */
bool clinic_list(struct db *db, const struct import_run *run, int kind, int answered,
                 int64_t after, struct clinic_row *rows, size_t *count, int64_t *next,
                 struct err *err);
/* open: of them, how many have no answer. */
bool clinic_counts(struct db *db, const struct import_run *run, int64_t counts[CLINIC_KINDS],
                   int64_t open[CLINIC_KINDS], struct err *err);
/* Others with that SKU. *count: room in, rows out. */
bool clinic_others(struct db *db, int64_t run, const struct clinic_variant *of,
                   struct clinic_variant *rows, size_t *count, struct err *err);
/* MISSING: nothing is asked about that variant. */
bool clinic_get(struct db *db, const struct import_run *run, int64_t variant,
                struct clinic_row *row, struct err *err);
/*
 * An answer was given: the records of that variant (0: of all with the SKU), and of those that
 * have its SKU, are to be judged again. *any: there are some.
 */
bool clinic_doubt(struct db *db, int64_t run, int64_t variant, const char *sku, bool *any,
                  struct err *err);

#endif
