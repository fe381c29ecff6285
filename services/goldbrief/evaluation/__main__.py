"""Run this service alone: `python -m goldbrief.evaluation`."""

from goldbrief.evaluation.service import build
from goldbrief.platform.hosting import run_service

raise SystemExit(run_service("evaluation", build))
