#!/bin/sh
# Lock versions with hashes into requirements/*.txt, without addresses, so that they work behind any mirror.
set -eu
cd "$(dirname "$0")/.."
uv=.venv/bin/uv
[ -x "$uv" ] || uv=uv
export_() { # name of the lock file, then what to export
    out=requirements/$1.txt; shift
    "$uv" export --quiet --frozen --no-emit-workspace --no-emit-project --no-annotate --no-header "$@" > "$out"
}
"$uv" lock --quiet "$@"
for service in gateway answerer indexer admin-api standalone; do
    export_ "$service" --no-dev --package "supportbot-$service"
done
export_ development --group dev --all-packages
"$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header "$@" \
    tests/bench/rivals/requirements.in -o requirements/bench-rivals.txt
"$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header "$@" \
    tests/bench/indexing/requirements.in -o requirements/bench-markitdown.txt
for tool in docs checkov; do
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header "$@" \
        "requirements/$tool.in" -o "requirements/$tool.txt"
done
