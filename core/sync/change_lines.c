/*
 * The lines of an order that is in Odoo: which of Odoo's belongs to which of Shopify's, and what
 * of it has to be written. What Shopify left alone is left alone, and what Odoo has already is
 * not written again, so that all of it can be repeated.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "sync/change_work.h"
#include "sync/diff.h"
#include "sync/order_plan.h"
#include "sync/order_to_odoo.h"

static const struct priced_line *find_line(const struct priced *p, const char *key)
{
    for (size_t i = 0; p != NULL && i < p->count; i++)
        if (strcmp(p->list[i].key, key) == 0)
            return &p->list[i];
    return NULL;
}

static bool same_line(const struct priced_line *a, const struct priced_line *b)
{
    if (a->product != b->product || a->sums.quantity != b->sums.quantity ||
        a->sums.price != b->sums.price || a->sums.discount != b->sums.discount ||
        a->sums.taxes != b->sums.taxes)
        return false;
    for (size_t i = 0; i < a->sums.taxes; i++)
        if (a->sums.tax[i].id != b->sums.tax[i].id)
            return false;
    return true;
}

/* ---- as Odoo has them ---- */

static int64_t line_id(const struct change_work *w, const char *key)
{
    return json_integer_value(json_object_get(w->ids, key));
}

static const json_t *seen_line(const struct change_work *w, int64_t id)
{
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(w->odoo, "order_line"), i, row)
        if (json_int_or(row, "id", -1) == id)
            return row;
    return NULL;
}

static bool number_is(const json_t *row, const char *field, int digits, int64_t wanted)
{
    int64_t found;

    return json_is_number(json_object_get(row, field)) &&
           money_from_double(json_real_or(row, field, 0), digits, &found) && found == wanted;
}

static bool same_taxes(const json_t *row, const struct priced_line *line)
{
    const json_t *taxes = json_object_get(row, "tax_id"), *tax;
    size_t i, found = 0;

    json_array_foreach(taxes, i, tax)
        for (size_t k = 0; k < line->sums.taxes; k++)
            found += line->sums.tax[k].id == json_integer_value(tax);
    return json_is_array(taxes) && found == line->sums.taxes && json_array_size(taxes) == found;
}

/* Odoo has the line as it is to be. */
static bool is_there(const struct change_work *w, const struct priced_line *line, int64_t id)
{
    const json_t *row = seen_line(w, id);

    return row != NULL && json_int_or(row, "product_id", 0) == line->product &&
           number_is(row, "product_uom_qty", 0, line->sums.quantity) &&
           number_is(row, "price_unit", w->after->rules.price_digits, line->sums.price) &&
           number_is(row, "discount", 2, line->sums.discount) && same_taxes(row, line);
}

/* On the placeholder, or moved by a person: Odoo's product is not the one that it means. */
static bool other_product(const struct change_work *w, const struct priced_line *line)
{
    int64_t there = json_int_or(seen_line(w, line_id(w, line->key)), "product_id", 0);

    return there != 0 && there != line->product && change_is_quotation(w);
}

/* ---- which is which, when it is not known ---- */

static bool taken(const struct change_work *w, int64_t id)
{
    const char *key;
    json_t *known;

    json_object_foreach(w->ids, key, known)
        if (json_integer_value(known) == id)
            return true;
    return false;
}

/* The first free line of Odoo's with that product, exactly as it is to be or not. */
static int64_t free_line(const struct change_work *w, const struct priced_line *line, bool exactly)
{
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(w->odoo, "order_line"), i, row) {
        int64_t id = json_int_or(row, "id", 0);

        if (json_int_or(row, "product_id", 0) == line->product && !taken(w, id) &&
            (!exactly || is_there(w, line, id)))
            return id;
    }
    return 0;
}

/* Made by a run that did not come to its end: by likeness; what is like nothing has to go. */
static void recognise(struct change_work *w)
{
    const json_t *row;
    size_t i;
    char key[48];

    for (int exactly = 1; exactly >= 0; exactly--)
        for (size_t n = 0; n < w->after->count; n++) {
            const struct priced_line *line = &w->after->list[n];
            int64_t id = line_id(w, line->key) == 0 ? free_line(w, line, exactly) : 0;

            if (id != 0)
                json_object_set_new(w->ids, line->key, json_integer(id));
        }
    json_array_foreach(json_object_get(w->odoo, "order_line"), i, row) {
        int64_t id = json_int_or(row, "id", 0);

        if (json_int_or(row, "product_id", 0) == 0 || taken(w, id))
            continue; /* without product: a heading, a person's */
        snprintf(key, sizeof key, "stale:%" PRId64, id);
        json_object_set_new(w->ids, key, json_integer(id));
    }
}

