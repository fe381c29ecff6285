"""MLflow's own web pages."""

from __future__ import annotations

import sys

from goldbrief.core.errors import InvalidInputError


def mlflow_ui_command(uri: str) -> list[str]:
    """The command that shows a tracking database in a browser, on loopback.

    Args:
        uri: Tracking URI of a database, e.g. `sqlite:///.goldbrief/mlflow.db`.

    Returns:
        Program and arguments; `--port` may be added.

    Raises:
        InvalidInputError: The URI is that of a server, which shows itself.
    """
    if uri.startswith(("http://", "https://")):
        raise InvalidInputError(
            f"{uri} is a tracking server already.",
            reason="TRACKING_SERVER",
            remedy=f"Open {uri} in a browser.",
        )
    return [
        sys.executable, "-m", "mlflow", "server", "--backend-store-uri", uri,
        "--host", "127.0.0.1", "--workers", "1", "--no-serve-artifacts",
    ]  # fmt: skip
