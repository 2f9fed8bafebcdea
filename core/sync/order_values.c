/* Single values of an order: texts, ids, times, amounts on the chosen side, tags. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/money.h"
#include "base/str.h"
#include "base/when.h"
#include "sync/order_read.h"
#include "sync/text.h"

void read_refuse(struct reader *in, const char *thing, const char *what)
{
    in->refused = true;
    findings_add(in->f, FINDING_REFUSE, ERR_INVALID, thing, "%s", what);
}

void read_put(json_t *to, const char *key, json_t *value)
{
    json_object_set_new(to, key, value);
}

void read_put_int(json_t *to, const char *key, int64_t number)
{
    json_object_set_new(to, key, json_integer(number));
}

json_t *read_text(struct reader *in, const json_t *from, const char *path, size_t limit)
{
    return text_clean(json_text(from, path), limit, false, &in->cleaned);
}

json_t *read_flag(const json_t *from, const char *path)
{
    return json_boolean(json_flag(from, path));
}

/* An id, or null. Ids are integers up to 2^63 - 1; text of digits is understood. */
json_t *read_id(const json_t *from, const char *path)
{
    const json_t *value = json_at(from, path);
    const char *text = json_string_value(value);
    unsigned long long n;

    if (text != NULL && strrchr(text, '/') != NULL)
        text = strrchr(text, '/') + 1;
    if (text != NULL && str_number(text, INT64_MAX, &n) && n > 0)
        return json_integer((json_int_t)n);
    if (json_is_integer(value) && json_integer_value(value) > 0)
        return json_integer(json_integer_value(value));
    return json_null();
}

json_t *read_time(struct reader *in, const json_t *from, const char *path)
{
    const char *text = json_text(from, path);
    when at;

    if (text == NULL)
        return json_null();
    if (when_parse_iso(text, &at) && at > 0)
        return json_integer(at);
    findings_add(in->f, FINDING_FLAG, ERR_INVALID, "", "%s is no time", path);
    return json_null();
}

json_t *read_word(const char *text, size_t limit)
{
    json_t *value = text_clean(text, limit, false, NULL);
    char word[128];
    size_t i = 0;

    if (!json_is_string(value))
        return value;
    for (const char *p = json_string_value(value); *p != '\0' && i + 1 < sizeof word; p++)
        word[i++] = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
    word[utf8_cut(word, i)] = '\0';
    json_decref(value);
    word[i] = '\0';
    return json_string(word);
}

/* ---- amounts ---- */

/* The text of an amount on the chosen side: of a money bag, else of a plain field. */
static const char *amount_text(struct reader *in, const json_t *from, const char *bag,
                               const char *plain)
{
    const json_t *set = json_at(from, bag);
    const char *text =
        json_text(set, in->presentment ? "presentment_money.amount" : "shop_money.amount");

    if (text != NULL || plain == NULL)
        return text;
    text = json_text(from, plain);
    if (text != NULL && in->presentment && !in->one_money && strpbrk(text, "123456789") != NULL) {
        findings_add(in->f, FINDING_FLAG, ERR_INVALID, "", "%s is given in shop money only", plain);
        return NULL;
    }
    return text;
}

/* False: not there; *minor is 0 then. What is no amount refuses the order. */
bool read_amount(struct reader *in, const json_t *from, const char *bag, const char *plain,
                 int64_t *minor)
{
    const char *text = amount_text(in, from, bag, plain);
    bool exact = true;
    char what[160];

    *minor = 0;
    if (text == NULL)
        return false;
    if (!money_parse(text, in->digits, minor, &exact)) {
        snprintf(what, sizeof what, "%s is no amount", plain != NULL ? plain : bag);
        read_refuse(in, "", what);
        return false;
    }
    if (!exact)
        findings_add(in->f, FINDING_FLAG, ERR_INVALID, "", "%s has more than %d decimals",
                     plain != NULL ? plain : bag, in->digits);
    return true;
}

void read_put_amount(json_t *to, const char *key, struct reader *in, const json_t *from,
                     const char *bag, const char *plain)
{
    int64_t minor;
    bool there = read_amount(in, from, bag, plain, &minor);

    read_put(to, key, there ? json_integer(minor) : json_null());
}

/* ---- lists ---- */

json_t *read_pairs(struct reader *in, const json_t *list)
{
    json_t *out = json_array();
    const json_t *row;
    size_t i;

    json_array_foreach(list, i, row)
    {
        json_t *name = read_text(in, row, "name", 255);

        if (i >= 100 || json_is_null(name)) {
            json_decref(name);
            continue;
        }
        json_array_append_new(
            out, json_pack("{soso}", "name", name, "value",
                           text_clean(json_text(row, "value"), 1000, true, &in->cleaned)));
    }
    return out;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "a, b" or ["a", "b"]: sorted, each once. */
json_t *read_tags(struct reader *in, const json_t *tags)
{
    json_t *all = json_array(), *out = json_array();
    const char *words[READ_LIST_MAX];
    const char *at = json_string_value(tags);
    const json_t *row;
    size_t i, count = 0;

    json_array_foreach(tags, i, row)
        json_array_append_new(all, text_clean(json_string_value(row), 255, false, &in->cleaned));
    while (at != NULL && *at != '\0') {
        size_t n = strcspn(at, ",");
        char tag[512];

        if (n < sizeof tag) {
            memcpy(tag, at, n);
            tag[n] = '\0';
            json_array_append_new(all, text_clean(tag, 255, false, &in->cleaned));
        }
        at += n + (at[n] == ',');
    }
    json_array_foreach(all, i, row) if (json_is_string(row) && count < READ_LIST_MAX)
        words[count++] = json_string_value(row);
    qsort(words, count, sizeof words[0], by_text);
    for (i = 0; i < count; i++)
        if (i == 0 || strcmp(words[i], words[i - 1]) != 0)
            json_array_append_new(out, json_string(words[i]));
    json_decref(all);
    return out;
}
