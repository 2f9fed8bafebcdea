/*
 * Which pieces of the shop's orders Odoo has taken already: reserved for them, or sent. Orders the
 * shop has and Odoo does not know, or has no stock reserved for, are what is left.
 */
#include "jobs/stock_out.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "odoo/records.h"

#define SENT_DAYS 90 /* what was sent longer ago is told to the shop, or never will be */
#define MOST      20000 /* moves of one look; more than that are taken for not seen */

/* Moves for sale orders, of these products, in these states. */
static bool read_moves(struct out_flow *flow, json_t *products, bool sent, json_t *rows,
                       struct err *err)
{
    struct workshop_place *place = flow->place;
    char since[WHEN_TEXT_MAX];
    json_auto_t *fields =
        json_pack("[ssss]", "product_id", "quantity", "state", "sale_line_id");
    json_auto_t *domain = json_pack("[[ssO][ssb][sss]]", "product_id", "in", products,
                                    "sale_line_id", "!=", 0, "location_id.usage", "=", "internal");
    struct records_query query = { .model = "stock.move", .domain = domain, .fields = fields,
                                   .class = place->class };
    size_t got = RECORDS_LIMIT;

    json_array_append_new(domain, sent ? json_pack("[sss]", "state", "=", "done")
                                       : json_pack("[ss[ss]]", "state", "in", "assigned",
                                                   "partially_available"));
    if (sent)
        json_array_append_new(domain, json_pack("[sss]", "write_date", ">=",
                                                when_odoo(when_now() - SENT_DAYS * WHEN_DAY,
                                                          since)));
    while (got == RECORDS_LIMIT && json_array_size(rows) < MOST) {
        json_auto_t *page = NULL;

        if (!records_search(place->site->odoo, place->http, &query, &page, &place->odoo, err))
            return err_within(err, "read what orders have reserved");
        got = json_array_size(page);
        query.offset += got;
        json_array_extend(rows, page);
    }
    return true;
}

/* {"LINE": order}, of the moves' order lines. */
static json_t *orders_of(struct out_flow *flow, const json_t *moves, struct err *err)
{
    struct workshop_place *place = flow->place;
    json_auto_t *ids = json_array(), *fields = json_pack("[s]", "order_id"), *rows = NULL;
    json_auto_t *asked = json_object();
    const json_t *row;
    char key[32];
    json_t *orders;
    size_t i;

    json_array_foreach(moves, i, row) {
        int64_t line = json_int_or(row, "sale_line_id.0", 0);

        snprintf(key, sizeof key, "%" PRId64, line);
        if (json_object_get(asked, key) != NULL)
            continue;
        json_object_set_new(asked, key, json_true());
        json_array_append_new(ids, json_integer(line));
    }
    if (json_array_size(ids) > 0 &&
        !records_read(place->site->odoo, place->http, "sale.order.line", ids, fields, place->class,
                      &rows, &place->odoo, err))
        return NULL;
    orders = json_object();
    json_array_foreach(rows, i, row) {
        snprintf(key, sizeof key, "%" PRId64, json_int_or(row, "id", 0));
        json_object_set(orders, key, json_object_get(row, "order_id"));
    }
    return orders;
}

/* Adds the moves up: {"ORDER:PRODUCT": {"order", "product", "reserved", "sent"}}. */
static bool add_up(struct out_flow *flow, const json_t *moves, const char *as, json_t *sums,
                   struct err *err)
{
    json_auto_t *orders = orders_of(flow, moves, err);
    const json_t *row;
    size_t i;

    if (orders == NULL)
        return err_within(err, "read whose orders they are");
    json_array_foreach(moves, i, row) {
        int64_t product = json_int_or(row, "product_id.0", 0), order;
        char key[64];
        json_t *sum;

        snprintf(key, sizeof key, "%" PRId64, json_int_or(row, "sale_line_id.0", 0));
        order = json_integer_value(json_object_get(orders, key));
        snprintf(key, sizeof key, "%" PRId64 ":%" PRId64, order, product);
        sum = json_object_get(sums, key);
        if (sum == NULL) {
            sum = json_pack("{sIsI}", "order", (json_int_t)order, "product", (json_int_t)product);
            json_object_set_new(sums, key, sum);
        }
        json_object_set_new(sum, as,
                            json_real(json_real_or(sum, as, 0) + json_real_or(row, "quantity", 0)));
    }
    return true;
}

/* The order as both last agreed on it; NULL: not one of the shop's, or not known. */
static bool agreed_order(struct out_flow *flow, int64_t id, json_t **order, struct err *err)
{
    AUTO_FREE char *agreed = NULL;
    json_auto_t *all = NULL;
    struct err ignored = { 0 };
    struct pair pair;
    bool found;

    *order = NULL;
    if (!pairs_by_odoo(flow->db, flow->place->site->id, "sale.order", id, &pair, &agreed, &found,
                       err))
        return false;
    if (!found || agreed == NULL || strcmp(pair.kind, "order") != 0)
        return true;
    all = json_read(agreed, strlen(agreed), "what was agreed", &ignored);
    *order = json_incref(json_object_get(all, "order"));
    return true;
}

static bool count(struct out_flow *flow, const json_t *sums, json_t *seen, struct err *err)
{
    const char *key;
    json_t *sum;

    json_object_foreach((json_t *)(uintptr_t)sums, key, sum) {
        json_auto_t *order = NULL;
        char product[32];

        if (!agreed_order(flow, json_int_or(sum, "order", 0), &order, err))
            return false;
        snprintf(product, sizeof product, "%" PRId64, json_int_or(sum, "product", 0));
        json_object_set_new(seen, product,
                            json_integer(json_int_or(seen, product, 0) +
                                         offer_seen(order, json_real_or(sum, "reserved", 0),
                                                    json_real_or(sum, "sent", 0))));
    }
    return true;
}

static int64_t committed_of(const struct out_case *c)
{
    int64_t sum = 0;

    EACH_OUT_LEVEL(c, l)
        sum += json_int_or(l->level, "committed", 0);
    return sum;
}

/* Products of cases whose orders are not all accounted for. */
static json_t *products_left(struct out_flow *flow, const json_t *seen)
{
    json_t *list = json_array();

    EACH_OUT(flow, c) {
        char product[32];

        snprintf(product, sizeof product, "%" PRId64, c->product);
        if (!c->looked && committed_of(c) > json_int_or(seen, product, 0))
            json_array_append_new(list, json_integer(c->product));
    }
    return list;
}

bool stock_out_seen(struct out_flow *flow, json_t *seen, struct err *err)
{
    json_auto_t *products = products_left(flow, NULL), *moves = json_array(), *left = NULL;
    json_auto_t *sums = json_object(), *sent = json_array(), *again = json_object();

    if (json_array_size(products) == 0)
        return true;
    if (!read_moves(flow, products, false, moves, err) ||
        !add_up(flow, moves, "reserved", sums, err) || !count(flow, sums, seen, err))
        return false;
    left = products_left(flow, seen);
    if (json_array_size(left) == 0)
        return true;
    if (!read_moves(flow, left, true, sent, err) || !add_up(flow, sent, "sent", sums, err) ||
        !count(flow, sums, again, err))
        return false;
    json_object_update(seen, again);
    return true;
}

int64_t stock_out_unseen(const struct out_case *c, const json_t *level, const json_t *seen)
{
    char product[32];

    snprintf(product, sizeof product, "%" PRId64, c->product);
    return offer_unseen(json_int_or(level, "committed", 0), committed_of(c),
                        json_int_or(seen, product, 0));
}
