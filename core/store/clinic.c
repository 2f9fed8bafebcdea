#include "store/clinic.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "store/db.h"

static const char *const kinds[] = { "duplicate_shopify", "duplicate_odoo", "question", "missing" };

const char *clinic_kind_name(enum clinic_kind kind)
{
    return kind < CLINIC_KINDS ? kinds[kind] : "?";
}

bool clinic_kind_of(const char *name, enum clinic_kind *kind)
{
    for (unsigned i = 0; i < CLINIC_KINDS; i++)
        if (strcmp(kinds[i], name) == 0)
            return (*kind = (enum clinic_kind)i, true);
    return false;
}

/*
 * Below, import_variant_sku is named: SQLite takes the primary key by itself, and reads all variants
 * of the run for each that it is asked about.
 */

/* ---- finding ---- */

/* *fresh: the row says something that it did not say before. */
static bool put(struct db *db, int64_t run, int64_t variant, enum clinic_kind kind,
                const char *proposals, bool *fresh, struct err *err)
{
    if (!db_run(db, err,
                "INSERT INTO import_clinic (run, variant, kind, proposals)"
                " VALUES (?1, ?2, ?3, ?4) ON CONFLICT (run, variant) DO UPDATE SET"
                " kind = min(kind, excluded.kind),"
                " proposals = coalesce(excluded.proposals, proposals)"
                " WHERE kind > excluded.kind OR (excluded.proposals IS NOT NULL"
                " AND proposals IS NOT excluded.proposals)",
                "iidt", run, variant, (int)kind, proposals))
        return err_within(err, "keep a question of the import");
    *fresh = db_changes(db) > 0;
    return true;
}

bool clinic_seen(struct db *db, int64_t run, const struct clinic_variant *v, struct err *err)
{
    int64_t other = 0, item = 0;
    bool fresh = false;

    if (!db_run(db, err,
                "INSERT INTO import_variant (run, variant, item, product, sku, title, price)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (run, variant) DO UPDATE SET"
                " item = excluded.item, product = excluded.product, sku = excluded.sku,"
                " title = excluded.title, price = excluded.price",
                "iiiittt", run, v->variant, v->item, v->product, v->sku, v->title, v->price))
        return err_within(err, "keep a variant of the import");
    if (v->sku[0] == '\0')
        return true;
    {
        AUTO_ASK q = db_ask(db, err,
                            "SELECT variant, item FROM import_variant INDEXED BY"
                            " import_variant_sku WHERE run = ?1 AND sku = ?2 AND sku <> ''"
                            " AND variant <> ?3 LIMIT 1",
                            "iti", run, v->sku, v->variant);
        int rc = db_row(db, q, err);

        if (rc <= 0)
            return rc == 0;
        other = col_int(q, 0);
        item = col_int(q, 1);
    }
    if (!put(db, run, other, CLINIC_SHOPIFY, NULL, &fresh, err) ||
        (fresh && !imports_doubt_one(db, item, err)) ||
        !put(db, run, v->variant, CLINIC_SHOPIFY, NULL, &fresh, err))
        return false;
    return !fresh || imports_doubt_one(db, v->item, err);
}

bool clinic_ask(struct db *db, int64_t run, const struct clinic_variant *v, enum clinic_kind kind,
                const char *proposals, struct err *err)
{
    bool fresh = false;

    if (proposals != NULL && strlen(proposals) >= CLINIC_PROPOSALS_MAX)
        proposals = NULL;
    return put(db, run, v->variant, kind, proposals, &fresh, err);
}

