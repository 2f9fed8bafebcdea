#include "sync/order.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/money.h"
#include "sync/kinds.h"
#include "sync/order_read.h"
#include "sync/text.h"
#include "sync/validate.h"

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
    static const char *const financial[] = {
        "pending",  "authorized", "partially_paid", "paid", "partially_refunded",
        "refunded", "voided",     "expired",        NULL
    };
    static const char *const fulfillment[] = { "unfulfilled",
                                               "partially_fulfilled",
                                               "fulfilled",
                                               "restocked",
                                               "open",
                                               "in_progress",
                                               "on_hold",
                                               "scheduled",
                                               "request_declined",
                                               "pending_fulfillment",
                                               "fulfillment_not_required",
                                               NULL };
    const char *done = json_text_or(payload, "fulfillment_status", "unfulfilled");
    json_t *value = read_word(json_text_or(payload, "financial_status", "pending"), 64);

    if (json_is_string(value) && !among(json_string_value(value), financial))
        findings_add(in->f, FINDING_FLAG, ERR_INVALID, "", "unknown payment state \"%s\"",
                     json_string_value(value));
    read_put(order, "financial", value);
    if (strcmp(done, "partial") == 0)
        done = "partially_fulfilled";
    value = read_word(done, 64);
    if (json_is_string(value) && !among(json_string_value(value), fulfillment))
        findings_add(in->f, FINDING_FLAG, ERR_INVALID, "", "unknown fulfilment state \"%s\"",
                     json_string_value(value));
    read_put(order, "fulfillment", value);
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
    json_array_foreach(json_at(payload, "risk.assessments"), i,
                       row) if (count < sizeof said / sizeof said[0]) said[count++] =
        json_text(row, "risk_level");
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

    json_array_foreach(json_at(payload, "payment_gateway_names"), i,
                       row) if (i < 20 && json_is_string(row))
        json_array_append_new(list, text_clean(json_string_value(row), 128, false, &in->cleaned));
    read_put(order, "gateways", list);
}

/* All of it by the gateway that Shopify has for trying things out. */
static bool paid_for_fun(const json_t *order)
{
    const json_t *list = json_object_get(order, "gateways"), *row;
    size_t i, bogus = 0;

    json_array_foreach(list, i, row) bogus +=
        json_is_string(row) && strcasecmp(json_string_value(row), "bogus") == 0;
    return bogus > 0 && bogus == json_array_size(list);
}

/* ---- the whole ---- */

static void head(struct reader *in, const json_t *payload, json_t *order)
{
    int64_t number = json_int_or(payload, "order_number", json_int_or(payload, "number", 0));

    read_put(order, "name", read_text(in, payload, "name", 64));
    read_put(order, "number", number > 0 ? json_integer(number) : json_null());
    read_put(order, "source", read_text(in, payload, "source_name", 128));
    read_put(order, "po_number", read_text(in, payload, "po_number", 255));
    read_put(order, "terms", read_text(in, payload, "payment_terms.payment_terms_name", 64));
    read_put(order, "location_id", read_id(payload, "location_id"));
    read_put(order, "location", read_text(in, payload, "retail_location.name", 255));
    read_put(order, "created_at", read_time(in, payload, "created_at"));
    read_put(order, "processed_at", read_time(in, payload, "processed_at"));
    if (json_at(order, "processed_at") == NULL)
        read_put(order, "processed_at", json_incref(json_object_get(order, "created_at")));
    read_put(order, "updated_at", read_time(in, payload, "updated_at"));
    if (json_at(order, "updated_at") == NULL)
        read_put(order, "updated_at", json_incref(json_object_get(order, "processed_at")));
    read_put(order, "cancelled_at", read_time(in, payload, "cancelled_at"));
    read_put(order, "cancel_reason", read_word(json_text(payload, "cancel_reason"), 64));
    read_put(order, "closed_at", read_time(in, payload, "closed_at"));
    states(in, payload, order);
    gateways(in, payload, order);
    read_put(order, "test", json_boolean(json_flag(payload, "test") || paid_for_fun(order)));
    read_put(order, "risk", risk_of(payload));
    read_put_int(order, "refunds", (int64_t)json_len(payload, "refunds"));
    read_put(order, "taxes_included", read_flag(payload, "taxes_included"));
    read_put(order, "tax_exempt", read_flag(payload, "tax_exempt"));
    read_put(order, "duties_included", read_flag(payload, "duties_included"));
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
        read_put_amount(order, rows[i].key, in, payload, rows[i].bag, rows[i].plain);
    if (json_at(order, "total") == NULL)
        read_refuse(in, "", "the order has no total");
    if (json_at(order, "tax") == NULL)
        read_put_int(order, "tax", 0);
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
    there =
        side.digits >= 0 && read_amount(&side, payload, "total_price_set", "total_price", &total);
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
        read_refuse(in, thing,
                    in->currency == NULL ? "the order has no currency"
                                         : "the order's currency is unknown");
        return false;
    }
    in->one_money = strcmp(shop, shown) == 0;
    money = json_pack("{sssssi}", "side", in->presentment ? "presentment" : "shop", "currency",
                      in->currency, "digits", in->digits);
    read_put(money, "shop", side_total(in, payload, false, shop));
    read_put(money, "presentment", side_total(in, payload, true, shown));
    read_put(order, "money", money);
    return true;
}

static void duties_and_rest(struct reader *in, json_t *order)
{
    const json_t *line;
    int64_t duties = 0;
    size_t i;

    json_array_foreach(json_object_get(order, "lines"), i, line) duties +=
        json_int_or(line, "duty", 0);
    if (json_at(order, "duties") == NULL && duties != 0)
        read_put_int(order, "duties", duties);
    if (in->cleaned)
        findings_add(in->f, FINDING_NOTE, ERR_INVALID, "",
                     "control characters or overlong texts were taken out");
}

static json_t *read_order(struct reader *in, const json_t *payload)
{
    json_auto_t *order = json_object();

    read_put(order, "id", read_id(payload, "id"));
    if (json_is_null(json_object_get(order, "id"))) {
        read_refuse(in, "",
                    json_at(payload, "id") != NULL ? "the order's id is no Shopify id"
                                                   : "the order has no id");
        return NULL;
    }
    if (!money_of(in, payload, order))
        return NULL;
    head(in, payload, order);
    totals(in, payload, order);
    read_put(order, "lines", read_lines(in, payload));
    read_put(order, "shipping_lines", read_shipping(in, payload));
    read_put(order, "taxes", read_taxes(in, payload));
    read_people(in, payload, order);
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
