/*
 * questions - what is asked of a shop in bulk, as it is sent: one JSON object a line with the
 * kind, whether it is filtered, the text of the operation, and the searches of lists and counts.
 */
#include <stdio.h>

#include "base/json.h"
#include "shopify/bulk_in.h"

#define NOVEMBER INT64_C(1793491200000000)

/* All a kind can be filtered by. */
static struct bulk_filter filter_of(enum bulk_kind kind, bool counted)
{
    const struct bulk_range range = { NOVEMBER, NOVEMBER + WHEN_DAY };
    struct bulk_filter f = { .status = NULL };

    if (kind == BULK_LOCATIONS || (kind == BULK_STOCK && counted))
        return f;
    f.created = f.updated = range;
    if (kind == BULK_ORDERS) {
        f.processed = range;
        f.status = "open,closed,cancelled,not_closed";
        f.financial =
            "authorized,expired,paid,partially_paid,partially_refunded,pending,refunded,voided";
        f.fulfilment = "fulfilled,on_hold,partial,scheduled,shipped,unfulfilled,unshipped";
    }
    if (kind == BULK_PRODUCTS)
        f.status = "active,draft";
    return f;
}

static bool put(enum bulk_kind kind, bool filtered)
{
    const struct bulk_filter none = { .status = NULL };
    struct bulk_filter listed = filtered ? filter_of(kind, false) : none;
    struct bulk_filter counted = filtered ? filter_of(kind, true) : none;
    struct err err = { .kind = ERR_NONE };
    AUTO_STR question, search, count;

    str_init(&question, BULK_QUESTION_MAX);
    str_init(&search, BULK_SEARCH_MAX);
    str_init(&count, BULK_SEARCH_MAX);
    if (!bulk_question(kind, &listed, &question, &err) ||
        !bulk_search(kind, &listed, false, filtered ? 7 : 0, &search, &err) ||
        !bulk_search(kind, &counted, true, 0, &count, &err)) {
        fprintf(stderr, "%s: %s\n", bulk_kind_name(kind), err.text);
        return false;
    }
    json_auto_t *row =
        json_pack("{s:s,s:s,s:s,s:b,s:s,s:s,s:s}", "kind", bulk_kind_name(kind), "root",
                  bulk_row(kind)->root, "counted", bulk_row(kind)->counted, "filtered", filtered,
                  "question", question.data, "search", search.data, "count", count.data);

    return json_dumpf(row, stdout, JSON_COMPACT) == 0 && putchar('\n') != EOF;
}

int main(void)
{
    for (unsigned k = 0; k < BULK_KIND_COUNT; k++)
        if (!put((enum bulk_kind)k, false) || !put((enum bulk_kind)k, true))
            return 1;
    return 0;
}
