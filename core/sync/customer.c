#include "sync/customer.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "sync/kinds.h"
#include "sync/order.h"
#include "sync/order_read.h"
#include "sync/plain.h"
#include "sync/text.h"
#include "sync/validate.h"

#define ADDRESSES_MAX  250
#define METAFIELDS_MAX 250
#define VALUE_MAX      5000

/* ---- reading ---- */

static bool holds(const json_t *addresses, const json_t *address)
{
    const char *print = json_text_or(address, "fingerprint", "");
    const json_t *row;
    size_t i;

    json_array_foreach(addresses, i, row)
        if (strcmp(json_text_or(row, "fingerprint", "?"), print) == 0)
            return true;
    return false;
}

/* Adds it unless it is empty or there already. */
static void add_address(json_t *addresses, const json_t *from, struct findings *f)
{
    json_auto_t *address = order_address(from);

    if (!json_is_object(address) || holds(addresses, address))
        return;
    if (json_array_size(addresses) == ADDRESSES_MAX)
        findings_add(f, FINDING_FLAG, ERR_INVALID, "", "only the first %d addresses were taken",
                     ADDRESSES_MAX);
    else
        json_array_append(addresses, address);
}

/* The default address, which may be told whole or by its id alone; else the first. */
static const json_t *default_of(const json_t *plain)
{
    const json_t *told = json_at(plain, "default_address"), *list, *row;
    size_t i;

    if (json_at(told, "address1") != NULL || json_at(told, "city") != NULL)
        return told;
    list = json_at(plain, "addresses_v2");
    json_array_foreach(list, i, row)
        if (told != NULL && json_equal(json_object_get(row, "id"), json_object_get(told, "id")))
            return row;
    return json_array_get(list, 0);
}

static void addresses_of(const json_t *plain, json_t *customer, struct findings *f)
{
    const json_t *first = default_of(plain), *row;
    json_t *addresses = json_array();
    size_t i;

    if (first != NULL)
        add_address(addresses, first, f);
    json_array_foreach(json_at(plain, "addresses_v2"), i, row)
        add_address(addresses, row, f);
    read_put(customer, "home",
             json_array_size(addresses) > 0 ? json_incref(json_array_get(addresses, 0)) :
                                              json_null());
    read_put(customer, "addresses", addresses);
}

static void companies_of(struct reader *in, const json_t *plain, json_t *customer)
{
    json_t *list = json_array();
    const json_t *row;
    size_t i;

    json_array_foreach(json_at(plain, "company_contact_profiles"), i, row)
    {
        json_t *id = read_id(row, "company.id");

        if (json_is_null(id) || json_array_size(list) == 50) {
            json_decref(id);
            continue;
        }
        json_array_append_new(list, json_pack("{soso}", "id", id, "name",
                                              read_text(in, row, "company.name", 256)));
    }
    read_put(customer, "companies", list);
}

static int by_key(const void *a, const void *b)
{
    return strcmp(json_text_or(*(json_t *const *)a, "key", ""),
                  json_text_or(*(json_t *const *)b, "key", ""));
}

static json_t *metafields_of(struct reader *in, const json_t *plain)
{
    json_t *list = json_array(), *rows[METAFIELDS_MAX];
    const json_t *row;
    size_t i, count = 0;

    json_array_foreach(json_at(plain, "metafields"), i, row)
    {
        json_auto_t *key =
            json_sprintf("%s.%s", json_text_or(row, "namespace", ""), json_text_or(row, "key", ""));
        json_auto_t *value =
            text_clean(json_text(row, "value"), VALUE_MAX, true, &in->cleaned);

        if (key == NULL || json_string_length(key) + strlen("customer.") >=
                               CUSTOMER_METAFIELD_KEY_MAX) {
            findings_add(in->f, FINDING_FLAG, ERR_INVALID, "",
                         "a metafield with an overlong name was left out");
            continue;
        }
        if (json_is_string(value) && count < METAFIELDS_MAX)
            rows[count++] = json_pack("{sOsssO}", "key", key, "type",
                                      json_text_or(row, "type", ""), "value", value);
    }
    qsort(rows, count, sizeof rows[0], by_key);
    for (i = 0; i < count; i++)
        json_array_append_new(list, rows[i]);
    return list;
}

