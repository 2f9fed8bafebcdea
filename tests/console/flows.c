/*
 * flows - what an operator does, and what the core is asked because of it.
 */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/when.h"
#include "tests/console/session.h"

static const struct session_options usual = { .rows = 24, .cols = 80 };

static void start(struct session *s)
{
    session_start(s, &usual);
    session_sees(s, "LIVE");
    session_sees(s, "customers");
}

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

static bool wrote(const struct session *s, const char *bytes)
{
    return memmem(s->raw.data, s->raw.len, bytes, strlen(bytes)) != NULL;
}

static json_int_t first_id(const json_t *params)
{
    return json_integer_value(json_at(params, "selector.ids.0"));
}

static void one_job_is_asked_for_with_a_line(void)
{
    struct session s;
    const json_t *p = NULL;

    start(&s);
    ok_if(STEPS(&s, "2", "jobs orders", "\r", "marked of 100", "jj", "0 marked", "r", "y/N"),
        "retry of one job asks one line");
    session_keys(&s, "\r");
    session_misses(&s, "y/N");
    ok_if(fake_asked(&s.fake, "jobs.requeue", NULL) == 0, "enter does not go on");
    STEPS(&s, "r", "y/N");
    /* the list moves while the question stands: the action takes what was seen */
    json_array_remove(json_object_get(fake_shot(&s.fake, "jobs.list"), "rows"), 0);
    json_array_remove(json_object_get(fake_shot(&s.fake, "jobs.list"), "rows"), 0);
    for (int i = 0; i < 3; i++) {
        fake_tick(&s.fake);
        session_push(&s);
        session_quiet(&s, 30);
    }
    session_keys(&s, "y");
    ok_if(session_asked(&s, "jobs.requeue", 1), "y does");
    fake_asked(&s.fake, "jobs.requeue", &p);
    ok_if(first_id(p) == 81226 && json_len(p, "selector.ids") == 1 &&
        json_int_or(p, "selector.count", 0) == 1, "with the id that was under the cursor");
    ok_if(session_sees(&s, "queued again · 1 job"), "and the toast says what was done");
    session_end(&s);
}

static void many_jobs_need_their_number(void)
{
    struct session s;
    const json_t *p = NULL;

    start(&s);
    ok_if(STEPS(&s, "2", "jobs orders", "\r", "marked of 100", "   ", "3 marked", "x",
        "Type the number"), "cancel of three jobs asks in a box");
    session_keys(&s, "2\t\t\r");
    ok_if(session_sees(&s, "type 3 to go on"), "the wrong number does not go on");
    ok_if(fake_asked(&s.fake, "jobs.cancel", NULL) == 0, "and asks nothing of the core");
    session_keys(&s, "\033[Z\033[Z\0253\t\t\r"); /* back to the field, emptied, 3 */
    ok_if(session_asked(&s, "jobs.cancel", 1), "the right one does");
    fake_asked(&s.fake, "jobs.cancel", &p);
    ok_if(json_len(p, "selector.ids") == 3 && json_int_or(p, "selector.count", 0) == 3,
        "with the marked ids and their count");
    session_end(&s);
}

static void a_set_that_grew_is_refused(void)
{
    struct session s;

    start(&s);
    json_object_set_new(s.fake.shots, "problems.replay",
        json_pack("{s:{s:i, s:s, s:{s:i}}}", "error", "code", -32002, "message", "the set grew", "data",
            "count", 45));
    STEPS(&s, "3", "map the SKU", "R", "Type the number");
    session_keys(&s, "41\t\t\r");
    ok_if(session_sees(&s, "nothing was done: the set is now 45"), "a grown set is told and nothing done");
    session_keys(&s, "j");
    ok_if(session_misses(&s, "nothing was done"), "an error stays until a key");
    session_end(&s);
}

