/* Stock whose line in Shopify's file can't be used: the item is asked for by its id. */
#include "jobs/import.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "store/jobs.h"

#define PAGE 50
#define NAME "level:" /* of such a row, and the item's number; levels are "level@LOCATION:ITEM" */

struct alone {
    struct import_work *work;
    struct import_item *row;    /* of the spoilt line */
    struct import_item *levels; /* what takes its place */
    size_t count;
};

/* The title tells one that was asked for in vain. */
static bool is_spoilt(const struct import_item *row)
{
    return str_starts(row->record, NAME) && row->job == 0 && row->title[0] == '\0';
}

static bool replace_change(struct db *db, void *ctx, struct err *err)
{
    struct alone *a = ctx;

    return imports_drop(db, a->row, err) && imports_add(db, a->levels, a->count, err) &&
           jobs_got_on(db, a->work->job, err);
}

static bool stay_change(struct db *db, void *ctx, struct err *err)
{
    struct alone *a = ctx;

    return imports_judge(db, a->row, 1, err) && jobs_got_on(db, a->work->job, err);
}

/* record NULL: the item is gone from the shop, and so is its stock. */
static bool replace(struct alone *a, const json_t *record, struct err *err)
{
    const json_t *list = json_at(record, "inventoryLevels.nodes"), *level;
    size_t i;
    bool ok = true;

    a->levels = calloc(json_array_size(list) + 1, sizeof *a->levels);
    if (a->levels == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    json_array_foreach(list, i, level) {
        struct import_item *item = &a->levels[a->count];

        if (!import_level_name(record, level, item->record))
            continue;
        item->run = a->row->run;
        item->step = a->row->step;
        item->body = json_write(level);
        ok = ok && item->body != NULL;
        item->body_len = item->body != NULL ? strlen(item->body) : 0;
        a->count++;
    }
    ok = ok ? store_do(a->work->store, replace_change, a, err) :
              err_set(err, ERR_BUSY, "no memory");
    import_items_clear(a->levels, a->count);
    free(a->levels);
    return ok;
}

static bool stay(struct alone *a, int64_t id, const struct err *why, struct err *err)
{
    struct err both = { 0 };

    err_set(&both, why->kind, "%.200s; asked for alone: %.200s", a->row->why.text, why->text);
    str_copy(both.thing, sizeof both.thing, a->row->why.thing);
    a->row->why = both;
    snprintf(a->row->title, sizeof a->row->title, "item %" PRId64, id);
    return store_do(a->work->store, stay_change, a, err);
}

static bool is_of_item(enum err_kind kind)
{
    return kind == ERR_REFUSED || kind == ERR_CONFLICT || kind == ERR_INVALID;
}

static bool read_one(struct import_work *work, struct import_item *row, struct err *err)
{
    struct workshop_place *place = &work->place;
    struct alone a = { .work = work, .row = row };
    json_auto_t *record = NULL;
    unsigned long long id;
    struct err why = { 0 };

    if (!str_number(row->record + strlen(NAME), INT64_MAX, &id))
        return err_set(err, ERR_BUG, "%s is no item of Shopify's", row->record);
    workshop_count(place->workshop, 0, 1);
    if (bulk_one(place->site->shop, place->http, BULK_STOCK, (int64_t)id, PACE_IMPORT, &record,
                 &place->shopify, &why) ||
        why.kind == ERR_MISSING)
        return replace(&a, record, err);
    if (is_of_item(why.kind))
        return stay(&a, (int64_t)id, &why, err);
    return (*err = why, err_within(err, "read the stock of item %llu alone", id));
}

bool import_read_alone(struct import_work *work, struct err *err)
{
    struct import_item *rows AUTO_FREE = calloc(PAGE, sizeof *rows);
    struct imports_filter filter = { .run = work->run.id, .step = work->step->step, .verdict = -1,
                                     .state = IMPORT_ITEM_PARKED };
    bool ok = true;

    if (rows == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    do {
        size_t count = PAGE;

        if (!imports_items(work->db, &filter, rows, &count, &filter.after, err))
            return false;
        for (size_t i = 0; ok && i < count; i++)
            if (is_spoilt(&rows[i]))
                ok = !import_time_is_up(work) && read_one(work, &rows[i], err);
        import_items_clear(rows, count);
    } while (ok && filter.after != 0);
    return ok;
}
