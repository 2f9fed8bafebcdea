#include "shopify/shop.h"

#include <ctype.h>
#include <string.h>

#include "base/mutex.h"
#include "base/str.h"
#include "http/http.h"
#include "shopify/shop_in.h"

/* Before the first answer: the smallest bucket that was ever seen on a plan of today. */
#define FIRST_MAXIMUM 1000
#define FIRST_RESTORE 50

static bool is_domain(const char *text)
{
    size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");

    return n > 0 && n < 64 && text[0] != '-' && strcmp(text + n, ".myshopify.com") == 0;
}

static bool is_given(const char *text)
{
    return text != NULL && *text != '\0';
}

static bool complete(const struct shop_settings *s, struct err *err)
{
    bool client = is_given(s->client_id) && is_given(s->client_secret);

    if (!is_given(s->domain) || !is_domain(s->domain))
        return err_set(err, ERR_INVALID, "the shop's domain must be NAME.myshopify.com");
    if (is_given(s->token) && is_given(s->client_id))
        return err_set(err, ERR_INVALID, "give an access token or a client id, not both");
    if (!is_given(s->token) && !client)
        return err_set(err, ERR_INVALID,
                       "client id and client secret, or an access token, are missing");
    return s->url == NULL || http_url_check(s->url, err);
}

struct shop *shop_new(const struct shop_settings *s, struct err *err)
{
    const char *version = is_given(s->api_version) ? s->api_version : SHOP_API_VERSION;
    struct shop *shop;
    struct token_settings token = { .permanent = is_given(s->token) ? s->token : NULL,
                                    .client_id = s->client_id,
                                    .client_secret = s->client_secret,
                                    .ca_file = s->ca_file,
                                    .connect_ms = s->connect_ms,
                                    .total_ms = s->total_ms };

    if (!complete(s, err))
        return NULL;
    shop = calloc(1, sizeof *shop);
    if (shop == NULL) {
        err_set(err, ERR_BUSY, "no memory for a shop");
        return NULL;
    }
    mutex_init(&shop->lock);
    shop->connect_ms = s->connect_ms;
    shop->total_ms = s->total_ms;
    if ((shop->domain = strdup(s->domain)) != NULL &&
        asprintf(&shop->url, s->url != NULL ? "%s" : "https://%s",
                 s->url != NULL ? s->url : s->domain) > 0) {
        for (size_t n = strlen(shop->url); n > 0 && shop->url[n - 1] == '/'; n--)
            shop->url[n - 1] = '\0';
        token.url = shop->url;
        if ((shop->api_version = strdup(version)) != NULL &&
            asprintf(&shop->endpoint, "%s/admin/api/%s/graphql.json", shop->url, version) > 0 &&
            (s->ca_file == NULL || (shop->ca_file = strdup(s->ca_file)) != NULL) &&
            (shop->token = token_new(&token, err)) != NULL &&
            (shop->pace = pace_new(FIRST_MAXIMUM, FIRST_RESTORE, err)) != NULL)
            return shop;
    }
    shop_free(shop);
    err_set(err, ERR_BUSY, "no memory for a shop");
    return NULL;
}

void shop_free(struct shop *shop)
{
    if (shop == NULL)
        return;
    token_free(shop->token);
    pace_free(shop->pace);
    free(shop->domain);
    free(shop->url);
    free(shop->api_version);
    free(shop->endpoint);
    free(shop->ca_file);
    json_decref(shop->places);
    pthread_mutex_destroy(&shop->lock);
    free(shop);
}

void shop_stop(struct shop *shop)
{
    pace_stop(shop->pace);
}

const char *shop_domain(const struct shop *shop)
{
    return shop->domain;
}

const char *shop_url(const struct shop *shop)
{
    return shop->url;
}

const char *shop_api_version(const struct shop *shop)
{
    return shop->api_version;
}

struct pace *shop_pace(struct shop *shop)
{
    return shop->pace;
}

bool shop_domain_from(const char *spelling, char domain[SHOP_DOMAIN_MAX], struct err *err)
{
    char text[256];
    const char *name;
    size_t n = 0;

    for (const char *p = spelling; *p != '\0' && n < sizeof text - 1; p++)
        if (!isspace((unsigned char)*p))
            text[n++] = (char)tolower((unsigned char)*p);
    text[n] = '\0';
    name = strstr(text, "://");
    name = name != NULL ? name + 3 : text;
    if (str_starts(name, "admin.shopify.com/store/"))
        name += strlen("admin.shopify.com/store/");
    n = strcspn(name, "/?#:");
    if (n > 80)
        n = 80;
    snprintf(domain, SHOP_DOMAIN_MAX, "%.*s%s", (int)n, name,
             memchr(name, '.', n) == NULL ? ".myshopify.com" : "");
    if (is_domain(domain))
        return true;
    return err_set(err, ERR_INVALID,
                   "this is no shop's address: give NAME.myshopify.com (Settings, Domains)");
}
