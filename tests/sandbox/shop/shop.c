/* shop.c - the shop's catalogue and customers, made from the seed; look-ups by id. */
#include "tests/sandbox/shop/shop.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/money.h"
#include "base/mutex.h"
#include "base/str.h"
#include "tests/sandbox/data.h"
#include "tests/sandbox/shop/names.h"

#define PRODUCT_FIRST INT64_C(9120000000000001)
#define VARIANT_FIRST INT64_C(9230000000000001)
#define ITEM_FIRST INT64_C(9340000000000001)
#define CUSTOMER_FIRST INT64_C(9450000000000001)
#define ID_FIRST INT64_C(820982911946154508)

static char *text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static char *text(const char *fmt, ...)
{
    char *made;
    va_list list;

    va_start(list, fmt);
    if (vasprintf(&made, fmt, list) < 0)
        abort();
    va_end(list);
    return made;
}

int64_t shop_id_held(struct shop *s)
{
    s->next_id += 1 + (int64_t)rng_below(&s->rng, 97);
    return s->next_id;
}

static void handle_of(const char *title, char *to, size_t size)
{
    size_t len = 0;

    for (; *title != '\0' && len + 1 < size; title++)
        if (isalnum((unsigned char)*title))
            to[len++] = (char)tolower((unsigned char)*title);
        else if (len > 0 && to[len - 1] != '-')
            to[len++] = '-';
    to[len] = '\0';
}

static void variant_make(struct shop *s, size_t product, size_t index, size_t nth, size_t of)
{
    static const char *const sizes[] = { "Small", "Medium", "Large", "Extra Large" };
    struct variant *v = &s->variants[index];

    v->id = VARIANT_FIRST + (int64_t)index * 1009;
    v->item = ITEM_FIRST + (int64_t)index * 1013;
    v->product = product;
    v->title = text("%s", of == 1 ? "Default Title" : sizes[nth % 4]);
    v->sku = text("SB-%04zu%s%.1s", product + 1, of == 1 ? "" : "-", of == 1 ? "" : sizes[nth % 4]);
    if (of == 4 && nth == 3) {
        free(v->sku);
        v->sku = text("SB-%04zu-XL", product + 1);
    }
    v->barcode = text("40%011zu", index * 7 + 1);
    v->price = rng_between(&s->rng, 190, 19900);
    if (rng_chance(&s->rng, 60))
        v->price = v->price / 100 * 100 + 99;
    v->grams = (int)rng_between(&s->rng, 20, 4000);
    v->taxable = true;
    v->requires_shipping = true;
    v->available = rng_between(&s->rng, 500, 5000);
    v->updated = s->created;
}

static void products_make(struct shop *s, size_t count)
{
    s->products = calloc(count + 1, sizeof *s->products);
    s->variants = calloc(count * 4 + 4, sizeof *s->variants);
    if (s->products == NULL || s->variants == NULL)
        abort();
    for (size_t i = 0; i < count; i++) {
        struct product *p = &s->products[i];
        size_t variants = rng_chance(&s->rng, 50) ? 1 : (size_t)rng_between(&s->rng, 2, 4);
        char handle[128];

        p->id = PRODUCT_FIRST + (int64_t)i * 1031;
        p->title = text("%s %s %zu", names_pick(&s->rng, 'm'), names_pick(&s->rng, 'g'), i + 1);
        p->vendor = text("%s", names_pick(&s->rng, 'm'));
        p->kind = text("%s", names_pick(&s->rng, 'g'));
        handle_of(p->title, handle, sizeof handle);
        p->handle = text("%s", handle);
        p->created = p->updated = s->created;
        p->first = s->variant_count;
        p->count = variants;
        for (size_t k = 0; k < variants; k++)
            variant_make(s, i, s->variant_count++, k, variants);
        s->product_count++;
    }
}

static void customer_make(struct shop *s, size_t index)
{
    struct customer *c = &s->customers[index];
    char user[64], plain[64];

    c->id = CUSTOMER_FIRST + (int64_t)index * 1021;
    c->first = text("%s", names_pick(&s->rng, 'f'));
    c->last = text("%s", names_pick(&s->rng, 'l'));
    snprintf(plain, sizeof plain, "%s %s", c->first, c->last);
    handle_of(plain, user, sizeof user);
    for (char *p = user; *p != '\0'; p++)
        if (*p == '-')
            *p = '.';
    c->email = text("%s.%zu@example.%s", user, index + 1, rng_chance(&s->rng, 50) ? "com" : "net");
    c->phone = rng_chance(&s->rng, 60) ? text("+1415555%04zu", index % 10000) : NULL;
    c->tags = text("%s", rng_chance(&s->rng, 20) ? "VIP, newsletter" : "");
    c->address_id = shop_id_held(s);
    address_make(s, &c->address, c->first, c->last);
    c->created = c->updated = s->created;
}

