#!/bin/sh
# Puts the wheels in /wheels into the environment /opt/goldbrief/app, above the layers of their
# dependencies, and adds what else an image carries: its SBOM, its health probe, its start command,
# compiled Python files, an empty home.
# Arguments: name of the image, version.
set -eu
name=$1
version=$2
# what it starts (a module, with arguments), and what that imports
case $name in
  mlflow) start=goldbrief.platform.tracking.server imports="mlflow.cli mlflow.server.auth" ;;
  inference) start=goldbrief.inference imports=goldbrief.inference ;;
  training)
    start=goldbrief_training
    imports="goldbrief_training goldbrief.finetuning goldbrief.platform.hosting"
    ;;
  *) start=goldbrief.$name imports="goldbrief.$name goldbrief.platform.hosting" ;;
esac
here=$(dirname "$0")
root=/opt/goldbrief
python=$root/app/bin/python

python3 -m venv --without-pip "$root/app"
packages=$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
printf '%s\n' "$root/room" "$root/shared" >"$packages/layers.pth"
# its notes on the wheels would hold the time of this build
UV_NO_INSTALLER_METADATA=1 uv pip install --quiet --no-cache --no-deps --python "$python" /wheels/*.whl

script() { # name, first line; the rest from stdin
  { echo "#!$python$2"; cat; } >"$root/app/bin/$1"
  chmod 755 "$root/app/bin/$1"
}
script goldbrief-probe " -S" <"$packages/goldbrief/platform/hosting/probe.py"
script goldbrief-room "" <<END
"""Starts what this image is for: python -m $start."""
import runpy
import sys

module, *arguments = "$start".split()
sys.argv[1:1] = arguments
runpy.run_module(module, run_name="__main__", alter_sys=True)
END

mkdir -p "$root/app/about" "$root/home/models" "$root/home/served" "$root/home/keys"
cp /source/LICENSE "$root/app/about/LICENSE"
"$python" "$here/sbom.py" "goldbrief/$name" "$version" >"$root/app/about/sbom.cdx.json"
python3 "$here/settle.py" "$root/app"
# shellcheck disable=SC2086 # a list
PYTHONPYCACHEPREFIX=$root/app/pycache "$python" "$here/warm.py" $imports
find "$root/app/pycache" "$root/home" -exec touch --no-dereference --date=@315532800 {} +
