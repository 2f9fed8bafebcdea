#include "tests/unit/unit.h"

#include <string.h>

#include "webhook/guard.h"
#include "webhook/pattern.h"
#include "webhook/rate.h"
#include "webhook/record.h"
#include "base/source.h"
#include "webhook/stats.h"

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)

static struct source source(const char *text)
{
    struct source found;

    assert_true(source_parse(text, strlen(text), &found));
    return found;
}

static void addresses_of_both_families_go_both_ways(void **fixture)
{
    static const char *rows[] = { "203.0.113.9", "2001:db8::1", "::1", "0.0.0.0" };
    char buf[SOURCE_TEXT_MAX];
    struct source s;

    (void)fixture;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct source found = source(rows[i]);

        assert_string_equal(source_text(&found, buf), rows[i]);
    }
    assert_false(source_parse("203.0.113", 9, &s));
    assert_false(source_parse("", 0, &s));
    assert_false(source_parse("1.2.3.4 ", 8, &s));
}

static void ranges_hold_what_they_say(void **fixture)
{
    struct source_list list;
    struct err err = { .kind = ERR_NONE };
    static const struct {
        const char *address;
        bool in;
    } rows[] = {
        { "10.1.2.3", true },    { "11.0.0.1", false },     { "192.0.2.7", true },
        { "192.0.2.8", false },  { "2001:db8:5::9", true }, { "2001:db9::1", false },
        { "172.16.15.1", true }, { "172.16.16.1", false },  { "::1", false },
    };

    (void)fixture;
    assert_true(source_list_read(&list, "10.0.0.0/8, 192.0.2.7 2001:db8::/32,172.16.0.0/20", &err));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct source s = source(rows[i].address);

        assert_int_equal(source_list_has(&list, &s), rows[i].in);
    }
    assert_true(source_list_read(&list, "::/0", &err));
    assert_true(source_list_has(&list, &(struct source){ { 1 } }));
    assert_true(source_list_read(&list, " ", &err));
    assert_int_equal(list.count, 0);
}

static void ranges_that_are_none_are_named(void **fixture)
{
    static const char *rows[] = { "10.0.0.0/33", "10.0.0.0/",    "10.0.0/8",  "x",
                                  "::1/129",     "10.0.0.0/8/8", "1.2.3.4/-1" };
    struct source_list list = { .count = 7 };

    (void)fixture;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = { .kind = ERR_NONE };

        assert_false(source_list_read(&list, rows[i], &err));
        assert_int_equal(err.kind, ERR_INVALID);
        assert_non_null(strstr(err.text, rows[i]));
        assert_int_equal(list.count, 7);
    }
}

static void only_a_trusted_proxy_can_name_the_source(void **fixture)
{
    struct source_list trusted;
    struct err err;
    static const struct {
        const char *peer, *header, *source;
    } rows[] = {
        { "203.0.113.9", "198.51.100.1", "203.0.113.9" }, /* not trusted: its word is nothing */
        { "10.0.0.1", "198.51.100.1", "198.51.100.1" },
        { "10.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1" },
        { "10.0.0.1", "6.6.6.6,198.51.100.1 , 10.0.0.2", "198.51.100.1" },
        { "10.0.0.1", "10.0.0.3,10.0.0.2", "10.0.0.3" },
        { "10.0.0.1", "198.51.100.1, nonsense", "10.0.0.1" },
        { "10.0.0.1", "", "10.0.0.1" },
        { "10.0.0.1", NULL, "10.0.0.1" },
        { "10.0.0.1", ",,", "10.0.0.1" },
        { "10.0.0.1", "2001:db8::7", "2001:db8::7" },
    };

    (void)fixture;
    assert_true(source_list_read(&trusted, "10.0.0.0/24", &err));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct source peer = source(rows[i].peer);
        struct source found = source_behind(&peer, &trusted, rows[i].header);
        char buf[SOURCE_TEXT_MAX];

        assert_string_equal(source_text(&found, buf), rows[i].source);
    }
}

static void one_source_cannot_use_up_what_others_may_send(void **fixture)
{
    struct err err;
    struct rate *rate =
        rate_new((struct rate_limit){ 10, 5 }, (struct rate_limit){ 100, 50 }, &err);
    struct source a = source("203.0.113.9"), b = source("203.0.113.10");
    unsigned taken = 0;

    (void)fixture;
    assert_non_null(rate);
    for (unsigned i = 0; i < 20; i++)
        taken += rate_take(rate, rate_source(rate, &a, SECOND), SECOND);
    assert_int_equal(taken, 5);
    assert_true(rate_take(rate, rate_source(rate, &b, SECOND), SECOND));
    /* a second later: ten more, not more than five of them at once */
    taken = 0;
    for (unsigned i = 0; i < 20; i++)
        taken += rate_take(rate, rate_source(rate, &a, 2 * SECOND + i * 100000),
                           2 * SECOND + i * 100000);
    assert_int_equal(taken, 20);
    rate_free(rate);
}

