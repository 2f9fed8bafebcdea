/*
 * imports - the guided import on the screen: what an operator does with a run, its steps and its
 * records, and what the core is asked because of it.
 */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "tests/console/session.h"

static const struct session_options usual = { .rows = 24, .cols = 80 };

/* Keys and, in turn, what must be seen after them. */
static bool steps(struct session *s, const char *const *list)
{
    for (; list[0] != NULL; list += 2) {
        session_keys(s, list[0]);
        if (!session_sees(s, list[1]))
            return false;
    }
    return true;
}
#define STEPS(s, ...) steps(s, (const char *const[]){ __VA_ARGS__, NULL, NULL })

/* With another picture of the run: NULL for the usual one. */
static void start(struct session *s, const char *run)
{
    session_start(s, &usual);
    if (run != NULL)
        json_object_set(s->fake.shots, "imports.get", fake_shot(&s->fake, run));
    session_sees(s, "LIVE");
    session_sees(s, "customers");
}

static json_t *run_of(struct session *s)
{
    return fake_shot(&s->fake, "imports.get");
}

static json_t *step_of(struct session *s, size_t i)
{
    return json_array_get(json_object_get(run_of(s), "steps"), i);
}

static void set_item(json_t *step, const char *state, json_int_t n)
{
    json_object_set_new(json_object_get(step, "items"), state, json_integer(n));
}

static void nothing_imported_yet_is_an_offer(void)
{
    struct session s;

    start(&s, NULL);
    json_object_set_new(fake_shot(&s.fake, "imports.list"), "rows", json_array());
    ok_if(STEPS(&s, "9", "Nothing has been imported from acme-eu yet"), "no import: the screen says so");
    ok_if(STEPS(&s, "1", "nothing imported yet: 9 to begin"), "and so does the dashboard");
    STEPS(&s, "9", "Nothing has been imported from acme-eu yet");
    ok_if(STEPS(&s, "A", "there is no import yet: i plans one"), "and what is missing for a key");
    ok_if(STEPS(&s, "\r", "Days begin at midnight"), "and enter leads to the plan");
    session_keys(&s, "\033");
    ok_if(session_sees(&s, "Nothing has been imported"), "from which esc comes back");
    session_end(&s);
}

static void a_plan_says_what_and_writes_nothing(void)
{
    struct session s;

    start(&s, "imports.get planning");
    STEPS(&s, "9", "rehearses customers", "i", "Days begin at midnight");
    /* customers: not; orders: from a day on, open ones */
    session_keys(&s, "\033[C\t\t\t\t\t\t\t\t\t2025-02-30x\t\t\033[C\t\t22-6\tfirst try\t\r");
    ok_if(session_sees(&s, "2025-02-30x is no day"), "what is no day is told");
    ok_if(fake_asked(&s.fake, "imports.plan", NULL) == 0, "and nothing is asked of the core");
    session_keys(&s, "\0252025-02-01\t\t\t\t\t\t\r");
    ok_if(session_asked_with(&s, "imports.plan", "{\"backend\":1,\"hours\":\"22-6\",\"reason\":\"first try\","
        "\"scope\":{\"orders\":{\"created_from\":\"2025-02-01\",\"status\":\"open\"}},"
        "\"steps\":[\"products\",\"stock\",\"orders\",\"verify\"]}"), "steps, dates, status, hours");
    ok_if(session_sees(&s, "import 8 is being planned") && session_sees(&s, "import 8 ─"),
        "and the new run is shown at once");
    session_end(&s);
}

static void a_refused_plan_says_why(void)
{
    struct session s;

    start(&s, NULL);
    json_object_set_new(s.fake.shots, "imports.plan", json_pack("{s:{s:i, s:s}}", "error", "code",
        -32003, "message", "import 7 is open: stop it first"));
    STEPS(&s, "9", "brings products", "i", "Days begin at midnight");
    session_keys(&s, "\033[Z\033[Z\r");
    ok_if(session_sees(&s, "import 7 is open: stop it first"), "the core's reason stands in the form");
    session_end(&s);
}

