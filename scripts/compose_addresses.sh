#!/usr/bin/env bash
# Prints, as lines for a shell, where the services of docker compose answer on this machine, and the
# token that they want:
#   eval "$(scripts/compose_addresses.sh)" && goldbrief status
set -euo pipefail
cd "$(dirname "$0")/.."
for room in runs datasets synthesis judge evaluation finetuning registry summarize; do
  address=$(docker compose port "$room" 7700 2>/dev/null) ||
    { echo "The service $room is not up: docker compose up --detach --wait" >&2; exit 1; }
  echo "export GOLDBRIEF_${room^^}_ADDRESS=$address"
  [ "$room" != runs ] || echo "export GOLDBRIEF_ADDRESS=$address"
done
docker compose config --format json | python3 -c '
import json, sys
environment = json.load(sys.stdin)["services"]["runs"]["environment"]
print("export GOLDBRIEF_TOKEN=" + environment["GOLDBRIEF_TOKEN"])'
