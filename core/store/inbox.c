#include "store/inbox.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "store/db.h"
#include "store/metrics.h"

#define LOOK_MAX 1000 /* rows one page looks at */

static const char *const names[INBOX_VERDICT_COUNT] = { "ok", "dup", "late", "rej" };
static const char *const counters[INBOX_VERDICT_COUNT] = { "inbox.ok", "inbox.dup", "inbox.late",
                                                           "inbox.rej" };

const char *inbox_verdict_name(enum inbox_verdict verdict)
{
    return verdict < INBOX_VERDICT_COUNT ? names[verdict] : "?";
}

bool inbox_verdict_of(const char *name, enum inbox_verdict *verdict)
{
    for (unsigned v = 0; v < INBOX_VERDICT_COUNT; v++) {
        if (strcmp(names[v], name) != 0)
            continue;
        *verdict = (enum inbox_verdict)v;
        return true;
    }
    return false;
}

/* The first delivery with this id; *id 0: none. */
static bool first_of(struct db *db, const struct hook *hook, int64_t *id, int64_t *job,
                     struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        "SELECT id, job FROM inbox WHERE webhook_id = ?1 AND topic = ?2 AND"
                        " backend = ?3 AND webhook_id IS NOT NULL AND verdict IN (0, 2)",
                        "tti", hook->webhook_id, hook->topic, hook->backend);
    int rc = db_row(db, q, err);

    *id = *job = 0;
    if (rc == 1) {
        *id = col_int(q, 0);
        *job = col_int(q, 1);
    }
    return rc >= 0;
}

bool inbox_add(struct db *db, struct hook *hook, const char *headers, const void *body, size_t len,
               bool *duplicate, struct err *err)
{
    int64_t first = 0, job = 0;

    *duplicate = false;
    if (hook->verdict != INBOX_REJ && hook->webhook_id[0] != '\0' &&
        !first_of(db, hook, &first, &job, err))
        return false;
    if (first != 0) {
        *duplicate = true;
        hook->verdict = INBOX_DUP;
        hook->job = job;
        body = NULL;
        len = 0;
    }
    if (!db_run(db, err,
                "INSERT INTO inbox (backend, topic, object, shop, webhook_id, event_id,"
                " triggered_at, received, source, verdict, reason, bytes, us, job, kept, headers,"
                " body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15,"
                " ?16, ?17)",
                "iteteeiitdeiizdtb", hook->backend, hook->topic, hook->object, hook->shop,
                hook->webhook_id, hook->event_id, hook->triggered_at, hook->received, hook->source,
                (int)hook->verdict, hook->reason, hook->bytes, hook->us, hook->job,
                body != NULL ? 1 : 0, headers, body, len))
        return false;
    hook->id = db_last_id(db);
    return metrics_add(db, hook->backend, counters[hook->verdict], hook->received, 1, err);
}

bool inbox_job(struct db *db, int64_t id, int64_t job, struct err *err)
{
    return db_run(db, err, "UPDATE inbox SET job = ?2 WHERE id = ?1", "iz", id, job);
}

bool inbox_object(struct db *db, int64_t id, const char *object, struct err *err)
{
    return db_run(db, err, "UPDATE inbox SET object = ?2 WHERE id = ?1", "ie", id, object);
}

bool inbox_verdict(struct db *db, int64_t id, enum inbox_verdict verdict, const char *reason,
                   struct err *err)
{
    return db_run(db, err, "UPDATE inbox SET verdict = ?2, reason = ?3 WHERE id = ?1", "ide", id,
                  (int)verdict, reason);
}

#define COLUMNS                                                                                    \
    "id, backend, topic, object, shop, webhook_id, event_id, triggered_at, received, source,"      \
    " verdict, reason, bytes, us, job"

