#include "jobs/services.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "jobs/order.h"
#include "store/jobs.h"
#include "store/mappings.h"
#include "sync/product.h"

enum fix_action { FIX_MAP, FIX_REFRESH, FIX_RELEASE };

static const struct fix {
    const char *thing;
    enum err_kind kind;
    const char *job;
    enum fix_action action;
    const char *value, *text, *effect;
} fixes[] = {
#define FIX(thing, kind, job, action, value, text, effect)                                         \
    { thing, ERR_##kind, job, FIX_##action, value, text, effect },
#include "jobs/fixes.def"
#undef FIX
};

/* What kind of job waits for it; "" if none does: then it is told as of orders. */
static void job_of(struct db *db, const json_t *problem, char kind[STORE_NAME_MAX])
{
    struct jobs_filter filter = { .state = -1, .problem = json_int_or(problem, "id", 0) };
    struct err none = { 0 };
    struct job job;
    size_t count = 1;
    int64_t next;

    kind[0] = '\0';
    if (filter.problem != 0 && jobs_list(db, &filter, &job, &count, &next, &none) && count > 0)
        str_copy(kind, STORE_NAME_MAX, job.kind);
}

static bool fits(const struct fix *fix, const json_t *problem, const char *job)
{
    const char *thing = json_text_or(problem, "thing", "");
    const char *kind = json_text_or(problem, "kind", "");
    size_t len = strlen(fix->thing);

    if (fix->kind != ERR_NONE && err_kind_of(kind) != fix->kind)
        return false;
    if (fix->job[0] != '\0' && !str_starts(job[0] != '\0' ? job : "order", fix->job))
        return false;
    return len == 0 || (strncmp(thing, fix->thing, len) == 0 && thing[len] == ':');
}

static const char *action_word(enum fix_action action)
{
    static const char *const words[] = { "map", "refresh", "release" };

    return words[action];
}

/* SKUs, variants and titles are rows of the kind "product", under their whole thing. */
static void mapping_of(const char *thing, char kind[24], const char **key)
{
    const char *colon = strchr(thing, ':');

    if (product_is_key(thing)) {
        str_copy(kind, 24, "product");
        *key = thing;
        return;
    }
    str_copy(kind, 24, thing);
    if (colon != NULL && colon - thing < 24)
        kind[colon - thing] = '\0';
    *key = colon != NULL ? colon + 1 : "";
}

json_t *services_fixes(struct db *db, const json_t *problem)
{
    json_t *list = json_array();
    char job[STORE_NAME_MAX];
    int n = 0;

    job_of(db, problem, job);
    for (size_t i = 0; i < sizeof fixes / sizeof fixes[0]; i++) {
        char kind[24];
        const char *key;
        json_t *params = json_object();

        if (!fits(&fixes[i], problem, job)) {
            json_decref(params);
            continue;
        }
        if (fixes[i].action == FIX_MAP) {
            mapping_of(json_text_or(problem, "thing", ""), kind, &key);
            json_object_set_new(params, "kind", json_string(kind));
            json_object_set_new(params, "key", json_string(key));
            if (fixes[i].value[0] == '\0') /* to be asked for */
                json_object_set_new(params, "value", json_null());
        }
        json_array_append_new(list, json_pack("{s:i, s:s, s:s, s:s, s:o}", "n", ++n, "action",
                                              action_word(fixes[i].action), "text", fixes[i].text,
                                              "effect", fixes[i].effect, "params", params));
    }
    return list;
}

/* ---- release ---- */

struct release {
    int64_t backend;
    struct job rows[200];
    size_t count, released;
};

static bool release_change(struct db *db, void *ctx, struct err *err)
{
    struct release *release = ctx;

    for (size_t i = 0; i < release->count; i++) {
        int64_t id = jobs_record_id(release->rows[i].record, "order:");
        struct pair pair;
        bool found = false;

        if (id == 0)
            continue;
        if (!pairs_by_shopify(db, release->backend, "order", id, &pair, NULL, &found, err))
            return false;
        if (!found)
            continue;
        pair.flags |= PAIR_RELEASED;
        if (!pairs_put(db, &pair, NULL, NULL, -1, err))
            return false;
        release->released++;
    }
    return true;
}

static bool release_all(struct services *s, struct db *db, int64_t backend, int64_t problem, size_t *released,
                        struct err *err)
{
    struct release *release = calloc(1, sizeof *release);
    int64_t next = 0;
    bool ok = release != NULL;

    if (!ok)
        return err_set(err, ERR_BUSY, "no memory");
    release->backend = backend;
    do {
        struct jobs_filter filter = { .state = JOB_PARKED, .problem = problem, .after = next };

        release->count = sizeof release->rows / sizeof release->rows[0];
        ok = jobs_list(db, &filter, release->rows, &release->count, &next, err) &&
             store_do(workshop_store(services_workshop(s)), release_change, release, err);
    } while (ok && next != 0);
    *released = release->released;
    free(release);
    return ok;
}

/* ---- map ---- */

struct map {
    int64_t backend;
    char kind[24];
    const char *key, *value, *by;
};

static bool map_change(struct db *db, void *ctx, struct err *err)
{
    struct map *map = ctx;
    int64_t requeued;

    return mappings_set(db, map->backend, map->kind, map->key, map->value, map->value, map->by,
                        NULL, &requeued, err);
}

static json_t *map_it(struct services *s, int64_t backend, const char *thing, const char *value,
                      const char *by, struct err *err)
{
    struct map map = { .backend = backend, .value = value, .by = by };

    mapping_of(thing, map.kind, &map.key);
    if (value == NULL || value[0] == '\0') {
        err_set(err, ERR_INVALID, "params.value: say what %s is mapped to", thing);
        return NULL;
    }
    if (!store_do(workshop_store(services_workshop(s)), map_change, &map, err))
        return NULL;
    site_mapped(workshop_sites(services_workshop(s)), backend);
    return json_pack("{s:[o]}", "done", json_sprintf("%s is mapped to %s", thing, value));
}

static const struct fix *number(struct db *db, const json_t *problem, int64_t n)
{
    char job[STORE_NAME_MAX];

    job_of(db, problem, job);
    for (size_t i = 0; i < sizeof fixes / sizeof fixes[0]; i++)
        if (fits(&fixes[i], problem, job) && --n == 0)
            return &fixes[i];
    return NULL;
}

json_t *services_fix(struct services *s, struct db *db, const json_t *problem, int64_t n,
                     const json_t *params, const char *by, struct err *err)
{
    const struct fix *fix = number(db, problem, n);
    int64_t backend = json_int_or(problem, "backend", 0);
    size_t released = 0;

    if (fix == NULL) {
        err_set(err, ERR_INVALID, "n: this problem has no fix of that number");
        return NULL;
    }
    if (fix->action == FIX_MAP)
        return map_it(s, backend, json_text_or(problem, "thing", ""),
                      fix->value[0] != '\0' ? fix->value : json_text(params, "value"),
                      by, err);
    if (fix->action == FIX_RELEASE) {
        if (!release_all(s, db, backend, json_int_or(problem, "id", 0), &released, err))
            return NULL;
        return json_pack("{s:[o]}", "done", json_sprintf("%zu orders released", released));
    }
    if (!services_refresh(s, backend, err))
        return NULL;
    return json_pack("{s:[s]}", "done", "Odoo's reference data was read anew");
}
