/*
 * memory.h - what this operator's console remembers from one run to the next.
 *
 * One JSON file of the operator's own, $XDG_STATE_HOME/signalbox/console.json
 * (else below ~/.local/state), mode 0600, at most MEMORY_MAX bytes, replaced
 * whole: the core keeps what all operators share, this keeps where one of them
 * was. Without such a place nothing is remembered and nothing is said.
 *
 *   {"version":1, "glyphs":{"xterm":"block"}, "theme":"light", "history":[...],
 *    "views":{"peak":{SCREEN}}, "cores":{"/path/control.sock":{"screens":[SCREEN...],...}}}
 *
 * A file that cannot be read is put aside as console.json.bad. One thread.
 */
#ifndef TUI_MEMORY_H
#define TUI_MEMORY_H

#include <jansson.h>
#include <stdbool.h>

#include "base/auto.h"
#include "base/err.h"

#define MEMORY_MAX (1 << 20)
#define MEMORY_CORES_MAX 20 /* the ones used longest ago are forgotten */
#define MEMORY_VIEWS_MAX 50

struct memory;

/*
 * keep false: it is read, and never written. Never NULL but without memory; err: the file was
 * there and could not be read.
 */
struct memory *memory_open(bool keep, struct err *err);
void memory_free(struct memory *m);
AUTO_DEFINE(memory)

/* Writes the file anew if anything was set since; what another console wrote to other cores stays. */
bool memory_save(struct memory *m, struct err *err);

const json_t *memory_get(const struct memory *m, const char *key); /* NULL: nothing */
const char *memory_text(const struct memory *m, const char *key);  /* NULL: nothing */
void memory_set(struct memory *m, const char *key, json_t *value); /* takes value; NULL forgets */

/* The signs of this TERM, as the operator said in the set-up; NULL: never asked. */
const char *memory_glyphs(const struct memory *m);
void memory_set_glyphs(struct memory *m, const char *name);

const json_t *memory_core(const struct memory *m, const char *socket);
void memory_set_core(struct memory *m, const char *socket, json_t *value); /* takes value */

const json_t *memory_view(const struct memory *m, const char *name);
const json_t *memory_views(const struct memory *m); /* object: name -> screen; NULL: none */
/* Takes value; NULL forgets it. false: there are too many. */
bool memory_set_view(struct memory *m, const char *name, json_t *value);

#endif
