/* m_core.c - about the core itself: who asks, what there is, how it is, and its end. */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "base/str.h"
#include "control/methods.h"
#include "control/rows.h"
#include "control/proto.h"
#include "store/backends.h"
#include "store/lanes.h"

/* hello and watch touch the client; server.c does that part and these fill the answers. */
bool m_hello(struct call *call, struct err *err)
{
    struct backend backends[BACKENDS_MAX];
    size_t count = BACKENDS_MAX;
    char zone[32];
    time_t now = (time_t)(when_now() / WHEN_SECOND);
    struct tm local;

    if (!backends_list(call->db, backends, &count, err))
        return false;
    localtime_r(&now, &local);
    strftime(zone, sizeof zone, "%Z", &local);
    call->result = json_pack(
        "{s:i,s:s,s:s,s:o,s:I,s:I,s:I,s:s,s:o,s:I,s:b}", "protocol", PROTO_VERSION, "core",
        SIGNALBOX_VERSION, "role", role_name(call->peer->role), "user", json_str(call->peer->user),
        "pid", (json_int_t)getpid(), "started", (json_int_t)call->started, "now",
        (json_int_t)when_now(), "zone", zone, "state_dir", json_str(call->state_dir), "backends",
        (json_int_t)count, "setup_needed", count == 0);
    return true;
}

bool m_watch(struct call *call, struct err *err)
{
    static const char *const topics[] = { "overview", "activity", "alerts" };
    const json_t *wanted = json_at(call->params, "topics");

    for (size_t i = 0; i < json_array_size(wanted); i++) {
        const char *topic = json_string_value(json_array_get(wanted, i));
        bool known = false;

        for (size_t t = 0; t < sizeof topics / sizeof topics[0]; t++)
            known = known || (topic != NULL && strcmp(topics[t], topic) == 0);
        if (!known)
            return err_set(err, ERR_INVALID, "there is no topic \"%.40s\"",
                           topic != NULL ? topic : "");
    }
    call->result = json_pack("{s:O}", "topics", wanted);
    return true;
}

bool m_methods(struct call *call, struct err *err)
{
    (void)err;
    call->result = json_pack("{s:o}", "rows", method_list());
    return true;
}

static json_int_t rss_bytes(void)
{
    FILE *f = fopen("/proc/self/statm", "re");
    long long size = 0, resident = 0;

    if (f == NULL)
        return 0;
    if (fscanf(f, "%lld %lld", &size, &resident) != 2)
        resident = 0;
    fclose(f);
    return (json_int_t)resident * sysconf(_SC_PAGESIZE);
}

bool m_status(struct call *call, struct err *err)
{
    const struct control_services *services = call->services;
    struct backend backends[BACKENDS_MAX];
    size_t backend_count = BACKENDS_MAX;
    int64_t counts[JOB_STATE_COUNT];
    struct store_stats stats;
    json_t *jobs, *receiver;

    if (!backends_list(call->db, backends, &backend_count, err) ||
        !lanes_totals(call->db, 0, counts, err))
        return false;
    store_stats(call->store, &stats);
    jobs = json_object();
    for (unsigned s = 0; s < JOB_STATE_COUNT; s++)
        json_object_set_new(jobs, job_state_name((enum job_state)s), json_integer(counts[s]));
    receiver = services->receiver != NULL ? services->receiver(services->ctx) : NULL;
    call->result =
        json_pack("{s:s,s:I,s:I,s:I,s:I,s:{s:I,s:I,s:i,s:I,s:I,s:I,s:b},s:o,s:I,s:o,s:o,s:I}",
                  "version", SIGNALBOX_VERSION, "pid", (json_int_t)getpid(), "started",
                  (json_int_t)call->started, "now", (json_int_t)when_now(), "uptime_s",
                  (json_int_t)((when_now() - call->started) / WHEN_SECOND), "db", "bytes",
                  (json_int_t)stats.bytes, "wal_bytes", (json_int_t)stats.wal_bytes, "version",
                  stats.version, "commits", (json_int_t)stats.commits, "changes",
                  (json_int_t)stats.changes, "failed", (json_int_t)stats.failed, "failing",
                  (int)stats.failing, "store", rows_store(&stats), "rss_bytes", rss_bytes(), "jobs", jobs, "receiver",
                  receiver != NULL ? receiver : json_null(), "backends", (json_int_t)backend_count);
    return true;
}

static bool nothing(struct db *db, void *ctx, struct err *err)
{
    (void)db;
    (void)ctx;
    (void)err;
    return true;
}

/* The key is not in it: a copy is of use only beside the same key. */
bool m_core_backup(struct call *call, struct err *err)
{
    struct call_note note = { .object = "database" };
    const char *path = call_text(call, "path");

    if (path[0] != '/')
        return err_set(err, ERR_INVALID, "path must begin with /: the core makes the file");
    snprintf(note.after, sizeof note.after, "copied to %.200s", path);
    if (!store_backup(call->store, path, err) || !call_change(call, nothing, NULL, &note, err))
        return false;
    call->result = json_pack("{s:s}", "path", path);
    return true;
}

bool m_core_stop(struct call *call, struct err *err)
{
    struct call_note note = { .object = "core" };

    if (!call_change(call, nothing, NULL, &note, err))
        return false;
    call->stop = true;
    return true;
}
