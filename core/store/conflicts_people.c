/* What people see of conflicts and say about them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "store/conflicts_inside.h"
#include "store/jobs.h"

#define LOOKED_AT 4 /* times the rows of a page: the most that one page looks at */

/* ---- looking ---- */

/* "customer 17": behind that one; false: it is none of ours. */
static bool read_after(const char *after, char kind[STORE_NAME_MAX], int64_t *id)
{
    const char *blank = after != NULL ? strrchr(after, ' ') : NULL;
    unsigned long long n = 0;

    kind[0] = '\0';
    *id = 0;
    if (after == NULL || *after == '\0')
        return true;
    if (blank == NULL || (size_t)(blank - after) >= STORE_NAME_MAX ||
        !str_number(blank + 1, INT64_MAX, &n))
        return false;
    memcpy(kind, after, (size_t)(blank - after));
    kind[blank - after] = '\0';
    *id = (int64_t)n;
    return true;
}

static bool wanted(const struct conflicts_filter *f, const struct conflict *c, when now)
{
    if ((f->backend != 0 && c->backend != f->backend) ||
        (f->kind != NULL && strcmp(f->kind, c->kind) != 0))
        return false;
    return f->state >= 0 || (c->skipped > now) == (f->state == -2);
}

/* A page on its way: kind after kind, each from id on. */
struct page {
    const struct conflicts_filter *filter;
    when now;
    int state;
    struct conflict *rows;
    size_t room, count, looked;
    char kind[STORE_NAME_MAX];
    int64_t id;
};

/* What there is of this kind, until the page is full. */
static bool read_kind(struct db *db, struct page *p, struct err *err)
{
    size_t most = p->room * LOOKED_AT;
    int rc = 0;
    AUTO_ASK q = db_ask(db, err,
                        "SELECT " CONFLICT_COLUMNS " FROM conflict INDEXED BY conflict_state"
                        " WHERE state = ?1 AND kind = ?2 AND id > ?3 ORDER BY id",
                        "dti", p->state, p->kind, p->id);

    while (p->count < p->room && p->looked < most && (rc = db_row(db, q, err)) == 1) {
        conflicts_row(q, &p->rows[p->count]);
        p->id = p->rows[p->count].id;
        p->looked++;
        p->count += wanted(p->filter, &p->rows[p->count], p->now);
    }
    return rc >= 0;
}

static bool next_kind(struct db *db, struct page *p, bool *found, struct err *err)
{
    char before[STORE_NAME_MAX];

    str_copy(before, sizeof before, p->kind);
    AUTO_ASK q = db_ask(db, err,
                        "SELECT kind FROM conflict INDEXED BY conflict_state WHERE state = ?1"
                        " AND kind > ?2 ORDER BY kind LIMIT 1",
                        "dt", p->state, before);
    int rc = db_row(db, q, err);

    *found = rc == 1;
    if (rc == 1)
        col_text(q, 0, p->kind, sizeof p->kind);
    p->id = 0;
    return rc >= 0;
}

bool conflicts_list(struct db *db, const struct conflicts_filter *f, when now, struct conflict *rows,
                    size_t *count, char next[CONFLICT_NEXT_MAX], struct err *err)
{
    struct page p = { .filter = f, .now = now, .rows = rows, .room = *count,
                      .state = f->state >= 0 ? f->state : CONFLICT_OPEN };
    bool more = true;

    *count = 0;
    if (!read_after(f->after, p.kind, &p.id))
        return err_set(err, ERR_INVALID, "after is no place in this list");
    next[0] = '\0'; /* may be what after was */
    if (f->kind != NULL && strcmp(p.kind, f->kind) != 0) {
        str_copy(p.kind, sizeof p.kind, f->kind);
        p.id = 0;
    }
    if (p.kind[0] == '\0' && !next_kind(db, &p, &more, err))
        return false;
    while (more && p.count < p.room && p.looked < p.room * LOOKED_AT) {
        if (!read_kind(db, &p, err))
            return false;
        if (p.count == p.room || p.looked >= p.room * LOOKED_AT)
            break;
        more = f->kind == NULL;
        if (more && !next_kind(db, &p, &more, err))
            return false;
    }
    if (more)
        snprintf(next, CONFLICT_NEXT_MAX, "%s %lld", p.kind, (long long)p.id);
    *count = p.count;
    return true;
}

static bool count_kind(struct db *db, when now, struct conflict_kind *row, struct err *err)
{
    return db_number(db, &row->open, NULL, err,
                     "SELECT count(*) FROM (SELECT 1 FROM conflict INDEXED BY conflict_state WHERE"
                     " state = 0 AND kind = ?1 AND skipped <= ?2 LIMIT ?3)",
                     "tid", row->kind, now, CONFLICT_COUNT_MAX) &&
           db_number(db, &row->skipped, NULL, err,
                     "SELECT count(*) FROM (SELECT 1 FROM conflict INDEXED BY conflict_state WHERE"
                     " state = 0 AND kind = ?1 AND skipped > ?2 LIMIT ?3)",
                     "tid", row->kind, now, CONFLICT_COUNT_MAX) &&
           db_number(db, &row->oldest, NULL, err,
                     "SELECT asked FROM conflict INDEXED BY conflict_state WHERE state = 0 AND"
                     " kind = ?1 AND skipped <= ?2 ORDER BY id LIMIT 1",
                     "ti", row->kind, now);
}

bool conflicts_kinds(struct db *db, when now, struct conflict_kind *rows, size_t *count,
                     struct err *err)
{
    char kind[STORE_NAME_MAX] = "";
    size_t room = *count;

