/*
 * source.h - who sent it: addresses, ranges of them (CIDR), and the address behind a proxy.
 *
 * One form for both families: 16 bytes, IPv4 as ::ffff:a.b.c.d. Pure.
 */
#ifndef BASE_SOURCE_H
#define BASE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"

#define SOURCE_TEXT_MAX   46
#define SOURCE_RANGES_MAX 64

struct source {
    uint8_t bytes[16];
};

struct source_range {
    struct source base;
    unsigned bits; /* 0..128 */
};

struct source_list {
    struct source_range ranges[SOURCE_RANGES_MAX];
    size_t count;
    bool nobody; /* "none" was said: an empty list that is not "any" */
};

bool source_parse(const char *text, size_t len, struct source *source);
bool source_from(const struct sockaddr *address, struct source *source);
/* Writes "203.0.113.9" or "2001:db8::1" into buf of SOURCE_TEXT_MAX bytes and returns it. */
char *source_text(const struct source *source, char *buf);
bool source_equal(const struct source *a, const struct source *b);

/*
 * Ranges parted by commas or blanks: "10.0.0.0/8, 2001:db8::/32, 192.0.2.7". "" is an empty list,
 * "none" one that says so on purpose.
 */
bool source_list_read(struct source_list *list, const char *text, struct err *err);
bool source_list_has(const struct source_list *list, const struct source *source);

/*
 * The address a request came from. The peer's own, unless the peer is a trusted proxy: then the
 * rightmost address in X-Forwarded-For that is no trusted proxy itself. Whatever stands further
 * left was written by the sender and proves nothing. A header that cannot be read leaves the peer.
 */
struct source source_behind(const struct source *peer, const struct source_list *trusted,
                            const char *forwarded);

#endif
