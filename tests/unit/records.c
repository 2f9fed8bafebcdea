#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "base/str.h"
#include "store/alerts.h"
#include "store/audit.h"
#include "store/backends.h"
#include "store/effects.h"
#include "store/history.h"
#include "store/inbox.h"
#include "store/jobs.h"
#include "store/mappings.h"
#include "store/metrics.h"
#include "store/pairs.h"
#include "store/policies.h"
#include "tests/unit/place.h"

/* A test here is one change: it runs on the writer, and what it claims must hold. */
static void inside(struct place *p, store_change *change)
{
    if (!store_do(p->store, change, p, &p->err)) {
        print_error("%s\n", p->err.text);
        fail();
    }
}

#define HOLDS(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            return err->kind != ERR_NONE                                                           \
                       ? false                                                                     \
                       : err_set(err, ERR_BUG, "line %d: %s", __LINE__, #condition);               \
    } while (0)

static bool new_backend(struct db *db, const char *name, int64_t *id, struct err *err)
{
    struct backend b = { .odoo_url = "https://o.example.com", .odoo_db = "d", .odoo_login = "l" };

    snprintf(b.name, sizeof b.name, "%s", name);
    snprintf(b.shop, sizeof b.shop, "%s", name);
    return backends_add(db, &b, id, err);
}

/* ---- backends ---- */

static void any_spelling_of_a_shop_is_the_same_shop(void **fixture)
{
    static const char *const same[] = {
        "my-shop", "My-Shop.myshopify.com", "https://my-shop.myshopify.com/admin",
        "  http://my-shop.myshopify.com/?a=b ", "admin.shopify.com/store/my-shop",
        "https://admin.shopify.com/store/my-shop/orders?x=1", "my-shop.myshopify.com/"
    };
    static const char *const none[] = { "", "my shop", "https://", "shop.example.com",
                                        "ftp://my-shop.myshopify.com", "-shop",
                                        "admin.shopify.com/", "admin.shopify.com/store/",
                                        "user@my-shop.myshopify.com", "http://evil.example",
                                        "x.myshopify.com.evil.example" };
    char shop[SHOP_MAX], url[URL_MAX_LEN];
    struct err err = { 0 };

    (void)fixture;
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        assert_true(backends_shop(same[i], shop, url, &err));
        assert_string_equal(shop, "my-shop.myshopify.com");
        assert_string_equal(url, "https://my-shop.myshopify.com");
    }
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        assert_false(backends_shop(none[i], shop, url, &err));
    assert_true(backends_shop("http://127.0.0.1:8069/x", shop, url, &err));
    assert_string_equal(url, "http://127.0.0.1:8069");
    assert_string_equal(shop, "practice-shop.myshopify.com");
}

static void plain_http_to_odoo_is_for_this_machine_only(void **fixture)
{
    char url[URL_MAX_LEN];
    struct err err = { 0 };

    (void)fixture;
    assert_true(backends_odoo_url("odoo.example.com/", url, &err));
    assert_string_equal(url, "https://odoo.example.com");
    assert_true(backends_odoo_url("https://example.com:444/odoo//", url, &err));
    assert_string_equal(url, "https://example.com:444/odoo");
    assert_true(backends_odoo_url("http://localhost:8069", url, &err));
    assert_true(backends_odoo_url("http://[::1]:8069", url, &err));
    assert_false(backends_odoo_url("http://odoo.example.com", url, &err));
    assert_false(backends_odoo_url("http://127.evil.example", url, &err));
    assert_false(backends_odoo_url("http://localhost.evil.example", url, &err));
    assert_false(backends_odoo_url("https://u:p@odoo.example.com", url, &err));
    assert_false(backends_odoo_url("https://odoo.example.com?x", url, &err));
}

