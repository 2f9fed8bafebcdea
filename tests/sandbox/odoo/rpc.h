/*
 * rpc.h - the practice Odoo as a server: POST /jsonrpc with Odoo's envelopes, one transaction a
 * call, one connection a worker.
 */
#ifndef SANDBOX_ODOO_RPC_H
#define SANDBOX_ODOO_RPC_H

#include "base/auto.h"
#include "base/err.h"
#include "tests/sandbox/faults.h"
#include "tests/sandbox/latency.h"
#include "tests/sandbox/record.h"
#include "tests/sandbox/server.h"
#include "tests/sandbox/stats.h"
#include "tests/sandbox/tape.h"

struct odoo_options {
    uint16_t port;
    unsigned workers;
    uint64_t seed;
    struct latencies *latencies; /* of the real one, borrowed; NULL: none */
    struct tape *tape;           /* borrowed; may be NULL */
    size_t products; /* how many of the shop's products are in Odoo as well */
    struct record *record; /* borrowed; NULL: none */
};

struct practice_odoo;
struct shop;

/* shop: whose products and taxes are set up; NULL: an empty company. faults, stats: borrowed. */
struct practice_odoo *practice_odoo_start(const struct odoo_options *options, struct shop *shop,
                                          struct faults *faults, struct stats *stats, struct err *err);
void practice_odoo_free(struct practice_odoo *p);
AUTO_DEFINE(practice_odoo)
uint16_t practice_odoo_port(const struct practice_odoo *p);
struct server *practice_odoo_server(struct practice_odoo *p);
const char *practice_odoo_database(const struct practice_odoo *p);
const char *practice_odoo_login(const struct practice_odoo *p);
const char *practice_odoo_key(const struct practice_odoo *p);

struct odoo;
/* The whole of one request without the network: for tests. out gets the body; the HTTP status. */
int rpc_answer(struct odoo *o, const char *body, size_t len, struct str *out);
struct odoo *odoo_new(uint64_t seed, struct err *err);
void odoo_free(struct odoo *o);
AUTO_DEFINE(odoo)

#endif
