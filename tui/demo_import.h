/*
 * demo_import.h - the guided import of the practice shop, steered as an operator would who decides
 * nothing: places mapped, planned, applied, verified.
 */
#ifndef TUI_DEMO_IMPORT_H
#define TUI_DEMO_IMPORT_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "tui/stage.h"

/*
 * {"customers": {"read", "in_step", "parked", "left_out", "missed"}, ... of each step,
 *  "verify": {"compared", "findings", "gone", "oversold", "in_quotations", "in_held",
 *      "elsewhere"},
 *  "seconds"}. NULL: err.
 */
json_t *demo_import(struct stage *stage, struct err *err);
/* Nothing is missed, and the verification found nothing. */
bool demo_import_whole(const json_t *summary);
void demo_import_tell(const json_t *summary);

#endif
