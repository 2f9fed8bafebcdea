#include "tui/imports.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "base/when.h"
#include "tui/fmt.h"

#define KNOWN_AFTER (30 * WHEN_SECOND) /* of work: before that a guess would only jump about */

const char *const imports_steps[] = { "customers", "products", "stock", "orders", "verify", NULL };

int imports_step_at(const char *name)
{
    for (int i = 0; imports_steps[i] != NULL; i++)
        if (strcmp(imports_steps[i], name) == 0)
            return i;
    return -1;
}

static const struct {
    const char *word, *sign;
    enum role role;
} words[] = {
    { "planning", "●", ROLE_INFO }, { "planned", "▲", ROLE_INFO },  { "applying", "●", ROLE_OK },
    { "done", "✓", ROLE_OK },       { "stopped", "○", ROLE_DIM },   { "undoing", "▲", ROLE_WARN },
    { "undone", "○", ROLE_DIM },    { "paused", "‖", ROLE_WARN },   { "waiting", "○", ROLE_DIM },
    { "reading", "●", ROLE_INFO },  { "judging", "●", ROLE_INFO },  { "skipped", "○", ROLE_DIM },
    { "queued", "●", ROLE_OK },     { "parked", "✗", ROLE_ERR },    { "moved", "▲", ROLE_WARN },
    { "kept", "▲", ROLE_WARN },     { "new", "+", ROLE_OK },        { "same", "=", ROLE_DIM },
    { "changes", "~", ROLE_INFO },  { "refused", "✗", ROLE_ERR },   { "unknown", "○", ROLE_DIM },
};

static int find(const char *word)
{
    for (int i = 0; i < (int)(sizeof words / sizeof words[0]); i++)
        if (strcmp(words[i].word, word) == 0)
            return i;
    return -1;
}

enum role imports_role(const char *word)
{
    int i = find(word);

    return i < 0 ? ROLE_TEXT : words[i].role;
}

const char *imports_sign(const char *word)
{
    int i = find(word);

    return i < 0 ? "○" : words[i].sign;
}

static bool is(const json_t *row, const char *state)
{
    return strcmp(json_text_or(row, "state", ""), state) == 0;
}

const char *imports_state(const json_t *run)
{
    return json_flag(run, "paused") && imports_is_open(run) ? "paused"
                                                             : json_text_or(run, "state", "?");
}

bool imports_is_open(const json_t *run)
{
    return run != NULL && json_int_or(run, "ended", 0) == 0;
}

const json_t *imports_step(const json_t *run, const char *name)
{
    const json_t *steps = json_at(run, "steps");
    size_t i;
    json_t *step;

    json_array_foreach(steps, i, step)
        if (strcmp(json_text_or(step, "step", ""), name) == 0)
            return step;
    return NULL;
}

/* ---- numbers ---- */

static bool in_hand(const json_t *run, const json_t *step)
{
    if (is(run, "planning"))
        return is(step, "reading") || is(step, "judging");
    return is(step, "applying");
}

/* How many records a step has, and with how many of them this phase is through. */
static void count_step(const json_t *run, const json_t *step, struct imports_sum *sum)
{
    int64_t read = json_int_or(step, "read", 0), told = json_int_or(step, "shopify", 0);
    bool planning = is(run, "planning");
    int64_t total = planning && told > read ? told : read;
    int64_t left = json_int_or(step, "left", read);

    if (is(step, "skipped"))
        return;
    if (is(run, "undoing") || is(run, "undone")) { /* what is taken back has no count of its own */
        int64_t made = json_int_or(step, "verdicts.new", 0);

        sum->total += made;
        sum->ended += is(run, "undone") || left > made ? made : left;
        return;
    }
    sum->total += total;
    sum->ended += planning || is(run, "planned") ? json_int_or(step, "judged", 0) : read - left;
}

void imports_sum(const json_t *run, struct imports_sum *sum)
{
    const json_t *steps = json_at(run, "steps");
    size_t i;
    json_t *step;

    *sum = (struct imports_sum){ .left_s = -1 };
    json_array_foreach(steps, i, step) {
        count_step(run, step, sum);
        sum->done += json_int_or(step, "items.done", 0);
        sum->parked += json_int_or(step, "items.parked", 0);
        sum->moved += json_int_or(step, "items.moved", 0);
        sum->skipped += json_int_or(step, "items.skipped", 0);
        sum->queued += json_int_or(step, "items.queued", 0);
        sum->made += json_int_or(step, "verdicts.new", 0);
        sum->same += json_int_or(step, "verdicts.same", 0);
        sum->changes += json_int_or(step, "verdicts.changes", 0);
        sum->refused += json_int_or(step, "verdicts.refused", 0);
        if (sum->step == NULL && in_hand(run, step))
            sum->step = step;
    }
    if (sum->step == NULL || is(run, "planning"))
        return;
    sum->rate = json_real_or(sum->step, "rate", 0);
    if (json_int_or(sum->step, "worked_us", 0) >= KNOWN_AFTER)
        sum->left_s = json_int_or(sum->step, "eta_s", -1);
}

