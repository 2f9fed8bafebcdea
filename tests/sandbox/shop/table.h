/*
 * table.h - numbers to pointers: open addressing, grows by itself, nothing is ever taken out.
 */
#ifndef SANDBOX_SHOP_TABLE_H
#define SANDBOX_SHOP_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table {
    struct slot {
        uint64_t key; /* value NULL: free */
        void *value;
    } *slots;
    size_t room, count;
};

void *table_get(const struct table *t, uint64_t key); /* NULL: none */
void table_put(struct table *t, uint64_t key, void *value);
void table_clear(struct table *t); /* the values are the caller's */

#endif
