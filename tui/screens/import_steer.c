/* What people do with an import: plan, apply, pause, stop, leave out, go on, answer. */
#include <stdio.h>
#include <string.h>

#include "tui/screens/common.h"
#include "tui/screens/import.h"

static json_t *run_params(const json_t *run)
{
    return json_pack("{s:I}", "run", json_int_or(run, "id", 0));
}

/* The shop's name as this console knows it: what must be typed before much is written. */
static const char *shop_of(const struct screen *s, const json_t *run)
{
    const json_t *rows = json_at(screen_overview(s), "backends");
    size_t i;
    json_t *row;

    json_array_foreach(rows, i, row)
        if (json_int_or(row, "id", 0) == json_int_or(run, "backend", -1))
            return json_text_or(row, "name", "yes");
    return "yes";
}

static void type_the_shop(const struct screen *s, struct dialog *d, const json_t *run)
{
    char label[DIALOG_TEXT_MAX];

    snprintf(label, sizeof label, "Type %.60s to go on", shop_of(s, run));
    dialog_word(d, shop_of(s, run), label);
}

static void plan_facts(struct dialog *d, const json_t *run)
{
    for (size_t i = 0; imports_steps[i] != NULL; i++) {
        const json_t *step = imports_step(run, imports_steps[i]);
        char made[FMT_MAX], changes[FMT_MAX], same[FMT_MAX], refused[FMT_MAX];

        if (json_int_or(step, "read", 0) == 0 ||
            strcmp(json_text_or(step, "state", ""), "skipped") == 0)
            continue;
        dialog_fact(d, imports_steps[i], "%s new · %s change · %s same · %s refused",
            fmt_count(json_int_or(step, "verdicts.new", 0), made),
            fmt_count(json_int_or(step, "verdicts.changes", 0), changes),
            fmt_count(json_int_or(step, "verdicts.same", 0), same),
            fmt_count(json_int_or(step, "verdicts.refused", 0), refused));
    }
}

static void apply(struct screen *s, const json_t *run)
{
    char title[200], age[FMT_MAX];
    struct dialog *d;

    if (strcmp(json_text_or(run, "state", ""), "planned") != 0 || json_at(run, "steps") == NULL) {
        screen_toast(s, ROLE_TOAST_WARN, "this import is %s: only a plan that is ready is applied",
            json_text_or(run, "state", "not read yet"));
        return;
    }
    snprintf(title, sizeof title, "bring import %lld into Odoo",
        (long long)json_int_or(run, "id", 0));
    d = screen_confirm(s, 3, title, "Apply", "imports.apply", run_params(run),
        "it begins · P pauses");
    plan_facts(d, run);
    dialog_fact(d, "plan", "made %s ago; what a side changed since is asked for again",
        fmt_span(screen_now(s) - json_int_or(run, "planned", 0), age));
    dialog_fact(d, "undo", "U takes back later what it made: orders, products, contacts; not "
        "counted stock, nor what people changed since");
    form_add(&d->form, FIELD_TEXT, "carry_on", "Pass parked ones because", NULL)->hint =
        "empty: wait";
    type_the_shop(s, d, run);
}

static void pause_or_go_on(struct screen *s, const json_t *run)
{
    if (json_flag(run, "paused"))
        screen_do(s, "imports.resume", run_params(run), "it goes on · P pauses");
    else
        screen_do(s, "imports.pause", run_params(run), "paused · P goes on");
}

static void stop(struct screen *s, const json_t *run)
{
    char title[120];
    struct dialog *d;

    snprintf(title, sizeof title, "stop import %lld", (long long)json_int_or(run, "id", 0));
    d = screen_confirm(s, 2, title, "Stop", "imports.stop", run_params(run), "stopped");
    dialog_fact(d, "effect", "ends for good: a new plan finds what is in Odoo already as the same");
    dialog_fact(d, "jobs", "those that are queued go on");
    form_add(&d->form, FIELD_TEXT, "reason", "Reason", NULL)->needed = true;
}

static void hours(struct screen *s, const json_t *run)
{
    json_t *params = run_params(run);
    char title[120];
    struct dialog *d;

    snprintf(title, sizeof title, "hours of import %lld", (long long)json_int_or(run, "id", 0));
    json_object_set_new(params, "hours", json_string(""));
    d = screen_confirm(s, 2, title, "Set", "imports.hours", params, "hours are set");
    dialog_fact(d, "effect", "begins nothing outside of these hours, of the core's clock (%s)",
        json_text_or(screen_hello(s), "zone", "its zone"));
    form_add(&d->form, FIELD_TEXT, "hours", "Hours", json_text_or(run, "hours", ""))->hint =
        "22-6; empty: at any time";
}

