/*
 * start.h - where the core of this user lives, and starting it when none runs.
 */
#ifndef TUI_START_H
#define TUI_START_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/*
 * The state directory: asked (--state), else SIGNALBOX_STATE (or the core's own SIGNALBOX_STATE_DIR), else /var/lib/signalbox when a core
 * runs there, else $XDG_STATE_HOME/signalbox or ~/.local/state/signalbox.
 */
bool start_state_dir(const char *asked, char *dir, size_t size, struct err *err);
bool start_socket(const char *dir, char *path, size_t size, struct err *err);
bool start_is_running(const char *socket);
/* Nobody answers there: how to start a core, in one line, instead of err's words. */
void start_advise(const char *socket, struct err *err);

/*
 * Starts signalboxd (beside this program, else from PATH) for dir, detached, its words in
 * dir/core.log, and waits until its socket answers. err says what the core said when it ended.
 */
bool start_core(const char *dir, const char *socket, struct err *err);

#endif
