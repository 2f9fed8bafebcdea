/* Pages of jobs, newest first, never counting or skipping. Part of jobs.h. */
#include <stdlib.h>
#include <string.h>

#include "store/jobs_inside.h"
#include "store/top.h"

#define LOOK_MAX 150 /* jobs of a record or a cause that one page looks at */

static bool from_lane(struct db *db, int64_t lane, int state, int64_t before, struct top *top,
                      struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        "SELECT id FROM job INDEXED BY job_list WHERE lane = ?1 AND state = ?2"
                        " AND id < ?3 AND id > ?4 ORDER BY id DESC LIMIT ?5",
                        "idiii", lane, state, before, top_floor(top), (int64_t)top->room);

    return top_from(top, db, q, err);
}

static bool from_lanes(struct db *db, const struct jobs_filter *f, int64_t before, struct top *top,
                       struct err *err)
{
    int64_t lanes[LANES_MAX];
    size_t count = 0;
    int rc = 0;

    {
        AUTO_ASK q = db_ask(db, err,
                            "SELECT id FROM lane WHERE (?1 = 0 OR backend = ?1)"
                            " AND (?2 IS NULL OR name = ?2)",
                            "it", f->backend, f->lane);

        while (count < LANES_MAX && (rc = db_row(db, q, err)) == 1)
            lanes[count++] = col_int(q, 0);
    }
    if (rc < 0)
        return false;
    for (size_t i = 0; i < count; i++)
        for (int s = 0; s < JOB_STATE_COUNT; s++)
            if ((f->state < 0 || f->state == s) &&
                !from_lane(db, lanes[i], s, before, top, err))
                return false;
    return true;
}

static sqlite3_stmt *ask_few(struct db *db, const struct jobs_filter *f, int64_t before,
                             struct err *err)
{
    if (f->problem != 0)
        return db_ask(db, err,
                      "SELECT job.id, state, job.backend, lane.name, record FROM job"
                      " INDEXED BY job_problem JOIN lane ON lane.id = job.lane WHERE problem = ?1"
                      " AND problem IS NOT NULL AND job.id < ?2 ORDER BY job.id DESC LIMIT ?3",
                      "iii", f->problem, before, (int64_t)LOOK_MAX);
    return db_ask(db, err,
                  "SELECT job.id, state, job.backend, lane.name, record FROM job"
                  " INDEXED BY job_record JOIN lane ON lane.id = job.lane WHERE record = ?1"
                  " AND record IS NOT NULL AND job.id < ?2 ORDER BY job.id DESC LIMIT ?3",
                  "tii", f->record, before, (int64_t)LOOK_MAX);
}

static bool fits(const struct jobs_filter *f, sqlite3_stmt *q)
{
    char text[STORE_RECORD_MAX];

    if ((f->state >= 0 && col_int(q, 1) != f->state) ||
        (f->backend != 0 && col_int(q, 2) != f->backend))
        return false;
    col_text(q, 3, text, sizeof text);
    if (f->lane != NULL && strcmp(text, f->lane) != 0)
        return false;
    col_text(q, 4, text, sizeof text);
    return f->record == NULL || strcmp(text, f->record) == 0;
}

/*
 * Jobs that share a record or a cause: the other conditions are checked row by row, of a limited
 * number of rows. *last: where to go on when that was not the end; 0: it was.
 */
static bool from_few(struct db *db, const struct jobs_filter *f, int64_t before, struct top *top,
                     int64_t *last, struct err *err)
{
    AUTO_ASK q = ask_few(db, f, before, err);
    int64_t id = 0;
    int looked = 0, rc = 0;

    while (top->count < top->room && (rc = db_row(db, q, err)) == 1) {
        id = col_int(q, 0);
        looked++;
        if (fits(f, q))
            top_add(top, id);
    }
    *last = looked == LOOK_MAX ? id : 0;
    return rc >= 0;
}

static bool from_all(struct db *db, int64_t before, struct top *top, struct err *err)
{
    AUTO_ASK q = db_ask(db, err, "SELECT id FROM job WHERE id < ?1 ORDER BY id DESC LIMIT ?2",
                        "ii", before, (int64_t)top->room);

    return top_from(top, db, q, err);
}

static bool read_page(struct db *db, const struct jobs_filter *f, struct top *top,
                      struct job *rows, size_t *count, int64_t *next, struct err *err)
{
    int64_t before = f->after != 0 ? f->after : INT64_MAX, last = 0;
    bool few = f->problem != 0 || f->record != NULL;
    bool lanes = f->backend != 0 || f->lane != NULL || f->state >= 0;

    if (!(few     ? from_few(db, f, before, top, &last, err)
          : lanes ? from_lanes(db, f, before, top, err)
                  : from_all(db, before, top, err)))
        return false;
    for (size_t i = 0; i < top->count; i++)
        if (!jobs_get(db, top->ids[i], &rows[i], err))
            return false;
    *count = top->count;
    *next = top->count == top->room ? top->ids[top->count - 1] : last;
    return true;
}

bool jobs_list(struct db *db, const struct jobs_filter *filter, struct job *rows, size_t *count,
               int64_t *next, struct err *err)
{
    AUTO_FREE struct top *top = calloc(1, sizeof *top);
    bool ok;

    if (top == NULL)
        return err_set(err, ERR_BUSY, "list jobs: no memory");
    top->room = *count < STORE_PAGE_MAX ? *count : STORE_PAGE_MAX;
    if (top->room == 0)
        return err_set(err, ERR_BUG, "a page of no rows");
    if (!db_view_begin(db, err))
        return false;
    ok = read_page(db, filter, top, rows, count, next, err);
    db_view_end(db);
    return ok;
}
