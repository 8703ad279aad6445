#!/usr/bin/env bash
# Installs what a bare Debian lacks of the servers and programs that tests start for themselves, where it may.
# Arguments are further packages to have, each named as its command is.
set -euo pipefail

say() { printf '\n\033[1m%s\033[0m\n' "$1"; }

may_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; }

install() { # Debian's packages; says so and goes on where that fails
    say "Installing $* for the tests"
    export DEBIAN_FRONTEND=noninteractive
    if ! { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"; } >/dev/null; then
        echo "Could not install $*; the tests that need it are skipped" >&2
    fi
}

without_starting() { # install packages without starting their services
    if [ -e /usr/sbin/policy-rc.d ]; then
        "$@"
    else
        printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d
        "$@"
        rm -f /usr/sbin/policy-rc.d
    fi
}

has_postgres() {
    [ -n "${TEST_DB_HOST:-}${DB_HOST:-}" ] || command -v initdb >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1
}

has_rabbitmq() {
    [ -n "${TEST_RABBITMQ_URL:-}${RABBITMQ_URL:-}" ] || ls /usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server >/dev/null 2>&1
}

has_container_engine() { docker info >/dev/null 2>&1 || podman info >/dev/null 2>&1; }

has_browser() {
    for name in chromium chromium-browser google-chrome; do command -v "$name" >/dev/null 2>&1 && return; done
    return 1
}

if may_install; then
    if ! has_postgres && ! has_container_engine; then
        # No cluster of Debian's own: the tests start theirs, on a free port.
        mkdir -p /etc/postgresql-common && echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf
        install postgresql
    fi
    if [ -z "${TEST_REDIS_HOST:-}" ] && ! command -v redis-server >/dev/null 2>&1; then install redis-server; fi
    if ! has_rabbitmq && ! has_container_engine; then
        # No broker of Debian's own: the tests start theirs, on a free port.
        without_starting install rabbitmq-server
    fi
    if [ ! -x /usr/sbin/pgbouncer ] && ! command -v pgbouncer >/dev/null 2>&1; then
        # No pooler of Debian's own: the tests start theirs.
        without_starting install pgbouncer
    fi
    if ! has_browser; then install chromium; fi
    # What infra/ is held against: nginx, Prometheus' promtool, and the checkers of scripts and compose files.
    # None of their services is started.
    if [ ! -x /usr/sbin/nginx ] && ! command -v nginx >/dev/null 2>&1; then without_starting install nginx-light; fi
    if ! command -v promtool >/dev/null 2>&1; then without_starting install prometheus; fi
    for wanted in shellcheck docker-compose logrotate; do
        if ! command -v "$wanted" >/dev/null 2>&1; then install "$wanted"; fi
    done
    for wanted in "$@"; do
        if ! command -v "$wanted" >/dev/null 2>&1; then install "$wanted"; fi
    done
fi

# The provider of OpenID Connect that signing in is held against, where there is npm: its modules, as they are locked.
provider=$(dirname "$0")/../build/openid-provider
locked=$(dirname "$0")/../tests/servers/openid_provider
if command -v npm >/dev/null 2>&1 && ! cmp -s "$locked/package-lock.json" "$provider/installed.json"; then
    say "Installing oidc-provider for the tests"
    mkdir -p "$provider"
    cp "$locked/package.json" "$locked/package-lock.json" "$provider"
    if (cd "$provider" && npm ci --ignore-scripts --no-audit --no-fund --silent); then
        cp "$locked/package-lock.json" "$provider/installed.json"
    else
        echo "Could not install oidc-provider; the test that needs it is skipped" >&2
    fi
fi