/* ---- what changes ---- */

static void command(struct change_work *w, json_t *one)
{
    json_t *list = json_object_get(w->values, "order_line");

    if (list == NULL) {
        list = json_array();
        json_object_set_new(w->values, "order_line", list);
    }
    json_array_append_new(list, one);
}

static json_t *line_values(const struct change_work *w, const struct priced_line *line)
{
    char price[MONEY_TEXT_MAX], discount[MONEY_TEXT_MAX];
    json_t *taxes = json_array();

    for (size_t i = 0; i < line->sums.taxes; i++)
        json_array_append_new(taxes, json_integer(line->sums.tax[i].id));
    return json_pack("{sIsssss[[iio]]}", "product_uom_qty", (json_int_t)line->sums.quantity,
                     "price_unit", priced_price(w->after, line, price), "discount",
                     priced_discount(line, discount), "tax_id", 6, 0, taxes);
}

/* "line:12:rest" -> shopify_<shop>.line_12_rest; "rounding" -> shopify_<shop>.order_7_rounding */
static void line_xmlid(const struct change_work *w, const char *key, char *to, size_t size)
{
    char name[96];

    if (str_starts(key, "line:"))
        str_copy(name, sizeof name, key + 5);
    else
        snprintf(name, sizeof name, "%" PRId64 "_%s", json_int_or(w->order, "id", 0), key);
    for (char *p = name; *p != '\0'; p++)
        if (*p == ':')
            *p = '_';
    plan_xmlid(to, size, w->shopkey, str_starts(key, "line:") ? "line" : "order", name);
}

static void add_line(struct change_work *w, const struct priced_line *line, size_t place)
{
    char xmlid[160], price[MONEY_TEXT_MAX], discount[MONEY_TEXT_MAX];

    line_xmlid(w, line->key, xmlid, sizeof xmlid);
    json_array_append_new(
        w->loads,
        json_pack("[soooosssoo]", xmlid, json_sprintf("%" PRId64, json_int_or(w->odoo, "id", 0)),
                  json_sprintf("%zu", place), json_sprintf("%" PRId64, line->product),
                  json_sprintf("%" PRId64, line->sums.quantity),
                  priced_price(w->after, line, price), priced_discount(line, discount),
                  line->delivery ? "1" : "", priced_taxes(line),
                  priced_text(w->after, line, w->r)));
    json_array_append_new(w->keys, json_string(line->key));
}

static void change_line(struct change_work *w, size_t i)
{
    const struct priced_line *line = &w->after->list[i], *old = find_line(w->before, line->key);
    int64_t id = line_id(w, line->key);
    bool moved = old == NULL || !same_line(old, line) || other_product(w, line);
    json_t *values;

    if (id == 0) {
        add_line(w, line, i + 1);
        return;
    }
    if (!moved || is_there(w, line, id))
        return;
    values = line_values(w, line);
    if (old == NULL || old->product != line->product || other_product(w, line)) {
        json_object_set_new(values, "product_id", json_integer(line->product));
        json_object_set_new(values, "name", priced_text(w->after, line, w->r));
    }
    command(w, json_pack("[iIo]", 1, (json_int_t)id, values));
}

/* What is no more: of a sale it stays with quantity 0, a quotation's line goes. */
static void drop_line(struct change_work *w, const char *key)
{
    int64_t id = line_id(w, key);

    if (id == 0 || find_line(w->after, key) != NULL)
        return;
    if (change_is_quotation(w))
        command(w, json_pack("[iI]", 2, (json_int_t)id));
    else if (!number_is(seen_line(w, id), "product_uom_qty", 0, 0))
        command(w, json_pack("[iI{si}]", 1, (json_int_t)id, "product_uom_qty", 0));
}

