#include "tests/sandbox/shop/index.h"

#include <ctype.h>
#include <string.h>

#include "tests/sandbox/shop/kept.h"
#include "tests/sandbox/shop/make.h"

struct entry {
    uint32_t hash, index;
};

struct list {
    struct entry *entries;
    size_t count, room;
    bool built;
};

struct index {
    struct list products, customers;
};

struct index *index_new(void)
{
    return calloc(1, sizeof(struct index));
}

void index_free(struct index *x)
{
    if (x == NULL)
        return;
    free(x->products.entries);
    free(x->customers.entries);
    free(x);
}

/* Blanks around it and its case do not count. */
static uint32_t hash_of(const char *text)
{
    uint32_t hash = 2166136261u;
    size_t len;

    text += strspn(text, " ");
    len = strlen(text);
    while (len > 0 && text[len - 1] == ' ')
        len--;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (uint32_t)tolower((unsigned char)text[i])) * 16777619u;
    return hash;
}

static void put(struct list *l, const char *text, size_t index)
{
    if (text == NULL || *text == '\0')
        return;
    if (l->count == l->room) {
        l->room = l->room == 0 ? 4096 : l->room * 2;
        l->entries = realloc(l->entries, l->room * sizeof *l->entries);
        if (l->entries == NULL)
            abort();
    }
    l->entries[l->count++] = (struct entry){ hash_of(text), (uint32_t)index };
}

static int by_hash(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;

    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static void sorted(struct list *l)
{
    qsort(l->entries, l->count, sizeof *l->entries, by_hash);
    l->built = true;
}

static void build_products(struct shop *s, struct list *l)
{
    for (size_t i = 0; i < s->product_count; i++) {
        struct product *p = product_make(s, i);

        for (size_t k = 0; k < p->count; k++)
            put(l, p->variants[k].sku, i);
        product_free(p);
    }
    sorted(l);
}

static void build_customers(struct shop *s, struct list *l)
{
    for (size_t i = 0; i < s->customer_count; i++) {
        struct customer *c = customer_make(s, i);

        put(l, c->email, i);
        put(l, c->phone, i);
        customer_free(c);
    }
    sorted(l);
}


static void changed_one(void *ctx, size_t index, void *record)
{
    struct list *found = ctx;

    (void)record;
    put(found, "changed", index);
}

static int by_index(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;

    return (x->index > y->index) - (x->index < y->index);
}

/* Those of the hash, and all that were changed since. */
static void look(struct shop *s, const struct list *l, enum kind kind, const char *text, void (*each)(void *ctx, size_t index),
                 void *ctx)
{
    struct list found = { 0 };
    uint32_t hash = hash_of(text);
    size_t low = 0, high = l->count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (l->entries[middle].hash < hash)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < l->count && l->entries[low].hash == hash; low++)
        put(&found, "found", l->entries[low].index);
    kept_each(s->kept, kind, changed_one, &found);
    if (found.count > 1)
        qsort(found.entries, found.count, sizeof *found.entries, by_index);
    for (size_t i = 0; i < found.count; i++)
        if (i == 0 || found.entries[i].index != found.entries[i - 1].index)
            each(ctx, found.entries[i].index);
    free(found.entries);
}

void index_products(struct shop *s, const char *sku, void (*each)(void *ctx, size_t product), void *ctx)
{
    if (!s->index->products.built)
        build_products(s, &s->index->products);
    look(s, &s->index->products, KIND_PRODUCT, sku, each, ctx);
}

void index_customers(struct shop *s, const char *reach, void (*each)(void *ctx, size_t customer), void *ctx)
{
    if (!s->index->customers.built)
        build_customers(s, &s->index->customers);
    look(s, &s->index->customers, KIND_CUSTOMER, reach, each, ctx);
}
