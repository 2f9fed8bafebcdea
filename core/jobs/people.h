/*
 * people.h - partner tags and child addresses: known from before, found in Odoo, or made. The same
 * for orders and customers, so that an order to an address of the import makes nothing new.
 */
#ifndef JOBS_PEOPLE_H
#define JOBS_PEOPLE_H

#include <jansson.h>

#include "jobs/remember.h"
#include "jobs/workshop.h"
#include "sync/findings.h"

#define PEOPLE_LOAD_MOST 100 /* records in one call */

/*
 * Adds to ids {"tag": id} for each of names (array). make: those Odoo lacks are made, one that it
 * refuses stays out; else they are -1.
 */
bool people_categories(struct workshop_place *place, const json_t *names, bool make, json_t *ids,
                       struct err *err);

struct people_address {
    const json_t *address; /* canonical, with its fingerprint; borrowed */
    int64_t parent;        /* the contact */
    const char *role;      /* "invoice", "delivery", "both" */
    const char *locale;    /* the customer's; NULL: not told */
    struct findings *findings;
    int64_t id;     /* out; 0: Odoo refused it, why says so */
    struct err why;
};

const char *people_address_type(const char *role); /* Odoo's word for a role */
/* From our memory: the child of that parent with that fingerprint, whatever its type. id 0: none. */
bool people_address_known(struct db *db, int64_t backend, struct people_address *a,
                          struct err *err);
/* Knows or makes them all, one call for many; new ones are added to remember. */
bool people_addresses(struct workshop_place *place, struct db *db, struct people_address *list,
                      size_t count, struct remember *remember, struct err *err);
/* Found by other means: remembered as the address. */
void people_address_found(struct remember *remember, const struct people_address *a);

#endif
