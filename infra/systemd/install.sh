#!/bin/sh
# Installs the bot into /opt/telegram-bot with its units. It can be run again at any time: after an update, or for another
# set of units. Settings, data and secrets that are there stay as they are.
# Usage: install.sh [--units pair|all|services] [--root DIR] [--no-packages] [--no-start]
#   pair: telegram-bot and telegram-bot-web (the default); all: telegram-bot-all, everything in one process;
#   services: one unit for each service. --root writes below DIR and starts nothing.
set -eu
units=pair root='' packages=yes start=yes
source=$(cd "$(dirname "$0")/../.." && pwd)

usage() { sed -n '4,6p' "$0" | cut -c 3- >&2; exit 2; }
say() { echo "$*"; }

while [ $# -gt 0 ]; do
    case $1 in
        --units) [ $# -ge 2 ] || usage; units=$2; shift 2 ;;
        --root) [ $# -ge 2 ] || usage; root=$2 start=no; shift 2 ;;
        --no-packages) packages=no; shift ;;
        --no-start) start=no; shift ;;
        *) usage ;;
    esac
done
case $units in
    pair) chosen="telegram-bot telegram-bot-web" ;;
    all) chosen="telegram-bot-all" ;;
    services) chosen="supportbot-gateway supportbot-answerer supportbot-indexer supportbot-admin-api" ;;
    *) usage ;;
esac
every="telegram-bot telegram-bot-web telegram-bot-all supportbot-gateway supportbot-answerer supportbot-indexer supportbot-admin-api"
python=${PYTHON:-python3}
if [ "$packages" = yes ] && ! "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then
    echo "$python is not Python 3.11 or newer with its venv module. Name one: sudo PYTHON=python3.11 $0" >&2
    exit 1
fi
if [ -z "$root" ] && [ "$(id -u)" != 0 ]; then echo "Run this as root (sudo $0)" >&2; exit 1; fi

home=$root/opt/telegram-bot
backups=$root/opt/backups/telegram-bot
mkdir -p "$home/data/documents" "$home/logs" "$backups" "$root/etc/systemd/system" "$root/etc/logrotate.d"

if [ -z "$root" ] && ! id telegram-bot > /dev/null 2>&1; then
    useradd --system --home-dir /opt/telegram-bot --no-create-home --shell /usr/sbin/nologin telegram-bot
    say "made the user telegram-bot"
fi

if [ "$packages" = yes ]; then
    [ -x "$home/venv/bin/python" ] || "$python" -m venv "$home/venv"
    "$home/venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
        -r "$source/requirements/standalone.txt"
    "$home/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
        --force-reinstall "$source/libs/common" "$source/services/gateway" "$source/services/answerer" \
        "$source/services/indexer" "$source/services/admin-api" "$source/services/standalone"
    mkdir -p "$root/usr/local/bin"
    ln -sf /opt/telegram-bot/venv/bin/supportbot "$root/usr/local/bin/supportbot"
    say "installed the packages into $home/venv"
fi

if [ ! -e "$home/.env" ]; then
    cp "$source/.env.example" "$home/.env"
    key=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
    printf '\n# Made by the installation\nJWT_SECRET_KEY=%s\nENVIRONMENT=production\nLOGS_PATH=/opt/telegram-bot/logs\n' "$key" >> "$home/.env"
    say "made $home/.env; put your settings there"
fi
for name in "$source"/infra/systemd/*.service "$source"/infra/systemd/*.timer; do
    install -m 0644 "$name" "$root/etc/systemd/system/"
done
install -m 0644 "$source/infra/systemd/telegram-bot.logrotate" "$root/etc/logrotate.d/telegram-bot"
chmod 0750 "$home" "$home/data" "$home/logs" "$backups"
chmod 0640 "$home/.env"
if [ -z "$root" ]; then
    chown -R telegram-bot:telegram-bot "$home/data" "$home/logs" "$backups"
    chown root:telegram-bot "$home" "$home/.env"
fi

if [ "$start" = yes ]; then
    systemctl daemon-reload
    # Those of another choice would have the same ports and the same data folder.
    for unit in $every; do
        case " $chosen " in *" $unit "*) ;; *) systemctl disable --quiet --now "$unit" ;; esac
    done
    for unit in $chosen; do systemctl enable --quiet "$unit" && systemctl restart "$unit"; done
    systemctl enable --quiet --now telegram-bot-backup.timer telegram-bot-maintain.timer telegram-bot-recover.timer \
        telegram-bot-monitor.timer
    say "started $chosen and the timers"
else
    say "units are in $root/etc/systemd/system; to be started: $chosen"
fi
