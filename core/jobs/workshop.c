#include "jobs/workshop.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "queue/pool.h"
#include "store/alerts.h"
#include "store/jobs.h"
#include "store/lanes.h"

#define TEND_US (5 * WHEN_MINUTE) /* between two looks after the upkeep */

struct workshop {
    struct store *store;
    struct sites *sites;
    atomic_bool stopping;
    _Atomic int64_t odoo_calls, shopify_calls;
    int64_t tend_at; /* when_ticks; workshop_tick's */
    atomic_bool told; /* a setting moved: look after the upkeep at once */
    unsigned workers;
    struct http *http[POOL_THREADS_MAX]; /* one a worker */
};

/* Which side a kind can't do without is needs.def's; what is not there needs both. */
#define BOTH (ERR_SIDE_BIT(ERR_SIDE_SHOPIFY) | ERR_SIDE_BIT(ERR_SIDE_ODOO))
static const struct {
    const char *kind;
    unsigned needs;
} needs[] = {
#define NEEDS(kind, side) { kind, ERR_SIDE_BIT(ERR_SIDE_##side) },
#include "jobs/needs.def"
#undef NEEDS
};

static struct job_kind kinds[] = {
#define KIND(id, name, lane, priority, most, does) { name, lane, priority, most, BOTH, id##_run },
#include "jobs/kinds.def"
#undef KIND
};
static pthread_once_t kinds_once = PTHREAD_ONCE_INIT;

static void fill_needs(void)
{
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
        for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++)
            if (strcmp(needs[i].kind, kinds[k].name) == 0)
                kinds[k].needs = needs[i].needs;
}

static const char *const sentences[] = {
#define KIND(id, name, lane, priority, most, does) does,
#include "jobs/kinds.def"
#undef KIND
};

/* The lanes of a backend, how many workers each may use at once, and who goes first. */
static const struct {
    const char *name;
    int max;
    enum pace_class class;
    bool waits; /* for the first import, or a person's word */
} lanes[] = {
    { "orders", 4, PACE_ORDERS, false },
    { "import", 4, PACE_IMPORT, false },
    { "catalogue", 2, PACE_CATALOGUE, true },
    { "stock", 2, PACE_STOCK, false }, /* one writes (site_stock_turn), the next one reads */
    { "runs", 1, PACE_IMPORT, false },
    { "stock-out", 2, PACE_STOCK, true },
    { "products-out", 1, PACE_CATALOGUE, true },
    { "deliveries", 2, PACE_FULFILMENTS, true },
    { "polls", 2, PACE_STOCK, false },
    { "upkeep", 1, PACE_ORDERS, false },
};

struct workshop *workshop_new(struct store *store, const struct seal *seal, unsigned workers,
                      struct err *err)
{
    AUTO(workshop) workshop = calloc(1, sizeof *workshop);

    if (workshop == NULL) {
        err_set(err, ERR_BUSY, "no memory");
        return NULL;
    }
    workshop->store = store;
    workshop->sites = sites_new(seal, err);
    if (workshop->sites == NULL)
        return NULL;
    for (; workshop->workers < workers && workshop->workers < POOL_THREADS_MAX; workshop->workers++) {
        workshop->http[workshop->workers] = http_new(&workshop->stopping, err);
        if (workshop->http[workshop->workers] == NULL)
            return NULL;
    }
    return TAKE(workshop);
}

void workshop_free(struct workshop *workshop)
{
    if (workshop == NULL)
        return;
    for (unsigned i = 0; i < workshop->workers; i++)
        http_free(workshop->http[i]);
    sites_free(workshop->sites);
    free(workshop);
}

void workshop_stop(struct workshop *workshop)
{
    atomic_store(&workshop->stopping, true);
    sites_stop(workshop->sites);
}

void sites_told(void *workshop)
{
    sites_mapped(((struct workshop *)workshop)->sites);
    atomic_store(&((struct workshop *)workshop)->told, true);
}

struct store *workshop_store(struct workshop *workshop)
{
    return workshop->store;
}

struct sites *workshop_sites(struct workshop *workshop)
{
    return workshop->sites;
}

struct http *workshop_http(struct workshop *workshop, unsigned worker)
{
    return workshop->http[worker];
}

