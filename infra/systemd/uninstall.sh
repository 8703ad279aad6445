#!/bin/sh
# Takes the units away again. Settings, data, logs and backups stay, unless --purge is given.
# Usage: uninstall.sh [--purge] [--root DIR]
set -eu
purge=no root=''

usage() { sed -n '3p' "$0" | cut -c 3- >&2; exit 2; }

while [ $# -gt 0 ]; do
    case $1 in
        --purge) purge=yes; shift ;;
        --root) [ $# -ge 2 ] || usage; root=$2; shift 2 ;;
        *) usage ;;
    esac
done
if [ -z "$root" ] && [ "$(id -u)" != 0 ]; then echo "Run this as root (sudo $0)" >&2; exit 1; fi

for path in "$(dirname "$0")"/*.timer "$(dirname "$0")"/*.service; do
    unit=$(basename "$path")
    if [ -z "$root" ]; then systemctl disable --quiet --now "$unit" 2> /dev/null || true; fi
    rm -f "$root/etc/systemd/system/$unit"
done
rm -f "$root/etc/logrotate.d/telegram-bot" "$root/usr/local/bin/supportbot"
rm -rf "$root/opt/telegram-bot/venv"
if [ "$purge" = yes ]; then
    rm -rf "$root/opt/telegram-bot" "$root/opt/backups/telegram-bot"
    if [ -z "$root" ]; then userdel telegram-bot 2> /dev/null || true; fi
    echo "everything is gone, data and backups too"
else
    echo "the units are gone; $root/opt/telegram-bot and $root/opt/backups/telegram-bot are left"
fi
if [ -z "$root" ]; then systemctl daemon-reload; fi
