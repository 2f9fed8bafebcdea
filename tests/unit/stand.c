#include "tests/unit/stand.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "store/backends.h"
#include "store/policies.h"
#include "store/secrets.h"
#include "tests/unit/unit.h"

static void must(bool good, const struct err *err)
{
    if (!good)
        fail_msg("%s", err->text);
}

static bool furnish(struct db *db, void *ctx, struct err *err)
{
    struct stand *stand = ctx;
    struct backend backend = { .name = "acme", .odoo_db = "prod", .odoo_login = "sync" };

    return backends_shop(STAND_SHOP, backend.shop, backend.shop_url, err) &&
           backends_odoo_url("https://odoo.example.com", backend.odoo_url, err) &&
           backends_add(db, &backend, &stand->backend, err) &&
           secrets_set(db, stand->seal, stand->backend, SECRET_WEBHOOK, STAND_SECRET,
                       strlen(STAND_SECRET), err);
}

void stand_open(struct stand *stand)
{
    const char *tmp = getenv("TMPDIR");
    struct seal_source source = { .passphrase = NULL };
    struct err err = { .kind = ERR_NONE };

    *stand = (struct stand){ .backend = 0 };
    snprintf(stand->dir, sizeof stand->dir, "%.30s/signalbox-XXXXXX", tmp != NULL ? tmp : "/tmp");
    assert_non_null(mkdtemp(stand->dir));
    stand->store = store_open(stand->dir, &err);
    must(stand->store != NULL, &err);
    stand->seal = seal_new(stand->dir, &source, &err);
    must(stand->seal != NULL, &err);
    must(store_do(stand->store, furnish, stand, &err), &err);
    stand->db = store_reader(stand->store, &err);
    must(stand->db != NULL, &err);
}

static int drop(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

void stand_close(struct stand *stand)
{
    db_free(stand->db);
    store_free(stand->store);
    seal_free(stand->seal);
    nftw(stand->dir, drop, 8, FTW_DEPTH | FTW_PHYS);
}

struct setting_value {
    struct stand *stand;
    enum setting setting;
    const char *key, *value;
};

static bool set_setting(struct db *db, void *ctx, struct err *err)
{
    struct setting_value *v = ctx;

    return settings_set(db, v->setting, v->value, err);
}

static bool set_secret(struct db *db, void *ctx, struct err *err)
{
    struct setting_value *v = ctx;

    return secrets_set(db, v->stand->seal, v->stand->backend, v->key, v->value, strlen(v->value),
                       err);
}

static bool set_policy(struct db *db, void *ctx, struct err *err)
{
    struct setting_value *v = ctx;
    enum policy policy;

    return policies_find(v->key, &policy) &&
           policies_set(db, v->stand->backend, policy, v->value, err);
}

void stand_setting(struct stand *stand, enum setting setting, const char *value)
{
    struct setting_value v = { .stand = stand, .setting = setting, .value = value };
    struct err err = { .kind = ERR_NONE };

    must(store_do(stand->store, set_setting, &v, &err), &err);
}

void stand_secret(struct stand *stand, const char *name, const char *value)
{
    struct setting_value v = { .stand = stand, .key = name, .value = value };
    struct err err = { .kind = ERR_NONE };

    must(store_do(stand->store, set_secret, &v, &err), &err);
}

void stand_policy(struct stand *stand, const char *key, const char *value)
{
    struct setting_value v = { .stand = stand, .key = key, .value = value };
    struct err err = { .kind = ERR_NONE };

    must(store_do(stand->store, set_policy, &v, &err), &err);
}
