#include "shopify/places.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mutex.h"
#include "base/str.h"
#include "base/when.h"
#include "shopify/reads.h"
#include "shopify/shop_in.h"

#define KNOWN_FOR   (10 * WHEN_MINUTE) /* so long a name holds */
#define UNKNOWN_FOR WHEN_MINUTE        /* so long there is no such place; it may be new */

/* Is it known, or known not to be there? From memory. */
static bool remembered(struct shop *shop, int64_t id, char name[PLACE_NAME_MAX])
{
    char key[32];
    const char *found;
    int64_t age;
    bool known;

    snprintf(key, sizeof key, "%" PRId64, id);
    mutex_lock(&shop->lock);
    age = when_ticks() - shop->places_at;
    found = json_string_value(json_object_get(shop->places, key));
    known = shop->places != NULL && age < (found != NULL ? KNOWN_FOR : UNKNOWN_FOR);
    str_copy(name, PLACE_NAME_MAX, known && found != NULL ? found : "");
    mutex_unlock(&shop->lock);
    return known;
}

/* {"id": name} of the nodes of locations.graphql. */
static json_t *names_of(const json_t *rows)
{
    json_t *names = json_object();
    const json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        char key[32];
        int64_t id;

        if (!graphql_gid_id(json_text(row, "id"), "Location", &id))
            continue;
        snprintf(key, sizeof key, "%" PRId64, id);
        json_object_set_new(names, key, json_string(json_text_or(row, "name", "")));
    }
    return names;
}

bool place_name(struct shop *shop, struct http *http, int64_t id, enum pace_class class,
                char name[PLACE_NAME_MAX], bool *asked, struct graphql_trace *trace,
                struct err *err)
{
    json_auto_t *rows = NULL, *old = NULL;
    json_t *names;
    bool there = remembered(shop, id, name);

    if (asked != NULL)
        *asked = !there;
    if (there)
        return true;
    if (!locations_fetch(shop, http, class, &rows, trace, err))
        return false;
    names = names_of(rows);
    if (names == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    mutex_lock(&shop->lock);
    old = shop->places;
    shop->places = names;
    shop->places_at = when_ticks();
    mutex_unlock(&shop->lock);
    remembered(shop, id, name);
    return true;
}