static void all_sources_together_have_a_limit_too(void **fixture)
{
    struct err err;
    struct rate *rate =
        rate_new((struct rate_limit){ 10, 5 }, (struct rate_limit){ 100, 50 }, &err);
    unsigned taken = 0;

    (void)fixture;
    assert_non_null(rate);
    for (unsigned i = 0; i < 200; i++) {
        struct source s = source("203.0.113.9");

        s.bytes[15] = (uint8_t)i;
        taken += rate_take(rate, rate_source(rate, &s, SECOND), SECOND);
    }
    assert_int_equal(taken, 50);
    rate_free(rate);
}

static void an_ipv6_sender_is_its_whole_network(void **fixture)
{
    struct err err;
    struct rate *rate = rate_new((struct rate_limit){ 1, 1 }, (struct rate_limit){ 0, 0 }, &err);
    struct source a = source("2001:db8:1:2::1"), b = source("2001:db8:1:2:ffff::9"),
                  c = source("2001:db8:1:3::1");

    (void)fixture;
    assert_non_null(rate);
    assert_true(rate_take(rate, rate_source(rate, &a, SECOND), SECOND));
    assert_false(rate_take(rate, rate_source(rate, &b, SECOND), SECOND));
    assert_true(rate_take(rate, rate_source(rate, &c, SECOND), SECOND));
    rate_free(rate);
}

static void a_flood_of_sources_stays_in_the_table(void **fixture)
{
    struct err err;
    struct rate *rate = rate_new((struct rate_limit){ 0, 0 }, (struct rate_limit){ 0, 0 }, &err);
    struct rate_source top[4];
    struct source busy = source("198.51.100.1");

    (void)fixture;
    assert_non_null(rate);
    for (uint32_t i = 0; i < 100000; i++) {
        struct source s = source("1.0.0.0");

        memcpy(s.bytes + 12, &i, sizeof i);
        rate_source(rate, &s, i)->rejected++;
        rate_source(rate, &busy, i)->ok++;
    }
    assert_int_equal(rate_top(rate, top, 4), 4);
    assert_true(source_equal(&top[0].source, &busy));
    assert_int_equal(top[0].ok, 100000);
    assert_true(top[1].ok + top[1].rejected >= top[2].ok + top[2].rejected);
    rate_free(rate);
}

static void the_fifth_bad_signature_in_ten_minutes_is_told_once(void **fixture)
{
    struct rate_source entry = { .used = true };
    unsigned told = 0;

    (void)fixture;
    for (unsigned i = 0; i < 4; i++)
        assert_false(rate_bad(&entry, 5, SECOND + i));
    assert_true(rate_bad(&entry, 5, 2 * SECOND));
    for (unsigned i = 0; i < 100; i++)
        told += rate_bad(&entry, 5, 3 * SECOND);
    assert_int_equal(told, 0);
    for (unsigned i = 0; i < 4; i++)
        assert_false(rate_bad(&entry, 5, 20 * MINUTE));
    assert_true(rate_bad(&entry, 5, 20 * MINUTE));
}

static void the_record_is_found_without_reading_it_all(void **fixture)
{
    static const struct {
        const char *body, *path, *found; /* NULL: none */
    } rows[] = {
        { "{\"id\":820982911946154508,\"x\":[", "id", "820982911946154508" },
        { " {\n \"id\" : 5 }", "id", "5" },
        { "{\"a\":{\"id\":1},\"b\":[1,{\"id\":2}],\"c\":\"}\\\"\",\"id\":3}", "id", "3" },
        { "{\"order_edit\":{\"id\":7,\"order_id\":8}}", "order_edit.order_id", "8" },
        { "{\"admin_graphql_api_id\":\"gid://shopify/BulkOperation/1\"}", "admin_graphql_api_id",
          "gid://shopify/BulkOperation/1" },
        { "{\"t\":true,\"f\":-1.5e3,\"n\":null,\"id\":4}", "id", "4" },
        { "{\"id\":null}", "id", NULL },
        { "{\"id\":1.5}", "id", NULL },
        { "{\"id\":-1}", "id", NULL },
        { "{\"id\":12345678901234567890}", "id", NULL },
        { "{\"id\":\"a\\u0041\"}", "id", NULL },
        { "{\"id\":\"\"}", "id", NULL },
        { "{\"id\":{}}", "id", NULL },
        { "{\"id\":5", "id", NULL },
        { "[{\"id\":5}]", "id", NULL },
        { "{}", "id", NULL },
        { "", "id", NULL },
        { "not json", "id", NULL },
        { "{\"a\":\"\\", "id", NULL },
        { "{\"a\":[[[[[[", "id", NULL },
        { "{\"a\"1,\"id\":5}", "id", NULL },
        { "{\"order_edit\":5}", "order_edit.order_id", NULL },
    };

    (void)fixture;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[RECORD_TEXT_MAX] = "untouched";
        bool found = record_find(rows[i].body, strlen(rows[i].body), rows[i].path, text);

        assert_int_equal(found, rows[i].found != NULL);
        assert_string_equal(text, found ? rows[i].found : "untouched");
    }
}

