/*
 * order_flow.h - an order that may be anything, through all that core/sync does with it. Odoo's
 * side of it (taxes, countries, resolved ids) is that of tests/cases/base.json.
 */
#ifndef TESTS_FUZZ_ORDER_FLOW_H
#define TESTS_FUZZ_ORDER_FLOW_H

#include "base/json.h"
#include "sync/order.h"
#include "sync/order_needs.h"
#include "sync/order_plan.h"
#include "sync/order_to_odoo.h"
#include "sync/partner.h"
#include "sync/validate.h"
#include "tests/fuzz/answer.h"

#define FLOW_SHOP "demo"

struct flow {
    json_t *base; /* read at the first input, kept to the end */
    struct reference *r;
};

static inline struct flow *flow_start(void)
{
    static struct flow flow;
    struct err err;

    if (flow.r != NULL)
        return &flow;
    flow.base = json_load_file(PACKAGE_TREE "/tests/cases/base.json", 0, NULL);
    flow.r = reference_new(json_object_get(flow.base, "odoo"), NULL, NULL, &err);
    FUZZ_CHECK(flow.r != NULL);
    return &flow;
}

/* What Odoo will show is what Shopify charged, to the cent, or there is no plan. */
static inline void flow_check_plan(const json_t *order, const json_t *plan)
{
    const char *total = order_books_current(order) ? "current_total" : "total";
    const json_t *row;
    size_t i, j;

    FUZZ_CHECK(json_int_or(plan, "expect.total", -1) ==
               json_int_or(order, total, json_int_or(order, "total", -2)));
    json_array_foreach(json_object_get(plan, "rows"), i, row)
    {
        const json_t *cell;

        FUZZ_CHECK(json_array_size(row) == json_len(plan, "fields"));
        json_array_foreach(row, j, cell) FUZZ_CHECK(json_is_string(cell));
    }
}

/* Takes the canonical order a reader made, or NULL with the err it set. */
static inline void flow_order(json_t *order, struct findings *f, struct err *err)
{
    struct flow *flow = flow_start();
    struct order_plan plan;
    json_t *needs, *contact, *load;
    struct person person;

    if (order == NULL) {
        check_err(err);
        FUZZ_CHECK(err->kind == ERR_INVALID);
        return;
    }
    FUZZ_CHECK(err->kind == ERR_NONE && validate(kind_of("order"), order, NULL));
    plan = order_plan(order, false, false, flow->r);
    FUZZ_CHECK(plan.action <= ORDER_HOLD && utf8_valid(plan.reason, strlen(plan.reason)));
    needs = order_needs(order, FLOW_SHOP, flow->r);
    person = person_of_order(order);
    contact = partner_contact(&person, FLOW_SHOP, flow->r, NULL, f);
    FUZZ_CHECK(needs != NULL && contact != NULL);
    load = order_to_odoo(order, &plan, FLOW_SHOP, flow->r, json_object_get(flow->base, "resolved"),
                         f, err);
    if (load == NULL)
        check_err(err);
    else
        flow_check_plan(order, load);
    json_decref(load);
    json_decref(contact);
    json_decref(needs);
}

#endif
