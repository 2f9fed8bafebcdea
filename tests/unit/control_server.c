/* control_server.c - the real control server on its real socket, with a real store behind it. */
#include "tests/unit/unit.h"

#include <grp.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/json.h"
#include "base/str.h"
#include "control/proto.h"
#include "control/server.h"
#include "store/alerts.h"
#include "store/conflicts.h"
#include "store/history.h"
#include "store/imports.h"
#include "store/inbox.h"
#include "store/jobs.h"
#include "store/mappings.h"
#include "store/pairs.h"
#include "store/problems.h"
#include "tests/unit/stand.h"

#define ANSWER_MS 30000 /* no test waits so long unless something is broken */

struct fixture {
    struct stand stand;
    struct control *control;
    pthread_t thread;
    bool joined;
    struct err err;
    sem_t gate; /* the check waits here when told to */
    _Atomic bool gated;
    _Atomic unsigned changes; /* calls of services.changed */
    int64_t hook, parked, problem, alert, run, conflict;
    _Atomic unsigned steered; /* calls of services.import */
};

/* ---- what main.c would fill in ---- */

static json_t *gauges(void *ctx)
{
    (void)ctx;
    return json_pack("{s:[{s:i,s:{s:s,s:s,s:i}}],s:[{s:s,s:f}]}", "backends", "id", 1, "shopify",
                     "state", "ok", "word", "", "used_pct", 18, "budget", "workload", "orders",
                     "used_pct", 12.5);
}

static json_t *check(void *ctx, int64_t backend, const char *side, struct err *err)
{
    struct fixture *f = ctx;

    if (backend != f->stand.backend) {
        err_set(err, ERR_MISSING, "there is no backend %lld", (long long)backend);
        return NULL;
    }
    if (f->gated)
        sem_wait(&f->gate);
    return json_pack("{s:[{s:s,s:s,s:s}],s:[]}", "shopify", "step", "token", "state", "ok", "text",
                     side != NULL ? side : "both", "odoo");
}

static json_t *choices(void *ctx, int64_t backend, struct err *err)
{
    (void)ctx;
    (void)backend;
    (void)err;
    return json_pack("{s:[],s:[],s:[],s:[]}", "warehouses", "companies", "pricelists", "locations");
}

static json_t *mapping_choices(void *ctx, int64_t backend, const char *kind, struct err *err)
{
    (void)ctx;
    (void)backend;
    (void)kind;
    (void)err;
    return json_pack("[{s:s,s:s},{s:s,s:s}]", "value", "12", "label", "8.1 % included", "value",
                     "13", "label", "2.6 % included");
}

static bool refresh(void *ctx, int64_t backend, struct err *err)
{
    (void)ctx;
    (void)backend;
    (void)err;
    return true;
}

static json_t *subscriptions(void *ctx, int64_t backend, enum control_subscriptions what,
                             struct err *err)
{
    (void)ctx;
    (void)backend;
    (void)what;
    (void)err;
    return json_pack("{s:[],s:i,s:i}", "rows", "wanted", 26, "found", 0);
}

static bool sync_record(void *ctx, struct db *db, int64_t backend, const char *kind, const char *id,
                        int64_t *job, struct err *err)
{
    struct job_new new = { .backend = backend, .lane = "orders", .kind = "order_in" };
    char record[STORE_RECORD_MAX];

    (void)ctx;
    snprintf(record, sizeof record, "%s:%s", kind, id);
    new.record = record;
    return jobs_add(db, &new, job, NULL, err);
}

static json_t *fixes(void *ctx, struct db *db, const json_t *problem, struct err *err)
{
    (void)ctx;
    (void)db;
    (void)problem;
    (void)err;
    return json_pack("[{s:i,s:s,s:s,s:s,s:{}}]", "n", 1, "action", "map the tax", "text", "choose",
                     "effect", "its jobs run again", "params");
}

static json_t *fix(void *ctx, struct db *db, const json_t *problem, int64_t n, const json_t *params,
                   const char *by, struct err *err)
{
    (void)ctx;
    (void)db;
    (void)problem;
    (void)params;
    (void)by;
    if (n != 1) {
        err_set(err, ERR_INVALID, "there is no fix %lld", (long long)n);
        return NULL;
    }
    return json_pack("{s:[s]}", "done", "mapped");
}

static json_t *owned(void *ctx)
{
    (void)ctx;
    return json_pack("[{s:s,s:s,s:s,s:s}]", "kind", "customer", "field", "email", "label", "E-mail",
                     "owner", "ask");
}

static const char *job_words(void *ctx, const char *kind)
{
    (void)ctx;
    return strcmp(kind, "order_in") == 0 ? "brings a Shopify order into Odoo" : NULL;
}

static void changed(void *ctx, struct db *db, enum control_change what, int64_t backend)
{
    struct fixture *f = ctx;

    (void)db;
    (void)what;
    (void)backend;
    f->changes++;
}

/* ---- a store with something of everything ---- */

static bool park_one(struct db *db, struct fixture *f, struct err *err)
{
    static const char body[] = "{\"id\":5512345,\"email\":\"jo@example.com\",\"name\":\"#1042\"}";
    struct hook hook = { .backend = f->stand.backend,
                         .topic = "orders/create",
                         .object = "#1042",
                         .shop = STAND_SHOP,
                         .webhook_id = "w1",
                         .source = "203.0.113.9",
                         .verdict = INBOX_OK,
                         .bytes = sizeof body - 1 };
    struct job_new new = { .backend = f->stand.backend,
                           .lane = "orders",
                           .kind = "order_in",
                           .record = "order:5512345",
                           .title = "#1042" };
    struct jobs_claim *claim = calloc(1, sizeof *claim);
    struct job *job = calloc(1, sizeof *job);
    struct jobs_want *wants = calloc(LANES_MAX, sizeof *wants);
    struct job_end end = { .step = STEP_PARK, .now = when_now() };
    struct err why = { .kind = ERR_NONE };
    bool duplicate, good;

    err_set(&why, ERR_MISSING, "no tax mapping for 8.1 %% CH included");
    err_about(&why, "tax", "8.1|CH|incl");
    *claim = (struct jobs_claim){
        .now = when_now() + WHEN_SECOND, .wants = wants, .like = 1, .rows = job, .count = 1
    };
    good = inbox_add(db, &hook, "[[\"X-Shopify-Topic\",\"orders/create\"]]", body, sizeof body - 1,
                     &duplicate, err) &&
           (new.inbox = f->hook = hook.id, jobs_add(db, &new, &f->parked, NULL, err)) &&
           inbox_job(db, hook.id, f->parked, err) && jobs_claim(db, claim, err);
    end.id = f->parked;
    end.err = &why;
    end.request = "{\"password\":\"swordfish\",\"email\":\"jo@example.com\",\"sku\":\"TS-1\"}";
    end.response = "Bearer abcdef answered jo@example.com";
    good = good && jobs_end(db, &end, err);
    free(claim);
    free(job);
    free(wants);
    return good;
}

static bool steer(void *ctx, struct db *db, const char *what, const json_t *params, const char *by,
                  json_t **result, struct err *err)
{
    struct fixture *f = ctx;

    (void)db, (void)what, (void)params, (void)by, (void)err;
    f->steered++;
    *result = json_pack("{s:I, s:s}", "run", (json_int_t)f->run, "state", "planning");
    return true;
}

static json_t *import_checks(void *ctx, int64_t backend, struct err *err)
{
    (void)ctx, (void)backend, (void)err;
    return json_pack("{s:[{s:s, s:s, s:s}]}", "checks", "step", "currency", "state", "ok", "text", "EUR");
}

static json_t *import_counts(void *ctx, int64_t backend, const json_t *scope, struct err *err)
{
    (void)ctx, (void)backend, (void)err;
    return json_pack("{s:[{s:s, s:i, s:b, s:i, s:s}]}", "rows", "step",
                     json_object_get(scope, "orders") != NULL ? "orders" : "customers", "shopify",
                     7, "exact", 1, "odoo", 3, "note", "");
}

