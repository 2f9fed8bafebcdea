#include "odoo/reference.h"

#include <pthread.h>
#include <string.h>

#include "base/assets.h"
#include "base/json.h"
#include "base/mutex.h"
#include "base/when.h"
#include "odoo/records.h"

#define PARTS_MAX    32
#define ROWS_MAX     20000              /* of one part */
#define STALE_PAUSE  (30 * WHEN_SECOND) /* a fault makes us read again at most this often */
#define RETRY_PAUSE  (15 * WHEN_SECOND) /* after a failure the old picture is used that long */
#define OLD_LIMIT    WHEN_HOUR          /* how old a picture may be when Odoo cannot be read */
#define SLOW_SECONDS 3600               /* parts that live longer are not doubted by a fault */

struct part {
    const char *name;    /* borrowed from the table */
    const json_t *table; /* its row of reference.json */
    int64_t read_at;     /* when_ticks; 0: never, or forgotten */
};

struct odoo_reference {
    struct odoo *odoo;
    json_t *table; /* reference.json; only read */
    pthread_mutex_t lock;
    pthread_cond_t done;
    /* lock */
    bool reading;
    json_t *picture; /* never changed once it is here; only its reader may draw from it unlocked */
    json_t *fields;  /* model: {"at": ticks, "fields": {...}} */
    struct part parts[PARTS_MAX];
    unsigned count;
    int64_t version, picture_at, failed_at, stale_at;
    unsigned stale_seen;
};

struct odoo_reference *odoo_reference_new(struct odoo *odoo, struct err *err)
{
    AUTO(odoo_reference) cache = calloc(1, sizeof *cache);
    const char *name;
    json_t *row;

    if (cache == NULL) {
        err_set(err, ERR_BUSY, "no memory for a cache");
        return NULL;
    }
    mutex_init(&cache->lock);
    cond_init(&cache->done);
    cache->odoo = odoo;
    cache->fields = json_object();
    cache->table =
        json_read(asset_odoo_reference, strlen(asset_odoo_reference), "reference.json", err);
    if (cache->table == NULL)
        return NULL;
    json_object_foreach(cache->table, name, row) if (cache->count < PARTS_MAX)
        cache->parts[cache->count++] = (struct part){ .name = name, .table = row };
    return TAKE(cache);
}

void odoo_reference_free(struct odoo_reference *cache)
{
    if (cache == NULL)
        return;
    json_decref(cache->table);
    json_decref(cache->picture);
    json_decref(cache->fields);
    pthread_cond_destroy(&cache->done);
    pthread_mutex_destroy(&cache->lock);
    free(cache);
}

/* ---- reading, without the lock ---- */

/* {"ours": value} of {"odoos": value}. */
static json_t *renamed(const json_t *row, const json_t *names)
{
    json_t *to = json_object(), *odoos;
    const char *ours;

    json_object_foreach((json_t *)(uintptr_t)names, ours, odoos)
        json_object_set(to, ours, json_object_get(row, json_string_value(odoos)));
    return to;
}

static json_t *field_list(const json_t *names)
{
    json_t *list = json_array(), *odoos;
    const char *ours;

    json_object_foreach((json_t *)(uintptr_t)names, ours, odoos) json_array_append(list, odoos);
    return list;
}

/* All rows of a part, page by page; NULL with err. */
static json_t *read_rows(struct odoo *odoo, struct http *http, const json_t *table,
                         struct odoo_trace *trace, struct err *err)
{
    const json_t *names = json_object_get(table, "fields");
    json_auto_t *fields = field_list(names), *all = json_array();
    struct records_query query = { .model = json_text_or(table, "model", ""),
                                   .domain = json_object_get(table, "domain"),
                                   .fields = fields,
                                   .order = json_text(table, "order"),
                                   .class = PACE_ORDERS };
    size_t got = RECORDS_LIMIT;

    while (got == RECORDS_LIMIT && json_array_size(all) < ROWS_MAX) {
        json_auto_t *page = NULL;
        json_t *row;
        size_t i;

        if (!records_search(odoo, http, &query, &page, trace, err))
            return NULL;
        json_array_foreach(page, i, row) json_array_append_new(all, renamed(row, names));
        got = json_array_size(page);
        query.offset += got;
    }
    return TAKE(all);
}

static json_t *read_part(struct odoo *odoo, struct http *http, const struct part *part,
                         struct odoo_trace *trace, struct err *err)
{
    struct err mine = { 0 };
    json_t *rows = read_rows(odoo, http, part->table, trace, &mine);

