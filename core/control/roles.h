/*
 * roles.h - who is at the other end of the socket, and what that user may do.
 *
 * The kernel says who (SO_PEERCRED, SO_PEERGROUPS): no password, nothing to forge. Root and the
 * core's own user are administrators; others by the groups that the settings name.
 */
#ifndef CONTROL_ROLES_H
#define CONTROL_ROLES_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "control/proto.h"

#define ROLES_USER_MAX 64

struct roles {
    gid_t groups[PROTO_ADMIN + 1]; /* by enum proto_role */
    bool named[PROTO_ADMIN + 1];
    uid_t self;
};

struct peer {
    uid_t uid;
    gid_t gid;
    pid_t pid;
    char user[ROLES_USER_MAX]; /* login name, or "uid 1234" */
    enum proto_role role;
};

/*
 * Group names by role; NULL or "" means nobody by that way. A group that does not exist is an
 * error, and the others are set all the same.
 */
bool roles_read(struct roles *roles, const char *viewer, const char *operators, const char *admin,
                struct err *err);

/* DENIED, in words, for a user with no role. */
bool roles_peer(const struct roles *roles, int fd, struct peer *peer, struct err *err);
/* The same without a socket: what a user with that group and these further groups may do. */
bool roles_of(const struct roles *roles, uid_t uid, gid_t gid, const gid_t *more, size_t count,
              enum proto_role *role);

const char *role_name(enum proto_role role); /* viewer, operator, admin */

#endif
