#include "sync/order.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/money.h"
#include "base/str.h"
#include "base/when.h"
#include "sync/kinds.h"
#include "sync/text.h"
#include "sync/validate.h"

#define QUANTITY_MAX 1000000
#define AMOUNT_MAX INT64_C(9000000000000000)
#define TAX_LINES_MAX 32
#define LIST_MAX 250

/* What one reading needs at every step. */
struct reader {
    const struct reference *r;
    struct findings *f;
    const char *currency; /* of the chosen side */
    int digits;
    bool presentment; /* the chosen side */
    bool one_money;   /* both sides are one currency */
    bool cleaned;     /* something was taken out of a text */
    bool refused;
};

static void refuse(struct reader *in, const char *thing, const char *what)
{
    in->refused = true;
    findings_add(in->f, FINDING_REFUSE, ERR_INVALID, thing, "%s", what);
}

/* ---- small values ---- */

static json_t *clean(struct reader *in, const json_t *from, const char *path, size_t limit)
{
    return text_clean(json_text(from, path), limit, false, &in->cleaned);
}

static json_t *flag(const json_t *from, const char *path)
{
    return json_boolean(json_flag(from, path));
}

/* An id, or null. Ids are integers up to 2^63 - 1; text of digits is understood. */
static json_t *id_of(const json_t *from, const char *path)
{
    const json_t *value = json_at(from, path);
    const char *text = json_string_value(value);
    unsigned long long n;

    if (text != NULL && strrchr(text, '/') != NULL)
        text = strrchr(text, '/') + 1;
    if (text != NULL && str_number(text, INT64_MAX, &n) && n > 0)
        return json_integer((json_int_t)n);
    if (json_is_integer(value) && json_integer_value(value) > 0)
        return json_integer(json_integer_value(value));
    return json_null();
}

static json_t *time_of(struct reader *in, const json_t *from, const char *path)
{
    const char *text = json_text(from, path);
    when at;

    if (text == NULL)
        return json_null();
    if (when_parse_iso(text, &at) && at > 0)
        return json_integer(at);
    findings_add(in->f, FINDING_FLAG, ERR_INVALID, "", "%s is no time", path);
    return json_null();
}

static json_t *lower(const char *text, size_t limit)
{
    json_t *value = text_clean(text, limit, false, NULL);
    char word[128];
    size_t i = 0;

    if (!json_is_string(value))
        return value;
    for (const char *p = json_string_value(value); *p != '\0' && i + 1 < sizeof word; p++)
        word[i++] = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
    word[utf8_cut(word, i)] = '\0';
    json_decref(value);
    word[i] = '\0';
    return json_string(word);
}

/* ---- amounts ---- */

/* The text of an amount on the chosen side: of a money bag, else of a plain field. */
static const char *amount_text(struct reader *in, const json_t *from, const char *bag,
                               const char *plain)
{
    const json_t *set = json_at(from, bag);
    const char *text = json_text(set, in->presentment ? "presentment_money.amount" :
                                                        "shop_money.amount");

    if (text != NULL || plain == NULL)
        return text;
    text = json_text(from, plain);
    if (text != NULL && in->presentment && !in->one_money && strpbrk(text, "123456789") != NULL) {
        findings_add(in->f, FINDING_FLAG, ERR_INVALID, "", "%s is given in shop money only",
                     plain);
        return NULL;
    }
    return text;
}

/* False: not there; *minor is 0 then. What is no amount refuses the order. */
static bool amount(struct reader *in, const json_t *from, const char *bag, const char *plain,
                   int64_t *minor)
{
    const char *text = amount_text(in, from, bag, plain);
    bool exact = true;
    char what[160];

    *minor = 0;
    if (text == NULL)
        return false;
    if (!money_parse(text, in->digits, minor, &exact)) {
        snprintf(what, sizeof what, "%s is no amount", plain != NULL ? plain : bag);
        refuse(in, "", what);
        return false;
    }
    if (!exact)
        findings_add(in->f, FINDING_FLAG, ERR_INVALID, "", "%s has more than %d decimals",
                     plain != NULL ? plain : bag, in->digits);
    return true;
}

/* Without memory a key stays away, which validate finds. */
static void put(json_t *to, const char *key, json_t *value)
{
    json_object_set_new(to, key, value);
}

static void put_int(json_t *to, const char *key, int64_t number)
{
    json_object_set_new(to, key, json_integer(number));
}

