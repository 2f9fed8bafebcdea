/*
 * import_proof - what the end of an import says is true: a shop in order verifies clean and to the
 * cent; what somebody changes in Odoo before the proof is found in words, and repaired if it can be.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/when.h"
#include "tui/stage.h"

#define CUSTOMERS 60
#define PRODUCTS  40
#define PRODUCTS_MANY 300 /* whose stock is read from a file */
#define ORDERS    80
#define WAIT_US   (INT64_C(240) * 1000 * 1000)

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

static bool tell(struct stage *stage, const char *method, json_t *params, struct err *err)
{
    json_auto_t *answer = stage_ask(stage, method, params, err);

    return answer != NULL || err_within(err, "%s", method);
}

static bool fails(struct err *err, const json_t *seen, const char *what)
{
    AUTO_FREE char *text = json_write(seen);

    return err_set(err, ERR_BUG, "%s: %.600s", what, text != NULL ? text : "");
}

static const json_t *step_of(const json_t *run, const char *name)
{
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(run, "steps"), i, row)
        if (strcmp(json_text_or(row, "step", ""), name) == 0)
            return row;
    return NULL;
}

/* ---- waiting ---- */

typedef bool wanted(struct stage *stage, const json_t *run, struct err *err);

static json_t *wait_for(struct stage *stage, int64_t run, wanted *is, struct err *err)
{
    int64_t until = when_ticks() + WAIT_US;

    for (;;) {
        json_t *now = stage_ask(stage, "imports.get", json_pack("{s:I}", "run", (json_int_t)run),
                                err);

        if (now == NULL || (is(stage, now, err) && err->kind == ERR_NONE))
            return now;
        if (err->kind != ERR_NONE || when_ticks() > until) {
            if (err->kind == ERR_NONE)
                fails(err, now, "it does not come to that");
            json_decref(now);
            return NULL;
        }
        json_decref(now);
        usleep(20 * 1000);
    }
}

static bool wait_until(struct stage *stage, int64_t run, wanted *is, struct err *err)
{
    json_auto_t *now = wait_for(stage, run, is, err);

    return now != NULL;
}

static bool is_planned(struct stage *stage, const json_t *run, struct err *err)
{
    (void)stage;
    (void)err;
    return strcmp(json_text_or(run, "state", ""), "planned") == 0;
}

static bool is_done(struct stage *stage, const json_t *run, struct err *err)
{
    (void)stage;
    (void)err;
    return strcmp(json_text_or(run, "state", ""), "done") == 0;
}

static bool has_products(struct stage *stage, const json_t *run, struct err *err)
{
    (void)stage;
    (void)err;
    return strcmp(json_text_or(step_of(run, "products"), "state", ""), "done") == 0;
}

static bool has_queued_orders(struct stage *stage, const json_t *run, struct err *err)
{
    (void)stage;
    (void)err;
    return json_int_or(step_of(run, "orders"), "items.queued", 0) == ORDERS;
}

/* Nothing of the lane is on its way. */
static bool is_still(struct stage *stage, const json_t *run, struct err *err)
{
    json_auto_t *lanes = stage_ask(stage, "lanes.list", NULL, err);
    const json_t *row;
    int64_t left = 0;
    size_t i;

    (void)run;
    json_array_foreach(json_object_get(lanes, "rows"), i, row)
        if (strcmp(json_text_or(row, "lane", ""), "import") == 0)
            left += json_int_or(row, "ready", 0) + json_int_or(row, "running", 0) +
                    json_int_or(row, "waiting", 0);
    return lanes != NULL && left == 0;
}

static bool is_repaired(struct stage *stage, const json_t *run, struct err *err)
{
    (void)stage;
    (void)err;
    return json_int_or(step_of(run, "verify"), "items.queued", -1) == 0;
}

/* ---- steering ---- */

static bool hold(struct stage *stage, const char *lane, bool held, struct err *err)
{
    return tell(stage, held ? "lanes.hold" : "lanes.release", json_pack("{s:s}", "lane", lane), err);
}

static bool map_place(struct stage *stage, struct err *err)
{
    json_int_t backend = (json_int_t)stage_backend(stage);
    json_auto_t *choices = stage_ask(
        stage, "mappings.choices", json_pack("{s:I, s:s}", "backend", backend, "kind", "location"),
        err);

    return choices != NULL &&
           tell(stage, "mappings.set",
                json_pack("{s:I, s:s, s:s, s:O}", "backend", backend, "kind", "location", "key",
                          "Practice Warehouse", "value", json_at(choices, "rows.0.value")),
                err);
}

