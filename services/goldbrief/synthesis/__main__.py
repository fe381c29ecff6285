"""Runs the synthesis service alone."""

from goldbrief.platform.hosting import run_service
from goldbrief.synthesis.service import build

raise SystemExit(run_service("synthesis", build))
