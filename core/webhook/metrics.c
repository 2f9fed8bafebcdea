#include "webhook/metrics.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "webhook/listen.h"

struct metrics_server {
    struct MHD_Daemon *daemon;
    unsigned port;
    void (*fill)(void *ctx, struct str *out);
    void *ctx;
};

static enum MHD_Result reply(struct MHD_Connection *connection, unsigned status, char *text)
{
    struct MHD_Response *response;
    enum MHD_Result sent;

    if (text == NULL)
        return MHD_NO;
    response = MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE);
    if (response == NULL) {
        free(text);
        return MHD_NO;
    }
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                            "text/plain; version=0.0.4; charset=utf-8");
    sent = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return sent;
}

static enum MHD_Result handle(void *cls, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **request)
{
    struct metrics_server *server = cls;
    AUTO_STR out;

    str_init(&out, METRICS_TEXT_MAX);
    (void)version;
    (void)upload;
    (void)upload_size;
    (void)request;
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        return reply(connection, 405, strdup("GET it\n"));
    if (strcmp(url, "/metrics") != 0)
        return reply(connection, 404, strdup("only /metrics lives here\n"));
    server->fill(server->ctx, &out);
    return reply(connection, 200, str_take(&out));
}

static bool is_loopback(const char *address)
{
    return str_starts(address, "127.") || str_starts(address, "localhost:") ||
           str_starts(address, "[::1]:");
}

struct metrics_server *metrics_server_new(const char *address,
                                          void (*fill)(void *ctx, struct str *out), void *ctx,
                                          struct err *err)
{
    AUTO(metrics_server) server = calloc(1, sizeof *server);
    int listener;

    if (server == NULL) {
        err_set(err, ERR_BUSY, "no memory for the metrics server");
        return NULL;
    }
    server->fill = fill;
    server->ctx = ctx;
    if (!is_loopback(address)) {
        err_set(err, ERR_INVALID,
                "metrics tell of the business and ask nobody who they are: %s is not an address of "
                "this machine alone, such as 127.0.0.1:9480", address);
        return NULL;
    }
    listener = listen_on(address, 16, &server->port, err);
    if (listener < 0)
        return NULL;
    server->daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, handle, server,
                                      MHD_OPTION_LISTEN_SOCKET, listener,
                                      MHD_OPTION_CONNECTION_LIMIT, METRICS_CONNECTIONS_MAX,
                                      MHD_OPTION_CONNECTION_TIMEOUT, 10u, MHD_OPTION_END);
    if (server->daemon == NULL) {
        close(listener);
        err_set(err, ERR_BUSY, "the metrics server does not start on %s", address);
        return NULL;
    }
    return TAKE(server);
}

void metrics_server_free(struct metrics_server *server)
{
    if (server == NULL)
        return;
    if (server->daemon != NULL)
        MHD_stop_daemon(server->daemon);
    free(server);
}

unsigned metrics_server_port(const struct metrics_server *server)
{
    return server->port;
}