static bool plan(struct stage *stage, int64_t *run, struct err *err)
{
    json_auto_t *begun = NULL;

    if (!map_place(stage, err))
        return false;
    begun = stage_ask(stage, "imports.plan",
                      json_pack("{s:I}", "backend", (json_int_t)stage_backend(stage)), err);
    *run = json_int_or(begun, "run", 0);
    return begun != NULL && wait_until(stage, *run, is_planned, err);
}

static bool apply(struct stage *stage, int64_t run, struct err *err)
{
    return tell(stage, "imports.apply",
                json_pack("{s:I, s:s}", "run", (json_int_t)run, "carry_on", "a test"), err);
}

static json_t *findings(struct stage *stage, int64_t run, struct err *err)
{
    return stage_ask(stage, "imports.items",
                     json_pack("{s:I, s:s}", "run", (json_int_t)run, "step", "verify"), err);
}

/* ---- clean ---- */

/* [shopify, odoo, digits] each: alike. */
static bool sums_alike(const json_t *sums)
{
    const char *unit;
    json_t *row;

    json_object_foreach((json_t *)(uintptr_t)sums, unit, row)
        if (strcmp(unit, "pieces") != 0 &&
            json_int_or(row, "0", -1) != json_int_or(row, "1", -2))
            return false;
    return true;
}

static bool verified_clean(const json_t *run, int products, struct err *err)
{
    static const char *const steps[] = { "customers", "products", "stock", "orders" };
    const json_t *verify = step_of(run, "verify"), *result = json_object_get(verify, "result");

    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        const json_t *part = json_object_get(result, steps[i]);

        if (json_int_or(part, "compared", 0) == 0 || json_int_or(part, "gone", -1) != 0 ||
            json_int_or(part, "differs", -1) != 0 ||
            !sums_alike(json_object_get(part, "sums")))
            return fails(err, verify, "not clean");
    }
    return json_int_or(result, "customers.compared", 0) == CUSTOMERS &&
                   json_int_or(result, "products.compared", 0) == products &&
                   json_object_size(json_at(result, "orders.sums")) > 0 && json_int_or(verify, "read", -1) == 0 ?
               true :
               fails(err, verify, "not all was compared");
}

static void cleanly(uint64_t seed)
{
    struct stage_options options = { .programs = getenv("TESTS_BUILDDIR"), .seed = seed,
                                     .customers = CUSTOMERS, .products = PRODUCTS,
                                     .orders = ORDERS, .tidy = true };
    struct err err = { 0 };
    AUTO(stage) stage = stage_new(&options, &err);
    json_auto_t *done = NULL;
    int64_t run = 0;

    if (stage != NULL && plan(stage, &run, &err) && apply(stage, run, &err))
        done = wait_for(stage, run, is_done, &err);
    check(done != NULL && verified_clean(done, PRODUCTS, &err), "a shop in order verifies clean, to the cent",
          &err);
}

/* ---- differences made on purpose ---- */

static json_t *odoo(struct stage *stage, const char *model, const char *method, json_t *args,
                    struct err *err)
{
    json_auto_t *answer = stage_sandbox(stage,
                                        json_pack("{s:s, s:s, s:s, s:o}", "do", "odoo", "model",
                                                  model, "method", method, "args", args),
                                        err);

    return answer != NULL ? json_incref(json_object_get(answer, "result")) : NULL;
}

static bool odoo_does(struct stage *stage, const char *model, const char *method, json_t *args,
                      struct err *err)
{
    json_auto_t *result = odoo(stage, model, method, args, err);

    return result != NULL || err_within(err, "%s.%s", model, method);
}

/* Comes to the moment between the last record and the proof. */
static bool up_to_the_proof(struct stage *stage, int64_t run, struct err *err)
{
    return hold(stage, "stock", true, err) && apply(stage, run, err) &&
           wait_until(stage, run, has_products, err) && hold(stage, "import", true, err) &&
           hold(stage, "stock", false, err) && wait_until(stage, run, has_queued_orders, err) &&
           tell(stage, "imports.pause", json_pack("{s:I}", "run", (json_int_t)run), err) &&
           hold(stage, "import", false, err) && wait_until(stage, run, is_still, err);
}

