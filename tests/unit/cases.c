/*
 * cases.c - runs the tables of tests/cases/: documents in, expected values and findings out.
 *
 * base.json holds a plain order ("payload"), Odoo's reference data ("odoo") and resolved ids
 * ("resolved"). A case changes what matters and names what must come out:
 *
 * {"name": a sentence, "do": what, "set": {path: value} on the payload, "odoo": {path: value},
 *  "mappings": {}, "policies": {}, "resolved": {path: value},
 *  "expect": {path: value} of the result (null: absent; "PATH#": number of items),
 *  "findings": [{level, thing, has}] all of these, "none": true: no finding,
 *  "fails": kind of error: there is no result}
 *
 * do: order; graphql (from "graphql" of the base); same (what differs between both); plan; needs;
 * odoo; change (then: a "set" on top; side: what Odoo holds; stray: nothing was agreed); verify
 * (read: what Odoo says); settled;
 * contact; address; match; own; merge.
 * On base_import.json's "customer" and "level": customer; person; customer_needs; extra (fields);
 * fill (partner: set on its "partner", told, extra); at; level; level_place; level_product; level_plan.
 */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "sync/customer.h"
#include "sync/diff.h"
#include "sync/level.h"
#include "sync/order.h"
#include "sync/order_change.h"
#include "sync/order_needs.h"
#include "sync/order_plan.h"
#include "sync/order_price.h"
#include "sync/order_to_odoo.h"
#include "sync/order_verify.h"
#include "sync/partner.h"
#include "sync/partner_fill.h"
#include "sync/product.h"
#include "sync/product_from_shopify.h"
#include "sync/product_match.h"
#include "sync/product_to_odoo.h"

#define CASES PACKAGE_TREE "/tests/cases"
#define SHOP  "demo"

struct run {
    const json_t *row;
    json_t *base;
    struct reference *r;
    struct findings f;
    struct err err;
    json_t *resolved;
};

static json_t *base; /* read once by main */

static json_t *load(const char *name)
{
    char path[512];
    json_error_t error;
    json_t *value;

    snprintf(path, sizeof path, "%s/%s", CASES, name);
    value = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (value == NULL) {
        fprintf(stderr, "%s: line %d: %s\n", path, error.line, error.text);
        exit(99);
    }
    return value;
}

/* Sets the value at a path; the last step of a list may be one past its end. */
static void set_path(json_t *doc, const char *path, const json_t *value)
{
    const char *dot = strrchr(path, '.');
    char parent[256] = "";
    json_t *at;

    if (dot != NULL)
        snprintf(parent, sizeof parent, "%.*s", (int)(dot - path), path);
    at = (json_t *)(uintptr_t)json_at(doc, parent);
    assert_non_null(at);
    path = dot != NULL ? dot + 1 : path;
    if (json_is_object(at))
        json_object_set_new(at, path, json_deep_copy(value));
    else if ((size_t)strtol(path, NULL, 10) == json_array_size(at))
        json_array_append_new(at, json_deep_copy(value));
    else
        assert_int_equal(
            json_array_set_new(at, (size_t)strtol(path, NULL, 10), json_deep_copy(value)), 0);
}

static json_t *patched(const json_t *doc, const json_t *set)
{
    json_t *copy = json_deep_copy(doc), *value;
    const char *path;

    json_object_foreach((json_t *)(uintptr_t)set, path, value) set_path(copy, path, value);
    return copy;
}

static json_t *part(const struct run *run, const char *name)
{
    return json_object_get(run->row, name);
}

static json_t *payload(const struct run *run, const char *then)
{
    json_auto_t *first = patched(json_object_get(base, "payload"), part(run, "set"));

    return patched(first, then != NULL ? part(run, then) : NULL);
}

static json_t *canonical(struct run *run, const char *then)
{
    json_auto_t *doc = payload(run, then);

    return order_from_webhook(doc, run->r, &run->f, &run->err);
}

/* ---- what a case can do ---- */

static json_t *do_order(struct run *run)
{
    return canonical(run, NULL);
}

