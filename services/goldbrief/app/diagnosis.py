"""`goldbrief doctor`: what a setup lacks, and what to do about it."""

from __future__ import annotations

import importlib.util
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from typing import get_args

from goldbrief.app.checks import Check
from goldbrief.app.cluster_diagnosis import diagnose_cluster
from goldbrief.core.errors import GoldbriefError
from goldbrief.core.settings import LanguageModelRole, Settings
from goldbrief.platform.hosting.language_models import chat_model
from goldbrief.platform.ledger import Database
from goldbrief.platform.storage import open_store

_FREE_GB = 3
_INFERENCE_PACKAGES = ("torch", "transformers", "peft", "goldbrief_training")


def diagnose(settings: Settings, namespace: str = "") -> Iterator[Check]:
    """Look at everything that a run needs.

    Args:
        settings: The setup to look at.
        namespace: Where given, the installation in that namespace of a cluster is looked at
            instead.

    Yields:
        One result a check, as it becomes known.
    """
    if namespace:
        yield from diagnose_cluster(namespace)
        return
    for look in (_python, _packages, _disk, _models, _port):
        yield look(settings)
    yield _guarded("database", lambda: Database(settings.resolved_database_url).migrate())
    yield _guarded("object store", lambda: open_store(settings).exists("doctor"))
    for role in get_args(LanguageModelRole):
        yield from _language_models(settings, role)


def _python(_: Settings) -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    return Check("python", sys.version_info >= (3, 11), version, "Install Python 3.11 or later.")


def _packages(_: Settings) -> Check:
    missing = [name for name in _INFERENCE_PACKAGES if importlib.util.find_spec(name) is None]
    detail = f"missing: {', '.join(missing)}" if missing else "training and inference are installed"
    return Check("packages", not missing, detail, "Run `make setup`, or install goldbrief[all].")


def _disk(settings: Settings) -> Check:
    folder = settings.home.absolute()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free / 1e9
    return Check("disk", free >= _FREE_GB, f"{free:.0f} GB free at {folder}", "Free some space.")


def _models(settings: Settings) -> Check:
    folder = settings.models_dir / settings.base_model
    return Check(
        "base model",
        folder.is_dir(),
        str(folder) if folder.is_dir() else f"{settings.base_model} is not at {folder}",
        "Run `goldbrief models fetch`, or set GOLDBRIEF_BASE_MODEL to a folder.",
    )


def _port(settings: Settings) -> Check:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        taken = probe.connect_ex((settings.host, settings.port)) == 0
    detail = "something listens there" if taken else "free"
    return Check(f"port {settings.port}", True, detail)


def _guarded(name: str, look: Callable[[], object]) -> Check:
    try:
        look()
    except GoldbriefError as error:
        return Check(name, False, error.message, error.remedy)
    return Check(name, True, "answers")


def _language_models(settings: Settings, role: LanguageModelRole) -> Iterator[Check]:
    models = settings.language_models(role)
    if not models:
        yield Check(role, True, "offline (built in); scores are for demonstration")
    for model in models:
        yield _guarded(f"{role} {model.model} at {model.url}", chat_model(model).check)
