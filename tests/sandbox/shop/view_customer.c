/* view_customer.c - customers as GraphQL objects. */
#include <inttypes.h>
#include <string.h>

#include "tests/sandbox/shop/view.h"

static const char *or_empty(const char *text)
{
    return text == NULL ? "" : text;
}

static json_t *display_name(const struct customer *c)
{
    if (c->first != NULL || c->last != NULL)
        return json_sprintf("%s%s%s", or_empty(c->first), c->first != NULL && c->last != NULL ? " " : "", or_empty(c->last));
    return json_string(c->email != NULL ? c->email : or_empty(c->phone));
}

/* Every company has the same name, as a good test wants it; all that buy for it know only its id. */
json_t *view_company(int64_t id)
{
    return json_pack("{s:s,s:o,s:s,s:o,s:n,s:o}", "__typename", "Company", "id", view_gid("Company", id),
                     "name", "Example Trading Ltd", "externalId", json_sprintf("EXT-%" PRId64, id - 1), "note",
                     "metafields", view_metafields((uint64_t)id * 7919, "Company", 0));
}

/* One in thirty buys for a company. */
static json_t *companies(const struct customer *c)
{
    if (c->salt % 30 != 0 || c->locale == NULL)
        return json_array();
    return json_pack("[{s:s,s:o,s:s,s:b,s:o}]", "__typename", "CompanyContact", "id", view_gid("CompanyContact", c->id),
                     "title", "Buyer", "isMainContact", 1, "company", view_company((int64_t)(c->salt % 997) + 1));
}

static json_t *email_of(const struct customer *c)
{
    if (c->email == NULL)
        return json_null();
    return json_pack("{s:s,s:s,s:s,s:b}", "emailAddress", c->email, "marketingState",
                     c->subscribed ? "SUBSCRIBED" : "NOT_SUBSCRIBED", "marketingOptInLevel", "SINGLE_OPT_IN", "validFormat", 1);
}

json_t *view_customer(struct shop *s, const struct customer *c)
{
    json_t *v = json_object(), *addresses = json_array();

    for (size_t i = 0; i < c->address_count; i++)
        json_array_append_new(addresses, view_address(&c->addresses[i]));
    json_object_set_new(v, "__typename", json_string("Customer"));
    json_object_set_new(v, "id", view_gid("Customer", c->id));
    json_object_set_new(v, "legacyResourceId", json_sprintf("%" PRId64, c->id));
    json_object_set_new(v, "firstName", view_maybe(c->first));
    json_object_set_new(v, "lastName", view_maybe(c->last));
    json_object_set_new(v, "displayName", display_name(c));
    json_object_set_new(v, "email", view_maybe(c->email));
    json_object_set_new(v, "phone", view_maybe(c->phone));
    json_object_set_new(v, "note", view_maybe(c->note));
    json_object_set_new(v, "locale", json_string(c->locale == NULL ? "en" : c->locale));
    json_object_set_new(v, "state", json_string("DISABLED"));
    json_object_set_new(v, "taxExempt", json_boolean(c->tax_exempt));
    json_object_set_new(v, "taxExemptions", c->tax_exempt && c->salt % 2 == 0 ?
                                                json_pack("[s]", "EU_REVERSE_CHARGE_EXEMPTION_RULE") :
                                                json_array());
    json_object_set_new(v, "tags", view_words(c->tags));
    json_object_set_new(v, "verifiedEmail", json_boolean(c->email != NULL));
    json_object_set_new(v, "createdAt", view_moment(c->created));
    json_object_set_new(v, "updatedAt", view_moment(c->updated));
    json_object_set_new(v, "defaultEmailAddress", email_of(c));
    json_object_set_new(v, "defaultPhoneNumber", c->phone == NULL ? json_null() : json_pack("{s:s}", "phoneNumber", c->phone));
    json_object_set(v, "defaultAddress", c->address_count == 0 ? json_null() : json_array_get(addresses, 0));
    json_object_set_new(v, "addressesV2", addresses);
    json_object_set_new(v, "companyContactProfiles", companies(c));
    json_object_set_new(v, "metafields", s->tidy ? json_array() : view_metafields(c->salt, "Customer", c->updated));
    return v;
}
