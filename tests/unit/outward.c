#include "tests/unit/outward.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "shopify/reads.h"
#include "tests/unit/unit.h"

void outward_policy(struct yard *y, const char *key, const char *value)
{
    stand_policy(&y->stand, key, value);
    sites_changed(workshop_sites(y->workshop));
}

int64_t outward_map(struct yard *y, int64_t *stock)
{
    json_auto_t *places = NULL;
    json_auto_t *houses = yard_find(y, "stock.warehouse", json_array(), "id,lot_stock_id");
    char key[32], value[32];
    int64_t location;
    struct err err = { 0 };

    if (!locations_fetch(y->site->shop, y->http, PACE_STOCK, &places, NULL, &err))
        fail_msg("%s", err.text);
    assert_true(graphql_gid_id(json_text_or(places, "0.id", ""), "Location", &location));
    assert_int_not_equal(json_int_or(houses, "0.lot_stock_id.0", 0), 0);
    if (stock != NULL)
        *stock = json_int_or(houses, "0.lot_stock_id.0", 0);
    snprintf(key, sizeof key, "%" PRId64, location);
    snprintf(value, sizeof value, "%" PRId64, json_int_or(houses, "0.id", 0));
    yard_map(y, "location", key, value);
    return location;
}

json_t *outward_bring(struct yard *y)
{
    json_auto_t *said = yard_wish(y, json_pack("{ssss}", "do", "ids", "what", "products"));
    json_t *ids = json_object_get(said, "ids");
    const json_t *id;
    size_t i;

    json_array_foreach(ids, i, id) {
        char record[64];

        snprintf(record, sizeof record, "product:%lld", (long long)json_integer_value(id));
        yard_job(y, "import", "product.in", record, NULL);
    }
    yard_settle(y);
    assert_int_equal(yard_parked(y), 0);
    return json_incref(ids);
}

struct lane_row outward_lane(struct yard *y, const char *name)
{
    struct lane_row rows[16];
    size_t count = sizeof rows / sizeof rows[0];
    struct err err = { 0 };

    if (!lanes_list(y->stand.db, y->stand.backend, rows, &count, &err))
        fail_msg("%s", err.text);
    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i].name, name) == 0)
            return rows[i];
    fail_msg("there is no lane %s", name);
    return rows[0];
}

bool outward_waits(struct yard *y, const char *lane)
{
    struct lane_row row = outward_lane(y, lane);

    return row.held && strcmp(row.held_reason, "begins after the first import") == 0;
}

struct released {
    int64_t backend;
    const char *lane;
};

static bool release_change(struct db *db, void *ctx, struct err *err)
{
    const struct released *r = ctx;
    int64_t changed;

    return lanes_release(db, r->backend, r->lane, &changed, err);
}

void outward_release(struct yard *y, const char *lane)
{
    struct released r = { y->stand.backend, lane };
    struct err err = { 0 };

    if (!store_do(y->stand.store, release_change, &r, &err))
        fail_msg("%s", err.text);
    schedule_wake(y->schedule);
}
