/* The GraphQL shape of an order turned into the REST-like one, so that one reader reads both. */
#include <string.h>

#include "base/json.h"
#include "sync/order.h"
#include "sync/plain.h"

/* Copies what is at a path to another key of the same object. */
static void lift(json_t *object, const char *path, const char *key)
{
    const json_t *value = json_at(object, path);

    json_object_set_new(object, key, value != NULL ? json_deep_copy(value) : json_null());
}

static void attributes(json_t *object, const char *key)
{
    json_t *row;
    size_t i;

    json_array_foreach(json_object_get(object, "properties"), i, row) lift(row, "key", "name");
    if (strcmp(key, "properties") != 0) {
        lift(object, "properties", key);
        json_object_del(object, "properties");
    }
}

static void allocation_indexes(json_t *list)
{
    json_t *item, *row;
    size_t i, j;

    json_array_foreach(list, i, item)
        json_array_foreach(json_object_get(item, "discount_allocations"), j, row)
            lift(row, "discount_application.index", "discount_application_index");
}

json_t *order_graphql_payload(const json_t *order)
{
    json_t *payload, *item, *customer;
    size_t i;

    if (!json_is_object(order))
        return NULL;
    payload = plain_of(order);
    lift(payload, "currency_code", "currency");
    lift(payload, "total_cash_rounding_adjustment.payment_set",
         "total_cash_rounding_payment_adjustment_set");
    lift(payload, "retail_location.id", "location_id");
    attributes(payload, "note_attributes");
    customer = json_object_get(payload, "customer");
    if (json_is_object(customer)) {
        lift(customer, "default_email_address.email_address", "email");
        lift(customer, "default_phone_number.phone_number", "phone");
    }
    json_array_foreach(json_object_get(payload, "line_items"), i, item)
    {
        lift(item, "variant.id", "variant_id");
        lift(item, "product.id", "product_id");
        attributes(item, "properties");
    }
    allocation_indexes(json_object_get(payload, "line_items"));
    allocation_indexes(json_object_get(payload, "shipping_lines"));
    return payload;
}
