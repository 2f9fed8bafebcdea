/* Which records a step of an import brings in, as people say it. */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "base/when.h"
#include "jobs/import.h"

static const char *from_of(const char *scope, char text[WHEN_TEXT_MAX])
{
    struct bulk_filter filter;
    struct err err = { 0 };
    json_t *keep = NULL;

    if (import_filter(scope, &filter, &keep, &err))
        when_iso(filter.created.from, text);
    else
        snprintf(text, WHEN_TEXT_MAX, "%.30s", err.text);
    json_decref(keep);
    return text;
}

static void days_begin_at_midnight_of_the_zone(void **fixture)
{
    static const struct {
        const char *scope, *from;
    } rows[] = {
        { "{\"created_from\":\"2026-01-31\",\"zone\":\"America/New_York\"}", "2026-01-31T05:00:00Z" },
        { "{\"created_from\":\"2026-07-31\",\"zone\":\"America/New_York\"}", "2026-07-31T04:00:00Z" },
        { "{\"created_from\":\"2026-07-31\",\"zone\":\"Asia/Kolkata\"}", "2026-07-30T18:30:00Z" },
        { "{\"created_from\":\"2026-07-31\"}", "2026-07-31T00:00:00Z" },
        { "{\"created_from\":\"2026-07-31T10:00:00+02:00\",\"zone\":\"Asia/Kolkata\"}",
          "2026-07-31T08:00:00Z" },
        { "{\"created_from\":\"2026-07-31\",\"zone\":\"Mars/Olympus\"}", "created_from: the time zone Ma" },
        { "{\"created_from\":\"31.7.2026\"}", "created_from: a day such as 20" },
        { "{\"created\":\"2026-07-31\"}", "scope: created is none of crea" },
    };

    (void)fixture;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[WHEN_TEXT_MAX] = "";

        assert_string_equal(from_of(rows[i].scope, text), rows[i].from);
    }
}

static void only_days_need_a_zone(void **fixture)
{
    static const struct {
        const char *scope;
        bool days;
    } rows[] = {
        { "{\"status\":\"open\"}", false },
        { "{\"created_from\":\"2026-07-31T10:00:00Z\"}", false },
        { "{\"updated_to\":\"2026-07-31\"}", true },
    };

    (void)fixture;
    assert_false(import_has_days(NULL));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        json_auto_t *scope = json_loads(rows[i].scope, 0, NULL);

        assert_int_equal(import_has_days(scope), rows[i].days);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_begin_at_midnight_of_the_zone),
        cmocka_unit_test(only_days_need_a_zone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
