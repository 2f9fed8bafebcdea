/* The practice shop's data of earlier years: the same each time, right in itself, found by searches. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mutex.h"
#include "tests/sandbox/shop/api.h"
#include "tests/sandbox/shop/levels.h"
#include "tests/sandbox/shop/list.h"
#include "tests/sandbox/shop/view.h"

#define PRODUCTS  2000
#define CUSTOMERS 1500
#define ORDERS    1200
#define TODAY     INT64_C(1795392000000000) /* 2026-11-23 */

static struct shop *shop;

static struct shop *make(uint64_t seed, size_t products)
{
    struct shop_options options = { .seed = seed, .products = products, .customers = CUSTOMERS, .orders = ORDERS,
                                    .believable = true, .today = TODAY };
    struct err err;

    return shop_new(&options, &err);
}

static int set_up(void **state)
{
    (void)state;
    shop = make(7, PRODUCTS);
    return shop == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    shop_free(shop);
    return 0;
}

static char *text_of(struct shop *s, enum kind kind, size_t index)
{
    json_auto_t *view = kind == KIND_PRODUCT  ? view_product(s, shop_product_at(s, index)) :
                        kind == KIND_CUSTOMER ? view_customer(s, shop_customer_at(s, index)) :
                                                view_order(s, shop_order_at(s, index));

    return json_dumps(view, JSON_COMPACT);
}

static void the_same_seed_makes_the_same_records_in_any_order(void **state)
{
    AUTO(shop) other = make(7, PRODUCTS);
    AUTO(shop) stranger = make(8, PRODUCTS);
    size_t differ = 0;

    (void)state;
    for (int kind = 0; kind < KIND_COUNT; kind++)
        for (size_t i = 0; i < 200; i++) {
            AUTO_FREE char *mine = text_of(shop, (enum kind)kind, i);
            AUTO_FREE char *again = text_of(other, (enum kind)kind, 199 - i);
            AUTO_FREE char *same = text_of(other, (enum kind)kind, i);
            AUTO_FREE char *strange = text_of(stranger, (enum kind)kind, i);

            assert_non_null(again);
            assert_string_equal(mine, same);
            differ += strcmp(mine, strange) != 0;
        }
    assert_true(differ > 590);
}

static void a_product_does_not_depend_on_how_many_there_are(void **state)
{
    AUTO(shop) bigger = make(7, PRODUCTS * 10);

    (void)state;
    for (size_t i = 0; i < PRODUCTS; i += 97) {
        const struct product *a = shop_product_at(shop, i), *b = shop_product_at(bigger, i);

        assert_string_equal(a->title, b->title);
        assert_int_equal(a->count, b->count);
        assert_int_equal(a->count == 0 ? 0 : a->variants[0].price, b->count == 0 ? 0 : b->variants[0].price);
    }
}

static void the_catalogue_has_what_catalogues_have(void **state)
{
    size_t variants = 0, many = 0, single = 0, missing = 0, archived = 0, untracked = 0, images = 0;

    (void)state;
    for (size_t i = 0; i < PRODUCTS; i++) {
        const struct product *p = shop_product_at(shop, i);

        assert_true(p->count >= 1 && p->count <= VARIANTS_MAX);
        variants += p->count;
        many += p->count >= 100;
        single += p->option_count == 0;
        archived += strcmp(p->status, "archived") == 0;
        images += p->images;
        for (size_t k = 0; k < p->count; k++) {
            const struct variant *v = &p->variants[k];

            assert_ptr_equal(shop_variant_held(shop, v->id), v);
            assert_ptr_equal(shop_variant_held(shop, v->item), v);
            missing += v->sku == NULL || *v->sku == '\0';
            untracked += !v->tracked;
            for (size_t n = 0; n < p->option_count; n++)
                assert_true(v->option[n] < p->options[n].count);
        }
    }
    assert_true(variants > PRODUCTS * 2 && variants < PRODUCTS * 4);
    assert_true(many > 0 && single > PRODUCTS / 3 && missing > 0 && archived > 0 && untracked > 0 && images > PRODUCTS);
}

static void every_order_adds_up(void **state)
{
    size_t refunded = 0, part = 0, gone = 0, guests = 0, exempt = 0, foreign = 0, cancelled = 0;

    (void)state;
    for (size_t i = 0; i < ORDERS; i++) {
        const struct order *o = shop_order_at(shop, i);
        int64_t net = 0;

        for (size_t k = 0; k < o->line_count; k++) {
            const struct line *l = &o->lines[k];

            net += line_net(l);
            assert_true(l->quantity > 0 && l->current >= 0 && l->current <= l->quantity && l->fulfilled <= l->current);
            gone += l->product == 0 && !l->custom && l->sku != NULL && strcmp(l->sku, "GONE-1") != 0;
        }
        assert_int_equal(o->subtotal, net);
        assert_int_equal(o->total, o->subtotal + o->shipping_total + (o->taxes_included ? 0 : o->tax_total));
        assert_true(o->refunded >= 0 && o->refunded <= o->total);
        assert_true(o->updated >= o->created && o->created < TODAY);
        refunded += strcmp(o->financial, "refunded") == 0;
        part += o->refund_count > 0 && o->refunds[0].line_count > 0 && o->refunded < o->total;
        guests += o->customer == SIZE_MAX;
        exempt += o->tax_exempt;
        foreign += strcmp(o->presentment, "USD") != 0;
        cancelled += o->cancelled != 0;
        if (o->tax_exempt)
            assert_int_equal(o->tax_total, 0);
        if (o->customer != SIZE_MAX)
            assert_true(shop_customer_at(shop, o->customer)->created < o->created);
    }
    assert_true(refunded > 0 && part > 0 && gone > 0 && guests > 0 && exempt > 0 && foreign > 0 && cancelled > 0);
}

