/* shop.c - the shop as a whole; records by index and by id. */
#include "tests/sandbox/shop/shop.h"

#include <stdio.h>
#include <string.h>

#include "base/money.h"
#include "base/mutex.h"
#include "base/str.h"
#include "tests/sandbox/shop/index.h"
#include "tests/sandbox/shop/kept.h"
#include "tests/sandbox/shop/make.h"
#include "tests/sandbox/shop/levels.h"
#include "tests/sandbox/shop/stock.h"

static const struct location places[LOCATIONS_MAX] = {
    { INT64_C(9010000000000007), "Practice Warehouse", "1 Dock Road", "San Francisco", "94105", "CA", "US", true },
    { INT64_C(9010000000000014), "Corner Store", "12 Elm Avenue", "Seattle", "98101", "WA", "US", true },
    { INT64_C(9010000000000021), "Old Depot", "3 Mill Lane", "Austin", "78701", "TX", "US", false },
};

size_t shop_locations(const struct shop *s)
{
    return s->tidy ? 1 : LOCATIONS_MAX;
}

const struct location *shop_location(const struct shop *s, size_t nth)
{
    return nth < shop_locations(s) ? &places[nth] : NULL;
}

bool shop_location_find(const struct shop *s, int64_t id, size_t *nth)
{
    for (size_t i = 0; i < shop_locations(s); i++)
        if (places[i].id == id) {
            *nth = i;
            return true;
        }
    return false;
}

const struct location *shop_order_counter(const struct shop *s, const struct order *o)
{
    return strcmp(o->source, "pos") == 0 ? shop_location(s, o->location) : NULL;
}

int64_t shop_id_held(struct shop *s)
{
    s->next_id += 1 + (int64_t)rng_below(&s->rng, 97);
    return s->next_id;
}

/* ---- by index ---- */

static void *record_at(struct shop *s, enum kind kind, size_t index)
{
    void *record = kept_find(s->kept, kind, index);

    if (record != NULL)
        return record;
    record = kind == KIND_PRODUCT  ? (void *)product_make(s, index) :
             kind == KIND_CUSTOMER ? (void *)customer_make(s, index) :
                                     (void *)past_make(s, index);
    kept_show(s->kept, kind, index, record);
    return record;
}

static void *record_change(struct shop *s, enum kind kind, size_t index)
{
    void *record = record_at(s, kind, index);

    kept_keep(s->kept, kind, index);
    s->version++;
    return record;
}

struct product *shop_product_at(struct shop *s, size_t index)
{
    return record_at(s, KIND_PRODUCT, index);
}

struct customer *shop_customer_at(struct shop *s, size_t index)
{
    return record_at(s, KIND_CUSTOMER, index);
}

struct order *shop_order_at(struct shop *s, size_t index)
{
    return index < s->past ? record_at(s, KIND_ORDER, index) : s->orders[index - s->past];
}

struct product *shop_product_change(struct shop *s, size_t index)
{
    return record_change(s, KIND_PRODUCT, index);
}

struct customer *shop_customer_change(struct shop *s, size_t index)
{
    return record_change(s, KIND_CUSTOMER, index);
}

struct order *shop_order_change(struct shop *s, size_t index)
{
    if (index < s->past)
        return record_change(s, KIND_ORDER, index);
    s->version++;
    return s->orders[index - s->past];
}

size_t shop_orders_held(const struct shop *s)
{
    return s->past + s->order_count;
}

/* ---- by id ---- */

static bool index_of(int64_t id, int64_t first, int64_t step, size_t count, size_t *index)
{
    if (id < first || (id - first) % step != 0)
        return false;
    *index = (size_t)((id - first) / step);
    return *index < count;
}

bool shop_order_index(const struct shop *s, int64_t id, size_t *index)
{
    size_t low = 0, high = s->order_count;

    if (index_of(id, PAST_FIRST, PAST_STEP, s->past, index))
        return true;
    while (low < high) { /* ids grow */
        size_t middle = (low + high) / 2;

        if (s->orders[middle]->id < id)
            low = middle + 1;
        else
            high = middle;
    }
    *index = s->past + low;
    return low < s->order_count && s->orders[low]->id == id;
}

