/*
 * conflicts - choosing on the screen: what the core is asked because of a key, and what an operator
 * is told when a side moves or somebody else was quicker.
 */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/when.h"
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

static void start(struct session *s)
{
    session_start(s, &usual);
    session_sees(s, "LIVE");
}

#define SHOWN "1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f"

static void open_first(struct session *s)
{
    start(s);
    STEPS(s, "0", "Søren Kjær-Holm", "\r", "3 open · n");
}

static void a_side_for_each_field_is_one_answer(void)
{
    struct session s;

    open_first(&s);
    ok_if(STEPS(&s, "\r", "3 fields are still open"), "what is not chosen yet is not sent");
    ok_if(fake_asked(&s.fake, "conflicts.resolve", NULL) == 0, "and nothing is asked of the core");
    ok_if(STEPS(&s, "s", "2 open", "o", "1 open", "b", "all is chosen"), "each choice goes to the next");
    session_keys(&s, "\r");
    ok_if(session_asked_with(&s, "conflicts.resolve", "{\"answers\":{\"email\":\"odoo\",\"name\":\"shopify\","
        "\"note\":\"agreed\"},\"id\":31,\"version\":\"" SHOWN "\"}"), "fields, sides and the version");
    ok_if(session_sees(&s, "u takes it back within a minute") && session_sees(&s, "conflicts · open"),
        "and it goes on with the list");
    session_end(&s);
}

static void a_value_is_typed_by_hand(void)
{
    struct session s;

    open_first(&s);
    STEPS(&s, ">", "all is chosen", "j", "▸E-mail", "e", "E-mail:");
    session_keys(&s, "\025soren@new.example\r");
    ok_if(session_sees(&s, "by hand"), "the field says so");
    session_keys(&s, "\r");
    ok_if(session_asked_with(&s, "conflicts.resolve", "{\"answers\":{\"email\":{\"value\":\"soren@new.example\"},"
        "\"name\":\"odoo\",\"note\":\"odoo\"},\"id\":31,\"version\":\"" SHOWN "\"}"),
        "the others keep the side that was taken for all");
    session_end(&s);
}

static void a_side_that_moves_takes_the_choice_away(void)
{
    struct session s;
    json_t *shot;

    open_first(&s);
    STEPS(&s, "<", "all is chosen");
    shot = fake_shot(&s.fake, "conflicts.show");
    json_object_set_new(shot, "version", json_string("ff00"));
    json_object_set_new(shot, "why", json_string("E-mail moved in Odoo since"));
    session_looks_again(&s);
    ok_if(session_sees(&s, "a side moved: look at the values of now"), "it is told");
    ok_if(session_sees(&s, "asked anew: E-mail moved in Odoo since"), "and why");
    ok_if(session_sees(&s, "? choose"), "and what was chosen is open again");
    session_end(&s);
}

static void who_was_quicker_is_named(void)
{
    struct session s;

    open_first(&s);
    json_object_set_new(s.fake.shots, "conflicts.resolve", json_pack("{s:{s:i, s:s}}", "error", "code",
        -32000, "message", "kim has decided it 3 s ago: Odoo's Name"));
    STEPS(&s, "<", "all is chosen");
    ok_if(STEPS(&s, "\r", "kim has decided it 3 s ago"), "the second operator reads who decided");
    json_object_set(s.fake.shots, "conflicts.show", fake_shot(&s.fake, "conflicts.show decided"));
    session_looks_again(&s);
    ok_if(session_sees(&s, "kim took Odoo's Name"), "and what");
    ok_if(STEPS(&s, "s", "it is decided"), "and can choose no more");
    session_keys(&s, "U");
    ok_if(session_asked_with(&s, "conflicts.undo", "{\"id\":31}"), "but take it back within a minute");
    session_end(&s);
}

static void later_is_a_moment(void)
{
    struct session s;
    const json_t *p = NULL;

    start(&s);
    STEPS(&s, "0", "Søren Kjær-Holm", "l", "decide it later");
    session_keys(&s, "\0252h\tasks the customer\t\t\r");
    session_asked(&s, "conflicts.skip", 1);
    fake_asked(&s.fake, "conflicts.skip", &p);
    ok_if(json_int_or(p, "id", 0) == 31 &&
              json_int_or(p, "until", 0) == 1795440727000000 + 2 * WHEN_HOUR &&
              strcmp(json_text_or(p, "reason", ""), "asks the customer") == 0,
        "until when, and why");
    session_end(&s);
}

static void a_rule_is_made_after_its_effect_was_seen(void)
{
    struct session s;

    open_first(&s);
    STEPS(&s, "j", "▸E-mail", "A", "who wins");
    ok_if(STEPS(&s, "n", "would decide 14 open conflicts"), "what it would decide is shown");
    ok_if(fake_asked(&s.fake, "conflicts.rule", NULL) == 0, "before it is made");
    session_keys(&s, "\t\t\r");
    ok_if(session_asked_with(&s, "conflicts.rule", "{\"backend\":1,\"count\":14,\"field\":\"email\",\"kind\":"
        "\"customer\",\"rule\":\"newest\"}"), "for the field it was asked from, and what was seen");
    session_end(&s);
}

static void states_and_kinds_are_walked_through(void)
{
    struct session s;

    start(&s);
    STEPS(&s, "0", "Søren Kjær-Holm");
    session_keys(&s, "b");
    ok_if(session_sees(&s, "conflicts · put off") &&
              session_asked_with(&s, "conflicts.list", "{\"limit\":200,\"state\":\"skipped\"}"),
        "b shows the next state");
    session_keys(&s, "bbbb");
    session_sees(&s, "conflicts · open");
    session_keys(&s, "T");
    ok_if(session_sees(&s, "conflicts · customer · open") &&
              session_asked_with(&s, "conflicts.list", "{\"kind\":\"customer\",\"limit\":200,\"state\":\"open\"}"),
        "T shows one kind");
    json_object_set_new(fake_shot(&s.fake, "conflicts.list"), "rows", json_array());
    session_keys(&s, "TT");
    ok_if(session_sees(&s, "Nothing waits for a choice"), "and nothing is said to be nothing");
    session_end(&s);
}

static void the_tenth_tab_is_there_when_something_waits(void)
{
    struct session s;

    session_start(&s, &usual);
    json_object_set_new(fake_shot(&s.fake, "overview"), "conflicts", json_pack("{s:i}", "open", 4));
    session_push(&s);
    ok_if(session_sees(&s, "0 Asks·4"), "with how many");
    session_end(&s);
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    a_side_for_each_field_is_one_answer();
    a_value_is_typed_by_hand();
    a_side_that_moves_takes_the_choice_away();
    who_was_quicker_is_named();
    later_is_a_moment();
    a_rule_is_made_after_its_effect_was_seen();
    states_and_kinds_are_walked_through();
    the_tenth_tab_is_there_when_something_waits();
    return tap_done();
}
