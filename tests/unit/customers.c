/* The flow "customer in" against the practice Odoo, through the queue: what a merchant's first
 * import meets. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "shopify/reads.h"
#include "tests/unit/yard.h"

static struct yard yard, *y = &yard;

static int set_up(void **state)
{
    (void)state;
    yard_open(y, 2);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    yard_close(y);
    return 0;
}

/* ---- customers of the shop ---- */

static json_t *gid(const char *type, int64_t id)
{
    return json_sprintf("gid://shopify/%s/%lld", type, (long long)id);
}

static json_t *address(const char *street, const char *city)
{
    return json_pack("{ssssssssssssssss}", "firstName", "Ada", "lastName", "Byron", "name",
                     "Ada Byron", "address1", street, "city", city, "zip", "8000", "country",
                     "Switzerland", "countryCodeV2", "CH");
}

/* email NULL: none. */
static json_t *customer(int64_t id, const char *email)
{
    json_t *node = json_pack(
        "{sossssssssss s[] s{s[]} s{s[]}}", "id", gid("Customer", id), "firstName", "Ada",
        "lastName", "Byron", "locale", "en", "state", "ENABLED", "updatedAt",
        "2026-11-20T09:16:00Z", "tags", "addressesV2", "nodes", "metafields", "nodes");

    assert_non_null(node);
    if (email != NULL)
        json_object_set_new(node, "defaultEmailAddress", json_pack("{ss}", "emailAddress", email));
    return node;
}

static void with_address(json_t *node, json_t *one)
{
    json_array_append_new(json_object_get(json_object_get(node, "addressesV2"), "nodes"), one);
}

static void with_metafield(json_t *node, const char *key, const char *value)
{
    json_array_append_new(json_object_get(json_object_get(node, "metafields"), "nodes"),
                          json_pack("{ssssssss}", "namespace", "facts", "key", key, "type",
                                    "single_line_text_field", "value", value));
}

static int64_t bring(json_t *node)
{
    const char *text = strrchr(json_text_or(node, "id", "/0"), '/');
    char record[64];

    snprintf(record, sizeof record, "customer:%s", text + 1);
    return yard_job(y, "import", "customer.in", record, node);
}

static int64_t partners(const char *field, const char *value)
{
    return yard_count(y, "res.partner", json_pack("[[sss]]", field, "=", value));
}

/* The rehearsal of one. */
static struct rehearsed look(json_t *node)
{
    struct rehearsed out = { 0 };

    yard_rehearse(y, customer_rehearse, json_pack("[o]", node), &out);
    return out;
}

static const char *change_to(const struct rehearsed *r, const char *field)
{
    const json_t *row;
    size_t i;

    json_array_foreach(r->changes, i, row)
        if (strcmp(json_text_or(row, "field", ""), field) == 0)
            return json_text_or(row, "to", "?");
    return "";
}

/* ---- the sentences ---- */

static void a_customer_becomes_a_contact_with_tags_and_addresses(void **state)
{
    json_t *node = customer(101, "Ada.Byron@Example.com");
    json_auto_t *found = NULL, *children = NULL;
    struct rehearsed r;

    (void)state;
    json_object_set_new(node, "tags", json_pack("[ss]", "first tag", "second"));
    with_address(node, address("Bahnhofstrasse 1", "Zurich"));
    with_address(node, address("Seestrasse 9", "Bern"));
    r = look(json_deep_copy(node));
    assert_int_equal(r.verdict, REHEARSE_NEW);
    assert_string_equal(r.title, "Ada Byron");
    yard_forget(&r, 1);
    assert_int_equal(partners("email", "ada.byron@example.com"), 0);
    bring(json_deep_copy(node));
    yard_settle(y);
    found = yard_find(y, "res.partner", json_pack("[[sss]]", "email", "=", "ada.byron@example.com"),
                      "id,name,street,city,category_id,child_ids");
    assert_int_equal(json_array_size(found), 1);
    assert_string_equal(json_text(found, "0.street"), "Bahnhofstrasse 1");
    assert_int_equal(json_len(found, "0.category_id"), 2);
    children = yard_find(y, "res.partner",
                         json_pack("[[ssO]]", "parent_id", "=", json_at(found, "0.id")),
                         "type,street");
    assert_int_equal(json_array_size(children), 2);
    assert_string_equal(json_text(children, "0.type"), "other");
    assert_string_equal(json_text(children, "1.type"), "delivery");
    assert_int_equal(yard_pair(y, "customer", 101).odoo_id, json_int_or(found, "0.id", -1));
    assert_true(yard_told(y, "customer:101", "created", "2 addresses made"));
    r = look(node);
    assert_int_equal(r.verdict, REHEARSE_SAME);
    assert_int_equal(r.odoo_id, json_int_or(found, "0.id", -1));
    yard_forget(&r, 1);
}

