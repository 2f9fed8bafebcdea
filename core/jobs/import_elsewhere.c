/* What Shopify keeps for orders, wherever it lies: also at places whose stock stays out of Odoo. */
#include "jobs/import.h"

#include "base/json.h"
#include "shopify/reads.h"
#include "sync/findings.h"
#include "sync/level.h"

int64_t import_committed_of(const json_t *node)
{
    struct findings findings;
    json_auto_t *level = NULL;
    struct err why = { 0 };

    findings_init(&findings);
    level = json_is_object(node) ? level_from_shopify(node, &findings, &why) : NULL;
    return json_int_or(level, "committed", 0);
}

bool import_committed(struct import_work *work, const int64_t *items, size_t count,
                      int64_t *committed, struct err *err)
{
    struct workshop_place *place = &work->place;
    json_auto_t *places = NULL;
    const json_t *row;
    size_t i;

    workshop_count(place->workshop, 0, 1);
    if (!locations_fetch(place->site->shop, place->http, PACE_IMPORT, &places, &place->shopify,
                         err))
        return err_within(err, "read the shop's places");
    json_array_foreach(places, i, row) {
        json_auto_t *levels = NULL;
        int64_t location;

        if (!graphql_gid_id(json_text(row, "id"), "Location", &location))
            return err_set(err, ERR_BUG, "a place of the shop has no id");
        workshop_count(place->workshop, 0, 1);
        if (!levels_fetch(place->site->shop, place->http, location, items, count, PACE_IMPORT,
                          &levels, &place->shopify, err))
            return err_within(err, "read Shopify's stock");
        for (size_t k = 0; k < count; k++)
            committed[k] += import_committed_of(json_array_get(levels, k));
    }
    return true;
}
