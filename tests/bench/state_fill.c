/*
 * state_fill.c - millions of rows by INSERT ... SELECT, indexes made afterwards.
 *
 * Nothing is random: a row's properties are a hash of its number. Nine tenths of the jobs have
 * ended; of the newest three tenths one in three waits, some of them in lanes that run (their Odoo
 * never answers), the others in lanes that are held; two in a hundred are parked, half of those for
 * one cause. One customer has an e-mail address with thousands of orders.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "store/audit.h"
#include "store/store.h"
#include "tests/bench/state.h"

/* The rows of a table: n(i) counts from 1 to the number bound to :rows. */
#define COUNT "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows) "
#define HASH(i, salt) "((" i " * 2654435761 + " #salt ") >> 7)"

static const char lanes[] =
    "DELETE FROM job;"
    "CREATE TEMP TABLE way (k INTEGER PRIMARY KEY, lane, backend, kind, record);"
    "CREATE TEMP TABLE road (name, kind, record, weight);"
    "INSERT INTO road VALUES ('orders', 'order.in', 'order', 25), ('customers', 'customer.in',"
    " 'customer', 5), ('products', 'product.in', 'product', 4), ('stock', 'stock.out', 'stock', 10),"
    " ('fulfilments', 'fulfilment.out', 'order', 6);"
    "INSERT OR IGNORE INTO lane (backend, name, max) SELECT backend.id, road.name, 4 FROM backend,"
    " road ORDER BY 1;"
    /* backend 1 has half of the traffic; the orders of 1 and 2 run, what else has work is held */
    "INSERT INTO way (lane, backend, kind, record) SELECT lane.id, lane.backend, kind, record FROM"
    " road JOIN lane ON lane.name = road.name JOIN (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL"
    " SELECT i + 1 FROM n WHERE i < 50) SELECT i FROM n) ON i <= iif(backend = 1, weight,"
    " weight / 2);"
    "UPDATE lane SET held_by = 'bench', held_since = 1 WHERE name <> 'orders' OR backend > 2;";

static const char jobs[] =
    "INSERT INTO job (id, backend, lane, kind, record, title, state, priority, tries, created, due,"
    " updated, started, attempts, inbox, problem, last_kind, last_text)" COUNT ", j AS NOT"
    " MATERIALIZED (SELECT i, (i + 2) / 3 AS r, " HASH("i", 0) " % 1000 AS h, " HASH("((i + 2) / 3)", 5)
    " % (SELECT max(k) FROM way) + 1 AS w, i * 1000 / :rows AS age, :now - (:rows - i) * 7776000000"
    " / :rows * 1000 AS at FROM n), s AS NOT MATERIALIZED (SELECT *, CASE WHEN age >= 700 AND i % 3"
    " = 0 THEN h % 10 >= 6 WHEN h < 20 THEN 4 WHEN h < 25 THEN 5 WHEN h = 25 THEN 3 WHEN h < 40 THEN"
    " 7 ELSE 6 END AS state FROM j)"
    "SELECT i, way.backend, way.lane, kind, record || ':' || (5000000000000 + r), '#' || (1000 + r),"
    " state, h % 3, state > 1, at, iif(state = 1, :now + 31536000000000 + i, at), at, iif(state > 1, at"
    " + 1000, 0), state > 1, iif(i % 2 = 0, i / 2, NULL), CASE WHEN state <> 4 THEN NULL WHEN h %"
    " 2 = 0 THEN 1 ELSE 2 + i % (:problems / 2) END, iif(state = 4, 4, 0), iif(state = 4, 'no tax"
    " mapping for 8.1 % CH included', NULL) FROM s JOIN way ON way.k = w";

static const char attempts[] =
    "INSERT INTO attempt (id, started, ended, outcome, kind, text) SELECT id * 1024 + 1, started,"
    " started + 200000, state, last_kind, last_text FROM job WHERE state > 1 ORDER BY id";