const atomic_bool *workshop_stopping(struct workshop *workshop)
{
    return &workshop->stopping;
}

const struct job_kind *workshop_kinds(size_t *count)
{
    pthread_once(&kinds_once, fill_needs);
    *count = sizeof kinds / sizeof kinds[0];
    return kinds;
}

const char *workshop_kind_does(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return sentences[i];
    return NULL;
}

static bool is_among(const char *name, const struct lane_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i].name, name) == 0)
            return true;
    return false;
}

/*
 * What the shop tells of customers and products makes nothing in Odoo, and what is free in Odoo is
 * not told to the shop, before the first import, or a person, says so: it would go without the
 * questions that an import asks. fresh: the backend is new.
 */
static bool wait_for_import(struct db *db, int64_t backend, const char *lane, bool fresh,
                            struct err *err)
{
    int64_t changed;

    return lanes_hold(db, backend, lane, WORKSHOP_SELF,
                      fresh ? "begins after the first import" : "new: begins when a person says so",
                      &changed, err);
}

bool workshop_found_backend(struct db *db, int64_t backend, struct err *err)
{
    struct lane_row *rows AUTO_FREE = calloc(LANES_MAX, sizeof *rows);
    size_t count = LANES_MAX;
    int64_t id;

    if (rows == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    if (!lanes_list(db, backend, rows, &count, err))
        return false;
    for (size_t i = 0; i < sizeof lanes / sizeof lanes[0]; i++)
        if (!lanes_need(db, backend, lanes[i].name, lanes[i].max, &id, err) ||
            (lanes[i].waits && !is_among(lanes[i].name, rows, count) &&
             !wait_for_import(db, backend, lanes[i].name, count == 0, err)))
            return false;
    return upkeep_keep(db, backend, when_now(), err);
}

void workshop_count(struct workshop *workshop, int64_t odoo, int64_t shopify)
{
    atomic_fetch_add(&workshop->odoo_calls, odoo);
    atomic_fetch_add(&workshop->shopify_calls, shopify);
}

struct workshop_calls workshop_calls(const struct workshop *workshop)
{
    return (struct workshop_calls){ atomic_load(&workshop->odoo_calls), atomic_load(&workshop->shopify_calls) };
}

/* ---- what the scheduler tells ---- */

#define OUTAGE "outage." /* of alerts: and the lane, and the side */

struct tale {
    struct store_request request;
    int64_t backend;
    bool trouble;
    char kind[STORE_NAME_MAX], text[ALERT_TEXT_MAX];
};

static bool tale_change(struct db *db, void *ctx, struct err *err)
{
    struct tale *tale = ctx;
    when now = when_now();

    if (!tale->trouble)
        return alerts_end(db, tale->backend, tale->kind, now, err);
    return alerts_raise(db, tale->backend, tale->kind, ALERT_ERR, tale->text, now, err);
}

static void tale_done(struct store_request *request)
{
    free(request->ctx);
}

static const char *side_word(enum err_side side)
{
    static const char *const words[ERR_SIDE_COUNT] = { "core", "shopify", "odoo" };

    return words[side];
}

static bool tend_change(struct db *db, void *ctx, struct err *err)
{
    struct backend *rows AUTO_FREE = calloc(BACKENDS_MAX, sizeof *rows);
    size_t count = BACKENDS_MAX;

    (void)ctx;
    if (rows == NULL)
        return err_set(err, ERR_BUSY, "no memory to read the backends");
    if (!backends_list(db, rows, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!workshop_found_backend(db, rows[i].id, err))
            return false;
    return true;
}

static bool begin_change(struct db *db, void *ctx, struct err *err)
{
    return alerts_end_all(db, OUTAGE, when_now(), err) && tend_change(db, ctx, err);
}

bool workshop_begin(struct workshop *workshop, struct err *err)
{
    return store_do(workshop->store, begin_change, NULL, err);
}

static void tended(struct store_request *request)
{
    if (!request->ok)
        log_warn("look after the upkeep: %s", request->err.text);
    free(request);
}

void workshop_tick(struct workshop *workshop)
{
    struct store_request *request;

    if (!atomic_exchange(&workshop->told, false) && when_ticks() < workshop->tend_at)
        return;
    workshop->tend_at = when_ticks() + TEND_US;
    request = calloc(1, sizeof *request);
    if (request == NULL)
        return;
    *request = (struct store_request){ .change = tend_change, .done = tended };
    store_send(workshop->store, request);
}

void workshop_told(void *ctx, int64_t backend, const char *lane, const struct job *job,
                 const char *what, const struct err *err)
{
    struct workshop *workshop = ctx;
    struct tale *tale;

    if (job != NULL) {
        log_note("job=%" PRId64 " record=%s %s kind=%s: %s", job->id, job->record, what,
                 err != NULL ? err_name(err->kind) : "none", err != NULL ? err->text : "");
        return;
    }
    log_warn("backend=%" PRId64 " lane=%s side=%s %s: %s", backend, lane, side_word(err->side),
             what, err->text);
    tale = calloc(1, sizeof *tale);
    if (tale == NULL)
        return;
    tale->backend = backend;
    tale->trouble = err->kind != ERR_NONE;
    snprintf(tale->kind, sizeof tale->kind, OUTAGE "%.40s.%s", lane, side_word(err->side));
    snprintf(tale->text, sizeof tale->text, "%.40s: %s %s: %.200s", lane,
             err_side_name(err->side), err->kind == ERR_DENIED ? "refuses us" : "is out",
             err->text);
    tale->request = (struct store_request){ .change = tale_change, .done = tale_done, .ctx = tale };
    store_send(workshop->store, &tale->request);
}

static enum pace_class class_of(const char *lane)
{
    for (size_t i = 0; i < sizeof lanes / sizeof lanes[0]; i++)
        if (strcmp(lanes[i].name, lane) == 0)
            return lanes[i].class;
    return PACE_ORDERS;
}

bool workshop_enter(struct workshop_place *place, struct workshop *workshop, struct batch *batch,
                bool with_picture)
{
    struct err err = { 0 };

    *place = (struct workshop_place){ .workshop = workshop,
                                      .http = workshop->http[batch->worker],
                                      .class = class_of(batch->jobs[0].job.lane) };
    odoo_trace_init(&place->odoo);
    graphql_trace_init(&place->shopify);
    place->batch = batch;
    place->shut = batch->out[ERR_SIDE_SHOPIFY];
    place->site =
        sites_take_some(workshop->sites, batch->db, batch->backend,
                        batch->kind->needs | (with_picture ? ERR_SIDE_BIT(ERR_SIDE_ODOO) : 0),
                        &err);
    if (place->site != NULL && with_picture)
        place->picture =
            site_picture(place->site, batch->db, place->http, &place->odoo, &err);
    if (err.kind == ERR_NONE)
        return true;
    for (size_t i = 0; i < batch->count; i++)
        batch_failed(&batch->jobs[i], &err);
    workshop_leave(place);
    return false;
}

struct shop *workshop_shop(struct workshop_place *place, struct err *err)
{
    if (place->shut.kind != ERR_NONE)
        *err = place->shut;
    else if (place->site->shop == NULL)
        *err = place->site->no_shop;
    else
        return place->site->shop;
    return NULL;
}

void workshop_asked(struct workshop_place *place, bool ok, const struct err *err)
{
    if (!ok && (err->kind == ERR_BUSY || err->kind == ERR_UNSURE || err->kind == ERR_DENIED))
        place->shut = *err;
    else if (place->batch != NULL)
        place->batch->answered |= ERR_SIDE_BIT(ERR_SIDE_SHOPIFY);
}

void workshop_leave(struct workshop_place *place)
{
    if (place->batch != NULL && place->odoo.status != 0)
        place->batch->answered |= ERR_SIDE_BIT(ERR_SIDE_ODOO);
    if (place->batch != NULL && place->shopify.status != 0 && place->shut.kind == ERR_NONE)
        place->batch->answered |= ERR_SIDE_BIT(ERR_SIDE_SHOPIFY);
    workshop_count(place->workshop, place->odoo.calls, 0);
    odoo_trace_clear(&place->odoo);
    graphql_trace_clear(&place->shopify);
    picture_release(place->picture);
    site_release(place->site);
}
