/*
 * clinic - what a guided import asks before it writes: the mappings that the data uses, and the
 * products that can't be told apart; answered, and the plan gets clean without a write to Odoo.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/when.h"
#include "tui/stage.h"

#define CUSTOMERS 20
#define PRODUCTS  60
#define ORDERS    40
#define WAIT_US   (INT64_C(120) * 1000 * 1000)

static int tests, failures;

static bool check(bool good, const char *what, const struct err *err)
{
    printf("%s %d - %s\n", good ? "ok" : "not ok", ++tests, what);
    if (!good)
        printf("# %s\n", err->text);
    failures += !good;
    fflush(stdout);
    return good;
}

static json_t *ask(struct stage *stage, const char *method, json_t *params, struct err *err)
{
    json_t *answer = stage_ask(stage, method, params, err);

    if (answer == NULL)
        err_within(err, "%s", method);
    return answer;
}

static bool tell(struct stage *stage, const char *method, json_t *params, struct err *err)
{
    json_t *answer = ask(stage, method, params, err);

    json_decref(answer);
    return answer != NULL;
}

static bool fails(struct err *err, const json_t *what, const char *words)
{
    AUTO_FREE char *text = json_write(what);

    return err_set(err, ERR_BUG, "%s: %.400s", words, text != NULL ? text : "");
}

/* ---- the run ---- */

static const json_t *step_of(const json_t *run, const char *name)
{
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(run, "steps"), i, row)
        if (strcmp(json_text_or(row, "step", ""), name) == 0)
            return row;
    return NULL;
}

static json_t *planned(struct stage *stage, int64_t run, struct err *err)
{
    int64_t until = when_ticks() + WAIT_US;

    for (;;) {
        json_t *now = ask(stage, "imports.get", json_pack("{s:I}", "run", (json_int_t)run), err);

        if (now == NULL || strcmp(json_text_or(now, "state", ""), "planned") == 0)
            return now;
        if (json_flag(now, "paused") || when_ticks() > until) {
            fails(err, now, "there is no plan");
            json_decref(now);
            return NULL;
        }
        json_decref(now);
        usleep(50 * 1000);
    }
}

static json_t *plan(struct stage *stage, int64_t *run, struct err *err)
{
    json_auto_t *begun = ask(stage, "imports.plan",
                             json_pack("{s:I}", "backend", (json_int_t)stage_backend(stage)), err);

    *run = json_int_or(begun, "run", 0);
    return begun != NULL ? planned(stage, *run, err) : NULL;
}

static json_t *rehearsed(struct stage *stage, int64_t run, bool all, struct err *err)
{
    return tell(stage, "imports.rehearse",
                json_pack("{s:I, s:b}", "run", (json_int_t)run, "all", (int)all), err) ?
               planned(stage, run, err) :
               NULL;
}

/* Calls that write, by what the practice Odoo counted. */
static bool wrote_nothing(struct stage *stage, struct err *err)
{
    static const char *const writes[] = { ".load", ".create", ".write", ".web_save", ".unlink",
                                          ".action_" };
    json_auto_t *stats = stage_sandbox(stage, json_pack("{s:s}", "do", "stats"), err);
    const char *call;
    json_t *value;

    json_object_foreach(json_object_get(json_object_get(stats, "odoo"), "by_call"), call, value)
        for (size_t i = 0; i < sizeof writes / sizeof writes[0]; i++)
            if (strstr(call, writes[i]) != NULL)
                return fails(err, stats, "it wrote");
    return stats != NULL;
}

/* ---- the mapping check ---- */

static json_t *uses(struct stage *stage, int64_t run, const char *kind, struct err *err)
{
    return ask(stage, "imports.uses",
               json_pack("{s:I, s:s*, s:i}", "run", (json_int_t)run, "kind", kind, "limit", 200),
               err);
}

static int64_t uses_of(const json_t *list, bool mapped)
{
    const json_t *row;
    int64_t sum = 0;
    size_t i;

    json_array_foreach(json_object_get(list, "rows"), i, row)
        if (json_flag(row, "mapped") == mapped)
            sum += json_int_or(row, "uses", 0);
    return sum;
}