json_t *customer_metafields(const json_t *node, struct findings *f)
{
    json_auto_t *plain = json_is_object(node) ? plain_of(node) : NULL;
    struct reader in = { .f = f };

    if (json_flag(node, "metafields.pageInfo.hasNextPage"))
        findings_add(f, FINDING_FLAG, ERR_INVALID, "", "only its first metafields were read");
    return metafields_of(&in, plain);
}

static void head(struct reader *in, const json_t *plain, json_t *customer)
{
    const char *email = json_text(plain, "default_email_address.email_address");
    const char *phone = json_text(plain, "default_phone_number.phone_number");
    json_t *address;

    if (email == NULL)
        email = json_text(plain, "email");
    address = text_email(email);
    if (email != NULL && *email != '\0' && json_is_null(address))
        findings_add(in->f, FINDING_FLAG, ERR_INVALID, "", "the customer's e-mail is no address");
    read_put(customer, "email", address);
    read_put(customer, "first_name", read_text(in, plain, "first_name", 256));
    read_put(customer, "last_name", read_text(in, plain, "last_name", 256));
    read_put(customer, "phone",
             text_clean(phone != NULL ? phone : json_text(plain, "phone"), 64, false,
                        &in->cleaned));
    read_put(customer, "tags", read_tags(in, json_at(plain, "tags")));
    read_put(customer, "tax_exempt", read_flag(plain, "tax_exempt"));
    read_put(customer, "note", text_clean(json_text(plain, "note"), 5000, true, &in->cleaned));
    read_put(customer, "locale", read_text(in, plain, "locale", 16));
    read_put(customer, "account", read_word(json_text(plain, "state"), 32));
    read_put(customer, "updated_at", read_time(in, plain, "updated_at"));
}

static bool nobody(const json_t *customer)
{
    static const char *const told[] = { "email", "first_name", "last_name", "phone", "home" };

    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++)
        if (json_at(customer, told[i]) != NULL)
            return false;
    return true;
}

json_t *customer_from_shopify(const json_t *node, struct findings *f, struct err *err)
{
    json_auto_t *plain = json_is_object(node) ? plain_of(node) : NULL;
    json_auto_t *customer = json_object();
    struct reader in = { .f = f };

    if (plain == NULL) {
        err_set(err, ERR_INVALID, "the customer is no JSON object");
        return NULL;
    }
    if (json_flag(node, "addressesV2.pageInfo.hasNextPage")) {
        err_set(err, ERR_BUG, "the customer's addresses were not all read");
        return NULL;
    }
    if (json_flag(node, "metafields.pageInfo.hasNextPage"))
        findings_add(f, FINDING_FLAG, ERR_INVALID, "", "only its first metafields were read");
    read_put(customer, "id", read_id(plain, "id"));
    if (json_at(customer, "id") == NULL) {
        err_set(err, ERR_INVALID, "the customer has no Shopify id");
        return NULL;
    }
    head(&in, plain, customer);
    addresses_of(plain, customer, f);
    read_put(customer, "company",
             json_at(customer, "home.company") != NULL ?
                 json_deep_copy(json_at(customer, "home.company")) :
                 json_null());
    companies_of(&in, plain, customer);
    read_put(customer, "metafields", metafields_of(&in, plain));
    if (nobody(customer))
        findings_add(f, FINDING_FLAG, ERR_INVALID, "",
                     "the customer has no name, e-mail, phone or address");
    if (json_flag(customer, "tax_exempt"))
        findings_add(f, FINDING_NOTE, ERR_INVALID, "",
                     "tax exempt in Shopify: Odoo goes by the fiscal position of the contact");
    if (json_len(customer, "companies") > 1)
        findings_add(f, FINDING_FLAG, ERR_INVALID, "",
                     "buys for %zu companies: the contact is put under the first",
                     json_len(customer, "companies"));
    if (in.cleaned)
        findings_add(f, FINDING_NOTE, ERR_INVALID, "",
                     "control characters or overlong texts were taken out");
    if (!validate(kind_of("customer"), customer, f)) {
        if (findings_err(f, err))
            err_set(err, ERR_BUSY, "customer: out of memory");
        return NULL;
    }
    return json_incref(customer);
}

