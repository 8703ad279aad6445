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
$bin/mypy libs services tests tools
$bin/lint-imports

say "Tests"
# Each file's tests stay on one worker, so that what a file starts is started once.
workers=${TEST_WORKERS:-2}
if [ $# -gt 0 ]; then exec $bin/python -m pytest "$@"; fi
exec $bin/python -m pytest -n "$workers" --dist loadfile