static void muting_wants_a_reason_and_an_end(void)
{
    struct session s;
    const json_t *p = NULL;

    start(&s);
    STEPS(&s, "3", "map the SKU", "i", "Reason");
    session_keys(&s, "\t\t\t\r"); /* on Mute, without a reason */
    ok_if(session_sees(&s, "Reason is needed"), "muting without a reason is refused");
    session_keys(&s, "\033[Z\033[Z\033[Zrule 7\t\0252h\t\t\r");
    ok_if(session_asked(&s, "problems.mute", 1), "with one it goes on");
    fake_asked(&s.fake, "problems.mute", &p);
    ok_if(strcmp(json_text_or(p, "reason", ""), "rule 7") == 0 &&
        json_int_or(p, "until", 0) == json_int_or(fake_shot(&s.fake, "overview"), "now", 0) +
            2 * WHEN_HOUR, "reason and moment arrive");
    session_end(&s);
}

static void a_fix_shows_its_effect_and_asks_what_it_needs(void)
{
    struct session s;
    const json_t *p = NULL;

    start(&s);
    STEPS(&s, "3", "map the SKU", "\r", "suggested fix", "f", "fix number", "\r", "41 jobs run again");
    session_sees(&s, "Odoo variant id or SKU");
    session_keys(&s, "TS-BLK-XXL\t41\t\t\r");
    ok_if(session_asked(&s, "problems.fix", 1), "a fix is done");
    fake_asked(&s.fake, "problems.fix", &p);
    ok_if(json_int_or(p, "id", 0) == 11 && json_int_or(p, "n", 0) == 1 &&
        strcmp(json_text_or(p, "params.value", ""), "TS-BLK-XXL") == 0, "with the value it asked for");
    session_end(&s);
}

static void a_mapping_that_is_missing_is_chosen_from_odoos_list(void)
{
    struct session s;
    const json_t *p = NULL;
    json_t *fix;

    start(&s);
    fix = json_array_get(json_object_get(fake_shot(&s.fake, "problems.get"), "fixes"), 0);
    json_object_set_new(fix, "action", json_string("map"));
    json_object_set_new(fix, "params", json_pack("{s:s, s:s, s:n}", "kind", "tax", "key", "19 DE", "value"));
    ok_if(STEPS(&s, "3", "map the SKU", "\r", "suggested fix", "f\r", "19 DE maps to", "j\r", "Odoo id"),
        "a fix that maps shows what Odoo has");
    session_keys(&s, "\t41\t\t\r");
    ok_if(session_asked(&s, "problems.fix", 1), "then its effect, then it is done");
    fake_asked(&s.fake, "problems.fix", &p);
    ok_if(json_text_or(p, "params.value", "")[0] != '\0' && fake_asked(&s.fake, "mappings.set", NULL) == 0,
        "with what was chosen, by the fix alone");
    session_end(&s);
}

static void holding_wants_a_reason_and_releasing_none(void)
{
    struct session s;
    const json_t *p = NULL;

    start(&s);
    STEPS(&s, "2", "jobs orders", "H", "nothing new starts");
    session_keys(&s, "carrier\t\t\r");
    ok_if(session_asked(&s, "lanes.hold", 1), "a queue is held");
    fake_asked(&s.fake, "lanes.hold", &p);
    ok_if(strcmp(json_text_or(p, "lane", ""), "orders") == 0 &&
        strcmp(json_text_or(p, "reason", ""), "carrier") == 0, "with lane and reason");
    session_sees(&s, "u undoes");
    session_keys(&s, "jjjjj");
    session_sees(&s, "held by ben");
    session_keys(&s, "H");
    ok_if(session_asked(&s, "lanes.release", 1), "and released at once");
    session_end(&s);
}

static void mappings_are_set_from_guess_or_list(void)
{
    struct session s;
    const json_t *p = NULL;

    start(&s);
    STEPS(&s, "6", "Klarna", "\t", "accept guess", "a", "u undoes");
    fake_asked(&s.fake, "mappings.set", &p);
    ok_if(p != NULL && strcmp(json_text_or(p, "value", ""), "12") == 0 &&
        strcmp(json_text_or(p, "key", ""), "klarna") == 0, "a takes the guess");
    STEPS(&s, "\r", "KLA Klarna", "/kla\r", "filter kla", "\r", "9 jobs");
    ok_if(session_asked(&s, "mappings.set", 2), "enter chooses from Odoo's list");
    fake_asked(&s.fake, "mappings.set", &p);
    ok_if(strcmp(json_text_or(p, "value", ""), "16") == 0, "the one that was taken");
    session_end(&s);
}

