"""Imports what a room imports, so that Python keeps the compiled files in PYTHONPYCACHEPREFIX.

The root of a container is read-only, and compiling at each start takes seconds; but compiling
whole packages, of which a room imports a part, would make the image half as large again.
"""

from __future__ import annotations

import importlib.util
import pkgutil
import sys

_LATE = ("mlflow", "matplotlib.figure", "rouge_score.rouge_scorer")
"""Imported by the first call, not with the room."""


def main(*names: str) -> None:
    """Import the modules named, and all that is in packages of ours."""
    for name in names:
        folders = getattr(importlib.import_module(name), "__path__", [])
        if name.startswith("goldbrief"):
            for module in pkgutil.walk_packages(folders, f"{name}."):
                if not module.name.endswith(".__main__"):
                    importlib.import_module(module.name)
    for name in _LATE:
        if importlib.util.find_spec(name.partition(".")[0]):
            importlib.import_module(name)


if __name__ == "__main__":
    main(*sys.argv[1:])
