/*
 * looking - a console that only looks: --read-only; and what lists show while there are several
 * shops, or records without a name.
 */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "tests/console/session.h"
#include "tui/draw/input.h"
#include "tui/keys.h"

static const struct session_options usual = { .rows = 24, .cols = 80 };

static void start(struct session *s, const struct session_options *o)
{
    session_start(s, o);
    session_sees(s, "LIVE");
    session_sees(s, "customers");
}

#define YES true
#define NO false
static const struct {
    const char *name;
    bool audited;
} methods[] = {
#define METHOD(name, function, role, audited, params, help) { name, audited },
#include "control/methods.def"
#undef METHOD
};
#undef YES
#undef NO

/* Did the core hear of anything that changes something? */
static bool changed(const struct session *s)
{
    bool any = fake_asked(&s->fake, "alerts.seen", NULL) > 0;

    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if (methods[i].audited && fake_asked(&s->fake, methods[i].name, NULL) > 0) {
            printf("# asked %s\n", methods[i].name);
            any = true;
        }
    return any;
}

/* Every key that acts anywhere, and y behind each: none may do anything here. */
static void press_all(struct session *s)
{
    bool pressed[128] = { false };

    for (size_t i = 0; i < keys_count; i++) {
        int key = keys_nth(&keys[i], 0);
        char bytes[2];

        if (!keys_acts(keys[i].command) || key <= ' ' || key >= 127 || pressed[key])
            continue;
        pressed[key] = true;
        bytes[0] = (char)key;
        bytes[1] = 'y';
        session_bytes(s, bytes, 2);
        session_quiet(s, 30);
        if (strchr("cCsbeivTS", key) != NULL) { /* these may open something to look at or to type */
            session_keys(s, "\033");
            session_quiet(s, 40);
        }
    }
}

static void read_only_changes_nothing(void)
{
    static const char *const places[][3] = { { "1", "peak guard", "" }, { "2", "jobs orders", "" },
        { "3", "causes 7", "" }, { "4", "listening on", "" }, { "5", "Find one value", "" },
        { "6", "Cash on del", "" }, { "7", "order reference", "" }, { "8", "carrier outage", "" },
        { "9", "brings products", "" }, { "2", "jobs orders", "\r" }, { "3", "causes 7", "\r" },
        { "9", "brings products", "\r" } };
    struct session_options o = usual;
    struct session s;

    o.args[0] = "--read-only";
    start(&s, &o);
    ok_if(session_sees(&s, "read-only  ? help"), "the last line says that this console only looks");
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        session_keys(&s, places[i][0]);
        session_sees(&s, places[i][1]);
        session_keys(&s, places[i][2]);
        session_quiet(&s, 60);
        press_all(&s);
        ok_if(!changed(&s), "no key changes anything on %s%s", places[i][0],
            places[i][2][0] != '\0' ? ", opened" : "");
        session_keys(&s, "\033");
        session_quiet(&s, 40);
    }
    session_end(&s);
}

static void read_only_says_why(void)
{
    struct session_options o = usual;
    struct session s;

    o.args[0] = "--read-only";
    start(&s, &o);
    session_keys(&s, "2");
    session_sees(&s, "jobs orders");
    session_keys(&s, "H");
    ok_if(session_sees(&s, "read-only: nothing is changed"), "a key that acts says why it does not");
    session_keys(&s, "\t:jobs cancel 5\r");
    session_quiet(&s, 100);
    ok_if(!changed(&s) && session_misses(&s, "y/N"), "nor does a command");
    session_keys(&s, "7");
    session_sees(&s, "order reference");
    session_keys(&s, "\t\r");
    ok_if(session_sees(&s, "read-only: nothing is changed") && session_misses(&s, "Cancel"),
        "a value is not even asked for");
    session_keys(&s, ":wizard\r");
    session_quiet(&s, 100);
    ok_if(session_misses(&s, "why this is asked"), "nor the set-up");
    session_keys(&s, ":jobs list\r");
    ok_if(session_sees(&s, "81240"), "but all can be looked at");
    session_end(&s);
}

static void a_first_run_is_not_set_up_from_there(void)
{
    struct session_options o = usual;
    struct session s;

    o.args[0] = "--read-only";
    session_start(&s, &o);
    json_object_set_new(fake_shot(&s.fake, "hello"), "setup_needed", json_true());
    ok_if(session_sees(&s, "LIVE") && session_sees(&s, "customers") &&
        session_misses(&s, "why this is asked"), "a first run opens no set-up");
    session_end(&s);
}

/* A second shop in the picture of all; every other job is of it. */
static void several_shops_stand_in_the_list(void)
{
    struct session s;
    json_t *rows, *shop;
    size_t i;
    json_t *job;

    start(&s, &usual);
    session_keys(&s, "2");
    session_sees(&s, "jobs orders");
    session_keys(&s, "\r");
    ok_if(session_sees(&s, "marked of 100") && session_misses(&s, "SHOP"), "one shop needs no column");
    session_end(&s);
    session_start(&s, &usual);
    rows = json_object_get(fake_shot(&s.fake, "overview"), "backends");
    shop = json_deep_copy(json_array_get(rows, 0));
    json_object_set_new(shop, "id", json_integer(2));
    json_object_set_new(shop, "name", json_string("acme-us"));
    json_array_append_new(rows, shop);
    json_array_foreach(json_object_get(fake_shot(&s.fake, "jobs.list"), "rows"), i, job)
        json_object_set_new(job, "backend", json_integer(i % 2 == 0 ? 1 : 2));
    session_sees(&s, "LIVE");
    session_sees(&s, "customers");
    session_keys(&s, "2");
    session_sees(&s, "jobs orders");
    session_keys(&s, "\r");
    ok_if(session_sees(&s, "marked of 100") && session_sees(&s, "SHOP") && session_sees(&s, "acme-us"),
        "several do");
    session_keys(&s, "/acme-us\r");
    ok_if(session_sees(&s, "filter acme-us") && session_misses(&s, "81240"),
        "which the filter finds by name");
    session_end(&s);
}

static void a_job_without_a_title_is_known_by_its_record(void)
{
    struct session s;
    json_t *job;

    start(&s, &usual);
    job = json_array_get(json_object_get(fake_shot(&s.fake, "jobs.list"), "rows"), 0);
    json_object_set_new(job, "title", json_string(""));
    json_object_set_new(job, "record", json_string("theme:4411"));
    json_object_set_new(job, "state", json_string("noflow"));
    session_keys(&s, "2");
    session_sees(&s, "jobs orders");
    session_keys(&s, "\r");
    ok_if(session_sees(&s, "theme:4411"), "what has no name is shown by kind and id");
    session_end(&s);
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    read_only_changes_nothing();
    read_only_says_why();
    a_first_run_is_not_set_up_from_there();
    several_shops_stand_in_the_list();
    a_job_without_a_title_is_known_by_its_record();
    return tap_done();
}
