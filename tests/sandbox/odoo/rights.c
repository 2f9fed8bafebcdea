/* rights.c - what the bot user may not do, in Odoo's words. Its groups: sales, stock and invoicing
   administrator, contact and product creation; not Settings, not Access Rights. */
#include <string.h>

#include "tests/sandbox/odoo/orm.h"

struct denial {
    const char *model, *label, *operations, *groups;
};

static const struct denial denials[] = {
    { "ir.model.data", "Model Data", "access create modify delete", "Administration/Access Rights" },
    { "ir.model", "Models", "access create modify delete", "Administration/Access Rights" },
    { "ir.model.fields", "Fields", "create modify delete", "Administration/Access Rights" },
    { "ir.config_parameter", "System Parameter", "access create modify delete", "Administration/Settings" },
    { "ir.module.module", "Module", "access create modify delete", "Administration/Settings" },
    { "decimal.precision", "Decimal Precision", "access create modify delete", "Administration/Settings" },
    { "res.users", "User", "create modify delete", "Administration/Access Rights" },
    { "res.country", "Country", "create modify delete", "Administration/Settings" },
    { "res.country.state", "Country state", "create modify delete", "Administration/Settings" },
    { "res.company", "Companies", "create delete", "Administration/Access Rights" },
    { "stock.warehouse", "Config Settings", "create", "Administration/Settings" },
    { "res.lang", "Languages", "create modify delete", "Administration/Settings" },
};

bool rights_check_name(struct call *c, const char *model, const char *what, bool *known)
{
    for (size_t i = 0; i < sizeof denials / sizeof denials[0]; i++) {
        const struct denial *d = &denials[i];

        if (strcmp(d->model, model) != 0)
            continue;
        *known = true;
        if (strstr(d->operations, what) == NULL || c->uid == 1)
            return true;
        return fault(c, FAULT_ACCESS,
                     "You are not allowed to %s '%s' (%s) records.\n\nThis operation is allowed for the "
                     "following groups:\n\t- %s\n\nContact your administrator to request access if "
                     "necessary.",
                     what, d->label, strcmp(model, "stock.warehouse") == 0 ? "res.config.settings" : model,
                     d->groups);
    }
    *known = false;
    return false;
}

bool rights_check(struct call *c, const struct model *m, const char *what)
{
    bool known;

    return rights_check_name(c, m->name, what, &known) || !known;
}