#define PACE_LEAST 10
#define PACE_FREE  6000 /* a minute: faster than that is no limit */

void import_pace_by(struct screen *s, const json_t *run, double rate, bool faster)
{
    json_int_t now = json_int_or(run, "pace", 0), pace;
    json_t *params;
    char text[80];

    if (!imports_is_open(run)) {
        screen_toast(s, ROLE_TOAST_WARN, "no import goes on here");
        return;
    }
    if (faster && now == 0) {
        screen_toast(s, ROLE_TOAST_WARN, "it has no limit: - slows it down");
        return;
    }
    if (now == 0)
        now = rate > 0 ? (json_int_t)(rate * 60) : PACE_FREE;
    pace = faster ? now * 2 : now / 2;
    pace = pace >= PACE_FREE ? 0 : pace > PACE_LEAST ? pace : PACE_LEAST;
    params = run_params(run);
    json_object_set_new(params, "pace", json_integer(pace));
    if (pace == 0)
        snprintf(text, sizeof text, "as fast as it goes");
    else
        snprintf(text, sizeof text, "at most %lld a minute · + faster", (long long)pace);
    screen_do(s, "imports.pace", params, text);
}

static void undo(struct screen *s, const json_t *run)
{
    char title[120];
    struct dialog *d;

    snprintf(title, sizeof title, "take back import %lld", (long long)json_int_or(run, "id", 0));
    d = screen_confirm(s, 3, title, "Take back", "imports.undo", run_params(run), "it is taken back");
    dialog_fact(d, "effect", "what it made goes out of Odoo, orders first; what something refers to "
        "is archived");
    dialog_fact(d, "stays", "what a person changed since, what is invoiced or delivered, counted stock");
    dialog_fact(d, "undo", "not possible; a new import makes it anew");
    form_add(&d->form, FIELD_TEXT, "reason", "Reason", NULL)->needed = true;
    type_the_shop(s, d, run);
}

/* After something was mapped, or put right in Odoo. */
static void rehearse(struct screen *s, const json_t *run)
{
    if (strcmp(json_text_or(run, "state", ""), "planned") != 0)
        screen_toast(s, ROLE_TOAST_WARN, "only a plan that is ready is judged again");
    else
        screen_do(s, "imports.rehearse", run_params(run), "what was refused is judged again");
}

static void go_on(struct screen *s, const json_t *run)
{
    json_t *params = run_params(run);
    struct imports_sum sum;
    char title[120];
    long long parked;
    struct dialog *d;

    imports_sum(run, &sum);
    if (sum.step == NULL || strcmp(json_text_or(run, "state", ""), "applying") != 0) {
        json_decref(params);
        screen_toast(s, ROLE_TOAST_WARN, "no step waits for a person now");
        return;
    }
    json_object_set(params, "step", json_object_get(sum.step, "step"));
    parked = (long long)json_int_or(sum.step, "items.parked", 0);
    if (strcmp(json_text_or(sum.step, "step", ""), "verify") == 0) { /* nothing comes behind it */
        d = screen_confirm(s, 2, "end the verification", "End", "imports.go_on", params,
            "the import ends");
        dialog_fact(d, "effect", "the import ends though %lld differences are left", parked);
        dialog_fact(d, "later", "they stay listed: R repairs them after the end, too");
    } else {
        snprintf(title, sizeof title, "go on behind %s", json_text_or(sum.step, "step", "?"));
        d = screen_confirm(s, 2, title, "Go on", "imports.go_on", params, "the next step begins");
        dialog_fact(d, "effect", "the next step begins though %lld records of this one are parked",
            parked);
        dialog_fact(d, "risk", "what needs one of them parks too, until it is solved");
    }
    form_add(&d->form, FIELD_TEXT, "reason", "Reason, kept with it", NULL)->needed = true;
}

static void plan(struct screen *s)
{
    json_auto_t *args = json_pack("{s:I}", "backend", screen_backend(s));

    screen_open(s, &screen_import_plan, args);
}