static void applying_wants_the_name_of_the_shop(void)
{
    struct session s;

    start(&s, "imports.get planned");
    ok_if(STEPS(&s, "9", "plan is ready", "\r", "94,166 of 94,166", "A",
        "4,118 new · 902 change · 13,360 same · 22 refused"), "apply shows the counts of each step");
    session_keys(&s, "\tacme\t\t\r");
    ok_if(session_sees(&s, "type acme-eu to go on"), "another word does not go on");
    ok_if(fake_asked(&s.fake, "imports.apply", NULL) == 0, "and nothing is asked of the core");
    session_keys(&s, "\033[Z\033[Z-eu\t\t\r");
    ok_if(session_asked_with(&s, "imports.apply", "{\"run\":7}"), "the name of the shop does");
    session_end(&s);
    start(&s, "imports.get planned");
    STEPS(&s, "9", "plan is ready", "A", "Type acme-eu");
    session_keys(&s, "junk data\tacme-eu\t\t\r");
    ok_if(session_asked_with(&s, "imports.apply", "{\"carry_on\":\"junk data\",\"run\":7}"),
        "and why parked records hold up nothing, if it was said");
    session_end(&s);
    start(&s, NULL);
    ok_if(STEPS(&s, "9", "brings products", "A", "only a plan that is ready"),
        "what is not planned is not applied");
    session_end(&s);
}

static void a_run_is_paused_and_goes_on(void)
{
    struct session s;

    start(&s, NULL);
    STEPS(&s, "9", "brings products", "\r", "94,166");
    session_keys(&s, "P");
    ok_if(session_asked_with(&s, "imports.pause", "{\"run\":7}"), "P pauses at once");
    json_object_set_new(run_of(&s), "paused", json_true());
    json_object_set_new(run_of(&s), "why", json_string("stock count in the hall"));
    session_looks_again(&s);
    ok_if(session_sees(&s, "paused by ana: stock count in the hall"),
        "another operator's pause is seen within seconds, with its reason");
    session_keys(&s, "P");
    ok_if(session_asked_with(&s, "imports.resume", "{\"run\":7}"), "P again goes on");
    json_object_set_new(run_of(&s), "error", json_string("denied"));
    json_object_set_new(run_of(&s), "why", json_string("Odoo refuses our key"));
    session_looks_again(&s);
    ok_if(session_sees(&s, "paused by itself: Odoo refuses our key"), "what paused it is in words");
    session_end(&s);
}

static void stopping_and_hours_ask_first(void)
{
    struct session s;

    start(&s, NULL);
    STEPS(&s, "9", "brings products", "\r", "94,166", "x", "ends for good");
    session_keys(&s, "\t\t\r");
    ok_if(session_sees(&s, "Reason is needed"), "a stop wants a reason");
    session_keys(&s, "\033[Z\033[Zwrong shop\t\t\r");
    ok_if(session_asked_with(&s, "imports.stop", "{\"reason\":\"wrong shop\",\"run\":7}"), "which is kept");
    session_sees(&s, "stopped");
    STEPS(&s, "h", "begins nothing outside");
    session_keys(&s, "22-6\t\t\r");
    ok_if(session_asked_with(&s, "imports.hours", "{\"hours\":\"22-6\",\"run\":7}"), "hours are set");
    session_sees(&s, "hours are set");
    json_object_set_new(run_of(&s), "hours", json_string("22-6"));
    session_looks_again(&s);
    ok_if(session_sees(&s, "only 22-6"), "and shown");
    STEPS(&s, "h", "begins nothing outside");
    session_keys(&s, "\025\t\t\r");
    session_asked(&s, "imports.hours", 2);
    ok_if(session_asked_with(&s, "imports.hours", "{\"hours\":\"\",\"run\":7}"), "empty ones are taken away");
    session_end(&s);
}

