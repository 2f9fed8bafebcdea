#include "jobs/order.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "odoo/records.h"
#include "odoo/rpc.h"

bool order_case_open(const struct order_case *c)
{
    return !c->ended;
}

void order_case_clear(struct order_case *c)
{
    json_decref(c->order);
    json_decref(c->agreed);
    json_decref(c->needs);
    json_decref(c->resolved);
    json_decref(c->load);
    json_decref(c->seen);
    json_decref(c->changes);
}

bool order_look(struct order_flow *flow, json_t *ids, json_t **rows, struct err *err)
{
    struct workshop_place *place = &flow->place;
    json_auto_t *args = json_pack("[O]", ids);
    json_auto_t *kwargs = json_pack(
        "{s:o, s:{s:{}, s:{}, s:{}, s:{}, s:{}, s:{}, s:{}, s:{}, s:{}, s:{s:{s:{}}},"
        " s:{s:{s:{}, s:{}, s:{}, s:{}, s:{}, s:{}, s:{}}}}}",
        "context", records_context(place->site->odoo, NULL), "specification", "name", "state",
        "locked", "date_order", "amount_untaxed", "amount_tax", "amount_total", "currency_id",
        "invoice_ids", "picking_ids", "fields", "state", "order_line", "fields", "product_id",
        "product_uom_qty", "price_unit", "discount", "qty_delivered", "qty_invoiced", "tax_id");
    struct odoo_request request = {
        .model = "sale.order",
        .method = "web_read",
        .args = args,
        .kwargs = kwargs,
        .read = true,
        .class = flow->place.class,
        .rows = json_array_size(ids),
    };

    if (args == NULL || kwargs == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    if (!odoo_call(place->site->odoo, place->http, &request, rows, &place->odoo, err))
        return err_within(err, "read orders");
    if (!json_is_array(*rows)) {
        json_decref(*rows);
        *rows = NULL;
        return err_set(err, ERR_BUG, "read orders: Odoo's web_read gave no list");
    }
    return true;
}

/* A batch may hold more than one call takes: the rest of them goes on in the next turn. */
void order_in_run(void *workshop, struct batch *batch)
{
    struct order_flow *flow;
    struct order_case *fresh[ORDER_BATCH_MAX];
    size_t fresh_count = 0;

    flow = calloc(1, sizeof *flow);
    if (flow == NULL) {
        struct err err = { 0 };

        err_set(&err, ERR_BUSY, "no memory");
        for (size_t i = 0; i < batch->count; i++)
            batch_failed(&batch->jobs[i], &err);
        return;
    }
    flow->batch = batch;
    if (!workshop_enter(&flow->place, workshop, batch, true)) {
        free(flow);
        return;
    }
    flow->count = batch->count < ORDER_BATCH_MAX ? batch->count : ORDER_BATCH_MAX;
    for (size_t i = 0; i < flow->count; i++) {
        flow->cases[i].job = &batch->jobs[i];
        order_read(flow, &flow->cases[i]);
    }
    for (size_t i = flow->count; i < batch->count; i++)
        batch_again(&batch->jobs[i], when_now());

    order_resolve(flow);
    for (size_t i = 0; i < flow->count; i++) {
        struct order_case *c = &flow->cases[i];

        if (!order_case_open(c))
            continue;
        if (c->odoo_id != 0)
            order_follow(flow, c);
        else
            fresh[fresh_count++] = c;
    }
    if (fresh_count > 0)
        order_create(flow, fresh, fresh_count);
    for (size_t i = 0; i < fresh_count; i++)
        if (order_case_open(fresh[i]))
            order_follow(flow, fresh[i]);

    order_count(flow);
    for (size_t i = 0; i < flow->count; i++)
        order_case_clear(&flow->cases[i]);
    workshop_leave(&flow->place);
    free(flow);
}