static void a_secret_is_never_shown(void)
{
    struct session s;
    const json_t *p = NULL;

    start(&s);
    STEPS(&s, "7", "order reference", "X", "never logged");
    session_keys(&s, "\tshpss_top-secret\t\t\r");
    ok_if(session_asked(&s, "secrets.set", 1), "a secret goes to the core");
    fake_asked(&s.fake, "secrets.set", &p);
    ok_if(strcmp(json_text_or(p, "value", ""), "shpss_top-secret") == 0 &&
        strcmp(json_text_or(p, "name", ""), "shopify_client_id") == 0, "under its name");
    session_quiet(&s, 200);
    ok_if(!wrote(&s, "top-secret") && !wrote(&s, "shpss"), "and never to the screen");
    session_end(&s);
}

static void a_policy_is_changed(void)
{
    struct session s;
    const json_t *p = NULL;

    start(&s);
    STEPS(&s, "7", "order reference", "\r", "default");
    session_keys(&s, "\025B-{number}\tnew brand\t\t\r");
    ok_if(session_asked(&s, "backends.edit", 1), "a policy is saved");
    fake_asked(&s.fake, "backends.edit", &p);
    ok_if(strcmp(json_text_or(p, "values.order_prefix", ""), "B-{number}") == 0 &&
        strcmp(json_text_or(p, "reason", ""), "new brand") == 0, "with its value and the reason");
    session_end(&s);
}

/* The methods that were asked, in order, of those that change something. */
static void changes(const struct session *s, char *buf, size_t size)
{
    static const char *const which[] = { "backends.add", "backends.edit", "secrets.set",
        "backends.check", "subscriptions.ensure" };
    size_t i, len = 0;
    json_t *one;

    buf[0] = '\0';
    json_array_foreach(s->fake.asked, i, one)
        for (size_t w = 0; w < sizeof which / sizeof which[0]; w++)
            if (strcmp(which[w], json_text_or(one, "method", "")) == 0 && len < size)
                len += (size_t)snprintf(buf + len, size - len, "%s ", which[w]);
}

static void the_first_run_goes_step_by_step(void)
{
    struct session s;
    struct session_options o = usual;
    char asked[400];

    session_start(&s, &o);
    json_object_set_new(fake_shot(&s.fake, "hello"), "setup_needed", json_true());
    json_object_set_new(fake_shot(&s.fake, "backends.list"), "rows", json_array());
    json_object_set_new(fake_shot(&s.fake, "overview"), "backends", json_array());
    ok_if(session_sees(&s, "why this is asked"), "a first run opens the set-up");
    ok_if(session_sees(&s, "Which of the lines"), "and asks first what the terminal shows");
    session_keys(&s, "\033[C"); /* braille, then block */
    ok_if(session_sees(&s, "▸ block") && session_misses(&s, "▸ braille"), "the choice is seen at once");
    session_keys(&s, "\t\t\r");
    session_sees(&s, "2 Shopify");
    session_keys(&s, "\t\t\t\t\t\t\r");
    ok_if(session_sees(&s, "Name here is needed"), "what is needed is asked for");
    session_keys(&s, "\tacme\racme.myshopify.com\rid-1\rshpss_hidden\r\r\t\r");
    session_sees(&s, "3 Odoo");
    session_keys(&s, "https://odoo.example\rprod\rbot\rkey-hidden\r\t\r");
    ok_if(session_sees(&s, "7 of 8"), "both sides are tried, in words");
    changes(&s, asked, sizeof asked);
    ok_if(strcmp(asked, "backends.add secrets.set secrets.set secrets.set backends.check ") == 0,
        "the pair first, then its secrets, then the check: %s", asked);
    session_keys(&s, "\r");
    session_sees(&s, "Berlin");
    session_keys(&s, "\t\025S-{number}\r\t\r");
    session_sees(&s, "6 Webhooks");
    session_keys(&s, "https://hooks.example\r\r\r");
    ok_if(session_sees(&s, "8 of 9 subscriptions"), "subscriptions are made and counted");
    session_keys(&s, "\r\r\t\t\r");
    ok_if(session_sees(&s, "Orders flow from now on"), "and then it is done");
    ok_if(!wrote(&s, "hidden\r") && !wrote(&s, "shpss_hidden") && !wrote(&s, "key-hidden"),
        "no secret was on the screen");
    session_end(&s);
}