static void an_import_is_slowed_down_and_let_go(void)
{
    struct session s;

    start(&s, NULL);
    STEPS(&s, "9", "brings products", "\r", "94,166");
    session_keys(&s, "+");
    ok_if(session_sees(&s, "it has no limit"), "what goes as fast as it can goes no faster");
    session_keys(&s, "-");
    ok_if(session_asked_with(&s, "imports.pace", "{\"pace\":162,\"run\":7}"), "- halves what it does now");
    json_object_set_new(run_of(&s), "pace", json_integer(162));
    session_looks_again(&s);
    ok_if(session_sees(&s, "at most 162/min"), "which is shown");
    session_keys(&s, "+");
    session_asked(&s, "imports.pace", 2);
    ok_if(session_asked_with(&s, "imports.pace", "{\"pace\":324,\"run\":7}"), "+ doubles it");
    json_object_set_new(run_of(&s), "pace", json_integer(4000));
    session_looks_again(&s);
    session_keys(&s, "+");
    session_asked(&s, "imports.pace", 3);
    ok_if(session_asked_with(&s, "imports.pace", "{\"pace\":0,\"run\":7}"), "and at last there is no limit");
    session_end(&s);
}

static void a_step_that_waits_says_for_whom(void)
{
    struct session s;

    start(&s, NULL);
    set_item(step_of(&s, 1), "queued", 0);
    json_object_set_new(step_of(&s, 1), "left", json_integer(0));
    ok_if(STEPS(&s, "9", "waits: 3 products are parked"), "parked records hold up the next step");
    STEPS(&s, "\r", "94,166", "c", "what needs one of them parks too");
    session_keys(&s, "sold out anyway\t\t\r");
    ok_if(session_asked_with(&s, "imports.go_on",
        "{\"reason\":\"sold out anyway\",\"run\":7,\"step\":\"products\"}"), "c goes on, with a reason");
    session_sees(&s, "the next step begins");
    set_item(step_of(&s, 1), "moved", 2);
    session_looks_again(&s);
    ok_if(session_sees(&s, "waits: 2 products moved since the plan"), "so do those that moved");
    session_end(&s);
}

static void a_step_is_left_out_and_taken_in(void)
{
    struct session s;

    start(&s, "imports.get planned");
    STEPS(&s, "9", "plan is ready", "\r", "94,166", "jj", "stock: all of it", "K", "leave out stock");
    session_keys(&s, "counted by hand\t\t\r");
    ok_if(session_asked_with(&s, "imports.skip",
        "{\"reason\":\"counted by hand\",\"run\":7,\"step\":\"stock\"}"), "K leaves a step out");
    session_sees(&s, "left out");
    json_object_set_new(step_of(&s, 2), "state", json_string("skipped"));
    session_looks_again(&s);
    session_sees(&s, "skipped");
    session_keys(&s, "K");
    ok_if(session_asked_with(&s, "imports.unskip", "{\"run\":7,\"step\":\"stock\"}"), "K again takes it in");
    session_end(&s);
}

static void problems_are_solved_without_leaving(void)
{
    struct session s;

    start(&s, NULL);
    json_object_set(s.fake.shots, "problems.list", fake_shot(&s.fake, "problems.list import"));
    ok_if(STEPS(&s, "9", "brings products", "\r", "problems 3 causes"),
        "the import's problems stand beside it, those of other queues not");
    ok_if(session_misses(&s, "variant unmatched"), "none of orders");
    ok_if(STEPS(&s, "\t\r", "suggested fix", "f", "fix number"), "enter leads to what can be done");
    session_keys(&s, "\033\033");
    ok_if(session_sees(&s, "problems 3 causes"), "and esc back to the import");
    session_end(&s);
}