static void orders_are_in_the_order_of_time(void **state)
{
    (void)state;
    for (size_t i = 1; i < ORDERS; i++)
        assert_true(shop_order_at(shop, i)->created >= shop_order_at(shop, i - 1)->created);
}

struct tally {
    size_t count, customer;
};

static void tally_one(void *ctx, size_t index)
{
    struct tally *t = ctx;

    assert_int_equal(shop_order_at(shop, index)->customer, t->customer);
    t->count++;
}

static void a_customer_knows_all_orders(void **state)
{
    size_t mine[CUSTOMERS] = { 0 };

    (void)state;
    for (size_t i = 0; i < ORDERS; i++)
        if (shop_order_at(shop, i)->customer != SIZE_MAX)
            mine[shop_order_at(shop, i)->customer]++;
    for (size_t i = 0; i < CUSTOMERS; i++) {
        struct tally t = { .customer = i };

        past_of_customer(shop, i, tally_one, &t);
        assert_int_equal(t.count, mine[i]);
    }
}

static void what_open_orders_hold_is_committed(void **state)
{
    int64_t held = 0, committed = 0;

    (void)state;
    for (size_t i = 0; i < ORDERS; i++) {
        const struct order *o = shop_order_at(shop, i);

        if (o->cancelled != 0 || o->test || strcmp(o->financial, "voided") == 0)
            continue;
        for (size_t k = 0; k < o->line_count; k++)
            held += o->lines[k].variant == 0 ? 0 : o->lines[k].current - o->lines[k].fulfilled;
    }
    for (size_t i = 0; i < PRODUCTS; i++)
        for (size_t k = 0; k < shop_product_at(shop, i)->count; k++)
            for (size_t n = 0; n < shop_locations(shop); n++) {
                struct level l;

                levels_get(shop, &shop_product_at(shop, i)->variants[k], n, &l);
                committed += l.committed;
                assert_int_equal(levels_on_hand(&l), l.available + l.committed + l.damaged + l.safety);
            }
    assert_true(held > 0);
    assert_int_equal(committed, held);
}

static void a_sale_takes_from_what_is_available(void **state)
{
    struct level before, after;
    const struct order *o;
    const struct line *l = NULL;

    (void)state;
    mutex_lock(&shop->lock);
    while (l == NULL) {
        o = shop_sell_held(shop, MIX_PLAIN);
        if (o->line_count == 1 && o->lines[0].variant != 0)
            l = &o->lines[0];
    }
    levels_get(shop, shop_variant_held(shop, l->variant), 0, &after);
    levels_commit(shop, o, -1);
    levels_get(shop, shop_variant_held(shop, l->variant), 0, &before);
    assert_int_equal(before.available - after.available, l->quantity);
    assert_int_equal(after.committed - before.committed, l->quantity);
    levels_commit(shop, o, 1);
    shop_order_event_held(shop, (struct order *)(uintptr_t)o, "orders/fulfilled");
    levels_get(shop, shop_variant_held(shop, l->variant), 0, &after);
    assert_int_equal(levels_on_hand(&before) - levels_on_hand(&after), l->quantity);
    mutex_unlock(&shop->lock);
}

static void only_what_was_changed_is_kept(void **state)
{
    (void)state;
    shop_product_change(shop, 11)->deleted = true;
    for (size_t i = 0; i < PRODUCTS; i++)
        shop_product_at(shop, i);
    assert_true(shop_product_at(shop, 11)->deleted);
    assert_int_equal(kept_count(shop->kept, KIND_PRODUCT), 1);
    shop_product_change(shop, 11)->deleted = false;
}

/* ---- lists ---- */

static size_t walked(enum rows rows, const char *arguments, bool all_orders, bool (*good)(const struct walk *w, size_t index))
{
    json_auto_t *args = json_loads(arguments, 0, NULL), *warnings = json_array();
    struct walk w;
    struct row row;
    size_t count = 0;

    assert_non_null(args);
    walk_start(&w, shop, rows, false, args, all_orders, warnings);
    for (; walk_next(&w, &row); count++)
        assert_true(good == NULL || good(&w, row.index));
    walk_clear(&w);
    assert_int_equal(json_array_size(warnings), 0);
    return count;
}

