/*
 * demo.h - signalbox demo: sales of a practice shop into a practice Odoo, on loopback, and gone
 * when it ends. In a terminal the console is on it (--empty: on a shop whose Odoo is empty, before
 * its import); with --batch it sells a number of orders,
 * waits until all are through, compares both sides record by record and says how it went; before
 * that the shop moves into an empty Odoo by the guided import, which is verified.
 */
#ifndef TUI_DEMO_H
#define TUI_DEMO_H

#include <stdbool.h>

#include "tui/app.h"

/* words: those behind "demo". app: how the terminal is to be used; its socket is set here. Exit
 * code: 0 nothing missing, doubled or unexplained; 1 something is; 2 the words are wrong. */
int demo_run(int count, const char *const *words, bool json, struct app_options *app);

#endif
