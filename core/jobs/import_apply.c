/* The plan of a step into Odoo: rows become jobs, and their ends come back to the rows. */
#include "jobs/import.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "store/jobs.h"
#include "store/pairs.h"

#define FEED_MOST    256
#define LOOK_AFTER   (WHEN_SECOND / 5)  /* at the jobs under way */
#define STUCK_AFTER  (5 * WHEN_SECOND)  /* at records that wait for a person */
#define PACE_GATHERS (2 * WHEN_SECOND)
#define WORKED_MOST  (10 * WHEN_SECOND) /* a longer gap was a pause */

/* Rows that wait for their turn. */
static int64_t waiting(const struct import_step *step)
{
    return step->read - step->items[IMPORT_ITEM_QUEUED] - step->items[IMPORT_ITEM_DONE] -
           step->items[IMPORT_ITEM_PARKED] - step->items[IMPORT_ITEM_SKIPPED] -
           step->items[IMPORT_ITEM_MOVED];
}

/* ---- ends ---- */

struct settle {
    struct import_work *work;
    struct import_item *items;
    size_t count;
};

/* Did this run make it? Its pair is younger than the run, and was not found in Odoo. */
static bool made_by_run(struct db *db, const struct import_run *run, struct import_item *item,
                        struct err *err)
{
    const char *colon = strchr(item->record, ':');
    unsigned long long id;
    char kind[STORE_NAME_MAX];
    struct pair pair;
    bool found = false;

    if (colon == NULL || !str_number(colon + 1, INT64_MAX, &id))
        return true;
    snprintf(kind, sizeof kind, "%.*s", (int)(colon - item->record), item->record);
    if (!pairs_by_shopify(db, run->backend, kind, (int64_t)id, &pair, NULL, &found, err))
        return false;
    if (!found)
        return true;
    item->odoo = pair.odoo_id;
    item->made = item->verdict == IMPORT_VERDICT_NEW && pair.odoo_id != 0 &&
                 pair.created >= run->created && strcmp(pair.state, "linked") != 0;
    return true;
}

static bool settle_change(struct db *db, void *ctx, struct err *err)
{
    struct settle *s = ctx;

    for (size_t i = 0; i < s->count; i++) {
        struct import_item *item = &s->items[i];

        switch (item->job_state) {
        case JOB_PARKED:
        case JOB_ASKING:
        case JOB_NOFLOW:
            item->state = IMPORT_ITEM_PARKED;
            break;
        case JOB_CANCELLED:
            item->state = IMPORT_ITEM_SKIPPED;
            break;
        case JOB_READY:
        case JOB_WAITING:
        case JOB_RUNNING:
            item->state = IMPORT_ITEM_QUEUED;
            err_clear(&item->why);
            break;
        default:
            item->state = IMPORT_ITEM_DONE;
            err_clear(&item->why);
            break;
        }
        if (item->state == IMPORT_ITEM_DONE && !made_by_run(db, &s->work->run, item, err))
            return false;
    }
    return imports_move(db, s->items, s->count, false, err) &&
           jobs_got_on(db, s->work->job, err);
}

