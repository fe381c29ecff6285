#!/bin/bash
# As the published image: options are for the server, which runs as its own user.
set -euo pipefail
[ "${1:0:1}" = - ] && set -- redis-server "$@"
if [ "$1" = redis-server ]; then
  set -- "$@" --protected-mode no
  if [ "$(id -u)" = 0 ]; then
    chown 999:999 /data
    exec setpriv --reuid=999 --regid=999 --clear-groups -- "$@"
  fi
fi
exec "$@"
