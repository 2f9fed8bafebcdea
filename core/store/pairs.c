#include "store/pairs.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/str.h"
#include "store/conflicts.h"
#include "store/top.h"

#define COLUMNS                                                                                    \
    "pair.id, pair.backend, pair.kind, shopify_id, odoo_model, odoo_id, title, state,"             \
    " shopify_print, odoo_print, shopify_at, odoo_at, flags, created, updated"

static void row_of(sqlite3_stmt *q, struct pair *p)
{
    memset(p, 0, sizeof *p);
    p->id = col_int(q, 0);
    p->backend = col_int(q, 1);
    col_text(q, 2, p->kind, sizeof p->kind);
    p->shopify_id = col_int(q, 3);
    col_text(q, 4, p->odoo_model, sizeof p->odoo_model);
    p->odoo_id = col_int(q, 5);
    col_text(q, 6, p->title, sizeof p->title);
    col_text(q, 7, p->state, sizeof p->state);
    col_text(q, 8, p->shopify_print, sizeof p->shopify_print);
    col_text(q, 9, p->odoo_print, sizeof p->odoo_print);
    p->shopify_at = col_int(q, 10);
    p->odoo_at = col_int(q, 11);
    p->flags = (unsigned)col_int(q, 12);
    p->created = col_int(q, 13);
    p->updated = col_int(q, 14);
}

/* One row of q, whose column 15 is agreed. */
static bool one(struct db *db, sqlite3_stmt *q, struct pair *pair, char **agreed, bool *found,
                struct err *err)
{
    int rc = db_row(db, q, err);
    size_t len;

    if (rc < 0)
        return false;
    *found = rc == 1;
    if (agreed != NULL)
        *agreed = NULL;
    if (!*found)
        return true;
    row_of(q, pair);
    if (agreed != NULL)
        *agreed = col_dup(q, 15, &len);
    return true;
}

bool pairs_by_shopify(struct db *db, int64_t backend, const char *kind, int64_t shopify_id,
                      struct pair *pair, char **agreed, bool *found, struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        "SELECT " COLUMNS ", agreed FROM pair WHERE shopify_id = ?1 AND"
                        " backend = ?2 AND kind = ?3 AND shopify_id IS NOT NULL",
                        "iit", shopify_id, backend, kind);

    return one(db, q, pair, agreed, found, err);
}

bool pairs_by_odoo(struct db *db, int64_t backend, const char *model, int64_t odoo_id,
                   struct pair *pair, char **agreed, bool *found, struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        "SELECT " COLUMNS ", agreed FROM pair WHERE odoo_id = ?1 AND backend = ?2"
                        " AND odoo_model = ?3 AND odoo_id IS NOT NULL ORDER BY id LIMIT 1",
                        "iit", odoo_id, backend, model);

    return one(db, q, pair, agreed, found, err);
}

bool pairs_since(struct db *db, int64_t backend, const char *kind, when moment, bool *found,
                 struct err *err)
{
    AUTO_ASK q = db_ask(db, err, "SELECT created, backend = ?1 AND kind = ?2 FROM pair"
                                 " ORDER BY id DESC LIMIT 5000",
                        "it", backend, kind);
    int rc;

    *found = false;
    while (!*found && (rc = db_row(db, q, err)) == 1 && col_int(q, 0) >= moment)
        *found = col_int(q, 1) != 0;
    return *found || rc >= 0;
}

bool pairs_get(struct db *db, int64_t id, struct pair *pair, char **agreed, struct err *err)
{
    AUTO_ASK q = db_ask(db, err, "SELECT " COLUMNS ", agreed FROM pair WHERE id = ?1", "i", id);
    bool found;

    return one(db, q, pair, agreed, &found, err) &&
           (found || err_set(err, ERR_MISSING, "there is no pair %lld", (long long)id));
}

/* Trimmed and in lower case (of ASCII), as keys are kept and asked for. False: nothing left. */
static bool key_of(char key[PAIR_KEY_MAX], const char *value)
{
    size_t n;

    while (isspace((unsigned char)*value))
        value++;
    str_copy(key, PAIR_KEY_MAX, value);
    n = strlen(key);
    while (n > 0 && isspace((unsigned char)key[n - 1]))
        key[--n] = '\0';
    for (char *p = key; *p != '\0'; p++) {
        *p = (char)tolower((unsigned char)*p);
        if (*p == '\n')
            *p = ' ';
    }
    return n > 0;
}

