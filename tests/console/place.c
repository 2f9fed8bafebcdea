#include "tests/console/place.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/when.h"
#include "tests/console/session.h"

#define WORDS_MAX 20

void place_open(struct place *p)
{
    char socket[128], shots[400];
    const char *build = getenv("TESTS_BUILDDIR");

    str_copy(p->dir, sizeof p->dir, "/tmp/signalbox-console-XXXXXX");
    if (mkdtemp(p->dir) == NULL)
        exit(99);
    snprintf(socket, sizeof socket, "%s/control.sock", p->dir);
    snprintf(shots, sizeof shots, "%s/tests/console/snapshots.json", tests_source());
    snprintf(p->program, sizeof p->program, "%s/signalbox", build == NULL ? "." : build);
    if (!fake_start(&p->fake, socket, shots))
        exit(99);
}

void place_close(struct place *p)
{
    fake_free(&p->fake);
    rmdir(p->dir);
}

static void become(const struct place *p, const char *words, int in, int out, int err)
{
    char *argv[WORDS_MAX + 4] = { strdup(p->program), strdup("--state"), strdup(p->dir) };
    char *copy = strdup(words), *save, *word;
    int n = 3;

    for (word = strtok_r(copy, " ", &save); word != NULL && n < WORDS_MAX;
         word = strtok_r(NULL, " ", &save))
        argv[n++] = strdup(word);
    argv[n] = NULL;
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    setenv("TZ", "UTC", 1);
    setenv("LC_ALL", "C.UTF-8", 1);
    execv(p->program, argv);
    _exit(127);
}

static void take(int *fd, struct str *into)
{
    char bytes[4096];
    ssize_t n = read(*fd, bytes, sizeof bytes);

    if (n > 0) {
        str_add(into, bytes, (size_t)n);
    } else if (n == 0 || errno != EINTR) {
        close(*fd);
        *fd = -1;
    }
}

/* Runs to the end, the fake core answering meanwhile. */
void place_run(struct place *p, const char *words, const char *input, struct run *r)
{
    int in[2], out[2], err[2], status;
    pid_t pid;
    int64_t deadline = when_ticks() + SESSION_WAIT_MS * INT64_C(1000);

    str_init(&r->out, 1 << 20);
    str_init(&r->err, 1 << 20);
    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0)
        exit(99);
    pid = fork();
    if (pid == 0)
        become(p, words, in[0], out[1], err[1]);
    close(in[0]);
    close(out[1]);
    close(err[1]);
    if (write(in[1], input, strlen(input)) < 0)
        exit(99);
    close(in[1]);
    while ((out[0] >= 0 || err[0] >= 0) && when_ticks() < deadline) {
        struct pollfd fds[FAKE_FDS + 2] = { { .fd = out[0], .events = POLLIN },
            { .fd = err[0], .events = POLLIN } };
        int n = fake_prepare(&p->fake, fds + 2);

        poll(fds, (nfds_t)n + 2, 200);
        if (fds[0].revents != 0 && out[0] >= 0)
            take(&out[0], &r->out);
        if (fds[1].revents != 0 && err[0] >= 0)
            take(&err[0], &r->err);
        fake_step(&p->fake, fds + 2, n);
    }
    if (out[0] >= 0 || err[0] >= 0)
        kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    r->code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void place_ran(struct run *r)
{
    str_clear(&r->out);
    str_clear(&r->err);
}

bool place_says(const struct str *text, const char *what)
{
    if (strstr(text->data, what) != NULL)
        return true;
    printf("# not in: %.2000s\n", text->data);
    return false;
}
