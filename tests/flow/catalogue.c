/*
 * catalogue.c - the customers and products of a believable shop come into an Odoo, the practice one
 * or a real one (see yard.h), and are compared with the shop's books record by record. Then all of
 * it once more: nothing may move.
 *
 * CUSTOMERS (60), PRODUCTS (40), SEED (11): how large the shop is, and which.
 */
#include "tests/unit/unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "shopify/reads.h"
#include "tests/unit/yard.h"

#define IDS_A_PAGE 1000

typedef bool (*fetch_fn)(struct shop *shop, struct http *http, int64_t id, enum pace_class class,
                         json_t **node, struct graphql_trace *trace, struct err *err);

struct kind {
    const char *what, *job, *record, *model;
    fetch_fn fetch;
};

static const struct kind customers = { "customers", "customer.in", "customer", "res.partner",
                                       customers_fetch };
static const struct kind products = { "products", "product.in", "product", "product.template",
                                      products_fetch };

static struct yard yard, *y = &yard;

static const char *wanted(const char *name, const char *otherwise)
{
    const char *value = getenv(name);

    return value != NULL && *value != '\0' ? value : otherwise;
}

static int set_up(void **state)
{
    char people[32], goods[32], seed[48];
    const char *const options[] = { "--shop=believable", people, goods, seed, "--bucket=1000000",
                                    "--restore=1000000", NULL };

    (void)state;
    snprintf(people, sizeof people, "--customers=%.12s", wanted("CUSTOMERS", "60"));
    snprintf(goods, sizeof goods, "--products=%.12s", wanted("PRODUCTS", "40"));
    snprintf(seed, sizeof seed, "--seed=%.20s", wanted("SEED", "11"));
    yard_open_shop(y, 2, options);
    stand_policy(&y->stand, "product_types", "create");
    sites_changed(workshop_sites(y->workshop));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    yard_close(y);
    return 0;
}

/* ---- bringing it in ---- */

static json_t *ids_of(const struct kind *kind)
{
    json_t *ids = json_array();
    size_t got;

    do {
        json_auto_t *page = yard_wish(y, json_pack("{sssssIsi}", "do", "ids", "what", kind->what,
                                                   "from", (json_int_t)json_array_size(ids),
                                                   "limit", IDS_A_PAGE));

        got = json_len(page, "ids");
        json_array_extend(ids, json_object_get(page, "ids"));
    } while (got == IDS_A_PAGE);
    return ids;
}

/* Jobs for all of them, with what the import would have read; held until all are there. */
static json_t *queue_all(const struct kind *kind, const json_t *ids)
{
    json_t *jobs = json_array(), *id, *node;
    size_t i;

    schedule_hold(y->schedule, true);
    json_array_foreach(ids, i, id) {
        char record[64];
        struct err err = { 0 };

        snprintf(record, sizeof record, "%s:%lld", kind->record, (long long)json_integer_value(id));
        if (!kind->fetch(y->site->shop, y->http, json_integer_value(id), PACE_IMPORT, &node, NULL,
                         &err))
            fail_msg("%s: %s", record, err.text);
        json_array_append_new(jobs,
                              json_integer(yard_job(y, "import", kind->job, record, node)));
    }
    return jobs;
}

/* Seconds from the first job's start to the last one's end. */
static double run_all(void)
{
    int64_t begun = when_ticks();

    schedule_hold(y->schedule, false);
    schedule_wake(y->schedule);
    yard_settle(y);
    return (double)(when_ticks() - begun) / 1e6;
}

/* Those that a person must decide about; each with a cause that is not our own mistake. */
static json_t *held_of(const json_t *ids, const json_t *jobs)
{
    json_t *held = json_array(), *id;
    size_t i;

    json_array_foreach(jobs, i, id) {
        struct job job = yard_get(y, json_integer_value(id));

        if (job.state == JOB_PARKED && job.last_kind != ERR_BUG)
            json_array_append(held, json_array_get(ids, i));
        else if (job.state != JOB_FINISHED)
            fail_msg("%s: %s: %s", job.record, job_state_name(job.state), job.last_text);
    }
    return held;
}

static json_t *compared(const struct kind *kind, const json_t *held)
{
    json_t *all = yard_wish(y, json_pack("{sssssOss}", "do", "compare", "what", kind->what, "held",
                                         held, "shop", STAND_SHOP));
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(all, "differences"), i, row) {
        AUTO_FREE char *text = json_write(row);

        if (i < 30)
            print_message("# differs: %s\n", text != NULL ? text : "?");
    }
    return all;
}