static const char inbox[] =
    "INSERT INTO inbox (id, backend, topic, object, shop, webhook_id, event_id, triggered_at,"
    " received, source, verdict, reason, bytes, us, job, kept, headers, body)" COUNT ", t AS NOT"
    " MATERIALIZED (SELECT i, " HASH("i", 3) " % 1000 AS h, :now - (:rows - i) * 7776000000 / :rows *"
    " 1000 AS at, i > :rows - 20000 AS kept FROM n)"
    "SELECT i, iif(i = 7, 3, 1 + h % 2), CASE WHEN i = 5 THEN 'app/uninstalled' WHEN h < 400 THEN"
    " 'orders/create' WHEN h < 700 THEN 'orders/updated' WHEN h < 900 THEN"
    " 'inventory_levels/update' ELSE 'customers/update' END, '#' || (1000 + i * 2 / 3),"
    " 'shop-' || (1 + h % 2) || '.myshopify.com', printf('%08x-%04x-4000-8000-%012x', i, h, i),"
    " printf('%012x', i), at - 1000000, at, iif(i = 11, '10.9.9.9', '10.0.0.' || (h % 200)), CASE"
    " WHEN h < 970 THEN 0 WHEN h < 990 THEN 1 WHEN h < 992 THEN 2 ELSE 3 END, iif(h >= 992,"
    " 'signature', NULL), 4096, 900, iif(h < 992, i * 2, NULL), kept, iif(kept,"
    " '[[\"X-Shopify-Topic\",\"orders/create\"]]', NULL), iif(kept, CAST(printf('{\"id\":%d,"
    "\"note\":\"%.*c\"}', 5000000000000 + i, 4000, 'x') AS BLOB), NULL) FROM t";

static const char history[] =
    "INSERT INTO history (id, backend, record, at, what, text, job, by)" COUNT
    "SELECT i, 1 + i % 2, 'order:' || (5000000000000 + (i + 2) / 3), :now - (:rows - i) * 7776000000"
    " / :rows * 1000, CASE i % 3 WHEN 0 THEN 'confirmed' WHEN 1 THEN 'received' ELSE 'created' END,"
    " 'sale order S' || i || ' was confirmed, stock reserved', i, '' FROM n";

/* Of twenty: twelve orders, five customers, three variants. */
#define PAIR_KEYS                                                                                  \
    "CASE WHEN m < 12 THEN '#' || (1000 + i) || char(10) || iif(i % 500 = 1, 'whale', 'buyer' || i" \
    " / 7) || '@example.com' WHEN m < 17 THEN 'buyer' || i || '@example.com' ELSE 'sku-' || i END"

static const char pairs[] =
    "INSERT INTO pair (id, backend, kind, shopify_id, odoo_model, odoo_id, title, state,"
    " shopify_print, odoo_print, shopify_at, odoo_at, flags, created, updated, keys, agreed)" COUNT
    ", p AS NOT MATERIALIZED (SELECT i, i % 20 AS m FROM n)"
    "SELECT i, 1 + i % 2, CASE WHEN m < 12 THEN 'order' WHEN m < 17 THEN 'customer' ELSE 'variant'"
    " END, iif(m < 12, 5, iif(m < 17, 7, 8)) * 1000000000000 + i, CASE WHEN m < 12 THEN 'sale.order'"
    " WHEN m < 17 THEN 'res.partner' ELSE 'product.product' END, i, iif(m < 12, '#' || (1000 + i),"
    " 'record ' || i), 'confirmed', printf('%032x', i), printf('%032x', i), :now, :now, 0, :now, :now,"
    " " PAIR_KEYS ", printf('{\"name\":\"#%d\",\"currency\":\"CHF\",\"total\":\"%d.00\","
    "\"note\":\"%.*c\"}', i, i % 1000, 400, 'x') FROM p";

static const char keys[] =
    "INSERT OR IGNORE INTO pair_key (key, kind, backend, pair)"
    " SELECT iif(instr(keys, char(10)) > 0, substr(keys, 1, instr(keys, char(10)) - 1), keys) AS k,"
    " kind, backend, id FROM pair UNION ALL SELECT substr(keys, instr(keys, char(10)) + 1), kind,"
    " backend, id FROM pair WHERE instr(keys, char(10)) > 0 ORDER BY 1, 2, 3, 4";

static const char problems[] =
    "INSERT INTO problem (id, backend, kind, cause, thing, lane, count, open, first, last, state,"
    " sample)" COUNT
    "SELECT i, 1 + i % 2, 1 + i % 7, 'no tax mapping for cause number ' || i, 'tax:' || i, 'orders',"
    " 0, 0, :now - i * 1000000, :now - i * 1000000, i % 2, 0 FROM n";

