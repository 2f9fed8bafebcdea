/* Shopify's records of a step into rows: by a bulk operation, or page by page. */
#include "jobs/import.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "store/jobs.h"

#define ADD_MOST   200              /* rows in one commit */
#define ADD_BYTES  (1 << 20)        /* of bodies in one commit, about */
#define POLL_AFTER (2 * WHEN_SECOND)
#define RESTARTS_MAX 3

/* ---- rows ---- */

struct reader {
    struct import_work *work;
    const struct import_kind *kind;
    struct bulk_cursor cursor; /* behind the rows below */
    struct import_item items[ADD_MOST];
    size_t count, bytes;
    struct err lost; /* the store's: rows that were read are not kept, and nothing after them */
};

struct reader_change {
    struct reader *reader;
    struct import_step *step;
};

static bool add_change(struct db *db, void *ctx, struct err *err)
{
    struct reader_change *c = ctx;

    return imports_add(db, c->reader->items, c->reader->count, err) &&
           jobs_got_on(db, c->reader->work->job, err) && imports_put_step(db, c->step, err);
}

/*
 * The rows so far and the place behind them, in one commit. False: reader->lost says why, and the
 * place stays before the rows.
 */
static bool flush(struct reader *reader)
{
    struct import_step *step = reader->work->step;
    struct reader_change change = { reader, step };
    char before[IMPORT_PLACE_MAX];
    bool ok;

    str_copy(before, sizeof before, step->place);
    bulk_cursor_text(&reader->cursor, step->place);
    ok = store_do(reader->work->store, add_change, &change, &reader->lost);
    if (!ok)
        str_copy(step->place, sizeof step->place, before);
    import_items_clear(reader->items, reader->count);
    reader->count = reader->bytes = 0;
    return ok;
}

static struct import_item *next_item(struct reader *reader)
{
    struct import_item *item = &reader->items[reader->count++];

    memset(item, 0, sizeof *item);
    item->run = reader->work->run.id;
    item->step = reader->work->step->step;
    return item;
}

/* "gid://shopify/Order/12?x=1" -> "order:12"; false: it has no number. */
static bool record_of(const char *gid, const char *kind, char record[STORE_RECORD_MAX])
{
    const char *slash = gid != NULL ? strrchr(gid, '/') : NULL;
    char digits[24];
    unsigned long long id;

    if (slash == NULL)
        return false;
    snprintf(digits, sizeof digits, "%.*s", (int)strspn(slash + 1, "0123456789"), slash + 1);
    if (!str_number(digits, INT64_MAX, &id) || id == 0)
        return false;
    snprintf(record, STORE_RECORD_MAX, "%s:%llu", kind, id);
    return true;
}

/* A record of that name; it takes what is borrowed as its body. */
static bool take(struct reader *reader, const char *name, const json_t *body, int64_t line,
                 struct err *err)
{
    struct import_item *item;

    if (reader->count == ADD_MOST && !flush(reader))
        return (*err = reader->lost, false);
    item = next_item(reader);
    if (name == NULL) {
        snprintf(item->record, sizeof item->record, "line:%" PRId64, line);
        item->verdict = IMPORT_VERDICT_REFUSED;
        item->state = IMPORT_ITEM_PARKED;
        err_set(&item->why, ERR_INVALID, "the record has no id that can be read");
        return true;
    }
    str_copy(item->record, sizeof item->record, name);
    item->body = json_write(body);
    if (item->body == NULL)
        return (reader->count--, err_set(err, ERR_BUSY, "no memory"));
    item->body_len = strlen(item->body);
    reader->bytes += item->body_len;
    return true;
}

bool import_level_name(const json_t *item, const json_t *level, char name[STORE_RECORD_MAX])
{
    char place[STORE_RECORD_MAX], kind[STORE_NAME_MAX];

    if (!record_of(json_text(level, "location.id"), "level", place))
        return false;
    snprintf(kind, sizeof kind, "level@%.40s", strchr(place, ':') + 1);
    return record_of(json_text(item, "id"), kind, name);
}

