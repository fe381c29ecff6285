"""Imports mlflow late and quietly, and maps its errors."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from goldbrief.core.errors import GoldbriefError, TransientError, UnauthenticatedError

_ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    # the library's own seven tries take minutes; our callers try again by themselves
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "GIT_PYTHON_REFRESH": "quiet",
}
_REFUSALS = ("INVALID_PARAMETER_VALUE", "BAD_REQUEST", "PERMISSION_DENIED")
_UNKNOWN = ("UNAUTHENTICATED", "CUSTOMER_UNAUTHORIZED")


def load_client(uri: str) -> Any:
    """Import mlflow and make a client; an SQLite file that is not there is made."""
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    from mlflow import MlflowClient  # noqa: PLC0415 - takes seconds to import

    logging.getLogger("mlflow").setLevel(logging.WARNING)
    path = uri.removeprefix("sqlite:///")
    if path != uri:
        _make_database(Path(path))
    return MlflowClient(tracking_uri=uri, registry_uri=uri)


def _make_database(path: Path) -> None:
    """Make an SQLite file with all tables at once, if it is not there.

    A process killed amid the many migrations of mlflow leaves a file that no other can open.
    """
    from mlflow import MlflowClient  # noqa: PLC0415 - imported by our caller already

    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f"{path.name}.partial-") as folder:
        partial = Path(folder, path.name)
        uri = f"sqlite:///{partial}"
        MlflowClient(tracking_uri=uri, registry_uri=uri).search_experiments(max_results=1)
        with suppress(FileExistsError):  # another process was faster
            path.hardlink_to(partial)


@contextmanager
def mlflow_errors() -> Iterator[None]:
    """Map mlflow's errors.

    Raises:
        TransientError: MLflow is away or failed.
        UnauthenticatedError: MLflow does not know the account.
        GoldbriefError: MLflow refused the call.
    """
    try:
        yield
    except Exception as error:
        raise _mapped(error) from error


def _mapped(error: Exception) -> Exception:
    # by name: mlflow must not be imported for an `except` clause
    if not any(base.__name__ == "MlflowException" for base in type(error).__mro__):
        return error
    code = str(getattr(error, "error_code", ""))
    if code in _UNKNOWN:
        return UnauthenticatedError(
            f"MLflow does not let us in: {error}",
            reason="TRACKING_UNAUTHENTICATED",
            remedy="Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD where the runs "
            "service starts to an account of the server at GOLDBRIEF_TRACKING_URI.",
        )
    if code in _REFUSALS:
        return GoldbriefError(f"MLflow refused: {error}", reason="TRACKING_REFUSED")
    return TransientError(
        f"MLflow failed: {error}",
        reason="TRACKING_UNAVAILABLE",
        remedy="Check GOLDBRIEF_TRACKING_URI and that the tracking server runs.",
    )
