#include "http/mask.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#define TEXT_SHOWN  160 /* bytes of one text */
#define ITEMS_SHOWN 40  /* of one list */
#define DEPTH_SHOWN 24
#define LONG_NUMBER 7 /* digits: may be a phone, a card, a tax number */

static const char *const secrets[] = {
    "access_token", "api_key",       "client_secret", "key",    "password", "secret",
    "token",        "refresh_token", "authorization", "passwd", NULL
};

static bool in(const char *key, const char *const *keys)
{
    for (; keys != NULL && *keys != NULL; keys++)
        if (strcmp(key, *keys) == 0)
            return true;
    return false;
}

bool mask_hides(const char *key, const char *const *keys)
{
    return in(key, secrets) || in(key, keys);
}

static void put_text(struct str *to, const char *text)
{
    char shown[TEXT_SHOWN + 4];
    json_t *string;
    char *quoted;
    bool whole = str_copy(shown, TEXT_SHOWN, text);

    string = json_string(shown);
    quoted = json_dumps(string, JSON_ENCODE_ANY);
    if (quoted != NULL)
        str_adds(to, quoted);
    free(quoted);
    json_decref(string);
    if (!whole)
        str_addf(to, "/*%zu bytes*/", strlen(text));
}

static void put(struct str *to, const json_t *value, const char *const *keys, bool hidden,
                unsigned depth);

static void put_object(struct str *to, const json_t *value, const char *const *keys, bool hidden,
                       unsigned depth)
{
    const char *key, *comma = "";
    json_t *item;

    str_adds(to, "{");
    json_object_foreach((json_t *)(uintptr_t)value, key, item)
    {
        str_adds(to, comma);
        put_text(to, key);
        str_adds(to, ":");
        put(to, item, keys, hidden || mask_hides(key, keys), depth + 1);
        comma = ",";
        if (to->full)
            return;
    }
    str_adds(to, "}");
}

/* The term of a domain: ["partner_id.email", "=", "..."]. */
static bool names_hidden(const json_t *first, const char *const *keys)
{
    const char *name = json_string_value(first), *dot;

    if (name == NULL)
        return false;
    dot = strrchr(name, '.');
    return mask_hides(dot != NULL ? dot + 1 : name, keys);
}

static void put_array(struct str *to, const json_t *value, const char *const *keys, bool hidden,
                      unsigned depth)
{
    size_t count = json_array_size(value);
    bool term = count == 3 && names_hidden(json_array_get(value, 0), keys);

    str_adds(to, "[");
    for (size_t i = 0; i < count && i < ITEMS_SHOWN && !to->full; i++) {
        str_adds(to, i > 0 ? "," : "");
        put(to, json_array_get(value, i), keys, hidden || (term && i == 2), depth + 1);
    }
    if (count > ITEMS_SHOWN)
        str_addf(to, "/*%zu more*/", count - ITEMS_SHOWN);
    str_adds(to, "]");
}

static void put(struct str *to, const json_t *value, const char *const *keys, bool hidden,
                unsigned depth)
{
    const char *text = json_string_value(value);
    char *plain;

    if (depth > DEPTH_SHOWN)
        str_adds(to, "\"...\"");
    else if (json_is_object(value))
        put_object(to, value, keys, hidden, depth);
    else if (json_is_array(value))
        put_array(to, value, keys, hidden, depth);
    else if (text != NULL)
        put_text(to, hidden && *text != '\0' && !str_starts(text, "gid://") ? "***" : text);
    else if ((plain = json_dumps(value, JSON_ENCODE_ANY)) != NULL) {
        str_adds(to, plain);
        free(plain);
    }
}

void mask_json(struct str *to, const json_t *value, const char *const *keys)
{
    put(to, value, keys, false, 0);
}

static bool in_mail(char c)
{
    return isalnum((unsigned char)c) || (unsigned char)c >= 0x80 || strchr("@._+-%", c) != NULL;
}

/* How many bytes from p on are somebody's; 0: none. */
static size_t somebody(const char *p, bool start, bool private)
{
    size_t n = 0, digits = 0, at;
    const char *end;

    if (start) {
        while (p[n] != '\0' && in_mail(p[n]))
            n++;
        if (memchr(p, '@', n) != NULL)
            return n;
    }
    for (n = 0; isdigit((unsigned char)p[n]) || (digits > 0 && strchr(" -./", p[n]) != NULL); n++) {
        if (p[n] == '\0')
            break;
        digits += isdigit((unsigned char)p[n]) != 0;
    }
    if (digits >= LONG_NUMBER)
        return n;
    if (!private || (*p != '"' && *p != '\'' && *p != '['))
        return 0;
    end = strchr(p + 1, *p == '[' ? ']' : *p);
    at = end != NULL ? (size_t)(end - p) + 1 : 0;
    return end != NULL && memchr(p, '.', at) == NULL ? at : 0;
}

char *mask_words(const char *message, bool private, char words[MASK_WORDS_MAX])
{
    size_t len = 0;
    const char *p = message + strspn(message, " \t\r\n");

    for (bool start = true; *p != '\0' && *p != '\n' && len + 5 < MASK_WORDS_MAX;) {
        size_t skip = somebody(p, start, private);

        if (skip > 0) {
            memcpy(words + len, "***", 3);
            len += 3;
            p += skip;
            start = false;
            continue;
        }
        start = !in_mail(*p);
        words[len++] = (unsigned char)*p < 0x20 ? ' ' : *p;
        p++;
    }
    words[len] = '\0';
    utf8_cut(words, len);
    return words;
}
