#include "store/problems.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "store/jobs_inside.h"

#define SLOT (5 * WHEN_MINUTE)
#define PARTS_MAX 64  /* of JOBS_BULK_IDS_MAX jobs that wait for one product */
#define LOOK_MAX 1000 /* rows one page looks at */

static const char *const state_names[PROBLEM_STATE_COUNT] = { "new", "known", "muted", "solved" };

const char *problem_state_name(enum problem_state state)
{
    return state < PROBLEM_STATE_COUNT ? state_names[state] : "?";
}

bool problem_state_of(const char *name, enum problem_state *state)
{
    for (unsigned s = 0; s < PROBLEM_STATE_COUNT; s++) {
        if (strcmp(state_names[s], name) != 0)
            continue;
        *state = (enum problem_state)s;
        return true;
    }
    return false;
}

/* ---- what makes causes equal ---- */

/* Bytes of a quoted text with its quotes, 0 if none begins here. An apostrophe is no quote. */
static size_t quoted(const char *text, bool after_word)
{
    static const char *const pairs[][2] = { { "\"", "\"" }, { "'", "'" },
                                            { "\xe2\x80\x9c", "\xe2\x80\x9d" },
                                            { "\xc2\xab", "\xc2\xbb" }, { "`", "`" } };

    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        const char *open = pairs[i][0], *end;

        if (!str_starts(text, open) || (*open == '\'' && after_word))
            continue;
        end = strstr(text + strlen(open), pairs[i][1]);
        if (end != NULL)
            return (size_t)(end - text) + strlen(pairs[i][1]);
    }
    return 0;
}

static bool in_word(char c)
{
    return c != '\0' && !isspace((unsigned char)c) && strchr("\"`(){}[]<>,;=", c) == NULL;
}

/* What a word stands for; NULL: itself. */
static const char *placeholder(const char *word, size_t len)
{
    bool digit = false, other = false, hexadecimal = true, letters = false;

    if (memchr(word, '@', len) != NULL)
        return "<e-mail>";
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)word[i];

        digit = digit || isdigit(c);
        other = other || (!isdigit(c) && strchr(".:-+%/'", c) == NULL);
        letters = letters || isalpha(c) || c >= 0x80;
        hexadecimal = hexadecimal && (isxdigit(c) || c == '-');
    }
    if (digit)
        return other ? "<id>" : "<n>";
    return hexadecimal && letters && len >= 16 ? "<id>" : NULL;
}

static void add_word(struct str *to, const char *word, size_t len)
{
    size_t body = len;
    const char *stands;

    while (body > 0 && strchr(".:!?", word[body - 1]) != NULL)
        body--;
    stands = placeholder(word, body);
    if (stands != NULL)
        str_adds(to, stands);
    else
        str_add(to, word, body);
    str_add(to, word + body, len - body);
}

void problems_normalise(const char *text, char *to)
{
    AUTO_STR out;
    bool blank = false, after_word = false;

    str_init(&out, 4 * ERR_TEXT_MAX);
    while (*text != '\0') {
        size_t n = quoted(text, after_word);

        if (n > 0) {
            str_adds(&out, "<text>");
        } else if (in_word(*text)) {
            while (in_word(text[n]) && (n == 0 || text[n] != '\'' || in_word(text[n + 1])))
                n++;
            add_word(&out, text, n);
        } else {
            n = 1;
            if (!isspace((unsigned char)*text))
                str_add(&out, text, 1);
            else if (!blank)
                str_adds(&out, " ");
        }
        after_word = in_word(*text) && n > 0 && in_word(text[n - 1]);
        blank = isspace((unsigned char)*text);
        text += n;
    }
    str_copy(to, ERR_TEXT_MAX, out.data);
}

/* ---- for jobs ---- */

bool problems_hit(struct db *db, const struct job *job, const struct err *cause, when now,
                  int64_t *problem, struct err *err)
{
    char words[ERR_TEXT_MAX];

    problems_normalise(cause->text, words);
    {
        AUTO_ASK q = db_ask(db, err,
                            "INSERT INTO problem (backend, kind, cause, thing, lane, count, open,"
                            " first, last, sample) VALUES (?1, ?2, ?3, ?4, ?5, 1, 1, ?6, ?6, ?7)"
                            " ON CONFLICT (backend, kind, cause, thing) DO UPDATE SET"
                            " count = count + 1, open = open + 1, last = excluded.last,"
                            " sample = excluded.sample, lane = excluded.lane,"
                            " state = iif(state = 3, 0, state) RETURNING id",
                            "idtttii", job->backend, (int)cause->kind, words, cause->thing,
                            job->lane, now, job->id);

        if (db_row(db, q, err) != 1)
            return false;
        *problem = col_int(q, 0);
        if (db_row(db, q, err) != 0)
            return false;
    }
    return tally_add(&db->tally, TALLY_SPARK, "", *problem, now / SLOT, 0, 1, err) &&
           db_run(db, err, "DELETE FROM problem_spark WHERE problem = ?1 AND slot < ?2", "ii",
                  *problem, now / SLOT - 2 * PROBLEM_SPARK);
}

