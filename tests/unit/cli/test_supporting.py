"""`goldbrief support-bundle` tells of versions, settings and errors, and of nothing private."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from goldbrief import __version__
from goldbrief.cli.main import cli
from goldbrief.core.settings import Settings
from goldbrief.testing.servers import free_port

from ..dataset_server import build_version
from ..datasets.samples import Workplace, make_article, make_material
from ..governed import Governed, govern

SECRET = "hunter2-and-more"
PRIVATE = {
    "DATABASE_URL": f"postgresql+psycopg://goldbrief:{SECRET}@db.example/goldbrief",
    "BROKER_URL": f"redis://:{SECRET}@redis.example:6379/0",
    "TEACHER_URL": f"https://user:{SECRET}@models.example/v1",
    "JUDGE_PANEL": json.dumps([{"url": f"https://x/{SECRET}", "model": SECRET, "api_key": SECRET}]),
    **dict.fromkeys(
        ("S3_ACCESS_KEY", "S3_SECRET_KEY", "TOKEN", "TEACHER_API_KEY", "JUDGE_API_KEY", "TLS_KEY"),
        SECRET,
    ),
    "TOKENS_FILE": f"/etc/{SECRET}",
    "TRACKING_URI": f"http://mlflow:{SECRET}@mlflow.example",
    "OBJECTS": f"s3://{SECRET}",
    "CONSOLE_SECRET": SECRET,
}


@pytest.fixture
def governed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Governed]:
    with govern(tmp_path) as governed:
        monkeypatch.setenv("GOLDBRIEF_ADDRESS", governed.address)
        for name, value in PRIVATE.items():
            monkeypatch.setenv(f"GOLDBRIEF_{name}", value)
        yield governed


def bundle(folder: Path) -> dict[str, Any]:
    file = folder / "support.zip"
    result = CliRunner().invoke(cli, ["support-bundle", str(file)])
    assert result.exit_code == 0, result.output
    with zipfile.ZipFile(file) as found:
        return {name: json.loads(found.read(name)) for name in found.namelist()}


def test_it_tells_versions_settings_and_why_work_failed(governed: Governed, tmp_path: Path) -> None:
    fail(governed.place)
    told = bundle(tmp_path)
    assert told["versions.json"]["goldbrief"] == __version__
    assert told["versions.json"]["packages"]["grpcio"][0].isdigit()
    settings = told["settings.json"]["settings"]
    assert set(settings) == set(Settings.model_fields)
    assert (settings["port"], settings["engine"], settings["token"]) == (7700, "openai", "set")
    assert settings["database_url"] == "postgresql+psycopg://..."
    assert "GOLDBRIEF_CONSOLE_SECRET" in told["settings.json"]["variables"]
    failed = [one for one in told["works.json"]["dataset_versions"] if one["state"] == "FAILED"]
    assert [one["reason"] for one in failed] == ["NO_ACCEPTED_CANDIDATES"]


def test_no_secret_and_no_article_text_is_in_it(governed: Governed, tmp_path: Path) -> None:
    fail(governed.place)
    told = json.dumps(bundle(tmp_path))
    assert SECRET not in told
    assert "example" not in told
    for number in range(8):
        for sentence in make_article(number).text.split(". "):
            assert sentence not in told


@pytest.mark.parametrize(
    "name", [name for name, field in Settings.model_fields.items() if field.annotation is str]
)
def test_a_setting_in_words_is_shown_only_where_it_is_known_to_be_harmless(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOLDBRIEF_ADDRESS", f"127.0.0.1:{free_port()}")
    monkeypatch.setenv(f"GOLDBRIEF_{name.upper()}", SECRET)
    harmless = {"base_model", "host", "judge_model", "teacher_model"}
    assert (SECRET in json.dumps(bundle(tmp_path))) == (name in harmless)


def test_it_is_written_when_no_server_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOLDBRIEF_ADDRESS", f"127.0.0.1:{free_port()}")
    assert bundle(tmp_path)["works.json"] == {"server": "does not tell: SERVER_UNREACHABLE"}


def fail(place: Workplace) -> None:
    """Let a dataset version fail with a message that quotes an article."""
    quoted = f"It does not support {make_article(0).text.split('. ')[0]}"
    refused = place.add_synthesis([], [quoted], request_id="other")
    assert make_material(0).article.text.split(". ")[0] in quoted
    build_version(place, refused, "notes")
