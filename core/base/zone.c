/*
 * A file of a zone (RFC 8536) is transitions, each to one of its offsets, and a rule for the years
 * after them. A day begins at the first instant whose local time is that midnight or later.
 */
#include "base/zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"

#define FILE_MAX_BYTES (256 * 1024)
#define HEAD           44 /* bytes before each of the two blocks */
#define MOVES_MAX      16 /* transitions around one day */
#define DAY_S          86400
#define AROUND_S       (3 * (int64_t)DAY_S)

struct move { /* from then on the clock is so far ahead of UTC */
    int64_t at, offset;
};

/* What holds around a day; moves[0].at is before it. */
struct clock {
    struct move moves[MOVES_MAX];
    size_t count;
};

static void add_move(struct clock *clock, int64_t at, int64_t offset)
{
    if (clock->count < MOVES_MAX)
        clock->moves[clock->count++] = (struct move){ at, offset };
}

/* ---- days ---- */

/* Days since 1970 of a date of the Gregorian calendar. */
static int64_t days_of(int64_t year, int month, int day)
{
    int64_t y = year - (month <= 2), era = y / 400, of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool read_day(const char *day, int *year, int64_t *midnight)
{
    char whole[WHEN_TEXT_MAX];
    when at;

    if (strlen(day) != 10)
        return false;
    snprintf(whole, sizeof whole, "%sT00:00:00Z", day);
    if (!when_parse_iso(whole, &at))
        return false;
    *year = (int)strtol(day, NULL, 10);
    *midnight = at / WHEN_SECOND;
    return true;
}

/* ---- the rule at the end: "EST5EDT,M3.2.0,M11.1.0" ---- */

struct change { /* the week'th weekday of a month, seconds after its midnight */
    int month, week, weekday, seconds;
};
struct rule {
    int64_t winter, summer; /* ahead of UTC */
    bool changes;
    struct change to_summer, to_winter;
};

static bool take_number(const char **p, int most, int *number)
{
    char *end;
    long value = strtol(*p, &end, 10);

    if (end == *p || value < -most || value > most)
        return false;
    *number = (int)value;
    *p = end;
    return true;
}

/* [+-]h[h][:mm[:ss]] as seconds */
static bool take_time(const char **p, int *seconds)
{
    bool behind = **p == '-';
    int part, scale = 3600;

    *seconds = 0;
    if (**p == '-' || **p == '+')
        (*p)++;
    for (; scale > 0; scale /= 60) {
        if (!take_number(p, 167, &part) || part < 0)
            return false;
        *seconds += part * scale;
        if (**p != ':')
            break;
        (*p)++;
    }
    if (behind)
        *seconds = -*seconds;
    return true;
}

/* "EST" or "<-03>" */
static bool skip_name(const char **p)
{
    const char *from = *p;

    if (*from == '<') {
        *p += strcspn(from, ">");
        return **p == '>' && *++*p != '\0';
    }
    *p += strspn(from, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
    return *p > from;
}

static bool take_change(const char **p, struct change *change)
{
    if (strncmp(*p, ",M", 2) != 0)
        return false;
    *p += 2;
    change->seconds = 2 * 3600;
    if (!take_number(p, 12, &change->month) || change->month < 1 || *(*p)++ != '.' ||
        !take_number(p, 5, &change->week) || change->week < 1 || *(*p)++ != '.' ||
        !take_number(p, 6, &change->weekday) || change->weekday < 0)
        return false;
    if (**p != '/')
        return true;
    (*p)++;
    return take_time(p, &change->seconds);
}

static bool read_rule(const char *p, struct rule *rule)
{
    int offset;

    memset(rule, 0, sizeof *rule);
    if (!skip_name(&p) || !take_time(&p, &offset))
        return false;
    rule->winter = -offset; /* POSIX counts to the west */
    rule->summer = rule->winter + 3600;
    if (*p == '\0')
        return true;
    rule->changes = true;
    if (!skip_name(&p))
        return false;
    if (*p != ',') {
        if (!take_time(&p, &offset))
            return false;
        rule->summer = -offset;
    }
    return take_change(&p, &rule->to_summer) && take_change(&p, &rule->to_winter) && *p == '\0';
}

/* When clocks are changed in a year; offset: theirs until then. */
static int64_t change_at(const struct change *change, int year, int64_t offset)
{
    int64_t first = days_of(year, change->month, 1), day;
    int64_t next = days_of(year + change->month / 12, change->month % 12 + 1, 1);

    day = first + (change->weekday - (first + 4) % 7 + 7) % 7 + 7 * (change->week - 1);
    while (day >= next)
        day -= 7;
    return day * DAY_S + change->seconds - offset;
}

/* The moves that the rule makes after the last one of the table. */
static void rule_moves(const struct rule *rule, int year, int64_t after, struct clock *clock)
{
    for (int y = year - 1; rule->changes && y <= year + 1; y++) {
        struct move a = { change_at(&rule->to_summer, y, rule->winter), rule->summer };
        struct move b = { change_at(&rule->to_winter, y, rule->summer), rule->winter };
        struct move first = a.at < b.at ? a : b, second = a.at < b.at ? b : a;

        if (first.at > after)
            add_move(clock, first.at, first.offset);
        if (second.at > after)
            add_move(clock, second.at, second.offset);
    }
}

/* ---- the file ---- */

struct table {
    const unsigned char *times, *kinds, *types;
    uint32_t count, type_count;
    const char *footer;
};

static uint32_t number4(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t number8(const unsigned char *p)
{
    return (int64_t)((uint64_t)number4(p) << 32 | number4(p + 4));
}

/* Bytes of the block behind a head; wide: times of that many bytes. False: it can't be one. */
static bool block_size(const unsigned char *head, size_t wide, size_t *size)
{
    uint32_t n[6]; /* isut, isstd, leap, time, type, char */

    if (memcmp(head, "TZif", 4) != 0)
        return false;
    for (size_t i = 0; i < 6; i++) {
        n[i] = number4(head + 20 + 4 * i);
        if (n[i] > FILE_MAX_BYTES)
            return false;
    }
    *size = n[3] * (wide + 1) + n[4] * 6 + n[5] + n[2] * (wide + 4) + n[1] + n[0];
    return n[4] > 0;
}

/* data ends with a NUL behind len. */
static bool find_table(char *data, size_t len, struct table *table)
{
    unsigned char *bytes = (unsigned char *)data;
    size_t first, second, at;
    char *end;

    if (len < HEAD || bytes[4] < '2' || !block_size(bytes, 4, &first) || len < 2 * HEAD + first)
        return false;
    at = HEAD + first;
    if (!block_size(bytes + at, 8, &second) || len < at + HEAD + second + 2)
        return false;
    table->count = number4(bytes + at + 32);
    table->type_count = number4(bytes + at + 36);
    table->times = bytes + at + HEAD;
    table->kinds = table->times + 8 * (size_t)table->count;
    table->types = table->kinds + table->count;
    end = memchr(data + at + HEAD + second + 1, '\n', len - at - HEAD - second - 1);
    if (end == NULL || data[at + HEAD + second] != '\n')
        return false;
    *end = '\0';
    table->footer = data + at + HEAD + second + 1;
    return true;
}

static int64_t offset_of(const struct table *table, uint32_t type)
{
    return type < table->type_count ? (int32_t)number4(table->types + 6 * (size_t)type) : 0;
}

static bool read_clock(const struct table *table, int year, int64_t midnight, struct clock *clock,
                       struct err *err)
{
    const unsigned char *end = table->times + 8 * (size_t)table->count;
    int64_t last = table->count > 0 ? number8(end - 8) : INT64_MIN;
    struct rule rule;

    add_move(clock, INT64_MIN, offset_of(table, 0));
    for (uint32_t i = 0; i < table->count; i++) {
        struct move move = { number8(table->times + 8 * (size_t)i),
                             offset_of(table, table->kinds[i]) };

        if (move.at <= midnight - AROUND_S)
            clock->moves[0].offset = move.offset;
        else if (move.at < midnight + AROUND_S)
            add_move(clock, move.at, move.offset);
    }
    if (last > midnight + AROUND_S || table->footer[0] == '\0')
        return true;
    if (!read_rule(table->footer, &rule))
        return err_set(err, ERR_INVALID, "its rule can't be read: %.60s", table->footer);
    if (table->count == 0)
        clock->moves[0].offset = rule.winter;
    rule_moves(&rule, year, last, clock);
    return true;
}

static bool name_is_fine(const char *name)
{
    return name[0] != '\0' && name[0] != '/' && strstr(name, "..") == NULL &&
           strlen(name) < ZONE_NAME_MAX &&
           strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/") ==
               strlen(name);
}

/* Ended with a NUL; NULL: there is none. */
static char *read_file(const char *zone, size_t *len)
{
    const char *dir = getenv("TZDIR");
    char path[512], *data;
    FILE *file;

    snprintf(path, sizeof path, "%.400s/%s", dir != NULL ? dir : "/usr/share/zoneinfo", zone);
    file = fopen(path, "re");
    if (file == NULL)
        return NULL;
    data = malloc(FILE_MAX_BYTES + 1);
    if (data != NULL) {
        *len = fread(data, 1, FILE_MAX_BYTES, file);
        data[*len] = '\0';
    }
    fclose(file);
    return data;
}

static int64_t first_instant(const struct clock *clock, int64_t midnight)
{
    int64_t found = INT64_MAX;

    for (size_t i = 0; i < clock->count; i++) {
        int64_t at = midnight - clock->moves[i].offset;
        int64_t end = i + 1 < clock->count ? clock->moves[i + 1].at : INT64_MAX;

        if (at < clock->moves[i].at)
            at = clock->moves[i].at;
        if (at < end && at < found)
            found = at;
    }
    return found;
}

bool zone_midnight(const char *zone, const char *day, when *at, struct err *err)
{
    struct clock clock = { .count = 0 };
    struct table table;
    AUTO_FREE char *data = NULL;
    int64_t midnight;
    size_t len = 0;
    int year;

    if (!read_day(day, &year, &midnight))
        return err_set(err, ERR_INVALID, "%.40s is no day such as 2026-01-31", day);
    data = name_is_fine(zone) ? read_file(zone, &len) : NULL;
    if (data == NULL)
        return err_set(err, ERR_INVALID, "the time zone %.60s is not known on this machine", zone);
    if (!find_table(data, len, &table))
        return err_set(err, ERR_INVALID, "the time zone %.60s can't be read", zone);
    if (!read_clock(&table, year, midnight, &clock, err))
        return err_within(err, "the time zone %.60s", zone);
    *at = first_instant(&clock, midnight) * WHEN_SECOND;
    return true;
}
