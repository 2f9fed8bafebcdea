#include "tests/sandbox/odoo/zone.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/when.h"

enum rule { RULE_NONE, RULE_US, RULE_EU };

struct zone {
    const char *name;
    int hours; /* east of Greenwich in winter */
    enum rule rule;
};

static const struct zone zones[] = {
    { "America/New_York", -5, RULE_US },    { "America/Chicago", -6, RULE_US },
    { "America/Denver", -7, RULE_US },      { "America/Los_Angeles", -8, RULE_US },
    { "America/Toronto", -5, RULE_US },     { "Europe/London", 0, RULE_EU },
    { "Europe/Berlin", 1, RULE_EU },        { "Europe/Paris", 1, RULE_EU },
    { "Europe/Zurich", 1, RULE_EU },        { "Europe/Vienna", 1, RULE_EU },
    { "Europe/Brussels", 1, RULE_EU },      { "Europe/Amsterdam", 1, RULE_EU },
    { "Europe/Madrid", 1, RULE_EU },        { "Europe/Rome", 1, RULE_EU },
    { "Asia/Tokyo", 9, RULE_NONE },         { "Asia/Kolkata", 5, RULE_NONE },
};

/* Day of the month of the nth Sunday; nth 0: the last one of a month with 31 days. */
static int sunday(int year, int month, int nth)
{
    struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = 1 };
    int first;

    timegm(&tm);
    first = 1 + (7 - tm.tm_wday) % 7;
    if (nth > 0)
        return first + 7 * (nth - 1);
    while (first + 7 <= 31)
        first += 7;
    return first;
}

static bool summer(enum rule rule, int year, int month, int day)
{
    int start = rule == RULE_US ? sunday(year, 3, 2) : sunday(year, 3, 0);
    int end_month = rule == RULE_US ? 11 : 10;
    int end = rule == RULE_US ? sunday(year, 11, 1) : sunday(year, 10, 0);

    if (rule == RULE_NONE || month < 3 || month > end_month)
        return false;
    if (month == 3)
        return day >= start;
    return month < end_month || day < end;
}

void zone_to_utc(const char *zone, char *text, size_t size)
{
    when at;
    int year, month, day;

    if (!when_parse_odoo(text, &at) || sscanf(text, "%4d-%2d-%2d", &year, &month, &day) != 3)
        return;
    for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++)
        if (strcmp(zones[i].name, zone) == 0) {
            char utc[WHEN_TEXT_MAX];
            int hours = zones[i].hours + summer(zones[i].rule, year, month, day);

            when_odoo(at - hours * WHEN_HOUR, utc);
            snprintf(text, size, "%s", utc);
            return;
        }
}