static void customers_make(struct shop *s, size_t count)
{
    s->customer_room = count + 1;
    s->customers = calloc(s->customer_room, sizeof *s->customers);
    if (s->customers == NULL)
        abort();
    for (size_t i = 0; i < count; i++)
        customer_make(s, s->customer_count++);
}

static void secret(struct rng *r, char *to, const char *prefix, size_t digits)
{
    size_t len = strlen(prefix);

    memcpy(to, prefix, len);
    for (size_t i = 0; i < digits; i++)
        to[len + i] = "0123456789abcdef"[rng_below(r, 16)];
    to[len + digits] = '\0';
}

struct shop *shop_new(const struct shop_options *options, struct err *err)
{
    AUTO(shop) s = calloc(1, sizeof *s);

    if (s == NULL) {
        err_set(err, ERR_BUSY, "no memory for a shop");
        return NULL;
    }
    mutex_init(&s->lock);
    s->seed = options->seed;
    s->rng.state = options->seed * 2654435761u + 17;
    str_copy(s->domain, sizeof s->domain, "practice-shop.myshopify.com");
    str_copy(s->name, sizeof s->name, "Practice Shop");
    str_copy(s->currency, sizeof s->currency, "USD");
    s->digits = money_digits(s->currency);
    secret(&s->rng, s->client_id, "", 32);
    secret(&s->rng, s->client_secret, "", 32);
    secret(&s->rng, s->token, "shpat_", 32);
    s->next_id = ID_FIRST;
    s->location = INT64_C(9010000000000007);
    s->created = when_now() - 30 * WHEN_DAY;
    products_make(s, options->products > 0 ? options->products : 1);
    customers_make(s, options->customers > 0 ? options->customers : 1);
    return TAKE(s);
}

struct order *shop_order_held(struct shop *s, int64_t id)
{
    size_t low = 0, high = s->order_count;

    while (low < high) { /* ids grow */
        size_t middle = (low + high) / 2;

        if (s->orders[middle]->id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < s->order_count && s->orders[low]->id == id ? s->orders[low] : NULL;
}

struct customer *shop_customer_held(struct shop *s, int64_t id)
{
    size_t index = (size_t)((id - CUSTOMER_FIRST) / 1021);

    return id >= CUSTOMER_FIRST && index < s->customer_count && s->customers[index].id == id ? &s->customers[index] : NULL;
}

struct product *shop_product_held(struct shop *s, int64_t id)
{
    size_t index = (size_t)((id - PRODUCT_FIRST) / 1031);

    return id >= PRODUCT_FIRST && index < s->product_count && s->products[index].id == id ? &s->products[index] : NULL;
}

struct variant *shop_variant_held(struct shop *s, int64_t id)
{
    size_t index = (size_t)((id - VARIANT_FIRST) / 1009);

    if (id >= ITEM_FIRST && id < CUSTOMER_FIRST) { /* an inventory item is its variant's */
        index = (size_t)((id - ITEM_FIRST) / 1013);
        return index < s->variant_count && s->variants[index].item == id ? &s->variants[index] : NULL;
    }
    return id >= VARIANT_FIRST && index < s->variant_count && s->variants[index].id == id ? &s->variants[index] : NULL;
}

void shop_free(struct shop *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->product_count; i++) {
        free(s->products[i].title);
        free(s->products[i].handle);
        free(s->products[i].vendor);
        free(s->products[i].kind);
    }
    for (size_t i = 0; i < s->variant_count; i++) {
        free(s->variants[i].title);
        free(s->variants[i].sku);
        free(s->variants[i].barcode);
    }
    for (size_t i = 0; i < s->customer_count; i++) {
        struct customer *c = &s->customers[i];

        free(c->first);
        free(c->last);
        free(c->email);
        free(c->phone);
        free(c->note);
        free(c->tags);
        free(c->spelled);
        address_clear(&c->address);
    }
    for (size_t i = 0; i < s->order_count; i++)
        order_free(s->orders[i]);
    free(s->products);
    free(s->variants);
    free(s->customers);
    free(s->orders);
    pthread_mutex_destroy(&s->lock);
    free(s);
}
