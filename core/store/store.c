#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/file.h>
#include <sys/stat.h>

#include "base/assets.h"
#include "base/refusal.h"
#include "store/hands.h"
#include "store/jobs_inside.h"
#include "store/writer.h"

#define APPLICATION 0x53424f58 /* "SBOX", so that no other program's file is taken for ours */
#define CHECK_MAX (64 << 20)   /* bytes that are read through at each start */

static const char *const migrations[] = { asset_sql_0001_first, asset_sql_0002_imports,
                                          asset_sql_0003_outbound, asset_sql_0004_conflicts,
                                          asset_sql_0005_pace };
#define NEWEST ((int)(sizeof migrations / sizeof migrations[0]))

struct store {
    int lock; /* the state directory, locked */
    char path[PATH_MAX];
    struct hands *hands;
    struct writer *writer;
    int64_t returned, parked;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void set_up_sqlite(void)
{
    /* each connection belongs to one thread; memory statistics would be a lock for all */
    sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/* What the system says about a file or directory of ours, and what to do about it. */
static bool not_ours(struct err *err, const char *what, const char *path)
{
    int number = errno;

    if (number == ENOSPC || number == EDQUOT || number == EIO) {
        err_errno(err, ERR_BUSY, number, "%s %s, make room on its disk", what, path);
        return refusal_set(err, REFUSAL_ROOM);
    }
    err_set(err, ERR_DENIED, "%s %s: %s: start as the user it belongs to, or name another "
            "directory with --state", what, path, strerrordesc_np(number));
    return refusal_set(err, REFUSAL_RIGHTS);
}

static bool lock_dir(struct store *store, const char *dir, struct err *err)
{
    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        return not_ours(err, "make the state directory", dir);
    store->lock = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (store->lock < 0)
        return not_ours(err, "open the state directory", dir);
    if (flock(store->lock, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK)
            return not_ours(err, "lock the state directory", dir);
        err_set(err, ERR_DENIED, "another core already works in %s: use it, stop it, or name "
                "another state directory", dir);
        return refusal_set(err, REFUSAL_USED);
    }
    return true;
}

/* Makes the file if there is none, so that it is 0600 from its first byte. */
static bool make_file(const char *path, off_t *size, struct err *err)
{
    AUTO_CLOSE int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    char head[16] = "";
    struct stat st;

    if (fd < 0)
        return not_ours(err, "open", path);
    if (fstat(fd, &st) != 0)
        return not_ours(err, "look at", path);
    *size = st.st_size;
    if (st.st_size > 0 && (pread(fd, head, sizeof head, 0) != sizeof head ||
                           memcmp(head, "SQLite format 3", sizeof head) != 0))
        return err_set(err, ERR_INVALID, "it is damaged, it does not begin like a database");
    return true;
}

/* Reads both ends of every table: a file that was cut or overwritten rarely survives that. */
static bool check_ends(struct db *db, struct err *err)
{
    AUTO_ASK tables = db_ask(db, err, "SELECT name, sql NOT LIKE '%WITHOUT ROWID%'"
                                      " FROM sqlite_schema WHERE type = 'table'", "");
    int rc;

    while ((rc = db_row(db, tables, err)) == 1) {
        char name[64], sql[160];

        col_text(tables, 0, name, sizeof name);
        snprintf(sql, sizeof sql, "SELECT * FROM %s ORDER BY 1 LIMIT 3", name);
        if (!db_run(db, err, sql, ""))
            return false;
        snprintf(sql, sizeof sql, "SELECT * FROM %s ORDER BY rowid DESC LIMIT 3", name);
        if (col_int(tables, 1) != 0 && !db_run(db, err, sql, ""))
            return false;
    }
    return rc == 0;
}

static bool check_all(struct db *db, struct err *err)
{
    AUTO_ASK q = db_ask(db, err, "PRAGMA quick_check(1)", "");
    char text[256];

    if (db_row(db, q, err) != 1)
        return false;
    col_text(q, 0, text, sizeof text);
    return strcmp(text, "ok") == 0 || err_set(err, ERR_INVALID, "the database is damaged: %s", text);
}

static bool migrate(struct db *db, int64_t version, struct err *err)
{
    for (int64_t v = version; v < NEWEST; v++) {
        char pragma[80];

        snprintf(pragma, sizeof pragma, "PRAGMA user_version = %d; PRAGMA application_id = %d;",
                 (int)v + 1, APPLICATION);
        if (!db_exec(db, "BEGIN IMMEDIATE", err))
            return false;
        if (!db_exec(db, migrations[v], err) || !db_exec(db, pragma, err) ||
            !db_exec(db, "COMMIT", err)) {
            db_exec(db, "ROLLBACK", NULL);
            return err_within(err, "bring the database to version %d", (int)v + 1);
        }
    }
    return true;
}

static bool check_version(struct db *db, const char *path, off_t size, int64_t *version,
                          struct err *err)
{
    int64_t application = 0;

    if (!db_number(db, version, NULL, err, "PRAGMA user_version", "") ||
        !db_number(db, &application, NULL, err, "PRAGMA application_id", ""))
        return false;
    if (*version > NEWEST) {
        err_set(err, ERR_DENIED, "%s was written by a newer signalbox (version %d of the "
                "database, this program knows %d): install that one again",
                path, (int)*version, NEWEST);
        return refusal_set(err, REFUSAL_NEWER);
    }
    if (*version > 0 && application != APPLICATION)
        return err_set(err, ERR_INVALID, "it belongs to another program");
    return *version == 0 || (size <= CHECK_MAX ? check_all(db, err) : check_ends(db, err));
}

/* What kept the file from being opened, with its name and what to do; always false. */
static bool refuse(const char *path, struct err *err)
{
    if (refusal_of(err) != REFUSAL_NONE)
        return false;
    if (err->kind == ERR_INVALID) {
        err_within(err, "%s (put a backup in its place)", path);
        return refusal_set(err, REFUSAL_DAMAGED);
    }
    if (err->kind == ERR_BUSY) {
        err_within(err, "can't write %s, look whether its disk has room", path);
        return refusal_set(err, REFUSAL_ROOM);
    }
    if (err->kind == ERR_DENIED) {
        err_within(err, "open %s (start as the user it belongs to)", path);
        return refusal_set(err, REFUSAL_RIGHTS);
    }
    return err_within(err, "open %s", path);
}

/* The first transaction of a run: it proves that we can write, too. */
static bool begin_run(struct store *store, struct db *db, struct err *err)
{
    size_t count;
    const int64_t *in_hand = hands_left(store->hands, &count);
    bool ok = db_run(db, err, "BEGIN IMMEDIATE", "") &&
              db_run(db, err, "UPDATE meta SET value = value + 1 WHERE key = 'run'", "") &&
              db_number(db, &db->run, NULL, err, "SELECT value FROM meta WHERE key = 'run'", "") &&
              jobs_recover(db, in_hand, count, when_now(), &store->returned, &store->parked,
                           err) &&
              tally_write(db, err) && db_run(db, err, "COMMIT", "");

    if (!ok && !sqlite3_get_autocommit(db->sql))
        db_run(db, NULL, "ROLLBACK", "");
    if (ok)
        hands_forget(store->hands);
    tally_empty(&db->tally);
    db->tasks = true; /* the writer finds out */
    return ok;
}

struct store *store_open(const char *dir, struct err *err)
{
    AUTO(store) store = calloc(1, sizeof *store);
    AUTO(db) db = NULL;
    int64_t version = 0;
    off_t size = 0;

    pthread_once(&once, set_up_sqlite);
    if (store == NULL) {
        err_set(err, ERR_BUSY, "open the store: no memory");
        return NULL;
    }
    store->lock = -1;
    if (strlen(dir) + sizeof STORE_FILE + 8 > sizeof store->path) {
        err_set(err, ERR_INVALID, "the name of the state directory is too long");
        return NULL;
    }
    snprintf(store->path, sizeof store->path, "%s/%s", dir, STORE_FILE);
    if (!lock_dir(store, dir, err))
        return NULL;
    if (!make_file(store->path, &size, err)) {
        refuse(store->path, err);
        return NULL;
    }
    store->hands = hands_open(dir, err);
    if (store->hands == NULL)
        return NULL;
    db = db_open(store->path, true, err);
    if (db == NULL || !check_version(db, store->path, size, &version, err) ||
        !migrate(db, version, err) || !begin_run(store, db, err)) {
        refuse(store->path, err);
        return NULL;
    }
    store->writer = writer_new(&db, store->path, err);
    return store->writer != NULL ? TAKE(store) : NULL;
}

void store_free(struct store *store)
{
    if (store == NULL)
        return;
    writer_free(store->writer);
    hands_free(store->hands);
    if (store->lock >= 0)
        close(store->lock);
    free(store);
}

bool store_do(struct store *store, store_change *change, void *ctx, struct err *err)
{
    return writer_do(store->writer, change, ctx, err);
}

void store_send(struct store *store, struct store_request *request)
{
    writer_send(store->writer, request);
}

void store_on_jobs(struct store *store, void (*call)(void *ctx), void *ctx)
{
    writer_on(store->writer, DB_TOUCH_JOBS, call, ctx);
}

void store_on_settings(struct store *store, void (*call)(void *ctx), void *ctx)
{
    writer_on(store->writer, DB_TOUCH_SETTINGS, call, ctx);
}

struct db *store_reader(struct store *store, struct err *err)
{
    return db_open(store->path, false, err);
}

struct hands *store_hands(struct store *store)
{
    return store->hands;
}

void store_recovered(const struct store *store, int64_t *returned, int64_t *parked)
{
    *returned = store->returned;
    *parked = store->parked;
}

static int64_t file_size(const char *path, const char *suffix)
{
    char name[PATH_MAX + 8];
    struct stat st;

    snprintf(name, sizeof name, "%s%s", path, suffix);
    return stat(name, &st) == 0 ? (int64_t)st.st_size : 0;
}

void store_stats(struct store *store, struct store_stats *stats)
{
    writer_stats(store->writer, stats);
    stats->bytes = file_size(store->path, "");
    stats->wal_bytes = file_size(store->path, "-wal");
    stats->version = NEWEST;
}

bool store_check(struct store *store, struct err *err)
{
    AUTO(db) db = store_reader(store, err);

    return db != NULL && check_all(db, err);
}

static bool copy_pages(struct db *from, sqlite3 *to, struct err *err)
{
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", from->sql, "main");
    int rc;

    if (backup == NULL)
        return db_fail(NULL, sqlite3_errcode(to), err, "begin the backup");
    rc = sqlite3_backup_step(backup, -1);
    sqlite3_backup_finish(backup);
    return rc == SQLITE_DONE || db_fail(NULL, rc, err, "write the backup");
}

bool store_backup(struct store *store, const char *path, struct err *err)
{
    AUTO(db) db = store_reader(store, err);
    sqlite3 *to = NULL;
    bool ok;
    int fd, rc;

    if (db == NULL)
        return false;
    fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_errno(err, ERR_DENIED, errno, "make the backup %s", path);
    rc = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    ok = rc == SQLITE_OK ? copy_pages(db, to, err) : db_fail(NULL, rc, err, "open the backup");
    sqlite3_close(to);
    if (ok && fsync(fd) != 0)
        ok = err_errno(err, ERR_BUSY, errno, "write the backup %s", path);
    close(fd);
    if (!ok)
        unlink(path);
    return ok;
}