int imports_percent(const struct imports_sum *sum)
{
    if (sum->total <= 0)
        return 0;
    if (sum->ended >= sum->total)
        return 100;
    return (int)(sum->ended * 100 / sum->total);
}

void imports_pace(struct imports_pace *pace, int64_t ticks, struct imports_sum *sum)
{
    int oldest;
    int64_t span;

    pace->at[pace->next] = ticks;
    pace->ended[pace->next] = sum->ended;
    pace->next = (pace->next + 1) % IMPORTS_SAMPLES;
    pace->count += pace->count < IMPORTS_SAMPLES;
    oldest = pace->count < IMPORTS_SAMPLES ? 0 : pace->next;
    span = ticks - pace->at[oldest];
    if (sum->step == NULL || sum->rate > 0 || span < 2 * WHEN_SECOND ||
        sum->ended <= pace->ended[oldest])
        return;
    sum->rate = (double)(sum->ended - pace->ended[oldest]) * WHEN_SECOND / (double)span;
    if (span >= KNOWN_AFTER)
        sum->left_s = (int64_t)((double)(sum->total - sum->ended) / sum->rate);
}

/* ---- words ---- */

static void add_count(char *buf, size_t size, const char *word, int64_t n)
{
    size_t len = strlen(buf);
    char count[FMT_MAX];

    if (n > 0 && len < size)
        snprintf(buf + len, size - len, "%s%s %s", len > 0 ? " · " : "", word, fmt_count(n, count));
}

char *imports_counts(const struct imports_sum *sum, char *buf, size_t size)
{
    buf[0] = '\0';
    add_count(buf, size, "done", sum->done);
    if (sum->done + sum->queued + sum->parked == 0) { /* nothing was brought in yet: the plan */
        add_count(buf, size, "new", sum->made);
        add_count(buf, size, "changes", sum->changes);
    }
    add_count(buf, size, "same", sum->same);
    add_count(buf, size, "parked", sum->parked);
    add_count(buf, size, "moved", sum->moved);
    add_count(buf, size, "refused", sum->refused);
    add_count(buf, size, "skipped", sum->skipped);
    return buf;
}

char *imports_speed(const struct imports_sum *sum, char *buf, size_t size)
{
    char left[FMT_MAX];
    size_t len;

    buf[0] = '\0';
    if (sum->rate <= 0)
        return buf;
    len = (size_t)snprintf(buf, size, sum->rate < 10 ? "%.1f/s" : "%.0f/s", sum->rate);
    if (sum->left_s >= 0 && len < size)
        snprintf(buf + len, size - len, " · about %s left", fmt_span(sum->left_s * WHEN_SECOND, left));
    return buf;
}

static const char *title_of(const json_t *step)
{
    return json_text_or(step, "step", "the next step");
}

/* A step whose last records wait for a person holds up the next one. */
static bool waits(const json_t *run, const struct imports_sum *sum)
{
    return sum->step != NULL && is(run, "applying") && json_int_or(sum->step, "left", 1) <= 0 &&
        json_int_or(sum->step, "items.queued", 0) == 0 &&
        json_text_or(sum->step, "forced", "")[0] == '\0' &&
        json_text_or(run, "carry_on", "")[0] == '\0' &&
        json_int_or(sum->step, "items.parked", 0) + json_int_or(sum->step, "items.moved", 0) > 0;
}

static void applying(const json_t *run, char *buf, enum role *role)
{
    struct imports_sum sum;
    long long parked, moved;

    imports_sum(run, &sum);
    if (!waits(run, &sum)) {
        snprintf(buf, IMPORTS_WORDS_MAX, sum.step != NULL ? "brings %s into Odoo" : "begins with %s",
            title_of(sum.step));
        return;
    }
    *role = ROLE_WARN;
    parked = json_int_or(sum.step, "items.parked", 0);
    moved = json_int_or(sum.step, "items.moved", 0);
    if (strcmp(json_text_or(sum.step, "step", ""), "verify") == 0)
        snprintf(buf, IMPORTS_WORDS_MAX,
            "waits: %lld %s; look and repair (R), or end with them (c)", parked,
            parked == 1 ? "difference is left" : "differences are left");
    else if (moved > 0)
        snprintf(buf, IMPORTS_WORDS_MAX,
            "waits: %lld %s moved since the plan; accept or skip them, or go on without", moved,
            title_of(sum.step));
    else
        snprintf(buf, IMPORTS_WORDS_MAX,
            "waits: %lld %s are parked; solve them, or go on without", parked,
            title_of(sum.step));
}