/* Of stock, each level of an item is a record of its own. */
static bool take_levels(struct reader *reader, const json_t *record, int64_t line, struct err *err)
{
    const json_t *level;
    char name[STORE_RECORD_MAX];
    size_t i;

    json_array_foreach(json_object_get(json_object_get(record, "inventoryLevels"), "nodes"), i,
                       level)
        if (!take(reader, import_level_name(record, level, name) ? name : NULL, level, line, err))
            return false;
    return true;
}

static bool take_one(struct reader *reader, const json_t *record, int64_t line, struct err *err)
{
    char name[STORE_RECORD_MAX];

    if (reader->kind->bulk == BULK_STOCK)
        return take_levels(reader, record, line, err);
    return take(reader,
                record_of(json_text(record, "id"), reader->kind->record, name) ? name : NULL,
                record, line, err);
}

static enum bulk_next on_record(void *ctx, json_t *record, int64_t line,
                                const struct bulk_cursor *after, struct err *err)
{
    struct reader *reader = ctx;

    if (!take_one(reader, record, line, err))
        return BULK_GIVE_UP;
    reader->cursor = *after;
    if ((reader->count == ADD_MOST || reader->bytes > ADD_BYTES) && !flush(reader))
        return (*err = reader->lost, BULK_GIVE_UP);
    return import_time_is_up(reader->work) ? BULK_ENOUGH : BULK_GO_ON;
}

/*
 * A line that can't be used. With its id it is read alone: by its job, of stock before anything is
 * judged (import_alone.c). Else it is only named.
 */
static enum bulk_next on_fault(void *ctx, const struct err *fault, const char *gid, int64_t line)
{
    struct reader *reader = ctx;
    struct import_item *item = next_item(reader);
    bool known = record_of(gid, reader->kind->record, item->record);

    item->why = *fault;
    item->verdict = IMPORT_VERDICT_REFUSED;
    if (!known)
        snprintf(item->record, sizeof item->record, "line:%" PRId64, line);
    if (!known || reader->kind->bulk == BULK_STOCK)
        item->state = IMPORT_ITEM_PARKED;
    if (reader->count == ADD_MOST && !flush(reader))
        return BULK_GIVE_UP;
    return BULK_GO_ON;
}

/* ---- the way of a step's reading ---- */

static bool begin(struct import_work *work, const struct import_kind *kind,
                  const struct bulk_filter *filter, when *again, struct err *err)
{
    struct import_step *step = work->step;
    struct bulk_operation operation;
    struct bulk_count count;
    struct err why = { 0 };

    if (step->shopify < 0 && bulk_count(work->place.site->shop, work->place.http, kind->bulk, filter,
                                        PACE_IMPORT, &count, &work->place.shopify, &why))
        step->shopify = count.exact ? count.count : -1;
    workshop_count(work->place.workshop, 0, 2);
    if (step->odoo < 0 && !import_count_odoo(work->place.site, work->place.http, step->step,
                                             &step->odoo, &work->place.odoo, err))
        return false;
    memset(&why, 0, sizeof why);
    step->state = IMPORT_STEP_READING;
    if (step->started == 0)
        step->started = when_now();
    /* one that a run asked for and died before it was written down; else a new one */
    if ((step->restarts == 0 && bulk_find(work->place.site->shop, work->place.http, kind->bulk,
                                          filter, work->run.created, PACE_IMPORT, &operation,
                                          &work->place.shopify, &why)) ||
        (memset(&why, 0, sizeof why),
         bulk_start(work->place.site->shop, work->place.http, kind->bulk, filter, PACE_IMPORT,
                    &operation, &work->place.shopify, &why))) {
        str_copy(step->operation, sizeof step->operation, operation.id);
        *again = when_now() + POLL_AFTER / 4;
    } else if (why.kind == ERR_REFUSED || why.kind == ERR_INVALID) {
        step->paged = true;
        snprintf(step->note, sizeof step->note, "read page by page: %.300s", why.text);
    } else {
        return (*err = why, err_within(err, "ask Shopify for all %s", import_step_name(step->step)));
    }
    return import_keep(work, err);
}