static void is_whole(const struct kind *kind, const json_t *ids, const json_t *held, double seconds)
{
    json_auto_t *all = compared(kind, held);
    json_int_t sent = json_int_or(all, "sent", 0);

    print_message("# %lld %s in %.1f s (%.1f/s), %lld held, %lld parts compared\n",
                  (long long)sent, kind->what, seconds, (double)sent / seconds,
                  (long long)json_int_or(all, "held", 0), (long long)json_int_or(all, "parts", 0));
    assert_int_equal(sent, json_array_size(ids));
    assert_int_equal(json_int_or(all, "found", -1) + json_int_or(all, "held", 0), sent);
    assert_int_equal(json_int_or(all, "missing", -1), 0);
    assert_int_equal(json_int_or(all, "duplicate", -1), 0);
    assert_int_equal(json_int_or(all, "strangers", -1), 0);
    assert_int_equal(json_int_or(all, "unexplained", -1), 0);
}

static int64_t records(const struct kind *kind)
{
    return yard_count(y, kind->model, json_pack("[[ss[bb]]]", "active", "in", 1, 0));
}

static void comes_in_whole(const struct kind *kind)
{
    json_auto_t *ids = ids_of(kind), *jobs = queue_all(kind, ids), *held = NULL;
    double seconds = run_all();

    held = held_of(ids, jobs);
    assert_true(json_array_size(held) < json_array_size(ids) / 4);
    is_whole(kind, ids, held, seconds);
}

static void comes_again(const struct kind *kind)
{
    int64_t before = records(kind);
    json_auto_t *ids = ids_of(kind), *jobs = queue_all(kind, ids), *held = NULL;
    double seconds = run_all();

    held = held_of(ids, jobs);
    is_whole(kind, ids, held, seconds);
    assert_int_equal(records(kind), before);
}

static void the_customers_of_a_shop_come_in_whole(void **state)
{
    (void)state;
    comes_in_whole(&customers);
}

static void the_products_of_a_shop_come_in_whole(void **state)
{
    (void)state;
    comes_in_whole(&products);
}

static void once_more_changes_nothing(void **state)
{
    (void)state;
    comes_again(&customers);
    comes_again(&products);
}

/* ---- is the comparison awake? ---- */

static void spoil(const char *model, int64_t id, json_t *values)
{
    json_decref(yard_odoo(y, model, "write", json_pack("[[I]o]", (json_int_t)id, values), NULL));
}

static void finds(const struct kind *kind, const char *counted, const char *told)
{
    json_auto_t *none = json_array();
    json_auto_t *all = yard_wish(y, json_pack("{sssssOss}", "do", "compare", "what", kind->what,
                                              "held", none, "shop", STAND_SHOP));
    const json_t *row;
    size_t i;
    bool found = false;

    assert_true(json_int_or(all, counted, 0) > 0);
    json_array_foreach(json_object_get(all, "differences"), i, row)
        found = found || strcmp(json_text_or(row, "what", ""), told) == 0;
    if (!found)
        fail_msg("%s: not told", told);
}

static void what_is_wrong_is_found(void **state)
{
    json_auto_t *people = ids_of(&customers), *goods = ids_of(&products);
    int64_t contact = yard_pair(y, "customer", json_integer_value(json_array_get(people, 0))).odoo_id;
    int64_t product = yard_pair(y, "product", json_integer_value(json_array_get(goods, 0))).odoo_id;
    json_auto_t *rows = NULL, *gone = NULL;

    (void)state;
    spoil("res.partner", contact, json_pack("{ssss}", "phone", "12", "city", "Nowhere"));
    finds(&customers, "unexplained", "phone");
    finds(&customers, "unexplained", "city");
    spoil("res.partner", contact, json_pack("{sssb}", "name", "Nobody", "email", 0));
    finds(&customers, "missing", "missing");
    spoil("product.template", product, json_pack("{sfsbs[[i,i,[]]]}", "list_price", 1234.56,
                                                 "image_1920", 0, "product_tag_ids", 6, 0));
    finds(&products, "unexplained", "price");
    finds(&products, "unexplained", "picture");
    rows = yard_find(y, "product.template", json_pack("[[ssI]]", "id", "=", (json_int_t)product),
                     "name");
    yard_make(y, "product.template",
              json_pack("{sO}", "name", json_object_get(json_array_get(rows, 0), "name")));
    finds(&products, "duplicate", "duplicate");
    gone = yard_odoo(y, "product.template", "unlink", json_pack("[[I]]", (json_int_t)product), NULL);
    finds(&products, "missing", "missing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_customers_of_a_shop_come_in_whole),
        cmocka_unit_test(the_products_of_a_shop_come_in_whole),
        cmocka_unit_test(once_more_changes_nothing),
        cmocka_unit_test(what_is_wrong_is_found),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