static const char sums[] =
    "UPDATE problem SET open = (SELECT count(*) FROM job WHERE problem = problem.id),"
    " sample = coalesce((SELECT max(id) FROM job WHERE problem = problem.id), 0);"
    "UPDATE problem SET count = open + 10, state = iif(open = 0, 3, state);"
    "INSERT INTO problem_spark SELECT id, last / 300000000, 3 FROM problem;"
    "INSERT INTO metric_hour SELECT name, minute / 60, backend, sum(n) FROM metric GROUP BY 1, 2, 3;"
    "INSERT INTO latency_hour SELECT name, minute / 60, backend, bucket, sum(n) FROM latency GROUP"
    " BY 1, 2, 3, 4;"
    "DELETE FROM lane_count;"
    "INSERT INTO lane_count SELECT lane, state, count(*) FROM job GROUP BY lane, state;";

static const char mappings[] =
    "INSERT INTO mapping (backend, kind, key, title, value, label, uses, last_used, changed)" COUNT
    "SELECT 1 + i % 2, CASE i % 5 WHEN 0 THEN 'tax' WHEN 1 THEN 'carrier' WHEN 2 THEN 'gateway' WHEN"
    " 3 THEN 'category' ELSE 'state' END, 'key ' || i, 'what ' || i || ' means', iif(i % 10 = 0,"
    " NULL, i), 'label ' || i, i * 37, :now, :now FROM n";

static const char figures[] =
    "INSERT OR REPLACE INTO metric (name, minute, backend, n)" COUNT
    "SELECT name, :now / 60000000 - :rows + i, b, i % 50 FROM (SELECT column1 AS name FROM (VALUES"
    " ('inbox.ok'), ('inbox.dup'), ('inbox.rej'), ('inbox.late'), ('odoo.calls'),"
    " ('orders.confirmed'), ('shopify.calls'))), (SELECT 1 AS b UNION SELECT 2), n ORDER BY 1, 2, 3";

static const char latencies[] =
    "INSERT OR REPLACE INTO latency (name, minute, backend, bucket, n)" COUNT
    "SELECT 'orders', :now / 60000000 - :rows + i, b, 100 + c, 3 FROM n, (SELECT 1 AS b UNION SELECT"
    " 2), (SELECT column1 AS c FROM (VALUES (0), (3), (7), (9), (15), (22), (31), (44))) ORDER BY 1,"
    " 2, 3, 4";

static const char notes[] =
    "INSERT INTO alert (backend, kind, level, text, at, last)" COUNT
    "SELECT 1, 'kind ' || i, i % 3, 'something to look at', :now, :now FROM n";

static bool fail(sqlite3 *sql, const char *what, struct err *err)
{
    return err_set(err, ERR_BUG, "fill: %.40s: %s", what, sqlite3_errmsg(sql));
}

static bool exec(sqlite3 *sql, const char *text, struct err *err)
{
    return sqlite3_exec(sql, text, NULL, NULL, NULL) == SQLITE_OK || fail(sql, text, err);
}

static bool insert(sqlite3 *sql, const struct state *s, const char *text, int64_t rows,
                   struct err *err)
{
    const struct {
        const char *name;
        int64_t value;
    } values[] = { { ":rows", rows }, { ":now", s->now }, { ":problems", s->jobs / 2000 + 10 } };
    sqlite3_stmt *q = NULL;
    int rc = sqlite3_prepare_v2(sql, text, -1, &q, NULL);

    for (size_t i = 0; rc == SQLITE_OK && i < sizeof values / sizeof values[0]; i++) {
        int at = sqlite3_bind_parameter_index(q, values[i].name);

        if (at > 0)
            rc = sqlite3_bind_int64(q, at, values[i].value);
    }
    if (rc == SQLITE_OK)
        rc = sqlite3_step(q);
    sqlite3_finalize(q);
    return rc == SQLITE_DONE || fail(sql, text, err);
}

