#include "shopify/subscriptions.h"

#include <string.h>

#include "base/json.h"
#include "base/str.h"

#define PAGES_MAX 20
#define STALE_MAX 256 /* subscriptions one removal looks at */

const char *subscription_state_name(enum subscription_state state)
{
    static const char *const names[] = { "ok", "missing", "other", "app" };

    return state <= SUBSCRIPTION_NOT_API ? names[state] : "?";
}

static bool call(struct shop *shop, struct http *http, enum graphql_operation operation,
                 json_t *variables, json_t **data, struct graphql_trace *trace, struct err *err)
{
    struct graphql_request request = { .operation = operation,
                                       .variables = variables,
                                       .class = PACE_CATALOGUE };

    return graphql_call(shop, http, &request, data, trace, err);
}

/* All subscriptions of the app in this shop: an array of nodes, or NULL with err. */
static json_t *list_all(struct shop *shop, struct http *http, struct graphql_trace *trace,
                        struct err *err)
{
    json_auto_t *all = json_array(), *variables = json_object();

    for (unsigned page = 0; page < PAGES_MAX; page++) {
        json_auto_t *data = NULL;
        const json_t *list;

        if (!call(shop, http, GRAPHQL_WEBHOOK_LIST, variables, &data, trace, err))
            return NULL;
        list = json_object_get(data, "webhookSubscriptions");
        if (!json_is_array(json_object_get(list, "nodes"))) {
            err_set(err, ERR_BUG, "WebhookList: the answer holds no list");
            return NULL;
        }
        json_array_extend(all, json_object_get(list, "nodes"));
        if (!json_flag(list, "pageInfo.hasNextPage"))
            return TAKE(all);
        json_object_set_new(variables, "after",
                            json_string(json_text_or(list, "pageInfo.endCursor", "")));
    }
    err_set(err, ERR_REFUSED, "WebhookList: more subscriptions than we care to read");
    return NULL;
}

static bool is_ours(const json_t *node, const char *uri)
{
    return strcmp(json_text_or(node, "uri", ""), uri) == 0 &&
           strcmp(json_text_or(node, "format", "JSON"), "JSON") == 0;
}

static void note(struct subscription *row, const json_t *node, enum subscription_state state)
{
    row->state = state;
    str_copy(row->id, sizeof row->id, json_text_or(node, "id", ""));
    str_copy(row->uri, sizeof row->uri, json_text_or(node, "uri", ""));
}

/* One row per topic; created and removed are kept. */
static void compare(const json_t *nodes, const char *uri, struct subscriptions *found)
{
    json_t *node;
    size_t i;

    found->count = found->ok = found->missing = 0;
    for (unsigned t = 1; t < TOPIC_COUNT; t++) {
        struct subscription *row = &found->rows[found->count++];

        memset(row, 0, sizeof *row);
        row->topic = (enum topic)t;
        row->state = topic_by_api(row->topic) ? SUBSCRIPTION_MISSING : SUBSCRIPTION_NOT_API;
        json_array_foreach(nodes, i, node)
        {
            if (topic_of_graphql(json_text_or(node, "topic", "")) != row->topic)
                continue;
            if (is_ours(node, uri))
                note(row, node, SUBSCRIPTION_OK);
            else if (row->state != SUBSCRIPTION_OK)
                note(row, node, SUBSCRIPTION_OTHER);
        }
        found->ok += row->state == SUBSCRIPTION_OK;
        found->missing += row->state == SUBSCRIPTION_MISSING || row->state == SUBSCRIPTION_OTHER;
    }
}

bool subscriptions_list(struct shop *shop, struct http *http, const char *uri,
                        struct subscriptions *found, struct graphql_trace *trace, struct err *err)
{
    json_auto_t *nodes = list_all(shop, http, trace, err);

    memset(found, 0, sizeof *found);
    if (nodes == NULL)
        return err_within(err, "list the webhook subscriptions");
    compare(nodes, uri, found);
    return true;
}

