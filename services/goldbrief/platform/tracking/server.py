"""MLflow's tracking server as an installation runs it: who asks must know the account.

    python -m goldbrief.platform.tracking.server --host 0.0.0.0 --port 5000 ...

takes the options of `mlflow server`, and the account from MLFLOW_AUTH_ADMIN_USERNAME and
MLFLOW_AUTH_ADMIN_PASSWORD. MLflow's basic-auth app asks for it; what differs here is that its users
are made anew at each start, so that a changed password holds (docs/decisions/0020).
"""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from goldbrief.core.errors import InvalidInputError

_ACCOUNT = ("MLFLOW_AUTH_ADMIN_USERNAME", "MLFLOW_AUTH_ADMIN_PASSWORD")
_LEAST_CHARACTERS = 12
"""Of a password; MLflow takes no shorter one."""
_CONFIG = """\
[mlflow]
database_uri = sqlite:///{folder}/users.db
default_permission = NO_PERMISSIONS
# a hash of the password is compared for tens of milliseconds; not at each call
auth_cache_ttl_seconds = 300
"""


def main(arguments: list[str] | None = None) -> int:
    """Serve until a signal.

    Args:
        arguments: Options of `mlflow server`; None takes those of the process.

    Returns:
        Exit code: 1 for an account that cannot be, else 0.
    """
    options = sys.argv[1:] if arguments is None else arguments
    try:
        if "--help" not in options:
            _require_account(os.environ)
    except InvalidInputError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    with tempfile.TemporaryDirectory(prefix="mlflow-users-") as folder:
        os.environ |= _settings(Path(folder))
        from mlflow.cli import cli  # noqa: PLC0415 - takes seconds, and reads the environment

        cli(["server", "--app-name", "basic-auth", *options])  # ends with a SystemExit of its own
    return 0


def _require_account(environment: Mapping[str, str]) -> None:
    missing = [name for name in _ACCOUNT if not environment.get(name)]
    if missing:
        raise InvalidInputError(
            f"MLflow lets nobody in without an account: {' and '.join(missing)} not set.",
            reason="TRACKING_ACCOUNT_MISSING",
            remedy="Set them, and MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD of the "
            "runs service to the same.",
        )
    if len(environment[_ACCOUNT[1]]) < _LEAST_CHARACTERS:
        raise InvalidInputError(
            f"{_ACCOUNT[1]} is shorter than {_LEAST_CHARACTERS} characters.",
            reason="TRACKING_PASSWORD_SHORT",
            remedy="Choose a longer one, for the runs service too.",
        )


def _settings(folder: Path) -> dict[str, str]:
    config = folder / "basic_auth.ini"
    config.write_text(_CONFIG.format(folder=folder))
    return {
        "MLFLOW_AUTH_CONFIG_PATH": str(config),
        # signs the form that makes further users
        "MLFLOW_FLASK_SERVER_SECRET_KEY": secrets.token_hex(),
        # a route that MLflow has forgotten to guard is refused
        "MLFLOW_BASIC_AUTH_FAIL_CLOSED": "true",
    }


if __name__ == "__main__":
    sys.exit(main())
