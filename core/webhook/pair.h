/*
 * pair.h - a certificate and its key from PEM files, checked before anybody uses them; and whether
 * the files have changed since.
 */
#ifndef WEBHOOK_PAIR_H
#define WEBHOOK_PAIR_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define PAIR_MAX (256u << 10) /* bytes of a file */

struct pair {
    char *cert, *key; /* PEM; NULL: none */
};

/* INVALID names the file and what is wrong with it; DENIED: it can't be read. */
bool pair_read(struct pair *pair, const char *cert, const char *key, struct err *err);
void pair_clear(struct pair *pair);
bool pair_is(const struct pair *a, const struct pair *b);
/* Changes with the files: size, time, which file it is. 0: one of them is not there. */
uint64_t pair_sign(const char *cert, const char *key);

#endif
