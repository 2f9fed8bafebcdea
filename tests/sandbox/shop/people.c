/* people.c - customers and addresses, made of (seed, index). */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "tests/sandbox/shop/make.h"
#include "tests/sandbox/shop/names.h"

void address_make(const struct shop *s, struct rng *r, struct address *a, const char *first, const char *last)
{
    struct town town;

    names_town(r, &town);
    *a = (struct address){ .first = make_copy(first), .last = make_copy(last), .city = make_copy(town.name) };
    a->address1 = make_text("%d %s", (int)rng_between(r, 1, 240), names_pick(r, 's'));
    a->zip = make_copy(town.zip);
    if (rng_chance(r, 20))
        a->address2 = make_copy("Apt 4");
    if (rng_chance(r, 15))
        a->company = make_copy("Example Trading Ltd");
    str_copy(a->country, sizeof a->country, town.country);
    str_copy(a->province, sizeof a->province, town.province);
    if (s->tidy)
        return;
    if (rng_chance(r, 30))
        a->phone = make_text("+1 (628) 555-%04d", (int)rng_below(r, 10000));
    if (rng_chance(r, 2)) { /* what people leave out */
        free(a->zip);
        a->zip = NULL;
    }
    if (rng_chance(r, 1))
        a->province[0] = '\0';
}

void address_clear(struct address *a)
{
    free(a->first);
    free(a->last);
    free(a->company);
    free(a->address1);
    free(a->address2);
    free(a->city);
    free(a->zip);
    free(a->phone);
}

struct address *address_copy(const struct address *from)
{
    struct address *a = calloc(1, sizeof *a);

    if (a == NULL)
        abort();
    *a = *from;
    a->id = 0;
    a->first = make_copy(from->first);
    a->last = make_copy(from->last);
    a->company = make_copy(from->company);
    a->address1 = make_copy(from->address1);
    a->address2 = make_copy(from->address2);
    a->city = make_copy(from->city);
    a->zip = make_copy(from->zip);
    a->phone = make_copy(from->phone);
    return a;
}

static void tags_make(struct rng *r, struct customer *c)
{
    static const char *const words[] = { "VIP", "newsletter", "wholesale", "Größe L", "imported-2019", "a&b <c>", "B2B" };
    char text[128] = "";
    size_t len = 0;

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (rng_chance(r, 8))
            len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", len > 0 ? ", " : "", words[i]);
    c->tags = make_copy(text);
}

/* Shops of other seeds have other numbers, so that their customers can stand in one Odoo. */
static char *phone_make(const struct shop *s, size_t index)
{
    static const int areas[] = { 415, 212, 646, 917, 312, 773, 305, 786, 206, 503 };

    return make_text("+1%d555%04zu", areas[s->seed % 10], index % 10000);
}

/* Some have no e-mail, some no telephone, a few nothing but a name, fewer not even that. */
static void reach_make(const struct shop *s, struct rng *r, struct customer *c)
{
    unsigned kind = (unsigned)rng_below(r, 200);

    if (kind < 8) {
        free(c->email);
        c->email = NULL;
        if (c->phone == NULL && kind < 6)
            c->phone = make_text("+4930%02u%05zu", (unsigned)(s->seed % 100), c->index % 100000);
    } else if (kind == 8) {
        free(c->first);
        c->first = NULL;
    } else if (kind == 9) {
        free(c->first);
        free(c->last);
        c->first = c->last = NULL;
    } else if (kind == 10) {
        free(c->first);
        c->first = make_copy("\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7 Zo\xC3\xAB");
    }
}

static void believable(const struct shop *s, struct rng *r, struct customer *c)
{
    static const char *const locales[] = { "en", "en", "de", "fr", "ja", "es", "pt-BR" };
    size_t addresses = rng_chance(r, 6) ? 0 : rng_chance(r, 75) ? 1 : (size_t)rng_between(r, 2, ADDRESSES_MAX);

    free(c->tags);
    tags_make(r, c);
    reach_make(s, r, c);
    c->locale = make_copy(rng_pick(r, locales));
    for (; c->address_count > addresses; c->address_count--)
        address_clear(&c->addresses[c->address_count - 1]);
    while (c->address_count < addresses)
        address_make(s, r, &c->addresses[c->address_count++], names_pick(r, 'f'), c->last == NULL ? "" : c->last);
    c->tax_exempt = rng_chance(r, 4);
    c->subscribed = rng_chance(r, 40);
    if (rng_chance(r, 5))
        c->note = make_copy("Prefers deliveries on Friday.\nOld customer number: K-4711 \"A\"");
}

/* What should not happen, at the start of an odd shop. */
static void oddity(struct customer *c)
{
    if (c->index <= 1) { /* two with one e-mail */
        free(c->email);
        c->email = make_copy(c->index == 0 ? "same@example.com" : "Same@Example.com");
    } else if (c->index == 2) { /* one without anything */
        for (; c->address_count > 0; c->address_count--)
            address_clear(&c->addresses[c->address_count - 1]);
        free(c->first);
        free(c->last);
        free(c->email);
        free(c->phone);
        c->first = c->last = c->email = c->phone = NULL;
    } else if (c->index == 3) {
        free(c->first);
        c->first = make_copy("\x1b[31mRed\x1b[0m \xE2\x80\xAE" "kcart \xD7\xA9\xD7\x9C");
    } else if (c->index == 4) {
        free(c->last);
        c->last = calloc(1, 5001);
        if (c->last == NULL)
            abort();
        memset(c->last, 'n', 5000);
    } else if (c->index == 5 && c->address_count > 0) { /* a country that nobody knows */
        str_copy(c->addresses[0].country, sizeof c->addresses[0].country, "ZZ");
        c->addresses[0].province[0] = '\0';
    }
}

struct customer *customer_make(const struct shop *s, size_t index)
{
    struct customer *c = calloc(1, sizeof *c);
    struct rng r = { make_salt(s, 'c', index) };
    struct head h;
    char user[64], plain[64];

    if (c == NULL)
        abort();
    customer_head(s, index, &h);
    c->index = index;
    c->salt = make_salt(s, 'm', index);
    c->id = CUSTOMER_FIRST + (int64_t)index * CUSTOMER_STEP;
    c->created = h.created;
    c->updated = h.updated;
    c->first = make_copy(names_pick(&r, 'f'));
    c->last = make_copy(names_pick(&r, 'l'));
    snprintf(plain, sizeof plain, "%s %s", c->first, c->last);
    make_handle(plain, user, sizeof user);
    for (char *p = user; *p != '\0'; p++)
        if (*p == '-')
            *p = '.';
    c->email = make_text("%s.%zu@example.%s", user, index + 1, rng_chance(&r, 50) ? "com" : "net");
    c->phone = rng_chance(&r, 60) ? phone_make(s, index) : NULL;
    c->tags = make_copy(rng_chance(&r, 20) ? "VIP, newsletter" : "");
    address_make(s, &r, &c->addresses[c->address_count++], c->first, c->last);
    if (!s->tidy)
        believable(s, &r, c);
    if (s->odd)
        oddity(c);
    for (size_t i = 0; i < c->address_count; i++)
        c->addresses[i].id = c->id * 8 + (int64_t)i;
    return c;
}

void customer_free(struct customer *c)
{
    if (c == NULL)
        return;
    free(c->first);
    free(c->last);
    free(c->email);
    free(c->phone);
    free(c->note);
    free(c->tags);
    free(c->locale);
    for (size_t i = 0; i < c->address_count; i++)
        address_clear(&c->addresses[i]);
    free(c);
}