/* A run with one customer whose phone would change. */
static bool import_one(struct db *db, struct fixture *f, struct err *err)
{
    struct import_run run = { .backend = f->stand.backend, .created = when_now(), .by = "ann" };
    struct import_step steps[] = { { .step = IMPORT_CUSTOMERS } };
    struct import_item item = { .step = IMPORT_CUSTOMERS, .record = "customer:7" }, row;
    bool found;

    if (!imports_begin(db, &run, steps, 1, err))
        return false;
    f->run = item.run = run.id;
    if (!imports_add(db, &item, 1, err) ||
        !imports_find(db, run.id, IMPORT_CUSTOMERS, "customer:7", &row, &found, err) || !found)
        return false;
    row.verdict = IMPORT_VERDICT_CHANGES;
    row.changes = (char *)(uintptr_t)"[{\"field\":\"phone\",\"label\":\"Phone\",\"from\":null,"
                                     "\"to\":\"+41791234567\"}]";
    snprintf(row.title, sizeof row.title, "Ada Byron");
    return imports_judge(db, &row, 1, err) && imports_use(db, run.id, "tax", "8.1|CH|incl", "", true, 1, err);
}

/* A customer whose e-mail moved on both sides. */
static bool ask_one(struct db *db, struct fixture *f, struct err *err)
{
    static const char *const names[] = { "email" };
    struct conflict c = { .backend = f->stand.backend, .pair = 1, .job = f->parked, .count = 1,
                          .kind = "customer", .record = "customer:7", .title = "Ada Byron",
                          .job_kind = "customer.seen", .lane = "catalogue",
                          .version = "0123456789abcdef" };
    bool good;

    c.fields = (char *)(uintptr_t)"[{\"field\":\"email\",\"label\":\"E-mail\",\"agreed\":\"a@b.c\","
                                  "\"shopify\":\"s@b.c\",\"odoo\":\"o@b.c\",\"type\":\"text\","
                                  "\"limit\":254}]";
    good = conflicts_ask(db, &c, names, err);
    f->conflict = c.id;
    return good;
}

static bool furnish(struct db *db, void *ctx, struct err *err)
{
    struct fixture *f = ctx;
    struct pair pair = { .backend = f->stand.backend,
                         .kind = "order",
                         .shopify_id = 5512345,
                         .odoo_model = "sale.order",
                         .odoo_id = 77,
                         .title = "#1042",
                         .state = "held" };
    const char *keys[] = { "#1042", "jo@example.com" };

    return park_one(db, f, err) && import_one(db, f, err) && ask_one(db, f, err) &&
           mappings_need(db, f->stand.backend, "tax", "8.1|CH|incl", "8.1 % CH included", err) &&
           pairs_put(db, &pair, "{\"total\":\"19.90\"}", keys, 2, err) &&
           history_add(db, f->stand.backend, "order:5512345", "received", f->parked, NULL,
                       "webhook orders/create", err) &&
           activity_add(db, 6, NULL, 0, "the core has started", err) &&
           alerts_raise(db, f->stand.backend, "burst", ALERT_WARN, "600 webhooks in this minute",
                        when_now(), err);
}

static void *loop(void *ctx)
{
    struct fixture *f = ctx;

    if (!control_run(f->control, &f->err))
        fprintf(stderr, "control_run: %s\n", f->err.text);
    return NULL;
}

static void find_ids(struct fixture *f)
{
    struct problems_filter filter = { .state = -1 };
    struct problem *problem = calloc(1, sizeof *problem);
    struct alert alert;
    size_t count = 1;
    int64_t next;

    assert_non_null(problem);
    assert_true(problems_list(f->stand.db, &filter, when_now(), problem, &count, &next, &f->err));
    assert_int_equal(count, 1);
    f->problem = problem->id;
    free(problem);
    count = 1;
    assert_true(alerts_list(f->stand.db, &alert, &count, &f->err));
    assert_int_equal(count, 1);
    f->alert = alert.id;
}

static int open_all(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct control_options options = {
        .services = { .gauges = gauges,
                      .check = check,
                      .choices = choices,
                      .mapping_choices = mapping_choices,
                      .refresh = refresh,
                      .subscriptions = subscriptions,
                      .sync_record = sync_record,
                      .import = steer,
                      .import_checks = import_checks,
                      .import_counts = import_counts,
                      .fixes = fixes,
                      .fix = fix,
                      .job_words = job_words,
                      .owned = owned,
                      .changed = changed },
    };

    assert_non_null(f);
    sem_init(&f->gate, 0, 0);
    stand_open(&f->stand);
    if (!store_do(f->stand.store, furnish, f, &f->err))
        fail_msg("%s", f->err.text);
    find_ids(f);
    options.state_dir = f->stand.dir;
    options.store = f->stand.store;
    options.seal = f->stand.seal;
    options.services.ctx = f;
    f->control = control_new(&options, &f->err);
    if (f->control == NULL)
        fail_msg("%s", f->err.text);
    assert_int_equal(pthread_create(&f->thread, NULL, loop, f), 0);
    *state = f;
    return 0;
}

static int close_all(void **state)
{
    struct fixture *f = *state;

    if (!f->joined) {
        control_stop(f->control);
        pthread_join(f->thread, NULL);
    }
    control_free(f->control);
    stand_close(&f->stand);
    sem_destroy(&f->gate);
    free(f);
    return 0;
}

/* ---- a client ---- */

struct caller {
    int fd;
    int64_t next_id;
    char *buf;
    size_t len, room;
};

static struct caller *caller_new(struct fixture *f)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    struct caller *c = calloc(1, sizeof *c);

    assert_non_null(c);
    snprintf(to.sun_path, sizeof to.sun_path, "%s/%s", f->stand.dir, PROTO_SOCKET);
    c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(c->fd, (struct sockaddr *)&to, sizeof to), 0);
    c->room = 4 << 20;
    c->buf = malloc(c->room);
    assert_non_null(c->buf);
    return c;
}

static void caller_free(struct caller *c)
{
    close(c->fd);
    free(c->buf);
    free(c);
}

static void tell(struct caller *c, const void *data, size_t len)
{
    const char *at = data;

    while (len > 0) {
        ssize_t n = send(c->fd, at, len, MSG_NOSIGNAL);

        if (n <= 0)
            return;
        at += n;
        len -= (size_t)n;
    }
}

static void tells(struct caller *c, const char *text)
{
    tell(c, text, strlen(text));
}

/* The next line as an object; NULL: the server has closed. */
static json_t *listen_to(struct caller *c)
{
    for (;;) {
        struct pollfd p = { .fd = c->fd, .events = POLLIN };
        char *end = memchr(c->buf, '\n', c->len);
        ssize_t n;

        if (end != NULL) {
            size_t line = (size_t)(end - c->buf);
            json_t *object = json_loadb(c->buf, line, 0, NULL);

            assert_non_null(object);
            assert_true(line < PROTO_LINE_MAX);
            c->len -= line + 1;
            memmove(c->buf, end + 1, c->len);
            return object;
        }
        assert_int_equal(poll(&p, 1, ANSWER_MS), 1);
        n = recv(c->fd, c->buf + c->len, c->room - c->len, 0);
        if (n <= 0)
            return NULL;
        c->len += (size_t)n;
    }
}

static int64_t send_call(struct caller *c, const char *method, const char *params)
{
    AUTO_STR line;

    str_init(&line, 4 << 20);
    str_addf(&line, "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"method\":\"%s\",\"params\":%s}\n",
             (long long)++c->next_id, method, params);
    tell(c, line.data, line.len);
    return c->next_id;
}

/* The answer to that id; pushed events before it are dropped. */
static json_t *answer_to(struct caller *c, int64_t id)
{
    for (;;) {
        json_t *object = listen_to(c);

        if (object == NULL || json_int_or(object, "id", -1) == id)
            return object;
        assert_string_equal(json_text_or(object, "method", "not the answer"), "event");
        json_decref(object);
    }
}

