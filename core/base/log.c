#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1024

static _Atomic int most = LOG_INFO;

void log_limit(enum log_level level)
{
    atomic_store(&most, (int)level);
}

void log_line(enum log_level level, const char *fmt, ...)
{
    char line[LINE_MAX_BYTES];
    va_list ap;
    size_t len;

    if ((int)level > atomic_load_explicit(&most, memory_order_relaxed))
        return;
    snprintf(line, sizeof line, "<%d>", (int)level);
    va_start(ap, fmt);
    vsnprintf(line + 3, sizeof line - 4, fmt, ap);
    va_end(ap);
    len = strlen(line);
    for (size_t i = 3; i < len; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = '?';
    line[len] = '\n';
    if (write(STDERR_FILENO, line, len + 1) < 0)
        return; /* nobody listens: nothing better can be done */
}
