/*
 * remember.h - pairs found or made on the way, written down together before they are relied on.
 */
#ifndef JOBS_REMEMBER_H
#define JOBS_REMEMBER_H

#include <stdint.h>

#include "base/err.h"
#include "store/pairs.h"
#include "store/store.h"

#define REMEMBER_MAX 2048

struct remember {
    int64_t backend;
    size_t count, room;
    struct remembered *list;
    bool full; /* no memory, or more than REMEMBER_MAX: the rest is found again next time */
};

void remember_init(struct remember *r, int64_t backend);
void remember_clear(struct remember *r);
/* key: what it is found by later (may be NULL); title: what people read for it (may be NULL). */
void remember_add(struct remember *r, const char *kind, int64_t shopify_id, const char *odoo_model,
                  int64_t odoo_id, const char *key, const char *other_key);
/* One commit; none when there is nothing. err may be NULL. */
bool remember_write(struct remember *r, struct store *store, struct err *err);

#endif