static json_t *ask(struct caller *c, const char *method, const char *params)
{
    return answer_to(c, send_call(c, method, params));
}

/* An answer that is no error. */
static json_t *result(struct caller *c, const char *method, const char *params)
{
    json_auto_t *object = ask(c, method, params);
    const json_t *found = json_at(object, "result");

    if (found == NULL)
        fail_msg("%s %s: %s", method, params, json_text_or(object, "error.message", "no answer"));
    return json_deep_copy(found);
}

static json_int_t refusal(struct caller *c, const char *method, const char *params,
                          const char *words)
{
    json_auto_t *object = ask(c, method, params);

    if (json_at(object, "error") == NULL)
        fail_msg("%s %s was not refused", method, params);
    if (strstr(json_text_or(object, "error.message", ""), words) == NULL)
        fail_msg("%s: \"%s\" does not say \"%s\"", method, json_text(object, "error.message"),
                 words);
    assert_non_null(json_text(object, "error.data.kind"));
    return (json_int_t)json_int_or(object, "error.code", 0);
}

#define HELLO "{\"protocol\":1,\"client\":\"test\",\"origin\":\"203.0.113.50\",\"tty\":\"pts/3\"}"

static struct caller *greeted(struct fixture *f)
{
    struct caller *c = caller_new(f);

    json_decref(result(c, "hello", HELLO));
    return c;
}

/* ---- the tests ---- */

static void the_first_word_is_hello_with_the_right_version(void **state)
{
    struct fixture *f = *state;
    struct caller *c = caller_new(f);
    json_t *hello;

    assert_int_equal(refusal(c, "status", "{}", "hello"), PROTO_REQUEST);
    assert_null(listen_to(c));
    caller_free(c);
    c = caller_new(f);
    assert_int_equal(refusal(c, "hello", "{\"protocol\":99,\"client\":\"x\"}", "protocol 1"),
                     PROTO_VERSION_BAD);
    assert_null(listen_to(c));
    caller_free(c);
    c = caller_new(f);
    hello = result(c, "hello", HELLO);
    assert_int_equal(json_int_or(hello, "protocol", 0), PROTO_VERSION);
    assert_string_equal(json_text_or(hello, "role", ""), "admin");
    assert_int_equal(json_int_or(hello, "pid", 0), getpid());
    assert_int_equal(json_int_or(hello, "backends", 0), 1);
    assert_string_equal(json_text_or(hello, "state_dir", ""), f->stand.dir);
    json_decref(hello);
    caller_free(c);
}

