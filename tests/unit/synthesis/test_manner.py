from __future__ import annotations

import pytest

from goldbrief.core.documents import FigureStyle, SectionStyle
from goldbrief.synthesis.manner import figures_in_house, in_house_manner


@pytest.mark.parametrize(
    ("style", "text", "expected"),
    [
        ({"percent": "sign"}, "up 12 percent, or 3 per cent", "up 12%, or 3%"),
        ({"percent": "word"}, "up 12% and 3.5 %", "up 12 percent and 3.5 percent"),
        ({"percent": "sign"}, "by 3 percentage points", "by 3 percentage points"),
        ({"points": "bps"}, "by 30 basis points", "by 30 bps"),
        ({"points": "basis points"}, "by 30bps", "by 30 basis points"),
        ({"scale": "letter"}, "$1.2 million and 3 million users", "$1.2M and 3 million users"),
        ({"scale": "word"}, "$1.2m, €3bn, CAD 701m", "$1.2 million, €3 billion, CAD 701 million"),
        ({"scale": "word"}, "a 5 m wall", "a 5 m wall"),
        ({"currency": "sign"}, "EUR 5 million, CAD 5", "€5 million, CAD 5"),
        ({}, "USD 5m, 12 percent", "USD 5m, 12 percent"),
    ],
)
def test_figures_are_written_as_the_house_does(
    style: dict[str, str], text: str, expected: str
) -> None:
    assert figures_in_house(text, FigureStyle.model_validate(style)) == expected


def test_bullets_end_as_the_house_s_do() -> None:
    def section(ends: str) -> SectionStyle:
        return SectionStyle.model_validate(
            {
                "name": "takeaways", "heading": "Points", "form": "bullets", "ends": ends,
                "min_items": 1, "max_items": 2, "min_words": 1, "max_words": 9,
            }
        )  # fmt: skip

    assert in_house_manner(["Sales rose."], section("none"), FigureStyle()) == ("Sales rose",)
    assert in_house_manner(["Sales rose."], section("full stop"), FigureStyle()) == ("Sales rose.",)
