#!/bin/sh
# orders.sh - the order path: a practice shop sells as fast as it can into a practice Odoo that
# answers at once; orders a second from the first delivery to the last confirmation, and the
# core's CPU time for each. ORDERS (3000).
set -eu
cd "${TESTS_BUILDDIR:-.}"
orders=${ORDERS:-3000}
out=$(mktemp "${TMPDIR:-/tmp}/signalbox-orders-XXXXXX")
trap 'rm -f "$out"' EXIT
ticks=$(getconf CLK_TCK)
./signalbox demo --batch --orders "$orders" --earlier 0 --seed 3 --mix plain >"$out" &
demo=$!
cpu=0
while kill -0 $demo 2>/dev/null; do
    for core in $(cat /proc/$demo/task/*/children 2>/dev/null); do
        case $(cat "/proc/$core/comm" 2>/dev/null) in
        signalboxd) now=$(awk '{ print $14 + $15 }' "/proc/$core/stat" 2>/dev/null) && [ -n "$now" ] && cpu=$now ;;
        esac
    done
    sleep 0.05
done
wait $demo
seconds=$(sed -n 's/.*orders in \([0-9.]*\) s/\1/p' "$out")
awk -v n="$orders" -v s="$seconds" -v c="$cpu" -v t="$ticks" 'BEGIN {
    printf "{\"orders\":%d,\"per_second\":%.0f,\"wanted\":300,\"core_cpu_ms_per_order\":%.2f,\"at_most\":3}\n",
        n, n / s, 1000 * c / t / n }'
sed -n '/p50/p; /calls/p' "$out"
