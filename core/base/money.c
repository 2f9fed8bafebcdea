#include "base/money.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define MINOR_MAX INT64_C(9000000000000000)

int money_digits(const char *currency)
{
    /* ISO 4217 list one of 2024; all others in use have two digits. */
    static const char zero[] = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF ";
    static const char three[] = "BHD IQD JOD KWD LYD OMR TND ";
    char key[5];

    if (currency == NULL || strlen(currency) != 3)
        return -1;
    for (int i = 0; i < 3; i++)
        if (currency[i] < 'A' || currency[i] > 'Z')
            return -1;
    snprintf(key, sizeof key, "%s ", currency);
    if (strstr(zero, key) != NULL)
        return 0;
    return strstr(three, key) != NULL ? 3 : 2;
}

bool money_parse(const char *text, int digits, int64_t *minor, bool *exact)
{
    const char *p = text;
    bool negative = *p == '-', point = false, lost = false, any = false;
    int64_t n = 0;
    int after = 0, half = 0;

    if (*p == '-' || *p == '+')
        p++;
    for (; *p != '\0'; p++) {
        if (*p == '.' && !point) {
            point = true;
            continue;
        }
        if (*p < '0' || *p > '9')
            return false;
        any = true;
        if (after < digits || !point) {
            n = n * 10 + (*p - '0');
            if (n > MINOR_MAX)
                return false;
            after += point ? 1 : 0;
            continue;
        }
        if (after++ == digits)
            half = *p >= '5' ? 1 : 0;
        lost = lost || *p != '0';
    }
    if (!any)
        return false;
    for (; after < digits; after++) {
        n *= 10;
        if (n > MINOR_MAX)
            return false;
    }
    n += half;
    *minor = negative ? -n : n;
    if (exact != NULL)
        *exact = !lost;
    return true;
}

bool money_from_double(double value, int digits, int64_t *minor)
{
    char text[512];

    if (!isfinite(value) || fabs(value) > 1e15)
        return false;
    /* 15 significant digits: what a double surely holds of a decimal number. */
    snprintf(text, sizeof text, "%.15g", value);
    if (strchr(text, 'e') != NULL)
        snprintf(text, sizeof text, "%.*f", digits + 6, value);
    return money_parse(text, digits, minor, NULL);
}

char *money_text(int64_t minor, int digits, char *buf)
{
    uint64_t n = minor < 0 ? -(uint64_t)minor : (uint64_t)minor, one = 1;

    for (int i = 0; i < digits; i++)
        one *= 10;
    if (digits == 0)
        snprintf(buf, MONEY_TEXT_MAX, "%s%" PRIu64, minor < 0 ? "-" : "", n);
    else
        snprintf(buf, MONEY_TEXT_MAX, "%s%" PRIu64 ".%0*" PRIu64, minor < 0 ? "-" : "", n / one,
                 digits, n % one);
    return buf;
}

int64_t money_scale(int64_t minor, int64_t num, int64_t den)
{
    __extension__ __int128 product = (__int128)minor * num, half = den / 2;

    /* (p + den/2) / den is half away from zero for even and odd den alike */
    return (int64_t)((product >= 0 ? product + half : product - half) / den);
}

int64_t money_div_round(int64_t number, int64_t by)
{
    return money_scale(number, 1, by);
}
