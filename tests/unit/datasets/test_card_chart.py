"""The card's picture shows training and held-out rows on one scale."""

from __future__ import annotations

from xml.etree import ElementTree

from goldbrief.datasets.card_chart import draw_histograms
from goldbrief.datasets.curation import curate

from .samples import make_article, make_material, make_plan, prose

_SVG = "{http://www.w3.org/2000/svg}"


def panels(svg: str) -> dict[str, ElementTree.Element]:
    found = ElementTree.fromstring(svg).findall(f"{_SVG}g")
    return {str(panel.find(f"{_SVG}text").text): panel for panel in found}  # type: ignore[union-attr]


def heights(panel: ElementTree.Element, color: str) -> list[float]:
    bars = panel.findall(f"{_SVG}rect")
    return [float(bar.get("height", 0)) for bar in bars if bar.get("fill") == color]


def test_each_panel_has_bars_of_both_in_shares() -> None:
    materials = []
    for number in range(40):
        text = prose(number, 6 if number % 2 else 30)
        article = make_article(number, f"C{number}", text)
        materials.append(make_material(number, article=article, score=3 + number % 5 / 3))
    curated = curate(make_plan(pairs=40, eval_pairs=10), materials, [])
    svg = draw_histograms(curated.rows)
    found = panels(svg)
    assert len(found) == 6
    for title in ("Article, tokens", "Prompt, tokens", "Judge score, 1 to 5"):
        assert heights(found[title], "#35618f")
        assert heights(found[title], "#e08a2e")
    # half of the rows are short, half long; of training and held-out rows alike
    train, held = (sum(heights(found["Article, tokens"], c)) for c in ("#35618f", "#e08a2e"))
    assert abs(train - held) < 0.2 * train
    assert not heights(found["Weight in training"], "#e08a2e")
    assert draw_histograms(curated.rows) == svg


def test_rows_of_one_kind_are_one_bar_and_none_are_said_so() -> None:
    (row,) = curate(make_plan(eval_pairs=0), [make_material(1)], []).rows
    assert len(heights(panels(draw_histograms([row]))["Article, tokens"], "#35618f")) == 1
    assert "no rows" in draw_histograms([])
