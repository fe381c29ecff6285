#!/bin/bash
# As the published image: what is no program is for the server.
set -euo pipefail
command -v "$1" >/dev/null || set -- minio "$@"
exec "$@"
