#!/usr/bin/env bash
# Makes sure that the base image $1 is here: pulled, or, where no registry can be reached,
# bootstrapped from this machine's own Debian mirror and given the name that the files expect.
set -euo pipefail
cd "$(dirname "$0")/.."
image=$1
archive=.cache/base-$(tr -c 'a-z0-9\n' - <<<"$image").tar

docker image inspect "$image" >/dev/null 2>&1 && exit
timeout "${GOLDBRIEF_PULL_TIMEOUT:-120}" docker pull --quiet "$image" 2>/dev/null && exit

lacks() { echo "!! $image can neither be pulled nor bootstrapped: $1" >&2; exit 1; }
[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || lacks "that needs root on Debian."
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
# the first mirror of apt's own sources, in either of their formats
mirror=$(apt-get indextargets --format '$(SITE) $(RELEASE)' | awk -v r="$release" '$2 == r {print $1; exit}')
[ -n "$mirror" ] || lacks "apt's sources name no mirror for $release."

if [ ! -s "$archive" ]; then
  echo "!! $image cannot be pulled: bootstrapping $release in its place (minutes, once) ..." >&2
  command -v debootstrap >/dev/null ||
    DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 install -y -qq debootstrap
  root=$(mktemp -d)
  trap 'rm -rf "$root"' EXIT
  debootstrap --variant=minbase --include=ca-certificates,python3,python3-venv \
    "$release" "$root" "$mirror" >.cache/debootstrap.log 2>&1 ||
    lacks "debootstrap failed: $(tail -n 1 .cache/debootstrap.log)"
  ln -s python3 "$root/usr/bin/python"
  rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/* "$root"/var/log/*.log
  # the mirror is this machine's business, not the image's
  : >"$root/etc/apt/sources.list"
  tar --sort=name --numeric-owner -C "$root" -c . >"$archive.part"
  mv "$archive.part" "$archive"
fi
docker import --change 'CMD ["python3"]' "$archive" "$image" >/dev/null
echo "$image: bootstrapped from Debian $release, not the published image" >&2
