#include "sync/order_tax.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"

void tax_key(char key[TAX_KEY_MAX], const char *rate, const char *country, bool included,
             const char *title)
{
    char text[TAX_KEY_MAX * 2];

    snprintf(text, sizeof text, "%s|%s|%s%s%.96s", rate, country, included ? "incl" : "excl",
             title != NULL ? "|" : "", title != NULL ? title : "");
    str_copy(key, TAX_KEY_MAX, text);
}

const char *tax_country(const json_t *order, const struct reference *r)
{
    const char *country = json_text(order, "shipping.country_code");

    if (country == NULL)
        country = json_text(order, "billing.country_code");
    return country != NULL ? country : reference_company_country(r);
}

static const char *kind_word(bool included)
{
    return included ? "included" : "not included";
}

static void tax_thing(char thing[ERR_THING_MAX], const char *key)
{
    snprintf(thing, ERR_THING_MAX, "tax:%s", key);
}

/* By mapping: TAX_MISSING here means: there is no row. */
static enum tax_found by_mapping(const struct reference *r, const char *key, struct tax *tax,
                                 struct findings *f, bool *broken)
{
    const char *value = reference_mapping(r, "tax", key);
    char thing[ERR_THING_MAX];
    unsigned long long id;

    if (value == NULL)
        return TAX_MISSING;
    if (strcmp(value, "none") == 0)
        return TAX_NONE;
    if (str_number(value, INT32_MAX, &id) && reference_tax(r, (int64_t)id, tax))
        return TAX_FOUND;
    tax_thing(thing, key);
    findings_add(f, FINDING_MISSING, ERR_MISSING, thing,
                 "tax %s is mapped to a tax that Odoo does not have", key);
    *broken = true;
    return TAX_MISSING;
}

static size_t by_rate(const struct reference *r, const char *rate, const char *country,
                      bool included, struct tax *tax)
{
    if (reference_policy_is(r, "tax_match", "mapped"))
        return 0;
    if (reference_policy_is(r, "tax_match", "rate"))
        country = "";
    else if (*country == '\0')
        return 0;
    return reference_taxes(r, rate, country, included, tax);
}

/* The wanted kind, then the other one. */
static enum tax_found one_kind(const struct reference *r, const char *rate, const char *country,
                               bool included, const char *title, struct tax *tax,
                               struct findings *f, bool *stop)
{
    char key[TAX_KEY_MAX], thing[ERR_THING_MAX];
    enum tax_found found;
    size_t fits;

    tax_key(key, rate, country, included, title);
    found = by_mapping(r, key, tax, f, stop);
    if (found != TAX_MISSING || *stop)
        return found;
    fits = title != NULL || strcmp(rate, "0") == 0 ? 0 : by_rate(r, rate, country, included, tax);
    if (fits > 1) {
        tax_thing(thing, key);
        findings_add(f, FINDING_MISSING, ERR_MISSING, thing,
                     "several taxes of %s %% %s, %s, in Odoo: choose one", rate, country,
                     kind_word(included));
        *stop = true;
    }
    return fits == 1 ? TAX_FOUND : TAX_MISSING;
}

enum tax_found tax_find(const struct reference *r, const char *rate, const char *country,
                        bool included, const char *title, struct tax *tax, struct findings *f)
{
    char key[TAX_KEY_MAX], thing[ERR_THING_MAX];
    bool stop = false;
    enum tax_found found = one_kind(r, rate, country, included, title, tax, f, &stop);

    if (found != TAX_MISSING || stop)
        return found;
    found = one_kind(r, rate, country, !included, title, tax, f, &stop);
    if (found == TAX_FOUND && tax->included != included)
        findings_add(f, FINDING_NOTE, ERR_MISSING, "",
                     "%s %% %s: Odoo has the tax only %s; prices are converted", rate, country,
                     included ? "on top" : "included");
    if (found != TAX_MISSING || stop)
        return found;
    if (strcmp(rate, "0") == 0)
        return TAX_NONE;
    tax_key(key, rate, country, included, title);
    tax_thing(thing, key);
    findings_add(f, FINDING_MISSING, ERR_MISSING, thing, "no tax mapping for %s %% %s, %s", rate,
                 country, kind_word(included));
    return TAX_MISSING;
}
