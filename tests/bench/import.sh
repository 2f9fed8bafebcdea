#!/bin/sh
# import.sh - a whole shop comes into a practice Odoo as slow as the real one was measured: its time
# beside what that Odoo alone needs to write the same records, Shopify's calls for each product, the
# core's memory. IMPORT_RECORDS customers, products and orders each (10000; 1000 take a minute).
set -eu
cd "${TESTS_BUILDDIR:-.}"
exec env TESTS_BUILDDIR=. tests/bench/import --records "${IMPORT_RECORDS:-10000}"