static json_t *do_graphql(struct run *run)
{
    json_auto_t *doc = patched(json_object_get(base, "graphql"), part(run, "set"));

    return order_from_graphql(doc, run->r, &run->f, &run->err);
}

/* What differs between the two readings of one order; "gset" is the "set" of the GraphQL side. */
static json_t *do_same(struct run *run)
{
    json_auto_t *doc = patched(json_object_get(base, "graphql"), part(run, "gset"));
    json_auto_t *a = canonical(run, NULL);
    json_auto_t *b = order_from_graphql(doc, run->r, &run->f, &run->err);

    assert_non_null(a);
    assert_non_null(b);
    return diff_fields(kind_of("order"), a, b);
}

static json_t *do_plan(struct run *run)
{
    json_auto_t *order = canonical(run, NULL);
    struct order_plan plan;

    assert_non_null(order);
    order_history(order, NULL, json_flag(run->row, "imported"));
    plan = order_plan(order, json_flag(run->row, "known"), json_flag(run->row, "released"), run->r);
    return json_pack("{ssssss}", "action", order_action_name(plan.action), "reason", plan.reason,
                     "thing", plan.thing);
}

static json_t *do_needs(struct run *run)
{
    json_auto_t *order = canonical(run, NULL);

    assert_non_null(order);
    return order_needs(order, SHOP, run->r);
}

static json_t *do_odoo(struct run *run)
{
    json_auto_t *order = canonical(run, NULL);
    struct order_plan plan;

    if (order == NULL)
        return NULL;
    plan = order_plan(order, false, false, run->r);
    return order_to_odoo(order, &plan, SHOP, run->r, run->resolved, &run->f, &run->err);
}

static json_t *do_change(struct run *run)
{
    json_auto_t *agreed = canonical(run, NULL);
    json_auto_t *order = canonical(run, "then");

    assert_non_null(agreed);
    assert_non_null(order);
    findings_init(&run->f);
    return order_change(json_flag(run->row, "stray") ? NULL : agreed, order, part(run, "side"), SHOP, run->r, run->resolved, &run->f,
                        &run->err);
}

static json_t *do_verify(struct run *run)
{
    json_auto_t *plan = do_odoo(run);

    assert_non_null(plan);
    findings_init(&run->f);
    return json_string(verify_name(
        order_verify(plan, part(run, "read"), json_flag(run->row, "confirmed"), &run->f)));
}

static json_t *do_settled(struct run *run)
{
    json_auto_t *order = canonical(run, NULL);

    assert_non_null(order);
    return json_boolean(order_settled(order, run->r));
}

static json_t *do_contact(struct run *run)
{
    json_auto_t *order = canonical(run, NULL);

    struct person person = person_of_order(order);

    assert_non_null(order);
    return partner_contact(&person, SHOP, run->r, part(run, "categories"), &run->f);
}

static json_t *do_address(struct run *run)
{
    json_auto_t *address = order_address(part(run, "address"));

    if (json_is_null(address))
        return json_null();
    return partner_address(address, 77, json_text_or(run->row, "type", "delivery"),
                           json_text(run->row, "locale"), SHOP, run->r,
                           &run->f);
}

static json_t *do_match(struct run *run)
{
    return json_integer(
        product_match(part(run, "line"), run->r, part(run, "pairs"), part(run, "found"), &run->f));
}

static json_t *do_own(struct run *run)
{
    return product_own(json_text_or(run->row, "word", ""), SHOP);
}

static json_t *do_merge(struct run *run)
{
    return diff_merge(kind_of(json_text_or(run->row, "kind", "")), part(run, "agreed"),
                      part(run, "shopify"), part(run, "other"), run->r);
}

/* ---- customers ---- */

static json_t *do_customer(struct run *run)
{
    json_auto_t *node = patched(json_object_get(base, "customer"), part(run, "set"));
    const char *field = json_text(run->row, "long");
    char text[5001];

    memset(text, 'x', 5000);
    text[5000] = '\0';
    if (field != NULL)
        json_object_set_new(node, field, json_string(text));
    return customer_from_shopify(node, &run->f, &run->err);
}

