#include "control/frame.h"

#include <stdlib.h>
#include <string.h>

#include "control/proto.h"

#define FIRST_ROOM 4096

void frame_init(struct frame *f)
{
    *f = (struct frame){ .data = NULL };
}

void frame_clear(struct frame *f)
{
    free(f->data);
    frame_init(f);
}

char *frame_room(struct frame *f, size_t *room)
{
    if (f->spoiled)
        return NULL;
    if (f->start > 0) {
        memmove(f->data, f->data + f->start, f->len - f->start);
        f->len -= f->start;
        f->start = 0;
    }
    if (f->len == f->room) {
        size_t more = f->room > 0 ? 2 * f->room : FIRST_ROOM;
        char *data;

        if (more > 2 * PROTO_LINE_MAX || (data = realloc(f->data, more)) == NULL) {
            f->spoiled = true;
            return NULL;
        }
        f->data = data;
        f->room = more;
    }
    *room = f->room - f->len;
    return f->data + f->len;
}

void frame_add(struct frame *f, size_t len)
{
    f->len += len;
}

char *frame_next(struct frame *f, size_t *len)
{
    char *begin = f->data + f->start, *end;
    size_t waiting = f->len - f->start;

    if (f->spoiled || waiting == 0)
        return NULL;
    end = memchr(begin + f->scanned, '\n', waiting - f->scanned);
    if (end == NULL || end - begin > PROTO_LINE_MAX) {
        f->scanned = waiting;
        f->spoiled = waiting > PROTO_LINE_MAX;
        return NULL;
    }
    f->start += (size_t)(end - begin) + 1;
    f->scanned = 0;
    if (end > begin && end[-1] == '\r')
        end--;
    *end = '\0';
    *len = (size_t)(end - begin);
    return begin;
}
