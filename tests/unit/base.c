#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "base/json.h"
#include "base/money.h"
#include "base/str.h"
#include "base/when.h"
#include "base/zone.h"

static void money_keeps_every_cent(void **fixture)
{
    static const struct {
        const char *text;
        int digits;
        int64_t minor;
        bool exact;
    } rows[] = {
        { "0", 2, 0, true },           { "19.99", 2, 1999, true },   { "-0.01", 2, -1, true },
        { "1.005", 2, 101, false },    { "1.004", 2, 100, false },   { "1.0050", 3, 1005, true },
        { "1200", 0, 1200, true },     { "1200.5", 0, 1201, false }, { "-1200.5", 0, -1201, false },
        { "12.340000", 2, 1234, true }, { ".5", 2, 50, true },        { "5.", 2, 500, true },
    };
    char buf[MONEY_TEXT_MAX];

    (void)fixture;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t minor = -7;
        bool exact = !rows[i].exact;

        assert_true(money_parse(rows[i].text, rows[i].digits, &minor, &exact));
        assert_int_equal(minor, rows[i].minor);
        assert_int_equal(exact, rows[i].exact);
    }
    assert_string_equal(money_text(-5, 2, buf), "-0.05");
    assert_string_equal(money_text(1234, 0, buf), "1234");
    assert_string_equal(money_text(1234, 3, buf), "1.234");
}

static void money_refuses_what_is_no_amount(void **fixture)
{
    static const char *rows[] = { "", "-", ".", "1,5", "1e3", " 1", "1 ", "0x1", "1.2.3", "NaN",
                                  "99999999999999999999" };
    int64_t minor = -7;

    (void)fixture;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_false(money_parse(rows[i], 2, &minor, NULL));
        assert_int_equal(minor, -7);
    }
}

static void odoo_floats_become_what_odoo_meant(void **fixture)
{
    int64_t minor;

    (void)fixture;
    assert_true(money_from_double(1.005, 2, &minor));
    assert_int_equal(minor, 101);
    assert_true(money_from_double(19.99, 2, &minor));
    assert_int_equal(minor, 1999);
    assert_true(money_from_double(1.8599999999999994, 2, &minor));
    assert_int_equal(minor, 186);
    assert_true(money_from_double(1e-7, 2, &minor));
    assert_int_equal(minor, 0);
    assert_false(money_from_double(1e300, 2, &minor));
}

static void currencies_know_their_digits(void **fixture)
{
    (void)fixture;
    assert_int_equal(money_digits("EUR"), 2);
    assert_int_equal(money_digits("JPY"), 0);
    assert_int_equal(money_digits("KWD"), 3);
    assert_int_equal(money_digits("eur"), -1);
    assert_int_equal(money_digits(""), -1);
}

static void rounding_is_half_away_from_zero(void **fixture)
{
    (void)fixture;
    assert_int_equal(money_div_round(5, 2), 3);
    assert_int_equal(money_div_round(-5, 2), -3);
    assert_int_equal(money_div_round(4, 3), 1);
    assert_int_equal(money_div_round(5, 3), 2);
    assert_int_equal(money_scale(INT64_C(9000000000000000), 3, 9), INT64_C(3000000000000000));
}

static void times_of_both_sides_are_read_strictly(void **fixture)
{
    static const char *bad[] = { "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z",
                                 "2026-01-01T00:00:00", "2026-01-01 00:00:00Z",
                                 "2026-01-01T24:00:00Z", "2026-01-01T00:00:00+1",
                                 "2026-01-01T00:00:00Zx", "" };
    char buf[WHEN_TEXT_MAX];
    when at = 0;

    (void)fixture;
    assert_true(when_parse_iso("2021-12-31T19:00:00-05:00", &at));
    assert_string_equal(when_iso(at, buf), "2022-01-01T00:00:00Z");
    assert_true(when_parse_iso("2026-11-24T03:43:47.123456789Z", &at));
    assert_string_equal(when_iso_micro(at, buf), "2026-11-24T03:43:47.123456Z");
    assert_true(when_parse_odoo("2026-11-24 03:43:47", &at));
    assert_string_equal(when_odoo(at, buf), "2026-11-24 03:43:47");
    assert_true(when_parse_iso("2024-02-29T00:00:00Z", &at));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(when_parse_iso(bad[i], &at));
}

static void errors_gain_context_on_the_way_up(void **fixture)
{
    struct err err = { 0 };

    (void)fixture;
    assert_false(err_set(&err, ERR_BUSY, "POST %s: 503", "/graphql"));
    assert_false(err_within(&err, "push stock of %s", "SKU-7"));
    assert_string_equal(err.text, "push stock of SKU-7: POST /graphql: 503");
    assert_int_equal(err.kind, ERR_BUSY);
    assert_int_equal(err_kind_of("busy"), ERR_BUSY);
    err_set(&err, ERR_BUG, "two\nlines\033[2J");
    assert_string_equal(err.text, "two lines [2J");
    err_set(&err, ERR_REFUSED, "field %.3s: %s", "na\u00efve", "\xff too");
    assert_string_equal(err.text, "field na?: ? too");
    err_set(&err, ERR_REFUSED, "na\u00efve \U0001f600");
    assert_string_equal(err.text, "na\u00efve \U0001f600");
}