static bool two_backends(struct db *db, void *ctx, struct err *err)
{
    struct pair pair = { .kind = "order", .shopify_id = 7, .odoo_model = "sale.order",
                         .odoo_id = 9 };
    const char *const keys[] = { "#1001" };
    AUTO_FREE char *before = NULL;
    struct backend b;
    int64_t first, second;
    struct err no = { 0 };

    (void)ctx;
    HOLDS(new_backend(db, "one", &first, err));
    HOLDS(!new_backend(db, "one", &second, &no) && no.kind == ERR_INVALID);
    HOLDS(new_backend(db, "two", &second, err));
    HOLDS(!backends_edit(db, second, "name", "one", NULL, &no));
    HOLDS(!backends_edit(db, second, "colour", "red", NULL, &no));
    HOLDS(backends_edit(db, second, "odoo_login", "bot", &before, err));
    HOLDS(before != NULL && strcmp(before, "l") == 0);
    HOLDS(policies_set(db, second, POLICY_batch_max, "7", err));
    pair.backend = second;
    HOLDS(pairs_put(db, &pair, "{}", keys, 1, err));
    HOLDS(backends_remove(db, second, err));
    HOLDS(!backends_get(db, second, &b, &no) && no.kind == ERR_MISSING);
    HOLDS(backends_get(db, first, &b, err));
    return new_backend(db, "two", &second, err); /* the name is free again */
}

static void a_backend_that_is_removed_takes_its_pairs_along(void **fixture)
{
    struct place *p = *fixture;
    AUTO(db) db = store_reader(p->store, &p->err);
    struct pair rows[4];
    size_t n;

    inside(p, two_backends);
    do { /* the writer does it piece by piece */
        usleep(1000);
        n = 4;
        assert_true(pairs_search(db, 0, "#1001", rows, &n, &p->err));
    } while (n > 0);
}

/* ---- pairs ---- */

static bool pair_life(struct db *db, void *ctx, struct err *err)
{
    struct pair pair = { .backend = 1, .kind = "order", .shopify_id = 5001,
                         .odoo_model = "sale.order", .odoo_id = 12, .title = "#1042" };
    struct pair again = { .backend = 1, .kind = "order", .shopify_id = 5001,
                          .odoo_model = "sale.order", .odoo_id = 12, .title = "#1042" };
    const char *const keys[] = { " #1042 ", "Ana@Example.com", "#1042", NULL };
    const char *const fewer[] = { "#1042" };
    int64_t ids[] = { 4999, 5001, 0 };
    struct pair found, many[3];
    AUTO_FREE char *agreed = NULL;
    bool is;

    (void)ctx;
    HOLDS(pairs_put(db, &pair, "{\"a\":1}", keys, 4, err));
    HOLDS(pairs_put(db, &again, NULL, NULL, -1, err));
    HOLDS(again.id == pair.id);
    HOLDS(pairs_by_shopify(db, 1, "order", 5001, &found, &agreed, &is, err) && is);
    HOLDS(agreed != NULL && strcmp(agreed, "{\"a\":1}") == 0 && found.odoo_id == 12);
    HOLDS(pairs_by_shopify(db, 2, "order", 5001, &found, NULL, &is, err) && !is);
    HOLDS(pairs_by_odoo(db, 1, "sale.order", 12, &found, NULL, &is, err) && is);
    HOLDS(pairs_by_key(db, 1, "order", "ANA@example.com", &found, &is, err) && is);
    HOLDS(pairs_many(db, 1, "order", ids, 3, many, err));
    HOLDS(many[0].id == 0 && many[1].id == pair.id && many[2].id == 0);
    HOLDS(pairs_put(db, &again, NULL, fewer, 1, err));
    HOLDS(pairs_by_key(db, 1, "order", "ana@example.com", &found, &is, err) && !is);
    HOLDS(pairs_forget(db, pair.id, err));
    HOLDS(pairs_get(db, pair.id, &found, NULL, err));
    HOLDS(found.title[0] == '\0' && (found.flags & PAIR_FORGOTTEN) != 0);
    HOLDS(pairs_by_key(db, 1, "order", "#1042", &found, &is, err) && !is);
    return pairs_by_shopify(db, 1, "order", 5001, &found, NULL, &is, err) && is;
}

static void a_pair_is_found_by_either_side_and_by_its_keys(void **fixture)
{
    inside(*fixture, pair_life);
}

static bool fill_pairs(struct db *db, void *ctx, struct err *err)
{
    (void)ctx;
    for (int i = 0; i < 40; i++) {
        struct pair pair = { .backend = 1 + i % 2, .kind = "order", .shopify_id = 100 + i,
                             .odoo_model = "sale.order", .odoo_id = 700 + i };
        char name[32];
        const char *keys[] = { name, "b2b@example.com" };

        snprintf(name, sizeof name, "#%d", 2000 + i);
        if (!pairs_put(db, &pair, NULL, keys, 2, err))
            return false;
    }
    return true;
}

