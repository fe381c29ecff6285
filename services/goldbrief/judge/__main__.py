"""Runs the judge service alone."""

from goldbrief.judge.service import build
from goldbrief.platform.hosting import run_service

raise SystemExit(run_service("judge", build))
