#!/bin/sh
# Installs the pinned packages that file $1 lists into folder $2, which becomes one image layer:
# the same list gives the same files, whenever it is installed.
# TORCH_INDEX: package index of a smaller PyTorch, such as one for CPUs only; no default.
set -eu
list=$1
folder=$2
install() { uv pip install --quiet --no-cache --no-deps --python "$(command -v python3)" --target "$folder" "$@"; }

mkdir -p "$folder"
if [ -n "${TORCH_INDEX:-}" ] && grep -q '^torch==' "$list"; then
  install --index-url "$TORCH_INDEX" "$(grep -o '^torch==[^ ;]*' "$list")"
  grep -vE '^(torch|triton|nvidia-|cuda-)' "$list" >"$list.rest"
  list=$list.rest
fi
if [ -s "$list" ]; then install -r "$list"; fi
rm -f "$folder/.lock"
exec python3 "$(dirname "$0")/settle.py" "$folder"
