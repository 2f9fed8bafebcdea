#include "store/backends.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "store/bulk.h"
#include "store/db.h"
#include "store/jobs.h"

#define SHOP_DOMAIN ".myshopify.com"

/* ---- spellings ---- */

/* Splits "http://host:port/rest"; the scheme may be missing. All lower case but the path. */
static bool split(const char *typed, bool *http, char *host, size_t size, const char **path)
{
    const char *at = strstr(typed, "://");
    size_t n;

    *http = at != NULL && at - typed == 4 && strncasecmp(typed, "http", 4) == 0;
    if (at != NULL && !*http && !(at - typed == 5 && strncasecmp(typed, "https", 5) == 0))
        return false;
    at = at != NULL ? at + 3 : typed;
    n = strcspn(at, "/?#");
    if (n == 0 || n >= size || memchr(at, '@', n) != NULL)
        return false;
    for (size_t i = 0; i < n; i++)
        host[i] = (char)tolower((unsigned char)at[i]);
    host[n] = '\0';
    *path = at + n;
    return true;
}

static bool is_loopback(const char *host)
{
    size_t n = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
    const char *port = host + n;

    if (*port != '\0' && (*port != ':' || port[1] == '\0' ||
                          strspn(port + 1, "0123456789") != strlen(port + 1)))
        return false;
    return (n == 9 && strncmp(host, "localhost", 9) == 0) ||
           (n == 5 && strncmp(host, "[::1]", 5) == 0) ||
           (n >= 7 && strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == n);
}

/* x of x.myshopify.com: letters, digits and hyphens, beginning with a letter or digit. */
static bool is_handle(const char *text, size_t len)
{
    if (len == 0 || len > 60 || text[0] == '-')
        return false;
    for (size_t i = 0; i < len; i++)
        if (!islower((unsigned char)text[i]) && !isdigit((unsigned char)text[i]) && text[i] != '-')
            return false;
    return true;
}

static void trim_copy(char *to, size_t size, const char *from)
{
    size_t n;

    while (isspace((unsigned char)*from))
        from++;
    str_copy(to, size, from);
    for (n = strlen(to); n > 0 && isspace((unsigned char)to[n - 1]); n--)
        to[n - 1] = '\0';
}

bool backends_shop(const char *typed, char shop[SHOP_MAX], char url[URL_MAX_LEN], struct err *err)
{
    char text[URL_MAX_LEN], host[SHOP_MAX], handle[SHOP_MAX];
    const char *path;
    size_t n;
    bool http;

    trim_copy(text, sizeof text, typed);
    if (!split(text, &http, host, sizeof host, &path))
        return err_set(err, ERR_INVALID, "that is no shop address; it looks like "
                       "my-shop.myshopify.com");
    if (http && is_loopback(host)) { /* the sandbox's shop has this name wherever it listens */
        str_copy(shop, SHOP_MAX, PRACTICE_SHOP);
        snprintf(url, URL_MAX_LEN, "http://%s", host);
        return true;
    }
    str_copy(handle, sizeof handle, host);
    if (strcmp(host, "admin.shopify.com") == 0) {
        n = str_starts(path, "/store/") ? strcspn(path + 7, "/?#") : 0;
        if (n >= sizeof handle)
            n = 0;
        for (size_t i = 0; i < n; i++)
            handle[i] = (char)tolower((unsigned char)path[7 + i]);
        handle[n] = '\0';
    } else if (str_ends(host, SHOP_DOMAIN)) {
        handle[strlen(host) - strlen(SHOP_DOMAIN)] = '\0';
    }
    if (!is_handle(handle, strlen(handle)))
        return err_set(err, ERR_INVALID, "\"%.100s\" is no shop address; take the one that ends "
                       "in " SHOP_DOMAIN " (Shopify: Settings, Domains)", host);
    snprintf(shop, SHOP_MAX, "%s" SHOP_DOMAIN, handle);
    snprintf(url, URL_MAX_LEN, "https://%s", shop);
    return true;
}

bool backends_odoo_url(const char *typed, char url[URL_MAX_LEN], struct err *err)
{
    char text[URL_MAX_LEN], host[URL_MAX_LEN];
    const char *path;
    size_t n;
    bool http;

    if (strlen(typed) >= sizeof text)
        return err_set(err, ERR_INVALID, "the address of Odoo is too long");
    trim_copy(text, sizeof text, typed);
    if (!split(text, &http, host, sizeof host, &path) || strpbrk(path, "?#") != NULL ||
        strpbrk(text, " \t") != NULL)
        return err_set(err, ERR_INVALID, "that is no address of an Odoo; it looks like "
                       "https://odoo.example.com");
    if (http && !is_loopback(host))
        return err_set(err, ERR_INVALID, "plain http is only for an Odoo on this machine: use "
                       "https://%.100s", host);
    n = strlen(path);
    while (n > 0 && path[n - 1] == '/')
        n--;
    if (snprintf(url, URL_MAX_LEN, "%s://%s%.*s", http ? "http" : "https", host, (int)n, path) >=
        URL_MAX_LEN)
        return err_set(err, ERR_INVALID, "the address of Odoo is too long");
    return true;
}

