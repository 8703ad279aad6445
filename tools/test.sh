#!/usr/bin/env bash
# All checks, then all tests. Arguments go to pytest. Servers are started by the tests themselves and stopped with them.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin

say() { printf '\n\033[1m%s\033[0m\n' "$1"; }

tools/servers.sh

say "Style, types and layers"
$bin/ruff check libs services tests tools
$bin/ruff format --check libs services tests tools
$bin/lint-imports
if [ $# -gt 0 ]; then $bin/mypy libs services tests tools; exec $bin/python -m pytest "$@"; fi

# Types take two minutes of one processor: beside the first tests, which wait much.
types=$(mktemp)
$bin/mypy libs services tests tools >"$types" 2>&1 &
checking=$!
trap 'kill "$checking" 2>/dev/null || true; rm -f "$types"' EXIT

say "Tests"
# Each file's tests stay on one worker, so that what a file starts is started once; the longest files come first.
failed=0
$bin/python -m pytest -n "${TEST_WORKERS:-2}" --dist loadfile --no-loadscope-reorder || failed=$?

say "Types"
wait "$checking" || failed=1
cat "$types"
exit "$failed"
