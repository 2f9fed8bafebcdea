#include "sync/decide.h"

static const unsigned char table[MOVE_COUNT][MOVE_COUNT][OWNER_NOBODY + 1] = {
#define DECIDE(shopify, odoo, by_shopify, by_odoo, by_nobody)                                      \
    [MOVE_##shopify][MOVE_##odoo] = { DECIDE_##by_shopify, DECIDE_##by_odoo, DECIDE_##by_nobody },
#include "sync/decide.def"
#undef DECIDE
};

enum decision decide(enum move shopify, enum move odoo, enum field_owner owner)
{
    if (owner > OWNER_NOBODY)
        owner = OWNER_NOBODY;
    return (enum decision)table[shopify][odoo][owner];
}

const char *decision_name(enum decision decision)
{
    static const char *const names[] = { "nothing",    "remember",         "to Odoo",
                                         "to Shopify", "put back in Odoo", "put back in Shopify",
                                         "ask" };

    return decision < DECIDE_COUNT ? names[decision] : "?";
}
