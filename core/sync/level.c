#include "sync/level.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "sync/kinds.h"
#include "sync/order_read.h"
#include "sync/plain.h"
#include "sync/validate.h"

#define VARIANTS_MAX 2048
#define SMALLEST     0.0005 /* Odoo's quantities are floats */

/* ---- reading ---- */

static json_t *quantity(const json_t *plain, const char *name)
{
    const json_t *row;
    size_t i;

    json_array_foreach(json_at(plain, "quantities"), i, row)
        if (strcmp(json_text_or(row, "name", ""), name) == 0 &&
            json_is_number(json_object_get(row, "quantity")))
            return json_copy(json_object_get(row, "quantity"));
    return json_null();
}

static json_t *variants_of(const json_t *plain)
{
    json_t *list = json_array(), *id;
    const json_t *row;
    size_t i;

    json_array_foreach(json_at(plain, "item.variants"), i, row)
    {
        id = read_id(row, "id");
        if (!json_is_null(id) && i < VARIANTS_MAX)
            json_array_append(list, id);
        json_decref(id);
    }
    id = read_id(plain, "item.variant.id");
    if (json_array_size(list) == 0 && !json_is_null(id))
        json_array_append(list, id);
    json_decref(id);
    return list;
}

/* Told to be false; what is not told is taken as true. */
static bool denied(const json_t *plain, const char *path)
{
    const json_t *value = json_at(plain, path);

    return value != NULL && json_is_false(value);
}

json_t *level_from_shopify(const json_t *node, struct findings *f, struct err *err)
{
    json_auto_t *plain = json_is_object(node) ? plain_of(node) : NULL;
    json_auto_t *level = json_object();
    struct reader in = { .f = f };

    if (plain == NULL) {
        err_set(err, ERR_INVALID, "the level is no JSON object");
        return NULL;
    }
    read_put(level, "item_id", read_id(plain, "item.id"));
    read_put(level, "location_id", read_id(plain, "location.id"));
    read_put(level, "location", read_text(&in, plain, "location.name", 255));
    read_put(level, "sku", read_text(&in, plain, "item.sku", 255));
    read_put(level, "variants", variants_of(plain));
    read_put(level, "tracked", json_boolean(!denied(plain, "item.tracked")));
    read_put(level, "active",
             json_boolean(!denied(plain, "is_active") && !denied(plain, "location.is_active")));
    read_put(level, "available", quantity(plain, "available"));
    read_put(level, "committed", quantity(plain, "committed"));
    read_put(level, "on_hand", quantity(plain, "on_hand"));
    read_put(level, "updated_at", read_time(&in, plain, "updated_at"));
    if (!validate(kind_of("level"), level, f)) {
        if (findings_err(f, err))
            err_set(err, ERR_INVALID, "the level is not whole");
        return NULL;
    }
    return json_incref(level);
}

/* ---- where ---- */

const char *level_location_key(const json_t *level, const struct reference *r,
                               char key[LEVEL_KEY_MAX])
{
    const char *name = json_text(level, "location");

    snprintf(key, LEVEL_KEY_MAX, "%" PRId64, json_int_or(level, "location_id", 0));
    if (reference_mapping(r, "location", key) == NULL && name != NULL &&
        strlen(name) < LEVEL_KEY_MAX - sizeof "location:")
        str_copy(key, LEVEL_KEY_MAX, name);
    return key;
}

bool level_location_wants_name(const json_t *level, const struct reference *r)
{
    char id[LEVEL_KEY_MAX];
    json_t *value;
    const char *key;

    snprintf(id, sizeof id, "%" PRId64, json_int_or(level, "location_id", 0));
    if (json_int_or(level, "location_id", 0) == 0 || json_text(level, "location") != NULL ||
        reference_mapping(r, "location", id) != NULL)
        return false;
    json_object_foreach((json_t *)(uintptr_t)reference_mappings(r, "location"), key, value)
    {
        unsigned long long number;

        if (!str_number(key, INT64_MAX, &number))
            return true;
    }
    return false;
}

/* How many of Shopify's places are mapped to one of Odoo's: by name, their ids apart. */
static size_t shared(const struct reference *r, int64_t place)
{
    size_t names = 0, numbers = 0;
    json_t *value;
    const char *key;

    json_object_foreach((json_t *)(uintptr_t)reference_mappings(r, "location"), key, value)
    {
        unsigned long long id;

        if (reference_stock_place(r, json_string_value(value), NULL) != place)
            continue;
        if (str_number(key, INT64_MAX, &id))
            numbers++;
        else
            names++;
    }
    return names > numbers ? names : numbers;
}