static void row_of(sqlite3_stmt *q, struct hook *h)
{
    memset(h, 0, sizeof *h);
    h->id = col_int(q, 0);
    h->backend = col_int(q, 1);
    col_text(q, 2, h->topic, sizeof h->topic);
    col_text(q, 3, h->object, sizeof h->object);
    col_text(q, 4, h->shop, sizeof h->shop);
    col_text(q, 5, h->webhook_id, sizeof h->webhook_id);
    col_text(q, 6, h->event_id, sizeof h->event_id);
    h->triggered_at = col_int(q, 7);
    h->received = col_int(q, 8);
    col_text(q, 9, h->source, sizeof h->source);
    h->verdict = (enum inbox_verdict)col_int(q, 10);
    col_text(q, 11, h->reason, sizeof h->reason);
    h->bytes = col_int(q, 12);
    h->us = col_int(q, 13);
    h->job = col_int(q, 14);
}

bool inbox_get(struct db *db, int64_t id, struct hook *hook, char **headers, char **body,
               size_t *len, struct err *err)
{
    AUTO_ASK q = db_ask(db, err, "SELECT " COLUMNS ", headers, body FROM inbox WHERE id = ?1", "i",
                        id);
    int rc = db_row(db, q, err);
    size_t ignored;

    if (rc == 0)
        return err_set(err, ERR_MISSING, "there is no delivery %lld", (long long)id);
    if (rc < 0)
        return false;
    row_of(q, hook);
    if (headers != NULL)
        *headers = col_dup(q, 15, &ignored);
    if (body != NULL)
        *body = col_dup(q, 16, len);
    return true;
}

static bool fits(const struct inbox_filter *f, const struct hook *h)
{
    return (f->backend == 0 || h->backend == f->backend) &&
           (f->topic == NULL || strcmp(h->topic, f->topic) == 0) &&
           (f->source == NULL || strcmp(h->source, f->source) == 0) &&
           (f->object == NULL || strcmp(h->object, f->object) == 0) &&
           (f->verdict < 0 || (int)h->verdict == f->verdict);
}

/* The narrowest index for the filter; the rest of it is looked at row by row. */
static sqlite3_stmt *ask_list(struct db *db, const struct inbox_filter *f, int64_t after,
                              struct err *err)
{
    if (f->object != NULL)
        return db_ask(db, err,
                      "SELECT " COLUMNS " FROM inbox WHERE object = ?1 AND id < ?2 ORDER BY id DESC"
                      " LIMIT ?3",
                      "tii", f->object, after, (int64_t)LOOK_MAX);
    if (f->verdict > 0)
        return db_ask(db, err,
                      "SELECT " COLUMNS " FROM inbox WHERE verdict = ?1 AND verdict <> 0 AND"
                      " id < ?2 ORDER BY id DESC LIMIT ?3",
                      "dii", f->verdict, after, (int64_t)LOOK_MAX);
    if (f->topic != NULL)
        return db_ask(db, err,
                      "SELECT " COLUMNS " FROM inbox WHERE topic = ?1 AND id < ?2 ORDER BY id DESC"
                      " LIMIT ?3",
                      "tii", f->topic, after, (int64_t)LOOK_MAX);
    return db_ask(db, err, "SELECT " COLUMNS " FROM inbox WHERE id < ?1 ORDER BY id DESC LIMIT ?2",
                  "ii", after, (int64_t)LOOK_MAX);
}

bool inbox_list(struct db *db, const struct inbox_filter *filter, struct hook *rows, size_t *count,
                int64_t *next, struct err *err)
{
    size_t room = *count < STORE_PAGE_MAX ? *count : STORE_PAGE_MAX, n = 0, looked = 0;
    AUTO_ASK q = ask_list(db, filter, filter->after > 0 ? filter->after : INT64_MAX, err);
    int64_t last = 0;
    int rc = 0;

    while (n < room && (rc = db_row(db, q, err)) == 1) {
        row_of(q, &rows[n]);
        last = rows[n].id;
        looked++;
        if (fits(filter, &rows[n]))
            n++;
    }
    if (rc < 0)
        return false;
    *count = n;
    *next = n == room || looked == LOOK_MAX ? last : 0;
    return true;
}

