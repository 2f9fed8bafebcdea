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

/* What is used is not known before the plan is whole, and that is said. */
static bool still_counting(struct stage *stage, int64_t run, struct err *err)
{
    json_auto_t *list = ask(stage, "imports.uses", json_pack("{s:I}", "run", (json_int_t)run), err);

    return json_flag(list, "waiting") || (list != NULL && fails(err, list, "it counts no more"));
}

static json_t *plan(struct stage *stage, int64_t *run, struct err *err)
{
    json_auto_t *begun = ask(stage, "imports.plan",
                             json_pack("{s:I}", "backend", (json_int_t)stage_backend(stage)), err);

    *run = json_int_or(begun, "run", 0);
    if (begun == NULL || !still_counting(stage, *run, err))
        return NULL;
    return planned(stage, *run, err);
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
    if (json_flag(places, "waiting") || json_int_or(places, "judged", -1) == 0 ||
        json_int_or(places, "judged", -1) != json_int_or(places, "read", -2))
        return fails(err, places, "a plan that is whole still counts");
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

/* ---- products that can't be told apart ---- */

#define PAIRS   5  /* SKUs that two products have */
#define MISSING 3  /* products whose first variant has none */
#define FAR     50 /* from one of a pair to the other: in another batch of the judge */
#define GOODS   130

static bool number(struct stage *stage, int index, json_t *variant, struct err *err)
{
    json_auto_t *answer = stage_sandbox(stage,
                                        json_pack("{s:s, s:i, s:[o]}", "do", "product_update",
                                                  "index", index, "variants", variant),
                                        err);

    return answer != NULL;
}

static bool spoil(struct stage *stage, struct err *err)
{
    char sku[32];

    for (int i = 0; i < PAIRS; i++) {
        json_auto_t *made = NULL;

        snprintf(sku, sizeof sku, "TWO-%d", i);
        if (!number(stage, i, json_pack("{s:s, s:n}", "sku", sku, "barcode"), err) ||
            !number(stage, i + FAR * 2, json_pack("{s:s, s:n}", "sku", sku, "barcode"), err))
            return false;
        made = stage_sandbox(stage,
                             json_pack("{s:s, s:s, s:s, s:[{s:s, s:s}]}", "do", "odoo", "model",
                                       "product.product", "method", "create", "args", "name",
                                       "whose?", "default_code", sku),
                             err);
        if (made == NULL)
            return false;
    }
    for (int i = 0; i < MISSING; i++)
        if (!number(stage, 20 + i, json_pack("{s:n, s:n}", "sku", "barcode"), err))
            return false;
    return true;
}

static json_t *clinic(struct stage *stage, int64_t run, const char *kind, struct err *err)
{
    return ask(stage, "imports.clinic",
               json_pack("{s:I, s:s*, s:i}", "run", (json_int_t)run, "kind", kind, "limit", 100),
               err);
}

static json_t *item_of(struct stage *stage, int64_t run, int64_t item, struct err *err)
{
    json_auto_t *page = ask(stage, "imports.items",
                            json_pack("{s:I, s:s, s:o, s:i}", "run", (json_int_t)run, "step",
                                      "products", "after",
                                      json_sprintf("%lld", (long long)item - 1), "limit", 1),
                            err);

    return json_incref((json_t *)(uintptr_t)json_at(page, "rows.0"));
}

/* Both of each pair are asked about, and neither is linked or made by itself. */
static bool nothing_is_guessed(struct stage *stage, int64_t run, struct err *err)
{
    json_auto_t *twice = clinic(stage, run, "duplicate_shopify", err);
    json_auto_t *none = clinic(stage, run, "missing", err);
    const json_t *row;
    size_t i;

    if (twice == NULL || none == NULL)
        return false;
    if (json_len(twice, "rows") != 2 * PAIRS ||
        json_int_or(twice, "counts.duplicate_shopify", 0) != 2 * PAIRS)
        return fails(err, twice, "not as many as there are");
    if (json_len(none, "rows") != MISSING || json_int_or(none, "counts.missing", 0) != MISSING)
        return fails(err, none, "not as many as there are");
    json_array_foreach(json_object_get(twice, "rows"), i, row) {
        json_auto_t *item = item_of(stage, run, json_int_or(row, "item", 0), err);

        if (item == NULL || strcmp(json_text_or(item, "verdict", ""), "refused") != 0)
            return item != NULL && fails(err, item, "it was guessed");
        if (json_len(row, "others") != 1 || json_at(row, "answer") != NULL ||
            strcmp(json_text_or(row, "proposals.0.by", ""), "sku") != 0 ||
            strstr(json_text_or(row, "proposals.0.label", ""), "whose?") == NULL)
            return fails(err, row, "not what a person needs");
    }
    json_array_foreach(json_object_get(none, "rows"), i, row)
        if (strcmp(json_text_or(row, "proposals.0.by", ""), "title+price") != 0 ||
            json_text(row, "answer") != NULL)
            return fails(err, row, "no proposal by title and price");
    return true;
}

static bool say(struct stage *stage, int64_t run, json_t *keys, const char *answer,
                struct err *err)
{
    return tell(stage, "imports.clinic_answer",
                json_pack("{s:I, s:o, s:s}", "run", (json_int_t)run, "keys", keys, "answer",
                          answer),
                err);
}

/* The first of a pair is Odoo's, the second is new; both of TWO-4 are left out; TWO-3 stays open. */
static bool answered(struct stage *stage, int64_t run, struct err *err)
{
    json_auto_t *twice = clinic(stage, run, "duplicate_shopify", err), *now = NULL;
    json_t *links = json_array(), *creates = json_array();
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(twice, "rows"), i, row) {
        const char *sku = json_text_or(row, "sku", "");
        bool last = strcmp(sku, "TWO-4") == 0 || strcmp(sku, "TWO-3") == 0;
        bool first = json_int_or(row, "product", 0) < json_int_or(row, "others.0.product", 0);

        if (!last)
            json_array_append(first ? links : creates, json_object_get(row, "key"));
    }
    if (!say(stage, run, links, "link", err) || !say(stage, run, creates, "create", err) ||
        !say(stage, run, json_pack("[s]", "sku:TWO-4"), "skip", err))
        return false;
    now = planned(stage, run, err);
    return now != NULL;
}

