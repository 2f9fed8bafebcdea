/* Claiming: which jobs a worker may take now. Part of jobs.h. */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "store/jobs_inside.h"

#define LOOK_MAX 2048 /* jobs of one lane and priority looked at in one claim */

struct candidate {
    int64_t id;
    when due;
};

/* The next candidates in order after one; at most room. */
static bool look(struct db *db, int64_t lane, int priority, when now, struct candidate after,
                 struct candidate *rows, size_t *count, struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        "SELECT id, due FROM job INDEXED BY job_due WHERE lane = ?1 AND"
                        " priority = ?2 AND state < 2 AND due <= ?3 AND (due, id) > (?4, ?5)"
                        " ORDER BY due, id LIMIT ?6",
                        "idiiii", lane, priority, now, after.due, after.id, (int64_t)*count);
    size_t n = 0;
    int rc;

    while ((rc = db_row(db, q, err)) == 1) {
        rows[n].id = col_int(q, 0);
        rows[n++].due = col_int(q, 1);
    }
    *count = n;
    return rc == 0;
}

static bool is_shut(const struct jobs_claim *claim, uint32_t shut, const char *kind)
{
    for (size_t k = 0; shut != 0 && k < claim->kind_count; k++)
        if ((shut & (UINT32_C(1) << k)) != 0 && strcmp(claim->kinds[k], kind) == 0)
            return true;
    return false;
}

/*
 * Takes one, unless its record runs already or its kind is shut. The job's row, lane name left
 * out, is in *job.
 */
static bool take(struct db *db, const struct jobs_claim *claim, uint32_t shut, int64_t id,
                 struct job *job, bool *taken, struct err *err)
{
    AUTO_ASK was = NULL;
    AUTO_ASK q = NULL;
    char kind[STORE_NAME_MAX];
    int from, rc;

    was = db_ask(db, err,
                 "SELECT state, kind FROM job WHERE id = ?1 AND state < 2 AND (record IS NULL OR"
                 " NOT EXISTS (SELECT 1 FROM job r WHERE r.backend = job.backend AND"
                 " r.record = job.record AND r.state < 6 AND r.state = 2))",
                 "i", id);
    rc = db_row(db, was, err);
    *taken = rc == 1;
    if (rc <= 0)
        return rc == 0;
    from = (int)col_int(was, 0);
    col_text(was, 1, kind, sizeof kind);
    *taken = !is_shut(claim, shut, kind);
    if (!*taken)
        return true;
    q = db_ask(db, err,
               "UPDATE job SET state = 2, tries = tries + 1, started = ?2, updated = ?2"
               " WHERE id = ?1 RETURNING id, backend, lane, '', kind, record, title, state,"
               " priority, tries, crashes, created, due, updated, started, inbox, problem,"
               " last_kind, last_text",
               "ii", id, claim->now);
    if (db_row(db, q, err) != 1)
        return false;
    jobs_row(q, job);
    return db_row(db, q, err) == 0 && jobs_count(db, job->lane_id, from, JOB_RUNNING, err);
}

static bool claim_priority(struct db *db, struct jobs_claim *claim, struct jobs_want *want,
                           int priority, size_t room, int *left, struct err *err)
{
    struct candidate rows[64], after = { 0, INT64_MIN };
    int looked = 0;

    while (*left > 0 && claim->count < room && looked < LOOK_MAX) {
        size_t n = (size_t)*left < 64 ? (size_t)*left : 64;
        size_t asked = n;

        if (!look(db, want->lane, priority, claim->now, after, rows, &n, err))
            return false;
        for (size_t i = 0; i < n && *left > 0 && claim->count < room; i++) {
            struct job *job = &claim->rows[claim->count];
            bool taken;

            if (!take(db, claim, want->shut, rows[i].id, job, &taken, err))
                return false;
            if (!taken) {
                want->blocked = true;
                continue;
            }
            str_copy(job->lane, sizeof job->lane, want->name);
            claim->count++;
            --*left;
        }
        looked += (int)n;
        if (n < asked)
            break;
        after = rows[n - 1];
    }
    return true;
}

/* When the first job not taken is due; those that are due but blocked do not count. */
static bool next_due(struct db *db, struct jobs_claim *claim, struct jobs_want *want, bool all,
                     struct err *err)
{
    when from = all ? claim->now : INT64_MIN; /* all that could be taken were */

    want->due = 0;
    for (int p = 0; p < LANE_PRIORITIES; p++) {
        int64_t due = 0;
        bool found;

        if (!db_number(db, &due, &found, err,
                       "SELECT due FROM job INDEXED BY job_due WHERE lane = ?1 AND priority = ?2"
                       " AND state < 2 AND due > ?3 ORDER BY due LIMIT 1",
                       "idi", want->lane, p, from))
            return false;
        if (found && (want->due == 0 || due < want->due))
            want->due = due;
    }
    return true;
}

static bool claim_lane(struct db *db, struct jobs_claim *claim, struct jobs_want *want,
                       size_t room, struct err *err)
{
    int left = want->count;

    want->blocked = false;
    for (int p = 0; p < LANE_PRIORITIES && left > 0 && claim->count < room; p++)
        if (!claim_priority(db, claim, want, p, room, &left, err))
            return false;
    return next_due(db, claim, want, left > 0 && claim->count < room, err);
}

/* All lanes that may run now, with what is wanted of each. */
static bool read_lanes(struct db *db, const struct jobs_claim *claim, struct jobs_want *lanes,
                       size_t *count, struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        "SELECT lane.id, lane.name, lane.backend, lane.max FROM lane"
                        " JOIN backend ON backend.id = lane.backend"
                        " WHERE held_since = 0 AND paused = 0 AND removed = 0 ORDER BY lane.id",
                        "");
    size_t n = 0;
    int rc = 0;

    while (n < LANES_MAX && (rc = db_row(db, q, err)) == 1) {
        struct jobs_want *lane = &lanes[n++];

        memset(lane, 0, sizeof *lane);
        lane->lane = col_int(q, 0);
        col_text(q, 1, lane->name, sizeof lane->name);
        lane->backend = col_int(q, 2);
        lane->max = (int)col_int(q, 3);
        lane->count = claim->like;
        for (size_t i = 0; i < claim->want_count; i++)
            if (claim->wants[i].lane == lane->lane) {
                lane->count = claim->wants[i].count;
                lane->shut = claim->wants[i].shut;
            }
    }
    *count = n;
    return rc >= 0;
}

bool jobs_claim(struct db *db, struct jobs_claim *claim, struct err *err)
{
    AUTO_FREE struct jobs_want *lanes = calloc(LANES_MAX, sizeof *lanes);
    size_t room = claim->count, count = 0;

    claim->count = 0;
    if (lanes == NULL)
        return err_set(err, ERR_BUSY, "claim jobs: no memory");
    if (!read_lanes(db, claim, lanes, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!claim_lane(db, claim, &lanes[i], room, err))
            return false;
    memcpy(claim->wants, lanes, count * sizeof lanes[0]);
    claim->want_count = count;
    return true;
}
