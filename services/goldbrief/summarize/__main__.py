"""Runs the summarize service alone."""

from goldbrief.platform.hosting import run_service
from goldbrief.summarize.service import build

raise SystemExit(run_service("summarize", build))
