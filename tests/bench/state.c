/*
 * state - how a core does with a large state: its start, every page of the console, its memory.
 *
 *     state --dir=DIR --core=PATH [--jobs=10000000] [--pairs=5000000] [--samples=240] [--keep]
 *
 * DIR is made, filled and removed again (--keep: stays, and is used as it is when it is there).
 * It takes about 0.8 GB for each million jobs with half a million pairs, and some more in between
 * (indexes are sorted on disk). Prints lines of JSON.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/json.h"
#include "control/proto.h"
#include "store/store.h"
#include "tests/bench/state.h"
#include "tui/start.h"

#define START_MS 60000
#define ASK_MS   60000

/* ---- the core ---- */

static void on_up(void *ctx, const json_t *hello)
{
    (void)ctx;
    (void)hello;
}

static void on_down(void *ctx, const char *why)
{
    (void)ctx;
    (void)why;
}

static void on_event(void *ctx, const char *topic, const json_t *data)
{
    (void)ctx;
    (void)topic;
    (void)data;
}

static const struct link_ops no_ops = { on_up, on_down, on_event };

static bool spawn(struct state *s, struct err *err)
{
    pid_t parent = getpid();
    char log[512];

    snprintf(log, sizeof log, "%s/core.log", s->dir);
    s->core = fork();
    if (s->core < 0)
        return err_errno(err, ERR_BUSY, errno, "start the core");
    if (s->core > 0)
        return true;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127);
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    dup2(fd, STDERR_FILENO);
    execl(s->program, s->program, "--state", s->dir, "--receiver", "127.0.0.1:0", "--metrics", "",
          (char *)NULL);
    _exit(127);
}

bool state_core_start(struct state *s, int64_t *us, struct err *err)
{
    char path[512];
    int64_t start = when_ticks();
    int status;

    snprintf(path, sizeof path, "%s/" PROTO_SOCKET, s->dir);
    unlink(path); /* a killed one leaves it */
    if (!spawn(s, err))
        return false;
    while (!start_is_running(path)) {
        if (waitpid(s->core, &status, WNOHANG) == s->core) {
            s->core = 0;
            return err_set(err, ERR_BUG, "the core ended at its start; see %s/core.log", s->dir);
        }
        if (when_ticks() - start > START_MS * INT64_C(1000))
            return err_set(err, ERR_BUSY, "the core does not open its socket");
        usleep(1000);
    }
    s->link = link_new(path, &no_ops, NULL, err);
    json_decref(s->link != NULL ? state_ask(s, "status", NULL, err) : NULL);
    *us = when_ticks() - start;
    return s->link != NULL && err->kind == ERR_NONE;
}

void state_core_stop(struct state *s, int signal)
{
    link_free(s->link);
    s->link = NULL;
    if (s->core > 0) {
        kill(s->core, signal);
        waitpid(s->core, NULL, 0);
    }
    s->core = 0;
}

json_t *state_ask(struct state *s, const char *method, json_t *params, struct err *err)
{
    return link_call(s->link, method, params, ASK_MS, NULL, err);
}

static bool tell(struct state *s, const char *method, json_t *params, struct err *err)
{
    json_t *answer = state_ask(s, method, params, err);

    json_decref(answer);
    return answer != NULL || err_within(err, "%s", method);
}

/* ---- what it is given ---- */

/* An Odoo that takes connections and never answers: what runs stays in hand. */
static bool open_mute(struct state *s, int *port, struct err *err)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof address;

    s->mute = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s->mute < 0 || bind(s->mute, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(s->mute, 64) != 0 || getsockname(s->mute, (struct sockaddr *)&address, &len) != 0)
        return err_errno(err, ERR_BUSY, errno, "a socket for the mute Odoo");
    *port = ntohs(address.sin_port);
    return true;
}

static bool secret(struct state *s, int backend, const char *name, struct err *err)
{
    return tell(s, "secrets.set",
                json_pack("{s:i,s:s,s:s}", "backend", backend, "name", name, "value", "bench"),
                err);
}

