#include "store/db.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define WRITER_CACHE_KIB 4096
#define READER_CACHE_KIB 256

bool db_fail(struct db *db, int rc, struct err *err, const char *what)
{
    switch (rc & 0xff) {
    case SQLITE_FULL:
        return err_set(err, ERR_BUSY, "%s: the disk is full", what);
    case SQLITE_IOERR:
        return err_set(err, ERR_BUSY, "%s: the disk fails (%s)", what, sqlite3_errstr(rc));
    case SQLITE_NOMEM:
        return err_set(err, ERR_BUSY, "%s: no memory", what);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return err_set(err, ERR_BUSY, "%s: the database is locked", what);
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
        return err_set(err, ERR_DENIED, "%s: the database can't be opened for writing", what);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return err_set(err, ERR_INVALID, "%s: the database is damaged", what);
    case SQLITE_TOOBIG:
        return err_set(err, ERR_INVALID, "%s: too large", what);
    case SQLITE_CONSTRAINT: /* names the table and column, never a value */
        return err_set(err, ERR_INVALID, "%s: %s", what,
                       db != NULL && db->sql != NULL ? sqlite3_errmsg(db->sql) : "constraint");
    default:
        return err_set(err, ERR_BUG, "%s: %s", what,
                       db != NULL && db->sql != NULL ? sqlite3_errmsg(db->sql)
                                                     : sqlite3_errstr(rc));
    }
}

static bool configure(struct db *db, bool writer, struct err *err)
{
    AUTO_STR sql;

    str_init(&sql, 1024);
    sqlite3_extended_result_codes(db->sql, 1);
    sqlite3_busy_timeout(db->sql, 5000);
    sqlite3_limit(db->sql, SQLITE_LIMIT_ATTACHED, 0);
    str_addf(&sql, "PRAGMA cache_size = -%d; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;",
             writer ? WRITER_CACHE_KIB : READER_CACHE_KIB);
    if (writer)
        str_adds(&sql, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                       "PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 67108864;");
    else
        str_adds(&sql, "PRAGMA query_only = ON;");
    return db_exec(db, sql.data, err);
}

struct db *db_open(const char *path, bool writer, struct err *err)
{
    AUTO(db) db = calloc(1, sizeof *db);
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_READWRITE, rc;

    if (db == NULL) {
        err_set(err, ERR_BUSY, "open the database: no memory");
        return NULL;
    }
    rc = sqlite3_open_v2(path, &db->sql, flags, NULL);
    if (rc != SQLITE_OK) {
        db_fail(db, rc, err, "open the database");
        return NULL;
    }
    if (!configure(db, writer, err))
        return NULL;
    return TAKE(db);
}

void db_free(struct db *db)
{
    if (db == NULL)
        return;
    for (size_t i = 0; i < DB_STATEMENTS; i++)
        sqlite3_finalize(db->cache[i]);
    sqlite3_close(db->sql);
    tally_clear(&db->tally);
    free(db);
}

/* FNV-1a */
static unsigned hash(const char *text)
{
    unsigned h = 2166136261U;

    for (; *text != '\0'; text++)
        h = (h ^ (unsigned char)*text) * 16777619U;
    return h;
}

static sqlite3_stmt *prepared(struct db *db, const char *sql, struct err *err)
{
    unsigned at = hash(sql) & (DB_STATEMENTS - 1);

    for (unsigned tries = 0; tries < DB_STATEMENTS; tries++) {
        sqlite3_stmt **slot = &db->cache[(at + tries) & (DB_STATEMENTS - 1)];
        int rc;

        if (*slot != NULL && strcmp(sqlite3_sql(*slot), sql) != 0)
            continue;
        if (*slot == NULL) {
            rc = sqlite3_prepare_v3(db->sql, sql, -1, SQLITE_PREPARE_PERSISTENT, slot, NULL);
            if (rc != SQLITE_OK) {
                db_fail(db, rc, err, "prepare a statement");
                return NULL;
            }
        }
        if (sqlite3_stmt_busy(*slot)) {
            err_set(err, ERR_BUG, "a statement is used within itself");
            return NULL;
        }
        return *slot;
    }
    err_set(err, ERR_BUG, "too many different statements");
    return NULL;
}

