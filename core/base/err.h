/*
 * err.h - an error on the caller's stack: a kind for the scheduler, words for
 * the person, and the thing it is about, by which equal causes are grouped.
 *
 * Functions that can fail return false (or NULL) and fill *err; on success
 * *err is untouched. Context is added on the way up with err_within. Texts hold
 * no secret and no personal data: name records by id or order name only.
 * Not shared between threads; copied by assignment.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>
#include <stddef.h>

enum err_kind {
    ERR_NONE,
#define ERR(id, name, what) ERR_##id,
#include "base/err.def"
#undef ERR
    ERR_KIND_COUNT
};

/* Which side said no; NONE: none of them, or not known. */
enum err_side { ERR_SIDE_NONE, ERR_SIDE_SHOPIFY, ERR_SIDE_ODOO, ERR_SIDE_COUNT };
#define ERR_SIDE_BIT(side) (1u << (side))

#define ERR_TEXT_MAX 512
#define ERR_THING_MAX 128

struct err {
    enum err_kind kind;
    enum err_side side;
    unsigned wait_ms;          /* LIMITED, BUSY: the other side's own wish, 0 if it named none */
    char text[ERR_TEXT_MAX];   /* one line of UTF-8, cut at a character */
    char thing[ERR_THING_MAX]; /* "tax:8.1 CH included", "sku:TS-1"; "" if nothing particular */
};

/* All three return false, so that one can write: return err_set(...). err may be NULL. */
bool err_set(struct err *err, enum err_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
bool err_within(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool err_errno(struct err *err, enum err_kind kind, int number, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Names the side it came from, unless it has one. Returns false. */
bool err_from(struct err *err, enum err_side side);
/* Names the thing the error is about, as "kind:key". */
void err_about(struct err *err, const char *kind, const char *key);
void err_clear(struct err *err);

const char *err_side_name(enum err_side side); /* "Shopify" */
const char *err_name(enum err_kind kind); /* "busy" */
const char *err_advice(enum err_kind kind);
enum err_kind err_kind_of(const char *name); /* ERR_NONE if unknown */

#endif