/* $H hook, $J parked job, $P problem, $A alert, $B backend, $F a moment in the future */
static const struct shape {
    const char *method, *params, *keys; /* keys that the result must have, by blanks */
} shapes[] = {
    { "watch", "{\"topics\":[]}", "topics" },
    { "status", "{}",
      "version pid started now uptime_s db.bytes db.wal_bytes db.version rss_bytes jobs.parked "
      "backends" },
    { "overview", "{}",
      "now backends.0.id backends.0.name backends.0.shop backends.0.odoo backends.0.shopify.state "
      "backends.0.odoo_side.word lanes.0.lane workers.busy workers.total backlog orders.minutes.59 "
      "orders.now orders.peak orders.avg latency.p50_ms latency.p95_ms latency.p99_ms "
      "latency.buckets.0.le_ms webhooks.per_s webhooks.bad_5m webhooks.dup_5m webhooks.ok_5m "
      "webhooks.oldest_us problems.causes problems.open problems.top.0.cause alerts.0.text clients "
      "budget.0.workload version" },
    { "methods", "{}", "rows.0.name rows.0.role rows.0.params rows.0.help" },
    { "lanes.list", "{}",
      "rows.0.backend rows.0.lane rows.0.state rows.0.held_by rows.0.held_reason rows.0.held_since "
      "rows.0.ready rows.0.running rows.0.waiting rows.0.parked rows.0.asking rows.0.noflow "
      "rows.0.max rows.0.rate rows.0.lag_us rows.0.spark.29" },
    { "lanes.hold", "{\"lane\":\"orders\",\"reason\":\"test\"}", "" },
    { "lanes.release", "{\"lane\":\"orders\"}", "" },
    { "lanes.max", "{\"lane\":\"orders\",\"max\":3}", "" },
    { "jobs.list", "{\"state\":\"parked\"}",
      "rows.0.id rows.0.backend rows.0.lane rows.0.kind rows.0.record rows.0.title rows.0.state "
      "rows.0.priority rows.0.tries rows.0.tries_max rows.0.created rows.0.due rows.0.updated "
      "rows.0.last_kind rows.0.last_text rows.0.problem counts.parked" },
    { "jobs.get", "{\"id\":$J}",
      "id does trigger.webhook trigger.topic key attempts.0.n attempts.0.started attempts.0.ended "
      "attempts.0.outcome attempts.0.kind attempts.0.text attempts.0.request attempts.0.response "
      "attempts.0.request_id payload.size payload.preview next_step history.0.what" },
    { "problems.list", "{}",
      "rows.0.id rows.0.kind rows.0.cause rows.0.thing rows.0.lane rows.0.count rows.0.open "
      "rows.0.first rows.0.last rows.0.state rows.0.assigned rows.0.spark.11 rows.0.until" },
    { "problems.get", "{\"id\":$P}",
      "id cause jobs.0.id fixes.0.n fixes.0.action fix advice sample.request sample.response" },
    { "problems.assign", "{\"id\":$P,\"user\":\"ana\"}", "id assigned" },
    { "problems.mute", "{\"id\":$P,\"reason\":\"known\",\"until\":$F}", "id state until" },
    { "problems.replay", "{\"id\":$P,\"count\":1}", "count" },
    { "problems.fix", "{\"id\":$P,\"n\":1,\"params\":{\"value\":\"12\"}}", "done requeued" },
    { "jobs.priority", "{\"selector\":{\"ids\":[$J]},\"priority\":2}", "count refused" },
    { "jobs.snooze", "{\"selector\":{\"ids\":[$J],\"count\":1},\"until\":$F}", "count refused" },
    { "jobs.requeue", "{\"selector\":{\"ids\":[$J]}}", "count refused" },
    { "jobs.done", "{\"selector\":{\"ids\":[$J]},\"reason\":\"by hand\"}", "count refused" },
    { "jobs.cancel", "{\"selector\":{\"ids\":[$J]}}", "count refused" },
    { "webhooks.list", "{}",
      "rows.0.id rows.0.at rows.0.topic rows.0.shop rows.0.object rows.0.verdict rows.0.reason "
      "rows.0.job rows.0.bytes rows.0.ms rows.0.source rows.0.webhook_id rows.0.backend" },
    { "webhooks.get", "{\"id\":$H}", "id headers.0.1 body verdict_text" },
    { "webhooks.stats", "{}",
      "per_s ok dup late rej rejected p50_ms p95_ms oldest_us sources listening blocked" },
    { "webhooks.replay", "{\"ids\":[$H],\"count\":1}", "count" },
    { "webhooks.block", "{\"source\":\"203.0.113.9\",\"until\":$F}", "" },
    { "subscriptions.list", "{\"backend\":$B}", "rows wanted found" },
    { "subscriptions.ensure", "{\"backend\":$B}", "rows" },
    { "subscriptions.remove", "{\"backend\":$B}", "rows" },
    { "records.search", "{\"q\":\" jo@example.com \"}",
      "rows.0.kind rows.0.id rows.0.title rows.0.backend rows.0.shopify_id rows.0.odoo_model "
      "rows.0.odoo_id rows.0.state rows.0.updated" },
    { "records.timeline", "{\"kind\":\"order\",\"id\":\"5512345\",\"backend\":$B}",
      "record.title record.agreed.total events.0.at events.0.what events.0.text events.0.job "
      "events.0.by" },
    { "records.sync", "{\"kind\":\"order\",\"id\":\"5512345\",\"backend\":$B}", "job" },
    { "mappings.kinds", "{\"backend\":$B}", "rows.0.kind rows.0.title rows.0.open rows.0.all" },
    { "mappings.list", "{\"backend\":$B,\"kind\":\"tax\"}",
      "rows.0.id rows.0.kind rows.0.key rows.0.title rows.0.label rows.0.uses rows.0.last_used "
      "rows.0.waiting rows.0.changed rows.0.by" },
    { "mappings.choices", "{\"backend\":$B,\"kind\":\"tax\"}", "rows.0.value rows.0.label" },
    { "mappings.set", "{\"backend\":$B,\"kind\":\"tax\",\"key\":\"8.1|CH|incl\",\"value\":\"12\"}",
      "requeued" },
    { "mappings.unset", "{\"backend\":$B,\"kind\":\"tax\",\"key\":\"8.1|CH|incl\"}", "requeued" },
    { "backends.list", "{}",
      "rows.0.id rows.0.name rows.0.shop rows.0.odoo_url rows.0.odoo_db rows.0.odoo_login "
      "rows.0.paused rows.0.warehouse rows.0.prefix rows.0.webhook_url rows.0.created" },
    { "backends.get", "{\"backend\":$B}",
      "id policies.0.key policies.0.title policies.0.value policies.0.default policies.0.unit "
      "policies.0.help secrets.0.name secrets.0.set secrets.0.fingerprint secrets.0.changed" },
    { "backends.add",
      "{\"name\":\"two\",\"shop\":\"two\",\"odoo_url\":\"https://two.example.com/\","
      "\"odoo_db\":\"two\",\"odoo_login\":\"sync\"}",
      "id" },
    { "backends.edit", "{\"backend\":$B,\"values\":{\"warehouse\":3,\"name\":\"acme eu\"}}", "" },
    { "backends.check", "{\"backend\":$B,\"side\":\"shopify\"}", "shopify.0.step odoo" },
    { "backends.choices", "{\"backend\":$B}", "warehouses companies pricelists locations" },
    { "backends.pause", "{\"backend\":$B}", "" },
    { "backends.resume", "{\"backend\":$B}", "" },
    { "reference.refresh", "{\"backend\":$B}", "" },
    { "secrets.set", "{\"backend\":$B,\"name\":\"odoo_key\",\"value\":\"swordfish\\n\"}",
      "fingerprint" },
    { "secrets.clear", "{\"backend\":$B,\"name\":\"odoo_key\"}", "" },
    { "settings.list", "{}",
      "rows.0.key rows.0.title rows.0.value rows.0.default rows.0.unit rows.0.min rows.0.max "
      "rows.0.help" },
    { "settings.set", "{\"key\":\"workers\",\"value\":\"4\"}", "" },
    { "conflicts.kinds", "{}", "rows.0.kind rows.0.open rows.0.skipped rows.0.oldest" },
    { "conflicts.list", "{\"kind\":\"customer\"}",
      "rows.0.id rows.0.backend rows.0.kind rows.0.record rows.0.title rows.0.state rows.0.version "
      "rows.0.count rows.0.moved rows.0.asked rows.0.shopify_at rows.0.odoo_at rows.0.skipped "
      "rows.0.skipped_by rows.0.by rows.0.answered rows.0.summary rows.0.why rows.0.job "
      "rows.0.ended rows.0.undo_until" },
    { "conflicts.show", "{\"id\":$C}",
      "id fields.0.field fields.0.label fields.0.agreed fields.0.shopify fields.0.odoo "
      "fields.0.rule same chosen" },
    { "conflicts.rules", "{\"backend\":$B}",
      "rows.0.kind rows.0.field rows.0.label rows.0.owner rows.0.rule rows.0.set rows.0.open" },
    { "conflicts.effect",
      "{\"backend\":$B,\"kind\":\"customer\",\"field\":\"email\",\"rule\":\"odoo\"}",
      "open wholly partly decided alike" },
    { "conflicts.rule",
      "{\"backend\":$B,\"kind\":\"customer\",\"field\":\"email\",\"rule\":\"ask\"}",
      "wholly requeued" },
    { "conflicts.skip", "{\"id\":$C,\"until\":$F}", "id skipped" },
    { "conflicts.resolve", "{\"id\":$C,\"version\":\"0123456789\",\"take\":\"odoo\"}",
      "id state by summary" },
    { "conflicts.undo", "{\"id\":$C}", "id state" },
    { "imports.list", "{}",
      "rows.0.id rows.0.backend rows.0.state rows.0.paused rows.0.hours rows.0.pace rows.0.by rows.0.why "
      "rows.0.error rows.0.carry_on rows.0.created rows.0.planned rows.0.updated rows.0.ended" },
    { "imports.get", "{\"run\":$R}",
      "id state steps.0.step steps.0.title steps.0.state steps.0.scope steps.0.shopify "
      "steps.0.odoo steps.0.read steps.0.judged steps.0.verdicts.changes steps.0.items.parked "
      "steps.0.left steps.0.rate steps.0.eta_s steps.0.paged steps.0.note steps.0.forced" },
    { "imports.items", "{\"run\":$R,\"step\":\"customers\"}",
      "rows.0.id rows.0.step rows.0.record rows.0.title rows.0.state rows.0.verdict "
      "rows.0.odoo_model rows.0.odoo_id rows.0.changes.0.to rows.0.error rows.0.why rows.0.thing "
      "rows.0.job rows.0.made" },
    { "imports.uses", "{\"run\":$R}", "rows.0.kind rows.0.key rows.0.title rows.0.uses rows.0.mapped rows.0.label" },
    { "imports.checks", "{\"backend\":$B}", "checks.0.step checks.0.state checks.0.text" },
    { "imports.counts", "{\"backend\":$B,\"scope\":{\"orders\":{\"status\":\"open\"}}}",
      "rows.0.step rows.0.shopify rows.0.exact rows.0.odoo rows.0.note" },
    { "imports.causes", "{\"run\":$R}", "rows" },
    { "imports.clinic", "{\"run\":$R,\"kind\":\"missing\"}", "rows counts.missing open.missing" },
    { "imports.plan", "{\"backend\":$B,\"steps\":[\"customers\"]}", "run state" },
    { "imports.apply", "{\"run\":$R}", "run state" },
    { "imports.pause", "{\"run\":$R}", "run" },
    { "imports.resume", "{\"run\":$R}", "run" },
    { "imports.hours", "{\"run\":$R,\"hours\":\"22-6\"}", "run" },
    { "imports.pace", "{\"run\":$R,\"pace\":600}", "run" },
    { "imports.skip", "{\"run\":$R,\"step\":\"orders\"}", "run" },
    { "imports.unskip", "{\"run\":$R,\"step\":\"orders\"}", "run" },
    { "imports.go_on", "{\"run\":$R,\"step\":\"orders\",\"reason\":\"later\"}", "run" },
    { "imports.answer", "{\"run\":$R,\"ids\":[1],\"answer\":\"skip\"}", "run" },
    { "imports.rehearse", "{\"run\":$R,\"step\":\"products\",\"all\":true}", "run" },
    { "imports.repair", "{\"run\":$R}", "run state" },
    { "imports.clinic_answer", "{\"run\":$R,\"keys\":[\"variant:1\"],\"answer\":\"skip\"}",
      "run" },
    { "imports.stop", "{\"run\":$R}", "run" },
    { "imports.undo", "{\"run\":$R}", "run" },
    { "audit.list", "{}",
      "rows.0.id rows.0.at rows.0.user rows.0.uid rows.0.what rows.0.object rows.0.before "
      "rows.0.after rows.0.reason rows.0.origin rows.0.undo" },
    { "stock.risks", "{}", "rows total" },
    { "audit.verify", "{}", "entries ok" },
    { "alerts.list", "{}",
      "rows.0.id rows.0.at rows.0.kind rows.0.level rows.0.text rows.0.seen_by" },
    { "alerts.seen", "{\"id\":$A}", "" },
    { "metrics.latency", "{}",
      "orders.count orders.p50_ms orders.p95_ms orders.p99_ms odoo_calls odoo_calls_per_order "
      "shopify_calls" },
    { "metrics.series", "{\"name\":\"orders.confirmed\",\"minutes\":1440,\"step\":15}",
      "name step values.95" },
    { "backends.remove", "{\"backend\":$B,\"confirm\":\"" STAND_SHOP "\"}", "" },
};

