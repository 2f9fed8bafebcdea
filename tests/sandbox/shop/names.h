/*
 * names.h - made-up people, streets, towns and goods.
 */
#ifndef SANDBOX_SHOP_NAMES_H
#define SANDBOX_SHOP_NAMES_H

#include "tests/sandbox/rng.h"

/* f first names, l last names, s streets, g goods, m makes. Constant text, valid for good. */
const char *names_pick(struct rng *r, char kind);

struct town {
    char country[4], province[8], zip[16], name[48];
};
void names_town(struct rng *r, struct town *town);

#endif
