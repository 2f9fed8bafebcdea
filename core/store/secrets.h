/*
 * secrets.h - sealed values by (backend, name). Lists never hold a value, sealed or plain.
 */
#ifndef STORE_SECRETS_H
#define STORE_SECRETS_H

#include "base/seal.h"
#include "store/store.h"

/* The names there are. */
#define SECRET_SHOPIFY_CLIENT_ID "shopify_client_id"
#define SECRET_SHOPIFY_CLIENT_SECRET "shopify_client_secret"
#define SECRET_SHOPIFY_TOKEN "shopify_token"
#define SECRET_WEBHOOK "webhook_secret"
#define SECRET_WEBHOOK_PREVIOUS "webhook_secret_previous"
#define SECRET_ODOO_KEY "odoo_key"
#define SECRET_ODOO_HINT "odoo_hint" /* in the address of Odoo's hints */
bool secrets_known(const char *name);

struct secret_row {
    char name[STORE_NAME_MAX];
    bool set;
    char fingerprint[SEAL_FINGERPRINT_MAX];
    when changed;
};

/* At start: proves that this is the key the secrets were sealed with; the first run notes it. */
bool secrets_are_sealed(struct db *db, bool *sealed, struct err *err); /* with any key, yet */
bool secrets_unlock(struct db *db, const struct seal *seal, struct err *err);

/*
 * A new secret for webhooks (webhook_secret, or the client secret while there is none) moves the one
 * before to webhook_secret_previous, which counts for SECRET_PREVIOUS_US.
 */
#define SECRET_PREVIOUS_US (24 * WHEN_HOUR) /* Shopify needs up to one */
bool secrets_set(struct db *db, const struct seal *seal, int64_t backend, const char *name,
                 const char *value, size_t len, struct err *err);
bool secrets_changed(struct db *db, int64_t backend, const char *name, when *changed,
                     struct err *err); /* 0: not set */
bool secrets_clear(struct db *db, int64_t backend, const char *name, struct err *err);
/* The plain value for seal_forget; MISSING when it was never set. */
char *secrets_get(struct db *db, const struct seal *seal, int64_t backend, const char *name,
                  size_t *len, struct err *err);
/* All known names of a backend, set or not. *count: room in, rows out. */
bool secrets_list(struct db *db, int64_t backend, struct secret_row *rows, size_t *count,
                  struct err *err);

#endif