static void put_ids(const struct fixture *f, const char *from, struct str *to)
{
    for (; *from != '\0'; from++) {
        if (*from != '$') {
            str_add(to, from, 1);
            continue;
        }
        switch (*++from) {
        case 'H':
            str_addf(to, "%lld", (long long)f->hook);
            break;
        case 'J':
            str_addf(to, "%lld", (long long)f->parked);
            break;
        case 'R':
            str_addf(to, "%lld", (long long)f->run);
            break;
        case 'C':
            str_addf(to, "%lld", (long long)f->conflict);
            break;
        case 'P':
            str_addf(to, "%lld", (long long)f->problem);
            break;
        case 'A':
            str_addf(to, "%lld", (long long)f->alert);
            break;
        case 'B':
            str_addf(to, "%lld", (long long)f->stand.backend);
            break;
        default:
            str_addf(to, "%lld", (long long)(when_now() + WHEN_DAY));
        }
    }
}

static bool has_key(const json_t *value, const char *path)
{
    const json_t *parent = value;
    char key[128];

    /* json_at takes null for absent: here the key alone must be there */
    snprintf(key, sizeof key, "%s", path);
    if (strrchr(key, '.') != NULL) {
        *strrchr(key, '.') = '\0';
        parent = json_at(value, key);
        path = strrchr(path, '.') + 1;
    }
    return json_is_array(parent) ? json_at(parent, path) != NULL
                                 : json_object_get(parent, path) != NULL;
}

static void every_method_answers_in_its_shape(void **state)
{
    struct fixture *f = *state;
    struct caller *c = greeted(f);
    json_t *methods = result(c, "methods", "{}");

    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        AUTO_STR params;
        json_auto_t *got = NULL;
        const char *keys = shapes[i].keys;

        str_init(&params, 4096);
        put_ids(f, shapes[i].params, &params);
        got = result(c, shapes[i].method, params.data);
        while (*(keys += strspn(keys, " ")) != '\0') {
            char key[128];
            size_t n = strcspn(keys, " ");

            snprintf(key, sizeof key, "%.*s", (int)n, keys);
            if (!has_key(got, key)) {
                char *text = json_write(got);

                fail_msg("%s has no %s: %.600s", shapes[i].method, key, text);
            }
            keys += n;
        }
    }
    /* but for hello, audit.undo, core.backup and core.stop, which have tests of their own */
    assert_int_equal(json_len(methods, "rows"), sizeof shapes / sizeof shapes[0] + 4);
    assert_true(f->changes >= 20);
    assert_int_equal(f->steered, 15);
    json_decref(methods);
    caller_free(c);
}

static void a_backup_is_a_whole_database_and_replaces_nothing(void **state)
{
    struct fixture *f = *state;
    struct caller *c = greeted(f);
    char dir[] = "/tmp/signalbox-backup-XXXXXX", path[64], params[128];
    struct err err = { .kind = ERR_NONE };

    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/signalbox.db", dir);
    snprintf(params, sizeof params, "{\"path\":\"%s\"}", path);
    json_decref(result(c, "core.backup", params));
    assert_int_equal(refusal(c, "core.backup", params, "backup"), PROTO_REFUSED);
    assert_int_equal(refusal(c, "core.backup", "{\"path\":\"here\"}", "/"), PROTO_REFUSED);
    {
        AUTO(store) copy = store_open(dir, &err); /* checks it for damage */

        assert_non_null(copy);
    }
    caller_free(c);
    static const char *const files[] = { "signalbox.db", "signalbox.db-wal", "signalbox.db-shm",
                                         "lock", "hands" };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, files[i]);
        unlink(path);
    }
    assert_int_equal(rmdir(dir), 0);
}

static void what_is_asked_wrongly_is_refused_by_name(void **state)
{
    struct fixture *f = *state;
    struct caller *c = greeted(f);

    assert_int_equal(refusal(c, "jobs.fly", "{}", "jobs.fly"), PROTO_METHOD);
    assert_int_equal(refusal(c, "jobs.get", "{}", "id is missing"), PROTO_PARAMS);
    assert_int_equal(refusal(c, "jobs.get", "{\"id\":\"x\"}", "id must be an int"), PROTO_PARAMS);
    assert_int_equal(refusal(c, "jobs.get", "{\"id\":1,\"ids\":1}", "\"ids\""), PROTO_PARAMS);
    assert_int_equal(refusal(c, "jobs.get", "[1]", "object"), PROTO_PARAMS);
    assert_int_equal(refusal(c, "jobs.get", "{\"id\":999999}", "999999"), PROTO_REFUSED);
    assert_int_equal(refusal(c, "jobs.list", "{\"state\":\"lost\"}", "lost"), PROTO_REFUSED);
    assert_int_equal(refusal(c, "jobs.list", "{\"after\":\"x\"}", "after"), PROTO_REFUSED);
    refusal(c, "jobs.cancel", "{\"selector\":{\"id\":[1]}}", "\"id\"");
    refusal(c, "jobs.cancel", "{\"selector\":{}}", "name ids");
    refusal(c, "jobs.cancel", "{\"selector\":{\"ids\":[]}}", "ids must hold");
    refusal(c, "jobs.snooze", "{\"selector\":{\"ids\":[1]},\"until\":5}", "future");
    refusal(c, "watch", "{\"topics\":[\"weather\"]}", "weather");
    refusal(c, "settings.set", "{\"key\":\"wings\",\"value\":\"2\"}", "wings");
    refusal(c, "settings.set", "{\"key\":\"workers\",\"value\":\"many\"}", "workers");
    refusal(c, "secrets.set", "{\"backend\":1,\"name\":\"pin\",\"value\":\"1\"}", "pin");
    refusal(c, "mappings.set",
            "{\"backend\":1,\"kind\":\"tax\",\"key\":\"8.1|CH|incl\",\"value\":\"99\"}", "choices");
    refusal(c, "backends.remove", "{\"backend\":1,\"confirm\":\"yes\"}", STAND_SHOP);
    refusal(c, "backends.check", "{\"backend\":7}", "7");
    refusal(c, "webhooks.replay", "{}", "either");
    refusal(c, "webhooks.block", "{\"source\":\"; rm\",\"until\":0}", "address");
    refusal(c, "audit.undo", "{\"id\":4711}", "4711");
    caller_free(c);
}

static void what_is_no_request_is_answered_and_the_line_goes_on(void **state)
{
    struct fixture *f = *state;
    struct caller *c = greeted(f);
    static const struct {
        const char *line;
        int code;
    } rows[] = {
        { "nonsense\n", PROTO_PARSE },
        { "{\"jsonrpc\":\"2.0\"\n", PROTO_PARSE },
        { "{\"a\":1,\"a\":2}\n", PROTO_PARSE },
        { "{\"a\":\"\xff\"}\n", PROTO_PARSE },
        { "[]\n", PROTO_REQUEST },
        { "{\"id\":1,\"method\":\"status\"}\n", PROTO_REQUEST },
        { "{\"jsonrpc\":\"2.0\",\"method\":\"status\"}\n", PROTO_REQUEST },
        { "{\"jsonrpc\":\"2.0\",\"id\":[],\"method\":\"status\"}\n", PROTO_REQUEST },
        { "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":5}\n", PROTO_REQUEST },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        json_auto_t *object = NULL;

        tells(c, rows[i].line);
        object = listen_to(c);
        assert_non_null(object);
        assert_int_equal(json_int_or(object, "error.code", 0), rows[i].code);
        assert_true(json_is_null(json_object_get(object, "id")));
    }
    tells(c, "\n\r\n");
    json_decref(result(c, "status", "{}"));
    caller_free(c);
}

