/*
 * Shopify's stock for the verification, all of it in one file: a large shop would be asked a
 * thousand times otherwise. The file is of the minute it was made, so what is not explained by it
 * is asked for once more (import_verify_stock.c). Where Shopify makes no file, it is done without.
 */
#include "jobs/import_proof.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"

#define LEVELS_MIN  400 /* levels that came in: fewer are asked for */
#define POLL_FIRST  (WHEN_SECOND / 2)
#define POLL_AFTER  (BULK_POLL_MS * INT64_C(1000))
#define ANEW_AFTER  (5 * WHEN_SECOND)
#define FAILURES_MAX 3

static const struct import_step *stock_of(const struct import_work *work)
{
    for (size_t i = 0; i < work->count; i++)
        if (work->steps[i].step == IMPORT_STOCK)
            return &work->steps[i];
    return NULL;
}

bool proof_bulk_wanted(const struct import_work *work)
{
    const struct import_step *stock = stock_of(work);

    return stock != NULL && !work->step->paged && !work->step->whole &&
           stock->items[IMPORT_ITEM_DONE] >= LEVELS_MIN;
}

/* Those made in the time that was asked for; what changed since is among them. */
static bool filter_of(const struct import_work *work, struct bulk_filter *filter, struct err *err)
{
    json_t *scope = NULL;
    bool ok = import_filter(stock_of(work)->scope, filter, &scope, err);

    *filter = (struct bulk_filter){ .created = filter->created };
    json_decref(scope);
    return ok;
}

/* One that was asked for by a run that died before it was written down; else a new one. */
bool proof_bulk_ask(struct import_work *work, struct err *err)
{
    struct workshop_place *place = &work->place;
    struct import_step *step = work->step;
    struct bulk_operation operation;
    struct bulk_filter filter;
    struct err why = { 0 };

    if (step->operation[0] != '\0')
        return true;
    if (!filter_of(work, &filter, err))
        return false;
    workshop_count(place->workshop, 0, 2);
    if ((step->restarts == 0 &&
         bulk_find(place->site->shop, place->http, BULK_STOCK, &filter, step->started, PACE_IMPORT,
                   &operation, &place->shopify, &why)) ||
        (memset(&why, 0, sizeof why),
         bulk_start(place->site->shop, place->http, BULK_STOCK, &filter, PACE_IMPORT, &operation,
                    &place->shopify, &why)))
        str_copy(step->operation, sizeof step->operation, operation.id);
    else if (why.kind == ERR_REFUSED || why.kind == ERR_INVALID)
        step->paged = true;
    else
        return (*err = why, err_within(err, "ask Shopify for all stock"));
    return import_keep(work, err);
}

/* The file gives no more: another one, from its beginning; after some, without. */
static bool anew(struct proof *p, when *again, struct err *err)
{
    struct import_step *step = p->work->step;

    json_object_del(p->result, import_step_name(IMPORT_STOCK));
    step->operation[0] = '\0';
    snprintf(step->place, sizeof step->place, "%s 0", import_step_name(IMPORT_STOCK));
    step->paged = ++step->restarts >= FAILURES_MAX;
    *again = when_now() + ANEW_AFTER;
    return proof_keep(p, err);
}

static bool is_ready(struct proof *p, bool *ready, when *again, struct err *err)
{
    struct workshop_place *place = &p->work->place;
    struct bulk_operation operation;
    struct err why = { 0 };

    *ready = false;
    workshop_count(place->workshop, 0, 1);
    if (!bulk_poll(place->site->shop, place->http, p->work->step->operation, PACE_IMPORT, &operation,
                   &place->shopify, &why))
        return why.kind == ERR_MISSING ? anew(p, again, err) : (*err = why, false);
    if (!bulk_over(&operation)) {
        bool young = when_now() - operation.created < POLL_AFTER;

        *again = when_now() + (young ? POLL_FIRST : POLL_AFTER);
        return true;
    }
    *ready = bulk_whole(&operation, &why);
    if (*ready)
        return true;
    if (why.kind != ERR_CONFLICT)
        p->work->step->restarts = FAILURES_MAX - 1;
    return anew(p, again, err);
}

/* ---- the file ---- */

struct file {
    struct proof *p;
    struct bulk_cursor cursor; /* behind what p has */
};

