#include "webhook/shops.h"

#include <stdlib.h>
#include <strings.h>

#include "base/str.h"
#include "store/policies.h"
#include "store/secrets.h"

/* A secret that was never set is no error. */
static bool open_secret(struct db *db, const struct seal *seal, int64_t backend, const char *name,
                        char **plain, struct err *err)
{
    struct err why = { .kind = ERR_NONE };
    size_t len;

    if (*plain != NULL)
        return true;
    *plain = secrets_get(db, seal, backend, name, &len, &why);
    if (*plain != NULL || why.kind == ERR_MISSING)
        return true;
    if (err != NULL)
        *err = why;
    return false;
}

static bool read_shop(struct db *db, const struct seal *seal, const struct backend *backend,
                      struct shop *shop, struct err *err)
{
    char allowed[POLICY_VALUE_MAX];
    int64_t quiet_min, late_s;

    shop->backend = backend->id;
    str_copy(shop->domain, sizeof shop->domain, backend->shop);
    /* Shopify signs with the app's client secret, unless the operator named another */
    if (!open_secret(db, seal, backend->id, SECRET_WEBHOOK, &shop->secret, err) ||
        !open_secret(db, seal, backend->id, SECRET_SHOPIFY_CLIENT_SECRET, &shop->secret, err) ||
        !open_secret(db, seal, backend->id, SECRET_WEBHOOK_PREVIOUS, &shop->previous, err) ||
        !open_secret(db, seal, backend->id, SECRET_ODOO_HINT, &shop->hint, err) ||
        !secrets_changed(db, backend->id, SECRET_WEBHOOK_PREVIOUS, &shop->previous_until, err))
        return false;
    shop->previous_until += SECRET_PREVIOUS_US;
    if (!policies_get(db, backend->id, POLICY_allow_cidr, allowed, err) ||
        !policies_int(db, backend->id, POLICY_quiet_gap_min, &quiet_min, err) ||
        !policies_int(db, backend->id, POLICY_late_after_s, &late_s, err) ||
        !source_list_read(&shop->allowed, allowed, err))
        return false;
    shop->quiet_us = quiet_min * WHEN_MINUTE;
    shop->late_us = late_s * WHEN_SECOND;
    return true;
}

struct shops *shops_read(struct db *db, const struct seal *seal, struct err *err)
{
    struct backend *backends AUTO_FREE = calloc(BACKENDS_MAX, sizeof *backends);
    AUTO(shops) shops = calloc(1, sizeof *shops + BACKENDS_MAX * sizeof shops->rows[0]);
    size_t count = BACKENDS_MAX;

    if (backends == NULL || shops == NULL) {
        err_set(err, ERR_BUSY, "no memory for the table of shops");
        return NULL;
    }
    atomic_init(&shops->refs, 1);
    if (!backends_list(db, backends, &count, err))
        return NULL;
    for (; shops->count < count; shops->count++)
        if (!read_shop(db, seal, &backends[shops->count], &shops->rows[shops->count], err)) {
            shops->count++;
            err_within(err, "webhooks of %s", backends[shops->count - 1].shop);
            return NULL;
        }
    return TAKE(shops);
}

struct shops *shops_share(struct shops *shops)
{
    atomic_fetch_add(&shops->refs, 1);
    return shops;
}

void shops_free(struct shops *shops)
{
    if (shops == NULL || atomic_fetch_sub(&shops->refs, 1) > 1)
        return;
    for (size_t i = 0; i < shops->count; i++) {
        seal_forget(shops->rows[i].secret);
        seal_forget(shops->rows[i].previous);
        seal_forget(shops->rows[i].hint);
    }
    free(shops);
}

const struct shop *shops_find(const struct shops *shops, const char *domain)
{
    for (size_t i = 0; i < shops->count; i++)
        if (strcasecmp(shops->rows[i].domain, domain) == 0)
            return &shops->rows[i];
    return NULL;
}
