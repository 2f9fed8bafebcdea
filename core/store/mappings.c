#include "store/mappings.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "store/db.h"
#include "store/problems.h"

#define COLUMNS                                                                                    \
    "mapping.id, mapping.kind, key, title, value, label, automatic, uses, last_used, changed, by," \
    " guess, guess_label, guess_score"

static void read_row(sqlite3_stmt *q, struct mapping *m)
{
    memset(m, 0, sizeof *m);
    m->id = col_int(q, 0);
    col_text(q, 1, m->kind, sizeof m->kind);
    col_text(q, 2, m->key, sizeof m->key);
    col_text(q, 3, m->title, sizeof m->title);
    m->mapped = !col_is_null(q, 4);
    col_text(q, 4, m->value, sizeof m->value);
    col_text(q, 5, m->label, sizeof m->label);
    m->automatic = col_int(q, 6) != 0;
    m->uses = col_int(q, 7);
    m->last_used = col_int(q, 8);
    m->changed = col_int(q, 9);
    col_text(q, 10, m->by, sizeof m->by);
    col_text(q, 11, m->guess, sizeof m->guess);
    col_text(q, 12, m->guess_label, sizeof m->guess_label);
    m->guess_score = (int)col_int(q, 13);
}

bool mappings_get(struct db *db, int64_t backend, const char *kind, const char *key,
                  struct mapping *row, bool *found, struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        "SELECT " COLUMNS " FROM mapping"
                        " WHERE backend = ?1 AND mapping.kind = ?2 AND key = ?3",
                        "itt", backend, kind, key);
    int rc = db_row(db, q, err);

    if (rc < 0)
        return false;
    memset(row, 0, sizeof *row);
    if (rc == 1)
        read_row(q, row);
    *found = row->mapped;
    return true;
}

static bool check(const char *kind, const char *key, struct err *err)
{
    if (*kind == '\0' || strlen(kind) >= STORE_NAME_MAX || strlen(key) >= MAPPING_KEY_MAX ||
        strlen(kind) + strlen(key) + 2 > ERR_THING_MAX)
        return err_set(err, ERR_INVALID, "the kind or key of a mapping is too long");
    return true;
}

bool mappings_need(struct db *db, int64_t backend, const char *kind, const char *key,
                   const char *title, struct err *err)
{
    return check(kind, key, err) &&
           db_run(db, err,
                  "INSERT INTO mapping (backend, kind, key, title, changed)"
                  " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (backend, kind, key) DO NOTHING",
                  "ittti", backend, kind, key, title != NULL ? title : key, when_now());
}

bool mappings_used(struct db *db, int64_t backend, const char *kind, const char *key, int64_t times,
                   struct err *err)
{
    return db_run(db, err,
                  "UPDATE mapping SET uses = uses + ?4, last_used = ?5"
                  " WHERE backend = ?1 AND kind = ?2 AND key = ?3",
                  "ittii", backend, kind, key, times, when_now());
}

bool mappings_guess(struct db *db, int64_t backend, const char *kind, const char *key,
                    const char *value, const char *label, int score, struct err *err)
{
    return db_run(db, err,
                  "UPDATE mapping SET guess = ?4, guess_label = ?5, guess_score = ?6"
                  " WHERE backend = ?1 AND kind = ?2 AND key = ?3",
                  "ittttd", backend, kind, key, value, label, score);
}

/* Keys of products say themselves what they are: "sku:TS-1". */
static void thing_of(char thing[ERR_THING_MAX], const char *kind, const char *key)
{
    if (strcmp(kind, "product") == 0)
        str_copy(thing, ERR_THING_MAX, key);
    else
        snprintf(thing, ERR_THING_MAX, "%s:%s", kind, key);
}

static bool replay(struct db *db, int64_t backend, const char *kind, const char *key,
                   int64_t *requeued, struct err *err)
{
    char thing[ERR_THING_MAX];
    int64_t waited = 0;
    bool ok;

    thing_of(thing, kind, key);
    ok = problems_replay_thing(db, backend, thing, when_now(), requeued, err) &&
         (strcmp(kind, "product") != 0 ||
          problems_replay_thing(db, backend, PROBLEM_PRODUCTS, when_now(), &waited, err));
    *requeued += waited;
    return ok;
}

bool mappings_set(struct db *db, int64_t backend, const char *kind, const char *key,
                  const char *value, const char *label, const char *by, struct mapping *before,
                  int64_t *requeued, struct err *err)
{
    struct mapping was;
    bool found;

    *requeued = 0;
    if (!check(kind, key, err) || !mappings_get(db, backend, kind, key, &was, &found, err))
        return false;
    if (value != NULL && strlen(value) >= MAPPING_VALUE_MAX)
        return err_set(err, ERR_INVALID, "a mapping's value is too long");
    if (!db_run(db, err,
                "INSERT INTO mapping (backend, kind, key, title, value, label, by, changed)"
                " VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7)"
                " ON CONFLICT (backend, kind, key) DO UPDATE SET value = excluded.value,"
                " label = excluded.label, by = excluded.by, changed = excluded.changed,"
                " automatic = 0",
                "ittttti", backend, kind, key, value, label != NULL && value != NULL ? label : "",
                by, when_now()))
        return false;
    db->touched |= DB_TOUCH_SETTINGS;
    if (before != NULL)
        *before = was;
    return value == NULL || replay(db, backend, kind, key, requeued, err);
}

bool mappings_since(struct db *db, int64_t backend, const char *thing, when moment, bool *found,
                    struct err *err)
{
    const char *colon = strchr(thing, ':');
    char kind[STORE_NAME_MAX] = "";
    int64_t id;

