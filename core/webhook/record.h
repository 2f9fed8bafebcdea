/*
 * record.h - which record a webhook is about, without reading all of it.
 *
 * Pure. A body is scanned from its begin only as far as needed: in Shopify's payloads the id is
 * the first key. What it finds in a body that is no JSON further on is as good as nothing: the
 * job that reads the whole body says so.
 */
#ifndef WEBHOOK_RECORD_H
#define WEBHOOK_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#define RECORD_TEXT_MAX 64

/*
 * The integer (at most 19 digits), or text without escapes of at most RECORD_TEXT_MAX - 1 bytes,
 * at path ("id", "order_edit.order_id"; at most two keys). False: not there, null, or not read
 * before the body turned out to be no object.
 */
bool record_find(const char *body, size_t len, const char *path, char *text);

#endif
