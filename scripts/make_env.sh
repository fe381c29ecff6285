#!/usr/bin/env bash
# Writes .env for docker compose from .env.example, with random passwords and token, and with this machine's
# models where `make models` has fetched them; keeps one that is there.
set -euo pipefail
cd "$(dirname "$0")/.."
[ ! -e .env ] || { echo ".env is there already."; exit; }
umask 077
while IFS= read -r line; do
  case $line in
    *_PASSWORD= | *_SECRET= | GOLDBRIEF_TOKEN=) line+=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n') ;;
    '#MODELS='*) [ ! -d "${line#*=}" ] || line=${line#\#} ;;
  esac
  printf '%s\n' "$line"
done <.env.example >.env
echo "wrote .env with random passwords"
