/*
 * webhook_body.c - the body of a delivery: its signature, which record it is about,
 * and what becomes of it if it is an order.
 */
#include <inttypes.h>

#include "base/json.h"
#include "shopify/webhook.h"
#include "tests/fuzz/order_flow.h"
#include "webhook/record.h"

/* What the scan finds without reading everything is what a full reading finds. */
static void check_record(const uint8_t *data, size_t size, const json_t *body, const char *path)
{
    char found[RECORD_TEXT_MAX], own[RECORD_TEXT_MAX];
    const json_t *value = json_at(body, path);

    if (!record_find((const char *)data, size, path, found))
        return;
    FUZZ_CHECK(strlen(found) < RECORD_TEXT_MAX);
    if (!json_is_object(body))
        return; /* no JSON further on: the job that reads it says so */
    FUZZ_CHECK(json_is_integer(value) || json_is_string(value));
    if (json_is_string(value)) {
        FUZZ_CHECK(strcmp(found, json_string_value(value)) == 0);
    } else {
        snprintf(own, sizeof own, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        FUZZ_CHECK(strcmp(found, own) == 0);
    }
}

static void check_signature(const uint8_t *data, size_t size)
{
    char signature[WEBHOOK_SIGNATURE_MAX];

    webhook_sign(data, size, "new secret", signature);
    FUZZ_CHECK(webhook_verify(data, size, signature, "new secret", NULL));
    FUZZ_CHECK(webhook_verify(data, size, signature, "newer secret", "new secret"));
    FUZZ_CHECK(!webhook_verify(data, size, signature, "newer secret", ""));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = { .kind = ERR_NONE };
    json_t *body = json_read((const char *)data, size, "body", &err);

    check_signature(data, size);
    check_record(data, size, body, "id");
    check_record(data, size, body, "order_id");
    check_record(data, size, body, "order_edit.order_id");
    if (body != NULL) {
        struct findings f;
        json_t *order;

        findings_init(&f);
        order = order_from_webhook(body, flow_start()->r, &f, &err);
        flow_order(order, &f, &err);
        json_decref(order);
    }
    json_decref(body);
    return 0;
}
