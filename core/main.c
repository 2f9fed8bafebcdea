/*
 * signalboxd - the core. Starts everything in order, stops it in reverse; the only file that
 * knows everybody. Threads: this one runs the control server; see README, Architecture.
 */
#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/config.h"
#include "base/json.h"
#include "base/log.h"
#include "base/notify.h"
#include "base/refusal.h"
#include "base/str.h"
#include "control/server.h"
#include "jobs/ask.h"
#include "jobs/import.h"
#include "jobs/services.h"
#include "jobs/workshop.h"
#include "queue/schedule.h"
#include "store/alerts.h"
#include "store/lanes.h"
#include "store/secrets.h"
#include "store/settings.h"
#include "webhook/metrics.h"
#include "webhook/receiver.h"

#define STOP_MS 15000
#define DOOR_RETRY_US (10 * WHEN_SECOND)

struct core;

/*
 * The receiver, the metrics. One that an option names must open, or the core does not start; one
 * that stands in the settings must not keep the core from starting: an alert says why it is
 * closed, and it is tried again, with what the settings say then.
 */
struct door {
    const char *name;
    bool (*open)(struct core *core, struct err *err);
    bool must;
    bool closed;     /* wanted, and did not open */
    int64_t next;    /* when_ticks of the next try; 0: when the settings change */
    char why[ERR_TEXT_MAX];
};

enum { DOOR_RECEIVER, DOOR_METRICS, DOOR_COUNT };

struct core {
    struct config config;
    char receiver_address[SETTING_VALUE_MAX], metrics_address[SETTING_VALUE_MAX];
    int64_t workers;
    bool receiver_given, metrics_given, workers_given; /* by an option: the setting is not read */

    struct store *store;
    struct seal *seal;
    struct db *db; /* the main thread's */
    struct workshop *workshop;
    struct schedule *schedule;
    _Atomic(struct receiver *) receiver; /* NULL: not wanted, or not open yet */
    struct metrics_server *metrics;
    struct db *metrics_db; /* its thread's */
    struct door doors[DOOR_COUNT];
    bool store_told;   /* that it can't write */
    atomic_bool knock; /* the settings moved: try the closed doors now */
    struct services *services;
    struct control *control;
};

/* What Shopify's topics turn into. Those that are not here are kept until they have a flow. */
static const struct route routes[] = {
    { "orders/create", "order.in", "orders", "order", "id", "name", 0, false },
    { "orders/updated", "order.in", "orders", "order", "id", "name", 0, false },
    { "orders/paid", "order.in", "orders", "order", "id", "name", 0, false },
    { "orders/cancelled", "order.in", "orders", "order", "id", "name", 0, false },
    { "orders/edited", "order.in", "orders", "order", "order_edit.order_id", NULL, 0, false },
    { "customers/create", "customer.seen", "catalogue", "customer", "id", NULL, 4, false },
    { "customers/update", "customer.seen", "catalogue", "customer", "id", NULL, 4, false },
    { "products/create", "product.seen", "catalogue", "product", "id", NULL, 4, false },
    { "products/update", "product.seen", "catalogue", "product", "id", NULL, 4, false },
    { "inventory_levels/update", "level.seen", "polls", "item", "inventory_item_id", NULL, 3, false },
};

/* ---- what control asks for (control/services.h) ---- */

static json_t *ask_gauges(void *ctx)
{
    struct core *core = ctx;
    json_t *gauges = services_gauges(core->services);
    unsigned busy = 0, total = 0;

    schedule_workers(core->schedule, &busy, &total);
    json_object_set_new(gauges, "workers",
                        json_pack("{s:i, s:i}", "busy", (int)busy, "total", (int)total));
    return gauges;
}

static json_t *ask_webhook_stats(void *ctx)
{
    struct core *core = ctx;

    return core->receiver != NULL ? receiver_stats(core->receiver) : NULL;
}

