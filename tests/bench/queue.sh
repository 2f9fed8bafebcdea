#!/bin/sh
# queue.sh - jobs claimed and finished per second, ours and PostgreSQL's, in turn in one run.
#
# The peer: a table of waiting jobs in PostgreSQL 15, claimed with FOR UPDATE SKIP LOCKED in one
# transaction and finished in another, 16 clients of pgbench, its own cluster in a temporary
# directory with the same durability (fsync, synchronous_commit). Prints JSON lines, then the ratio.
#   JOBS=100000 SECONDS_PEER=15 tests/bench/queue.sh [PATH of the queue program]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
queue=${1:-${TESTS_BUILDDIR:-.}/tests/bench/queue}
jobs=${JOBS:-100000} seconds=${SECONDS_PEER:-15}
tmp=$(mktemp -d "${TMPDIR:-/tmp}/signalbox-queue-XXXXXX")
pg=$(ls -d /usr/lib/postgresql/15/bin 2>/dev/null || true)
cleanup() {
    [ -f "$tmp/pg/postmaster.pid" ] && as_postgres "$pg/pg_ctl" -D "$tmp/pg" -m immediate -w stop >/dev/null 2>&1
    rm -rf "$tmp"
}
as_postgres() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --init-groups "$@"; else "$@"; fi; }
trap cleanup EXIT
trap 'exit 1' INT TERM

ours=$("$queue" --jobs="$jobs" --dir="$tmp/ours")
echo "$ours"
per_s=$(echo "$ours" | sed 's/.*"per_s":\([0-9]*\).*/\1/')
if [ -z "$pg" ] || { [ "$(id -u)" = 0 ] && ! id postgres >/dev/null 2>&1; }; then
    echo '{"peer":"postgresql 15","skipped":"not installed: apt-get install postgresql-15"}'
    exit 0
fi

mkdir "$tmp/pg" "$tmp/sock"
[ "$(id -u)" = 0 ] && chown postgres: "$tmp" "$tmp/pg" "$tmp/sock"
cd "$tmp"
as_postgres "$pg/initdb" -D "$tmp/pg" -A trust -E UTF8 --no-locale >/dev/null
cat >>"$tmp/pg/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$tmp/sock'
shared_buffers = 256MB
max_wal_size = 2GB
CONF
as_postgres "$pg/pg_ctl" -D "$tmp/pg" -l "$tmp/pg/log" -w start >/dev/null
sql() { as_postgres "$pg/psql" -h "$tmp/sock" -d postgres -qAtc "$1"; }
# enough waiting jobs for the whole time, so that the peer never runs dry
sql "CREATE TABLE job (id bigserial PRIMARY KEY, lane int NOT NULL, state int NOT NULL DEFAULT 0,
        priority int NOT NULL DEFAULT 0, due timestamptz NOT NULL DEFAULT now(), tries int NOT NULL
        DEFAULT 0, record text NOT NULL, updated timestamptz NOT NULL DEFAULT now());
     INSERT INTO job (lane, record) SELECT 1, 'order:' || i FROM generate_series(1, $jobs) i;
     CREATE INDEX job_due ON job (lane, priority, due, id) WHERE state < 2;
     CREATE TABLE attempt (job bigint NOT NULL, n int NOT NULL, ended timestamptz NOT NULL,
        PRIMARY KEY (job, n))"
sql "VACUUM ANALYZE job"
cat >"$tmp/claim.sql" <<'SQL'
UPDATE job SET state = 2, tries = tries + 1, updated = now() WHERE id = (SELECT id FROM job
    WHERE lane = 1 AND state < 2 AND due <= now() ORDER BY priority, due, id
    FOR UPDATE SKIP LOCKED LIMIT 1) RETURNING id AS id \gset
BEGIN;
UPDATE job SET state = 6, updated = now() WHERE id = :id;
INSERT INTO attempt VALUES (:id, 1, now());
COMMIT;
SQL
chmod 644 "$tmp/claim.sql"
# -t bounds the work to the jobs there are
each=$((jobs / 16))
as_postgres "$pg/pgbench" -h "$tmp/sock" -n -c 16 -j 2 -M prepared -t "$each" -f "$tmp/claim.sql" \
    postgres >"$tmp/out" 2>&1 &
pid=$!
start=$(date +%s%N)
( sleep "$seconds"; kill -INT $pid 2>/dev/null ) & timer=$!
wait $pid || true
end=$(date +%s%N)
kill $timer 2>/dev/null || true
done=$(sql "SELECT count(*) FROM job WHERE state = 6")
awk -v ours="$per_s" -v n="$done" -v ns="$((end - start))" 'BEGIN {
    peer = n * 1e9 / ns
    printf "{\"peer\":\"postgresql 15, 16 clients\",\"jobs\":%d,\"per_s\":%.0f}\n", n, peer
    printf "{\"ratio\":%.2f,\"wanted\":3}\n", ours / peer }'
