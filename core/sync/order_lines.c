/* The lines of an order: what was bought, at what price, with which discounts and taxes. */
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "sync/order.h"
#include "sync/order_read.h"
#include "sync/text.h"

#define TAX_LINES_MAX 32

json_t *read_taxes(struct reader *in, const json_t *from)
{
    json_t *list = json_array();
    const json_t *row;
    size_t i;

    json_array_foreach(json_at(from, "tax_lines"), i, row)
    {
        char rate[32];
        int64_t minor;

        if (i >= TAX_LINES_MAX) {
            read_refuse(in, "", "more taxes on a line than we can book");
            break;
        }
        read_amount(in, row, "price_set", "price", &minor);
        if (!text_rate(json_at(row, "rate"), rate, sizeof rate)) {
            if (minor != 0)
                read_refuse(in, "", "a tax line has no rate");
            continue;
        }
        json_array_append_new(list,
                              json_pack("{sosssIsb}", "title", read_text(in, row, "title", 128),
                                        "rate", rate, "amount", (json_int_t)minor, "liable",
                                        json_flag(row, "channel_liable")));
    }
    return list;
}

/* Sum of the allocations; the list keeps each with the number of its discount. */
static int64_t allocations(struct reader *in, const json_t *from, json_t *list)
{
    const json_t *row;
    int64_t sum = 0;
    size_t i;

    json_array_foreach(json_at(from, "discount_allocations"), i, row)
    {
        int64_t minor;

        if (!read_amount(in, row, "amount_set", "amount", &minor) || i >= READ_LIST_MAX)
            continue;
        sum += minor;
        json_array_append_new(
            list, json_pack("{sIsI}", "amount", (json_int_t)minor, "index",
                            (json_int_t)json_int_or(row, "discount_application_index", 0)));
    }
    return sum;
}

/* A tip has no variant and no product: by its own mark, or by its name when the order has tips. */
static bool is_tip(const json_t *item, bool tips)
{
    const char *title = json_text_or(item, "title", "");

    if (json_at(item, "tip") != NULL)
        return true;
    return tips && json_at(item, "variant_id") == NULL && json_at(item, "product_id") == NULL &&
           strcasecmp(title, "tip") == 0;
}

static bool quantities(struct reader *in, const json_t *item, int64_t *ordered, int64_t *current)
{
    if (!json_int(item, "quantity", ordered)) {
        read_refuse(in, "", "a line has no quantity");
        return false;
    }
    *current = json_int_or(item, "current_quantity", *ordered);
    if (*ordered < 0 || *current < 0) {
        read_refuse(in, "", "a line has a negative quantity");
        return false;
    }
    if (*ordered > READ_QUANTITY_MAX || *current > READ_QUANTITY_MAX) {
        read_refuse(in, "", "a line has more than 1,000,000 pieces");
        return false;
    }
    return true;
}

static int64_t duty_of(struct reader *in, const json_t *item)
{
    const json_t *row;
    int64_t sum = 0;
    size_t i;

    json_array_foreach(json_at(item, "duties"), i, row)
    {
        int64_t minor;

        if (read_amount(in, row, "", NULL, &minor) || read_amount(in, row, "price", NULL, &minor) ||
            read_amount(in, row, "price_set", NULL, &minor))
            sum += minor;
    }
    return sum;
}

/* unit, gross, discount and amount of a line; false refuses it. */
static bool prices_of(struct reader *in, const json_t *item, json_t *line, int64_t ordered)
{
    json_t *discounts = json_array();
    int64_t unit, gross, discount;

    read_put(line, "discounts", discounts);
    if (!read_amount(in, item, "price_set", "price", &unit)) {
        read_refuse(in, "", "a line has no price");
        return false;
    }
    if (__builtin_mul_overflow(ordered, unit, &gross) || gross > READ_AMOUNT_MAX ||
        gross < -READ_AMOUNT_MAX) {
        read_refuse(in, "", "a line's amount is beyond all reason");
        return false;
    }
    discount = allocations(in, item, discounts);
    if (json_array_size(discounts) == 0)
        read_amount(in, item, "total_discount_set", "total_discount", &discount);
    if (discount < 0 || (discount > gross && gross >= 0))
        findings_add(in->f, FINDING_HOLD, ERR_REFUSED, "",
                     "a line's discount is larger than its price");
    read_put_int(line, "unit_price", unit);
    read_put_int(line, "gross", gross);
    read_put_int(line, "discount", discount);
    read_put_int(line, "amount", gross - discount);
    return true;
}

