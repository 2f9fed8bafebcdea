#include "tests/unit/unit.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/resource.h>
#include <sys/stat.h>

#include <sqlite3.h>

#include "base/seal.h"
#include "store/backends.h"
#include "store/cursors.h"
#include "store/jobs.h"
#include "store/metrics.h"
#include "store/secrets.h"
#include "store/settings.h"
#include "tests/unit/place.h"

static bool set_cursor(struct db *db, void *ctx, struct err *err)
{
    return cursors_set(db, 0, ctx, "1", err);
}

/* One change with a name for its context. */
static bool change(struct place *p, store_change *what, const char *name)
{
    char copy[640];

    snprintf(copy, sizeof copy, "%s", name);
    return store_do(p->store, what, copy, &p->err);
}

static bool has_cursor(struct place *p, const char *name)
{
    AUTO(db) db = store_reader(p->store, &p->err);
    char value[CURSOR_VALUE_MAX];

    assert_non_null(db);
    assert_true(cursors_get(db, 0, name, value, &p->err));
    return value[0] != '\0';
}

static void what_was_committed_is_there_after_a_restart(void **fixture)
{
    struct place *p = *fixture;

    assert_true(change(p, set_cursor, "a"));
    assert_true(has_cursor(p, "a"));
    assert_true(place_again(p));
    assert_true(has_cursor(p, "a"));
}

static bool set_and_fail(struct db *db, void *ctx, struct err *err)
{
    return set_cursor(db, ctx, err) && metrics_add(db, 0, "failed", when_now(), 7, err) &&
           err_set(err, ERR_REFUSED, "no");
}

static void a_failing_change_is_undone_alone_with_its_figures(void **fixture)
{
    struct place *p = *fixture;
    AUTO(db) db = store_reader(p->store, &p->err);
    int64_t sum;

    assert_true(change(p, set_cursor, "a"));
    assert_false(change(p, set_and_fail, "b"));
    assert_int_equal(p->err.kind, ERR_REFUSED);
    assert_true(change(p, set_cursor, "c"));
    assert_true(has_cursor(p, "a"));
    assert_false(has_cursor(p, "b"));
    assert_true(has_cursor(p, "c"));
    assert_true(metrics_sum(db, 0, "failed", 0, when_now() + WHEN_HOUR, &sum, &p->err));
    assert_int_equal(sum, 0);
}

struct sender {
    struct store_request request;
    char name[32];
    atomic_int *done, *good;
    bool fail;
};

static bool send_change(struct db *db, void *ctx, struct err *err)
{
    struct sender *s = ctx;

    return s->fail ? set_and_fail(db, s->name, err) : set_cursor(db, s->name, err);
}

static void sent(struct store_request *request)
{
    struct sender *s = request->ctx;

    *s->good += request->ok;
    ++*s->done;
}

static void many_changes_share_a_commit(void **fixture)
{
    enum { COUNT = 2000 };
    static struct sender senders[COUNT];
    struct place *p = *fixture;
    atomic_int done = 0, good = 0;
    struct store_stats stats;

    for (int i = 0; i < COUNT; i++) {
        struct sender *s = &senders[i];

        memset(s, 0, sizeof *s);
        snprintf(s->name, sizeof s->name, "cursor %d", i);
        s->done = &done;
        s->good = &good;
        s->fail = i % 97 == 0;
        s->request = (struct store_request){ .change = send_change, .done = sent, .ctx = s };
        store_send(p->store, &s->request);
    }
    while (done < COUNT)
        usleep(1000);
    assert_int_equal(good, COUNT - (COUNT + 96) / 97);
    store_stats(p->store, &stats);
    assert_int_equal(stats.changes, COUNT);
    assert_true(stats.commits < COUNT / 2);
    assert_false(has_cursor(p, "cursor 97"));
    assert_true(has_cursor(p, "cursor 98"));
}

/* ---- refusals ---- */

static void file_of(const struct place *p, char *path, size_t size)
{
    snprintf(path, size, "%s/" STORE_FILE, p->dir);
}

static void a_second_core_is_refused_in_words(void **fixture)
{
    struct place *p = *fixture;

    assert_null(store_open(p->dir, &p->err));
    assert_int_equal(p->err.kind, ERR_DENIED);
    assert_non_null(strstr(p->err.text, "another core"));
}

static void a_newer_file_is_refused_in_words(void **fixture)
{
    struct place *p = *fixture;
    char path[PATH_MAX];
    sqlite3 *sql;

    file_of(p, path, sizeof path);
    store_free(p->store);
    assert_int_equal(sqlite3_open(path, &sql), SQLITE_OK);
    assert_int_equal(sqlite3_exec(sql, "PRAGMA user_version = 9999", 0, 0, 0), SQLITE_OK);
    sqlite3_close(sql);
    p->store = store_open(p->dir, &p->err);
    assert_null(p->store);
    assert_int_equal(p->err.kind, ERR_DENIED);
    assert_non_null(strstr(p->err.text, "newer"));
}