static void one_value_finds_the_record_whatever_it_is(void **fixture)
{
    static const char *const values[] = { "#2007", "2007", " #2007", "107",
                                          "gid://shopify/Order/107", "sale.order/707", "707" };
    struct place *p = *fixture;
    AUTO(db) db = store_reader(p->store, &p->err);
    struct pair rows[10];
    size_t n;

    inside(p, fill_pairs);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        n = 10;
        assert_true(pairs_search(db, 0, values[i], rows, &n, &p->err));
        assert_int_equal(n, 1);
        assert_int_equal(rows[0].shopify_id, 107);
    }
    n = 10;
    assert_true(pairs_search(db, 0, "B2B@example.com", rows, &n, &p->err));
    assert_int_equal(n, 10);
    for (size_t i = 1; i < n; i++)
        assert_true(rows[i].id < rows[i - 1].id);
    assert_int_equal(rows[0].shopify_id, 139);
    n = 10;
    assert_true(pairs_search(db, 1, "b2b@example.com", rows, &n, &p->err));
    for (size_t i = 0; i < n; i++)
        assert_int_equal(rows[i].backend, 1);
    n = 10;
    assert_true(pairs_search(db, 0, "   ", rows, &n, &p->err));
    assert_int_equal(n, 0);
}

/* ---- effects ---- */

static bool effect_life(struct db *db, void *ctx, struct err *err)
{
    enum effect_state was;
    struct effect effect;
    struct err no = { 0 };

    (void)ctx;
    HOLDS(effects_intend(db, 1, 10, "create", "order_5", &was, err) && was == EFFECT_NONE);
    HOLDS(effects_intend(db, 1, 11, "create", "order_5", &was, err) && was == EFFECT_SENT);
    HOLDS(effects_intend(db, 2, 12, "create", "order_5", &was, err) && was == EFFECT_NONE);
    HOLDS(effects_undone(db, 2, "order_5", err));
    HOLDS(effects_get(db, 2, "order_5", &effect, err) && effect.state == EFFECT_NONE);
    HOLDS(effects_known(db, 1, "order_5", 77, "S0077", err));
    HOLDS(effects_undone(db, 1, "order_5", err)); /* what is known stays */
    HOLDS(effects_intend(db, 1, 13, "create", "order_5", &was, err) && was == EFFECT_KNOWN);
    HOLDS(effects_get(db, 1, "order_5", &effect, err));
    HOLDS(effect.odoo_id == 77 && effect.job == 10 && strcmp(effect.result, "S0077") == 0);
    return !effects_known(db, 1, "never", 1, NULL, &no) && no.kind == ERR_BUG;
}

static void an_intent_is_written_once_whichever_job_asks(void **fixture)
{
    inside(*fixture, effect_life);
}

/* ---- the inbox ---- */

static bool deliver(struct db *db, const char *topic, const char *id, enum inbox_verdict verdict,
                    struct hook *hook, bool *duplicate, struct err *err)
{
    *hook = (struct hook){ .backend = 1, .verdict = verdict, .received = when_now(), .bytes = 2 };
    snprintf(hook->topic, sizeof hook->topic, "%s", topic);
    snprintf(hook->webhook_id, sizeof hook->webhook_id, "%s", id);
    snprintf(hook->source, sizeof hook->source, "192.0.2.1");
    return inbox_add(db, hook, "[]", "{}", 2, duplicate, err);
}

