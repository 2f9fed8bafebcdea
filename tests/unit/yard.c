#include "tests/unit/yard.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "base/str.h"
#include "odoo/records.h"
#include "store/backends.h"
#include "store/history.h"
#include "store/lanes.h"
#include "store/mappings.h"
#include "store/secrets.h"
#include "tests/unit/unit.h"

#define PATIENCE_US (120 * WHEN_SECOND) /* only a broken program waits that long */

extern char **environ;

static void must(bool good, const struct err *err)
{
    if (!good)
        fail_msg("%s", err->text);
}

/* ---- the practice sides ---- */

static json_t *hear(struct yard *y)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t len = getline(&line, &room, y->from_sandbox);
    struct err err = { 0 };
    json_t *said = len > 0 ? json_read(line, (size_t)len, "the sandbox's answer", &err) : NULL;

    free(line);
    if (said == NULL)
        fail_msg("the sandbox says nothing");
    return said;
}

/* The Odoo that the environment names, when tests are to run on it: tests/flow/check-odoo. */
static bool real_odoo(struct yard *y)
{
    const char *file = getenv("SIGNALBOX_ODOO_KEY_FILE");
    char key[128] = "";
    FILE *in;

    if (getenv("SIGNALBOX_TEST_REAL") == NULL)
        return false;
    assert_non_null(file);
    in = fopen(file, "r");
    assert_non_null(in);
    assert_non_null(fgets(key, sizeof key, in));
    fclose(in);
    key[strcspn(key, "\r\n")] = '\0';
    y->odoo = json_pack("{ssssssss}", "url", getenv("SIGNALBOX_ODOO_URL"), "database",
                        getenv("SIGNALBOX_ODOO_DB"), "login", getenv("SIGNALBOX_ODOO_LOGIN"), "key",
                        key);
    assert_non_null(y->odoo);
    return true;
}

#define WORDS_MAX 32

/* options: ended by NULL. */
static void start_sandbox(struct yard *y, const char *const *options)
{
    const char *built = getenv("TESTS_BUILDDIR"), *argv[WORDS_MAX] = { NULL, "serve" };
    char program[512];
    posix_spawn_file_actions_t files;
    int in[2], out[2], argc = 2;

    snprintf(program, sizeof program, "%s/signalbox-sandbox", built != NULL ? built : ".");
    argv[0] = program;
    while (*options != NULL && argc < WORDS_MAX - 9)
        argv[argc++] = *options++;
    if (y->real) {
        const char *given[] = { "--no-odoo", "--compare-odoo", json_text(y->odoo, "url"),
                                "--compare-db", json_text(y->odoo, "database"), "--compare-login",
                                json_text(y->odoo, "login") };

        for (size_t i = 0; i < sizeof given / sizeof given[0]; i++)
            argv[argc++] = given[i];
        setenv("SIGNALBOX_COMPARE_KEY", json_text_or(y->odoo, "key", ""), 1);
    }
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, in[0], 0);
    posix_spawn_file_actions_adddup2(&files, out[1], 1);
    assert_int_equal(posix_spawn(&y->sandbox, program, &files, NULL,
                                 (char *const *)(uintptr_t)argv, environ),
                     0);
    posix_spawn_file_actions_destroy(&files);
    unsetenv("SIGNALBOX_COMPARE_KEY");
    close(in[0]);
    close(out[1]);
    y->to_sandbox = in[1];
    y->from_sandbox = fdopen(out[0], "r");
    y->sides = hear(y);
    if (!y->real)
        y->odoo = json_incref(json_object_get(y->sides, "odoo"));
}

json_t *yard_wish(struct yard *y, json_t *wish)
{
    AUTO_FREE char *text = json_write(wish);
    json_t *answer;

    json_decref(wish);
    assert_non_null(text);
    assert_true(dprintf(y->to_sandbox, "%s\n", text) > 0);
    answer = hear(y);
    if (!json_flag(answer, "ok"))
        fail_msg("%s: %s", text, json_text_or(answer, "error", "?"));
    return answer;
}

/* ---- the backend ---- */

struct furniture {
    struct stand *stand;
    const char *url, *db, *login, *key;
};

static bool furnish(struct db *db, void *ctx, struct err *err)
{
    struct furniture *f = ctx;
    int64_t backend = f->stand->backend;

    return backends_edit(db, backend, "odoo_url", f->url, NULL, err) &&
           backends_edit(db, backend, "odoo_db", f->db, NULL, err) &&
           backends_edit(db, backend, "odoo_login", f->login, NULL, err) &&
           secrets_set(db, f->stand->seal, backend, SECRET_ODOO_KEY, f->key, strlen(f->key), err) &&
           workshop_found_backend(db, backend, err);
}

static bool edit_shop(struct db *db, void *ctx, struct err *err)
{
    const struct furniture *f = ctx;

    return backends_edit(db, f->stand->backend, "shop_url", f->url, NULL, err) &&
           secrets_set(db, f->stand->seal, f->stand->backend, SECRET_SHOPIFY_TOKEN, f->key,
                       strlen(f->key), err);
}

