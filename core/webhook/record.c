#include "webhook/record.h"

#include <string.h>

struct scan {
    const char *at, *end;
};

static bool blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static char peek(struct scan *s)
{
    while (s->at < s->end && blank(*s->at))
        s->at++;
    return s->at < s->end ? *s->at : '\0';
}

/* Past a string; from and len are what stands between the quotes, as written. */
static bool string(struct scan *s, const char **from, size_t *len)
{
    const char *begin;

    if (peek(s) != '"')
        return false;
    begin = ++s->at;
    for (;;) {
        const char *quote = memchr(s->at, '"', (size_t)(s->end - s->at));
        const char *slash;

        if (quote == NULL)
            return false;
        slash = memchr(s->at, '\\', (size_t)(quote - s->at));
        if (slash == NULL) {
            *from = begin;
            *len = (size_t)(quote - begin);
            s->at = quote + 1;
            return true;
        }
        if (s->end - slash < 2)
            return false;
        s->at = slash + 2;
    }
}

static bool bracket(char c)
{
    return c == '{' || c == '[';
}

/* Past any value. Brackets are counted, not matched: the job that reads it all is strict. */
static bool skip(struct scan *s)
{
    const char *from;
    size_t len, depth = 0;

    do {
        char c = peek(s);

        if (c == '\0')
            return false;
        if (c == '"') {
            if (!string(s, &from, &len))
                return false;
        } else if (bracket(c)) {
            depth++;
            s->at++;
        } else if (c == '}' || c == ']') {
            if (depth == 0)
                return false;
            depth--;
            s->at++;
        } else {
            s->at++;
            while (depth == 0 && s->at < s->end && strchr(",}] \n\r\t", *s->at) == NULL)
                s->at++;
        }
    } while (depth > 0);
    return true;
}

/* Into an object, up to the value of key. */
static bool enter(struct scan *s, const char *key, size_t key_len)
{
    if (peek(s) != '{')
        return false;
    s->at++;
    for (;;) {
        const char *from;
        size_t len;

        if (!string(s, &from, &len) || peek(s) != ':')
            return false;
        s->at++;
        if (len == key_len && memcmp(from, key, len) == 0)
            return true;
        if (!skip(s) || peek(s) != ',')
            return false;
        s->at++;
    }
}

static bool number(struct scan *s, char *text)
{
    size_t n = 0;

    while (s->at < s->end && *s->at >= '0' && *s->at <= '9') {
        if (n == 19)
            return false;
        text[n++] = *s->at++;
    }
    if (n == 0 || s->at == s->end || strchr(",}] \n\r\t", *s->at) == NULL)
        return false;
    text[n] = '\0';
    return true;
}

bool record_find(const char *body, size_t len, const char *path, char *text)
{
    struct scan s = { .at = body, .end = body + len };
    const char *from;
    char found[RECORD_TEXT_MAX];
    size_t n;

    for (;;) {
        n = strcspn(path, ".");
        if (!enter(&s, path, n))
            return false;
        if (path[n] == '\0')
            break;
        path += n + 1;
    }
    if (peek(&s) == '"') {
        if (!string(&s, &from, &n) || n == 0 || n >= sizeof found ||
            memchr(from, '\\', n) != NULL || memchr(from, '\0', n) != NULL)
            return false;
        memcpy(found, from, n);
        found[n] = '\0';
    } else if (!number(&s, found)) {
        return false;
    }
    memcpy(text, found, strlen(found) + 1);
    return true;
}
