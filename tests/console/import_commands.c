/*
 * import_commands - a guided import as commands: the newest run, a bar that ends when it does, and
 * all records for other programs.
 */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "tests/console/place.h"
#include "tests/console/session.h"

/* A command, and what it must ask the core for. */
static void asks(const char *words, const char *method, const char *params)
{
    struct place p;
    struct run r;
    const json_t *got = NULL;
    char *text;

    place_open(&p);
    place_run(&p, words, "", &r);
    fake_asked(&p.fake, method, &got);
    text = got == NULL ? NULL : json_dumps(got, JSON_COMPACT | JSON_SORT_KEYS);
    if (text == NULL || strcmp(text, params) != 0)
        printf("# asked %s, stderr: %s\n", text == NULL ? "nothing" : text, r.err.data);
    ok_if(r.code == 0 && text != NULL && strcmp(text, params) == 0, "signalbox %s", words);
    free(text);
    place_ran(&r);
    place_close(&p);
}

static void words_become_questions(void)
{
    asks("import", "imports.get", "{\"run\":7}");
    asks("import status", "imports.get", "{\"run\":7}");
    asks("import status 4", "imports.get", "{\"run\":4}");
    asks("import 4", "imports.get", "{\"run\":4}");
    asks("import --backend 2", "imports.list", "{\"backend\":2,\"limit\":1}");
    asks("imports", "imports.list", "{}");
    asks("import pace 4 600", "imports.pace", "{\"pace\":600,\"run\":4}");
    asks("import pace 4 --pace 0", "imports.pace", "{\"pace\":0,\"run\":4}");
    asks("import uses", "imports.uses", "{\"limit\":500,\"run\":7}");
    asks("import uses 4 --kind tax", "imports.uses", "{\"kind\":\"tax\",\"run\":4}");
    asks("import clinic", "imports.clinic", "{\"limit\":500,\"run\":7}");
    asks("import clinic_answer 7 variant:1,sku:X skip", "imports.clinic_answer",
        "{\"answer\":\"skip\",\"keys\":[\"variant:1\",\"sku:X\"],\"run\":7}");
    asks("import rehearse 7 --step products --all", "imports.rehearse",
        "{\"all\":true,\"run\":7,\"step\":\"products\"}");
    asks("import plan 1 --steps customers,orders --set orders.status=open --set "
         "orders.created_from=2025-01-01 --hours 22-6", "imports.plan",
        "{\"backend\":1,\"hours\":\"22-6\",\"scope\":{\"orders\":{\"created_from\":\"2025-01-01\","
        "\"status\":\"open\"}},\"steps\":[\"customers\",\"orders\"]}");
    asks("import apply 7 --reason checked", "imports.apply", "{\"reason\":\"checked\",\"run\":7}");
    asks("import pause 7", "imports.pause", "{\"run\":7}");
    asks("import resume 7", "imports.resume", "{\"run\":7}");
    asks("import stop 7", "imports.stop", "{\"run\":7}");
    asks("import skip 7 orders --verdict refused", "imports.skip",
        "{\"run\":7,\"step\":\"orders\",\"verdict\":\"refused\"}");
    asks("import go_on 7 orders enough", "imports.go_on",
        "{\"reason\":\"enough\",\"run\":7,\"step\":\"orders\"}");
    asks("import answer 7 4001,4002 skip", "imports.answer",
        "{\"answer\":\"skip\",\"ids\":[4001,4002],\"run\":7}");
    asks("import undo 7", "imports.undo", "{\"run\":7}");
    asks("import rehearse 7", "imports.rehearse", "{\"run\":7}");
    asks("import counts 1", "imports.counts", "{\"backend\":1}");
    asks("import causes 7", "imports.causes", "{\"run\":7}");
    asks("import items 7 products --verdict changes", "imports.items",
        "{\"run\":7,\"step\":\"products\",\"verdict\":\"changes\"}");
}

