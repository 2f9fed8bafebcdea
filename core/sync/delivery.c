#include "sync/delivery.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/str.h"
#include "sync/text.h"

#define NUMBERS_MAX 20

static const char *const companies[] = {
#define COMPANY(name) name,
#include "sync/companies.def"
#undef COMPANY
};

/* "gid://shopify/LineItem/12" -> "12" */
static const char *tail(const json_t *row, const char *path)
{
    const char *gid = json_text_or(row, path, ""), *slash = strrchr(gid, '/');

    return slash != NULL ? slash + 1 : gid;
}

static void add(json_t *sums, const char *key, int64_t pieces)
{
    json_object_set_new(sums, key, json_integer(json_integer_value(json_object_get(sums, key)) + pieces));
}

int64_t delivery_pieces(const json_t *wanted)
{
    const char *key;
    json_t *value;
    int64_t sum = 0;

    json_object_foreach((json_t *)(uintptr_t)wanted, key, value)
        sum += json_integer_value(value);
    return sum;
}

/* ---- what has left ---- */

/* The agreed line of a line of Odoo's, if it stands for one of the shop's: "line:12:rest" too. */
static const json_t *line_of(const json_t *lines, int64_t id)
{
    const json_t *line;
    size_t i;

    json_array_foreach(lines, i, line)
        if (json_int_or(line, "id", 0) == id && str_starts(json_text_or(line, "key", ""), "line:"))
            return line;
    return NULL;
}

json_t *delivery_wanted(const json_t *moves, const json_t *lines, struct err *err)
{
    json_auto_t *wanted = json_object();
    const json_t *move;
    size_t i;

    json_array_foreach(moves, i, move) {
        const json_t *line = line_of(lines, json_int_or(move, "sale_line_id.0", 0));
        double quantity = json_real_or(move, "quantity", 0);
        char key[32];

        if (line == NULL || quantity <= 0)
            continue;
        if (json_int_or(line, "product", 0) != json_int_or(move, "product_id.0", -1)) {
            err_set(err, ERR_REFUSED, "what left is a part of a kit or another product: tell the shop by hand");
            return NULL;
        }
        if (quantity > 1e9 || fabs(quantity - round(quantity)) > 1e-6) {
            err_set(err, ERR_REFUSED, "a part of a piece has left (%.3f): the shop counts whole ones", quantity);
            return NULL;
        }
        snprintf(key, sizeof key, "%lld",
                 strtoll(json_text_or(line, "key", "") + strlen("line:"), NULL, 10));
        add(wanted, key, (int64_t)round(quantity));
    }
    return json_incref(wanted);
}

/* ---- what the shop knows ---- */

static bool counts(const json_t *fulfilment)
{
    const char *status = json_text_or(fulfilment, "status", "");

    return strcmp(status, "CANCELLED") != 0 && strcmp(status, "ERROR") != 0 &&
           strcmp(status, "FAILURE") != 0;
}

static bool same_pieces(const json_t *fulfilment, const json_t *wanted)
{
    json_auto_t *is = json_object();
    const json_t *row;
    size_t i;

    json_array_foreach(json_at(fulfilment, "fulfillmentLineItems.nodes"), i, row)
        add(is, tail(row, "lineItem.id"), json_int_or(row, "quantity", 0));
    return json_equal(is, wanted);
}

static bool same_number(const json_t *fulfilment, const char *number)
{
    const char *is = json_text_or(fulfilment, "trackingInfo.0.number", "");

    return is[0] == '\0' || number[0] == '\0' || str_starts(number, is);
}

int64_t delivery_find(const json_t *order, const json_t *wanted, const json_t *taken,
                      const char *number, int64_t after)
{
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(order, "fulfillments"), i, row) {
        const char *id = tail(row, "id");
        int64_t value = strtoll(id, NULL, 10);

        if (value != 0 && json_object_get(taken, id) == NULL && counts(row) &&
            same_pieces(row, wanted) && ((after >= 0 && value > after) || same_number(row, number)))
            return value;
    }
    return 0;
}

int64_t delivery_newest(const json_t *order)
{
    const json_t *row;
    int64_t newest = 0;
    size_t i;

    json_array_foreach(json_object_get(order, "fulfillments"), i, row) {
        int64_t id = strtoll(tail(row, "id"), NULL, 10);

        newest = id > newest ? id : newest;
    }
    return newest;
}

/* ---- the plan ---- */

/* Why pieces can't be told, the gravest last. */
enum bar { BAR_NONE, BAR_HELD, BAR_STATE, BAR_PLACE };

struct plan {
    const json_t *places;
    json_t *left;       /* {"LINE": pieces} */
    json_t *items;
    const char *from;   /* the location they leave from; NULL: none yet */
    int64_t pieces;
    enum bar bar;
    const json_t *barred; /* its fulfilment order */
};

static enum bar bar_of(const struct plan *p, const json_t *order)
{
    const char *status = json_text_or(order, "status", ""), *place = tail(order, "assignedLocation.location.id");
    const json_t *action;
    size_t i;

    if (strcmp(status, "ON_HOLD") == 0 || strcmp(status, "SCHEDULED") == 0)
        return BAR_HELD;
    if (!json_is_true(json_object_get(p->places, place)) || (p->from != NULL && strcmp(p->from, place) != 0))
        return BAR_PLACE;
    json_array_foreach(json_object_get(order, "supportedActions"), i, action)
        if (strcmp(json_text_or(action, "action", ""), "CREATE_FULFILLMENT") == 0)
            return BAR_NONE;
    return BAR_STATE;
}