static void every_beginning_of_a_body_is_survived(void **fixture)
{
    static const char body[] =
        "{\"a\":[{\"b\":\"\\\\\\\"\"},1,true,null],\"c\":{\"d\":{}},\"id\":77}";
    char text[RECORD_TEXT_MAX];

    (void)fixture;
    for (size_t n = 0; n <= sizeof body - 1; n++)
        assert_int_equal(record_find(body, n, "id", text), n == sizeof body - 1);
}

static void numbers_of_the_last_minutes_add_up(void **fixture)
{
    struct stats s = { .second = 0 };
    uint32_t seconds[STATS_SECONDS];
    int64_t at = 1000 * MINUTE;

    (void)fixture;
    for (unsigned i = 0; i < 90; i++)
        stats_count(&s, VERDICT_OK, 10, 1000, at);
    for (unsigned i = 0; i < 10; i++)
        stats_count(&s, VERDICT_SIGNATURE, 10, 100000, at + SECOND);
    stats_seconds(&s, seconds, at + 2 * SECOND);
    assert_int_equal(seconds[59], 0);
    assert_int_equal(seconds[58], 10);
    assert_int_equal(seconds[57], 90);
    assert_int_equal(seconds[0], 0);
    assert_int_equal(stats_recent(&s, VERDICT_OK, at), 90);
    assert_in_range(stats_quantile(&s, 0.5, at + SECOND), 1000, 1250);
    assert_in_range(stats_quantile(&s, 0.95, at + SECOND), 100000, 125000);
    assert_int_equal(stats_recent(&s, VERDICT_OK, at + 5 * MINUTE), 0);
    assert_int_equal(stats_quantile(&s, 0.5, at + 6 * MINUTE), 0);
    assert_int_equal(s.totals[VERDICT_OK], 90);
    assert_int_equal(s.bytes, 1000);
}

static void ten_times_the_usual_is_a_burst_and_told_once_an_hour(void **fixture)
{
    struct pattern *p = calloc(1, sizeof *p);
    int64_t at = 1000 * MINUTE;
    unsigned bursts = 0;

    (void)fixture;
    assert_non_null(p);
    for (unsigned m = 0; m < 30; m++, at += MINUTE)
        for (unsigned i = 0; i < 12; i++)
            bursts += pattern_delivery(p, 1, at + i * SECOND).sign == PATTERN_BURST;
    assert_int_equal(bursts, 0);
    for (unsigned i = 0; i < 500; i++) {
        struct pattern_found found = pattern_delivery(p, 1, at + i * 1000);

        if (found.sign != PATTERN_BURST)
            continue;
        bursts++;
        assert_int_equal(found.backend, 1);
        assert_int_equal(found.usual, 12);
        assert_int_equal(found.now, 121);
    }
    assert_int_equal(bursts, 1);
    free(p);
}

static void the_first_rush_of_a_new_shop_is_no_burst(void **fixture)
{
    struct pattern *p = calloc(1, sizeof *p);

    (void)fixture;
    assert_non_null(p);
    for (unsigned i = 0; i < 5000; i++)
        assert_int_equal(pattern_delivery(p, 1, 1000 * MINUTE + i * 10000).sign, PATTERN_NOTHING);
    free(p);
}

