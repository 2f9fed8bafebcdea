#include "tests/sandbox/shop/kept.h"

#include <stdlib.h>

#include "base/auto.h"
#include "tests/sandbox/shop/shop.h"
#include "tests/sandbox/shop/table.h"

#define SHOWN 128 /* slots of records in hand; one that is pushed out waits in leaving */

struct shown {
    size_t index;
    void *record; /* NULL: free */
};

struct shelf {
    struct shown shown[SHOWN];
    void *leaving[SHOP_HANDS]; /* a ring */
    size_t left;
    struct table changed; /* index -> record */
};

struct kept {
    struct shelf shelves[KIND_COUNT];
    void (*forget[KIND_COUNT])(void *record);
};

struct kept *kept_new(void (*const forget[KIND_COUNT])(void *record))
{
    struct kept *k = calloc(1, sizeof *k);

    for (int i = 0; k != NULL && i < KIND_COUNT; i++)
        k->forget[i] = forget[i];
    return k;
}

void *kept_changed(const struct kept *k, enum kind kind, size_t index)
{
    return table_get(&k->shelves[kind].changed, index);
}

void *kept_find(struct kept *k, enum kind kind, size_t index)
{
    const struct shown *s = &k->shelves[kind].shown[index % SHOWN];
    void *record = kept_changed(k, kind, index);

    if (record != NULL)
        return record;
    return s->record != NULL && s->index == index ? s->record : NULL;
}

static void leave(struct kept *k, enum kind kind, void *record)
{
    struct shelf *shelf = &k->shelves[kind];
    void **out = &shelf->leaving[shelf->left++ % SHOP_HANDS];

    if (*out != NULL)
        k->forget[kind](*out);
    *out = record;
}

void kept_show(struct kept *k, enum kind kind, size_t index, void *record)
{
    struct shown *s = &k->shelves[kind].shown[index % SHOWN];

    if (s->record != NULL)
        leave(k, kind, s->record);
    *s = (struct shown){ index, record };
}

void kept_keep(struct kept *k, enum kind kind, size_t index)
{
    struct shown *s = &k->shelves[kind].shown[index % SHOWN];

    if (s->record == NULL || s->index != index)
        return; /* kept already */
    table_put(&k->shelves[kind].changed, index, s->record);
    s->record = NULL;
}

size_t kept_count(const struct kept *k, enum kind kind)
{
    return k->shelves[kind].changed.count;
}

void kept_each(const struct kept *k, enum kind kind, void (*each)(void *ctx, size_t index, void *record), void *ctx)
{
    const struct table *t = &k->shelves[kind].changed;

    for (size_t i = 0; i < t->room; i++)
        if (t->slots[i].value != NULL)
            each(ctx, (size_t)t->slots[i].key, t->slots[i].value);
}

void kept_free(struct kept *k)
{
    if (k == NULL)
        return;
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        struct shelf *s = &k->shelves[kind];

        for (size_t i = 0; i < SHOWN; i++)
            if (s->shown[i].record != NULL)
                k->forget[kind](s->shown[i].record);
        for (size_t i = 0; i < SHOP_HANDS; i++)
            if (s->leaving[i] != NULL)
                k->forget[kind](s->leaving[i]);
        for (size_t i = 0; i < s->changed.room; i++)
            if (s->changed.slots[i].value != NULL)
                k->forget[kind](s->changed.slots[i].value);
        table_clear(&s->changed);
    }
    free(k);
}
