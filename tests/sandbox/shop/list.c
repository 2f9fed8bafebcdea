#include "tests/sandbox/shop/list.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "tests/sandbox/shop/index.h"
#include "tests/sandbox/shop/levels.h"
#include "tests/sandbox/shop/view.h"

#define ORDERS_SEEN (60 * WHEN_DAY) /* without read_all_orders */

/* ---- heads ---- */

static void order_head(const struct order *o, struct head *h)
{
    *h = (struct head){ .created = o->created, .updated = o->updated, .cancelled = o->cancelled, .closed = o->closed,
                        .financial = o->financial, .fulfillment = o->fulfillment, .test = o->test, .customer = o->customer };
}

void shop_head(struct shop *s, enum kind kind, size_t index, struct head *h)
{
    const void *changed = kind == KIND_ORDER && index >= s->past ? s->orders[index - s->past] : kept_changed(s->kept, kind, index);

    if (kind == KIND_PRODUCT) {
        const struct product *p = changed;

        product_head(s, index, h);
        if (p != NULL)
            *h = (struct head){ .created = p->created, .updated = p->updated, .gone = p->deleted, .customer = SIZE_MAX };
    } else if (kind == KIND_CUSTOMER) {
        const struct customer *c = changed;

        customer_head(s, index, h);
        if (c != NULL)
            *h = (struct head){ .created = c->created, .updated = c->updated, .gone = c->deleted, .customer = SIZE_MAX };
    } else if (changed != NULL) {
        order_head(changed, h);
    } else {
        past_head(s, index, h);
    }
}

/* ---- where to look, and in which order ---- */

bool walk_rows(const char *field, enum rows *rows)
{
    static const struct {
        const char *field, *count;
        enum rows rows;
    } fields[] = { { "orders", "ordersCount", ROWS_ORDERS },
                   { "customers", "customersCount", ROWS_CUSTOMERS },
                   { "products", "productsCount", ROWS_PRODUCTS },
                   { "productVariants", "productVariantsCount", ROWS_VARIANTS },
                   { "inventoryItems", "inventoryItemsCount", ROWS_ITEMS } };

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (strcmp(field, fields[i].field) == 0 || strcmp(field, fields[i].count) == 0) {
            *rows = fields[i].rows;
            return true;
        }
    return false;
}

static size_t all_of(const struct shop *s, enum kind kind)
{
    return kind == KIND_ORDER ? shop_orders_held(s) : kind == KIND_CUSTOMER ? s->customer_count : s->product_count;
}

static void candidate(void *ctx, size_t index)
{
    struct walk *w = ctx;

    if (w->count % 64 == 0) {
        w->order = realloc(w->order, (w->count + 64) * sizeof *w->order);
        if (w->order == NULL)
            abort();
    }
    w->order[w->count++] = (uint32_t)index;
}

static void candidate_id(struct walk *w, const char *value)
{
    const char *slash = strrchr(value, '/');
    int64_t id = strtoll(slash == NULL ? value : slash + 1, NULL, 10);
    const struct variant *v;
    size_t index;

    if (w->rows == ROWS_ORDERS) {
        if (shop_order_index(w->shop, id, &index))
            candidate(w, index);
    } else if (w->rows == ROWS_CUSTOMERS) {
        if (shop_customer_held(w->shop, id) != NULL)
            candidate(w, shop_customer_held(w->shop, id)->index);
    } else if (w->rows == ROWS_PRODUCTS) {
        if (shop_product_held(w->shop, id) != NULL)
            candidate(w, shop_product_held(w->shop, id)->index);
    } else {
        v = shop_variant_held(w->shop, id);
        if (v != NULL)
            candidate(w, v->of->index);
    }
}

/* Orders are numbered from 1001 on. */
static void candidate_name(struct walk *w, const char *name)
{
    long number = strtol(*name == '#' ? name + 1 : name, NULL, 10);

    if (number > 1000 && (size_t)(number - 1001) < shop_orders_held(w->shop))
        candidate(w, (size_t)(number - 1001));
}

/* A search that names the thing itself looks at few records. */
static bool few(struct walk *w)
{
    const char *sku = query_must(&w->query, "sku"), *id = query_must(&w->query, "id"), *name = query_must(&w->query, "name");
    const char *reach = query_must(&w->query, "email");

    w->count = 0;
    if (reach == NULL)
        reach = query_must(&w->query, "phone");
    if (id != NULL && strchr(id, ',') == NULL)
        candidate_id(w, id);
    else if (w->kind == KIND_ORDER && name != NULL)
        candidate_name(w, name);
    else if (w->kind == KIND_PRODUCT && sku != NULL && *sku != '\0')
        index_products(w->shop, sku, candidate, w);
    else if (w->kind == KIND_CUSTOMER && reach != NULL && *reach != '\0')
        index_customers(w->shop, reach, candidate, w);
    else
        return false;
    if (w->order == NULL)
        w->order = calloc(1, sizeof *w->order);
    return true;
}

struct dated {
    when at;
    uint32_t index;
};

