#include "webhook/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/str.h"

/* Parts "host:port"; brackets around an IPv6 address are taken off. */
static bool split(const char *address, char *host, size_t host_size, char *port, size_t port_size)
{
    const char *colon = strrchr(address, ':');
    unsigned long long number;
    size_t len;

    if (colon == NULL)
        return false;
    len = (size_t)(colon - address);
    if (len >= 2 && address[0] == '[' && address[len - 1] == ']') {
        address++;
        len -= 2;
    } else if (memchr(address, ':', len) != NULL) {
        return false;
    }
    if (len >= host_size || !str_number(colon + 1, 65535, &number))
        return false;
    memcpy(host, address, len);
    host[len] = '\0';
    snprintf(port, port_size, "%llu", number);
    return true;
}

static unsigned port_of(int fd)
{
    struct sockaddr_storage bound;
    socklen_t len = sizeof bound;
    struct sockaddr_in four;
    struct sockaddr_in6 six;

    if (getsockname(fd, (struct sockaddr *)&bound, &len) != 0)
        return 0;
    if (bound.ss_family == AF_INET) {
        memcpy(&four, &bound, sizeof four);
        return ntohs(four.sin_port);
    }
    memcpy(&six, &bound, sizeof six);
    return ntohs(six.sin6_port);
}

static int bind_to(const struct addrinfo *info, const char *address, int backlog, struct err *err)
{
    int fd AUTO_CLOSE = socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1, bound;

    if (fd < 0) {
        err_errno(err, ERR_BUSY, errno, "listen on %s", address);
        return -1;
    }
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, info->ai_addr, info->ai_addrlen) != 0 || listen(fd, backlog) != 0) {
        err_errno(err, ERR_DENIED, errno, "listen on %s", address);
        return -1;
    }
    bound = fd;
    fd = -1;
    return bound;
}

int listen_on(const char *address, int backlog, unsigned *port, struct err *err)
{
    struct addrinfo hints = { .ai_family = AF_UNSPEC,
                              .ai_socktype = SOCK_STREAM,
                              .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
    struct addrinfo *found = NULL;
    char host[128], service[16];
    int rc, fd;

    if (!split(address, host, sizeof host, service, sizeof service)) {
        err_set(err, ERR_INVALID,
                "\"%.80s\" is no address with a port (127.0.0.1:8480, [::1]:8480)", address);
        return -1;
    }
    rc = getaddrinfo(host[0] != '\0' ? host : NULL, service, &hints, &found);
    if (rc != 0) {
        err_set(err, ERR_INVALID, "address %s: %s", address, gai_strerror(rc));
        return -1;
    }
    fd = bind_to(found, address, backlog, err);
    freeaddrinfo(found);
    if (fd >= 0)
        *port = port_of(fd);
    return fd;
}

char *listen_file(const char *path, size_t most, struct err *err)
{
    int fd AUTO_CLOSE = open(path, O_RDONLY | O_CLOEXEC);
    char *text;
    size_t len = 0;
    ssize_t n = 0;

    if (fd < 0) {
        err_errno(err, ERR_DENIED, errno, "read %s", path);
        return NULL;
    }
    text = calloc(1, most + 2);
    if (text == NULL) {
        err_set(err, ERR_BUSY, "no memory to read %s", path);
        return NULL;
    }
    while (len <= most && (n = read(fd, text + len, most + 1 - len)) > 0)
        len += (size_t)n;
    if (n < 0 || len > most) {
        if (n < 0)
            err_errno(err, ERR_DENIED, errno, "read %s", path);
        else
            err_set(err, ERR_INVALID, "%s is larger than %zu bytes", path, most);
        explicit_bzero(text, most + 2);
        free(text);
        return NULL;
    }
    return text;
}

void listen_forget(char *text)
{
    if (text == NULL)
        return;
    explicit_bzero(text, strlen(text));
    free(text);
}
