"""Runs the datasets service alone."""

from goldbrief.datasets.service import build
from goldbrief.platform.hosting import run_service

raise SystemExit(run_service("datasets", build))
