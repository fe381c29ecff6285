"""Runs the registry service alone."""

from goldbrief.platform.hosting import run_service
from goldbrief.registry.service import build

raise SystemExit(run_service("registry", build))
