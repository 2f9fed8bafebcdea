#include "jobs/odoo_poll.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "odoo/changes.h"
#include "store/cursors.h"
#include "store/jobs.h"
#include "store/metrics.h"

#define TRIM_AFTER WHEN_HOUR /* beyond the overlap: rows that were seen are forgotten then */
#define TRIM_PIECE 500
#define AGAIN_MOST 500

static const struct poll_group groups[] = {
#define GROUP(id, on, every) { #id, POLICY_##on, POLICY_##every },
#define POLL(id, group, model, domain, fields, about, word, kind, lane, priority)
#include "jobs/polls.def"
#undef GROUP
#undef POLL
};

static const struct poll rows[] = {
#define GROUP(id, on, every)
#define POLL(id, group, model, domain, fields, about, word, kind, lane, priority)                  \
    { #id, #group, model, domain, fields, about, word, kind, lane, priority },
#include "jobs/polls.def"
#undef GROUP
#undef POLL
};

#define GROUPS (sizeof groups / sizeof groups[0])
#define ROWS   (sizeof rows / sizeof rows[0])

const struct poll_group *poll_groups(size_t *count)
{
    *count = GROUPS;
    return groups;
}

const struct poll *polls(size_t *count)
{
    *count = ROWS;
    return rows;
}

/* A group's run. All of it belongs to the change, which frees it. */
struct run {
    int64_t backend;
    when overlap;
    struct polled polled[ROWS];
    size_t count;
    int64_t calls;
};

static void run_free(void *ctx)
{
    struct run *run = ctx;

    for (size_t i = 0; i < run->count; i++) {
        free(run->polled[i].rows);
        free(run->polled[i].about);
        free(run->polled[i].titles);
        free(run->polled[i].gone);
    }
    free(run);
}

/* ---- reading ---- */

static void cursor_name(const struct poll *poll, char name[STORE_NAME_MAX])
{
    snprintf(name, STORE_NAME_MAX, "odoo.%s", poll->name);
}

/* The table's way to write JSON: ' for ". */
static json_t *domain_of(const struct poll *poll, struct err *err)
{
    char text[512];

    str_copy(text, sizeof text, poll->domain);
    for (char *p = text; *p != '\0'; p++)
        if (*p == '\'')
            *p = '"';
    return json_read(text, strlen(text), poll->name, err);
}

static json_t *fields_of(const struct poll *poll)
{
    json_t *fields = json_pack("[s]", "id");
    char text[512], *rest = text, *name;

    str_copy(text, sizeof text, poll->fields);
    while ((name = strsep(&rest, ",")) != NULL)
        json_array_append_new(fields, json_string(name));
    return fields;
}

/* The record a row is about; words for it, if the row has some. 0: none. */
static int64_t about(const struct poll *poll, const json_t *row, char title[STORE_TITLE_MAX])
{
    const json_t *value = json_object_get(row, poll->about);
    const char *words = json_string_value(json_array_get(value, 1));

    if (words == NULL)
        words = json_text_or(row, "default_code", json_text_or(row, "name", ""));
    str_copy(title, STORE_TITLE_MAX, words);
    return json_integer_value(json_is_array(value) ? json_array_get(value, 0) : value);
}

static bool make_room(struct polled *p, size_t more)
{
    struct change *changes = realloc(p->rows, (p->count + more + 1) * sizeof *changes);
    int64_t *ids;
    char(*titles)[STORE_TITLE_MAX];

    if (changes == NULL)
        return false;
    p->rows = changes;
    ids = realloc(p->about, (p->count + more + 1) * sizeof *ids);
    if (ids == NULL)
        return false;
    p->about = ids;
    titles = realloc(p->titles, (p->count + more + 1) * sizeof *titles);
    if (titles == NULL)
        return false;
    p->titles = titles;
    return true;
}

/* Taken already, earlier in this run. */
static bool is_taken(const struct polled *p, size_t count, const struct change *change)
{
    for (size_t i = 0; i < count; i++)
        if (p->rows[i].id == change->id && strcmp(p->rows[i].print, change->print) == 0)
            return true;
    return false;
}

/* Keeps what is fresh of a page. */
static bool take(struct db *db, int64_t backend, struct polled *p, const json_t *page,
                 struct err *err)
{
    size_t i, begun = p->count, fresh = p->count;
    const json_t *row;

    if (!make_room(p, json_array_size(page)))
        return err_set(err, ERR_BUSY, "no memory for changes");
    json_array_foreach(page, i, row) {
        struct change *change = &p->rows[p->count];

        p->about[p->count] = about(p->poll, row, p->titles[p->count]);
        if (p->about[p->count] == 0)
            continue;
        *change = (struct change){ .id = json_int_or(row, "id", 0) };
        changes_print(row, change->print);
        p->count++;
    }
    if (!changes_look(db, backend, p->poll->name, p->rows + begun, p->count - begun, err))
        return false;
    for (i = begun; i < p->count; i++) {
        if (!p->rows[i].fresh || (p->again && is_taken(p, begun, &p->rows[i])))
            continue;
        p->rows[fresh] = p->rows[i];
        p->about[fresh] = p->about[i];
        memmove(p->titles[fresh], p->titles[i], STORE_TITLE_MAX);
        fresh++;
    }
    p->count = fresh;
    return true;
}

/* *more: a page is left. */
static bool read_changes(struct workshop_place *place, struct db *db, struct run *run,
                         struct polled *p, bool *more, struct err *err)
{
    json_auto_t *domain = domain_of(p->poll, err), *fields = fields_of(p->poll);
    struct changes_query query = { p->poll->model, domain, fields, place->class };
    when now = when_now(), overlap = POLL_NEAR;

    if (domain == NULL)
        return false;
    p->first = p->cursor.wide == CHANGES_NEVER;
    if (p->first || (p->cursor.from == 0 &&
                     (now - p->cursor.wide >= POLL_WIDE_US || now < p->cursor.wide))) {
        overlap = run->overlap;
        p->cursor.wide = p->first ? CHANGES_NEVER : now;
    }
    for (*more = true; *more && p->count < POLL_MOST;) {
        json_auto_t *page = NULL;

        if (!changes_page(place->site->odoo, place->http, &query, overlap, &p->cursor, &page, more,
                          &place->odoo, err) ||
            !take(db, run->backend, p, page, err))
            return false;
    }
    if (p->first && !*more)
        p->cursor.wide = now;
    return true;
}

static bool begin_row(struct workshop_place *place, struct db *db, struct run *run,
                      const struct poll *poll, bool *more, struct err *err)
{
    struct polled *p = &run->polled[run->count++];
    char name[STORE_NAME_MAX], text[CURSOR_VALUE_MAX];
    json_auto_t *domain = NULL;
    struct changes_query query = { .model = poll->model, .class = place->class };

    *p = (struct polled){ .poll = poll };
    *more = false;
    cursor_name(poll, name);
    if (!cursors_get(db, run->backend, name, text, err))
        return false;
    if (!changes_cursor_read(text, &p->cursor)) {
        query.domain = domain = domain_of(poll, err);
        if (domain == NULL || !changes_begin(place->site->odoo, place->http, &query, &p->cursor,
                                             &place->odoo, err))
            return false;
    }
    return read_changes(place, db, run, p, more, err) && poll_gone(place, db, p, err);
}

/* ---- what it becomes ---- */

static bool add_job(struct db *db, const struct run *run, const struct poll *poll, int64_t id,
                    const char *title, struct err *err)
{
    char record[STORE_RECORD_MAX];
    struct job_new job = { .backend = run->backend, .lane = poll->lane, .kind = poll->kind,
                           .record = record, .title = title[0] != '\0' ? title : NULL,
                           .priority = poll->priority, .payload = "" };
    int64_t added;

    snprintf(record, sizeof record, "%s:%" PRId64, poll->word, id);
    return jobs_add(db, &job, &added, NULL, err);
}

static bool write_row(struct db *db, const struct run *run, const struct polled *p, when now,
                      struct err *err)
{
    const char *poll = p->poll->name;
    char name[STORE_NAME_MAX], text[CHANGES_TEXT_MAX];

    cursor_name(p->poll, name);
    changes_cursor_write(&p->cursor, text);
    for (size_t i = 0; i < p->count && !p->first; i++)
        if (!add_job(db, run, p->poll, p->about[i], p->titles[i], err))
            return false;
    for (size_t i = 0; i < p->gone_count; i++)
        if (!add_job(db, run, p->poll, p->gone[i], "", err))
            return false;
    if (p->gone_at[0] != '\0') {
        char gone[STORE_NAME_MAX];

        snprintf(gone, sizeof gone, "odoo.%s.gone", poll);
        if (!cursors_set(db, run->backend, gone, p->gone_at, err))
            return false;
    }
    return changes_note(db, run->backend, poll, p->rows, p->count, now, err) &&
           changes_trim(db, run->backend, poll, now - run->overlap - TRIM_AFTER, TRIM_PIECE, err) &&
           cursors_set(db, run->backend, name, text, err);
}

static bool poll_change(struct db *db, void *ctx, struct err *err)
{
    const struct run *run = ctx;
    when now = when_now();

    for (size_t i = 0; i < run->count; i++)
        if (!write_row(db, run, &run->polled[i], now, err))
            return false;
    return run->calls == 0 ||
           metrics_add(db, run->backend, "odoo.calls", now, run->calls, err);
}

/* ---- the job ---- */

static const struct poll_group *group_of(const char *record)
{
    for (size_t i = 0; i < GROUPS; i++)
        if (str_starts(record, "poll:") && strcmp(record + strlen("poll:"), groups[i].name) == 0)
            return &groups[i];
    return NULL;
}

/* Another of them waits behind this one: it goes on, this one ends. */
static bool is_last(struct db *db, const struct batch_job *job, struct err *err)
{
    int64_t before, behind;

    return jobs_neighbours(db, &job->job, &before, &behind, err) && behind == 0;
}

/*
 * Rows of one group are written in one transaction of Odoo's, and read one after the other: what
 * was read before it is read once more, so that one change becomes one job.
 */
static bool read_again(struct workshop_place *place, struct db *db, struct run *run,
                       struct err *err)
{
    size_t fresh = 0;

    for (size_t i = 0; i < run->count; i++)
        fresh += run->polled[i].first ? 0 : run->polled[i].count;
    for (size_t i = 0; fresh > 0 && fresh <= AGAIN_MOST && i < run->count; i++) {
        bool more;

        if (run->polled[i].first)
            continue;
        run->polled[i].again = true;
        if (!read_changes(place, db, run, &run->polled[i], &more, err))
            return false;
    }
    return true;
}

static bool read_group(struct workshop_place *place, struct db *db, struct run *run,
                       const struct poll_group *group, bool *more, struct err *err)
{
    *more = false;
    for (size_t i = 0; i < ROWS; i++) {
        bool left = false;

        if (strcmp(rows[i].group, group->name) == 0 &&
            !begin_row(place, db, run, &rows[i], &left, err))
            return false;
        *more = *more || left;
    }
    return *more || read_again(place, db, run, err);
}

static void work(struct workshop_place *place, struct batch *batch, const struct poll_group *group)
{
    struct batch_job *job = &batch->jobs[0];
    struct run *run = calloc(1, sizeof *run);
    const struct policies *policies = &place->site->policies;
    struct err err = { 0 };
    bool more = false, ok = run != NULL || err_set(&err, ERR_BUSY, "no memory to look for changes");

    if (ok) {
        run->backend = batch->backend;
        run->overlap = policies->number[POLICY_odoo_overlap_s] * WHEN_SECOND;
        ok = read_group(place, batch->db, run, group, &more, &err);
    }
    if (!ok) {
        batch_talk(job, place->odoo.request.data, place->odoo.response.data, NULL);
        batch_failed(job, &err);
        if (run != NULL)
            run_free(run);
        return;
    }
    run->calls = place->odoo.calls;
    if (!is_last(batch->db, job, &err))
        batch_done(job);
    else
        batch_again(job, when_now() + (more ? 0 : policies->number[group->every] * WHEN_SECOND));
    batch_change(job, poll_change, run, run_free);
}

void odoo_poll_run(void *workshop, struct batch *batch)
{
    const struct poll_group *group = group_of(batch->jobs[0].job.record);
    struct workshop_place place;

    if (!workshop_enter(&place, workshop, batch, false))
        return;
    place.class = PACE_STOCK;
    if (group == NULL)
        batch_cancel(&batch->jobs[0], "there is no such group of changes");
    else if (strcmp(place.site->policies.text[group->on], "off") == 0)
        batch_done(&batch->jobs[0]); /* polls_keep makes another when it is switched on */
    else
        work(&place, batch, group);
    workshop_leave(&place);
}