static json_t *ask_receiver(void *ctx)
{
    struct core *core = ctx;

    return core->receiver != NULL ? receiver_where(core->receiver) : NULL;
}

static const char *ask_words(void *ctx, const char *kind)
{
    (void)ctx;
    return workshop_kind_does(kind);
}

static json_t *ask_check(void *ctx, int64_t backend, const char *side, struct err *err)
{
    return services_check(((struct core *)ctx)->services, backend, side, err);
}

static json_t *ask_import_checks(void *ctx, int64_t backend, struct err *err)
{
    return import_checks(((struct core *)ctx)->services, backend, err);
}

static json_t *ask_import_counts(void *ctx, int64_t backend, const json_t *scope, struct err *err)
{
    return import_counts(((struct core *)ctx)->services, backend, scope, err);
}

static json_t *ask_choices(void *ctx, int64_t backend, struct err *err)
{
    return services_choices(((struct core *)ctx)->services, backend, err);
}

static json_t *ask_mapping_choices(void *ctx, int64_t backend, const char *kind, struct err *err)
{
    return services_mapping_choices(((struct core *)ctx)->services, backend, kind, err);
}

static bool ask_refresh(void *ctx, int64_t backend, struct err *err)
{
    return services_refresh(((struct core *)ctx)->services, backend, err);
}

static json_t *ask_subscriptions(void *ctx, int64_t backend, enum control_subscriptions what,
                                 struct err *err)
{
    return services_subscriptions(((struct core *)ctx)->services, backend, (int)what, err);
}

static bool ask_sync(void *ctx, struct db *db, int64_t backend, const char *kind, const char *id,
                     int64_t *job, struct err *err)
{
    (void)ctx;
    return services_sync_record(db, backend, kind, id, job, err);
}

static bool ask_import(void *ctx, struct db *db, const char *what, const json_t *params,
                       const char *by, json_t **result, struct err *err)
{
    (void)ctx;
    return import_steer(db, what, params, by, result, err);
}

static json_t *ask_owned_fields(void *ctx)
{
    (void)ctx;
    return ask_owned();
}

static json_t *ask_fixes(void *ctx, struct db *db, const json_t *problem, struct err *err)
{
    (void)ctx;
    (void)err;
    return services_fixes(db, problem);
}

static json_t *ask_fix(void *ctx, struct db *db, const json_t *problem, int64_t n,
                       const json_t *params, const char *by, struct err *err)
{
    return services_fix(((struct core *)ctx)->services, db, problem, n, params, by, err);
}

struct founding {
    int64_t backend;
};

static bool found_change(struct db *db, void *ctx, struct err *err)
{
    struct founding *founding = ctx;

    return workshop_found_backend(db, founding->backend, err);
}

/* A new backend gets its lanes and its upkeep. */
static bool found(struct core *core, struct db *db, int64_t backend, struct err *err)
{
    struct founding founding = { backend };
    struct lane_row row;
    size_t count = 1;

    return lanes_list(db, backend, &row, &count, err) &&
           (count > 0 || store_do(core->store, found_change, &founding, err));
}

static void reload(struct core *core, struct db *db)
{
    struct err err = { 0 };

    if (core->receiver != NULL && !receiver_reload(core->receiver, db, &err))
        log_warn("receiver: %s", err.text);
}

static void changed(void *ctx, struct db *db, enum control_change what, int64_t backend)
{
    struct core *core = ctx;
    struct backend row;
    struct err err = { 0 }, gone = { 0 };

    switch (what) {
    case CONTROL_BACKEND:
        if (backends_get(db, backend, &row, &gone) && !found(core, db, backend, &err))
            log_warn("backend %" PRId64 ": %s", backend, err.text);
        site_changed(workshop_sites(core->workshop), backend);
        schedule_close_breaker(core->schedule, backend, NULL);
        reload(core, db);
        break;
    case CONTROL_SECRET:
        site_changed(workshop_sites(core->workshop), backend);
        schedule_close_breaker(core->schedule, backend, NULL);
        reload(core, db);
        break;
    case CONTROL_MAPPING:
        site_mapped(workshop_sites(core->workshop), backend);
        break;
    case CONTROL_LANE:
        schedule_close_breaker(core->schedule, backend, NULL);
        break;
    case CONTROL_SETTING:
        atomic_store(&core->knock, true);
        reload(core, db);
        break;
    case CONTROL_BLOCK:
        reload(core, db);
        break;
    }
    schedule_wake(core->schedule);
}

