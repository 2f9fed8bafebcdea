/* What of an import waits for a person in Odoo: drafts of orders that were held. */
#include "jobs/import.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "odoo/records.h"
#include "store/pairs.h"

#define HELD_MOST 500 /* orders; beyond that what they hold is told as a difference */

/* Odoo's ids of the run's parked orders that it has drafts of. */
static json_t *parked_orders(struct import_work *work, struct err *err)
{
    struct import_item *items AUTO_FREE = calloc(HELD_MOST, sizeof *items);
    struct imports_filter filter = { .run = work->run.id, .step = IMPORT_ORDERS, .verdict = -1,
                                     .state = IMPORT_ITEM_PARKED };
    size_t count = HELD_MOST;
    json_t *ids = json_array();
    int64_t next;
    bool ok = items != NULL || err_set(err, ERR_BUSY, "no memory");

    if (!ok || !imports_items(work->db, &filter, items, &count, &next, err))
        return (json_decref(ids), NULL);
    for (size_t i = 0; ok && i < count; i++) {
        const char *colon = strchr(items[i].record, ':');
        unsigned long long id;
        struct pair pair;
        bool found = false;

        if (colon == NULL || !str_number(colon + 1, INT64_MAX, &id))
            continue;
        ok = pairs_by_shopify(work->db, work->run.backend, "order", (int64_t)id, &pair, NULL,
                              &found, err);
        if (ok && found && pair.odoo_id != 0)
            json_array_append_new(ids, json_integer(pair.odoo_id));
    }
    import_items_clear(items, count);
    if (!ok)
        return (json_decref(ids), NULL);
    return ids;
}

bool import_held_lines(struct import_work *work, json_t *products, json_t **rows, struct err *err)
{
    struct workshop_place *place = &work->place;
    json_auto_t *orders = parked_orders(work, err), *domain = NULL;
    json_auto_t *fields = json_pack("[sss]", "id", "product_id", "product_uom_qty");
    struct records_query query = { .model = "sale.order.line", .fields = fields,
                                   .class = PACE_IMPORT };

    *rows = NULL;
    if (orders == NULL)
        return false;
    if (json_array_size(orders) == 0)
        return true;
    query.domain = domain = json_pack("[[s, s, O], [s, s, O], [s, s, [s, s]]]", "order_id", "in",
                                      orders, "product_id", "in", products, "state", "in", "draft",
                                      "sent");
    return records_search(place->site->odoo, place->http, &query, rows, &place->odoo, err) ||
           err_within(err, "read orders that are held");
}
