"""What a run says of summaries whose articles' truth is known."""

import json

import pytest

from goldbrief.api.evaluation.v1 import evaluation_pb2
from goldbrief.cli.known_truth import facts_of, score_predictions, truth_rows
from goldbrief.core.errors import InvalidInputError
from goldbrief.simulator.folder import read_rows, write_folder
from goldbrief.simulator.simulating import SimulationSettings


@pytest.fixture
def simulated(tmp_path):
    settings = SimulationSettings(count=3, personas=("CFO",))
    list(write_folder(tmp_path, settings, ("scaled_by_ten",)))
    return tmp_path


def predictions(folder, system, text_of):
    for row in read_rows(folder):
        yield evaluation_pb2.Prediction(
            system=system, article_uri=f"{row['id']}.md", persona="CFO", summary=text_of(row)
        )


def test_each_system_is_scored_against_the_truth_beside_the_articles(simulated):
    written = [
        *predictions(simulated, "tuned", lambda row: row["references"][0]["text"]),
        *predictions(simulated, "base", lambda row: row["defects"][0]["text"]),
        evaluation_pb2.Prediction(system="base", article_uri="by-hand.md", summary="Fine."),
    ]
    totals = score_predictions(simulated / "articles", written)
    tuned, base = facts_of(totals["tuned"]), facts_of(totals["base"])
    assert tuned["summaries"] == base["summaries"] == 3
    assert tuned["figures_wrong"] == tuned["figures_invented"] == 0
    assert base["figures_wrong"] + base["figures_invented"] == 3
    assert 0 < tuned["key_facts_right"] <= tuned["key_facts"]
    rows = dict(truth_rows(totals))
    assert rows["figures right"][0] == f"{tuned['figures_right']} of {tuned['figures_right']}"
    assert rows["key facts kept"][0].endswith(f" of {tuned['key_facts']}")


def test_a_summary_that_was_not_written_keeps_nothing(simulated):
    totals = score_predictions(simulated / "articles", predictions(simulated, "v1", lambda _: ""))
    facts = facts_of(totals["v1"])
    assert (facts["figures_right"], facts["key_facts_right"]) == (0, 0)
    assert facts["key_facts"] > 0


@pytest.mark.parametrize("manifest", [None, "{}", "[]", '{"name": "web app"}', "not JSON"])
def test_articles_that_are_not_simulated_have_no_known_truth(tmp_path, manifest):
    (tmp_path / "articles").mkdir()
    if manifest is not None:
        (tmp_path / "manifest.json").write_text(manifest)
    assert score_predictions(tmp_path / "articles", iter(())) == {}


@pytest.mark.parametrize("harm", ["article", "lexicon"])
def test_changed_articles_and_other_lexicons_are_refused(simulated, harm):
    if harm == "article":
        (simulated / "articles" / "000001.md").write_text("---\ntitle: x\n---\nOther text.\n")
    else:
        manifest = json.loads((simulated / "manifest.json").read_text())
        (simulated / "manifest.json").write_text(json.dumps({**manifest, "lexicon": "other"}))
    written = predictions(simulated, "tuned", lambda row: row["references"][0]["text"])
    with pytest.raises(InvalidInputError, match="another lexicon or version"):
        score_predictions(simulated / "articles", written)
