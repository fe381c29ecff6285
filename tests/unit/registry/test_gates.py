import json

import pytest

from goldbrief.core.errors import InvalidInputError
from goldbrief.registry.gates import (
    check_gate,
    evidence_of,
    parse_gate,
    parse_results,
    verdict_label,
)


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


def found(tuned, base, difference=None, **more):
    """Results with intervals: (mean, low, high) of two systems, and of their paired difference."""
    names = ("mean", "low", "high")
    systems = {
        name: {"score": {**dict(zip(names, values, strict=True)), "n": 8}}
        for name, values in (("tuned", tuned), ("base", base))
    }
    paired = {}
    if difference:
        mean, low, high = difference
        paired = {"tuned-base": {"score": {"difference": mean, "low": low, "high": high, "n": 8}}}
    return parse_results(json.dumps({"systems": systems, "paired": paired, **more}))


def passes(condition, results):
    (check,) = check_gate(gate({"metric": "score", **condition}), results)
    return check.passed


@pytest.mark.parametrize(
    ("condition", "passed"),
    [
        ({"at_least": 0.5}, True),
        ({"at_least": 0.5, "by": "interval"}, False),
        ({"at_least": 0.4, "by": "interval"}, True),
        ({"at_most": 0.6}, True),
        ({"at_most": 0.5}, False),
        ({"at_most": 0.7, "by": "interval"}, False),
        ({"at_most": 0.8, "by": "interval"}, True),
    ],
)
def test_by_interval_the_worse_end_decides(condition, passed):
    assert passes(condition, found((0.6, 0.4, 0.8), (0.5, 0.3, 0.7))) is passed


@pytest.mark.parametrize(
    ("condition", "passed"),
    [
        ({"not_below": "base"}, True),
        ({"not_below": "base", "by": "interval"}, False),
        ({"not_below": "base", "by": "interval", "margin": 0.05}, True),
        ({"not_above": "base"}, False),
        ({"not_above": "base", "margin": 0.15}, True),
        ({"not_above": "base", "by": "interval", "margin": 0.15}, False),
        ({"not_above": "base", "by": "interval", "margin": 0.25}, True),
    ],
)
def test_systems_are_compared_by_means_or_by_their_paired_difference(condition, passed):
    results = found((0.6, 0.4, 0.8), (0.5, 0.3, 0.7), difference=(0.1, -0.04, 0.24))
    assert passes(condition, results) is passed


def test_a_gate_that_nothing_shows_says_how_many_more_articles_it_takes():
    results = found((0.6, 0.4, 0.8), (0.5, 0.3, 0.7), difference=(0.1, -0.04, 0.24))
    results.paired["tuned-base"]["score"].articles_needed = 40
    (check,) = check_gate(gate({"metric": "score", "not_below": "base", "by": "interval"}), results)
    assert not check.passed
    assert "32 more articles" in check.detail
    results.paired["tuned-base"]["score"].mean = -0.1
    (check,) = check_gate(gate({"metric": "score", "not_below": "base", "by": "interval"}), results)
    assert "more articles" not in check.detail, "no number of articles shows what is not so"


def test_without_paired_differences_no_interval_is_compared():
    (check,) = check_gate(
        gate({"metric": "score", "not_below": "base", "by": "interval"}),
        found((0.9, 0.9, 0.9), (0.1, 0.1, 0.1)),
    )
    assert not check.passed
    assert check.detail.startswith("not measured")


INTRINSIC = {
    "rows": 12, "tokens": 900, "tokenizer": "x", "base_perplexity": 2.1, "tuned_perplexity": 1.2,
    "base_token_accuracy": 0.8, "tuned_token_accuracy": 0.9, "tuned_bits_per_byte": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("condition", "passed"),
    [
        ({"metric": "intrinsic/perplexity", "not_above": "base"}, True),
        ({"metric": "intrinsic/perplexity", "at_most": 1.1}, False),
        ({"metric": "intrinsic/token_accuracy", "at_least": 0.85}, True),
        ({"metric": "intrinsic/token_accuracy", "at_least": 0.85, "by": "interval"}, False),
        ({"metric": "intrinsic/bits_per_byte", "at_most": 9.0}, False),
    ],
)
def test_trainings_own_measures_count_too(condition, passed):
    results = found((0.6, 0.4, 0.8), (0.5, 0.3, 0.7), intrinsic=INTRINSIC)
    (check,) = check_gate(gate(condition), results)
    assert check.passed is passed


PREFERRED = {"metric": "human/preferred", "at_least": 0.5, "by": "interval"}


def test_what_people_said_counts_where_they_were_asked():
    people = {"tuned": {"preferred": {"mean": 0.7, "low": 0.6, "high": 0.8, "n": 30}}}
    asked = found((0.6, 0.4, 0.8), (0.5, 0.3, 0.7), human=people)
    assert check_gate(gate(PREFERRED), asked)[0].passed
    assert evidence_of(asked)["human"] == "30 articles rated"
    nobody = found((0.6, 0.4, 0.8), (0.5, 0.3, 0.7), judge="strict-1", calibrated=True)
    assert not check_gate(gate(PREFERRED), nobody)[0].passed
    (let_pass,) = check_gate(gate({**PREFERRED, "if_missing": "pass"}), nobody)
    assert let_pass.passed
    assert let_pass.detail.startswith("not measured, which this gate lets pass")
    assert evidence_of(nobody) == {
        "intrinsic": "absent", "judge": "strict-1, calibrated", "human": "absent",
    }  # fmt: skip


def test_what_people_said_of_two_systems_is_compared_pair_by_pair():
    people = {
        name: {"overall": {"mean": 4.0, "low": 3, "high": 5, "n": 30}} for name in ("tuned", "base")
    }
    paired = {"tuned-base": {"overall": {"difference": 0.4, "low": 0.1, "high": 0.7, "n": 30}}}
    asked = found((0.6, 0.4, 0.8), (0.5, 0.3, 0.7), human=people, human_paired=paired)
    not_below = {"metric": "human/overall", "not_below": "base", "by": "interval"}
    (check,) = check_gate(gate(not_below), asked)
    assert check.passed
    assert "paired difference 0.400 (0.100 to 0.700, n=30)" in check.detail


def test_what_programs_said_in_peoples_place_makes_a_demonstration():
    people = {"tuned": {"preferred": {"mean": 0.7, "low": 0.6, "high": 0.8, "n": 30}}}
    asked = found((0.6, 0.4, 0.8), (0.5, 0.3, 0.7), human=people, human_simulated=True)
    production = gate(PREFERRED, label="production")
    assert check_gate(production, asked)[0].passed
    assert verdict_label(production, asked) == "demonstration"
    assert (
        evidence_of(asked)["human"] == "30 articles rated, simulated: programs are among the raters"
    )


def test_an_interval_of_fewer_than_six_decides_nothing():
    people = {"tuned": {"preferred": {"mean": 0.7, "low": 0.7, "high": 0.7, "n": 1}}}
    (check,) = check_gate(gate(PREFERRED), found((1, 1, 1), (1, 1, 1), human=people))
    assert not check.passed
    assert check.detail == "too few: an interval takes 6: tuned 0.700 (0.700 to 0.700, n=1)"


def test_results_are_the_same_after_they_were_stored():
    results = found((0.6, 0.4, 0.8), (0.5, 0.3, 0.7), difference=(0.1, -0.04, 0.24))
    stored = json.dumps(results.model_dump(mode="json"))
    assert parse_results(stored) == results
