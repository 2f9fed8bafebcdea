#include "tui/draw/restore.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static const int told[] = { SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGCONT };
static const int fatal[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };
#define TOLD (sizeof told / sizeof told[0])
#define FATAL (sizeof fatal / sizeof fatal[0])

/* The one thing signal handlers can reach. */
static struct {
    int pipe[2];
    char bytes[256];
    size_t len;
    struct termios modes;
    struct sigaction before[TOLD + FATAL];
} armed = { .pipe = { -1, -1 } };

static void tell(int number)
{
    int saved = errno;
    char byte = (char)number;
    ssize_t ignored = write(armed.pipe[1], &byte, 1); /* full: enough is told already */

    (void)ignored;
    errno = saved;
}

static void crash(int number)
{
    ssize_t ignored = write(STDOUT_FILENO, armed.bytes, armed.len);

    (void)ignored;
    tcsetattr(STDIN_FILENO, TCSANOW, &armed.modes);
    signal(number, SIG_DFL); /* the handler was reset already; this is for the sanitizers */
    raise(number);
}

static void install(int number, void (*handler)(int), int flags, struct sigaction *before)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = flags;
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, before);
}

int restore_arm(const char *bytes, size_t len, const struct termios *modes)
{
    if (len > sizeof armed.bytes || pipe2(armed.pipe, O_CLOEXEC | O_NONBLOCK) != 0)
        return -1;
    memcpy(armed.bytes, bytes, len);
    armed.len = len;
    armed.modes = *modes;
    for (size_t i = 0; i < TOLD; i++)
        install(told[i], tell, SA_RESTART, &armed.before[i]);
    for (size_t i = 0; i < FATAL; i++)
        install(fatal[i], crash, (int)(SA_RESETHAND | SA_NODEFER), &armed.before[TOLD + i]);
    return armed.pipe[0];
}

void restore_disarm(void)
{
    if (armed.pipe[0] < 0)
        return;
    for (size_t i = 0; i < TOLD; i++)
        sigaction(told[i], &armed.before[i], NULL);
    for (size_t i = 0; i < FATAL; i++)
        sigaction(fatal[i], &armed.before[TOLD + i], NULL);
    close(armed.pipe[0]);
    close(armed.pipe[1]);
    armed.pipe[0] = armed.pipe[1] = -1;
}

void restore_stop(void)
{
    struct sigaction before;
    sigset_t mask, old;

    install(SIGTSTP, SIG_DFL, 0, &before);
    sigemptyset(&mask);
    sigaddset(&mask, SIGTSTP);
    sigprocmask(SIG_UNBLOCK, &mask, &old);
    kill(0, SIGTSTP); /* the whole foreground group, as the terminal's own ^Z does */
    sigprocmask(SIG_SETMASK, &old, NULL);
    sigaction(SIGTSTP, &before, NULL);
}
