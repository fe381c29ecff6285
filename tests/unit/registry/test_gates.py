import json

import pytest

from goldbrief.core.errors import InvalidInputError
from goldbrief.registry.gates import check_gate, parse_gate, parse_results, verdict_label


def measure(mean):
    return {"mean": mean, "low": 0.1, "high": 0.9, "n": 8}


def results(label="production", incomplete=False, **systems):
    found = {name: {"score": measure(mean)} for name, mean in systems.items()}
    document = {"systems": found, "incomplete": incomplete, "label": label, "paired": {}}
    return parse_results(json.dumps(document))


def gate(*conditions, label="demonstration"):
    return parse_gate(json.dumps({"conditions": conditions, "label": label}))


AT_LEAST = {"metric": "score", "at_least": 0.5}
NOT_BELOW = {"metric": "score", "not_below": "base"}


@pytest.mark.parametrize(
    ("condition", "systems", "passed"),
    [
        (AT_LEAST, {"tuned": 0.5}, True),
        (AT_LEAST, {"tuned": 0.49}, False),
        (AT_LEAST, {"base": 0.9}, False),
        (NOT_BELOW, {"tuned": 0.5, "base": 0.5}, True),
        (NOT_BELOW, {"tuned": 0.4, "base": 0.5}, False),
        (NOT_BELOW, {"tuned": 0.4}, False),
        (NOT_BELOW, {"base": 0.4}, False),
        (AT_LEAST, {"tuned": None}, False),
        ({"metric": "other", "at_least": 0.0}, {"tuned": 0.9}, False),
    ],
)
def test_a_condition_holds_only_when_the_figures_say_so(condition, systems, passed):
    (check,) = check_gate(gate(condition), results(**systems))
    assert check.passed is passed


def test_a_condition_may_ask_for_both():
    checks = check_gate(gate({**AT_LEAST, **NOT_BELOW}), results(tuned=0.6, base=0.7))
    assert [check.passed for check in checks] == [True, False]


def test_a_check_says_what_was_asked_and_which_figures_decided():
    (check,) = check_gate(gate(NOT_BELOW), results(tuned=0.6, base=0.7))
    assert check.condition == "score is not below that of base"
    assert check.detail == "tuned 0.600 (0.100 to 0.900, n=8), base 0.700 (0.100 to 0.900, n=8)"
    (check,) = check_gate(gate(AT_LEAST), results(base=0.7))
    assert check.condition == "score is at least 0.5"
    assert check.detail.startswith("not measured")


def test_an_incomplete_evaluation_fails_any_gate():
    checks = check_gate(gate(AT_LEAST), results(tuned=0.9, incomplete=True))
    assert [check.passed for check in checks] == [False, True]
    assert not check_gate(gate(), results(incomplete=True))[0].passed


def test_offline_scores_never_make_a_production_verdict():
    production = gate(AT_LEAST, label="production")
    assert verdict_label(production, results()) == "production"
    assert verdict_label(production, results(label="demonstration")) == "demonstration"
    assert verdict_label(gate(AT_LEAST), results()) == "demonstration"


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"conditions": [{"metric": "score"}]}', '{"conditions": [], "labels": "x"}'],
)
def test_what_is_no_gate_is_refused(text):
    with pytest.raises(InvalidInputError) as caught:
        parse_gate(text)
    assert caught.value.metadata["field"] == "gate_json"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        '{"systems": {"tuned": {"score": {"mean": NaN}}}}',
        '{"systems": {"tuned": {"score": {"mean": "high"}}}}',
    ],
)
def test_what_are_no_results_is_refused(text):
    with pytest.raises(InvalidInputError) as caught:
        parse_results(text)
    assert caught.value.metadata["field"] == "results_json"
