/*
 * odd - the guided import of a shop that has all that should not be, told by files that are cut,
 * spoilt and gone: whatever comes in is applied, or waits for a person with its cause in
 * words, and nothing is there twice.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "tests/flow/guided.h"

#define CUSTOMERS 40
#define PRODUCTS  30
#define ORDERS    40

/* What the odd shop begins with (tests/sandbox/shop). */
#define CUSTOMER(n) "customer:", (INT64_C(9450000000000001) + (n)*1021)
#define PRODUCT(n)  "product:", (INT64_C(9120000000000001) + (n)*1031)
#define ORDER(n)    "order:", (INT64_C(5800000000000000001) + (n)*10007)
#define LEVEL_OF(n) "level@9010000000000007:", (INT64_C(44000000000000001) + (n)*4096)

/* ---- files that are not what they should be ---- */

/* To one operation, or to any ("bulk"). */
static bool spoil(struct stage *stage, const char *kind, const char *of, struct err *err)
{
    return guided_practice(stage,
                           json_pack("{s:s, s:s, s:s, s:s, s:i, s:i}", "do", "fault", "side",
                                     "shop", "kind", kind, "model", of, "count", 1, "ms", 20),
                           err);
}

/*
 * What Shopify had of the customers when it failed is not taken for all of them; a file that ends
 * in the middle, and one that is gone, are asked for anew; a line that is no JSON costs that line.
 */
static bool spoil_all(struct stage *stage, struct err *err)
{
    return spoil(stage, "bulk_failed", "bulk.customers", err) &&
           spoil(stage, "cut", "bulk.products", err) &&
           spoil(stage, "garbled", "bulk.inventoryItems", err) &&
           spoil(stage, "bulk_expired", "bulk.orders", err) &&
           spoil(stage, "bulk_slow", "bulk.customers", err) && spoil(stage, "expired", "bulk", err);
}

static bool said(const json_t *run, const char *step, const char *words, struct err *err)
{
    return strstr(json_text_or(guided_step_of(run, step), "note", ""), words) != NULL ||
           guided_fails(err, guided_step_of(run, step), "it does not say why");
}

static bool read_all_the_same(struct stage *stage, int64_t *run, struct err *err)
{
    json_auto_t *now = NULL, *parked = NULL;

    if (!spoil_all(stage, err) || !guided_plan(stage, run, err))
        return false;
    now = guided_wait_for(stage, *run, guided_is_planned, err);
    if (now == NULL || !said(now, "customers", "asked Shopify again: the bulk operation", err) ||
        !said(now, "products", "asked Shopify again: the file ends in the middle", err) ||
        !said(now, "orders", "asked Shopify again: the bulk operation", err))
        return false;
    if (guided_number(now, "customers", "read") != CUSTOMERS ||
        guided_number(now, "products", "read") != PRODUCTS ||
        guided_number(now, "orders", "read") != ORDERS)
        return guided_fails(err, now, "not all was read");
    parked = guided_items(stage, *run, "stock", "parked", err);
    return json_array_size(parked) == 1 &&
                   strstr(json_text_or(json_array_get(parked, 0), "why", ""),
                          "line 4 of the file is no JSON") != NULL
               ? true
               : guided_fails(err, parked, "not that line, in words");
}

/* ---- what becomes of what should not be ---- */

/* Of each step, why something may wait for a person. */
static const struct {
    const char *step, *why;
} causes[] = {
    { "products", "the product has no variant" },
    { "products", "several products of the shop have the SKU" },
    { "stock", "the location Corner Store is not mapped to a warehouse" },
    { "stock", "its product is not in Odoo" },
    { "stock", "line 4 of the file is no JSON" },
    { "orders", "no tax mapping for 8.25 % ZZ" }, /* a country that nobody knows */
    { "orders", "the order waits as a quotation" },
};

static bool has_cause(const char *step, const json_t *row)
{
    for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++)
        if (strcmp(causes[i].step, step) == 0 &&
            strstr(json_text_or(row, "why", ""), causes[i].why) != NULL)
            return true;
    return false;
}

