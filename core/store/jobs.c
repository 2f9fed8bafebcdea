#include "store/jobs.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "store/jobs_inside.h"
#include "store/mappings.h"
#include "store/pairs.h"
#include "store/problems.h"

#define ATTEMPTS 1024 /* ids of a job's attempts: job * ATTEMPTS + number */

void jobs_row(sqlite3_stmt *q, struct job *job)
{
    memset(job, 0, sizeof *job);
    job->id = col_int(q, 0);
    job->backend = col_int(q, 1);
    job->lane_id = col_int(q, 2);
    col_text(q, 3, job->lane, sizeof job->lane);
    col_text(q, 4, job->kind, sizeof job->kind);
    col_text(q, 5, job->record, sizeof job->record);
    col_text(q, 6, job->title, sizeof job->title);
    job->state = (enum job_state)col_int(q, 7);
    job->priority = (int)col_int(q, 8);
    job->tries = (int)col_int(q, 9);
    job->crashes = (int)col_int(q, 10);
    job->created = col_int(q, 11);
    job->due = col_int(q, 12);
    job->updated = col_int(q, 13);
    job->started = col_int(q, 14);
    job->inbox = col_int(q, 15);
    job->problem = col_int(q, 16);
    job->last_kind = (enum err_kind)col_int(q, 17);
    col_text(q, 18, job->last_text, sizeof job->last_text);
}

bool jobs_count(struct db *db, int64_t lane, int from, int to, struct err *err)
{
    struct tally *t = &db->tally;

    if (from == to)
        return true;
    return (from < 0 || tally_add(t, TALLY_LANE, "", lane, from, 0, -1, err)) &&
           (to < 0 || tally_add(t, TALLY_LANE, "", lane, to, 0, 1, err));
}

/* ---- adding ---- */

static bool set_payload(struct db *db, int64_t id, const struct job_new *job, bool merged,
                        struct err *err)
{
    if (job->payload != NULL)
        return db_run(db, err, "INSERT OR REPLACE INTO job_body (job, payload) VALUES (?1, ?2)",
                      "ib", id, job->payload, job->payload_len);
    return !merged || db_run(db, err, "DELETE FROM job_body WHERE job = ?1", "i", id);
}

struct open_job {
    int64_t id, lane, problem, inbox;
    enum job_state state;
};

/* The job a new one can be merged into; id 0: none. */
static bool find_open(struct db *db, const struct job_new *job, struct open_job *open,
                      struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        "SELECT id, lane, problem, state, inbox FROM job"
                        " WHERE backend = ?1 AND record = ?2 AND kind = ?3 AND state < 6"
                        " AND state IN (0, 1, 3, 4, 5) ORDER BY id LIMIT 1",
                        "itt", job->backend, job->record, job->kind);
    int rc = db_row(db, q, err);

    open->id = 0;
    if (rc == 1) {
        open->id = col_int(q, 0);
        open->lane = col_int(q, 1);
        open->problem = col_int(q, 2);
        open->state = (enum job_state)col_int(q, 3);
        open->inbox = col_int(q, 4);
    }
    return rc >= 0;
}

/* Deliveries come in no order: was the new one sent before the one that the job stands for? */
static bool is_older(struct db *db, const struct job_new *job, const struct open_job *open,
                     bool *older, struct err *err)
{
    int64_t before = 0;

    if (job->inbox != 0 && open->inbox != 0 &&
        !db_number(db, &before, NULL, err,
                   "SELECT count(*) FROM inbox new, inbox old WHERE new.id = ?1 AND old.id = ?2"
                   " AND new.triggered_at > 0 AND new.triggered_at < old.triggered_at",
                   "ii", job->inbox, open->inbox))
        return false;
    *older = before > 0;
    return true;
}

static bool merge(struct db *db, const struct job_new *job, const struct open_job *open, when now,
                  struct err *err)
{
    bool older;
    when due = job->due > now ? job->due : now;
    enum job_state state = open->state;

