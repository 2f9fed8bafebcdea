/*
 * hint.h - POST /odoo/hint/SECRET: something changed in Odoo, so look for it now.
 *
 * For an automation rule of Odoo's ("send webhook notification"), which can send no headers: the
 * secret is part of the address, and never written to a log. What the body says is not read: a hint
 * only makes the next look come sooner, at most once a second for each backend.
 */
#ifndef WEBHOOK_HINT_H
#define WEBHOOK_HINT_H

#include <stdbool.h>

struct receiver;

#define HINT_PATH "/odoo/hint/"

/* Is it one, with the secret of a backend? Then it is taken. On libmicrohttpd's thread. */
bool hint_take(struct receiver *r, const char *url);

#endif
