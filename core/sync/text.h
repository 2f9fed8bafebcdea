/*
 * text.h - text from a shop made fit for books: no control characters, no endless lengths.
 */
#ifndef SYNC_TEXT_H
#define SYNC_TEXT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/*
 * A JSON string of at most `limit` bytes: control characters (but line breaks, when `lines`)
 * become blanks, runs of blanks one, ends are trimmed. JSON null for NULL or an empty text.
 * *changed (may be NULL) is set true if something but blanks was taken out.
 */
json_t *text_clean(const char *text, size_t limit, bool lines, bool *changed);
/* Lower case (ASCII and Latin letters), no blanks at all: for comparing e-mails and addresses. */
bool text_fold(struct str *to, const char *text);
/* The e-mail as a key: trimmed, lower case; JSON null unless it looks like one (a@b). */
json_t *text_email(const char *text);
/* Escapes & < > and turns line breaks into <br>, for Odoo's html fields. */
bool text_html(struct str *to, const char *text);
/*
 * Text as the key of a mapping or the name of a cause: what is longer than fits is cut, and told
 * apart by its hash. Cutting twice changes nothing. Returns to.
 */
#define TEXT_KEY_MAX 101
char *text_key(char to[TEXT_KEY_MAX], const char *text);
/* First 24 (or all 64) hex digits of SHA-256. */
void text_hash(const char *text, size_t len, char hex[65]);
/* A rate as percent text without useless zeros: 0.081 -> "8.1". False if it is no rate. */
bool text_rate(const json_t *rate, char *to, size_t size);
/* Percent text (of Odoo's number) the same way: 8.1 -> "8.1", 20.0 -> "20". */
bool text_percent(const json_t *percent, char *to, size_t size);

#endif
