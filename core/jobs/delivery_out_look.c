#include "jobs/delivery_out.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "odoo/records.h"
#include "sync/reference.h"

static bool search(struct delivery_case *c, const char *model, json_t *domain, json_t *fields,
                   json_t **rows, struct err *err)
{
    struct records_query query = { .model = model, .domain = domain, .fields = fields,
                                   .class = c->place->class };

    return records_search(c->place->site->odoo, c->place->http, &query, rows, &c->place->odoo, err);
}

/* The order as both last agreed on it: which of Odoo's lines is which of the shop's. */
static bool read_pair(struct delivery_case *c, bool *found, struct err *err)
{
    AUTO_FREE char *agreed = NULL;
    json_auto_t *all = NULL;

    if (!pairs_by_odoo(c->batch->db, c->batch->backend, "sale.order", c->sale, &c->order, &agreed,
                       found, err))
        return false;
    *found = *found && strcmp(c->order.kind, "order") == 0 && c->order.shopify_id != 0;
    if (!*found)
        return true;
    if (agreed == NULL)
        return err_set(err, ERR_REFUSED, "what was agreed of the order is not known: read it again first");
    all = json_read(agreed, strlen(agreed), "what was agreed", err);
    c->lines = json_incref(json_object_get(all, "lines"));
    return all != NULL;
}

/* Which of the transfers the shop was told of. */
static bool keep_untold(struct delivery_case *c, const json_t *rows, struct err *err)
{
    const json_t *row;
    size_t i;

    json_array_foreach(rows, i, row) {
        struct pair pair;
        bool found;
        char key[32];

        if (!pairs_by_odoo(c->batch->db, c->batch->backend, "stock.picking",
                           json_int_or(row, "id", 0), &pair, NULL, &found, err))
            return false;
        snprintf(key, sizeof key, "%" PRId64, pair.shopify_id);
        if (found)
            json_object_set_new(c->taken, key, json_true());
        else
            json_array_append(c->pickings, (json_t *)(uintptr_t)row);
    }
    return true;
}

bool delivery_out_look(struct delivery_case *c, struct err *err)
{
    json_auto_t *domain = json_pack("[[ssI][sss][sss][ssb]]", "sale_id", "=", (json_int_t)c->sale,
                                    "picking_type_code", "=", "outgoing", "state", "=", "done",
                                    "return_id", "=", 0);
    json_auto_t *fields = json_pack("[ssssss]", "id", "name", "carrier_id", "carrier_tracking_ref",
                                    "location_id", "picking_type_id");
    json_auto_t *rows = NULL;
    bool found = false;

    c->pickings = json_array();
    c->taken = json_object();
    if (!read_pair(c, &found, err))
        return false;
    if (!found)
        return true;
    return search(c, "stock.picking", domain, fields, &rows, err) && keep_untold(c, rows, err);
}

bool delivery_out_moves(struct delivery_case *c, const json_t *picking, json_t **moves,
                        struct err *err)
{
    json_auto_t *domain = json_pack("[[ssO][sss][ssb]]", "picking_id", "=",
                                    json_object_get(picking, "id"), "state", "=", "done",
                                    "sale_line_id", "!=", 0);
    json_auto_t *fields = json_pack("[sss]", "product_id", "quantity", "sale_line_id");

    return search(c, "stock.move", domain, fields, moves, err) ||
           err_within(err, "read what has left");
}

/* Is that stock location around the one the transfer left from? */
static bool is_around(struct delivery_case *c, const json_t *picking, int64_t location, bool *is,
                      struct err *err)
{
    json_auto_t *domain = json_pack("[[ssO][ssI]]", "id", "=",
                                    json_at(picking, "location_id.0"), "id",
                                    "child_of", (json_int_t)location);
    json_auto_t *fields = json_pack("[s]", "id"), *rows = NULL;

    if (!search(c, "stock.location", domain, fields, &rows, err))
        return false;
    *is = json_array_size(rows) > 0;
    return true;
}

/* What a mapped location means: "12" is a warehouse, with all its steps; "location:34" a place. */
static bool is_place(struct delivery_case *c, const json_t *picking, const char *value, bool *is,
                     struct err *err)
{
    json_auto_t *ids = json_pack("[O]", json_at(picking, "picking_type_id.0"));
    json_auto_t *fields = json_pack("[s]", "warehouse_id"), *rows = NULL;

    *is = false;
    if (strcmp(value, "none") == 0)
        return true;
    if (str_starts(value, "location:"))
        return is_around(c, picking, reference_stock_place(c->place->picture->reference, value, NULL),
                         is, err);
    if (!records_read(c->place->site->odoo, c->place->http, "stock.picking.type", ids, fields,
                      c->place->class, &rows, &c->place->odoo, err))
        return false;
    *is = json_int_or(rows, "0.warehouse_id", 0) ==
          reference_warehouse(c->place->picture->reference, value);
    return true;
}

bool delivery_out_places(struct delivery_case *c, const json_t *picking, const json_t *order,
                         json_t **places, struct err *err)
{
    json_auto_t *found = json_object();
    const json_t *one;
    size_t i;

    json_array_foreach(json_at(order, "fulfillmentOrders.nodes"), i, one) {
        const char *gid = json_text_or(one, "assignedLocation.location.id", "");
        const char *key = strrchr(gid, '/') != NULL ? strrchr(gid, '/') + 1 : gid;
        const char *value = reference_mapping(c->place->picture->reference, "location", key);
        bool is;

        if (value == NULL || json_object_get(found, key) != NULL)
            continue;
        if (!is_place(c, picking, value, &is, err))
            return err_within(err, "read where it left from");
        json_object_set_new(found, key, json_boolean(is));
    }
    *places = json_incref(found);
    return true;
}
