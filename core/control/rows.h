/*
 * rows.h - the store's rows as the protocol's objects (LANE, JOB, PROBLEM, HOOK, RECORD, EVENT,
 * ALERT in methods.def). New references; NULL without memory or, where there is an err, with it.
 */
#ifndef CONTROL_ROWS_H
#define CONTROL_ROWS_H

#include <jansson.h>

#include "control/methods.h"
#include "store/alerts.h"
#include "store/history.h"
#include "store/inbox.h"
#include "store/jobs.h"
#include "store/pairs.h"
#include "store/problems.h"

json_t *rows_lanes(struct call *call, struct err *err); /* array, all backends or "backend" */
json_t *rows_job(struct call *call, const struct job *job, struct err *err);
json_t *rows_problem(const struct problem *problem);
json_t *rows_hook(const struct hook *hook);
json_t *rows_record(const struct pair *pair);
json_t *rows_event(const struct history_event *event);
json_t *rows_alert(const struct alert *alert);
json_t *rows_store(const struct store_stats *stats); /* "ok", or since when and why it can't write */
json_t *rows_alerts(struct call *call, struct err *err);   /* array */
json_t *rows_activity(struct call *call, struct err *err); /* array, the newest 50 */

#endif
