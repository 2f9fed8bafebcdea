/* when.c - a text that may be a time of Shopify or of Odoo. */
#include "base/when.h"
#include "tests/fuzz/fuzz.h"

#define YEAR_10000 INT64_C(253402300800) /* seconds */

static void check(when at)
{
    char text[WHEN_TEXT_MAX];
    when again;

    FUZZ_CHECK(at >= -WHEN_DAY && at < (YEAR_10000 + 86400) * WHEN_SECOND);
    if (at < 0 || at >= YEAR_10000 * WHEN_SECOND)
        return; /* an offset led over the edge of what can be written */
    FUZZ_CHECK(when_parse_iso(when_iso_micro(at, text), &again) && again == at);
    FUZZ_CHECK(when_parse_iso(when_iso(at, text), &again));
    FUZZ_CHECK(again == at - at % WHEN_SECOND);
    FUZZ_CHECK(when_parse_odoo(when_odoo(at, text), &again));
    FUZZ_CHECK(again == at - at % WHEN_SECOND);
    FUZZ_CHECK(when_local(at, text) == text && strlen(text) < WHEN_TEXT_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    when at;

    if (when_parse_iso(text, &at))
        check(at);
    if (when_parse_odoo(text, &at))
        check(at);
    free(text);
    return 0;
}
