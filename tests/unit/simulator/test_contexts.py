"""A figure reads as itself whatever way it is written, in every sentence of an article."""

from decimal import Decimal
from random import Random

from goldbrief.simulator.facts import Quantity
from goldbrief.simulator.formats import draw_format, write, write_in_words
from goldbrief.simulator.simulating import SimulationSettings, simulate
from goldbrief.text.figures import extract_figures

RNG = Random(7)
VALUES = {
    "money": (("5500000", "100000"), ("1284000000", "1000000"), ("640000", "10000")),
    "percent": (("25", "1"), ("3.4", "0.1"), ("50", "1")),
    "points": (("4", "1"), ("1.3", "0.1")),
    "bps": (("140", "10"),),
    "count": (("7", "1"), ("312", "1"), ("48300", "100")),
    "date": (("611", "1"), ("1224", "1")),
}
SPANS = (("3", "1"), ("8", "1"), ("40", "1"))


def rewritten(mention):
    """Another figure of the kind, as a quantity and as a text."""
    kind, _, currency = mention.unit.partition(":")
    value, precision = RNG.choice(VALUES.get(kind, SPANS))
    quantity = Quantity(Decimal(value), mention.unit, Decimal(precision))
    may_be_spelled = kind != "percent" or mention.role == "share"
    words = write_in_words(quantity) if may_be_spelled else None
    return quantity, words or write(quantity, draw_format(RNG, currency or "GBP"))


def test_a_figure_reads_as_itself_in_every_sentence():
    read = asked = 0
    for article in simulate(SimulationSettings(count=30, seed="contexts")):
        text = article.content.text
        for mention in article.content.figures:
            line = text.rfind("\n", 0, mention.start) + 1
            if text[line] == "|":
                continue
            quantity, written = rewritten(mention)
            before = text[max(line, mention.start - 90) : mention.start]
            after = text[mention.end : mention.end + 60].partition("\n")[0]
            found = extract_figures(before + written + after)
            asked += 1
            read += any(
                (one.value, one.unit) == (quantity.value, quantity.unit)
                for one in found
                if one.start < len(before + written) and len(before) < one.end
            )
    assert asked > 800
    assert read >= 0.99 * asked