bool clinic_settled(struct db *db, int64_t run, int64_t variant, struct err *err)
{
    return db_run(db, err,
                  "DELETE FROM import_clinic WHERE run = ?1 AND variant = ?2 AND kind <> ?3"
                  " AND NOT EXISTS (SELECT 1 FROM import_run AS r CROSS JOIN import_variant AS v"
                  " ON v.run = r.id AND v.variant = ?2 CROSS JOIN mapping AS m"
                  " ON m.backend = r.backend AND m.kind = 'product'"
                  " AND m.key IN ('variant:' || v.variant, 'sku:' || v.sku)"
                  " AND m.value IS NOT NULL WHERE r.id = ?1)",
                  "iid", run, variant, (int)CLINIC_SHOPIFY);
}

bool clinic_shared(struct db *db, int64_t backend, int64_t product, const char *sku, bool *shared,
                   struct err *err)
{
    int64_t one;

    return db_number(db, &one, shared, err,
                     "SELECT 1 FROM import_variant AS v INDEXED BY import_variant_sku WHERE"
                     " v.run = (SELECT id FROM import_run INDEXED BY import_run_open"
                     " WHERE backend = ?1 AND ended = 0)"
                     " AND v.sku = ?2 AND v.sku <> '' AND v.product <> ?3"
                     " AND NOT EXISTS (SELECT 1 FROM mapping AS m WHERE m.backend = ?1"
                     " AND m.kind = 'product' AND m.key = 'variant:' || v.variant"
                     " AND m.value IS NOT NULL) LIMIT 1",
                     "iti", backend, sku, product);
}

/* ---- reading ---- */

#define FROM                                                                                       \
    "FROM import_clinic AS c CROSS JOIN import_variant AS v ON v.run = c.run"                       \
    " AND v.variant = c.variant LEFT JOIN mapping AS m ON m.backend = ?2 AND m.kind = 'product'"    \
    " AND m.key = 'variant:' || c.variant LEFT JOIN mapping AS s ON s.backend = ?2"                 \
    " AND s.kind = 'product' AND s.key = 'sku:' || v.sku"
#define ANSWERED "(coalesce(m.value, s.value) IS NOT NULL)"
#define ROWS                                                                                       \
    "SELECT c.id, c.kind, c.variant, v.item, v.product, v.sku, v.title, v.price, c.proposals,"      \
    " coalesce(m.value, s.value, ''), iif(m.value IS NULL, coalesce(s.label, ''), m.label) " FROM

static void row_from(sqlite3_stmt *q, struct clinic_row *row)
{
    memset(row, 0, sizeof *row);
    row->id = col_int(q, 0);
    row->kind = (enum clinic_kind)col_int(q, 1);
    row->variant.variant = col_int(q, 2);
    row->variant.item = col_int(q, 3);
    row->variant.product = col_int(q, 4);
    col_text(q, 5, row->variant.sku, sizeof row->variant.sku);
    col_text(q, 6, row->variant.title, sizeof row->variant.title);
    col_text(q, 7, row->variant.price, sizeof row->variant.price);
    row->proposals = col_dup(q, 8, NULL);
    col_text(q, 9, row->answer, sizeof row->answer);
    col_text(q, 10, row->label, sizeof row->label);
}

void clinic_rows_clear(struct clinic_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(rows[i].proposals);
        rows[i].proposals = NULL;
    }
}

bool clinic_list(struct db *db, const struct import_run *run, int kind, int answered,
                 int64_t after, struct clinic_row *rows, size_t *count, int64_t *next,
                 struct err *err)
{
    static const char all[] = ROWS " WHERE c.run = ?1 AND c.id > ?3 AND (?5 < 0 OR " ANSWERED
                                   " = ?5) ORDER BY c.id LIMIT ?4";
    static const char some[] = ROWS " WHERE c.run = ?1 AND c.id > ?3 AND c.kind = ?6"
                                    " AND (?5 < 0 OR " ANSWERED " = ?5) ORDER BY c.id LIMIT ?4";
    AUTO_ASK q = kind < 0 ? db_ask(db, err, all, "iiiid", run->id, run->backend, after,
                                   (int64_t)*count, answered) :
                            db_ask(db, err, some, "iiiidd", run->id, run->backend, after,
                                   (int64_t)*count, answered, kind);
    size_t n = 0;
    int rc = 0;

