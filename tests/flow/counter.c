/*
 * counter - what was sold over the counter of a place comes from the warehouse that the place is
 * mapped to by its name: by the import, and by a delivery, which tells the place's id alone.
 */
#include <stdlib.h>
#include <unistd.h>

#include "base/json.h"
#include "base/when.h"
#include "tests/flow/guided.h"

#define CORNER  INT64_C(9010000000000014) /* tests/sandbox/shop/shop.c */
#define SEED    2                         /* some of its earlier orders are of the corner store */
#define ORDERS  120
#define WAIT_US (INT64_C(60) * 1000 * 1000)

/* Odoo's second warehouse, and a place below its stock; archived at first. */
#define WAREHOUSE 2
#define SHELF     19

static bool opened(struct stage *stage, const char *model, json_t *ids, struct err *err)
{
    json_auto_t *done = guided_odoo(stage, model, "write",
                                    json_pack("[o, {s:b}]", ids, "active", 1), err);

    return done != NULL;
}

static bool second_warehouse(struct stage *stage, struct err *err)
{
    return opened(stage, "stock.location", json_pack("[i, i, i]", 17, 18, SHELF), err) &&
           opened(stage, "stock.warehouse", json_pack("[i]", WAREHOUSE), err);
}

static bool map(struct stage *stage, struct err *err)
{
    return guided_tell(stage, "mappings.set",
                       json_pack("{s:I, s:s, s:s, s:o}", "backend",
                                 (json_int_t)stage_backend(stage), "kind", "location", "key",
                                 "Corner Store", "value",
                                 json_sprintf("location:%d", SHELF)),
                       err);
}

static int64_t orders_of(struct stage *stage, int64_t warehouse, struct err *err)
{
    return guided_count(stage, "sale.order",
                        json_pack("[[ssI]]", "warehouse_id", "=", (json_int_t)warehouse), err);
}

static bool imported(struct stage *stage, struct err *err)
{
    int64_t run = 0;

    return guided_plan(stage, &run, err) &&
           guided_wait_until(stage, run, guided_is_planned, err) &&
           guided_apply(stage, run, err) && guided_wait_until(stage, run, guided_is_done, err);
}

static bool come_to(struct stage *stage, int64_t warehouse, int64_t wanted, struct err *err)
{
    int64_t until = when_ticks() + WAIT_US, now = orders_of(stage, warehouse, err);

    while (now != wanted && when_ticks() < until) {
        usleep(20 * 1000);
        now = orders_of(stage, warehouse, err);
    }
    return now == wanted || err_set(err, ERR_BUG, "%lld orders there, not %lld", (long long)now,
                                    (long long)wanted);
}

static bool sold(struct stage *stage, int orders, int64_t counter, struct err *err)
{
    return guided_practice(stage,
                           json_pack("{s:s, s:i, s:s, s:I}", "do", "sell", "orders", orders,
                                     "financial", "paid", "counter", (json_int_t)counter),
                           err) &&
           guided_practice(stage, json_pack("{s:s}", "do", "wait_delivered"), err);
}

static void counters(void)
{
    struct stage_options options = { .programs = getenv("TESTS_BUILDDIR"),
                                     .seed = SEED,
                                     .customers = 40,
                                     .products = 30,
                                     .orders = ORDERS };
    struct err err = { 0 };
    AUTO(stage) stage = stage_new(&options, &err);
    int64_t all, there = 0;

    if (!guided_check(stage != NULL && second_warehouse(stage, &err) &&
                          guided_map_place(stage, &err) && map(stage, &err),
                      "a corner store, mapped by its name to a shelf of a second warehouse", &err) ||
        !guided_check(imported(stage, &err), "the shop is imported", &err))
        return;
    all = guided_count(stage, "sale.order", json_array(), &err);
    there = orders_of(stage, WAREHOUSE, &err);
    if (there <= 0 || there > all / 4)
        err_set(&err, ERR_BUG, "%lld of %lld", (long long)there, (long long)all);
    guided_check(err.kind == ERR_NONE, "what it had sold is of that warehouse, the rest is not",
                 &err);
    guided_check(sold(stage, 3, CORNER, &err) && come_to(stage, WAREHOUSE, there + 3, &err),
                 "what it sells now is of that warehouse too", &err);
    guided_check(sold(stage, 3, 0, &err) &&
                     come_to(stage, 1, all - there + 3, &err) &&
                     come_to(stage, WAREHOUSE, there + 3, &err),
                 "and what the web sells is not", &err);
}

int main(void)
{
    counters();
    return guided_end();
}
