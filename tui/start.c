#include "tui/start.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/str.h"
#include "base/when.h"
#include "control/proto.h"

#define SYSTEM_DIR "/var/lib/signalbox"
#define WAIT_US (20 * WHEN_SECOND) /* a big database checks itself first */

bool start_socket(const char *dir, char *path, size_t size, struct err *err)
{
    if ((size_t)snprintf(path, size, "%s/%s", dir, PROTO_SOCKET) >= size ||
        strlen(path) >= sizeof ((struct sockaddr_un *)0)->sun_path)
        return err_set(err, ERR_INVALID, "the state directory's path is too long: %.200s", dir);
    return true;
}

bool start_is_running(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    str_copy(address.sun_path, sizeof address.sun_path, path);
    return fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
}

void start_advise(const char *socket, struct err *err)
{
    const char *slash = strrchr(socket, '/');
    int n = slash != NULL ? (int)(slash - socket) : 0;

    if (start_is_running(socket) || (access(socket, R_OK | W_OK) != 0 && errno == EACCES))
        return; /* one runs, or may: it is not for this user */
    err_set(err, ERR_BUSY, "no core is running here: start one with `signalboxd --state %.*s &`, "
            "or open the console, `signalbox --state %.*s`, which does", n, socket, n, socket);
}

bool start_state_dir(const char *asked, char *dir, size_t size, struct err *err)
{
    const char *own = getenv("SIGNALBOX_STATE"), *core = getenv("SIGNALBOX_STATE_DIR");
    const char *from = asked != NULL ? asked : own != NULL && *own != '\0' ? own : core;
    const char *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    bool fits;

    if (from != NULL && *from != '\0')
        fits = (size_t)snprintf(dir, size, "%s", from) < size;
    else if (start_is_running(SYSTEM_DIR "/" PROTO_SOCKET))
        fits = (size_t)snprintf(dir, size, SYSTEM_DIR) < size;
    else if (xdg != NULL && *xdg == '/')
        fits = (size_t)snprintf(dir, size, "%s/signalbox", xdg) < size;
    else if (home != NULL && *home == '/')
        fits = (size_t)snprintf(dir, size, "%s/.local/state/signalbox", home) < size;
    else
        return err_set(err, ERR_INVALID, "no HOME: name the state directory with --state DIR");
    return fits || err_set(err, ERR_INVALID, "the state directory's path is too long");
}

/* As mkdir -p, for us alone. */
static bool make_dir(const char *dir, struct err *err)
{
    char path[512];

    str_copy(path, sizeof path, dir);
    for (char *p = path + 1; *p != '\0'; p++) {
        if (*p != '/')
            continue;
        *p = '\0';
        mkdir(path, 0700);
        *p = '/';
    }
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return err_errno(err, ERR_DENIED, errno, "make %.300s", dir);
    return true;
}

static void find_core(char *path, size_t size)
{
    ssize_t n = readlink("/proc/self/exe", path, size - 1);
    char *slash;

    path[n < 0 ? 0 : n] = '\0';
    slash = strrchr(path, '/');
    if (slash != NULL && (size_t)(slash - path) + sizeof "/signalboxd" < size) {
        memcpy(slash, "/signalboxd", sizeof "/signalboxd");
        if (access(path, X_OK) == 0)
            return;
    }
    snprintf(path, size, "signalboxd");
}

static void become_core(const char *program, const char *dir, int log)
{
    AUTO_CLOSE int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    setsid();
    dup2(null, STDIN_FILENO);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    execlp(program, program, "--state", dir, (char *)NULL);
    fprintf(stderr, "cannot run %s: %s\n", program, strerrordesc_np(errno));
    _exit(127);
}

/* The last line the core wrote, without journald's <N> in front. */
static void last_words(const char *log, long from, char *buf, size_t size)
{
    FILE *in = fopen(log, "re");
    char line[400];

    buf[0] = '\0';
    if (in == NULL)
        return;
    if (fseek(in, from, SEEK_SET) == 0)
        while (fgets(line, sizeof line, in) != NULL) {
            line[strcspn(line, "\n")] = '\0';
            str_copy(buf, size, line[0] == '<' && line[2] == '>' ? line + 3 : line);
        }
    fclose(in);
}

static bool wait_for(pid_t pid, const char *socket, const char *log, long from, struct err *err)
{
    int64_t deadline = when_ticks() + WAIT_US;
    char words[400];

    while (when_ticks() < deadline) {
        int status;

        if (start_is_running(socket))
            return true;
        if (waitpid(pid, &status, WNOHANG) == pid) {
            last_words(log, from, words, sizeof words);
            return err_set(err, ERR_BUSY, "the core did not start: %s",
                words[0] != '\0' ? words : "it said nothing");
        }
        poll(NULL, 0, 20);
    }
    return err_set(err, ERR_BUSY, "the core does not answer yet; its words are in %.200s", log);
}

bool start_core(const char *dir, const char *socket, struct err *err)
{
    char log[512], program[512];
    AUTO_CLOSE int fd = -1;
    long from;
    pid_t pid;

    if (!make_dir(dir, err))
        return false;
    snprintf(log, sizeof log, "%s/core.log", dir);
    fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_errno(err, ERR_DENIED, errno, "open %.300s", log);
    from = (long)lseek(fd, 0, SEEK_END);
    find_core(program, sizeof program);
    pid = fork();
    if (pid < 0)
        return err_errno(err, ERR_BUSY, errno, "start the core");
    if (pid == 0)
        become_core(program, dir, fd);
    return wait_for(pid, socket, log, from, err);
}