static void undo_takes_back_the_last_change(void)
{
    struct session s;
    const json_t *p = NULL;

    start(&s);
    ok_if(STEPS(&s, "u", "undo: lanes.hold fulfilments"), "u names what it would undo");
    session_keys(&s, "y");
    ok_if(session_asked(&s, "audit.undo", 1), "y undoes it");
    fake_asked(&s.fake, "audit.undo", &p);
    ok_if(json_int_or(p, "id", 0) == 88412, "that entry");
    session_end(&s);
}

static void a_viewer_looks(void)
{
    struct session s;

    session_start(&s, &usual);
    json_object_set_new(fake_shot(&s.fake, "hello"), "role", json_string("viewer"));
    session_sees(&s, "LIVE");
    STEPS(&s, "2", "jobs orders", "\r", "marked of 100", "r", "y/N");
    session_keys(&s, "y");
    ok_if(session_sees(&s, "your role may look"), "a viewer is told that he may look");
    ok_if(fake_asked(&s.fake, "jobs.requeue", NULL) == 0, "and nothing is sent");
    session_end(&s);
}

static void a_pause_keeps_the_picture(void)
{
    struct session s;

    start(&s);
    STEPS(&s, "p", "PAUSED");
    json_object_set_new(fake_shot(&s.fake, "overview"), "backlog", json_integer(7777777));
    for (int i = 0; i < 3; i++) {
        session_push(&s);
        session_quiet(&s, 30);
    }
    session_keys(&s, "\014");
    session_quiet(&s, 200);
    session_keys(&s, "j"); /* still drawn, with the old numbers */
    session_quiet(&s, 200);
    ok_if(session_sees(&s, "backlog 2,166"), "paused: the numbers stay");
    session_keys(&s, "p");
    ok_if(session_sees(&s, "3 pictures were missed"), "going on says what was missed");
    ok_if(session_sees(&s, "7,777,777"), "and shows the newest");
    session_end(&s);
}

static void a_lost_core_is_told_and_comes_back(void)
{
    struct session s;

    start(&s);
    fake_close(&s.fake);
    ok_if(session_sees(&s, "Core not reachable"), "a lost core is told");
    ok_if(session_sees(&s, "OFFLINE"), "in the status line too");
    ok_if(session_sees(&s, "customers"), "the last picture stays");
    session_keys(&s, "a");
    ok_if(session_sees(&s, "actions are off"), "and an action says why it is off");
    fake_listen(&s.fake);
    session_keys(&s, "r");
    ok_if(session_sees(&s, "the core is back"), "r tries at once");
    ok_if(session_sees(&s, "LIVE"), "and it is live again");
    session_end(&s);
}

static void a_silent_core_is_busy(void)
{
    struct session s;

    start(&s);
    s.fake.silent = true;
    session_keys(&s, "3");
    session_quiet(&s, 2100);
    session_keys(&s, "j");
    ok_if(session_sees(&s, "core busy for"), "a core without answers is busy, not down");
    session_end(&s);
}