enum level_fate level_place(const json_t *level, const struct reference *r, int64_t *place,
                            char words[LEVEL_WORDS_MAX], struct err *err)
{
    char key[LEVEL_KEY_MAX];
    const char *value = reference_mapping(r, "location", level_location_key(level, r, key)), *name;

    if (!json_flag(level, "tracked")) {
        snprintf(words, LEVEL_WORDS_MAX, "Shopify does not track its quantity: left alone");
        return LEVEL_LEAVE;
    }
    if (!json_flag(level, "active")) {
        snprintf(words, LEVEL_WORDS_MAX, "not stocked at %.100s any more: left alone", key);
        return LEVEL_LEAVE;
    }
    if (value != NULL && strcmp(value, "none") == 0) {
        snprintf(words, LEVEL_WORDS_MAX, "%.100s is mapped to no place of Odoo: left alone", key);
        return LEVEL_LEAVE;
    }
    *place = reference_stock_place(r, value, &name);
    if (*place != 0 && shared(r, *place) < 2)
        return LEVEL_GO;
    if (value == NULL)
        err_set(err, ERR_MISSING, "the location %.100s is not mapped to a warehouse", key);
    else if (*place == 0)
        err_set(err, ERR_MISSING, "the location %.100s is mapped to a place that Odoo lacks", key);
    else
        err_set(err, ERR_REFUSED,
                "several locations are mapped to %.64s: their quantities would overwrite each other",
                name);
    err_about(err, "location", key);
    return LEVEL_REFUSE;
}

json_t *level_places_below(const struct reference *r, int64_t place)
{
    const char *top = reference_location_name(r, place), *name, *key;
    json_t *list = json_array(), *value;

    json_object_foreach((json_t *)(uintptr_t)reference_mappings(r, "location"), key, value)
    {
        int64_t other = reference_stock_place(r, json_string_value(value), &name);

        if (other != 0 && other != place && str_starts(name, top) && name[strlen(top)] == '/')
            json_array_append_new(list, json_integer(other));
    }
    return list;
}

/* ---- what ---- */

json_t *level_product_fields(const json_t *fields)
{
    json_t *list = json_pack("[ssssss]", "id", "default_code", "type", "is_storable", "tracking",
                             "active");

    if (json_object_get(fields, "is_kits") != NULL)
        json_array_append_new(list, json_string("is_kits"));
    return list;
}

enum level_fate level_stocked(const json_t *product, char words[LEVEL_WORDS_MAX])
{
    const char *type = json_text_or(product, "type", "");

    if (json_flag(product, "is_kits") || strcmp(type, "combo") == 0)
        snprintf(words, LEVEL_WORDS_MAX, "a kit in Odoo: its parts are stocked, left alone");
    else if (strcmp(type, "consu") != 0)
        snprintf(words, LEVEL_WORDS_MAX, "a service in Odoo: left alone");
    else if (!json_flag(product, "is_storable"))
        snprintf(words, LEVEL_WORDS_MAX, "Odoo does not track its quantity: left alone");
    else if (!json_flag(product, "active"))
        snprintf(words, LEVEL_WORDS_MAX, "archived in Odoo: left alone");
    else
        return LEVEL_GO;
    return LEVEL_LEAVE;
}

enum level_fate level_product(const json_t *level, const json_t *product, size_t products,
                              char words[LEVEL_WORDS_MAX], struct err *err)
{
    const char *tracking = json_text_or(product, "tracking", "none");
    char item[32];

    if (products > 1) {
        snprintf(item, sizeof item, "%" PRId64, json_int_or(level, "item_id", 0));
        err_set(err, ERR_REFUSED,
                "one stock of Shopify's is %zu products in Odoo: each would get all of it",
                products);
        err_about(err, "item", item);
        return LEVEL_REFUSE;
    }
    if (level_stocked(product, words) == LEVEL_LEAVE)
        return LEVEL_LEAVE;
    if (strcmp(tracking, "none") == 0)
        return LEVEL_GO;
    err_set(err, ERR_REFUSED, "Odoo keeps this product by %s numbers: count it there",
            strcmp(tracking, "lot") == 0 ? "lot" : "serial");
    err_about(err, "sku", json_text_or(level, "sku", "?"));
    return LEVEL_REFUSE;
}

/* ---- how much ---- */

static bool linked(const json_t *quant, const char *field)
{
    const json_t *value = json_object_get(quant, field);

    return json_is_array(value) || (json_is_integer(value) && json_integer_value(value) != 0);
}