static bool answers_are_kept(struct stage *stage, int64_t run, struct err *err)
{
    json_auto_t *twice = clinic(stage, run, "duplicate_shopify", err);
    const json_t *row;
    size_t i, links = 0, creates = 0, skips = 0;

    json_array_foreach(json_object_get(twice, "rows"), i, row) {
        json_auto_t *item = item_of(stage, run, json_int_or(row, "item", 0), err);
        const char *answer = json_text_or(row, "answer", ""), *verdict;
        bool skip = strcmp(answer, "skip") == 0;

        if (strcmp(json_text_or(row, "sku", ""), "TWO-3") == 0)
            continue;
        verdict = json_text_or(item, "verdict", "");
        skips += skip;
        creates += strcmp(answer, "create") == 0;
        links += answer[0] >= '1' && answer[0] <= '9';
        if (item == NULL || answer[0] == '\0' || skip != (strcmp(verdict, "refused") == 0))
            return item != NULL && fails(err, item, "the answer is not taken");
        if (answer[0] >= '1' && answer[0] <= '9' &&
            strstr(json_text_or(row, "label", ""), "whose?") == NULL)
            return fails(err, row, "it does not say to what");
    }
    return (links == PAIRS - 2 && creates == PAIRS - 2 && skips == 2) ||
           fails(err, twice, "not all answers");
}

/* What has its answer is no work any more: only TWO-3 is left, and the others can be looked at. */
static bool open_ones_are_left(struct stage *stage, int64_t run, struct err *err)
{
    static const char *const said[] = { "false", "true" };
    static const size_t wanted[] = { 2, 2 * PAIRS - 2 };

    for (int answered = 0; answered < 2; answered++) {
        json_auto_t *rows = ask(stage, "imports.clinic",
                                json_pack("{s:I, s:s, s:b, s:i}", "run", (json_int_t)run, "kind",
                                          "duplicate_shopify", "answered", answered, "limit", 100),
                                err);
        const json_t *row;
        size_t i;

        if (rows == NULL)
            return false;
        if (json_len(rows, "rows") != wanted[answered] ||
            json_int_or(rows, "open.duplicate_shopify", 0) != 2 ||
            json_int_or(rows, "counts.duplicate_shopify", 0) != 2 * PAIRS)
            return fails(err, rows, said[answered]);
        json_array_foreach(json_object_get(rows, "rows"), i, row)
            if ((json_text(row, "answer") != NULL) != (answered != 0))
                return fails(err, row, said[answered]);
    }
    return true;
}