static bool in_march(const struct walk *w, size_t index)
{
    when from, to, at = shop_order_at(w->shop, index)->created;

    assert_true(when_parse_iso("2025-03-01T00:00:00Z", &from) && when_parse_iso("2025-04-01T00:00:00Z", &to));
    return at >= from && at < to;
}

static bool refunded(const struct walk *w, size_t index)
{
    return strstr(shop_order_at(w->shop, index)->financial, "refunded") != NULL;
}

static void searches_find_what_is_there(void **state)
{
    size_t march = 0, back = 0, rest;

    (void)state;
    for (size_t i = 0; i < shop_orders_held(shop); i++) {
        march += in_march(&(struct walk){ .shop = shop }, i);
        back += refunded(&(struct walk){ .shop = shop }, i);
    }
    assert_true(march > 0 && back > 0);
    assert_int_equal(walked(ROWS_ORDERS, "{\"query\":\"created_at:>='2025-03-01T00:00:00Z' created_at:<'2025-04-01T00:00:00Z'\"}", true,
                            in_march),
                     march);
    assert_int_equal(walked(ROWS_ORDERS, "{\"query\":\"financial_status:refunded OR financial_status:partially_refunded\"}", true,
                            refunded),
                     back);
    assert_int_equal(walked(ROWS_ORDERS, "{\"query\":\"financial_status:refunded,partially_refunded\"}", true, refunded), back);
    rest = walked(ROWS_ORDERS, "{\"query\":\"-(financial_status:refunded OR financial_status:partially_refunded)\"}", true, NULL);
    assert_int_equal(rest + back, shop_orders_held(shop));
    assert_int_equal(walked(ROWS_ORDERS, "{\"query\":\"name:1003\"}", true, NULL), 1);
    assert_int_equal(walked(ROWS_ORDERS, "{\"query\":\"id:5800000000000020015\"}", true, NULL), 1);
    assert_int_equal(walked(ROWS_ORDERS, "{\"query\":\"status:any\"}", true, NULL), shop_orders_held(shop));
}

static void a_number_finds_all_that_carry_it(void **state)
{
    size_t twice = 0;

    (void)state;
    for (size_t i = 0; i < PRODUCTS; i++) {
        const char *sku = shop_product_at(shop, i)->variants[0].sku;
        char args[160];
        size_t found;

        if (sku == NULL || *sku == '\0' || i % 7 != 0)
            continue;
        snprintf(args, sizeof args, "{\"query\":\"sku:'%.60s'\"}", sku + strspn(sku, " "));
        found = walked(ROWS_VARIANTS, args, true, NULL);
        if (sku[strlen(sku) - 1] == ' ')
            continue; /* as it was typed: the search has no blank at its end */
        assert_true(found >= 1);
        twice += found > 1;
    }
    assert_true(twice > 0);
}

static void old_orders_need_their_own_scope(void **state)
{
    size_t young = 0;

    (void)state;
    when_set_for_tests(TODAY);
    for (size_t i = 0; i < shop_orders_held(shop); i++)
        young += shop_order_at(shop, i)->created >= TODAY - 60 * WHEN_DAY;
    assert_int_equal(walked(ROWS_ORDERS, "{}", false, NULL), young);
    assert_true(young < ORDERS / 2);
    when_set_for_tests(0);
}

static void updates_are_walked_in_their_order_both_ways(void **state)
{
    json_auto_t *up = json_loads("{\"sortKey\":\"UPDATED_AT\"}", 0, NULL);
    json_auto_t *down = json_loads("{\"sortKey\":\"UPDATED_AT\",\"reverse\":true}", 0, NULL);
    struct walk w;
    struct row row;
    size_t order[ORDERS * 2], count = 0;
    when last = 0;

    (void)state;
    walk_start(&w, shop, ROWS_ORDERS, false, up, true, NULL);
    while (walk_next(&w, &row) && count < ORDERS * 2) {
        assert_true(shop_order_at(shop, row.index)->updated >= last);
        last = shop_order_at(shop, row.index)->updated;
        order[count++] = row.index;
    }
    walk_clear(&w);
    assert_int_equal(count, shop_orders_held(shop));
    walk_start(&w, shop, ROWS_ORDERS, false, down, true, NULL);
    while (walk_next(&w, &row))
        assert_int_equal(row.index, order[--count]);
    walk_clear(&w);
    assert_int_equal(count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_seed_makes_the_same_records_in_any_order),
        cmocka_unit_test(a_product_does_not_depend_on_how_many_there_are),
        cmocka_unit_test(the_catalogue_has_what_catalogues_have),
        cmocka_unit_test(every_order_adds_up),
        cmocka_unit_test(orders_are_in_the_order_of_time),
        cmocka_unit_test(a_customer_knows_all_orders),
        cmocka_unit_test(what_open_orders_hold_is_committed),
        cmocka_unit_test(a_sale_takes_from_what_is_available),
        cmocka_unit_test(only_what_was_changed_is_kept),
        cmocka_unit_test(searches_find_what_is_there),
        cmocka_unit_test(a_number_finds_all_that_carry_it),
        cmocka_unit_test(old_orders_need_their_own_scope),
        cmocka_unit_test(updates_are_walked_in_their_order_both_ways),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
