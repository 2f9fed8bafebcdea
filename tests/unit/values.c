/* values.c - what settings and policies may hold, and what becomes of what they must not. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "store/alerts.h"
#include "store/backends.h"
#include "store/policies.h"
#include "store/settings.h"
#include "tests/unit/place.h"

struct setting_value {
    enum setting setting;
    const char *value;
};

static bool set_setting(struct db *db, void *ctx, struct err *err)
{
    const struct setting_value *s = ctx;

    return settings_set(db, s->setting, s->value, err);
}

struct policy_value {
    enum policy policy;
    const char *value;
};

static bool set_policy(struct db *db, void *ctx, struct err *err)
{
    const struct policy_value *v = ctx;

    return policies_set(db, 1, v->policy, v->value, err);
}

static bool add_backend(struct db *db, void *ctx, struct err *err)
{
    struct backend b = { .name = "main", .shop = "main", .odoo_url = "https://o.example.com",
                         .odoo_db = "d", .odoo_login = "l" };

    return backends_add(db, &b, ctx, err);
}

static int open_with_backend(void **fixture)
{
    struct place *p;
    int64_t id = 0;

    if (place_open(fixture) != 0)
        return -1;
    p = *fixture;
    return store_do(p->store, add_backend, &id, &p->err) && id == 1 ? 0 : -1;
}

static void a_wrong_setting_is_refused_with_its_name_and_a_right_example(void **fixture)
{
    static const struct {
        enum setting setting;
        const char *value, *example;
    } rows[] = {
        { SETTING_trusted_proxies, "banana", "10.0.0.0/8" },
        { SETTING_trusted_proxies, "10.0.0.0/8, 10.0.0.0/33", "10.0.0.0/8" },
        { SETTING_receiver_address, "banana", "127.0.0.1:8480" },
        { SETTING_receiver_address, "127.0.0.1:99999", "127.0.0.1:8480" },
        { SETTING_receiver_address, "::1:8480", "[::1]:8480" },
        { SETTING_receiver_address, "two words:80", "127.0.0.1:8480" },
        { SETTING_metrics_address, "8481", "127.0.0.1:8480" },
        { SETTING_receiver_tls_cert, "cert.pem", "/etc/" },
        { SETTING_role_admin, "no-such-group-here", "groupadd" },
        { SETTING_role_viewer, "two words", "signalbox-ops" },
        { SETTING_workers, "many", "8" },
    };
    struct place *p = *fixture;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct setting_value v = { rows[i].setting, rows[i].value };

        assert_false(store_do(p->store, set_setting, &v, &p->err));
        assert_int_equal(p->err.kind, ERR_INVALID);
        assert_true(strstr(p->err.text, settings_row(v.setting)->key) == p->err.text);
        assert_non_null(strstr(p->err.text, rows[i].example));
    }
}

static void right_settings_are_taken(void **fixture)
{
    static const struct setting_value rows[] = {
        { SETTING_trusted_proxies, "10.0.0.0/8, 2001:db8::/32 192.0.2.7" },
        { SETTING_trusted_proxies, "" },
        { SETTING_receiver_address, "[::1]:8480" },
        { SETTING_receiver_address, "localhost:0" },
        { SETTING_receiver_address, ":8480" },
        { SETTING_receiver_address, "" },
        { SETTING_role_admin, "root" },
        { SETTING_role_admin, "" },
    };
    struct place *p = *fixture;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct setting_value v = rows[i];

        if (!store_do(p->store, set_setting, &v, &p->err))
            fail_msg("%s", p->err.text);
    }
}

static void a_wrong_policy_is_refused_with_its_name_and_a_right_example(void **fixture)
{
    static const struct {
        enum policy policy;
        const char *value, *example;
    } rows[] = {
        { POLICY_allow_cidr, "nonsense", "10.0.0.0/8" },
        { POLICY_api_version, "2026-13", "2026-10" },
        { POLICY_api_version, "2026-02", "2026-10" },
        { POLICY_api_version, "latest!", "2026-10" },
        { POLICY_webhook_url, "hooks.example.com", "https://" },
        { POLICY_webhook_url, "http://hooks.example.com/", "https://" },
        { POLICY_odoo_ca_file, "ca.pem", "/etc/" },
        { POLICY_tax_match, "some", "exact|rate|mapped" },
        { POLICY_attempts_max, "0", "8" },
        { POLICY_order_prefix, "", "{name}" },
    };
    struct place *p = *fixture;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct policy_value v = { rows[i].policy, rows[i].value };

        assert_false(store_do(p->store, set_policy, &v, &p->err));
        assert_int_equal(p->err.kind, ERR_INVALID);
        assert_true(strstr(p->err.text, policies_row(v.policy)->key) == p->err.text);
        assert_non_null(strstr(p->err.text, rows[i].example));
    }
}

static void right_policies_are_taken(void **fixture)
{
    static const struct policy_value rows[] = {
        { POLICY_allow_cidr, "none" },
        { POLICY_allow_cidr, "23.227.38.0/24" },
        { POLICY_api_version, "2027-01" },
        { POLICY_api_version, "unstable" },
        { POLICY_webhook_url, "https://hooks.example.com/webhooks" },
        { POLICY_webhook_url, "http://127.0.0.1:8480/webhooks" },
        { POLICY_webhook_url, "" },
    };
    struct place *p = *fixture;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct policy_value v = rows[i];

        if (!store_do(p->store, set_policy, &v, &p->err))
            fail_msg("%s", p->err.text);
    }
}

/* The text of the open alert of that kind; "" if there is none. */
static void alert_text(struct place *p, const char *kind, char text[ALERT_TEXT_MAX])
{
    AUTO(db) db = store_reader(p->store, &p->err);
    struct alert rows[20];
    size_t count = 20;

    text[0] = '\0';
    assert_true(alerts_list(db, rows, &count, &p->err));
    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i].kind, kind) == 0)
            memcpy(text, rows[i].text, ALERT_TEXT_MAX);
}

