#include "store/audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#include "base/auto.h"
#include "base/str.h"
#include "store/top.h"

#define COLUMNS                                                                                    \
    "id, at, user, uid, what, object, before, after, reason, origin, undo, undone, hash"

static void row_of(sqlite3_stmt *q, struct audit_entry *e)
{
    memset(e, 0, sizeof *e);
    e->id = col_int(q, 0);
    e->at = col_int(q, 1);
    col_text(q, 2, e->user, sizeof e->user);
    e->uid = col_int(q, 3);
    col_text(q, 4, e->what, sizeof e->what);
    col_text(q, 5, e->object, sizeof e->object);
    col_text(q, 6, e->before, sizeof e->before);
    col_text(q, 7, e->after, sizeof e->after);
    col_text(q, 8, e->reason, sizeof e->reason);
    col_text(q, 9, e->origin, sizeof e->origin);
    e->undo = !col_is_null(q, 10) && col_int(q, 11) == 0;
}

/* Each part with its length, so that no two entries can mean the same bytes. */
static bool add_part(struct str *s, const char *text)
{
    return str_addf(s, "%zu:", strlen(text)) && str_adds(s, text);
}

static bool hash_of(const unsigned char before[AUDIT_HASH], const struct audit_entry *e,
                    const char *undo, unsigned char hash[AUDIT_HASH])
{
    AUTO_STR s;
    bool ok;

    str_init(&s, 1 << 20);
    ok = str_add(&s, before, AUDIT_HASH) &&
         str_addf(&s, "%lld,%lld,%lld,", (long long)e->id, (long long)e->at, (long long)e->uid) &&
         add_part(&s, e->user) && add_part(&s, e->what) && add_part(&s, e->object) &&
         add_part(&s, e->before) && add_part(&s, e->after) && add_part(&s, e->reason) &&
         add_part(&s, e->origin) && add_part(&s, undo != NULL ? undo : "");
    if (ok)
        SHA256((const unsigned char *)s.data, s.len, hash);
    return ok;
}

/* The end of the chain is kept apart too, so that cutting off the newest entries shows. */
static bool read_head(struct db *db, int64_t *id, unsigned char hash[AUDIT_HASH], struct err *err)
{
    AUTO_ASK q = db_ask(db, err, "SELECT value FROM meta WHERE key = 'audit'", "");
    int rc = db_row(db, q, err);

    *id = 0;
    memset(hash, 0, AUDIT_HASH);
    if (rc == 1 && sqlite3_column_bytes(q, 0) == AUDIT_HASH + (int)sizeof *id) {
        const unsigned char *value = sqlite3_column_blob(q, 0);

        memcpy(id, value, sizeof *id);
        memcpy(hash, value + sizeof *id, AUDIT_HASH);
    }
    return rc >= 0;
}

static bool write_head(struct db *db, int64_t id, const unsigned char hash[AUDIT_HASH],
                       struct err *err)
{
    unsigned char value[AUDIT_HASH + sizeof id];

    memcpy(value, &id, sizeof id);
    memcpy(value + sizeof id, hash, AUDIT_HASH);
    return db_run(db, err,
                  "INSERT INTO meta (key, value) VALUES ('audit', ?1)"
                  " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                  "b", value, sizeof value);
}

bool audit_add(struct db *db, const struct audit_entry *entry, const char *undo, int64_t *id,
               struct err *err)
{
    unsigned char before[AUDIT_HASH], hash[AUDIT_HASH];
    struct audit_entry e = *entry;
    int64_t last;

    if (!read_head(db, &last, before, err))
        return false;
    e.id = last + 1;
    if (e.at == 0)
        e.at = when_now();
    if (!hash_of(before, &e, undo, hash))
        return err_set(err, ERR_BUSY, "no memory");
    if (!db_run(db, err,
                "INSERT INTO audit (id, at, user, uid, what, object, before, after, reason, origin,"
                " undo, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
                "iititttttttb", e.id, e.at, e.user, e.uid, e.what, e.object, e.before, e.after,
                e.reason, e.origin, undo, hash, (size_t)AUDIT_HASH))
        return false;
    if (id != NULL)
        *id = e.id;
    return write_head(db, e.id, hash, err);
}

/* ---- pages ---- */

/* The next method of that group that was ever used; *found false: there is none. */
static bool next_what(struct db *db, const char *group, char what[STORE_NAME_MAX], bool *found,
                      struct err *err)
{
    char after[STORE_NAME_MAX];

    memcpy(after, what, sizeof after);
    AUTO_ASK q = db_ask(db, err,
                        "SELECT what FROM audit INDEXED BY audit_what WHERE what > ?1"
                        " ORDER BY what LIMIT 1",
                        "t", after);
    int rc = db_row(db, q, err);

    *found = rc == 1;
    if (rc == 1)
        col_text(q, 0, what, STORE_NAME_MAX);
    *found = *found && str_starts(what, group);
    return rc >= 0;
}

static bool from_what(struct db *db, const char *what, int64_t before, struct top *top,
                      struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        "SELECT id FROM audit INDEXED BY audit_what WHERE what = ?1 AND id < ?2"
                        " AND id > ?3 ORDER BY id DESC LIMIT ?4",
                        "tiii", what, before, top_floor(top), (int64_t)top->room);

    return top_from(top, db, q, err);
}

/* A group ("jobs.") is the methods that begin with it; each has its entries in order. */
static bool from_group(struct db *db, const char *group, int64_t before, struct top *top,
                       struct err *err)
{
    char what[STORE_NAME_MAX] = "";
    bool found;

    if (!from_what(db, group, before, top, err))
        return false;
    str_copy(what, sizeof what, group);
    for (;;) {
        if (!next_what(db, group, what, &found, err))
            return false;
        if (!found)
            return true;
        if (!from_what(db, what, before, top, err))
            return false;
    }
}