    while (n < *count && (rc = db_row(db, q, err)) == 1)
        row_from(q, &rows[n++]);
    if (rc < 0) {
        clinic_rows_clear(rows, n);
        return false;
    }
    *next = n == *count && n > 0 ? rows[n - 1].id : 0;
    *count = n;
    return true;
}

bool clinic_counts(struct db *db, const struct import_run *run, int64_t counts[CLINIC_KINDS],
                   int64_t open[CLINIC_KINDS], struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        "SELECT c.kind, count(*), sum(1 - " ANSWERED ") " FROM
                        " WHERE c.run = ?1 GROUP BY c.kind",
                        "ii", run->id, run->backend);
    int rc;

    for (int kind = 0; kind < CLINIC_KINDS; kind++)
        counts[kind] = open[kind] = 0;
    while ((rc = db_row(db, q, err)) == 1) {
        int64_t kind = col_int(q, 0);

        if (kind < 0 || kind >= CLINIC_KINDS)
            continue;
        counts[kind] = col_int(q, 1);
        open[kind] = col_int(q, 2);
    }
    return rc == 0;
}

bool clinic_others(struct db *db, int64_t run, const struct clinic_variant *of,
                   struct clinic_variant *rows, size_t *count, struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        "SELECT item, product, variant, title, price FROM import_variant"
                        " INDEXED BY import_variant_sku WHERE run = ?1 AND sku = ?2"
                        " AND sku <> '' AND variant <> ?3 LIMIT ?4",
                        "itii", run, of->sku, of->variant, (int64_t)*count);
    size_t n = 0;
    int rc = 0;

    while (n < *count && (rc = db_row(db, q, err)) == 1) {
        struct clinic_variant *v = &rows[n++];

        *v = (struct clinic_variant){ .item = col_int(q, 0), .product = col_int(q, 1),
                                      .variant = col_int(q, 2) };
        str_copy(v->sku, sizeof v->sku, of->sku);
        col_text(q, 3, v->title, sizeof v->title);
        col_text(q, 4, v->price, sizeof v->price);
    }
    *count = n;
    return rc >= 0;
}

bool clinic_get(struct db *db, const struct import_run *run, int64_t variant,
                struct clinic_row *row, struct err *err)
{
    AUTO_ASK q = db_ask(db, err, ROWS " WHERE c.run = ?1 AND c.variant = ?3", "iii", run->id,
                        run->backend, variant);
    int rc = db_row(db, q, err);

    if (rc == 1)
        row_from(q, row);
    return rc == 1 || (rc == 0 && err_set(err, ERR_MISSING, "nothing is asked about variant %lld",
                                          (long long)variant));
}

/* ---- answers ---- */

static bool doubt_all(struct db *db, sqlite3_stmt *q, bool *any, struct err *err)
{
    int rc;

    while ((rc = db_row(db, q, err)) == 1) {
        *any = true;
        if (!imports_doubt_one(db, col_int(q, 0), err))
            return false;
    }
    return rc == 0;
}

bool clinic_doubt(struct db *db, int64_t run, int64_t variant, const char *sku, bool *any,
                  struct err *err)
{
    {
        AUTO_ASK q = db_ask(db, err,
                            "SELECT item FROM import_variant WHERE run = ?1 AND variant = ?2", "ii",
                            run, variant);

        if (!doubt_all(db, q, any, err))
            return false;
    }
    AUTO_ASK q = db_ask(db, err,
                        "SELECT DISTINCT item FROM import_variant INDEXED BY import_variant_sku"
                        " WHERE run = ?1 AND sku = ?2"
                        " AND sku <> '' AND variant <> ?3",
                        "iti", run, sku, variant);

    return sku[0] == '\0' || doubt_all(db, q, any, err);
}
