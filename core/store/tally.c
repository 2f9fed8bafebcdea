#include "store/tally.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "store/db.h"

static int compare(const void *x, const void *y)
{
    const struct tally_row *p = x, *q = y;

    if (p->kind != q->kind)
        return p->kind < q->kind ? -1 : 1;
    if (p->a != q->a)
        return p->a < q->a ? -1 : 1;
    if (p->b != q->b)
        return p->b < q->b ? -1 : 1;
    if (p->c != q->c)
        return p->c < q->c ? -1 : 1;
    return strcmp(p->name, q->name);
}

bool tally_add(struct tally *tally, enum tally_kind kind, const char *name, int64_t a, int64_t b,
               int64_t c, int64_t n, struct err *err)
{
    struct tally_row row = { .kind = kind, .a = a, .b = b, .c = c, .n = n };
    size_t from = tally->count > tally->mark + 16 ? tally->count - 16 : tally->mark;

    str_copy(row.name, sizeof row.name, name);
    for (size_t i = from; i < tally->count; i++) {
        if (compare(&tally->rows[i], &row) != 0)
            continue;
        tally->rows[i].n += n;
        return true;
    }
    if (tally->count == tally->room) {
        size_t room = tally->room == 0 ? 256 : 2 * tally->room;
        struct tally_row *rows = NULL;

        if (room <= TALLY_MAX)
            rows = realloc(tally->rows, room * sizeof *rows);
        if (rows == NULL)
            return err_set(err, ERR_BUSY, "no room for figures in this transaction");
        tally->rows = rows;
        tally->room = room;
    }
    tally->rows[tally->count++] = row;
    return true;
}

int64_t tally_sum(const struct tally *tally, enum tally_kind kind, int64_t a, int64_t b)
{
    int64_t sum = 0;

    for (size_t i = 0; i < tally->count; i++)
        if (tally->rows[i].kind == kind && tally->rows[i].a == a && tally->rows[i].b == b)
            sum += tally->rows[i].n;
    return sum;
}

static bool write_row(struct db *db, const struct tally_row *row, struct err *err)
{
    switch (row->kind) {
    case TALLY_LANE:
        return db_run(db, err,
                      "INSERT INTO lane_count (lane, state, n) VALUES (?1, ?2, ?3)"
                      " ON CONFLICT DO UPDATE SET n = n + excluded.n",
                      "iii", row->a, row->b, row->n);
    case TALLY_METRIC:
        return db_run(db, err,
                      "INSERT INTO metric (name, backend, minute, n) VALUES (?1, ?2, ?3, ?4)"
                      " ON CONFLICT DO UPDATE SET n = n + excluded.n",
                      "tiii", row->name, row->a, row->b, row->n) &&
               db_run(db, err,
                      "INSERT INTO metric_hour (name, backend, hour, n) VALUES (?1, ?2, ?3, ?4)"
                      " ON CONFLICT DO UPDATE SET n = n + excluded.n",
                      "tiii", row->name, row->a, row->b / 60, row->n);
    case TALLY_LATENCY:
        return db_run(db, err,
                      "INSERT INTO latency (name, backend, minute, bucket, n)"
                      " VALUES (?1, ?2, ?3, ?4, ?5)"
                      " ON CONFLICT DO UPDATE SET n = n + excluded.n",
                      "tiiii", row->name, row->a, row->b, row->c, row->n) &&
               db_run(db, err,
                      "INSERT INTO latency_hour (name, backend, hour, bucket, n)"
                      " VALUES (?1, ?2, ?3, ?4, ?5)"
                      " ON CONFLICT DO UPDATE SET n = n + excluded.n",
                      "tiiii", row->name, row->a, row->b / 60, row->c, row->n);
    case TALLY_SPARK:
        return db_run(db, err,
                      "INSERT INTO problem_spark (problem, slot, n) VALUES (?1, ?2, ?3)"
                      " ON CONFLICT DO UPDATE SET n = n + excluded.n",
                      "iii", row->a, row->b, row->n);
    }
    return err_set(err, ERR_BUG, "a figure of unknown kind");
}

bool tally_write(struct db *db, struct err *err)
{
    struct tally *t = &db->tally;

    if (t->count > 1)
        qsort(t->rows, t->count, sizeof t->rows[0], compare);
    for (size_t i = 0; i < t->count;) {
        struct tally_row row = t->rows[i];

        for (i++; i < t->count && compare(&t->rows[i], &row) == 0; i++)
            row.n += t->rows[i].n;
        if (row.n != 0 && !write_row(db, &row, err))
            return false;
    }
    return true;
}

void tally_undo(struct tally *tally)
{
    tally->count = tally->mark;
}

void tally_keep(struct tally *tally)
{
    tally->mark = tally->count;
}

void tally_empty(struct tally *tally)
{
    tally->count = tally->mark = 0;
}

void tally_clear(struct tally *tally)
{
    free(tally->rows);
    memset(tally, 0, sizeof *tally);
}