static bool inbox_life(struct db *db, void *ctx, struct err *err)
{
    AUTO_FREE char *headers = NULL, *body = NULL, *gone = NULL;
    struct hook hook, first;
    size_t len;
    bool dup, more;

    (void)ctx;
    HOLDS(deliver(db, "orders/create", "a", INBOX_OK, &first, &dup, err) && !dup);
    HOLDS(inbox_job(db, first.id, 42, err));
    HOLDS(deliver(db, "orders/create", "a", INBOX_OK, &hook, &dup, err) && dup);
    HOLDS(hook.verdict == INBOX_DUP && hook.job == 42 && hook.id != first.id);
    HOLDS(deliver(db, "orders/updated", "a", INBOX_OK, &hook, &dup, err) && !dup);
    HOLDS(deliver(db, "orders/create", "a", INBOX_REJ, &hook, &dup, err) && !dup);
    HOLDS(deliver(db, "orders/create", "", INBOX_OK, &hook, &dup, err) && !dup);
    HOLDS(deliver(db, "orders/create", "", INBOX_OK, &hook, &dup, err) && !dup);
    HOLDS(inbox_get(db, first.id, &hook, &headers, &body, &len, err));
    HOLDS(len == 2 && strcmp(body, "{}") == 0 && strcmp(headers, "[]") == 0);
    HOLDS(inbox_trim(db, when_now() + WHEN_HOUR, when_now() + WHEN_HOUR, 100, &more, err));
    HOLDS(inbox_get(db, first.id, &hook, NULL, &gone, &len, err) && gone == NULL);
    return deliver(db, "orders/create", "a", INBOX_OK, &hook, &dup, err) && dup;
}

static void a_repeat_changes_nothing_even_after_its_body_went(void **fixture)
{
    struct place *p = *fixture;
    AUTO(db) db = store_reader(p->store, &p->err);
    struct inbox_filter filter = { .verdict = INBOX_DUP };
    int64_t counts[INBOX_VERDICT_COUNT], next;
    struct hook rows[8];
    size_t n = 8;

    inside(p, inbox_life);
    assert_true(inbox_list(db, &filter, rows, &n, &next, &p->err));
    assert_int_equal(n, 2);
    filter = (struct inbox_filter){ .verdict = -1, .topic = "orders/updated" };
    n = 8;
    assert_true(inbox_list(db, &filter, rows, &n, &next, &p->err));
    assert_int_equal(n, 1);
    assert_true(inbox_counts(db, when_now() - WHEN_HOUR, when_now() + WHEN_HOUR, counts, &p->err));
    assert_int_equal(counts[INBOX_OK], 4);
    assert_int_equal(counts[INBOX_DUP], 2);
    assert_int_equal(counts[INBOX_REJ], 1);
}

static bool waiting_body(struct db *db, void *ctx, struct err *err)
{
    struct job_new job = { .backend = 1, .lane = "orders", .kind = "order_in", .record = "order:1" };
    AUTO_FREE char *payload = NULL;
    struct hook hook;
    int64_t id;
    size_t len;
    bool dup, more;

    (void)ctx;
    HOLDS(new_backend(db, "one", &id, err));
    HOLDS(deliver(db, "orders/create", "a", INBOX_OK, &hook, &dup, err));
    job.inbox = hook.id;
    HOLDS(jobs_add(db, &job, &id, NULL, err) && inbox_job(db, hook.id, id, err));
    HOLDS(inbox_trim(db, when_now() + WHEN_HOUR, when_now() + WHEN_HOUR, 100, &more, err));
    payload = jobs_payload(db, id, &len, err);
    return payload != NULL && strcmp(payload, "{}") == 0;
}

static void a_body_stays_while_its_job_waits(void **fixture)
{
    inside(*fixture, waiting_body);
}

/* ---- mappings ---- */

/* "kind key=value ..." of what is told */
static bool note_mapping(void *ctx, const char *kind, const char *key, const char *value)
{
    struct str *s = ctx;

    if (key == NULL)
        str_addf(s, "%s:", kind);
    else
        str_addf(s, " %s=%s", key, value);
    return strcmp(value != NULL ? value : "", "3") != 0;
}

static bool mapping_each(struct db *db, void *ctx, struct err *err)
{
    AUTO_STR all;
    struct mapping before;
    int64_t id, requeued;

    (void)ctx;
    str_init(&all, 200);
    HOLDS(new_backend(db, "one", &id, err));
    HOLDS(mappings_need(db, 1, "carrier", "waits", NULL, err));
    HOLDS(mappings_auto(db, 1, "carrier", "ruled", NULL, "9", "", err));
    HOLDS(mappings_set(db, 1, "tax", "b", "2", "", "ana", &before, &requeued, err));
    HOLDS(mappings_set(db, 1, "tax", "a", "1", "", "ana", &before, &requeued, err));
    HOLDS(mappings_each(db, 1, note_mapping, &all, err));
    HOLDS(strcmp(all.data, "carrier:tax: a=1 b=2") == 0);
    all.len = 0;
    HOLDS(mappings_set(db, 1, "carrier", "c", "3", "", "ana", &before, &requeued, err));
    HOLDS(mappings_each(db, 1, note_mapping, &all, err));
    return strcmp(all.data, "carrier: c=3") == 0; /* it was enough */
}