static void put_amount(json_t *to, const char *key, struct reader *in, const json_t *from,
                       const char *bag, const char *plain)
{
    int64_t minor;
    bool there = amount(in, from, bag, plain, &minor);

    put(to, key, there ? json_integer(minor) : json_null());
}

/* ---- taxes and discounts ---- */

static json_t *taxes_of(struct reader *in, const json_t *from)
{
    json_t *list = json_array();
    const json_t *row;
    size_t i;

    json_array_foreach(json_at(from, "tax_lines"), i, row)
    {
        char rate[32];
        int64_t minor;

        if (i >= TAX_LINES_MAX) {
            refuse(in, "", "more taxes on a line than we can book");
            break;
        }
        amount(in, row, "price_set", "price", &minor);
        if (!text_rate(json_at(row, "rate"), rate, sizeof rate)) {
            if (minor != 0)
                refuse(in, "", "a tax line has no rate");
            continue;
        }
        json_array_append_new(
            list, json_pack("{sosssIsb}", "title", clean(in, row, "title", 128), "rate", rate,
                            "amount", (json_int_t)minor, "liable",
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

        if (!amount(in, row, "amount_set", "amount", &minor) || i >= LIST_MAX)
            continue;
        sum += minor;
        json_array_append_new(list, json_pack("{sIsI}", "amount", (json_int_t)minor, "index",
                                              (json_int_t)json_int_or(
                                                  row, "discount_application_index", 0)));
    }
    return sum;
}

static json_t *pairs_of(struct reader *in, const json_t *list)
{
    json_t *out = json_array();
    const json_t *row;
    size_t i;

    json_array_foreach(list, i, row)
    {
        json_t *name = clean(in, row, "name", 255);

        if (i >= 100 || json_is_null(name)) {
            json_decref(name);
            continue;
        }
        json_array_append_new(out, json_pack("{soso}", "name", name, "value",
                                             text_clean(json_text(row, "value"), 1000, true,
                                                        &in->cleaned)));
    }
    return out;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "a, b" or ["a", "b"]: sorted, each once. */
static json_t *tags_of(struct reader *in, const json_t *tags)
{
    json_t *all = json_array(), *out = json_array();
    const char *words[LIST_MAX];
    const char *at = json_string_value(tags);
    const json_t *row;
    size_t i, count = 0;

    json_array_foreach(tags, i, row)
        json_array_append_new(all, text_clean(json_string_value(row), 255, false, &in->cleaned));
    while (at != NULL && *at != '\0') {
        size_t n = strcspn(at, ",");
        char tag[512];

        if (n < sizeof tag) {
            memcpy(tag, at, n);
            tag[n] = '\0';
            json_array_append_new(all, text_clean(tag, 255, false, &in->cleaned));
        }
        at += n + (at[n] == ',');
    }
    json_array_foreach(all, i, row)
        if (json_is_string(row) && count < LIST_MAX)
            words[count++] = json_string_value(row);
    qsort(words, count, sizeof words[0], by_text);
    for (i = 0; i < count; i++)
        if (i == 0 || strcmp(words[i], words[i - 1]) != 0)
            json_array_append_new(out, json_string(words[i]));
    json_decref(all);
    return out;
}

/* ---- lines ---- */

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
        refuse(in, "", "a line has no quantity");
        return false;
    }
    *current = json_int_or(item, "current_quantity", *ordered);
    if (*ordered < 0 || *current < 0) {
        refuse(in, "", "a line has a negative quantity");
        return false;
    }
    if (*ordered > QUANTITY_MAX || *current > QUANTITY_MAX) {
        refuse(in, "", "a line has more than 1,000,000 pieces");
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

        if (amount(in, row, "", NULL, &minor) || amount(in, row, "price", NULL, &minor) ||
            amount(in, row, "price_set", NULL, &minor))
            sum += minor;
    }
    return sum;
}

/* unit, gross, discount and amount of a line; false refuses it. */
static bool prices_of(struct reader *in, const json_t *item, json_t *line, int64_t ordered)
{
    json_t *discounts = json_array();
    int64_t unit, gross, discount;

    put(line, "discounts", discounts);
    if (!amount(in, item, "price_set", "price", &unit)) {
        refuse(in, "", "a line has no price");
        return false;
    }
    if (__builtin_mul_overflow(ordered, unit, &gross) || gross > AMOUNT_MAX || gross < -AMOUNT_MAX) {
        refuse(in, "", "a line's amount is beyond all reason");
        return false;
    }
    discount = allocations(in, item, discounts);
    if (json_array_size(discounts) == 0)
        amount(in, item, "total_discount_set", "total_discount", &discount);
    if (discount < 0 || (discount > gross && gross >= 0))
        findings_add(in->f, FINDING_HOLD, ERR_REFUSED, "",
                     "a line's discount is larger than its price");
    put_int(line, "unit_price", unit);
    put_int(line, "gross", gross);
    put_int(line, "discount", discount);
    put_int(line, "amount", gross - discount);
    return true;
}

static json_t *line_of(struct reader *in, const json_t *item, bool tips)
{
    json_t *line = json_object();
    int64_t ordered, current;

    put(line, "id", id_of(item, "id"));
    if (json_is_null(json_object_get(line, "id")))
        refuse(in, "", "a line has no id");
    put(line, "product_id", id_of(item, "product_id"));
    put(line, "variant_id", id_of(item, "variant_id"));
    put(line, "sku", clean(in, item, "sku", 255));
    put(line, "title", clean(in, item, "title", 512));
    put(line, "variant_title", clean(in, item, "variant_title", 512));
    put(line, "vendor", clean(in, item, "vendor", 255));
    if (!quantities(in, item, &ordered, &current) || !prices_of(in, item, line, ordered)) {
        json_decref(line);
        return NULL;
    }
    put_int(line, "quantity", ordered);
    put_int(line, "current", current);
    put(line, "gift_card", flag(item, "gift_card"));
    put(line, "tip", json_boolean(is_tip(item, tips)));
    put(line, "requires_shipping", flag(item, "requires_shipping"));
    put(line, "taxable", flag(item, "taxable"));
    put(line, "properties", pairs_of(in, json_at(item, "properties")));
    put(line, "taxes", taxes_of(in, item));
    put_int(line, "duty", duty_of(in, item));
    return line;
}

static json_t *lines_of(struct reader *in, const json_t *payload)
{
    const json_t *list = json_at(payload, "line_items"), *item;
    json_t *out = json_array();
    int64_t tip;
    size_t i;

    amount(in, payload, "total_tip_received_set", "total_tip_received", &tip);
    if (json_array_size(list) > ORDER_LINES_MAX)
        refuse(in, "", "more than 1000 lines");
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

static json_t *shipping_of(struct reader *in, const json_t *payload)
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
        amount(in, item, "price_set", "price", &price);
        discount = allocations(in, item, spent);
        if (json_array_size(spent) == 0 &&
            amount(in, item, "discounted_price_set", "discounted_price", &left) && left > 0)
            discount = price - left;
        line = json_object();
        put(line, "id", id_of(item, "id"));
        put(line, "title", clean(in, item, "title", 255));
        put(line, "code", clean(in, item, "code", 255));
        put(line, "source", clean(in, item, "source", 255));
        put(line, "carrier", clean(in, item, "carrier_identifier", 255));
        put_int(line, "price", price);
        put_int(line, "discount", discount);
        put_int(line, "amount", price - discount);
        if (!amount(in, item, "current_discounted_price_set", NULL, &left))
            left = price - discount;
        put_int(line, "current", left);
        put(line, "taxes", taxes_of(in, item));
        json_array_append_new(out, line);
    }
    return out;
}