static void work(struct yard *y, struct furniture *f, unsigned workers)
{
    struct schedule_config config = { .workers = workers, .event = workshop_told };
    struct err err = { 0 };

    f->stand = &y->stand;
    must(store_do(y->stand.store, furnish, f, &err), &err);
    config.kinds = workshop_kinds(&config.kind_count);
    y->workshop = workshop_new(y->stand.store, y->stand.seal, workers, &err);
    must(y->workshop != NULL, &err);
    store_on_settings(y->stand.store, sites_told, y->workshop);
    config.ctx = y->workshop;
    y->schedule = schedule_new(y->stand.store, &config, &err);
    must(y->schedule != NULL, &err);
    y->http = http_new(NULL, &err);
    must(y->http != NULL, &err);
    y->site = sites_take(workshop_sites(y->workshop), y->stand.db, y->stand.backend, &err);
    must(y->site != NULL, &err);
    schedule_start(y->schedule);
}

void yard_open_shop(struct yard *y, unsigned workers, const char *const *options)
{
    struct furniture odoo = { 0 }, shop = { 0 };
    struct err err = { 0 };

    *y = (struct yard){ .to_sandbox = -1 };
    stand_open(&y->stand);
    y->real = real_odoo(y);
    start_sandbox(y, options);
    shop.stand = &y->stand;
    shop.url = json_text(y->sides, "shop.url");
    shop.key = json_text(y->sides, "shop.token");
    must(store_do(y->stand.store, edit_shop, &shop, &err), &err);
    odoo.url = json_text(y->odoo, "url");
    odoo.db = json_text(y->odoo, "database");
    odoo.login = json_text(y->odoo, "login");
    odoo.key = json_text(y->odoo, "key");
    work(y, &odoo, workers);
}

void yard_open(struct yard *y, unsigned workers)
{
    static const char *const small[] = { "--seed=7", "--customers=10", "--products=6", NULL };

    yard_open_shop(y, workers, small);
}

void yard_rest(struct yard *y)
{
    if (y->schedule != NULL)
        schedule_stop(y->schedule, 10000);
    schedule_free(y->schedule);
    y->schedule = NULL;
}

void yard_close(struct yard *y)
{
    yard_rest(y);
    store_on_settings(y->stand.store, NULL, NULL);
    site_release(y->site);
    workshop_free(y->workshop);
    http_free(y->http);
    stand_close(&y->stand);
    if (y->to_sandbox >= 0) {
        close(y->to_sandbox); /* its standard input ends: so does it */
        fclose(y->from_sandbox);
        waitpid(y->sandbox, NULL, 0);
    }
    json_decref(y->sides);
    json_decref(y->odoo);
}

/* ---- jobs ---- */

struct adding {
    struct job_new job;
    int64_t id;
};

static bool add_change(struct db *db, void *ctx, struct err *err)
{
    struct adding *a = ctx;

    return jobs_add(db, &a->job, &a->id, NULL, err);
}

int64_t yard_job(struct yard *y, const char *lane, const char *kind, const char *record,
                 json_t *payload)
{
    AUTO_FREE char *text = payload != NULL ? json_write(payload) : NULL;
    struct adding a = { .job = { .backend = y->stand.backend,
                                 .lane = lane,
                                 .kind = kind,
                                 .record = record,
                                 .priority = 4,
                                 .payload = text != NULL ? text : "",
                                 .payload_len = text != NULL ? strlen(text) : 0 } };
    struct err err = { 0 };

    json_decref(payload);
    must(store_do(y->stand.store, add_change, &a, &err), &err);
    schedule_wake(y->schedule);
    return a.id;
}

/* What is left to do in the lanes of the flows; upkeep is due in an hour, and polls go on. */
static int64_t open_jobs(struct yard *y)
{
    struct lane_row rows[16];
    size_t count = sizeof rows / sizeof rows[0];
    struct err err = { 0 };
    int64_t open = 0;

    must(lanes_list(y->stand.db, y->stand.backend, rows, &count, &err), &err);
    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i].name, "upkeep") != 0 && strcmp(rows[i].name, "polls") != 0)
            open += rows[i].counts[JOB_READY] + rows[i].counts[JOB_RUNNING] +
                    rows[i].counts[JOB_WAITING];
    return open;
}

void yard_settle(struct yard *y)
{
    int64_t until = when_ticks() + PATIENCE_US;

    while (open_jobs(y) > 0) {
        if (when_ticks() > until)
            fail_msg("%lld jobs do not end", (long long)open_jobs(y));
        usleep(2000);
    }
}

struct job yard_get(struct yard *y, int64_t id)
{
    struct err err = { 0 };
    struct job job;

    must(jobs_get(y->stand.db, id, &job, &err), &err);
    return job;
}

