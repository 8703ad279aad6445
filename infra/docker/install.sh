#!/bin/sh
# Installs what one target of the Dockerfile holds into a folder of its own.
# Usage: install.sh requirements|packages gateway|answerer|indexer|admin-api|all-in-one FOLDER
# Two steps, so that a change of our code does not download again what it needs. UV and PYTHON name other programs.
set -eu

usage() { sed -n '3p' "$0" | cut -c 3- >&2; exit 2; }

[ $# -eq 3 ] || usage
step=$1 target=$2 folder=$3
uv=${UV:-uv}
# Bytecode that is not held against the sources' times: a layer may change those, and an image's root is read-only.
export PYC_INVALIDATION_MODE=UNCHECKED_HASH
# A busy machine compiles slowly; that is no reason to give up.
export UV_COMPILE_BYTECODE_TIMEOUT="${UV_COMPILE_BYTECODE_TIMEOUT:-900}"
cd "$(dirname "$0")/../.."

case $target in
    gateway | answerer | indexer | admin-api) lock=$target members="./libs/common ./services/$target" ;;
    all-in-one)
        lock=standalone
        members="./libs/common ./services/gateway ./services/answerer ./services/indexer ./services/admin-api ./services/standalone"
        ;;
    *) usage ;;
esac

case $step in
    requirements)
        "$uv" venv --quiet --python "${PYTHON:-python3}" --no-python-downloads "$folder"
        "$uv" pip install --quiet --python "$folder/bin/python" --require-hashes --compile-bytecode \
            --link-mode copy -r "requirements/$lock.txt"
        # What others ship and nobody here uses: their own tests, and texts in languages that we do not speak.
        for site in "$folder"/lib/python3*/site-packages; do
            find "$site" -type d -name tests -prune -exec rm -rf {} +
            find "$site/babel/locale-data" -type f ! -name root.dat ! -name 'en*.dat' ! -name 'ru*.dat' -delete
        done
        ;;
    packages)
        # shellcheck disable=SC2086 # a list of folders
        "$uv" pip install --quiet --python "$folder/bin/python" --no-deps --compile-bytecode --link-mode copy $members
        ;;
    *) usage ;;
esac
