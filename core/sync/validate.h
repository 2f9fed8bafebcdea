/* validate.h - does a canonical record keep to its table? */
#ifndef SYNC_VALIDATE_H
#define SYNC_VALIDATE_H

#include <jansson.h>
#include <stdbool.h>

#include "sync/findings.h"
#include "sync/kinds.h"

/* Notes each breach as FINDING_REFUSE with the field's path; true if there was none. */
bool validate(const struct kind *kind, const json_t *record, struct findings *f);

#endif
