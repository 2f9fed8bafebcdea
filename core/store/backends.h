/*
 * backends.h - a backend: one shop and the Odoo it is kept in step with.
 */
#ifndef STORE_BACKENDS_H
#define STORE_BACKENDS_H

#include "store/store.h"

#define BACKENDS_MAX 64
#define SHOP_MAX 128
#define URL_MAX_LEN 256

struct backend {
    int64_t id;
    char name[STORE_NAME_MAX];
    char shop[SHOP_MAX];        /* x.myshopify.com; a practice shop on loopback: host:port */
    char shop_url[URL_MAX_LEN]; /* https://x.myshopify.com, where requests go */
    char odoo_url[URL_MAX_LEN]; /* without a slash at the end */
    char odoo_db[STORE_NAME_MAX];
    char odoo_login[STORE_TITLE_MAX];
    bool paused;
    char paused_by[STORE_NAME_MAX];
    when created, changed;
};

#define PRACTICE_SHOP "practice-shop.myshopify.com"

/*
 * Any spelling people paste: "x", "x.myshopify.com", "https://x.myshopify.com/admin",
 * "admin.shopify.com/store/x", "http://127.0.0.1:8000" (a practice shop, whose domain is always
 * PRACTICE_SHOP). Fills shop and shop_url.
 */
bool backends_shop(const char *typed, char shop[SHOP_MAX], char url[URL_MAX_LEN], struct err *err);
/* https, or http to loopback only; no user, query or fragment; no slash at the end. */
bool backends_odoo_url(const char *typed, char url[URL_MAX_LEN], struct err *err);

bool backends_add(struct db *db, const struct backend *backend, int64_t *id, struct err *err);
/* key: name, shop, odoo_url, odoo_db or odoo_login. before (may be NULL) is for free(3). */
bool backends_edit(struct db *db, int64_t id, const char *key, const char *value, char **before,
                   struct err *err);
/* Forgets the backend with all that belongs to it; history and audit stay. */
bool backends_remove(struct db *db, int64_t id, struct err *err);
bool backends_pause(struct db *db, int64_t id, bool paused, const char *by, struct err *err);
bool backends_get(struct db *db, int64_t id, struct backend *backend, struct err *err);
bool backends_by_shop(struct db *db, const char *shop, struct backend *backend, struct err *err);
/* *count: room in, rows out. */
bool backends_list(struct db *db, struct backend *rows, size_t *count, struct err *err);

#endif