bool pairs_by_key(struct db *db, int64_t backend, const char *kind, const char *key,
                  struct pair *pair, bool *found, struct err *err)
{
    char clean[PAIR_KEY_MAX];

    *found = false;
    if (!key_of(clean, key))
        return true;
    AUTO_ASK q = db_ask(db, err,
                        "SELECT " COLUMNS " FROM pair_key k JOIN pair ON pair.id = k.pair WHERE"
                        " k.key = ?1 AND k.kind = ?2 AND k.backend = ?3 ORDER BY k.pair LIMIT 1",
                        "tti", clean, kind, backend);

    return one(db, q, pair, NULL, found, err);
}

bool pairs_many(struct db *db, int64_t backend, const char *kind, const int64_t *ids, size_t count,
                struct pair *pairs, struct err *err)
{
    if (count > PAIR_BATCH_MAX)
        return err_set(err, ERR_BUG, "more than %d pairs at once", PAIR_BATCH_MAX);
    for (size_t i = 0; i < count; i++) {
        bool found;

        memset(&pairs[i], 0, sizeof pairs[i]);
        if (ids[i] != 0 &&
            !pairs_by_shopify(db, backend, kind, ids[i], &pairs[i], NULL, &found, err))
            return false;
    }
    return true;
}

bool pairs_odoo_ids(struct db *db, int64_t backend, const char *model, int64_t after, int64_t *ids,
                    size_t *count, struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        "SELECT DISTINCT odoo_id FROM pair INDEXED BY pair_odoo WHERE odoo_id > ?1"
                        " AND backend = ?2 AND odoo_model = ?3 AND odoo_id IS NOT NULL"
                        " ORDER BY odoo_id LIMIT ?4",
                        "iiti", after, backend, model, (int64_t)*count);
    size_t n = 0;
    int rc = 0;

    while (n < *count && (rc = db_row(db, q, err)) == 1)
        ids[n++] = col_int(q, 0);
    *count = n;
    return rc >= 0;
}

bool pairs_of_odoo(struct db *db, int64_t backend, const char *kind, const char *model,
                   int64_t odoo_id, struct pair *pairs, size_t *count, struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        "SELECT " COLUMNS " FROM pair WHERE odoo_id = ?1 AND backend = ?2 AND"
                        " odoo_model = ?3 AND kind = ?4 AND odoo_id IS NOT NULL ORDER BY id"
                        " LIMIT ?5",
                        "iitti", odoo_id, backend, model, kind, (int64_t)*count);
    size_t n = 0;
    int rc = 0;

    while (n < *count && (rc = db_row(db, q, err)) == 1)
        row_of(q, &pairs[n++]);
    *count = n;
    return rc >= 0;
}

/* ---- keys ---- */

static bool keys_drop(struct db *db, int64_t id, struct err *err)
{
    AUTO_FREE char *keys = NULL;
    char kind[STORE_NAME_MAX] = "", *line, *rest;
    int64_t backend = 0;
    size_t len;

    {
        AUTO_ASK q = db_ask(db, err, "SELECT keys, kind, backend FROM pair WHERE id = ?1", "i",
                            id);
        int rc = db_row(db, q, err);

        if (rc <= 0)
            return rc == 0;
        keys = col_dup(q, 0, &len);
        col_text(q, 1, kind, sizeof kind);
        backend = col_int(q, 2);
    }
    for (rest = keys; rest != NULL && (line = strsep(&rest, "\n")) != NULL;)
        if (!db_run(db, err,
                    "DELETE FROM pair_key WHERE key = ?1 AND kind = ?2 AND backend = ?3 AND"
                    " pair = ?4",
                    "ttii", line, kind, backend, id))
            return false;
    return true;
}

static bool keys_put(struct db *db, const struct pair *pair, const char *const *keys, int count,
                     struct err *err)
{
    AUTO_STR all;

    str_init(&all, (PAIR_KEY_MAX + 1) * PAIR_KEYS_MAX);
    if (!keys_drop(db, pair->id, err))
        return false;
    for (int i = 0; i < count && i < PAIR_KEYS_MAX; i++) {
        char key[PAIR_KEY_MAX];

        if (keys[i] == NULL || !key_of(key, keys[i]))
            continue;
        if (!db_run(db, err, "INSERT OR IGNORE INTO pair_key VALUES (?1, ?2, ?3, ?4)", "ttii", key,
                    pair->kind, pair->backend, pair->id))
            return false;
        if (all.len > 0)
            str_adds(&all, "\n");
        str_adds(&all, key);
    }
    return db_run(db, err, "UPDATE pair SET keys = ?2 WHERE id = ?1", "ie", pair->id, all.data);
}

