#include "sync/text.h"

#include <math.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#include "base/money.h"

static bool is_blank(unsigned char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Length of a control character that starts here: C0, DEL, C1; or of a line separator. */
static size_t control_at(const unsigned char *p)
{
    if (p[0] < 0x20 || p[0] == 0x7f)
        return 1;
    if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
        return 2;
    /* direction overrides and line separators make one text look like another */
    if (p[0] == 0xe2 && p[1] == 0x80 && (p[2] >= 0xa8 && p[2] <= 0xae))
        return 3;
    if (p[0] == 0xe2 && p[1] == 0x81 && (p[2] >= 0xa6 && p[2] <= 0xa9))
        return 3;
    return 0;
}

static void trim_end(struct str *s, const char *what)
{
    while (s->len > 0 && strchr(what, s->data[s->len - 1]) != NULL)
        s->data[--s->len] = '\0';
}

json_t *text_clean(const char *text, size_t limit, bool lines, bool *changed)
{
    const unsigned char *p = (const unsigned char *)text;
    AUTO_STR s;

    str_init(&s, limit);
    while (p != NULL && *p != '\0' && !s.full) {
        size_t control = control_at(p);

        if (*p == '\n' && lines) {
            trim_end(&s, " ");
            if (s.len > 0)
                str_adds(&s, "\n");
            p++;
        } else if (control > 0 || *p == ' ') {
            if (s.len > 0 && !is_blank((unsigned char)s.data[s.len - 1]))
                str_adds(&s, " ");
            if (control > 0 && !is_blank(*p) && changed != NULL)
                *changed = true;
            p += control > 0 ? control : 1;
        } else {
            size_t n = 1;

            while ((p[n] & 0xc0) == 0x80)
                n++;
            str_add(&s, p, n);
            p += n;
        }
    }
    if (s.full && changed != NULL)
        *changed = true;
    trim_end(&s, " \n");
    return s.len > 0 ? json_stringn(s.data, s.len) : json_null();
}

bool text_fold(struct str *to, const char *text)
{
    const unsigned char *p = (const unsigned char *)text;

    for (; p != NULL && *p != '\0'; p++) {
        char c = (char)*p;

        if (is_blank(*p) || *p < 0x20)
            continue;
        if (*p >= 'A' && *p <= 'Z')
            c = (char)(*p + 32);
        /* U+00C0 to U+00DE but the multiplication sign */
        if (p != (const unsigned char *)text && p[-1] == 0xc3 && *p >= 0x80 && *p <= 0x9e &&
            *p != 0x97)
            c = (char)(*p + 32);
        str_add(to, &c, 1);
    }
    return !to->full;
}

json_t *text_email(const char *text)
{
    AUTO_STR s;
    const char *at;

    str_init(&s, 254);
    if (text == NULL || !text_fold(&s, text))
        return json_null();
    at = strchr(s.data, '@');
    if (at == NULL || at == s.data || at[1] == '\0' || strchr(at + 1, '@') != NULL)
        return json_null();
    return json_stringn(s.data, s.len);
}

bool text_html(struct str *to, const char *text)
{
    for (; text != NULL && *text != '\0'; text++) {
        switch (*text) {
        case '&':
            str_adds(to, "&amp;");
            break;
        case '<':
            str_adds(to, "&lt;");
            break;
        case '>':
            str_adds(to, "&gt;");
            break;
        case '\n':
            str_adds(to, "<br>");
            break;
        default:
            str_add(to, text, 1);
        }
    }
    return !to->full;
}

void text_hash(const char *text, size_t len, char hex[65])
{
    unsigned char digest[SHA256_DIGEST_LENGTH];

    SHA256((const unsigned char *)text, len, digest);
    hex_encode(hex, digest, sizeof digest);
}

char *text_key(char to[TEXT_KEY_MAX], const char *text)
{
    const size_t tail = 13; /* "~" and 12 digits */
    char hex[65];
    size_t len = strlen(text);

    if (len < TEXT_KEY_MAX) {
        memcpy(to, text, len + 1);
        return to;
    }
    text_hash(text, len, hex);
    memcpy(to, text, TEXT_KEY_MAX - 1 - tail);
    len = utf8_cut(to, TEXT_KEY_MAX - 1 - tail);
    snprintf(to + len, TEXT_KEY_MAX - len, "~%.12s", hex);
    return to;
}

/* A JSON number or decimal text in 10^-digits. */
static bool decimal(const json_t *value, int digits, int64_t *number)
{
    char text[64];

    if (json_is_string(value))
        return money_parse(json_string_value(value), digits, number, NULL);
    if (!json_is_number(value) || !isfinite(json_number_value(value)) ||
        fabs(json_number_value(value)) > 1e6)
        return false;
    snprintf(text, sizeof text, "%.12f", json_number_value(value));
    return money_parse(text, digits, number, NULL);
}

static bool percent_text(int64_t units, char *to, size_t size)
{
    char text[MONEY_TEXT_MAX];
    size_t len;

    money_text(units, 4, text);
    len = strlen(text);
    while (text[len - 1] == '0')
        text[--len] = '\0';
    if (text[len - 1] == '.')
        text[--len] = '\0';
    return str_copy(to, size, text);
}

bool text_rate(const json_t *rate, char *to, size_t size)
{
    int64_t units;

    return decimal(rate, 6, &units) && units >= 0 && percent_text(units, to, size);
}

bool text_percent(const json_t *percent, char *to, size_t size)
{
    int64_t units;

    return decimal(percent, 4, &units) && percent_text(units, to, size);
}
