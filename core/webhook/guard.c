#include "webhook/guard.h"

#include <string.h>
#include <strings.h>

#include "base/str.h"

void guard_init(struct guard *g)
{
    *g = (struct guard){ .odd = false };
}

/* The token characters of RFC 9110: no blank, no control character, no separator. */
static bool is_token(const char *name, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)name[i];

        if (c <= ' ' || c >= 0x7f || strchr("\"(),/:;<=>?@[\\]{}", c) != NULL)
            return false;
    }
    return len > 0;
}

static bool is_line(const char *value, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (((unsigned char)value[i] < ' ' && value[i] != '\t') || value[i] == 0x7f)
            return false;
    return true;
}

/* Keeps a header that must not come twice. */
static void keep(struct guard *g, const char **place, const char *value, size_t len)
{
    if (*place != NULL || len > GUARD_VALUE_MAX)
        g->odd = true;
    else
        *place = value;
}

void guard_header(struct guard *g, const char *name, size_t name_len, const char *value,
                  size_t value_len)
{
    const struct {
        const char *name;
        const char **place;
    } kept[] = {
        { "X-Shopify-Topic", &g->topic },
        { "X-Shopify-Hmac-Sha256", &g->hmac },
        { "X-Shopify-Shop-Domain", &g->shop },
        { "X-Shopify-Webhook-Id", &g->webhook_id },
        { "X-Shopify-Triggered-At", &g->triggered_at },
        { "X-Shopify-Event-Id", &g->event_id },
        { "Content-Type", &g->type },
    };

    g->headers++;
    if (value == NULL) {
        value = "";
        value_len = 0;
    }
    if (!is_token(name, name_len) || !is_line(value, value_len) || strlen(value) != value_len) {
        g->odd = true;
        return;
    }
    if (strcasecmp(name, "Host") == 0)
        g->hosts++;
    else if (strcasecmp(name, "Transfer-Encoding") == 0)
        g->encodings++;
    else if (strcasecmp(name, "Content-Length") == 0) {
        g->lengths++;
        g->length_text = value;
    } else if (strcasecmp(name, "X-Forwarded-For") == 0) {
        g->forwarded = value; /* the last one: the nearest proxy wrote it */
    } else {
        for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
            if (strcasecmp(name, kept[i].name) == 0)
                keep(g, kept[i].place, value, value_len);
    }
}

/* application/json, with or without parameters. */
static bool is_json(const char *type)
{
    static const char json[] = "application/json";
    const char *end;

    if (type == NULL || strncasecmp(type, json, sizeof json - 1) != 0)
        return false;
    end = type + sizeof json - 1;
    return *end == '\0' || *end == ';' || *end == ' ' || *end == '\t';
}

enum verdict guard_judge(struct guard *g, const char *method, const char *version, const char *path,
                         const char *wanted_path, size_t body_max)
{
    unsigned long long length = 0;

    if (strcmp(version, "HTTP/1.1") != 0 && strcmp(version, "HTTP/1.0") != 0)
        return VERDICT_FRAMING;
    if (g->lengths + g->encodings > 1)
        return VERDICT_FRAMING;
    if (g->odd || g->headers > GUARD_HEADERS_MAX)
        return VERDICT_HEADER;
    if (g->hosts != 1)
        return VERDICT_HOST;
    if (strcmp(path, wanted_path) != 0)
        return VERDICT_PATH;
    if (strcmp(method, "POST") != 0)
        return VERDICT_METHOD;
    if (g->lengths == 0)
        return VERDICT_LENGTH;
    if (!is_json(g->type))
        return VERDICT_TYPE;
    if (!str_number(g->length_text, UINT64_MAX, &length))
        return VERDICT_FRAMING;
    if (length > body_max)
        return VERDICT_TOO_LARGE;
    g->length = (size_t)length;
    return VERDICT_OK;
}
