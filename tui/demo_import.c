#include "tui/demo_import.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/when.h"

#define WAIT_US (600 * WHEN_SECOND)

static const char *const steps[] = { "customers", "products", "stock", "orders" };

#define STEPS (sizeof steps / sizeof steps[0])

static bool tell(struct stage *stage, const char *method, json_t *params, struct err *err)
{
    json_auto_t *answer = stage_ask(stage, method, params, err);

    return answer != NULL || err_within(err, "%s", method);
}

/* ---- steering ---- */

/* The shop's first place is the warehouse; what lies elsewhere stays out of Odoo. */
static bool map_places(struct stage *stage, struct err *err)
{
    json_int_t backend = (json_int_t)stage_backend(stage);
    json_auto_t *choices = stage_ask(stage, "backends.choices", json_pack("{s:I}", "backend", backend),
                                     err);
    const char *warehouse = json_text_or(choices, "warehouses.0.value", "none");
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(choices, "locations"), i, row)
        if (!tell(stage, "mappings.set",
                  json_pack("{s:I, s:s, s:O, s:s}", "backend", backend, "kind", "location", "key",
                            json_object_get(row, "label"), "value", i == 0 ? warehouse : "none"),
                  err))
            return false;
    return choices != NULL;
}

static json_t *wait_for(struct stage *stage, json_int_t run, const char *state, struct err *err)
{
    int64_t until = when_ticks() + WAIT_US;

    for (;;) {
        json_t *now = stage_ask(stage, "imports.get", json_pack("{s:I}", "run", run), err);
        bool paused = json_flag(now, "paused"), late = when_ticks() > until;

        if (now == NULL || strcmp(json_text_or(now, "state", ""), state) == 0)
            return now;
        if (paused || late) {
            err_set(err, paused ? ERR_REFUSED : ERR_BUSY, "the import %s: %s",
                    paused ? "paused" : "does not end", json_text_or(now, "why", ""));
            json_decref(now);
            return NULL;
        }
        json_decref(now);
        usleep(50000);
    }
}

static json_t *bring_in(struct stage *stage, struct err *err)
{
    json_auto_t *begun = NULL, *planned = NULL;
    json_int_t run;

    if (!map_places(stage, err))
        return NULL;
    begun = stage_ask(stage, "imports.plan",
                      json_pack("{s:I}", "backend", (json_int_t)stage_backend(stage)), err);
    run = json_int_or(begun, "run", 0);
    planned = begun != NULL ? wait_for(stage, run, "planned", err) : NULL;
    if (planned == NULL ||
        !tell(stage, "imports.apply",
              json_pack("{s:I, s:s}", "run", run, "carry_on", "nobody is here to decide"), err))
        return NULL;
    return wait_for(stage, run, "done", err);
}

/* ---- what came of it ---- */

static const json_t *step_of(const json_t *run, const char *name)
{
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(run, "steps"), i, row)
        if (strcmp(json_text_or(row, "step", ""), name) == 0)
            return row;
    return NULL;
}

/* Missed: what Shopify has and nothing became of. Of stock it counts items, not their levels. */
static json_t *counts(const json_t *step)
{
    bool same_kind = strcmp(json_text_or(step, "step", ""), "stock") != 0;
    json_int_t read = json_int_or(step, "read", 0), done = json_int_or(step, "items.done", 0);
    json_int_t parked = json_int_or(step, "items.parked", 0) + json_int_or(step, "items.moved", 0);
    json_int_t out = json_int_or(step, "items.skipped", 0), all = read;

    if (same_kind)
        all = json_int_or(step, "shopify", read);
    return json_pack("{s:I, s:I, s:I, s:I, s:I}", "read", read, "in_step", done, "parked", parked,
                     "left_out", out, "missed", (all > read ? all : read) - done - parked - out);
}

static json_t *proof(const json_t *step)
{
    json_int_t compared = 0, gone = 0;
    const json_t *result = json_object_get(step, "result");

    for (size_t i = 0; i < STEPS; i++) {
        compared += json_int_or(json_object_get(result, steps[i]), "compared", 0);
        gone += json_int_or(json_object_get(result, steps[i]), "gone", 0);
    }
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "compared", compared, "findings",
                     (json_int_t)json_int_or(step, "items.parked", 0), "gone", gone, "oversold",
                     (json_int_t)json_int_or(result, "stock.oversold", 0), "in_quotations",
                     (json_int_t)json_int_or(result, "stock.in_quotations", 0), "in_held",
                     (json_int_t)json_int_or(result, "stock.in_held", 0), "elsewhere",
                     (json_int_t)json_int_or(result, "stock.elsewhere", 0));
}

json_t *demo_import(struct stage *stage, struct err *err)
{
    int64_t began = when_ticks();
    json_auto_t *run = bring_in(stage, err);
    json_t *summary = NULL;

    if (run == NULL) {
        err_within(err, "import");
        return NULL;
    }
    summary = json_object();
    for (size_t i = 0; i < STEPS; i++)
        json_object_set_new(summary, steps[i], counts(step_of(run, steps[i])));
    json_object_set_new(summary, "verify", proof(step_of(run, "verify")));
    json_object_set_new(summary, "seconds", json_real((double)(when_ticks() - began) / 1e6));
    return summary;
}

bool demo_import_whole(const json_t *summary)
{
    for (size_t i = 0; i < STEPS; i++)
        if (json_int_or(json_object_get(summary, steps[i]), "missed", -1) != 0)
            return false;
    return json_int_or(summary, "verify.findings", -1) == 0 &&
           json_int_or(summary, "verify.compared", 0) > 0;
}

void demo_import_tell(const json_t *summary)
{
    printf("  imported in %.1f s\n", json_real_or(summary, "seconds", 0));
    for (size_t i = 0; i < STEPS; i++) {
        const json_t *step = json_object_get(summary, steps[i]);

        printf("  %-11s %6" PRId64 " read, %" PRId64 " in step, %" PRId64 " parked, %" PRId64
               " missed\n",
               steps[i], json_int_or(step, "read", 0), json_int_or(step, "in_step", 0),
               json_int_or(step, "parked", 0), json_int_or(step, "missed", 0));
    }
    printf("  verified    %6" PRId64 " records, %" PRId64 " differ\n",
           json_int_or(summary, "verify.compared", 0), json_int_or(summary, "verify.findings", 0));
}
