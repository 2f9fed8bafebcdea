/*
 * The practice Odoo against answers recorded from Odoo 18: the same requests fail with the same
 * name and words, or answer in the same shape. In the files @db, @uid and @key stand for ours.
 */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "tests/sandbox/odoo/rpc.h"
#include "tests/sandbox/odoo/orm.h"

#define ANSWERS PACKAGE_TREE "/tests/contract/odoo"

static struct odoo *practice;

static int set_up(void **state)
{
    struct err err;

    (void)state;
    practice = odoo_new(1, &err);
    return practice == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    odoo_free(practice);
    return 0;
}

static void ours(json_t *args)
{
    json_t *item;
    size_t i;

    json_array_foreach(args, i, item) {
        const char *text = json_string_value(item);

        if (text == NULL || text[0] != '@')
            continue;
        json_array_set_new(args, i,
                           strcmp(text, "@uid") == 0 ? json_integer(practice->uid) :
                           strcmp(text, "@key") == 0 ? json_string(practice->key) :
                                                       json_string(practice->database));
    }
}

static const char *shape_name(const json_t *v)
{
    static const char *const names[] = { "object", "array", "string", "integer", "real", "true or false", "true or false", "null" };

    return names[json_typeof(v)];
}

/* Same types all the way down; of lists the first item counts, and an empty one fits any. */
static bool same_shape(const json_t *want, const json_t *got, char *where, size_t size)
{
    const char *key;
    json_t *value;
    size_t len = strlen(where);

    if (strcmp(shape_name(want), shape_name(got)) != 0) {
        snprintf(where + len, size - len, ": %s wanted, %s got", shape_name(want), shape_name(got));
        return false;
    }
    if (json_is_array(want) && json_array_size(want) > 0 && json_array_size(got) > 0) {
        snprintf(where + len, size - len, "[0]");
        return same_shape(json_array_get(want, 0), json_array_get(got, 0), where, size);
    }
    if (!json_is_object(want))
        return true;
    json_object_foreach((json_t *)(uintptr_t)want, key, value) {
        snprintf(where + len, size - len, ".%s", key);
        if (json_object_get(got, key) == NULL)
            return false;
        if (!same_shape(value, json_object_get(got, key), where, size))
            return false;
        where[len] = '\0';
    }
    return true;
}

static void error_same(const char *of, const json_t *want, const json_t *got)
{
    char uid[16];
    AUTO_STR message = { 0 };

    str_init(&message, 65536);
    snprintf(uid, sizeof uid, "%d", practice->uid);
    for (const char *p = json_text_or(want, "message", ""); *p != '\0';) {
        if (str_starts(p, "@uid")) {
            str_adds(&message, uid);
            p += 4;
        } else {
            str_add(&message, p++, 1);
        }
    }
    if (strcmp(json_text_or(got, "data.name", "(none)"), json_text_or(want, "name", "")) != 0 ||
        strcmp(json_text_or(got, "data.message", "(none)"), message.data) != 0 || json_int_or(got, "code", 0) != 200)
        fail_msg("%s: wanted %s: %s\ngot %s: %s", of, json_text_or(want, "name", ""), message.data,
                 json_text_or(got, "data.name", "(none)"), json_text_or(got, "data.message", "(none)"));
    assert_true(json_is_string(json_at(got, "data.debug")));
    assert_int_equal(json_len(got, "data.arguments"), 1);
}

static void one(const json_t *entry)
{
    const char *of = json_text(entry, "of");
    json_auto_t *request = json_deep_copy(json_object_get(entry, "request")), *got = NULL;
    char *text, where[1024] = "result";
    AUTO_STR out = { 0 };

    ours(json_object_get(json_object_get(request, "params"), "args"));
    text = json_dumps(request, JSON_COMPACT);
    str_init(&out, 1 << 24);
    assert_int_equal(rpc_answer(practice, text, strlen(text), &out), 200);
    free(text);
    got = json_loads(out.data, 0, NULL);
    assert_non_null(got);
    assert_string_equal(json_text_or(got, "jsonrpc", ""), "2.0");
    if (json_object_get(entry, "error") != NULL) {
        if (json_object_get(got, "error") == NULL)
            fail_msg("%s: should fail, answers %s", of, out.data);
        error_same(of, json_object_get(entry, "error"), json_object_get(got, "error"));
    } else if (json_object_get(entry, "result") != NULL) {
        if (json_object_get(got, "result") == NULL)
            fail_msg("%s: %s", of, json_text_or(got, "error.data.message", "no result"));
        if (!same_shape(json_object_get(entry, "result"), json_object_get(got, "result"), where, sizeof where))
            fail_msg("%s: %s", of, where);
    }
}

static void recorded(const char *name)
{
    char path[512];
    json_error_t error;
    json_auto_t *entries = NULL;
    json_t *entry;
    size_t i;

    snprintf(path, sizeof path, "%s/%s.json", ANSWERS, name);
    entries = json_load_file(path, JSON_ALLOW_NUL, &error);
    if (entries == NULL)
        fail_msg("%s: %s", path, error.text);
    assert_true(json_array_size(entries) > 3);
    json_array_foreach(entries, i, entry)
        one(entry);
}

static void envelopes_are_as_recorded(void **state)
{
    (void)state;
    recorded("envelope");
}

static void faults_have_the_recorded_names_and_words(void **state)
{
    (void)state;
    recorded("faults");
}

static void loads_complain_in_the_recorded_words(void **state)
{
    json_auto_t *entries = json_load_file(ANSWERS "/load.json", 0, NULL);
    json_t *entry;
    size_t i;

    (void)state;
    recorded("load");
    json_array_foreach(entries, i, entry) {
        const char *want = json_text(entry, "result.messages.0.message");
        json_auto_t *request = json_deep_copy(json_object_get(entry, "request")), *got = NULL;
        char *text;
        AUTO_STR out = { 0 };

        if (want == NULL)
            continue;
        ours(json_object_get(json_object_get(request, "params"), "args"));
        text = json_dumps(request, JSON_COMPACT);
        str_init(&out, 1 << 20);
        rpc_answer(practice, text, strlen(text), &out);
        free(text);
        got = json_loads(out.data, 0, NULL);
        if (strcmp(json_text_or(got, "result.messages.0.message", "(none)"), want) != 0)
            fail_msg("%s: wanted %s\ngot %s", json_text(entry, "of"), want, json_text_or(got, "result.messages.0.message", "(none)"));
    }
}

static void reads_have_the_recorded_shape(void **state)
{
    (void)state;
    recorded("reads");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(envelopes_are_as_recorded),
        cmocka_unit_test(faults_have_the_recorded_names_and_words),
        cmocka_unit_test(loads_complain_in_the_recorded_words),
        cmocka_unit_test(reads_have_the_recorded_shape),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