/* ---- people and places ---- */

static void fingerprint(json_t *address)
{
    static const char *const parts[] = { "first_name", "last_name", "name",    "company",
                                         "street",     "street2",   "city",    "zip",
                                         "province",   "country",   "phone" };
    char hex[65];
    AUTO_STR s;

    str_init(&s, 8192);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const char *value = json_text(address, parts[i]);

        /* the code says the same in every language */
        if (strcmp(parts[i], "country") == 0 && json_text(address, "country_code") != NULL)
            value = json_text(address, "country_code");
        if (strcmp(parts[i], "province") == 0 && json_text(address, "province_code") != NULL)
            value = json_text(address, "province_code");
        /* the whole name counts only when its parts are not given */
        if (strcmp(parts[i], "name") == 0 && (json_text(address, "first_name") != NULL ||
                                              json_text(address, "last_name") != NULL))
            value = NULL;
        text_fold(&s, value);
        str_adds(&s, "\n");
    }
    text_hash(s.data, s.len, hex);
    put(address, "fingerprint", json_string(hex));
}

static json_t *address_of(struct reader *in, const json_t *from)
{
    static const char *const names[][2] = {
        { "first_name", "first_name" },       { "last_name", "last_name" },
        { "name", "name" },                   { "company", "company" },
        { "street", "address1" },             { "street2", "address2" },
        { "city", "city" },                   { "zip", "zip" },
        { "province", "province" },           { "province_code", "province_code" },
        { "country", "country" },             { "country_code", "country_code" },
        { "phone", "phone" },
    };
    json_t *address;
    bool any = false;

    if (!json_is_object(from))
        return json_null();
    address = json_object();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t limit = kind_field(kind_of("address"), names[i][0])->limit;
        json_t *value = clean(in, from, names[i][1], limit);

        any = any || json_is_string(value);
        put(address, names[i][0], value);
    }
    if (!any) {
        json_decref(address);
        return json_null();
    }
    fingerprint(address);
    return address;
}

