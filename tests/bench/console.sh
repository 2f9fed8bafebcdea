#!/bin/sh
# console.sh - what the console costs with a real core behind it: 120x36, orders coming in.
set -eu
cd "${TESTS_BUILDDIR:-.}"
if [ ! -x tests/console/live.t ]; then
    echo '{"console":"left out","needs":"libvterm"}'
    exit 0
fi
exec env TESTS_BUILDDIR=. tests/console/live.t --figures
