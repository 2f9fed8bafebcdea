/*
 * load_order.h - orders as Shopify would send them, all different, signed, nearly for nothing:
 * the text they share is hashed once, each adds its own end. Owned by one thread.
 */
#ifndef TESTS_BENCH_LOAD_ORDER_H
#define TESTS_BENCH_LOAD_ORDER_H

#include <stddef.h>
#include <stdint.h>

#define ORDER_END_MAX  512
#define ORDER_SIGN_MAX 48

struct order_maker;

/* size: bytes of a body, 4 KiB to 1 MiB. NULL without memory or with a size out of range. */
struct order_maker *order_maker_new(const char *secret, size_t size);
void order_maker_free(struct order_maker *m);

const char *order_start(const struct order_maker *m, size_t *len); /* shared by all orders */
/* The end of order number n, padded so that every body has the same size, and its signature in
 * base64. False only if OpenSSL fails. */
_Bool order_end(struct order_maker *m, uint64_t n, char end[ORDER_END_MAX], size_t *len,
                char sign[ORDER_SIGN_MAX]);

#endif