/* ---- rows ---- */

static bool check(const struct backend *b, struct err *err)
{
    if (b->name[0] == '\0')
        return err_set(err, ERR_INVALID, "a backend needs a name");
    if (b->odoo_db[0] == '\0' || b->odoo_login[0] == '\0')
        return err_set(err, ERR_INVALID, "Odoo's database and login are needed");
    return true;
}

/* A second row with that name or shop: said in words. */
static bool unique(struct db *db, int64_t id, const struct backend *b, struct err *err)
{
    int64_t other = 0;
    bool found;

    if (!db_number(db, &other, &found, err,
                   "SELECT id FROM backend WHERE removed = 0 AND id <> ?1 AND"
                   " (name = ?2 OR shop = ?3) LIMIT 1",
                   "itt", id, b->name, b->shop))
        return false;
    return !found || err_set(err, ERR_INVALID, "backend %lld has that name or shop already",
                             (long long)other);
}

bool backends_add(struct db *db, const struct backend *backend, int64_t *id, struct err *err)
{
    struct backend b = *backend;
    int64_t count = 0;

    if (!backends_shop(backend->shop_url[0] != '\0' ? backend->shop_url : backend->shop, b.shop,
                       b.shop_url, err) ||
        !backends_odoo_url(backend->odoo_url, b.odoo_url, err) || !check(&b, err) ||
        !unique(db, 0, &b, err) ||
        !db_number(db, &count, NULL, err, "SELECT count(*) FROM backend WHERE removed = 0", ""))
        return false;
    if (count >= BACKENDS_MAX)
        return err_set(err, ERR_INVALID, "more than %d backends", BACKENDS_MAX);
    if (!db_run(db, err,
                "INSERT INTO backend (name, shop, shop_url, odoo_url, odoo_db, odoo_login,"
                " created, changed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)",
                "tttttti", b.name, b.shop, b.shop_url, b.odoo_url, b.odoo_db, b.odoo_login,
                when_now()))
        return false;
    *id = db_last_id(db);
    db->touched |= DB_TOUCH_SETTINGS;
    return true;
}

/* A practice shop may answer at an address of this machine; the real one only at its own. */
static bool shop_elsewhere(struct backend *b, const char *value, struct err *err)
{
    char own[URL_MAX_LEN], url[URL_MAX_LEN];

    snprintf(own, sizeof own, "https://%s", b->shop);
    if (!backends_odoo_url(value, url, err))
        return false;
    if (strcmp(url, own) != 0 && !str_starts(url, "http://"))
        return err_set(err, ERR_INVALID, "shop_url: %s, or a practice shop on this machine", own);
    str_copy(b->shop_url, sizeof b->shop_url, url);
    return true;
}

static bool set_field(struct backend *b, const char *key, const char *value, char **before,
                      struct err *err)
{
    struct {
        const char *key;
        char *field;
        size_t size;
    } fields[] = { { "name", b->name, sizeof b->name },
                   { "shop", b->shop, sizeof b->shop },
                   { "shop_url", b->shop_url, sizeof b->shop_url },
                   { "odoo_url", b->odoo_url, sizeof b->odoo_url },
                   { "odoo_db", b->odoo_db, sizeof b->odoo_db },
                   { "odoo_login", b->odoo_login, sizeof b->odoo_login } };

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (strcmp(fields[i].key, key) != 0)
            continue;
        if (before != NULL)
            *before = strdup(fields[i].field);
        if (strcmp(key, "shop") == 0)
            return backends_shop(value, b->shop, b->shop_url, err);
        if (strcmp(key, "odoo_url") == 0)
            return backends_odoo_url(value, b->odoo_url, err);
        if (strcmp(key, "shop_url") == 0)
            return shop_elsewhere(b, value, err);
        if (!str_copy(fields[i].field, fields[i].size, value))
            return err_set(err, ERR_INVALID, "%s: longer than %zu bytes", key, fields[i].size - 1);
        return true;
    }
    return err_set(err, ERR_INVALID, "a backend has no \"%.64s\"", key);
}

bool backends_edit(struct db *db, int64_t id, const char *key, const char *value, char **before,
                   struct err *err)
{
    AUTO_FREE char *was = NULL;
    struct backend b;

    if (!backends_get(db, id, &b, err) || !set_field(&b, key, value, &was, err) ||
        !check(&b, err) || !unique(db, id, &b, err) ||
        !db_run(db, err,
                "UPDATE backend SET name = ?2, shop = ?3, shop_url = ?4, odoo_url = ?5,"
                " odoo_db = ?6, odoo_login = ?7, changed = ?8 WHERE id = ?1",
                "itttttti", id, b.name, b.shop, b.shop_url, b.odoo_url, b.odoo_db,
                b.odoo_login, when_now()))
        return false;
    db->touched |= DB_TOUCH_SETTINGS;
    if (before != NULL)
        *before = TAKE(was);
    return true;
}