static int bind_one(sqlite3_stmt *q, int i, char type, va_list *ap)
{
    const char *text;
    const void *data;
    sqlite3_int64 number;

    switch (type) {
    case 'i':
        return sqlite3_bind_int64(q, i, va_arg(*ap, int64_t));
    case 'd':
        return sqlite3_bind_int(q, i, va_arg(*ap, int));
    case 'z':
        number = va_arg(*ap, int64_t);
        return number == 0 ? sqlite3_bind_null(q, i) : sqlite3_bind_int64(q, i, number);
    case 't':
        return sqlite3_bind_text(q, i, va_arg(*ap, const char *), -1, SQLITE_STATIC);
    case 'e':
        text = va_arg(*ap, const char *);
        return text == NULL || *text == '\0' ? sqlite3_bind_null(q, i)
                                             : sqlite3_bind_text(q, i, text, -1, SQLITE_STATIC);
    case 'b':
        data = va_arg(*ap, const void *);
        return sqlite3_bind_blob64(q, i, data, va_arg(*ap, size_t), SQLITE_STATIC);
    default:
        return SQLITE_MISUSE;
    }
}

static sqlite3_stmt *bound(struct db *db, struct err *err, const char *sql, const char *types,
                           va_list *ap)
{
    sqlite3_stmt *q = prepared(db, sql, err);
    int rc = SQLITE_OK;

    if (q == NULL)
        return NULL;
    for (int i = 0; types[i] != '\0' && rc == SQLITE_OK; i++)
        rc = bind_one(q, i + 1, types[i], ap);
    if (rc == SQLITE_OK)
        return q;
    db_fail(db, rc, err, "bind a value");
    db_ask_end(&q);
    return NULL;
}

void db_ask_end(sqlite3_stmt **q)
{
    if (*q == NULL)
        return;
    sqlite3_reset(*q);
    sqlite3_clear_bindings(*q);
    *q = NULL;
}

sqlite3_stmt *db_ask(struct db *db, struct err *err, const char *sql, const char *types, ...)
{
    sqlite3_stmt *q;
    va_list ap;

    va_start(ap, types);
    q = bound(db, err, sql, types, &ap);
    va_end(ap);
    return q;
}

int db_row(struct db *db, sqlite3_stmt *q, struct err *err)
{
    int rc;

    if (q == NULL)
        return -1;
    rc = sqlite3_step(q);
    if (rc == SQLITE_ROW)
        return 1;
    if (rc == SQLITE_DONE)
        return 0;
    db_fail(db, rc, err, sqlite3_stmt_readonly(q) ? "read the database" : "write the database");
    return -1;
}

bool db_run(struct db *db, struct err *err, const char *sql, const char *types, ...)
{
    AUTO_ASK q = NULL;
    va_list ap;
    int rc;

    va_start(ap, types);
    q = bound(db, err, sql, types, &ap);
    va_end(ap);
    do
        rc = db_row(db, q, err);
    while (rc == 1);
    return rc == 0;
}

bool db_number(struct db *db, int64_t *value, bool *found, struct err *err, const char *sql,
               const char *types, ...)
{
    AUTO_ASK q = NULL;
    va_list ap;
    int rc;

    va_start(ap, types);
    q = bound(db, err, sql, types, &ap);
    va_end(ap);
    rc = db_row(db, q, err);
    if (rc < 0)
        return false;
    if (rc == 1)
        *value = col_int(q, 0);
    if (found != NULL)
        *found = rc == 1;
    return true;
}

bool db_exec(struct db *db, const char *sql, struct err *err)
{
    int rc = sqlite3_exec(db->sql, sql, NULL, NULL, NULL);

    return rc == SQLITE_OK || db_fail(db, rc, err, "set up the database");
}

int64_t db_last_id(struct db *db)
{
    return sqlite3_last_insert_rowid(db->sql);
}

int db_changes(struct db *db)
{
    return sqlite3_changes(db->sql);
}

bool db_view_begin(struct db *db, struct err *err)
{
    if (db->views == 0) {
        if (!sqlite3_get_autocommit(db->sql))
            return true; /* inside a change: it already agrees */
        if (!db_run(db, err, "BEGIN", ""))
            return false;
    }
    db->views++;
    return true;
}

void db_view_end(struct db *db)
{
    if (db->views > 0 && --db->views == 0)
        db_run(db, NULL, "COMMIT", "");
}

int64_t col_int(sqlite3_stmt *q, int i)
{
    return sqlite3_column_int64(q, i);
}

bool col_is_null(sqlite3_stmt *q, int i)
{
    return sqlite3_column_type(q, i) == SQLITE_NULL;
}

void col_text(sqlite3_stmt *q, int i, char *to, size_t size)
{
    const char *text = (const char *)sqlite3_column_text(q, i);

    str_copy(to, size, text != NULL ? text : "");
}

char *col_dup(sqlite3_stmt *q, int i, size_t *len)
{
    const void *data = sqlite3_column_blob(q, i);
    size_t n = (size_t)sqlite3_column_bytes(q, i);
    char *copy;

    if (col_is_null(q, i))
        return NULL;
    copy = malloc(n + 1);
    if (copy == NULL)
        return NULL;
    if (n > 0)
        memcpy(copy, data, n);
    copy[n] = '\0';
    if (len != NULL)
        *len = n;
    return copy;
}