struct damage {
    int64_t quant, order;
    double before;
};

static bool read_quantity(struct stage *stage, int64_t quant, double *quantity, struct err *err)
{
    json_auto_t *rows = odoo(stage, "stock.quant", "read",
                             json_pack("[[I], [s]]", (json_int_t)quant, "quantity"), err);

    *quantity = json_real_or(rows, "0.quantity", -1);
    return rows != NULL;
}

/* Somebody counts seven pieces more, and deletes an order of earlier. */
static bool harm(struct stage *stage, struct damage *d, struct err *err)
{
    json_auto_t *quants = odoo(stage, "stock.quant", "search",
                               json_pack("[[[s, s, s]]]", "location_id.usage", "=", "internal"), err);
    json_auto_t *orders = odoo(stage, "sale.order", "search",
                               json_pack("[[[s, s, s]]]", "state", "=", "draft"), err);

    d->quant = json_int_or(quants, "0", 0);
    d->order = json_int_or(orders, "0", 0);
    if (d->quant == 0 || d->order == 0)
        return err->kind == ERR_NONE ? err_set(err, ERR_BUG, "nothing to harm") : false;
    return read_quantity(stage, d->quant, &d->before, err) &&
           odoo_does(stage, "stock.quant", "write",
                     json_pack("[[I], {s:f}]", (json_int_t)d->quant, "inventory_quantity",
                               d->before + 7),
                     err) &&
           odoo_does(stage, "stock.quant", "action_apply_inventory",
                     json_pack("[[I]]", (json_int_t)d->quant), err) &&
           odoo_does(stage, "sale.order", "unlink", json_pack("[[I]]", (json_int_t)d->order), err);
}

static const json_t *finding_of(const json_t *rows, const char *kind)
{
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(rows, "rows"), i, row)
        if (strncmp(json_text_or(row, "record", ""), kind, strlen(kind)) == 0)
            return row;
    return NULL;
}

static bool found_in_words(struct stage *stage, int64_t run, struct err *err)
{
    json_auto_t *rows = NULL;
    const json_t *level, *order;

    if (!tell(stage, "imports.resume", json_pack("{s:I}", "run", (json_int_t)run), err) ||
        !wait_until(stage, run, is_done, err))
        return false;
    rows = findings(stage, run, err);
    level = finding_of(rows, "level@");
    order = finding_of(rows, "order:");
    return json_len(rows, "rows") == 2 &&
                   strstr(json_text_or(level, "why", ""), "free in Odoo") != NULL &&
                   strstr(json_text_or(order, "why", ""), "gone from Odoo") != NULL ?
               true :
               fails(err, rows, "not those two");
}

/* Stock is as it was; who deleted an order must be asked. */
static bool repaired(struct stage *stage, int64_t run, const struct damage *d, struct err *err)
{
    json_auto_t *rows = NULL;
    const json_t *level, *order;
    double now;

    if (!tell(stage, "imports.repair", json_pack("{s:I}", "run", (json_int_t)run), err) ||
        !wait_until(stage, run, is_repaired, err) || !read_quantity(stage, d->quant, &now, err))
        return false;
    if (fabs(now - d->before) > 0.001)
        return err_set(err, ERR_BUG, "%g pieces, not %g", now, d->before);
    rows = findings(stage, run, err);
    level = finding_of(rows, "level@");
    order = finding_of(rows, "order:");
    return strcmp(json_text_or(level, "state", ""), "done") == 0 &&
                   strcmp(json_text_or(level, "why", "?"), "") == 0 &&
                   strcmp(json_text_or(order, "state", ""), "parked") == 0 &&
                   strstr(json_text_or(order, "why", ""), "repaired, and still") != NULL ?
               true :
               fails(err, rows, "not repaired");
}

static bool refused(struct stage *stage, int64_t run, struct err *err)
{
    struct err why = { 0 };
    json_auto_t *rows = findings(stage, run, err);
    const json_t *level = finding_of(rows, "level@");

    return (level != NULL && !tell(stage, "imports.repair",
                                   json_pack("{s:I, s:[O]}", "run", (json_int_t)run, "ids",
                                             json_object_get(level, "id")),
                                   &why) &&
            strstr(why.text, "no open finding") != NULL) ||
           fails(err, rows, why.text);
}

