/*
 * frame.h - lines out of a stream: what one peer has sent so far, and the whole lines in it.
 *
 * A line ends with \n and is at most PROTO_LINE_MAX bytes; a longer one spoils the frame for
 * good, for nobody knows where the next begins. Embedded by value, owned by one thread.
 */
#ifndef CONTROL_FRAME_H
#define CONTROL_FRAME_H

#include <stdbool.h>
#include <stddef.h>

struct frame {
    char *data;
    size_t start, len, room; /* the unread bytes are data[start..len) */
    size_t scanned;          /* bytes of them known to hold no \n */
    bool spoiled;
};

void frame_init(struct frame *f);
void frame_clear(struct frame *f);

/* Where to read(2) more: at least one byte of room. NULL: spoiled, or no memory. */
char *frame_room(struct frame *f, size_t *room);
void frame_add(struct frame *f, size_t len); /* so many bytes were read there */

/*
 * The next whole line without its \n (and without a \r before it), NUL-terminated, valid until
 * the next call on this frame; NULL: none yet.
 */
char *frame_next(struct frame *f, size_t *len);

#endif
