/* Numbers and moments as words, and words as methods. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "tui/fmt.h"
#include "tui/verbs.h"

static void spans_are_short(void **fixture)
{
    char buf[FMT_MAX];

    (void)fixture;
    assert_string_equal(fmt_span(-1, buf), "–");
    assert_string_equal(fmt_span(1840000, buf), "1.8s");
    assert_string_equal(fmt_span(12 * WHEN_SECOND, buf), "12s");
    assert_string_equal(fmt_span(194 * WHEN_SECOND, buf), "3m14");
    assert_string_equal(fmt_span(44 * WHEN_MINUTE, buf), "44m");
    assert_string_equal(fmt_span(2 * WHEN_HOUR + 5 * WHEN_MINUTE, buf), "2h05");
    assert_string_equal(fmt_span(30 * WHEN_HOUR, buf), "30h");
    assert_string_equal(fmt_span(9 * WHEN_DAY, buf), "9d");
}

static void numbers_fit_their_columns(void **fixture)
{
    char buf[FMT_MAX];

    (void)fixture;
    assert_string_equal(fmt_count(1204, buf), "1,204");
    assert_string_equal(fmt_count(-1234567, buf), "-1,234,567");
    assert_string_equal(fmt_count(INT64_MIN + 1, buf), "-9,223,372,036,854,775,807");
    assert_string_equal(fmt_short(64120, buf), "64,120");
    assert_string_equal(fmt_short(641200, buf), "641k");
    assert_string_equal(fmt_short(1900000, buf), "1.9M");
    assert_string_equal(fmt_bytes(3100, buf), "3.1 kB");
    assert_string_equal(fmt_ms(84, buf), "84ms");
    assert_string_equal(fmt_took(0.153, buf), "<1ms");
    assert_string_equal(fmt_took(84.9, buf), "84ms");
    assert_string_equal(fmt_took(-1, buf), "–");
}

static void moments_know_their_zone(void **fixture)
{
    char buf[2 * FMT_MAX];
    when at = INT64_C(1795527127) * WHEN_SECOND;

    (void)fixture;
    setenv("TZ", "CET-1", 1);
    tzset();
    assert_string_equal(fmt_both(at, buf), "2026-11-24 14:32:07 CET (13:32:07 UTC)");
    assert_string_equal(fmt_clock(at, FMT_UTC, buf), "13:32:07");
    assert_string_equal(fmt_when(at, at + 5 * WHEN_SECOND, FMT_RELATIVE, buf), "5.0s");
    assert_string_equal(fmt_when(at, at + 2 * WHEN_DAY, FMT_LOCAL, buf), "2026-11-24");
    assert_string_equal(fmt_when(0, at, FMT_RELATIVE, buf), "–");
}

static void a_moment_is_a_span_or_a_day(void **fixture)
{
    int64_t at;

    (void)fixture;
    assert_true(verb_moment("2h", 1000, &at));
    assert_int_equal(at, 1000 + 2 * WHEN_HOUR);
    assert_true(verb_moment("2026-12-01", 0, &at));
    assert_int_equal(at, INT64_C(1796083200) * WHEN_SECOND);
    assert_false(verb_moment("soon", 0, &at));
    assert_false(verb_moment("-2h", 0, &at));
    assert_false(verb_moment("99999999999999999999d", 0, &at));
    assert_false(verb_moment("", 0, &at));
}

static void every_method_has_words_that_lead_to_it(void **fixture)
{
    (void)fixture;
    for (size_t i = 0; i < verbs_count; i++) {
        const char *words[16], *at = verbs[i].params;
        char noun[64], *dot;
        struct verb_param param;
        json_t *params = NULL;
        struct err err = { 0 };
        const struct verb *found;
        int n = 0;

        if (strcmp(verbs[i].method, "hello") == 0 || strcmp(verbs[i].method, "watch") == 0)
            continue;
        snprintf(noun, sizeof noun, "%s", verbs[i].method);
        dot = strchr(noun, '.');
        words[n++] = noun;
        if (dot != NULL) {
            *dot = '\0';
            words[n++] = dot + 1;
        }
        while (verb_param(&at, &param)) {
            if (param.optional || verb_is_secret(&verbs[i], param.name))
                continue;
            if (strcmp(param.type, "object") == 0 && strcmp(param.name, "selector") != 0) {
                words[n++] = "--set";
                words[n++] = "a=b";
            } else {
                words[n++] = "1";
            }
        }
        found = verb_parse(n, words, &params, &err);
        if (found != &verbs[i])
            fail_msg("%s: %s", verbs[i].method, err.text);
        json_decref(params);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_are_short),
        cmocka_unit_test(numbers_fit_their_columns),
        cmocka_unit_test(moments_know_their_zone),
        cmocka_unit_test(a_moment_is_a_span_or_a_day),
        cmocka_unit_test(every_method_has_words_that_lead_to_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
