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
static const struct rule {
    const char *state;
    enum order_action action;
} rules[] = {
    { "pending", ORDER_QUOTATION },
    { "authorized", ORDER_CONFIRM },
    { "partially_paid", ORDER_QUOTATION },
    { "paid", ORDER_CONFIRM },
    { "partially_refunded", ORDER_CONFIRM },
    { "refunded", ORDER_QUOTATION },
    { "voided", ORDER_CANCEL },
    { "expired", ORDER_CANCEL },
};

static const struct rule *rule_of(const char *financial)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (strcmp(rules[i].state, financial) == 0)
            return &rules[i];
    return NULL;
}

const char *order_plan_rule(const char *financial)
{
    const struct rule *rule = rule_of(financial);

    return rule != NULL ? order_action_name(rule->action) : NULL;
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

/* A cancellation of what was never seen may be none of ours. */
static struct order_plan cancelled(bool known, const struct reference *r, const char *what,
                                   const char *word)
{
    if (!known && reference_policy_is(r, "cancelled_unseen", "skip"))
        return plan(ORDER_SKIP, "%s %.60s before it was first seen", what, word);
    return plan(ORDER_CANCEL, "%s %.60s", what, word);
}

/* As the operators mapped a state; false: they did not. */
static bool by_mapping(const char *what, const char *state, bool known, const struct reference *r,
                       struct order_plan *p)
{
    const char *mapped = reference_mapping(r, "state", state);
    enum order_action action;

    if (!action_of(mapped, &action))
        return false;
    *p = action == ORDER_CANCEL ? cancelled(known, r, what, state)
                                : plan(action, "%s state %.60s is mapped to %s", what, state, mapped);
    return true;
}

static struct order_plan by_payment(const json_t *order, bool known, const struct reference *r)
{
    const char *financial = json_text_or(order, "financial", ""), *gateway;
    const struct rule *rule = rule_of(financial);
    struct order_plan p;

    if (by_mapping("payment", financial, known, r, &p))
        return p;
    if (rule == NULL) {
        p = plan(ORDER_HOLD, "unknown payment state %.60s", financial);
        snprintf(p.thing, sizeof p.thing, "state:%.60s", financial);
        return p;
    }
    if (rule->action == ORDER_CANCEL) {
        if (order_is_shipped(order))
            return plan(ORDER_HOLD, "payment %s though goods were shipped", financial);
        return cancelled(known, r, "payment", financial);
    }
    if (rule->action == ORDER_QUOTATION && unpaid(financial)) {
        gateway = trusted_gateway(order, r);
        if (gateway != NULL)
            return plan(ORDER_CONFIRM, "%s, but gateway %.60s is confirmed unpaid", financial,
                        gateway);
        return plan(ORDER_QUOTATION, "%s: confirmed when paid", financial);
    }
    return plan(rule->action, "payment state %s", financial);
}

/* A fulfilment state that is mapped decides of what is to go on otherwise. */
static struct order_plan by_states(const json_t *order, bool known, const struct reference *r)
{
    struct order_plan p = by_payment(order, known, r);

    if (p.action == ORDER_CONFIRM || p.action == ORDER_QUOTATION)
        by_mapping("fulfilment", json_text_or(order, "fulfillment", ""), known, r, &p);
    return p;
}

void order_history(json_t *order, const json_t *agreed, bool imported)
{
    const char *state = json_text_or(order, "fulfillment", "");

    if (json_flag(agreed, "history") ||
        (imported && (strcmp(state, "fulfilled") == 0 || strcmp(state, "partially_fulfilled") == 0)))
        json_object_set_new(order, "history", json_true());
}

/* Of what would go on: goods that have left are not reserved again. */
static void past(const json_t *order, bool known, const struct reference *r, struct order_plan *p)
{
    const char *state = json_text_or(order, "fulfillment", "");

    if (!json_flag(order, "history") || (p->action != ORDER_CONFIRM && p->action != ORDER_QUOTATION))
        return;
    if (strcmp(state, "partially_fulfilled") == 0) {
        if (reference_mapping(r, "state", state) != NULL)
            return; /* a person has said what such orders are */
        *p = plan(ORDER_HOLD, "part of it was shipped before the import");
        snprintf(p->thing, sizeof p->thing, "state:%s", state);
    } else if (reference_policy_is(r, "history", "skip") && !known) {
        *p = plan(ORDER_SKIP, "shipped before the import");
    } else if (!reference_policy_is(r, "history", "sale")) {
        *p = plan(ORDER_QUOTATION, "shipped before the import: stock was counted without it");
    }
}

struct order_plan order_plan(const json_t *order, bool known, bool released,
                             const struct reference *r)
{
    struct order_plan p;

    if (special(order, known, r, &p))
        return p;
    p = by_states(order, known, r);
    past(order, known, r, &p);
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