/* The newest that meet the narrowest condition; the others are checked row by row. */
static bool candidates(struct db *db, const struct audit_filter *f, struct top *top,
                       struct err *err)
{
    int64_t before = f->after > 0 ? f->after : INT64_MAX, room = (int64_t)top->room;
    AUTO_ASK q = NULL;

    if (f->object == NULL && f->what != NULL)
        return from_group(db, f->what, before, top, err);
    if (f->object != NULL)
        q = db_ask(db, err,
                   "SELECT id FROM audit INDEXED BY audit_object WHERE object = ?1 AND id < ?2"
                   " ORDER BY id DESC LIMIT ?3",
                   "tii", f->object, before, room);
    else if (f->user != NULL)
        q = db_ask(db, err,
                   "SELECT id FROM audit INDEXED BY audit_user WHERE user = ?1 AND id < ?2"
                   " ORDER BY id DESC LIMIT ?3",
                   "tii", f->user, before, room);
    else
        q = db_ask(db, err, "SELECT id FROM audit WHERE id < ?1 ORDER BY id DESC LIMIT ?2", "ii",
                   before, room);
    return top_from(top, db, q, err);
}

static bool fits(const struct audit_filter *f, const struct audit_entry *e)
{
    return (f->user == NULL || strcmp(e->user, f->user) == 0) &&
           (f->what == NULL || str_starts(e->what, f->what)) &&
           (f->object == NULL || strcmp(e->object, f->object) == 0);
}

static bool read_page(struct db *db, const struct audit_filter *f, struct top *top,
                      struct audit_entry *rows, size_t *count, int64_t *next, struct err *err)
{
    size_t room = *count, n = 0, i = 0;

    if (!candidates(db, f, top, err))
        return false;
    for (; i < top->count && n < room; i++) {
        if (!audit_get(db, top->ids[i], &rows[n], err))
            return false;
        n += fits(f, &rows[n]);
    }
    *count = n;
    *next = i > 0 && (n == room || top->count == top->room) ? top->ids[i - 1] : 0;
    return true;
}

bool audit_list(struct db *db, const struct audit_filter *filter, struct audit_entry *rows,
                size_t *count, int64_t *next, struct err *err)
{
    int conditions = (filter->user != NULL) + (filter->what != NULL) + (filter->object != NULL);
    AUTO_FREE struct top *top = calloc(1, sizeof *top);
    bool ok;

    if (top == NULL)
        return err_set(err, ERR_BUSY, "list the audit log: no memory");
    if (*count > STORE_PAGE_MAX)
        *count = STORE_PAGE_MAX;
    top->room = conditions > 1 ? STORE_PAGE_MAX : *count;
    if (*count == 0)
        return err_set(err, ERR_BUG, "a page of no rows");
    if (!db_view_begin(db, err))
        return false;
    ok = read_page(db, filter, top, rows, count, next, err);
    db_view_end(db);
    return ok;
}

bool audit_get(struct db *db, int64_t id, struct audit_entry *entry, struct err *err)
{
    AUTO_ASK q = db_ask(db, err, "SELECT " COLUMNS " FROM audit WHERE id = ?1", "i", id);
    int rc = db_row(db, q, err);

    if (rc == 1)
        row_of(q, entry);
    return rc == 1 ||
           (rc == 0 && err_set(err, ERR_MISSING, "there is no entry %lld", (long long)id));
}

char *audit_undo(struct db *db, int64_t id, struct err *err)
{
    struct audit_entry entry;
    char *undo = NULL;
    size_t len;

    if (!audit_get(db, id, &entry, err))
        return NULL;
    if (!entry.undo) {
        err_set(err, ERR_REFUSED, "entry %lld can't be taken back, or was already", (long long)id);
        return NULL;
    }
    {
        AUTO_ASK q = db_ask(db, err, "SELECT undo FROM audit WHERE id = ?1", "i", id);

        if (db_row(db, q, err) == 1)
            undo = col_dup(q, 0, &len);
    }
    if (undo != NULL && db_run(db, err, "UPDATE audit SET undone = ?2 WHERE id = ?1", "ii", id,
                               when_now()))
        return undo;
    free(undo);
    return NULL;
}

bool audit_verify(struct db *db, int64_t *entries, int64_t *broken, struct err *err)
{
    unsigned char before[AUDIT_HASH] = { 0 }, hash[AUDIT_HASH], head[AUDIT_HASH];
    AUTO_ASK q = db_ask(db, err, "SELECT " COLUMNS " FROM audit ORDER BY id", "");
    int64_t n = 0, head_id;
    int rc;

    *broken = 0;
    while ((rc = db_row(db, q, err)) == 1) {
        struct audit_entry e;
        size_t len = 0, undo_len;
        AUTO_FREE char *undo = col_is_null(q, 10) ? NULL : col_dup(q, 10, &undo_len);
        AUTO_FREE char *kept = col_dup(q, 12, &len);

        row_of(q, &e);
        n++;
        if (!hash_of(before, &e, undo, hash))
            return err_set(err, ERR_BUSY, "no memory");
        if (*broken == 0 && (e.id != n || kept == NULL || len != AUDIT_HASH ||
                             memcmp(kept, hash, AUDIT_HASH) != 0))
            *broken = e.id != n ? n : e.id;
        memcpy(before, hash, AUDIT_HASH);
    }
    *entries = n;
    if (rc != 0 || !read_head(db, &head_id, head, err))
        return false;
    if (*broken == 0 && (head_id != n || memcmp(head, before, AUDIT_HASH) != 0))
        *broken = n + 1; /* the newest are gone */
    return true;
}