int yard_parked(struct yard *y)
{
    int64_t counts[JOB_STATE_COUNT];
    struct err err = { 0 };

    must(lanes_totals(y->stand.db, y->stand.backend, counts, &err), &err);
    return (int)counts[JOB_PARKED];
}

bool yard_told(struct yard *y, const char *record, const char *what, const char *has)
{
    struct history_event rows[50];
    size_t count = sizeof rows / sizeof rows[0];
    int64_t next;
    struct err err = { 0 };

    must(history_list(y->stand.db, y->stand.backend, record, 0, rows, &count, &next, &err), &err);
    for (size_t i = 0; i < count; i++)
        if (strstr(rows[i].what, what) != NULL && strstr(rows[i].text, has) != NULL)
            return true;
    for (size_t i = 0; i < count; i++)
        fprintf(stderr, "# %s %s: %s\n", record, rows[i].what, rows[i].text);
    return false;
}

struct pair yard_pair(struct yard *y, const char *kind, int64_t shopify_id)
{
    struct pair pair = { 0 };
    struct err err = { 0 };
    bool found;

    must(pairs_by_shopify(y->stand.db, y->stand.backend, kind, shopify_id, &pair, NULL, &found,
                          &err),
         &err);
    return found ? pair : (struct pair){ 0 };
}

struct mapping_value {
    int64_t backend;
    const char *kind, *key, *value;
};

static bool map_change(struct db *db, void *ctx, struct err *err)
{
    const struct mapping_value *m = ctx;
    int64_t requeued;

    return mappings_set(db, m->backend, m->kind, m->key, m->value, m->value, "ana", NULL, &requeued,
                        err);
}

void yard_map(struct yard *y, const char *kind, const char *key, const char *value)
{
    struct mapping_value m = { y->stand.backend, kind, key, value };
    struct err err = { 0 };

    must(store_do(y->stand.store, map_change, &m, &err), &err);
    schedule_wake(y->schedule);
}

int64_t yard_uses(struct yard *y, const char *kind, const char *key)
{
    struct mapping row;
    struct err err = { 0 };
    bool found;

    must(mappings_get(y->stand.db, y->stand.backend, kind, key, &row, &found, &err), &err);
    return row.id != 0 ? row.uses : -1;
}

/* ---- Odoo ---- */

json_t *yard_odoo(struct yard *y, const char *model, const char *method, json_t *args,
                  json_t *kwargs)
{
    json_auto_t *a = args, *k = kwargs;
    struct odoo_request request = { .model = model, .method = method, .args = a, .kwargs = k,
                                    .class = PACE_ORDERS };
    struct err err = { 0 };
    json_t *result = NULL;

    must(odoo_call(y->site->odoo, y->http, &request, &result, NULL, &err), &err);
    return result;
}

json_t *yard_find(struct yard *y, const char *model, json_t *domain, const char *fields)
{
    json_t *names = json_array();
    char list[256], *rest = list, *name;

    str_copy(list, sizeof list, fields);
    while ((name = strsep(&rest, ",")) != NULL)
        json_array_append_new(names, json_string(name));
    return yard_odoo(y, model, "search_read", json_pack("[oo]", domain, names),
                     json_pack("{ss}", "order", "id"));
}

int64_t yard_count(struct yard *y, const char *model, json_t *domain)
{
    json_auto_t *count = yard_odoo(y, model, "search_count", json_pack("[o]", domain), NULL);

    return json_integer_value(count);
}

int64_t yard_make(struct yard *y, const char *model, json_t *vals)
{
    json_auto_t *id = yard_odoo(y, model, "create", json_pack("[o]", vals), NULL);

    assert_true(json_is_integer(id));
    return json_integer_value(id);
}

/* ---- rehearsals ---- */

void yard_rehearse(struct yard *y, rehearse_fn *rehearse, json_t *records, struct rehearsed *out)
{
    struct workshop_place place = { .workshop = y->workshop, .site = y->site, .http = y->http,
                                    .class = PACE_IMPORT };
    size_t count = json_array_size(records);
    json_t **list = calloc(count + 1, sizeof *list);
    struct err err = { 0 };
    bool ok;

    assert_non_null(list);
    for (size_t i = 0; i < count; i++)
        list[i] = json_array_get(records, i);
    odoo_trace_init(&place.odoo);
    graphql_trace_init(&place.shopify);
    place.picture = site_picture(y->site, y->stand.db, y->http, &place.odoo, &err);
    must(place.picture != NULL, &err);
    ok = rehearse(&place, y->stand.db, list, out, count, &err);
    picture_release(place.picture);
    odoo_trace_clear(&place.odoo);
    graphql_trace_clear(&place.shopify);
    free(list);
    json_decref(records);
    must(ok, &err);
}

void yard_forget(struct rehearsed *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        json_decref(out[i].changes);
        json_decref(out[i].uses);
        json_decref(out[i].asks);
    }
}
