/*
 * verdict.h - what became of a delivery: a word, an HTTP status, and words for people.
 * The table is verdict.def. Pure.
 */
#ifndef WEBHOOK_VERDICT_H
#define WEBHOOK_VERDICT_H

enum verdict {
#define VERDICT(id, word, status, class, text) VERDICT_##id,
#include "webhook/verdict.def"
#undef VERDICT
    VERDICT_COUNT
};

enum verdict_class { VERDICT_CLASS_OK, VERDICT_CLASS_DUP, VERDICT_CLASS_LATE, VERDICT_CLASS_REJ };

const char *verdict_word(enum verdict verdict); /* "too-large" */
const char *verdict_text(enum verdict verdict);
unsigned verdict_status(enum verdict verdict); /* 413 */
enum verdict_class verdict_class(enum verdict verdict);
const char *verdict_class_word(enum verdict verdict); /* ok dup late rej */

#endif
