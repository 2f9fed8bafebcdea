/* bulk_pages.c - the records of a bulk file, where there is none: page by page, by id. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/json.h"
#include "shopify/bulk_in.h"
#include "shopify/reads.h"

#define PAGES_MAX 1000000 /* of one call */

typedef bool fetch_one(struct shop *shop, struct http *http, int64_t id, enum pace_class class,
                       json_t **record, struct graphql_trace *trace, struct err *err);

/* The list that may be longer than a page shows, and how the whole record is had. */
static const struct {
    const char *list;
    fetch_one *fetch;
} longer[BULK_KIND_COUNT] = {
    [BULK_CUSTOMERS] = { "addressesV2", customers_fetch },
    [BULK_PRODUCTS] = { "variants", products_fetch },
    [BULK_STOCK] = { "inventoryLevels", items_fetch },
    [BULK_ORDERS] = { "lineItems", orders_fetch },
};

struct paging {
    struct shop *shop;
    struct http *http;
    const struct bulk_filter *filter;
    struct bulk_reading *reading;
    struct bulk_cursor *cursor;
    struct graphql_trace *trace;
    bool stopped;
};

static bool heed(struct paging *p, enum bulk_next next)
{
    p->stopped = next == BULK_ENOUGH;
    return next == BULK_GO_ON;
}

static bool fault(struct paging *p, const struct err *what, const char *gid, int64_t line,
                  struct err *err)
{
    enum bulk_next next;

    p->reading->faults++;
    if (p->reading->fault == NULL) {
        *err = *what;
        return false;
    }
    next = p->reading->fault(p->reading->ctx, what, gid, line);
    if (next == BULK_GIVE_UP)
        *err = *what;
    return heed(p, next);
}

static bool is_of_record(enum err_kind kind)
{
    return kind == ERR_REFUSED || kind == ERR_CONFLICT || kind == ERR_INVALID;
}

/* The record with all of its list; *whole NULL and true: it is gone meanwhile. */
static bool complete(struct paging *p, json_t *node, int64_t id, json_t **whole, struct err *err)
{
    enum bulk_kind kind = p->reading->kind;
    const json_t *list = json_object_get(node, longer[kind].list);

    if (!json_flag(list, "pageInfo.hasNextPage")) {
        *whole = json_incref(node);
        return true;
    }
    if (longer[kind].fetch(p->shop, p->http, id, p->reading->class, whole, p->trace, err))
        return true;
    *whole = NULL;
    return err->kind == ERR_MISSING;
}

/* True: on with the next. */
static bool hand_over(struct paging *p, json_t *node, int64_t id, struct err *err)
{
    struct bulk_cursor after = { .records = p->cursor->records + 1, .id = id };
    struct bulk_reading *r = p->reading;
    struct err why = { .kind = ERR_NONE };
    json_auto_t *record = NULL;
    enum bulk_next next;
    bool on = true;

    if (!complete(p, node, id, &record, &why)) {
        if (!is_of_record(why.kind)) {
            *err = why;
            return false;
        }
        on = fault(p, &why, json_text_or(node, "id", ""), after.records, err);
    } else if (record != NULL) {
        bulk_finish_record(r->kind, record);
        next = r->record(r->ctx, record, after.records, &after, err);
        on = heed(p, next);
        r->records += next != BULK_GIVE_UP;
    }
    if (on || p->stopped)
        *p->cursor = after;
    return on;
}

/* Records must come by id, or one could be passed over unseen. */
static bool hand_over_all(struct paging *p, const json_t *nodes, struct err *err)
{
    const struct bulk_row *row = bulk_row(p->reading->kind);
    json_t *node;
    size_t i;

    json_array_foreach(nodes, i, node)
    {
        int64_t id;

        if (!graphql_gid_id(json_text(node, "id"), row->type, &id) || id <= p->cursor->id)
            return err_set(err, ERR_BUG, "a page of %s does not come by id", row->name);
        if (!hand_over(p, node, id, err))
            return false;
    }
    return true;
}

/*
 * One page; *more: there are others. Each is a search of its own, from the last id on, as Shopify
 * lets nobody walk a list deeper than 25,000 rows.
 */