static void a_run_is_words_and_a_table(void)
{
    struct place p;
    struct run r;
    json_t *parsed;

    place_open(&p);
    place_run(&p, "import", "", &r);
    ok_if(r.code == 0 && place_says(&r.out, "import 7: brings products into Odoo\n"),
        "a run says what it does");
    ok_if(place_says(&r.out, "21 %, 20,235 of 94,166 · done 20,062 · same 19,741 · parked 3"),
        "and how far it is");
    ok_if(place_says(&r.out, "STEP       STATE     SHOPIFY") &&
        place_says(&r.out, "products   applying    2,911   2,552"), "and its steps are a table");
    place_ran(&r);
    place_run(&p, "import --json", "", &r);
    parsed = json_loads(r.out.data, 0, NULL);
    ok_if(json_int_or(parsed, "id", 0) == 7 && json_len(parsed, "steps") == 5, "--json is the run itself");
    json_decref(parsed);
    place_ran(&r);
    json_object_set_new(fake_shot(&p.fake, "imports.list"), "rows", json_array());
    place_run(&p, "import", "", &r);
    ok_if(r.code == 1 && place_says(&r.err, "there is no import yet"), "without one it says so");
    place_ran(&r);
    place_run(&p, "import status nine", "", &r);
    ok_if(r.code == 2 && place_says(&r.err, "nine is not a number"), "wrong words are 2");
    place_ran(&r);
    fake_close(&p.fake);
    place_run(&p, "import status", "", &r);
    ok_if(r.code == 3 && place_says(&r.err, "no core is running here"), "no core is 3");
    place_ran(&r);
    place_close(&p);
}

/* A run in some state, and how following it ends. */
static void follows(const char *state, bool paused, int code, const char *words)
{
    struct place p;
    struct run r;
    json_t *run;

    place_open(&p);
    run = fake_shot(&p.fake, "imports.get");
    json_object_set_new(run, "state", json_string(state));
    json_object_set_new(run, "paused", json_boolean(paused));
    json_object_set_new(run, "why", json_string("count first"));
    place_run(&p, "import follow", "", &r);
    ok_if(r.code == code && place_says(&r.out, words), "%s%s ends with %d", state,
        paused ? ", paused" : "", code);
    ok_if(strchr(r.out.data, '\033') == NULL && strchr(r.out.data, '\r') == NULL,
        "without a terminal it is lines");
    place_ran(&r);
    place_close(&p);
}

static void following_ends_with_the_run(void)
{
    struct place p;
    struct run r;

    follows("done", false, 0, "done, but for 3 that are parked");
    follows("planned", false, 0, "the plan is ready and waits for a person");
    follows("applying", true, 1, "paused by ana: count first");
    follows("stopped", false, 1, "stopped by ana: count first");
    place_open(&p);
    json_object_set_new(fake_shot(&p.fake, "imports.get"), "state", json_string("done"));
    place_run(&p, "import follow 7 --json", "", &r);
    ok_if(r.code == 0 && place_says(&r.out, "{\"id\":7,"), "--json tells the run as it changes");
    place_ran(&r);
    fake_close(&p.fake);
    place_run(&p, "import follow 7", "", &r);
    ok_if(r.code == 3, "no core is 3");
    place_ran(&r);
    place_close(&p);
}

/* On a terminal of 100 columns, until the run is through. */
static void a_terminal_shows_a_bar(void)
{
    struct session_options o = { .rows = 10, .cols = 100, .args = { "import", "follow" } };
    struct session s;

    session_start(&s, &o);
    ok_if(session_sees(&s, "brings products into Odoo"), "a terminal shows what goes on");
    ok_if(session_sees(&s, "products █████░"), "and a bar");
    ok_if(session_sees(&s, "about 3m19 left · parked 3"), "with rate, rest and what is parked");
    json_object_set_new(fake_shot(&s.fake, "imports.get"), "state", json_string("done"));
    ok_if(session_sees(&s, "done, but for 3 that are parked"), "until it is through");
    ok_if(session_ends(&s) && s.status == 0, "then it ends with 0");
    session_end(&s);
}

