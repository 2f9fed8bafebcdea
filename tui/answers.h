/*
 * answers.h - the questions of the set-up, and what the core is told for the answers.
 *
 * Shared by the wizard and by `signalbox setup --answers FILE`. Answers are a
 * JSON object of texts by the names of answers.def. Pure but for reading a file.
 */
#ifndef TUI_ANSWERS_H
#define TUI_ANSWERS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum answers_step { ANSWERS_SHOPIFY, ANSWERS_ODOO, ANSWERS_POLICIES, ANSWERS_WEBHOOKS };
enum answer_kind { ANSWER_PAIR, ANSWER_SECRET, ANSWER_POLICY };

struct answer {
    enum answers_step step;
    enum answer_kind kind;
    const char *name, *label, *hint; /* hint: "" for none */
    bool needed;
};

extern const struct answer answers[];
extern const size_t answers_count;

/*
 * The calls for the steps first ... last, in the order in which they must be made:
 * [{"method":..., "params":{...}}]. backend 0: the pair is added, and the "backend" of the calls
 * after that one is 0 until answers_know sets it. What has no answer is left as it is.
 */
json_t *answers_calls(const json_t *values, enum answers_step first, enum answers_step last,
    json_int_t backend);
void answers_know(json_t *calls, json_int_t backend);
/* Overwrites the secrets in answers or calls. */
void answers_wipe(json_t *values);

/*
 * A file of "name = value" lines; "#" begins a comment. A secret may stand in it if nobody else
 * may read it, or in a file of its own: "odoo_key_file = /path". Also "subscribe = yes". New
 * reference, or NULL and "FILE:LINE: what is wrong".
 */
json_t *answers_read(const char *path, struct err *err);

#endif
