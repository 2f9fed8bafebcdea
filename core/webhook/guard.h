/*
 * guard.h - is this request framed as one that Shopify sends? The HTTP library is lenient where
 * a smuggler needs it (Content-Length beside Transfer-Encoding, two lengths, a blank before the
 * colon); the guard is not. Pure: every header goes in once, then one verdict comes out.
 *
 * The texts kept are borrowed from the caller and live as long as the request's headers do.
 */
#ifndef WEBHOOK_GUARD_H
#define WEBHOOK_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "webhook/verdict.h"

#define GUARD_HEADERS_MAX 100
#define GUARD_VALUE_MAX   512 /* bytes of a header value that we keep */

struct guard {
    const char *topic, *hmac, *shop, *webhook_id, *event_id, *triggered_at; /* NULL: absent */
    const char *type, *forwarded;
    const char *length_text;
    size_t length; /* valid once guard_judge said VERDICT_OK */
    unsigned headers, hosts, lengths, encodings;
    bool odd;
};

void guard_init(struct guard *g);
void guard_header(struct guard *g, const char *name, size_t name_len, const char *value,
                  size_t value_len);

/* The first fault, worst first: framing, then address, method, length, type and size. */
enum verdict guard_judge(struct guard *g, const char *method, const char *version, const char *path,
                         const char *wanted_path, size_t body_max);

#endif
