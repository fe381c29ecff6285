"""What a reader of the report is told."""

import pytest

from goldbrief.finetuning.sweeps.report import as_markdown


def interval(mean, n=8):
    return {"mean": mean, "low": mean - 0.5, "high": mean + 0.5, "n": n}


def trial(index, **changes):
    fields = {
        "index": index, "values": {"learning_rate": 1e-4, "training_duration": "1ep"},
        "state": "SUCCEEDED", "cause": None, "run": f"sweep-1-{index}", "training_s": 600.0,
        "tokens": 17_550, "held_out_loss": 1.5, "held_out_perplexity": 4.48,
        "score": interval(3.0), "behind": interval(0.2),
        "best": {"score": 4.0, "rationale": "Right.", "answer": "Revenue | grew.\n\nBy 3%."},
        "worst": {"score": 1.0, "rationale": "The answer is empty.", "answer": ""},
    }  # fmt: skip
    return {**fields, **changes}


def results(*trials, **changes):
    fields = {
        "sweep": "sweep-1", "model": "tiny", "train_data_path": "briefs/1", "register_to": "briefs",
        "judges": ["judge-1 (rubric-1)"], "judge_cards": [], "rows": 8, "winner": 0,
        "not_distinguishable": [], "stopped": "", "trials": trials,
    }  # fmt: skip
    return {**fields, **changes}


@pytest.fixture
def best():
    return trial(0, behind=None, score=interval(3.2))


def test_trials_stand_side_by_side(best):
    text = as_markdown(results(best, trial(1)))
    assert "| 0 | learning_rate 0.0001, training_duration 1ep | SUCCEEDED | 10.0 | 17,550 |" in text
    assert "| 1.500 (4.48) | 3.20 (2.70 to 3.70) | winner |" in text
    assert "| 3.00 (2.50 to 3.50) | 0.20 (-0.30 to 0.70) |" in text
    assert "judge-1 (rubric-1)" in text


def test_what_the_judge_is_worth_is_told(best):
    assert "The judge is uncalibrated: nobody has compared" in as_markdown(results(best))
    card = "Judge judge-1, calibrated: agrees with people."
    text = as_markdown(results(best, judge_cards=[card]))
    assert card in text
    assert "uncalibrated" not in text


def test_trials_that_cannot_be_told_from_the_winner_are_named_and_the_cheapest_of_them(best):
    cheap, cheaper = trial(1, training_s=300.0), trial(2, training_s=60.0)
    text = as_markdown(results(best, cheap, cheaper, not_distinguishable=[1, 2]))
    assert "Not distinguishable from it: trial 1" in text
    assert "The cheapest of these is trial 2" in text
    assert "1.0 minutes" in text


def test_too_few_rows_are_said_to_be(best):
    text = as_markdown(results(best, trial(1), rows=5, not_distinguishable=[1]))
    assert "Fewer than 6 rows allow no verdict" in text


def test_failed_trials_are_told_with_their_cause(best):
    cause = {"reason": "BAD_DATA", "message": "Row 3 has no prompt.", "remedy": ""}
    nothing = dict.fromkeys(
        ["tokens", "held_out_loss", "held_out_perplexity", "score", "behind", "best", "worst"]
    )
    text = as_markdown(results(best, trial(1, state="FAILED", cause=cause, **nothing)))
    assert "FAILED" in text
    assert "BAD_DATA: Row 3 has no prompt." in text


def test_answers_are_cut_to_a_line(best):
    long = {"score": 2.0, "rationale": "Long.", "answer": "word " * 200}
    text = as_markdown(results({**best, "best": long}))
    assert "word …" in text
    assert "> (nothing)" in text
    assert max(map(len, text.splitlines())) < 600