static void a_contact_of_the_same_e_mail_is_linked_and_only_filled(void **state)
{
    json_t *node = customer(102, "grace@example.com");
    json_auto_t *found = NULL;
    struct rehearsed r;

    (void)state;
    yard_make(y, "res.partner",
              json_pack("{ssssss}", "name", "Grace H.", "email", " Grace@Example.COM", "phone",
                        "+41 44 111 11 11"));
    json_object_set_new(node, "defaultPhoneNumber", json_pack("{ss}", "phoneNumber", "+41442222222"));
    with_address(node, address("Weg 2", "Chur"));
    r = look(json_deep_copy(node));
    assert_int_equal(r.verdict, REHEARSE_CHANGES);
    assert_string_equal(change_to(&r, "street"), "Weg 2");
    assert_string_equal(change_to(&r, "phone"), "");
    assert_non_null(strstr(r.why.text, "Name, Phone"));
    yard_forget(&r, 1);
    bring(json_deep_copy(node));
    yard_settle(y);
    found = yard_find(y, "res.partner", json_pack("[[sss]]", "email_normalized", "=", "grace@example.com"),
                      "id,name,phone,street,country_id");
    assert_int_equal(json_array_size(found), 1);
    assert_string_equal(json_text(found, "0.name"), "Grace H.");
    assert_string_equal(json_text(found, "0.phone"), "+41 44 111 11 11");
    assert_string_equal(json_text(found, "0.street"), "Weg 2");
    assert_true(yard_told(y, "customer:102", "linked", "by e-mail"));
    assert_true(yard_told(y, "customer:102", "flag", "keeps its own: Name, Phone"));
    r = look(node);
    assert_int_equal(r.verdict, REHEARSE_SAME);
    yard_forget(&r, 1);
}

static void a_phone_counts_only_without_e_mail_and_a_name_never(void **state)
{
    json_t *phone = customer(103, NULL), *both = customer(104, "joan@example.com"),
           *name = customer(105, NULL);
    int64_t id = yard_make(y, "res.partner",
                           json_pack("{ssss}", "name", "Joan", "phone", "+41 44 333 33 33"));

    (void)state;
    json_object_set_new(phone, "defaultPhoneNumber", json_pack("{ss}", "phoneNumber", "+41443333333"));
    json_object_set_new(both, "defaultPhoneNumber", json_pack("{ss}", "phoneNumber", "+41443333333"));
    json_object_set_new(name, "firstName", json_string("Joan"));
    json_object_set_new(name, "lastName", json_null());
    bring(phone);
    bring(both);
    bring(name);
    yard_settle(y);
    assert_int_equal(yard_pair(y, "customer", 103).odoo_id, id);
    assert_int_not_equal(yard_pair(y, "customer", 104).odoo_id, id);
    assert_int_not_equal(yard_pair(y, "customer", 105).odoo_id, id);
    assert_true(yard_told(y, "customer:103", "linked", "by phone"));
}