bool problems_leave(struct db *db, int64_t problem, struct err *err)
{
    return db_run(db, err,
                  "UPDATE problem SET open = max(0, open - 1),"
                  " state = iif(open <= 1, 3, state) WHERE id = ?1",
                  "i", problem);
}

/* ---- reading ---- */

#define COLUMNS                                                                                    \
    "id, backend, kind, cause, thing, lane, count, open, first, last, state, assigned, until,"     \
    " reason, sample"

static void read_row(sqlite3_stmt *q, when now, struct problem *p)
{
    memset(p, 0, sizeof *p);
    p->id = col_int(q, 0);
    p->backend = col_int(q, 1);
    p->kind = (enum err_kind)col_int(q, 2);
    col_text(q, 3, p->cause, sizeof p->cause);
    col_text(q, 4, p->thing, sizeof p->thing);
    col_text(q, 5, p->lane, sizeof p->lane);
    p->count = col_int(q, 6);
    p->open = col_int(q, 7);
    p->first = col_int(q, 8);
    p->last = col_int(q, 9);
    p->state = (enum problem_state)col_int(q, 10);
    col_text(q, 11, p->assigned, sizeof p->assigned);
    p->until = col_int(q, 12);
    col_text(q, 13, p->reason, sizeof p->reason);
    p->sample = col_int(q, 14);
    if (p->state == PROBLEM_MUTED && p->until <= now)
        p->state = PROBLEM_KNOWN;
}

static bool read_spark(struct db *db, when now, struct problem *p, struct err *err)
{
    int64_t first = now / SLOT - PROBLEM_SPARK + 1;
    AUTO_ASK q = db_ask(db, err,
                        "SELECT slot, n FROM problem_spark WHERE problem = ?1 AND slot >= ?2",
                        "ii", p->id, first);
    int rc;

    while ((rc = db_row(db, q, err)) == 1) {
        int64_t at = col_int(q, 0) - first;

        if (at >= 0 && at < PROBLEM_SPARK)
            p->spark[at] = (int)col_int(q, 1);
    }
    return rc == 0;
}

static bool wanted(const struct problems_filter *f, const struct problem *p)
{
    return (f->state == -2 || (f->state == -1 ? p->state != PROBLEM_SOLVED
                                              : (int)p->state == f->state)) &&
           (f->kind == 0 || (int)p->kind == f->kind) &&
           (f->backend == 0 || p->backend == f->backend);
}

bool problems_list(struct db *db, const struct problems_filter *filter, when now,
                   struct problem *rows, size_t *count, int64_t *next, struct err *err)
{
    size_t room = *count, n = 0, looked = 0;
    int64_t last = 0;
    int rc = 0;

    {
        AUTO_ASK q = db_ask(db, err,
                            filter->after == 0
                                ? "SELECT " COLUMNS " FROM problem WHERE ?1 = 0"
                                  " ORDER BY open DESC, last DESC, id DESC"
                                : "SELECT " COLUMNS " FROM problem WHERE (open, last, id) <"
                                  " (SELECT open, last, id FROM problem WHERE id = ?1)"
                                  " ORDER BY open DESC, last DESC, id DESC",
                            "i", filter->after);

        while (n < room && looked < LOOK_MAX && (rc = db_row(db, q, err)) == 1) {
            read_row(q, now, &rows[n]);
            last = rows[n].id;
            looked++;
            if (wanted(filter, &rows[n]))
                n++;
            else if (filter->state == -1 && rows[n].open == 0)
                last = 0; /* behind the first without open jobs all are solved */
            if (last == 0)
                break;
        }
    }
    if (rc < 0)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!read_spark(db, now, &rows[i], err))
            return false;
    *next = n == room || looked == LOOK_MAX ? last : 0;
    *count = n;
    return true;
}

bool problems_get(struct db *db, int64_t id, when now, struct problem *problem, struct err *err)
{
    int rc;

    {
        AUTO_ASK q = db_ask(db, err, "SELECT " COLUMNS " FROM problem WHERE id = ?1", "i", id);

        rc = db_row(db, q, err);
        if (rc == 1)
            read_row(q, now, problem);
    }
    if (rc == 0)
        return err_set(err, ERR_MISSING, "there is no problem %lld", (long long)id);
    return rc == 1 && read_spark(db, now, problem, err);
}

