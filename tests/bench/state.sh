#!/bin/sh
# state.sh - a core whose state holds ten million jobs and five million pairs: its start, every page
# of the console by its own socket, its memory. It takes some minutes and 8 GB beside the build (12
# in between); they are given back at the end.
#   STATE_JOBS=10000000 STATE_PAIRS=5000000 tests/bench/state.sh
set -eu
cd "${TESTS_BUILDDIR:-.}"
jobs=${STATE_JOBS:-10000000} pairs=${STATE_PAIRS:-5000000}
need=$((jobs / 1000 * 1300)) # KiB
free=$(df -Pk . | awk 'NR == 2 { print $4 }')
if [ "$free" -lt "$need" ]; then
    echo "{\"skipped\":\"$((need >> 20)) GiB are needed, $((free >> 20)) are free: set STATE_JOBS\"}"
    exit 0
fi
dir=$(mktemp -d "$PWD/state.XXXXXX") # on the disk of the build, not in memory
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
tests/bench/state --dir="$dir/core" --core=./signalboxd --jobs="$jobs" --pairs="$pairs"
