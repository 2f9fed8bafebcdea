#include "tui/fmt.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define NEVER "\u2013"

char *fmt_count(int64_t n, char *buf)
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%lld", (long long)(n < 0 ? -n : n));
    int at = 0;

    if (n < 0)
        buf[at++] = '-';
    for (int i = 0; i < len; i++) {
        buf[at++] = digits[i];
        if (i + 1 < len && (len - i - 1) % 3 == 0)
            buf[at++] = ',';
    }
    buf[at] = '\0';
    return buf;
}

char *fmt_short(int64_t n, char *buf)
{
    if (n < 100000)
        return fmt_count(n, buf);
    if (n < 1000000)
        snprintf(buf, FMT_MAX, "%lldk", (long long)(n / 1000));
    else if (n < 10000000)
        snprintf(buf, FMT_MAX, "%.1fM", (double)n / 1e6);
    else
        snprintf(buf, FMT_MAX, "%lldM", (long long)(n / 1000000));
    return buf;
}

char *fmt_span(int64_t us, char *buf)
{
    long long s = us / WHEN_SECOND;

    if (us < 0)
        snprintf(buf, FMT_MAX, NEVER);
    else if (s < 10)
        snprintf(buf, FMT_MAX, "%lld.%llds", s, (long long)(us % WHEN_SECOND) * 10 / WHEN_SECOND);
    else if (s < 60)
        snprintf(buf, FMT_MAX, "%llds", s);
    else if (s < 600)
        snprintf(buf, FMT_MAX, "%lldm%02lld", s / 60, s % 60);
    else if (s < 3600)
        snprintf(buf, FMT_MAX, "%lldm", s / 60);
    else if (s < 36000)
        snprintf(buf, FMT_MAX, "%lldh%02lld", s / 3600, s / 60 % 60);
    else if (s < 2 * 86400)
        snprintf(buf, FMT_MAX, "%lldh", s / 3600);
    else
        snprintf(buf, FMT_MAX, "%lldd", s / 86400);
    return buf;
}

char *fmt_ms(int64_t ms, char *buf)
{
    if (ms < 0)
        snprintf(buf, FMT_MAX, NEVER);
    else if (ms < 1000)
        snprintf(buf, FMT_MAX, "%lldms", (long long)ms);
    else
        fmt_span(ms * 1000, buf);
    return buf;
}

char *fmt_took(double ms, char *buf)
{
    if (ms > 0 && ms < 1)
        snprintf(buf, FMT_MAX, "<1ms");
    else
        fmt_ms((int64_t)ms, buf);
    return buf;
}

char *fmt_bytes(int64_t bytes, char *buf)
{
    if (bytes < 0)
        snprintf(buf, FMT_MAX, NEVER);
    else if (bytes < 1000)
        snprintf(buf, FMT_MAX, "%lld B", (long long)bytes);
    else if (bytes < 1000000)
        snprintf(buf, FMT_MAX, "%.1f kB", (double)bytes / 1e3);
    else if (bytes < 1000000000)
        snprintf(buf, FMT_MAX, "%.1f MB", (double)bytes / 1e6);
    else
        snprintf(buf, FMT_MAX, "%.1f GB", (double)bytes / 1e9);
    return buf;
}

static bool split(when at, enum fmt_time mode, struct tm *tm)
{
    time_t s = (time_t)(at / WHEN_SECOND);

    return at != 0 && (mode == FMT_UTC ? gmtime_r(&s, tm) : localtime_r(&s, tm)) != NULL;
}

char *fmt_clock(when at, enum fmt_time mode, char *buf)
{
    struct tm tm;

    if (!split(at, mode, &tm) || strftime(buf, FMT_MAX, "%H:%M:%S", &tm) == 0)
        snprintf(buf, FMT_MAX, NEVER);
    return buf;
}

char *fmt_when(when at, when now, enum fmt_time mode, char *buf)
{
    int64_t age = now - at;
    struct tm tm;

    if (at == 0)
        snprintf(buf, FMT_MAX, NEVER);
    else if (mode == FMT_RELATIVE)
        fmt_span(age < 0 ? -age : age, buf);
    else if (age < WHEN_DAY && age > -WHEN_DAY)
        fmt_clock(at, mode, buf);
    else if (!split(at, mode, &tm) || strftime(buf, FMT_MAX, "%Y-%m-%d", &tm) == 0)
        snprintf(buf, FMT_MAX, NEVER);
    return buf;
}

char *fmt_day(when at, enum fmt_time mode, char *buf)
{
    struct tm tm;

    if (!split(at, mode, &tm) || strftime(buf, FMT_MAX, "%Y-%m-%d %H:%M:%S", &tm) == 0)
        snprintf(buf, FMT_MAX, NEVER);
    return buf;
}

char *fmt_both(when at, char *buf)
{
    struct tm local, utc;
    size_t n;

    if (!split(at, FMT_LOCAL, &local) || !split(at, FMT_UTC, &utc)) {
        snprintf(buf, FMT_MAX, NEVER);
        return buf;
    }
    n = strftime(buf, FMT_MAX, "%Y-%m-%d %H:%M:%S %Z", &local);
    if (local.tm_gmtoff != 0) /* else it is said already */
        strftime(buf + n, FMT_MAX, " (%H:%M:%S UTC)", &utc);
    return buf;
}

char *fmt_zone(when at, char *buf)
{
    struct tm tm;

    if (!split(at == 0 ? WHEN_SECOND : at, FMT_LOCAL, &tm) ||
        strftime(buf, FMT_MAX, "%Z", &tm) == 0)
        snprintf(buf, FMT_MAX, NEVER);
    return buf;
}