/* Drops the indexes of our tables; *sqls: what makes them again, for free(3). */
static bool without_indexes(sqlite3 *sql, char **sqls, struct err *err)
{
    sqlite3_stmt *q = NULL;
    char *drops = NULL, *makes = NULL;
    bool ok;

    if (sqlite3_prepare_v2(sql,
                           "SELECT group_concat('DROP INDEX ' || name || ';', ''),"
                           " group_concat(sql || ';', '') FROM sqlite_schema WHERE type = 'index'"
                           " AND sql IS NOT NULL AND tbl_name IN ('job', 'inbox', 'history', 'pair',"
                           " 'problem')",
                           -1, &q, NULL) != SQLITE_OK ||
        sqlite3_step(q) != SQLITE_ROW)
        return fail(sql, "indexes", err);
    drops = strdup((const char *)sqlite3_column_text(q, 0));
    makes = strdup((const char *)sqlite3_column_text(q, 1));
    sqlite3_finalize(q);
    ok = drops != NULL && makes != NULL && exec(sql, drops, err);
    free(drops);
    *sqls = makes;
    return ok;
}

static bool fill_tables(sqlite3 *sql, const struct state *s, struct err *err)
{
    const int64_t minutes = s->jobs < 43200 ? s->jobs : 43200; /* a month */
    const struct {
        const char *text;
        int64_t rows;
    } tables[] = {
        { jobs, s->jobs },      { attempts, 0 },        { inbox, s->jobs / 2 },
        { history, s->jobs / 2 }, { pairs, s->pairs },  { keys, 0 },
        { problems, s->jobs / 2000 + 10 },              { mappings, 2000 },
        { figures, minutes },   { latencies, minutes }, { notes, 20 },
    };
    char *indexes = NULL;
    bool ok = without_indexes(sql, &indexes, err) && exec(sql, lanes, err);

    for (size_t i = 0; ok && i < sizeof tables / sizeof tables[0]; i++) {
        int64_t start = when_ticks();

        ok = insert(sql, s, tables[i].text, tables[i].rows, err);
        fprintf(stderr, "state: %.24s... %.1f s\n", tables[i].text,
                (double)(when_ticks() - start) / 1e6);
    }
    ok = ok && exec(sql, indexes, err) && exec(sql, sums, err);
    free(indexes);
    return ok;
}

static bool bulk(const struct state *s, struct err *err)
{
    char path[512];
    sqlite3 *sql = NULL;
    bool ok;

    snprintf(path, sizeof path, "%s/" STORE_FILE, s->dir);
    setenv("SQLITE_TMPDIR", s->dir, 1); /* the sorting takes as much room as the largest index */
    ok = sqlite3_open_v2(path, &sql, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
         exec(sql,
              "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -262144;"
              "PRAGMA locking_mode = EXCLUSIVE; BEGIN",
              err) &&
         fill_tables(sql, s, err) && exec(sql, "COMMIT", err);
    sqlite3_close(sql);
    return ok;
}

/* ---- the audit log: its chain of hashes is the store's own business ---- */

struct chapter {
    int64_t from, to;
};

static bool audit_change(struct db *db, void *ctx, struct err *err)
{
    const struct chapter *c = ctx;

    for (int64_t i = c->from; i < c->to; i++) {
        struct audit_entry e = { .uid = 1000 };

        snprintf(e.user, sizeof e.user, i == 3 ? "auditor" : "user%d", (int)(i % 7));
        snprintf(e.what, sizeof e.what, "%s",
                 i == 4 ? "secrets.set" : i % 3 == 0 ? "mappings.set" : "jobs.requeue");
        snprintf(e.object, sizeof e.object, "backend 1 tax %lld", (long long)(i % 1000));
        snprintf(e.origin, sizeof e.origin, "ssh 10.0.0.5");
        if (!audit_add(db, &e, NULL, NULL, err))
            return false;
    }
    return true;
}

static bool fill_audit(const struct state *s, struct err *err)
{
    AUTO(store) store = store_open(s->dir, err);
    int64_t entries = s->jobs / 50;

    if (store == NULL)
        return false;
    for (struct chapter c = { 0, 0 }; c.from < entries; c.from = c.to) {
        c.to = c.from + 2000 < entries ? c.from + 2000 : entries;
        if (!store_do(store, audit_change, &c, err))
            return false;
    }
    return true;
}

bool state_fill(struct state *s, struct err *err)
{
    s->now = when_now();
    return fill_audit(s, err) && bulk(s, err);
}