static void two_customers_with_one_e_mail_are_one_contact(void **state)
{
    json_t *first = customer(106, "twins@example.com"), *second = customer(107, "TWINS@example.com ");
    struct rehearsed r[2] = { 0 };

    (void)state;
    json_object_set_new(second, "defaultPhoneNumber", json_pack("{ss}", "phoneNumber", "+41445555555"));
    yard_rehearse(y, customer_rehearse, json_pack("[O,O]", first, second), r);
    assert_int_equal(r[0].verdict, REHEARSE_NEW);
    assert_int_equal(r[1].verdict, REHEARSE_SAME);
    assert_non_null(strstr(r[1].why.text, "same e-mail"));
    yard_forget(r, 2);
    bring(first);
    yard_settle(y); /* side by side either may be the first */
    bring(second);
    yard_settle(y);
    assert_int_equal(partners("email", "twins@example.com"), 1);
    assert_int_equal(partners("phone", "+41445555555"), 1); /* the second fills what the first lacks */
    assert_int_not_equal(yard_pair(y, "customer", 106).odoo_id, 0);
    assert_int_equal(yard_pair(y, "customer", 106).odoo_id, yard_pair(y, "customer", 107).odoo_id);
    assert_true(yard_told(y, "customer:107", "flag", "customer 106 of Shopify is this contact too"));
}

static void a_customer_without_anything_is_a_contact_of_its_own(void **state)
{
    json_t *node = customer(108, NULL);

    (void)state;
    json_object_del(node, "firstName");
    json_object_del(node, "lastName");
    bring(node);
    yard_settle(y);
    assert_int_equal(partners("name", "Customer of Shopify 108"), 1);
    assert_true(yard_told(y, "customer:108", "flag", "no name, e-mail, phone or address"));
}

static void a_name_of_5000_characters_is_cut(void **state)
{
    json_t *node = customer(109, "long@example.com");
    char name[5001];

    (void)state;
    memset(name, 'n', 5000);
    name[5000] = '\0';
    json_object_set_new(node, "firstName", json_string(name));
    bring(node);
    yard_settle(y);
    assert_int_equal(partners("email", "long@example.com"), 1);
    assert_true(yard_told(y, "customer:109", "note", "overlong"));
}

static void a_bad_one_in_a_batch_is_parked_and_the_rest_is_delivered(void **state)
{
    int parked = yard_parked(y);
    int64_t bad = 0;

    (void)state;
    yard_map(y, "metafield", "customer.facts.kind", "type"); /* a selection of Odoo's */
    for (int i = 0; i < 20; i++) {
        char email[64];
        json_t *node;
        int64_t job;

        snprintf(email, sizeof email, "batch-%d@example.com", i);
        node = customer(200 + i, email);
        with_metafield(node, "kind", i == 13 ? "zzz" : "contact");
        job = bring(node);
        if (i == 13)
            bad = job;
    }
    yard_settle(y);
    assert_int_equal(yard_count(y, "res.partner", json_pack("[[sss]]", "email", "like", "batch-")), 19);
    assert_int_equal(yard_parked(y), parked + 1);
    assert_int_equal(yard_get(y, bad).state, JOB_PARKED);
    assert_non_null(strstr(yard_get(y, bad).last_text, "zzz"));
    yard_map(y, "metafield", "customer.facts.kind", "none");
}

static void what_is_no_customer_is_parked_with_its_cause(void **state)
{
    int64_t lost = yard_job(y, "import", "customer.in", "customer:301", json_pack("{ss}", "a", "b"));
    int64_t list = yard_job(y, "import", "customer.in", "customer:302", json_array());
    struct rehearsed r;

    (void)state;
    yard_settle(y);
    assert_int_equal(yard_get(y, lost).state, JOB_PARKED);
    assert_int_equal(yard_get(y, lost).last_kind, ERR_INVALID);
    assert_string_equal(yard_get(y, lost).last_text, "the customer has no Shopify id");
    assert_int_equal(yard_get(y, list).state, JOB_PARKED);
    r = look(json_pack("{}"));
    assert_int_equal(r.verdict, REHEARSE_REFUSED);
    assert_int_equal(r.why.kind, ERR_INVALID);
    yard_forget(&r, 1);
}

