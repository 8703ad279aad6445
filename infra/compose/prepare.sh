#!/bin/sh
# Makes what docker-compose.prod.yml needs beside itself: .env.prod, random secrets, a certificate to begin with.
# What is there already stays as it is, so it can be run again at any time.
set -eu
cd "$(dirname "$0")"
umask 077

random() { openssl rand -hex 32 | tr -d '\n'; }

secret() { # a file of secrets/ with the text of standard input, unless it is there
    if [ -s "secrets/$1" ]; then cat > /dev/null; else cat > "secrets/$1" && echo "made secrets/$1"; fi
    # The containers' users are others than this one; the folder keeps this machine's other users out.
    chmod 0444 "secrets/$1"
}

command -v openssl > /dev/null || { echo "openssl is needed; install it and run this again" >&2; exit 1; }
mkdir -p secrets ssl/challenges data/documents data/synonyms backups
chmod 0700 secrets
chmod 0755 ssl ssl/challenges data data/documents data/synonyms
# The command in its container is user 10001; where this is not root, say so: sudo chown 10001 backups
chown 10001:10001 backups 2> /dev/null || chmod 0777 backups

if [ ! -e .env.prod ]; then
    cp env.prod.example .env.prod
    echo "made .env.prod; look through it"
    echo "keep a copy of secrets/backup_passphrase elsewhere: without it nobody reads the secrets in your backups"
fi
for name in db_password redis_password qdrant_api_key jwt_secret_key grafana_password backup_passphrase; do random | secret "$name"; done
chat=$(sed -n 's/^ADMIN_CHAT_ID=//p' .env.prod | tail -n 1)
case ${chat#-} in
    '') sed '/telegram_configs:/,$d' alertmanager.example.yml > .alertmanager.new ;;
    *[!0-9]*) echo "ADMIN_CHAT_ID in .env.prod is no number: $chat" >&2; exit 1 ;;
    *) sed "s/chat_id: 0/chat_id: $chat/" alertmanager.example.yml > .alertmanager.new ;;
esac
chmod 0444 .alertmanager.new
mv -f .alertmanager.new alertmanager.yml
if [ ! -s secrets/rabbitmq_account ] || [ ! -s secrets/rabbitmq_url ]; then
    password=$(random)
    rm -f secrets/rabbitmq_account secrets/rabbitmq_url
    printf 'default_user = supportbot\ndefault_pass = %s\n' "$password" | secret rabbitmq_account
    printf 'amqp://supportbot:%s@rabbitmq:5672/' "$password" | secret rabbitmq_url
fi
if [ ! -s ssl/cert.pem ] || [ ! -s ssl/key.pem ]; then
    domain=$(sed -n 's/^DOMAIN=//p' .env.prod | tail -n 1)
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 90 -subj "/CN=${domain:-localhost}" \
        -addext "subjectAltName=DNS:${domain:-localhost}" -keyout ssl/key.pem -out ssl/cert.pem 2> /dev/null
    chmod 0644 ssl/cert.pem
    echo "made ssl/cert.pem, which no browser trusts; docs/deploying.md says how to get one that they do"
fi
