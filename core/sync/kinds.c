#include "sync/kinds.h"

#include <string.h>

#define YES true
#define NO false
#define KIND(name) static const struct field name##_fields[] = {
#define FIELD(field_name, words, field_type, who, need, items, most)                               \
    { .name = #field_name,                                                                         \
      .label = words,                                                                              \
      .type = FIELD_##field_type,                                                                  \
      .owner = OWNER_##who,                                                                        \
      .needed = need,                                                                              \
      .of = items,                                                                                 \
      .limit = most },
#define END                                                                                        \
    }                                                                                              \
    ;
#include "sync/kinds.def"
#undef KIND
#undef FIELD
#undef END

static const struct kind kinds[] = {
#define KIND(kind) { #kind, kind##_fields, sizeof kind##_fields / sizeof kind##_fields[0] },
#define FIELD(field_name, words, field_type, who, need, items, most)
#define END
#include "sync/kinds.def"
#undef KIND
#undef FIELD
#undef END
};

const struct kind *kind_of(const char *name)
{
    for (size_t i = 0; name != NULL && i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

const struct field *kind_field(const struct kind *kind, const char *name)
{
    for (size_t i = 0; i < kind->count; i++)
        if (strcmp(kind->fields[i].name, name) == 0)
            return &kind->fields[i];
    return NULL;
}

static const char *const owners[] = { "shopify", "odoo", "ask", "newest" };

const char *field_type_name(enum field_type type)
{
    static const char *const names[] = {
        [FIELD_ID] = "id",         [FIELD_TEXT] = "text",     [FIELD_LONG] = "long",
        [FIELD_INT] = "int",       [FIELD_AMOUNT] = "amount", [FIELD_TIME] = "time",
        [FIELD_BOOL] = "bool",     [FIELD_CODE] = "code",     [FIELD_LIST] = "list",
        [FIELD_RECORD] = "record",
    };

    return names[type];
}

const char *field_owner_name(enum field_owner owner)
{
    return owner <= OWNER_NEWEST ? owners[owner] : "?";
}

bool field_owner_of(const char *name, enum field_owner *owner)
{
    for (unsigned o = 0; name != NULL && o <= OWNER_NEWEST; o++)
        if (strcmp(owners[o], name) == 0)
            return (*owner = (enum field_owner)o, true);
    return false;
}