/* What was gathered is judged, and kept with the place behind it. */
static bool flush(struct file *file, struct err *err)
{
    struct proof *p = file->p;
    char text[BULK_CURSOR_MAX];
    bool ok;

    p->found_count = 0;
    ok = p->count == 0 || proof_stock(p, err);
    import_items_clear(p->items, p->count);
    p->count = 0;
    snprintf(p->work->step->place, sizeof p->work->step->place, "%s %.80s",
             import_step_name(IMPORT_STOCK), bulk_cursor_text(&file->cursor, text));
    return ok && proof_keep(p, err);
}

/* A level that came in by this run; else it is nothing to compare. */
static bool take_level(struct file *file, const json_t *record, json_t *level, int64_t committed,
                       struct err *err)
{
    struct proof *p = file->p;
    struct import_item *item = &p->items[p->count];
    char name[STORE_RECORD_MAX];
    bool found = false;

    if (!import_level_name(record, level, name))
        return true;
    if (!imports_find(p->work->db, p->work->run.id, IMPORT_STOCK, name, item, &found, err))
        return false;
    if (!found || item->state != IMPORT_ITEM_DONE)
        return (found ? import_items_clear(item, 1) : (void)0, true);
    p->levels[p->count] = json_incref(level);
    p->committed[p->count++] = committed;
    return true;
}

static enum bulk_next on_item(void *ctx, json_t *record, int64_t line,
                              const struct bulk_cursor *after, struct err *err)
{
    struct file *file = ctx;
    const json_t *levels = json_at(record, "inventoryLevels.nodes");
    int64_t committed = 0;
    json_t *level;
    size_t i;

    (void)line;
    if (file->p->count + json_array_size(levels) > IMPORT_LOOK && !flush(file, err))
        return BULK_GIVE_UP;
    json_array_foreach(levels, i, level)
        committed += import_committed_of(level);
    json_array_foreach(levels, i, level)
        if (file->p->count < IMPORT_LOOK && !take_level(file, record, level, committed, err))
            return BULK_GIVE_UP;
    file->cursor = *after;
    return import_time_is_up(file->p->work) ? BULK_ENOUGH : BULK_GO_ON;
}

/* It was read well when it came in: now it is left out, as it would be if it were gone. */
static enum bulk_next on_fault(void *ctx, const struct err *fault, const char *gid, int64_t line)
{
    struct file *file = ctx;

    (void)fault, (void)gid, (void)line;
    proof_more(file->p, "unreadable", 1);
    return BULK_GO_ON;
}

static void let_go(struct proof *p)
{
    for (size_t i = 0; i < p->count; i++) {
        json_decref(p->levels[i]);
        p->levels[i] = NULL;
    }
    import_items_clear(p->items, p->count);
    p->count = 0;
}

bool proof_bulk(struct proof *p, when *again, bool *done, struct err *err)
{
    struct workshop_place *place = &p->work->place;
    struct import_step *step = p->work->step;
    struct file file = { .p = p };
    struct bulk_reading reading = { .kind = BULK_STOCK, .class = PACE_IMPORT, .record = on_item,
                                    .fault = on_fault, .ctx = &file };
    const char *at = strchr(step->place, ' ');
    struct bulk_cursor cursor = { 0 };
    struct err why = { 0 };
    bool ready;
    /* its own: while the file comes, Odoo is asked */
    AUTO(http) http = http_new(workshop_stopping(place->workshop), err);

    *done = false;
    if (http == NULL)
        return false;
    if (!proof_bulk_ask(p->work, err) || step->paged)
        return step->paged;
    if (at == NULL || strchr(at, ':') == NULL) {
        if (!is_ready(p, &ready, again, err) || !ready)
            return err->kind == ERR_NONE;
    } else if (!bulk_cursor_read(at + 1, &cursor)) {
        return err_set(err, ERR_BUG, "the place in Shopify's file can't be read");
    }
    file.cursor = cursor;
    workshop_count(place->workshop, 0, 1);
    if (!bulk_read(place->site->shop, http, step->operation, &reading, &cursor, &place->shopify,
                   &why)) {
        let_go(p);
        return why.kind == ERR_CONFLICT ? anew(p, again, err) : (*err = why, false);
    }
    file.cursor = cursor;
    *done = reading.end;
    return flush(&file, err);
}
