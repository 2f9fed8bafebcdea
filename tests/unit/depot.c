#include "tests/unit/depot.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "base/str.h"
#include "store/backends.h"
#include "store/history.h"
#include "store/lanes.h"
#include "store/mappings.h"
#include "store/policies.h"
#include "store/secrets.h"
#include "tests/unit/unit.h"

#define WORKERS     2
#define PATIENCE_US (120 * WHEN_SECOND)

static void must(bool good, const struct err *err)
{
    if (!good)
        fail_msg("%s", err->text);
}

/* ---- the practice Odoo ---- */

static json_t *read_answer(struct depot *y)
{
    char *text = calloc(1, 1 << 20);
    size_t len = 0;
    struct err err = { 0 };
    json_t *answer;

    assert_non_null(text);
    while (len == 0 || text[len - 1] != '\n') {
        ssize_t n = read(y->from_sandbox, text + len, (1 << 20) - 1 - len);

        assert_true(n > 0);
        len += (size_t)n;
    }
    answer = json_read(text, len, "the sandbox's answer", &err);
    free(text);
    must(answer != NULL, &err);
    return answer;
}

static json_t *start_sandbox(struct depot *y)
{
    const char *built = getenv("TESTS_BUILDDIR");
    char program[512];
    int in[2], out[2];

    snprintf(program, sizeof program, "%s/signalbox-sandbox", built != NULL ? built : ".");
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    y->sandbox = fork();
    assert_true(y->sandbox >= 0);
    if (y->sandbox == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        execl(program, program, "serve", "--no-shop", "--products", "0", "--latency", "none",
              (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    y->to_sandbox = in[1];
    y->from_sandbox = out[0];
    return read_answer(y);
}

json_t *depot_sandbox(struct depot *y, json_t *order)
{
    char *text = json_write(order);
    json_t *answer;

    dprintf(y->to_sandbox, "%s\n", text);
    free(text);
    json_decref(order);
    answer = read_answer(y);
    if (!json_flag(answer, "ok"))
        fail_msg("%s", json_text_or(answer, "error", "the sandbox refuses"));
    return answer;
}

static json_t *real_odoo(void)
{
    char key[256] = "";
    FILE *f = fopen(getenv("SIGNALBOX_ODOO_KEY_FILE"), "r");

    assert_non_null(f);
    assert_non_null(fgets(key, sizeof key, f));
    fclose(f);
    key[strcspn(key, "\n")] = '\0';
    return json_pack("{s{ssssssss}}", "odoo", "url", getenv("SIGNALBOX_ODOO_URL"), "database",
                     getenv("SIGNALBOX_ODOO_DB"), "login", getenv("SIGNALBOX_ODOO_LOGIN"), "key",
                     key);
}

/* ---- the store ---- */

struct furnishing {
    struct depot *depot;
    const json_t *odoo;
    const char *key, *value;
};

static bool furnish(struct db *db, void *ctx, struct err *err)
{
    struct furnishing *f = ctx;
    struct backend b = { .name = "acme" };
    const char *key = json_text_or(f->odoo, "key", "");
    int64_t lane;

    str_copy(b.odoo_db, sizeof b.odoo_db, json_text_or(f->odoo, "database", ""));
    str_copy(b.odoo_login, sizeof b.odoo_login, json_text_or(f->odoo, "login", ""));
    return backends_shop("depot.myshopify.com", b.shop, b.shop_url, err) &&
           backends_odoo_url(json_text_or(f->odoo, "url", ""), b.odoo_url, err) &&
           backends_add(db, &b, &f->depot->backend, err) &&
           lanes_need(db, f->depot->backend, "orders", WORKERS, &lane, err) &&
           lanes_need(db, f->depot->backend, "import", WORKERS, &lane, err) &&
           lanes_need(db, f->depot->backend, "stock", 1, &lane, err) &&
           secrets_set(db, f->depot->seal, f->depot->backend, SECRET_SHOPIFY_TOKEN, "shpat_test", 10,
                       err) &&
           secrets_set(db, f->depot->seal, f->depot->backend, SECRET_ODOO_KEY, key, strlen(key), err);
}

static void open_odoo(struct depot *y, const json_t *odoo)
{
    struct odoo_settings settings = { .url = json_text_or(odoo, "url", ""),
                                      .db = json_text_or(odoo, "database", ""),
                                      .login = json_text_or(odoo, "login", ""),
                                      .key = json_text_or(odoo, "key", ""),
                                      .total_ms = 120000 };
    struct err err = { 0 };

    y->odoo = odoo_new(&settings, &err);
    must(y->odoo != NULL, &err);
    y->http = http_new(NULL, &err);
    must(y->http != NULL, &err);
}

void depot_open(struct depot *y, bool real)
{
    struct seal_source source = { .passphrase = NULL };
    struct schedule_config config = { .workers = WORKERS, .event = workshop_told };
    const char *tmp = getenv("TMPDIR");
    struct err err = { 0 };

    *y = (struct depot){ .to_sandbox = -1, .from_sandbox = -1 };
    json_auto_t *ready = real ? real_odoo() : start_sandbox(y);
    struct furnishing f = { .depot = y, .odoo = json_object_get(ready, "odoo") };

    snprintf(y->dir, sizeof y->dir, "%.30s/signalbox-XXXXXX", tmp != NULL ? tmp : "/tmp");
    assert_non_null(mkdtemp(y->dir));
    y->store = store_open(y->dir, &err);
    must(y->store != NULL, &err);
    y->seal = seal_new(y->dir, &source, &err);
    must(y->seal != NULL, &err);
    must(store_do(y->store, furnish, &f, &err), &err);
    y->db = store_reader(y->store, &err);
    must(y->db != NULL, &err);
    open_odoo(y, f.odoo);
    config.kinds = workshop_kinds(&config.kind_count);
    y->workshop = workshop_new(y->store, y->seal, WORKERS, &err);
    must(y->workshop != NULL, &err);
    store_on_settings(y->store, sites_told, y->workshop);
    config.ctx = y->workshop;
    y->schedule = schedule_new(y->store, &config, &err);
    must(y->schedule != NULL, &err);
    schedule_start(y->schedule);
}

static int drop(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

void depot_close(struct depot *y)
{
    workshop_stop(y->workshop);
    schedule_free(y->schedule);
    store_on_settings(y->store, NULL, NULL);
    workshop_free(y->workshop);
    odoo_free(y->odoo);
    http_free(y->http);
    db_free(y->db);
    store_free(y->store);
    seal_free(y->seal);
    if (y->sandbox > 0) {
        close(y->to_sandbox); /* its standard input ends: so does it */
        close(y->from_sandbox);
        waitpid(y->sandbox, NULL, 0);
    }
    nftw(y->dir, drop, 8, FTW_DEPTH | FTW_PHYS);
}

/* ---- what operators do ---- */

static bool set_policy(struct db *db, void *ctx, struct err *err)
{
    struct furnishing *f = ctx;
    enum policy policy;

    return policies_find(f->key, &policy) &&
           policies_set(db, f->depot->backend, policy, f->value, err);
}

void depot_policy(struct depot *y, const char *key, const char *value)
{
    struct furnishing f = { .depot = y, .key = key, .value = value };
    struct err err = { 0 };

    must(store_do(y->store, set_policy, &f, &err), &err);
    sites_changed(workshop_sites(y->workshop));
}

struct mapping_order {
    struct depot *depot;
    const char *kind, *key, *value;
};

static bool set_mapping(struct db *db, void *ctx, struct err *err)
{
    struct mapping_order *m = ctx;
    int64_t requeued;

    return mappings_set(db, m->depot->backend, m->kind, m->key, m->value, "", "tester", NULL,
                        &requeued, err);
}

void depot_map(struct depot *y, const char *kind, const char *key, const char *value)
{
    struct mapping_order m = { y, kind, key, value };
    struct err err = { 0 };

    must(store_do(y->store, set_mapping, &m, &err), &err);
}

/* ---- jobs ---- */

struct job_order {
    struct job_new job;
    int64_t id;
};

static bool add_job(struct db *db, void *ctx, struct err *err)
{
    struct job_order *o = ctx;

    return jobs_add(db, &o->job, &o->id, NULL, err);
}

int64_t depot_add(struct depot *y, const char *kind, const char *lane, const char *record,
                 json_t *payload)
{
    char *text = payload != NULL ? json_write(payload) : NULL;
    struct job_order o = { .job = { .backend = y->backend, .lane = lane, .kind = kind,
                                    .record = record, .priority = 4, .payload = text,
                                    .payload_len = text != NULL ? strlen(text) : 0 } };
    struct err err = { 0 };

    must(store_do(y->store, add_job, &o, &err), &err);
    free(text);
    json_decref(payload);
    return o.id;
}

void depot_settle(struct depot *y)
{
    when until = when_ticks() + PATIENCE_US;
    int64_t counts[JOB_STATE_COUNT], tasks;
    struct err err = { 0 };

    do {
        usleep(5000);
        must(lanes_totals(y->db, 0, counts, &err), &err);
        must(jobs_bulk_left(y->db, &tasks, &err), &err);
    } while ((counts[JOB_READY] > 0 || counts[JOB_RUNNING] > 0 || counts[JOB_WAITING] > 0 ||
              tasks > 0) &&
             when_ticks() < until);
    assert_int_equal(counts[JOB_READY] + counts[JOB_RUNNING] + counts[JOB_WAITING] + tasks, 0);
}

struct job depot_job(struct depot *y, int64_t id)
{
    struct job job;
    struct err err = { 0 };

    must(jobs_get(y->db, id, &job, &err), &err);
    return job;
}

/* ---- looking ---- */

json_t *depot_ask(struct depot *y, const char *model, const char *method, const char *args,
                 const char *kwargs)
{
    struct err err = { 0 };
    json_auto_t *a = json_read(args, strlen(args), "args", &err);
    json_auto_t *k = kwargs != NULL ? json_read(kwargs, strlen(kwargs), "kwargs", &err) : NULL;
    struct odoo_request request = { .model = model, .method = method, .args = a, .kwargs = k };
    json_t *result = NULL;

    must(a != NULL, &err);
    must(odoo_call(y->odoo, y->http, &request, &result, NULL, &err), &err);
    return result;
}

bool depot_pair(struct depot *y, const char *kind, int64_t shopify_id, struct pair *pair)
{
    struct err err = { 0 };
    bool found;

    must(pairs_by_shopify(y->db, y->backend, kind, shopify_id, pair, NULL, &found, &err), &err);
    return found;
}

bool depot_told(struct depot *y, const char *record, const char *words)
{
    struct history_event *events = calloc(50, sizeof *events);
    size_t count = 50;
    int64_t next;
    struct err err = { 0 };
    bool found = false;

    assert_non_null(events);
    must(history_list(y->db, y->backend, record, 0, events, &count, &next, &err), &err);
    for (size_t i = 0; i < count; i++)
        found = found || strstr(events[i].text, words) != NULL;
    for (size_t i = 0; !found && i < count; i++)
        fprintf(stderr, "# %s: %s: %s\n", record, events[i].what, events[i].text);
    free(events);
    return found;
}

void depot_enter(struct depot *y, struct workshop_place *place)
{
    struct err err = { 0 };

    *place = (struct workshop_place){ .workshop = y->workshop, .http = y->http,
                                      .class = PACE_IMPORT };
    odoo_trace_init(&place->odoo);
    graphql_trace_init(&place->shopify);
    place->site = sites_take(workshop_sites(y->workshop), y->db, y->backend, &err);
    must(place->site != NULL, &err);
    place->picture = site_picture(place->site, y->db, y->http, &place->odoo, &err);
    must(place->picture != NULL, &err);
}
