/* What the records of an import use of what is mapped. Part of imports.h. */
#include "store/imports.h"

#include <string.h>

#include "base/str.h"
#include "store/db.h"

#define PLANS     "plan." /* kinds that are the import's own: what a step plans to make */
#define PLANS_END "plan/"

bool imports_use(struct db *db, int64_t run, const char *kind, const char *key, const char *title,
                 bool lacking, int64_t times, struct err *err)
{
    return db_run(db, err,
                  "INSERT INTO import_use (run, kind, key, title, lacking, uses)"
                  " VALUES (?1, ?2, ?3, ?4, ?5, max(?6, 1)) ON CONFLICT DO UPDATE SET"
                  " uses = uses + ?6, lacking = excluded.lacking",
                  "itttdi", run, kind, key, title, (int)lacking, times);
}

/* The next kind that the run has, "" behind the last. */
static bool next_kind(struct db *db, int64_t run, char kind[STORE_NAME_MAX], struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        "SELECT min(kind) FROM import_use WHERE run = ?1 AND kind > ?2", "it", run,
                        kind);
    int rc = db_row(db, q, err);

    kind[0] = '\0';
    if (rc == 1 && !col_is_null(q, 0))
        col_text(q, 0, kind, STORE_NAME_MAX);
    return rc >= 0;
}

static void use_from(sqlite3_stmt *q, const char *kind, struct import_use *use)
{
    memset(use, 0, sizeof *use);
    str_copy(use->kind, sizeof use->kind, kind);
    col_text(q, 0, use->key, sizeof use->key);
    col_text(q, 1, use->title, sizeof use->title);
    use->uses = col_int(q, 2);
    use->mapping.mapped = !col_is_null(q, 5);
    use->mapped = use->mapping.mapped || col_int(q, 3) == 0;
    use->mapping.id = col_int(q, 4);
    col_text(q, 5, use->mapping.value, sizeof use->mapping.value);
    col_text(q, 6, use->mapping.label, sizeof use->mapping.label);
    use->mapping.automatic = col_int(q, 7) != 0;
}

/* One kind's, the mapped or the unmapped ones. *count: room in, rows out. */
static bool some(struct db *db, const struct import_run *run, const char *kind, bool mapped,
                 const char *after, struct import_use *rows, size_t *count, struct err *err)
{
    /* u.lacking alone is asked first: most rows need no look at their mapping */
    static const char lacking[] =
        "SELECT u.key, u.title, u.uses, u.lacking, m.id, m.value, m.label, m.automatic"
        " FROM import_use AS u LEFT JOIN mapping AS m ON m.backend = ?2 AND m.kind = u.kind"
        " AND m.key = u.key WHERE u.run = ?1 AND u.kind = ?3 AND u.key > ?4"
        " AND u.lacking = 1 AND m.value IS NULL ORDER BY u.key LIMIT ?5";
    static const char known[] =
        "SELECT u.key, u.title, u.uses, u.lacking, m.id, m.value, m.label, m.automatic"
        " FROM import_use AS u LEFT JOIN mapping AS m ON m.backend = ?2 AND m.kind = u.kind"
        " AND m.key = u.key WHERE u.run = ?1 AND u.kind = ?3 AND u.key > ?4"
        " AND (u.lacking = 0 OR m.value IS NOT NULL) ORDER BY u.key LIMIT ?5";
    AUTO_ASK q = db_ask(db, err, mapped ? known : lacking, "iitti", run->id, run->backend, kind,
                        after, (int64_t)*count);
    size_t n = 0;
    int rc = 0;

    while (n < *count && (rc = db_row(db, q, err)) == 1)
        use_from(q, kind, &rows[n++]);
    *count = n;
    return rc >= 0;
}

bool imports_uses(struct db *db, const struct import_run *run, const char *kind,
                  const struct import_use_place *after, struct import_use *rows, size_t *count,
                  struct err *err)
{
    struct import_use_place at = *after;
    size_t n = 0;

    if (at.kind[0] == '\0' && kind != NULL)
        str_copy(at.kind, sizeof at.kind, kind);
    else if (at.kind[0] == '\0' && !next_kind(db, run->id, at.kind, err))
        return false;
    while (at.kind[0] != '\0' && n < *count) {
        if (kind == NULL && strncmp(at.kind, PLANS, strlen(PLANS)) == 0)
            str_copy(at.kind, sizeof at.kind, PLANS_END);
        else {
            size_t got = *count - n;

            if (!some(db, run, at.kind, at.mapped, at.key, &rows[n], &got, err))
                return false;
            n += got;
            if (n == *count)
                break;
            at.key[0] = '\0';
            at.mapped = !at.mapped;
            if (at.mapped)
                continue;
        }
        if (kind != NULL)
            break;
        if (!next_kind(db, run->id, at.kind, err))
            return false;
    }
    *count = n;
    return true;
}

bool imports_used(struct db *db, int64_t run, const char *kind, const char *key, bool *found,
                  struct err *err)
{
    int64_t uses;

    return db_number(db, &uses, found, err,
                     "SELECT uses FROM import_use WHERE run = ?1 AND kind = ?2 AND key = ?3", "itt",
                     run, kind, key);
}