static bool create(struct shop *shop, struct http *http, enum topic topic, const char *uri,
                   struct graphql_trace *trace, struct err *err)
{
    json_auto_t *variables = json_pack("{s:s, s:{s:s, s:s}}", "topic", topic_graphql(topic), "sub",
                                       "uri", uri, "format", "JSON");
    json_auto_t *data = NULL;

    return call(shop, http, GRAPHQL_WEBHOOK_CREATE, variables, &data, trace, err) &&
           graphql_user_errors(data, "webhookSubscriptionCreate", err);
}

/*
 * Creates what is missing. An identical subscription is refused by Shopify, so a second create
 * does no harm; a refusal or a lost answer is settled by the look at the list that follows.
 */
static bool create_missing(struct shop *shop, struct http *http, const char *uri,
                           struct subscriptions *found, struct graphql_trace *trace,
                           struct err *err)
{
    for (unsigned i = 0; i < found->count; i++) {
        const struct subscription *row = &found->rows[i];
        struct err mine = { 0 };

        if (row->state == SUBSCRIPTION_OK || row->state == SUBSCRIPTION_NOT_API)
            continue;
        if (create(shop, http, row->topic, uri, trace, &mine))
            found->created++;
        else if (mine.kind != ERR_UNSURE && mine.kind != ERR_REFUSED) {
            if (err != NULL)
                *err = mine;
            return err_within(err, "subscribe to %s", topic_name(row->topic));
        } else if (err != NULL)
            *err = mine; /* in case it is still missing afterwards */
    }
    return true;
}

static bool remove_at(struct shop *shop, struct http *http, const char *uri, const json_t *nodes,
                      struct subscriptions *found, struct graphql_trace *trace, struct err *err)
{
    json_t *node;
    size_t i;

    json_array_foreach(nodes, i, node)
    {
        json_auto_t *variables = NULL, *data = NULL;

        if (i == STALE_MAX || strcmp(json_text_or(node, "uri", ""), uri) != 0)
            continue;
        variables = json_pack("{s:s}", "id", json_text_or(node, "id", ""));
        if (!call(shop, http, GRAPHQL_WEBHOOK_DELETE, variables, &data, trace, err))
            return err_within(err, "remove a webhook subscription");
        /* a user error here means that it is gone already */
        if (graphql_user_errors(data, "webhookSubscriptionDelete", NULL))
            found->removed++;
    }
    return true;
}

bool subscriptions_ensure(struct shop *shop, struct http *http, const char *uri,
                          const char *old_uri, struct subscriptions *found,
                          struct graphql_trace *trace, struct err *err)
{
    json_auto_t *nodes = NULL;
    struct err why = { 0 };

    if (!subscriptions_list(shop, http, uri, found, trace, err))
        return false;
    if (found->missing == 0 && (old_uri == NULL || strcmp(old_uri, uri) == 0))
        return true;
    if (!create_missing(shop, http, uri, found, trace, &why)) {
        if (err != NULL)
            *err = why;
        return false;
    }
    nodes = list_all(shop, http, trace, err);
    if (nodes == NULL)
        return err_within(err, "list the webhook subscriptions");
    compare(nodes, uri, found);
    if (found->missing > 0) {
        if (why.kind == ERR_NONE)
            return err_set(err, ERR_BUSY, "%u webhook subscriptions were made but are not listed",
                           found->missing);
        if (err != NULL)
            *err = why;
        return err_within(err, "%u webhook subscriptions are missing", found->missing);
    }
    if (old_uri == NULL || strcmp(old_uri, uri) == 0)
        return true;
    return remove_at(shop, http, old_uri, nodes, found, trace, err);
}

bool subscriptions_remove(struct shop *shop, struct http *http, const char *uri,
                          struct subscriptions *found, struct graphql_trace *trace, struct err *err)
{
    json_auto_t *nodes = list_all(shop, http, trace, err), *after = NULL;

    memset(found, 0, sizeof *found);
    if (nodes == NULL)
        return err_within(err, "list the webhook subscriptions");
    if (!remove_at(shop, http, uri, nodes, found, trace, err))
        return false;
    after = list_all(shop, http, trace, err);
    if (after == NULL)
        return err_within(err, "list the webhook subscriptions");
    compare(after, uri, found);
    return true;
}
