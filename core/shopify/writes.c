#include "shopify/writes.h"

bool customers_write(struct shop *shop, struct http *http, int64_t id, const json_t *input,
                     enum pace_class class, struct graphql_trace *trace, struct err *err)
{
    char gid[GRAPHQL_GID_MAX];
    json_auto_t *variables = json_pack("{s:{s:s}, s:O}", "identifier", "id",
                                       graphql_gid(gid, "Customer", id), "input", input);
    struct graphql_request request = { .operation = GRAPHQL_CUSTOMER_SET,
                                       .variables = variables,
                                       .class = class };
    json_auto_t *data = NULL;

    return graphql_call(shop, http, &request, &data, trace, err) &&
           graphql_user_errors(data, "customerSet", err);
}
