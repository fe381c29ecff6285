"""Run this service alone: `python -m goldbrief.runs`."""

from goldbrief.platform.hosting import run_service
from goldbrief.runs.service import build

raise SystemExit(run_service("runs", build))