static json_t *items_of(struct place *p)
{
    return json_object_get(fake_shot(&p->fake, "imports.items"), "rows");
}

static void records_are_exported_as_csv(void)
{
    struct place p;
    struct run r;
    json_t *row;

    place_open(&p);
    row = json_array_get(items_of(&p), 0);
    json_object_set_new(row, "title", json_string("=HYPERLINK(\"http://x\",\"y\"), \033]52;c;x\a a\nb"));
    place_run(&p, "import export --run 7 --step products --format csv", "", &r);
    ok_if(r.code == 0 && place_says(&r.out,
        "id,step,record,title,verdict,state,odoo_model,odoo_id,made,job,error,thing,why,changes\r\n"),
        "CSV has a head");
    ok_if(place_says(&r.out, "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\"), "),
        "quotes are doubled, a formula gets an apostrophe");
    ok_if(strchr(r.out.data, '\033') == NULL && strchr(r.out.data, '\a') == NULL &&
        place_says(&r.out, "a␊b"), "control characters are pictures");
    ok_if(place_says(&r.out, "Sales Price: 29.95 → 31.5; Weight: 0.18 → 0.21; Barcode:  → 40123450012"),
        "changes are a text");
    ok_if(fake_asked(&p.fake, "imports.items", NULL) == 1, "of the step that was named");
    place_ran(&r);
    place_run(&p, "import export 7 --step nonsense", "", &r);
    ok_if(r.code == 2 && place_says(&r.err, "nonsense is no step"), "no such step is told");
    place_ran(&r);
    place_run(&p, "import export 7 --format xml", "", &r);
    ok_if(r.code == 2 && place_says(&r.err, "csv or json"), "no such format too");
    place_ran(&r);
    place_close(&p);
}

static void all_pages_are_exported(void)
{
    struct place p;
    struct run r;
    const json_t *got = NULL;
    json_t *parsed;

    place_open(&p);
    json_object_set_new(fake_shot(&p.fake, "imports.items"), "next", json_string("4010"));
    json_object_set_new(p.fake.shots, "imports.items after", json_pack("{s:[O, O], s:n}", "rows",
        json_array_get(items_of(&p), 0), json_array_get(items_of(&p), 1), "next"));
    place_run(&p, "import export --step products --verdict changes --json", "", &r);
    parsed = json_loads(r.out.data, 0, NULL);
    ok_if(r.code == 0 && json_array_size(parsed) == 12, "JSON is one array of all pages");
    json_decref(parsed);
    fake_asked(&p.fake, "imports.items", &got);
    ok_if(strcmp(json_text_or(got, "after", ""), "4010") == 0 &&
        strcmp(json_text_or(got, "verdict", ""), "changes") == 0, "each asked from where the last one ended");
    place_ran(&r);
    json_object_set_new(p.fake.shots, "imports.items", json_pack("{s:{s:i, s:s, s:{s:s}}}", "error", "code",
        -32001, "message", "the answer is too long: ask for fewer rows", "data", "kind", "refused"));
    place_run(&p, "import export 7 --step products --format json", "", &r);
    fake_asked(&p.fake, "imports.items", &got);
    ok_if(json_int_or(got, "limit", 0) == 1, "an answer that is too long is asked for in smaller pages");
    ok_if(r.code == 1 && place_says(&r.err, "ask for fewer rows") && strchr(r.out.data, ']') == NULL,
        "and an export that broke off is no whole array");
    place_ran(&r);
    place_close(&p);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    setlocale(LC_ALL, "C.UTF-8");
    words_become_questions();
    a_run_is_words_and_a_table();
    following_ends_with_the_run();
    a_terminal_shows_a_bar();
    records_are_exported_as_csv();
    all_pages_are_exported();
    return tap_done();
}
