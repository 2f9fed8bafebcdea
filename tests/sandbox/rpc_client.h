/*
 * rpc_client.h - a bare client of an Odoo's /jsonrpc, for comparing. One thread.
 */
#ifndef SANDBOX_RPC_CLIENT_H
#define SANDBOX_RPC_CLIENT_H

#include <jansson.h>

#include "base/auto.h"
#include "base/err.h"

struct compare_odoo {
    char url[256], database[64], login[64], key[128];
};

struct rpc_client;

struct rpc_client *rpc_client_open(const struct compare_odoo *where, struct err *err); /* authenticates */
void rpc_client_free(struct rpc_client *c);
AUTO_DEFINE(rpc_client)
/* args and kwargs are taken. New: the result; NULL: err. */
json_t *rpc_client_call(struct rpc_client *c, const char *model, const char *method, json_t *args, json_t *kwargs,
                        struct err *err);
/* search_read in pages of 1000 by id; new array. domain is taken. */
json_t *rpc_client_all(struct rpc_client *c, const char *model, json_t *domain, const char *fields, struct err *err);

#endif
