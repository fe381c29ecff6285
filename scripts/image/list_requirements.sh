#!/bin/sh
# Writes shared.txt, the pinned packages that image $1 has in common with others, and room.txt,
# those that it needs beyond them, as requirements.lock pins them.
set -eu
case $1 in
  inference) shared=torch extra=inference ;;
  training) shared=torch extra=training ;;
  *) shared=service extra=$1 ;;
esac
pinned() {
  uv pip compile --quiet --no-header --no-annotate --constraints requirements.lock --extra "$1" pyproject.toml
}
pinned "$shared" >shared.txt
pinned "$extra" >all.txt
grep -vxFf shared.txt all.txt >room.txt || true # none is no failure
