"""A figure reads as itself whatever way it is written, in every sentence of an article."""

from decimal import Decimal
from random import Random

from goldbrief.simulator.facts import Quantity
from goldbrief.simulator.formats import draw_format, write, write_in_words
from goldbrief.simulator.simulating import SimulationSettings, simulate
from goldbrief.text.figures import extract_figures

RNG = Random(7)
VALUES = {
    "money": ("5500000", "1284000000", "640000"),
    "percent": ("25", "3.4", "50", "20"),
    "points": ("4", "1.3"),
    "bps": ("140",),
    "count": ("7", "312", "48300"),
    "date": ("611", "1224"),
}
SPANS = ("3", "8", "40")


def rewritten(mention, after):
    """Other figures of the kind, as quantities and as texts; shares of something in words."""
    kind, _, currency = mention.unit.partition(":")
    for value in VALUES.get(kind, SPANS):
        precision = Decimal("0.1") if "." in value else Decimal(10000 if kind == "money" else 1)
        quantity = Quantity(Decimal(value), mention.unit, precision)
        may_be_spelled = kind != "percent" or after.startswith(" of ")
        words = write_in_words(quantity) if may_be_spelled else None
        yield quantity, words or write(quantity, draw_format(RNG, currency or "GBP"))


def is_read(before, quantity, written, after):
    """Whether the figure between two texts reads as the quantity."""
    start, end = len(before), len(before + written)
    return any(
        (one.value, one.unit) == (quantity.value, quantity.unit)
        for one in extract_figures(before + written + after)
        if one.start < end and start < one.end
    )


def test_a_figure_reads_as_itself_in_every_sentence():
    asked, misread = {}, {}
    for article in simulate(SimulationSettings(count=40, seed="contexts")):
        text = article.content.text
        for mention in article.content.figures:
            line = text.rfind("\n", 0, mention.start) + 1
            if text[line] == "|":
                continue
            before = text[max(line, mention.start - 90) : mention.start]
            after = text[mention.end : mention.end + 60].partition("\n")[0]
            for quantity, written in rewritten(mention, after):
                kind = "in digits" if any(map(str.isdigit, written)) else "in words"
                asked[kind] = asked.get(kind, 0) + 1
                if not is_read(before, quantity, written, after):
                    misread.setdefault(kind, []).append(f"{before}«{written}»{after}")
    assert min(asked.values()) > 300
    for kind, found in misread.items():
        assert len(found) <= 0.01 * asked[kind], found
