/*
 * conflicts - the crash matrix of a conflict: the core dies at the n-th commit, or after the n-th
 * request it sent, while a field moves on both sides, a person chooses and the choice is taken back
 * and made again; in the end both sides hold what was chosen, and there is one contact.
 *
 *   CRASH_ALL=1             every n; else a sample of CRASH_SAMPLE (6) of each kind
 *   CRASH_SEED=7            draws another sample
 *   CRASH_AT=request:17     only this death
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/when.h"
#include "tests/crash/points.h"
#include "tui/stage.h"

#define WAIT_US    (INT64_C(120) * 1000 * 1000)
#define LOST       100 /* looks in vain, then the shop tells once more what it told */
#define IN_SHOP    "shop@example.com"
#define IN_ODOO    "odoo@example.com"

static int tests, failures;

static void result(bool good, const char *what, const struct err *err)
{
    printf("%s %d - %s\n", good ? "ok" : "not ok", ++tests, what);
    if (!good)
        printf("# %s\n", err->text);
    failures += !good;
    fflush(stdout);
}

/* One story; the core may die anywhere in it. */
struct story {
    struct stage *stage;
    int deaths, vain;
    int64_t contact;
    bool moved, back; /* both sides changed it; a first choice was taken back */
    char email[128];  /* as both had it first */
};

/* ---- a core that may die ---- */

static bool keep_alive(struct story *s, struct err *err)
{
    int code = 0;

    if (!stage_core_ended(s->stage, &code))
        return true;
    s->deaths++;
    return (code == 100 || err_set(err, ERR_BUG, "the core ended with %d", code)) &&
           stage_core_start(s->stage, NULL, NULL, err);
}

/* A question; NULL: the core died over it, or said no, which is no matter here. Takes params. */
static json_t *ask(struct story *s, const char *method, json_t *params)
{
    struct err why = { 0 };
    json_t *answer = stage_ask(s->stage, method, params, &why);

    for (int i = 0; answer == NULL && why.kind != ERR_CONFLICT && i < 20; i++) {
        if (stage_core_ended(s->stage, NULL))
            break;
        usleep(10000); /* dying takes a moment */
    }
    return answer;
}

/* ---- both sides ---- */

static json_t *partner(struct story *s, const char *method, json_t *args, struct err *err)
{
    return stage_sandbox(s->stage,
                         json_pack("{s:s,s:s,s:s,s:o}", "do", "odoo", "model", "res.partner",
                                   "method", method, "args", args),
                         err);
}

static bool shop_says(struct story *s, const char *field, const char *value, struct err *err)
{
    json_t *answer = stage_sandbox(s->stage, json_pack("{s:s,s:i,s:{s:s*}}", "do", "customer_update",
                                                       "index", 0, "values", field, value),
                                   err);

    json_decref(answer);
    return answer != NULL;
}

static bool both_hold(struct story *s, const char *email, struct err *err)
{
    json_auto_t *shop = stage_sandbox(s->stage, json_pack("{s:s,s:i}", "do", "customer", "index", 0),
                                      err);
    json_auto_t *odoo = partner(s, "read", json_pack("[[I],[s]]", (json_int_t)s->contact, "email"),
                                err);
    json_auto_t *count = partner(s, "search_count", json_pack("[[[s,s,s]]]", "email", "=", email),
                                 err);

    return shop != NULL && odoo != NULL && count != NULL &&
           ((strcmp(json_text_or(shop, "email", ""), email) == 0 &&
             strcmp(json_text_or(odoo, "result.0.email", ""), email) == 0 &&
             json_int_or(count, "result", 0) == 1) ||
            err_set(err, ERR_BUG, "%s in the shop, %s in Odoo, %d contacts",
                    json_text_or(shop, "email", "nothing"),
                    json_text_or(odoo, "result.0.email", "nothing"),
                    (int)json_int_or(count, "result", -1)));
}

/* ---- the story, a step at a time ---- */

static bool begin(struct story *s, struct err *err)
{
    json_auto_t *found = partner(s, "search_read",
                                 json_pack("[[[s,s,s]],[s]]", "email", "=ilike", s->email, "id"), err);
    json_auto_t *jobs = NULL;
    const json_t *row;
    bool resting = true;
    size_t i;

    s->contact = json_int_or(found, "result.0.id", 0);
    if (found == NULL || s->contact == 0)
        return found != NULL && (s->vain++ % LOST != 0 || shop_says(s, "note", "hello", err));
    /* its job is through: the pair remembers what both hold */
    jobs = ask(s, "jobs.list", json_pack("{s:s}", "lane", "catalogue"));
    json_array_foreach(json_object_get(jobs, "rows"), i, row)
        resting = resting && strcmp(json_text_or(row, "state", ""), "finished") == 0;
    if (jobs == NULL || !resting || json_len(jobs, "rows") == 0)
        return true;
    s->moved = true;
    s->vain = 0;
    found = (json_decref(found), partner(s, "write", json_pack("[[I],{s:s}]", (json_int_t)s->contact,
                                                               "email", IN_ODOO),
                                         err));
    return found != NULL && shop_says(s, "email", IN_SHOP, err);
}

