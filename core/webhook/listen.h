/*
 * listen.h - a listening socket from "host:port", and small files (certificates) read whole.
 */
#ifndef WEBHOOK_LISTEN_H
#define WEBHOOK_LISTEN_H

#include <stddef.h>

#include "base/err.h"

/*
 * "127.0.0.1:8480", "[::1]:8480", "localhost:0", ":8480" (every address). -1: err says in words
 * what is wrong, such as another program that has the port. *port: the one it got.
 */
int listen_on(const char *address, int backlog, unsigned *port, struct err *err);

char *listen_file(const char *path, size_t most, struct err *err); /* for listen_forget */
void listen_forget(char *text); /* wipes and frees: it may be a private key */

#endif
