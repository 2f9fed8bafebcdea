#!/bin/sh
# stock_out.sh - stock to the shop: 20 of SKUS (100000) changed, how many calls and how long until the
# shop has them; LEVELS (10000) at once, beside what the points allow.
set -eu
cd "${TESTS_BUILDDIR:-.}"
[ -x tests/bench/stock_out ] || { echo "built without cmocka: left out"; exit 0; }
exec env TESTS_BUILDDIR=. tests/bench/stock_out "${SKUS:-100000}" "${LEVELS:-10000}"
