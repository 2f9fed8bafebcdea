/* When only one side is out: what needs the other goes on, and the alert names which. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "jobs/services.h"
#include "store/alerts.h"
#include "store/backends.h"
#include "store/secrets.h"
#include "tests/unit/yard.h"

#define PATIENCE_US (60 * WHEN_SECOND) /* only a broken program waits that long */

static struct yard yard, *y = &yard;

static int set_up(void **state)
{
    (void)state;
    yard_open(y, 2);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    yard_close(y);
    return 0;
}

static void shopify_refuses(bool so)
{
    if (so)
        json_decref(yard_wish(y, json_pack("{sssssssi}", "do", "fault", "side", "shop", "kind",
                                           "denied", "seconds", 600)));
    else
        json_decref(yard_wish(y, json_pack("{ss}", "do", "no_faults")));
}

/* The open alert of that kind. */
static bool alert(const char *kind, struct alert *found)
{
    struct alert rows[20];
    size_t count = sizeof rows / sizeof rows[0];
    struct err err = { 0 };

    assert_true(alerts_list(y->stand.db, rows, &count, &err));
    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i].kind, kind) == 0) {
            *found = rows[i];
            return true;
        }
    return false;
}

static bool alerted(const char *kind, struct alert *found, bool wanted)
{
    for (int64_t until = when_ticks() + PATIENCE_US; when_ticks() < until; usleep(2000))
        if (alert(kind, found) == wanted)
            return true;
    return false;
}

static struct job in_state(int64_t id, enum job_state state)
{
    struct job job = yard_get(y, id);

    for (int64_t until = when_ticks() + PATIENCE_US; job.state != state && when_ticks() < until;
         usleep(2000))
        job = yard_get(y, id);
    assert_int_equal(job.state, state);
    return job;
}

static struct schedule_lane lane(const char *name)
{
    struct schedule_lane rows[8];
    size_t count = schedule_lanes(y->schedule, rows, 8);

    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i].name, name) == 0)
            return rows[i];
    fail_msg("no lane %s", name);
    return rows[0];
}

static json_t *order(int64_t id)
{
    json_auto_t *place = json_pack("{ssssssssssssss}", "first_name", "Ada", "last_name", "Byron",
                                   "name", "Ada Byron", "address1", "Gasse 7", "city", "Basel",
                                   "zip", "8000", "country_code", "CH");

    return json_pack("{sIsssssssssssssssssss[]s[]sOsO}", "id", (json_int_t)id, "name", "#77",
                     "created_at", "2026-11-20T10:15:30Z", "updated_at", "2026-11-20T10:15:30Z",
                     "processed_at", "2026-11-20T10:15:30Z", "currency", "USD", "total_price",
                     "0.00", "financial_status", "paid", "email", "ada@example.com",
                     "contact_email", "ada@example.com", "line_items", "tax_lines",
                     "billing_address", place, "shipping_address", place);
}

static void orders_go_on_while_shopify_refuses_us(void **state)
{
    struct schedule_lane row;
    struct alert found;
    struct job job;
    int64_t hint, whole;

    (void)state;
    shopify_refuses(true);
    hint = yard_job(y, "orders", "order.in", "order:9101", NULL); /* has to be read there */
    assert_true(alerted("outage.orders.shopify", &found, true));
    assert_non_null(strstr(found.text, "orders: Shopify refuses us"));
    for (int i = 0; i < 30; i++) { /* more than a batch, some of them hints */
        char record[32];

        snprintf(record, sizeof record, "order:%d", 9200 + i);
        whole = yard_job(y, "orders", "order.in", record, i % 10 == 5 ? NULL : order(9200 + i));
        if (i % 10 != 5)
            in_state(whole, JOB_FINISHED);
    }
    row = lane("orders");
    assert_false(row.breaker);
    assert_int_equal(row.out, ERR_SIDE_BIT(ERR_SIDE_SHOPIFY));
    assert_memory_equal(row.why, "Shopify: ", 9);
    job = yard_get(y, hint);
    assert_int_equal(job.state, JOB_WAITING);
    assert_int_equal(job.tries, 0); /* nothing is burnt */

    shopify_refuses(false);
    schedule_close_breaker(y->schedule, y->stand.backend, NULL);
    assert_true(alerted("outage.orders.shopify", &found, false));
    yard_settle(y);
    assert_int_equal(yard_get(y, hint).last_kind, ERR_MISSING); /* it was asked: no such order */
}

static void a_breaker_that_closes_by_itself_ends_its_alert(void **state)
{
    struct alert found;

    (void)state;
    shopify_refuses(true);
    yard_job(y, "orders", "order.in", "order:9102", NULL);
    assert_true(alerted("outage.orders.shopify", &found, true));
    shopify_refuses(false);
    assert_true(alerted("outage.orders.shopify", &found, false));
    yard_settle(y);
    assert_int_equal(lane("orders").out, 0);
}