/* ---- writing ---- */

/* Without its own id: by Shopify's id; only what has none there is known by Odoo's. */
static bool find_id(struct db *db, struct pair *pair, struct err *err)
{
    if (pair->id != 0)
        return true;
    if (pair->shopify_id != 0)
        return db_number(db, &pair->id, NULL, err,
                         "SELECT id FROM pair WHERE shopify_id = ?1 AND backend = ?2 AND kind = ?3"
                         " AND shopify_id IS NOT NULL",
                         "iit", pair->shopify_id, pair->backend, pair->kind);
    return pair->odoo_id == 0 ||
           db_number(db, &pair->id, NULL, err,
                     "SELECT id FROM pair WHERE odoo_id = ?1 AND backend = ?2 AND odoo_model = ?3"
                     " AND kind = ?4 AND shopify_id IS NULL AND odoo_id IS NOT NULL",
                     "iitt", pair->odoo_id, pair->backend, pair->odoo_model, pair->kind);
}

bool pairs_put(struct db *db, struct pair *pair, const char *agreed, const char *const *keys,
               int key_count, struct err *err)
{
    when now = when_now();
    bool ok;

    if (!find_id(db, pair, err))
        return false;
    if (pair->id == 0) {
        ok = db_run(db, err,
                    "INSERT INTO pair (backend, kind, shopify_id, odoo_model, odoo_id, title,"
                    " state, shopify_print, odoo_print, shopify_at, odoo_at, flags, created,"
                    " updated, agreed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,"
                    " ?13, ?13, ?14)",
                    "itzezeeeeiiiit", pair->backend, pair->kind, pair->shopify_id,
                    pair->odoo_model, pair->odoo_id, pair->title, pair->state,
                    pair->shopify_print, pair->odoo_print, pair->shopify_at, pair->odoo_at,
                    (int64_t)pair->flags, now, agreed);
        if (ok) {
            pair->id = db_last_id(db);
            pair->created = now;
        }
    } else
        ok = db_run(db, err,
                    "UPDATE pair SET shopify_id = ?2, odoo_model = ?3, odoo_id = ?4, title = ?5,"
                    " state = ?6, shopify_print = ?7, odoo_print = ?8, shopify_at = ?9,"
                    " odoo_at = ?10, flags = ?11, updated = ?12, agreed = coalesce(?13, agreed)"
                    " WHERE id = ?1",
                    "izezeeeeiiiit", pair->id, pair->shopify_id, pair->odoo_model, pair->odoo_id,
                    pair->title, pair->state, pair->shopify_print, pair->odoo_print,
                    pair->shopify_at, pair->odoo_at, (int64_t)pair->flags, now, agreed);
    pair->updated = now;
    return ok && (key_count < 0 || keys_put(db, pair, keys, key_count, err));
}

bool pairs_forget(struct db *db, int64_t id, struct err *err)
{
    return keys_drop(db, id, err) && conflicts_forget(db, id, err) &&
           db_run(db, err,
                  "UPDATE pair SET title = NULL, agreed = NULL, keys = NULL, flags = flags | ?2,"
                  " updated = ?3 WHERE id = ?1",
                  "idi", id, (int)PAIR_FORGOTTEN, when_now());
}

bool pairs_remove(struct db *db, int64_t id, struct err *err)
{
    return keys_drop(db, id, err) && db_run(db, err, "DELETE FROM pair WHERE id = ?1", "i", id);
}

/* ---- search ---- */

/* The next (kind, backend) that has the key; found false after the last. */
static bool next_group(struct db *db, const char *key, char kind[STORE_NAME_MAX], int64_t *backend,
                       bool *found, struct err *err)
{
    char after[STORE_NAME_MAX];

    memcpy(after, kind, sizeof after);
    AUTO_ASK q = db_ask(db, err,
                        "SELECT kind, backend FROM pair_key WHERE key = ?1 AND"
                        " (kind, backend) > (?2, ?3) ORDER BY kind, backend LIMIT 1",
                        "tti", key, after, *backend);
    int rc = db_row(db, q, err);

    *found = rc == 1;
    if (rc == 1) {
        col_text(q, 0, kind, STORE_NAME_MAX);
        *backend = col_int(q, 1);
    }
    return rc >= 0;
}

