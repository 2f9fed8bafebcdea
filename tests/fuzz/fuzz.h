/*
 * fuzz.h - what every target here is made of: one function that takes any bytes and must neither
 * crash nor break a promise it checks with FUZZ_CHECK.
 *
 * Configured --with-fuzzer (clang) a target is a libFuzzer program; otherwise run.c makes it one
 * that runs the files named on its command line, and with FUZZ_MUTATE=N in the environment also N
 * spoilt copies of each, always the same ones.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_CHECK(promise)                                                                        \
    do {                                                                                           \
        if (!(promise)) {                                                                          \
            fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #promise);                  \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* The input as a C string on the heap, exactly as long as it must be, for free(3). */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    if (text == NULL)
        abort();
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

#endif
