#include "tui/draw/copy.h"

#include <stdlib.h>
#include <string.h>

#define ENCODED_MAX 74994

static void base64(const char *text, size_t len, struct str *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < len; i += 3) {
        size_t left = len - i;
        unsigned bits = (unsigned)(unsigned char)text[i] << 16;
        char four[4];

        if (left > 1)
            bits |= (unsigned)(unsigned char)text[i + 1] << 8;
        if (left > 2)
            bits |= (unsigned char)text[i + 2];
        four[0] = digits[bits >> 18 & 63];
        four[1] = digits[bits >> 12 & 63];
        four[2] = left > 1 ? digits[bits >> 6 & 63] : '=';
        four[3] = left > 2 ? digits[bits & 63] : '=';
        str_add(out, four, 4);
    }
}

bool copy_sequence(const char *text, struct str *out)
{
    size_t len = strlen(text);
    bool tmux = getenv("TMUX") != NULL, screen = !tmux && getenv("STY") != NULL;

    if ((len + 2) / 3 * 4 > ENCODED_MAX)
        return false;
    str_adds(out, tmux ? "\033Ptmux;\033\033]52;c;" : screen ? "\033P\033]52;c;" : "\033]52;c;");
    base64(text, len, out);
    str_adds(out, tmux || screen ? "\a\033\\" : "\a");
    return !out->full;
}