static bool mapping_life(struct db *db, void *ctx, struct err *err)
{
    struct mapping row, before, rows[3];
    struct mapping_kind kinds[4];
    size_t n = 3;
    char next[MAPPING_KEY_MAX + 2];
    int64_t id, requeued;
    bool found;

    (void)ctx;
    HOLDS(new_backend(db, "one", &id, err));
    HOLDS(mappings_need(db, 1, "tax", "8.1|CH|incl", "8.1 % CH included", err));
    HOLDS(mappings_need(db, 1, "tax", "8.1|CH|incl", "other words", err));
    HOLDS(mappings_get(db, 1, "tax", "8.1|CH|incl", &row, &found, err) && !found && row.id != 0);
    HOLDS(strcmp(row.title, "8.1 % CH included") == 0);
    HOLDS(mappings_auto(db, 1, "tax", "2.6|CH|incl", NULL, "4", "2.6 %", err));
    HOLDS(mappings_set(db, 1, "tax", "8.1|CH|incl", "12", "8.1 %", "ana", &before, &requeued, err));
    HOLDS(!before.mapped && requeued == 0);
    HOLDS(mappings_auto(db, 1, "tax", "8.1|CH|incl", NULL, "99", "wrong", err));
    HOLDS(mappings_get(db, 1, "tax", "8.1|CH|incl", &row, &found, err) && found);
    HOLDS(strcmp(row.value, "12") == 0 && strcmp(row.by, "ana") == 0 && !row.automatic);
    HOLDS(mappings_used(db, 1, "tax", "8.1|CH|incl", 3, err));
    HOLDS(mappings_need(db, 1, "tax", "0|CH|incl", NULL, err));
    HOLDS(mappings_guess(db, 1, "tax", "0|CH|incl", "5", "0 %", 80, err));
    HOLDS(mappings_kinds(db, 1, kinds, (n = 4, &n), err) && n == 1);
    HOLDS(kinds[0].open == 1 && kinds[0].all == 3);
    HOLDS(mappings_list(db, 1, "tax", "", rows, (n = 2, &n), next, err) && n == 2);
    HOLDS(!rows[0].mapped && rows[0].guess_score == 80 && rows[1].mapped);
    HOLDS(mappings_list(db, 1, "tax", next, rows, (n = 2, &n), next, err) && n == 1);
    HOLDS(strcmp(rows[0].key, "8.1|CH|incl") == 0 && rows[0].uses == 3 && next[0] == '\0');
    HOLDS(mappings_set(db, 1, "tax", "8.1|CH|incl", NULL, NULL, "ana", &before, &requeued, err));
    HOLDS(before.mapped);
    HOLDS(mappings_auto(db, 1, "tax", "8.1|CH|incl", NULL, "99", "wrong", err));
    /* a person took it away: a rule does not put it back */
    return mappings_get(db, 1, "tax", "8.1|CH|incl", &row, &found, err) && !found;
}

static void what_a_person_mapped_no_rule_changes(void **fixture)
{
    inside(*fixture, mapping_life);
}

static void all_that_people_mapped_is_told_and_nothing_else(void **fixture)
{
    inside(*fixture, mapping_each);
}

/* ---- the audit log ---- */

static bool audit_some(struct db *db, void *ctx, struct err *err)
{
    (void)ctx;
    for (int i = 0; i < 5; i++) {
        struct audit_entry e = { .user = "ana", .uid = 1000, .what = "mappings.set",
                                 .object = "tax 8.1", .before = "", .after = "12" };
        int64_t id;

        if (!audit_add(db, &e, i == 2 ? "{\"method\":\"mappings.unset\"}" : NULL, &id, err))
            return false;
    }
    return true;
}