bool import_command(struct screen *s, enum command command, const json_t *run)
{
    if (command == CMD_PLAN) {
        plan(s);
        return true;
    }
    if (command == CMD_UNDO_RUN) {
        if (run == NULL || strcmp(json_text_or(run, "state", ""), "undone") == 0)
            screen_toast(s, ROLE_TOAST_WARN, "there is nothing to take back");
        else
            undo(s, run);
        return true;
    }
    if (command != CMD_APPLY && command != CMD_PAUSE_RUN && command != CMD_STOP_RUN &&
        command != CMD_HOURS && command != CMD_GO_ON && command != CMD_REHEARSE)
        return false;
    if (!imports_is_open(run)) {
        screen_toast(s, ROLE_TOAST_WARN, run == NULL ? "there is no import yet: i plans one"
                                                     : "this import is over: i plans a new one");
        return true;
    }
    switch ((int)command) {
    case CMD_APPLY: apply(s, run); break;
    case CMD_PAUSE_RUN: pause_or_go_on(s, run); break;
    case CMD_STOP_RUN: stop(s, run); break;
    case CMD_HOURS: hours(s, run); break;
    case CMD_REHEARSE: rehearse(s, run); break;
    default: go_on(s, run); break;
    }
    return true;
}

void import_skip_step(struct screen *s, const json_t *run, const json_t *step)
{
    const char *name = json_text_or(step, "step", "?");
    json_t *params;
    char title[120];
    struct dialog *d;

    if (step == NULL)
        return;
    params = run_params(run);
    json_object_set_new(params, "step", json_string(name));
    if (strcmp(json_text_or(step, "state", ""), "skipped") == 0) {
        snprintf(title, sizeof title, "%.40s is taken in again", name);
        screen_do(s, "imports.unskip", params, title);
        return;
    }
    snprintf(title, sizeof title, "leave out %.40s", name);
    d = screen_confirm(s, 2, title, "Leave out", "imports.skip", params, "left out · K takes it in");
    dialog_fact(d, "effect", "none of its %lld records is brought in by this import",
        (long long)json_int_or(step, "read", 0));
    dialog_fact(d, "risk", "later steps may need them: orders their customers and products");
    form_add(&d->form, FIELD_TEXT, "reason", "Reason", NULL);
}

void import_answer(struct screen *s, json_int_t run, json_t *ids, bool accept)
{
    size_t n = json_array_size(ids);
    json_t *params;
    char title[80], count[24];
    struct dialog *d;

    if (n == 0)
        return;
    params = json_pack("{s:I, s:O, s:s}", "run", run, "ids", ids, "answer", accept ? "accept" : "skip");
    if (n == 1) {
        screen_do(s, "imports.answer", params, accept ? "comes in · x leaves it out"
                                                      : "left out · a takes it in");
        return;
    }
    snprintf(title, sizeof title, "%s %zu records", accept ? "bring in" : "leave out", n);
    snprintf(count, sizeof count, "%zu", n);
    d = screen_confirm(s, 2, title, accept ? "Accept" : "Skip", "imports.answer", params,
        accept ? "they come in" : "left out");
    dialog_fact(d, "what", "the %zu marked records, and no others", n);
    dialog_fact(d, "undo", accept ? "x leaves them out again until their turn comes"
                                  : "a takes them in again");
    form_add(&d->form, FIELD_TEXT, "reason", "Reason", NULL);
    dialog_word(d, count, "Type the number of records to go on");
}

void import_open_items(struct screen *s, json_int_t run, const char *step, const char *verdict,
    const char *state)
{
    json_auto_t *args = json_pack("{s:I, s:s, s:s, s:s}", "run", run, "step", step, "verdict",
        verdict != NULL ? verdict : "", "state", state != NULL ? state : "");

    screen_open(s, &screen_import_items, args);
}

void import_open_uses(struct screen *s, const json_t *run)
{
    json_auto_t *args = json_pack("{s:I, s:I}", "run", json_int_or(run, "id", 0), "backend",
        json_int_or(run, "backend", 0));

    screen_open(s, &screen_import_uses, args);
}

void import_open_item(struct screen *s, json_int_t run, const json_t *item)
{
    json_auto_t *args = json_pack("{s:I, s:I, s:s}", "run", run, "id", json_int_or(item, "id", 0),
        "step", json_text_or(item, "step", ""));

    screen_open(s, &screen_import_item, args);
}
