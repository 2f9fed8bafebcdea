/* What lies at a place of Odoo's, of some products: read alike by both ways of the stock. */
#include "jobs/stock.h"

#include <string.h>

#include "base/json.h"
#include "odoo/records.h"

/* Quants of the products at a place and below it, but not below what another location is. */
static json_t *quants_domain(const struct workshop_place *place, int64_t at, json_t *products)
{
    json_auto_t *below = level_places_below(place->picture->reference, at);
    json_t *domain = json_pack("[[ssO][ssI][sss]]", "product_id", "in", products, "location_id",
                               "child_of", (json_int_t)at, "location_id.usage", "=", "internal");
    const json_t *other;
    size_t i;

    json_array_foreach(below, i, other)
    {
        json_array_append_new(domain, json_string("!"));
        json_array_append_new(domain, json_pack("[ssO]", "location_id", "child_of", other));
    }
    return domain;
}

bool stock_quants(struct workshop_place *place, int64_t at, json_t *products, json_t *rows,
                  struct err *err)
{
    json_auto_t *domain = quants_domain(place, at, products);
    json_auto_t *fields =
        json_pack("[ssssssss]", "id", "product_id", "location_id", "quantity", "reserved_quantity",
                  "lot_id", "package_id", "owner_id");
    struct records_query query = { .model = "stock.quant", .domain = domain, .fields = fields,
                                   .class = place->class };
    size_t got = RECORDS_LIMIT;

    while (got == RECORDS_LIMIT) {
        json_auto_t *page = NULL;

        if (!records_search(place->site->odoo, place->http, &query, &page, &place->odoo, err))
            return err_within(err, "read what is in stock");
        got = json_array_size(page);
        query.offset += got;
        json_array_extend(rows, page);
    }
    return true;
}
