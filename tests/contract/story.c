/*
 * story - a core between a practice shop and a practice Odoo does all that it sends requests for:
 * checks, subscriptions, orders of every kind, edits, payments, cancellations, a record read anew.
 * With SIGNALBOX_SANDBOX_RECORD=FILE the sandbox writes down what it received; `sent` looks at it.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "tui/stage.h"

#define ORDERS    40
#define SETTLE_MS 120000

static bool tell(struct stage *stage, json_t *order, struct err *err)
{
    json_t *answer = stage_sandbox(stage, order, err);

    json_decref(answer);
    return answer != NULL;
}

static bool ask(struct stage *stage, const char *method, json_t *params, struct err *err)
{
    json_t *answer = stage_ask(stage, method, params, err);

    json_decref(answer);
    return answer != NULL;
}

static bool settled(struct stage *stage, struct err *err)
{
    return tell(stage, json_pack("{s:s}", "do", "wait_delivered"), err) &&
           stage_settle(stage, SETTLE_MS, err);
}

/* What happens to orders after they were placed; an edit makes the core read the order. */
static bool changes(struct stage *stage, struct err *err)
{
    static const char *const topics[] = { "orders/paid", "orders/fulfilled", "orders/cancelled" };
    json_auto_t *all = stage_sandbox(stage, json_pack("{s:s}", "do", "orders"), err);
    bool ok = all != NULL;
    json_t *order;
    size_t i;

    json_array_foreach(json_object_get(all, "orders"), i, order) {
        json_int_t id = json_int_or(order, "id", 0);

        if (i % 4 == 0)
            ok = ok && tell(stage, json_pack("{s:s, s:I, s:i, s:i}", "do", "edit", "id", id, "line", 0,
                                             "quantity", (int)(i % 3)), err);
        else if (i % 4 == 1)
            ok = ok && tell(stage, json_pack("{s:s, s:I, s:s}", "do", "order_event", "id", id, "topic",
                                             topics[i / 4 % 3]), err);
        else if (i % 8 == 2)
            ok = ok && ask(stage, "records.sync", json_pack("{s:s, s:o, s:I}", "kind", "order", "id",
                                                            json_sprintf("%" JSON_INTEGER_FORMAT, id),
                                                            "backend", (json_int_t)stage_backend(stage)), err);
    }
    return ok;
}

static bool story(struct stage *stage, struct err *err)
{
    json_int_t backend = (json_int_t)stage_backend(stage);

    return ask(stage, "backends.check", json_pack("{s:I}", "backend", backend), err) &&
           ask(stage, "backends.choices", json_pack("{s:I}", "backend", backend), err) &&
           tell(stage, json_pack("{s:s, s:i, s:s, s:b}", "do", "sell", "orders", ORDERS, "mix", "all",
                                 "updates", 1), err) &&
           settled(stage, err) && changes(stage, err) && settled(stage, err) &&
           ask(stage, "subscriptions.remove", json_pack("{s:I}", "backend", backend), err) &&
           ask(stage, "subscriptions.ensure", json_pack("{s:I}", "backend", backend), err);
}

int main(void)
{
    struct stage_options options = { .programs = getenv("TESTS_BUILDDIR"), .seed = 11, .workers = 4 };
    struct err err = { 0 };
    AUTO(stage) stage = NULL;

    signal(SIGPIPE, SIG_IGN);
    stage = stage_new(&options, &err);
    if (stage != NULL && story(stage, &err) && stage_core_stop(stage, false, NULL, &err))
        return 0;
    fprintf(stderr, "story: %s\n", err.text);
    return 1;
}