static void metafields_are_counted_and_mapped_ones_carried(void **state)
{
    json_t *node = customer(110, "meta@example.com");

    (void)state;
    yard_map(y, "metafield", "customer.facts.ref", "ref");
    with_metafield(node, "ref", "K-110");
    with_metafield(node, "shoe", "44");
    bring(node);
    yard_settle(y);
    assert_int_equal(partners("ref", "K-110"), 1);
    assert_int_equal(yard_uses(y, "metafield", "customer.facts.ref"), 1);
    assert_int_equal(yard_uses(y, "metafield", "customer.facts.shoe"), 1);
}

static void a_buyer_for_a_company_is_its_contact(void **state)
{
    json_t *one = customer(111, "buyer@acme.example"), *two = customer(112, "other@acme.example");
    json_auto_t *profile = json_pack("[{s{soss}}]", "company", "id", gid("Company", 31), "name", "Acme Ltd");
    json_auto_t *found = NULL;

    (void)state;
    json_object_set(one, "companyContactProfiles", profile);
    json_object_set(two, "companyContactProfiles", profile);
    bring(one);
    yard_settle(y);
    bring(two);
    yard_settle(y);
    found = yard_find(y, "res.partner", json_pack("[[sss]]", "name", "=", "Acme Ltd"), "id,is_company");
    assert_int_equal(json_array_size(found), 1);
    assert_true(json_flag(found, "0.is_company"));
    assert_int_equal(yard_count(y, "res.partner", json_pack("[[ssO]]", "parent_id", "=", json_at(found, "0.id"))), 2);
}

/* A company of the practice shop that has that metafield. */
static int64_t company_with(const char *key)
{
    int64_t ids[READS_COMPANIES_MAX], found = 0;
    json_auto_t *nodes = NULL;
    const json_t *node, *row;
    struct err err = { 0 };
    size_t i, k;

    for (i = 0; i < READS_COMPANIES_MAX; i++)
        ids[i] = 100 + (int64_t)i;
    assert_true(companies_fetch(y->site->shop, y->http, ids, READS_COMPANIES_MAX, PACE_IMPORT, &nodes,
                                NULL, &err));
    json_array_foreach(nodes, i, node)
        json_array_foreach(json_at(node, "metafields.nodes"), k, row)
            if (found == 0 && strcmp(json_text_or(row, "key", ""), key) == 0)
                found = ids[i];
    assert_int_not_equal(found, 0);
    return found;
}

static void metafields_of_a_company_are_counted_and_carried(void **state)
{
    int64_t company = company_with("cost_centre");
    json_auto_t *profile = json_pack("[{s{soss}}]", "company", "id", gid("Company", company), "name",
                                     "Metafield Works");
    json_t *node = customer(115, "cost@works.example");
    json_auto_t *found = NULL;
    bool counted = false;
    struct rehearsed r;
    const json_t *use;
    size_t i;

    (void)state;
    json_object_set(node, "companyContactProfiles", profile);
    r = look(json_deep_copy(node));
    json_array_foreach(r.uses, i, use)
        counted = counted || strcmp(json_text_or(use, "key", ""), "company.custom.cost_centre") == 0;
    assert_true(counted);
    yard_forget(&r, 1);
    yard_map(y, "metafield", "company.custom.cost_centre", "ref");
    bring(node);
    yard_settle(y);
    found = yard_find(y, "res.partner", json_pack("[[sss]]", "name", "=", "Metafield Works"),
                      "id,is_company,ref");
    assert_int_equal(json_array_size(found), 1);
    assert_true(json_flag(found, "0.is_company"));
    assert_string_equal(json_text_or(found, "0.ref", ""), "CC-100");
    assert_int_equal(partners("email", "cost@works.example"), 1);
    yard_map(y, "metafield", "company.custom.cost_centre", "none");
}