/* ---- doors ---- */

struct door_note {
    const char *name, *why; /* why NULL: it is open */
};

static bool door_change(struct db *db, void *ctx, struct err *err)
{
    const struct door_note *note = ctx;

    if (note->why == NULL)
        return alerts_end(db, 0, note->name, when_now(), err);
    return alerts_raise(db, 0, note->name, ALERT_ERR, note->why, when_now(), err);
}

/* False with *err: it must open and did not. */
static bool door_try(struct core *core, struct door *door, struct err *err)
{
    struct err why = { 0 }, ignored = { 0 };
    struct door_note note = { .name = door->name };

    if (door->open(core, &why)) {
        if (door->closed)
            log_note("%s: open now", door->name);
        door->closed = false;
        door->why[0] = '\0';
        return store_do(core->store, door_change, &note, &ignored) || true;
    }
    if (door->must)
        return (*err = why, false);
    door->closed = true;
    /* a wrong value stays wrong until somebody changes it; a busy port may become free */
    door->next = why.kind == ERR_INVALID ? 0 : when_ticks() + DOOR_RETRY_US;
    if (strcmp(door->why, why.text) == 0)
        return true;
    str_copy(door->why, sizeof door->why, why.text);
    err_within(&why, "the %s is closed", door->name);
    log_fail("%s", why.text);
    note.why = why.text;
    store_do(core->store, door_change, &note, &ignored);
    return true;
}

static void try_doors(struct core *core)
{
    bool knock = atomic_exchange(&core->knock, false);
    struct err ignored = { 0 };

    for (unsigned d = 0; d < DOOR_COUNT; d++) {
        struct door *door = &core->doors[d];

        if (door->closed && (knock || (door->next != 0 && when_ticks() >= door->next)))
            door_try(core, door, &ignored);
    }
}

/* A store that can't write has no alert of its own in it: the log and the status tell. */
static void watch_store(struct core *core)
{
    struct store_stats stats;

    store_stats(core->store, &stats);
    if (stats.failing && !core->store_told)
        log_fail("the store can't write: %s; webhooks are put off and jobs wait until there is room",
                 stats.why);
    else if (!stats.failing && core->store_told)
        log_note("the store writes again");
    core->store_told = stats.failing;
}

static void tick(void *ctx)
{
    struct core *core = ctx;

    watch_store(core);

    try_doors(core);
    workshop_tick(core->workshop);
    if (core->receiver != NULL)
        receiver_tick(core->receiver);
}

static void hangup(void *ctx)
{
    struct core *core = ctx;

    sites_changed(workshop_sites(core->workshop));
    atomic_store(&core->knock, true);
    reload(core, core->db);
    log_note("configuration read anew");
}

/* ---- metrics ---- */