static json_t *do_person(struct run *run)
{
    json_auto_t *customer = do_customer(run);
    struct person person = person_of_customer(customer);

    assert_non_null(customer);
    person.extra = part(run, "extra");
    return partner_contact(&person, SHOP, run->r, part(run, "categories"), &run->f);
}

static json_t *do_customer_needs(struct run *run)
{
    json_auto_t *customer = do_customer(run);

    return customer_needs(customer, SHOP, run->r);
}

static json_t *do_extra(struct run *run)
{
    json_auto_t *customer = do_customer(run);
    json_t *used = NULL;
    json_t *extra = customer_extra(customer, part(run, "fields"), run->r, &used, &run->f);

    return json_pack("{soso}", "extra", extra, "used", used);
}

static json_t *do_fill(struct run *run)
{
    json_auto_t *customer = do_customer(run), *plan = do_person(run);
    json_auto_t *partner = patched(json_object_get(base, "partner"), part(run, "partner"));
    struct person person = person_of_customer(customer);

    return partner_fill(plan, &person, partner, part(run, "told"), part(run, "merged"), part(run, "categories"), run->r,
                        &run->f);
}

static json_t *do_at(struct run *run)
{
    json_auto_t *address = order_address(part(run, "address"));
    json_auto_t *partner = patched(json_object_get(base, "partner"), part(run, "partner"));

    return json_pack("{si}", "at", (int)partner_is_at(partner, address, run->r));
}

/* ---- levels ---- */

static json_t *do_level(struct run *run)
{
    json_auto_t *node = patched(json_object_get(base, "level"), part(run, "set"));

    return level_from_shopify(node, &run->f, &run->err);
}

static json_t *fate(const struct run *run, enum level_fate fate, json_int_t place, const char *words)
{
    if (fate == LEVEL_REFUSE) {
        assert_string_equal(run->err.thing, json_text_or(run->row, "about", ""));
        return NULL;
    }
    return fate == LEVEL_LEAVE ? json_pack("{ss}", "left", words) :
                                 json_pack("{sIsb}", "place", place, "go", 1);
}

static json_t *do_level_place(struct run *run)
{
    json_auto_t *level = do_level(run);
    char words[LEVEL_WORDS_MAX];
    int64_t place = 0;
    enum level_fate it = level_place(level, run->r, &place, words, &run->err);

    return fate(run, it, place, words);
}

static json_t *do_level_product(struct run *run)
{
    json_auto_t *level = do_level(run);
    char words[LEVEL_WORDS_MAX];
    enum level_fate it =
        level_product(level, part(run, "product"), (size_t)json_int_or(run->row, "products", 1),
                      words, &run->err);

    return fate(run, it, 0, words);
}

static json_t *do_level_plan(struct run *run)
{
    json_auto_t *level = do_level(run);
    struct level_plan plan;
    json_t *writes = json_array();

    if (!level_plan(level, part(run, "quants"), 8, &plan, &run->f, &run->err)) {
        json_decref(writes);
        return fate(run, LEVEL_REFUSE, 0, NULL);
    }
    for (size_t i = 0; i < plan.count; i++)
        json_array_append_new(writes, json_pack("[If]", (json_int_t)plan.writes[i].quant,
                                                plan.writes[i].count));
    return json_pack("{sbsbsIsfso}", "same", plan.same, "none", plan.none, "on_hand",
                     (json_int_t)plan.on_hand, "there", plan.there, "writes", writes);
}

static json_t *do_product(struct run *run)
{
    json_auto_t *node = patched(json_object_get(base, "product"), part(run, "set"));

    return product_from_shopify(node, run->r, &run->f, &run->err);
}

static json_t *do_options(struct run *run)
{
    json_auto_t *product = do_product(run);

    assert_non_null(product);
    return product_options(product);
}

