/*
 * notify.h - tells systemd (Type=notify) how we are; nothing happens without $NOTIFY_SOCKET.
 * One datagram, as sd_notify(3) describes its protocol.
 */
#ifndef BASE_NOTIFY_H
#define BASE_NOTIFY_H

#include <stdbool.h>

bool notify(const char *state); /* "READY=1", "STOPPING=1", "STATUS=..."; true: sent */

#endif
