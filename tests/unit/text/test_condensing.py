import pytest

from goldbrief.core.errors import InvalidInputError
from goldbrief.text.condensing import condense, statements_of
from goldbrief.text.selection import estimate_tokens

from .samples import STYLE, SUMMARY

LONG = "\n\n".join(f"Revenue of division {n} rose 4% to ${n} million." for n in range(100, 160))


def takeaway(text):
    return f"## Key Takeaways\n\n- {text}\n\n## Action Items for the CFO\n\n- Ask why."


def test_an_article_that_fits_is_left_alone():
    read = condense("Sales rose 4%.", 100, STYLE, pytest.fail)
    assert (read.text, read.parts) == ("Sales rose 4%.", 1)


def test_every_part_is_summarized_once_and_told_of():
    seen = []

    def summarize(part):
        seen.append(part)
        return takeaway(part.splitlines()[0])

    read = condense(LONG, 200, STYLE, summarize)
    assert "".join("".join(seen).split()) == "".join(LONG.split())
    assert read.parts == len(seen) > 3
    assert read.text.split("\n\n") == [part.splitlines()[0] for part in seen]
    assert estimate_tokens(read.text) <= 200


def test_summaries_that_are_too_long_together_are_summarized_again():
    read = condense(LONG, 100, STYLE, lambda part: takeaway(part[: len(part) // 2]))
    assert estimate_tokens(read.text) <= 100
    assert read.parts > 5


def test_parts_that_say_nothing_are_counted():
    def summarize(part):
        return takeaway("Sales rose.") if "$100 million" not in part else ""

    assert condense(LONG, 200, STYLE, summarize).unread == 1


def test_an_article_whose_parts_mostly_say_nothing_is_refused():
    with pytest.raises(InvalidInputError) as error:
        condense(LONG, 200, STYLE, lambda part: "")
    assert error.value.reason == "NO_PROSE"


def test_summaries_as_long_as_their_parts_lead_nowhere():
    with pytest.raises(InvalidInputError) as error:
        condense(LONG, 50, STYLE, lambda part: takeaway(part * 2))
    assert error.value.reason == "ARTICLE_TOO_LONG"


def test_statements_have_no_headings_and_no_advice():
    stated = statements_of(SUMMARY, STYLE)
    assert "Net income reached $96.2 million" in stated
    assert "Hold capital spending" not in stated
    assert "#" not in stated
