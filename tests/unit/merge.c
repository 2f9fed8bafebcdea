/* Three versions of a record: linked though they differ, the newest wins, a contact in both forms,
 * and answers that are bound to what was shown. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "jobs/ask.h"
#include "sync/contact.h"
#include "sync/diff.h"

static json_t *parse(const char *text)
{
    AUTO_FREE char *copy = strdup(text);

    for (char *p = copy; *p != '\0'; p++)
        if (*p == '\'')
            *p = '"';
    json_t *value = json_loads(copy, JSON_DECODE_ANY, NULL);

    assert_non_null(value);
    return value;
}

/* What becomes of versions written with single quotes; NULL: not there. */
static json_t *merged(const char *agreed, const char *apart, const char *shopify, const char *odoo,
                      when shopify_at, when odoo_at, const char *rule)
{
    json_auto_t *a = parse(agreed), *x = parse(apart), *s = parse(shopify), *o = parse(odoo);
    json_auto_t *policies = json_pack("{ss*}", "owner.customer.email", rule);
    json_auto_t *nothing = json_object();
    struct reference *r = reference_new(nothing, NULL, policies, NULL);
    struct diff_versions v = { .agreed = a, .apart = x, .shopify = s, .odoo = o,
                               .shopify_at = shopify_at, .odoo_at = odoo_at };
    json_t *result = diff_merge_versions(kind_of("customer"), &v, r);

    assert_non_null(r);
    reference_free(r);
    assert_non_null(result);
    return result;
}

static void holds(const json_t *value, const char *expected)
{
    json_auto_t *want = parse(expected);

    if (!json_equal(value, want)) {
        AUTO_FREE char *text = json_write(value);

        fail_msg("%s instead of %s", text != NULL ? text : "?", expected);
    }
}

static void sides_that_were_linked_apart_stay_apart_until_one_moves(void **fixture)
{
    static const char apart[] = "{'email':{'shopify':'s','odoo':'o'}}";
    json_auto_t *still = merged("{}", apart, "{'email':'s'}", "{'email':'o'}", 0, 0, NULL);
    json_auto_t *shop = merged("{}", apart, "{'email':'t'}", "{'email':'o'}", 0, 0, NULL);
    json_auto_t *odoo = merged("{}", apart, "{'email':'s'}", "{'email':'p'}", 0, 0, NULL);
    json_auto_t *alike = merged("{}", apart, "{'email':'o'}", "{'email':'o'}", 0, 0, NULL);
    json_auto_t *both = merged("{}", apart, "{'email':'t'}", "{'email':'p'}", 0, 0, NULL);

    (void)fixture;
    holds(json_object_get(still, "apart"), apart);
    holds(json_object_get(still, "ask"), "[]");
    holds(json_object_get(shop, "to_odoo"), "{'email':'t'}");
    holds(json_object_get(shop, "apart"), "{}");
    holds(json_object_get(odoo, "to_shopify"), "{'email':'p'}");
    holds(json_object_get(alike, "agreed"), "{'email':'o'}");
    holds(json_object_get(alike, "to_odoo"), "{}");
    assert_int_equal(json_len(both, "ask"), 1);
    holds(json_object_get(both, "apart"), apart);
}

static void the_newest_wins_only_where_both_moved_and_it_is_known(void **fixture)
{
    static const char a[] = "{'email':'a'}", s[] = "{'email':'s'}", o[] = "{'email':'o'}";
    json_auto_t *shop = merged(a, "{}", s, o, 20, 10, "newest");
    json_auto_t *odoo = merged(a, "{}", s, o, 10, 20, "newest");
    json_auto_t *unknown = merged(a, "{}", s, o, 10, 0, "newest");
    json_auto_t *one = merged(a, "{}", s, a, 10, 20, "newest");
    json_auto_t *owned = merged(a, "{}", s, o, 20, 10, "odoo");
    json_auto_t *nonsense = merged(a, "{}", s, o, 20, 10, "whoever");

    (void)fixture;
    holds(json_object_get(shop, "to_odoo"), s);
    holds(json_object_get(odoo, "to_shopify"), o);
    assert_int_equal(json_len(unknown, "ask"), 1);
    holds(json_object_get(one, "to_odoo"), s);
    holds(json_object_get(owned, "to_shopify"), o);
    assert_int_equal(json_len(nonsense, "ask"), 1);
}

/* ---- a contact in both forms ---- */

