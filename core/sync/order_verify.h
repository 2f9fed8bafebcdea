/*
 * order_verify.h - is the order in Odoo what we meant it to be?
 */
#ifndef SYNC_ORDER_VERIFY_H
#define SYNC_ORDER_VERIFY_H

#include <jansson.h>

#include "sync/findings.h"

enum verify_verdict { VERIFY_EQUAL, VERIFY_NAMED, VERIFY_HOLD };

/*
 * plan: from order_to_odoo (its expect). odoo: the order as read {amount_untaxed, amount_tax,
 * amount_total, currency_id, state, order_line}. confirmed: it should be a sale by now. NAMED: a
 * rounding line, or taxes that differ by rounding. HOLD: the findings say why.
 */
enum verify_verdict order_verify(const json_t *plan, const json_t *odoo, bool confirmed,
                                 struct findings *f);
/* Are Odoo's lines, in its order, those of plan.lines? Else it was made of another plan. */
bool order_lines_are(const json_t *plan, const json_t *odoo);
const char *verify_name(enum verify_verdict verdict); /* "equal", "named", "hold" */

#endif
