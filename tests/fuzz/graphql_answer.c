/*
 * graphql_answer.c - what came back from Shopify, judged, and read if it is an order; see answer.h
 * for the form of a file.
 */
#include <jansson.h>

#include "shopify/graphql.h"
#include "tests/fuzz/order_flow.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = { .kind = ERR_NONE };
    json_t *found = NULL;
    struct findings f;
    AUTO_GRAPHQL_TRACE trace;
    AUTO_HTTP_ANSWER answer;
    bool read;

    graphql_trace_init(&trace);
    http_answer_init(&answer);
    read = answer_read(data, size, &answer);
    if (graphql_judge(&answer, read, &found, &trace, &err)) {
        FUZZ_CHECK(err.kind == ERR_NONE && json_is_object(found));
        if (!graphql_user_errors(found, "webhookSubscriptionCreate", &err))
            check_err(&err);
        if (json_is_object(json_object_get(found, "order"))) {
            json_t *order;

            findings_init(&f);
            err_clear(&err);
            order = order_from_graphql(json_object_get(found, "order"), flow_start()->r, &f, &err);
            flow_order(order, &f, &err);
            json_decref(order);
        }
    } else {
        FUZZ_CHECK(found == NULL);
        check_err(&err);
        FUZZ_CHECK(err.kind != ERR_UNSURE || !read); /* a read can always be repeated */
    }
    json_decref(found);
    return 0;
}
