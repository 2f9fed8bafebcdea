#include "tests/sandbox/data.h"

#include <string.h>

#define DATA(name, path)                                                                           \
    __asm__(".pushsection .rodata\n.global data_" #name "\n"                                       \
            "data_" #name ": .incbin \"" SANDBOX_DATA "/" path "\"\n.byte 0\n.popsection\n");
#include "tests/sandbox/data.def"
#undef DATA

bool data_line(const char **text, char *line, size_t size)
{
    while (**text != '\0') {
        const char *end = strchrnul(*text, '\n');
        size_t len = (size_t)(end - *text);
        const char *from = *text;

        *text = *end == '\0' ? end : end + 1;
        if (len == 0 || *from == '#')
            continue;
        if (len >= size)
            len = size - 1;
        memcpy(line, from, len);
        line[len] = '\0';
        return true;
    }
    return false;
}
