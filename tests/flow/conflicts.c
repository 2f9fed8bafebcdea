/*
 * conflicts - a field of a customer moves on both sides: the job asks, a person chooses, both sides
 * hold what was chosen. A side that moves before that is asked about anew; of two operators one
 * decides; a choice is taken back; a rule decides what is open. A real core between the practice
 * shop and the practice Odoo; with SIGNALBOX_TEST_REAL the one that SIGNALBOX_ODOO_URL, _DB, _LOGIN
 * and _KEY_FILE name.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/str.h"
#include "base/when.h"
#include "tui/stage.h"

#define CUSTOMERS 8
#define WAIT_US   (INT64_C(60) * 1000 * 1000)

static int tests, failures;

static bool check(bool good, const char *what, const struct err *err)
{
    printf("%s %d - %s\n", good ? "ok" : "not ok", ++tests, what);
    if (!good)
        printf("# %s\n", err->text);
    failures += !good;
    fflush(stdout);
    return good;
}

static bool fails(struct err *err, const json_t *what, const char *words)
{
    AUTO_FREE char *text = json_write(what);

    return err_set(err, ERR_BUG, "%s: %.400s", words, text != NULL ? text : "");
}

static bool tell(struct stage *stage, const char *method, json_t *params, struct err *err)
{
    json_t *answer = stage_ask(stage, method, params, err);

    json_decref(answer);
    return answer != NULL || err_within(err, "%s", method);
}

/* ---- the two sides ---- */

/* One customer with its contact: a story each. */
struct person {
    struct stage *stage;
    int index;
    int64_t contact;
    char record[64];
};

static json_t *in_shop(const struct person *p, struct err *err)
{
    return stage_sandbox(p->stage, json_pack("{s:s,s:i}", "do", "customer", "index", p->index), err);
}

static json_t *odoo(struct stage *stage, const char *method, json_t *args, json_t *kwargs,
                    struct err *err)
{
    return stage_sandbox(stage,
                         json_pack("{s:s,s:s,s:s,s:o,s:o*}", "do", "odoo", "model", "res.partner",
                                   "method", method, "args", args, "kwargs", kwargs),
                         err);
}

static bool change_shop(const struct person *p, const char *name, const char *value,
                        struct err *err)
{
    json_t *answer = stage_sandbox(p->stage, json_pack("{s:s,s:i,s:{s:s}}", "do", "customer_update",
                                                       "index", p->index, "values", name, value),
                                   err);

    json_decref(answer);
    return answer != NULL;
}

static bool change_odoo(const struct person *p, const char *name, const char *value,
                        struct err *err)
{
    json_t *answer = odoo(p->stage, "write",
                          json_pack("[[I],{s:s}]", (json_int_t)p->contact, name, value), NULL, err);

    json_decref(answer);
    return answer != NULL;
}

/* Both sides hold these: the shop by its words, Odoo by its field. */
static bool hold_now(const struct person *p, const char *name, const char *field, const char *shop,
                 const char *in_odoo, struct err *err)
{
    json_auto_t *s = in_shop(p, err);
    json_auto_t *rows = odoo(p->stage, "read", json_pack("[[I],[s]]", (json_int_t)p->contact, field),
                             NULL, err);
    const char *have = json_text_or(s, name, "(none)");
    const char *there = json_text_or(json_array_get(json_object_get(rows, "result"), 0), field,
                                     "(none)");

    if (s == NULL || rows == NULL)
        return false;
    return (strcmp(have, shop) == 0 && strcmp(there, in_odoo) == 0) ||
           err_set(err, ERR_BUG, "%s: \"%s\" in the shop, \"%s\" in Odoo", name, have, there);
}

/* The same, when all deliveries have arrived. */
static bool hold(const struct person *p, const char *name, const char *field, const char *shop,
                 const char *in_odoo, struct err *err)
{
    int64_t until = when_ticks() + WAIT_US;

    for (;;) {
        struct err why = { 0 };

        if (hold_now(p, name, field, shop, in_odoo, &why))
            return true;
        if (when_ticks() > until)
            return (*err = why, false);
        usleep(20 * 1000);
    }
}