static void upkeep_that_asks_nobody_goes_on_too(void **state)
{
    struct alert found;
    int64_t trim;

    (void)state;
    stand_policy(&y->stand, "webhook_url", "https://hooks.example.com/shopify/webhook");
    sites_changed(workshop_sites(y->workshop));
    shopify_refuses(true);
    yard_job(y, "upkeep", "subscriptions", "subscriptions", NULL);
    assert_true(alerted("outage.upkeep.shopify", &found, true));
    trim = yard_job(y, "upkeep", "trim", "trim", NULL);
    for (int64_t until = when_ticks() + PATIENCE_US;
         yard_get(y, trim).started == 0 && when_ticks() < until;)
        usleep(2000);
    in_state(trim, JOB_WAITING);
    assert_true(yard_get(y, trim).due > when_now() + WHEN_MINUTE); /* done, and due in an hour */
    assert_false(lane("upkeep").breaker);
    shopify_refuses(false);
    schedule_close_breaker(y->schedule, 0, NULL);
    assert_true(alerted("outage.upkeep.shopify", &found, false));
}

static bool raise_change(struct db *db, void *ctx, struct err *err)
{
    struct yard *of = ctx;

    return alerts_raise(db, of->stand.backend, "outage.orders.odoo", ALERT_ERR, "of before",
                        when_now(), err) &&
           alerts_raise(db, of->stand.backend, "silence", ALERT_ERR, "of before", when_now(), err);
}

static void what_an_earlier_run_told_of_outages_is_over_at_the_start(void **state)
{
    struct err err = { 0 };
    struct alert found;

    (void)state;
    assert_true(store_do(y->stand.store, raise_change, y, &err));
    assert_true(alert("outage.orders.odoo", &found));
    assert_true(workshop_begin(y->workshop, &err));
    assert_false(alert("outage.orders.odoo", &found));
    assert_true(alert("silence", &found));
}

/* A second backend that has only one side's secret. */
static bool half_change(struct db *db, void *ctx, struct err *err)
{
    int64_t *id = ctx;
    struct backend b = { .name = "half", .shop = "half" };
    const char *key = json_text(y->sides, "odoo.key");

    snprintf(b.odoo_url, sizeof b.odoo_url, "%s", json_text(y->sides, "odoo.url"));
    snprintf(b.odoo_db, sizeof b.odoo_db, "%s", json_text(y->sides, "odoo.database"));
    snprintf(b.odoo_login, sizeof b.odoo_login, "%s", json_text(y->sides, "odoo.login"));
    return backends_add(db, &b, id, err) &&
           secrets_set(db, y->stand.seal, *id, SECRET_ODOO_KEY, key, strlen(key), err);
}

static void one_side_is_checked_while_the_other_has_no_secret(void **state)
{
    struct services *services;
    struct err err = { 0 };
    json_t *told;
    int64_t half;

    (void)state;
    assert_true(store_do(y->stand.store, half_change, &half, &err));
    services = services_new(y->workshop, &err);
    assert_non_null(services);
    told = services_check(services, half, "odoo", &err);
    assert_non_null(told);
    assert_true(json_array_size(json_object_get(told, "odoo")) > 2);
    assert_string_equal(json_text_or(told, "odoo.0.state", ""), "ok");
    assert_int_equal(json_array_size(json_object_get(told, "shopify")), 0);
    json_decref(told);
    told = services_check(services, half, NULL, &err);
    assert_string_equal(json_text_or(told, "odoo.0.state", ""), "ok");
    assert_int_equal(json_array_size(json_object_get(told, "shopify")), 1);
    assert_string_equal(json_text_or(told, "shopify.0.state", ""), "fail");
    assert_non_null(strstr(json_text_or(told, "shopify.0.text", ""), "client id"));
    json_decref(told);
    told = services_choices(services, half, &err); /* Odoo's can be chosen already */
    assert_non_null(told);
    assert_true(json_array_size(json_object_get(told, "warehouses")) > 0);
    json_decref(told);
    told = services_subscriptions(services, half, 0, &err);
    assert_null(told);
    assert_int_equal(err.side, ERR_SIDE_SHOPIFY);
    json_decref(services_gauges(services));
    services_free(services);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_go_on_while_shopify_refuses_us),
        cmocka_unit_test(a_breaker_that_closes_by_itself_ends_its_alert),
        cmocka_unit_test(upkeep_that_asks_nobody_goes_on_too),
        cmocka_unit_test(one_side_is_checked_while_the_other_has_no_secret),
        cmocka_unit_test(what_an_earlier_run_told_of_outages_is_over_at_the_start),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