static void text_is_never_cut_inside_a_character(void **fixture)
{
    char buf[4];

    (void)fixture;
    assert_false(str_copy(buf, sizeof buf, "ab\xc3\xa9"));
    assert_string_equal(buf, "ab");
    assert_true(utf8_valid("\xf0\x9f\x98\x80", 4));
    assert_false(utf8_valid("\xed\xa0\x80", 3));
    assert_false(utf8_valid("\xc0\xaf", 2));
    assert_false(utf8_valid("a\0b", 3));
}

static void a_string_never_outgrows_its_limit(void **fixture)
{
    AUTO_STR s;

    (void)fixture;
    str_init(&s, 10);
    assert_true(str_adds(&s, "12345"));
    assert_true(str_addf(&s, "%d", 67890));
    assert_false(str_adds(&s, "x"));
    assert_true(s.full);
    assert_string_equal(s.data, "1234567890");
}

static void numbers_stop_at_their_limit(void **fixture)
{
    unsigned long long n = 5;

    (void)fixture;
    assert_false(str_number("9", 3, &n));
    assert_false(str_number("18446744073709551616", UINT64_MAX, &n));
    assert_true(str_number("18446744073709551615", UINT64_MAX, &n));
    assert_false(str_number("-1", 10, &n));
}

static void json_is_read_strictly_and_by_path(void **fixture)
{
    static const char text[] = "{\"a\":{\"b\":[1,{\"c\":\"x\"},null]},\"big\":820982911946154508}";
    struct err err = { 0 };
    json_auto_t *value = json_read(text, strlen(text), "test", &err);

    (void)fixture;
    assert_non_null(value);
    assert_string_equal(json_text(value, "a.b.1.c"), "x");
    assert_null(json_at(value, "a.b.2"));
    assert_null(json_at(value, "a.b.9.c"));
    assert_true(json_int_or(value, "big", 0) == INT64_C(820982911946154508));
    assert_null(json_read("{\"a\":1,\"a\":2}", 13, "test", &err));
    assert_int_equal(err.kind, ERR_INVALID);
    assert_null(json_read("[1] x", 5, "test", &err));
}

static const char *date_at(time_t at, char text[16])
{
    struct tm tm;

    localtime_r(&at, &tm);
    strftime(text, 16, "%Y-%m-%d", &tm);
    return text;
}

/* The C library's opinion of the process's zone, TZ, for days of all seasons and years. */
static void days_of_a_zone_begin_when_its_clocks_say_so(void **fixture)
{
    static const char *const zones[] = { "UTC", "America/New_York", "Europe/Zurich", "Asia/Kolkata",
                                         "America/Sao_Paulo", "Asia/Beirut", "America/Havana",
                                         "Australia/Lord_Howe", "Africa/Casablanca",
                                         "America/Nuuk", "Asia/Jerusalem", "Pacific/Kiritimati" };

    (void)fixture;
    for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++) {
        setenv("TZ", zones[i], 1);
        tzset();
        for (time_t t = 86400; t < (time_t)86400 * 365 * 130; t += 86400 * 9 + 3600) {
            char day[16], text[16];
            struct err err = { 0 };
            when at = 0;

            date_at(t, day);
            assert_true(zone_midnight(zones[i], day, &at, &err));
            assert_int_equal(at % WHEN_SECOND, 0);
            assert_string_equal(date_at((time_t)(at / WHEN_SECOND), text), day);
            assert_true(strcmp(date_at((time_t)(at / WHEN_SECOND) - 1, text), day) < 0);
        }
    }
    unsetenv("TZ");
    tzset();
}

static void a_zone_that_is_none_is_told(void **fixture)
{
    static const char *const zones[] = { "", "Mars/Olympus", "../../etc/passwd", "/etc/localtime",
                                         "zone.tab", "Europe" };

    (void)fixture;
    for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++) {
        struct err err = { 0 };
        when at = 7;

        assert_false(zone_midnight(zones[i], "2026-01-31", &at, &err));
        assert_int_equal(err.kind, ERR_INVALID);
        assert_int_equal(at, 7);
    }
    for (size_t i = 0; i < 3; i++) {
        static const char *const days[] = { "2026-02-30", "2026-01-31T10:00:00Z", "today" };
        struct err err = { 0 };
        when at;

        assert_false(zone_midnight("Europe/Zurich", days[i], &at, &err));
        assert_non_null(strstr(err.text, days[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_of_a_zone_begin_when_its_clocks_say_so),
        cmocka_unit_test(a_zone_that_is_none_is_told),
        cmocka_unit_test(money_keeps_every_cent),
        cmocka_unit_test(money_refuses_what_is_no_amount),
        cmocka_unit_test(odoo_floats_become_what_odoo_meant),
        cmocka_unit_test(currencies_know_their_digits),
        cmocka_unit_test(rounding_is_half_away_from_zero),
        cmocka_unit_test(times_of_both_sides_are_read_strictly),
        cmocka_unit_test(errors_gain_context_on_the_way_up),
        cmocka_unit_test(text_is_never_cut_inside_a_character),
        cmocka_unit_test(a_string_never_outgrows_its_limit),
        cmocka_unit_test(numbers_stop_at_their_limit),
        cmocka_unit_test(json_is_read_strictly_and_by_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