static bool introduce(struct state *s, int port, struct err *err)
{
    for (int i = 1; i <= STATE_BACKENDS; i++) {
        char name[32], url[64];
        json_t *values;

        snprintf(name, sizeof name, "shop-%d", i);
        snprintf(url, sizeof url, "http://127.0.0.1:%d", port);
        values = json_pack("{s:s,s:s,s:s,s:s,s:s}", "name", name, "shop", name, "odoo_url", url,
                           "odoo_db", "bench", "odoo_login", "bench");
        if (!tell(s, "backends.add", values, err) || !secret(s, i, "odoo_key", err) ||
            !secret(s, i, "shopify_token", err))
            return false;
    }
    return true;
}

/* The mute Odoo has another port in this run. */
static bool readdress(struct state *s, int port, struct err *err)
{
    char url[64];

    snprintf(url, sizeof url, "http://127.0.0.1:%d", port);
    for (int i = 1; i <= STATE_BACKENDS; i++)
        if (!tell(s, "backends.edit",
                  json_pack("{s:i,s:{s:s}}", "backend", i, "values", "odoo_url", url), err))
            return false;
    return true;
}

/* ---- memory ---- */

static long smaps_kib(pid_t pid, const char *field)
{
    char path[64], line[256];
    size_t len = strlen(field);
    long kib = -1;
    FILE *f;

    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
    f = fopen(path, "re");
    while (f != NULL && fgets(line, sizeof line, f) != NULL)
        if (strncmp(line, field, len) == 0 && line[len] == ':')
            kib = strtol(line + len + 1, NULL, 10);
    if (f != NULL)
        fclose(f);
    return kib;
}

static void print_memory(const struct state *s, const char *what, int at_most_mib)
{
    printf("{\"memory\":\"%s\",\"rss_mib\":%.1f,\"pss_mib\":%.1f,\"anonymous_mib\":%.1f,"
           "\"at_most\":%d}\n",
           what, (double)smaps_kib(s->core, "Rss") / 1024, (double)smaps_kib(s->core, "Pss") / 1024,
           (double)smaps_kib(s->core, "Anonymous") / 1024, at_most_mib);
    fflush(stdout);
}

/* ---- starts ---- */

static int64_t file_bytes(const struct state *s, const char *name)
{
    char path[512];
    struct stat st;

    snprintf(path, sizeof path, "%s/%s", s->dir, name);
    return stat(path, &st) == 0 ? (int64_t)st.st_size : 0;
}

/* Out of the machine's memory, as after a boot. */
static void forget_file(const struct state *s, const char *name)
{
    char path[512];

    snprintf(path, sizeof path, "%s/%s", s->dir, name);
    AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && fdatasync(fd) == 0)
        posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
}

void state_read_file(const struct state *s)
{
    static char buf[1 << 20];
    char path[512];

    snprintf(path, sizeof path, "%s/" STORE_FILE, s->dir);
    AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && read(fd, buf, sizeof buf) > 0)
        ;
}

static bool start(struct state *s, const char *what, struct err *err)
{
    int64_t wal = file_bytes(s, STORE_FILE "-wal"), us = 0;

    if (!state_core_start(s, &us, err))
        return false;
    printf("{\"start\":\"%s\",\"ms\":%.0f,\"at_most\":1000,\"wal_mib\":%" PRId64 "}\n", what,
           (double)us / 1000, wal >> 20);
    fflush(stdout);
    return true;
}

/* Each waiting job of the held lanes changes its priority, piece by piece, in the background. */
static bool keep_busy(struct state *s, struct err *err)
{
    static const char *const lanes[] = { "stock", "customers", "fulfilments" };

    for (size_t i = 0; i < sizeof lanes / sizeof lanes[0]; i++)
        if (!tell(s, "jobs.priority",
                  json_pack("{s:{s:s,s:s},s:i}", "selector", "lane", lanes[i], "state", "ready",
                            "priority", 3 + (int)i % 2),
                  err))
            return false;
    return true;
}

