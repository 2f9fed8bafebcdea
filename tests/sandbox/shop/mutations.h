/*
 * mutations.h - the root fields of mutations.
 */
#ifndef SANDBOX_SHOP_MUTATIONS_H
#define SANDBOX_SHOP_MUTATIONS_H

#include "tests/sandbox/shop/roots.h"

json_t *mutation_field(struct roots *r, struct execution *e, const char *field, const json_t *args);

#endif