bool problems_totals(struct db *db, int64_t *causes, int64_t *open, struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        "SELECT count(*), coalesce(sum(open), 0) FROM problem WHERE open > 0", "");

    if (db_row(db, q, err) != 1)
        return false;
    *causes = col_int(q, 0);
    *open = col_int(q, 1);
    return true;
}

/* ---- what people do ---- */

bool problems_replay(struct db *db, int64_t id, when now, int64_t *count, struct err *err)
{
    struct jobs_bulk bulk = { .of = { .problem = id, .state = -1, .count = -1 },
                              .step = STEP_REQUEUE,
                              .now = now };

    if (!jobs_bulk(db, &bulk, err))
        return false;
    *count = bulk.count;
    return true;
}

bool problems_replay_thing(struct db *db, int64_t backend, const char *thing, when now,
                           int64_t *count, struct err *err)
{
    int64_t ids[64];
    size_t n = 0;
    int rc = 0;

    *count = 0;
    {
        AUTO_ASK q = db_ask(db, err,
                            "SELECT id FROM problem WHERE backend = ?1 AND thing = ?2 AND"
                            " thing <> '' AND open > 0 LIMIT 64",
                            "it", backend, thing);

        while (n < 64 && (rc = db_row(db, q, err)) == 1)
            ids[n++] = col_int(q, 0);
    }
    if (rc < 0)
        return false;
    for (size_t i = 0; i < n; i++) {
        int64_t some = 0;

        if (!problems_replay(db, ids[i], now, &some, err))
            return false;
        *count += some;
    }
    return true;
}

/* The first of them that are parked: "[1,2]" are the items. *count: room in, ids out. */
static bool items_jobs(struct db *db, int64_t backend, const char *items, int64_t *ids,
                       size_t *count, struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        "SELECT id FROM job INDEXED BY job_problem WHERE problem IN (SELECT id"
                        " FROM problem WHERE backend = ?1 AND thing = ?2 AND open > 0)"
                        " AND state = ?3 AND CAST(substr(record, instr(record, ':') + 1) AS INTEGER)"
                        " IN (SELECT value FROM json_each(?4)) LIMIT ?5",
                        "itdti", backend, PROBLEM_PRODUCTS, (int)JOB_PARKED, items,
                        (int64_t)*count);
    size_t n = 0;
    int rc = 0;

    while (n < *count && (rc = db_row(db, q, err)) == 1)
        ids[n++] = col_int(q, 0);
    *count = n;
    return rc >= 0;
}

bool problems_replay_items(struct db *db, int64_t backend, const int64_t *items, size_t count,
                           when now, struct err *err)
{
    int64_t ids[JOBS_BULK_IDS_MAX], open = 0;
    size_t found = JOBS_BULK_IDS_MAX;
    bool any = false;
    AUTO_STR list;

    str_init(&list, 1 << 20);
    if (count == 0 || !db_number(db, &open, &any, err,
                                 "SELECT 1 FROM problem WHERE backend = ?1 AND thing = ?2"
                                 " AND open > 0 LIMIT 1",
                                 "it", backend, PROBLEM_PRODUCTS) ||
        !any)
        return count == 0 || err->kind == ERR_NONE;
    for (size_t i = 0; i < count; i++)
        str_addf(&list, "%c%lld", i == 0 ? '[' : ',', (long long)items[i]);
    if (!str_adds(&list, "]"))
        return err_set(err, ERR_BUSY, "no memory");
    for (int part = 0; part < PARTS_MAX && found == JOBS_BULK_IDS_MAX; part++) {
        struct jobs_bulk bulk = { .of = { .ids = ids, .state = -1, .count = -1 },
                                  .step = STEP_REQUEUE, .now = now };

        if (!items_jobs(db, backend, list.data, ids, &found, err))
            return false;
        bulk.of.id_count = found;
        if (found > 0 && !jobs_bulk(db, &bulk, err))
            return false;
    }
    return true;
}

bool problems_mute(struct db *db, int64_t id, const char *reason, when until, struct err *err)
{
    if (!db_run(db, err,
                "UPDATE problem SET state = iif(?3 > 0, 2, 1), reason = ?2, until = ?3"
                " WHERE id = ?1 AND state <> 3",
                "iti", id, reason, until))
        return false;
    return db_changes(db) == 1 ||
           err_set(err, ERR_REFUSED, "problem %lld is solved or unknown", (long long)id);
}

bool problems_assign(struct db *db, int64_t id, const char *user, struct err *err)
{
    if (!db_run(db, err,
                "UPDATE problem SET assigned = ?2, state = iif(state = 0 AND ?2 <> '', 1, state)"
                " WHERE id = ?1",
                "it", id, user))
        return false;
    return db_changes(db) == 1 ||
           err_set(err, ERR_MISSING, "there is no problem %lld", (long long)id);
}