/* What waits is cancelled, a piece per commit; what runs ends by itself. */
static bool cancel_all(struct db *db, int64_t id, struct err *err)
{
    static const int states[] = { JOB_READY, JOB_WAITING, JOB_ASKING, JOB_PARKED, JOB_NOFLOW };

    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        struct jobs_bulk bulk = { .of = { .backend = id, .state = states[i], .count = -1 },
                                  .step = STEP_CANCEL,
                                  .now = when_now() };

        if (!jobs_bulk(db, &bulk, err))
            return false;
    }
    return true;
}

bool backends_remove(struct db *db, int64_t id, struct err *err)
{
    static const char *const sql[] = { "DELETE FROM secret WHERE backend = ?1",
                                       "DELETE FROM policy WHERE backend = ?1",
                                       "DELETE FROM mapping WHERE backend = ?1",
                                       "DELETE FROM cursor WHERE backend = ?1",
                                       "DELETE FROM change_seen WHERE backend = ?1",
                                       "DELETE FROM level_risk WHERE backend = ?1",
                                       "DELETE FROM alert WHERE backend = ?1",
                                       "DELETE FROM conflict_field WHERE backend = ?1",
                                       "DELETE FROM conflict WHERE backend = ?1",
                                       "UPDATE problem SET state = 3 WHERE backend = ?1" };
    struct backend b;

    if (!backends_get(db, id, &b, err) || !cancel_all(db, id, err))
        return false;
    for (size_t i = 0; i < sizeof sql / sizeof sql[0]; i++)
        if (!db_run(db, err, sql[i], "i", id))
            return false;
    db->touched |= DB_TOUCH_SETTINGS | DB_TOUCH_JOBS;
    return bulk_drop_pairs(db, id, err) &&
           db_run(db, err, "UPDATE backend SET removed = ?2 WHERE id = ?1", "ii", id,
                  when_now());
}

bool backends_pause(struct db *db, int64_t id, bool paused, const char *by, struct err *err)
{
    struct backend b;

    if (!backends_get(db, id, &b, err))
        return false;
    db->touched |= DB_TOUCH_SETTINGS | DB_TOUCH_JOBS;
    return db_run(db, err,
                  "UPDATE backend SET paused = ?2, paused_by = ?3, changed = ?4 WHERE id = ?1",
                  "idti", id, (int)paused, paused ? by : "", when_now());
}

#define COLUMNS                                                                                    \
    "id, name, shop, shop_url, odoo_url, odoo_db, odoo_login, paused, paused_by, created, changed"

static void read_row(sqlite3_stmt *q, struct backend *b)
{
    memset(b, 0, sizeof *b);
    b->id = col_int(q, 0);
    col_text(q, 1, b->name, sizeof b->name);
    col_text(q, 2, b->shop, sizeof b->shop);
    col_text(q, 3, b->shop_url, sizeof b->shop_url);
    col_text(q, 4, b->odoo_url, sizeof b->odoo_url);
    col_text(q, 5, b->odoo_db, sizeof b->odoo_db);
    col_text(q, 6, b->odoo_login, sizeof b->odoo_login);
    b->paused = col_int(q, 7) != 0;
    col_text(q, 8, b->paused_by, sizeof b->paused_by);
    b->created = col_int(q, 9);
    b->changed = col_int(q, 10);
}

bool backends_get(struct db *db, int64_t id, struct backend *backend, struct err *err)
{
    AUTO_ASK q = db_ask(db, err, "SELECT " COLUMNS " FROM backend WHERE id = ?1 AND removed = 0",
                        "i", id);
    int rc = db_row(db, q, err);

    if (rc == 1)
        read_row(q, backend);
    return rc == 1 ||
           (rc == 0 && err_set(err, ERR_MISSING, "there is no backend %lld", (long long)id));
}

bool backends_by_shop(struct db *db, const char *shop, struct backend *backend, struct err *err)
{
    AUTO_ASK q = db_ask(db, err, "SELECT " COLUMNS " FROM backend WHERE shop = ?1 AND removed = 0",
                        "t", shop);
    int rc = db_row(db, q, err);

    if (rc == 1)
        read_row(q, backend);
    return rc == 1 ||
           (rc == 0 && err_set(err, ERR_MISSING, "there is no backend for that shop"));
}

bool backends_list(struct db *db, struct backend *rows, size_t *count, struct err *err)
{
    AUTO_ASK q = db_ask(db, err, "SELECT " COLUMNS " FROM backend WHERE removed = 0 ORDER BY id",
                        "");
    size_t n = 0;
    int rc = 0;

    while (n < *count && (rc = db_row(db, q, err)) == 1)
        read_row(q, &rows[n++]);
    if (rc >= 0)
        *count = n;
    return rc >= 0;
}