json_t *order_address(const json_t *address)
{
    struct reader in = { 0 };

    return address_of(&in, address);
}

static json_t *customer_of(struct reader *in, const json_t *payload)
{
    const json_t *from = json_at(payload, "customer");
    json_t *customer;

    if (!json_is_object(from))
        return json_null();
    customer = json_object();
    put(customer, "id", id_of(from, "id"));
    put(customer, "email", text_email(json_text(from, "email")));
    put(customer, "first_name", clean(in, from, "first_name", 256));
    put(customer, "last_name", clean(in, from, "last_name", 256));
    put(customer, "phone", clean(in, from, "phone", 64));
    put(customer, "company", clean(in, from, "default_address.company", 256));
    put(customer, "tags", tags_of(in, json_at(from, "tags")));
    put(customer, "tax_exempt", flag(from, "tax_exempt"));
    put(customer, "note", text_clean(json_text(from, "note"), 5000, true, &in->cleaned));
    put(customer, "locale", clean(in, payload, "customer_locale", 16));
    return customer;
}

static void people(struct reader *in, const json_t *payload, json_t *order)
{
    json_t *email = text_email(json_text(payload, "email"));

    if (json_is_null(email))
        email = text_email(json_text(payload, "contact_email"));
    put(order, "customer", customer_of(in, payload));
    put(order, "email", email);
    put(order, "phone", clean(in, payload, "phone", 64));
    put(order, "billing", address_of(in, json_at(payload, "billing_address")));
    put(order, "shipping", address_of(in, json_at(payload, "shipping_address")));
    put(order, "note", text_clean(json_text(payload, "note"), 5000, true, &in->cleaned));
    put(order, "attributes", pairs_of(in, json_at(payload, "note_attributes")));
    put(order, "tags", tags_of(in, json_at(payload, "tags")));
}

/* ---- states ---- */

static bool among(const char *word, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strcmp(*words, word) == 0)
            return true;
    return false;
}

static void states(struct reader *in, const json_t *payload, json_t *order)
{
    static const char *const financial[] = { "pending",  "authorized",         "partially_paid",
                                             "paid",     "partially_refunded", "refunded",
                                             "voided",   "expired",            NULL };
    static const char *const fulfillment[] = {
        "unfulfilled", "partially_fulfilled", "fulfilled",      "restocked",
        "open",        "in_progress",         "on_hold",        "scheduled",
        "request_declined", "pending_fulfillment", "fulfillment_not_required", NULL
    };
    const char *done = json_text_or(payload, "fulfillment_status", "unfulfilled");
    json_t *value = lower(json_text_or(payload, "financial_status", "pending"), 64);

    if (json_is_string(value) && !among(json_string_value(value), financial))
        findings_add(in->f, FINDING_FLAG, ERR_INVALID, "", "unknown payment state \"%s\"",
                     json_string_value(value));
    put(order, "financial", value);
    if (strcmp(done, "partial") == 0)
        done = "partially_fulfilled";
    value = lower(done, 64);
    if (json_is_string(value) && !among(json_string_value(value), fulfillment))
        findings_add(in->f, FINDING_FLAG, ERR_INVALID, "", "unknown fulfilment state \"%s\"",
                     json_string_value(value));
    put(order, "fulfillment", value);
}

