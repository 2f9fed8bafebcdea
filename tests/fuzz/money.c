/* money.c - "2 1234.50": the minor digits, then a text that may be an amount. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/money.h"
#include "tests/fuzz/fuzz.h"

static void check_text(int64_t minor, int digits)
{
    char text[MONEY_TEXT_MAX];
    int64_t again;
    bool exact;

    FUZZ_CHECK(money_text(minor, digits, text) == text);
    FUZZ_CHECK(money_parse(text, digits, &again, &exact));
    FUZZ_CHECK(again == minor && exact);
}

static void check_scale(int64_t minor, int64_t den)
{
    int64_t share = money_div_round(minor, den);
    int64_t rest = minor - share * den; /* share * den is minor, give or take half of den */

    FUZZ_CHECK(2 * llabs(rest) <= den);
    FUZZ_CHECK(money_scale(minor, den, den) == minor);
    FUZZ_CHECK(money_div_round(-minor, den) == -share);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int digits = size == 0 ? 0 : data[0] % 4; /* '0' is a multiple of four */
    char *text = fuzz_text(size < 2 ? data : data + 2, size < 2 ? 0 : size - 2);
    int64_t minor, again;
    bool exact;

    money_digits(text);
    if (money_parse(text, digits, &minor, &exact)) {
        check_text(minor, digits);
        check_scale(minor, 1 + (int64_t)(size % 97));
        FUZZ_CHECK(money_parse(text, digits, &again, NULL) && again == minor);
        /* what fits into a double's fifteen digits comes back from Odoo's float unharmed */
        if (exact && llabs(minor) < INT64_C(100000000000000)) {
            char own[MONEY_TEXT_MAX];

            FUZZ_CHECK(
                money_from_double(strtod(money_text(minor, digits, own), NULL), digits, &again));
            FUZZ_CHECK(again == minor);
        }
    }
    if (money_from_double(strtod(text, NULL), digits, &minor))
        check_text(minor, digits);
    free(text);
    return 0;
}