static int by_date(const void *a, const void *b)
{
    const struct dated *x = a, *y = b;

    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static void by_update(struct walk *w)
{
    struct dated *all = malloc((w->count + 1) * sizeof *all);

    w->order = malloc((w->count + 1) * sizeof *w->order);
    if (all == NULL || w->order == NULL)
        abort();
    for (size_t i = 0; i < w->count; i++) {
        struct head h;

        shop_head(w->shop, w->kind, i, &h);
        all[i] = (struct dated){ h.updated, (uint32_t)i };
    }
    qsort(all, w->count, sizeof *all, by_date);
    for (size_t i = 0; i < w->count; i++)
        w->order[i] = all[i].index;
    free(all);
}

static const char *const *names_of(enum rows rows, bool counting)
{
    static const char *const *const listed[] = { [ROWS_ORDERS] = query_order_names,     [ROWS_CUSTOMERS] = query_customer_names,
                                                 [ROWS_PRODUCTS] = query_product_names, [ROWS_VARIANTS] = query_variant_names,
                                                 [ROWS_ITEMS] = query_item_names,       [ROWS_LEVELS] = query_item_names };
    static const char *const customers[] = { "created_at", "id", "updated_at", NULL }, *const none[] = { NULL };

    if (counting && rows == ROWS_CUSTOMERS)
        return customers;
    return counting && rows == ROWS_VARIANTS ? none : listed[rows];
}

void walk_start(struct walk *w, struct shop *s, enum rows rows, bool counting, const json_t *args, bool all_orders,
                json_t *warnings)
{

    *w = (struct walk){ .shop = s, .rows = rows, .nth = SIZE_MAX, .reverse = json_flag(args, "reverse") };
    w->kind = rows == ROWS_ORDERS ? KIND_ORDER : rows == ROWS_CUSTOMERS ? KIND_CUSTOMER : KIND_PRODUCT;
    w->since = rows == ROWS_ORDERS && !all_orders ? when_now() - ORDERS_SEEN : 0;
    query_read(json_text(args, "query"), names_of(rows, counting), &w->query, warnings);
    if (few(w))
        return;
    w->count = all_of(s, w->kind);
    w->updated = rows <= ROWS_PRODUCTS && strcmp(json_text_or(args, "sortKey", ""), "UPDATED_AT") == 0;
    if (w->updated)
        by_update(w);
}

void walk_clear(struct walk *w)
{
    free(w->order);
    w->order = NULL;
}

/* ---- one after the other ---- */

static size_t index_at(const struct walk *w, size_t position)
{
    size_t at = w->reverse ? w->count - 1 - position : position;

    return w->order == NULL ? at : w->order[at];
}

static bool fits(struct walk *w, size_t index)
{
    struct shop *s = w->shop;
    struct head h;
    enum answer answer;

    shop_head(s, w->kind, index, &h);
    if (h.gone || h.created < w->since)
        return false;
    if (w->rows >= ROWS_VARIANTS)
        return true;
    answer = w->kind == KIND_ORDER    ? query_order(s, &w->query, &h, NULL) :
             w->kind == KIND_CUSTOMER ? query_customer(s, &w->query, &h, NULL) :
                                        query_product(s, &w->query, &h, NULL);
    if (answer != ANSWER_MAYBE)
        return answer == ANSWER_YES;
    return (w->kind == KIND_ORDER    ? query_order(s, &w->query, &h, shop_order_at(s, index)) :
            w->kind == KIND_CUSTOMER ? query_customer(s, &w->query, &h, shop_customer_at(s, index)) :
                                       query_product(s, &w->query, &h, shop_product_at(s, index))) == ANSWER_YES;
}

static bool variant_fits(struct walk *w, const struct variant *v)
{
    struct level level;

    if (!query_variant(&w->query, v, w->rows != ROWS_VARIANTS))
        return false;
    if (w->rows != ROWS_LEVELS)
        return true;
    levels_get(w->shop, v, w->location, &level);
    return level.stocked;
}

/* The next variant of a product that fits; false: none left. */
static bool next_variant(struct walk *w, size_t index, size_t *nth)
{
    const struct product *p = shop_product_at(w->shop, index);
    size_t at = w->nth != SIZE_MAX ? w->nth : w->reverse ? p->count : 0;

    if (w->reverse)
        while (at > 0 && !variant_fits(w, &p->variants[at - 1]))
            at--;
    else
        while (at < p->count && !variant_fits(w, &p->variants[at]))
            at++;
    if (w->reverse ? at == 0 : at >= p->count)
        return false;
    *nth = w->reverse ? at - 1 : at;
    w->nth = w->reverse ? at - 1 : at + 1;
    return true;
}

bool walk_next(struct walk *w, struct row *row)
{
    for (; w->next < w->count; w->next++, w->nth = SIZE_MAX) {
        *row = (struct row){ index_at(w, w->next), 0 };
        if (!fits(w, row->index))
            continue;
        if (w->rows < ROWS_VARIANTS) {
            w->next++;
            return true;
        }
        if (next_variant(w, row->index, &row->nth))
            return true;
    }
    return false;
}

json_t *row_gid(const struct walk *w, const struct row *row)
{
    int64_t nth = (int64_t)row->index * VARIANT_STEP + (int64_t)row->nth;

    switch (w->rows) {
    case ROWS_ORDERS: return view_gid("Order", shop_order_at(w->shop, row->index)->id);
    case ROWS_CUSTOMERS: return view_gid("Customer", CUSTOMER_FIRST + (int64_t)row->index * CUSTOMER_STEP);
    case ROWS_PRODUCTS: return view_gid("Product", PRODUCT_FIRST + (int64_t)row->index * PRODUCT_STEP);
    case ROWS_VARIANTS: return view_gid("ProductVariant", VARIANT_FIRST + nth);
    case ROWS_ITEMS: return view_gid("InventoryItem", ITEM_FIRST + nth);
    case ROWS_LEVELS:
    default: return view_level_gid(shop_location(w->shop, w->location)->id, ITEM_FIRST + nth);
    }
}

/* ---- pages ---- */

static json_t *cursor_of(struct walk *w, const struct row *row)
{
    struct head h = { 0 };

    if (w->updated)
        shop_head(w->shop, w->kind, row->index, &h);
    return json_sprintf("eyJsYXN0X2lkIjo-%zx-%zx-%" PRIx64, row->index, row->nth, (uint64_t)h.updated);
}

/* Whether the record at a position comes after a cursor's, by date and index. */
static bool beyond(struct walk *w, size_t position, when at, size_t index)
{
    struct head h;
    size_t mine = index_at(w, position);
    bool after;

    if (!w->updated)
        return w->reverse ? mine < index : mine > index;
    shop_head(w->shop, w->kind, mine, &h);
    after = h.updated != at ? h.updated > at : mine > index;
    return w->reverse ? !after && (h.updated != at || mine != index) : after;
}

static bool go_to(struct walk *w, const char *cursor)
{
    size_t index, nth, low = 0, high = w->count;
    uint64_t at;
    int read = 0;

    if (sscanf(cursor, "eyJsYXN0X2lkIjo-%zx-%zx-%" SCNx64 "%n", &index, &nth, &at, &read) != 3 || cursor[read] != '\0')
        return false;
    if (index >= all_of(w->shop, w->kind) || nth >= VARIANTS_MAX)
        return false;
    while (low < high) {
        size_t middle = (low + high) / 2;

        if (beyond(w, middle, (when)at, index))
            high = middle;
        else
            low = middle + 1;
    }
    w->next = low;
    if (w->rows >= ROWS_VARIANTS && low > 0 && index_at(w, low - 1) == index) { /* the rest of that product */
        w->next = low - 1;
        w->nth = w->reverse ? nth : nth + 1;
    }
    return true;
}

static void reverse(json_t *list)
{
    size_t count = json_array_size(list);

    for (size_t i = 0; i + 1 < count; i++) {
        json_t *last = json_incref(json_array_get(list, count - 1));

        json_array_remove(list, count - 1);
        json_array_insert_new(list, i, last);
    }
}

static json_t *take(struct walk *w, size_t size, bool from, bool backwards)
{
    json_t *nodes = json_array(), *cursors = json_array();
    struct row row;
    bool more = false;

    while (!more && walk_next(w, &row)) {
        more = json_array_size(nodes) == size;
        if (more)
            break;
        json_array_append_new(nodes, row_gid(w, &row));
        json_array_append_new(cursors, cursor_of(w, &row));
    }
    if (backwards) {
        reverse(nodes);
        reverse(cursors);
    }
    return json_pack("{s:o,s:o,s:b,s:b}", "$nodes", nodes, "$cursors", cursors, "$next", backwards ? from : more, "$previous",
                     backwards ? more : from);
}

json_t *walk_page(struct walk *w, struct execution *e, const char *field, const json_t *args)
{
    const json_t *first = json_object_get(args, "first"), *last = json_object_get(args, "last");
    bool backwards = !json_is_integer(first);
    const char *cursor = json_text(args, backwards ? "before" : "after");
    json_int_t size = json_integer_value(backwards ? last : first);
    json_t *page = NULL;

    if (backwards)
        w->reverse = !w->reverse;
    if (!json_is_integer(first) && !json_is_integer(last))
        execution_fail(e, "BAD_REQUEST", "you must provide one of first or last");
    else if (size < 0 || size > 250)
        execution_fail(e, "BAD_REQUEST", "%s: the page size must be between 0 and 250", field);
    else if (cursor != NULL && !go_to(w, cursor))
        execution_fail(e, "BAD_REQUEST", "Invalid cursor for current pagination sort.");
    else
        page = take(w, (size_t)size, cursor != NULL, backwards);
    walk_clear(w);
    return page;
}

json_t *walk_count(struct walk *w, json_int_t limit)
{
    json_int_t n = 0;
    struct row row;

    while ((limit <= 0 || n <= limit) && walk_next(w, &row))
        n++;
    walk_clear(w);
    return json_pack("{s:I,s:s}", "count", limit > 0 && n > limit ? limit : n, "precision",
                     limit > 0 && n > limit ? "AT_LEAST" : "EXACT");
}
