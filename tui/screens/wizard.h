/*
 * wizard.h - the state of the set-up; wizard.c changes it, wizard_view.c draws it.
 */
#ifndef TUI_SCREENS_WIZARD_H
#define TUI_SCREENS_WIZARD_H

#include "tui/screen.h"

enum step { STEP_TERMINAL, STEP_SHOPIFY, STEP_ODOO, STEP_CHECK, STEP_POLICIES, STEP_WEBHOOKS,
    STEP_DONE, STEPS };

struct wizard {
    enum step step;
    struct form form;
    json_t *backend; /* what is known: name, shop, odoo_url ...; secrets until they are sent */
    json_int_t id;   /* 0: not added yet */
    json_t *shops;   /* rows of backends.list: the shops that are there already */
    json_t *check, *choices, *status;
    json_t *calls;   /* answers.h; one after another, then the step `then` */
    size_t call_at;
    enum step then;
    bool busy, subscribed;
    char said[300];
    enum role said_role;
};

void wizard_view(struct screen *s, struct canvas *c, struct rect body);

#endif