static void harmed(void)
{
    struct stage_options options = { .programs = getenv("TESTS_BUILDDIR"), .seed = 5,
                                     .customers = CUSTOMERS, .products = PRODUCTS,
                                     .orders = ORDERS, .tidy = true };
    struct err err = { 0 };
    AUTO(stage) stage = stage_new(&options, &err);
    struct damage damage = { 0 };
    int64_t run = 0;

    if (!check(stage != NULL && plan(stage, &run, &err) && up_to_the_proof(stage, run, &err) &&
                   harm(stage, &damage, &err) && found_in_words(stage, run, &err),
               "what somebody changed before the proof is found, in words", &err))
        return;
    check(repaired(stage, run, &damage, &err), "what can be repaired is, the rest keeps its cause",
          &err);
    check(refused(stage, run, &err), "what is in step is not repaired again", &err);
}

/* ---- what Shopify tells meanwhile ---- */

static int64_t left_in_lane(struct stage *stage, const char *lane, bool *held, struct err *err)
{
    json_auto_t *lanes = stage_ask(stage, "lanes.list", NULL, err);
    const json_t *row;
    int64_t left = lanes != NULL ? 0 : -1;
    size_t i;

    *held = false;
    json_array_foreach(json_object_get(lanes, "rows"), i, row)
        if (strcmp(json_text_or(row, "lane", ""), lane) == 0) {
            left += json_int_or(row, "ready", 0) + json_int_or(row, "running", 0) +
                    json_int_or(row, "waiting", 0);
            *held = json_int_or(row, "held_since", 0) != 0;
        }
    return left;
}

static int64_t partners(struct stage *stage, struct err *err)
{
    json_auto_t *n = odoo(stage, "res.partner", "search_count", json_pack("[[]]"), err);

    return json_is_integer(n) ? json_integer_value(n) : -1;
}

static bool customer_changes(struct stage *stage, int index, struct err *err)
{
    json_auto_t *sent = stage_sandbox(
        stage, json_pack("{s:s, s:i}", "do", "customer_update", "index", index), err);

    return sent != NULL;
}

static bool waits_in_lane(struct stage *stage, int64_t wanted_jobs, bool wanted_held,
                          struct err *err)
{
    int64_t until = when_ticks() + 30 * WHEN_SECOND, left = -1;
    bool held = false;

    while (when_ticks() < until) {
        left = left_in_lane(stage, "catalogue", &held, err);
        if (left < 0 || (left == wanted_jobs && held == wanted_held))
            return left >= 0;
        usleep(50 * 1000);
    }
    return err_set(err, ERR_BUG, "%lld in the lane, %s", (long long)left, held ? "held" : "open");
}

/* An import of products alone is open: the customers that change wait, also for a core that dies. */
static bool customers_wait(struct stage *stage, int64_t *run, int64_t *before, struct err *err)
{
    json_auto_t *begun = stage_ask(stage, "imports.plan",
                                   json_pack("{s:I, s:[s]}", "backend",
                                             (json_int_t)stage_backend(stage), "steps", "products"),
                                   err);

    *run = json_int_or(begun, "run", 0);
    *before = partners(stage, err);
    return begun != NULL && customer_changes(stage, 3, err) && customer_changes(stage, 4, err) &&
           waits_in_lane(stage, 2, true, err) && wait_until(stage, *run, is_planned, err) &&
           stage_core_stop(stage, true, NULL, err) && stage_core_start(stage, NULL, NULL, err) &&
           customer_changes(stage, 3, err) && waits_in_lane(stage, 2, true, err) &&
           (partners(stage, err) == *before || err_set(err, ERR_BUG, "they did not wait"));
}

static bool customers_go_on(struct stage *stage, int64_t run, int64_t before, struct err *err)
{
    json_auto_t *parked = NULL;
    int64_t now, names;

    if (!apply(stage, run, err) || !wait_until(stage, run, is_done, err) ||
        !waits_in_lane(stage, 0, false, err))
        return false;
    parked = stage_ask(stage, "jobs.list", json_pack("{s:s}", "state", "parked"), err);
    if (parked == NULL || json_len(parked, "rows") > 0)
        return fails(err, parked, "parked");
    now = partners(stage, err);
    names = now - before;
    return names >= 2 || err_set(err, ERR_BUG, "%lld contacts came", (long long)names);
}

