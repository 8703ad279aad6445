#!/bin/sh
# Prepare .venv from the locked requirements. Usage: tools/setup.sh run|development
# Says in one line what is missing and the command that installs it. Does nothing when all is up to date.
set -eu
cd "$(dirname "$0")/.."
want=${1:-run}
if [ "$want" = development ]; then lock=requirements/development.txt; else lock=requirements/standalone.txt; fi
stamp=.venv/.$want.stamp
state=$(cat "$lock" requirements/uv.txt tools/setup.sh libs/*/pyproject.toml services/*/pyproject.toml | cksum)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$state" ]; then exit 0; fi

say_missing() { printf 'Missing: %s. Install it with: %s\n' "$1" "$2" >&2; exit 1; }

installer() { # the command that installs $1 (Debian's name) or $2 (Homebrew's name) on this system
    if command -v apt-get >/dev/null 2>&1; then echo "sudo apt-get install -y $1"
    elif command -v dnf >/dev/null 2>&1; then echo "sudo dnf install -y python3.12"
    else echo "brew install $2"; fi
}

new_enough='import sys; sys.exit(sys.version_info < (3, 11))'
python=
for candidate in "${PYTHON:-python3}" python3.13 python3.12 python3.11; do
    if command -v "$candidate" >/dev/null 2>&1 && "$candidate" -c "$new_enough" 2>/dev/null; then python=$candidate; break; fi
done

echo "Preparing .venv ($want) …"
if [ ! -x .venv/bin/python ] || ! .venv/bin/python -c "$new_enough" 2>/dev/null; then
    if command -v uv >/dev/null 2>&1; then
        uv venv --quiet --seed --clear --python '>=3.11' .venv
    elif [ -z "$python" ]; then
        say_missing "Python 3.11 or newer" "$(installer 'python3 python3-venv' python@3.12)"
    elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        say_missing "Python's venv module" "$(installer python3-venv python@3.12)"
    else
        "$python" -m venv --clear .venv
    fi
fi
if [ ! -x .venv/bin/uv ]; then
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
fi
.venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes --compile-bytecode -r "$lock"
.venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --compile-bytecode \
    -e libs/common -e services/gateway -e services/answerer -e services/indexer -e services/admin-api -e services/standalone
.venv/bin/python -m compileall -q libs services || true
echo "$state" > "$stamp"