static void take_order(struct plan *p, const json_t *order)
{
    json_auto_t *rows = json_array();
    enum bar bar = bar_of(p, order);
    const json_t *item;
    size_t i;

    json_array_foreach(json_at(order, "lineItems.nodes"), i, item) {
        const char *line = tail(item, "lineItem.id");
        int64_t want = json_integer_value(json_object_get(p->left, line));
        int64_t take = json_int_or(item, "remainingQuantity", 0);

        take = take < want ? take : want;
        if (take <= 0)
            continue;
        if (bar != BAR_NONE) {
            p->barred = bar > p->bar ? order : p->barred;
            p->bar = bar > p->bar ? bar : p->bar;
            continue;
        }
        add(p->left, line, -take);
        p->pieces += take;
        json_array_append_new(rows, json_pack("{sO sI}", "id", json_object_get(item, "id"),
                                              "quantity", (json_int_t)take));
    }
    if (json_array_size(rows) == 0)
        return;
    p->from = tail(order, "assignedLocation.location.id");
    json_array_append_new(p->items, json_pack("{sO sO}", "fulfillmentOrderId",
                                              json_object_get(order, "id"),
                                              "fulfillmentOrderLineItems", rows));
}

static enum delivery_fate barred(const struct plan *p, struct err *err)
{
    const char *place = json_text_or(p->barred, "assignedLocation.name", "?");
    const char *status = json_text_or(p->barred, "status", "?");

    if (p->bar == BAR_HELD) {
        err_set(err, ERR_BUSY, strcmp(status, "SCHEDULED") == 0
                                   ? "the shop sends it later by plan: the delivery waits"
                                   : "the shop has it on hold (%.60s): the delivery waits",
                json_text_or(p->barred, "fulfillmentHolds.0.reason", "no reason"));
        return DELIVERY_WAIT;
    }
    if (p->bar == BAR_STATE) {
        err_set(err, ERR_REFUSED, "the fulfilment order at %.80s is %.40s: the shop lets nobody fulfil it",
                place, status);
        return DELIVERY_REFUSED;
    }
    err_set(err, ERR_REFUSED, "the shop sends it from %.80s, and the delivery left another place",
            place);
    err_about(err, "location", tail(p->barred, "assignedLocation.location.id"));
    return DELIVERY_REFUSED;
}

enum delivery_fate delivery_plan(const json_t *order, const json_t *wanted, const json_t *places,
                                 json_t **items, int64_t *pieces, struct err *err)
{
    json_auto_t *left = json_deep_copy(wanted), *list = json_array();
    struct plan p = { .places = places, .left = left, .items = list };
    const json_t *one;
    size_t i;

    *pieces = 0;
    if (json_text(order, "cancelledAt") != NULL) {
        err_set(err, ERR_REFUSED, "the order is cancelled in the shop, and its goods have left Odoo");
        return DELIVERY_REFUSED;
    }
    json_array_foreach(json_at(order, "fulfillmentOrders.nodes"), i, one)
        take_order(&p, one);
    if (delivery_pieces(left) > 0 && p.bar != BAR_NONE)
        return barred(&p, err);
    if (p.pieces == 0)
        return DELIVERY_NOTHING;
    *pieces = p.pieces;
    *items = json_incref(list);
    return DELIVERY_SEND;
}

/* ---- tracking ---- */

static const char *company_of(const char *carrier, const struct reference *r, struct findings *f)
{
    char key[TEXT_KEY_MAX], thing[ERR_THING_MAX];
    const char *mapped = reference_mapping(r, "tracking", text_key(key, carrier));

    if (mapped != NULL)
        return mapped;
    for (size_t i = 0; i < sizeof companies / sizeof companies[0]; i++)
        if (strcasecmp(companies[i], carrier) == 0)
            return companies[i];
    snprintf(thing, sizeof thing, "tracking:%s", key);
    findings_add(f, FINDING_FLAG, ERR_MISSING, thing,
                 "the carrier \"%.80s\" has no name in the shop: told as Other", carrier);
    return "Other";
}

/* "1, 2" -> ["1", "2"] */
static json_t *numbers_of(const char *text)
{
    char copy[DELIVERY_NUMBER_MAX * 4 + 1], *rest = copy, *one;
    json_t *list = json_array();

    str_copy(copy, sizeof copy, text);
    while ((one = strsep(&rest, ",;")) != NULL && json_array_size(list) < NUMBERS_MAX) {
        size_t len;

        one += strspn(one, " \t");
        len = strlen(one);
        while (len > 0 && (one[len - 1] == ' ' || one[len - 1] == '\t'))
            len--;
        if (len > 0)
            json_array_append_new(list, json_stringn(one, len));
    }
    return list;
}

json_t *delivery_tracking(const char *carrier, const char *number, const struct reference *r,
                          struct findings *f, struct err *err)
{
    json_auto_t *numbers = NULL;
    const char *company;
    size_t characters = 0;
    json_t *info;

    for (const char *p = number; *p != '\0'; p++)
        characters += ((unsigned char)*p & 0xC0) != 0x80;
    if (characters > DELIVERY_NUMBER_MAX) {
        err_set(err, ERR_REFUSED, "the tracking reference has %zu characters, the shop takes %d: shorten it in Odoo",
                characters, DELIVERY_NUMBER_MAX);
        return NULL;
    }
    numbers = numbers_of(number);
    if (json_array_size(numbers) == 0)
        return NULL;
    company = carrier[0] != '\0' ? company_of(carrier, r, f) : "Other";
    info = json_object();
    if (strcmp(company, "none") != 0)
        json_object_set_new(info, "company", json_stringn(company, strnlen(company, DELIVERY_COMPANY_MAX)));
    if (json_array_size(numbers) == 1)
        json_object_set(info, "number", json_array_get(numbers, 0));
    else
        json_object_set(info, "numbers", numbers);
    return info;
}