/* The worst of what is said about risk; null when nothing is. */
static json_t *risk_of(const json_t *payload)
{
    static const char *const levels[] = { "none", "low", "medium", "high" };
    const char *said[18];
    const json_t *row;
    size_t i, count = 0;
    int worst = -1;

    said[count++] = json_text(payload, "risk_level");
    said[count++] = json_text(payload, "risk.recommendation");
    json_array_foreach(json_at(payload, "risk.assessments"), i, row)
        if (count < sizeof said / sizeof said[0])
            said[count++] = json_text(row, "risk_level");
    for (i = 0; i < count; i++)
        for (int level = 0; level < 4; level++)
            if (said[i] != NULL && strcasecmp(said[i], levels[level]) == 0 && level > worst)
                worst = level;
    return worst >= 0 ? json_string(levels[worst]) : json_null();
}

static void gateways(struct reader *in, const json_t *payload, json_t *order)
{
    json_t *list = json_array();
    const json_t *row;
    size_t i;

    json_array_foreach(json_at(payload, "payment_gateway_names"), i, row)
        if (i < 20 && json_is_string(row))
            json_array_append_new(list, text_clean(json_string_value(row), 128, false,
                                                   &in->cleaned));
    put(order, "gateways", list);
}

/* ---- the whole ---- */

static void head(struct reader *in, const json_t *payload, json_t *order)
{
    int64_t number = json_int_or(payload, "order_number", json_int_or(payload, "number", 0));

    put(order, "name", clean(in, payload, "name", 64));
    put(order, "number", number > 0 ? json_integer(number) : json_null());
    put(order, "source", clean(in, payload, "source_name", 128));
    put(order, "po_number", clean(in, payload, "po_number", 255));
    put(order, "location_id", id_of(payload, "location_id"));
    put(order, "created_at", time_of(in, payload, "created_at"));
    put(order, "processed_at", time_of(in, payload, "processed_at"));
    if (json_at(order, "processed_at") == NULL)
        put(order, "processed_at", json_incref(json_object_get(order, "created_at")));
    put(order, "updated_at", time_of(in, payload, "updated_at"));
    if (json_at(order, "updated_at") == NULL)
        put(order, "updated_at", json_incref(json_object_get(order, "processed_at")));
    put(order, "cancelled_at", time_of(in, payload, "cancelled_at"));
    put(order, "cancel_reason", lower(json_text(payload, "cancel_reason"), 64));
    put(order, "closed_at", time_of(in, payload, "closed_at"));
    put(order, "test", flag(payload, "test"));
    states(in, payload, order);
    gateways(in, payload, order);
    put(order, "risk", risk_of(payload));
    put_int(order, "refunds", (int64_t)json_len(payload, "refunds"));
    put(order, "taxes_included", flag(payload, "taxes_included"));
    put(order, "tax_exempt", flag(payload, "tax_exempt"));
    put(order, "duties_included", flag(payload, "duties_included"));
}