static void what_only_looks_different_is_the_same(void **fixture)
{
    json_auto_t *customer = parse("{'id':7,'first_name':'Ada','last_name':'Byron','email':'a@b.c',"
                                  "'phone':'+41441112233','note':'One & two\\nthree'}");
    json_auto_t *row = parse("{'name':'ada  byron','email':'A@B.c','phone':'044 111 22 33',"
                             "'comment':'<p>One &amp; two</p><p>three</p>'}");
    json_auto_t *nameless = parse("{'id':7,'email':'a@b.c'}");
    json_auto_t *stand_in = parse("{'name':'a@b.c','email':'a@b.c','phone':false,'comment':false}");
    json_auto_t *shop = contact_of_customer(customer, NULL), *likes = json_pack("[O]", shop);
    json_auto_t *odoo = contact_of_partner(row, customer, likes);
    json_auto_t *nobody = contact_of_partner(stand_in, nameless, NULL);

    (void)fixture;
    assert_true(json_equal(shop, odoo));
    holds(json_object_get(nobody, "name"), "null");
    holds(json_object_get(nobody, "phone"), "null");
}

static void what_one_side_lacks_is_filled_and_what_differs_stays(void **fixture)
{
    json_auto_t *shop = parse("{'name':'Ada','email':'a@b.c','phone':'1','note':null}");
    json_auto_t *odoo = parse("{'name':'Ada','email':'x@y.z','phone':null,'note':'n'}");
    json_auto_t *linked = contact_linked(shop, odoo);

    (void)fixture;
    holds(json_object_get(linked, "agreed"), "{'name':'Ada','phone':'1'}");
    holds(json_object_get(linked, "apart"), "{'email':{'shopify':'a@b.c','odoo':'x@y.z'},"
                                            "'note':{'shopify':null,'odoo':'n'}}");
}

static void input(const char *name, const char *first, const char *last, const char *expected)
{
    json_auto_t *record = json_pack("{ss}", "name", name), *made = NULL;
    json_auto_t *customer = json_pack("{ss*ss*}", "first_name", first, "last_name", last);

    made = contact_input(record, customer);
    holds(made, expected);
}

static void a_name_is_split_as_the_shop_splits_it(void **fixture)
{
    (void)fixture;
    input("Ada King", "Ada", "Byron", "{'firstName':'Ada','lastName':'King'}");
    input("Ada Mary King", "Ada", "Byron", "{'firstName':'Ada','lastName':'Mary King'}");
    input("Augusta Ada Byron", "Ada", "Byron", "{'firstName':'Augusta Ada','lastName':'Byron'}");
    input("Jan van Dam", "Jan", "van Dam", "{'firstName':'Jan','lastName':'van Dam'}");
    input("Someone Else", NULL, NULL, "{'firstName':'Someone','lastName':'Else'}");
    input("Cher", "Ada", "Byron", "{'firstName':'Cher','lastName':''}");
}

static void odoo_keeps_a_name_and_an_email(void **fixture)
{
    json_auto_t *record = parse("{'name':null,'phone':null,'note':'a<b\\nc'}");
    json_auto_t *cells = contact_cells(record);

    (void)fixture;
    holds(cells, "{'name':null,'email':null,'phone':'','comment':'a&lt;b<br>c'}");
    assert_true(contact_never_empty("email"));
    assert_false(contact_never_empty("note"));
}

/* ---- answers ---- */

#define ROW                                                                                        \
    "[{'field':'email','label':'E-mail','agreed':'a','shopify':'s','odoo':'o','type':'text'}]"

/* A live question about an e-mail, in that state and with that answer. */
static void begin(struct ask *a, enum conflict_state state, const char *answer)
{
    *a = (struct ask){ .live = { .id = 1, .state = state } };
    str_copy(a->live.by, sizeof a->live.by, "ann");
    a->was = parse(ROW);
    a->answer = answer != NULL ? parse(answer) : NULL;
    a->fields = json_array();
}

/* One run of the job: both sides hold these, agreed is still that. */
static json_t *run(struct ask *a, const char *agreed, const char *shopify, const char *odoo)
{
    json_auto_t *s = parse(shopify), *o = parse(odoo);
    json_t *merge = merged(agreed, "{}", shopify, odoo, 0, 0, NULL);

    ask_merge(a, merge, s, o);
    return merge;
}

