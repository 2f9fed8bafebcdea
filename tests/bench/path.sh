#!/bin/sh
# path.sh - the order path against a practice Odoo as slow as the real one was measured: orders a
# second with a full queue, as a share of what a bare client gets from the same Odoo with the same
# calls; then at half that load the time from acknowledged to confirmed, 95th percentile, against
# what Odoo alone takes. ORDERS (1600).
set -eu
cd "${TESTS_BUILDDIR:-.}"
exec env TESTS_BUILDDIR=. tests/bench/path --orders "${ORDERS:-1600}"