/* While the writer writes: pages must not wait for it. */
static bool busy_pages(struct state *s, struct err *err)
{
    int64_t worst = 0, start = when_ticks(), took;

    for (int i = 0; i < s->samples; i++) {
        int64_t before = when_ticks();

        if (!tell(s, i % 2 == 0 ? "overview" : "jobs.list", NULL, err))
            return false;
        took = when_ticks() - before;
        worst = took > worst ? took : worst;
        usleep(2000);
    }
    printf("{\"page\":\"dashboard and jobs while a set of jobs is changed\",\"slowest_ms\":%.2f,"
           "\"wal_mib\":%" PRId64 ",\"seconds\":%.1f}\n",
           (double)worst / 1e3, file_bytes(s, STORE_FILE "-wal") >> 20,
           (double)(when_ticks() - start) / 1e6);
    return true;
}

static bool measure(struct state *s, struct err *err)
{
    int64_t page = 0, search = 0;
    char waiting[64];

    forget_file(s, STORE_FILE);
    if (!start(s, "after a boot", err))
        return false;
    usleep(3000000); /* the workers have their windows full and wait for the Odoo */
    snprintf(waiting, sizeof waiting, "%" PRId64 " jobs wait", s->jobs / 10);
    print_memory(s, waiting, 64);
    if (!state_pages(s, &page, &search, err))
        return false;
    print_memory(s, "after every page was read", 64);
    state_core_stop(s, SIGTERM);
    if (!start(s, "again", err) || !keep_busy(s, err) || !busy_pages(s, err))
        return false;
    state_core_stop(s, SIGKILL);
    if (!start(s, "after a kill in the middle of it", err))
        return false;
    printf("{\"jobs\":%" PRId64 ",\"pairs\":%" PRId64 ",\"disk_mib\":%" PRId64
           ",\"page_p99_ms\":%.2f,\"page_wanted\":20,\"search_p99_ms\":%.2f,\"search_wanted\":5}\n",
           s->jobs, s->pairs, file_bytes(s, STORE_FILE) >> 20, (double)page / 1e3,
           (double)search / 1e3);
    return true;
}

/* ---- main ---- */

static void empty_dir(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *e;

    while (dir != NULL && (e = readdir(dir)) != NULL)
        unlinkat(dirfd(dir), e->d_name, 0);
    if (dir != NULL)
        closedir(dir);
    rmdir(path);
}

static bool run(struct state *s, struct err *err)
{
    bool filled = file_bytes(s, STORE_FILE) > 0;
    int64_t us;
    int port = 0;

    s->now = when_now();
    if (!open_mute(s, &port, err))
        return false;
    if (filled) {
        if (!state_core_start(s, &us, err) || !readdress(s, port, err))
            return false;
        state_core_stop(s, SIGTERM);
        return measure(s, err);
    }
    if (mkdir(s->dir, 0700) != 0)
        return err_errno(err, ERR_DENIED, errno, "make %s", s->dir);
    if (!state_core_start(s, &us, err))
        return false;
    usleep(1000000);
    print_memory(s, "idle", 24);
    if (!introduce(s, port, err))
        return false;
    state_core_stop(s, SIGTERM);
    return state_fill(s, err) && measure(s, err);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        { "jobs", required_argument, NULL, 'j' },    { "pairs", required_argument, NULL, 'p' },
        { "samples", required_argument, NULL, 's' }, { "dir", required_argument, NULL, 'd' },
        { "core", required_argument, NULL, 'c' },    { "keep", no_argument, NULL, 'k' },
        { 0 }
    };
    struct state s = { .jobs = 10000000, .pairs = 5000000, .samples = 240 };
    struct err err = { 0 };
    bool keep = false, ok;
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
        switch (c) {
        case 'j': s.jobs = strtoll(optarg, NULL, 10); break;
        case 'p': s.pairs = strtoll(optarg, NULL, 10); break;
        case 's': s.samples = (int)strtol(optarg, NULL, 10); break;
        case 'd': s.dir = optarg; break;
        case 'c': s.program = optarg; break;
        case 'k': keep = true; break;
        default: return 2;
        }
    if (s.dir == NULL || s.program == NULL || s.jobs < 10000 || s.pairs < 10000 || s.samples < 1) {
        fprintf(stderr, "state: --dir and --core are needed; see the top of the source\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    ok = run(&s, &err);
    if (!ok)
        fprintf(stderr, "state: %s\n", err.text);
    state_core_stop(&s, SIGKILL);
    if (!keep)
        empty_dir(s.dir);
    return ok ? 0 : 1;
}
