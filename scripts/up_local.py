"""Run a goldbrief command over separate service processes with real servers.

python scripts/up_local.py run examples/quickstart/recipe.yaml
Data, logs and models lie in GOLDBRIEF_HOME/local; the same command resumes.
"""

from __future__ import annotations

import os
import subprocess
import sys

from goldbrief.core.settings import Settings
from goldbrief.testing.processes import local_cluster


def main() -> int:
    """Start everything, run the command with its arguments, stop everything."""
    settings = Settings()
    home = settings.home.absolute() / "local"
    home.mkdir(parents=True, exist_ok=True)
    models = home / "models"
    if not models.exists():
        models.symlink_to(settings.models_dir)
    with local_cluster(home) as environment:
        command = [sys.executable, "-m", "goldbrief.cli", *sys.argv[1:]]
        return subprocess.run(command, env={**os.environ, **environment}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
