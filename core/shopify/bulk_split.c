/* bulk_split.c - bytes in pieces of any length, cut into lines. */
#include <string.h>

#include "shopify/bulk_in.h"

#define KEPT (1024 * 1024) /* room that a long line may leave behind */

void bulk_split_init(struct bulk_split *split, int64_t bytes)
{
    *split = (struct bulk_split){ .bytes = bytes, .begins = bytes };
    str_init(&split->rest, BULK_LINE_MAX);
}

void bulk_split_clear(struct bulk_split *split)
{
    str_clear(&split->rest);
}

static void keep(struct bulk_split *split, const char *data, size_t len)
{
    if (split->overlong || str_add(&split->rest, data, len))
        return;
    split->overlong = true;
    str_clear(&split->rest);
}

/* Of a line that is whole now the beginning may have been kept. */
static bool hand_on(struct bulk_split *split, const char *text, size_t len, bulk_line *line,
                    void *ctx, struct err *err)
{
    bool on;

    if (split->overlong || split->rest.len > 0) {
        keep(split, text, len);
        text = split->rest.data;
        len = split->rest.len;
    }
    if (len > BULK_LINE_MAX)
        split->overlong = true;
    on = line(ctx, split->overlong ? NULL : text, len, err);
    if (split->rest.room > KEPT)
        str_clear(&split->rest);
    str_reset(&split->rest);
    split->overlong = false;
    split->begins = split->bytes;
    return on;
}

bool bulk_split_feed(struct bulk_split *split, const char *data, size_t len, bulk_line *line,
                     void *ctx, struct err *err)
{
    const char *end = data + len;

    while (data < end) {
        const char *newline = memchr(data, '\n', (size_t)(end - data));

        if (newline == NULL) {
            split->bytes += end - data;
            keep(split, data, (size_t)(end - data));
            return true;
        }
        split->bytes += newline + 1 - data;
        if (!hand_on(split, data, (size_t)(newline - data), line, ctx, err))
            return false;
        data = newline + 1;
    }
    return true;
}

bool bulk_split_left(const struct bulk_split *split)
{
    return split->overlong || split->rest.len > 0;
}

bool bulk_split_end(struct bulk_split *split, bulk_line *line, void *ctx, struct err *err)
{
    return !bulk_split_left(split) || hand_on(split, "", 0, line, ctx, err);
}