    if (!is_older(db, job, open, &older, err))
        return false;
    if (!job->noflow)
        state = due > now && state != JOB_READY ? JOB_WAITING : JOB_READY;
    if (open->state == JOB_WAITING && due > now)
        state = JOB_WAITING;
    if (state != open->state && open->problem != 0 && !problems_leave(db, open->problem, err))
        return false;
    if (state == JOB_READY)
        due = now;
    return db_run(db, err,
                  "UPDATE job SET state = ?2, priority = min(priority, ?3), inbox = ?5,"
                  " due = iif(state < 2, min(due, ?4), ?4), updated = ?6,"
                  " title = coalesce(?7, title), problem = iif(?2 = 4, problem, NULL),"
                  " tries = iif(state = 4, 0, tries), crashes = iif(state = 4, 0, crashes)"
                  " WHERE id = ?1",
                  "iddizie", open->id, (int)state, job->priority, due,
                  older ? open->inbox : job->inbox, now, job->title) &&
           jobs_count(db, open->lane, (int)open->state, (int)state, err) &&
           (older || set_payload(db, open->id, job, true, err));
}

static bool check_new(const struct job_new *job, struct err *err)
{
    if (job->priority < 0 || job->priority >= LANE_PRIORITIES)
        return err_set(err, ERR_INVALID, "a priority is 0 to %d, not %d", LANE_PRIORITIES - 1,
                       job->priority);
    if (strlen(job->kind) >= STORE_NAME_MAX)
        return err_set(err, ERR_INVALID, "the kind of a job is too long");
    if (job->record != NULL && strlen(job->record) >= STORE_RECORD_MAX)
        return err_set(err, ERR_INVALID, "the record of a job is too long");
    if (job->payload_len > JOBS_PAYLOAD_MAX)
        return err_set(err, ERR_INVALID, "the payload of a job is too large");
    return true;
}

int64_t jobs_record_id(const char *record, const char *word)
{
    unsigned long long id;

    return str_starts(record, word) && str_number(record + strlen(word), INT64_MAX, &id)
               ? (int64_t)id
               : 0;
}

bool jobs_add(struct db *db, const struct job_new *job, int64_t *id, bool *merged, struct err *err)
{
    when now = when_now();
    bool record = job->record != NULL && *job->record != '\0';
    struct open_job open = { 0 };
    enum job_state state = job->due > now ? JOB_WAITING : JOB_READY;
    int64_t lane;

    if (merged != NULL)
        *merged = false;
    if (!check_new(job, err) || (record && !find_open(db, job, &open, err)))
        return false;
    db->touched |= DB_TOUCH_JOBS;
    if (open.id != 0) {
        *id = open.id;
        if (merged != NULL)
            *merged = true;
        return merge(db, job, &open, now, err);
    }
    if (!lanes_need(db, job->backend, job->lane, 0, &lane, err))
        return false;
    if (job->noflow)
        state = JOB_NOFLOW;
    if (!db_run(db, err,
                "INSERT INTO job (backend, lane, kind, record, title, state, priority, created,"
                " due, updated, inbox) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?8, ?10)",
                "iiteeddiiz", job->backend, lane, job->kind, job->record, job->title, (int)state,
                job->priority, now, job->due > now ? job->due : now, job->inbox))
        return false;
    *id = db_last_id(db);
    return jobs_count(db, lane, -1, (int)state, err) && set_payload(db, *id, job, false, err);
}

/* ---- ending ---- */

bool jobs_attempt(struct db *db, int64_t id, int64_t number, when started, when ended, int state,
                  const struct err *why, const struct job_end *talk, struct err *err)
{
    AUTO_FREE char *request = NULL, *response = NULL;

    if (number >= ATTEMPTS)
        number = ATTEMPTS - 1;
    if (talk != NULL && talk->request != NULL && (request = malloc(JOBS_TEXT_MAX)) != NULL)
        str_copy(request, JOBS_TEXT_MAX, talk->request);
    if (talk != NULL && talk->response != NULL && (response = malloc(JOBS_TEXT_MAX)) != NULL)
        str_copy(response, JOBS_TEXT_MAX, talk->response);
    return db_run(db, err,
                  "INSERT OR REPLACE INTO attempt (id, started, ended, outcome, kind, text,"
                  " request_id, request, response) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                  "iiiddeeee", id * ATTEMPTS + number, started, ended, state,
                  why != NULL ? (int)why->kind : 0, why != NULL ? why->text : NULL,
                  talk != NULL ? talk->request_id : NULL, request, response);
}

