/*
 * answer.h - an HTTP answer out of a file: "read 200" or "write 200", a line per header, an empty
 * line, the body. What a line lacks is as good as absent.
 */
#ifndef TESTS_FUZZ_ANSWER_H
#define TESTS_FUZZ_ANSWER_H

#include <ctype.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"
#include "http/http.h"
#include "tests/fuzz/fuzz.h"

/* Fills answer (initialised); true: the request only read. */
static inline bool answer_read(const uint8_t *data, size_t size, struct http_answer *answer)
{
    const char *at = (const char *)data, *end = at + size;
    bool first = true, read = false;

    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((stop == NULL ? end : stop) - at);
        char line[256];

        if (len == 0)
            break;
        snprintf(line, sizeof line, "%.*s", (int)(len < sizeof line ? len : sizeof line - 1), at);
        at += stop == NULL ? len : len + 1;
        if (first) {
            read = str_starts(line, "read ");
            answer->status =
                (long)(strtoul(line + (read ? 5 : strcspn(line, " ")), NULL, 10) % 1000);
            first = false;
        } else if (strchr(line, ':') != NULL) {
            char *value = strchr(line, ':');

            *value++ = '\0';
            value += strspn(value, " ");
            for (char *c = line; *c != '\0'; c++)
                *c = (char)tolower((unsigned char)*c);
            str_add(&answer->head, line, strlen(line) + 1);
            str_add(&answer->head, value, strlen(value) + 1);
        }
    }
    if (at < end)
        at++; /* the empty line */
    str_add(&answer->body, at, (size_t)(end - at));
    return read;
}

/* An err as it must be: a kind, one line of text that a screen can show. */
static inline void check_err(const struct err *err)
{
    FUZZ_CHECK(err->kind > ERR_NONE && err->kind < ERR_KIND_COUNT);
    FUZZ_CHECK(err->text[0] != '\0');
    FUZZ_CHECK(utf8_valid(err->text, strlen(err->text)));
    FUZZ_CHECK(utf8_valid(err->thing, strlen(err->thing)));
    for (const char *c = err->text; *c != '\0'; c++)
        FUZZ_CHECK((unsigned char)*c >= ' ' && *c != 0x7f);
}

#endif
