#!/usr/bin/env bash
# Puts the transformers that TGI 3.3.7 is built on into .cache/transformers4, beside our own: with that
# folder first on PYTHONPATH, .venv's Python has it, with .venv's torch. For `pytest -m transformers4`.
set -euo pipefail
cd "$(dirname "$0")/.."
target=.cache/transformers4
[ ! -e "$target/.ready" ] || exit 0
rm -rf "$target"
.venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --target "$target" \
  'transformers==4.51.3' 'tokenizers==0.21.4' 'huggingface-hub==0.36.2'
touch "$target/.ready"