static bool find_cause(struct db *db, const struct job_end *end, const struct err *why,
                       int64_t *problem, struct err *err)
{
    struct job job;

    if (end->step != STEP_PARK)
        return true;
    return jobs_get(db, end->id, &job, err) &&
           problems_hit(db, &job, why, end->now, problem, err);
}

/* What it lacks was mapped, or came, while it was at work and knew nothing of it: it goes again. */
static bool overtaken(struct db *db, const struct job_end *end, const char *thing, when started,
                      struct err *err)
{
    struct jobs_bulk again = { .of = { .ids = &end->id, .id_count = 1, .state = -1, .count = -1 },
                               .step = STEP_REQUEUE, .now = end->now };
    bool product = strcmp(thing, PROBLEM_PRODUCTS) == 0;
    struct job job;
    int64_t count;
    bool found;

    if (!jobs_get(db, end->id, &job, err) ||
        !mappings_since(db, job.backend, thing, started, &found, err) ||
        (product && !found && !pairs_since(db, job.backend, "variant", started, &found, err)))
        return false;
    if (!found)
        return true;
    return product ? jobs_bulk(db, &again, err) :
                     problems_replay_thing(db, job.backend, thing, end->now, &count, err);
}

bool jobs_end(struct db *db, const struct job_end *end, struct err *err)
{
    static const struct err unnamed = { .kind = ERR_BUG, .text = "parked without a cause" };
    const struct err *why = end->step == STEP_PARK && end->err == NULL ? &unnamed : end->err;
    enum job_state state = JOB_RUNNING;
    int64_t problem = 0, lane, started, attempts;
    bool release = end->step == STEP_RELEASE;

    if (end->step == STEP_CANCEL)
        state = JOB_CANCELLED; /* the job itself found that it is not wanted any more */
    else if (!job_step(&state, end->step))
        return err_set(err, ERR_BUG, "job %lld can't end like that", (long long)end->id);
    if (!find_cause(db, end, why, &problem, err))
        return false;
    {
        AUTO_ASK q = db_ask(db, err,
                            "UPDATE job SET state = ?2, updated = ?3, due = iif(?4 = 0, due, ?4),"
                            " tries = max(0, tries - ?5), attempts = attempts + ?6,"
                            " crashes = iif(?6, 0, crashes), last_kind = iif(?6, ?7, last_kind),"
                            " last_text = iif(?6, ?8, last_text), problem = ?9"
                            " WHERE id = ?1 AND state = 2 RETURNING lane, started, attempts",
                            "idiidddez", end->id, (int)state, end->now,
                            end->step == STEP_WAIT ? end->until : 0,
                            (int)(end->free_try || release), (int)!release,
                            why != NULL ? (int)why->kind : 0, why != NULL ? why->text : NULL,
                            problem);
        int rc = db_row(db, q, err);

        if (rc <= 0)
            return rc < 0 ? false
                          : err_set(err, ERR_CONFLICT, "job %lld does not run",
                                    (long long)end->id);
        lane = col_int(q, 0);
        started = col_int(q, 1);
        attempts = col_int(q, 2);
        if (db_row(db, q, err) < 0)
            return false;
    }
    if (end->step == STEP_WAIT || release)
        db->touched |= DB_TOUCH_JOBS;
    return jobs_count(db, lane, JOB_RUNNING, (int)state, err) &&
           (release || jobs_attempt(db, end->id, attempts, started, end->now, (int)state, why, end,
                                    err)) &&
           (end->step != STEP_PARK || why->thing[0] == '\0' ||
            overtaken(db, end, why->thing, started, err));
}

