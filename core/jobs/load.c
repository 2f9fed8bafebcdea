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

/* What one run of calls shares. made NULL: columns are written, nothing is made. */
struct loading {
    struct workshop_place *place;
    size_t most;
    json_t *made, *refused;
};

static bool load_all(const struct loading *l, const json_t *plans, struct err *err);

static bool call_odoo(const struct loading *l, const json_t *call, json_t **ids, struct err *err)
{
    struct workshop_place *place = l->place;
    const char *model = json_text_or(call, "model", "");
    json_t *fields = json_object_get(call, "fields"), *rows = json_object_get(call, "rows");
    const json_t *context = json_object_get(call, "context");

    if (l->made != NULL)
        return records_load_once(place->site->odoo, place->http, model, fields, rows, context,
                                 place->class, ids, &place->odoo, err);
    return records_load(place->site->odoo, place->http, model, fields, rows, context, place->class,
                        ids, &place->odoo, err);
}

static bool load_call(const struct loading *l, const json_t *plans, const json_t *call,
                      struct err *err)
{
    const json_t *starts = json_object_get(call, "starts");
    size_t count = json_array_size(starts);
    json_auto_t *ids = NULL;
    struct err local = { 0 };

    if (call_odoo(l, call, &ids, &local)) {
        if (json_array_size(ids) != count)
            return err_set(err, ERR_BUG, "load of %s: %zu records sent, %zu ids came back",
                           json_text_or(call, "model", "?"), count, json_array_size(ids));
        for (size_t i = 0; l->made != NULL && i < count; i++)
            json_object_set(l->made, json_text(json_array_get(starts, i), "xmlid"),
                            json_array_get(ids, i));
        return true;
    }
    if (!load_blames_record(&local)) {
        *err = local;
        return err_within(err, "load %s", json_text_or(call, "model", "?"));
    }
    if (count == 1) {
        refuse(l->refused, json_text_or(starts, "0.xmlid", ""), &local);
        return true;
    }
    json_auto_t *first = part(plans, starts, 0, count / 2);
    json_auto_t *second = part(plans, starts, count / 2, count - count / 2);

    return load_all(l, first, err) && load_all(l, second, err);
}

static bool load_all(const struct loading *l, const json_t *plans, struct err *err)
{
    json_auto_t *calls = json_array_size(plans) > 0 ? plan_join(plans, l->most) : json_array();
    const json_t *call;
    size_t i;

    if (calls == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    json_array_foreach(calls, i, call)
        if (!load_call(l, plans, call, err))
            return false;
    return true;
}

bool load_each(struct workshop_place *place, const json_t *plans, size_t most, json_t *made,
               json_t *refused, struct err *err)
{
    struct loading l = { .place = place, .most = most, .made = made, .refused = refused };

    return load_all(&l, plans, err);
}

bool load_write(struct workshop_place *place, const json_t *plans, size_t most, json_t *refused,
                struct err *err)
{
    struct loading l = { .place = place, .most = most, .refused = refused };

    return load_all(&l, plans, err);
}
