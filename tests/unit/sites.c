/* sites.c - what changes of one backend leaves the others as they are. */
#include "tests/unit/unit.h"

#include <string.h>

#include "jobs/site.h"
#include "store/backends.h"
#include "store/secrets.h"
#include "tests/unit/stand.h"

static struct stand stand;
static struct sites *sites;
static int64_t other;

struct secret_of {
    int64_t backend;
    const char *name;
};

static bool secret_change(struct db *db, void *ctx, struct err *err)
{
    const struct secret_of *s = ctx;

    return secrets_set(db, stand.seal, s->backend, s->name, "hush", 4, err);
}

static void give(int64_t backend, const char *name)
{
    struct secret_of s = { backend, name };
    struct err err = { 0 };

    assert_true(store_do(stand.store, secret_change, &s, &err));
    site_changed(sites, backend);
}

static bool second_change(struct db *db, void *ctx, struct err *err)
{
    struct backend backend = { .name = "second", .odoo_db = "prod", .odoo_login = "sync" };

    return backends_shop("second", backend.shop, backend.shop_url, err) &&
           backends_odoo_url("https://odoo.example.com", backend.odoo_url, err) &&
           backends_add(db, &backend, ctx, err);
}

static int set_up(void **state)
{
    struct err err = { 0 };

    (void)state;
    stand_open(&stand);
    sites = sites_new(stand.seal, &err);
    return sites != NULL && store_do(stand.store, second_change, &other, &err) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    sites_free(sites);
    stand_close(&stand);
    return 0;
}

static struct site *take(int64_t backend)
{
    struct err err = { 0 };
    struct site *site = sites_take_some(sites, stand.db, backend, 0, &err);

    if (site == NULL)
        fail_msg("%s", err.text);
    return site;
}

/* Is the site of today still that one? Gives it back. */
static bool stays(int64_t backend, struct site *before)
{
    struct site *now = take(backend);
    bool same = now == before;

    site_release(before);
    site_release(now);
    return same;
}

static void one_side_goes_without_the_other(void **state)
{
    unsigned shopify = ERR_SIDE_BIT(ERR_SIDE_SHOPIFY), odoo = ERR_SIDE_BIT(ERR_SIDE_ODOO);
    struct err err = { 0 };
    struct site *site;

    (void)state;
    assert_null(sites_take(sites, stand.db, stand.backend, &err));
    assert_int_equal(err.kind, ERR_DENIED);
    assert_int_equal(err.side, ERR_SIDE_SHOPIFY);
    give(stand.backend, SECRET_ODOO_KEY);
    site = sites_take_some(sites, stand.db, stand.backend, odoo, &err);
    assert_non_null(site);
    assert_null(site->shop);
    site_release(site);
    assert_null(sites_take_some(sites, stand.db, stand.backend, shopify, &err));
    assert_null(sites_take_some(sites, stand.db, stand.backend, shopify | odoo, &err));
    give(stand.backend, SECRET_SHOPIFY_TOKEN);
    site = sites_take(sites, stand.db, stand.backend, &err);
    assert_non_null(site);
    site_release(site);
    assert_null(sites_take_some(sites, stand.db, other, odoo, &err));
    assert_int_equal(err.side, ERR_SIDE_ODOO);
}

static void a_change_of_one_backend_makes_only_its_site_anew(void **state)
{
    struct site *first, *second;

    (void)state;
    first = take(stand.backend);
    second = take(other);
    give(other, SECRET_ODOO_KEY);
    assert_true(stays(stand.backend, first));
    assert_false(stays(other, second));

    first = take(stand.backend);
    second = take(other);
    site_mapped(sites, other);
    site_mapped(sites, stand.backend);
    assert_true(stays(stand.backend, first));
    assert_true(stays(other, second));

    first = take(stand.backend);
    second = take(other);
    sites_changed(sites);
    assert_false(stays(stand.backend, first));
    assert_false(stays(other, second));
}

static void backends_that_come_and_go_do_not_lose_a_change(void **state)
{
    struct site *first;

    (void)state;
    for (int64_t backend = 1000; backend < 1300; backend++)
        site_changed(sites, backend);
    first = take(stand.backend);
    site_changed(sites, 1299); /* more than are remembered one by one: better once too often */
    assert_false(stays(stand.backend, first));
    first = take(stand.backend);
    site_changed(sites, stand.backend);
    assert_false(stays(stand.backend, first));
    first = take(stand.backend);
    assert_true(stays(stand.backend, first));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_side_goes_without_the_other),
        cmocka_unit_test(a_change_of_one_backend_makes_only_its_site_anew),
        cmocka_unit_test(backends_that_come_and_go_do_not_lose_a_change),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
