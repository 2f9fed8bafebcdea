#include "control/mask.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/auto.h"
#include "base/json.h"
#include "base/str.h"

#define DEPTH_MAX 64

static const char *const secret_keys[] = {
    "access_token", "api_key",  "api_password",  "authorization", "client_secret", "hmac",
    "key",          "password", "refresh_token", "secret",        "token",
};

static const char *const personal_keys[] = {
    "address1",        "address2",    "browser_ip", "company",      "contact_email",
    "customer_locale", "displayName", "email",      "email_from",   "firstName",
    "first_name",      "lastName",    "last_name",  "latitude",     "login",
    "longitude",       "mobile",      "note",       "partner_name", "phone",
    "street",          "street2",     "user_agent", "vat",          "zip",
};

/* The name of a person or a place, when it stands in one of these. */
static const char *const personal_parents[] = {
    "billing_address", "customer", "default_address", "destination", "shipping_address",
};

static bool is_one_of(const char *key, const char *const *keys, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcasecmp(key, keys[i]) == 0)
            return true;
    return false;
}

#define ONE_OF(key, keys) is_one_of(key, keys, sizeof keys / sizeof keys[0])

static bool hidden(const char *parent, const char *key, bool personal)
{
    if (ONE_OF(key, secret_keys))
        return true;
    if (personal)
        return false;
    return ONE_OF(key, personal_keys) ||
           ((strcasecmp(key, "name") == 0 || strcasecmp(key, "city") == 0) && parent != NULL &&
            ONE_OF(parent, personal_parents));
}

static void mask_value(json_t *value, const char *parent, bool personal, unsigned depth)
{
    const char *key;
    json_t *item;
    size_t i;

    if (depth > DEPTH_MAX)
        return;
    if (json_is_array(value)) {
        json_array_foreach(value, i, item) mask_value(item, parent, personal, depth + 1);
        return;
    }
    json_object_foreach(value, key, item)
    {
        if (!hidden(parent, key, personal) || json_is_object(item) || json_is_array(item))
            mask_value(item, key, personal, depth + 1);
        else if (!json_is_null(item) && !(json_is_string(item) && json_string_length(item) == 0))
            json_object_set_new(value, key, json_string(MASK_SIGN));
    }
}

/* Tokens of Shopify and bearers, wherever they stand in a text. */
static void mask_tokens(char *text)
{
    static const char *const begins[] = { "shpat_", "shpss_", "shpua_", "shpca_",
                                          "shppa_", "shprt_", "Bearer " };

    for (size_t i = 0; i < sizeof begins / sizeof begins[0]; i++) {
        char *at = text;

        while ((at = strcasestr(at, begins[i])) != NULL) {
            at += strlen(begins[i]);
            while (*at != '\0' && strchr(" \"',;}\\\n", *at) == NULL)
                *at++ = '*';
        }
    }
}

/* Other text without JSON around it: anything with an @ in it is an address. */
static void mask_addresses(char *text)
{
    for (char *at = text; (at = strchr(at, '@')) != NULL; at++) {
        char *begin = at;

        while (begin > text && strchr(" \"'<>,;:=\n\t", begin[-1]) == NULL)
            *--begin = '*';
    }
}

/* Valid UTF-8 without control characters; bytes that are neither become '?'. */
static void clean(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];

        if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f)
            text[i] = '?';
    }
    for (size_t i = 0; i < len;) {
        size_t n = 1;

        while (n < 4 && i + n < len && ((unsigned char)text[i + n] & 0xc0) == 0x80)
            n++;
        /* C1 controls are as dangerous to a terminal as an escape */
        if (!utf8_valid(text + i, n) ||
            (n == 2 && (unsigned char)text[i] == 0xc2 && (unsigned char)text[i + 1] < 0xa0))
            memset(text + i, '?', n);
        i += n;
    }
}

json_t *mask_text(const char *text, size_t len, size_t most, bool personal)
{
    char *shown AUTO_FREE = NULL;
    json_auto_t *value = NULL;
    size_t size;

    if (text == NULL)
        return json_null();
    value = json_loadb(text, len, JSON_DECODE_ANY, NULL);
    if (json_is_object(value) || json_is_array(value)) {
        mask_value(value, NULL, personal, 0);
        shown = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    } else {
        shown = malloc(len + 1);
        if (shown != NULL) {
            memcpy(shown, text, len);
            shown[len] = '\0';
        }
    }
    if (shown == NULL)
        return NULL;
    size = value != NULL && (json_is_object(value) || json_is_array(value)) ? strlen(shown) : len;
    clean(shown, size);
    mask_tokens(shown);
    if (!personal && !json_is_object(value) && !json_is_array(value))
        mask_addresses(shown);
    if (size > most) {
        shown[most] = '\0';
        size = utf8_cut(shown, most);
    }
    return json_stringn(shown, size);
}
