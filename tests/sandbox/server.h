/*
 * server.h - the HTTP/1.x server under both practice sides: blocking workers that accept, read
 * one request, call the handler and answer.
 *
 * Two manners. One shot, like a prefork Odoo: each worker has one connection, answers HTTP/1.0
 * and closes; a connected client that says nothing keeps a worker busy until read_ms. Kept
 * alive, like Shopify: HTTP/1.1, a worker stays with its connection until idle_ms.
 *
 * The handler runs on a worker's thread, several at once. What it points to in the reply must
 * not outlive the call; reply->head and reply->body are the server's to free.
 */
#ifndef SANDBOX_SERVER_H
#define SANDBOX_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/str.h"

#define SERVER_HEAD_MAX (32 * 1024)
#define SERVER_HEADERS_MAX 64
#define SERVER_WORKERS_MAX 256

struct server_header {
    const char *name, *value;
};

struct request {
    const char *method, *path, *query; /* path without query; query "" if none */
    struct server_header headers[SERVER_HEADERS_MAX];
    size_t header_count;
    const char *body; /* followed by a NUL */
    size_t len;
    bool slow; /* the body did not come in time: len is what there was */
};

enum reply_fate {
    REPLY_SEND,
    REPLY_DROP,  /* close without a byte */
    REPLY_HANG,  /* say nothing until the client closes or hang_ms passes, then close */
    REPLY_BREAK, /* half of the body, then close */
};

struct reply {
    int status;
    const char *reason;
    const char *type; /* Content-Type; NULL for none */
    struct str head;  /* further header lines, each ending in \r\n */
    struct str body;
    int file;          /* sent instead of body; -1: none; the server closes it */
    int64_t from, len; /* of the file */
    enum reply_fate fate;
    unsigned hang_ms;
};

struct server_options {
    uint16_t port; /* 0: the system chooses */
    unsigned workers;
    bool keep_alive;
    unsigned read_ms, idle_ms;
    size_t body_max;
    const char *software; /* the Server header, NULL for none */
    void (*handle)(void *ctx, const struct request *request, struct reply *reply);
    void *ctx;
};

struct server;

struct server *server_start(const struct server_options *options, struct err *err);
uint16_t server_port(const struct server *s);
/* Refuses connections until that when_ticks(). */
void server_outage(struct server *s, int64_t until);
void server_free(struct server *s); /* stops, cuts open connections, joins; NULL is fine */
AUTO_DEFINE(server)

const char *request_header(const struct request *request, const char *name); /* NULL: none */
void reply_text(struct reply *reply, int status, const char *reason, const char *type,
                const char *body);

#endif
