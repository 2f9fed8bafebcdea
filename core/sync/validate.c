#include "sync/validate.h"

#include <stdio.h>
#include <string.h>

#include "base/money.h"

#define DEPTH_MAX  4
#define AMOUNT_MAX INT64_C(9000000000000000)

struct walk {
    struct findings *f;
    bool fine;
    int depth;
};

static void breach(struct walk *w, const char *path, const char *what)
{
    w->fine = false;
    findings_add(w->f, FINDING_REFUSE, ERR_INVALID, "", "%s: %s", path, what);
}

static void check_number(struct walk *w, const struct field *field, const json_t *value,
                         const char *path)
{
    json_int_t n = json_integer_value(value);

    if (!json_is_integer(value))
        breach(w, path, "is no whole number");
    else if (field->type == FIELD_ID && n <= 0)
        breach(w, path, "is no id");
    else if (field->type == FIELD_INT && (n > field->limit || n < -field->limit))
        breach(w, path, "is too large");
    else if (field->type == FIELD_AMOUNT && (n > AMOUNT_MAX || n < -AMOUNT_MAX))
        breach(w, path, "is too large an amount");
    else if (field->type == FIELD_TIME && n < 0)
        breach(w, path, "is no time");
}

static void check_text(struct walk *w, const struct field *field, const json_t *value,
                       const char *path)
{
    const char *text = json_string_value(value);

    if (text == NULL) {
        breach(w, path, "is no text");
        return;
    }
    if (json_string_length(value) > (size_t)field->limit)
        breach(w, path, "is too long");
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < 0x20 && !(*text == '\n' && field->type == FIELD_LONG)) {
            breach(w, path, "holds control characters");
            return;
        }
}

static void check_record(struct walk *w, const struct kind *kind, const json_t *record,
                         const char *path);

static void check_list(struct walk *w, const struct field *field, const json_t *value,
                       const char *path)
{
    const struct kind *of = kind_of(field->of);
    char item[192];

    if (!json_is_array(value)) {
        breach(w, path, "is no list");
        return;
    }
    if (json_array_size(value) > (size_t)field->limit)
        breach(w, path, "has too many items");
    for (size_t i = 0; of != NULL && i < json_array_size(value); i++) {
        snprintf(item, sizeof item, "%.120s.%zu", path, i);
        check_record(w, of, json_array_get(value, i), item);
    }
}

static void check_field(struct walk *w, const struct field *field, const json_t *value,
                        const char *path)
{
    if (value == NULL || json_is_null(value)) {
        if (field->needed)
            breach(w, path, "is missing");
        return;
    }
    switch (field->type) {
    case FIELD_ID:
    case FIELD_INT:
    case FIELD_AMOUNT:
    case FIELD_TIME:
        check_number(w, field, value, path);
        break;
    case FIELD_TEXT:
    case FIELD_LONG:
    case FIELD_CODE:
        check_text(w, field, value, path);
        break;
    case FIELD_BOOL:
        if (!json_is_boolean(value))
            breach(w, path, "is neither true nor false");
        break;
    case FIELD_LIST:
        check_list(w, field, value, path);
        break;
    case FIELD_RECORD:
        if (kind_of(field->of) != NULL)
            check_record(w, kind_of(field->of), value, path);
        else if (!json_is_object(value))
            breach(w, path, "is no record");
        break;
    }
}

static void check_record(struct walk *w, const struct kind *kind, const json_t *record,
                         const char *path)
{
    char name[192];

    if (!json_is_object(record)) {
        breach(w, path, "is no record");
        return;
    }
    if (++w->depth > DEPTH_MAX) {
        breach(w, path, "is nested too deep");
        w->depth--;
        return;
    }
    for (size_t i = 0; i < kind->count; i++) {
        const struct field *field = &kind->fields[i];

        snprintf(name, sizeof name, "%.120s%s%.64s", path, path[0] != '\0' ? "." : "", field->name);
        check_field(w, field, json_object_get(record, field->name), name);
    }
    w->depth--;
}

bool validate(const struct kind *kind, const json_t *record, struct findings *f)
{
    struct walk w = { .f = f, .fine = true };

    check_record(&w, kind, record, "");
    return w.fine;
}