/* ---- what the core says ---- */

static json_t *job_of(const struct person *p, struct err *err)
{
    json_auto_t *jobs = stage_ask(p->stage, "jobs.list",
                                  json_pack("{s:s,s:i}", "record", p->record, "limit", 20), err);
    const json_t *row, *found = NULL;
    size_t i;

    json_array_foreach(json_object_get(jobs, "rows"), i, row) {
        const char *state = json_text_or(row, "state", "");

        if (found == NULL || (strcmp(state, "finished") != 0 && strcmp(state, "asking") != 0))
            found = row;
    }
    return found != NULL ? json_deep_copy(found) : json_null();
}

/* Waits until the record's jobs rest in that state. */
static bool rests(const struct person *p, const char *state, struct err *err)
{
    int64_t until = when_ticks() + WAIT_US;

    for (;;) {
        json_auto_t *job = job_of(p, err);

        if (strcmp(json_text_or(job, "state", ""), state) == 0)
            return true;
        if (when_ticks() > until)
            return fails(err, job, state);
        usleep(20 * 1000);
    }
}

/* The newest conflict of the record, whole; JSON null: none. */
static json_t *conflict_of(const struct person *p, const char *state, struct err *err)
{
    json_auto_t *list = stage_ask(p->stage, "conflicts.list", json_pack("{s:s}", "state", state), err);
    const json_t *row;
    int64_t id = 0;
    size_t i;

    json_array_foreach(json_object_get(list, "rows"), i, row)
        if (strcmp(json_text_or(row, "record", ""), p->record) == 0)
            id = json_int_or(row, "id", 0);
    if (id == 0)
        return json_null();
    return stage_ask(p->stage, "conflicts.show", json_pack("{s:I}", "id", (json_int_t)id), err);
}

static json_t *waits_for(const struct person *p, const char *state, struct err *err)
{
    int64_t until = when_ticks() + WAIT_US;

    for (;;) {
        json_t *c = conflict_of(p, state, err);

        if (json_is_object(c))
            return c;
        json_decref(c);
        if (when_ticks() > until) {
            err_set(err, ERR_BUG, "no conflict of %s is %s", p->record, state);
            return NULL;
        }
        usleep(20 * 1000);
    }
}

static json_t *choose(const struct person *p, const json_t *c, json_t *answers, struct err *err)
{
    return stage_ask(p->stage, "conflicts.resolve",
                     json_pack("{s:I,s:s,s:o}", "id", (json_int_t)json_int_or(c, "id", 0), "version",
                               json_text_or(c, "version", ""), "answers", answers),
                     err);
}

static bool chooses(const struct person *p, const json_t *c, const char *field, const char *side,
                    struct err *err)
{
    json_t *answer = choose(p, c, json_pack("{s:s}", field, side), err);

    json_decref(answer);
    return answer != NULL;
}

/* ---- stories ---- */

static bool meet(struct stage *stage, int index, struct person *p, struct err *err)
{
    json_auto_t *who = NULL, *found = NULL, *none = NULL;

    *p = (struct person){ .stage = stage, .index = index };
    who = in_shop(p, err);
    snprintf(p->record, sizeof p->record, "customer:%lld", (long long)json_int_or(who, "id", 0));
    if (!change_shop(p, "note", "known", err) || !rests(p, "finished", err))
        return false;
    found = odoo(stage, "search_read",
                 json_pack("[[[s,s,s]],[s]]", "email", "=ilike", json_text_or(who, "email", "?"), "id"),
                 NULL, err);
    p->contact = json_int_or(found, "result.0.id", 0);
    none = conflict_of(p, "open", err);
    return (p->contact != 0 && json_is_null(none)) || fails(err, found, "the contact");
}