/* Jobs that ended, and parked ones that somebody has solved. */
static bool settle(struct import_work *work, enum import_item_state state, struct err *err)
{
    struct import_item *items AUTO_FREE = calloc(IMPORT_BATCH_MAX, sizeof *items);
    size_t count;

    if (work->step->step == IMPORT_VERIFY)
        return import_recheck(work, state, err);
    if (items == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    do {
        struct settle change = { work, items, 0 };
        bool ok;

        count = IMPORT_BATCH_MAX;
        if (!imports_ended(work->db, work->run.id, work->step->step, state, items, &count, err))
            return false;
        change.count = count;
        ok = count == 0 || store_do(work->store, settle_change, &change, err);
        import_items_clear(items, count);
        if (!ok)
            return false;
    } while (count == IMPORT_BATCH_MAX && !import_time_is_up(work));
    return true;
}

/* ---- feeding ---- */

struct feed {
    struct import_work *work;
    const struct import_kind *kind;
    struct import_item *items;
    size_t count;
};

/*
 * Levels that nothing is to be written of stand in nobody's way: in the lane of their own step they
 * would fill up the batches of those that wait for their turn.
 */
static const char *lane_of(const struct import_kind *kind, const struct import_item *item)
{
    return item->verdict == IMPORT_VERDICT_NEW || item->verdict == IMPORT_VERDICT_CHANGES ?
               kind->lane :
               IMPORT_LANE;
}

static bool feed_change(struct db *db, void *ctx, struct err *err)
{
    struct feed *feed = ctx;

    for (size_t i = 0; i < feed->count; i++) {
        struct import_item *item = &feed->items[i];
        struct job_new job = { .backend = feed->work->run.backend, .lane = lane_of(feed->kind, item),
                               .kind = feed->kind->job, .record = item->record,
                               .title = item->step == IMPORT_CUSTOMERS || item->title[0] == '\0' ?
                                            NULL : item->title,
                               .priority = IMPORT_PRIORITY,
                               .payload = item->body != NULL ? item->body : "",
                               .payload_len = item->body_len };

        if (item->state != IMPORT_ITEM_PLANNED)
            continue;
        if (!jobs_add(db, &job, &item->job, NULL, err))
            return false;
        item->state = IMPORT_ITEM_QUEUED;
    }
    return imports_move(db, feed->items, feed->count, true, err) &&
           jobs_got_on(db, feed->work->job, err);
}

struct relook {
    struct import_item *items;
    size_t count;
};

static bool relook_change(struct db *db, void *ctx, struct err *err)
{
    struct relook *r = ctx;

    return imports_judge(db, r->items, r->count, err) &&
           imports_move(db, r->items, r->count, false, err);
}

/*
 * The plan is some time old: what has moved since is kept for a person, with what it would be now.
 * *count: how many go on, the first ones of items.
 */
static bool look_again(struct import_work *work, struct import_item *items, size_t *count,
                       struct err *err)
{
    struct import_item *now AUTO_FREE = calloc(*count, sizeof *now);
    struct import_item *moved AUTO_FREE = calloc(*count, sizeof *moved);
    size_t stay = 0, gone = 0, n = *count;
    bool ok;

    if (now == NULL || moved == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    memcpy(now, items, n * sizeof *now);
    for (size_t i = 0; i < n; i++)
        now[i].changes = NULL; /* of items: look makes its own */
    ok = import_look(work, now, NULL, NULL, n, err);
    for (size_t i = 0; ok && i < n; i++) {
        if (strcmp(now[i].print, items[i].print) == 0) {
            free(now[i].changes);
            items[stay++] = items[i];
            continue;
        }
        free(items[i].changes);
        now[i].state = IMPORT_ITEM_MOVED;
        if (now[i].why.kind == ERR_NONE)
            err_set(&now[i].why, ERR_CONFLICT, "was to be %s when it was planned; %s now",
                    import_verdict_name(items[i].verdict), import_verdict_name(now[i].verdict));
        moved[gone++] = now[i];
    }
    if (!ok)
        return false;
    struct relook change = { moved, gone };

    ok = gone == 0 || store_do(work->store, relook_change, &change, err);
    import_items_clear(moved, gone);
    *count = stay;
    return ok;
}

/* More jobs, up to so many under way. *fed: how many. */
static bool feed(struct import_work *work, const struct import_kind *kind, int64_t room,
                 int64_t *fed, struct err *err)
{
    size_t most = room < FEED_MOST ? (size_t)room : FEED_MOST, count;
    struct import_item *items AUTO_FREE = calloc(FEED_MOST, sizeof *items);
    struct imports_filter filter = { .run = work->run.id, .step = work->step->step, .verdict = -1,
                                     .state = IMPORT_ITEM_PLANNED, .bodies = true };
    struct feed change = { .work = work, .kind = kind, .items = items };
    int64_t next;
    bool ok = true;

    if (items == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    count = most < kind->look ? most : kind->look;
    if (!imports_items(work->db, &filter, items, &count, &next, err))
        return false;
    *fed = (int64_t)count;
    change.count = count;
    if (count > 0 && when_now() - work->run.planned > IMPORT_FRESH)
        ok = look_again(work, items, &change.count, err);
    ok = ok && (change.count == 0 || store_do(work->store, feed_change, &change, err));
    import_items_clear(items, change.count);
    return ok;
}

/* ---- a piece ---- */

static bool refresh(struct import_work *work, struct err *err)
{
    struct import_step now;

    if (!imports_step(work->db, work->run.id, work->step->step, &now, err))
        return false;
    memcpy(work->step->items, now.items, sizeof now.items);
    memcpy(work->step->verdicts, now.verdicts, sizeof now.verdicts);
    work->step->read = now.read;
    str_copy(work->step->forced, sizeof work->step->forced, now.forced);
    return true;
}

void import_note_counts(struct import_step *step)
{
    snprintf(step->note, sizeof step->note,
             "%" PRId64 " in step, %" PRId64 " parked, %" PRId64 " left out",
             step->items[IMPORT_ITEM_DONE], step->items[IMPORT_ITEM_PARKED],
             step->items[IMPORT_ITEM_SKIPPED]);
}

static bool end_step(struct import_work *work, struct err *err)
{
    struct import_step *step = work->step;

    import_note_counts(step);
    step->state = IMPORT_STEP_DONE;
    step->ended = when_now();
    return import_keep(work, err);
}

/* Records that wait for a person hold the next step up, unless a person said they need not. */
static bool may_end(struct import_work *work, when *again, struct err *err)
{
    struct import_step *step = work->step;
    int64_t open = step->items[IMPORT_ITEM_PARKED] + step->items[IMPORT_ITEM_MOVED];
    char note[ERR_TEXT_MAX];

    if (open == 0)
        return end_step(work, err);
    if (work->run.carry[0] != '\0' || step->forced[0] != '\0') {
        /* what was solved before that was said still goes on */
        if (!settle(work, IMPORT_ITEM_PARKED, err) || !refresh(work, err))
            return false;
        if (step->items[IMPORT_ITEM_QUEUED] == 0)
            return end_step(work, err);
        *again = when_now() + LOOK_AFTER;
        return true;
    }
    snprintf(note, sizeof note, "%" PRId64 " records wait for a person: solve them, or go on", open);
    *again = when_now() + STUCK_AFTER;
    if (strcmp(note, step->note) == 0)
        return true;
    str_copy(step->note, sizeof step->note, note);
    return import_keep(work, err);
}

/* All parked ones are looked at, and they may be many: now and then is enough for a person. */
static bool look_at_parked(const struct import_work *work)
{
    return work->step->items[IMPORT_ITEM_PARKED] > 0 &&
           when_now() / STUCK_AFTER != work->run.updated / STUCK_AFTER;
}

bool import_take_ends(struct import_work *work, struct err *err)
{
    return settle(work, IMPORT_ITEM_QUEUED, err) &&
           (!look_at_parked(work) || settle(work, IMPORT_ITEM_PARKED, err)) && refresh(work, err);
}

bool import_settle(struct import_work *work, when *again, struct err *err)
{
    if (!import_take_ends(work, err))
        return false;
    if (work->step->items[IMPORT_ITEM_QUEUED] == 0)
        return may_end(work, again, err);
    *again = when_now() + LOOK_AFTER;
    return true;
}

/* What a pace allows gathers for a moment only. */
static when pace_from(const struct import_run *run)
{
    when one = WHEN_MINUTE / run->pace + 1; /* however slow: one at a time */
    when least = when_now() - (one > PACE_GATHERS ? one : PACE_GATHERS);

    return run->paced > least ? run->paced : least;
}

static void use_pace(struct import_run *run, int64_t records)
{
    if (run->pace > 0)
        run->paced = pace_from(run) + records * WHEN_MINUTE / run->pace;
}

/* So many jobs more may be under way. */
static int64_t room_for(const struct import_work *work)
{
    const struct import_run *run = &work->run;
    int64_t room = IMPORT_AHEAD - work->step->items[IMPORT_ITEM_QUEUED], allowed;

    if (run->pace == 0 || room <= 0)
        return room;
    allowed = (when_now() - pace_from(run)) * run->pace / WHEN_MINUTE;
    return allowed < room ? allowed : room;
}

bool import_apply(struct import_work *work, when *again, struct err *err)
{
    const struct import_kind *kind = import_kind(work->step->step);
    struct import_step *step = work->step;
    when began = when_now();
    int64_t fed = 1;

    if (step->state == IMPORT_STEP_PLANNED) {
        step->state = IMPORT_STEP_APPLYING;
        step->started = began;
        step->ended = 0;
        step->note[0] = '\0';
        if (!import_keep(work, err))
            return false;
    }
    if (!import_take_ends(work, err))
        return false;
    while (fed > 0 && room_for(work) > 0 && waiting(step) > 0 && !import_time_is_up(work)) {
        if (!feed(work, kind, room_for(work), &fed, err) || !refresh(work, err))
            return false;
        use_pace(&work->run, fed);
    }
    if (waiting(step) == 0 && step->items[IMPORT_ITEM_QUEUED] == 0)
        return may_end(work, again, err);
    *again = when_now() + LOOK_AFTER;
    if (work->run.updated > 0 && began - work->run.updated < WORKED_MOST)
        step->worked += began - work->run.updated;
    return import_keep(work, err);
}