static bool all_have_ends(struct stage *stage, int64_t run, struct err *err)
{
    static const char *const steps[] = { "customers", "products", "stock", "orders", "verify" };
    json_auto_t *done = NULL;

    if (!guided_apply(stage, run, err))
        return false;
    done = guided_wait_for(stage, run, guided_is_done, err);
    for (size_t s = 0; done != NULL && s < sizeof steps / sizeof steps[0]; s++) {
        json_auto_t *parked = guided_items(stage, run, steps[s], "parked", err);
        json_t *row;
        size_t i;

        if (parked == NULL || guided_number(done, steps[s], "left") != 0 ||
            guided_number(done, steps[s], "items.queued") != 0 ||
            guided_number(done, steps[s], "items.skipped") != 0)
            return parked != NULL &&
                   guided_fails(err, guided_step_of(done, steps[s]), "records are left");
        json_array_foreach(parked, i, row) if (!has_cause(steps[s], row)) return guided_fails(
            err, row, "it should not wait");
    }
    return done != NULL;
}

struct kept { /* in Odoo */
    const char *step, *kind;
    int64_t id;
    const char *model;
    bool (*right)(struct stage *stage, int64_t odoo, struct err *err);
};

static bool has_2048(struct stage *stage, int64_t id, struct err *err)
{
    return guided_count(stage, "product.product",
                        json_pack("[[ssI]]", "product_tmpl_id", "=", (json_int_t)id), err) == 2048;
}

static bool has_300(struct stage *stage, int64_t id, struct err *err)
{
    return guided_count(stage, "product.product",
                        json_pack("[[ssI]]", "product_tmpl_id", "=", (json_int_t)id), err) == 300;
}

static bool has_300_lines(struct stage *stage, int64_t id, struct err *err)
{
    return guided_count(stage, "sale.order.line",
                        json_pack("[[ssI], [sss]]", "order_id", "=", (json_int_t)id,
                                  "product_uom_qty", ">", "0"),
                        err) >= 300;
}

static bool has_text(struct stage *stage, const char *model, int64_t id, const char *field,
                     size_t least, size_t most, struct err *err)
{
    json_auto_t *text = guided_field_of(stage, model, id, field, err);
    size_t len = json_is_string(text) ? strlen(json_string_value(text)) : 0;

    return (len >= least && len <= most) ||
           err_set(err, ERR_BUG, "%s of %s %lld has %zu bytes", field, model, (long long)id, len);
}

static bool has_long_name(struct stage *stage, int64_t id, struct err *err)
{
    return has_text(stage, "product.template", id, "name", 500, 512, err);
}

static bool has_long_surname(struct stage *stage, int64_t id, struct err *err)
{
    return has_text(stage, "res.partner", id, "name", 199, 199, err);
}

static bool has_some_name(struct stage *stage, int64_t id, struct err *err)
{
    return has_text(stage, "res.partner", id, "name", 1, 100, err);
}

static bool has_customer(struct stage *stage, int64_t id, struct err *err)
{
    json_auto_t *partner = guided_field_of(stage, "sale.order", id, "partner_id", err);

    return json_int_or(partner, "0", 0) > 0;
}

static bool is_there(struct stage *stage, int64_t id, struct err *err)
{
    (void)stage;
    (void)err;
    return id > 0;
}

static bool odd_ones_are_in(struct stage *stage, int64_t run, struct err *err)
{
    static const struct kept all[] = {
        { "customers", CUSTOMER(0), "res.partner", is_there },
        { "customers", CUSTOMER(2), "res.partner", has_some_name },
        { "customers", CUSTOMER(4), "res.partner", has_long_surname },
        { "products", PRODUCT(1), "product.template", has_2048 },
        { "products", PRODUCT(2), "product.template", has_300 },
        { "products", PRODUCT(3), "product.template", has_long_name },
        { "orders", ORDER(0), "sale.order", has_300_lines },
        { "orders", ORDER(1), "sale.order", has_customer },
    };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        json_auto_t *row = guided_item(stage, run, all[i].step, all[i].kind, all[i].id, err);

        if (row == NULL)
            return false;
        if (strcmp(json_text_or(row, "state", ""), "done") != 0 ||
            !all[i].right(stage, json_int_or(row, "odoo_id", 0), err))
            return err->kind == ERR_NONE ? guided_fails(err, row, "it is not as it should be")
                                         : false;
    }
    return true;
}

