"""`goldbrief models`, `promote` and `rollback`, over a real registry."""

import json
import re
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from goldbrief.api.evaluation.v1 import evaluation_pb2, evaluation_pb2_grpc
from goldbrief.api.reviews.v1 import reviews_pb2, reviews_pb2_grpc
from goldbrief.cli.main import cli
from goldbrief.core.errors import (
    AlreadyExistsError,
    FailedPreconditionError,
    GoldbriefError,
    NotFoundError,
)
from goldbrief.core.hashing import sha256_bytes
from goldbrief.core.training import LoraSpec
from goldbrief.platform.rpc.server import RpcServer, Service
from goldbrief.testing.promoting import Behaviour, promoting

from ..registry.samples import put_whole_model
from ..summarize.samples import RIGHT, prompt_format

METRICS = ("structure_valid", "figures_supported")


class Evaluations(evaluation_pb2_grpc.EvaluationServiceServicer):
    """Knows one evaluation, in which the tuned model is better."""

    def GetEvaluation(self, request, context):  # noqa: N802
        if request.id != "eval-1":
            raise NotFoundError(f"There is no evaluation {request.id!r}.")
        systems = {
            name: {metric: {"mean": mean, "low": mean, "high": mean, "n": 8} for metric in METRICS}
            for name, mean in (("base", 0.5), ("tuned", 0.9))
        }
        results = {"systems": systems, "judge": "strict-1", "judge_cards": ["judge-cards/7/a"]}
        evaluation = evaluation_pb2.Evaluation(results_json=json.dumps(results))
        return evaluation_pb2.GetEvaluationResponse(evaluation=evaluation)


class NoReviews(reviews_pb2_grpc.ReviewsServiceServicer):
    def ListReviewSets(self, request, context):  # noqa: N802
        return reviews_pb2.ListReviewSetsResponse()


@pytest.fixture
def stage(tmp_path, monkeypatch):
    register = evaluation_pb2_grpc.add_EvaluationServiceServicer_to_server
    register_reviews = reviews_pb2_grpc.add_ReviewsServiceServicer_to_server
    services = [
        Service("evaluation", lambda server: register(Evaluations(), server)),
        Service("reviews", lambda server: register_reviews(NoReviews(), server)),
    ]
    evaluations = RpcServer("127.0.0.1", 0, services)
    with promoting(tmp_path / "server", prompt_format(), Behaviour(RIGHT)) as stage:
        monkeypatch.setenv("GOLDBRIEF_REGISTRY_ADDRESS", stage.registry_address)
        monkeypatch.setenv("GOLDBRIEF_EVALUATION_ADDRESS", f"127.0.0.1:{evaluations.start()}")
        monkeypatch.setattr("goldbrief.sdk.Client.is_up", lambda *_, **__: True)
        for number in (1, 2):
            stage.register(number)
        yield stage
    evaluations.stop()


def run(*arguments, fails=False):
    result = CliRunner().invoke(cli, list(map(str, arguments)))
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert (result.exit_code == 0) is not fails, result.output
    return result


def test_versions_are_listed_with_their_stage(stage):
    run("promote", "briefs@1", "--evaluation", "eval-1")
    newest, first = run("models", "list").stdout.splitlines()
    assert re.fullmatch(r"briefs@2 +\d{4}-\d\d-\d\d +acme/tiny@a1b2", newest)
    assert re.fullmatch(r"briefs@1 +\d{4}-\d\d-\d\d  SERVED +acme/tiny@a1b2", first)
    assert run("models", "list", "other").stdout == ""
    record = json.loads(run("models", "list", "briefs", "--json").stdout.splitlines()[0])
    assert (record["served_name"], record["stage"]) == ("briefs--2", "")


def test_a_version_is_shown_with_lineage_and_decisions(stage):
    run("promote", "briefs@1", "--evaluation", "eval-1")
    run("promote", "briefs@2", "--force", "--reason", "read by Ada")
    shown = run("models", "show", "briefs@1").stdout
    facts = dict(line.split(maxsplit=1) for line in shown.partition("\n\n")[0].splitlines())
    assert facts["version"] == "briefs@1 PREVIOUS"
    assert (facts["form"], facts["fine-tuning"]) == ("adapter", "ft-1")
    assert (facts["base"], facts["revision"]) == ("model   acme/tiny@a1b2", "a1b2")
    assert facts["prompt"].startswith("brief-1 ")
    assert (facts["evaluations"], facts["judges"]) == ("eval-1", "strict-1")
    assert facts["judge"] == "cards  judge-cards/7/a"
    assert facts["code"] == "goldbrief-training 0"
    latest, first = shown.splitlines()[-2:]
    assert re.search(r"version 2 promoted by \S+@\S+: read by Ada$", latest)
    assert re.search(r"version 1 promoted by \S+@\S+$", first)
    record = json.loads(run("models", "show", "briefs@1", "--json").stdout)
    assert record["lineage"]["evaluation_ids"] == ["eval-1"]
    envelope = json.loads(record["decisions"][0]["envelope_json"])
    assert envelope["payloadType"].startswith("application/vnd.goldbrief.")


