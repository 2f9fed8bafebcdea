#include "shopify/check.h"

#include <string.h>

#include "base/json.h"
#include "base/when.h"
#include "shopify/graphql.h"
#include "shopify/shop_in.h"

#define CLOCK_MAX (5 * WHEN_MINUTE)

enum { NEEDED = 1, WISHED = 0 };

static const struct {
    const char *scope, *without;
    bool needed;
} scopes[] = {
#define SCOPE(scope, how, without) { scope, without, how },
#include "shopify/scopes.def"
#undef SCOPE
};

static bool check_token(struct shop *shop, struct http *http, struct steps *steps)
{
    char token[TOKEN_MAX];
    struct err err = { 0 };
    bool good = token_get(shop->token, http, token, &err);

    token_wipe(token);
    if (good)
        return steps_add(steps, "token", STEP_OK, "the app has an access token");
    return steps_add(steps, "token", STEP_FAIL, "%s", err.text);
}

static json_t *check_shop(struct shop *shop, struct http *http, struct steps *steps,
                          struct graphql_trace *trace)
{
    struct graphql_request request = { .operation = GRAPHQL_SHOP_INFO, .class = PACE_ORDERS };
    json_t *data = NULL;
    struct err err = { 0 };
    const char *domain;

    if (!graphql_call(shop, http, &request, &data, trace, &err)) {
        steps_add(steps, "shop", STEP_FAIL, "%s", err.text);
        return NULL;
    }
    domain = json_text_or(data, "shop.myshopifyDomain", "?");
    if (strcmp(domain, shop_domain(shop)) != 0) {
        steps_add(steps, "shop", STEP_FAIL, "the token belongs to %s, not to %s", domain,
                  shop_domain(shop));
        json_decref(data);
        return NULL;
    }
    steps_add(steps, "shop", STEP_OK, "%s, %s, %s", json_text_or(data, "shop.name", "?"),
              json_text_or(data, "shop.currencyCode", "?"),
              json_text_or(data, "shop.ianaTimezone", "?"));
    return data;
}

/* write_x includes read_x. */
static bool is_granted(const json_t *granted, const char *scope)
{
    json_t *row;
    size_t i;

    json_array_foreach(granted, i, row)
    {
        const char *handle = json_text_or(row, "handle", "");

        if (strcmp(handle, scope) == 0 ||
            (str_starts(scope, "read_") && str_starts(handle, "write_") &&
             strcmp(handle + strlen("write_"), scope + strlen("read_")) == 0))
            return true;
    }
    return false;
}

static bool check_scopes(const json_t *info, struct steps *steps)
{
    const json_t *granted = json_at(info, "currentAppInstallation.accessScopes");
    AUTO_STR missing;
    bool good = true;

    str_init(&missing, STEP_TEXT_MAX);
    for (size_t i = 0; i < sizeof scopes / sizeof scopes[0]; i++)
        if (scopes[i].needed && !is_granted(granted, scopes[i].scope))
            str_addf(&missing, "%s%s", missing.len > 0 ? ", " : "", scopes[i].scope);
    if (missing.len > 0)
        good = steps_add(steps, "scopes", STEP_FAIL,
                         "the app lacks %s: add them in the Dev Dashboard, release, and install "
                         "the new version",
                         missing.data);
    for (size_t i = 0; i < sizeof scopes / sizeof scopes[0]; i++)
        if (!scopes[i].needed && !is_granted(granted, scopes[i].scope))
            steps_add(steps, "scopes", STEP_WARN, "without %s %s", scopes[i].scope,
                      scopes[i].without);
    if (good)
        steps_add(steps, "scopes", STEP_OK, "all that is needed is granted");
    return good;
}

static bool check_version(const struct shop *shop, const json_t *info,
                          const struct graphql_trace *trace, struct steps *steps)
{
    const char *asked = shop_api_version(shop), *served = trace->api_version;
    json_t *row;
    size_t i;

    if (*served != '\0' && strcmp(served, asked) != 0)
        return steps_add(steps, "version", STEP_FAIL,
                         "asked for API version %s, but %s answered: %s is not served any more or "
                         "not yet",
                         asked, served, asked);
    json_array_foreach(
        json_at(info, "publicApiVersions"), i,
        row) if (strcmp(json_text_or(row, "handle", ""), asked) == 0 &&
                 json_flag(row, "supported")) return steps_add(steps, "version", STEP_OK,
                                                               "API version %s is served", asked);
    return steps_add(steps, "version", STEP_WARN, "API version %s is not among the supported ones",
                     asked);
}

static void check_clock(const struct graphql_trace *trace, struct steps *steps)
{
    when ahead = when_now() - trace->served_at;

    if (trace->served_at == 0)
        return;
    if (ahead < CLOCK_MAX && ahead > -CLOCK_MAX)
        steps_add(steps, "clock", STEP_OK, "this machine's clock agrees with Shopify's");
    else
        steps_add(steps, "clock", STEP_WARN, "this machine's clock is %lld minutes %s Shopify's",
                  (long long)((ahead > 0 ? ahead : -ahead) / WHEN_MINUTE),
                  ahead > 0 ? "ahead of" : "behind");
}

void shopify_check(struct shop *shop, struct http *http, struct steps *steps, json_t **shop_info)
{
    AUTO_GRAPHQL_TRACE trace;
    json_t *info;

    graphql_trace_init(&trace);
    if (shop_info != NULL)
        *shop_info = NULL;
    if (!check_token(shop, http, steps) || (info = check_shop(shop, http, steps, &trace)) == NULL)
        return;
    check_scopes(info, steps);
    check_version(shop, info, &trace, steps);
    check_clock(&trace, steps);
    if (shop_info != NULL)
        *shop_info = info;
    else
        json_decref(info);
}
