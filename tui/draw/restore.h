/*
 * restore.h - signals, and giving the terminal back when the program cannot do it itself.
 *
 * Signal handlers need process-wide memory: it lives in restore.c, is set by
 * restore_arm and read by the handlers. One terminal at a time.
 */
#ifndef TUI_DRAW_RESTORE_H
#define TUI_DRAW_RESTORE_H

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

/*
 * Installs handlers: SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP and SIGCONT write
 * their number as one byte into the returned pipe; SIGSEGV, SIGBUS, SIGILL, SIGFPE and SIGABRT
 * write `bytes` to the terminal, set `modes` and die as they would have. -1: no pipe.
 */
int restore_arm(const char *bytes, size_t len, const struct termios *modes);
void restore_disarm(void); /* the handlers as they were; closes the pipe */
void restore_stop(void);   /* stops this process as SIGTSTP does; returns when continued */

#endif
