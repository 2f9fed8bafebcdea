/* odoo_answer.c - what came back from Odoo, judged; see answer.h for the form of a file. */
#include <jansson.h>

#include "odoo/records.h"
#include "odoo/rpc.h"
#include "tests/fuzz/answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = { .kind = ERR_NONE };
    json_t *result = NULL, *ids = NULL;
    AUTO_ODOO_TRACE trace;
    AUTO_HTTP_ANSWER answer;
    bool read;

    odoo_trace_init(&trace);
    http_answer_init(&answer);
    read = answer_read(data, size, &answer);
    if (odoo_judge(&answer, read, &result, &trace, &err)) {
        FUZZ_CHECK(err.kind == ERR_NONE && result != NULL);
        if (records_load_result(result, &ids, &err))
            FUZZ_CHECK(json_is_array(ids) && err.kind == ERR_NONE);
        else
            check_err(&err);
    } else {
        FUZZ_CHECK(result == NULL);
        check_err(&err);
        FUZZ_CHECK(err.kind != ERR_UNSURE || !read);
    }
    json_decref(ids);
    json_decref(result);
    return 0;
}
