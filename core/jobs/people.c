#include "jobs/people.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "jobs/load.h"
#include "sync/partner.h"

/* ---- tags ---- */

bool people_categories(struct workshop_place *place, const json_t *names, bool make, json_t *ids,
                       struct err *err)
{
    json_auto_t *plans = json_array(), *made = json_object(), *refused = json_object();
    json_auto_t *xmlids = json_object();
    const json_t *row;
    const char *name;
    json_t *xmlid;
    size_t i;

    json_array_foreach(names, i, row) {
        int64_t id = reference_category(place->picture->reference, json_string_value(row));
        json_t *plan;

        name = json_string_value(row);
        if (id != 0 || !make)
            json_object_set_new(ids, name, json_integer(id != 0 ? id : -1));
        else if (json_object_get(xmlids, name) == NULL) {
            plan = partner_category(name, place->site->key);
            json_object_set(xmlids, name, json_object_get(plan, "xmlid"));
            json_array_append_new(plans, plan);
        }
    }
    if (json_array_size(plans) == 0)
        return true;
    if (!load_each(place, plans, PEOPLE_LOAD_MOST, made, refused, err))
        return err_within(err, "make partner tags");
    odoo_reference_forget(place->site->cache, "categories");
    json_object_foreach(xmlids, name, xmlid) /* a tag Odoo refuses is not worth a customer */
        if (json_object_get(made, json_string_value(xmlid)) != NULL)
            json_object_set(ids, name, json_object_get(made, json_string_value(xmlid)));
    return true;
}

/* ---- addresses ---- */

const char *people_address_type(const char *role)
{
    return strcmp(role, "both") == 0 ? "other" : role;
}

static void key_of(char key[PAIR_KEY_MAX], const struct people_address *a, const char *type)
{
    snprintf(key, PAIR_KEY_MAX, "%" PRId64 ":%.24s:%s", a->parent,
             json_text_or(a->address, "fingerprint", ""), type);
}

bool people_address_known(struct db *db, int64_t backend, struct people_address *a,
                          struct err *err)
{
    const char *const types[] = { people_address_type(a->role), "other", "delivery", "invoice" };

    a->id = 0;
    for (size_t i = 0; i < sizeof types / sizeof types[0] && a->id == 0; i++) {
        char key[PAIR_KEY_MAX];
        struct pair pair;
        bool found;

        key_of(key, a, types[i]);
        if (!pairs_by_key(db, backend, "address", key, &pair, &found, err))
            return false;
        if (found)
            a->id = pair.odoo_id;
    }
    return true;
}

void people_address_found(struct remember *remember, const struct people_address *a)
{
    char key[PAIR_KEY_MAX];

    key_of(key, a, people_address_type(a->role));
    remember_add(remember, "address", 0, "res.partner", a->id, key, NULL);
}

/* Plans of those that are not known; keys: each address -> external id of its plan. */
static bool plan_all(struct workshop_place *place, struct db *db, struct people_address *list,
                     size_t count, json_t *plans, json_t *xmlids, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        struct people_address *a = &list[i];
        char key[PAIR_KEY_MAX];
        json_t *plan;

        if (a->id == 0 && !people_address_known(db, place->site->id, a, err))
            return false;
        key_of(key, a, people_address_type(a->role));
        if (a->id != 0 || json_object_get(xmlids, key) != NULL)
            continue;
        plan = partner_address(a->address, a->parent, people_address_type(a->role), a->locale,
                               place->site->key, place->picture->reference, a->findings);
        if (plan == NULL)
            return err_set(err, ERR_BUSY, "no memory");
        json_object_set(xmlids, key, json_object_get(plan, "xmlid"));
        json_array_append_new(plans, plan);
    }
    return true;
}

bool people_addresses(struct workshop_place *place, struct db *db, struct people_address *list,
                      size_t count, struct remember *remember, struct err *err)
{
    json_auto_t *plans = json_array(), *made = json_object(), *refused = json_object();
    json_auto_t *xmlids = json_object();

    if (!plan_all(place, db, list, count, plans, xmlids, err))
        return false;
    if (!load_each(place, plans, PEOPLE_LOAD_MOST, made, refused, err))
        return err_within(err, "make addresses");
    for (size_t i = 0; i < count; i++) {
        struct people_address *a = &list[i];
        char key[PAIR_KEY_MAX];
        const char *xmlid;

        key_of(key, a, people_address_type(a->role));
        xmlid = json_string_value(json_object_get(xmlids, key));
        if (a->id != 0 || xmlid == NULL)
            continue;
        a->id = json_integer_value(json_object_get(made, xmlid));
        if (a->id != 0)
            people_address_found(remember, a);
        else if (load_refused(refused, xmlid, &a->why))
            err_within(&a->why, "%s address", a->role);
    }
    return true;
}
