"""Composition root: all services in one process, for a laptop.

The CLI finds these functions by entry point, so that a client-only install needs none
of what they import.
"""

from goldbrief.app.diagnosis import diagnose
from goldbrief.app.process import RunningApp, up
from goldbrief.app.tools import fetch_models, mlflow_ui

__all__ = ["RunningApp", "diagnose", "fetch_models", "mlflow_ui", "up"]