static void planning(const json_t *run, char *buf)
{
    struct imports_sum sum;

    imports_sum(run, &sum);
    if (sum.step == NULL)
        snprintf(buf, IMPORTS_WORDS_MAX, "begins to read; nothing is written to Odoo");
    else
        snprintf(buf, IMPORTS_WORDS_MAX, "%s %s; nothing is written to Odoo",
            is(sum.step, "reading") ? "reads" : "rehearses", title_of(sum.step));
}

static void paused(const json_t *run, char *buf, enum role *role)
{
    const char *why = json_text_or(run, "why", ""), *error = json_text_or(run, "error", "");

    *role = error[0] != '\0' ? ROLE_ERR : ROLE_WARN;
    if (error[0] != '\0')
        snprintf(buf, IMPORTS_WORDS_MAX, "paused by itself: %.300s", why[0] != '\0' ? why : error);
    else
        snprintf(buf, IMPORTS_WORDS_MAX, "paused by %.60s%s%.240s", json_text_or(run, "by", "?"),
            why[0] != '\0' ? ": " : "", why);
}

char *imports_words(const json_t *run, char *buf, enum role *role)
{
    const char *state = imports_state(run), *why = json_text_or(run, "why", "");
    struct imports_sum sum;

    *role = imports_role(state);
    imports_sum(run, &sum);
    if (strcmp(state, "paused") == 0)
        paused(run, buf, role);
    else if (strcmp(state, "planning") == 0)
        planning(run, buf);
    else if (strcmp(state, "applying") == 0)
        applying(run, buf, role);
    else if (strcmp(state, "planned") == 0)
        snprintf(buf, IMPORTS_WORDS_MAX, "the plan is ready and waits for a person to apply it");
    else if (strcmp(state, "done") == 0)
        snprintf(buf, IMPORTS_WORDS_MAX, sum.parked > 0 ? "done, but for %lld that are parked"
                                                        : "done: every record has its end",
            (long long)sum.parked);
    else if (strcmp(state, "stopped") == 0)
        snprintf(buf, IMPORTS_WORDS_MAX, "stopped by %.60s%s%.240s", json_text_or(run, "by", "?"),
            why[0] != '\0' ? ": " : "", why);
    else if (strcmp(state, "undoing") == 0)
        snprintf(buf, IMPORTS_WORDS_MAX, "takes back what it made in Odoo");
    else if (strcmp(state, "undone") == 0)
        snprintf(buf, IMPORTS_WORDS_MAX, "undone: what could be taken back is");
    else
        snprintf(buf, IMPORTS_WORDS_MAX, "%.60s", state);
    return buf;
}

/* "S, M, L": texts of a list one after the other; anything deeper as it is. */
static void list_value(const json_t *list, char *buf, size_t size)
{
    size_t i, len = 0;
    json_t *one;

    buf[0] = '\0';
    json_array_foreach(list, i, one) {
        char text[400];

        if (len >= size)
            return;
        imports_value(one, text, sizeof text);
        len += (size_t)snprintf(buf + len, size - len, "%s%s", i > 0 ? ", " : "", text);
    }
}

char *imports_value(const json_t *value, char *buf, size_t size)
{
    char *text;

    if (json_is_string(value)) {
        str_copy(buf, size, json_string_value(value));
    } else if (json_is_integer(value)) {
        snprintf(buf, size, "%lld", (long long)json_integer_value(value));
    } else if (json_is_real(value)) {
        snprintf(buf, size, "%.10g", json_real_value(value));
    } else if (json_is_boolean(value)) {
        snprintf(buf, size, "%s", json_is_true(value) ? "yes" : "no");
    } else if (json_is_array(value) && !json_is_object(json_array_get(value, 0)) &&
        !json_is_array(json_array_get(value, 0))) {
        list_value(value, buf, size);
    } else if (value == NULL || json_is_null(value)) {
        buf[0] = '\0';
    } else {
        text = json_dumps(value, JSON_COMPACT);
        str_copy(buf, size, text == NULL ? "?" : text);
        free(text);
    }
    return buf;
}
