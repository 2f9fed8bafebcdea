/*
 * protocol.c - bytes from a client of the control socket. The first one says in how large pieces
 * the rest arrives: the lines must be the same whatever it says.
 */
#include <jansson.h>

#include "base/json.h"
#include "control/frame.h"
#include "control/params.h"
#include "control/proto.h"
#include "tests/fuzz/fuzz.h"

static const struct {
    const char *name, *params;
} methods[] = {
#define METHOD(name, function, role, audited, params, help) { name, params },
#include "control/methods.def"
#undef METHOD
};

static void request(const char *line, size_t len)
{
    struct err err = { .kind = ERR_NONE };
    json_t *message = json_read(line, len, "request", &err);
    const char *method;

    FUZZ_CHECK((message == NULL) == (err.kind != ERR_NONE));
    method = json_text(message, "method");
    for (size_t i = 0; method != NULL && i < sizeof methods / sizeof methods[0]; i++)
        if (strcmp(methods[i].name, method) == 0) {
            bool fine = params_check(json_object_get(message, "params"), methods[i].params, &err);

            FUZZ_CHECK(fine == (err.kind == ERR_NONE));
        }
    json_decref(message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t piece = size == 0 ? 1 : 1 + data[0] % 64u, at = size == 0 ? 0 : 1, expected = at, len;
    struct frame f;
    char *room, *line;

    frame_init(&f);
    while (at < size && (room = frame_room(&f, &len)) != NULL) {
        size_t n = size - at < piece ? size - at : piece;

        FUZZ_CHECK(len > 0);
        n = n < len ? n : len;
        memcpy(room, data + at, n);
        frame_add(&f, n);
        at += n;
        while ((line = frame_next(&f, &len)) != NULL) {
            FUZZ_CHECK(len <= PROTO_LINE_MAX && line[len] == '\0');
            FUZZ_CHECK(memcmp(line, data + expected, len) == 0);
            expected += len;
            expected += data[expected] == '\r' && data[expected + 1] == '\n';
            FUZZ_CHECK(data[expected] == '\n');
            expected++;
            request(line, len);
        }
    }
    FUZZ_CHECK(at == size || f.spoiled);
    frame_clear(&f);
    return 0;
}
