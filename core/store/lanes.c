#include "store/lanes.h"

#include <string.h>

#include "store/db.h"

bool lanes_need(struct db *db, int64_t backend, const char *name, int max, int64_t *id,
                struct err *err)
{
    bool found;

    if (*name == '\0' || strlen(name) >= STORE_NAME_MAX)
        return err_set(err, ERR_INVALID, "a lane's name has 1 to %d bytes", STORE_NAME_MAX - 1);
    if (!db_number(db, id, &found, err, "SELECT id FROM lane WHERE backend = ?1 AND name = ?2",
                   "it", backend, name))
        return false;
    if (found)
        return true;
    if (!db_run(db, err, "INSERT INTO lane (backend, name, max) VALUES (?1, ?2, ?3)", "itd",
                backend, name, max > 0 ? max : LANE_MAX_DEFAULT))
        return err_within(err, "lane %s of backend %lld", name, (long long)backend);
    *id = db_last_id(db);
    db->touched |= DB_TOUCH_JOBS;
    return true;
}

/* After an UPDATE: how many rows, or that there was no such lane. */
static bool changed_lanes(struct db *db, const char *name, int64_t *changed, struct err *err)
{
    *changed = db_changes(db);
    db->touched |= DB_TOUCH_JOBS;
    return *changed > 0 || err_set(err, ERR_MISSING, "there is no queue \"%.64s\"", name);
}

bool lanes_hold(struct db *db, int64_t backend, const char *name, const char *by,
                const char *reason, int64_t *changed, struct err *err)
{
    return db_run(db, err,
                  "UPDATE lane SET held_by = ?3, held_reason = ?4,"
                  " held_since = iif(held_since = 0, ?5, held_since)"
                  " WHERE (?1 = 0 OR backend = ?1) AND name = ?2",
                  "ittti", backend, name, by, reason != NULL ? reason : "", when_now()) &&
           changed_lanes(db, name, changed, err);
}

bool lanes_release(struct db *db, int64_t backend, const char *name, int64_t *changed,
                   struct err *err)
{
    return db_run(db, err,
                  "UPDATE lane SET held_by = '', held_reason = '', held_since = 0"
                  " WHERE (?1 = 0 OR backend = ?1) AND name = ?2",
                  "it", backend, name) &&
           changed_lanes(db, name, changed, err);
}

bool lanes_max(struct db *db, int64_t backend, const char *name, int max, int64_t *changed,
               struct err *err)
{
    if (max < 1 || max > 64)
        return err_set(err, ERR_INVALID, "the width of a queue is 1 to 64, not %d", max);
    return db_run(db, err, "UPDATE lane SET max = ?3 WHERE (?1 = 0 OR backend = ?1) AND name = ?2",
                  "itd", backend, name, max) &&
           changed_lanes(db, name, changed, err);
}

static bool read_counts(struct db *db, struct lane_row *lane, struct err *err)
{
    AUTO_ASK q = db_ask(db, err, "SELECT state, n FROM lane_count WHERE lane = ?1", "i", lane->id);
    int rc;

    while ((rc = db_row(db, q, err)) == 1) {
        int64_t state = col_int(q, 0);

        if (state >= 0 && state < JOB_STATE_COUNT)
            lane->counts[state] = col_int(q, 1);
    }
    return rc == 0;
}

static bool read_oldest(struct db *db, struct lane_row *lane, struct err *err)
{
    for (int p = 0; p < LANE_PRIORITIES; p++) {
        int64_t due = 0;
        bool found;

        if (!db_number(db, &due, &found, err,
                       "SELECT due FROM job INDEXED BY job_due WHERE lane = ?1 AND priority = ?2"
                       " AND state < 2 ORDER BY due LIMIT 1",
                       "id", lane->id, p))
            return false;
        if (found && (lane->oldest == 0 || due < lane->oldest))
            lane->oldest = due;
    }
    return true;
}

bool lanes_list(struct db *db, int64_t backend, struct lane_row *rows, size_t *count,
                struct err *err)
{
    size_t room = *count, n = 0;
    int rc = 0;

    {
        AUTO_ASK q = db_ask(db, err,
                            "SELECT lane.id, backend, lane.name, max, paused, held_by, held_reason,"
                            " held_since FROM lane JOIN backend ON backend.id = backend"
                            " WHERE (?1 = 0 OR backend = ?1) AND removed = 0"
                            " ORDER BY backend, lane.name",
                            "i", backend);

        while (n < room && (rc = db_row(db, q, err)) == 1) {
            struct lane_row *lane = &rows[n++];

            memset(lane, 0, sizeof *lane);
            lane->id = col_int(q, 0);
            lane->backend = col_int(q, 1);
            col_text(q, 2, lane->name, sizeof lane->name);
            lane->max = (int)col_int(q, 3);
            lane->paused = col_int(q, 4) != 0;
            col_text(q, 5, lane->held_by, sizeof lane->held_by);
            col_text(q, 6, lane->held_reason, sizeof lane->held_reason);
            lane->held_since = col_int(q, 7);
            lane->held = lane->held_since != 0;
        }
    }
    if (rc < 0)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!read_counts(db, &rows[i], err) || !read_oldest(db, &rows[i], err))
            return false;
    *count = n;
    return true;
}

bool lanes_totals(struct db *db, int64_t backend, int64_t counts[JOB_STATE_COUNT],
                  struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        "SELECT state, sum(n) FROM lane_count JOIN lane ON lane.id = lane_count.lane"
                        " WHERE ?1 = 0 OR backend = ?1 GROUP BY state",
                        "i", backend);
    int rc;

    memset(counts, 0, JOB_STATE_COUNT * sizeof counts[0]);
    while ((rc = db_row(db, q, err)) == 1) {
        int64_t state = col_int(q, 0);

        if (state >= 0 && state < JOB_STATE_COUNT)
            counts[state] = col_int(q, 1);
    }
    return rc == 0;
}