struct order *shop_order_held(struct shop *s, int64_t id)
{
    size_t index;

    return shop_order_index(s, id, &index) ? shop_order_at(s, index) : NULL;
}

struct customer *shop_customer_held(struct shop *s, int64_t id)
{
    size_t index;

    return index_of(id, CUSTOMER_FIRST, CUSTOMER_STEP, s->customer_count, &index) ? shop_customer_at(s, index) : NULL;
}

struct product *shop_product_held(struct shop *s, int64_t id)
{
    size_t index;

    return index_of(id, PRODUCT_FIRST, PRODUCT_STEP, s->product_count, &index) ? shop_product_at(s, index) : NULL;
}

struct variant *shop_variant_held(struct shop *s, int64_t id)
{
    int64_t first = id >= ITEM_FIRST ? ITEM_FIRST : VARIANT_FIRST; /* an inventory item is its variant's */
    size_t index;
    struct product *p;

    if (id < first || !index_of((id - first) / VARIANT_STEP, 0, 1, s->product_count, &index))
        return NULL;
    p = shop_product_at(s, index);
    index = (size_t)((id - first) % VARIANT_STEP);
    return index < p->count ? &p->variants[index] : NULL;
}

struct variant *shop_variant_at(struct shop *s, size_t index)
{
    for (size_t i = 0; i < s->product_count; i++) {
        struct product *p = shop_product_at(s, i);

        if (index < p->count)
            return &p->variants[index];
        index -= p->count;
    }
    return NULL;
}

/* ---- the whole ---- */

static void secret(struct rng *r, char *to, const char *prefix, size_t digits)
{
    size_t len = strlen(prefix);

    memcpy(to, prefix, len);
    for (size_t i = 0; i < digits; i++)
        to[len + i] = "0123456789abcdef"[rng_below(r, 16)];
    to[len + digits] = '\0';
}

static void forget_product(void *record)
{
    product_free(record);
}

static void forget_customer(void *record)
{
    customer_free(record);
}

static void forget_order(void *record)
{
    order_free(record);
}

struct shop *shop_new(const struct shop_options *options, struct err *err)
{
    static void (*const forget[KIND_COUNT])(void *) = { forget_product, forget_customer, forget_order };
    AUTO(shop) s = calloc(1, sizeof *s);
    when now = options->today != 0 ? options->today : when_now();

    if (s == NULL) {
        err_set(err, ERR_BUSY, "no memory for a shop");
        return NULL;
    }
    mutex_init(&s->lock);
    s->seed = options->seed;
    s->rng.state = options->seed * 2654435761u + 17;
    s->tidy = !options->believable;
    s->odd = options->odd;
    str_copy(s->domain, sizeof s->domain, "practice-shop.myshopify.com");
    str_copy(s->name, sizeof s->name, "Practice Shop");
    str_copy(s->currency, sizeof s->currency, "USD");
    s->digits = money_digits(s->currency);
    secret(&s->rng, s->client_id, "", 32);
    secret(&s->rng, s->client_secret, "", 32);
    secret(&s->rng, s->token, "shpat_", 32);
    s->next_id = ID_FIRST;
    s->today = now - now % WHEN_DAY;
    s->created = s->today - 30 * WHEN_DAY;
    s->product_count = options->products > 0 ? options->products : 1;
    s->customer_count = options->customers > 0 ? options->customers : 1;
    s->past = options->orders;
    s->kept = kept_new(forget);
    s->levels = levels_new();
    s->index = index_new();
    s->rules = stock_rules_new();
    if (s->kept == NULL || s->levels == NULL || s->index == NULL || s->rules == NULL) {
        err_set(err, ERR_BUSY, "no memory for a shop");
        return NULL;
    }
    levels_open(s);
    return TAKE(s);
}

void shop_free(struct shop *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->order_count; i++)
        order_free(s->orders[i]);
    free(s->orders);
    kept_free(s->kept);
    levels_free(s->levels);
    index_free(s->index);
    stock_rules_free(s->rules);
    pthread_mutex_destroy(&s->lock);
    free(s);
}