static void an_address_typed_by_hand_is_not_made_again(void **state)
{
    json_int_t id = yard_make(y, "res.partner",
                              json_pack("{ssss}", "name", "Mary", "email", "mary@example.com"));
    json_t *node = customer(113, "mary@example.com");

    (void)state;
    yard_make(y, "res.partner",
              json_pack("{sIsssssssssi}", "parent_id", id, "type", "delivery", "street", "Dorf 3",
                        "city", "thusis", "zip", "80 00", "country_id", 43));
    with_address(node, address("Dorf 3", "Thusis"));
    with_address(node, address("Dorf 4", "Thusis"));
    bring(node);
    yard_settle(y);
    assert_int_equal(yard_count(y, "res.partner", json_pack("[[ssI]]", "parent_id", "=", id)), 2);
    assert_true(yard_told(y, "customer:113", "linked", "1 address made"));
}

static void a_contact_deleted_in_odoo_is_made_again(void **state)
{
    json_t *node = customer(114, "gone@example.com");
    json_auto_t *args = NULL;
    json_auto_t *done = NULL;

    (void)state;
    bring(json_deep_copy(node));
    yard_settle(y);
    args = json_pack("[[I]]", (json_int_t)yard_pair(y, "customer", 114).odoo_id);
    done = yard_odoo(y, "res.partner", "unlink", json_incref(args), NULL);
    assert_int_equal(partners("email", "gone@example.com"), 0);
    bring(node);
    yard_settle(y);
    assert_int_equal(partners("email", "gone@example.com"), 1);
    assert_true(yard_told(y, "customer:114", "flag", "deleted in Odoo"));
}

static void lost_answers_and_outages_make_no_doubles(void **state)
{
    static const char *const kinds[] = { "drop_after", "drop_before", "serialization", "5xx", "malformed" };

    (void)state;
    if (y->real)
        skip();
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
        json_decref(yard_wish(y, json_pack("{sssssssssi}", "do", "fault", "side", "odoo", "kind",
                                           kinds[k], "method", "load", "count", 1)));
    for (int i = 0; i < 30; i++) {
        char email[64];
        json_t *node;

        snprintf(email, sizeof email, "storm-%d@example.com", i);
        node = customer(400 + i, email);
        with_address(node, address("Sturmweg 1", "Davos"));
        bring(node);
    }
    yard_settle(y);
    assert_int_equal(yard_count(y, "res.partner", json_pack("[[sss]]", "email", "like", "storm-")), 30);
    assert_int_equal(yard_count(y, "res.partner", json_pack("[[sss],[sss]]", "street", "=", "Sturmweg 1",
                                                            "type", "=", "other")), 30);
}

/* The webhook of an order by an imported customer to an imported address. */
static json_t *order_of(int64_t id, int64_t customer_id, const char *email)
{
    json_auto_t *place = json_pack("{ssssssssssssssss}", "first_name", "Ada", "last_name", "Byron",
                                   "name", "Ada Byron", "address1", "Gasse 7", "city", "Basel", "zip",
                                   "8000", "country", "Switzerland", "country_code", "CH");

    return json_pack("{sIsssssssssssssssssss[]s[]s{sIss}sOsO}", "id", (json_int_t)id, "name", "#77",
                     "created_at", "2026-11-20T10:15:30Z", "updated_at", "2026-11-20T10:15:30Z",
                     "processed_at", "2026-11-20T10:15:30Z", "currency", "USD", "total_price", "0.00",
                     "financial_status", "paid", "email", email, "contact_email", email, "line_items",
                     "tax_lines", "customer", "id", (json_int_t)customer_id, "email", email,
                     "billing_address", place, "shipping_address", place);
}