static void an_answer_goes_to_the_sides_that_lack_it(void **fixture)
{
    static const char edited[] = "{'email':{'take':'edited','value':'e'}}";
    struct ask a;

    (void)fixture;
    begin(&a, CONFLICT_ANSWERED, edited);
    json_auto_t *first = run(&a, "{'email':'a'}", "{'email':'s'}", "{'email':'o'}");
    assert_true(a.carried && !ask_needs_person(&a));
    holds(json_object_get(first, "to_odoo"), "{'email':'e'}");
    holds(json_object_get(first, "to_shopify"), "{'email':'e'}");
    holds(json_object_get(first, "agreed"), "{'email':'e'}");
    ask_clear(&a);
    /* the core died after it had written Odoo: that is no move of Odoo's */
    begin(&a, CONFLICT_ANSWERED, edited);
    json_auto_t *again = run(&a, "{'email':'a'}", "{'email':'s'}", "{'email':'e'}");
    assert_true(a.carried && !ask_needs_person(&a));
    holds(json_object_get(again, "to_odoo"), "{}");
    holds(json_object_get(again, "to_shopify"), "{'email':'e'}");
    ask_clear(&a);
}

static void a_side_that_moved_is_asked_anew(void **fixture)
{
    struct ask a;

    (void)fixture;
    begin(&a, CONFLICT_ANSWERED, "{'email':{'take':'odoo','value':'o'}}");
    json_auto_t *merge = run(&a, "{'email':'a'}", "{'email':'s'}", "{'email':'p'}");
    assert_true(!a.carried && ask_needs_person(&a));
    assert_string_equal(a.why, "E-mail moved in Odoo since");
    holds(json_object_get(merge, "to_shopify"), "{}");
    assert_string_equal(json_text(a.fields, "0.odoo"), "p");
    ask_clear(&a);
    /* both moved to the same: nothing is left to choose */
    begin(&a, CONFLICT_ANSWERED, "{'email':{'take':'odoo','value':'o'}}");
    json_auto_t *alike = run(&a, "{'email':'a'}", "{'email':'q'}", "{'email':'q'}");
    assert_true(!a.carried && !ask_needs_person(&a));
    holds(json_object_get(alike, "agreed"), "{'email':'q'}");
    ask_clear(&a);
}

static void what_was_taken_back_is_put_back_and_asked_again(void **fixture)
{
    static const char odoo[] = "{'email':{'take':'odoo','value':'o'}}";
    struct ask a;

    (void)fixture;
    begin(&a, CONFLICT_UNDOING, odoo); /* it was carried out: both hold it */
    json_auto_t *after = run(&a, "{'email':'o'}", "{'email':'o'}", "{'email':'o'}");
    assert_true(!a.carried && ask_needs_person(&a));
    holds(json_object_get(after, "to_shopify"), "{'email':'s'}");
    holds(json_object_get(after, "to_odoo"), "{}");
    holds(json_object_get(after, "agreed"), "{'email':'a'}");
    holds(a.fields, ROW);
    ask_clear(&a);
    begin(&a, CONFLICT_UNDOING, odoo); /* it was not begun */
    json_auto_t *before = run(&a, "{'email':'a'}", "{'email':'s'}", "{'email':'o'}");
    holds(json_object_get(before, "to_shopify"), "{}");
    holds(a.fields, ROW);
    ask_clear(&a);
    begin(&a, CONFLICT_UNDOING, odoo); /* somebody went on with it: it stays */
    json_auto_t *moved = run(&a, "{'email':'o'}", "{'email':'new'}", "{'email':'o'}");
    assert_false(ask_needs_person(&a));
    holds(json_object_get(moved, "to_odoo"), "{'email':'new'}");
    assert_string_equal(a.why, "E-mail moved in Shopify since");
    ask_clear(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sides_that_were_linked_apart_stay_apart_until_one_moves),
        cmocka_unit_test(the_newest_wins_only_where_both_moved_and_it_is_known),
        cmocka_unit_test(what_only_looks_different_is_the_same),
        cmocka_unit_test(what_one_side_lacks_is_filled_and_what_differs_stays),
        cmocka_unit_test(a_name_is_split_as_the_shop_splits_it),
        cmocka_unit_test(odoo_keeps_a_name_and_an_email),
        cmocka_unit_test(an_answer_goes_to_the_sides_that_lack_it),
        cmocka_unit_test(a_side_that_moved_is_asked_anew),
        cmocka_unit_test(what_was_taken_back_is_put_back_and_asked_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
