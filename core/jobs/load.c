#include "jobs/load.h"

#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "odoo/records.h"
#include "sync/order_to_odoo.h"

bool load_blames_record(const struct err *err)
{
    return err->kind == ERR_REFUSED || err->kind == ERR_MISSING || err->kind == ERR_INVALID ||
           err->kind == ERR_BUG || err->kind == ERR_CONFLICT;
}

bool load_refused(const json_t *refused, const char *xmlid, struct err *err)
{
    const json_t *row = json_object_get(refused, xmlid);

    if (row == NULL)
        return false;
    err_set(err, err_kind_of(json_text_or(row, "kind", "refused")), "%s",
            json_text_or(row, "text", ""));
    str_copy(err->thing, sizeof err->thing, json_text_or(row, "thing", ""));
    return true;
}

static void refuse(json_t *refused, const char *xmlid, const struct err *err)
{
    json_object_set_new(refused, xmlid,
                        json_pack("{ssssss}", "kind", err_name(err->kind), "text", err->text,
                                  "thing", err->thing));
}

/* The plans with the external ids of starts[from, from + count). */
static json_t *part(const json_t *plans, const json_t *starts, size_t from, size_t count)
{
    json_t *list = json_array();
    json_t *plan;
    size_t i;

    json_array_foreach(plans, i, plan)
        for (size_t k = from; k < from + count; k++)
            if (strcmp(json_text_or(plan, "xmlid", ""),
                       json_text_or(json_array_get(starts, k), "xmlid", "?")) == 0)
                json_array_append(list, plan);
    return list;
}

static bool load_call(struct workshop_place *place, const json_t *plans, const json_t *call,
                      size_t most, json_t *made, json_t *refused, struct err *err)
{
    const json_t *starts = json_object_get(call, "starts");
    size_t count = json_array_size(starts);
    json_auto_t *ids = NULL;
    struct err local = { 0 };

    if (records_load_once(place->site->odoo, place->http, json_text_or(call, "model", ""),
                          json_object_get(call, "fields"), json_object_get(call, "rows"),
                          json_object_get(call, "context"), place->class, &ids, &place->odoo,
                          &local)) {
        if (json_array_size(ids) != count)
            return err_set(err, ERR_BUG, "load of %s: %zu records sent, %zu ids came back",
                           json_text_or(call, "model", "?"), count, json_array_size(ids));
        for (size_t i = 0; i < count; i++)
            json_object_set(made, json_text(json_array_get(starts, i), "xmlid"),
                            json_array_get(ids, i));
        return true;
    }
    if (!load_blames_record(&local)) {
        *err = local;
        return err_within(err, "load %s", json_text_or(call, "model", "?"));
    }
    if (count == 1) {
        refuse(refused, json_text_or(starts, "0.xmlid", ""), &local);
        return true;
    }
    json_auto_t *first = part(plans, starts, 0, count / 2);
    json_auto_t *second = part(plans, starts, count / 2, count - count / 2);

    return load_each(place, first, most, made, refused, err) &&
           load_each(place, second, most, made, refused, err);
}

bool load_each(struct workshop_place *place, const json_t *plans, size_t most, json_t *made,
               json_t *refused, struct err *err)
{
    json_auto_t *calls = json_array_size(plans) > 0 ? plan_join(plans, most) : json_array();
    const json_t *call;
    size_t i;

    if (calls == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    json_array_foreach(calls, i, call)
        if (!load_call(place, plans, call, most, made, refused, err))
            return false;
    return true;
}