static bool undo_twice(struct db *db, void *ctx, struct err *err)
{
    AUTO_FREE char *undo = audit_undo(db, 3, err);
    struct err no = { 0 };

    (void)ctx;
    HOLDS(undo != NULL && strstr(undo, "unset") != NULL);
    HOLDS(audit_undo(db, 3, &no) == NULL && no.kind == ERR_REFUSED);
    return audit_undo(db, 2, &no) == NULL && no.kind == ERR_REFUSED;
}

static void tamper(struct place *p, const char *sql, int64_t expected)
{
    char path[PATH_MAX];
    sqlite3 *db;
    int64_t entries, broken;

    store_free(p->store);
    snprintf(path, sizeof path, "%s/" STORE_FILE, p->dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    p->store = store_open(p->dir, &p->err);
    assert_non_null(p->store);
    {
        AUTO(db) reader = store_reader(p->store, &p->err);

        assert_true(audit_verify(reader, &entries, &broken, &p->err));
        assert_int_equal(broken, expected);
    }
}

static void a_changed_audit_log_shows_where(void **fixture)
{
    struct place *p = *fixture;

    inside(p, audit_some);
    inside(p, undo_twice);
    tamper(p, "SELECT 1", 0);
    tamper(p, "UPDATE audit SET after = '13' WHERE id = 4", 4);
    tamper(p, "UPDATE audit SET after = '12' WHERE id = 4", 0);
    tamper(p, "DELETE FROM audit WHERE id = 5", 5);
    tamper(p, "DELETE FROM audit WHERE id = 2", 2);
}

static void audit_filters_by_who_what_and_object(void **fixture)
{
    struct place *p = *fixture;
    AUTO(db) db = store_reader(p->store, &p->err);
    struct audit_filter filter = { .what = "mappings." };
    struct audit_entry rows[3];
    size_t n = 3;
    int64_t next;

    inside(p, audit_some);
    assert_true(audit_list(db, &filter, rows, &n, &next, &p->err));
    assert_int_equal(n, 3);
    assert_int_equal(rows[0].id, 5);
    filter.after = next;
    assert_true(audit_list(db, &filter, rows, &n, &next, &p->err));
    assert_int_equal(n, 2);
    assert_int_equal(next, 0);
    filter = (struct audit_filter){ .user = "bob" };
    n = 3;
    assert_true(audit_list(db, &filter, rows, &n, &next, &p->err));
    assert_int_equal(n, 0);
}

/* ---- figures, alerts, history ---- */

static void every_latency_has_its_bucket(void **fixture)
{
    (void)fixture;
    for (unsigned b = 1; b < METRIC_BUCKETS; b++) {
        int64_t top = latency_bucket_top(b);

        assert_true(top > latency_bucket_top(b - 1));
        assert_int_equal(latency_bucket(top), b);
        assert_int_equal(latency_bucket(top + 1), b + 1 < METRIC_BUCKETS ? b + 1 : b);
    }
    assert_int_equal(latency_bucket(-5), 0);
    assert_int_equal(latency_bucket(INT64_MAX), METRIC_BUCKETS - 1);
    assert_true(latency_bucket_top(METRIC_BUCKETS - 1) > INT64_C(3600) * 1000000);
}

static bool figures(struct db *db, void *ctx, struct err *err)
{
    when now = when_now();

    (void)ctx;
    for (int i = 1; i <= 1000; i++)
        HOLDS(metrics_latency(db, 1, "orders", now, i * 1000, err));
    HOLDS(metrics_add(db, 1, "orders.confirmed", now, 5, err));
    HOLDS(metrics_add(db, 2, "orders.confirmed", now, 7, err));
    return metrics_add(db, 1, "orders.confirmed", now - WHEN_MINUTE, 11, err);
}

static void figures_add_up_by_the_minute(void **fixture)
{
    struct place *p = *fixture;
    AUTO(db) db = store_reader(p->store, &p->err);
    int64_t minutes[3], sum, from;
    struct latency latency;

    when_set_for_tests(INT64_C(1800000000) * WHEN_SECOND);
    from = when_now() - 2 * WHEN_MINUTE;
    inside(p, figures);
    inside(p, figures);
    assert_true(metrics_minutes(db, 0, "orders.confirmed", from, minutes, 3, &p->err));
    assert_int_equal(minutes[0], 0);
    assert_int_equal(minutes[1], 22);
    assert_int_equal(minutes[2], 24);
    assert_true(metrics_sum(db, 2, "orders.confirmed", from, when_now() + 1, &sum, &p->err));
    assert_int_equal(sum, 14);
    assert_true(metrics_latencies(db, 0, "orders", from, when_now() + 1, &latency, &p->err));
    assert_int_equal(latency.count, 2000);
    assert_in_range(latency_quantile(&latency, 0.5), 450000, 550000);
    assert_in_range(latency_quantile(&latency, 0.99), 900000, 1100000);
    when_set_for_tests(0);
    memset(&latency, 0, sizeof latency);
    assert_int_equal(latency_quantile(&latency, 0.5), -1);
}

static bool alert_life(struct db *db, void *ctx, struct err *err)
{
    struct alert rows[4];
    size_t n = 4;

    (void)ctx;
    HOLDS(alerts_raise(db, 1, "silence", ALERT_WARN, "no order since 10:00", 100, err));
    HOLDS(alerts_raise(db, 1, "silence", ALERT_ERR, "no order since 10:00", 200, err));
    HOLDS(alerts_raise(db, 0, "burst", ALERT_INFO, "many", 300, err));
    HOLDS(alerts_list(db, rows, &n, err) && n == 2);
    HOLDS(rows[0].level == ALERT_ERR && rows[0].count == 2 && rows[0].at == 100);
    HOLDS(alerts_seen(db, rows[0].id, "ana", err) && alerts_seen(db, rows[0].id, "ana", err) &&
          alerts_seen(db, rows[0].id, "bob", err));
    HOLDS(alerts_list(db, rows, &n, err) && strcmp(rows[0].seen_by, "ana,bob") == 0);
    HOLDS(alerts_end(db, 1, "silence", 400, err));
    return alerts_list(db, rows, &n, err) && n == 1;
}

static void an_alert_is_one_row_until_it_ends(void **fixture)
{
    inside(*fixture, alert_life);
}

static bool history_life(struct db *db, void *ctx, struct err *err)
{
    struct history_event rows[2];
    struct activity lines[600];
    size_t n = 2;
    int64_t next;
    bool more;

    (void)ctx;
    for (int i = 0; i < 3; i++)
        HOLDS(history_add(db, 1, "order:1", i == 2 ? "confirmed" : "received", i, NULL, "x", err));
    HOLDS(history_list(db, 1, "order:1", 0, rows, &n, &next, err) && n == 2 && next != 0);
    HOLDS(strcmp(rows[0].what, "confirmed") == 0);
    HOLDS(history_list(db, 1, "order:1", next, rows, &n, &next, err) && n == 1 && next == 0);
    HOLDS(history_trim(db, when_now() + WHEN_HOUR, 10, &more, err) && !more);
    HOLDS(history_list(db, 1, "order:1", 0, rows, (n = 2, &n), &next, err) && n == 0);
    for (int i = 0; i < 550; i++)
        HOLDS(activity_add(db, 6, NULL, 0, "line", err));
    return activity_list(db, lines, (n = 600, &n), err) && n == 500;
}

static void timelines_page_and_activity_stays_short(void **fixture)
{
    inside(*fixture, history_life);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_open, place_free)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_spelling_of_a_shop_is_the_same_shop),
        cmocka_unit_test(plain_http_to_odoo_is_for_this_machine_only),
        TEST(a_backend_that_is_removed_takes_its_pairs_along),
        TEST(a_pair_is_found_by_either_side_and_by_its_keys),
        TEST(one_value_finds_the_record_whatever_it_is),
        TEST(an_intent_is_written_once_whichever_job_asks),
        TEST(a_repeat_changes_nothing_even_after_its_body_went),
        TEST(a_body_stays_while_its_job_waits),
        TEST(what_a_person_mapped_no_rule_changes),
        TEST(all_that_people_mapped_is_told_and_nothing_else),
        TEST(a_changed_audit_log_shows_where),
        TEST(audit_filters_by_who_what_and_object),
        cmocka_unit_test(every_latency_has_its_bucket),
        TEST(figures_add_up_by_the_minute),
        TEST(an_alert_is_one_row_until_it_ends),
        TEST(timelines_page_and_activity_stays_short),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
