/*
 * str.h - a growing string with a limit, and the few things we do to text.
 *
 * Invariant: s->data is always a C string of s->len bytes, never NULL. A str
 * remembers that it could not hold everything (limit reached or no memory) in
 * s->full; check once at the end. Embedded by value; owned by one thread.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>

struct str {
    char *data;
    size_t len, room, limit;
    bool full;
};

void str_init(struct str *s, size_t limit); /* limit: the most bytes it may ever hold */
void str_clear(struct str *s);              /* frees; usable again */
void str_reset(struct str *s);              /* empties, keeps the memory */
bool str_add(struct str *s, const void *data, size_t len);
bool str_adds(struct str *s, const char *text);
bool str_addf(struct str *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *str_take(struct str *s); /* the text, for free(3); NULL if full; s is empty afterwards */
#define AUTO_STR __attribute__((cleanup(str_clear))) struct str

bool utf8_valid(const char *text, size_t len); /* strict; no NUL, no surrogates */
size_t utf8_cut(char *text, size_t len);       /* drops a half character at the end; new length */
size_t utf8_chars(const char *text);           /* characters, not columns */

bool str_starts(const char *text, const char *with);
bool str_ends(const char *text, const char *with);
/* Copies at most size - 1 bytes, never half a character; false if it was cut. */
bool str_copy(char *to, size_t size, const char *from);
/* Decimal number without sign or blanks, not above max. */
bool str_number(const char *text, unsigned long long max, unsigned long long *number);
void hex_encode(char *to, const void *data, size_t len); /* writes 2 * len + 1 bytes */

#endif
