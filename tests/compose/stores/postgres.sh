#!/bin/bash
# As the published image: options are for the server; an empty PGDATA is initialized from
# POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB, then /docker-entrypoint-initdb.d/*.sql is run.
set -euo pipefail
[ "${1:0:1}" = - ] && set -- postgres "$@"
if [ "$1" = postgres ] && [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA"
  chown 999:999 "$PGDATA"
  exec setpriv --reuid=999 --regid=999 --clear-groups -- "$0" "$@"
fi
if [ "$1" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
  [ -n "${POSTGRES_PASSWORD:-}" ] || { echo "Database is uninitialized and superuser password is not specified." >&2; exit 1; }
  user=${POSTGRES_USER:-postgres}
  database=${POSTGRES_DB:-$user}
  initdb --username="$user" --pwfile=<(echo "$POSTGRES_PASSWORD") --auth-host=scram-sha-256 --encoding=UTF8
  pg_ctl --wait start --options="-c listen_addresses=''"
  query() { psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$user" "$@"; }
  [ "$database" = postgres ] || query --dbname postgres --command "CREATE DATABASE \"$database\""
  for file in /docker-entrypoint-initdb.d/*.sql; do
    [ -e "$file" ] && query --dbname "$database" --file "$file"
  done
  pg_ctl --wait --mode=fast stop
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  echo "listen_addresses = '*'" >>"$PGDATA/postgresql.conf"
fi
exec "$@"
