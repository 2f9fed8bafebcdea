/* m_stock.c - what the shop may oversell. */
#include <stdlib.h>

#include "base/auto.h"
#include "control/methods.h"
#include "store/risks.h"

#define MOST 200 /* rows; the worst first */

static json_t *row_json(const struct risk *r)
{
    return json_pack("{s:I,s:I,s:I,s:I,s:s,s:I,s:I,s:I,s:s,s:I,s:I}", "backend",
                     (json_int_t)r->backend, "item", (json_int_t)r->item, "location",
                     (json_int_t)r->location, "product", (json_int_t)r->product, "title", r->title,
                     "offered", (json_int_t)r->offered, "free", (json_int_t)r->free, "unseen",
                     (json_int_t)r->unseen, "why", r->why, "since", (json_int_t)r->since, "seen",
                     (json_int_t)r->seen);
}

bool m_stock_risks(struct call *call, struct err *err)
{
    struct risk *rows AUTO_FREE = calloc(MOST, sizeof *rows);
    size_t count = MOST;
    int64_t total = 0;
    json_t *list;

    if (rows == NULL)
        return err_set(err, ERR_BUSY, "no memory to read what may be oversold");
    if (!risks_list(call->db, call_int(call, "backend", 0), rows, &count, &total, err))
        return false;
    list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, row_json(&rows[i]));
    call->result = json_pack("{s:o,s:I}", "rows", list, "total", (json_int_t)total);
    return true;
}