static void overwrite(const char *path, long from, long len, char byte)
{
    FILE *f = fopen(path, "r+e");

    assert_non_null(f);
    assert_int_equal(fseek(f, from, SEEK_SET), 0);
    while (len-- > 0)
        fputc(byte, f);
    fclose(f);
}

static void a_damaged_file_is_refused_in_words(void **fixture)
{
    struct place *p = *fixture;
    char path[PATH_MAX];
    struct stat st;

    file_of(p, path, sizeof path);
    for (int i = 0; i < 300; i++) {
        char name[600];

        memset(name, 'x', sizeof name);
        snprintf(name, sizeof name, "%0599d", i);
        assert_true(change(p, set_cursor, name));
    }
    store_free(p->store);
    p->store = NULL;
    assert_int_equal(stat(path, &st), 0);
    overwrite(path, (long)st.st_size / 2, 8192, (char)0xa5);
    assert_null(store_open(p->dir, &p->err));
    assert_int_equal(p->err.kind, ERR_INVALID);
    assert_non_null(strstr(p->err.text, "damaged"));
    overwrite(path, 0, 100, 'z');
    assert_null(store_open(p->dir, &p->err));
    assert_int_equal(p->err.kind, ERR_INVALID);
    assert_non_null(strstr(p->err.text, "damaged"));
}

static void a_cut_file_is_refused_in_words(void **fixture)
{
    struct place *p = *fixture;
    char path[PATH_MAX];
    struct stat st;

    file_of(p, path, sizeof path);
    store_free(p->store);
    p->store = NULL;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(truncate(path, st.st_size / 2), 0);
    assert_null(store_open(p->dir, &p->err));
    assert_int_equal(p->err.kind, ERR_INVALID);
}

static void another_programs_database_is_refused(void **fixture)
{
    struct place *p = *fixture;
    char path[PATH_MAX];
    sqlite3 *sql;

    file_of(p, path, sizeof path);
    assert_int_equal(sqlite3_open(path, &sql), SQLITE_OK);
    assert_int_equal(sqlite3_exec(sql, "CREATE TABLE t (x); PRAGMA user_version = 1", 0, 0, 0),
                     SQLITE_OK);
    sqlite3_close(sql);
    assert_null(store_open(p->dir, &p->err));
    assert_non_null(strstr(p->err.text, "another program"));
}

static bool set_large(struct db *db, void *ctx, struct err *err)
{
    for (int i = 0; i < 2000; i++) {
        char name[64], value[1000];

        snprintf(name, sizeof name, "%s %d", (const char *)ctx, i);
        memset(value, 'v', sizeof value - 1);
        value[sizeof value - 1] = '\0';
        if (!cursors_set(db, 0, name, value, err))
            return false;
    }
    return true;
}

static void a_full_disk_is_busy_for_all_and_recovers(void **fixture)
{
    struct place *p = *fixture;
    struct rlimit was, small;
    struct store_stats stats;

    assert_true(change(p, set_cursor, "before"));
    /* the disk's end, as the kernel tells it: no file may grow above this */
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &was);
    small = was;
    small.rlim_cur = 1 << 20;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_false(change(p, set_large, "large"));
    assert_int_equal(p->err.kind, ERR_BUSY);
    assert_false(has_cursor(p, "large 0"));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
    assert_true(change(p, set_large, "large"));
    assert_true(has_cursor(p, "large 1999"));
    assert_true(has_cursor(p, "before"));
    store_stats(p->store, &stats);
    assert_false(stats.failing);
    assert_true(place_again(p));
    assert_true(has_cursor(p, "large 1999"));
}

static void a_backup_is_whole(void **fixture)
{
    struct place *p = *fixture, copy = { .store = NULL };
    char path[PATH_MAX], to[PATH_MAX + 16];

    assert_true(change(p, set_cursor, "a"));
    snprintf(path, sizeof path, "%s/copy", p->dir);
    assert_true(store_backup(p->store, path, &p->err));
    assert_false(store_backup(p->store, path, &p->err));
    assert_true(store_check(p->store, &p->err));
    snprintf(copy.dir, sizeof copy.dir, "%.4000s.2", p->dir);
    assert_int_equal(mkdir(copy.dir, 0700), 0);
    file_of(&copy, to, sizeof to);
    assert_int_equal(rename(path, to), 0);
    copy.store = store_open(copy.dir, &p->err);
    assert_non_null(copy.store);
    assert_true(has_cursor(&copy, "a"));
    {
        struct place *heap = malloc(sizeof *heap);
        void *fixture_of_copy = heap;

        *heap = copy;
        place_free(&fixture_of_copy);
    }
}