/* Two customers with one e-mail are one contact; the second is linked to it. */
static bool one_contact(struct stage *stage, int64_t run, struct err *err)
{
    json_auto_t *first = guided_item(stage, run, "customers", CUSTOMER(0), err);
    json_auto_t *second = guided_item(stage, run, "customers", CUSTOMER(1), err);

    return first != NULL && second != NULL &&
           (json_int_or(first, "odoo_id", 0) == json_int_or(second, "odoo_id", -1) ||
            guided_fails(err, second, "another contact"));
}

/* It is in, and its timeline says what a person should know. */
static bool flagged(struct stage *stage, int64_t run, const char *step, const char *kind,
                    int64_t id, const char *words, struct err *err)
{
    json_auto_t *row = guided_item(stage, run, step, kind, id, err), *life = NULL;
    const json_t *event;
    size_t i;

    if (row == NULL)
        return false;
    if (strcmp(json_text_or(row, "state", ""), "done") != 0)
        return guided_fails(err, row, "not in");
    life = stage_ask(stage, "records.timeline",
                     json_pack("{s:s%, s:o, s:I}", "kind", kind, strlen(kind) - 1, "id",
                               json_sprintf("%lld", (long long)id), "backend",
                               (json_int_t)stage_backend(stage)),
                     err);
    json_array_foreach(json_object_get(life, "events"), i,
                       event) if (strstr(json_text_or(event, "text", ""), words) !=
                                  NULL) return true;
    return life != NULL && guided_fails(err, life, "it is not told");
}

static bool all_flagged(struct stage *stage, int64_t run, struct err *err)
{
    return flagged(stage, run, "stock", LEVEL_OF(4), "-7", err) &&
           flagged(stage, run, "customers", CUSTOMER(2), "no name, e-mail, phone or address",
                   err) &&
           flagged(stage, run, "customers", CUSTOMER(4), "overlong", err) &&
           flagged(stage, run, "products", PRODUCT(3), "the name has 5000 characters", err);
}

/* ---- again: nothing is new but what waits ---- */

static bool nothing_is_new(struct stage *stage, int64_t before, struct err *err)
{
    json_auto_t *then = guided_look(stage, before, err), *now = NULL;
    int64_t run;

    if (then == NULL ||
        !guided_practice(
            stage, json_pack("{s:s, s:i, s:s}", "do", "bulk", "fail_after", 5, "code", "TIMEOUT"),
            err) ||
        !guided_plan(stage, &run, err))
        return false;
    now = guided_wait_for(stage, run, guided_is_planned, err);
    if (now == NULL || !said(now, "customers", "read page by page: the bulk operation", err))
        return false;
    return guided_number(now, "customers", "read") == CUSTOMERS &&
                   guided_number(now, "customers", "verdicts.new") == 0 &&
                   guided_number(now, "products", "verdicts.new") == 0 &&
                   guided_number(now, "stock", "read") == guided_number(then, "stock", "read") - 1
               ? true
               : guided_fails(err, now, "some would be made again");
}

static void odd_shop(void)
{
    struct stage_options options = { .programs = getenv("TESTS_BUILDDIR"),
                                     .seed = 3,
                                     .customers = CUSTOMERS,
                                     .products = PRODUCTS,
                                     .orders = ORDERS,
                                     .odd = true };
    struct err err = { 0 };
    AUTO(stage) stage = stage_new(&options, &err);
    int64_t run = 0;

    if (!guided_check(stage != NULL && guided_map_place(stage, &err),
                      "an odd shop and the core are up", &err) ||
        !guided_check(read_all_the_same(stage, &run, &err),
                      "files that fail, end, expire and are spoilt: all is read all the same",
                      &err) ||
        !guided_check(all_have_ends(stage, run, &err),
                      "all is in, or waits with its cause in words", &err))
        return;
    guided_check(odd_ones_are_in(stage, run, &err), "what is odd but possible is in Odoo as it is",
                 &err);
    guided_check(one_contact(stage, run, &err), "two customers with one e-mail are one contact",
                 &err);
    guided_check(all_flagged(stage, run, &err), "what was taken otherwise than it came is flagged",
                 &err);
    guided_check(nothing_is_new(stage, run, &err), "and none of it would be made again", &err);
}

int main(void)
{
    odd_shop();
    return guided_end();
}
