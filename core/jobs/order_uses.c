/* What an order uses of what is mapped. */
#include "jobs/order.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "jobs/uses.h"
#include "sync/order_plan.h"
#include "sync/order_tax.h"

/* A tax "8.1|CH|incl": the row says which of Odoo's a rule found, as the order itself will. */
static void seen_tax(json_t *uses, const struct reference *r, const char *key)
{
    char rate[32], country[8], value[32], title[96];
    const char *bar = strchr(key, '|'), *second = bar != NULL ? strchr(bar + 1, '|') : NULL;
    json_t *row = uses_add(uses, "tax", key, false);
    enum tax_found found;
    struct tax tax;
    bool included;

    if (second == NULL)
        return;
    snprintf(rate, sizeof rate, "%.*s", (int)(bar - key), key);
    snprintf(country, sizeof country, "%.*s", (int)(second - bar - 1), bar + 1);
    included = strcmp(second + 1, "incl") == 0;
    snprintf(title, sizeof title, "%s %% %s, %s", rate, country, included ? "included" : "on top");
    uses_title(row, title);
    if (reference_mapping(r, "tax", key) != NULL)
        return;
    found = tax_find(r, rate, country, included, NULL, &tax, NULL);
    if (found == TAX_MISSING)
        uses_add(uses, "tax", key, true);
    if (found != TAX_FOUND || tax.included != included)
        return; /* the other kind: each order says that its prices are converted */
    snprintf(value, sizeof value, "%" PRId64, tax.id);
    uses_matched(row, value, tax.name);
}

/* Payment terms that Odoo has under the same name; others are to be mapped. */
static void seen_terms(json_t *uses, const struct reference *r, const char *terms)
{
    int64_t id = reference_terms(r, terms);
    json_t *row = uses_add(uses, "terms", terms, id == 0);
    char value[32];

    if (id == 0 || reference_mapping(r, "terms", terms) != NULL)
        return;
    snprintf(value, sizeof value, "%" PRId64, id);
    uses_matched(row, value, terms);
}

/* A state that nobody mapped does what is the rule; one without rule is to be mapped. */
static void seen_state(json_t *uses, const struct reference *r, const char *what,
                       const char *state, const char *rule, const char *label)
{
    char title[96];
    json_t *row;

    if (*state == '\0')
        return;
    snprintf(title, sizeof title, "%s: %.60s", what, state);
    row = uses_add(uses, "state", state, rule == NULL);
    uses_title(row, title);
    if (rule == NULL || reference_mapping(r, "state", state) != NULL)
        return;
    uses_matched(row, rule, label != NULL ? label : rule);
}

static void used_states(json_t *uses, const struct reference *r, const json_t *order)
{
    const char *payment = json_text_or(order, "financial", "");

    seen_state(uses, r, "payment", payment, order_plan_rule(payment), NULL);
    seen_state(uses, r, "fulfilment", json_text_or(order, "fulfillment", ""), "payment",
               "as the payment says");
}

/* A gateway that nobody mapped waits for the money, as is the rule. */
static void seen_gateway(json_t *uses, const struct reference *r, const char *name)
{
    json_t *row = uses_add(uses, "gateway", name, false);

    if (reference_mapping(r, "gateway", name) == NULL)
        uses_matched(row, "wait", "confirms when paid");
}

/* A shipping title that a carrier of Odoo has too needs no mapping. */
static void seen_carrier(json_t *uses, const struct reference *r, const char *title)
{
    const char *mapped = reference_mapping(r, "carrier", title);
    bool known = reference_carrier(r, mapped != NULL ? mapped : title, NULL) != 0;

    uses_add(uses, "carrier", title, !known);
}

json_t *order_uses(const json_t *order, const json_t *needs, const struct reference *r)
{
    json_t *uses = json_array();
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(needs, "taxes"), i, row)
        seen_tax(uses, r, json_string_value(row));
    used_states(uses, r, order);
    if (json_text(order, "terms") != NULL)
        seen_terms(uses, r, json_text(order, "terms"));
    json_array_foreach(json_object_get(needs, "carriers"), i, row)
        seen_carrier(uses, r, json_string_value(row));
    json_array_foreach(json_object_get(order, "gateways"), i, row)
        if (json_is_string(row) && json_string_length(row) > 0)
            seen_gateway(uses, r, json_string_value(row));
    uses_words(uses, "order_tag", json_object_get(needs, "tags"));
    uses_words(uses, "customer_tag", json_object_get(needs, "categories"));
    return uses;
}