static void silence_beyond_the_usual_gap_is_told_until_the_next_delivery(void **fixture)
{
    struct pattern *p = calloc(1, sizeof *p);
    int64_t at = 1000 * HOUR;
    struct pattern_found found;

    (void)fixture;
    assert_non_null(p);
    pattern_quiet(p, 1, HOUR);
    /* two days with an eight-hour night each */
    for (unsigned day = 0; day < 2; day++, at += 8 * HOUR)
        for (unsigned i = 0; i < 16 * 60; i++, at += MINUTE)
            pattern_delivery(p, 1, at);
    assert_int_equal(pattern_tick(p, at).sign, PATTERN_NOTHING);
    assert_int_equal(pattern_tick(p, at + 2 * HOUR).sign, PATTERN_NOTHING);
    found = pattern_tick(p, at + 5 * HOUR);
    assert_int_equal(found.sign, PATTERN_SILENCE);
    assert_int_equal(found.backend, 1);
    assert_int_equal(pattern_tick(p, at + 6 * HOUR).sign, PATTERN_NOTHING);
    pattern_delivery(p, 1, at + 7 * HOUR);
    assert_int_equal(pattern_tick(p, at + 8 * HOUR).sign, PATTERN_NOTHING);
    pattern_quiet(p, 1, 0);
    assert_int_equal(pattern_tick(p, at + 90 * HOUR).sign, PATTERN_NOTHING);
    pattern_quiet(p, 1, HOUR);
    pattern_forget(p, 1);
    assert_int_equal(pattern_tick(p, at + 900 * HOUR).sign, PATTERN_NOTHING);
    free(p);
}

static void what_is_usual_is_taken_along_into_the_next_run(void **fixture)
{
    struct pattern *p = calloc(1, sizeof *p), *q = calloc(1, sizeof *q);
    struct pattern_learned learned;
    int64_t at = 1000 * HOUR;

    (void)fixture;
    assert_non_null(p);
    assert_non_null(q);
    pattern_quiet(p, 1, HOUR);
    assert_false(pattern_learned(p, 1, at, &learned));
    for (unsigned i = 0; i < 40; i++, at += 2 * HOUR)
        pattern_delivery(p, 1, at);
    assert_true(pattern_learned(p, 1, at, &learned)); /* two hours after the last */

    /* the machine was off for long, and its clock begins anew */
    pattern_quiet(q, 1, HOUR);
    pattern_resume(q, 1, SECOND, &learned);
    assert_int_equal(pattern_tick(q, MINUTE).sign, PATTERN_NOTHING);
    assert_int_equal(pattern_tick(q, SECOND + HOUR - 5 * MINUTE).sign, PATTERN_NOTHING);
    assert_int_equal(pattern_tick(q, SECOND + HOUR + MINUTE).sign, PATTERN_SILENCE); /* 3 h */
    pattern_resume(q, 1, SECOND, &learned);
    pattern_told(q, 1);
    assert_int_equal(pattern_tick(q, 9 * HOUR).sign, PATTERN_NOTHING);
    pattern_delivery(q, 1, 10 * HOUR);
    assert_int_equal(pattern_tick(q, 99 * HOUR).sign, PATTERN_SILENCE);
    free(p);
    free(q);
}

static void words_and_statuses_of_verdicts_fit_together(void **fixture)
{
    (void)fixture;
    for (unsigned v = 0; v < VERDICT_COUNT; v++) {
        enum verdict verdict = (enum verdict)v;
        bool good = verdict_status(verdict) == 200;

        assert_int_equal(good, strcmp(verdict_class_word(verdict), "rej") != 0);
        assert_true(strlen(verdict_word(verdict)) > 1);
        assert_true(strlen(verdict_text(verdict)) > 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_of_both_families_go_both_ways),
        cmocka_unit_test(ranges_hold_what_they_say),
        cmocka_unit_test(ranges_that_are_none_are_named),
        cmocka_unit_test(only_a_trusted_proxy_can_name_the_source),
        cmocka_unit_test(one_source_cannot_use_up_what_others_may_send),
        cmocka_unit_test(all_sources_together_have_a_limit_too),
        cmocka_unit_test(an_ipv6_sender_is_its_whole_network),
        cmocka_unit_test(a_flood_of_sources_stays_in_the_table),
        cmocka_unit_test(the_fifth_bad_signature_in_ten_minutes_is_told_once),
        cmocka_unit_test(the_record_is_found_without_reading_it_all),
        cmocka_unit_test(every_beginning_of_a_body_is_survived),
        cmocka_unit_test(numbers_of_the_last_minutes_add_up),
        cmocka_unit_test(ten_times_the_usual_is_a_burst_and_told_once_an_hour),
        cmocka_unit_test(the_first_rush_of_a_new_shop_is_no_burst),
        cmocka_unit_test(silence_beyond_the_usual_gap_is_told_until_the_next_delivery),
        cmocka_unit_test(what_is_usual_is_taken_along_into_the_next_run),
        cmocka_unit_test(words_and_statuses_of_verdicts_fit_together),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