/* Both change it; the question that comes of it. */
static json_t *clash(const struct person *p, const char *name, const char *field, const char *shop,
                     const char *in_odoo, struct err *err)
{
    return change_odoo(p, field, in_odoo, err) && change_shop(p, name, shop, err) &&
                   rests(p, "asking", err) ?
               waits_for(p, "open", err) :
               NULL;
}

static bool one_side(struct stage *stage, struct err *err)
{
    struct person p;

    return meet(stage, 0, &p, err) && change_shop(&p, "email", "new.one@example.com", err) &&
           rests(&p, "finished", err) &&
           hold(&p, "email", "email", "new.one@example.com", "new.one@example.com", err);
}

/* Nobody tells of it: a person asks for the record, and what Odoo alone holds stays there. */
static bool odoo_alone(struct stage *stage, struct err *err)
{
    struct person p;
    json_auto_t *before = NULL;
    const char *id;

    if (!meet(stage, 0, &p, err))
        return false;
    id = strchr(p.record, ':') + 1;
    before = in_shop(&p, err);
    return change_odoo(&p, "phone", "+41 44 000 00 09", err) &&
           tell(stage, "records.sync",
                json_pack("{s:s,s:s,s:I}", "kind", "customer", "id", id, "backend",
                          (json_int_t)stage_backend(stage)),
                err) &&
           rests(&p, "finished", err) &&
           hold(&p, "phone", "phone", json_text_or(before, "phone", "(none)"), "+41 44 000 00 09", err);
}

static bool odoos_side(struct stage *stage, struct err *err)
{
    struct person p;
    json_auto_t *c = NULL, *gone = NULL;

    if (!meet(stage, 1, &p, err))
        return false;
    c = clash(&p, "email", "email", "shop.one@example.com", "odoo.one@example.com", err);
    if (c == NULL)
        return false;
    if (strcmp(json_text_or(c, "fields.0.shopify", ""), "shop.one@example.com") != 0 ||
        strcmp(json_text_or(c, "fields.0.odoo", ""), "odoo.one@example.com") != 0 ||
        json_len(c, "fields") != 1)
        return fails(err, c, "the versions");
    if (!chooses(&p, c, "email", "odoo", err) || !rests(&p, "finished", err) ||
        !hold(&p, "email", "email", "odoo.one@example.com", "odoo.one@example.com", err))
        return false;
    gone = conflict_of(&p, "decided", err);
    return json_is_object(gone) || fails(err, gone, "not decided");
}

static bool by_hand(struct stage *stage, struct err *err)
{
    struct person p;
    json_auto_t *c = NULL, *said = NULL;

    if (!meet(stage, 2, &p, err))
        return false;
    c = clash(&p, "phone", "phone", "+41440000001", "+41 44 000 00 02", err);
    said = c != NULL ? choose(&p, c, json_pack("{s:{s:s}}", "phone", "value", "+41 44 000 00 03"), err) :
                       NULL;
    return said != NULL && rests(&p, "finished", err) &&
           hold(&p, "phone", "phone", "+41440000003", "+41 44 000 00 03", err);
}

static bool refused(struct stage *stage, struct err *err)
{
    struct person p;
    json_auto_t *c = NULL, *said = NULL, *again = NULL;

    if (!meet(stage, 3, &p, err))
        return false;
    c = clash(&p, "phone", "phone", "+41440000001", "the blue one", err);
    said = c != NULL ? choose(&p, c, json_pack("{s:s}", "phone", "odoo"), err) : NULL;
    if (said == NULL || !rests(&p, "asking", err))
        return false;
    again = waits_for(&p, "open", err);
    if (again == NULL || strstr(json_text_or(again, "why", ""), "Phone is invalid") == NULL)
        return fails(err, again, "not asked with the shop's words");
    return hold(&p, "phone", "phone", "+41440000001", "the blue one", err) &&
           chooses(&p, again, "phone", "shopify", err) && rests(&p, "finished", err) &&
           hold(&p, "phone", "phone", "+41440000001", "+41440000001", err);
}

