/*
 * shops.h - the shops a delivery may come from, with the secrets that sign it, in memory.
 *
 * A table is constant once read and shared by reference: the receiver swaps in a new one when
 * a backend or a secret changes. The secrets live in secure memory and are wiped with the table.
 */
#ifndef WEBHOOK_SHOPS_H
#define WEBHOOK_SHOPS_H

#include <stdatomic.h>

#include "base/seal.h"
#include "store/backends.h"
#include "base/source.h"

struct shop {
    int64_t backend;
    char domain[SHOP_MAX];
    char *secret, *previous; /* NULL: none is set, nothing can be verified */
    char *hint;              /* of Odoo's hints; NULL: none are taken */
    when previous_until;
    struct source_list allowed;
    int64_t late_us, quiet_us;
};

struct shops {
    atomic_uint refs;
    size_t count;
    struct shop rows[];
};

/* One reference is the caller's. A shop whose secret cannot be opened is an error. */
struct shops *shops_read(struct db *db, const struct seal *seal, struct err *err);
struct shops *shops_share(struct shops *shops); /* one reference more */
void shops_free(struct shops *shops);           /* gives up one */
AUTO_DEFINE(shops)

const struct shop *shops_find(const struct shops *shops, const char *domain); /* NULL: unknown */

#endif
