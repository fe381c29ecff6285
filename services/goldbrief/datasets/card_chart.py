"""The card's picture: histograms of training and held-out rows, as one SVG.

Drawn by hand: a plotting library would be most of the service's image.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape

from goldbrief.datasets.material import Row

_WIDTH, _HEIGHT = 360, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 12, 34, 34
_BINS = 12
_TRAIN, _HELD = "#35618f", "#e08a2e"
_INK, _LINE = "#333", "#ccc"
_PANELS: tuple[tuple[str, Callable[[Row], float]], ...] = (
    ("Article, tokens", lambda row: row.article_tokens),
    ("Prompt, tokens", lambda row: row.prompt_tokens),
    ("Response, tokens", lambda row: row.response_tokens),
    ("Not word for word in the article, %", lambda row: round(100 * row.novelty, 6)),
    ("Judge score, 1 to 5", lambda row: row.material.score),
    ("Weight in training", lambda row: row.weight),
)


def draw_histograms(rows: Sequence[Row]) -> str:
    """Draw how training and held-out rows are spread, in shares of either.

    Args:
        rows: The dataset version; judge scores are drawn of rows that have one, weights of
            training rows.

    Returns:
        An SVG of six panels.
    """
    panels = []
    for number, (title, measure) in enumerate(_PANELS):
        x, y = (number % 2) * _WIDTH, (number // 2) * _HEIGHT + 24
        train, held = _values(rows, title, measure)
        panels.append(f'<g transform="translate({x},{y})">{_panel(title, train, held)}</g>')
    width, height = 2 * _WIDTH, -(-len(_PANELS) // 2) * _HEIGHT + 24
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-family="sans-serif" font-size="11" fill="{_INK}">'
        f'<rect width="{width}" height="{height}" fill="#fff"/>'
        f"{_key(_LEFT, _TRAIN, 'train')}{_key(_LEFT + 60, _HELD, 'held out')}"
        f"{''.join(panels)}</svg>\n"
    )


def _values(
    rows: Sequence[Row], title: str, measure: Callable[[Row], float]
) -> tuple[list[float], list[float]]:
    if title.startswith("Judge"):
        rows = [row for row in rows if row.material.score]
    train = [measure(row) for row in rows if row.split == "train"]
    held = [measure(row) for row in rows if row.split != "train"]
    return train, [] if title.startswith("Weight") else held


def _key(x: int, color: str, text: str) -> str:
    return (
        f'<rect x="{x}" y="9" width="10" height="10" fill="{color}"/>'
        f'<text x="{x + 14}" y="18">{text}</text>'
    )


def _panel(title: str, train: Sequence[float], held: Sequence[float]) -> str:
    head = f'<text x="{_LEFT}" y="22" font-weight="bold">{escape(title)}</text>'
    both = [*train, *held]
    if not both:
        return f'{head}<text x="{_LEFT}" y="60">no rows</text>'
    low, high = min(both), max(both)
    shares = [_shares(values, low, high) for values in (train, held)]
    most = max(max(of, default=0.0) for of in shares)
    bars = "".join(_bars(of, most, side) for side, of in enumerate(shares))
    return f"{head}{_axes(low, high, most)}{bars}"


def _shares(values: Sequence[float], low: float, high: float) -> list[float]:
    """Share of the values in each bin; one bin where all are the same."""
    if not values:
        return []
    counts = [0] * _BINS
    for value in values:
        place = int((value - low) / (high - low) * _BINS) if high > low else 0
        counts[min(place, _BINS - 1)] += 1
    return [count / len(values) for count in counts]


def _bars(shares: Sequence[float], most: float, side: int) -> str:
    slot = (_WIDTH - _LEFT - _RIGHT) / _BINS
    room = _HEIGHT - _TOP - _BOTTOM
    width, color = slot * 0.42, (_TRAIN, _HELD)[side]
    return "".join(
        f'<rect x="{_LEFT + slot * place + slot * 0.06 + side * width:.1f}" '
        f'y="{_TOP + room * (1 - share / most):.1f}" width="{width:.1f}" '
        f'height="{room * share / most:.1f}" fill="{color}"/>'
        for place, share in enumerate(shares)
        if share
    )


def _axes(low: float, high: float, most: float) -> str:
    return "".join(_axis_parts(low, high, most))


def _axis_parts(low: float, high: float, most: float) -> Iterator[str]:
    base, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    for share, y in ((most, _TOP), (most / 2, (_TOP + base) / 2)):
        yield f'<line x1="{_LEFT}" x2="{right}" y1="{y}" y2="{y}" stroke="{_LINE}"/>'
        yield f'<text x="{_LEFT - 6}" y="{y + 4}" text-anchor="end">{share:.0%}</text>'
    yield f'<line x1="{_LEFT}" x2="{right}" y1="{base}" y2="{base}" stroke="{_INK}"/>'
    ends = ((low, _LEFT, "start"), ((low + high) / 2, (_LEFT + right) / 2, "middle"),
            (high, right, "end"))  # fmt: skip
    for value, x, anchor in ends if high > low else ends[:1]:
        yield f'<text x="{x}" y="{base + 16}" text-anchor="{anchor}">{_number(value)}</text>'


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 20 else f"{value:.2f}".rstrip("0").rstrip(".")
