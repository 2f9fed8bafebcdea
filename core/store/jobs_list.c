/* Pages of jobs, newest first, never counting or skipping. Part of jobs.h. */
#include <stdlib.h>
#include <string.h>

#include "store/jobs_inside.h"

/* The newest ids found so far, descending. */
struct top {
    int64_t ids[STORE_PAGE_MAX];
    size_t count, room;
};

static void top_add(struct top *top, int64_t id)
{
    size_t at = top->count;

    if (top->count == top->room) {
        if (id < top->ids[top->count - 1])
            return;
        at--;
    } else {
        top->count++;
    }
    for (; at > 0 && top->ids[at - 1] < id; at--)
        top->ids[at] = top->ids[at - 1];
    top->ids[at] = id;
}

static int64_t top_floor(const struct top *top)
{
    return top->count == top->room ? top->ids[top->count - 1] : 0;
}

static bool from_lane(struct db *db, int64_t lane, int state, int64_t before, struct top *top,
                      struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        "SELECT id FROM job WHERE lane = ?1 AND state = ?2 AND id < ?3 AND id > ?4"
                        " ORDER BY id DESC LIMIT ?5",
                        "idiii", lane, state, before, top_floor(top), (int64_t)top->room);
    int rc;

    while ((rc = db_row(db, q, err)) == 1)
        top_add(top, col_int(q, 0));
    return rc == 0;
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

static bool from_query(struct db *db, sqlite3_stmt *q, struct top *top, struct err *err)
{
    int rc;

    while ((rc = db_row(db, q, err)) == 1)
        top_add(top, col_int(q, 0));
    return rc == 0;
}

/* Few jobs share a record or a cause: the other conditions are checked row by row. */
static bool from_few(struct db *db, const struct jobs_filter *f, int64_t before, struct top *top,
                     struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        f->problem != 0
                            ? "SELECT job.id FROM job JOIN lane ON lane.id = job.lane"
                              " WHERE problem = ?1 AND job.id < ?3 AND (?2 IS NULL OR record = ?2)"
                              " AND (?4 = 0 OR job.backend = ?4) AND (?5 IS NULL OR lane.name = ?5)"
                              " AND (?6 < 0 OR state = ?6) ORDER BY job.id DESC LIMIT ?7"
                            : "SELECT job.id FROM job JOIN lane ON lane.id = job.lane"
                              " WHERE record = ?2 AND job.id < ?3 AND ?1 = 0"
                              " AND (?4 = 0 OR job.backend = ?4) AND (?5 IS NULL OR lane.name = ?5)"
                              " AND (?6 < 0 OR state = ?6) ORDER BY job.id DESC LIMIT ?7",
                        "itiitdi", f->problem, f->record, before, f->backend, f->lane, f->state,
                        (int64_t)top->room);

    return from_query(db, q, top, err);
}

static bool from_all(struct db *db, int64_t before, struct top *top, struct err *err)
{
    AUTO_ASK q = db_ask(db, err, "SELECT id FROM job WHERE id < ?1 ORDER BY id DESC LIMIT ?2",
                        "ii", before, (int64_t)top->room);

    return from_query(db, q, top, err);
}

static bool read_page(struct db *db, const struct jobs_filter *f, struct top *top,
                      struct job *rows, size_t *count, struct err *err)
{
    int64_t before = f->after != 0 ? f->after : INT64_MAX;
    bool few = f->problem != 0 || f->record != NULL;
    bool lanes = f->backend != 0 || f->lane != NULL || f->state >= 0;
    size_t n = 0;

    if (!(few     ? from_few(db, f, before, top, err)
          : lanes ? from_lanes(db, f, before, top, err)
                  : from_all(db, before, top, err)))
        return false;
    for (size_t i = 0; i < top->count; i++) {
        if (!jobs_get(db, top->ids[i], &rows[n], err))
            return false;
        n++;
    }
    *count = n;
    return true;
}

bool jobs_list(struct db *db, const struct jobs_filter *filter, struct job *rows, size_t *count,
               int64_t *next, struct err *err)
{
    AUTO_FREE struct top *top = calloc(1, sizeof *top);
    size_t room = *count < STORE_PAGE_MAX ? *count : STORE_PAGE_MAX;
    bool ok;

    if (top == NULL)
        return err_set(err, ERR_BUSY, "list jobs: no memory");
    top->room = room;
    if (room == 0)
        return err_set(err, ERR_BUG, "a page of no rows");
    if (!db_view_begin(db, err))
        return false;
    ok = read_page(db, filter, top, rows, count, err);
    db_view_end(db);
    if (ok)
        *next = *count == room ? rows[room - 1].id : 0; /* may be filter->after itself */
    return ok;
}
