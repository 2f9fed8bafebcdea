#!/bin/sh
# intake.sh [SECONDS] - signed orders of 10 KiB over 256 connections, each on disk before its 200:
# first the receiver a Node shop would write (peers/), then the least a receiver must do (limit.c),
# then ours; three rounds in turn, on the disk of the build. Prints the figures and the ratios.
set -u
cd "${TESTS_BUILDDIR:-.}" || exit 1
src=$(cd "${TESTS_SRCDIR:-$(dirname "$0")/../..}" && pwd)
. "$src/tests/bench/lib.sh"
seconds=${1:-5}
work=$(mktemp -d "$PWD/intake.XXXXXX") || exit 1 # on the disk of the build, not in memory
pid=
trap 'if [ -n "$pid" ]; then kill -9 "$pid"; fi; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
SIGNALBOX_LOAD_SECRET=$(openssl rand -hex 16) || exit 1
export SIGNALBOX_LOAD_SECRET

# The peer's packages, kept beside the contract tests' cache.
peer_modules() {
    lock=$(openssl dgst -sha256 -r "$src/tests/bench/peers/package-lock.json" | cut -c1-12)
    peer=${XDG_CACHE_HOME:-$HOME/.cache}/signalbox/peer-$lock
    if [ ! -d "$peer" ]; then
        mkdir -p "${peer%/*}" && fresh=$(mktemp -d "$peer.XXXXXX") || return 1
        cp "$src/tests/bench/peers/"*.json "$fresh" &&
            (cd "$fresh" && npm ci --silent --no-audit --no-fund >"$work/npm.out" 2>&1) &&
            mv "$fresh" "$peer" || {
            rm -rf "$fresh"
            return 1
        }
    fi
    cp "$src/tests/bench/peers/receiver.mjs" "$peer/" # beside its modules
}

# measure NAME: drives the running receiver, remembers its rate
measure() {
    said=$(tests/bench/load --seconds "$seconds" --warmup 1 --acked "$work/$1.acked" \
        "http://127.0.0.1:$port/shopify/webhook") || return 1
    figure "$said" per_second >>"$work/$1.rates"
    printf '%-11s %7s orders/s   p50 %7s ms   p99 %7s ms   refused %s\n' "$1" \
        "$(figure "$said" per_second)" "$(figure "$said" p50)" "$(figure "$said" p99)" \
        "$(figure "$said" refused)"
}

median() { sort -n "$work/$1.rates" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
ratio() { awk -v a="$(median "$1")" -v b="$(median "$2")" 'BEGIN { printf "%.2f", a / b }'; }

has_peer=
if command -v node >/dev/null && command -v npm >/dev/null && peer_modules; then
    has_peer=1
else
    echo "peer: left out, node and npm's registry are needed for it"
fi
for round in 1 2 3; do # the disk is shared with others: in turn, and the median counts
    if [ -n "$has_peer" ]; then
        start peer env NODE_ENV=production SHOPIFY_SECRET="$SIGNALBOX_LOAD_SECRET" \
            node "$peer/receiver.mjs" "$work/peer$round.db" && measure peer || exit 1
        stop
    fi
    start limit tests/bench/limit "$work/limit$round.db" && measure limit || exit 1
    stop
    start ours tests/bench/receiver "$work/ours$round" && measure ours || exit 1
    stop
    lost=$(lost "$work/ours.acked" "$work/ours$round/signalbox.db" inbox)
    [ "$lost" -eq 0 ] || echo "ours: $lost answered webhooks are not in the database"
    rm -rf "$work"/*.db* "$work/ours$round"
done
echo "ours is $(ratio ours limit) x limit"
[ -z "$has_peer" ] || echo "ours is $(ratio ours peer) x peer"
[ -z "$has_peer" ] || echo "limit is $(ratio limit peer) x peer"
