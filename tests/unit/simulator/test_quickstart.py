"""The quickstart's files are what its command writes."""

import filecmp
import shlex

import yaml
from click.testing import CliRunner

from goldbrief.cli.main import cli
from goldbrief.simulator.folder import read_manifest

from ..quickstart import QUICKSTART

SIMULATED = QUICKSTART / "simulated"


def command():
    """The command that the recipe's comment names, without its last option's value."""
    lines = (QUICKSTART / "recipe.yaml").read_text(encoding="utf-8").splitlines()
    first = next(i for i, line in enumerate(lines) if "goldbrief simulate" in line)
    joined = " ".join(line.strip("# \\") for line in lines[first : first + 2])
    return shlex.split(joined)[1:-1]


def test_the_command_in_the_recipe_writes_the_quickstarts_files(tmp_path):
    out = tmp_path / "simulated"
    result = CliRunner().invoke(cli, [*command(), str(out)], catch_exceptions=False)
    assert result.exit_code == 0
    names = sorted(
        str(path.relative_to(SIMULATED)) for path in SIMULATED.rglob("*") if path.is_file()
    )
    assert names == sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file())
    names.remove("manifest.json")  # names the version of Goldbrief that wrote it
    same, different, failed = filecmp.cmpfiles(SIMULATED, out, names, shallow=False)
    assert (different, failed, len(same)) == ([], [], len(names)), "simulate it again"
    first, second = (read_manifest(folder) for folder in (SIMULATED, out))
    assert {**first, "goldbrief": ""} == {**second, "goldbrief": ""}


def test_the_recipe_uses_them():
    recipe = yaml.safe_load((QUICKSTART / "recipe.yaml").read_text(encoding="utf-8"))
    assert (recipe["goldens"], recipe["articles"]) == ("simulated/goldens", "simulated/articles")