static void fill_metrics(void *ctx, struct str *out)
{
    struct core *core = ctx;
    struct workshop_calls calls = workshop_calls(core->workshop);
    struct schedule_lane rows[LANES_MAX];
    size_t count = schedule_lanes(core->schedule, rows, LANES_MAX);
    struct lane_row *lanes AUTO_FREE = calloc(LANES_MAX, sizeof *lanes);
    size_t lane_count = lanes != NULL ? LANES_MAX : 0;
    struct err ignored = { 0 };
    struct store_stats stats;
    unsigned busy = 0, total = 0;

    schedule_workers(core->schedule, &busy, &total);
    store_stats(core->store, &stats);
    str_addf(out,
             "# TYPE signalbox_odoo_calls_total counter\nsignalbox_odoo_calls_total %" PRId64
             "\n# TYPE signalbox_shopify_calls_total counter\nsignalbox_shopify_calls_total %" PRId64
             "\n# TYPE signalbox_store_commits_total counter\nsignalbox_store_commits_total %" PRId64
             "\n# TYPE signalbox_workers_busy gauge\nsignalbox_workers_busy %u"
             "\n# TYPE signalbox_workers gauge\nsignalbox_workers %u"
             "\n# TYPE signalbox_store_failing gauge\nsignalbox_store_failing %d\n",
             calls.odoo, calls.shopify, stats.commits, busy, total, stats.failing ? 1 : 0);
    if (lane_count > 0 && lanes_list(core->metrics_db, 0, lanes, &lane_count, &ignored)) {
        str_adds(out, "# TYPE signalbox_jobs gauge\n");
        for (size_t i = 0; i < lane_count; i++)
            for (unsigned s = 0; s < JOB_STATE_COUNT; s++)
                if (!job_state_is_end((enum job_state)s))
                    str_addf(out, "signalbox_jobs{backend=\"%" PRId64 "\",lane=\"%s\",state=\"%s\"}"
                                  " %" PRId64 "\n",
                             lanes[i].backend, lanes[i].name, job_state_name((enum job_state)s),
                             lanes[i].counts[s]);
    }
    str_adds(out, "# TYPE signalbox_jobs_finished_total counter\n");
    for (size_t i = 0; i < count; i++)
        str_addf(out, "signalbox_jobs_finished_total{backend=\"%" PRId64 "\",lane=\"%s\"} %" PRId64
                      "\n",
                 rows[i].backend, rows[i].name, rows[i].finished);
    str_adds(out, "# TYPE signalbox_side_out gauge\n");
    for (size_t i = 0; i < count; i++)
        for (unsigned side = ERR_SIDE_SHOPIFY; side < ERR_SIDE_COUNT; side++)
            str_addf(out, "signalbox_side_out{backend=\"%" PRId64 "\",lane=\"%s\",side=\"%s\"} %d\n",
                     rows[i].backend, rows[i].name,
                     side == ERR_SIDE_SHOPIFY ? "shopify" : "odoo",
                     (rows[i].out & ERR_SIDE_BIT(side)) != 0);
    str_adds(out, "# TYPE signalbox_lane_breaker_open gauge\n");
    for (size_t i = 0; i < count; i++)
        str_addf(out, "signalbox_lane_breaker_open{backend=\"%" PRId64 "\",lane=\"%s\"} %d\n",
                 rows[i].backend, rows[i].name, rows[i].breaker ? 1 : 0);
    if (core->receiver != NULL)
        receiver_metrics(core->receiver, out);
}

/* ---- start ---- */

static bool unlock_change(struct db *db, void *ctx, struct err *err)
{
    return secrets_unlock(db, ctx, err);
}

static bool first_line(const char *path, char *to, size_t size, struct err *err)
{
    FILE *file = fopen(path, "re");
    bool ok;

    if (file == NULL)
        return err_errno(err, ERR_DENIED, errno, "%s", path);
    ok = fgets(to, (int)size, file) != NULL;
    fclose(file);
    if (ok)
        to[strcspn(to, "\r\n")] = '\0';
    return (ok && to[0] != '\0') || err_set(err, ERR_INVALID, "%s: its first line is empty", path);
}

static bool open_seal(struct core *core, struct err *err)
{
    char passphrase[1024] = "";
    struct seal_source source = { 0 };

    if (!secrets_are_sealed(core->db, &source.keep, err))
        return false;

    if (core->config.passphrase_file[0] != '\0') {
        if (!first_line(core->config.passphrase_file, passphrase, sizeof passphrase, err))
            return false;
        source.passphrase = passphrase;
    }
    if (core->config.key_file[0] != '\0')
        source.key_file = core->config.key_file;
    core->seal = seal_new(core->config.state_dir, &source, err);
    explicit_bzero(passphrase, sizeof passphrase);
    return core->seal != NULL && store_do(core->store, unlock_change, core->seal, err);
}