static void the_command_line_speaks_the_same_words(void)
{
    struct session s;
    char path[128];
    const json_t *p = NULL;
    struct str line;
    FILE *in;
    char read[400] = "";

    str_init(&line, 1000);
    start(&s);
    STEPS(&s, ":", "tab completes");
    session_keys(&s, "jobs cancel 5,6 --reason test\r");
    ok_if(session_sees(&s, "jobs.cancel: never run?"), "a change asks first");
    session_keys(&s, "y");
    session_asked(&s, "jobs.cancel", 1);
    fake_asked(&s.fake, "jobs.cancel", &p);
    ok_if(json_int_or(p, "selector.count", 0) == 2 &&
        strcmp(json_text_or(p, "reason", ""), "test") == 0, "and sends what was typed");
    ok_if(STEPS(&s, ":status\r", "uptime_s", "q", "peak guard"), "an answer opens as text");
    ok_if(STEPS(&s, ":secret set 1 odoo_key\r", "put in on the set-up screen"), "a secret is no word for the command line");
    snprintf(path, sizeof path, "%s/screen.txt", s.dir);
    str_addf(&line, ":dump-screen %s\r", path);
    STEPS(&s, line.data, "screen written");
    in = fopen(path, "re");
    ok_if(in != NULL && fgets(read, sizeof read, in) != NULL && strstr(read, "acme-eu") != NULL,
        "the screen is written into a file");
    if (in != NULL)
        fclose(in);
    unlink(path);
    STEPS(&s, ":nonsense\r", "no such command");
    ok_if(STEPS(&s, ":messages\r", "no such command: nonsense"), "what was said can be read again");
    session_end(&s);
    str_clear(&line);
}

static void copying_goes_through_the_terminal(void)
{
    struct session s;

    start(&s);
    STEPS(&s, "2", "jobs orders", "y", "value sent to the terminal");
    ok_if(wrote(&s, "\033]52;c;b3JkZXJz\a"), "y copies the cell by OSC 52");
    session_end(&s);
}

static void older_pages_come_as_they_are_needed(void)
{
    struct session s;
    const json_t *p = NULL;

    start(&s);
    ok_if(STEPS(&s, "2", "jobs orders", "\r", "marked of 100", "G", "of 160 read"),
        "the end of the list reads the next page");
    fake_asked(&s.fake, "jobs.list", &p);
    ok_if(strcmp(json_text_or(p, "after", ""), "j-100") == 0, "from where the first one ended");
    ok_if(STEPS(&s, "G", "80134"), "and its last row is the oldest");
    session_end(&s);
}

static void a_mouse_can_do_it_too(void)
{
    struct session_options o = usual;
    struct session s;

    o.args[0] = "--mouse";
    session_start(&s, &o);
    session_sees(&s, "LIVE");
    session_sees(&s, "customers");
    ok_if(wrote(&s, "\033[?1006h"), "the mouse is asked for");
    ok_if(STEPS(&s, "\033[<0;10;2M", "jobs orders"), "a click on a tab goes there");
    ok_if(STEPS(&s, "\033[<0;29;4M", "sort READY↓", "\033[<0;29;4M", "sort READY↑"),
        "a click on a head sorts, another the other way round");
    ok_if(STEPS(&s, "\033[<0;10;6M", "jobs housekeeping", "\033[<65;10;6M", "jobs products"),
        "a click chooses a row, the wheel moves");
    session_end(&s);
}

static void help_runs_what_is_found(void)
{
    struct session s;

    start(&s);
    ok_if(STEPS(&s, "?", "type to search", "audit", "go to the audit log", "\r", "carrier outage"), "enter in the help does what the line says");
    session_end(&s);
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    one_job_is_asked_for_with_a_line();
    many_jobs_need_their_number();
    a_set_that_grew_is_refused();
    muting_wants_a_reason_and_an_end();
    a_fix_shows_its_effect_and_asks_what_it_needs();
    a_mapping_that_is_missing_is_chosen_from_odoos_list();
    holding_wants_a_reason_and_releasing_none();
    mappings_are_set_from_guess_or_list();
    a_secret_is_never_shown();
    a_policy_is_changed();
    the_first_run_goes_step_by_step();
    undo_takes_back_the_last_change();
    a_viewer_looks();
    a_pause_keeps_the_picture();
    a_lost_core_is_told_and_comes_back();
    a_silent_core_is_busy();
    the_command_line_speaks_the_same_words();
    copying_goes_through_the_terminal();
    older_pages_come_as_they_are_needed();
    a_mouse_can_do_it_too();
    help_runs_what_is_found();
    return tap_done();
}