static void what_the_plan_refuses_is_mapped_there(void)
{
    struct session s;

    start(&s, "imports.get planned");
    ok_if(STEPS(&s, "9", "plan is ready", "\r", "refused 3 causes") &&
        session_sees(&s, "the location Berlin is not mapped"), "a plan shows why records are refused, by cause");
    session_keys(&s, "\t");
    session_quiet(&s, 50);
    ok_if(STEPS(&s, "\r", "KLA Klarna") && session_sees(&s, "Berlin maps to") &&
        STEPS(&s, "\r", "u undoes"), "enter maps what is not mapped, there and then");
    ok_if(session_asked_with(&s, "mappings.set",
        "{\"backend\":1,\"key\":\"Berlin\",\"kind\":\"location\",\"value\":\"12\"}"), "in Odoo's terms");
    ok_if(session_sees(&s, "refused 3 causes"), "and the import is still there");
    session_keys(&s, "R");
    ok_if(session_asked_with(&s, "imports.rehearse", "{\"run\":7}"), "R has the refused ones judged again");
    session_keys(&s, "jj\r");
    ok_if(session_sees(&s, "products · refused · planned"), "what can't be mapped leads to its records");
    session_end(&s);
}

static void what_is_used_is_listed_and_mapped(void)
{
    struct session s;

    start(&s, "imports.get planned");
    STEPS(&s, "9", "plan is ready", "\r", "94,166");
    ok_if(STEPS(&s, "m", "2 of 4 not mapped") && session_sees(&s, "19% USt (by itself)"),
        "m shows what the records use, mapped or not");
    ok_if(STEPS(&s, "b", "unmapped only") && session_misses(&s, "PayPal"), "b only what is not");
    STEPS(&s, "\r", "KLA Klarna", "G\r", "u undoes");
    ok_if(session_asked_with(&s, "mappings.set",
        "{\"backend\":1,\"key\":\"klarna\",\"kind\":\"gateway\",\"value\":\"16\"}"), "enter maps one");
    session_end(&s);
}

static void a_plan_that_still_reads_says_so_of_what_is_used(void)
{
    struct session s;
    json_t *uses;

    start(&s, "imports.get planning");
    uses = json_object_get(s.fake.shots, "imports.uses");
    json_object_set_new(uses, "waiting", json_true());
    json_object_set_new(uses, "read", json_integer(18402));
    json_object_set_new(uses, "judged", json_integer(4100));
    STEPS(&s, "9", "rehearses customers", "\r", "refused 3 causes");
    ok_if(STEPS(&s, "m", "2 of 4 not mapped · still counting, 4,100 of 18,402 read"),
        "what is used may be more while the plan is not whole");
    json_array_clear(json_object_get(uses, "rows"));
    session_looks_again(&s);
    ok_if(session_sees(&s, "Still counting: the plan is not ready."), "and nothing yet is no all clear");
    session_end(&s);
}

static void what_the_verification_found_is_repaired(void)
{
    struct session s;

    start(&s, NULL);
    STEPS(&s, "9", "brings products", "\r", "94,166", "jjj", "verify: all of it", "\r", "10 read");
    session_keys(&s, "R");
    ok_if(session_asked_with(&s, "imports.repair", "{\"ids\":[4001],\"run\":7}"), "R repairs a finding");
    session_end(&s);
}

/* All steps are through but the last, which found that. */
static void verify_found(struct session *s, int differences)
{
    json_t *steps = json_object_get(run_of(s), "steps"), *row;
    size_t i;

    json_array_foreach(steps, i, row) {
        bool last = i + 1 == json_array_size(steps);

        json_object_set_new(row, "state", json_string(last ? "applying" : "done"));
        json_object_set_new(json_object_get(row, "items"), "queued", json_integer(0));
        json_object_set_new(json_object_get(row, "items"), "parked",
            json_integer(last ? differences : 0));
    }
}

