/* goods.c - products and their variants, made of (seed, index). */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "tests/sandbox/shop/make.h"
#include "tests/sandbox/shop/names.h"

static const char *const sizes[] = { "Small", "Medium", "Large", "Extra Large", "XXL", "3XL", "4XL", "5XL",
                                     "36", "37", "38", "39", "40", "41", "42", "43" };
static const char *const colours[] = { "Red", "Green", "Blue", "Black", "White", "Grey", "Navy", "Sand",
                                       "Ros\xC3\xA9", "Olive", "Plum", "Rust", "Teal", "Ivory", "Mint", "Gold" };
static const char *const stuffs[] = { "Cotton", "Linen", "Wool", "Oak", "Steel", "Glass", "Leather", "Hemp" };

static void option_add(struct product *p, const char *name, const char *const *values, size_t count)
{
    struct choice *o = &p->options[p->option_count++];

    str_copy(o->name, sizeof o->name, name);
    o->values = calloc(count, sizeof *o->values);
    if (o->values == NULL)
        abort();
    for (; o->count < count; o->count++)
        o->values[o->count] = values == NULL ? make_text("Value %zu", o->count + 1) : make_copy(values[o->count]);
}

/* Half of them have one variant, most others a few, one in 300 over a hundred, few the most that goes. */
static void options_make(struct rng *r, struct product *p)
{
    unsigned kind = (unsigned)rng_below(r, 1000);

    if (p->index > 0 && p->index % 25000 == 777) {
        option_add(p, "Size", sizes, 16);
        option_add(p, "Colour", colours, 16);
        option_add(p, "Material", stuffs, 8);
    } else if (kind < 500) {
        return;
    } else if (kind < 880) {
        bool colour = rng_chance(r, 40);

        option_add(p, colour ? "Colour" : "Size", colour ? colours : sizes, (size_t)rng_between(r, colour ? 2 : 1, 5));
    } else if (kind < 997) {
        option_add(p, "Size", sizes, (size_t)rng_between(r, 2, 3));
        option_add(p, "Colour", colours, (size_t)rng_between(r, 2, 3));
    } else {
        option_add(p, "Size", sizes, (size_t)rng_between(r, 5, 8));
        option_add(p, "Colour", colours, (size_t)rng_between(r, 5, 6));
        option_add(p, "Material", stuffs, (size_t)rng_between(r, 4, 5));
    }
}

static size_t combinations(const struct product *p)
{
    size_t count = 1;

    for (size_t i = 0; i < p->option_count; i++)
        count *= p->options[i].count;
    return count;
}

static char ean_digit(const char *twelve)
{
    int sum = 0;

    for (int i = 0; i < 12; i++)
        sum += (twelve[i] - '0') * (i % 2 == 0 ? 1 : 3);
    return (char)('0' + (10 - sum % 10) % 10);
}

static char *barcode(size_t index, size_t nth)
{
    char text[16];

    snprintf(text, sizeof text, "4%07zu%04zu", index % 10000000, nth % 10000);
    text[12] = ean_digit(text);
    text[13] = '\0';
    return make_copy(text);
}

/* "NOR-00042-XLA-RED"; from the words of the options. */
static char *sku_made(const struct product *p, const struct variant *v)
{
    char text[64], maker[4];
    size_t len;

    for (int i = 0; i < 3; i++)
        maker[i] = isalpha((unsigned char)p->vendor[i]) ? (char)toupper((unsigned char)p->vendor[i]) : 'X';
    maker[3] = '\0';
    len = (size_t)snprintf(text, sizeof text, "%s-%05zu", maker, p->index + 1);
    for (size_t i = 0; i < p->option_count; i++) {
        const char *word = p->options[i].values[v->option[i]];

        text[len++] = '-';
        for (int k = 0; *word != '\0' && k < 3; word++)
            if (isalnum((unsigned char)*word)) {
                text[len++] = (char)toupper((unsigned char)*word);
                k++;
            }
        if (p->options[i].count > 16 || strncmp(p->options[i].values[v->option[i]], "Value", 5) == 0)
            len += (size_t)snprintf(text + len, sizeof text - len, "%u", v->option[i]);
    }
    text[len] = '\0';
    return make_copy(text);
}