/* As an older program or a person with sqlite3 may have left it. */
static void write_behind(struct place *p, const char *sql)
{
    char path[PATH_MAX];
    sqlite3 *file;

    store_free(p->store);
    p->store = NULL;
    snprintf(path, sizeof path, "%s/" STORE_FILE, p->dir);
    assert_int_equal(sqlite3_open(path, &file), SQLITE_OK);
    assert_int_equal(sqlite3_exec(file, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(file);
    p->store = store_open(p->dir, &p->err);
    assert_non_null(p->store);
}

static bool review(struct db *db, void *ctx, struct err *err)
{
    (void)ctx;
    return values_review(db, err);
}

static void a_stored_wrong_setting_counts_as_the_default_until_it_is_set_again(void **fixture)
{
    struct place *p = *fixture;
    struct setting_value right = { SETTING_trusted_proxies, "10.0.0.0/8" };
    char value[SETTING_VALUE_MAX], text[ALERT_TEXT_MAX];
    int64_t workers = 0;
    AUTO(db) db = NULL;

    write_behind(p, "INSERT INTO setting VALUES ('trusted_proxies', 'banana', 1),"
                    " ('workers', '1000000', 1), ('rate_total', '7', 1)");
    db = store_reader(p->store, &p->err);
    assert_true(settings_get(db, SETTING_trusted_proxies, value, &p->err));
    assert_string_equal(value, "");
    assert_true(settings_int(db, SETTING_workers, &workers, &p->err));
    assert_int_equal(workers, 8);

    assert_true(store_do(p->store, review, NULL, &p->err));
    alert_text(p, "setting.trusted_proxies", text);
    assert_non_null(strstr(text, "banana"));
    assert_non_null(strstr(text, "default"));
    alert_text(p, "setting.workers", text);
    assert_true(text[0] != '\0');
    alert_text(p, "setting.rate_total", text);
    assert_string_equal(text, "");

    assert_true(store_do(p->store, set_setting, &right, &p->err));
    alert_text(p, "setting.trusted_proxies", text);
    assert_string_equal(text, "");
}

static void a_stored_wrong_list_of_sources_lets_nobody_in(void **fixture)
{
    struct place *p = *fixture;
    struct policies *all = calloc(1, sizeof *all);
    char value[POLICY_VALUE_MAX], text[ALERT_TEXT_MAX];
    AUTO(db) db = NULL;

    write_behind(p, "INSERT INTO policy VALUES (1, 'allow_cidr', 'nonsense', 1),"
                    " (1, 'api_version', 'soon', 1)");
    db = store_reader(p->store, &p->err);
    assert_true(policies_get(db, 1, POLICY_allow_cidr, value, &p->err));
    assert_string_equal(value, "none");
    assert_true(policies_read(db, 1, all, &p->err));
    assert_string_equal(all->text[POLICY_allow_cidr], "none");
    assert_string_equal(all->text[POLICY_api_version], policies_row(POLICY_api_version)->otherwise);
    free(all);
    assert_true(store_do(p->store, review, NULL, &p->err));
    alert_text(p, "policy.allow_cidr", text);
    assert_non_null(strstr(text, "refused"));
}

static void a_file_that_is_not_there_is_taken_with_a_warning(void **fixture)
{
    struct place *p = *fixture;
    struct policy_value missing = { POLICY_odoo_ca_file, "/no/such/file.pem" };
    struct policy_value there = { POLICY_odoo_ca_file, "/etc/passwd" };
    char text[ALERT_TEXT_MAX];

    assert_true(store_do(p->store, set_policy, &missing, &p->err));
    alert_text(p, "policy.odoo_ca_file", text);
    assert_non_null(strstr(text, "/no/such/file.pem"));
    assert_true(store_do(p->store, set_policy, &there, &p->err));
    alert_text(p, "policy.odoo_ca_file", text);
    assert_string_equal(text, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_with_backend, place_free)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_wrong_setting_is_refused_with_its_name_and_a_right_example),
        TEST(right_settings_are_taken),
        TEST(a_wrong_policy_is_refused_with_its_name_and_a_right_example),
        TEST(right_policies_are_taken),
        TEST(a_stored_wrong_setting_counts_as_the_default_until_it_is_set_again),
        TEST(a_stored_wrong_list_of_sources_lets_nobody_in),
        TEST(a_file_that_is_not_there_is_taken_with_a_warning),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