static bool moved_in_odoo(struct stage *stage, struct err *err)
{
    struct person p;
    json_auto_t *c = NULL, *again = NULL;

    if (!meet(stage, 4, &p, err))
        return false;
    c = clash(&p, "email", "email", "s4@example.com", "o4@example.com", err);
    if (c == NULL || !change_odoo(&p, "email", "moved4@example.com", err) ||
        !chooses(&p, c, "email", "odoo", err) || !rests(&p, "asking", err))
        return false;
    again = waits_for(&p, "open", err);
    if (again == NULL || json_int_or(again, "moved", 0) != 1 ||
        json_int_or(again, "id", 0) != json_int_or(c, "id", -1) ||
        strcmp(json_text_or(again, "why", ""), "E-mail moved in Odoo since") != 0)
        return fails(err, again, "not asked anew");
    return hold(&p, "email", "email", "s4@example.com", "moved4@example.com", err) &&
           chooses(&p, again, "email", "odoo", err) && rests(&p, "finished", err) &&
           hold(&p, "email", "email", "moved4@example.com", "moved4@example.com", err);
}

static bool moved_in_shop(struct stage *stage, struct err *err)
{
    struct person p;
    json_auto_t *c = NULL, *again = NULL;
    struct err late = { 0 };

    if (!meet(stage, 5, &p, err))
        return false;
    c = clash(&p, "email", "email", "s5@example.com", "o5@example.com", err);
    if (c == NULL || !change_shop(&p, "email", "moved5@example.com", err))
        return false;
    for (int i = 0; i < 200; i++) {
        json_decref(again);
        again = waits_for(&p, "open", err);
        if (again == NULL || json_int_or(again, "moved", 0) == 1)
            break;
        usleep(20 * 1000);
    }
    if (json_int_or(again, "moved", 0) != 1)
        return fails(err, again, "not asked anew");
    if (chooses(&p, c, "email", "odoo", &late) || strstr(late.text, "moved since you looked") == NULL)
        return err_set(err, ERR_BUG, "the old version was answered: %s", late.text);
    return rests(&p, "asking", err) && chooses(&p, again, "email", "agreed", err) &&
           rests(&p, "finished", err);
}

static bool two_operators(struct stage *stage, struct err *err)
{
    struct person p;
    json_auto_t *c = NULL;
    struct err second = { 0 };

    if (!meet(stage, 6, &p, err))
        return false;
    c = clash(&p, "email", "email", "s6@example.com", "o6@example.com", err);
    if (c == NULL || !chooses(&p, c, "email", "odoo", err))
        return false;
    if (chooses(&p, c, "email", "shopify", &second) ||
        strstr(second.text, "has decided it") == NULL ||
        strstr(second.text, "Odoo's E-mail") == NULL)
        return err_set(err, ERR_BUG, "the second was told: %s", second.text);
    return rests(&p, "finished", err) &&
           hold(&p, "email", "email", "o6@example.com", "o6@example.com", err);
}

static bool taken_back(struct stage *stage, struct err *err)
{
    struct person p;
    json_auto_t *c = NULL, *again = NULL;
    int64_t id;

    if (!meet(stage, 7, &p, err))
        return false;
    c = clash(&p, "email", "email", "s7@example.com", "o7@example.com", err);
    id = json_int_or(c, "id", 0);
    if (c == NULL || !chooses(&p, c, "email", "odoo", err) || !rests(&p, "finished", err) ||
        !hold(&p, "email", "email", "o7@example.com", "o7@example.com", err) ||
        !tell(stage, "conflicts.undo", json_pack("{s:I}", "id", (json_int_t)id), err) ||
        !rests(&p, "asking", err) ||
        !hold(&p, "email", "email", "s7@example.com", "o7@example.com", err))
        return false;
    again = waits_for(&p, "open", err);
    if (json_int_or(again, "id", 0) != id)
        return fails(err, again, "not asked again");
    /* and before the job has run */
    return chooses(&p, again, "email", "shopify", err) &&
           tell(stage, "conflicts.undo", json_pack("{s:I}", "id", (json_int_t)id), err) &&
           rests(&p, "asking", err) &&
           hold(&p, "email", "email", "s7@example.com", "o7@example.com", err);
}