def test_the_gate_tells_what_it_looked_at_and_what_is_absent(stage):
    told = run("promote", "briefs@1", "--evaluation", "eval-1").stdout
    assert "ok   structure_valid is not below that of base" in told
    assert "human: absent" in told
    assert "judge: strict-1, not calibrated" in told
    assert told.rstrip().endswith("briefs@1 is served now (demonstration)")


def test_a_gate_of_a_recipe_that_says_no_exits_with_one(stage, tmp_path):
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(
        "gate: {conditions: [{metric: human/preferred, at_least: 0.6, by: interval}]}\n"
    )
    arguments = ["promote", "briefs@1", "--evaluation", "eval-1", "--recipe", recipe]
    told = run(*arguments, fails=True).stdout
    assert "FAIL human/preferred is at least 0.6 over its whole interval: not measured" in told
    assert "briefs@1 is not served" in told
    people = tmp_path / "people.json"
    people.write_text('{"tuned": {"preferred": {"mean": 0.8, "low": 0.7, "high": 0.9, "n": 30}}}')
    told = run(*arguments, "--human", people).stdout
    assert "human: 30 articles rated" in told


def test_without_an_evaluation_there_is_nothing_to_decide_by(stage):
    with pytest.raises(FailedPreconditionError, match="No evaluation") as caught:
        run("promote", "briefs@1")
    assert "--evaluation" in caught.value.remedy
    with pytest.raises(GoldbriefError, match="needs a reason"):
        run("promote", "briefs@1", "--force")


def test_a_canary_of_a_share_that_is_none_is_refused(stage):
    result = CliRunner().invoke(cli, ["promote", "briefs@1", "--canary", "much"])
    assert result.exit_code == 2
    assert "such as 10%" in result.output
    with pytest.raises(GoldbriefError, match="80 %"):
        run("promote", "briefs@1", "--evaluation", "eval-1", "--canary", "80%")


def test_a_rollback_is_recorded_with_its_reason(stage):
    for number in (1, 2):
        run("promote", f"briefs@{number}", "--evaluation", "eval-1")
    told = run("rollback", "--reason", "too long").stdout
    assert told == "briefs is served by version 1 now\n"
    shown = run("models", "show", "briefs").stdout
    assert re.search(r"version 2 rolled back by \S+: too long", shown)


def test_a_version_is_verified_file_by_file_and_signed_anew(stage):
    assert run("models", "verify", "briefs@1").stdout.count("ok  ") == 2
    key = "adapters/briefs/1/manifest.sig"
    stage.store.delete(key)
    told = run("models", "verify", "briefs@1", fails=True).stdout
    assert f"FAIL {key}" in told
    assert "goldbrief models sign briefs@1" in told
    assert "is signed by key" in run("models", "sign", "briefs@1").stdout
    run("models", "verify", "briefs@1")


def test_an_export_has_all_files_and_nothing_half_written(stage, tmp_path):
    folder = tmp_path / "out" / "adapter"
    run("models", "export", "briefs@1", folder)
    manifest = json.loads((folder / "manifest.json").read_bytes())
    for name, sha256 in manifest["files"].items():
        assert sha256_bytes((folder / name).read_bytes()) == sha256
    assert (folder / "manifest.sig").is_file()
    with pytest.raises(AlreadyExistsError):
        run("models", "export", "briefs@1", folder)
    key = "adapters/briefs/2/adapter_model.safetensors"
    stage.store.put(key, b"other")
    with pytest.raises(GoldbriefError, match=r"adapter_model\.safetensors"):
        run("models", "export", "briefs@2", tmp_path / "out" / "broken")
    assert [each.name for each in (tmp_path / "out").iterdir()] == ["adapter"]


def test_merged_weights_are_exported_where_there_are_any(stage, tmp_path):
    with pytest.raises(FailedPreconditionError, match="without merged weights"):
        run("models", "export", "briefs@1", tmp_path / "none", "--merged")
    put_whole_model(stage.store, "ft-3", LoraSpec())
    stage.register(3)
    run("models", "export", "briefs", tmp_path / "merged", "--merged")
    names = {each.name for each in (tmp_path / "merged").iterdir()}
    assert {"config.json", "model.safetensors", "prompt.json", "manifest.sig"} <= names
    assert "adapter_config.json" not in names


def test_what_a_server_sends_cannot_leave_the_folder(stage, tmp_path, monkeypatch):
    piece = SimpleNamespace(file="../evil", chunk=b"x", sha256="")
    from goldbrief.sdk import models  # noqa: PLC0415

    with pytest.raises(GoldbriefError, match="evil"):
        models._write(iter([piece]), tmp_path)
