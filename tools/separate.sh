#!/bin/sh
# An environment of its own for a tool whose packages are kept out of ours: build/NAME-env, from requirements/NAME.txt.
# Usage: tools/separate.sh NAME. Does nothing when it is up to date; ends with 69 where packages cannot be had.
set -eu
cd "$(dirname "$0")/.."
lock=requirements/$1.txt
environment=build/$1-env
state=$(cksum < "$lock")
if [ -f "$environment/stamp" ] && [ "$(cat "$environment/stamp")" = "$state" ]; then exit 0; fi
uv=.venv/bin/uv
[ -x "$uv" ] || uv=uv
"$uv" venv --quiet --clear --python .venv/bin/python "$environment"
if ! "$uv" pip install --quiet --python "$environment/bin/python" --require-hashes -r "$lock"; then
    echo "The packages of $lock could not be installed: is there a way to the package index? Try again when there is" >&2
    exit 69
fi
echo "$state" > "$environment/stamp"
