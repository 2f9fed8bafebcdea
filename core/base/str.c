#include "base/str.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char nothing[1];

void str_init(struct str *s, size_t limit)
{
    *s = (struct str){ .data = nothing, .limit = limit };
}

void str_clear(struct str *s)
{
    if (s->room > 0)
        free(s->data);
    str_init(s, s->limit);
}

void str_reset(struct str *s)
{
    s->len = 0;
    s->full = false;
    if (s->room > 0)
        s->data[0] = '\0';
}

static bool reserve(struct str *s, size_t more)
{
    size_t need, room;
    char *data;

    if (s->full || more > s->limit - s->len) {
        s->full = true;
        return false;
    }
    need = s->len + more + 1;
    if (need <= s->room)
        return true;
    room = s->room > 0 ? s->room : 64;
    while (room < need)
        room *= 2;
    data = realloc(s->room > 0 ? s->data : NULL, room);
    if (data == NULL) {
        s->full = true;
        return false;
    }
    s->data = data;
    s->room = room;
    return true;
}

bool str_add(struct str *s, const void *data, size_t len)
{
    if (!reserve(s, len))
        return false;
    if (len > 0)
        memcpy(s->data + s->len, data, len);
    s->len += len;
    s->data[s->len] = '\0';
    return true;
}

bool str_adds(struct str *s, const char *text)
{
    return str_add(s, text, strlen(text));
}

bool str_addf(struct str *s, const char *fmt, ...)
{
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0 || !reserve(s, (size_t)n)) {
        s->full = true;
        return false;
    }
    va_start(ap, fmt);
    vsnprintf(s->data + s->len, (size_t)n + 1, fmt, ap);
    va_end(ap);
    s->len += (size_t)n;
    return true;
}

char *str_take(struct str *s)
{
    char *text = NULL;

    if (!s->full)
        text = s->room > 0 ? s->data : calloc(1, 1);
    else
        str_clear(s);
    str_init(s, s->limit);
    return text;
}

/* Length of the character that starts here, 0 if it is not UTF-8. */
static size_t utf8_step(const unsigned char *p, size_t left)
{
    unsigned lo = 0x80, hi = 0xbf;
    size_t n;

    if (p[0] == 0)
        return 0;
    if (p[0] < 0x80)
        return 1;
    if (p[0] < 0xc2 || p[0] > 0xf4)
        return 0;
    n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    if (left < n)
        return 0;
    if (p[0] == 0xe0)
        lo = 0xa0;
    else if (p[0] == 0xed)
        hi = 0x9f;
    else if (p[0] == 0xf0)
        lo = 0x90;
    else if (p[0] == 0xf4)
        hi = 0x8f;
    if (p[1] < lo || p[1] > hi)
        return 0;
    for (size_t i = 2; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return n;
}

bool utf8_valid(const char *text, size_t len)
{
    const unsigned char *p = (const unsigned char *)text;

    while (len > 0) {
        size_t n = utf8_step(p, len);

        if (n == 0)
            return false;
        p += n;
        len -= n;
    }
    return true;
}

size_t utf8_cut(char *text, size_t len)
{
    size_t start = len;

    while (start > 0 && len - start < 4 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
        start--;
    if (start > 0 && (unsigned char)text[start - 1] >= 0xc0 &&
        utf8_step((const unsigned char *)text + start - 1, len - start + 1) == 0) {
        text[start - 1] = '\0';
        return start - 1;
    }
    return len;
}

size_t utf8_chars(const char *text)
{
    size_t n = 0;

    for (; *text != '\0'; text++)
        if (((unsigned char)*text & 0xc0) != 0x80)
            n++;
    return n;
}

bool str_starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

bool str_ends(const char *text, const char *with)
{
    size_t len = strlen(text), end = strlen(with);

    return len >= end && strcmp(text + len - end, with) == 0;
}

bool str_copy(char *to, size_t size, const char *from)
{
    size_t len = strlen(from);

    if (len < size) {
        memcpy(to, from, len + 1);
        return true;
    }
    memcpy(to, from, size - 1);
    to[size - 1] = '\0';
    utf8_cut(to, size - 1);
    return false;
}

bool str_number(const char *text, unsigned long long max, unsigned long long *number)
{
    unsigned long long n = 0;

    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        unsigned digit = (unsigned)(*text - '0');

        if (digit > 9 || digit > max || n > (max - digit) / 10)
            return false;
        n = n * 10 + digit;
    }
    *number = n;
    return true;
}

void hex_encode(char *to, const void *data, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *from = data;

    for (size_t i = 0; i < len; i++) {
        *to++ = digits[from[i] >> 4];
        *to++ = digits[from[i] & 15];
    }
    *to = '\0';
}