    if (rows != NULL)
        return rows;
    /* a module that is not there, or no right to see it: then there are none for us */
    if (json_flag(part->table, "optional") && (mine.kind == ERR_DENIED || mine.kind == ERR_BUG))
        return json_array();
    if (err != NULL)
        *err = mine;
    err_within(err, "read %s of Odoo", part->name);
    return NULL;
}

static bool read_fields(struct odoo *odoo, struct http *http, const char *model, json_t *names,
                        json_t **fields, struct odoo_trace *trace, struct err *err)
{
    json_auto_t *kwargs =
        json_pack("{s:O, s:[s,s,s,s,s], s:o}", "allfields", names, "attributes", "type", "required",
                  "readonly", "relation", "digits", "context", records_context(odoo, NULL));
    struct odoo_request request = {
        .model = model, .method = "fields_get", .kwargs = kwargs, .read = true, .class = PACE_ORDERS
    };

    return odoo_call(odoo, http, &request, fields, trace, err);
}

/*
 * decimal.precision is not readable for a plain user, but fields tell their digits. An unlimited
 * field tells none.
 */
static json_t *read_digits(struct odoo *odoo, struct http *http, struct odoo_trace *trace,
                           struct err *err)
{
    json_auto_t *names = json_pack("[s,s]", "price_unit", "discount");
    json_auto_t *fields = NULL;

    if (!read_fields(odoo, http, "sale.order.line", names, &fields, trace, err))
        return NULL;
    return json_pack("{s:I, s:I}", "price",
                     (json_int_t)json_int_or(fields, "price_unit.digits.1", 2), "discount",
                     (json_int_t)json_int_or(fields, "discount.digits.1", 2));
}

/* The company the backend works in: the configured one, else the user's own. */
static json_t *own_company(struct odoo *odoo, struct http *http, const json_t *companies,
                           struct odoo_trace *trace, struct err *err)
{
    int64_t id = odoo_company(odoo), uid;
    json_t *row;
    size_t i;

    if (id == 0) {
        json_auto_t *ids = NULL, *fields = json_pack("[s]", "company_id"), *rows = NULL;

        if (!odoo_login(odoo, http, &uid, trace, err))
            return NULL;
        ids = json_pack("[I]", (json_int_t)uid);
        if (!records_read(odoo, http, "res.users", ids, fields, PACE_ORDERS, &rows, trace, err))
            return NULL;
        id = json_int_or(rows, "0.company_id", 0);
    }
    json_array_foreach(companies, i,
                       row) if (json_int_or(row, "id", 0) == id) return json_incref(row);
    err_set(err, ERR_DENIED, "the user may not work in company %lld of Odoo", (long long)id);
    err_from(err, ERR_SIDE_ODOO);
    return NULL;
}

/*
 * A new picture from the old one and what is due. due: one flag per part; on return those that
 * could be read are set in done.
 */
static json_t *draw(struct odoo_reference *cache, struct http *http, const json_t *old,
                    const bool *due, struct odoo_trace *trace, struct err *err)
{
    json_auto_t *picture = old != NULL ? json_copy((json_t *)(uintptr_t)old) : json_object();
    json_t *value;

    for (unsigned i = 0; i < cache->count; i++) {
        if (!due[i])
            continue;
        value = read_part(cache->odoo, http, &cache->parts[i], trace, err);
        if (value == NULL)
            return NULL;
        json_object_set_new(picture, cache->parts[i].name, value);
        if (strcmp(cache->parts[i].name, "companies") != 0)
            continue;
        value = own_company(cache->odoo, http, value, trace, err);
        if (value == NULL || json_object_set_new(picture, "company", value) != 0)
            return NULL;
        value = read_digits(cache->odoo, http, trace, err);
        if (value == NULL || json_object_set_new(picture, "digits", value) != 0)
            return NULL;
    }
    return TAKE(picture);
}

/* ---- with the lock ---- */

static void doubt(struct odoo_reference *cache, int64_t now)
{
    unsigned stale = odoo_stale(cache->odoo);

    if (stale == cache->stale_seen || now - cache->stale_at < STALE_PAUSE)
        return;
    cache->stale_seen = stale;
    cache->stale_at = now;
    json_object_clear(cache->fields);
    for (unsigned i = 0; i < cache->count; i++)
        if (json_int_or(cache->parts[i].table, "seconds", 0) < SLOW_SECONDS)
            cache->parts[i].read_at = 0;
}

static bool find_due(struct odoo_reference *cache, int64_t now, bool *due)
{
    bool any = false;

    doubt(cache, now);
    for (unsigned i = 0; i < cache->count; i++) {
        const struct part *part = &cache->parts[i];
        int64_t life = json_int_or(part->table, "seconds", 600) * WHEN_SECOND;

        due[i] = part->read_at == 0 || now - part->read_at >= life;
        any = any || due[i];
    }
    return any;
}