/* Ids grow with time, so halving finds the last one before a moment; 0: there is none. */
static bool last_before(struct db *db, when since, int64_t *id, struct err *err)
{
    int64_t low = 0, high = 0; /* what is up to low came before; what is above high did not */

    if (!db_number(db, &high, NULL, err, "SELECT coalesce(max(id), 0) FROM inbox", ""))
        return false;
    while (low < high) {
        int64_t middle = low + (high - low + 1) / 2;
        AUTO_ASK q = db_ask(db, err,
                            "SELECT id, received FROM inbox WHERE id <= ?1 AND id > ?2"
                            " ORDER BY id DESC LIMIT 1",
                            "ii", middle, low);
        int rc = db_row(db, q, err);

        if (rc < 0)
            return false;
        if (rc == 0 || col_int(q, 1) < since)
            low = middle;
        else
            high = col_int(q, 0) - 1;
    }
    *id = low;
    return true;
}

bool inbox_since(struct db *db, when since, const char *topic, int64_t after, int64_t *ids,
                 size_t *count, struct err *err)
{
    int64_t from = 0;
    AUTO_ASK q = NULL;
    size_t n = 0;
    int rc;

    if (after == 0 && !last_before(db, since, &from, err))
        return false;
    q = db_ask(db, err,
               "SELECT id FROM inbox NOT INDEXED WHERE id > ?1 AND received >= ?2 AND"
               " verdict IN (0, 2) AND (?3 IS NULL OR topic = ?3) ORDER BY id LIMIT ?4",
               "iiti", after > from ? after : from, since, topic, (int64_t)*count);

    while ((rc = db_row(db, q, err)) == 1)
        ids[n++] = col_int(q, 0);
    *count = n;
    return rc == 0;
}

bool inbox_newest(struct db *db, int64_t backend, when *received, struct err *err)
{
    *received = 0;
    return db_number(db, received, NULL, err,
                     "SELECT received FROM inbox WHERE verdict IN (0, 1, 2) AND backend = ?1"
                     " ORDER BY id DESC LIMIT 1",
                     "i", backend);
}

bool inbox_counts(struct db *db, when from, when to, int64_t counts[INBOX_VERDICT_COUNT],
                  struct err *err)
{
    for (unsigned v = 0; v < INBOX_VERDICT_COUNT; v++)
        if (!metrics_sum(db, 0, counters[v], from, to, &counts[v], err))
            return false;
    return true;
}

bool inbox_trim(struct db *db, when rejected, when others, int limit, bool *more, struct err *err)
{
    int changes;

    if (!db_run(db, err,
                "UPDATE inbox SET body = NULL, headers = NULL, kept = 0 WHERE id IN (SELECT id FROM"
                " inbox WHERE verdict = 3 AND kept = 1 AND received < ?1 LIMIT ?2)",
                "id", rejected, limit))
        return false;
    changes = db_changes(db);
    if (!db_run(db, err,
                "UPDATE inbox SET body = NULL, headers = NULL, kept = 0 WHERE id IN (SELECT"
                " inbox.id FROM inbox LEFT JOIN job ON job.id = inbox.job WHERE"
                " inbox.verdict IN (0, 1, 2) AND inbox.kept = 1 AND inbox.received < ?1 AND"
                " (job.id IS NULL OR job.state >= 6) LIMIT ?2)",
                "id", others, limit))
        return false;
    *more = changes == limit || db_changes(db) == limit;
    return true;
}

/* ---- blocked sources ---- */

bool blocks_set(struct db *db, const char *source, when until, const char *by, struct err *err)
{
    db->touched |= DB_TOUCH_SETTINGS;
    if (until == 0)
        return db_run(db, err, "DELETE FROM block WHERE source = ?1", "t", source);
    return db_run(db, err,
                  "INSERT INTO block VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET"
                  " until = excluded.until, by = excluded.by",
                  "tit", source, until, by);
}

bool blocks_list(struct db *db, when now, struct block *rows, size_t *count, struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        "SELECT source, until, by FROM block WHERE until > ?1 ORDER BY until"
                        " LIMIT ?2",
                        "ii", now, (int64_t)*count);
    size_t n = 0;
    int rc;

    while ((rc = db_row(db, q, err)) == 1) {
        col_text(q, 0, rows[n].source, sizeof rows[n].source);
        rows[n].until = col_int(q, 1);
        col_text(q, 2, rows[n++].by, sizeof rows[0].by);
    }
    *count = n;
    return rc == 0;
}