static void differences_that_are_left_are_told_as_such(void)
{
    struct session s;
    int asked;

    start(&s, NULL);
    STEPS(&s, "9", "brings products", "\r", "94,166");
    asked = (int)fake_asked(&s.fake, "problems.list", NULL);
    verify_found(&s, 7);
    session_looks_again(&s);
    ok_if(session_sees(&s, "waits: 7 differences are left; look and repair (R), or end with them (c)"),
        "what the verification waits for is told in its own words");
    ok_if((int)fake_asked(&s.fake, "problems.list", NULL) > asked, "and problems are asked for at once");
    ok_if(STEPS(&s, "c", "the import ends though 7 differences are left"), "c would end it with them");
    session_end(&s);
}

static void a_plan_looks_before_it_reads(void)
{
    struct session s;

    start(&s, NULL);
    STEPS(&s, "9", "brings products", "i", "Days begin at midnight");
    ok_if(session_sees(&s, "the books are in USD, the shop sells in EUR") &&
        session_sees(&s, "the shop's clock, Europe/Berlin"), "what is not right is told before anything is read");
    ok_if(session_asked_with(&s, "imports.counts", "{\"backend\":1,\"scope\":{}}") &&
        session_sees(&s, "18,402") && session_sees(&s, "10,000+"), "and how much both sides have");
    session_keys(&s, "\t2026-01-01\t");
    session_asked(&s, "imports.counts", 2);
    ok_if(session_asked_with(&s, "imports.counts",
        "{\"backend\":1,\"scope\":{\"customers\":{\"created_from\":\"2026-01-01\"}}}"),
        "again when the scope changes");
    session_end(&s);
}

static void a_run_is_taken_back(void)
{
    struct session s;

    start(&s, NULL);
    json_object_set_new(run_of(&s), "state", json_string("done"));
    json_object_set_new(run_of(&s), "ended", json_integer(1795440000000000));
    STEPS(&s, "9", "done, but for 3", "U", "Type acme-eu");
    session_keys(&s, "wrong shop\tacme-eu\t\t\r");
    ok_if(session_asked_with(&s, "imports.undo", "{\"reason\":\"wrong shop\",\"run\":7}"),
        "what a run made is taken back, with a reason and the name of the shop");
    json_object_set_new(run_of(&s), "state", json_string("undone"));
    session_looks_again(&s);
    ok_if(session_sees(&s, "undone: what could be taken back is"), "and that is said");
    session_keys(&s, "U");
    ok_if(session_sees(&s, "there is nothing to take back"), "once");
    session_end(&s);
}

static void records_are_filtered_by_verdict_and_state(void)
{
    struct session s;

    start(&s, NULL);
    STEPS(&s, "9", "brings products", "\r", "94,166", "\r", "10 read");
    ok_if(session_asked_with(&s, "imports.items", "{\"limit\":100,\"run\":7,\"step\":\"products\"}"),
        "enter opens the records of the step in hand");
    ok_if(STEPS(&s, "bbbb", "products · refused", "s", "refused · planned", "sss", "refused · parked"),
        "b and s choose verdict and state");
    ok_if(session_asked_with(&s, "imports.items", "{\"limit\":100,\"run\":7,\"state\":\"parked\",\"step\":"
        "\"products\",\"verdict\":\"refused\"}"), "of which the core is asked");
    ok_if(STEPS(&s, "/gift\r", "filter gift") && session_misses(&s, "Red hat"), "a filter finds words");
    session_end(&s);
}

static void single_and_marked_records_are_answered(void)
{
    struct session s;

    start(&s, NULL);
    STEPS(&s, "9", "brings products", "\r", "94,166", "\r", "10 read");
    session_keys(&s, "x");
    ok_if(session_asked_with(&s, "imports.answer", "{\"answer\":\"skip\",\"ids\":[4001],\"run\":7}"),
        "x leaves out the record under the cursor");
    session_sees(&s, "a takes it in");
    session_keys(&s, "a");
    session_asked(&s, "imports.answer", 2);
    ok_if(session_asked_with(&s, "imports.answer", "{\"answer\":\"accept\",\"ids\":[4001],\"run\":7}"),
        "a takes it in");
    STEPS(&s, "  ", "2 marked", "x", "Type the number of records");
    session_keys(&s, "\t3\t\t\r");
    ok_if(session_sees(&s, "type 2 to go on"), "several want their number");
    session_keys(&s, "\033[Z\033[Z\0252\t\t\r");
    session_asked(&s, "imports.answer", 3);
    ok_if(session_asked_with(&s, "imports.answer", "{\"answer\":\"skip\",\"ids\":[4001,4002],\"run\":7}"),
        "then all of them go");
    session_end(&s);
}