/* Two children that only their company tells apart come with their contact: which is which? */
static void addresses_that_are_almost_one_are_two(void **state)
{
    json_t *node = customer(116, "twice@example.com"), *at_work = address("Gasse 7", "Basel"), *bill;
    json_auto_t *children = NULL, *orders = NULL;

    (void)state;
    json_object_set_new(at_work, "company", json_string("Byron & Co"));
    with_address(node, address("Gasse 7", "Basel"));
    with_address(node, at_work);
    bring(node);
    yard_settle(y);
    children = yard_find(y, "res.partner",
                         json_pack("[[ssI]]", "parent_id", "=",
                                   (json_int_t)yard_pair(y, "customer", 116).odoo_id),
                         "name");
    assert_int_equal(json_array_size(children), 2);
    assert_string_equal(json_text(children, "0.name"), "Ada Byron");
    assert_string_equal(json_text(children, "1.name"), "Byron & Co, Ada Byron");
    bill = order_of(9002, 116, "twice@example.com");
    json_object_set_new(json_object_get(bill, "billing_address"), "company",
                        json_string("Byron & Co"));
    yard_job(y, "orders", "order.in", "order:9002", bill);
    yard_settle(y);
    orders = yard_find(y, "sale.order",
                       json_pack("[[ssI]]", "partner_id", "=",
                                 (json_int_t)yard_pair(y, "customer", 116).odoo_id),
                       "partner_invoice_id");
    assert_int_equal(json_int_or(orders, "0.partner_invoice_id.0", 0),
                     json_int_or(children, "1.id", -1));
}

static void an_order_after_the_import_makes_no_new_contact(void **state)
{
    json_t *node = customer(115, "order@example.com");
    int64_t before;

    (void)state;
    with_address(node, address("Elsewhere 1", "Basel"));
    with_address(node, address("Gasse 7", "Basel"));
    bring(node);
    yard_settle(y);
    before = yard_count(y, "res.partner", json_array());
    yard_job(y, "orders", "order.in", "order:9001", order_of(9001, 115, "order@example.com"));
    yard_settle(y);
    assert_int_equal(yard_count(y, "res.partner", json_array()), before);
    assert_int_equal(yard_count(y, "sale.order", json_pack("[[ssI]]", "partner_id", "=",
                                                           (json_int_t)yard_pair(y, "customer", 115).odoo_id)),
                     1);
}

static void without_a_payload_the_shop_is_asked(void **state)
{
    int64_t lost = yard_job(y, "import", "customer.in", "customer:999999", NULL);

    (void)state;
    yard_settle(y);
    assert_int_equal(yard_get(y, lost).state, JOB_PARKED);
    assert_int_equal(yard_get(y, lost).last_kind, ERR_MISSING);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_customer_becomes_a_contact_with_tags_and_addresses),
        cmocka_unit_test(a_contact_of_the_same_e_mail_is_linked_and_only_filled),
        cmocka_unit_test(a_phone_counts_only_without_e_mail_and_a_name_never),
        cmocka_unit_test(two_customers_with_one_e_mail_are_one_contact),
        cmocka_unit_test(a_customer_without_anything_is_a_contact_of_its_own),
        cmocka_unit_test(a_name_of_5000_characters_is_cut),
        cmocka_unit_test(a_bad_one_in_a_batch_is_parked_and_the_rest_is_delivered),
        cmocka_unit_test(what_is_no_customer_is_parked_with_its_cause),
        cmocka_unit_test(metafields_are_counted_and_mapped_ones_carried),
        cmocka_unit_test(a_buyer_for_a_company_is_its_contact),
        cmocka_unit_test(metafields_of_a_company_are_counted_and_carried),
        cmocka_unit_test(an_address_typed_by_hand_is_not_made_again),
        cmocka_unit_test(a_contact_deleted_in_odoo_is_made_again),
        cmocka_unit_test(lost_answers_and_outages_make_no_doubles),
        cmocka_unit_test(addresses_that_are_almost_one_are_two),
        cmocka_unit_test(an_order_after_the_import_makes_no_new_contact),
        cmocka_unit_test(without_a_payload_the_shop_is_asked),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
