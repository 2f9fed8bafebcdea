/*
 * import_ask.h - what an import asks before it is applied, as two screens of their own: mappings that
 * the data uses (import_uses.c), and products that can't be told apart (import_clinic.c).
 */
#ifndef TUI_SCREENS_IMPORT_ASK_H
#define TUI_SCREENS_IMPORT_ASK_H

#include "tui/screen.h"

extern const struct screen_ops screen_import_uses, screen_import_clinic;

/* Cells of both lists, for the commands too. */
extern const struct column import_use_columns[], import_clinic_columns[];
extern const int import_use_column_count, import_clinic_column_count;

void import_open_uses(struct screen *s, json_int_t run, json_int_t backend);
void import_open_clinic(struct screen *s, json_int_t run, json_int_t backend);
/* The keys of both on the page of a run (imports.get); false: none of them. */
bool import_ask_command(struct screen *s, enum command command, const json_t *run);
/* What was refused is judged again. */
void import_rehearse(struct screen *s, json_int_t run);

#endif