/* The same customers by an import: nothing is made that is there. */
static bool customers_once(struct stage *stage, struct err *err)
{
    int64_t before = partners(stage, err), run = 0;
    json_auto_t *planned = NULL;

    if (!plan(stage, &run, err))
        return false;
    planned = stage_ask(stage, "imports.get", json_pack("{s:I}", "run", (json_int_t)run), err);
    if (json_int_or(step_of(planned, "customers"), "verdicts.same", 0) != 2)
        return fails(err, step_of(planned, "customers"), "two are there as they are");
    return before >= 0 &&
           tell(stage, "imports.stop", json_pack("{s:I}", "run", (json_int_t)run), err) &&
           waits_in_lane(stage, 0, false, err);
}

static void meanwhile(void)
{
    struct stage_options options = { .programs = getenv("TESTS_BUILDDIR"), .seed = 6,
                                     .customers = CUSTOMERS, .products = PRODUCTS,
                                     .orders = ORDERS, .tidy = true };
    struct err err = { 0 };
    AUTO(stage) stage = stage_new(&options, &err);
    int64_t run = 0, before = 0;

    if (check(stage != NULL && customers_wait(stage, &run, &before, &err),
              "customers that change during an import wait for its end", &err) &&
        check(customers_go_on(stage, run, before, &err), "they come in after it", &err))
        check(customers_once(stage, &err), "each is there once, and a stopped import lets go", &err);
}

/* ---- a place that stays out of Odoo ---- */

/* What Shopify keeps there for orders is reserved at Odoo's warehouse, and no difference. */
static bool explained(const json_t *run, struct err *err)
{
    const json_t *stock = json_at(step_of(run, "verify"), "result.stock");

    return json_int_or(stock, "compared", 0) > 0 && json_int_or(stock, "differs", -1) == 0 &&
                   json_int_or(stock, "elsewhere", 0) > 0 ?
               true :
               fails(err, stock, "not explained");
}

static void elsewhere(void)
{
    struct stage_options options = { .programs = getenv("TESTS_BUILDDIR"), .seed = 5,
                                     .customers = CUSTOMERS, .products = PRODUCTS,
                                     .orders = 2 * ORDERS };
    struct err err = { 0 };
    AUTO(stage) stage = stage_new(&options, &err);
    json_auto_t *done = NULL;
    int64_t run = 0;

    if (stage != NULL && plan(stage, &run, &err) && apply(stage, run, &err))
        done = wait_for(stage, run, is_done, &err);
    check(done != NULL && explained(done, &err),
          "what is kept for orders at a place that is not in Odoo is no difference", &err);
}

/* ---- a large shop ---- */

static int64_t asked(const json_t *stats, const char *operation)
{
    const json_t *calls = json_object_get(json_at(stats, "shop.by_call"), operation);

    return json_is_integer(calls) ? json_integer_value(calls) : json_int_or(calls, "count", 0);
}

/* Five files, the last one for the proof; only what that one does not explain is asked for. */
static bool from_a_file(struct stage *stage, const json_t *run, struct err *err)
{
    json_auto_t *stats = stage_sandbox(stage, json_pack("{s:s}", "do", "stats"), err);
    int64_t in = json_int_or(step_of(run, "stock"), "items.done", 0);
    int64_t files = asked(stats, "bulkOperationRunQuery"), levels = asked(stats, "nodes");

    return in >= 400 && files == 5 && levels == 0 ?
               true :
               err_set(err, ERR_BUG, "%lld levels came in; %lld files, and %lld calls for some",
                       (long long)in, (long long)files, (long long)levels);
}

static void many(void)
{
    struct stage_options options = { .programs = getenv("TESTS_BUILDDIR"), .seed = 7,
                                     .customers = CUSTOMERS, .products = PRODUCTS_MANY,
                                     .orders = ORDERS, .tidy = true };
    struct err err = { 0 };
    AUTO(stage) stage = stage_new(&options, &err);
    json_auto_t *done = NULL;
    int64_t run = 0;

    if (stage != NULL && plan(stage, &run, &err) && apply(stage, run, &err))
        done = wait_for(stage, run, is_done, &err);
    if (check(done != NULL && verified_clean(done, PRODUCTS_MANY, &err),
              "a large shop in order verifies clean too", &err))
        check(from_a_file(stage, done, &err), "its levels are asked for all at once", &err);
}

int main(void)
{
    for (uint64_t seed = 1; seed <= 3; seed++)
        cleanly(seed);
    harmed();
    meanwhile();
    elsewhere();
    many();
    printf("1..%d\n", tests);
    return failures > 0;
}