/* Attributes are known as 71, 72..., values as 701, 702..., the template's own as 7701, 7702... */
static void known_options(const json_t *options, json_t *attributes, json_t *values, json_t *ptavs)
{
    const json_t *option;
    const char *name;
    json_t *key;
    int n = 0;
    size_t i;

    json_array_foreach(options, i, option)
    {
        char id[PRODUCT_KEY_MAX];

        json_object_set_new(attributes, json_text(option, "key"), json_integer(71 + (int)i));
        json_object_foreach(json_object_get(option, "values"), name, key)
        {
            n++;
            json_object_set_new(values, json_string_value(key), json_integer(700 + n));
            json_object_set_new(ptavs, product_id_text(700 + n, id), json_integer(7700 + n));
        }
    }
}

static json_t *do_product_plan(struct run *run)
{
    json_auto_t *product = do_product(run);
    json_auto_t *options = product != NULL ? product_options(product) : NULL;
    json_auto_t *attributes = json_object(), *values = json_object(), *ptavs = json_object();
    const char *of = json_text_or(run->row, "of", "template");
    bool mapped;
    struct product_place place = { .shopkey = SHOP, .r = run->r, .tags = part(run, "tags"),
                                   .attributes = attributes, .values = values,
                                   .skip = part(run, "skip") };

    assert_non_null(product);
    known_options(options, attributes, values, ptavs);
    place.category = product_category(product, run->r, &mapped);
    if (strcmp(of, "variants") == 0)
        return product_variant_plans(product, options, 50, ptavs, part(run, "only"), &place);
    if (strcmp(of, "prices") == 0)
        return product_price_plans(product, 50, part(run, "ids"), 3, &place);
    return product_template_plan(product, options, &place, &run->f);
}

static json_t *do_links(struct run *run)
{
    json_auto_t *product = do_product(run), *found = product_found(part(run, "found"));
    json_auto_t *barcodes = json_object();
    struct product_around around = { .pairs = part(run, "pairs"), .found = found,
                                     .taken = part(run, "taken"), .barcodes = barcodes };

    json_object_update(barcodes, part(run, "barcodes"));
    assert_non_null(product);
    findings_init(&run->f);
    return product_links(product, run->r, &around, &run->f);
}

static json_t *do_compare(struct run *run)
{
    json_auto_t *product = do_product(run);

    assert_non_null(product);
    findings_init(&run->f);
    return product_compare(product, part(run, "seen"), part(run, "links"), part(run, "skip"),
                           json_flag(run->row, "priced"), run->r, &run->f);
}

static const struct {
    const char *word;
    json_t *(*run)(struct run *run);
} verbs[] = {
    { "order", do_order },     { "graphql", do_graphql }, { "plan", do_plan },
    { "same", do_same },       { "needs", do_needs },     { "odoo", do_odoo },
    { "change", do_change },   { "verify", do_verify },   { "contact", do_contact },
    { "address", do_address }, { "match", do_match },     { "own", do_own },
    { "merge", do_merge },     { "settled", do_settled },
    { "customer", do_customer },
    { "person", do_person },
    { "customer_needs", do_customer_needs },
    { "extra", do_extra },
    { "fill", do_fill },
    { "at", do_at },
    { "level", do_level },
    { "level_place", do_level_place },
    { "level_product", do_level_product },
    { "level_plan", do_level_plan },
    { "product", do_product },
    { "options", do_options },
    { "product_plan", do_product_plan },
    { "links", do_links },
    { "compare", do_compare },
};

/* ---- comparing ---- */

static void show(const char *what, const json_t *value)
{
    char *text = value != NULL ? json_dumps(value, JSON_ENCODE_ANY | JSON_SORT_KEYS) : NULL;

    fprintf(stderr, "# %s %.3000s\n", what, text != NULL ? text : "nothing");
    free(text);
}

/* A plan's cell by the name of its column: "cell:1:order_line/name" is that of the second row. */
static const json_t *cell(const json_t *plan, const char *path)
{
    const json_t *fields = json_object_get(plan, "fields"), *name;
    char *end;
    size_t row = strtoul(path, &end, 10), i;

    json_array_foreach(
        fields, i,
        name) if (strcmp(json_string_value(name), end + 1) ==
                  0) return json_array_get(json_array_get(json_object_get(plan, "rows"), row), i);
    return NULL;
}

