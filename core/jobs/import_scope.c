/* Which records a step brings in: days, states; days begin at midnight in the shop's time zone. */
#include "jobs/import.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "base/zone.h"
#include "shopify/reads.h"

#define DAY_LEN 10 /* "2026-01-31" */

static const char *const times[] = { "created_from", "created_to", "updated_from", "updated_to" };

static bool scope_time(const json_t *scope, const char *key, when *at, struct err *err)
{
    const char *text = json_text(scope, key);

    if (text == NULL || text[0] == '\0')
        return true;
    if (strlen(text) == DAY_LEN)
        return zone_midnight(json_text_or(scope, "zone", "UTC"), text, at, err) ||
               err_within(err, "%s", key);
    return when_parse_iso(text, at) ||
           err_set(err, ERR_INVALID, "%s: a day such as 2026-01-31, or an instant with its zone", key);
}

static bool is_known(const char *key)
{
    static const char *const others[] = { "status", "financial", "fulfilment", "zone" };

    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        if (strcmp(times[i], key) == 0)
            return true;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (strcmp(others[i], key) == 0)
            return true;
    return false;
}

bool import_filter(const char *text, struct bulk_filter *filter, json_t **keep, struct err *err)
{
    when *const places[] = { &filter->created.from, &filter->created.to, &filter->updated.from,
                             &filter->updated.to };
    const char *key;
    json_t *value;

    memset(filter, 0, sizeof *filter);
    *keep = NULL;
    if (text[0] == '\0')
        return true;
    *keep = json_read(text, strlen(text), "the scope", err);
    if (*keep == NULL)
        return false;
    json_object_foreach(*keep, key, value)
        if (!is_known(key) || !json_is_string(value))
            return err_set(err, ERR_INVALID, "scope: %.40s is none of created_from, created_to,"
                           " updated_from, updated_to, status, financial, fulfilment, zone", key);
    filter->status = json_text(*keep, "status");
    filter->financial = json_text(*keep, "financial");
    filter->fulfilment = json_text(*keep, "fulfilment");
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        if (!scope_time(*keep, times[i], places[i], err))
            return false;
    return true;
}

bool import_has_days(const json_t *scope)
{
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        if (strlen(json_text_or(scope, times[i], "")) == DAY_LEN)
            return true;
    return false;
}

/* Once, when its reading begins: from then on the step says itself in which zone its days are. */
bool import_zone(struct import_work *work, struct err *err)
{
    struct import_step *step = work->step;
    json_auto_t *scope = step->scope[0] != '\0' ? json_loads(step->scope, 0, NULL) : NULL;
    char zone[ZONE_NAME_MAX];
    char *text;
    bool ok;

    if (!import_has_days(scope) || json_text(scope, "zone") != NULL)
        return true;
    workshop_count(work->place.workshop, 0, 1);
    if (!shop_zone(work->place.site->shop, work->place.http, PACE_IMPORT, zone,
                   &work->place.shopify, err))
        return err_within(err, "ask for the shop's time zone");
    json_object_set_new(scope, "zone", json_string(zone));
    text = json_write(scope);
    ok = text != NULL && str_copy(step->scope, sizeof step->scope, text);
    free(text);
    return ok ? import_keep(work, err) : err_set(err, ERR_INVALID, "the scope is too long");
}
