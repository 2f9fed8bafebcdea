/*
 * bare.h - a client that does nothing but send taped calls: as many chains at once as told, each
 * call of a chain as soon as the one before is answered. What an Odoo can give.
 */
#ifndef BENCH_BARE_H
#define BENCH_BARE_H

#include "tests/bench/calls.h"

#define BARE_TOGETHER_MAX 64

/* done: room for calls->count; *count: chains with orders. False: an answer was no result. */
bool bare_run(const struct calls *calls, uint16_t port, unsigned together, struct done *done,
              size_t *count, struct err *err);

#endif
