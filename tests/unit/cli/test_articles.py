"""`goldbrief articles`: import, list and show, on a server of datasets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from goldbrief.cli.articles import articles
from goldbrief.cli.main import cli
from goldbrief.core.errors import FailedPreconditionError, InvalidInputError, NotFoundError
from goldbrief.core.settings import Settings
from goldbrief.datasets.service import build
from goldbrief.platform.broker import BackgroundWorker
from goldbrief.platform.hosting import Resources
from goldbrief.platform.rpc.server import RpcServer

NEWS = (
    "Calder Freight said that revenue rose 12% to $4.1 billion in the year, as volumes recovered "
    "in its northern division. Operating income was $400 million, and the margin widened to 9.8%. "
) * 3
CONTACT = "Write to ir@calder.example."


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The datasets service at GOLDBRIEF_ADDRESS."""
    resources = Resources(Settings(home=tmp_path_factory.mktemp("home")))
    rpc = RpcServer("127.0.0.1", 0, [build(resources)])
    worker = BackgroundWorker(resources.broker, threads=2)
    worker.start()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("GOLDBRIEF_ADDRESS", f"127.0.0.1:{rpc.start()}")
        yield
    rpc.stop()
    worker.stop()
    resources.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "calder.md").write_text(
        f"---\ncompany: Calder\nlicence: CC BY 4.0\n---\n{NEWS}\n\n{CONTACT}"
    )
    (tmp_path / "short.txt").write_text("Too short.")
    return tmp_path


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(cli, [str(one) for one in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.mark.usefixtures("server")
def test_an_import_says_what_became_of_each_file(folder: Path) -> None:
    result = run("articles", "import", folder)
    import_id, first, second = result.stdout.splitlines()
    size = (folder / "calder.md").stat().st_size
    assert first == f"KEPT      calder.md  {size} B, 96 words, en  masked 1 email"
    assert second == "REJECTED  short.txt  10 B  it is shorter than 80 words (it has 2)"
    assert result.stderr == "1 kept, 1 rejected\n"
    assert run("articles", "list", import_id).stdout.splitlines() == [first, second]
    assert run("articles", import_id, "--rejected").stdout.splitlines() == [second]


@pytest.mark.usefixtures("server")
def test_the_policy_is_that_of_a_recipe(folder: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("ingest: {pii: reject}")
    with pytest.raises(FailedPreconditionError, match="None of the 1 files became an article"):
        run("articles", "import", folder / "calder.md", "--recipe", recipe, "--json")
    (folder / "recipe.yaml").write_text("ingest: {pii: shred}")
    with pytest.raises(InvalidInputError, match=r"ingest\.pii"):
        run("articles", "import", folder, "--recipe", recipe)


@pytest.mark.usefixtures("server")
def test_one_file_is_shown_with_all_that_is_known_of_it(folder: Path) -> None:
    import_id = run("articles", "import", folder).stdout.split()[0]
    shown = run("articles", "show", "calder.md", import_id, "--text").stdout
    facts = dict(line.split(maxsplit=1) for line in shown.split("\n\n")[0].splitlines())
    assert facts["fate"] == "KEPT"
    assert facts["source"] == "calder.md"
    assert facts["licence"] == "CC BY 4.0"
    assert facts["found"] == "email 1"
    assert shown.endswith("Write to [email].\n")
    assert run("articles", "show", facts["sha256"][:8], import_id).stdout in shown
    rejected = run("articles", "show", "short.txt", import_id).stdout
    assert "reason     it is shorter than 80 words" in rejected
    with pytest.raises(NotFoundError, match="No article is named 'nobody'"):
        run("articles", "show", "nobody", import_id)


@pytest.mark.usefixtures("server")
def test_machines_get_a_line_a_file(folder: Path) -> None:
    printed = run("articles", "import", folder, "--json").stdout
    lines = [json.loads(line) for line in printed.splitlines()]
    assert [line["fate"] for line in lines] == ["KEPT", "REJECTED"]
    assert lines[0]["findings"] == {"email": 1}
    assert lines[0]["language"] == "en"


@pytest.mark.parametrize("arguments", [[], ["run-12"], ["--rejected"], ["list"]])
def test_without_a_command_it_lists(arguments: list[str]) -> None:
    context = articles.make_context("articles", list(arguments))
    assert context._protected_args + context.args == ["list", *arguments[arguments == ["list"] :]]
