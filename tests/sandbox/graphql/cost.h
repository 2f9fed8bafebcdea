/*
 * cost.h - what a query costs by the model fitted to captured answers: connections by 2 ln n,
 * objects 1, scalars 0, mutations 10; and the leaky bucket that pays for it.
 */
#ifndef SANDBOX_GRAPHQL_COST_H
#define SANDBOX_GRAPHQL_COST_H

#include <stdint.h>

#include "tests/sandbox/graphql/parse.h"
#include "tests/sandbox/graphql/schema.h"

int cost_multiplier(int64_t first); /* 1 for 1 and 2, 9 for 100, 11 for 250 */
bool cost_free(const struct schema_type *parent, const struct schema_field *f); /* an object that costs nothing itself */
int cost_requested(const struct schema *s, const struct document *d, const struct operation *o, const json_t *variables);

struct bucket {
    double size, rate, level; /* points; points a second */
    int64_t at;               /* when_ticks() of level */
};

void bucket_init(struct bucket *b, double size, double rate);
/* Takes that many points if they are there. */
bool bucket_take(struct bucket *b, double points);
void bucket_give(struct bucket *b, double points);
double bucket_level(struct bucket *b);

#endif