static void a_whole_verdict_is_left_out(void)
{
    struct session s;

    start(&s, NULL);
    STEPS(&s, "9", "brings products", "\r", "94,166", "\r", "10 read");
    ok_if(STEPS(&s, "X", "b chooses the verdict first"), "X alone does nothing");
    ok_if(STEPS(&s, "bbbb", "products · refused", "X", "leave out all products refused"), "with one it asks");
    session_keys(&s, "no time\t148\t\t\r");
    ok_if(session_asked_with(&s, "imports.skip", "{\"reason\":\"no time\",\"run\":7,\"step\":\"products\","
        "\"verdict\":\"refused\"}"), "for the number, and leaves them out");
    session_end(&s);
}

static void a_record_shows_what_changes(void)
{
    struct session s;
    const json_t *p = NULL;

    start(&s, NULL);
    STEPS(&s, "9", "brings products", "\r", "94,166", "\r", "10 read");
    ok_if(STEPS(&s, "j\r", "product.template 812", "jjj", "Size: S, M, L → Size: S, M, L, XXL"),
        "field by field, long values in full");
    ok_if(STEPS(&s, "e", "inventorySetQuantities"), "e opens its job");
    fake_asked(&s.fake, "jobs.get", &p);
    ok_if(json_int_or(p, "id", 0) == 91872, "that one");
    ok_if(STEPS(&s, "\033", "product.template 812", "]", "product.template 813"), "] shows the next record");
    ok_if(STEPS(&s, "i", "asked Odoo"), "i opens its timeline");
    fake_asked(&s.fake, "records.timeline", &p);
    ok_if(strcmp(json_text_or(p, "kind", ""), "product") == 0 &&
        strcmp(json_text_or(p, "id", ""), "7712003") == 0, "by kind and id");
    session_end(&s);
}

static json_t *record(json_int_t id)
{
    return json_pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:[]}", "id", id, "step", "products", "record",
        "product:1", "title", "a thing", "state", "done", "verdict", "same", "why", "", "changes");
}

/* Pages as the core gives them: in the order of their ids. */
static void records_come_page_by_page(void)
{
    json_t *first = json_array(), *second = json_array();
    const json_t *p = NULL;
    struct session s;

    start(&s, NULL);
    for (int i = 0; i < 100; i++) {
        json_array_append_new(first, record(5000 + i));
        json_array_append_new(second, record(5100 + i));
    }
    json_object_set_new(s.fake.shots, "imports.items", json_pack("{s:o, s:s}", "rows", first, "next", "5099"));
    json_object_set_new(s.fake.shots, "imports.items after", json_pack("{s:o, s:n}", "rows", second, "next"));
    ok_if(STEPS(&s, "9", "brings products", "\r", "94,166", "\r", "100 read, more", "G", "200 read  LIVE"),
        "the end of the list reads the next page");
    fake_asked(&s.fake, "imports.items", &p);
    ok_if(strcmp(json_text_or(p, "after", ""), "5099") == 0, "behind the last record");
    session_keys(&s, "G");
    session_quiet(&s, 100);
    while (json_array_size(second) > 16) /* what follows the line above the screen */
        json_array_remove(second, 0);
    json_object_set_new(json_array_get(second, 15), "title", json_string("another thing"));
    session_looks_again(&s);
    ok_if(session_sees(&s, "another thing"), "what is on the screen is looked at again");
    fake_asked(&s.fake, "imports.items", &p);
    ok_if(strcmp(json_text_or(p, "after", ""), "5183") == 0, "and nothing above it");
    session_end(&s);
}