/* The newest of that state: id and version; 0: none. */
static int64_t newest(struct story *s, const char *state, char version[80])
{
    json_auto_t *list = ask(s, "conflicts.list", json_pack("{s:s}", "state", state));

    snprintf(version, 80, "%s", json_text_or(list, "rows.0.version", ""));
    return json_int_or(list, "rows.0.id", 0);
}

static bool choose(struct story *s, bool *done, struct err *err)
{
    char version[80];
    int64_t id = newest(s, "open", version);

    if (id != 0) {
        json_decref(ask(s, "conflicts.resolve",
                        json_pack("{s:I,s:s,s:s}", "id", (json_int_t)id, "version", version, "take",
                                  s->back ? "odoo" : "shopify")));
        return true;
    }
    id = newest(s, "decided", version);
    if (id == 0) /* the delivery may have come to a dead core */
        return ++s->vain % LOST != 0 || shop_says(s, "none", NULL, err);
    if (!s->back) {
        json_t *undone = ask(s, "conflicts.undo", json_pack("{s:I}", "id", (json_int_t)id));

        s->back = undone != NULL;
        json_decref(undone);
        return true;
    }
    *done = true;
    return true;
}

static bool tell_all(struct story *s, struct err *err)
{
    int64_t until = when_ticks() + WAIT_US;
    bool done = false;

    while (!done && when_ticks() < until) {
        if (!keep_alive(s, err) || !(s->moved ? choose(s, &done, err) : begin(s, err)))
            return false;
        usleep(10000);
    }
    return done ? both_hold(s, IN_ODOO, err) : err_set(err, ERR_BUSY, "it does not come to its end");
}

static bool run(const char *die_at, const char *count_file, int *deaths, struct err *err)
{
    struct stage_options options = { .programs = getenv("TESTS_BUILDDIR"), .seed = 4, .workers = 2,
                                     .customers = 2, .products = 1 };
    AUTO(stage) stage = stage_new(&options, err);
    struct story s = { .stage = stage };
    json_auto_t *who = NULL, *free_lane = NULL;

    if (stage == NULL)
        return false;
    who = stage_sandbox(stage, json_pack("{s:s,s:i}", "do", "customer", "index", 0), err);
    snprintf(s.email, sizeof s.email, "%s", json_text_or(who, "email", ""));
    free_lane = stage_ask(stage, "lanes.release", json_pack("{s:s}", "lane", "catalogue"), err);
    if (who == NULL || free_lane == NULL || !stage_core_stop(stage, false, NULL, err))
        return false;
    if (!stage_core_start(stage, die_at, count_file, err)) {
        if (!stage_core_ended(stage, NULL))
            return false;
        memset(err, 0, sizeof *err); /* it came not even so far */
        s.deaths++;
        if (!stage_core_start(stage, NULL, NULL, err))
            return false;
    }
    if (!tell_all(&s, err))
        return false;
    *deaths += s.deaths;
    return count_file == NULL || stage_core_stop(stage, false, NULL, err);
}

/* ---- every point ---- */

static int die(void *ctx, const char *die_at)
{
    struct err err = { 0 };
    char what[96];
    int deaths = 0;
    bool good = run(die_at, NULL, &deaths, &err);

    (void)ctx;
    snprintf(what, sizeof what, "the core dies at %s", die_at);
    result(good, what, &err);
    return deaths;
}

int main(void)
{
    char file[] = "/tmp/signalbox-points-XXXXXX";
    struct err err = { 0 };
    int fd = mkstemp(file), deaths = 0;
    bool good;

    if (fd < 0)
        return 99;
    close(fd);
    good = run(NULL, file, &deaths, &err);
    result(good, "without a death both sides hold what was chosen", &err);
    if (good && getenv("CRASH_AT") != NULL)
        deaths = die(NULL, getenv("CRASH_AT"));
    else if (good)
        deaths = points_each(file, 6, die, NULL);
    if (good)
        result(deaths > 0, "the core did die", &err);
    unlink(file);
    printf("# %d deaths\n1..%d\n", deaths, tests);
    return failures > 0;
}