static void compare(const json_t *result, const char *path, const json_t *wanted)
{
    size_t len = strlen(path);
    char list[256];
    const json_t *found;
    json_auto_t *number = NULL;

    if (len > 0 && path[len - 1] == '#') {
        snprintf(list, sizeof list, "%.*s", (int)len - 1, path);
        found = json_at(result, list);
        number = json_integer(
            (json_int_t)(json_is_object(found) ? json_object_size(found) : json_array_size(found)));
        found = number;
    } else if (strncmp(path, "cell:", 5) == 0) {
        found = cell(result, path + 5);
    } else {
        found = json_at(result, path);
    }
    if (json_is_null(wanted) ? found == NULL : found != NULL && json_equal(found, wanted))
        return;
    fprintf(stderr, "# at %s\n", path);
    show("wanted", wanted);
    show("found", found);
    show("in", result);
    fail();
}

static void expect_finding(const struct run *run, const json_t *wanted)
{
    json_auto_t *all = findings_json(&run->f);

    for (size_t i = 0; i < run->f.count; i++) {
        const struct finding *f = &run->f.list[i];

        if (strcmp(finding_level_name(f->level), json_text_or(wanted, "level", "")) == 0 &&
            strcmp(f->thing, json_text_or(wanted, "thing", f->thing)) == 0 &&
            strstr(f->text, json_text_or(wanted, "has", "")) != NULL)
            return;
    }
    show("wanted finding", wanted);
    show("findings", all);
    fail();
}

static void check(struct run *run, const json_t *result)
{
    const char *fails = json_text(run->row, "fails"), *path;
    const json_t *wanted;
    json_auto_t *all = findings_json(&run->f);
    json_t *value;
    size_t i;

    json_array_foreach(part(run, "findings"), i, wanted) expect_finding(run, wanted);
    if (json_flag(run->row, "none") && run->f.count > 0) {
        show("findings", all);
        fail();
    }
    if (fails != NULL) {
        if (result != NULL)
            show("result", result);
        assert_null(result);
        assert_string_equal(err_name(run->err.kind), fails);
        return;
    }
    if (result == NULL)
        fprintf(stderr, "# %s\n", run->err.text);
    assert_non_null(result);
    json_object_foreach(part(run, "expect"), path, value) compare(result, path, value);
}

static void one_case(void **state)
{
    struct run run = { .row = *state, .base = base };
    json_auto_t *odoo = patched(json_object_get(base, "odoo"), part(&run, "odoo"));
    json_auto_t *result = NULL;
    const char *verb = json_text_or(run.row, "do", "");

    findings_init(&run.f);
    run.resolved = patched(json_object_get(base, "resolved"), part(&run, "resolved"));
    run.r = reference_new(odoo, part(&run, "mappings"), part(&run, "policies"), &run.err);
    assert_non_null(run.r);
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (strcmp(verbs[i].word, verb) == 0)
            result = verbs[i].run(&run);
    check(&run, result);
    json_decref(run.resolved);
    reference_free(run.r);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_table(const struct dirent *entry)
{
    return str_ends(entry->d_name, ".json") && !str_starts(entry->d_name, "base");
}

int main(void)
{
    static struct CMUnitTest tests[1000];
    struct dirent **files = NULL;
    json_t *tables[64];
    size_t count = 0, i;
    int found = scandir(CASES, &files, is_table, by_name), bad;

    json_auto_t *more = load("base_import.json");

    base = load("base.json");
    json_object_update(base, more);
    for (int n = 0; n < found && n < 64; n++) {
        json_t *row;

        tables[n] = load(files[n]->d_name);
        json_array_foreach(tables[n], i, row) if (count < sizeof tests / sizeof tests[0])
            tests[count++] =
                (struct CMUnitTest){ json_text_or(row, "name", "?"), one_case, NULL, NULL, row };
        free(files[n]);
    }
    free(files);
    /* cmocka counts an array it can see; this one is made here */
    bad = _cmocka_run_group_tests("cases", tests, count, NULL, NULL);
    for (int n = 0; n < found && n < 64; n++)
        json_decref(tables[n]);
    json_decref(base);
    return bad;
}