static void requests_may_come_in_pieces_or_many_at_once(void **state)
{
    struct fixture *f = *state;
    struct caller *c = greeted(f);
    static const char line[] = "{\"jsonrpc\":\"2.0\",\"id\":900,\"method\":\"alerts.list\"}\r\n";
    AUTO_STR many;
    bool seen[300] = { false };

    for (size_t i = 0; i < sizeof line - 1; i++)
        tell(c, line + i, 1);
    json_decref(answer_to(c, 900));
    str_init(&many, 1 << 20);
    for (unsigned i = 0; i < 300; i++)
        str_addf(&many, "{\"jsonrpc\":\"2.0\",\"id\":%u,\"method\":\"audit.verify\"}\n", 1000 + i);
    tell(c, many.data, many.len);
    for (unsigned i = 0; i < 300; i++) {
        json_auto_t *object = listen_to(c);
        int64_t id = json_int_or(object, "id", 0) - 1000;

        assert_in_range(id, 0, 299);
        assert_false(seen[id]);
        seen[id] = true;
    }
    caller_free(c);
}

static void a_line_longer_than_the_limit_ends_the_conversation(void **state)
{
    struct fixture *f = *state;
    struct caller *c = greeted(f), *other = greeted(f);
    size_t len = PROTO_LINE_MAX + 4096;
    char *line = malloc(len);
    json_t *object;

    assert_non_null(line);
    memset(line, 'x', len);
    tell(c, line, len);
    object = listen_to(c);
    if (object != NULL) { /* unless the close overtook it */
        assert_int_equal(json_int_or(object, "error.code", 0), PROTO_PARSE);
        json_decref(object);
        assert_null(listen_to(c));
    }
    json_decref(result(other, "status", "{}"));
    free(line);
    caller_free(c);
    caller_free(other);
}

static json_t *newest_audit(struct caller *c)
{
    json_auto_t *list = result(c, "audit.list", "{\"limit\":1}");

    return json_incref((json_t *)(uintptr_t)json_at(list, "rows.0"));
}

static void a_change_is_in_the_audit_log_with_who_from_where_and_why(void **state)
{
    struct fixture *f = *state;
    struct caller *c = greeted(f);
    json_auto_t *entry = NULL, *verify = NULL;

    json_decref(result(c, "lanes.hold", "{\"lane\":\"orders\",\"reason\":\"stocktaking\"}"));
    entry = newest_audit(c);
    assert_string_equal(json_text_or(entry, "what", ""), "lanes.hold");
    assert_string_equal(json_text_or(entry, "object", ""), "lane orders");
    assert_string_equal(json_text_or(entry, "reason", ""), "stocktaking");
    assert_string_equal(json_text_or(entry, "origin", ""), "ssh 203.0.113.50");
    assert_int_equal(json_int_or(entry, "uid", -1), getuid());
    assert_true(json_flag(entry, "undo"));
    verify = result(c, "audit.verify", "{}");
    assert_true(json_flag(verify, "ok"));
    assert_int_equal(json_int_or(verify, "entries", 0), 1);
    caller_free(c);
}

static void what_failed_is_not_in_the_audit_log(void **state)
{
    struct fixture *f = *state;
    struct caller *c = greeted(f);
    json_auto_t *list = NULL;

    refusal(c, "lanes.hold", "{\"lane\":\"no such lane\"}", "no such lane");
    refusal(c, "settings.set", "{\"key\":\"workers\",\"value\":\"0\"}", "workers");
    list = result(c, "audit.list", "{}");
    assert_int_equal(json_len(list, "rows"), 0);
    caller_free(c);
}

static void a_secret_shows_as_its_fingerprint_and_nowhere_else(void **state)
{
    struct fixture *f = *state;
    struct caller *c = greeted(f);
    json_auto_t *set =
        result(c, "secrets.set", "{\"backend\":1,\"name\":\"odoo_key\",\"value\":\"swordfish-9\"}");
    json_auto_t *entry = newest_audit(c);
    json_auto_t *get = result(c, "backends.get", "{\"backend\":1}");
    char *text;

    assert_string_equal(json_text_or(entry, "after", "?"), json_text_or(set, "fingerprint", ""));
    assert_true(strlen(json_text_or(set, "fingerprint", "")) > 8);
    assert_false(json_flag(entry, "undo"));
    text = json_write(entry);
    assert_null(strstr(text, "swordfish"));
    free(text);
    text = json_write(get);
    assert_null(strstr(text, "swordfish"));
    assert_non_null(strstr(text, json_text(set, "fingerprint")));
    free(text);
    caller_free(c);
}

static const char *setting_value(const json_t *list, const char *key)
{
    const json_t *rows = json_at(list, "rows");

    for (size_t i = 0; i < json_array_size(rows); i++)
        if (strcmp(json_text_or(json_array_get(rows, i), "key", ""), key) == 0)
            return json_text(json_array_get(rows, i), "value");
    return NULL;
}

static void a_change_can_be_taken_back_once(void **state)
{
    struct fixture *f = *state;
    struct caller *c = greeted(f);
    json_auto_t *entry = NULL, *after = NULL, *list = NULL;
    char params[64];

    json_decref(result(c, "settings.set", "{\"key\":\"workers\",\"value\":\"4\"}"));
    entry = newest_audit(c);
    snprintf(params, sizeof params, "{\"id\":%lld}", (long long)json_int_or(entry, "id", 0));
    json_decref(result(c, "audit.undo", params));
    list = result(c, "settings.list", "{}");
    assert_string_equal(setting_value(list, "workers"), "8");
    after = newest_audit(c);
    assert_string_equal(json_text_or(after, "what", ""), "settings.set");
    assert_non_null(strstr(json_text_or(after, "reason", ""), "takes back"));
    refusal(c, "audit.undo", params, "");
    json_decref(result(c, "lanes.hold", "{\"lane\":\"orders\",\"reason\":\"x\"}"));
    json_decref(entry);
    entry = newest_audit(c);
    snprintf(params, sizeof params, "{\"id\":%lld,\"reason\":\"oops\"}",
             (long long)json_int_or(entry, "id", 0));
    json_decref(result(c, "audit.undo", params));
    json_decref(after);
    after = newest_audit(c);
    assert_string_equal(json_text_or(after, "what", ""), "lanes.release");
    assert_string_equal(json_text_or(after, "reason", ""), "oops");
    caller_free(c);
}

static void mapping_a_tax_replays_what_waited_for_it(void **state)
{
    struct fixture *f = *state;
    struct caller *c = greeted(f);
    json_auto_t *set =
        result(c, "mappings.set",
               "{\"backend\":1,\"kind\":\"tax\",\"key\":\"8.1|CH|incl\",\"value\":\"12\"}");
    json_auto_t *list = result(c, "mappings.list", "{\"backend\":1,\"kind\":\"tax\"}");
    json_auto_t *job = NULL;
    char params[64];

    assert_int_equal(json_int_or(set, "requeued", -1), 1);
    assert_string_equal(json_text_or(list, "rows.0.value", ""), "12");
    assert_string_equal(json_text_or(list, "rows.0.label", ""), "8.1 % included");
    snprintf(params, sizeof params, "{\"id\":%lld}", (long long)f->parked);
    job = result(c, "jobs.get", params);
    assert_string_equal(json_text_or(job, "state", ""), "ready");
    caller_free(c);
}

