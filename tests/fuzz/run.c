/* run.c - the main of a target that was built without a fuzzer: see fuzz.h. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

#define INPUT_MAX (8u << 20)
#define GROW_MAX  64 /* bytes a spoilt copy may be longer than its file */

static uint64_t roll(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* One small damage; returns the new size. */
static size_t spoil(uint8_t *data, size_t size, uint64_t *state)
{
    static const uint8_t odd[] = { 0, '\n', '"', '\\', '{', '[', '-', '9', '.', 0x1b, 0x7f, 0xff };
    size_t at = size == 0 ? 0 : roll(state) % size, part;

    if (size == 0)
        return 0;
    switch (roll(state) % 6) {
    case 0:
        data[at] ^= (uint8_t)(1u << (roll(state) % 8));
        return size;
    case 1:
        data[at] = odd[roll(state) % sizeof odd];
        return size;
    case 2: /* cut off */
        return at;
    case 3: /* something missing in the middle */
        part = roll(state) % (size - at < 32 ? size - at + 1 : 32);
        memmove(data + at, data + at + part, size - at - part);
        return size - part;
    case 4: /* something twice */
        part = roll(state) % (size - at < 16 ? size - at + 1 : 16);
        memmove(data + at + part, data + at, size - at);
        return size + part;
    default: /* a longer number, a longer word */
        part = 1 + roll(state) % 16;
        memmove(data + at + part, data + at, size - at);
        memset(data + at, data[at + part], part);
        return size + part;
    }
}

static uint8_t *read_file(const char *name, size_t *size)
{
    FILE *f = fopen(name, "rbe");
    uint8_t *data = f == NULL ? NULL : malloc(INPUT_MAX);

    if (f == NULL || data == NULL) {
        fprintf(stderr, "%s cannot be read\n", name);
        exit(2);
    }
    *size = fread(data, 1, INPUT_MAX, f);
    fclose(f);
    return data;
}

/* On the heap and exactly as long as it says, so that a sanitizer sees a step too far. */
static void run(const uint8_t *data, size_t size)
{
    uint8_t *input = malloc(size > 0 ? size : 1);

    if (input == NULL)
        abort();
    if (size > 0)
        memcpy(input, data, size);
    LLVMFuzzerTestOneInput(input, size);
    free(input);
}

int main(int argc, char **argv)
{
    const char *wanted = getenv("FUZZ_MUTATE");
    unsigned long copies = wanted == NULL ? 0 : strtoul(wanted, NULL, 10), count = 0;

    if (argc < 2) {
        fprintf(stderr, "usage: [FUZZ_MUTATE=N] %s FILE...\n", argv[0]);
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        size_t size;
        uint8_t *data = read_file(argv[i], &size), *copy = malloc(size + 4 * GROW_MAX);
        uint64_t state = 0x9e3779b97f4a7c15u;

        if (copy == NULL)
            abort();
        run(data, size);
        count++;
        for (unsigned long n = 0; n < copies; n++, count++) {
            size_t now = size;

            memcpy(copy, data, size);
            for (uint64_t damages = 1 + roll(&state) % 4; damages > 0; damages--)
                now = spoil(copy, now, &state);
            run(copy, now);
        }
        free(copy);
        free(data);
    }
    printf("%lu inputs\n", count);
    return 0;
}
