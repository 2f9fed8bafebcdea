/*
 * search.h - domains: read, checked as Odoo checks them, and answered by index where one helps.
 */
#ifndef SANDBOX_ODOO_SEARCH_H
#define SANDBOX_ODOO_SEARCH_H

#include "tests/sandbox/odoo/base.h"

/*
 * Ids that match, in that order (NULL or "": the model's own). limit 0: all. Archived records
 * stay out unless the domain or the context asks for them. False: a fault.
 */
bool search_ids(struct call *c, struct model *m, const json_t *domain, const char *order,
                size_t offset, size_t limit, struct ids *found);
/* Is it archived, and the context does not ask for such? */
bool search_hides(const struct call *c, const struct record *r);
bool sort_ids(struct call *c, struct model *m, const char *order, struct ids *ids);

#endif
