#include "tests/sandbox/shop/image.h"

#include <stddef.h>

#define ROW   (1 + IMAGE_SIDE * 3)
#define PLAIN (ROW * IMAGE_SIDE)

static void put32(unsigned char *to, uint32_t n)
{
    to[0] = (unsigned char)(n >> 24);
    to[1] = (unsigned char)(n >> 16);
    to[2] = (unsigned char)(n >> 8);
    to[3] = (unsigned char)n;
}

static uint32_t crc(const unsigned char *data, size_t len)
{
    uint32_t c = 0xffffffffu;

    for (size_t i = 0; i < len; i++) {
        c ^= data[i];
        for (int k = 0; k < 8; k++)
            c = (c & 1) != 0 ? (c >> 1) ^ 0xedb88320u : c >> 1;
    }
    return ~c;
}

static uint32_t adler(const unsigned char *data, size_t len)
{
    uint32_t a = 1, b = 0;

    for (size_t i = 0; i < len; i++) {
        a = (a + data[i]) % 65521;
        b = (b + a) % 65521;
    }
    return b << 16 | a;
}

/* data begins with the four letters of its type. */
static void chunk(struct str *out, const unsigned char *data, size_t len)
{
    unsigned char number[4];

    put32(number, (uint32_t)(len - 4));
    str_add(out, (const char *)number, 4);
    str_add(out, (const char *)data, len);
    put32(number, crc(data, len));
    str_add(out, (const char *)number, 4);
}

/* Stored, not squeezed: zlib's head, one block, the sum. */
static void pixels(uint64_t salt, struct str *out)
{
    unsigned char data[4 + 2 + 5 + PLAIN + 4] = "IDAT\x78\x01\x01";
    unsigned char *plain = data + 11;

    data[7] = PLAIN & 255;
    data[8] = PLAIN >> 8;
    data[9] = (unsigned char)~data[7];
    data[10] = (unsigned char)~data[8];
    for (size_t y = 0; y < IMAGE_SIDE; y++)
        for (size_t x = 0; x < IMAGE_SIDE; x++)
            for (size_t k = 0; k < 3; k++)
                plain[y * ROW + 1 + x * 3 + k] = (unsigned char)((salt >> (k * 8)) + (x / 8 == y / 8 ? 64 : 0));
    put32(plain + PLAIN, adler(plain, PLAIN));
    chunk(out, data, sizeof data);
}

void image_png(uint64_t salt, struct str *out)
{
    unsigned char head[17] = "IHDR";

    str_add(out, "\x89PNG\r\n\x1a\n", 8);
    put32(head + 4, IMAGE_SIDE);
    put32(head + 8, IMAGE_SIDE);
    head[12] = 8; /* bits a colour */
    head[13] = 2; /* red, green, blue */
    chunk(out, head, sizeof head);
    pixels(salt, out);
    chunk(out, (const unsigned char *)"IEND", 4);
}