    *found = false;
    if (colon == NULL || colon - thing >= STORE_NAME_MAX)
        return true;
    str_copy(kind, (size_t)(colon - thing) + 1, thing);
    return db_number(db, &id, found, err,
                     "SELECT id FROM mapping WHERE backend = ?1 AND value IS NOT NULL"
                     " AND automatic = 0 AND changed >= ?5 AND"
                     " ((kind = ?2 AND key = ?3) OR (kind = 'product' AND ?4 IN (key, ?6)))",
                     "itttit", backend, kind, colon + 1, thing, moment, PROBLEM_PRODUCTS);
}

bool mappings_auto(struct db *db, int64_t backend, const char *kind, const char *key,
                   const char *title, const char *value, const char *label, struct err *err)
{
    int64_t requeued;

    if (!check(kind, key, err) ||
        !db_run(db, err,
                "INSERT INTO mapping (backend, kind, key, title, value, label, automatic, changed)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7)"
                " ON CONFLICT (backend, kind, key) DO UPDATE SET value = excluded.value,"
                " label = excluded.label, automatic = 1, changed = excluded.changed"
                " WHERE (mapping.value IS NULL AND mapping.by = '')"
                " OR (automatic = 1 AND mapping.value IS NOT excluded.value)",
                "ittttti", backend, kind, key, title != NULL ? title : key, value, label,
                when_now()))
        return false;
    if (db_changes(db) == 0)
        return true;
    return replay(db, backend, kind, key, &requeued, err);
}

bool mappings_kinds(struct db *db, int64_t backend, struct mapping_kind *rows, size_t *count,
                    struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        "SELECT kind, sum(value IS NULL), count(*) FROM mapping WHERE backend = ?1"
                        " GROUP BY kind ORDER BY kind",
                        "i", backend);
    size_t n = 0;
    int rc = 0;

    while (n < *count && (rc = db_row(db, q, err)) == 1) {
        col_text(q, 0, rows[n].kind, sizeof rows[n].kind);
        rows[n].open = col_int(q, 1);
        rows[n].all = col_int(q, 2);
        n++;
    }
    if (rc >= 0)
        *count = n;
    return rc >= 0;
}

/* Parked jobs that name this row as the thing they miss. */
static bool read_waiting(struct db *db, int64_t backend, struct mapping *m, struct err *err)
{
    char thing[ERR_THING_MAX];

    thing_of(thing, m->kind, m->key);
    return db_number(db, &m->waiting, NULL, err,
                     "SELECT coalesce(sum(open), 0) FROM problem"
                     " WHERE backend = ?1 AND thing = ?2 AND thing <> ''",
                     "it", backend, thing);
}

static bool next_kind(struct db *db, int64_t backend, char kind[STORE_NAME_MAX], bool *found,
                      struct err *err)
{
    AUTO_ASK q = db_ask(db, err, "SELECT min(kind) FROM mapping WHERE backend = ?1 AND kind > ?2",
                        "it", backend, kind);
    int rc = db_row(db, q, err);

    *found = rc == 1 && !col_is_null(q, 0);
    if (*found)
        col_text(q, 0, kind, STORE_NAME_MAX);
    return rc >= 0;
}

bool mappings_each(struct db *db, int64_t backend,
                   bool (*each)(void *ctx, const char *kind, const char *key, const char *value),
                   void *ctx, struct err *err)
{
    char kind[STORE_NAME_MAX] = "", key[MAPPING_KEY_MAX], value[MAPPING_VALUE_MAX];
    bool found = true, more = true;

    while (more) {
        if (!next_kind(db, backend, kind, &found, err))
            return false;
        if (!found)
            break;
        AUTO_ASK q = db_ask(db, err,
                            "SELECT key, value FROM mapping INDEXED BY mapping_list WHERE"
                            " backend = ?1 AND kind = ?2 AND (value IS NOT NULL) = 1"
                            " AND automatic = 0 ORDER BY key",
                            "it", backend, kind);
        int rc = 0;

        more = each(ctx, kind, NULL, NULL);
        while (more && (rc = db_row(db, q, err)) == 1) {
            col_text(q, 0, key, sizeof key);
            col_text(q, 1, value, sizeof value);
            more = each(ctx, kind, key, value);
        }
        if (rc < 0)
            return false;
    }
    return true;
}

bool mappings_list(struct db *db, int64_t backend, const char *kind, const char *after,
                   struct mapping *rows, size_t *count, char *next, struct err *err)
{
    int mapped = *after == '1';
    const char *key = *after != '\0' ? after + 1 : "";
    size_t n = 0;
    int rc = 0;

    {
        AUTO_ASK q = db_ask(db, err,
                            "SELECT " COLUMNS " FROM mapping WHERE backend = ?1"
                            " AND mapping.kind = ?2 AND ((value IS NOT NULL), key) > (?3, ?4)"
                            " ORDER BY (value IS NOT NULL), key",
                            "itdt", backend, kind, *after != '\0' ? mapped : -1, key);

        while (n < *count && (rc = db_row(db, q, err)) == 1)
            read_row(q, &rows[n++]);
    }
    if (rc < 0)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!read_waiting(db, backend, &rows[i], err))
            return false;
    *next = '\0';
    if (n == *count && n > 0)
        snprintf(next, MAPPING_KEY_MAX + 2, "%d%s", rows[n - 1].mapped, rows[n - 1].key);
    *count = n;
    return true;
}