bool change_lines_moved(const struct change_work *w)
{
    if (w->after == NULL)
        return false;
    if (w->before == NULL || w->before->count != w->after->count)
        return true;
    for (size_t i = 0; i < w->after->count; i++) {
        const struct priced_line *old = find_line(w->before, w->after->list[i].key);

        if (old == NULL || !same_line(old, &w->after->list[i]) ||
            other_product(w, &w->after->list[i]))
            return true;
    }
    return false;
}

static bool decided_by_a_person(struct change_work *w)
{
    bool refunded = order_is_refunded(w->order), gone = json_flag(w->odoo, "delivered");

    if (!gone && !json_flag(w->odoo, "invoiced"))
        return false;
    if (refunded)
        change_conflict(w, gone ? "refunded in Shopify, but goods were shipped"
                                : "refunded in Shopify after it was invoiced");
    else
        change_conflict(w, gone ? "edited in Shopify after goods were shipped"
                                : "edited in Shopify after it was invoiced");
    return true;
}

bool change_lines(struct change_work *w)
{
    const char *key;
    json_t *id;

    if (!change_lines_moved(w))
        return true;
    w->left = decided_by_a_person(w);
    if (w->left)
        return false;
    if (w->agreed == NULL)
        recognise(w);
    for (size_t i = 0; i < w->after->count; i++)
        change_line(w, i);
    json_object_foreach(w->ids, key, id) drop_line(w, key);
    return true;
}

json_t *change_load(const struct change_work *w)
{
    if (json_array_size(w->loads) == 0)
        return NULL;
    return json_pack("{sssss[ssssssssss]sOsOs{sssbsb}}", "model", "sale.order.line", "method",
                     "load", "fields", "id", "order_id/.id", "sequence", "product_id/.id",
                     "product_uom_qty", "price_unit", "discount", "is_delivery", "tax_id/.id",
                     "name", "rows", w->loads, "keys", w->keys, "context", "mode", "update",
                     "noupdate", 1, "tracking_disable", 1);
}

json_t *change_result_lines(const struct change_work *w)
{
    json_t *lines = plan_lines(w->after), *row;
    size_t i;

    json_array_foreach(lines, i, row) {
        int64_t id = line_id(w, json_text_or(row, "key", ""));

        if (id != 0)
            json_object_set_new(row, "id", json_integer(id));
    }
    return lines;
}

/* ---- prices ---- */

/* What of a line, or of the shipping, is left after edits and refunds. */
static bool same_pieces(const json_t *a, const json_t *b)
{
    const json_t *line;
    size_t i;

    if (json_array_size(a) != json_array_size(b))
        return false;
    json_array_foreach(a, i, line) {
        const json_t *other = json_array_get(b, i);

        if (!diff_equal(json_object_get(line, "id"), json_object_get(other, "id")) ||
            !diff_equal(json_object_get(line, "current"), json_object_get(other, "current")))
            return false;
    }
    return true;
}

/*
 * Money that went back is the matter of refunds, which have a flow of their own. Pieces that were
 * taken back before they were shipped must not be shipped: the lines follow.
 */
static bool lines_follow(struct change_work *w)
{
    const json_t *was = w->agreed, *is = w->order;

    if (!order_is_refunded(is))
        return true;
    if (!diff_equal(json_object_get(was, "refunds"), json_object_get(is, "refunds")))
        findings_add(w->f, FINDING_FLAG, ERR_CONFLICT, "",
                     "refunded in Shopify: what was paid back is not in Odoo yet");
    return !change_is_shipped(w) &&
           !(same_pieces(json_object_get(was, "lines"), json_object_get(is, "lines")) &&
             same_pieces(json_object_get(was, "shipping_lines"),
                         json_object_get(is, "shipping_lines")));
}

bool change_price(struct change_work *w, struct err *err)
{
    struct findings quiet; /* what the old one lacked is no news */

    findings_init(&quiet);
    if (w->agreed == NULL) {
        w->after = order_price(w->order, order_books_current(w->order), w->r, w->resolved, w->f,
                               err);
        return w->after != NULL;
    }
    w->before = order_price(w->agreed, true, w->r, w->resolved, &quiet, NULL);
    if (lines_follow(w)) {
        w->after = order_price(w->order, true, w->r, w->resolved, w->f, err);
        return w->after != NULL;
    }
    w->after = order_price(w->agreed, true, w->r, w->resolved, &quiet, NULL);
    return true;
}