static void totals(struct reader *in, const json_t *payload, json_t *order)
{
    static const struct {
        const char *key, *bag, *plain;
    } rows[] = {
        { "total", "total_price_set", "total_price" },
        { "subtotal", "subtotal_price_set", "subtotal_price" },
        { "tax", "total_tax_set", "total_tax" },
        { "discounts", "total_discounts_set", "total_discounts" },
        { "shipping_total", "total_shipping_price_set", NULL },
        { "tip", "total_tip_received_set", "total_tip_received" },
        { "duties", "original_total_duties_set", NULL },
        { "fees", "original_total_additional_fees_set", NULL },
        { "cash_rounding", "total_cash_rounding_payment_adjustment_set", NULL },
        { "outstanding", "total_outstanding_set", "total_outstanding" },
        { "current_total", "current_total_price_set", "current_total_price" },
        { "current_subtotal", "current_subtotal_price_set", "current_subtotal_price" },
        { "current_tax", "current_total_tax_set", "current_total_tax" },
        { "current_discounts", "current_total_discounts_set", "current_total_discounts" },
        { "current_duties", "current_total_duties_set", NULL },
        { "current_fees", "current_total_additional_fees_set", NULL },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        put_amount(order, rows[i].key, in, payload, rows[i].bag, rows[i].plain);
    if (json_at(order, "total") == NULL)
        refuse(in, "", "the order has no total");
    if (json_at(order, "tax") == NULL)
        put_int(order, "tax", 0);
}

static json_t *side_total(struct reader *in, const json_t *payload, bool presentment,
                          const char *currency)
{
    struct reader side = *in;
    int64_t total;
    bool there;

    side.presentment = presentment;
    side.digits = reference_digits(in->r, currency);
    side.f = NULL;
    there = side.digits >= 0 && amount(&side, payload, "total_price_set", "total_price", &total);
    return json_pack("{ssso}", "currency", currency, "total",
                     there ? json_integer(total) : json_null());
}

/* Chooses the side; false refuses the order. */
static bool money_of(struct reader *in, const json_t *payload, json_t *order)
{
    const char *shop = json_text(payload, "currency");
    const char *shown = json_text_or(payload, "presentment_currency", shop);
    char thing[ERR_THING_MAX];
    json_t *money;

    in->presentment = reference_policy_is(in->r, "money_side", "presentment");
    in->currency = in->presentment ? shown : shop;
    in->digits = in->currency != NULL ? reference_digits(in->r, in->currency) : -1;
    if (in->digits < 0 || money_digits(shop) < 0 || money_digits(shown) < 0) {
        json_auto_t *word = text_clean(in->currency, 16, false, NULL);

        snprintf(thing, sizeof thing, "currency:%s",
                 json_is_string(word) ? json_string_value(word) : "");
        refuse(in, thing, in->currency == NULL ? "the order has no currency" :
                                                 "the order's currency is unknown");
        return false;
    }
    in->one_money = strcmp(shop, shown) == 0;
    money = json_pack("{sssssi}", "side", in->presentment ? "presentment" : "shop", "currency",
                      in->currency, "digits", in->digits);
    put(money, "shop", side_total(in, payload, false, shop));
    put(money, "presentment", side_total(in, payload, true, shown));
    put(order, "money", money);
    return true;
}

static void duties_and_rest(struct reader *in, json_t *order)
{
    const json_t *line;
    int64_t duties = 0;
    size_t i;

    json_array_foreach(json_object_get(order, "lines"), i, line)
        duties += json_int_or(line, "duty", 0);
    if (json_at(order, "duties") == NULL && duties != 0)
        put_int(order, "duties", duties);
    if (in->cleaned)
        findings_add(in->f, FINDING_NOTE, ERR_INVALID, "",
                     "control characters or overlong texts were taken out");
}

static json_t *read_order(struct reader *in, const json_t *payload)
{
    json_auto_t *order = json_object();

    put(order, "id", id_of(payload, "id"));
    if (json_is_null(json_object_get(order, "id"))) {
        refuse(in, "", json_at(payload, "id") != NULL ? "the order's id is no Shopify id" :
                                                        "the order has no id");
        return NULL;
    }
    if (!money_of(in, payload, order))
        return NULL;
    head(in, payload, order);
    totals(in, payload, order);
    put(order, "lines", lines_of(in, payload));
    put(order, "shipping_lines", shipping_of(in, payload));
    put(order, "taxes", taxes_of(in, payload));
    people(in, payload, order);
    duties_and_rest(in, order);
    if (in->refused || !validate(kind_of("order"), order, in->f))
        return NULL;
    return json_incref(order);
}

json_t *order_from_webhook(const json_t *payload, const struct reference *r, struct findings *f,
                           struct err *err)
{
    struct findings own, *list = f != NULL ? f : &own;
    struct reader in = { .r = r, .f = list };
    json_t *order;

    if (f == NULL)
        findings_init(&own);
    if (!json_is_object(payload)) {
        findings_add(list, FINDING_REFUSE, ERR_INVALID, "", "the order is no JSON object");
        findings_err(list, err);
        return NULL;
    }
    order = read_order(&in, payload);
    if (order == NULL && findings_err(list, err))
        err_set(err, ERR_BUSY, "order: out of memory");
    return order;
}

json_t *order_from_graphql(const json_t *order, const struct reference *r, struct findings *f,
                           struct err *err)
{
    json_auto_t *payload = order_graphql_payload(order);

    if (payload == NULL) {
        err_set(err, ERR_INVALID, "the answer holds no order");
        return NULL;
    }
    if (json_flag(order, "lineItems.pageInfo.hasNextPage")) {
        findings_add(f, FINDING_REFUSE, ERR_BUG, "", "the order's lines were not all read");
        err_set(err, ERR_BUG, "the order's lines were not all read");
        return NULL;
    }
    return order_from_webhook(payload, r, f, err);
}