static void a_set_that_grew_is_left_alone(void **state)
{
    struct fixture *f = *state;
    struct caller *c = greeted(f);
    json_auto_t *object =
        ask(c, "jobs.cancel",
            "{\"selector\":{\"lane\":\"orders\",\"state\":\"parked\",\"backend\":1,\"count\":7}}");
    json_auto_t *list = NULL;
    char params[64];

    assert_int_equal(json_int_or(object, "error.code", 0), PROTO_GREW);
    assert_int_equal(json_int_or(object, "error.data.count", -1), 1);
    snprintf(params, sizeof params, "{\"id\":%lld,\"count\":3}", (long long)f->problem);
    assert_int_equal(refusal(c, "problems.replay", params, "look again"), PROTO_GREW);
    snprintf(params, sizeof params, "{\"ids\":[%lld],\"count\":3}", (long long)f->hook);
    assert_int_equal(refusal(c, "webhooks.replay", params, "look again"), PROTO_GREW);
    list = result(c, "audit.list", "{}");
    assert_int_equal(json_len(list, "rows"), 0);
    caller_free(c);
}

static void a_slow_odoo_keeps_nobody_waiting(void **state)
{
    struct fixture *f = *state;
    struct caller *c = greeted(f), *other = greeted(f);
    int64_t id;

    f->gated = true;
    id = send_call(c, "backends.check", "{\"backend\":1}");
    json_decref(result(c, "status", "{}"));
    json_decref(result(other, "lanes.hold", "{\"lane\":\"orders\"}"));
    json_decref(result(other, "overview", "{}"));
    sem_post(&f->gate);
    json_decref(answer_to(c, id));
    caller_free(c);
    caller_free(other);
}

static void who_hangs_up_while_waiting_breaks_nothing(void **state)
{
    struct fixture *f = *state;
    struct caller *c = greeted(f), *other = greeted(f);

    f->gated = true;
    send_call(c, "backends.check", "{\"backend\":1}");
    send_call(c, "backends.check", "{\"backend\":1}");
    json_decref(result(c, "status", "{}"));
    caller_free(c);
    json_decref(result(other, "status", "{}"));
    sem_post(&f->gate);
    sem_post(&f->gate);
    json_decref(result(other, "backends.choices", "{\"backend\":1}"));
    caller_free(other);
}

/* ---- pictures ---- */

static json_t *next_event(struct caller *c, const char *topic)
{
    for (;;) {
        json_t *object = listen_to(c);

        assert_non_null(object);
        if (strcmp(json_text_or(object, "params.topic", ""), topic) == 0)
            return object;
        json_decref(object);
    }
}

static bool add_line(struct db *db, void *ctx, struct err *err)
{
    return activity_add(db, 6, "ana", 0, ctx, err);
}

static void who_watches_gets_a_picture_at_once_and_then_what_changes(void **state)
{
    struct fixture *f = *state;
    struct caller *c = greeted(f);
    json_t *event;
    char line[] = "something happened";

    json_decref(result(c, "watch", "{\"topics\":[\"activity\",\"overview\",\"alerts\"]}"));
    event = next_event(c, "overview");
    /* who watches is named on everybody's dashboard */
    assert_int_equal(json_len(event, "params.data.clients"), 1);
    json_decref(event);
    event = next_event(c, "activity");
    assert_string_equal(json_text_or(event, "params.data.rows.0.text", ""), "the core has started");
    json_decref(event);
    assert_true(store_do(f->stand.store, add_line, line, &f->err));
    event = next_event(c, "activity");
    assert_string_equal(json_text_or(event, "params.data.rows.0.text", ""), line);
    assert_string_equal(json_text_or(event, "params.data.rows.0.by", ""), "ana");
    assert_int_equal(json_len(event, "params.data.rows"), 2);
    json_decref(event);
    json_decref(result(c, "watch", "{\"topics\":[]}"));
    caller_free(c);
}

static void what_did_not_change_is_not_pushed(void **state)
{
    struct fixture *f = *state;
    struct caller *c = greeted(f);
    struct pollfd p = { .fd = c->fd, .events = POLLIN };

    json_decref(result(c, "watch", "{\"topics\":[\"alerts\"]}"));
    json_decref(next_event(c, "alerts"));
    /* a second and more of looks, and nothing new */
    assert_int_equal(poll(&p, 1, 1200), 0);
    caller_free(c);
}

static void who_does_not_read_gets_only_the_newest_and_delays_nobody(void **state)
{
    struct fixture *f = *state;
    struct caller *slow = greeted(f), *other = greeted(f);
    unsigned events = 0;
    char line[400];
    json_t *event = NULL;

    json_decref(result(slow, "watch", "{\"topics\":[\"activity\"]}"));
    json_decref(result(other, "watch", "{\"topics\":[\"activity\"]}"));
    for (unsigned i = 0; i < 4; i++) {
        memset(line, 'a' + (int)i, sizeof line - 1);
        line[sizeof line - 1] = '\0';
        assert_true(store_do(f->stand.store, add_line, line, &f->err));
        do { /* the other one reads each of them */
            json_decref(event);
            event = next_event(other, "activity");
        } while (strcmp(json_text_or(event, "params.data.rows.0.text", ""), line) != 0);
    }
    json_decref(event);
    do {
        event = next_event(slow, "activity");
        events++;
        if (strcmp(json_text_or(event, "params.data.rows.0.text", ""), line) == 0)
            break;
        json_decref(event);
    } while (true);
    json_decref(event);
    assert_in_range(events, 1, 20);
    caller_free(slow);
    caller_free(other);
}

static void who_asks_and_does_not_listen_is_held_back(void **state)
{
    struct fixture *f = *state;
    struct caller *deaf = greeted(f), *other = greeted(f);
    AUTO_STR many;
    size_t sent = 0;

    str_init(&many, 8 << 20);
    for (unsigned i = 0; i < 20000; i++)
        str_addf(&many, "{\"jsonrpc\":\"2.0\",\"id\":%u,\"method\":\"methods\"}\n", i);
    for (unsigned quiet = 0; quiet < 20 && sent < many.len;) {
        ssize_t n = send(deaf->fd, many.data + sent, many.len - sent, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (n > 0)
            sent += (size_t)n;
        else
            quiet++;
        json_decref(result(other, "alerts.list", "{}"));
    }
    assert_true(sent < many.len); /* the server stopped reading: nothing piles up in it */
    caller_free(deaf);
    json_decref(result(other, "status", "{}"));
    caller_free(other);
}

static void fifty_clients_are_served_and_too_many_are_told(void **state)
{
    struct fixture *f = *state;
    struct caller *all[CONTROL_CLIENTS_MAX];
    struct caller *extra;
    json_auto_t *object = NULL;
    int64_t ids[CONTROL_CLIENTS_MAX];

    for (unsigned i = 0; i < CONTROL_CLIENTS_MAX; i++)
        all[i] = greeted(f);
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < CONTROL_CLIENTS_MAX; i++)
            ids[i] = send_call(all[i], i % 2 == 0 ? "jobs.list" : "alerts.seen",
                               i % 2 == 0 ? "{}" : "{\"id\":1}");
        for (unsigned i = 0; i < CONTROL_CLIENTS_MAX; i++)
            json_decref(answer_to(all[i], ids[i]));
    }
    extra = caller_new(f);
    object = listen_to(extra);
    assert_non_null(strstr(json_text_or(object, "error.message", ""), "too many clients"));
    assert_null(listen_to(extra));
    caller_free(extra);
    for (unsigned i = 0; i < CONTROL_CLIENTS_MAX; i++)
        caller_free(all[i]);
}

/* ---- roles ---- */

/* The kernel notes who connects at that moment: only this thread becomes somebody else. */
static struct caller *caller_as(struct fixture *f, uid_t uid, gid_t gid)
{
    struct caller *c;

    assert_int_equal(syscall(SYS_setgroups, 0, NULL), 0);
    assert_int_equal(syscall(SYS_setresgid, -1, gid, -1), 0);
    assert_int_equal(syscall(SYS_setresuid, -1, uid, -1), 0);
    c = caller_new(f);
    assert_int_equal(syscall(SYS_setresuid, -1, 0, -1), 0);
    assert_int_equal(syscall(SYS_setresgid, -1, 0, -1), 0);
    return c;
}

