#include "sync/order_plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "sync/order_price.h"

static const char *const names[] = { "skip", "quotation", "confirm", "cancel", "hold" };

const char *order_action_name(enum order_action action)
{
    return action <= ORDER_HOLD ? names[action] : "?";
}

static struct order_plan plan(enum order_action action, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static struct order_plan plan(enum order_action action, const char *fmt, ...)
{
    struct order_plan p = { .action = action };
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(p.reason, sizeof p.reason, fmt, ap);
    va_end(ap);
    return p;
}

static bool action_of(const char *word, enum order_action *action)
{
    for (size_t i = 0; word != NULL && i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], word) == 0) {
            *action = (enum order_action)i;
            return true;
        }
    return false;
}

/* What a payment state means unless the operators say otherwise. */
static enum order_action by_state(const char *financial)
{
    static const struct {
        const char *state;
        enum order_action action;
    } rows[] = {
        { "pending", ORDER_QUOTATION },
        { "authorized", ORDER_CONFIRM },
        { "partially_paid", ORDER_QUOTATION },
        { "paid", ORDER_CONFIRM },
        { "partially_refunded", ORDER_CONFIRM },
        { "refunded", ORDER_QUOTATION },
        { "voided", ORDER_CANCEL },
        { "expired", ORDER_CANCEL },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].state, financial) == 0)
            return rows[i].action;
    return ORDER_HOLD;
}

/* The first gateway that may be confirmed unpaid; NULL if none. */
static const char *trusted_gateway(const json_t *order, const struct reference *r)
{
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(order, "gateways"), i, row)
    {
        const char *name = json_string_value(row), *value;

        value = name != NULL ? reference_mapping(r, "gateway", name) : NULL;
        if (value != NULL && strcmp(value, "confirm") == 0)
            return name;
    }
    return NULL;
}

static bool unpaid(const char *financial)
{
    return strcmp(financial, "pending") == 0 || strcmp(financial, "partially_paid") == 0;
}

/* Test orders and cancelled ones, before anything else. */
static bool special(const json_t *order, bool known, const struct reference *r,
                    struct order_plan *p)
{
    if (json_flag(order, "test")) {
        if (reference_policy_is(r, "test_orders", "skip")) {
            *p = plan(ORDER_SKIP, "test order");
            return true;
        }
        if (reference_policy_is(r, "test_orders", "quotation") &&
            json_at(order, "cancelled_at") == NULL) {
            *p = plan(ORDER_QUOTATION, "test order");
            return true;
        }
    }
    if (json_at(order, "cancelled_at") != NULL) {
        if (!known && reference_policy_is(r, "cancelled_unseen", "skip"))
            *p = plan(ORDER_SKIP, "cancelled before it was first seen");
        else
            *p = plan(ORDER_CANCEL, "cancelled in Shopify (%s)",
                      json_text_or(order, "cancel_reason", "no reason given"));
        return true;
    }
    return false;
}

static struct order_plan by_payment(const json_t *order, bool known, const struct reference *r)
{
    const char *financial = json_text_or(order, "financial", "");
    const char *mapped = reference_mapping(r, "state", financial), *gateway;
    enum order_action action;

    if (action_of(mapped, &action))
        return plan(action, "payment state %s is mapped to %s", financial, mapped);
    action = by_state(financial);
    if (action == ORDER_HOLD)
        return plan(ORDER_HOLD, "unknown payment state %.60s", financial);
    if (action == ORDER_CANCEL) {
        if (order_is_shipped(order))
            return plan(ORDER_HOLD, "payment %s though goods were shipped", financial);
        if (!known && reference_policy_is(r, "cancelled_unseen", "skip"))
            return plan(ORDER_SKIP, "payment %s before it was first seen", financial);
        return plan(ORDER_CANCEL, "payment %s", financial);
    }
    if (action == ORDER_QUOTATION && unpaid(financial)) {
        gateway = trusted_gateway(order, r);
        if (gateway != NULL)
            return plan(ORDER_CONFIRM, "%s, but gateway %.60s is confirmed unpaid", financial,
                        gateway);
        return plan(ORDER_QUOTATION, "%s: confirmed when paid", financial);
    }
    return plan(action, "payment state %s", financial);
}

struct order_plan order_plan(const json_t *order, bool known, bool released,
                             const struct reference *r)
{
    struct order_plan p;

    if (special(order, known, r, &p))
        return p;
    p = by_payment(order, known, r);
    if (p.action == ORDER_HOLD && released)
        return plan(ORDER_CONFIRM, "released by a person");
    if (p.action != ORDER_CONFIRM || released ||
        strcmp(json_text_or(order, "risk", ""), "high") != 0)
        return p;
    if (reference_policy_is(r, "high_risk", "hold"))
        return plan(ORDER_HOLD, "high risk: a person releases it");
    if (reference_policy_is(r, "high_risk", "quotation"))
        return plan(ORDER_QUOTATION, "high risk");
    return p;
}