static char *title_made(const struct product *p, const struct variant *v)
{
    char text[128] = "Default Title";
    size_t len = 0;

    for (size_t i = 0; i < p->option_count; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", i > 0 ? " / " : "", p->options[i].values[v->option[i]]);
    return make_copy(text);
}

static void variants_room(struct product *p, size_t count)
{
    p->variants = calloc(count + 1, sizeof *p->variants);
    if (p->variants == NULL)
        abort();
}

static struct variant *variant_add(struct product *p)
{
    struct variant *v = &p->variants[p->count];

    v->of = p;
    v->nth = p->count++;
    v->id = VARIANT_FIRST + (int64_t)p->index * VARIANT_STEP + (int64_t)v->nth;
    v->item = ITEM_FIRST + (int64_t)p->index * VARIANT_STEP + (int64_t)v->nth;
    v->compare_at = v->cost = -1;
    v->taxable = v->requires_shipping = v->tracked = true;
    v->updated = p->updated;
    return v;
}

static int64_t price_make(struct rng *r)
{
    int64_t price = rng_between(r, 190, 19900);

    return rng_chance(r, 60) ? price / 100 * 100 + 99 : price;
}

/* All in order: "SB-0001" and "SB-0002-S", -M, -L, -XL. */
static void tidy(struct rng *r, struct product *p)
{
    static const char *const codes[] = { "S", "M", "L", "XL" };
    size_t count = rng_chance(r, 50) ? 1 : (size_t)rng_between(r, 2, 4);

    if (count > 1)
        option_add(p, "Size", sizes, count);
    variants_room(p, count);
    for (size_t i = 0; i < count; i++) {
        struct variant *v = variant_add(p);

        v->option[0] = (unsigned short)i;
        v->title = title_made(p, v);
        v->sku = make_text("SB-%04zu%s%s", p->index + 1, count == 1 ? "" : "-", count == 1 ? "" : codes[i]);
        v->barcode = barcode(p->index, i);
        v->price = price_make(r);
        v->grams = (int)rng_between(r, 20, 4000);
    }
    p->tags = make_copy("");
}

#define ODD_LAST 5 /* products of an odd shop that should not be as they are */

/* As merchants keep their numbers: most are right, some are missing, twice there, or odd to look at. */
static char *sku_kept(const struct shop *s, struct rng *r, struct product *p, struct variant *v)
{
    unsigned kind = (unsigned)rng_below(r, 1000);
    struct product *other;
    char *sku;

    if (kind < 12)
        return NULL;
    if (kind < 15)
        return make_copy("");
    sku = sku_made(p, v);
    if (kind < 27 && p->index > 0) { /* the number of another product's first variant */
        other = product_make(s, p->index - 1 - rng_below(r, p->index < 40 ? p->index : 40));
        if (other->count > 0 && !(s->odd && other->index <= ODD_LAST)) {
            free(sku);
            sku = make_copy(other->variants[0].sku);
        }
        product_free(other);
        return sku;
    }
    if (kind < 30) { /* as it was typed */
        char *typed = make_text(" %s ", sku);

        for (char *c = typed; *c != '\0'; c++)
            *c = (char)tolower((unsigned char)*c);
        free(sku);
        return typed;
    }
    return sku;
}

static void variant_fill(const struct shop *s, struct rng *r, struct product *p, struct variant *v, int64_t price, int grams)
{
    v->title = title_made(p, v);
    v->sku = sku_kept(s, r, p, v);
    v->barcode = rng_chance(r, 75) ? barcode(p->index, v->nth) : NULL;
    v->price = rng_chance(r, 70) ? price : price + (int64_t)v->option[0] * 100;
    if (rng_chance(r, 15))
        v->compare_at = v->price + v->price / 4;
    if (rng_chance(r, 80))
        v->cost = v->price * rng_between(r, 25, 70) / 100;
    v->grams = grams;
    v->taxable = !rng_chance(r, 2);
    v->oversell = rng_chance(r, 10);
    v->tracked = !p->gift_card && !rng_chance(r, 4);
    v->requires_shipping = !p->gift_card && !rng_chance(r, 2);
}

static void variants_make(const struct shop *s, struct rng *r, struct product *p)
{
    size_t all = combinations(p);
    bool sparse = p->option_count > 1 && all < VARIANTS_MAX && rng_chance(r, 30);
    int64_t price = rng_chance(r, 1) ? 0 : price_make(r);
    int grams = rng_chance(r, 8) ? 0 : (int)rng_between(r, 5, 9000);

    variants_room(p, all < VARIANTS_MAX ? all : VARIANTS_MAX);
    for (size_t i = 0; i < all && p->count < VARIANTS_MAX; i++) {
        size_t rest = i;
        struct variant *v;

        if (sparse && i > 0 && rng_chance(r, 35))
            continue; /* this combination is not sold */
        v = variant_add(p);
        for (size_t k = p->option_count; k-- > 0; rest /= p->options[k].count)
            v->option[k] = (unsigned short)(rest % p->options[k].count);
        variant_fill(s, r, p, v, price, grams);
    }
}

static void tags_make(struct rng *r, struct product *p)
{
    static const char *const words[] = { "summer", "winter", "sale", "new", "eco", "gift idea", "B-Ware", "\xE3\x82\xBB\xE3\x83\xBC\xE3\x83\xAB" };
    char text[160] = "";
    size_t len = 0;

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (rng_chance(r, 15))
            len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", len > 0 ? ", " : "", words[i]);
    p->tags = make_copy(text);
}

static void believable(const struct shop *s, struct rng *r, struct product *p)
{
    unsigned state = (unsigned)rng_below(r, 100);

    str_copy(p->status, sizeof p->status, state < 86 ? "active" : state < 93 ? "archived" : state < 98 ? "draft" : "unlisted");
    tags_make(r, p);
    p->gift_card = rng_below(r, 400) == 0;
    if (rng_chance(r, 4)) {
        free(p->kind);
        p->kind = make_copy("");
    }
    if (rng_chance(r, 90))
        p->body = make_text("<p>%s</p><ul><li>Made by %s</li><li>5 &lt; 6 &amp; \"good\"</li></ul>", p->title, p->vendor);
    p->images = rng_chance(r, 15) ? 0 : (size_t)rng_between(r, 1, 3);
    if (!p->gift_card)
        options_make(r, p);
    variants_make(s, r, p);
}

/* What should not happen, at the start of an odd shop. True: made. */
static bool oddity(const struct shop *s, struct rng *r, struct product *p)
{
    if (p->index > ODD_LAST)
        return false;
    str_copy(p->status, sizeof p->status, "active");
    p->tags = make_copy("odd");
    if (p->index == 0) /* no variant at all */
        return true;
    if (p->index == 1) {
        option_add(p, "Size", sizes, 16);
        option_add(p, "Colour", colours, 16);
        option_add(p, "Material", stuffs, 8);
    } else if (p->index == 2) {
        option_add(p, "Engraving", NULL, 300);
    } else if (p->index == 3) {
        free(p->title);
        p->title = calloc(1, 5001);
        if (p->title == NULL)
            abort();
        memset(p->title, 'x', 5000);
    } else if (p->index == 4) {
        free(p->title);
        p->title = make_copy("\x1b[31mRed\x1b[0m \xE2\x80\xAE" "kcart \xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D \xF0\x9F\x98\x80");
    } else {
        option_add(p, "Size", sizes, 2);
    }
    variants_make(s, r, p);
    if (p->index == 3) { /* a number of its own: it is odd for its name alone */
        free(p->variants[0].sku);
        p->variants[0].sku = make_copy("LONG-1");
    } else if (p->index == ODD_OVERSOLD) {
        p->variants[0].tracked = true;
    } else if (p->index == 5 && p->count == 2) { /* one number twice in one product */
        free(p->variants[0].sku);
        free(p->variants[1].sku);
        p->variants[0].sku = make_copy("TWICE-1");
        p->variants[1].sku = make_copy("TWICE-1");
    }
    return true;
}

struct product *product_make(const struct shop *s, size_t index)
{
    struct product *p = calloc(1, sizeof *p);
    struct rng r = { make_salt(s, 'p', index) };
    struct head h;
    char handle[160];

    if (p == NULL)
        abort();
    product_head(s, index, &h);
    p->index = index;
    p->salt = make_salt(s, 'q', index);
    p->id = PRODUCT_FIRST + (int64_t)index * PRODUCT_STEP;
    p->title = make_text("%s %s %zu", names_pick(&r, 'm'), names_pick(&r, 'g'), index + 1);
    p->vendor = make_copy(names_pick(&r, 'm'));
    p->kind = make_copy(names_pick(&r, 'g'));
    p->created = h.created;
    p->updated = h.updated;
    str_copy(p->status, sizeof p->status, "active");
    if (s->tidy)
        tidy(&r, p);
    else if (!s->odd || !oddity(s, &r, p))
        believable(s, &r, p);
    make_handle(p->title, handle, sizeof handle);
    p->handle = make_copy(handle);
    if (p->body == NULL)
        p->body = s->tidy ? make_text("<p>%s</p>", p->title) : make_copy("");
    return p;
}

void product_free(struct product *p)
{
    if (p == NULL)
        return;
    for (size_t i = 0; i < p->count; i++) {
        free(p->variants[i].title);
        free(p->variants[i].sku);
        free(p->variants[i].barcode);
    }
    for (size_t i = 0; i < p->option_count; i++) {
        for (size_t k = 0; k < p->options[i].count; k++)
            free(p->options[i].values[k]);
        free(p->options[i].values);
    }
    free(p->variants);
    free(p->title);
    free(p->handle);
    free(p->vendor);
    free(p->kind);
    free(p->tags);
    free(p->body);
    free(p);
}
