#include "store/secrets.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "store/db.h"

static const char *const names[] = { SECRET_SHOPIFY_CLIENT_ID, SECRET_SHOPIFY_CLIENT_SECRET,
                                     SECRET_SHOPIFY_TOKEN,     SECRET_WEBHOOK,
                                     SECRET_WEBHOOK_PREVIOUS,  SECRET_ODOO_KEY,
                                     SECRET_ODOO_HINT };
#define NAMES (sizeof names / sizeof names[0])

bool secrets_known(const char *name)
{
    for (size_t i = 0; i < NAMES; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* Where a sealed value belongs, so that it opens nowhere else. */
static void place(char *about, size_t size, int64_t backend, const char *name)
{
    snprintf(about, size, "%lld:%s", (long long)backend, name);
}

bool secrets_are_sealed(struct db *db, bool *sealed, struct err *err)
{
    int64_t one;

    return db_number(db, &one, sealed, err, "SELECT 1 FROM meta WHERE key = 'seal'", "");
}

bool secrets_unlock(struct db *db, const struct seal *seal, struct err *err)
{
    static const char word[] = "signalbox";
    unsigned char sealed[sizeof word + SEAL_OVERHEAD];
    size_t len = 0;
    char *plain;
    int rc;

    {
        AUTO_ASK q = db_ask(db, err, "SELECT value FROM meta WHERE key = 'seal'", "");

        rc = db_row(db, q, err);
        if (rc < 0)
            return false;
        if (rc == 1) {
            plain = seal_open(seal, "check", sqlite3_column_blob(q, 0),
                              (size_t)sqlite3_column_bytes(q, 0), &len, NULL);
            seal_forget(plain);
            return plain != NULL ||
                   err_set(err, ERR_DENIED, "the %s is not the key this database's secrets were "
                           "sealed with: bring back the old one, or clear the secrets",
                           seal_origin(seal));
        }
    }
    return seal_close(seal, "check", word, sizeof word, sealed, &len, err) &&
           db_run(db, err, "INSERT INTO meta (key, value) VALUES ('seal', ?1)", "b", sealed, len);
}

static bool put(struct db *db, const struct seal *seal, int64_t backend, const char *name,
                const char *value, size_t len, struct err *err)
{
    unsigned char sealed[SEAL_PLAIN_MAX + SEAL_OVERHEAD];
    char about[STORE_NAME_MAX + 24], fingerprint[SEAL_FINGERPRINT_MAX];
    size_t size;

    place(about, sizeof about, backend, name);
    if (!seal_close(seal, about, value, len, sealed, &size, err))
        return false;
    seal_fingerprint(seal, value, len, fingerprint);
    db->touched |= DB_TOUCH_SETTINGS;
    return db_run(db, err,
                  "INSERT INTO secret (backend, name, sealed, fingerprint, changed)"
                  " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET"
                  " sealed = excluded.sealed, fingerprint = excluded.fingerprint,"
                  " changed = excluded.changed",
                  "itbti", backend, name, sealed, size, fingerprint, when_now());
}

static bool is_set(struct db *db, int64_t backend, const char *name, bool *set, struct err *err)
{
    int64_t one;

    return db_number(db, &one, set, err, "SELECT 1 FROM secret WHERE backend = ?1 AND name = ?2",
                     "it", backend, name);
}

/*
 * Webhooks are signed with webhook_secret, or with the app's client secret when there is none. While
 * Shopify still signs with the one before, both are taken.
 */
static bool keep_previous(struct db *db, const struct seal *seal, int64_t backend,
                          const char *name, const char *value, size_t len, struct err *err)
{
    bool own, set, ok;
    size_t old_len = 0;
    char *old;

    if (!is_set(db, backend, SECRET_WEBHOOK, &own, err))
        return false;
    if (strcmp(name, SECRET_WEBHOOK) != 0 &&
        (own || strcmp(name, SECRET_SHOPIFY_CLIENT_SECRET) != 0))
        return true;
    name = own ? SECRET_WEBHOOK : SECRET_SHOPIFY_CLIENT_SECRET; /* in force until now */
    if (!is_set(db, backend, name, &set, err))
        return false;
    if (!set)
        return true;
    old = secrets_get(db, seal, backend, name, &old_len, err);
    if (old == NULL)
        return false;
    ok = (old_len == len && memcmp(old, value, len) == 0) ||
         put(db, seal, backend, SECRET_WEBHOOK_PREVIOUS, old, old_len, err);
    seal_forget(old);
    return ok;
}

bool secrets_changed(struct db *db, int64_t backend, const char *name, when *changed,
                     struct err *err)
{
    *changed = 0;
    return db_number(db, changed, NULL, err,
                     "SELECT changed FROM secret WHERE backend = ?1 AND name = ?2", "it", backend,
                     name);
}

static bool is_there(struct db *db, int64_t backend, struct err *err)
{
    int64_t one;
    bool found = false;

    return db_number(db, &one, &found, err,
                     "SELECT 1 FROM backend WHERE id = ?1 AND removed = 0", "i", backend) &&
           (found ||
            err_set(err, ERR_MISSING, "there is no backend %lld", (long long)backend));
}

bool secrets_set(struct db *db, const struct seal *seal, int64_t backend, const char *name,
                 const char *value, size_t len, struct err *err)
{
    if (!secrets_known(name))
        return err_set(err, ERR_INVALID, "there is no secret \"%.64s\"", name);
    if (len == 0)
        return err_set(err, ERR_INVALID, "%s: an empty secret", name);
    if (!is_there(db, backend, err))
        return false;
    if (!keep_previous(db, seal, backend, name, value, len, err))
        return false;
    return put(db, seal, backend, name, value, len, err);
}

bool secrets_clear(struct db *db, int64_t backend, const char *name, struct err *err)
{
    db->touched |= DB_TOUCH_SETTINGS;
    return db_run(db, err, "DELETE FROM secret WHERE backend = ?1 AND name = ?2", "it", backend,
                  name);
}

char *secrets_get(struct db *db, const struct seal *seal, int64_t backend, const char *name,
                  size_t *len, struct err *err)
{
    AUTO_ASK q = db_ask(db, err, "SELECT sealed FROM secret WHERE backend = ?1 AND name = ?2",
                        "it", backend, name);
    char about[STORE_NAME_MAX + 24];
    int rc = db_row(db, q, err);

    if (rc == 0) {
        err_set(err, ERR_MISSING, "%s is not set", name);
        err_about(err, "secret", name);
    }
    if (rc != 1)
        return NULL;
    place(about, sizeof about, backend, name);
    return seal_open(seal, about, sqlite3_column_blob(q, 0), (size_t)sqlite3_column_bytes(q, 0),
                     len, err);
}

bool secrets_list(struct db *db, int64_t backend, struct secret_row *rows, size_t *count,
                  struct err *err)
{
    size_t n = *count < NAMES ? *count : NAMES;
    int rc;

    for (size_t i = 0; i < n; i++) {
        AUTO_ASK q = db_ask(db, err,
                            "SELECT fingerprint, changed FROM secret"
                            " WHERE backend = ?1 AND name = ?2",
                            "it", backend, names[i]);

        rc = db_row(db, q, err);
        if (rc < 0)
            return false;
        memset(&rows[i], 0, sizeof rows[i]);
        str_copy(rows[i].name, sizeof rows[i].name, names[i]);
        rows[i].set = rc == 1;
        if (rc == 1) {
            col_text(q, 0, rows[i].fingerprint, sizeof rows[i].fingerprint);
            rows[i].changed = col_int(q, 1);
        }
    }
    *count = n;
    return true;
}