/*
 * The operation gives no more: another one, from the first record; rows that are there stay. One
 * that fails again and again is done without: page by page.
 */
static bool begin_anew(struct import_work *work, const struct err *why, when *again,
                       struct err *err)
{
    struct import_step *step = work->step;

    step->operation[0] = step->place[0] = '\0';
    if (++step->restarts >= RESTARTS_MAX) {
        step->paged = true;
        snprintf(step->note, sizeof step->note, "read page by page: %.300s", why->text);
        return import_keep(work, err);
    }
    snprintf(step->note, sizeof step->note, "asked Shopify again: %.300s", why->text);
    *again = when_now() + 5 * WHEN_SECOND;
    return import_keep(work, err);
}

static bool poll_operation(struct import_work *work, bool *ready, when *again, struct err *err)
{
    struct import_step *step = work->step;
    struct bulk_operation operation;
    struct err why = { 0 };

    *ready = false;
    workshop_count(work->place.workshop, 0, 1);
    if (!bulk_poll(work->place.site->shop, work->place.http, step->operation, PACE_IMPORT,
                   &operation, &work->place.shopify, &why)) {
        if (why.kind == ERR_MISSING)
            return begin_anew(work, &why, again, err);
        return (*err = why, err_within(err, "ask how the bulk operation is doing"));
    }
    if (!bulk_over(&operation)) {
        *again = when_now() + POLL_AFTER;
        return true;
    }
    if (bulk_whole(&operation, &why))
        return (*ready = true);
    if (why.kind == ERR_CONFLICT)
        return begin_anew(work, &why, again, err);
    step->paged = true;
    step->place[0] = '\0';
    snprintf(step->note, sizeof step->note, "read page by page: %.300s", why.text);
    return import_keep(work, err);
}

static bool read_on(struct import_work *work, const struct import_kind *kind,
                    const struct bulk_filter *filter, when *again, struct err *err)
{
    struct import_step *step = work->step;
    struct reader *reader AUTO_FREE = calloc(1, sizeof *reader);
    struct bulk_reading reading = { .kind = kind->bulk, .class = PACE_IMPORT, .record = on_record,
                                    .fault = on_fault, .ctx = reader };
    struct bulk_cursor cursor = { 0 };
    struct err why = { 0 };
    bool ok;

    if (reader == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    if (!bulk_cursor_read(step->place, &cursor))
        return err_set(err, ERR_BUG, "the place in Shopify's file can't be read");
    reader->work = work;
    reader->kind = kind;
    reader->cursor = cursor;
    ok = step->paged ? bulk_pages(work->place.site->shop, work->place.http, filter, &reading,
                                  &cursor, &work->place.shopify, &why)
                     : bulk_read(work->place.site->shop, work->place.http, step->operation, &reading,
                                 &cursor, &work->place.shopify, &why);
    workshop_count(work->place.workshop, 0, 1);
    if (reader->lost.kind != ERR_NONE) /* what reading says of it is but that it was ended */
        return (*err = reader->lost, false);
    if (ok)
        reader->cursor = cursor;
    if (ok && reading.end) {
        step->whole = true;
        step->state = IMPORT_STEP_JUDGING;
    }
    if (!flush(reader))
        return (*err = ok ? reader->lost : why, false);
    if (!ok && why.kind == ERR_CONFLICT)
        return begin_anew(work, &why, again, err);
    return ok || (*err = why, false);
}

bool import_read(struct import_work *work, when *again, struct err *err)
{
    const struct import_kind *kind = import_kind(work->step->step);
    struct bulk_filter filter;
    json_t *keep = NULL;
    bool ready = true, ok = import_zone(work, err) &&
                            import_filter(work->step->scope, &filter, &keep, err);

    if (ok && work->step->operation[0] == '\0' && !work->step->paged)
        ok = begin(work, kind, &filter, again, err);
    else if (ok && !work->step->paged && work->step->place[0] == '\0')
        ok = poll_operation(work, &ready, again, err) &&
             (!ready || read_on(work, kind, &filter, again, err));
    else if (ok)
        ok = read_on(work, kind, &filter, again, err);
    json_decref(keep);
    return ok;
}
