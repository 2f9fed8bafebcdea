/* guard.c - the head of a request as a client may write it, with a line for each header. */
#include "tests/fuzz/fuzz.h"
#include "webhook/guard.h"
#include "base/source.h"

#define BODY_MAX (4u << 20)

/* The next line without its end, cut in place; NULL at the end of the text. */
static char *next_line(char **rest)
{
    char *line = *rest, *end;

    if (line == NULL || *line == '\0')
        return NULL;
    end = strchr(line, '\n');
    *rest = end == NULL ? NULL : end + 1;
    if (end != NULL)
        *end = '\0';
    if (end != NULL && end > line && end[-1] == '\r')
        end[-1] = '\0';
    return line;
}

static void check_taken(const struct guard *g)
{
    FUZZ_CHECK(g->hosts == 1 && g->lengths == 1 && g->encodings == 0 && !g->odd);
    FUZZ_CHECK(g->headers <= GUARD_HEADERS_MAX && g->length <= BODY_MAX);
    FUZZ_CHECK(g->hmac == NULL || strlen(g->hmac) <= GUARD_VALUE_MAX);
    FUZZ_CHECK(g->shop == NULL || strlen(g->shop) <= GUARD_VALUE_MAX);
    FUZZ_CHECK(g->topic == NULL || strlen(g->topic) <= GUARD_VALUE_MAX);
    FUZZ_CHECK(g->webhook_id == NULL || strlen(g->webhook_id) <= GUARD_VALUE_MAX);
    FUZZ_CHECK(g->length == strtoull(g->length_text, NULL, 10));
}

static void check_source(const char *text)
{
    struct source source, again;
    struct source_list list;
    char own[SOURCE_TEXT_MAX];

    if (source_parse(text, strlen(text), &source)) {
        source_text(&source, own);
        FUZZ_CHECK(source_parse(own, strlen(own), &again) && source_equal(&source, &again));
        again = source_behind(&source, &(struct source_list){ .count = 0 }, text);
        FUZZ_CHECK(source_equal(&source, &again)); /* nobody is trusted: the peer itself */
    }
    if (source_list_read(&list, text, NULL))
        FUZZ_CHECK(list.count <= SOURCE_RANGES_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size), *rest = text, *line = next_line(&rest);
    char *method = line == NULL ? text + size : line, *path = strchr(method, ' ');
    char *version = path == NULL ? NULL : strchr(path + 1, ' ');
    struct guard g;

    if (path != NULL)
        *path++ = '\0';
    if (version != NULL)
        *version++ = '\0';
    guard_init(&g);
    while ((line = next_line(&rest)) != NULL && *line != '\0') {
        char *colon = strchr(line, ':'), *value = colon == NULL ? NULL : colon + 1;
        size_t name_len = colon == NULL ? strlen(line) : (size_t)(colon - line);

        if (value != NULL) {
            *colon = '\0';
            value += strspn(value, " ");
        }
        guard_header(&g, line, name_len, value, value == NULL ? 0 : strlen(value));
        if (value != NULL)
            check_source(value);
    }
    if (guard_judge(&g, method, version == NULL ? "" : version, path == NULL ? "" : path,
                    "/shopify/webhook", BODY_MAX) == VERDICT_OK)
        check_taken(&g);
    free(text);
    return 0;
}
