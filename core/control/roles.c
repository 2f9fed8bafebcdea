#include "control/roles.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/str.h"

#define GROUPS_MAX 1024
#define RECORD_MAX (64 * 1024) /* a group's members, a user's fields */

const char *role_name(enum proto_role role)
{
    static const char *names[] = { "viewer", "operator", "admin" };

    return names[role];
}

static bool group_of(const char *name, gid_t *gid, struct err *err)
{
    char *buf = malloc(RECORD_MAX);
    struct group group, *found = NULL;

    if (buf != NULL)
        getgrnam_r(name, &group, buf, RECORD_MAX, &found);
    if (found != NULL)
        *gid = found->gr_gid;
    free(buf);
    return found != NULL || err_set(err, ERR_INVALID, "there is no group \"%s\" here", name);
}

bool roles_read(struct roles *roles, const char *viewer, const char *operators, const char *admin,
                struct err *err)
{
    const char *names[] = { viewer, operators, admin };
    bool good = true;

    *roles = (struct roles){ .self = geteuid() };
    for (unsigned r = 0; r <= PROTO_ADMIN; r++) {
        if (names[r] == NULL || names[r][0] == '\0')
            continue;
        roles->named[r] = group_of(names[r], &roles->groups[r], good ? err : NULL);
        good = good && roles->named[r];
    }
    return good;
}

bool roles_of(const struct roles *roles, uid_t uid, gid_t gid, const gid_t *more, size_t count,
              enum proto_role *role)
{
    if (uid == 0 || uid == roles->self) {
        *role = PROTO_ADMIN;
        return true;
    }
    for (int r = PROTO_ADMIN; r >= PROTO_VIEWER; r--) {
        if (!roles->named[r])
            continue;
        if (roles->groups[r] == gid) {
            *role = (enum proto_role)r;
            return true;
        }
        for (size_t i = 0; i < count; i++)
            if (roles->groups[r] == more[i]) {
                *role = (enum proto_role)r;
                return true;
            }
    }
    return false;
}

static void name_of(uid_t uid, char *name)
{
    char *buf = malloc(RECORD_MAX);
    struct passwd user, *found = NULL;

    if (buf != NULL)
        getpwuid_r(uid, &user, buf, RECORD_MAX, &found);
    if (found != NULL)
        str_copy(name, ROLES_USER_MAX, found->pw_name);
    else
        snprintf(name, ROLES_USER_MAX, "uid %u", (unsigned)uid);
    free(buf);
}

bool roles_peer(const struct roles *roles, int fd, struct peer *peer, struct err *err)
{
    struct ucred cred;
    socklen_t len = sizeof cred;
    gid_t groups[GROUPS_MAX];
    socklen_t groups_len = sizeof groups;

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) != 0)
        return err_errno(err, ERR_DENIED, errno, "who is calling");
    if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &groups_len) != 0)
        groups_len = 0;
    peer->uid = cred.uid;
    peer->gid = cred.gid;
    peer->pid = cred.pid;
    name_of(cred.uid, peer->user);
    if (!roles_of(roles, cred.uid, cred.gid, groups, groups_len / sizeof groups[0], &peer->role))
        return err_set(err, ERR_DENIED,
                       "%s may not use this core: no group of theirs is named in role_viewer, "
                       "role_operator or role_admin",
                       peer->user);
    return true;
}
