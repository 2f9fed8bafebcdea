#include "tests/flow/guided.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/when.h"

#define WAIT_US (INT64_C(240) * 1000 * 1000) /* only a broken program waits that long */

static int tests, failures;

bool guided_check(bool good, const char *what, const struct err *err)
{
    printf("%s %d - %s\n", good ? "ok" : "not ok", ++tests, what);
    if (!good)
        printf("# %s\n", err->text);
    failures += !good;
    fflush(stdout);
    return good;
}

bool guided_fails(struct err *err, const json_t *seen, const char *what)
{
    AUTO_FREE char *text = json_write(seen);

    return err_set(err, ERR_BUG, "%s: %.600s", what, text != NULL ? text : "");
}

/* ---- words to the core and to the practice sides ---- */

bool guided_tell(struct stage *stage, const char *method, json_t *params, struct err *err)
{
    json_auto_t *answer = stage_ask(stage, method, params, err);

    return answer != NULL || err_within(err, "%s", method);
}

bool guided_practice(struct stage *stage, json_t *order, struct err *err)
{
    json_auto_t *answer = stage_sandbox(stage, order, err);

    return answer != NULL;
}

json_t *guided_odoo(struct stage *stage, const char *model, const char *method, json_t *args,
                    struct err *err)
{
    json_auto_t *answer = stage_sandbox(stage,
                                        json_pack("{s:s, s:s, s:s, s:o}", "do", "odoo", "model",
                                                  model, "method", method, "args", args),
                                        err);

    return json_incref(json_object_get(answer, "result"));
}

int64_t guided_count(struct stage *stage, const char *model, json_t *domain, struct err *err)
{
    json_auto_t *n = guided_odoo(stage, model, "search_count", json_pack("[o]", domain), err);

    return json_is_integer(n) ? json_integer_value(n) : -1;
}

json_t *guided_field_of(struct stage *stage, const char *model, int64_t id, const char *field,
                        struct err *err)
{
    json_auto_t *rows = guided_odoo(stage, model, "read",
                                    json_pack("[[I], [s]]", (json_int_t)id, field), err);

    return json_incref((json_t *)(uintptr_t)json_at(json_array_get(rows, 0), field));
}

/* ---- a run ---- */

json_t *guided_look(struct stage *stage, int64_t run, struct err *err)
{
    return stage_ask(stage, "imports.get", json_pack("{s:I}", "run", (json_int_t)run), err);
}

const json_t *guided_step_of(const json_t *run, const char *name)
{
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(run, "steps"), i, row)
        if (strcmp(json_text_or(row, "step", ""), name) == 0)
            return row;
    return NULL;
}

int64_t guided_number(const json_t *run, const char *step, const char *path)
{
    return json_int_or(guided_step_of(run, step), path, -1);
}

bool guided_is_planned(const json_t *run)
{
    return strcmp(json_text_or(run, "state", ""), "planned") == 0;
}

bool guided_is_done(const json_t *run)
{
    return strcmp(json_text_or(run, "state", ""), "done") == 0;
}

json_t *guided_wait_for(struct stage *stage, int64_t run, guided_wanted *is, struct err *err)
{
    int64_t until = when_ticks() + WAIT_US;

    for (;;) {
        json_t *now = guided_look(stage, run, err);

        if (now == NULL || is(now))
            return now;
        if (json_flag(now, "paused") || when_ticks() > until) {
            guided_fails(err, now,
                         json_flag(now, "paused") ? "it paused" : "it does not come to that");
            json_decref(now);
            return NULL;
        }
        json_decref(now);
        usleep(20 * 1000);
    }
}

bool guided_wait_until(struct stage *stage, int64_t run, guided_wanted *is, struct err *err)
{
    json_auto_t *now = guided_wait_for(stage, run, is, err);

    return now != NULL;
}

bool guided_plan(struct stage *stage, int64_t *run, struct err *err)
{
    json_auto_t *begun = stage_ask(stage, "imports.plan",
                                   json_pack("{s:I}", "backend", (json_int_t)stage_backend(stage)),
                                   err);

    *run = json_int_or(begun, "run", 0);
    return begun != NULL;
}

bool guided_apply(struct stage *stage, int64_t run, struct err *err)
{
    return guided_tell(stage, "imports.apply",
                       json_pack("{s:I, s:s}", "run", (json_int_t)run, "carry_on", "a test"), err);
}

bool guided_map_place(struct stage *stage, struct err *err)
{
    json_int_t backend = (json_int_t)stage_backend(stage);
    json_auto_t *choices = stage_ask(
        stage, "mappings.choices", json_pack("{s:I, s:s}", "backend", backend, "kind", "location"),
        err);

    return choices != NULL &&
           guided_tell(stage, "mappings.set",
                       json_pack("{s:I, s:s, s:s, s:O}", "backend", backend, "kind", "location",
                                 "key", "Practice Warehouse", "value",
                                 json_at(choices, "rows.0.value")),
                       err);
}

json_t *guided_items(struct stage *stage, int64_t run, const char *step, const char *state,
                     struct err *err)
{
    json_t *all = json_array();
    json_auto_t *after = json_null();

    do {
        json_auto_t *page = stage_ask(stage, "imports.items",
                                      json_pack("{s:I, s:s, s:s*, s:O*, s:i}", "run",
                                                (json_int_t)run, "step", step, "state", state,
                                                "after", json_is_null(after) ? NULL : after,
                                                "limit", 200),
                                      err);

        if (page == NULL)
            return (json_decref(all), NULL);
        json_array_extend(all, json_object_get(page, "rows"));
        json_decref(after);
        after = json_incref(json_object_get(page, "next"));
    } while (after != NULL && !json_is_null(after));
    return all;
}

json_t *guided_item(struct stage *stage, int64_t run, const char *step, const char *kind,
                    int64_t id, struct err *err)
{
    json_auto_t *all = guided_items(stage, run, step, NULL, err);
    char record[96];
    json_t *row;
    size_t i;

    snprintf(record, sizeof record, "%s%lld", kind, (long long)id);
    json_array_foreach(all, i, row)
        if (strcmp(json_text_or(row, "record", ""), record) == 0)
            return json_incref(row);
    err_set(err, ERR_BUG, "%s is no record of the import", record);
    return NULL;
}

int guided_end(void)
{
    printf("1..%d\n", tests);
    return failures > 0;
}