static bool page(struct paging *p, bool *more, struct err *err)
{
    const struct bulk_row *row = bulk_row(p->reading->kind);
    struct graphql_request request = { .operation = row->page, .class = p->reading->class };
    json_auto_t *variables = NULL, *data = NULL;
    const json_t *list;
    AUTO_STR search;

    str_init(&search, BULK_SEARCH_MAX);
    if (!bulk_search(p->reading->kind, p->filter, false, p->cursor->id, &search, err))
        return false;
    variables = search.len > 0 ? json_pack("{s:s}", "query", search.data) : json_object();
    request.variables = variables;
    if (!graphql_call(p->shop, p->http, &request, &data, p->trace, err))
        return false;
    list = json_at(data, row->root);
    if (!json_is_array(json_object_get(list, "nodes")))
        return err_set(err, ERR_BUG, "a page of %s holds no list", row->name);
    *more = json_flag(list, "pageInfo.hasNextPage") && json_len(list, "nodes") > 0;
    return hand_over_all(p, json_object_get(list, "nodes"), err);
}

/* ---- places: few, and had at once ---- */

static int by_id(const void *a, const void *b)
{
    int64_t x = 0, y = 0;

    graphql_gid_id(json_text(*(json_t *const *)a, "id"), "Location", &x);
    graphql_gid_id(json_text(*(json_t *const *)b, "id"), "Location", &y);
    return (x > y) - (x < y);
}

static bool places(struct paging *p, struct err *err)
{
    json_auto_t *all = NULL, *rest = json_array();
    json_t *rows[READS_LOCATIONS_MAX];
    size_t count, i;
    AUTO_STR none;

    str_init(&none, BULK_SEARCH_MAX);
    if (!bulk_search(BULK_LOCATIONS, p->filter, false, 0, &none, err) ||
        !locations_fetch(p->shop, p->http, p->reading->class, &all, p->trace, err))
        return false;
    count = json_array_size(all);
    if (count > READS_LOCATIONS_MAX)
        return err_set(err, ERR_REFUSED, "more than %d locations", READS_LOCATIONS_MAX);
    for (i = 0; i < count; i++)
        rows[i] = json_array_get(all, i);
    qsort(rows, count, sizeof rows[0], by_id);
    for (i = 0; i < count; i++) {
        int64_t id = 0;

        graphql_gid_id(json_text(rows[i], "id"), "Location", &id);
        if (id == 0 || id > p->cursor->id)
            json_array_append(rest, rows[i]);
    }
    return hand_over_all(p, rest, err);
}

bool bulk_one(struct shop *shop, struct http *http, enum bulk_kind kind, int64_t id,
              enum pace_class class, json_t **record, struct graphql_trace *trace, struct err *err)
{
    if (longer[kind].fetch == NULL)
        return err_set(err, ERR_BUG, "%s are not had one by one", bulk_row(kind)->name);
    if (!longer[kind].fetch(shop, http, id, class, record, trace, err))
        return false;
    bulk_finish_record(kind, *record);
    return true;
}

bool bulk_pages(struct shop *shop, struct http *http, const struct bulk_filter *filter,
                struct bulk_reading *reading, struct bulk_cursor *cursor,
                struct graphql_trace *trace, struct err *err)
{
    struct paging p = { .shop = shop,
                        .http = http,
                        .filter = filter,
                        .reading = reading,
                        .cursor = cursor,
                        .trace = trace };
    struct err own = { .kind = ERR_NONE };
    bool more = true, good = true;

    reading->records = reading->faults = 0;
    reading->end = false;
    if (reading->kind == BULK_LOCATIONS) {
        good = places(&p, &own);
        more = false;
    }
    for (unsigned n = 0; good && more; n++)
        good = n < PAGES_MAX ? page(&p, &more, &own)
                             : err_set(&own, ERR_BUG, "the pages of %s do not end",
                                       bulk_kind_name(reading->kind));
    if (p.stopped)
        return true; /* whether there is more, the next call finds out */
    reading->end = good;
    if (!good && err != NULL)
        *err = own;
    return good;
}
