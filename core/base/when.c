#include "base/when.h"

#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

static _Atomic when frozen;

when when_now(void)
{
    struct timespec ts;
    when at = atomic_load_explicit(&frozen, memory_order_relaxed);

    if (at != 0)
        return at;
    clock_gettime(CLOCK_REALTIME, &ts);
    return (when)ts.tv_sec * WHEN_SECOND + ts.tv_nsec / 1000;
}

int64_t when_ticks(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * WHEN_SECOND + ts.tv_nsec / 1000;
}

void when_set_for_tests(when now)
{
    atomic_store(&frozen, now);
}

/* Reads exactly n digits. */
static const char *digits(const char *p, int n, int *number)
{
    int value = 0;

    if (p == NULL)
        return NULL;
    for (; n > 0; n--, p++) {
        if (*p < '0' || *p > '9')
            return NULL;
        value = value * 10 + (*p - '0');
    }
    *number = value;
    return p;
}

static const char *expect(const char *p, char c)
{
    return p != NULL && *p == c ? p + 1 : NULL;
}

static const char *fraction(const char *p, int *micro)
{
    int value = 0, n = 0;

    if (p == NULL || *p != '.')
        return p;
    for (p++; *p >= '0' && *p <= '9'; p++)
        if (n < 6) {
            value = value * 10 + (*p - '0');
            n++;
        }
    if (n == 0)
        return NULL;
    for (; n < 6; n++)
        value *= 10;
    *micro = value;
    return p;
}

/* Date, separator, time, fraction: where the zone begins, or NULL. */
static const char *moment(const char *p, char separator, when *at)
{
    static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    struct tm tm = { 0 };
    int year = 0, month = 0, micro = 0;
    bool leap;

    p = expect(digits(p, 4, &year), '-');
    p = expect(digits(p, 2, &month), '-');
    p = expect(digits(p, 2, &tm.tm_mday), separator);
    p = expect(digits(p, 2, &tm.tm_hour), ':');
    p = expect(digits(p, 2, &tm.tm_min), ':');
    p = fraction(digits(p, 2, &tm.tm_sec), &micro);
    if (p == NULL || year < 1970 || month < 1 || month > 12 || tm.tm_mday < 1)
        return NULL;
    leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (tm.tm_mday > days[month - 1] || (month == 2 && tm.tm_mday == 29 && !leap))
        return NULL;
    if (tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60)
        return NULL;
    tm.tm_year = year - 1900;
    tm.tm_mon = month - 1;
    *at = (when)timegm(&tm) * WHEN_SECOND + micro;
    return p;
}

bool when_parse_iso(const char *text, when *at)
{
    when found;
    int hours = 0, minutes = 0;
    const char *p = moment(text, 'T', &found);

    if (p == NULL)
        return false;
    if (*p == 'Z')
        p++;
    else if (*p == '+' || *p == '-') {
        int sign = *p == '-' ? 1 : -1;

        p = digits(p + 1, 2, &hours);
        if (p != NULL && *p == ':')
            p++;
        p = digits(p, 2, &minutes);
        if (p == NULL || hours > 14 || minutes > 59)
            return false;
        found += sign * (hours * WHEN_HOUR + minutes * WHEN_MINUTE);
    } else
        return false;
    if (*p != '\0')
        return false;
    *at = found;
    return true;
}

bool when_parse_odoo(const char *text, when *at)
{
    when found;
    const char *p = moment(text, ' ', &found);

    if (p == NULL || *p != '\0')
        return false;
    *at = found;
    return true;
}

static struct tm utc(when at)
{
    time_t seconds = (time_t)(at / WHEN_SECOND);
    struct tm tm = { 0 };

    gmtime_r(&seconds, &tm);
    return tm;
}

char *when_iso(when at, char *buf)
{
    struct tm tm = utc(at);

    strftime(buf, WHEN_TEXT_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm);
    return buf;
}

char *when_iso_micro(when at, char *buf)
{
    struct tm tm = utc(at);
    size_t len = strftime(buf, WHEN_TEXT_MAX, "%Y-%m-%dT%H:%M:%S", &tm);

    snprintf(buf + len, WHEN_TEXT_MAX - len, ".%06dZ", (int)(at % WHEN_SECOND));
    return buf;
}

char *when_odoo(when at, char *buf)
{
    struct tm tm = utc(at);

    strftime(buf, WHEN_TEXT_MAX, "%Y-%m-%d %H:%M:%S", &tm);
    return buf;
}

char *when_local(when at, char *buf)
{
    time_t seconds = (time_t)(at / WHEN_SECOND);
    struct tm tm = { 0 };

    localtime_r(&seconds, &tm);
    strftime(buf, WHEN_TEXT_MAX, "%Y-%m-%d %H:%M:%S %Z", &tm);
    return buf;
}