/* ---- who it is ---- */

struct person person_of_customer(const json_t *customer)
{
    const json_t *home = json_at(customer, "home");
    struct person p = {
        .id = json_int_or(customer, "id", 0),
        .email = json_text(customer, "email"),
        .first = json_text(customer, "first_name"),
        .last = json_text(customer, "last_name"),
        .company = json_text(customer, "company"),
        .phone = json_text(customer, "phone"),
        .note = json_text(customer, "note"),
        .locale = json_text(customer, "locale"),
        .home = home,
        .tags = json_at(customer, "tags"),
    };

    if (p.phone == NULL)
        p.phone = json_text(home, "phone");
    if (p.first == NULL && p.last == NULL) {
        p.first = json_text(home, "first_name");
        p.last = json_text(home, "last_name");
        if (p.first == NULL && p.last == NULL)
            p.last = json_text(home, "name");
    }
    snprintf(p.otherwise, sizeof p.otherwise, "Customer of Shopify %" PRId64, p.id);
    return p;
}

bool customer_phone(const char *text, char phone[CUSTOMER_PHONE_MAX])
{
    size_t n = 0;

    if (text == NULL)
        return false;
    while (*text == ' ')
        text++;
    if (text[0] == '0' && text[1] == '0')
        text += 2;
    else if (*text == '+')
        text++;
    else
        return false; /* a number at home: which country's? */
    phone[n++] = '+';
    for (; *text != '\0'; text++) {
        if (strchr(" -./()", *text) != NULL)
            continue;
        if (!isdigit((unsigned char)*text) || n + 1 >= CUSTOMER_PHONE_MAX)
            return false;
        phone[n++] = *text;
    }
    phone[n] = '\0';
    return n > 7;
}

static json_t *address_needs(const json_t *customer)
{
    json_t *list = json_array();
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(customer, "addresses"), i, row)
        json_array_append_new(list, json_pack("{sssssI}", "fingerprint",
                                              json_text_or(row, "fingerprint", ""), "role",
                                              i == 0 ? "both" : "delivery", "at", (json_int_t)i));
    return list;
}

json_t *customer_needs(const json_t *customer, const char *shopkey, const struct reference *r)
{
    struct person person = person_of_customer(customer);
    const json_t *tags = json_at(customer, "tags"), *company = json_at(customer, "companies.0");
    char xmlid[160], key[300], phone[CUSTOMER_PHONE_MAX];
    bool carry = reference_policy_is(r, "tags", "both") || reference_policy_is(r, "tags", "customer");
    bool by_phone = person.email == NULL && customer_phone(json_text(customer, "phone"), phone);

    if (!partner_xmlid(&person, shopkey, r, xmlid, sizeof xmlid))
        return NULL;
    if (person.email != NULL)
        snprintf(key, sizeof key, "email:%s", person.email);
    else
        snprintf(key, sizeof key, "customer:%" PRId64, person.id);
    return json_pack("{ssss?sssososO?so}", "key", key, "email", person.email, "xmlid", xmlid,
                     "phone", by_phone ? json_string(phone) : json_null(), "categories",
                     carry && tags != NULL ? json_deep_copy(tags) : json_array(), "company",
                     company, "addresses", address_needs(customer));
}