/* in_hand: it may have sent something. blame: and may have been the one that ended the core. */
static bool recover_one(struct db *db, struct job *job, bool in_hand, bool blame, when now,
                        bool *parked, struct err *err)
{
    enum job_state state = JOB_READY;
    int64_t problem = 0, attempts = 0;
    struct err why = { 0 };

    if (in_hand) {
        job->crashes += blame;
        err_set(&why, ERR_BUG, "the core ended while this job was in hand");
        err_about(&why, "kind", job->kind);
    }
    *parked = job->crashes >= JOBS_CRASHES_MAX;
    if (*parked) {
        state = JOB_PARKED;
        err_set(&why, ERR_BUG, "the core ended %d times while this job was in hand",
                JOBS_CRASHES_MAX);
        err_about(&why, "kind", job->kind);
        if (!problems_hit(db, job, &why, now, &problem, err))
            return false;
    }
    if (!db_number(db, &attempts, NULL, err, "SELECT attempts FROM job WHERE id = ?1", "i",
                   job->id))
        return false;
    return db_run(db, err,
                  "UPDATE job SET state = ?2, updated = ?3, due = min(due, ?3), crashes = ?4,"
                  " tries = max(0, tries - ?5), attempts = attempts + ?6, problem = ?7,"
                  " last_kind = iif(?6, ?8, last_kind), last_text = iif(?6, ?9, last_text)"
                  " WHERE id = ?1",
                  "ididddzde", job->id, (int)state, now, job->crashes, (int)!in_hand, (int)in_hand,
                  problem, (int)why.kind, why.text) &&
           jobs_count(db, job->lane_id, JOB_RUNNING, (int)state, err) &&
           (!in_hand || jobs_attempt(db, job->id, attempts + 1, job->started, now, -1, &why, NULL,
                                     err));
}

/* Was one in hand that had been in hand at a crash before? */
static bool find_suspect(struct db *db, const int64_t *in_hand, size_t count, bool *found,
                         struct err *err)
{
    *found = false;
    for (size_t i = 0; i < count && !*found; i++) {
        int64_t id;

        if (!db_number(db, &id, found, err,
                       "SELECT id FROM job WHERE id = ?1 AND state = 2 AND crashes > 0", "i",
                       in_hand[i]))
            return false;
    }
    return true;
}

bool jobs_recover(struct db *db, const int64_t *in_hand, size_t count, when now,
                  int64_t *returned, int64_t *parked, struct err *err)
{
    bool suspect;

    *returned = *parked = 0;
    if (!find_suspect(db, in_hand, count, &suspect, err))
        return false;
    for (;;) {
        struct job job;
        bool held = false, park;
        int64_t id = 0;
        bool found;

        if (!db_number(db, &id, &found, err,
                       "SELECT id FROM job WHERE state = 2 ORDER BY id LIMIT 1", ""))
            return false;
        if (!found)
            return true;
        for (size_t i = 0; i < count && !held; i++)
            held = in_hand[i] == id;
        if (!jobs_get(db, id, &job, err))
            return false;
        if (!recover_one(db, &job, held, !suspect || job.crashes > 0, now, &park, err))
            return false;
        ++*returned;
        *parked += park;
    }
}

#define HURRY_MAX 32 /* jobs that go on with themselves, of one kind */

bool jobs_hurry(struct db *db, int64_t backend, const char *kind, const char *records,
                struct err *err)
{
    struct {
        char record[STORE_RECORD_MAX], lane[STORE_NAME_MAX];
        int64_t priority;
    } rows[HURRY_MAX];
    size_t count = 0, len = strlen(records);
    char end[STORE_RECORD_MAX];
    int rc;

    str_copy(end, sizeof end, records);
    end[len - 1]++;
    {
        AUTO_ASK q = db_ask(db, err,
                            "SELECT DISTINCT record, lane.name, priority FROM job INDEXED BY"
                            " job_open JOIN lane ON lane.id = job.lane WHERE job.backend = ?1 AND"
                            " record >= ?2 AND record < ?3 AND kind = ?4 AND state < 6 AND"
                            " state IN (0, 1, 2) AND record IS NOT NULL",
                            "ittt", backend, records, end, kind);

        while (count < HURRY_MAX && (rc = db_row(db, q, err)) == 1) {
            col_text(q, 0, rows[count].record, sizeof rows[count].record);
            col_text(q, 1, rows[count].lane, sizeof rows[count].lane);
            rows[count++].priority = col_int(q, 2);
        }
        if (count < HURRY_MAX && rc < 0)
            return false;
    }
    for (size_t i = 0; i < count; i++) {
        struct job_new job = { .backend = backend, .lane = rows[i].lane, .kind = kind,
                               .record = rows[i].record, .priority = (int)rows[i].priority,
                               .payload = "" };
        int64_t id;

        if (!jobs_add(db, &job, &id, NULL, err))
            return false;
    }
    return true;
}

