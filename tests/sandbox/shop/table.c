#include "tests/sandbox/shop/table.h"

#include <stdlib.h>

static size_t place(const struct table *t, uint64_t key)
{
    uint64_t hash = key * UINT64_C(0x9e3779b97f4a7c15);
    size_t at = (size_t)(hash >> 20) & (t->room - 1);

    while (t->slots[at].value != NULL && t->slots[at].key != key)
        at = (at + 1) & (t->room - 1);
    return at;
}

void *table_get(const struct table *t, uint64_t key)
{
    return t->room == 0 ? NULL : t->slots[place(t, key)].value;
}

static void grow(struct table *t)
{
    struct table bigger = { .room = t->room == 0 ? 64 : t->room * 2 };

    bigger.slots = calloc(bigger.room, sizeof *bigger.slots);
    if (bigger.slots == NULL)
        abort();
    for (size_t i = 0; i < t->room; i++)
        if (t->slots[i].value != NULL)
            bigger.slots[place(&bigger, t->slots[i].key)] = t->slots[i];
    bigger.count = t->count;
    free(t->slots);
    *t = bigger;
}

void table_put(struct table *t, uint64_t key, void *value)
{
    size_t at;

    if (t->count * 4 >= t->room * 3)
        grow(t);
    at = place(t, key);
    t->count += t->slots[at].value == NULL;
    t->slots[at] = (struct slot){ key, value };
}

void table_clear(struct table *t)
{
    free(t->slots);
    *t = (struct table){ 0 };
}