/* Goes on with the one that was taken back. */
static bool ruled(struct stage *stage, struct err *err)
{
    struct person p = { .stage = stage, .index = 7 };
    json_auto_t *who = in_shop(&p, err), *c = NULL, *effect = NULL;
    json_int_t backend = stage_backend(stage);

    snprintf(p.record, sizeof p.record, "customer:%lld", (long long)json_int_or(who, "id", 0));
    c = conflict_of(&p, "open", err);
    effect = stage_ask(stage, "conflicts.effect",
                       json_pack("{s:I,s:s,s:s,s:s}", "backend", backend, "kind", "customer",
                                 "field", "email", "rule", "odoo"),
                       err);
    if (json_int_or(effect, "wholly", 0) != 1 || json_int_or(effect, "decided", 0) < 4)
        return fails(err, effect, "the effect");
    p.contact = json_int_or(c, "odoo_id", 0);
    return tell(stage, "conflicts.rule",
                json_pack("{s:I,s:s,s:s,s:s,s:i}", "backend", backend, "kind", "customer", "field",
                          "email", "rule", "odoo", "count", 1),
                err) &&
           rests(&p, "finished", err) &&
           hold(&p, "email", "email", "o7@example.com", "o7@example.com", err) &&
           change_shop(&p, "email", "mine@example.com", err) && rests(&p, "finished", err) &&
           hold(&p, "email", "email", "o7@example.com", "o7@example.com", err);
}

static const struct story {
    const char *what;
    bool (*run)(struct stage *stage, struct err *err);
} stories[] = {
    { "what moved on one side goes to the other", one_side },
    { "what moved in Odoo alone stays there", odoo_alone },
    { "Odoo's value is chosen, and both sides hold it", odoos_side },
    { "a value typed by hand goes to both sides", by_hand },
    { "what the shop refuses is asked anew, and nothing was written", refused },
    { "Odoo moves before the answer is carried out: asked anew", moved_in_odoo },
    { "the shop moves before the answer: the old version can't be answered", moved_in_shop },
    { "of two operators one decides, the other is told who did", two_operators },
    { "a choice is taken back, before and after it was written", taken_back },
    { "a rule decides what is open and what comes", ruled },
};

static bool real_odoo(struct stage_odoo *odoo, char key[256])
{
    const char *file = getenv("SIGNALBOX_ODOO_KEY_FILE");
    FILE *in = file != NULL ? fopen(file, "re") : NULL;
    bool got = in != NULL && fgets(key, 256, in) != NULL;

    if (in != NULL)
        fclose(in);
    key[got ? strcspn(key, "\r\n") : 0] = '\0';
    *odoo = (struct stage_odoo){ getenv("SIGNALBOX_ODOO_URL"), getenv("SIGNALBOX_ODOO_DB"),
                                 getenv("SIGNALBOX_ODOO_LOGIN"), key };
    return got && odoo->url != NULL && odoo->db != NULL && odoo->login != NULL;
}

int main(void)
{
    struct stage_options options = { .programs = getenv("TESTS_BUILDDIR"), .seed = 5,
                                     .customers = CUSTOMERS, .products = 2 };
    char key[256] = "";
    bool known = getenv("SIGNALBOX_TEST_REAL") == NULL || real_odoo(&options.odoo, key);
    struct err err = { 0 };
    AUTO(stage) stage = known ? stage_new(&options, &err) : NULL;

    if (check(stage != NULL && tell(stage, "lanes.release", json_pack("{s:s}", "lane", "catalogue"),
                                    &err),
              "the practice sides and the core are up", &err))
        for (size_t i = 0; i < sizeof stories / sizeof stories[0]; i++) {
            memset(&err, 0, sizeof err);
            check(stories[i].run(stage, &err), stories[i].what, &err);
        }
    printf("1..%d\n", tests);
    return failures > 0;
}
