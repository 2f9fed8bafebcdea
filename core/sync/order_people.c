/* Who an order is of and where it goes. */
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "sync/kinds.h"
#include "sync/order.h"
#include "sync/order_read.h"
#include "sync/text.h"

static void fingerprint(json_t *address)
{
    static const char *const parts[] = { "first_name", "last_name", "name", "company",
                                         "street",     "street2",   "city", "zip",
                                         "province",   "country",   "phone" };
    char hex[65];
    AUTO_STR s;

    str_init(&s, 8192);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const char *value = json_text(address, parts[i]);

        /* the code says the same in every language */
        if (strcmp(parts[i], "country") == 0 && json_text(address, "country_code") != NULL)
            value = json_text(address, "country_code");
        if (strcmp(parts[i], "province") == 0 && json_text(address, "province_code") != NULL)
            value = json_text(address, "province_code");
        /* the whole name counts only when its parts are not given */
        if (strcmp(parts[i], "name") == 0 &&
            (json_text(address, "first_name") != NULL || json_text(address, "last_name") != NULL))
            value = NULL;
        text_fold(&s, value);
        str_adds(&s, "\n");
    }
    text_hash(s.data, s.len, hex);
    read_put(address, "fingerprint", json_string(hex));
}

static json_t *address_of(struct reader *in, const json_t *from)
{
    static const char *const names[][2] = {
        { "first_name", "first_name" },
        { "last_name", "last_name" },
        { "name", "name" },
        { "company", "company" },
        { "street", "address1" },
        { "street2", "address2" },
        { "city", "city" },
        { "zip", "zip" },
        { "province", "province" },
        { "province_code", "province_code" },
        { "country", "country" },
        { "country_code", "country_code" },
        { "phone", "phone" },
    };
    json_t *address;
    bool any = false;

    if (!json_is_object(from))
        return json_null();
    address = json_object();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t limit = kind_field(kind_of("address"), names[i][0])->limit;
        json_t *value = read_text(in, from, names[i][1], limit);

        any = any || json_is_string(value);
        read_put(address, names[i][0], value);
    }
    if (!any) {
        json_decref(address);
        return json_null();
    }
    fingerprint(address);
    return address;
}

json_t *order_address(const json_t *address)
{
    struct reader in = { 0 };

    return address_of(&in, address);
}

static json_t *customer_of(struct reader *in, const json_t *payload)
{
    const json_t *from = json_at(payload, "customer");
    json_t *customer;

    if (!json_is_object(from))
        return json_null();
    customer = json_object();
    read_put(customer, "id", read_id(from, "id"));
    read_put(customer, "email", text_email(json_text(from, "email")));
    read_put(customer, "first_name", read_text(in, from, "first_name", 256));
    read_put(customer, "last_name", read_text(in, from, "last_name", 256));
    read_put(customer, "phone", read_text(in, from, "phone", 64));
    read_put(customer, "company", read_text(in, from, "default_address.company", 256));
    read_put(customer, "tags", read_tags(in, json_at(from, "tags")));
    read_put(customer, "tax_exempt", read_flag(from, "tax_exempt"));
    read_put(customer, "note", text_clean(json_text(from, "note"), 5000, true, &in->cleaned));
    read_put(customer, "locale", read_text(in, payload, "customer_locale", 16));
    return customer;
}

void read_people(struct reader *in, const json_t *payload, json_t *order)
{
    json_t *email = text_email(json_text(payload, "email"));

    if (json_is_null(email))
        email = text_email(json_text(payload, "contact_email"));
    read_put(order, "customer", customer_of(in, payload));
    read_put(order, "email", email);
    read_put(order, "phone", read_text(in, payload, "phone", 64));
    read_put(order, "billing", address_of(in, json_at(payload, "billing_address")));
    read_put(order, "shipping", address_of(in, json_at(payload, "shipping_address")));
    read_put(order, "note", text_clean(json_text(payload, "note"), 5000, true, &in->cleaned));
    read_put(order, "attributes", read_pairs(in, json_at(payload, "note_attributes")));
    read_put(order, "tags", read_tags(in, json_at(payload, "tags")));
}