    for (*count = 0; *count < room; ++*count) {
        struct conflict_kind *row = &rows[*count];
        AUTO_ASK q = db_ask(db, err,
                            "SELECT kind FROM conflict INDEXED BY conflict_state WHERE state = 0"
                            " AND kind > ?1 ORDER BY kind LIMIT 1",
                            "t", kind);
        int rc = db_row(db, q, err);

        if (rc <= 0)
            return rc == 0;
        *row = (struct conflict_kind){ .open = 0 };
        col_text(q, 0, row->kind, sizeof row->kind);
        str_copy(kind, sizeof kind, row->kind);
        if (!count_kind(db, now, row, err))
            return false;
    }
    return true;
}

/* ---- saying ---- */

static void ago(when at, when now, char *to, size_t size)
{
    int64_t s = (now - at) / WHEN_SECOND;

    if (s < 120)
        snprintf(to, size, "%lld s", (long long)(s > 0 ? s : 0));
    else if (s < 7200)
        snprintf(to, size, "%lld min", (long long)s / 60);
    else
        snprintf(to, size, "%lld h", (long long)s / 3600);
}

/* Always false: why nothing can be said about it any more. */
static bool too_late(const struct conflict *c, when now, struct err *err)
{
    char since[32];

    ago(c->answered != 0 ? c->answered : c->ended, now, since, sizeof since);
    if (c->state == CONFLICT_UNDOING)
        return err_set(err, ERR_CONFLICT, "what %.40s chose is being taken back: look again in a moment",
                       c->by);
    if (c->state == CONFLICT_OVERTAKEN)
        return err_set(err, ERR_CONFLICT, "nothing is left to choose: %.200s",
                       c->why[0] != '\0' ? c->why : "both sides agree");
    return err_set(err, ERR_CONFLICT, "%.40s has decided it %s ago: %.200s", c->by, since,
                   c->summary);
}

bool conflicts_wake(struct db *db, const struct conflict *c, struct err *err)
{
    /* no payload: the run reads the record anew from both sides */
    struct job_new again = { .backend = c->backend, .lane = c->lane, .kind = c->job_kind,
                             .record = c->record, .title = c->title, .priority = 1, .payload = "",
                             .payload_len = 0 };
    int64_t job;

    return jobs_add(db, &again, &job, NULL, err);
}

static bool change(struct db *db, struct conflict *c, const char *version, const char *answer,
                   const char *summary, const char *by, when now, struct err *err)
{
    if (c->state != CONFLICT_OPEN)
        return too_late(c, now, err);
    if (strcmp(c->version, version) != 0)
        return err_set(err, ERR_CONFLICT,
                       "a side has moved since you looked: look at the values of now");
    return db_run(db, err,
                  "UPDATE conflict SET state = 1, answer = ?2, summary = ?3, by = ?4, answered = ?5,"
                  " skipped = 0, why = '', updated = ?5 WHERE id = ?1",
                  "ittti", c->id, answer, summary, by, now) &&
           conflicts_wake(db, c, err);
}

bool conflicts_answer(struct db *db, int64_t id, const char *version, const char *answer,
                      const char *summary, const char *by, when now, struct err *err)
{
    struct conflict c = { 0 };
    bool good;

    if (strlen(answer) > CONFLICT_TEXT_MAX)
        return err_set(err, ERR_INVALID, "the answer is too long");
    good = conflicts_get(db, id, &c, err) && change(db, &c, version, answer, summary, by, now, err);
    conflict_clear(&c);
    return good;
}

bool conflicts_skip(struct db *db, int64_t id, when until, const char *by, when now,
                    struct err *err)
{
    struct conflict c = { 0 };
    bool good = conflicts_get(db, id, &c, err);

    conflict_clear(&c);
    if (!good)
        return false;
    if (c.state != CONFLICT_OPEN)
        return too_late(&c, now, err);
    if (until != 0 && until <= now)
        return err_set(err, ERR_INVALID, "that moment is past");
    return db_run(db, err,
                  "UPDATE conflict SET skipped = ?2, skipped_by = ?3, updated = ?4 WHERE id = ?1",
                  "iiti", id, until, until != 0 ? by : "", now);
}

/* Is the record asked about once more by now? */
static bool asked_again(struct db *db, const struct conflict *c, bool *again, struct err *err)
{
    int64_t id = c->id;

    if (!db_number(db, &id, NULL, err,
                   "SELECT id FROM conflict INDEXED BY conflict_live WHERE record = ?1 AND"
                   " backend = ?2 AND state < 3",
                   "ti", c->record, c->backend))
        return false;
    *again = id != c->id;
    return true;
}

bool conflicts_undo(struct db *db, int64_t id, const char *by, when now, struct err *err)
{
    struct conflict c = { 0 };
    bool good = conflicts_get(db, id, &c, err), again = false;

    conflict_clear(&c);
    if (!good || !asked_again(db, &c, &again, err))
        return false;
    if (c.state == CONFLICT_OPEN)
        return err_set(err, ERR_REFUSED, "nothing is chosen yet");
    if (c.state != CONFLICT_ANSWERED && c.state != CONFLICT_DECIDED)
        return too_late(&c, now, err);
    if (again)
        return err_set(err, ERR_REFUSED, "the record moved since, and is asked about once more");
    if (now - c.answered > CONFLICT_UNDO_US)
        return err_set(err, ERR_REFUSED,
                       "it was chosen more than a minute ago: change the record instead");
    return db_run(db, err,
                  "UPDATE conflict SET state = 2, why = ?2, ended = 0, updated = ?3 WHERE id = ?1",
                  "iti", id, by, now) &&
           conflicts_wake(db, &c, err);
}