/* ---- answers that come late ---- */

static json_t *products_come_to(struct stage *stage, int64_t run, const char *path,
                                const char *words, struct err *err)
{
    int64_t until = when_ticks() + WAIT_US;

    for (;;) {
        json_t *now = ask(stage, "imports.get", json_pack("{s:I}", "run", (json_int_t)run), err);

        if (now == NULL ||
            strstr(json_text_or(step_of(now, "products"), path, ""), words) != NULL)
            return now;
        if (json_flag(now, "paused") || when_ticks() > until) {
            fails(err, step_of(now, "products"), "the products do not come to that");
            json_decref(now);
            return NULL;
        }
        json_decref(now);
        usleep(50 * 1000);
    }
}

/* Applied with questions open: their jobs wait, and go on with the answer. */
static bool late_answers_free(struct stage *stage, int64_t run, struct err *err)
{
    json_auto_t *none = clinic(stage, run, "missing", err), *waits = NULL, *done = NULL;
    json_t *keys = json_array();
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(none, "rows"), i, row)
        json_array_append(keys, json_object_get(row, "key"));
    if (tell(stage, "imports.apply", json_pack("{s:I}", "run", (json_int_t)run), err))
        waits = products_come_to(stage, run, "note", "wait for a person", err);
    if (waits == NULL || !say(stage, run, json_incref(keys), "create", err) ||
        !say(stage, run, json_pack("[s]", "sku:TWO-3"), "skip", err)) {
        json_decref(keys);
        return false;
    }
    json_decref(keys);
    done = products_come_to(stage, run, "state", "done", err);
    if (done == NULL)
        return false;
    return json_int_or(step_of(done, "products"), "items.parked", -1) == 0 ||
           fails(err, step_of(done, "products"), "some are parked");
}

static bool refuses_nonsense(struct stage *stage, int64_t run, struct err *err)
{
    static const struct {
        const char *key, *answer;
    } bad[] = { { "sku:TWO-1", "link" },  { "variant:1", "create" }, { "sku:NOPE", "skip" },
                { "variant:x", "skip" },  { "TWO-1", "create" },     { "sku:TWO-1", "perhaps" } };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct err no = { 0 };

        if (say(stage, run, json_pack("[s]", bad[i].key), bad[i].answer, &no))
            return err_set(err, ERR_BUG, "%s %s was taken", bad[i].answer, bad[i].key);
    }
    return true;
}

static bool questions(struct stage *stage, struct err *err)
{
    json_auto_t *now = NULL, *reset = NULL;
    int64_t run = 0;

    if (!check(spoil(stage, err), "a shop with SKUs twice and without", err))
        return false;
    reset = stage_sandbox(stage, json_pack("{s:s}", "do", "reset_stats"), err);
    now = reset != NULL ? plan(stage, &run, err) : NULL;
    return check(now != NULL, "its plan", err) &&
           check(nothing_is_guessed(stage, run, err), "every one is a question, none a guess",
                 err) &&
           check(refuses_nonsense(stage, run, err), "answers that make no sense are refused",
                 err) &&
           check(answered(stage, run, err) && answers_are_kept(stage, run, err),
                 "answers in bulk are kept, and judged at once", err) &&
           check(open_ones_are_left(stage, run, err), "and what is answered is open no more", err) &&
           check(wrote_nothing(stage, err), "still nothing was written to Odoo", err) &&
           check(late_answers_free(stage, run, err), "and what waits for an answer goes on with it",
                 err);
}

int main(void)
{
    struct stage_options believable = { .programs = getenv("TESTS_BUILDDIR"), .seed = 11,
                                        .customers = CUSTOMERS, .products = PRODUCTS,
                                        .orders = ORDERS };
    struct stage_options plain = { .programs = getenv("TESTS_BUILDDIR"), .seed = 12,
                                   .customers = 5, .products = GOODS };
    struct err err = { 0 };

    {
        AUTO(stage) stage = stage_new(&believable, &err);

        if (check(stage != NULL, "the practice sides and the core are up", &err))
            story(stage, &err);
    }
    if (failures == 0) {
        AUTO(stage) stage = stage_new(&plain, &err);

        if (check(stage != NULL, "another shop, whose products Odoo has", &err))
            questions(stage, &err);
    }
    printf("1..%d\n", tests);
    return failures > 0;
}
