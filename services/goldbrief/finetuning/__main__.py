"""Runs the finetuning service alone."""

from goldbrief.finetuning.service import build
from goldbrief.platform.hosting import run_service

raise SystemExit(run_service("finetuning", build))