static json_t *line_of(struct reader *in, const json_t *item, bool tips)
{
    json_t *line = json_object();
    int64_t ordered, current;

    read_put(line, "id", read_id(item, "id"));
    if (json_is_null(json_object_get(line, "id")))
        read_refuse(in, "", "a line has no id");
    read_put(line, "product_id", read_id(item, "product_id"));
    read_put(line, "variant_id", read_id(item, "variant_id"));
    read_put(line, "sku", read_text(in, item, "sku", 255));
    read_put(line, "title", read_text(in, item, "title", 512));
    read_put(line, "variant_title", read_text(in, item, "variant_title", 512));
    read_put(line, "vendor", read_text(in, item, "vendor", 255));
    if (!quantities(in, item, &ordered, &current) || !prices_of(in, item, line, ordered)) {
        json_decref(line);
        return NULL;
    }
    read_put_int(line, "quantity", ordered);
    read_put_int(line, "current", current);
    read_put(line, "gift_card", read_flag(item, "gift_card"));
    read_put(line, "tip", json_boolean(is_tip(item, tips)));
    read_put(line, "requires_shipping", read_flag(item, "requires_shipping"));
    read_put(line, "taxable", read_flag(item, "taxable"));
    read_put(line, "properties", read_pairs(in, json_at(item, "properties")));
    read_put(line, "taxes", read_taxes(in, item));
    read_put_int(line, "duty", duty_of(in, item));
    return line;
}

json_t *read_lines(struct reader *in, const json_t *payload)
{
    const json_t *list = json_at(payload, "line_items"), *item;
    json_t *out = json_array();
    int64_t tip;
    size_t i;

    read_amount(in, payload, "total_tip_received_set", "total_tip_received", &tip);
    if (json_array_size(list) > ORDER_LINES_MAX)
        read_refuse(in, "", "more than 1000 lines");
    json_array_foreach(list, i, item)
    {
        json_t *line = i < ORDER_LINES_MAX ? line_of(in, item, tip > 0) : NULL;

        if (line != NULL)
            json_array_append_new(out, line);
    }
    if (json_array_size(list) == 0)
        findings_add(in->f, FINDING_FLAG, ERR_INVALID, "", "the order has no lines");
    return out;
}

json_t *read_shipping(struct reader *in, const json_t *payload)
{
    json_t *out = json_array(), *line;
    const json_t *item;
    size_t i;

    json_array_foreach(json_at(payload, "shipping_lines"), i, item)
    {
        json_auto_t *spent = json_array();
        int64_t price, discount, left;

        if (json_flag(item, "is_removed") || i >= 20)
            continue;
        read_amount(in, item, "price_set", "price", &price);
        discount = allocations(in, item, spent);
        if (json_array_size(spent) == 0 &&
            read_amount(in, item, "discounted_price_set", "discounted_price", &left) && left > 0)
            discount = price - left;
        line = json_object();
        read_put(line, "id", read_id(item, "id"));
        read_put(line, "title", read_text(in, item, "title", 255));
        read_put(line, "code", read_text(in, item, "code", 255));
        read_put(line, "source", read_text(in, item, "source", 255));
        read_put(line, "carrier", read_text(in, item, "carrier_identifier", 255));
        read_put_int(line, "price", price);
        read_put_int(line, "discount", discount);
        read_put_int(line, "amount", price - discount);
        if (!read_amount(in, item, "current_discounted_price_set", NULL, &left))
            left = price - discount;
        read_put_int(line, "current", left);
        read_put(line, "taxes", read_taxes(in, item));
        json_array_append_new(out, line);
    }
    return out;
}