/* Every kind that a believable shop has, with as many uses as there are records that use it. */
static bool all_is_told(struct stage *stage, int64_t run, const json_t *now, struct err *err)
{
    static const char *const kinds[] = { "location", "state",        "gateway",    "carrier",
                                         "tax",      "product_type", "product_tag" };
    json_auto_t *places = uses(stage, run, "location", err);
    json_auto_t *states = uses(stage, run, "state", err);

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        json_auto_t *list = uses(stage, run, kinds[i], err);

        if (list == NULL || json_len(list, "rows") == 0)
            return list != NULL && fails(err, list, kinds[i]);
    }
    if (uses_of(places, false) == 0 || uses_of(places, true) != 0 ||
        uses_of(places, false) != json_int_or(step_of(now, "stock"), "verdicts.refused", -1))
        return fails(err, places, "not as many places as refused levels");
    if (uses_of(states, true) + uses_of(states, false) < ORDERS)
        return fails(err, states, "not every order has its state");
    return true;
}

static bool map_places(struct stage *stage, int64_t run, struct err *err)
{
    json_auto_t *list = uses(stage, run, "location", err), *choices = NULL;
    const json_t *row;
    size_t i;

    choices = ask(stage, "mappings.choices",
                  json_pack("{s:I, s:s}", "backend", (json_int_t)stage_backend(stage), "kind",
                            "location"),
                  err);
    if (list == NULL || choices == NULL)
        return false;
    json_array_foreach(json_object_get(list, "rows"), i, row)
        if (!tell(stage, "mappings.set",
                  json_pack("{s:I, s:s, s:s, s:s}", "backend", (json_int_t)stage_backend(stage),
                            "kind", "location", "key", json_text_or(row, "key", ""), "value",
                            i == 0 ? json_text_or(choices, "rows.0.value", "") : "none"),
                  err))
            return false;
    return true;
}

/* Mapped there and then: the plan gets clean, and nobody is counted twice. */
static bool mapping_cleans(struct stage *stage, int64_t run, struct err *err)
{
    json_auto_t *before = uses(stage, run, "state", err), *after = NULL, *now = NULL, *places = NULL;

    if (before == NULL || !map_places(stage, run, err))
        return false;
    now = rehearsed(stage, run, true, err);
    after = now != NULL ? uses(stage, run, "state", err) : NULL;
    places = now != NULL ? uses(stage, run, "location", err) : NULL;
    if (after == NULL || places == NULL)
        return false;
    if (!json_equal(before, after))
        return fails(err, after, "counted again");
    if (uses_of(places, false) != 0 ||
        json_text(places, "rows.0.value") == NULL || json_text(places, "rows.0.label") == NULL)
        return fails(err, places, "mapped ones say to what");
    return json_int_or(step_of(now, "stock"), "judged", -1) ==
                       json_int_or(step_of(now, "stock"), "read", -2) &&
                   json_int_or(step_of(now, "stock"), "verdicts.new", 0) > 0 ?
               true :
               fails(err, now, "the plan is not clean");
}

static bool story(struct stage *stage, struct err *err)
{
    json_auto_t *now = NULL, *reset = NULL;
    int64_t run = 0;

    reset = stage_sandbox(stage, json_pack("{s:s}", "do", "reset_stats"), err);
    now = reset != NULL ? plan(stage, &run, err) : NULL;
    return check(now != NULL, "a plan", err) &&
           check(all_is_told(stage, run, now, err), "all that is mapped is told with its uses",
                 err) &&
           check(mapping_cleans(stage, run, err), "what is mapped is judged again", err) &&
           check(wrote_nothing(stage, err), "nothing was written to Odoo", err);
}

int main(void)
{
    struct stage_options options = { .programs = getenv("TESTS_BUILDDIR"), .seed = 11,
                                     .customers = CUSTOMERS, .products = PRODUCTS,
                                     .orders = ORDERS };
    struct err err = { 0 };
    AUTO(stage) stage = stage_new(&options, &err);

    if (check(stage != NULL, "the practice sides and the core are up", &err))
        story(stage, &err);
    printf("1..%d\n", tests);
    return failures > 0;
}
