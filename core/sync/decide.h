/*
 * decide.h - the table of the three-way merge (decide.def): what to do with one field.
 */
#ifndef SYNC_DECIDE_H
#define SYNC_DECIDE_H

#include "sync/kinds.h"

enum move {
    MOVE_SAME,    /* as agreed */
    MOVE_CHANGED, /* not as agreed */
    MOVE_ALIKE,   /* Odoo only: changed to what Shopify holds too */
    MOVE_COUNT
};

enum decision {
    DECIDE_NOTHING,
    DECIDE_REMEMBER,     /* both hold the same: agreed moves */
    DECIDE_TO_ODOO,      /* write Shopify's value into Odoo */
    DECIDE_TO_SHOPIFY,   /* write Odoo's value into Shopify */
    DECIDE_BACK_ODOO,    /* Odoo changed what Shopify owns: write Shopify's back, on record */
    DECIDE_BACK_SHOPIFY, /* Shopify changed what Odoo owns: write Odoo's back, on record */
    DECIDE_ASK,          /* a person chooses */
    DECIDE_COUNT
};

enum decision decide(enum move shopify, enum move odoo, enum field_owner owner);
const char *decision_name(enum decision decision); /* "to Odoo", "ask" ... */

#endif