static void the_group_decides_what_a_user_may(void **state)
{
    struct fixture *f = *state;
    struct caller *c, *admin = greeted(f);
    struct group *group;
    json_auto_t *object = NULL, *job = NULL, *conflict = NULL;
    char params[128], path[128];

    if (geteuid() != 0 || (group = getgrgid(65534)) == NULL) {
        caller_free(admin);
        skip();
        return;
    }
    chmod(f->stand.dir, 0711);
    snprintf(path, sizeof path, "%s/%s", f->stand.dir, PROTO_SOCKET);
    chmod(path, 0666);
    c = caller_as(f, 65534, 65534);
    object = listen_to(c);
    assert_int_equal(json_int_or(object, "error.code", 0), PROTO_ROLE);
    assert_null(listen_to(c));
    caller_free(c);

    snprintf(params, sizeof params, "{\"key\":\"role_viewer\",\"value\":\"%s\"}", group->gr_name);
    json_decref(result(admin, "settings.set", params));
    c = caller_as(f, 65534, 65534);
    json_decref(object);
    object = result(c, "hello", HELLO);
    assert_string_equal(json_text_or(object, "role", ""), "viewer");
    json_decref(result(c, "overview", "{}"));
    assert_int_equal(refusal(c, "lanes.hold", "{\"lane\":\"orders\"}", "operator"), PROTO_ROLE);
    /* who may only look sees no personal data */
    snprintf(params, sizeof params, "{\"id\":%lld}", (long long)f->parked);
    job = result(c, "jobs.get", params);
    assert_null(strstr(json_text_or(job, "payload.preview", "jo@"), "jo@"));
    assert_null(strstr(json_text_or(job, "attempts.0.request", "jo@"), "jo@"));
    assert_null(strstr(json_text_or(job, "attempts.0.response", "jo@"), "jo@"));
    assert_non_null(strstr(json_text_or(job, "attempts.0.request", ""), "TS-1"));
    snprintf(params, sizeof params, "{\"id\":%lld}", (long long)f->conflict);
    conflict = result(c, "conflicts.show", params);
    assert_string_equal(json_text_or(conflict, "title", ""), "***");
    assert_string_equal(json_text_or(conflict, "fields.0.agreed", ""), "***");
    assert_string_equal(json_text_or(conflict, "fields.0.odoo", ""), "***");
    assert_int_equal(refusal(c, "conflicts.undo", params, "operator"), PROTO_ROLE);

    /* the role follows the setting while connected */
    snprintf(params, sizeof params, "{\"key\":\"role_operator\",\"value\":\"%s\"}", group->gr_name);
    json_decref(result(admin, "settings.set", params));
    json_decref(result(c, "lanes.hold", "{\"lane\":\"orders\"}"));
    assert_int_equal(refusal(c, "core.stop", "{}", "admin"), PROTO_ROLE);
    caller_free(c);
    caller_free(admin);
}

static void a_choice_is_checked_before_it_is_taken(void **state)
{
    static const struct {
        const char *params, *words;
    } rows[] = {
        { "\"version\":\"ffffffffffff\",\"take\":\"odoo\"", "moved since you looked" },
        { "\"version\":\"0123\",\"take\":\"odoo\"", "moved since you looked" },
        { "\"version\":\"01234567\"", "nothing is chosen for E-mail yet" },
        { "\"version\":\"01234567\",\"take\":\"both\"", "shopify, odoo, agreed" },
        { "\"version\":\"01234567\",\"answers\":{\"mail\":\"odoo\"}", "nothing is asked about" },
        { "\"version\":\"01234567\",\"answers\":{\"email\":{\"value\":7}}", "E-mail is text" },
        { "\"version\":\"01234567\",\"answers\":{\"email\":{\"wert\":7}}", "with a value" },
    };
    struct fixture *f = *state;
    struct caller *c = greeted(f);
    json_auto_t *done = NULL, *seen = NULL;
    char params[256];

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(params, sizeof params, "{\"id\":%lld,%s}", (long long)f->conflict, rows[i].params);
        refusal(c, "conflicts.resolve", params, rows[i].words);
    }
    snprintf(params, sizeof params, "{\"id\":%lld,\"version\":\"01234567\",\"answers\":{\"email\":"
             "{\"value\":\"n@b.c\"}}}", (long long)f->conflict);
    done = result(c, "conflicts.resolve", params);
    assert_string_equal(json_text_or(done, "summary", ""), "a new E-mail");
    seen = result(c, "audit.list", "{\"what\":\"conflicts.resolve\"}");
    assert_string_equal(json_text_or(seen, "rows.0.after", ""), "a new E-mail"); /* and no address */
    caller_free(c);
}

static void no_role_sees_a_secret(void **state)
{
    struct fixture *f = *state;
    struct caller *c = greeted(f);
    char params[64];
    json_auto_t *job = NULL;

    snprintf(params, sizeof params, "{\"id\":%lld}", (long long)f->parked);
    job = result(c, "jobs.get", params);
    assert_null(strstr(json_text_or(job, "attempts.0.request", "swordfish"), "swordfish"));
    assert_null(strstr(json_text_or(job, "attempts.0.response", "abcdef"), "abcdef"));
    assert_non_null(strstr(json_text_or(job, "payload.preview", ""), "jo@example.com"));
    caller_free(c);
}

/* ---- the end ---- */

static void the_core_can_be_told_to_stop(void **state)
{
    struct fixture *f = *state;
    struct caller *c = greeted(f);

    json_decref(result(c, "core.stop", "{\"reason\":\"update\"}"));
    pthread_join(f->thread, NULL);
    f->joined = true;
    caller_free(c);
}

static void a_signal_ends_the_loop(void **state)
{
    struct fixture *f = *state;
    struct caller *c = greeted(f);

    kill(getpid(), SIGHUP);
    json_decref(result(c, "status", "{}"));
    kill(getpid(), SIGTERM);
    pthread_join(f->thread, NULL);
    f->joined = true;
    caller_free(c);
}

static void a_second_core_does_not_take_the_socket(void **state)
{
    struct fixture *f = *state;
    struct control_options options = { .state_dir = f->stand.dir, .store = f->stand.store };
    struct caller *c;

    assert_null(control_new(&options, &f->err));
    assert_non_null(strstr(f->err.text, "another core"));
    c = greeted(f);
    caller_free(c);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)
    const struct CMUnitTest tests[] = {
        TEST(the_first_word_is_hello_with_the_right_version),
        TEST(every_method_answers_in_its_shape),
        TEST(a_backup_is_a_whole_database_and_replaces_nothing),
        TEST(what_is_asked_wrongly_is_refused_by_name),
        TEST(what_is_no_request_is_answered_and_the_line_goes_on),
        TEST(requests_may_come_in_pieces_or_many_at_once),
        TEST(a_line_longer_than_the_limit_ends_the_conversation),
        TEST(a_change_is_in_the_audit_log_with_who_from_where_and_why),
        TEST(what_failed_is_not_in_the_audit_log),
        TEST(a_secret_shows_as_its_fingerprint_and_nowhere_else),
        TEST(a_change_can_be_taken_back_once),
        TEST(mapping_a_tax_replays_what_waited_for_it),
        TEST(a_set_that_grew_is_left_alone),
        TEST(a_slow_odoo_keeps_nobody_waiting),
        TEST(who_hangs_up_while_waiting_breaks_nothing),
        TEST(who_watches_gets_a_picture_at_once_and_then_what_changes),
        TEST(what_did_not_change_is_not_pushed),
        TEST(who_does_not_read_gets_only_the_newest_and_delays_nobody),
        TEST(who_asks_and_does_not_listen_is_held_back),
        TEST(fifty_clients_are_served_and_too_many_are_told),
        TEST(the_group_decides_what_a_user_may),
        TEST(a_choice_is_checked_before_it_is_taken),
        TEST(no_role_sees_a_secret),
        TEST(the_core_can_be_told_to_stop),
        TEST(a_signal_ends_the_loop),
        TEST(a_second_core_does_not_take_the_socket),
    };
    struct err err;

    if (!control_block_signals(&err))
        return 99;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
