/*
 * away - the guided import with sides that are away in the middle: it goes on by itself, and what
 * is there at the end is what is there without trouble, nothing twice.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "tests/flow/guided.h"

#define CUSTOMERS 40
#define PRODUCTS  30
#define ORDERS    80

static bool is_reading(const json_t *run)
{
    return guided_number(run, "customers", "read") > 0;
}

static bool is_making(const json_t *run)
{
    return guided_number(run, "products", "items.queued") > 0;
}

static bool is_selling(const json_t *run)
{
    return guided_number(run, "orders", "items.queued") +
               guided_number(run, "orders", "items.done") >
           0;
}

static bool away(struct stage *stage, const char *side, struct err *err)
{
    return guided_practice(stage,
                           json_pack("{s:s, s:s, s:s, s:f}", "do", "fault", "side", side, "kind",
                                     "outage", "seconds", 2.0),
                           err);
}

struct counts {
    int64_t partners, products, orders, lines, quants;
};

static bool counts_of(struct stage *stage, struct counts *c, struct err *err)
{
    c->partners = guided_count(stage, "res.partner", json_array(), err);
    c->products = guided_count(stage, "product.product", json_array(), err);
    c->orders = guided_count(stage, "sale.order", json_array(), err);
    c->lines = guided_count(stage, "sale.order.line", json_array(), err);
    c->quants = guided_count(stage, "stock.quant", json_array(), err);
    return err->kind == ERR_NONE;
}

static bool same_counts(const struct counts *a, const struct counts *b, struct err *err)
{
    return memcmp(a, b, sizeof *a) == 0 ||
           err_set(err, ERR_BUG,
                   "partners %lld %lld, products %lld %lld, orders %lld %lld, lines %lld %lld,"
                   " quants %lld %lld",
                   (long long)a->partners, (long long)b->partners, (long long)a->products,
                   (long long)b->products, (long long)a->orders, (long long)b->orders,
                   (long long)a->lines, (long long)b->lines, (long long)a->quants,
                   (long long)b->quants);
}

static bool with_outages(struct stage *stage, int64_t run, struct err *err)
{
    return guided_wait_until(stage, run, is_reading, err) && away(stage, "shop", err) &&
           guided_wait_until(stage, run, guided_is_planned, err) && guided_apply(stage, run, err) &&
           guided_wait_until(stage, run, is_making, err) && away(stage, "odoo", err) &&
           guided_wait_until(stage, run, is_selling, err) && away(stage, "odoo", err) &&
           away(stage, "shop", err);
}

static bool moved(struct counts *c, json_t **sums, bool outages, struct err *err)
{
    struct stage_options options = { .programs = getenv("TESTS_BUILDDIR"),
                                     .seed = 8,
                                     .customers = CUSTOMERS,
                                     .products = PRODUCTS,
                                     .orders = ORDERS };
    AUTO(stage) stage = stage_new(&options, err);
    json_auto_t *done = NULL;
    int64_t run = 0;

    if (stage == NULL || !guided_map_place(stage, err) || !guided_plan(stage, &run, err))
        return false;
    if (outages ? !with_outages(stage, run, err)
                : !guided_wait_until(stage, run, guided_is_planned, err) ||
                      !guided_apply(stage, run, err))
        return false;
    done = guided_wait_for(stage, run, guided_is_done, err);
    *sums = json_incref((json_t *)(uintptr_t)json_at(guided_step_of(done, "verify"), "result"));
    return done != NULL && counts_of(stage, c, err);
}

static void sides_away(void)
{
    json_auto_t *sums = NULL, *sums_then = NULL;
    struct counts undisturbed, disturbed;
    struct err err = { 0 };

    if (!guided_check(moved(&undisturbed, &sums, false, &err), "an import without trouble", &err) ||
        !guided_check(moved(&disturbed, &sums_then, true, &err),
                      "the same with sides that are away in the middle goes on by itself", &err))
        return;
    guided_check(same_counts(&undisturbed, &disturbed, &err), "as many are there, none twice",
                 &err);
    guided_check(json_equal(sums, sums_then) || guided_fails(&err, sums_then, "other sums"),
                 "and the verification says the same of both", &err);
}

int main(void)
{
    sides_away();
    return guided_end();
}