static void keep(struct odoo_reference *cache, json_t *picture, const bool *due, int64_t begun)
{
    cache->reading = false;
    pthread_cond_broadcast(&cache->done);
    if (picture == NULL) {
        cache->failed_at = when_ticks();
        return;
    }
    /* forgotten while we read: read_at is 0 and stays so only if it was forgotten after begun */
    for (unsigned i = 0; i < cache->count; i++)
        if (due[i])
            cache->parts[i].read_at = begun;
    json_object_set_new(picture, "version", json_integer(++cache->version));
    json_decref(cache->picture);
    cache->picture = picture;
    cache->picture_at = when_ticks();
    cache->failed_at = 0;
}

static bool old_will_do(const struct odoo_reference *cache, int64_t now)
{
    return cache->picture != NULL && now - cache->picture_at < OLD_LIMIT;
}

/* With the lock, which it gives up while it reads. */
static bool refresh(struct odoo_reference *cache, struct http *http, struct odoo_trace *trace,
                    struct err *err)
{
    bool due[PARTS_MAX];
    json_t *picture;
    struct err mine = { 0 };
    int64_t now;

    while (cache->reading)
        cond_wait(&cache->done, &cache->lock);
    now = when_ticks();
    if (!find_due(cache, now, due) ||
        (cache->failed_at != 0 && now - cache->failed_at < RETRY_PAUSE && old_will_do(cache, now)))
        return true;
    cache->reading = true; /* so the picture stays, and nobody else touches its counts */
    mutex_unlock(&cache->lock);
    picture = draw(cache, http, cache->picture, due, trace, &mine);
    mutex_lock(&cache->lock);
    keep(cache, picture, due, now);
    if (picture != NULL || old_will_do(cache, when_ticks()))
        return true;
    if (err != NULL)
        *err = mine;
    return false;
}

bool odoo_reference_version(struct odoo_reference *cache, struct http *http, int64_t *version,
                            struct odoo_trace *trace, struct err *err)
{
    bool good;

    mutex_lock(&cache->lock);
    good = refresh(cache, http, trace, err);
    if (good)
        *version = cache->version;
    mutex_unlock(&cache->lock);
    return good;
}

json_t *odoo_reference_get(struct odoo_reference *cache, struct http *http,
                           struct odoo_trace *trace, struct err *err)
{
    json_t *copy = NULL;

    mutex_lock(&cache->lock);
    if (refresh(cache, http, trace, err) && (copy = json_deep_copy(cache->picture)) == NULL)
        err_set(err, ERR_BUSY, "no memory for Odoo's reference data");
    mutex_unlock(&cache->lock);
    return copy;
}

json_t *odoo_reference_peek(struct odoo_reference *cache)
{
    json_t *copy;

    mutex_lock(&cache->lock); /* who reads just now only looks at it too */
    copy = json_deep_copy(cache->picture);
    mutex_unlock(&cache->lock);
    return copy;
}

void odoo_reference_forget(struct odoo_reference *cache, const char *part)
{
    mutex_lock(&cache->lock);
    while (cache->reading) /* what is being read now may have been seen too early */
        cond_wait(&cache->done, &cache->lock);
    for (unsigned i = 0; i < cache->count; i++)
        if (part == NULL || strcmp(part, cache->parts[i].name) == 0)
            cache->parts[i].read_at = 0;
    if (part == NULL)
        json_object_clear(cache->fields);
    cache->failed_at = 0;
    mutex_unlock(&cache->lock);
}

json_t *odoo_reference_fields(struct odoo_reference *cache, struct http *http, const char *model,
                              struct odoo_trace *trace, struct err *err)
{
    json_t *kept, *fields = NULL;
    json_auto_t *all = json_array();
    int64_t now = when_ticks();

    mutex_lock(&cache->lock);
    doubt(cache, now);
    kept = json_object_get(cache->fields, model);
    if (kept != NULL && now - json_int_or(kept, "at", 0) < WHEN_DAY)
        fields = json_deep_copy(json_object_get(kept, "fields"));
    mutex_unlock(&cache->lock);
    if (fields != NULL)
        return fields;
    if (!read_fields(cache->odoo, http, model, all, &fields, trace, err))
        return NULL;
    mutex_lock(&cache->lock);
    if (json_object_size(cache->fields) < PARTS_MAX)
        json_object_set_new(
            cache->fields, model,
            json_pack("{s:I, s:o}", "at", (json_int_t)now, "fields", json_deep_copy(fields)));
    mutex_unlock(&cache->lock);
    return fields;
}
