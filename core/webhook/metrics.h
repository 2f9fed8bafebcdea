/*
 * metrics.h - GET /metrics in Prometheus' text format, on a port of its own for loopback.
 *
 * fill is called on this server's thread, one request at a time, and writes the text.
 */
#ifndef WEBHOOK_METRICS_H
#define WEBHOOK_METRICS_H

#include "base/auto.h"
#include "base/err.h"
#include "base/str.h"

#define METRICS_TEXT_MAX        (4u << 20)
#define METRICS_CONNECTIONS_MAX 8

struct metrics_server;

struct metrics_server *metrics_server_new(const char *address,
                                          void (*fill)(void *ctx, struct str *out), void *ctx,
                                          struct err *err);
void metrics_server_free(struct metrics_server *server);
AUTO_DEFINE(metrics_server)
unsigned metrics_server_port(const struct metrics_server *server);

#endif