/* An e-mail address may stand for ten thousand orders: the newest of each kind and backend. */
static bool by_key(struct db *db, int64_t backend, const char *key, struct top *top,
                   struct err *err)
{
    char kind[STORE_NAME_MAX] = "";
    int64_t at = INT64_MIN;

    for (;;) {
        bool found;

        if (!next_group(db, key, kind, &at, &found, err))
            return false;
        if (!found)
            return true;
        if (backend != 0 && at != backend)
            continue;
        AUTO_ASK q = db_ask(db, err,
                            "SELECT pair FROM pair_key WHERE key = ?1 AND kind = ?2 AND"
                            " backend = ?3 AND pair > ?4 ORDER BY pair DESC LIMIT ?5",
                            "ttiii", key, kind, at, top_floor(top), (int64_t)top->room);

        if (!top_from(top, db, q, err))
            return false;
    }
}

static bool by_number(struct db *db, int64_t backend, int64_t id, struct top *top, struct err *err)
{
    AUTO_ASK shopify = db_ask(db, err,
                              "SELECT id FROM pair INDEXED BY pair_shopify WHERE shopify_id = ?1"
                              " AND shopify_id IS NOT NULL AND (?2 = 0 OR backend = ?2) LIMIT ?3",
                              "iii", id, backend, (int64_t)top->room);
    AUTO_ASK odoo = db_ask(db, err,
                           "SELECT id FROM pair INDEXED BY pair_odoo WHERE odoo_id = ?1 AND"
                           " odoo_id IS NOT NULL AND (?2 = 0 OR backend = ?2) LIMIT ?3",
                           "iii", id, backend, (int64_t)top->room);

    return top_from(top, db, shopify, err) && top_from(top, db, odoo, err);
}

static bool by_model(struct db *db, int64_t backend, const char *model, int64_t id,
                     struct top *top, struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        "SELECT id FROM pair INDEXED BY pair_odoo WHERE odoo_id = ?1 AND"
                        " odoo_id IS NOT NULL AND (?2 = 0 OR backend = ?2) AND odoo_model = ?3"
                        " LIMIT ?4",
                        "iiti", id, backend, model, (int64_t)top->room);

    return top_from(top, db, q, err);
}

/* Looks for all that a value may mean. */
static bool by_value(struct db *db, int64_t backend, char key[PAIR_KEY_MAX], struct top *top,
                     struct err *err)
{
    char other[PAIR_KEY_MAX + 1];
    char *slash = strrchr(key, '/');
    unsigned long long id;

    /* "1042" is "#1042" to people, and the other way round */
    if (key[0] == '#')
        str_copy(other, sizeof other, key + 1);
    else
        snprintf(other, sizeof other, "#%s", key);
    if (!by_key(db, backend, key, top, err) || !by_key(db, backend, other, top, err))
        return false;
    if (!str_number(slash != NULL ? slash + 1 : key, INT64_MAX, &id))
        return true;
    if (slash == NULL || str_starts(key, "gid://"))
        return by_number(db, backend, (int64_t)id, top, err);
    *slash = '\0';
    return by_model(db, backend, key, (int64_t)id, top, err);
}

static bool search(struct db *db, int64_t backend, char key[PAIR_KEY_MAX], struct top *top,
                   struct pair *rows, size_t *count, struct err *err)
{
    if (!by_value(db, backend, key, top, err))
        return false;
    for (size_t i = 0; i < top->count; i++)
        if (!pairs_get(db, top->ids[i], &rows[i], NULL, err))
            return false;
    *count = top->count;
    return true;
}

bool pairs_search(struct db *db, int64_t backend, const char *value, struct pair *rows,
                  size_t *count, struct err *err)
{
    AUTO_FREE struct top *top = calloc(1, sizeof *top);
    char key[PAIR_KEY_MAX];
    bool ok;

    if (top == NULL)
        return err_set(err, ERR_BUSY, "search: no memory");
    top->room = *count < STORE_PAGE_MAX ? *count : STORE_PAGE_MAX;
    *count = 0;
    if (top->room == 0 || !key_of(key, value))
        return true;
    if (!db_view_begin(db, err))
        return false;
    ok = search(db, backend, key, top, rows, count, err);
    db_view_end(db);
    return ok;
}