static int64_t opening(const json_t *level, struct findings *f)
{
    int64_t sum = json_int_or(level, "available", 0) + json_int_or(level, "committed", 0);
    int64_t more = json_int_or(level, "on_hand", sum) - sum;

    if (sum < 0) {
        findings_add(f, FINDING_FLAG, ERR_INVALID, "",
                     "Shopify holds %" PRId64 " here: Odoo opens with 0, count it", sum);
        return 0;
    }
    if (more > 0)
        findings_add(f, FINDING_NOTE, ERR_INVALID, "",
                     "%" PRId64 " more are on hand in Shopify but not for sale: not brought over",
                     more);
    return sum;
}

static int64_t link_of(const json_t *value)
{
    return json_integer_value(json_is_array(value) ? json_array_get(value, 0) : value);
}

/* Whose quantity a person counts by more than product and place. */
static bool apart(const json_t *quant)
{
    return linked(quant, "lot_id") || linked(quant, "package_id") || linked(quant, "owner_id");
}

/* False: more quants than we write. */
static bool add_write(struct level_plan *plan, int64_t quant, double count)
{
    if (plan->count == LEVEL_WRITES_MAX)
        return false;
    plan->writes[plan->count++] = (struct level_write){ .quant = quant, .count = count };
    return true;
}

/* To a quant of the place itself, or a new one there. */
static bool put_more(struct level_plan *plan, const json_t *quants, int64_t place, double more)
{
    const json_t *quant;
    size_t i;

    json_array_foreach(quants, i, quant)
        if (!apart(quant) && link_of(json_object_get(quant, "location_id")) == place)
            return add_write(plan, json_int_or(quant, "id", 0),
                             json_real_or(quant, "quantity", 0) + more);
    return add_write(plan, 0, more);
}

/* How much of it no order has reserved. */
static double free_of(const json_t *quant)
{
    return fmax(0, json_real_or(quant, "quantity", 0) -
                       fmax(0, json_real_or(quant, "reserved_quantity", 0)));
}

/* First what is free, of all; only what is still too much then is taken from the reserved. */
static bool take_away(struct level_plan *plan, const json_t *quants, double less)
{
    double reserved = less; /* how much of it the free can't give */
    const json_t *quant;
    size_t i;

    json_array_foreach(quants, i, quant) if (!apart(quant)) reserved -= free_of(quant);
    reserved = fmax(0, reserved);
    json_array_foreach(quants, i, quant)
    {
        double quantity = json_real_or(quant, "quantity", 0), free = free_of(quant);
        double part = fmin(less - reserved, free), held = fmin(reserved, fmax(0, quantity) - free);

        if (apart(quant) || part + held < SMALLEST)
            continue;
        if (!add_write(plan, json_int_or(quant, "id", 0), quantity - part - held))
            return false;
        less -= part + held;
        reserved -= held;
    }
    return true;
}

/* Sums up what is there. False: some of it is counted by more than product and place. */
static bool add_up(const json_t *quants, double *there, double *reserved)
{
    const json_t *quant;
    size_t i;

    json_array_foreach(quants, i, quant)
    {
        double quantity = json_real_or(quant, "quantity", 0);

        if (apart(quant) && fabs(quantity) >= SMALLEST)
            return false;
        *there += quantity;
        *reserved += json_real_or(quant, "reserved_quantity", 0);
    }
    return true;
}

bool level_plan(const json_t *level, const json_t *quants, int64_t place, struct level_plan *plan,
                struct findings *f, struct err *err)
{
    const char *sku = json_text_or(level, "sku", "?");
    double reserved = 0, more;
    bool fits;

    *plan = (struct level_plan){ .on_hand = opening(level, f),
                                 .none = json_array_size(quants) == 0 };
    if (!add_up(quants, &plan->there, &reserved)) {
        err_set(err, ERR_REFUSED,
                "Odoo keeps this stock by lot, package or owner: count it there");
        err_about(err, "sku", sku);
        return false;
    }
    more = (double)plan->on_hand - plan->there;
    plan->same = fabs(more) < SMALLEST;
    if (plan->same)
        return true;
    fits = more > 0 ? put_more(plan, quants, place, more) : take_away(plan, quants, -more);
    if (!fits) {
        err_set(err, ERR_REFUSED, "Odoo has it in more than %d places there: count it there",
                LEVEL_WRITES_MAX);
        err_about(err, "sku", sku);
        return false;
    }
    if (reserved > (double)plan->on_hand + SMALLEST)
        findings_add(f, FINDING_FLAG, ERR_CONFLICT, "",
                     "orders in Odoo have reserved %.15g, more than there will be: Odoo takes the"
                     " rest back",
                     reserved);
    return true;
}
