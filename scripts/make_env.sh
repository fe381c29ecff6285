#!/usr/bin/env bash
# Writes .env for docker compose from .env.example, with random passwords and token, and with this machine's
# models where `make models` has fetched them. One that is there is kept; what a newer version needs is added.
set -euo pipefail
cd "$(dirname "$0")/.."
umask 077
filled() {
  while IFS= read -r line; do
    case $line in
      *_PASSWORD= | *_SECRET= | GOLDBRIEF_TOKEN=) line+=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n') ;;
      '#MODELS='*) [ ! -d "${line#*=}" ] || line=${line#\#} ;;
    esac
    printf '%s\n' "$line"
  done <.env.example
}
if [ ! -e .env ]; then
  filled >.env
  echo "wrote .env with random passwords"
  exit
fi
[ -z "$(tail -c 1 .env)" ] || echo >>.env
for line in $(filled | grep -E '^[A-Z_]+=.'); do
  grep -q "^${line%%=*}=" .env || { printf '%s\n' "$line" >>.env; echo "added ${line%%=*} to .env"; }
done
