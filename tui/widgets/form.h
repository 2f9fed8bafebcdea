/*
 * form.h - labelled fields, one of them with the cursor.
 *
 * A hidden field shows dots and cannot be copied; its memory is wiped. A choice
 * field walks through its values with left, right and space. The form owns its
 * texts and choices. At most FORM_FIELDS_MAX fields.
 */
#ifndef TUI_WIDGETS_FORM_H
#define TUI_WIDGETS_FORM_H

#include <jansson.h>
#include <stdbool.h>

#include "tui/draw/canvas.h"
#include "tui/widgets/edit.h"

#define FORM_FIELDS_MAX 20

enum field_kind { FIELD_TEXT, FIELD_HIDDEN, FIELD_CHOICE, FIELD_BUTTON };

struct field {
    enum field_kind kind;
    const char *name, *label; /* constant texts */
    const char *hint;         /* shown behind it, or NULL */
    struct edit edit;
    json_t *choices; /* [{value,label}] */
    size_t choice;
    bool needed;
};

struct form {
    struct field fields[FORM_FIELDS_MAX];
    int count, at;
};

enum form_event { FORM_NOTHING, FORM_USED, FORM_CHANGED, FORM_PRESSED, FORM_LAST };

void form_clear(struct form *f); /* wipes; usable again */
struct field *form_add(struct form *f, enum field_kind kind, const char *name, const char *label,
    const char *text);
void form_choices(struct field *field, json_t *choices, const char *value); /* takes choices */
struct field *form_field(struct form *f, const char *name); /* NULL: none */
const char *form_value(struct form *f, const char *name);   /* "" if there is none */
/* The name of the first needed field that is empty, or NULL. */
const char *form_missing(const struct form *f);

/* FORM_PRESSED: enter on a button; FORM_LAST: enter on the last field, which is no button. */
enum form_event form_key(struct form *f, int key);
void form_paste(struct form *f, const char *text);
void form_move(struct form *f, int step);
/* One line a field; buttons share the last line. Returns lines used. */
int form_draw(const struct form *f, struct canvas *c, struct rect r, int label_width, bool focused);
/* One field without its label, for forms with a layout of their own. Returns columns used. */
int form_draw_value(const struct field *field, struct canvas *c, int y, int x, int width, bool on);

#endif
