/*
 * tls.c - whom http.h believes to be who he says. A server of OpenSSL's own tool stands on
 * loopback with a certificate made a moment ago.
 */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "http/http.h"

extern char **environ;

static char dir[64], cert[96], key[96];
static pid_t server;
static unsigned port;

/* Runs a tool of OpenSSL's; its output goes to out (-1: nowhere). */
static pid_t run(const char *const argv[], int out)
{
    posix_spawn_file_actions_t actions;
    pid_t pid = 0;
    int rc;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    if (out >= 0)
        posix_spawn_file_actions_adddup2(&actions, out, 1);
    else
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    rc = posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return rc == 0 ? pid : -1;
}

static bool make_certificate(void)
{
    const char *argv[] = { "openssl",
                           "req",
                           "-x509",
                           "-newkey",
                           "ec",
                           "-pkeyopt",
                           "ec_paramgen_curve:P-256",
                           "-nodes",
                           "-keyout",
                           key,
                           "-out",
                           cert,
                           "-days",
                           "2",
                           "-subj",
                           "/CN=localhost",
                           "-addext",
                           "subjectAltName=DNS:localhost",
                           NULL };
    pid_t pid = run(argv, -1);
    int status = -1;

    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

/* "ACCEPT 127.0.0.1:45678" is its first word. */
static bool start_server(void)
{
    const char *argv[] = { "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert",
                           cert,      "-key",     key,       "-www",        NULL };
    char line[256];
    int ends[2];
    FILE *out;

    if (pipe(ends) != 0)
        return false;
    server = run(argv, ends[1]);
    close(ends[1]);
    out = fdopen(ends[0], "r");
    while (port == 0 && out != NULL && fgets(line, sizeof line, out) != NULL)
        if (strncmp(line, "ACCEPT ", 7) == 0 && strrchr(line, ':') != NULL)
            port = (unsigned)strtoul(strrchr(line, ':') + 1, NULL, 10);
    if (out != NULL)
        fclose(out);
    return server > 0 && port != 0;
}

static int set_up(void **fixture)
{
    const char *tmp = getenv("TMPDIR");

    (void)fixture;
    signal(SIGPIPE, SIG_IGN);
    snprintf(dir, sizeof dir, "%.40s/tlsXXXXXX", tmp != NULL ? tmp : "/tmp");
    if (mkdtemp(dir) == NULL)
        return -1;
    snprintf(cert, sizeof cert, "%s/cert.pem", dir);
    snprintf(key, sizeof key, "%s/key.pem", dir);
    return make_certificate() && start_server() ? 0 : -1;
}

static int tear_down(void **fixture)
{
    (void)fixture;
    if (server > 0) {
        kill(server, SIGTERM);
        waitpid(server, NULL, 0);
    }
    unlink(cert);
    unlink(key);
    rmdir(dir);
    return 0;
}

static void ask(const char *host, const char *ca_file, long status, enum err_kind kind)
{
    AUTO(http) http = http_new(NULL, NULL);
    AUTO_HTTP_ANSWER answer;
    char url[128];
    struct http_request request = { .method = "GET", .url = url, .ca_file = ca_file };
    struct err err = { 0 };

    http_answer_init(&answer);
    snprintf(url, sizeof url, "https://%s:%u/", host, port);
    assert_int_equal(http_send(http, &request, &answer, &err), kind == ERR_NONE);
    assert_int_equal(err.kind, kind);
    assert_int_equal(answer.status, status);
}

static void a_private_authority_can_be_given(void **fixture)
{
    (void)fixture;
    ask("localhost", cert, 200, ERR_NONE);
}

static void a_certificate_nobody_vouches_for_is_refused(void **fixture)
{
    (void)fixture;
    ask("localhost", NULL, 0, ERR_DENIED);
}

static void a_certificate_for_another_name_is_refused(void **fixture)
{
    (void)fixture;
    ask("127.0.0.1", cert, 0, ERR_DENIED);
}

static void an_authority_that_cannot_be_read_is_no_reason_to_trust(void **fixture)
{
    (void)fixture;
    ask("localhost", "/nowhere/ca.pem", 0, ERR_DENIED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_private_authority_can_be_given),
        cmocka_unit_test(a_certificate_nobody_vouches_for_is_refused),
        cmocka_unit_test(a_certificate_for_another_name_is_refused),
        cmocka_unit_test(an_authority_that_cannot_be_read_is_no_reason_to_trust),
    };

    if (access("/usr/bin/openssl", X_OK) != 0) {
        puts("1..0 # SKIP the openssl tool is not installed");
        return 0;
    }
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