/* ---- reading ---- */

bool jobs_got_on(struct db *db, int64_t id, struct err *err)
{
    return db_run(db, err, "UPDATE job SET crashes = 0 WHERE id = ?1 AND crashes > 0", "i", id);
}

bool jobs_get(struct db *db, int64_t id, struct job *job, struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        "SELECT " JOB_COLUMNS " FROM job JOIN lane ON lane.id = job.lane"
                        " WHERE job.id = ?1",
                        "i", id);
    int rc = db_row(db, q, err);

    if (rc == 1)
        jobs_row(q, job);
    return rc == 1 ||
           (rc == 0 && err_set(err, ERR_MISSING, "there is no job %lld", (long long)id));
}

char *jobs_payload(struct db *db, int64_t id, size_t *len, struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        "SELECT coalesce(job_body.payload, inbox.body) FROM job"
                        " LEFT JOIN job_body ON job_body.job = job.id"
                        " LEFT JOIN inbox ON inbox.id = job.inbox WHERE job.id = ?1",
                        "i", id);
    int rc = db_row(db, q, err);
    char *payload = NULL;

    if (rc < 0)
        return NULL;
    if (rc == 1)
        payload = col_dup(q, 0, len);
    if (payload == NULL)
        err_set(err, ERR_MISSING, "job %lld has no payload any more", (long long)id);
    return payload;
}

static void attempt_row(sqlite3_stmt *q, struct job_attempt *a)
{
    int outcome = (int)col_int(q, 3);

    memset(a, 0, sizeof *a);
    a->n = (int)(col_int(q, 0) % ATTEMPTS);
    a->started = col_int(q, 1);
    a->ended = col_int(q, 2);
    str_copy(a->outcome, sizeof a->outcome,
             outcome < 0 ? "crashed" : job_state_name((enum job_state)outcome));
    a->kind = (enum err_kind)col_int(q, 4);
    col_text(q, 5, a->text, sizeof a->text);
    col_text(q, 6, a->request_id, sizeof a->request_id);
    a->request = col_dup(q, 7, NULL);
    a->response = col_dup(q, 8, NULL);
}

bool jobs_attempts(struct db *db, int64_t id, struct job_attempt *rows, size_t *count,
                   struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        "SELECT id, started, ended, outcome, kind, text, request_id, request,"
                        " response FROM attempt WHERE id BETWEEN ?1 AND ?2 ORDER BY id DESC",
                        "ii", id * ATTEMPTS, id * ATTEMPTS + ATTEMPTS - 1);
    size_t n = 0;
    int rc = 0;

    while (n < *count && (rc = db_row(db, q, err)) == 1)
        attempt_row(q, &rows[n++]);
    if (rc < 0) {
        while (n > 0)
            job_attempt_clear(&rows[--n]);
        return false;
    }
    for (size_t i = 0; i < n / 2; i++) {
        struct job_attempt swap = rows[i];

        rows[i] = rows[n - 1 - i];
        rows[n - 1 - i] = swap;
    }
    *count = n;
    return true;
}

void job_attempt_clear(struct job_attempt *attempt)
{
    free(attempt->request);
    free(attempt->response);
    attempt->request = attempt->response = NULL;
}

bool jobs_neighbours(struct db *db, const struct job *job, int64_t *waits_for, int64_t *blocks,
                     struct err *err)
{
    AUTO_ASK q = NULL;
    int rc = 0;

    *waits_for = *blocks = 0;
    if (job->record[0] == '\0' || job_state_is_end(job->state))
        return true;
    q = db_ask(db, err,
               "SELECT id, state FROM job WHERE backend = ?1 AND record = ?2 AND state < 6"
               " AND state < 3 AND id <> ?3 ORDER BY state = 2 DESC, id LIMIT 50",
               "iti", job->backend, job->record, job->id);
    while ((rc = db_row(db, q, err)) == 1) {
        int64_t id = col_int(q, 0);
        bool before = col_int(q, 1) == JOB_RUNNING || (job->state != JOB_RUNNING && id < job->id);

        if (before && *waits_for == 0)
            *waits_for = id;
        if (!before && *blocks == 0)
            *blocks = id;
    }
    return rc == 0;
}
