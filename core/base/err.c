#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

static const struct {
    const char *name, *advice;
} kinds[ERR_KIND_COUNT] = {
    [ERR_NONE] = { "none", "nothing is wrong" },
#define ERR(id, name, what) [ERR_##id] = { name, what },
#include "base/err.def"
#undef ERR
};

/* The bytes of the character at p, 0 if it is none. */
static size_t character(const char *p)
{
    size_t n = 1;

    while (n <= 4 && memchr(p, '\0', n) == NULL) {
        if (utf8_valid(p, n))
            return n;
        n++;
    }
    return 0;
}

/*
 * One line of UTF-8: line breaks and control characters become blanks, half a character at the end
 * goes away, and one in the middle (a part printed with %.48s) becomes a question mark.
 */
static void tidy(char *text)
{
    utf8_cut(text, strlen(text));
    for (char *p = text; *p != '\0'; p++) {
        size_t n = character(p);

        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = ' ';
        else if (n == 0)
            *p = '?';
        else
            p += n - 1;
    }
}

bool err_set(struct err *err, enum err_kind kind, const char *fmt, ...)
{
    va_list ap;

    if (err == NULL)
        return false;
    err->kind = kind;
    err->side = ERR_SIDE_NONE;
    err->wait_ms = 0;
    err->thing[0] = '\0';
    va_start(ap, fmt);
    vsnprintf(err->text, sizeof err->text, fmt, ap);
    va_end(ap);
    tidy(err->text);
    return false;
}

bool err_within(struct err *err, const char *fmt, ...)
{
    char head[ERR_TEXT_MAX], both[2 * ERR_TEXT_MAX + 2];
    va_list ap;

    if (err == NULL)
        return false;
    va_start(ap, fmt);
    vsnprintf(head, sizeof head, fmt, ap);
    va_end(ap);
    snprintf(both, sizeof both, "%s: %s", head, err->text);
    memcpy(err->text, both, sizeof err->text - 1);
    err->text[sizeof err->text - 1] = '\0';
    tidy(err->text);
    return false;
}

bool err_errno(struct err *err, enum err_kind kind, int number, const char *fmt, ...)
{
    char head[ERR_TEXT_MAX];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(head, sizeof head, fmt, ap);
    va_end(ap);
    return err_set(err, kind, "%s: %s", head, strerrordesc_np(number));
}

bool err_from(struct err *err, enum err_side side)
{
    if (err != NULL && err->side == ERR_SIDE_NONE)
        err->side = side;
    return false;
}

void err_about(struct err *err, const char *kind, const char *key)
{
    if (err == NULL)
        return;
    snprintf(err->thing, sizeof err->thing, "%s:%s", kind, key);
    tidy(err->thing);
}

void err_clear(struct err *err)
{
    memset(err, 0, sizeof *err);
}

const char *err_side_name(enum err_side side)
{
    static const char *const names[ERR_SIDE_COUNT] = { "the core", "Shopify", "Odoo" };

    return side < ERR_SIDE_COUNT ? names[side] : "?";
}

const char *err_name(enum err_kind kind)
{
    return kind < ERR_KIND_COUNT ? kinds[kind].name : "?";
}

const char *err_advice(enum err_kind kind)
{
    return kind < ERR_KIND_COUNT ? kinds[kind].advice : "?";
}

enum err_kind err_kind_of(const char *name)
{
    for (unsigned k = 1; k < ERR_KIND_COUNT; k++)
        if (strcmp(kinds[k].name, name) == 0)
            return (enum err_kind)k;
    return ERR_NONE;
}