static void the_files_are_for_the_owner_only(void **fixture)
{
    struct place *p = *fixture;
    char path[PATH_MAX];
    struct stat st;

    file_of(p, path, sizeof path);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 077, 0);
}

/* ---- settings and secrets ---- */

static bool set_workers(struct db *db, void *ctx, struct err *err)
{
    return settings_set(db, SETTING_workers, ctx, err);
}

static void settings_keep_to_their_limits(void **fixture)
{
    struct place *p = *fixture;
    AUTO(db) db = store_reader(p->store, &p->err);
    int64_t workers = 0;

    assert_true(settings_int(db, SETTING_workers, &workers, &p->err));
    assert_int_equal(workers, 8);
    assert_false(change(p, set_workers, "0"));
    assert_false(change(p, set_workers, "65"));
    assert_false(change(p, set_workers, "x"));
    assert_true(change(p, set_workers, "12"));
    assert_true(settings_int(db, SETTING_workers, &workers, &p->err));
    assert_int_equal(workers, 12);
}

struct secret {
    const struct seal *seal;
    const char *name, *value;
};

static bool set_secret(struct db *db, void *ctx, struct err *err)
{
    struct secret *s = ctx;

    return secrets_set(db, s->seal, 1, s->name, s->value, strlen(s->value), err);
}

static bool unlock(struct db *db, void *ctx, struct err *err)
{
    return secrets_unlock(db, ctx, err);
}

static bool add_backend(struct db *db, void *ctx, struct err *err)
{
    struct backend b = { .name = "main", .shop = "main", .odoo_url = "https://o.example.com",
                         .odoo_db = "d", .odoo_login = "l" };

    return backends_add(db, &b, ctx, err);
}

static void a_new_webhook_secret_keeps_the_one_before(void **fixture)
{
    struct place *p = *fixture;
    AUTO(seal) seal = seal_new(p->dir, NULL, &p->err);
    struct secret s = { seal, SECRET_WEBHOOK, "first" };
    AUTO(db) db = store_reader(p->store, &p->err);
    struct secret_row rows[8];
    size_t len = 0, n = 8;
    int64_t id;
    char *plain;

    assert_non_null(seal);
    assert_true(store_do(p->store, add_backend, &id, &p->err));
    assert_true(store_do(p->store, set_secret, &s, &p->err));
    s.value = "second";
    assert_true(store_do(p->store, set_secret, &s, &p->err));
    plain = secrets_get(db, seal, 1, SECRET_WEBHOOK, &len, &p->err);
    assert_string_equal(plain, "second");
    seal_forget(plain);
    plain = secrets_get(db, seal, 1, SECRET_WEBHOOK_PREVIOUS, &len, &p->err);
    assert_string_equal(plain, "first");
    seal_forget(plain);
    assert_null(secrets_get(db, seal, 1, SECRET_ODOO_KEY, &len, &p->err));
    assert_int_equal(p->err.kind, ERR_MISSING);
    assert_true(secrets_list(db, 1, rows, &n, &p->err));
    assert_int_equal(n, 7);
    assert_true(rows[3].set && rows[4].set && !rows[5].set);
    assert_string_not_equal(rows[3].fingerprint, rows[4].fingerprint);
}

static void no_secret_is_readable_in_the_file(void **fixture)
{
    static const char word[] = "plaintext-marker-4711";
    struct place *p = *fixture;
    AUTO(seal) seal = seal_new(p->dir, NULL, &p->err);
    struct secret s = { seal, SECRET_ODOO_KEY, word };
    AUTO_FREE char *data = malloc(16 << 20);
    char path[PATH_MAX];
    int64_t id;
    size_t n;
    FILE *f;

    assert_true(store_do(p->store, add_backend, &id, &p->err));
    assert_true(store_do(p->store, set_secret, &s, &p->err));
    store_free(p->store);
    p->store = NULL;
    file_of(p, path, sizeof path);
    f = fopen(path, "re");
    assert_non_null(f);
    n = fread(data, 1, 16 << 20, f);
    fclose(f);
    assert_true(n > 4096);
    assert_null(memmem(data, n, word, sizeof word - 1));
}

static void another_key_is_refused_in_words(void **fixture)
{
    struct place *p = *fixture;
    AUTO(seal) seal = seal_new(p->dir, NULL, &p->err);
    struct seal_source words = { .passphrase = "not the key" };
    AUTO(seal) other = seal_new(p->dir, &words, &p->err);

    assert_non_null(other);
    assert_true(store_do(p->store, unlock, seal, &p->err));
    assert_true(store_do(p->store, unlock, seal, &p->err));
    assert_false(store_do(p->store, unlock, other, &p->err));
    assert_int_equal(p->err.kind, ERR_DENIED);
    assert_non_null(strstr(p->err.text, "passphrase"));
}