static bool review_change(struct db *db, void *ctx, struct err *err)
{
    (void)ctx;
    return values_review(db, err);
}

static bool read_settings(struct core *core, struct err *err)
{
    struct err why = { 0 };

    if (!store_do(core->store, review_change, NULL, &why))
        log_warn("look at the settings: %s", why.text);
    return core->workers_given || settings_int(core->db, SETTING_workers, &core->workers, err);
}

static bool open_receiver(struct core *core, struct err *err)
{
    char cert[SETTING_VALUE_MAX], key[SETTING_VALUE_MAX];
    int64_t connections, per_source;
    struct receiver_options options = { .address = core->receiver_address, .routes = routes,
                                        .route_count = sizeof routes / sizeof routes[0],
                                        .store = core->store, .seal = core->seal };

    if (!core->receiver_given &&
        !settings_get(core->db, SETTING_receiver_address, core->receiver_address, err))
        return false;
    if (core->receiver_address[0] == '\0')
        return true;
    if (!settings_get(core->db, SETTING_receiver_tls_cert, cert, err) ||
        !settings_get(core->db, SETTING_receiver_tls_key, key, err) ||
        !settings_int(core->db, SETTING_receiver_connections, &connections, err) ||
        !settings_int(core->db, SETTING_receiver_per_source, &per_source, err))
        return false;
    options.tls_cert = cert;
    options.tls_key = key;
    options.connections = (unsigned)connections;
    options.connections_per_source = (unsigned)per_source;
    core->receiver = receiver_new(&options, core->db, err);
    return core->receiver != NULL;
}

static bool open_metrics(struct core *core, struct err *err)
{
    if (!core->metrics_given &&
        !settings_get(core->db, SETTING_metrics_address, core->metrics_address, err))
        return false;
    if (core->metrics_address[0] == '\0')
        return true;
    if (core->metrics_db == NULL)
        core->metrics_db = store_reader(core->store, err);
    if (core->metrics_db == NULL)
        return false;
    core->metrics = metrics_server_new(core->metrics_address, fill_metrics, core, err);
    return core->metrics != NULL;
}

static bool open_doors(struct core *core, struct err *err)
{
    core->doors[DOOR_RECEIVER] = (struct door){ .name = "receiver", .open = open_receiver,
                                                .must = core->receiver_given };
    core->doors[DOOR_METRICS] = (struct door){ .name = "metrics", .open = open_metrics,
                                               .must = core->metrics_given };
    for (unsigned d = 0; d < DOOR_COUNT; d++)
        if (!door_try(core, &core->doors[d], err))
            return false;
    return true;
}

static bool open_queue(struct core *core, struct err *err)
{
    struct schedule_config config = { .workers = (unsigned)core->workers,
                                      .event = workshop_told };

    config.kinds = workshop_kinds(&config.kind_count);
    core->workshop = workshop_new(core->store, core->seal, config.workers, err);
    if (core->workshop == NULL)
        return false;
    store_on_settings(core->store, sites_told, core->workshop);
    config.ctx = core->workshop;
    if (!workshop_begin(core->workshop, err))
        return false;
    core->schedule = schedule_new(core->store, &config, err);
    return core->schedule != NULL;
}

