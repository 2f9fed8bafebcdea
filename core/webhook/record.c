#include "webhook/record.h"

#include <string.h>

struct scan {
    const char *at, *end;
};

/* Most of a body is skipped: a table makes that one look per byte. */
enum { PLAIN, BLANK, QUOTE, OPEN, CLOSE, STOP };
static const unsigned char class_of[256] = {
    [' '] = BLANK, ['\n'] = BLANK, ['\r'] = BLANK, ['\t'] = BLANK, ['"'] = QUOTE,
    ['{'] = OPEN,  ['['] = OPEN,   ['}'] = CLOSE,  [']'] = CLOSE,  [','] = STOP,
};

static unsigned class_at(const char *at)
{
    return class_of[(unsigned char)*at];
}

static char peek(struct scan *s)
{
    while (s->at < s->end && class_at(s->at) == BLANK)
        s->at++;
    return s->at < s->end ? *s->at : '\0';
}

/* To the quote that ends a string; at is behind the one that begins it. NULL: there is none. */
static const char *string_end(const char *at, const char *end)
{
    for (; at < end; at++) {
        if (*at == '"')
            return at;
        if (*at == '\\')
            at++;
    }
    return NULL;
}

/* Past a string; from and len are what stands between the quotes, as written. */
static bool string(struct scan *s, const char **from, size_t *len)
{
    const char *quote;

    if (peek(s) != '"' || (quote = string_end(s->at + 1, s->end)) == NULL)
        return false;
    *from = s->at + 1;
    *len = (size_t)(quote - *from);
    s->at = quote + 1;
    return true;
}

/* Past the rest of an object or array. Brackets are counted, not matched: the job is strict. */
static bool skip_nested(struct scan *s)
{
    const char *at = s->at, *end = s->end;
    size_t depth = 1;

    for (; at < end; at++) {
        unsigned class = class_at(at);

        if (class == QUOTE) {
            at = string_end(at + 1, end);
            if (at == NULL)
                return false;
        } else if (class == OPEN) {
            depth++;
        } else if (class == CLOSE && --depth == 0) {
            s->at = at + 1;
            return true;
        }
    }
    return false;
}

/* Past any value. */
static bool skip(struct scan *s)
{
    const char *from;
    size_t len;

    peek(s);
    if (s->at == s->end)
        return false;
    switch (class_at(s->at)) {
    case QUOTE:
        return string(s, &from, &len);
    case OPEN:
        s->at++;
        return skip_nested(s);
    case PLAIN:
        while (s->at < s->end && class_at(s->at) == PLAIN)
            s->at++;
        return true;
    default:
        return false;
    }
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
    if (n == 0 || s->at == s->end || class_at(s->at) == PLAIN)
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
