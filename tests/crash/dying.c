#include "tests/crash/dying.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"
#include "store/lanes.h"
#include "tests/unit/unit.h"

#define PATIENCE (120 * WHEN_SECOND)

extern char **environ;

static int64_t to_do(struct db *db, const char *lane, struct err *err)
{
    struct lane_row rows[16];
    size_t count = sizeof rows / sizeof rows[0];
    int64_t open = 0;

    if (!lanes_list(db, 0, rows, &count, err))
        return -1;
    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i].name, lane) == 0)
            open += rows[i].counts[JOB_READY] + rows[i].counts[JOB_RUNNING] +
                    rows[i].counts[JOB_WAITING];
    return open;
}

int dying_core(const char *dir, const char *lane)
{
    struct seal_source source = { .passphrase = NULL };
    struct schedule_config config = { .workers = 1 };
    struct err err = { 0 };
    struct store *store = store_open(dir, &err);
    struct seal *seal = store != NULL ? seal_new(dir, &source, &err) : NULL;
    struct db *db = seal != NULL ? store_reader(store, &err) : NULL;
    struct workshop *workshop = db != NULL ? workshop_new(store, seal, 1, &err) : NULL;
    struct schedule *schedule = NULL;
    when until = when_ticks() + PATIENCE;
    int64_t open = -1;

    if (workshop != NULL) {
        config.kinds = workshop_kinds(&config.kind_count);
        config.ctx = workshop;
        schedule = schedule_new(store, &config, &err);
    }
    if (schedule != NULL) {
        schedule_start(schedule);
        while ((open = to_do(db, lane, &err)) > 0 && when_ticks() < until)
            usleep(2000);
        schedule_stop(schedule, 10000);
    }
    if (open != 0)
        fprintf(stderr, "# %lld open, %s\n", (long long)open, err.text);
    schedule_free(schedule);
    workshop_free(workshop);
    db_free(db);
    seal_free(seal);
    store_free(store);
    return open == 0 ? 0 : 1;
}

/* ---- its life and death ---- */

static void close_store(struct yard *y)
{
    db_free(y->stand.db);
    store_free(y->stand.store);
    y->stand.db = NULL;
    y->stand.store = NULL;
}

static void open_store(struct yard *y)
{
    struct err err = { 0 };

    y->stand.store = store_open(y->stand.dir, &err);
    y->stand.db = y->stand.store != NULL ? store_reader(y->stand.store, &err) : NULL;
    if (y->stand.db == NULL)
        fail_msg("%s", err.text);
}

int dying_run(struct yard *y, const char *lane, const char *at)
{
    char word[] = "core", which[STORE_NAME_MAX], count[192];
    char *argv[] = { program_invocation_name, word, y->stand.dir, which, NULL };
    pid_t pid;
    int status;

    str_copy(which, sizeof which, lane);
    snprintf(count, sizeof count, "%s/counts", y->stand.dir);
    setenv("SIGNALBOX_COUNT_FILE", count, 1);
    if (at != NULL)
        setenv("SIGNALBOX_DIE_AT", at, 1);
    else
        unsetenv("SIGNALBOX_DIE_AT");
    close_store(y);
    assert_int_equal(posix_spawn(&pid, program_invocation_name, NULL, NULL, argv, environ), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    open_store(y);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

unsigned long dying_counted(struct yard *y, const char *kind)
{
    char path[192], name[16];
    unsigned long n, found = 0;
    FILE *f;

    snprintf(path, sizeof path, "%s/counts", y->stand.dir);
    f = fopen(path, "r");
    assert_non_null(f);
    while (fscanf(f, "%15s %lu", name, &n) == 2)
        if (strcmp(name, kind) == 0)
            found = n;
    fclose(f);
    assert_true(found > 0);
    return found;
}