static bool open_control(struct core *core, struct err *err)
{
    struct control_options options = {
        .state_dir = core->config.state_dir,
        .group = core->config.socket_group,
        .store = core->store,
        .seal = core->seal,
        .schedule = core->schedule,
        .services = { .ctx = core,
                      .gauges = ask_gauges,
                      .webhook_stats = ask_webhook_stats,
                      .receiver = ask_receiver,
                      .job_words = ask_words,
                      .owned = ask_owned_fields,
                      .changed = changed,
                      .tick = tick,
                      .reload = hangup,
                      .check = ask_check,
                      .choices = ask_choices,
                      .import_checks = ask_import_checks,
                      .import_counts = ask_import_counts,
                      .mapping_choices = ask_mapping_choices,
                      .refresh = ask_refresh,
                      .subscriptions = ask_subscriptions,
                      .sync_record = ask_sync,
                      .import = ask_import,
                      .fixes = ask_fixes,
                      .fix = ask_fix },
    };

    core->services = services_new(core->workshop, err);
    if (core->services == NULL)
        return false;
    core->control = control_new(&options, err);
    return core->control != NULL;
}

static bool start(struct core *core, struct err *err)
{
    int64_t returned, parked;

    core->store = store_open(core->config.state_dir, err);
    if (core->store == NULL)
        return false;
    core->db = store_reader(core->store, err);
    if (core->db == NULL)
        return false;
    if (!open_seal(core, err))
        return err->kind == ERR_DENIED || err->kind == ERR_INVALID ? refusal_set(err, REFUSAL_KEY)
                                                                   : false;
    if (!read_settings(core, err) || !open_queue(core, err) ||
        !open_doors(core, err) || !open_control(core, err))
        return false;
    store_recovered(core->store, &returned, &parked);
    if (returned > 0)
        log_note("%" PRId64 " jobs of the last run came back, %" PRId64 " of them parked", returned,
                 parked);
    schedule_start(core->schedule);
    return true;
}

/* In reverse; each step takes what was never made. */
static void stop(struct core *core)
{
    metrics_server_free(core->metrics);
    db_free(core->metrics_db);
    receiver_free(core->receiver);
    if (core->workshop != NULL)
        sites_stop(workshop_sites(core->workshop));
    if (core->schedule != NULL && !schedule_stop(core->schedule, STOP_MS)) {
        workshop_stop(core->workshop); /* gives up requests under way: looked up next time */
        log_warn("a job did not end in time; it is looked up at the next start");
    }
    control_free(core->control);
    schedule_free(core->schedule);
    services_free(core->services);
    if (core->store != NULL)
        store_on_settings(core->store, NULL, NULL);
    workshop_free(core->workshop);
    db_free(core->db);
    seal_free(core->seal);
    store_free(core->store);
}

/*
 * glibc gives each thread a heap of its own and keeps what was freed there: eight workers that
 * each once held a batch of large records held 105 MB for good. Two heaps, given back beyond a
 * MiB, hold half of it, and two cores don't wait for each other.
 */
static void keep_memory_small(void)
{
    mallopt(M_ARENA_MAX, 2);
    mallopt(M_TRIM_THRESHOLD, 1 << 20);
    mallopt(M_MMAP_THRESHOLD, 256 << 10);
}

/* ---- options ---- */

static void usage(FILE *to)
{
    const char *otherwise, *help, *key;

    fprintf(to, "usage: signalboxd [--state DIR] [options]\n"
                "The core of signalbox, in the foreground. The console is signalbox(1).\n\n"
                "  --state DIR         where database, key and socket are (same as --state_dir=DIR)\n"
                "  --config FILE       lines of key = value, keys as below\n"
                "  --receiver ADDR     where webhooks come in, instead of the setting; '' for none\n"
                "  --metrics ADDR      where GET /metrics answers, instead of the setting; '' for none\n"
                "  --workers N         jobs in hand at once, instead of the setting\n"
                "  --version, --help\n\n");
    for (unsigned n = 0; (key = config_key(n, &otherwise, &help)) != NULL; n++)
        fprintf(to, "  --%s=VALUE  %s (%s)\n", key, help, otherwise);
}