static void a_viewer_only_looks(void)
{
    struct session s;

    session_start(&s, &usual);
    json_object_set_new(fake_shot(&s.fake, "hello"), "role", json_string("viewer"));
    session_sees(&s, "LIVE");
    STEPS(&s, "9", "brings products", "i", "Days begin at midnight");
    session_keys(&s, "\033[Z\033[Z\r");
    ok_if(session_sees(&s, "your role may look"), "who may look plans nothing");
    STEPS(&s, "\033", "brings products");
    session_keys(&s, "P");
    ok_if(session_sees(&s, "your role may look"), "and pauses nothing");
    ok_if(fake_asked(&s.fake, "imports.plan", NULL) + fake_asked(&s.fake, "imports.pause", NULL) == 0,
        "nothing is sent");
    session_end(&s);
}

static void products_are_told_apart_in_bulk(void)
{
    struct session s;

    start(&s, NULL);
    ok_if(STEPS(&s, "9", "brings products", "\r", "94,166", "d", "2 shop ×2"),
        "d opens the clinic with its counts");
    session_keys(&s, "a");
    ok_if(session_asked_with(&s, "imports.clinic_answer",
        "{\"answer\":\"link\",\"keys\":[\"variant:77120011\"],\"run\":7}"), "a takes the proposal");
    session_keys(&s, "jjjj");
    ok_if(session_sees(&s, "made new"), "what has none says what will be");
    ok_if(STEPS(&s, " kk ", "✓ no SKU", "c", "Type the number"), "many at once ask first");
    session_keys(&s, "\t2\t\t\r");
    session_asked(&s, "imports.clinic_answer", 2);
    ok_if(session_asked_with(&s, "imports.clinic_answer", "{\"answer\":\"create\",\"keys\":["
        "\"variant:77120085\",\"variant:77120074\"],\"run\":7}"), "and answer those that are marked");
    session_end(&s);
    start(&s, NULL);
    STEPS(&s, "9", "brings products", "\r", "94,166", "d", "2 shop ×2", "L", "Odoo product id");
    session_keys(&s, "4711\r");
    ok_if(session_asked_with(&s, "imports.clinic_answer", "{\"answer\":\"link\",\"keys\":["
        "\"variant:77120011\"],\"product\":4711,\"run\":7}"), "L links with any other product");
    STEPS(&s, "b", "clinic · shop ×2");
    ok_if(session_asked_with(&s, "imports.clinic", "{\"answered\":false,\"kind\":\"duplicate_shopify\",\"limit\":200,\"run\":7}"),
        "b shows one kind");
    session_end(&s);
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    nothing_imported_yet_is_an_offer();
    a_plan_says_what_and_writes_nothing();
    a_refused_plan_says_why();
    applying_wants_the_name_of_the_shop();
    a_run_is_paused_and_goes_on();
    stopping_and_hours_ask_first();
    an_import_is_slowed_down_and_let_go();
    a_step_that_waits_says_for_whom();
    a_step_is_left_out_and_taken_in();
    problems_are_solved_without_leaving();
    what_the_plan_refuses_is_mapped_there();
    a_plan_that_still_reads_says_so_of_what_is_used();
    differences_that_are_left_are_told_as_such();
    what_is_used_is_listed_and_mapped();
    a_plan_looks_before_it_reads();
    what_the_verification_found_is_repaired();
    a_run_is_taken_back();
    records_are_filtered_by_verdict_and_state();
    single_and_marked_records_are_answered();
    a_whole_verdict_is_left_out();
    a_record_shows_what_changes();
    records_come_page_by_page();
    a_viewer_only_looks();
    products_are_told_apart_in_bulk();
    return tap_done();
}
