#!/bin/sh
# Build the documentation site into build/docs; every link that leads nowhere and every page left out is an error.
set -eu
cd "$(dirname "$0")/.."
tools/separate.sh docs
# The theme's maintainers tell at each start of what follows it: docs/decisions/0023.
NO_MKDOCS_2_WARNING=1 build/docs-env/bin/mkdocs --quiet build --strict
echo "Built: open build/docs/index.html"
