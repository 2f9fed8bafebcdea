#include "store/top.h"

#include <string.h>

void top_add(struct top *top, int64_t id)
{
    size_t at = top->count;

    while (at > 0 && top->ids[at - 1] < id)
        at--;
    if (at == top->room || (at > 0 && top->ids[at - 1] == id))
        return;
    if (top->count < top->room)
        top->count++;
    memmove(&top->ids[at + 1], &top->ids[at], (top->count - at - 1) * sizeof id);
    top->ids[at] = id;
}

int64_t top_floor(const struct top *top)
{
    return top->count == top->room ? top->ids[top->count - 1] : 0;
}

bool top_from(struct top *top, struct db *db, sqlite3_stmt *q, struct err *err)
{
    int rc;

    while ((rc = db_row(db, q, err)) == 1)
        top_add(top, col_int(q, 0));
    return rc == 0;
}
