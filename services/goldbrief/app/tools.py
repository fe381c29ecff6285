"""Commands of the CLI that need parts of the services."""

from __future__ import annotations

import os
import subprocess

from goldbrief.core.settings import Settings
from goldbrief.inference.__main__ import main as inference
from goldbrief.platform.tracking import mlflow_ui_command


def fetch_models() -> int:
    """Fetch the laptop's models; returns the exit code."""
    return inference(["fetch"])


def mlflow_ui(settings: Settings, port: int) -> int:
    """Run MLflow's pages until Ctrl-C; returns the exit code."""
    command = [*mlflow_ui_command(settings.resolved_tracking_uri), "--port", str(port)]
    # Its job runners are seven processes more, for features of MLflow that are not used here.
    environment = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    return subprocess.run(command, env=environment, check=False).returncode