static void a_sealed_value_opens_only_where_it_belongs_and_unchanged(void **fixture)
{
    struct place *p = *fixture;
    AUTO(seal) seal = seal_new(p->dir, NULL, &p->err);
    unsigned char sealed[64];
    size_t n, len;
    char *plain;

    assert_true(seal_close(seal, "1:odoo_key", "value", 5, sealed, &n, &p->err));
    plain = seal_open(seal, "1:odoo_key", sealed, n, &len, &p->err);
    assert_string_equal(plain, "value");
    seal_forget(plain);
    assert_null(seal_open(seal, "2:odoo_key", sealed, n, &len, &p->err));
    for (size_t i = 0; i < n; i++) {
        sealed[i] ^= 1;
        assert_null(seal_open(seal, "1:odoo_key", sealed, n, &len, &p->err));
        sealed[i] ^= 1;
    }
}

static void a_key_others_can_read_is_refused(void **fixture)
{
    struct place *p = *fixture;
    AUTO(seal) seal = seal_new(p->dir, NULL, &p->err);
    char path[PATH_MAX];

    assert_string_equal(seal_origin(seal), "key file");
    snprintf(path, sizeof path, "%s/key", p->dir);
    assert_int_equal(chmod(path, 0644), 0);
    assert_null(seal_new(p->dir, NULL, &p->err));
    assert_non_null(strstr(p->err.text, "chmod 600"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_open, place_free)

/* ---- the log ---- */

#define BODY (1 << 20)

static bool add_body(struct db *db, void *ctx, struct err *err)
{
    struct job_new job = { .backend = 1, .lane = "orders", .kind = "order_in", .payload = ctx,
                           .payload_len = BODY };
    int64_t id;

    return jobs_add(db, &job, &id, NULL, err);
}

static void write_bodies(struct place *p, int count, char *body)
{
    for (int i = 0; i < count; i++)
        assert_true(store_do(p->store, add_body, body, &p->err));
}

/* Until the file itself holds that much, though nobody writes. */
static bool comes_home(struct place *p, int64_t bytes)
{
    struct store_stats stats;

    for (int64_t until = when_ticks() + 60 * WHEN_SECOND; when_ticks() < until; usleep(5000)) {
        store_stats(p->store, &stats);
        if (stats.bytes >= bytes)
            return true;
    }
    return false;
}

static void the_log_is_moved_home_beside_the_writer_and_begins_anew(void **fixture)
{
    struct place *p = *fixture;
    char *body = malloc(BODY);
    struct store_stats stats;
    int64_t backend;

    assert_non_null(body);
    memset(body, 'x', BODY);
    assert_true(store_do(p->store, add_backend, &backend, &p->err));
    write_bodies(p, 40, body);
    assert_true(comes_home(p, 38 * BODY)); /* but for less than a piece of 4 MiB */
    for (int i = 0; i < 4; i++) { /* long, and little is left: the writer's turn */
        assert_true(change(p, set_cursor, "a"));
        usleep(20000);
    }
    store_stats(p->store, &stats);
    assert_true(stats.wal_bytes >= 32 * BODY);
    write_bodies(p, 20, body);
    store_stats(p->store, &stats);
    assert_true(stats.wal_bytes < 55 * BODY); /* 60 and more, had it gone on */
    free(body);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(what_was_committed_is_there_after_a_restart),
        TEST(a_failing_change_is_undone_alone_with_its_figures),
        TEST(many_changes_share_a_commit),
        TEST(a_second_core_is_refused_in_words),
        TEST(a_newer_file_is_refused_in_words),
        TEST(a_damaged_file_is_refused_in_words),
        TEST(a_cut_file_is_refused_in_words),
        cmocka_unit_test_setup_teardown(another_programs_database_is_refused, place_new,
                                        place_free),
        TEST(a_full_disk_is_busy_for_all_and_recovers),
        TEST(a_backup_is_whole),
        TEST(the_files_are_for_the_owner_only),
        TEST(settings_keep_to_their_limits),
        TEST(a_new_webhook_secret_keeps_the_one_before),
        TEST(no_secret_is_readable_in_the_file),
        TEST(another_key_is_refused_in_words),
        TEST(a_sealed_value_opens_only_where_it_belongs_and_unchanged),
        TEST(a_key_others_can_read_is_refused),
        TEST(the_log_is_moved_home_beside_the_writer_and_begins_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