static int level_of(const char *name)
{
    static const struct {
        const char *name;
        int level;
    } levels[] = { { "fail", LOG_FAIL }, { "warn", LOG_WARN }, { "note", LOG_NOTE },
                   { "info", LOG_INFO }, { "debug", LOG_DEBUG } };

    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
        if (strcmp(levels[i].name, name) == 0)
            return levels[i].level;
    return LOG_INFO;
}

/* "--key=value" or "--key value" of the table in config.def and of our own. */
static bool option(struct core *core, const char *name, const char *value, struct err *err)
{
    unsigned long long n;

    if (strcmp(name, "state") == 0)
        return config_set(&core->config, "state_dir", value, err);
    if (strcmp(name, "config") == 0)
        return config_read(&core->config, value, err);
    if (strcmp(name, "receiver") == 0) {
        core->receiver_given = true;
        return str_copy(core->receiver_address, sizeof core->receiver_address, value) ||
               err_set(err, ERR_INVALID, "--receiver: too long");
    }
    if (strcmp(name, "metrics") == 0) {
        core->metrics_given = true;
        return str_copy(core->metrics_address, sizeof core->metrics_address, value) ||
               err_set(err, ERR_INVALID, "--metrics: too long");
    }
    if (strcmp(name, "workers") == 0) {
        if (!str_number(value, 64, &n) || n == 0)
            return err_set(err, ERR_INVALID, "--workers: a number from 1 to 64");
        core->workers_given = true;
        core->workers = (int64_t)n;
        return true;
    }
    return config_set(&core->config, name, value, err);
}

/* 0: go on; else 1 + the exit code. */
static int arguments(struct core *core, int argc, char **argv, struct err *err)
{
    config_defaults(&core->config);
    if (!config_environment(&core->config, err))
        return 3;
    for (int i = 1; i < argc; i++) {
        char name[64];
        const char *equals = strchr(argv[i], '='), *value;

        if (strcmp(argv[i], "--help") == 0) {
            usage(stdout);
            return 1;
        }
        if (strcmp(argv[i], "--version") == 0) {
            printf("signalboxd %s\n", SIGNALBOX_VERSION);
            return 1;
        }
        if (!str_starts(argv[i], "--")) {
            err_set(err, ERR_INVALID, "%s: not an option; see --help", argv[i]);
            return 3;
        }
        snprintf(name, sizeof name, "%.*s",
                 (int)(equals != NULL ? equals - argv[i] - 2 : (ptrdiff_t)strlen(argv[i]) - 2),
                 argv[i] + 2);
        value = equals != NULL ? equals + 1 : i + 1 < argc ? argv[++i] : NULL;
        if (value == NULL) {
            err_set(err, ERR_INVALID, "--%s needs a value", name);
            return 3;
        }
        if (!option(core, name, value, err))
            return 3;
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct core *core = calloc(1, sizeof *core);
    struct err err = { 0 };
    int code;
    bool ok;

    if (core == NULL)
        return 1;
    code = arguments(core, argc, argv, &err);
    if (code != 0) {
        if (code > 1)
            fprintf(stderr, "signalboxd: %s\n", err.text);
        free(core);
        return code - 1;
    }
    umask(0027);
    keep_memory_small();
    log_limit((enum log_level)level_of(core->config.log_level));
    ok = control_block_signals(&err) && start(core, &err);
    if (ok) {
        json_t *where = core->receiver != NULL ? receiver_where(core->receiver) : NULL;

        log_note("signalboxd %s: ready in %s, receiver %s, secrets by %s", SIGNALBOX_VERSION,
                 core->config.state_dir, json_text_or(where, "address", "off"),
                 seal_origin(core->seal));
        json_decref(where);
        notify("READY=1");
        ok = control_run(core->control, &err);
        notify("STOPPING=1");
    }
    if (!ok)
        log_fail("signalboxd: %s", err.text);
    stop(core);
    free(core);
    if (ok)
        log_note("signalboxd: ended");
    return ok ? 0 : refusal_code(&err);
}
